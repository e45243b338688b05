"""The one law of merging, on Blocks."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kea_hac.kea.config import Block
from kea_hac.spec.merging import laid_over, without_nulls

KEYS = st.sampled_from("abc")
VALUES = st.recursive(st.integers() | st.text(max_size=2), lambda inner: st.lists(inner, max_size=2), max_leaves=3)


def blocks(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.dictionaries(KEYS, values, max_size=3).map(lambda data: Block((), data)),
        lambda inner: st.dictionaries(KEYS, values | inner, max_size=3).map(lambda data: Block((), data)),
        max_leaves=4,
    )


@given(blocks(VALUES), blocks(VALUES | st.none()))
def test_what_is_laid_over_wins_and_null_removes(base: Block, own: Block) -> None:
    made = laid_over(base, own)
    for key in base.keys() | own.keys():
        if key not in own:
            assert made[key] == base[key]
        elif own[key] is None:
            assert key not in made
        elif not (isinstance(own[key], Block) and isinstance(base.get(key), Block)):
            assert made[key] == without_nulls(own[key])


@given(blocks(VALUES), blocks(VALUES | st.none()))
def test_laying_over_twice_changes_nothing_more(base: Block, own: Block) -> None:
    once = laid_over(base, own)
    assert laid_over(once, own) == once


@given(blocks(VALUES), blocks(VALUES))
def test_neither_is_changed(base: Block, own: Block) -> None:
    before = repr(base), repr(own)
    laid_over(base, own)
    assert (repr(base), repr(own)) == before


def test_a_value_knows_where_it_was_written() -> None:
    base = Block(("dhcp4", "dhcp-ddns"), {"server-ip": "192.0.2.1", "sender-port": 1})
    own = Block(("servers", 0, "dhcp4", "dhcp-ddns"), {"server-ip": "192.0.2.2"})
    made = laid_over(base, own)
    assert made.where("server-ip") == ("servers", 0, "dhcp4", "dhcp-ddns", "server-ip")
    assert made.where("sender-port") == ("dhcp4", "dhcp-ddns", "sender-port")
