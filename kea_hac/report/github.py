"""Findings as GitHub Actions workflow commands, which become annotations on the lines of a pull request.

    ::error file=specs/campus.yaml,line=14,col=17,endLine=14,endColumn=38,title=KH201 pool-outside-subnet::pool …

Source: "Workflow commands for GitHub Actions", and the escaping of the `@actions/core` toolkit.
"""

from __future__ import annotations

import posixpath

from kea_hac.diagnostics import Diagnostic, Report, Severity, Skipped, Span
from kea_hac.report.cells import safe
from kea_hac.report.grouping import More, shortened, shortened_skipped
from kea_hac.report.text import kea_does

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


ANNOTATIONS = 10
"""Of one kind, that GitHub shows for a step; it ignores the others."""
_KINDS = ("error", "warning", "notice")


def of_a_step(lines: str, *, summary: bool) -> tuple[str, int]:
    """Annotations in the order of their kinds, errors first, and how many are left out.

    `summary`: the job has a summary, where the reader finds all of them, so more than GitHub shows are left out here.
    """
    kinds: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for line in lines.splitlines(keepends=True):
        kinds[line[2:].partition(" ")[0]].append(line)
    shown = [line for kind in kinds.values() for line in (kind[:ANNOTATIONS] if summary else kind)]
    return "".join(shown), sum(map(len, kinds.values())) - len(shown)


def render(report: Report, *, folder: str = "") -> str:
    """One line for each finding and skipped check. `folder`: the way from the work tree's top to where paths start."""
    lines = [
        _more(each) if isinstance(each, More) else _command(each, folder) for each in shortened(report.diagnostics)
    ]
    lines += [_skipped(each, others) for each, others in shortened_skipped(report.skipped)]
    return "".join(lines)


def note(command: str, file: str, title: str, words: str, *, folder: str = "") -> str:
    """One line on a whole file. `command`: error, warning or notice."""
    return f"::{command} file={_property(_path(file, folder))},title={_property(title)}::{_message(words)}\n"


def annotation(command: str, span: Span, title: str, words: str, *, folder: str = "") -> str:
    """One line on a place. `command`: error, warning or notice."""
    properties = {**_place(span, folder), "title": title}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {listed}::{_message(words)}\n"


def _command(found: Diagnostic, folder: str) -> str:
    title = f"{found.rule.code} {found.rule.name}"
    return annotation(_COMMANDS[found.severity], found.span, title, _words(found), folder=folder)


def _place(span: Span, folder: str) -> dict[str, str]:
    """GitHub takes columns only for a span within one line, and lines that exist."""
    place = {"file": _path(span.file, folder)}
    if span.line < 1:
        return place
    place["line"] = str(span.line)
    if span.line == span.end_line:
        return {
            **place,
            "col": str(span.column),
            "endLine": str(span.end_line),
            "endColumn": str(max(span.column, span.end_column)),
        }
    return {**place, "endLine": str(max(span.line, span.end_line))}


def _path(file: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join(folder, file))


def _words(found: Diagnostic) -> str:
    lines = [safe(found.message)]
    lines += [safe(f"{words} ({span.file}:{span.line}:{span.column})") for span, words in found.related]
    if found.artifact:
        lines.append(f"in {safe(found.artifact)}")
    if kea := kea_does(found):
        lines.append(f"Kea {kea}")
    if found.fix:
        lines.append(f"fix: {safe(found.fix)}")
    return "\n".join(lines)


def _more(more: More) -> str:
    title = f"{more.rule.code} {more.rule.name}"
    return f"::{_COMMANDS[more.severity]} title={_property(title)}::{_message(safe(more.words))}\n"


def _skipped(each: Skipped, others: int) -> str:
    more = f", and {others:,} more for the same reason" if others else ""
    return f"::notice title=check skipped::{_message(safe(f'{each.what}: {each.reason}{more}'))}\n"


def _message(text: str) -> str:
    """Our own lines, each with nothing in it that is obeyed or hidden; the command ends with the line."""
    shown = "\n".join(safe(line) for line in text.split("\n"))
    return shown.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(safe(text)).replace(":", "%3A").replace(",", "%2C")
