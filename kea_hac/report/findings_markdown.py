"""Findings as the comment of a pull request or the summary of a job: GitHub's markdown of at most 60 KB, errors first.

What does not fit is counted by its rule: first the details go, then the least severe findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from kea_hac.diagnostics import Severity, Skipped, Span
from kea_hac.report.cells import block
from kea_hac.report.entries import Entry, Listed
from kea_hac.report.formats import Page
from kea_hac.report.grouping import shortened_skipped
from kea_hac.report.markdown import LARGEST, code, prose
from kea_hac.report.text import counted

_HEADINGS = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.INFO: "Notes"}
_SHORT = 200
"""Characters of a message where all findings in full are too long."""
_RULES = 20
"""Rules that are named in the count of what is left out."""
_LOST = 50
"""Things that could not be done, and checks that were skipped, that are listed."""
_END = 1_500
"""Bytes that are kept for the sentence on what is left out, and for what follows the findings."""


def render(listed: Listed, page: Page, attached: str = "") -> str:
    """All findings, the most severe first. `attached`: other results as markdown; left out whole where they do not fit."""
    entries = sorted(listed.entries, key=lambda each: each.severity.rank)
    head = [f"### kea-hac: {_title(entries)}", "", *_problems(listed.problems), *_skipped(listed.skipped)]
    start = block(head)
    room = LARGEST - len(start.encode()) - _END
    found, left = _fitting(entries, page, room)
    shown = start + block(found)
    if left:
        shown += (
            f"\nLeft out, because the comment would be too long: {_left_out(left)}. `--format json` lists them all.\n"
        )
    if attached:
        fits = len(shown.encode()) + len(attached.encode()) <= LARGEST
        shown += (
            f"\n{attached}"
            if fits
            else "\nLeft out, because the comment would be too long: the other results; `--format json` has them.\n"
        )
    return shown.strip("\n") + "\n"


def _title(entries: Sequence[Entry]) -> str:
    counts = Counter(each.severity for each in entries)
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    return ", ".join(counted(counts[each], words[each]) for each in Severity if counts[each]) or "no findings"


def _problems(problems: Sequence[str]) -> Iterator[str]:
    for each in problems[:_LOST]:
        yield f"- **Not done**: {prose(_cut(each))}"
    if len(problems) > _LOST:
        yield f"- **Not done**: {len(problems) - _LOST:,} more"
    if problems:
        yield ""


def _skipped(skipped: Sequence[Skipped]) -> Iterator[str]:
    rows = list(shortened_skipped(skipped))
    for each, others in rows[:_LOST]:
        more = f", and {others:,} more for the same reason" if others else ""
        yield f"- **Skipped**: {prose(_cut(f'{each.what}: {each.reason}'))}{more}"
    if rows:
        yield ""


def _fitting(entries: Sequence[Entry], page: Page, room: int) -> tuple[list[str], list[Entry]]:
    """The lines of all findings with details; else those of as many as fit without, and the findings that do not fit."""
    if _number(entries, page, room, details=True) == len(entries):
        return list(_lines(entries, page, details=True)), []
    most = _number(entries, page, room, details=False)
    return list(_lines(entries[:most], page, details=False)), list(entries[most:])


def _number(entries: Sequence[Entry], page: Page, room: int, *, details: bool) -> int:
    """How many of the findings, from the first one on, take no more than `room` bytes, with all headings."""
    used = sum(len(f"\n**{each}**\n\n") for each in _HEADINGS.values())
    for number, each in enumerate(entries):
        used += len(_item(each, page, details=details).encode()) + 1
        if used > room:
            return number
    return len(entries)


def _lines(entries: Sequence[Entry], page: Page, *, details: bool) -> Iterator[str]:
    for severity, heading in _HEADINGS.items():
        own = [each for each in entries if each.severity is severity]
        if own:
            yield from (f"**{heading}**", "")
            yield from (_item(each, page, details=details) for each in own)
            yield ""


def _item(entry: Entry, page: Page, *, details: bool) -> str:
    """One line: the place, the rule, the message; with details the fix and the other places too."""
    where = f"{code(_where(entry.span, page))} " if entry.span is not None else ""
    message = " ".join(entry.message.split())
    text = f"- {where}{code(entry.rule.code)} {entry.rule.name}: {prose(message if details else _cut(message))}"
    if not details:
        return text
    for span, words in entry.related[:3]:
        text += f"; {prose(words)} ({code(_where(span, page))})"
    return f"{text}. Fix: {prose(' '.join(entry.fix.split()))}" if entry.fix else text


def _where(span: Span, page: Page) -> str:
    place = page.place(span.file)
    return f"{place}:{span.line}:{span.column}" if span.line > 0 else place


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _left_out(left: Sequence[Entry]) -> str:
    counts = Counter(each.rule.name for each in left).most_common()
    named = ", ".join(f"{number:,} {name}" for name, number in counts[:_RULES])
    rest = sum(number for _, number in counts[_RULES:])
    return f"{len(left):,} findings ({named}{f', {rest:,} of other rules' if rest else ''})"
