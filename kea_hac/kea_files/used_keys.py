"""The keys that a file uses, as each Kea version knows them, before anything else is known of it."""

from __future__ import annotations

from collections.abc import Iterator

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


def uses(program: Program, scope: Scope, node: Value, at: Route) -> Iterator[Use]:
    """Every key of a map that some version knows, those of maps below included, in document order."""
    if not isinstance(node, Map):
        return
    for key, value in node.items():
        keyword = scope.keywords.get(key)
        if keyword is None:
            continue
        yield Use((*at, key), scope, keyword, value)
        if keyword.scope is None:
            continue
        below = program.scopes[keyword.scope]
        if isinstance(value, Seq):
            for number, item in enumerate(value):
                yield from uses(program, below, item, (*at, key, number))
        else:
            yield from uses(program, below, value, (*at, key))


def absent(program: Program, node: Value, at: Route, branch: Branch) -> Iterator[Finding]:
    """Keys that other versions know and this one does not: it refuses the file."""
    for use in uses(program, program.scopes[program.top], node, at):
        if branch not in use.keyword.branches:
            other = spelt_in(use.scope, use.keyword.name, use.value, branch)
            yield Finding(
                ABSENT_IN_VERSION,
                use.at,
                f"Kea {branch} has no {use.keyword.name!r} in {use.scope.name}",
                on_key=True,
                fix=other or f"it needs Kea {spoken(use.keyword.branches)}",
            )
