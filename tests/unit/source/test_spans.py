"""Offsets in a text → lines and columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kea_hac.diagnostics import Span
from kea_hac.source.document import SourceText


@given(st.text("ab\n\r", max_size=12), st.integers(0, 14), st.integers(0, 14))
def test_a_range_on_one_line_is_as_its_two_ends(text: str, start: int, end: int) -> None:
    source = SourceText("a.yaml", text)
    ends = (*source.line_column(start), *source.line_column(max(start, end)))
    assert source.span(start, end) == Span("a.yaml", *ends)
