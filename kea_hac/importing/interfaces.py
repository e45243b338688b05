"""Interface names of several servers: the name where it is the same, else the base's name as an alias for the others' names.

`interface: eth0` in the spec is eth0 on the base, and ens18 on a server with `interfaces: {eth0: ens18}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kea_hac.kea.config import Block, Daemon, blocks_of, subnets_of
from kea_hac.records import dataclass

_NAME_END = "/"


@dataclass(frozen=True, slots=True)
class Interfaces:
    """The interfaces of one server in the spec."""

    written: list[str] | dict[str, str]
    """The value of `interfaces`; empty when nothing is known or interfaces-config has it."""
    explicit: list[str] | None
    """The interfaces in interfaces-config, as aliases; None when `interfaces` has them."""


def fold_interfaces(
    daemon: Daemon, configs: Mapping[str, Block], lists: Mapping[str, list[str]]
) -> Mapping[str, Interfaces]:
    """By server. `configs` and `lists` (what each listens on): the base's first."""
    base, *others = lists
    maps = {name: _alias_map(daemon, configs[base], configs[name], lists[base], lists[name]) for name in others}
    needed = {alias for each in maps.values() for alias, real in each.items() if alias != real}
    used = {name for name, _ in _used(daemon, configs[base]).values()}
    if not needed & used:
        return {name: _plain(listed) for name, listed in lists.items()}
    aliases = list(dict.fromkeys([*(name for name in map(_bare, lists[base]) if name != "*"), *sorted(used)]))
    identity = {alias: alias for alias in aliases}
    return {
        name: _aliased(identity if name == base else {alias: maps[name].get(alias, alias) for alias in aliases}, listed)
        for name, listed in lists.items()
    }


def _plain(listed: list[str]) -> Interfaces:
    return Interfaces(listed, None) if listed else Interfaces([], [])


def _aliased(aliases: dict[str, str], listed: list[str]) -> Interfaces:
    back = {real: alias for alias, real in aliases.items()}
    if list(aliases.values()) == listed:
        return Interfaces(aliases, None)
    explicit = []
    for each in listed:
        name, slash, address = each.partition(_NAME_END)
        explicit.append(back.get(name, name) + slash + address)
    return Interfaces(aliases, explicit)


def _bare(interface: str) -> str:
    return interface.partition(_NAME_END)[0]


def _alias_map(daemon: Daemon, one: Block, other: Block, first: list[str], second: list[str]) -> dict[str, str]:
    """The base's interfaces → the other's: by the subnets that both have, then by their place in the list."""
    found: dict[str, str] = {}
    theirs = _used(daemon, other)
    for what, (name, _) in _used(daemon, one).items():
        if what in theirs:
            found.setdefault(name, theirs[what][0])
    if len(first) == len(second):
        for mine, their in zip(map(_bare, first), map(_bare, second), strict=True):
            if mine != "*" and their != "*":
                found.setdefault(mine, their)
    taken = list(found.values())
    return found if len(set(taken)) == len(taken) else {}


def _used(daemon: Daemon, config: Block) -> dict[tuple[str, object], tuple[str, Block]]:
    """The interface of every subnet and shared network that names one."""
    return {
        what: (str(block["interface"]), block) for what, block in _holders(daemon, config) if block.get("interface")
    }


def _holders(daemon: Daemon, config: Block) -> Iterator[tuple[tuple[str, object], Block]]:
    for network in blocks_of(config.get("shared-networks")):
        yield ("network", network.get("name")), network
    for _, subnet in subnets_of(config, daemon):
        yield ("subnet", subnet.get("subnet")), subnet
