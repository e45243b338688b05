"""Servers of different Kea versions: what an upgrade in two steps looks like half-way, and what must be said meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import Change, Finding, KeaSays, Repair, Severity, rule
from kea_hac.kea.config import Block
from kea_hac.kea.grammar import Scope, program
from kea_hac.kea.version import BRANCHES, Branch
from kea_hac.model.site import Family, Site

SKEW = rule(
    "KH803",
    "version-skew",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Partners of different versions work together for an upgrade, one after the other. As a state that lasts it means two "
    "sets of defaults and bugs in one service.",
    source="Kea ARM, 'Upgrading from Older HA Versions'; ChangeLog 2225",
)
DEFAULT_DIFFERS = rule(
    "KH804",
    "default-differs-between-versions",
    kea=KeaSays.ACCEPTS,
    why="The key is not written, and its default changed between the two versions: the partners behave differently with what "
    "looks like one configuration.",
    source="the parsers' tables of defaults of 2.2 to 3.2; ChangeLog 2103, 2136, 2360",
)
NO_CACHING = (
    "write `cache-threshold: 0.25` and `cache-max-age: 0`: then both servers refresh a lease at every renewal, as before 3.0; the "
    "threshold alone keeps the older server from it"
)
"""Seen on 2.6.3 beside 3.0.4: 20 of 20 renewals refreshed on both, with the threshold alone 0 of 20; 2.6 refuses a threshold of 0."""
_SCOPES = ("multi-threading",)
"""Maps of the top whose own defaults changed."""


@checks(SKEW, on=Subject.SITE)
def version_skew(site: Site) -> Iterator[Finding]:
    """Servers of different branches in one relationship."""
    if len({node.version.branch for node in site.nodes}) < 2:
        return
    said = ", ".join(f"{node.name} runs {node.version}" for node in site.nodes)
    newest = max(site.nodes, key=lambda node: node.version.branch.order)
    yield Finding(
        SKEW,
        (*newest.at, "kea") if "kea" in site.document.map_at(newest.at) else newest.at,
        f"the servers run different Kea versions: {said}",
        fix="finish the upgrade, then say one `kea` for all",
    )


@checks(DEFAULT_DIFFERS, on=Subject.SITE)
def default_differs(site: Site) -> Iterator[Finding]:
    """A key that is not written and means another thing on each server."""
    branches = tuple(branch for branch in BRANCHES if any(node.version.branch is branch for node in site.nodes))
    if len(branches) < 2:
        return
    for family in site.families.values():
        known = program(family.daemon.name)
        yield from _unsaid(known.scopes[known.top], family.config, (family.daemon.name,), branches, "")
        for name in _SCOPES:
            if not _derived(family, name):
                block = family.config.get(name)
                said = block if isinstance(block, Block) else Block()
                yield from _unsaid(known.scopes[name], said, (family.daemon.name,), branches, f"{name}.")


def _derived(family: Family, name: str) -> bool:
    return name == "multi-threading" and any(each.listener is not None for each in family.relationships)


def _unsaid(
    scope: Scope, said: Block, at: tuple[str, ...], branches: tuple[Branch, ...], prefix: str
) -> Iterator[Finding]:
    first, last = branches[0], branches[-1]
    for key, keyword in scope.keywords.items():
        if key in said or not {first, last} <= keyword.branches or keyword.replaced_by:
            continue
        old, new = (keyword.fact("default", branch) for branch in (first, last))
        if old == new:
            continue
        values = " and ".join(
            f"{'none' if value is None else str(value).lower()} in {branch}"
            for value, branch in ((old, first), (new, last))
        )
        wanted = new if new is not None else old
        if key == "cache-threshold":
            yield Finding(
                DEFAULT_DIFFERS,
                at,
                f"{prefix + key!r} is not written, and its default is {values}",
                on_key=True,
                fix=NO_CACHING,
                repair=(Repair((*at, key), Change.SET, 0.25), Repair((*at, "cache-max-age"), Change.SET, 0)),
            )
            continue
        yield Finding(
            DEFAULT_DIFFERS,
            at,
            f"{prefix + key!r} is not written, and its default is {values}",
            on_key=True,
            lacks=(key,),
            fix=f"write it: `{prefix + key}: {str(wanted).lower()}` is the {'newer' if new is not None else 'older'} default",
        )
