"""`kea-hac build`: specs → the output tree, or the answer whether the committed tree is what they compile to.

Nothing is written unless every spec given is free of errors: a tree never holds half of a change.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.leftovers import Leftovers, leftovers, source_of
from kea_hac.cli.options import Jobs, SpecsOrSettings, format_option, refuse_without_place
from kea_hac.cli.run import SpecOutcome, exit_code, input_count, merged, run_inputs
from kea_hac.cli.settings import output_of, reads_all, settings_for, specs_of, with_settings
from kea_hac.cli.terminal import say
from kea_hac.diagnostics import Severity
from kea_hac.errors import KeaHacError, TreeError, UsageError
from kea_hac.report.formats import TEXT, Command, Format
from kea_hac.report.results import UNKNOWN_SOURCE, UNTRACKED, BuildResult, Stale

if TYPE_CHECKING:
    from kea_hac.compiler.artifacts import Build

Formatted = Annotated[Format, format_option(Command.BUILD)]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        show_default=False,
        help="The output tree: a folder for each pair. Default: `output` of kea-hac.toml, else build.",
    ),
]
Check = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit code 1 when the tree is stale, or Git does not track it.")
]
Stdout = Annotated[bool, typer.Option("--stdout", help="Print the files instead of writing them.")]
Prune = Annotated[
    bool,
    typer.Option(
        "--prune", help="Remove the folders of pairs whose spec, in one of the named folders, no longer exists."
    ),
]


def build(
    specs: SpecsOrSettings = None,
    output: Output = None,
    check: Check = False,
    stdout: Stdout = False,
    prune: Prune = False,
    form: Formatted = TEXT,
    jobs: Jobs = 1,
) -> int:
    """Check specs and write every file that their servers need, below DIR/PAIR/SERVER.

    Nothing is written unless all named specs are free of errors.
    Exit code 0: the tree is up to date; 1: findings, or a stale tree; 2: something could not be read or written.
    """
    from kea_hac.check.fleet import PAIR_NAME_TAKEN
    from kea_hac.cli import build_output
    from kea_hac.cli.fleet import over_the_fleet
    from kea_hac.cli.inputs import find
    from kea_hac.config.apply import errors_below

    if check + stdout + prune > 1:
        raise UsageError(
            "--check, --stdout and --prune cannot be used together: use one of them; --check names what --prune would remove"
        )
    refuse_without_place(form, "--stdout" if stdout else None)
    settings = settings_for(specs or ())
    specs = specs_of(specs, settings)
    output = output or Path(output_of(settings) or "build")
    inputs = find(specs)
    if prune and not inputs.searched:
        raise UsageError(
            "--prune removes what was built from specs that no longer exist: name a folder, or a pattern in quotes, not single files"
        )
    outcomes = run_inputs(inputs, jobs=jobs, files=True)
    owners, trouble = ([], []) if stdout else _owners(output, outcomes)
    fleet = over_the_fleet((*owners, *outcomes))
    problems = [*inputs.problems, *trouble, *(each.problem for each in outcomes if each.problem)]
    own = merged(outcomes, fleet)
    complete = reads_all(inputs, specs, settings) and all(each.member for each in outcomes)
    report = with_settings(own, settings, complete=complete)
    result = BuildResult(
        report,
        problems,
        check=check,
        built=any(each.build for each in outcomes),
        unbuilt=[each.path for each in outcomes if not each.build],
        all_specs=inputs.searched,
        held=tuple(errors_below(own, report)),
    )
    try:
        taken = any(each.rule is PAIR_NAME_TAKEN for each in fleet)
        left = Leftovers() if stdout else _leftovers(result, outcomes, output, specs)
        _carry_out(result, outcomes, output, left, taken=taken, check=check, stdout=stdout, prune=prune)
    except KeaHacError as error:
        result.problems += {str(error)} - {*result.problems}
        result.failed = True
    build_output.show(result, form, input_count(outcomes))
    return max(exit_code(result.report, result.problems), int(bool(result.stale or result.held)))


def _owners(output: Path, outcomes: Sequence[SpecOutcome]) -> tuple[list[SpecOutcome], list[str]]:
    """The other specs of the pairs, as the tree names them, and why they are not known."""
    try:
        owners = _owners_of(output, outcomes)
    except KeaHacError as error:
        return [], [str(error)]
    return owners, list(_unclear(owners))


def _carry_out(
    result: BuildResult,
    outcomes: Sequence[SpecOutcome],
    output: Path,
    left: Leftovers,
    *,
    taken: bool,
    check: bool,
    stdout: bool,
    prune: bool,
) -> None:
    builds = [_with_source(each.build, each.path, output) for each in outcomes if each.build]
    sound = not (result.problems or result.held or result.report.at_least(Severity.ERROR))
    if stdout:
        result.files = dict(_texts(builds)) if sound else {}
        return
    if check and not taken:
        result.stale = list(_stale(output, builds))
        result.stale += _not_committed(output, outcomes, {each.path for each in result.stale})
    elif sound:
        from kea_hac.output.tree import write

        gone = [pair for pair, _ in left.gone] if prune else []
        for pair, why in left.gone if prune else ():
            say(f"{os.path.join(output, pair)} is removed: {why}")
        result.written = write(output, builds, prune=gone)
    _report_orphans(result, output, left, prune=prune and result.written is not None)


def _with_source(build: Build, spec: str, output: Path) -> Build:
    from kea_hac.compiler.artifacts import with_source

    source = source_of(spec, output)
    return with_source(build, source) if source is not None else build


def _leftovers(
    result: BuildResult, outcomes: Sequence[SpecOutcome], output: Path, supplied: Sequence[str]
) -> Leftovers:
    """The pairs of the tree without a spec; none are known where a spec could not be understood: it may be theirs."""
    names = {each.member.pair for each in outcomes if each.member}
    if result.problems or any(each.member is None for each in outcomes):
        return Leftovers()
    left = leftovers(output, names, supplied, {each.path: each.member.pair for each in outcomes if each.member})
    result.problems += left.problems
    return left


def _report_orphans(result: BuildResult, output: Path, left: Leftovers, *, prune: bool) -> None:
    """What is left over. Only who was shown all specs of a folder can call the tree stale for that."""
    result.elsewhere = [os.path.join(output, pair) for pair in left.elsewhere]
    known = () if prune else left.gone
    gone = {os.path.join(output, pair): why for pair, why in known}
    unknown = {os.path.join(output, pair): UNKNOWN_SOURCE for pair in left.unknown}
    if not result.all_specs:
        result.elsewhere += [*gone, *unknown]
    elif result.stale is not None:
        result.stale += [Stale(path, os.path.basename(path), "orphan", why) for path, why in (gone | unknown).items()]
    else:
        result.orphans = gone | unknown


def _texts(builds: Iterable[Build]) -> Iterable[tuple[str, str]]:
    for each in builds:
        for path, content in each.files.items():
            yield f"{each.pair}/{path}", content.decode("utf-8")


def _stale(output: Path, builds: Iterable[Build]) -> Iterable[Stale]:
    from kea_hac.output.tree import inspect

    for each in builds:
        for discrepancies in inspect(output, each).discrepancies:
            yield Stale(
                os.path.join(output, each.pair, discrepancies.path),
                each.pair,
                discrepancies.matter.value,
                discrepancies.why,
            )


def _owners_of(output: Path, outcomes: Sequence[SpecOutcome]) -> list[SpecOutcome]:
    """What came of the specs that are named by the manifests of the pairs of this run, and are not of this run themselves.

    Two specs of one pair replace each other's files. When both are named, KH190 finds them; the manifests of the tree name the
    one that was not given. It is judged as if it were: nothing stands against the build when that file is gone, is no spec any
    more, or is the spec of another pair by now. Specs of other pairs are left out. Raises KeaHacError when the tree cannot be read.
    """
    from kea_hac.cli.inputs import is_spec
    from kea_hac.cli.run import run
    from kea_hac.output.tree import orphans

    pairs = {each.member.pair.casefold() for each in outcomes if each.member}
    supplied = {os.path.realpath(each.path) for each in outcomes}
    root = os.path.realpath(output)
    places = {
        os.path.realpath(os.path.join(root, source))
        for pair, source in orphans(output, ()).items()
        if source is not None and pair.casefold() in pairs
    }
    others = [os.path.relpath(place) for place in sorted(places - supplied) if os.path.isfile(place) and is_spec(place)]
    return [each for each in run(others) if each.member is None or each.member.pair.casefold() in pairs]


def _unclear(owners: Iterable[SpecOutcome]) -> Iterator[str]:
    """A line for each of these specs that cannot be understood: it may be that of the pair still."""
    for each in owners:
        if each.member is None:
            yield (
                f"{each.path}, which a pair of this run was built from before, cannot be understood now, so it may be another spec of "
                "the same pair; correct it, or remove it"
            )


def _not_committed(output: Path, outcomes: Sequence[SpecOutcome], known: Collection[str]) -> Iterator[Stale]:
    """The built files, and the inputs that they were built from, that Git neither tracks nor ignores.

    `known`: paths that are stale for another reason. Raises TreeError when Git's index cannot be read: then nobody knows.
    """
    from kea_hac.source.allowed import work_trees
    from kea_hac.source.git_folder import GitError
    from kea_hac.source.git_index import untracked

    if next(work_trees(os.path.realpath(output)), None) is None:
        return  # nobody commits this tree
    pairs: dict[str, str] = {}
    for each in outcomes:
        if each.build is not None:
            built = (os.path.join(output, each.build.pair, path) for path in sorted(each.build.files))
            inputs = (each.path, *(os.path.relpath(path) for path in sorted(each.included)))
            pairs |= dict.fromkeys((*inputs, *built), each.build.pair)
    files = [path for path in pairs if path not in known and os.path.isfile(path)]
    try:
        for path in untracked(files):
            yield Stale(path, pairs[path], "untracked", UNTRACKED)
    except GitError as error:
        raise TreeError(
            f"it is unknown whether Git tracks the files of {output}: {error}; repair that, or build into a folder outside of the "
            "work tree"
        ) from error
