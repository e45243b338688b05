"""The check at every build that the servers' configurations are equal except for the published list of keys.

It should never report anything, because what may not differ is written once in the spec. It exists because a mistake of the
compiler could stop the DHCP service of a site, and it costs little: shared parts are the same objects.
"""

from __future__ import annotations

from collections.abc import Iterable

from kea_hac.diagnostics import Finding, FindingSink, KeaVerdict, rule
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.model.site import Node, Site
from kea_hac.spec.load import MAY_DIFFER

UNEQUAL = rule(
    "KH802",
    "servers-unequal",
    kea=KeaVerdict.ACCEPTS,
    why="When partners have different subnets, options or timers, a client gets different answers from each "
    "server. Kea never compares the two configurations.",
    source="Kea ARM, HA: 'it is critical that the partners use the same configuration of subnets'",
    rests_on=("*interfaces",),
)
PUBLISHED = frozenset(MAY_DIFFER)


def prove_equal(site: Site, configs: Iterable[tuple[Node, Daemon, Block]], note: FindingSink) -> None:
    """Hold every server's map against the first server's. In a hub, a spoke's subnets against the hub's same ones."""
    first: dict[str, tuple[Node, Block]] = {}
    for node, daemon, config in configs:
        if daemon.family is None:
            continue
        seen = first.setdefault(daemon.name, (node, config))
        if seen[0] is node or site.hub:
            continue
        for key in sorted((set(config) | set(seen[1])) - PUBLISHED):
            if not _same(seen[1].get(key), config.get(key), _Names(seen[0], node, daemon)):
                note(
                    Finding(
                        UNEQUAL,
                        config.where(key),
                        f"{key!r} of {daemon.name} was compiled differently for {seen[0].name} and {node.name}",
                        fix="this is a mistake of kea-hac: please report the spec",
                    )
                )


class _Names:
    """Compares interface names: two names are equal where they are one alias."""

    def __init__(self, first: Node, second: Node, daemon: Daemon) -> None:
        one, two = first.server_families[daemon.name].aliases, second.server_families[daemon.name].aliases
        self.pairs = {(one[alias], two[alias]) for alias in one if alias in two}

    def same(self, one: Json, two: Json) -> bool:
        return one == two or (one, two) in self.pairs


def _same(one: Json, two: Json, names: _Names) -> bool:
    if one is two:
        return True
    if isinstance(one, Block) and isinstance(two, Block):
        if one.keys() != two.keys():
            return False
        return all(
            names.same(one[key], two[key]) if key == "interface" else _same(one[key], two[key], names) for key in one
        )
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(_same(a, b, names) for a, b in zip(one, two, strict=True))
    return type(one) is type(two) and bool(one == two)
