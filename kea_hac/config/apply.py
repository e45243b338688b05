"""Settings and findings → what is shown, what is ignored, and the entries of `[ignore]` that ignore nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from kea_hac.config.settings import Ignore, Settings
from kea_hac.diagnostics import Diagnostic, Ignored, Report, Severity, Span, rule

UNUSED_IGNORE = rule(
    "KH118",
    "unused-ignore",
    Severity.WARNING,
    why="The entry ignores nothing today. It would hide the next mistake of this kind.",
    source="kea-hac.toml",
)
NOT_SELECTED = "not in select"


def applied(report: Report, settings: Settings) -> Report:
    """The report with the severities of the settings, without what they ignore. What says that a file could not be read always stays."""
    kept, ignored = [], []
    for each in report.diagnostics:
        why = _ignored(each, settings)
        if why is not None:
            ignored.append(why)
        else:
            severity = settings.severity.get(each.rule.code)
            kept.append(each if severity is None or each.rule.unreadable else replace(each, severity=severity))
    return replace(report, diagnostics=tuple(kept), ignored=(*report.ignored, *ignored))


def ignores(settings: Settings, found: Diagnostic) -> bool:
    """True for a finding that the settings take out of the report."""
    return _ignored(found, settings) is not None


def _ignored(found: Diagnostic, settings: Settings) -> Ignored | None:
    if found.rule.unreadable or settings.file is None:
        return None
    code = found.rule.code
    entry = next((each for each in settings.ignore if each.code == code and each.covers(_path(found, settings))), None)
    if entry is not None:
        return Ignored(found, entry.reason, entry.place)
    if not settings.selected(code):
        return Ignored(found, NOT_SELECTED, settings.places.get("select", settings.file))
    return None


def _path(found: Diagnostic, settings: Settings) -> str:
    """The file of a finding, from the folder of the settings. No pattern means one that is outside of it."""
    path = os.path.join(os.path.realpath(os.path.dirname(found.span.file) or "."), os.path.basename(found.span.file))
    return os.path.relpath(path, os.path.realpath(settings.folder)).replace(os.sep, "/")


def unused(report: Report, settings: Settings) -> list[Diagnostic]:
    """A finding for each entry of `[ignore]` that ignored nothing. Only for a run that has read everything that the site has.

    `report`: what `applied` gave.
    """
    used = {each.place for each in report.ignored}
    return [_unused(each) for each in settings.ignore if each.place not in used]


def _unused(entry: Ignore) -> Diagnostic:
    file, _, number = entry.place.rpartition(":")
    at = int(number) if number.isdigit() else 1
    span = Span(file if number.isdigit() else entry.place, at, 1, at, 1 + len(entry.key))
    words = f"no finding is a {entry.key}" + (f" in {', '.join(entry.paths)}" if entry.paths else "")
    return Diagnostic(UNUSED_IGNORE, UNUSED_IGNORE.severity, words, span, f"ignore.{entry.key}", fix="remove the entry")


def errors_below(before: Report, after: Report) -> Iterable[Diagnostic]:
    """The errors of a report that settings ignore or call something else: they still keep `build` from writing."""
    shown = {(each.rule.code, each.span, each.message) for each in after.diagnostics if each.severity is Severity.ERROR}
    for each in before.diagnostics:
        if each.severity is Severity.ERROR and (each.rule.code, each.span, each.message) not in shown:
            yield each
