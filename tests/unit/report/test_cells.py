"""What a text takes on a terminal, and that nothing in it is obeyed."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.report.cells import cells, safe


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("pool", 4),
        ("", 0),
        ("\t", 4),
        ("名前", 4),
        ("e\u0301", 1),
        ("\u1112\u1161\u11ab", 2),
        ("naïve", 5),
        ("😀", 2),
        ("ｆ", 2),
        ("\x1b[31m", 5),
    ],
)
def test_width(text: str, width: int) -> None:
    assert cells(text) == width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\r\n", "␍␊"),
        ("\x7f\x9b", "␡\ufffd"),
        ("a\u202eb\u2066c", "a\ufffdb\ufffdc"),
        ("\ufeff\u2028\udc80", "\ufffd" * 3),
        ("a\tb", "a    b"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_instead(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text())
def test_nothing_that_is_obeyed_or_hidden_gets_through(text: str) -> None:
    kinds = {category(char) for char in safe(text) if char not in "\u200c\u200d"}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert cells(safe(text)) == cells(text)
