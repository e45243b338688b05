"""Results → the streams, in the format that was asked for."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

from kea_hac.cli.terminal import coloured, put
from kea_hac.diagnostics import Severity
from kea_hac.errors import UsageError
from kea_hac.report.formats import Format, Page, Rendered, Screen
from kea_hac.report.results import DiffResult, PlannedUpgrade, Result, RolledOut

if TYPE_CHECKING:
    from kea_hac.review.run import Reviewed


_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The environment variable in which GitHub Actions names the file of the job's summary."""


def page(fail_on: Severity = Severity.ERROR) -> Page:
    """The two streams and the current folder, as the formats need to know them. `fail_on`: the lowest severity that causes exit code 1."""
    summary = bool(os.environ.get(_SUMMARY))
    return Page(_screen(sys.stdout), _screen(sys.stderr), work_tree_folder(), summary=summary, fail_on=fail_on)


def _screen(stream: TextIO) -> Screen:
    width = shutil.get_terminal_size((Screen().width, 24)).columns if stream.isatty() else Screen().width
    return Screen(coloured(stream), width)


def work_tree_folder() -> str:
    """Where the current folder is below the work tree of a GitHub job; "" at its top, and elsewhere."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return ""
    way = os.path.relpath(os.getcwd(), os.path.realpath(workspace))
    return "" if way == "." or way.startswith("..") else way


def show_result(form: Format, result: Result, fail_on: Severity = Severity.ERROR) -> None:
    """The result of a command in the format that was asked for."""
    _write(form.findings(result, page(fail_on)))


def show_comparison(form: Format, result: DiffResult) -> None:
    """The result of `diff` in the format that was asked for."""
    _write(form.comparison(result, page()))


def show_review(form: Format, result: Reviewed, fail_on: Severity = Severity.ERROR) -> None:
    """The result of `review` in the format that was asked for."""
    _write(form.review(result, page(fail_on)))


def show_upgrade(form: Format, result: PlannedUpgrade) -> None:
    """The result of `upgrade` in the format that was asked for."""
    _write(form.upgrade(result, page()))


def show_rollout(form: Format, result: RolledOut) -> None:
    """The result of `rollout` in the format that was asked for."""
    _write(form.rollout(result, page()))


def _write(shown: Rendered) -> None:
    put(shown.stdout)
    sys.stderr.write(shown.stderr)
    if shown.summary:
        _summarize(shown.summary)


def _summarize(text: str) -> None:
    """Add to the summary of the job. Raises UsageError when its file cannot be written."""
    path = os.environ[_SUMMARY]
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"the summary of the job could not be written to {path} ({_SUMMARY}): {error}") from error
