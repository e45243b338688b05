"""The format `gitlab`: the report of GitLab's code quality, which shows findings on the lines of a merge request.

Source: GitLab's manual, "Code Quality", "Code Quality report format"; its parser asks for description, fingerprint, severity and
location. GitLab shows nothing for an entry without a path and a line, and one entry for each fingerprint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kea_hac.diagnostics import Severity
from kea_hac.fingerprints import fingerprint_of, numbered
from kea_hac.report import as_json
from kea_hac.report.cells import safe
from kea_hac.report.entries import Entry, Listed, of_result, of_review
from kea_hac.report.formats import Page, Rendered
from kea_hac.report.results import Result

if TYPE_CHECKING:
    from kea_hac.review.run import Reviewed

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}
_WORST = "blocker"
"""For what could not be read or done at all."""
_NO_FILE = "."
"""The path of what is about no file: the top of the work tree."""


def findings(result: Result, page: Page) -> Rendered:
    """All findings, without the other results of the command."""
    return Rendered(_document(of_result(result, page.place), page))


def review(result: Reviewed, page: Page) -> Rendered:
    """Limits, new findings, and a note on each pair that changes."""
    return Rendered(_document(of_review(result, page.place), page))


def _document(listed: Listed, page: Page) -> str:
    problems = [_problem(each) for each in dict.fromkeys(listed.problems)]
    return as_json.render([*problems, *(_entry(each, page) for each in listed.entries)])


def _entry(entry: Entry, page: Page) -> dict[str, Any]:
    span = entry.span
    lines = {"begin": max(span.line, 1), "end": max(span.end_line, span.line, 1)} if span is not None else {"begin": 1}
    return {
        "description": safe(f"{entry.rule.name}: {'; '.join(entry.words.splitlines())}"),
        "check_name": entry.rule.code,
        "fingerprint": entry.fingerprint,
        "severity": _WORST if entry.rule.unreadable else _SEVERITIES[entry.severity],
        "location": {"path": page.place(span.file) if span is not None else _NO_FILE, "lines": lines},
    }


def _problem(problem: str) -> dict[str, Any]:
    return {
        "description": safe("; ".join(problem.splitlines())),
        "check_name": "not-done",
        "fingerprint": numbered(fingerprint_of("not-done", problem)),
        "severity": _WORST,
        "location": {"path": _NO_FILE, "lines": {"begin": 1}},
    }
