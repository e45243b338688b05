"""Kea's vocabulary: which keywords each map of each program knows, of which type, and in which branches.

The facts stand in `data/NAME.json`, one keyword a line, in the order in which compiled files print them. They were taken
from the grammar, lexer and parser tables of Kea at the tags of `data/versions.json`; ranges from the parsers, units from the
ARM. The plain facts of a keyword describe the newest branch; `before` says what was different in older ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import orjson

from kea_hac.kea.version import BRANCHES, Branch, span
from kea_hac.records import dataclass

ProgramName = Literal["dhcp4", "dhcp6", "ctrl-agent", "ha", "hooks", "answers"]
Unit = Literal["s", "ms"]

_DATA = Path(__file__).parent / "data"


class Kind(StrEnum):
    """What a value is. A NUMBER needs a decimal point in Kea's files: `1` is a syntax error there (seen on 2.2.0, 2.6.3, 3.0.4)."""

    INTEGER = "integer"
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    ENUM = "enum"
    MAP = "map"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword of one map, as the newest branch that knows it has it; `at` gives an older branch's view."""

    name: str
    kind: Kind
    branches: frozenset[Branch]
    scope: str | None = None
    """The scope of the map, or of each map in the list."""
    items: Kind | None = None
    """What a list holds; MAP goes with `scope`."""
    free: bool = False
    """A map that Kea does not look into: user-context, hook parameters."""
    values: tuple[str, ...] = ()
    """The words of an ENUM, or of a list of them."""
    any_case: bool = False
    """Kea takes the words in any case and turns them into the listed one."""
    empty_list: bool = True
    """False where Kea refuses `[]`."""
    unit: Unit | None = None
    """Seconds or milliseconds, for keys that are a length of time."""
    octets: bool = False
    """The text goes to clients as it is, so any character may be meant: NetBoot has a NUL between folder and file."""
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    """The value must be greater than this."""
    below: float | None = None
    """The value must be less than this."""
    replaced_by: tuple[str, ...] = ()
    """The newer spelling."""
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """The row of the data file: default, default-in-code, inherited-copied, inherited-at-runtime, stored-as, note, status, before …"""

    @property
    def varies(self) -> bool:
        """True where not every branch has the same facts."""
        return "before" in self.facts

    def at(self, branch: Branch) -> Keyword:
        """This keyword as `branch` has it."""
        older = _older_facts(self.facts, branch)
        return self if older is self.facts else _keyword(self.name, older, self.branches)

    def fact(self, name: str, branch: Branch) -> Any:
        """A fact of the data row as `branch` has it; None where it does not hold."""
        return _older_facts(self.facts, branch).get(name)


