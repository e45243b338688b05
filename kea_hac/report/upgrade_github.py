"""An upgrade as annotations of GitHub Actions: the findings, and one note with the plan."""

from __future__ import annotations

from kea_hac.diagnostics import Report
from kea_hac.report import github
from kea_hac.report.cells import safe
from kea_hac.report.results import PlannedUpgrade
from kea_hac.report.upgrade_words import headline, sections


def render(result: PlannedUpgrade, *, folder: str) -> str:
    """`folder`: as in `github.render`."""
    upgrade = result.upgrade
    found = sorted(upgrade.findings, key=lambda each: (each.severity.rank, each.sort_key))
    lines = [headline(upgrade)]
    for section in sections(upgrade, written=bool(result.written)):
        lines += [f"{section.title}:", *(f"- {each}" for each in section.lines)]
    words = "\n".join(safe(line) for line in lines)
    title = f"upgrade of {safe(upgrade.pair)}"
    return github.render(Report(tuple(found)), folder=folder) + github.note(
        "notice", upgrade.path, title, words, folder=folder
    )
