"""What kea-hac writes as YAML is read as the same value by YAML 1.1 and 1.2: PyYAML, ruamel and kea-hac itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kea_hac.importing.spec_text import yaml_text
from kea_hac.kea.config import Block
from kea_hac.source import read_yaml_text
from kea_hac.source.document import Map, Plain, Seq, Value
from kea_hac.source.scalars import core_value
from kea_hac.source.yaml_print import Style, block_lines, entry_text, flow_text
from kea_hac.source.yaml_scalars import scalar, string

TRAPS = (
    *(
        [
            "yes",
            "No",
            "ON",
            "off",
            "y",
            "N",
            "true",
            "False",
            "NULL",
            "null",
            "~",
            "nan",
            ".nan",
            ".inf",
            "-.INF",
            "=",
            "<<",
            "-",
            "?",
            ":",
            "!",
            "&",
            "*",
            "%",
            "@",
            "`",
            "|",
            ">",
        ]
    ),
    *(
        [
            "012",
            "0o17",
            "0x1F",
            "0b1",
            "1_000",
            "1e3",
            "1.5",
            ".5",
            "5.",
            "-1",
            "+1",
            "12:30:45",
            "1:2",
            "190:20:30",
            "2024-01-01",
            "2024-01-01T10:00:00Z",
            "0",
        ]
    ),
    *(
        [
            "10.0.0.1",
            "10.0.0.0/8",
            "10.0.0.1-10.0.0.9",
            "2001:db8::/32",
            "aa:bb:cc:dd:ee:ff",
            "00-11-22",
            "e5",
            "1e",
            "0x",
            "1.",
            "_1",
            "/1",
        ]
    ),
    *(
        [
            "a: b",
            "a #b",
            "#a",
            "a #",
            "- a",
            "? a",
            "a,b",
            "[a]",
            "{a}",
            "{server}",
            "a]",
            "a}",
            "'a'",
            '"a"',
            "it's",
            "a:",
            ":a",
            "!a",
            "&a",
            "*a",
            "%a",
            "@a",
            "`a`",
            "a - b",
            "---",
            "...",
        ]
    ),
    *(
        "",
        " ",
        " a",
        "a ",
        "a\nb",
        "a\n",
        "\ta",
        "a\\b",
        "\x07",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "##[x]",
        "\u201ca",
    ),
)


def _ruamel(version: str, *, pure: bool) -> Callable[[str], Any]:
    def load(text: str) -> Any:
        reader = YAML(typ="safe", pure=pure)
        reader.version = version
        return reader.load(text)

    return load


def _ours(text: str) -> Any:
    reading = read_yaml_text(text, "spec.yaml")
    assert reading.document is not None
    assert [each.rule.code for each in reading.diagnostics] == []
    return _plain(reading.document.root)


def _plain(value: Value) -> Any:
    if isinstance(value, Map):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Seq):
        return [_plain(item) for item in value]
    return core_value(value) if isinstance(value, Plain) else value


READERS: dict[str, Callable[[str], Any]] = {
    "PyYAML": pyyaml.safe_load,
    "ruamel 1.1": _ruamel("1.1", pure=True),
    "ruamel 1.2": _ruamel("1.2", pure=True),
    "kea-hac": _ours,
}
TEXTS = st.one_of(
    st.sampled_from(TRAPS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text("0123456789._-+:eExXoOyYnN /~", max_size=8),
    st.text("ab:#,[]{}&*!|>'\"%@`?- \n", max_size=8),
)
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
STYLES = st.builds(
    Style,
    step=st.sampled_from([2, 4]),
    dash=st.sampled_from([0, 2]),
    quote=st.sampled_from(["'", '"']),
    quoted_keys=st.booleans(),
    flat_items=st.booleans(),
)


def _read_alike(text: str, value: Any) -> None:
    assert {name: read(text) for name, read in READERS.items()} == dict.fromkeys(READERS, value), text


@pytest.mark.parametrize("text", TRAPS)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_every_trap_stays_a_string(text: str, quote: str) -> None:
    written = string(text, quote)
    _read_alike(f"a: {written}\nb: [{written}, {{c: {written}}}]\n", {"a": text, "b": [text, {"c": text}]})


@given(VALUES, STYLES)
@example({"a": "yes"}, Style())
def test_an_edit_is_read_as_its_value(value: Any, style: Style) -> None:
    texts = [f"a: [{flow_text(value, style)}]", "\n".join(block_lines({"a": [value]}, style))]
    for text in (*texts, "{" + entry_text("a", [value], style) + "}"):
        _read_alike(text + "\n", {"a": [value]})


@given(st.dictionaries(TEXTS.filter(bool), SCALARS, min_size=1, max_size=4))
def test_an_imported_spec_is_read_as_its_value(values: dict[str, Any]) -> None:
    _read_alike(yaml_text(Block((), {"a": Block(("a",), values)}), {}), {"a": values})


def test_what_needs_no_quotes_has_none() -> None:
    words = (
        "kea1",
        "eth0",
        "hot-standby",
        "/var/lib/kea/leases.csv",
        "10.0.0.0/8",
        "10.0.0.1 - 10.0.0.9",
        "two words",
        "a@b.example",
    )
    assert [string(each) for each in words] == list(words)
    assert [scalar(each) for each in (None, True, 1, 1.5, Plain("4h"))] == ["null", "true", "1", "1.5", "4h"]
    assert scalar("kea1", "'", always=True) == "'kea1'"
