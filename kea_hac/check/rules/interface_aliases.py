"""Aliases of interfaces that one server of a pair has and its partner has not."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import Finding, warning
from kea_hac.kea.config import Block, blocks_of
from kea_hac.kea.high_availability import Role
from kea_hac.kea.suggest import nearest
from kea_hac.model.site import Family, Node, Site

ONE_SIDED_ALIAS = warning(
    "KH814",
    "alias-on-one-server",
    why="The server opens a socket on this interface, and its partner has none for the same link. Clients there get no answer while "
    "the partner serves.",
    source="the spec language",
    rests_on=("*interfaces",),
)


@checks(ONE_SIDED_ALIAS, on=Subject.SITE)
def alias_on_one_server(site: Site) -> Iterator[Finding]:
    """An alias that no subnet uses: where one does, its absence is an error of its own. Hubs have links that a spoke has not."""
    if site.hub:
        return
    for name, family in site.families.items():
        for relationship in family.relationships:
            nodes = [peer.node for peer in relationship.peers if peer.role != Role.BACKUP]
            for node in nodes:
                for other in (each for each in nodes if each is not node):
                    yield from _lacking(node, other, name, family)


def _lacking(node: Node, other: Node, name: str, family: Family) -> Iterator[Finding]:
    """The aliases of a server that another one does not have."""
    here, there = node.server_families[name], other.server_families[name]
    if not there.aliases or "interfaces" in here.broken | there.broken:
        return
    extra = here.aliases.keys() - there.aliases.keys()
    used = frozenset(_used(family.config)) if extra else frozenset()
    if not used.isdisjoint(there.aliases.keys() - here.aliases.keys()):
        return  # the alias that is used has another name here, which is found where it is used
    for alias in sorted(extra - used):
        near = nearest(alias, [each for each in there.aliases if each not in here.aliases])
        fix = (
            f"write {near!r}, as {other.name} does" if near else f"add it to `interfaces` of {other.name}, or remove it"
        )
        message = f"{node.name} has the interface alias {alias!r}, and {other.name} has not"
        related = (((*there.at, "interfaces"), f"the aliases of {other.name}"),)
        yield Finding(ONE_SIDED_ALIAS, (*here.at, "interfaces", alias), message, True, related, fix)


def _used(config: Block) -> Iterator[str]:
    """The aliases that subnets and shared networks name."""
    for key in ("subnet4", "subnet6", "shared-networks"):
        for block in blocks_of(config.get(key)):
            if isinstance(block.get("interface"), str):
                yield block["interface"].partition("/")[0]
            yield from _used(block)
