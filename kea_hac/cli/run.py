"""Spec files → outcomes, in this process or in several, always in the order of the files."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kea_hac.cli.boundary import CLEAN, FAILED, FOUND, told
from kea_hac.cli.terminal import say
from kea_hac.diagnostics import Diagnostic, Report, Severity, ordered
from kea_hac.records import dataclass

if TYPE_CHECKING:
    from kea_hac.api import Checked
    from kea_hac.check.fleet import Member
    from kea_hac.cli.inputs import Inputs
    from kea_hac.compiler.artifacts import Build
    from kea_hac.source.allowed import Disk

COLLECT_EACH = 64
"""Specs after which a run over many collects its garbage."""
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SpecOutcome:
    """What came of one spec; small enough to be sent from one process to another."""

    path: str
    report: Report = field(default_factory=Report)
    member: Member | None = None
    """What it means to other specs. None when it could not be understood so far."""
    build: Build | None = None
    """The files to write, when they were asked for and nothing is an error."""
    needs: Mapping[str, Any] | None = None
    """By server, when it was asked for and nothing is an error."""
    problem: str | None = None
    """Why nothing could be found out at all."""
    included: frozenset[str] = frozenset()
    """The real paths of the files that it includes, as far as it could be understood."""
    made: Any = None
    """What the command makes of every spec that could be read, when it asked for that."""


Work = Callable[[str, "Checked"], Any]
"""What a command makes of a spec as soon as it is compiled, so that the compiled spec can be dropped: path and spec → `Outcome.made`."""


def run(
    paths: Sequence[str], *, jobs: int = 1, files: bool = False, needs: bool = False, work: Work | None = None
) -> list[SpecOutcome]:
    """Check and compile every spec. `jobs`: processes, 0 for one on each core. Raises KeaHacError when a process died."""
    from kea_hac.source.allowed import Disk

    return spread_over(partial(_outcome, disk=Disk(), files=files, needs=needs, work=work), paths, jobs)


def spread_over(work: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> list[Result]:
    """`work` done on every item, in this process or in several; the results in the order of the items.

    `jobs`: processes, 0 for one on each core. Raises KeaHacError when a process died.
    """
    workers = min(jobs or _cores(), len(items))
    if workers > 1:
        return _spread(work, items, workers)
    return _alone(work, items)


def run_inputs(
    inputs: Inputs, *, jobs: int = 1, files: bool = False, needs: bool = False, work: Work | None = None
) -> list[SpecOutcome]:
    """Check and compile what was found: of the files that may be parts of specs those that no spec includes, too.

    They are no parts then, and lack the key `kea-hac`. Where a spec could not be read, its includes are unknown.
    """
    outcomes = run(inputs.paths, jobs=jobs, files=files, needs=needs, work=work)
    if any(each.problem or each.report.unreadable for each in outcomes):
        return outcomes
    included = {path for each in outcomes for path in each.included}
    unread = [_unread(each) for each in inputs.unread if os.path.realpath(each) not in included]
    parts = run([each for each in inputs.parts if os.path.realpath(each) not in included], jobs=jobs, work=work)
    return [*outcomes, *parts, *(each for each in unread if each is not None)]


def _unread(path: str) -> SpecOutcome | None:
    problem = unread(path)
    return None if problem is None else SpecOutcome(path, problem=problem)


def unread(path: str) -> str | None:
    """Why it is unknown whether a YAML file of a folder, which cannot be looked into, is a spec; None for what clearly is something
    else, of which a note is given."""
    from kea_hac.cli.unread import unread as look_into
    from kea_hac.cli.unread import was_spec
    from kea_hac.source.allowed import read_input
    from kea_hac.source.files import FileError

    try:
        found = look_into(read_input(path))
    except FileError as error:
        return f"{path}: {error}"
    why = found.why if found is not None else "was changed while it was being checked"
    if found is not None and found.other and not was_spec(path):
        say(f"kea-hac: note: {path} {why}, and is left out")
        return None
    return f"{path} {why}, so it is unknown whether it is a spec; correct it, or remove it"


def merged(outcomes: Iterable[SpecOutcome], more: Iterable[Diagnostic] = ()) -> Report:
    """All findings in the one order; a finding in a file that several specs include is reported once."""
    outcomes = list(outcomes)
    found = ordered(chain(*(each.report.diagnostics for each in outcomes), more))
    skipped = {each: None for outcome in outcomes for each in outcome.report.skipped}
    return Report(found, tuple(skipped))


def input_count(outcomes: Sequence[SpecOutcome]) -> str:
    """How many specs there are, for a summary: "3 specs"; "2 of 3 specs" when one of them could not be read or judged."""
    from kea_hac.report.text import counted

    judged = sum(each.problem is None for each in outcomes)
    return ("" if judged == len(outcomes) else f"{judged} of ") + counted(len(outcomes), "spec")


def exit_code(report: Report, problems: Sequence[str], fail_on: Severity = Severity.ERROR) -> int:
    """2 when something could not be read or done, else 1 when there is a finding as bad as `fail_on`, else 0."""
    if problems or report.unreadable:
        return FAILED
    return FOUND if report.at_least(fail_on) else CLEAN


def _spread(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> list[Result]:
    import kea_hac.api  # noqa: F401 - once here, so that no worker has to
    from kea_hac.cli.workers import Spread

    spread = Spread(work, workers)
    outcomes = spread.over(items)
    if spread.refusal:
        say(
            f"kea-hac: note: {spread.started} of {workers} processes could be started ({spread.refusal}); "
            f"{'they do' if spread.started > 1 else 'one does'} all the work"
        )
    return _alone(work, items) if outcomes is None else outcomes


def _alone(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    outcomes = []
    for number, item in enumerate(items, 1):
        outcomes.append(work(item))
        if number == 1 and not gc.isenabled():
            gc.freeze()  # what was imported stays, and need not be looked through
        if number % COLLECT_EACH == 0:
            gc.collect(0)  # what is older stays: outcomes
    return outcomes


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _outcome(path: str, *, disk: Disk, files: bool, needs: bool, work: Work | None = None) -> SpecOutcome:
    """One spec. A failure here does not hide the findings of the others."""
    try:
        checked = _checked(path, disk)
        return SpecOutcome(
            path,
            checked.report,
            _member(path, checked),
            _light(checked.build) if files and checked.build else None,
            _needs(checked) if needs and checked.build else None,
            included=frozenset(os.path.realpath(each) for each in checked.included),
            made=work(path, checked) if work is not None else None,
        )
    except Exception as error:  # the boundary of one spec, as `guarded` is of a command
        return SpecOutcome(path, problem=f"{path}: {told(error)}")


def _checked(path: str, disk: Disk) -> Checked:
    from kea_hac.api import judge, load

    return judge(load(Path(path), disk))


def _needs(checked: Checked) -> Mapping[str, Any]:
    import kea_hac

    return {server: each.in_full() for server, each in kea_hac.needs(checked).items()}


def _member(path: str, checked: Checked) -> Member | None:
    from kea_hac.check.fleet import member

    return member(path, checked.site) if checked.site is not None else None


def _light(build: Build) -> Build:
    """Without the configurations as data, which only rules and diffs need."""
    from kea_hac.compiler.artifacts import Build

    return Build(build.pair, tuple(replace(each, tree=None) for each in build.artifacts), build.manifest)
