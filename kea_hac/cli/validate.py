"""`kea-hac validate`: everything that can be known about specs offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from kea_hac.cli.options import Failing, Formatted, Jobs, Specs
from kea_hac.cli.run import Outcome, exit_code, merged, run_inputs, said_inputs
from kea_hac.cli.terminal import FailOn, Format, complain, put, say, show_findings, work_tree_folder
from kea_hac.diagnostics import Report
from kea_hac.report.cells import block, safe

Needed = Annotated[
    bool, typer.Option("--needs", help="Also list what each host must provide before the files can run.")
]


def validate(
    specs: Specs,
    needs: Needed = False,
    form: Formatted = Format.TEXT,
    fail_on: Failing = FailOn.ERROR,
    jobs: Jobs = 1,
) -> int:
    """Check specs: everything that can be known offline.

    Exit code 0: nothing to report; 1: findings; 2: something could not be read.
    """
    from kea_hac.cli.fleet import over_the_fleet
    from kea_hac.cli.inputs import find

    inputs = find(specs)
    outcomes = run_inputs(inputs, jobs=jobs, needs=needs)
    report = merged(outcomes, over_the_fleet(outcomes))
    problems = [*inputs.problems, *(each.problem for each in outcomes if each.problem)]
    lists = _lists(outcomes) if needs else None
    _SHOW[form](report, problems, lists)
    for problem in problems:
        complain(problem)
    if form is not Format.JSON:
        from kea_hac.report.text import summary

        unknown = [safe(each.path) for each in outcomes if needs and each.needs is None]
        for path in unknown:
            say(f"{path}: what its hosts must provide is not known, because it does not compile")
        say(summary(report, said_inputs(outcomes)))
    return exit_code(report, problems, fail_on.severity)


Lists = Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]
"""Pair → server → kind of need → entries."""


def _lists(outcomes: Sequence[Outcome]) -> Lists:
    return {each.member.pair: each.needs for each in outcomes if each.member and each.needs is not None}


def _text(report: Report, problems: Sequence[str], lists: Lists | None) -> None:
    show_findings(report)
    if lists:
        put(("\n" if report.diagnostics or report.skipped else "") + _needs_text(lists))


def _needs_text(lists: Lists) -> str:
    """Pair/server, then each kind of need with its entries below it."""
    lines = []
    for pair, servers in lists.items():
        for server, kinds in servers.items():
            lines.append(f"{pair}/{server} needs:")
            for kind, entries in kinds.items():
                lines.append(f"  {kind}:")
                lines += [f"    {entry}" for entry in entries]
    return block(safe(line) for line in lines)


def _json(report: Report, problems: Sequence[str], lists: Lists | None) -> None:
    from kea_hac.report import as_json

    document: dict[str, Any] = as_json.data(report, problems)
    if lists is not None:
        document["needs"] = lists
    put(as_json.render(document))


def _github(report: Report, problems: Sequence[str], lists: Lists | None) -> None:
    from kea_hac.report import github

    put(github.render(report, folder=work_tree_folder()))
    if lists:
        put(_needs_text(lists))


_SHOW = {Format.TEXT: _text, Format.JSON: _json, Format.GITHUB: _github}
