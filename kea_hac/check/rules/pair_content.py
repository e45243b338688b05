"""What two partners lease from, compared in the form of `kea_hac.changes`: each difference once, at its place.

Both sides are predicted as config-get of one version shows them, the newer of the two, without what each server has of its
own. Another order, another spelling and a written default are then no difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kea_hac.changes.change import ABSENT, ORDER, Key, Path, Value
from kea_hac.check.rules.partners import Side
from kea_hac.check.rules.relationship import relationships_of
from kea_hac.compiler.equality import UNEQUAL
from kea_hac.diagnostics import Finding, Route
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.values import display_value
from kea_hac.source.secrets import names_secret

if TYPE_CHECKING:
    from kea_hac.changes.three_way import Difference

_OWN = frozenset(
    {
        "interfaces-config",
        "control-socket",
        "control-sockets",
        "hooks-libraries",
        "loggers",
        "lease-database",
        "hosts-databases",
        "config-control",
        "multi-threading",
        "dhcp-queue-control",
        "data-directory",
        "server-id",
        "server-tag",
        "user-context",
        "comment",
        "interface",
        "sender-ip",
        "sender-port",
        "server-ip",
        "server-port",
    }
)
"""What each server has of its own: where it runs, not what it leases."""
_NAMES = {
    "subnet4": ("subnet", "subnet"),
    "subnet6": ("subnet", "subnet"),
    "shared-networks": ("shared network", "name"),
    "pools": ("pool", "pool"),
    "pd-pools": ("pd pool", "prefix"),
    "client-classes": ("class", "name"),
    "option-def": ("option def", "name"),
}
"""What the items of a list are called, and the key that names one."""
_FIX = "set the same value on both servers"


def unequal(one: Side, two: Side) -> Iterator[Finding]:
    """Every difference between two partners' configurations, at its place in the second file or else in the first."""
    from kea_hac.changes.three_way import Difference, compare
    from kea_hac.kea.config_get import predict  # here, because every start imports all rules

    daemon = one.configuration.daemon
    version = max((each.configuration.version for each in (one, two)), key=lambda each: each.branch.order)
    hub = max(len(relationships_of(each.configuration)) for each in (one, two)) > 1
    written = (_shared(one, two), _shared(two, one))
    if written[0] == written[1]:
        return
    first, second = (predict(daemon, each, version) for each in written)
    undefined = [*_without_default(one, two), *_without_default(two, one)]
    known = {each.at for each in undefined}
    yield from undefined
    for found in compare(daemon, version.branch, None, first, second):
        if isinstance(found, Difference) and not any(step in _OWN for step in found.path):
            if hub and _is_item(found.path) and found.path[-2] in ("subnet4", "subnet6", "shared-networks"):
                continue  # a spoke has only some of the subnets of its hub
            result = _finding(found, one, two)
            if result.at not in known:
                yield result


def _shared(side: Side, other: Side) -> Block:
    """The map without the server's own keys. A default that is another one in the partner's version is written out."""
    config = side.configuration.config
    result = Block(config.at, {key: value for key, value in config.items() if key not in _OWN}, config.moved)
    for key, default in _other_defaults(side, other):
        if default is not None:
            result.put(key, default, config.at)
    return result


def _other_defaults(side: Side, other: Side) -> Iterator[tuple[str, Json]]:
    """The keys that only the partner writes, and whose default is another one in its version: with the default of this side."""
    own, partners = (each.configuration for each in (side, other))
    keywords = program(own.daemon.name).scopes[own.daemon.top].keywords
    for key in partners.config.keys() - own.config.keys() - _OWN:
        if key in keywords:
            default = keywords[key].fact("default", own.version.branch)
            if default != keywords[key].fact("default", partners.version.branch):
                yield key, default


def _without_default(side: Side, other: Side) -> Iterator[Finding]:
    """Such keys where this side has no value: the prediction shows the default of the partner's version for both."""
    config = other.configuration.config
    for key, default in _other_defaults(side, other):
        if default is None:
            message = f"{key!r} is {_said(config[key], key)} on {other.label}, and {_said(None, key)} on {side.label}"
            related = ((side.configuration.config.at, "the partner's"),)
            yield Finding(UNEQUAL, config.where(key), message, related=related, fix=_FIX)


def _is_item(path: Path) -> bool:
    return isinstance(path[-1], Key)


def _finding(found: Difference, one: Side, two: Side) -> Finding:
    from kea_hac.changes.three_way import LIVE, SPEC

    values = (found.values[SPEC], found.values[LIVE])
    routes = (_place(found.route, one, found.path), _place(found.live_route, two, found.path))
    if _is_item(found.path) and ABSENT in values:
        lacking, number = (one, 1) if values[0] is ABSENT else (two, 0)
        return _missing(found.path, values[number], lacking, routes[number], routes[1 - number])
    key = str(found.path[-2] if found.path[-1] == ORDER else found.path[-1])
    what = f"the order of {key!r}" if found.path[-1] == ORDER else repr(key)
    here, there = (0, 1) if values[1] is ABSENT or routes[1][-1:] != (key,) else (1, 0)
    message = f"{what} is {_said(values[1], key)} on {two.label}, and {_said(values[0], key)} on {one.label}"
    related = ((routes[there], "the value of the partner" if values[there] is not ABSENT else "the partner's"),)
    return Finding(UNEQUAL, routes[here], message, related=related, fix=_FIX)


def _place(route: Route | None, side: Side, path: Path) -> Route:
    """The place in the side's own file; of a default of Kea, which is written nowhere, the place where it would be."""
    config = side.configuration.config
    return route if route and route[: len(config.at)] == config.at else config.where(str(path[0]))


def _said(value: Value, key: str) -> str:
    if names_secret(key):
        return "a secret"
    if value is ABSENT or value is None:
        return "not there"
    return ", ".join(map(str, value)) or "empty" if isinstance(value, list) else display_value(value)


def _missing(path: Path, item: Value, lacking: Side, at: Route, elsewhere: Route) -> Finding:
    listed = str(path[-2])
    kind, names = _NAMES.get(listed, (listed.removesuffix("s").replace("-", " "), "name"))
    name = next((item[key] for key in (names, "name", "code") if item.get(key)), "") if isinstance(item, dict) else ""
    place = item.where(names) if isinstance(item, Block) and names in item and listed in _NAMES else at
    related = ((elsewhere, f"{lacking.label} has not"),)
    return Finding(UNEQUAL, place, f"{lacking.label} lacks the {kind} {name}".rstrip(), related=related, fix=_FIX)
