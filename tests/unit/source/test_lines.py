"""Lines and columns of offsets in a text."""

from __future__ import annotations

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.source import document
from kea_hac.source.document import Lines


@given(text=st.text(st.sampled_from("ab\n\r\u2028"), max_size=40), block=st.sampled_from([1, 2, 3, 7, 1024]))
def test_lines_begin_behind_line_feeds(text: str, block: int) -> None:
    starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(document, "_BLOCK", block)
        lines = Lines(text)
        assert lines.count == len(starts)
        assert [lines.start(number) for number in range(1, lines.count + 1)] == starts
        for offset in range(len(text) + 3):
            assert lines.of(offset) == bisect_right(starts, offset)
