"""Offsets in a text → lines and columns; the lines of a text."""

from __future__ import annotations

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from kea_hac.diagnostics import Span
from kea_hac.source.document import LONGEST_LINE, SourceText

_PARTS = ["a", "b c", "\n", "\r\n", "\r", "x" * 1023, "y" * 1024, "z" * (LONGEST_LINE - 1), "z" * LONGEST_LINE]


@given(st.lists(st.sampled_from(_PARTS), max_size=12).map("".join), st.data())
def test_places_and_lines_are_those_of_the_ends_of_lines(text: str, data: st.DataObject) -> None:
    """Whether lines are shorter than the blocks that they are counted by, or longer."""
    starts = [0, *(at + 1 for at, letter in enumerate(text) if letter == "\n")]

    def place(offset: int) -> tuple[int, int]:
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    source = SourceText("a.yaml", text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(0, len(text)))
    assert source.span(start, end) == Span("a.yaml", *place(start), *place(max(start, end)))
    for number, (begin, after) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True), 1):
        shown = text[begin:after].rstrip("\r\n") if after - begin <= LONGEST_LINE else None
        assert source.line(number) == shown
    assert source.line(0) is source.line(len(starts) + 1) is None
