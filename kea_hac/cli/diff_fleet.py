"""`kea-hac diff` over several specs: servers of many pairs are asked side by side, results come in the order of the specs.

Specs are compiled and compared in this thread, one after the other; threads only wait for servers. How many pairs are in work at the
same time is bounded by their number and by the size of their files, and an address that does not answer in time is asked once: a
server that hangs costs one time limit, not one for each spec.
"""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kea_hac.cli.boundary import CLEAN, FAILED, told
from kea_hac.cli.shown import page
from kea_hac.cli.terminal import complain, put, say
from kea_hac.records import dataclass
from kea_hac.report.formats import Format
from kea_hac.report.results import Comparison, FleetMember, NotCompared

if TYPE_CHECKING:
    from kea_hac.api import Checked
    from kea_hac.cli.diff_pair import Answers, Asking, Question
    from kea_hac.cli.inputs import Inputs
    from kea_hac.drift.diffing import Drift

AT_ONCE = 64
"""Pairs in work at the same time with `-j 0`."""
_CHARACTERS = 8_000_000
"""Of the specs of the pairs in work, beyond the first: a spec needs about 25 times its size."""


@dataclass(slots=True)
class Totals:
    """What the last line counts."""

    pairs: int = 0
    well: int = 0
    drifting: int = 0
    unhealthy: int = 0
    unknown: int = 0
    broken: int = 0
    code: int = CLEAN

    def count(self, member: FleetMember, code: int) -> None:
        """Add one pair."""
        from kea_hac.drift.health import Grade
        from kea_hac.report.drift import IN_SYNC, grade, is_well, verdict

        self.code = max(self.code, code)
        self.pairs += 1
        if isinstance(member, NotCompared):
            self.broken += 1
            return
        drift = member.drift
        self.well += is_well(drift)
        self.drifting += verdict(drift) not in (IN_SYNC, "unknown")
        self.unhealthy += grade(drift) in (Grade.DEGRADED, Grade.NO_SERVICE)
        self.unknown += bool(drift.unread)

    def __str__(self) -> str:
        from kea_hac.report.text import counted

        rest = [
            f"{number} {words}"
            for number, words in (
                (self.drifting, "not in sync"),
                (self.unhealthy, "degraded or without service"),
                (self.unknown, "with servers that could not be read"),
                (self.broken, "not compared"),
            )
            if number
        ]
        return f"{counted(self.pairs, 'pair')}: {'; '.join([f'{self.well} in sync and healthy', *rest])}"


def diff_fleet(
    specs: Sequence[str],
    asking: Asking,
    form: Format,
    jobs: int,
    exit_code: Callable[[Drift], int],
) -> int:
    """Compare every spec that the arguments name. `exit_code`: that of one pair. Returns the worst of all."""
    from kea_hac.cli.inputs import find

    inputs = find(specs)
    for problem in inputs.problems:
        complain(problem)
    totals = Totals(code=FAILED if inputs.problems else CLEAN)

    def counted() -> Iterator[FleetMember]:
        for each in _members(inputs, asking, jobs or AT_ONCE):
            totals.count(each, FAILED if isinstance(each, NotCompared) else exit_code(each.drift))
            yield each

    for shown in form.fleet(counted(), page()):
        put(shown.stdout)
    if not form.for_programs:
        say(str(totals))
    return totals.code


def _members(inputs: Inputs, asking: Asking, most: int) -> Iterator[FleetMember]:
    """What becomes of each spec, in their order, then of the files that may be specs: a pair that nobody watches is no success."""
    from kea_hac.cli.run import unread
    from kea_hac.diagnostics import Report

    included: set[str] = set()
    yield from in_order(inputs.paths, asking, most, included)
    parts = [each for each in inputs.parts if os.path.realpath(each) not in included]
    yield from in_order(parts, asking, most, included)
    for path in inputs.unread:
        problem = None if os.path.realpath(path) in included else unread(path)
        if problem is not None:
            yield NotCompared(path, Report(), problem)


def in_order(paths: Iterable[str], asking: Asking, most: int, included: set[str]) -> Iterator[FleetMember]:
    """What becomes of each spec, in their order. `most`: pairs in work at the same time. `included`: gets the real paths of includes."""
    from kea_hac.cli.run import COLLECT_EACH

    work: deque[_Job] = deque()
    read = 0
    for number, path in enumerate(paths, 1):
        job = _begin(path, asking, included)
        while work and (len(work) >= most or sum(each.weight for each in work) + job.weight > _CHARACTERS):
            yield work.popleft().end()
        work.append(job)
        while work and work[0].ready:
            yield work.popleft().end()
        read += job.weight
        if number % COLLECT_EACH == 0 or read > _CHARACTERS:  # the command line turns the collector off
            gc.collect()
            read = 0
    while work:
        yield work.popleft().end()


@dataclass(slots=True)
class _Job:
    """A spec whose servers are asked, or one that is done with."""

    path: str
    done: NotCompared | None = None
    question: Question | None = None
    answers: Answers | None = None
    weight: int = 0

    @property
    def ready(self) -> bool:
        return self.answers is None or not self.answers.empty()

    def end(self) -> FleetMember:
        """Wait for the servers, and compare."""
        if self.done is not None:
            return self.done
        assert self.question is not None
        assert self.answers is not None
        try:
            return Comparison(self.question.end(self.answers), self.question.document)
        except Exception as error:  # the boundary of one pair, as `guarded` is of a command
            return _failed(self.path, error)


def _begin(path: str, asking: Asking, included: set[str]) -> _Job:
    from kea_hac.api import judge, load

    try:
        checked = judge(load(Path(path)))
        included.update(os.path.realpath(each) for each in checked.included)
        if checked.site is None or checked.build is None:
            return _Job(path, _broken(path, checked))
        question = asking.about(checked)
    except Exception as error:  # as above
        return _Job(path, _failed(path, error))
    return _Job(path, question=question, answers=question.begin(), weight=question.weight)


def _broken(path: str, checked: Checked) -> NotCompared:
    return NotCompared(path, checked.report, f"{path}: nothing was compared, because the spec has errors")


def _failed(path: str, error: Exception) -> NotCompared:
    from kea_hac.diagnostics import Report

    return NotCompared(path, Report(), f"{path}: {told(error)}")
