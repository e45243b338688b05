"""Outcomes of specs that were never written, for what a real spec can hardly bring about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kea_hac.api import Checked
from kea_hac.diagnostics import Diagnostic, KeaVerdict, Report, Rule, Severity, Skipped, Span

RULE = Rule("KH199", "made-up", Severity.ERROR, KeaVerdict.NOT_ITS_BUSINESS, "For tests.")
BLIND = Rule("KH099", "no-text", Severity.ERROR, KeaVerdict.NOT_ITS_BUSINESS, "For tests.", unreadable=True)


def found(
    severity: Severity, *, rule: Rule = RULE, file: str = "a.yaml", line: int = 1, message: str = "made up"
) -> Diagnostic:
    return Diagnostic(rule, severity, message, Span(file, line, 1, line, 5), "pair", "pair: x")


def report(*severities: Severity, skipped: tuple[Skipped, ...] = ()) -> Report:
    return Report(tuple(found(each, line=number) for number, each in enumerate(severities, 1)), skipped)


def pretend(monkeypatch: pytest.MonkeyPatch, outcome: Callable[[str], Report]) -> None:
    """Every spec comes to what `outcome` says, or raises."""
    monkeypatch.setattr("kea_hac.cli.run._checked", lambda path, _: Checked(Path(path), None, None, outcome(path)))
