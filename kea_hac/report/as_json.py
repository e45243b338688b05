"""Findings for programs. The keys are a promise: some may be added, none is renamed or taken away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kea_hac.diagnostics import Diagnostic, Report, Span


def data(report: Report, problems: Sequence[str] = ()) -> dict[str, Any]:
    """The report as plain data: "findings" and "skipped", and "problems" where something could not be done at all."""
    document: dict[str, Any] = {
        "findings": [_finding(each) for each in report.diagnostics],
        "skipped": [{"what": each.what, "reason": each.reason} for each in report.skipped],
    }
    return {**document, "problems": list(problems)} if problems else document


def render(document: dict[str, Any]) -> str:
    """JSON text, pure ASCII, so that it survives every terminal and pipe, with a line end."""
    # `##[` is a command for the log of some CI systems, wherever it stands in a line.
    return json.dumps(document, indent=2).replace("##", "#\\u0023") + "\n"


def _finding(found: Diagnostic) -> dict[str, Any]:
    return {
        "rule": found.rule.code,
        "name": found.rule.name,
        "severity": found.severity.value,
        "kea": found.kea_says.value,
        "message": found.message,
        **_place(found.span),
        "path": found.path,
        "artifact": found.artifact,
        "fix": found.fix,
        "related": [{"message": words, **_place(span)} for span, words in found.related],
    }


def _place(span: Span) -> dict[str, Any]:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
