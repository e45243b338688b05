"""Findings as a person reads them."""

from __future__ import annotations

import re
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from kea_hac.diagnostics import Diagnostic, KeaVerdict, Report, Rule, Severity, Skipped, Span
from kea_hac.report import github, text
from kea_hac.source.document import SourceText
from tests.counting import calls
from tests.unit.report.samples import EVERYTHING, GONE, OLD, POOL, SHARED, marked, span

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def test_everything(snapshot: SnapshotAssertion) -> None:
    shown = text.render(EVERYTHING)
    assert "114 |         - pool: 192.0.3.1 - 192.0.3.9\n    |                 ^^^^^^^^^^^^^^^^^^^^^\n" in shown
    assert shown == snapshot


def test_in_colour(snapshot: SnapshotAssertion) -> None:
    shown = text.render(EVERYTHING, colour=True)
    assert _ANSI.sub("", shown) == text.render(EVERYTHING)
    assert shown == snapshot


def _lines(found: Diagnostic, width: int = text.WIDTH) -> list[str]:
    return text.render(Report((found,)), width=width).splitlines()


def _caret(found: Diagnostic, width: int = text.WIDTH) -> tuple[str, str]:
    """The source line and the mark below it, without the gutter."""
    lines = _lines(found, width)
    at = next(number for number, line in enumerate(lines) if "^" in line)
    return lines[at - 1][4:], lines[at][4:]


def test_the_mark_stands_under_the_value() -> None:
    assert _caret(marked("pool: x - y", 7, 12)) == ("pool: x - y", "      ^^^^^")


def test_a_tab_is_as_wide_in_the_line_as_above_the_mark() -> None:
    assert _caret(marked("\tpool: x", 8, 9)) == ("    pool: x", "          ^")


def test_wide_characters_are_marked_by_their_cells() -> None:
    assert _caret(marked("名前: 値", 5, 6)) == ("名前: 値", "      ^^")


def test_a_line_that_came_with_a_carriage_return() -> None:
    source = SourceText("a.yaml", "a: 1\r\nb: 22\r\n")
    line = source.line(2)
    assert line is not None
    assert _caret(marked(line, 4, 6)) == ("b: 22", "   ^^")


def test_an_empty_file_and_the_place_after_the_end() -> None:
    assert _caret(marked("", 1, 1)) == ("", "^")
    assert _caret(marked("abc", 4, 4)) == ("abc", "   ^")


def test_of_a_span_of_many_lines_the_first_is_marked() -> None:
    assert _caret(marked("  a: {  ", 6, 2, end_line=9)) == ("  a: {", "     ^")


def test_a_long_line_is_cut_to_the_terminal() -> None:
    line, mark = _caret(marked("x" * 300 + "POOL" + "y" * 300, 301, 305), width=60)
    assert line[mark.index("^") : mark.rindex("^") + 1] == "POOL"
    assert len(line) <= 56


def test_places_of_one_file_stand_in_one_frame_in_the_order_of_their_lines() -> None:
    lines = _lines(SHARED)
    assert [line[:2] for line in lines if re.match(r" ?\d+ \|", line)] == ["20", "21", " 4"]
    assert sum("max-response-delay: 5s" in line for line in lines) == 1
    assert any(line.startswith("  ::: shared/timers.yaml:4:1") for line in lines)


def test_a_file_that_could_not_be_read_has_no_line_to_show() -> None:
    assert _lines(GONE) == ["error[KH099 no-such-file]: cannot read it", " --> gone.yaml:1:1"]


def test_a_terminal_is_not_commanded_by_a_spec() -> None:
    found = Diagnostic(
        Rule("KH999", "x", Severity.ERROR, KeaVerdict.ACCEPTS, ""),
        Severity.ERROR,
        "\x1b[2Jmessage",
        Span("\x1bfile", 1, 1, 1, 2),
        "\x1bpath",
        "\x1b[31mline",
        related=((span(2, 1, 2), "\x1bwords\nmore"),),
        fix="\x1bfix\r\nmore",
        artifact="\x1bartifact",
        related_texts=("\x1brelated",),
    )
    shown = text.render(Report((found,), (Skipped("\x1bwhat", "\x1bwhy\n"),)))
    assert "\x1b" not in shown
    assert "\r" not in shown


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (Report(), "no findings in 3 specs"),
        (Report((POOL,)), "1 error in 1 file"),
        (EVERYTHING, "2 errors, 1 warning, 1 info in 2 files; 1 check skipped"),
        (
            Report((OLD, SHARED), (Skipped("a", "b"), Skipped("c", "d"))),
            "1 warning, 1 info in 1 file; 2 checks skipped",
        ),
    ],
)
def test_summary(report: Report, words: str) -> None:
    assert text.summary(report, "3 specs") == words


def test_nothing_to_say() -> None:
    assert text.render(Report()) == ""


def test_hundreds_of_findings_on_a_line_of_a_megabyte_are_no_reason_to_wait() -> None:
    line = "x" * 1_000_000
    report = Report(tuple(marked(line, column, column + 5) for column in range(1, 1_000_000, 2_000)))
    text.render(Report((POOL,)), colour=True)
    assert calls(lambda: text.render(report, colour=True)) < 500 * 1_000  # a thousandth of the line for each


_WORDS = st.text(st.characters(codec=None), max_size=30) | st.text(string.printable, max_size=400)
_NUMBERS = st.integers(-1, 500)
_SPANS = st.builds(Span, _WORDS, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS)
_RULES = st.builds(
    Rule, _WORDS, _WORDS, st.sampled_from(Severity), st.sampled_from(KeaVerdict), _WORDS, _WORDS, st.booleans()
)
_DIAGNOSTICS = st.builds(
    Diagnostic,
    _RULES,
    st.sampled_from(Severity),
    _WORDS,
    _SPANS,
    _WORDS,
    st.none() | _WORDS,
    related=st.lists(st.tuples(_SPANS, _WORDS), max_size=3).map(tuple),
    fix=st.none() | _WORDS,
    artifact=st.none() | _WORDS,
    related_texts=st.lists(st.none() | _WORDS, max_size=4).map(tuple),
)
_REPORTS = st.builds(
    Report,
    st.lists(_DIAGNOSTICS, max_size=3).map(tuple),
    st.lists(st.builds(Skipped, _WORDS, _WORDS), max_size=2).map(tuple),
)


@given(_REPORTS, st.booleans(), st.integers(0, 200))
def test_it_never_fails(report: Report, colour: bool, width: int) -> None:
    shown = text.render(report, colour=colour, width=width)
    assert bool(shown) == bool(report.diagnostics or report.skipped)
    assert text.summary(report, "1 spec")


def test_an_info_does_not_warn_that_kea_accepts_it() -> None:
    """For the reader of an info there is nothing that Kea should have refused."""
    for severity, shown in ((Severity.INFO, False), (Severity.WARNING, True)):
        found = Report((replace(SHARED, severity=severity, kea=KeaVerdict.ACCEPTS),))
        assert ("accepts this without an error" in text.render(found)) is shown
        assert ("accepts this without an error" in github.render(found)) is shown
