"""The registry of rules: each check function is registered where it is defined, with the rules it can report and its subject.

In: `@checks(RULE, …, on=Subject.…)` above a function. Out: the functions for one subject (`on`), and every rule of every
stage (`defined_rules`). Readers and the compiler declare rules too, beside the code that reports them; `load` imports all of it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

from kea_hac.diagnostics import Finding, Rule, known_rules
from kea_hac.records import dataclass


class Subject(StrEnum):
    """What a check function is called with, and when. A rule on compiled files and existing files has one function."""

    SPEC = "spec"
    """A `SpecFile` as it was written: only what our own language can get wrong."""
    SITE = "site"
    """A resolved `Site`: what only a spec knows of the pair."""
    SHARED = "shared"
    """A `Configuration` that all servers of a pair share: the family's map of a spec once for each version, and each existing file."""
    SERVER = "server"
    """The `Configuration` of one daemon on one server: each compiled file, and each existing file."""
    HIGH_AVAILABILITY = "high-availability"
    """As `SERVER`, and the parameters of the HA library are complete."""
    FILE = "file"
    """A `Configuration` read from an existing file."""
    SERVERS = "servers"
    """The configurations of all servers together, `tuple[Configuration, ...]`: what a spec compiles to, and existing files."""
    FILES = "files"
    """The same of existing files only: what the compiler cannot get wrong, because it derives it."""
    FLEET = "fleet"
    """The `Member`s of several pairs."""


Check = Callable[[Any], Iterator[Finding]]
_F = TypeVar("_F", bound=Callable[[Any], Iterator[Finding]])


@dataclass(frozen=True, slots=True)
class Registered:
    """One check function."""

    judge: Check
    rules: tuple[Rule, ...]
    """Everything that it can report."""
    on: Subject


_registered: list[Registered] = []


def checks(*rules: Rule, on: Subject) -> Callable[[_F], _F]:
    """Register a function that reports `rules` about `on`. Raises ValueError when a rule is listed twice, or none is."""
    if len(set(rules)) != len(rules) or not rules:
        raise ValueError(f"a check on {on} needs its rules, each once: {[rule.code for rule in rules]}")

    def register(judge: _F) -> _F:
        _registered.append(Registered(judge, rules, on))
        return judge

    return register


@cache
def load() -> tuple[Registered, ...]:
    """Every check function. Imports all modules of `kea_hac.check`, so that none can be forgotten."""
    from kea_hac import check

    for module in pkgutil.walk_packages(check.__path__, f"{check.__name__}."):
        import_module(module.name)
    return tuple(sorted(_registered, key=lambda each: (each.judge.__module__, each.judge.__qualname__)))


@cache
def on(subject: Subject) -> tuple[Check, ...]:
    """The check functions for one subject."""
    return tuple(each.judge for each in load() if each.on is subject)


@cache
def defined_rules() -> Mapping[str, Rule]:
    """Every rule of every stage, by code, as defined: all of the package is imported. `rule_list.all_rules` has the same from a list."""
    import kea_hac

    for module in pkgutil.walk_packages(kea_hac.__path__, "kea_hac."):
        if not module.name.endswith(".__main__"):
            import_module(module.name)
    return known_rules()


ONE_SIDED: Mapping[str, str] = MappingProxyType(
    {
        "KH202": "a spec can write `split: none`; a file does not show that a pool is shared on purpose",
        "KH812": "a spec can write `peer-address` and `peer-port`; two files do not show that address translation is between them",
        "KH702": "a spec can have a `control-agent` for other servers; the files have the sockets that take its place",
    }
)
"""Rules that can report more of a spec than of its compiled files, or less, each with the reason. All others report the same."""


def next_free(family: str) -> str:
    """The next free code of a family: "KH6" → "KH651". Codes of removed rules are not used again. Raises ValueError."""
    family = family.strip().upper()
    digits = family.removeprefix("KH")
    if not family.startswith("KH") or not digits.isdigit() or len(digits) != 1:
        raise ValueError(f"{family!r} is no family of rules; a family is KH and one digit, such as KH6")
    taken = {int(code[2:]) for code in defined_rules() if code.startswith(family)}
    return f"KH{max(taken, default=int(digits) * 100) + 1:03}"
