"""`kea-hac validate`: everything that can be known about specs offline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from kea_hac.cli.baseline import BaselineFile, WriteBaseline, read_before, without_old, write_now
from kea_hac.cli.fixing import Diff, Fix, refuse_diff_alone, show_repairs, spec_judge, write_repairs
from kea_hac.cli.options import Failing, Jobs, SpecsOrSettings, format_option, refuse_without_place
from kea_hac.cli.run import SpecOutcome, exit_code, input_count, merged, run_inputs
from kea_hac.cli.settings import fail_on_of, reads_all, settings_for, specs_of, with_settings
from kea_hac.cli.shown import show_result
from kea_hac.cli.terminal import complain, say
from kea_hac.report.cells import safe
from kea_hac.report.formats import TEXT, Command, Format
from kea_hac.report.results import Needs, Validation

Needed = Annotated[
    bool, typer.Option("--needs", help="Also list what each host must provide before the files can run.")
]
Formatted = Annotated[Format, format_option(Command.VALIDATE)]


def validate(
    specs: SpecsOrSettings = None,
    needs: Needed = False,
    form: Formatted = TEXT,
    fail_on: Failing = None,
    jobs: Jobs = 1,
    fix: Fix = False,
    diff: Diff = False,
    baseline: BaselineFile = None,
    write_baseline: WriteBaseline = False,
) -> int:
    """Check specs: everything that can be checked without asking a server.

    Exit code 0: nothing to report; 1: findings; 2: something could not be read.
    """
    from kea_hac.cli.fleet import over_the_fleet
    from kea_hac.cli.inputs import find

    refuse_without_place(form, "--needs" if needs else None)
    refuse_diff_alone(fix=fix, diff=diff)
    settings = settings_for(specs or ())
    accepted = read_before(baseline, write=write_baseline)
    named, failing = specs_of(specs, settings), fail_on_of(fail_on, settings)
    inputs = find(named)
    if diff:
        return show_repairs(spec_judge(inputs), settings, inputs.problems, failing)
    if fix:
        write_repairs(spec_judge(inputs), settings)
    outcomes = run_inputs(inputs, jobs=jobs, needs=needs)
    report = merged(outcomes, over_the_fleet(outcomes))
    complete = reads_all(inputs, named, settings) and all(each.member for each in outcomes)
    report = with_settings(report, settings, complete=complete)
    problems = [*inputs.problems, *(each.problem for each in outcomes if each.problem)]
    read = [path for each in outcomes if each.problem is None for path in (each.path, *sorted(each.included))]
    if baseline is not None and write_baseline:
        return write_now(baseline, report, accepted, read, problems)
    report = without_old(report, accepted, read)
    show_result(form, Validation(report, problems, _needs(outcomes) if needs else None), failing)
    for problem in problems:
        complain(problem)
    if not form.for_programs:
        from kea_hac.report.text import summary

        unknown = [safe(each.path) for each in outcomes if needs and each.needs is None]
        for path in unknown:
            say(f"{path}: what the hosts must provide is unknown, because the spec does not compile")
        say(summary(report, input_count(outcomes)))
    return exit_code(report, problems, failing)


def _needs(outcomes: Sequence[SpecOutcome]) -> Needs:
    return {each.member.pair: each.needs for each in outcomes if each.member and each.needs is not None}
