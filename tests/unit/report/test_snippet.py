"""The mark stands under exactly the span, whatever the line is made of and however much of it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.report.cells import cells, safe
from kea_hac.report.snippet import CUT, LEAST_ROOM, excerpt

ROOM = 40


@pytest.mark.parametrize(
    ("text", "start", "end", "indent", "width"),
    [
        ("pool: x", 6, 7, 6, 1),
        ("\tpool: x", 1, 5, 4, 4),
        ("\t\tx", 0, 2, 0, 8),
        ("名: 値です", 3, 6, 4, 6),
        ("e\u0301: x", 4, 5, 3, 1),
        ("e\u0301: x", 1, 2, 0, 1),
        ("xe\u0301", 0, 2, 0, 2),
        ("", 0, 0, 0, 1),
        ("pool", 4, 4, 4, 1),
        ("pool", 9, 12, 4, 1),
        ("pool", -3, -1, 0, 1),
        ("pool", 3, 1, 3, 1),
    ],
    ids=repr,
)
def test_mark(text: str, start: int, end: int, indent: int, width: int) -> None:
    shown = excerpt(text, start, end, ROOM)
    assert (shown.text, shown.indent, shown.width) == (safe(text), indent, width)


def test_a_long_line_is_cut_on_both_sides_of_the_mark() -> None:
    text = "a" * 500 + "POOL" + "b" * 500
    shown = excerpt(text, 500, 504, ROOM)
    assert shown.text.startswith(CUT)
    assert shown.text.endswith(CUT)
    assert shown.text[shown.indent : shown.indent + shown.width] == "POOL"
    assert len(shown.text) == ROOM


def test_the_beginning_is_shown_when_the_mark_is_there() -> None:
    shown = excerpt("key: POOL" + "b" * 500, 5, 9, ROOM)
    assert shown.text == "key: POOL" + "b" * 30 + CUT
    assert (shown.indent, shown.width) == (5, 4)


def test_a_mark_that_is_longer_than_the_room_is_cut_with_its_line() -> None:
    shown = excerpt("a" * 100 + "P" * 300, 100, 400, ROOM)
    assert shown.text == CUT + "a" * 13 + "P" * 25 + CUT
    assert (shown.indent, shown.width) == (14, 25)


def test_the_end_of_a_long_line() -> None:
    shown = excerpt("a" * 300, 300, 300, ROOM)
    assert shown.text == CUT + "a" * 37
    assert (shown.indent, shown.width) == (38, 1)


@given(st.text(), st.integers(-2, 300), st.integers(-2, 300), st.integers(0, 60))
def test_it_never_leaves_the_room_nor_loses_the_mark(text: str, start: int, end: int, room: int) -> None:
    shown = excerpt(text * 3, start, end, room)
    limit = max(room, LEAST_ROOM)
    assert cells(shown.text) <= limit
    assert 0 <= shown.indent < limit
    assert 1 <= shown.width <= limit


@given(st.text("ab\t名e\u0301 ", min_size=1), st.data())
def test_the_marked_cells_are_those_of_the_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    shown = excerpt(text, start, end, 10_000)
    before, marked = text[:start], text[start:end]
    if not text[start].startswith("\u0301") and text[end : end + 1] != "\u0301":
        assert (shown.indent, shown.width) == (cells(before), cells(marked))


@given(st.text("a -~/\t", max_size=60), st.integers(-2, 70), st.integers(-2, 70), st.integers(0, 60))
def test_letters_of_one_cell_are_shown_alike(text: str, start: int, end: int, room: int) -> None:
    plain, other = excerpt(text, start, end, room), excerpt(text.replace("a", "é"), start, end, room)
    assert (other.text, other.indent, other.width) == (plain.text.replace("a", "é"), plain.indent, plain.width)
