"""The keys that a file uses, as each Kea version knows them, before anything else is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kea_hac.diagnostics import Finding, Route
from kea_hac.kea.grammar import Keyword, Program, Scope, spoken
from kea_hac.kea.respelling import spelt_in
from kea_hac.kea.spelling import ABSENT_IN_VERSION
from kea_hac.kea.version import Branch
from kea_hac.records import dataclass
from kea_hac.source.document import Map, Seq, Value


@dataclass(frozen=True, slots=True)
class Use:
    """One key as a file uses it."""

    at: Route
    scope: Scope
    keyword: Keyword
    value: Value


Wanted = Callable[[Scope, Keyword], bool]
_Ways = Mapping[str, dict[str, bool]]
"""By scope, the keys that are wanted (True), and those with a map or list below which one is."""


def uses(program: Program, scope: Scope, node: Value, at: Route, wanted: Wanted) -> Iterator[Use]:
    """Every wanted key of a map that some version knows, those of maps below included, in document order.

    Maps below which nothing is wanted are not looked at: most of 100,000 reservations.
    """
    return _uses(program, _ways(program, wanted), scope, node, at)


def _ways(program: Program, wanted: Wanted) -> _Ways:
    ways = {
        name: {key: True for key, keyword in scope.keywords.items() if wanted(scope, keyword)}
        for name, scope in program.scopes.items()
    }
    size = -1
    while size != (size := sum(map(len, ways.values()))):
        for name, scope in program.scopes.items():
            for key, keyword in scope.keywords.items():
                if keyword.scope and ways[keyword.scope]:
                    ways[name].setdefault(key, False)
    return ways


def _uses(program: Program, ways: _Ways, scope: Scope, node: Value, at: Route) -> Iterator[Use]:
    way = ways[scope.name]
    if not isinstance(node, Map) or way.keys().isdisjoint(node):
        return
    for key, value in node.items():
        if key not in way:
            continue
        keyword = scope.keywords[key]
        if way[key]:
            yield Use((*at, key), scope, keyword, value)
        if keyword.scope is None:
            continue
        below = program.scopes[keyword.scope]
        if isinstance(value, Seq):
            keys = ways[keyword.scope].keys()
            for number, item in enumerate(value):
                if isinstance(item, Map) and not keys.isdisjoint(item):
                    yield from _uses(program, ways, below, item, (*at, key, number))
        else:
            yield from _uses(program, ways, below, value, (*at, key))


def absent(program: Program, node: Value, at: Route, branch: Branch) -> Iterator[Finding]:
    """Keys that other versions know and this one does not: it refuses the file."""

    def wanted(_: Scope, keyword: Keyword) -> bool:
        return branch not in keyword.branches

    for use in uses(program, program.scopes[program.top], node, at, wanted):
        other = spelt_in(use.scope, use.keyword.name, use.value, branch)
        yield Finding(
            ABSENT_IN_VERSION,
            use.at,
            f"Kea {branch} has no {use.keyword.name!r} in {use.scope.name}",
            on_key=True,
            fix=other or f"it needs Kea {spoken(use.keyword.branches)}",
        )
