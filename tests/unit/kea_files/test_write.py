"""The writer: what is read back is what was written, whatever the texts hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.importing.spec_text import WIDTH, one_line, yaml_text
from kea_hac.kea.config import Block
from kea_hac.kea.reading import free_value
from kea_hac.source import read_yaml_text
from kea_hac.source.document import Secret

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
SCALARS = st.one_of(
    TEXTS, st.booleans(), st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
KEYS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=10).filter(
    lambda key: not key.startswith("x-") and key != "<<"
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


def blocks(value: Any) -> Any:
    """The same with Blocks for maps, as the writer has it."""
    if isinstance(value, dict):
        return Block((), {key: blocks(item) for key, item in value.items()})
    return [blocks(item) for item in value] if isinstance(value, list) else value


@given(tree=st.dictionaries(KEYS, TREES, min_size=1, max_size=4))
def test_what_is_written_is_read_back(tree: dict[str, Any]) -> None:
    reading = read_yaml_text(yaml_text(blocks(tree), {}))
    assert reading.document is not None, reading.diagnostics
    noted: list[object] = []
    assert free_value(reading.document.root, (), noted.append) == tree
    assert noted == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("kea1", "kea1"),
        ("192.0.2.10 - 192.0.2.20", "192.0.2.10 - 192.0.2.20"),
        ("2001:db8::/64", '"2001:db8::/64"'),
        ("08:00:27:00:00:01", '"08:00:27:00:00:01"'),
        ("012", '"012"'),
        ("no", '"no"'),
        ("", '""'),
        ("a # b", '"a # b"'),
        ("{server}.pem", '"{server}.pem"'),
        (True, "true"),
        (None, "null"),
        (0.5, "0.5"),
        (Secret("/etc/kea/pw"), "!secret /etc/kea/pw"),
        ([1, "a"], "[1, a]"),
    ],
)
def test_a_text_is_quoted_where_some_reader_could_take_it_for_something_else(value: Any, text: str) -> None:
    assert one_line(value) == text


def test_what_is_short_stands_in_braces_and_nothing_is_wider_than_it_should() -> None:
    short = Block((), {"type": "memfile", "lfc-interval": 3600})
    long = Block((), {f"a-rather-long-key-{number}": "x" * 30 for number in range(5)})
    text = yaml_text(Block((), {"short": short, "long": long}), {})
    assert "short: {type: memfile, lfc-interval: 3600}\n" in text
    assert "long:\n  a-rather-long-key-0: " in text
    assert max(map(len, text.splitlines())) <= WIDTH
