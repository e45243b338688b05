"""Every case of a version, by a fixed seed: valid configurations, and mutants of them with one mistake each."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.version import Branch
from tests.differential import grammar_faults, meaning_faults
from tests.differential.making import made, with_sql_libraries
from tests.differential.places import fitted, places
from tests.differential.text import again, written
from tests.lab import keajson

DAEMONS: tuple[ProgramName, ...] = ("dhcp4", "dhcp6", "ctrl-agent")
_TRIES = 4
_TESTS = Path(__file__).parents[1]
VALID = "(valid)"


@dataclass(frozen=True, slots=True)
class Case:
    """One configuration for both judges."""

    daemon: ProgramName
    operator: str
    scope: str
    what: str
    """What was changed, in a few words."""
    text: bytes

    @property
    def name(self) -> str:
        return f"{self.daemon} {self.operator} in {self.scope}: {self.what}"


def least(number: int) -> int:
    """How often every operator of form spoils every scope, in at least `number` cases."""
    return 5 if number >= 3000 else 2


def cases(branch: Branch, number: int, seed: int = 1) -> list[Case]:
    """At least `number` cases: valid ones, each operator of form `least` times in each scope, then meanings to fill up."""
    rounds = max(least(number), number // 800)
    made_so_far = [*_valid(branch, seed, max(90, number // 25)), *_forms(branch, seed, rounds)]
    made_so_far += _meanings(branch, seed, max(number - len(made_so_far), number // 5))
    return list({(case.daemon, case.operator, case.scope, case.text): case for case in made_so_far}.values())


def shipped(branch: Branch) -> Iterator[tuple[ProgramName, str, dict[str, Any]]]:
    """Hand-written and golden configurations as this branch can say them: daemon, name, what stands below the top key."""
    for path in sorted((_TESTS / "differential" / "seeds").glob("*.conf")):
        for top, config in keajson.loads(path.read_text("utf-8")).items():
            name = next(each for each in DAEMONS if program(each).top == top)
            yield name, path.name, with_sql_libraries(fitted(program(name), config, branch), branch)
    for path in sorted((_TESTS / "golden").glob(f"*/{branch}/*/kea-*.conf")):
        text = path.read_text("utf-8")
        if "<?include" not in text and "/tls/" not in text:
            for top, config in keajson.loads(text).items():
                name = next(each for each in DAEMONS if program(each).top == top)
                yield name, f"{path.parts[-4]}/{path.parts[-2]}", config


@cache
def _shipped(branch: Branch) -> tuple[tuple[ProgramName, str, dict[str, Any]], ...]:
    return tuple(shipped(branch))


def scopes(name: ProgramName, branch: Branch) -> list[str]:
    """The scopes that a branch can say."""
    return [
        scope.name
        for scope in program(name).scopes.values()
        if any(branch in word.branches for word in scope.keywords.values())
    ]


def doubled(name: ProgramName, branch: Branch, scope: str, key: str, seed: int) -> Case | None:
    """A configuration that says a key of a scope twice, which Kea refuses by its name. None where none could be made."""
    ready = (deepcopy(config) for daemon, _, config in _shipped(branch) if daemon == name)
    tries = (made(name, branch, f"{seed} {name} {branch} {scope} {key} {each}", scope) for each in range(200))
    for config in chain(ready, tries):
        found = [place.map for place in places(program(name), config) if place.scope.name == scope and key in place.map]
        if found:
            found[0][again(key)] = found[0][key]
            return _case(name, "duplicate key", scope, key, config)
    return None


def _valid(branch: Branch, seed: int, number: int) -> Iterator[Case]:
    for name, source, config in _shipped(branch):
        yield _case(name, VALID, source, "as shipped", config)
    for name in DAEMONS:
        known = scopes(name, branch)
        for each in range(number if name != "ctrl-agent" else number // 3):
            want = known[each % len(known)]
            yield _case(
                name, VALID, want, f"made {each}", made(name, branch, f"{seed} valid {name} {branch} {each}", want)
            )


def _forms(branch: Branch, seed: int, rounds: int) -> Iterator[Case]:
    for name in DAEMONS:
        for scope in scopes(name, branch):
            for operator, spoil in grammar_faults.OPERATORS.items():
                seen: set[bytes] = set()
                tries = 0
                while len(seen) < rounds and tries < rounds * _TRIES:
                    tries += 1
                    chance = Random(f"{seed} {name} {branch} {scope} {operator} {tries}")
                    config = made(name, branch, f"{seed} {name} {branch} {scope} {operator} {tries}", scope)
                    found = [place for place in places(program(name), config) if place.scope.name == scope]
                    what = spoil(chance, program(name), branch, chance.choice(found)) if found else None
                    case = _case(name, operator, scope, what or "", config)
                    if what is not None and case.text not in seen:
                        seen.add(case.text)
                        yield case


def _meanings(branch: Branch, seed: int, number: int) -> Iterator[Case]:
    operators = list(meaning_faults.OPERATORS.items())
    done, tries = 0, 0
    while done < number and tries < number * _TRIES:
        operator, spoil = operators[tries % len(operators)]
        name = DAEMONS[0] if (tries // len(operators)) % 2 else DAEMONS[1]
        tries += 1
        chance = Random(f"{seed} {name} {branch} {operator} {tries}")
        config = _start(chance, name, branch, operator, f"{seed} meaning {name} {branch} {tries}")
        what = spoil(chance, program(name), branch, config)
        if what is not None:
            done += 1
            yield _case(name, operator, what.partition(":")[0], what, config)


def _start(chance: Random, name: ProgramName, branch: Branch, operator: str, seed: str) -> dict[str, Any]:
    """What an operator of meaning spoils: a shipped configuration now and then, most often a made one."""
    ready = [config for daemon, _, config in _shipped(branch) if daemon == name]
    if ready and chance.random() < 0.25:
        return deepcopy(chance.choice(ready))
    want = meaning_faults.NEEDS.get(operator)
    family_own = f"subnet{name[-1]}"
    if want not in scopes(name, branch):
        want = family_own
    return made(name, branch, seed, want)


def _case(name: ProgramName, operator: str, scope: str, what: str, config: dict[str, Any]) -> Case:
    return Case(name, operator, scope, what, written({program(name).top: config}))
