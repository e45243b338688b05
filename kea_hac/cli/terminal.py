"""Results to stdout, everything else to stderr, colour only where someone looks at it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TextIO

from kea_hac.diagnostics import Report, Severity
from kea_hac.report.cells import block, safe


class Format(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class FailOn(StrEnum):
    """The mildest severity that makes a command end with 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def severity(self) -> Severity:
        """The same as the findings say it."""
        return Severity(self.value)


def put(text: str) -> None:
    """Results, as they are."""
    sys.stdout.write(text)


def say(line: str) -> None:
    """One line for the person at the terminal. A traceback that was asked for keeps its lines."""
    lines = line.split("\n") if os.environ.get("KEA_HAC_DEBUG") == "1" else [line]
    sys.stderr.write(block(safe(each) for each in lines))


def complain(line: str) -> None:
    """One line on what went wrong."""
    say(f"kea-hac: {line}")


def coloured(stream: TextIO) -> bool:
    """True when the stream should have colour: NO_COLOR, then FORCE_COLOR, then whether it is a terminal that can."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def show_findings(report: Report, *, stream: TextIO | None = None) -> None:
    """The findings as text, on stdout unless that is taken."""
    from kea_hac.report import text

    stream = stream or sys.stdout
    width = shutil.get_terminal_size((text.WIDTH, 24)).columns if stream.isatty() else text.WIDTH
    stream.write(text.render(report, colour=coloured(stream), width=width))


def work_tree_folder() -> str:
    """Where the current folder is below the work tree of a GitHub job; "" at its top, and elsewhere."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return ""
    way = os.path.relpath(os.getcwd(), os.path.realpath(workspace))
    return "" if way == "." or way.startswith("..") else way


def show(report: Report, form: Format, problems: Sequence[str] = ()) -> None:
    """A report on stdout in the form that was asked for."""
    if form is Format.TEXT:
        show_findings(report)
    elif form is Format.JSON:
        from kea_hac.report import as_json

        put(as_json.render(as_json.data(report, problems)))
    else:
        from kea_hac.report import github

        put(github.render(report, folder=work_tree_folder()))