@dataclass(frozen=True, slots=True)
class Scope:
    """One kind of map. `keywords` is ordered as compiled files print it."""

    name: str
    keywords: Mapping[str, Keyword]
    branches: frozenset[Branch]
    required: tuple[str, ...] = ()
    """Keywords without which every branch refuses the map, by its grammar or by its parser."""
    required_before: Mapping[Branch, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """More of them, for branches older than the key."""
    empty_map: bool = True
    """False where Kea refuses `{}`."""
    open: bool = False
    """True where Kea takes any other keyword as well, with a free value (dhcp-queue-control)."""
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """The row of the data file but its keywords: note, and for hook parameters strict, needed, forbidden, one-of, only-one."""

    def at(self, branch: Branch) -> Scope:
        """This map as `branch` has it: its keywords, what it may not lack, its facts."""
        known = {name: keyword.at(branch) for name, keyword in self.keywords.items() if branch in keyword.branches}
        demanded = tuple(key for key in self.demanded({branch}) if key in known)
        return replace(
            self,
            keywords=MappingProxyType(known),
            required=demanded,
            required_before=MappingProxyType({}),
            facts=_older_facts(self.facts, branch),
        )

    def demanded(self, branches: Collection[Branch] | None) -> tuple[str, ...]:
        """Keywords that the map may not lack in any of these branches; None: in any at all."""
        if not branches:
            return self.required
        newest = max(branch.order for branch in branches)
        older = (key for branch, keys in self.required_before.items() if newest < branch.order for key in keys)
        return (*self.required, *older)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """All keys of one program (or of the HA library). There is one of each, and no other is equal to it."""

    name: ProgramName
    top: str
    """The scope to start with, and for a daemon the one key at the top of its file; "" where there is none (hooks)."""
    branches: frozenset[Branch]
    scopes: Mapping[str, Scope]
    extra: Mapping[str, Any]
    """Facts beside the keywords: source, tags, general, and for HA its constraints."""

    def homes(self, keyword: str) -> tuple[str, ...]:
        """The scopes that know a keyword."""
        return tuple(name for name, scope in self.scopes.items() if keyword in scope.keywords)


@cache
def program(name: ProgramName) -> Program:
    """The vocabulary of kea-dhcp4, kea-dhcp6, kea-ctrl-agent, libdhcp_ha, of the other libraries, or of answers. Read once."""
    raw = orjson.loads((_DATA / f"{name}.json").read_bytes())
    branches = span(raw)
    scopes = {scope: _scope(scope, row, branches) for scope, row in raw["scopes"].items()}
    extra = {key: value for key, value in raw.items() if key != "scopes"}
    return Program(name, raw.get("top", ""), branches, MappingProxyType(scopes), MappingProxyType(extra))


def spoken(branches: frozenset[Branch]) -> str:
    """The branches as a sentence says them: "2.4 and newer", "up to 2.4", "2.6"."""
    known = [branch for branch in BRANCHES if branch in branches]
    if not known:
        return "no known version"
    if known[-1] is BRANCHES[-1]:
        return "every known version" if known[0] is BRANCHES[0] else f"{known[0]} and newer"
    return f"up to {known[-1]}" if known[0] is BRANCHES[0] else ", ".join(known)


def _scope(name: str, row: Mapping[str, Any], branches: frozenset[Branch]) -> Scope:
    known = span(row, branches)
    keywords = {key: _keyword(key, facts, span(facts, known)) for key, facts in row["keywords"].items()}
    older = {Branch(branch): tuple(keys) for branch, keys in row.get("required-before", {}).items()}
    return Scope(
        name,
        MappingProxyType(keywords),
        known,
        tuple(row.get("required", ())),
        MappingProxyType(older),
        row.get("empty-map", True),
        row.get("open", False),
        {key: value for key, value in row.items() if key != "keywords"},
    )


def _keyword(name: str, facts: Mapping[str, Any], branches: frozenset[Branch]) -> Keyword:
    kind = Kind(facts["type"])
    scope = facts.get("scope")
    items = None
    if kind is Kind.LIST:
        items = Kind.MAP if scope else Kind(facts["of"])
    return Keyword(
        name,
        kind,
        branches,
        scope,
        items,
        facts.get("free", False),
        tuple(facts.get("values") or ()),
        facts.get("any-case", False),
        facts.get("empty-list", True),
        facts.get("unit"),
        facts.get("octets", False),
        facts.get("min"),
        facts.get("max"),
        facts.get("above"),
        facts.get("below"),
        tuple(facts.get("replaced-by", ())),
        facts,
    )


_OLDER: dict[tuple[int, Branch], tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
"""`_older_facts` by `id()` of the row, which is held here. Not more than the rows of the data files."""


def _older_facts(facts: Mapping[str, Any], branch: Branch) -> Mapping[str, Any]:
    """The facts as `branch` has them: every `before` that is newer than it, the newest first; null takes a fact away."""
    before = facts.get("before")
    if not before:
        return facts
    known = _OLDER.get((id(facts), branch))
    if known is None or known[0] is not facts:
        known = _OLDER[id(facts), branch] = facts, _changed(facts, before, branch)
    return known[1]


def _changed(facts: Mapping[str, Any], before: Mapping[str, Any], branch: Branch) -> Mapping[str, Any]:
    changes = [(Branch(limit), change) for limit, change in before.items()]
    due = [change for limit, change in sorted(changes, key=lambda each: -each[0].order) if branch.order < limit.order]
    if not due:
        return facts
    merged = {key: value for key, value in facts.items() if key != "before"}
    for change in due:
        merged.update(change)
    return {key: value for key, value in merged.items() if value is not None}


def by_limits(keyword: Keyword) -> list[tuple[frozenset[Branch], Keyword]]:
    """The keyword as its branches have it, those with the same limits together, the newest first."""
    groups: dict[tuple[float | None, ...], tuple[set[Branch], Keyword]] = {}
    for branch in reversed(list(_ordered(keyword.branches))):
        each = _keyword(keyword.name, _older_facts(keyword.facts, branch), keyword.branches)
        limits = (each.minimum, each.above, each.maximum, each.below)
        groups.setdefault(limits, (set(), each))[0].add(branch)
    return [(frozenset(branches), each) for branches, each in groups.values()]


def narrowed(keyword: Keyword, branches: frozenset[Branch]) -> Keyword:
    """The keyword with the widest limits that any of `branches` allows: what a text meant for one of them may say."""
    if not keyword.varies:
        return keyword
    views = [keyword.at(branch) for branch in _ordered(branches & keyword.branches)]
    if not views:
        return keyword
    words = dict.fromkeys(word for view in reversed(views) for word in view.values)
    return replace(
        views[-1],
        values=tuple(words),
        minimum=_widest(min, [view.minimum for view in views]),
        maximum=_widest(max, [view.maximum for view in views]),
        above=_widest(min, [view.above for view in views]),
        below=_widest(max, [view.below for view in views]),
        empty_list=any(view.empty_list for view in views),
    )


def _widest(choose: Callable[[list[float]], float], limits: list[float | None]) -> float | None:
    """The widest of several limits; None, which is no limit, is wider than any."""
    known = [limit for limit in limits if limit is not None]
    return choose(known) if len(known) == len(limits) else None


def _ordered(branches: frozenset[Branch]) -> Iterator[Branch]:
    return (branch for branch in BRANCHES if branch in branches)
