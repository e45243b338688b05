"""The report of an upgrade as a person at a terminal reads it: the sections, then the findings."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.diagnostics import Report
from kea_hac.report import text
from kea_hac.report.cells import block, safe
from kea_hac.report.results import PlannedUpgrade
from kea_hac.report.upgrade_words import findings_title, headline, sections

_BOLD, _RESET = "\x1b[1m", "\x1b[0m"


def render(result: PlannedUpgrade, *, colour: bool, width: int) -> str:
    """The whole report. Findings are shown as `validate` shows them."""
    upgrade = result.upgrade
    lines = [f"{upgrade.pair} ({upgrade.path}): {headline(upgrade)}", ""]
    for section in sections(upgrade, written=bool(result.written)):
        lines += [f"{section.title}:", *_items(section.lines, numbered=section.numbered), ""]
    shown = block(_painted(line, colour=colour) for line in lines[:-1])
    if upgrade.findings:
        report = Report(tuple(sorted(upgrade.findings, key=lambda each: each.sort_key)))
        shown += block(["", f"{findings_title(upgrade)}:", ""]) + text.render(report, colour=colour, width=width)
    return shown


def _items(lines: tuple[str, ...], *, numbered: bool) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        yield f"  {number}. {line}" if numbered else f"  - {line}"


def _painted(line: str, *, colour: bool) -> str:
    shown = safe(line)
    return f"{_BOLD}{shown}{_RESET}" if colour and shown and not shown.startswith(" ") else shown
