"""`--baseline` and `--write-baseline` of the commands that show findings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.boundary import CLEAN
from kea_hac.cli.terminal import say
from kea_hac.diagnostics import Report
from kea_hac.errors import UsageError

if TYPE_CHECKING:
    from kea_hac.baseline import Baseline

BaselineFile = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Do not report the findings that this file lists. They are counted; entries that are gone are reported.",
    ),
]
WriteBaseline = Annotated[
    bool, typer.Option("--write-baseline", help="Write the findings of this run into the file of --baseline.")
]


def read_before(path: str | None, *, write: bool) -> Baseline | None:
    """The baseline of the command line, read before anything else. Raises UsageError. None without one, and where a new one is written."""
    if path is None:
        if write:
            raise UsageError(
                "--write-baseline writes the file of --baseline: name it, --baseline FILE --write-baseline"
            )
        return None
    from kea_hac.baseline import exists, read_baseline

    if write and not exists(path):
        return None
    return read_baseline(path)


def without_old(report: Report, baseline: Baseline | None, files: Iterable[str]) -> Report:
    """The report without the findings of the baseline. `files`: all files that were read whole, by the names that findings use."""
    if baseline is None:
        return report
    from kea_hac.baseline import with_baseline
    from kea_hac.source.tree_paths import tree_path

    return with_baseline(report, baseline, tree_path, _judged(baseline, report, files))


def write_now(
    path: str, report: Report, baseline: Baseline | None, files: Iterable[str], problems: Sequence[str]
) -> int:
    """Write the findings of a run. Raises UsageError where a file could not be read, because then its findings are unknown."""
    from kea_hac.baseline import baseline_text
    from kea_hac.report.text import counted
    from kea_hac.source.tree_paths import tree_path
    from kea_hac.source.writing import write_whole

    unread = [
        f"{each.span.file}:{each.span.line}: {each.message}" for each in report.diagnostics if each.rule.unreadable
    ]
    if problems or unread:
        why = "something could not be read, so its findings are unknown"
        raise UsageError(*problems, *unread[:10], f"the baseline is not written: {why}")
    old = baseline.entries if baseline is not None else ()
    judged = _judged(baseline, report, files) if baseline is not None else set()
    write_whole(Path(path), baseline_text(report.diagnostics, tree_path, old, judged), replace=True)
    say(f"{path}: {counted(len(report.diagnostics), 'finding')} written")
    return CLEAN


def _judged(baseline: Baseline, report: Report, files: Iterable[str]) -> set[str]:
    """The files of which all findings are known, by their paths in the repository, and those that no longer exist."""
    from kea_hac.source.tree_paths import tree_path

    unread = {tree_path(each.span.file) for each in report.diagnostics if each.rule.unreadable}
    read = {tree_path(each) for each in files} - unread
    top = _top()
    return read | {each.file for each in baseline.entries if not os.path.lexists(os.path.join(top, each.file))}


def _top() -> str:
    """The folder that the paths of the repository begin at."""
    from kea_hac.source.allowed import work_trees

    here = os.getcwd()
    return next(work_trees(here), here)
