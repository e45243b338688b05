"""Servers that hold what a spec was built to, with changes made by hand; and random ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from kea_hac.adopt.adopt import Adoption, LiveConfiguration, adopt
from kea_hac.api import Loaded, judge
from kea_hac.changes.change import Verdict, spelt
from kea_hac.changes.three_way import Difference, compare
from kea_hac.compiler.built import configs
from kea_hac.drift.diffing import canonical
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.model.site import Node

Change = Callable[[dict[str, Any]], None]


def thawed(value: Json) -> Any:
    """A copy that may be changed."""
    if isinstance(value, dict):
        return {key: thawed(item) for key, item in value.items()}
    return [thawed(item) for item in value] if isinstance(value, list) else value


def nothing_at_hand(_: object) -> None:
    """No secret is known."""


def built(spec: Loaded) -> Iterator[tuple[Node, Daemon, Block]]:
    """The map of each daemon of each server as the build has it."""
    checked = judge(spec)
    assert checked.site is not None
    assert checked.build is not None, [each.message for each in checked.report.diagnostics]
    yield from configs(checked.site, checked.build)


def shown(spec: Loaded) -> Iterator[tuple[Node, Daemon, Block]]:
    """What each daemon of each server shows after the build was loaded."""
    for node, daemon, config in built(spec):
        yield node, daemon, canonical(node, daemon, config, node.version, nothing_at_hand)


def holding(spec: Loaded, *changes: tuple[str, str, Change], answer: bool = False) -> list[LiveConfiguration]:
    """What the servers hold. A change names the server ("*": each) and the daemon.

    `answer`: somebody edited what config-get answers, and sent it back; else the file.
    """
    made = []
    for node, daemon, config in built(spec):
        base = canonical(node, daemon, config, node.version, nothing_at_hand)
        live = thawed(base if answer else config)
        for server, name, change in changes:
            if server in (node.name, "*") and name == daemon.name:
                change(live)
        made.append(
            LiveConfiguration(
                node.name, daemon, node.version, base, canonical(node, daemon, live, node.version, nothing_at_hand)
            )
        )
    return made


def external(spec: Loaded, held: list[LiveConfiguration]) -> dict[tuple[str, str], list[str]]:
    """The paths at which each server was changed from outside, by server and daemon."""
    now = {(node.name, daemon.name): shows for node, daemon, shows in shown(spec)}
    found = {}
    for each in held:
        made = compare(each.daemon, each.version.branch, each.base, now[each.server, each.daemon.name], each.live)
        moved = (Verdict.EXTERNAL, Verdict.CONFLICT)
        found[each.server, each.daemon.name] = [
            spelt(one.path) for one in made if isinstance(one, Difference) and one.verdict in moved
        ]
    return found


def adopted(spec: Loaded, held: list[LiveConfiguration], **options: Any) -> Adoption:
    """Adopt with no secret at hand."""
    return adopt(spec, held, resolve=nothing_at_hand, **options)


def texts(made: Adoption) -> tuple[str, str]:
    """The texts of all files that change, before and after."""
    old = {each.path: each.text for each in made.document.texts}
    return "\n".join(old[path] for path in made.plan.texts), "\n".join(made.plan.texts.values())


# Changes


def put(*way: Any) -> Change:
    """Set a value: put("subnet4", 0, "valid-lifetime", 60)."""
    *above, key, value = way

    def change(live: dict[str, Any]) -> None:
        _at(live, above)[key] = value

    return change


def add(*way: Any) -> Change:
    """Append an item to a list."""
    *above, value = way

    def change(live: dict[str, Any]) -> None:
        _at(live, above, list).append(value)

    return change


def drop(*way: Any) -> Change:
    """Remove a key or an item."""
    *above, key = way

    def change(live: dict[str, Any]) -> None:
        del _at(live, above)[key]

    return change


def _at(node: Any, way: Any, last: type = dict) -> Any:
    """What stands there; made where nothing does."""
    for number, step in enumerate(way):
        node = (
            node.setdefault(step, (last if number == len(way) - 1 else dict)())
            if isinstance(node, dict)
            else node[step]
        )
    return node


def by_chance(live: dict[str, Any], chance: random.Random, daemon: Daemon) -> None:
    """One change somewhere, sensible or not."""
    places = [(way, value) for way, value in _walk(live) if way]
    while True:
        way, value = chance.choice(places)
        above, key = _at(live, way[:-1]), way[-1]
        if isinstance(value, bool):
            above[key] = not value
        elif isinstance(value, int):
            above[key] = max(0, value + chance.choice([1, 10, 60, -1]))
        elif isinstance(value, str) and key in (
            "hostname",
            "test",
            "output",
            "boot-file-name",
            "socket-name",
            "domain-name",
        ):
            above[key] = f"{value}x"
        elif isinstance(value, str) and key == "data" and value[-1:].isdigit():
            above[key] = value[:-1] + str((int(value[-1]) + 1) % 10)
        elif isinstance(value, dict) and isinstance(above, list) and chance.random() < 0.5:
            del above[key]
        elif isinstance(value, list) and key in _NEW and (key not in _AT_THE_TOP or len(way) == 1):
            value.append(_NEW[key](chance, daemon.family or 4))
        elif chance.random() < 0.05 and isinstance(above, dict) and not isinstance(value, dict | list):
            del above[key]
        else:
            continue
        return


_NEW: dict[str, Callable[[random.Random, int], dict[str, Any]]] = {
    "reservations": lambda chance, family: {
        "hw-address" if family == 4 else "duid": f"08:00:27:{chance.randrange(256):02x}:{chance.randrange(256):02x}:01",
        "hostname": f"host{chance.randrange(99)}",
    },
    "option-data": lambda chance, family: chance.choice(
        [
            {"name": "domain-name", "code": 15, "space": "dhcp4", "data": "new.example.org"},
            {"code": 224, "space": "dhcp4", "csv-format": False, "data": "ABCD"},
        ]
        if family == 4
        else [{"name": "domain-search", "code": 24, "space": "dhcp6", "data": "new.example.org"}]
    ),
    "pools": lambda chance, family: {"pool": "10.20.99.0/26" if family == 4 else "2001:db8:20::9:0/124"},
    "subnet4": lambda chance, _: {
        "id": chance.randrange(1000, 9999),
        "subnet": f"10.{chance.randrange(100, 200)}.0.0/24",
    },
    "subnet6": lambda chance, _: {
        "id": chance.randrange(1000, 9999),
        "subnet": f"2001:db8:{chance.randrange(4096, 65535):x}::/64",
    },
    "client-classes": lambda chance, _: {"name": f"class{chance.randrange(99)}", "test": "member('ALL')"},
    "loggers": lambda chance, family: {
        "name": f"kea-dhcp{family}.leases",
        "severity": "DEBUG",
        "output-options": [{"output": "stdout"}],
    },
}


_AT_THE_TOP = ("client-classes", "loggers")
"""Lists that are something else further down."""


def _walk(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield way, node
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in items:
        yield from _walk(value, (*way, step))
