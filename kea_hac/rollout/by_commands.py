"""Two files of one DHCP server → the commands of its hook libraries that take it from one to the other without a reload. Pure.

subnet_cmds, host_cmds and class_cmds change subnets, reservations and classes in the memory of a running server: no client goes
unanswered, and HA does not notice (seen on 3.0.4, in hot-standby and load-balancing). The file has to say the same, or the next restart
undoes it, and only the answer to config-get proves the result: `turn` asks for it, and reloads the file where it is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from kea_hac.changes.canonical import without_stamp
from kea_hac.kea.canonical import holds_secret
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.rollout.plan import Command

MOST = 200
"""Commands for one server. A larger change is done faster, and as a whole, by a reload."""
_IDENTIFIERS = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
_TARGET = "memory"
"""The operation-target of reservations that are in the file of the server."""
_LIBRARIES = {
    "subnet": "libdhcp_subnet_cmds.so",
    "reservation": "libdhcp_host_cmds.so",
    "class": "libdhcp_class_cmds.so",
}


class ReloadError(Exception):
    """Why the commands cannot make this change."""


def touched(daemon: Daemon) -> frozenset[str]:
    """The keys that the commands change."""
    return frozenset({daemon.subnets, "client-classes", "reservations"})


def by_commands(
    daemon: Daemon, before: Mapping[str, Json], after: Mapping[str, Json], known: Collection[str]
) -> tuple[Command, ...]:
    """The commands in their order. `before` and `after`: the maps under the daemon's top key, as their files have them.

    `known`: the commands that the server takes. Raises ReloadError.
    """
    one, other = (without_stamp(Block((), dict(each))) for each in (before, after))
    others = sorted(key for key in {*one, *other} - touched(daemon) if one.get(key) != other.get(key))
    if others:
        raise ReloadError(f"{' and '.join(others[:3])} {'changes' if len(others) == 1 else 'change'}")
    if "config-control" in other:
        raise ReloadError("a part of its configuration comes from a database")
    changes = [key for key in touched(daemon) if one.get(key) != other.get(key)]
    if any(holds_secret([one.get(key), other.get(key)]) for key in changes):
        raise ReloadError(f"{' and '.join(sorted(changes))} include files of the server")
    gone_classes, classes = _classes(_listed(one, "client-classes"), _listed(other, "client-classes"))
    made = (*classes, *_subnets(daemon, one, other), *_hosts(0, one, other), *gone_classes)
    if len(made) > MOST:
        raise ReloadError(f"it would take {len(made)} commands")
    missing = [name for name in dict.fromkeys(each.name for each in made) if name not in known]
    if missing:
        library = next(file for start, file in _LIBRARIES.items() if missing[0].startswith(start))
        raise ReloadError(f"it does not take {missing[0]} ({library} is not loaded)")
    return made


def _listed(config: Mapping[str, Json], key: str) -> list[dict[str, Any]]:
    value = config.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _classes(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> tuple[list[Command], list[Command]]:
    """Those that remove classes, for the end, and those that add and change them. Raises ReloadError.

    A class is removed before those that its test names: Kea refuses to remove a class that another one uses.
    """
    before, after = _by(one, lambda each: str(each.get("name"))), _by(other, lambda each: str(each.get("name")))
    if [*(name for name in before if name in after), *(name for name in after if name not in before)] != list(after):
        raise ReloadError("the order of client-classes changes")
    gone = [Command("class-del", {"name": name}) for name in reversed(before) if name not in after]
    made = [
        Command("class-update" if name in before else "class-add", {"client-classes": [each]})
        for name, each in after.items()
        if before.get(name) != each
    ]
    return gone, made


def _subnets(daemon: Daemon, one: Mapping[str, Json], other: Mapping[str, Json]) -> Iterator[Command]:
    """What goes first, so that a subnet can come back under another id."""
    before, after = (_by(_listed(each, daemon.subnets), lambda subnet: subnet.get("id")) for each in (one, other))
    stays = [number for number in before if number in after and _prefix(before[number]) == _prefix(after[number])]
    kind = f"subnet{daemon.family}"
    yield from (Command(f"{kind}-del", {"id": number}) for number in before if number not in stays)
    for number in stays:
        if _bare(before[number]) != _bare(after[number]):
            yield Command(f"{kind}-update", {daemon.subnets: [_bare(after[number])]})
    for number, subnet in after.items():
        if number not in stays:
            yield Command(f"{kind}-add", {daemon.subnets: [_bare(subnet)]})
        yield from _hosts(number, before[number] if number in stays else {}, subnet)


def _prefix(subnet: Mapping[str, Any]) -> Any:
    return subnet.get("subnet")


def _bare(subnet: Mapping[str, Any]) -> dict[str, Any]:
    """A subnet without its reservations, which subnet4-add refuses and subnet4-update keeps (seen on 3.0.4)."""
    return {key: value for key, value in subnet.items() if key != "reservations"}


def _hosts(subnet: Any, one: Mapping[str, Json], other: Mapping[str, Json]) -> Iterator[Command]:
    before, after = (_by(_listed(each, "reservations"), _identifier) for each in (one, other))
    for (kind, identifier), host in before.items():
        if after.get((kind, identifier)) != host:
            place = {"subnet-id": subnet, "identifier-type": kind, "identifier": identifier}
            yield Command("reservation-del", {**place, "operation-target": _TARGET})
    for key, host in after.items():
        if before.get(key) != host:
            reservation = {"subnet-id": subnet, **host}
            yield Command("reservation-add", {"reservation": reservation, "operation-target": _TARGET})


def _identifier(host: Mapping[str, Any]) -> tuple[str, Any]:
    found = [(kind, host[kind]) for kind in _IDENTIFIERS if kind in host]
    if len(found) != 1:
        raise ReloadError("a reservation has no identifier that kea-hac knows")
    return found[0]


def _by(items: Iterable[dict[str, Any]], name: Callable[[dict[str, Any]], Any]) -> dict[Any, dict[str, Any]]:
    found: dict[Any, dict[str, Any]] = {}
    for each in items:
        if name(each) in found:
            raise ReloadError("two items of a list have the same name")
        found[name(each)] = each
    return found
