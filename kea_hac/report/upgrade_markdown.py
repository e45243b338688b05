"""The report of an upgrade as GitHub's markdown: a plan for a ticket or a pull request, of at most 60 KB."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.diagnostics import Diagnostic
from kea_hac.report.cells import block
from kea_hac.report.markdown import LARGEST, code, prose
from kea_hac.report.results import PlannedUpgrade
from kea_hac.report.review_words import counted
from kea_hac.report.upgrade_words import Section, findings_title, headline, sections

_MOST = 60
"""Lines of a section."""
_END = 300
"""Bytes that are kept for the sentence on what is left out."""
_CUT = "\nLeft out, because the comment would be too long: {what}. `--format json` has everything.\n"


def render(result: PlannedUpgrade) -> str:
    """A heading for each section, and the findings as a list."""
    upgrade = result.upgrade
    lines = [
        f"### kea-hac upgrade: {prose(upgrade.pair)}",
        "",
        f"{prose(headline(upgrade))}. Spec {code(upgrade.path)}.",
        "",
    ]
    for section in sections(upgrade, written=bool(result.written)):
        lines += _section(section)
    shown = block(lines)
    if len(shown.encode()) > LARGEST - _END:
        kept = shown.encode()[: LARGEST - _END].decode("utf-8", "ignore").rpartition("\n")[0]
        return kept + "\n" + _CUT.format(what="the rest of the plan, and the findings")
    if upgrade.findings:
        shown += block([f"#### {findings_title(upgrade)}", ""])
    found = sorted(upgrade.findings, key=lambda one: (one.severity.rank, one.sort_key))
    for number, each in enumerate(found):
        line = block([_finding(each)])
        if len(shown.encode()) + len(line.encode()) > LARGEST - _END:
            return shown + _CUT.format(what=counted(len(found) - number, "finding"))
        shown += line
    return shown.rstrip("\n") + "\n"


def _section(section: Section) -> Iterator[str]:
    yield from (f"#### {prose(section.title)}", "")
    for number, line in enumerate(section.lines[:_MOST], 1):
        yield f"{number}. {_sentence(line)}" if section.numbered else f"- {_sentence(line)}"
    if len(section.lines) > _MOST:
        yield f"- {len(section.lines) - _MOST:,} more (`--format json` has all)"
    yield ""


def _finding(found: Diagnostic) -> str:
    fix = f" Fix: {_sentence(found.fix)}." if found.fix else ""
    place = code(f"{found.span.file}:{found.span.line}")
    return f"- {found.severity} {code(found.rule.code)} {place}: {_sentence(found.message)}.{fix}"


def _sentence(text: str) -> str:
    """A sentence in which what stands in backquotes is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a name with a backquote in it
        return prose(text)
    return "".join(code(part) if number % 2 else prose(part) for number, part in enumerate(parts))
