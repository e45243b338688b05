"""`--fix` and `--diff` of the commands that show findings: repairs that are proven by judging the files before and after."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.boundary import CLEAN, FAILED, FOUND
from kea_hac.cli.terminal import complain, put, say
from kea_hac.diagnostics import Diagnostic, Report, Severity
from kea_hac.errors import RewriteError, UsageError

if TYPE_CHECKING:
    from kea_hac.cli.inputs import Inputs
    from kea_hac.config import Settings
    from kea_hac.fixing.engine import Fixed
    from kea_hac.fixing.seen import Judge

Fix = Annotated[
    bool,
    typer.Option(
        "--fix",
        help="Write the repairs that only change the spelling of what is written: old and misspelt keys, host bits of a prefix, "
        "curly quotes, special spaces, missing subnet ids that Kea itself assigns. Comments stay.",
    ),
]
Diff = Annotated[bool, typer.Option("--diff", help="With --fix: show what would be written, and write nothing.")]
_MOST_LINES = 20
"""Repairs that are named, of those that were made and of those that were not."""


def spec_judge(inputs: Inputs) -> Judge:
    """The judge of the specs of a command, with the files that look like specs and that no spec includes."""
    from kea_hac.fixing.specs import SpecJudge

    judge = SpecJudge(inputs.paths)
    if not inputs.parts:
        return judge
    included = {
        os.path.realpath(text.path)
        for each in judge({}).inputs
        for text in ([] if each.document is None else each.document.texts)
    }
    return SpecJudge([*inputs.paths, *(each for each in inputs.parts if os.path.realpath(each) not in included)])


def refuse_diff_alone(*, fix: bool, diff: bool) -> None:
    """Raise UsageError for --diff without --fix."""
    if diff and not fix:
        raise UsageError("--diff shows what --fix would write: use both, --fix --diff")


def write_repairs(judge: Judge, settings: Settings) -> None:
    """Make the repairs, and write them: all files or none. Raises RewriteError."""
    from kea_hac.source.rewrite import replace_texts

    fixed = _fixed(judge, settings)
    if fixed.new:
        replace_texts(fixed.old, fixed.new)
    _tell(fixed, "repaired")


def show_repairs(judge: Judge, settings: Settings, problems: Sequence[str], fail_on: Severity) -> int:
    """Show the repairs as a diff. Gives the exit code: 1 where something would be written, or a finding would stay."""
    from kea_hac.config.apply import applied
    from kea_hac.report.fix_diff import render

    fixed = _fixed(judge, settings)
    put(render(fixed.old, fixed.new))
    _tell(fixed, "would be repaired")
    for problem in problems:
        complain(problem)
    found = applied(Report(tuple(fixed.after.found)), settings).diagnostics
    if problems or any(each.rule.unreadable for each in found):
        return FAILED
    return FOUND if fixed.new or any(each.severity.rank <= fail_on.rank for each in found) else CLEAN


def _fixed(judge: Judge, settings: Settings) -> Fixed:
    from kea_hac.config.apply import ignores
    from kea_hac.fixing.engine import fix
    from kea_hac.source.files import FileError

    try:
        return fix(judge, lambda found: not ignores(settings, found))
    except FileError as error:
        raise RewriteError(f"cannot read {error}; nothing is written") from error


def _tell(fixed: Fixed, verb: str) -> None:
    """What was repaired, and which repairs were not made and why."""
    for found in fixed.made[:_MOST_LINES]:
        say(f"{_place(found)}: {verb}: {found.fix or found.message}")
    _tell_more(len(fixed.made), verb)
    for each in fixed.not_made[:_MOST_LINES]:
        say(f"{_place(each.found)}: not repaired: {each.reason}")
    _tell_more(len(fixed.not_made), "not repaired")
    if not fixed.made and not fixed.not_made:
        say("kea-hac: there is nothing that --fix can repair")


def _tell_more(number: int, verb: str) -> None:
    if number > _MOST_LINES:
        say(f"kea-hac: {number - _MOST_LINES:,} more are {verb.removeprefix('would be ')}")


def _place(found: Diagnostic) -> str:
    return f"{found.span.file}:{found.span.line}:{found.span.column} {found.rule.code} {found.rule.name}"
