"""Items that are read by their shape are read as those that are read token by token: values, places, findings and limits."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kea_hac.source import Limits, Map, Reading, Seq, Value, kea_json_shapes, read_kea_json_text
from kea_hac.source.kea_json_lexer import Lexer
from tests.counting import calls

_SCALARS = st.sampled_from(
    [
        '"a"', '""', '"ü"', '"\\n"', '"\\u0041"', '"a\tb"', "1", "-1", "0", "007", "+1", "1.5", "1e3", str(2**63 - 1), str(2**64),
        "true", "false", "null", "True", '"\x7f"', "x", '<?include "/none"?>',
    ]
)  # fmt: skip
_KEYS = st.sampled_from(['"a"', '"b"', '"c d"', '"password"', '"[.*"', '"\\u0061"', '"ü"'])
_SPACES = st.sampled_from(["", "", " ", "\n  ", "\t", " // x\n", "/* } */", "# [\r\n", "\u00a0"])
_COMMAS = st.sampled_from([","] * 12 + ["", ",,", ", ,"])


@st.composite
def _values(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["scalar", "scalar", "map", "list"] if depth else ["scalar"]))
    if kind == "scalar":
        return draw(_SCALARS)
    inner = draw(st.lists(_values(depth - 1), max_size=3))
    if kind == "map":
        inner = [f"{draw(_KEYS)}:{each}" for each in inner]
    return ("{%s}" if kind == "map" else "[%s]") % ",".join(inner)


@st.composite
def _texts(draw: st.DrawFn) -> str:
    """A list in which a few kinds of items come again and again, with different spaces and ends."""
    kinds = draw(st.lists(_values(), min_size=1, max_size=3))
    items = draw(st.lists(st.sampled_from([*kinds, *kinds, '{"a":1}', '{"a": "x", "b": 2}']), max_size=12))
    space = draw(st.lists(_SPACES, min_size=1, max_size=3))
    text = "["
    for number, item in enumerate(items):
        between = space[number % len(space)]
        text += between + item.replace(",", between + ",").replace(":", ":" + between)
        text += draw(_COMMAS) if number + 1 < len(items) else draw(st.sampled_from(["", "", between, ","]))
    return f'{{"items": {text}{draw(st.sampled_from(["]", "]", "]", "", "}"]))}}}'


def _told(value: Value) -> Any:
    """A value with the places and classes of everything in it."""
    if not isinstance(value, Map | Seq):
        return type(value), value
    below: list[Value] = list(value.values()) if isinstance(value, Map) else list(value)
    return type(value), list(value), list(value.spans), [_told(each) for each in below]


def _read(text: str, limits: Limits, monkeypatch: pytest.MonkeyPatch, *, alike: bool) -> Reading:
    with monkeypatch.context() as patched:
        patched.setattr(kea_json_shapes, "_OFTEN", 1)
        if not alike:
            patched.setattr(Lexer, "alike_items", lambda *_: (0, 0))
        return read_kea_json_text(text, limits=limits, comments=True)


def _same(text: str, limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (_read(text, limits, monkeypatch, alike=alike) for alike in (True, False))
    assert one.diagnostics == other.diagnostics
    assert (one.document is None) == (other.document is None)
    if one.document is not None and other.document is not None:
        assert _told(one.document.root) == _told(other.document.root)
        assert one.document.comments == other.document.comments
        assert one.document.lost == other.document.lost


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(text=_texts(), nodes=st.sampled_from([5, 12, 30, 1000]), depth=st.sampled_from([2, 3, 4, 100]))
def test_items_read_by_their_shape(monkeypatch: pytest.MonkeyPatch, text: str, nodes: int, depth: int) -> None:
    _same(text, Limits(nodes=nodes, depth=depth), monkeypatch)


@pytest.mark.parametrize("indent", [None, 2])
def test_items_with_maps_and_lists_in_them(monkeypatch: pytest.MonkeyPatch, indent: int | None) -> None:
    items = [
        {
            "duid": f"01:{number:02x}",
            "ip-addresses": [f"2001:db8::{number:x}"],
            "option-data": [{"code": number, "always-send": number % 2 == 0, "data": None}] * (number % 3),
            "user-context": {"owner": {"name": "x", "empty": [{}, []]}},
        }
        for number in range(40)
    ]
    _same(json.dumps({"Dhcp6": {"reservations": items}}, indent=indent), Limits(), monkeypatch)


def test_an_item_that_is_like_others_takes_few_calls() -> None:
    def text(number: int) -> str:
        return json.dumps({"a": [{"hw-address": f"{each:012x}", "n": each} for each in range(number)]}, indent=2)

    few, many = (calls(partial(read_kea_json_text, text(number))) for number in (100, 300))
    assert (many - few) / 200 <= 15
