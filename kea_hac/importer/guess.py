"""Which Kea versions a file can be for: judged by the keys that it uses, before anything else is known of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kea_hac.diagnostics import Finding, Route
from kea_hac.kea.grammar import Keyword, Program, Scope, spoken
from kea_hac.kea.spelling import ABSENT_IN_VERSION
from kea_hac.kea.version import BRANCHES, Branch, Feature, KeaVersion, has
from kea_hac.source.document import Map, Seq, Value


@dataclass(frozen=True, slots=True)
class Use:
    """One key as a file uses it."""

    at: Route
    scope: Scope
    keyword: Keyword


def uses(program: Program, scope: Scope, node: Value, at: Route) -> Iterator[Use]:
    """Every key of a map that some version knows, those of maps below included, in document order."""
    if not isinstance(node, Map):
        return
    for key, value in node.items():
        keyword = scope.keywords.get(key)
        if keyword is None:
            continue
        yield Use((*at, key), scope, keyword)
        if keyword.scope is None:
            continue
        below = program.scopes[keyword.scope]
        if isinstance(value, Seq):
            for number, item in enumerate(value):
                yield from uses(program, below, item, (*at, key, number))
        else:
            yield from uses(program, below, value, (*at, key))


def possible(program: Program, node: Value, but: Collection[str] = ()) -> frozenset[Branch]:
    """The branches that know every key of a file and miss none; the ones that come nearest when there is no such branch.

    Of several, those that have no newer spelling for what the file says: who writes `control-socket` runs 2.6 or older.
    `but`: old spellings that tell nothing.
    """
    nearest = readable(program, node)
    renamed: set[Branch] = set()
    for use in uses(program, program.scopes[program.top], node, ()):
        for newer in use.keyword.replaced_by if use.keyword.name not in but else ():
            renamed |= use.scope.keywords[newer].branches if newer in use.scope.keywords else set()
    return nearest - renamed or nearest


def readable(program: Program, node: Value) -> frozenset[Branch]:
    """The branches that know every key of a file and miss none, or come nearest, in whatever spelling it is."""
    amiss = {branch: 0 for branch in BRANCHES if branch in program.branches}
    for use in uses(program, program.scopes[program.top], node, ()):
        for branch in amiss:
            amiss[branch] += branch not in use.keyword.branches
    _subnet_ids(program, node, amiss)
    _relationships(node, amiss)
    fewest = min(amiss.values())
    return frozenset(branch for branch, count in amiss.items() if count == fewest)


def _subnet_ids(program: Program, node: Value, amiss: dict[Branch, int]) -> None:
    """A subnet without id loads up to 2.4 only (ChangeLog 2232)."""
    if not isinstance(node, Map):
        return
    networks = node.get("shared-networks")
    lists = [node, *(networks if isinstance(networks, Seq) else ())]
    for holder in lists:
        for key in ("subnet4", "subnet6"):
            found = holder.get(key) if isinstance(holder, Map) else None
            for subnet in found if isinstance(found, Seq) else ():
                if isinstance(subnet, Map) and "id" not in subnet:
                    for branch in amiss:
                        amiss[branch] += branch.order >= Branch.V2_6.order


def _relationships(node: Value, amiss: dict[Branch, int]) -> None:
    """A server of several relationships is none of a version whose HA library takes one."""
    libraries = node.get("hooks-libraries") if isinstance(node, Map) else None
    for entry in libraries if isinstance(libraries, Seq) else ():
        parameters = entry.get("parameters") if isinstance(entry, Map) else None
        found = parameters.get("high-availability") if isinstance(parameters, Map) else None
        if isinstance(found, Seq) and len(found) > 1:
            for branch in amiss:
                amiss[branch] += not has(KeaVersion(branch), Feature.HUB_AND_SPOKE)


def absent(program: Program, node: Value, at: Route, branch: Branch) -> Iterator[Finding]:
    """Keys that other versions know and this one does not: it refuses the file."""
    for use in uses(program, program.scopes[program.top], node, at):
        if branch not in use.keyword.branches:
            yield Finding(
                ABSENT_IN_VERSION,
                use.at,
                f"Kea {branch} does not know {use.keyword.name!r} in {use.scope.name}",
                on_key=True,
                fix=f"it needs Kea {spoken(use.keyword.branches)}",
            )
