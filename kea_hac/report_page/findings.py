"""A report → the findings as the page shows them: the worst first, a handful of each kind, what was skipped."""

from __future__ import annotations

from collections.abc import Sequence

from kea_hac.diagnostics import Diagnostic, Report, Severity
from kea_hac.records import dataclass
from kea_hac.report.grouping import More, shortened, shortened_skipped
from kea_hac.report.snippet import excerpt
from kea_hac.report.text import kea_does

_MOST = 400
"""Findings that the page has, whatever their kinds: a fleet with one fault in each spec stays readable."""
_ROOM = 100
_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@dataclass(frozen=True, slots=True)
class Row:
    """One finding, or the count of some more of its kind."""

    kind: str
    """error, warning, note"""
    code: str
    name: str
    message: str
    place: str = ""
    path: str = ""
    text: str = ""
    """The line of the spec, without secrets."""
    carets: str = ""
    kea: str = ""
    fix: str = ""
    why: str = ""
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a page."""

    counts: tuple[tuple[str, int], ...]
    """error, 2 …; only those that there are"""
    rows: tuple[Row, ...]
    left: int
    """Findings beyond those that the page has room for."""
    skipped: tuple[str, ...]
    ignored: int
    problems: tuple[str, ...]
    """What could not be read or done."""


def findings(report: Report, problems: Sequence[str]) -> Findings:
    """The findings of a run."""
    found = sorted(report.diagnostics, key=lambda each: (each.severity.rank, each.sort_key))
    rows = shortened(found)
    counts = [(_WORDS[each], sum(one.severity is each for one in found)) for each in Severity]
    shown = tuple(map(_row, rows[:_MOST]))
    left = sum(each.count if isinstance(each, More) else 1 for each in rows[_MOST:])
    skipped = tuple(
        f"{each.what}: {each.reason}" + (f", and {others:,} more for the same reason" if others else "")
        for each, others in shortened_skipped(report.skipped)
    )
    return Findings(
        tuple(each for each in counts if each[1]), shown, left, skipped[:_MOST], len(report.ignored), tuple(problems)
    )


def _row(found: Diagnostic | More) -> Row:
    if isinstance(found, More):
        words = found.words.partition(";")[0]
        return Row(_WORDS[found.severity], found.rule.code, found.rule.name, words)
    span = found.span
    shown = None
    if found.text is not None:
        end = span.end_column if span.end_line == span.line else len(found.text) + 1
        shown = excerpt(found.text, span.column - 1, end - 1, _ROOM)
    kea = kea_does(found)
    return Row(
        _WORDS[found.severity],
        found.rule.code,
        found.rule.name,
        found.message,
        f"{span.file}:{span.line}:{span.column}" if span.line > 0 else span.file,
        found.path,
        shown.text if shown is not None else "",
        " " * shown.indent + "^" * shown.width if shown is not None else "",
        f"Kea {kea}" if kea else "",
        found.fix or "",
        found.rule.why,
        tuple(f"{where.file}:{where.line}: {words}" for where, words in found.related),
    )
