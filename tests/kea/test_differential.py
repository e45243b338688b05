"""kea-hac and real Kea judge the same configurations: what Kea refuses, at `-t` or when it loads them, kea-hac refuses first.

A sample by default; with KEA_HAC_LONG=1 3,700 to 4,000 configurations a version (5 mutants of every operator in every scope are
the floor), about two minutes of one core each. KEA_HAC_DIFFERENTIAL=30000 is a night's work; KEA_HAC_DIFFERENTIAL_SEED=N makes other
mutants.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.version import Branch, KeaVersion
from tests.differential.corpus import DAEMONS, VALID, Case, cases, doubled, least, scopes
from tests.differential.making import keywords
from tests.differential.places import places
from tests.differential.regressions import Regression, regressions
from tests.differential.verdicts import Cell, Judged, judged, load, placed_files, table
from tests.lab import check, keajson
from tests.sizes import size

pytestmark = pytest.mark.kea

NUMBER = size("DIFFERENTIAL", 400, 3000)
SEED = int(os.environ.get("KEA_HAC_DIFFERENTIAL_SEED", "1"))
CORPUS = regressions(Path(__file__).parent / "corpus")
EVERYWHERE = ("drop key", "rename key", "retype", "misplace", "duplicate key", "empty")
"""Operators that find something to spoil in every map."""
UNSHIPPED = ("ctrl-agent", "hooks-librar")
"""Debian ships no library for the agent, so no configuration that names one is accepted."""
NAMELESS = ("ddns-use-conflict-resolution",)
"""Kea 2.6 and later translate it as they read it: they take it twice, and no refusal of theirs names it."""
Word = tuple[ProgramName, str, str]
"""A daemon, a scope, a keyword."""


@pytest.mark.slow
def test_what_kea_refuses_is_refused_first(kea_version: str, figure: Callable[[str], None]) -> None:
    """One test a version, because judging is what takes the time."""
    branch = KeaVersion.parse(kea_version).branch
    judgements = judged(kea_version, cases(branch, NUMBER, SEED))
    figure(f"Kea {kea_version}: {table(judgements)}")
    said = [
        *(f"kea-hac passes: {each.case.name}\n    Kea: {each.error[:200]}" for each in _in(judgements, Cell.GAP)),
        *_false_alarms(judgements),
        *_thin(judgements, branch),
        *_unaccepted(judgements, branch),
        *_unnamed(judgements, branch, kea_version),
    ]
    assert not said, "\n".join(said[:40])


def _in(judgements: Sequence[Judged], cell: Cell) -> list[Judged]:
    return [each for each in judgements if each.cell is cell]


def _false_alarms(judgements: Sequence[Judged]) -> Iterator[str]:
    """What kea-hac says Kea refuses and Kea takes: under one in a hundred, and no configuration that was made to be valid."""
    alarms = _in(judgements, Cell.ALARM)
    for each in alarms:
        if len(alarms) >= len(judgements) / 100 or each.case.operator == VALID:
            yield f"Kea accepts: {each.case.name}\n    {each.ours[0].code} {each.ours[0].message}"


def _thin(judgements: Sequence[Judged], branch: Branch) -> Iterator[str]:
    """Too few cases, a scope that an operator did not reach often enough, mutants that are nearly all refused or all taken."""
    mutants = [each for each in judgements if each.case.operator != VALID]
    share = sum(each.refused for each in mutants) / len(mutants)
    if not 0.3 <= share <= 0.7:
        yield f"Kea refuses {share:.0%} of the mutants"
    if len(judgements) < NUMBER:
        yield f"{len(judgements)} configurations"
    done = Counter((each.case.daemon, each.case.scope, each.case.operator) for each in mutants)
    for daemon in DAEMONS:
        for scope in scopes(daemon, branch):
            few = {name: done[daemon, scope, name] for name in EVERYWHERE if done[daemon, scope, name] < least(NUMBER)}
            if few:
                yield f"{daemon} {scope}: {few}"


def _words(branch: Branch) -> set[Word]:
    return {
        (daemon, scope, key)
        for daemon in DAEMONS
        for scope in scopes(daemon, branch)
        for key in keywords(daemon, scope, branch)
    }


def _said(case: Case) -> Iterator[Word]:
    known = program(case.daemon)
    config = keajson.body(case.text.decode(errors="replace"))
    for place in places(known, config):
        for key in place.map:
            yield case.daemon, place.scope.name, key


def _unaccepted(judgements: Sequence[Judged], branch: Branch) -> Iterator[str]:
    """Keywords that stand in no configuration which Kea and kea-hac accept."""
    said = {word for each in judgements if not each.ours and each.kea.ok for word in _said(each.case)}
    for daemon, scope, key in sorted(_words(branch) - said):
        if daemon != UNSHIPPED[0] or UNSHIPPED[1] not in scope + key:
            yield f"in no accepted configuration: {key} in {scope} of {daemon}"


def _unnamed(judgements: Sequence[Judged], branch: Branch, version: str) -> Iterator[str]:
    """Keywords that stand in no configuration which both refuse, Kea by their name."""
    named = {
        (each.case.daemon, each.case.scope, key)
        for each in judgements
        if each.kea.error and each.ours and each.case.operator in EVERYWHERE
        for key in keywords(each.case.daemon, each.case.scope, branch)
        if _names(each.kea.error, key)
    }
    asked: list[Case] = []
    for daemon, scope, key in sorted(_words(branch) - named):
        if key in NAMELESS or (daemon == UNSHIPPED[0] and UNSHIPPED[1] in scope + key):
            continue
        case = doubled(daemon, branch, scope, key, SEED)
        if case is None:
            yield f"in no configuration: {key} in {scope} of {daemon}"
        else:
            asked.append(case)
    for daemon in DAEMONS:
        own = [each for each in asked if each.daemon == daemon]
        for case, verdict in zip(
            own, check(version, daemon, [each.text for each in own], files=placed_files(), host=[]), strict=True
        ):
            if not _names(verdict.error, case.what):
                yield f"no refusal names it: {case.what} in {case.scope} of {daemon}: {verdict.error[:200]}"


def _names(message: str, key: str) -> bool:
    """Kea calls an old spelling by its new one."""
    return re.search(rf"(?<![\w-]){re.escape(key).replace('_', '.')}(?![\w-])", message) is not None


def test_disagreements_of_old(kea_version: str) -> None:
    """Every configuration that the two ever disagreed about, cut down to what matters."""
    said: list[str] = []
    for daemon in DAEMONS:
        own = [each for each in CORPUS if each.daemon == daemon and kea_version in each.verdicts]
        checked = check(kea_version, daemon, [each.path for each in own], files=placed_files(), host=[])
        late = [each for each in own if each.verdicts[kea_version] == "does not load"]
        loaded = load(
            kea_version, [Case(daemon, "", "", each.path.stem, each.path.read_bytes()) for each in late], placed_files()
        )
        for each, verdict in zip(own, checked, strict=True):
            if verdict.ok is (each.verdicts[kea_version] == "refuses"):
                said.append(f"{each.path.stem}: -t says {verdict.error or 'all is well'}")
            said += _disagreements(each, kea_version)
        said += [f"{each.path.stem}: loads" for each, verdict in zip(late, loaded, strict=True) if verdict.ok]
    assert not said, "\n".join(said)


def _disagreements(regression: Regression, version: str) -> Iterator[str]:
    refused = set(regression.refused_by_us(version))
    if regression.verdicts[version] != "accepts":
        if not refused:
            yield f"{regression.path.stem}: Kea refuses and kea-hac does not"
    elif refused - set(regression.stricter):
        yield f"{regression.path.stem}: Kea accepts, kea-hac says {', '.join(sorted(refused))}"
