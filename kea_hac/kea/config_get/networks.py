"""Subnets and shared networks as config-get shows them, with the values that Kea copies into them.

Facts: network.cc, subnet.cc, shared_network.cc, cfg_4o6.cc, simple_parser4.cc, simple_parser6.cc and the parsers at all
five tags. A value is copied once, while the configuration is parsed: from the top into networks and plain subnets, from a
network into its subnets. It keeps the route of where it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial

from kea_hac.diagnostics import Route
from kea_hac.kea.addressing import packed, read_prefix, without_blanks
from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.class_keys import put_class_keys
from kea_hac.kea.config_get.options import option_data
from kea_hac.kea.config_get.pools import pd_pools, pools
from kea_hac.kea.config_get.reservations import reservations
from kea_hac.kea.config_get.scalars import DROPPED_WHEN_EMPTY, put_scalars
from kea_hac.kea.config_get.target import (
    SCALARS,
    Target,
    address_shown,
    finished,
    given,
    in_32_bits,
    maps,
    number_shown,
    where_in,
    with_context,
)
from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.version import Branch
from kea_hac.regex import regex

Inherited = Mapping[str, tuple[Json, Route]]
"""What a parent hands down: key → value and where it was written."""

_WRITTEN = frozenset({"subnet", "id", "name", "4o6-interface", "4o6-interface-id", "4o6-subnet"})
_NUMBER = regex(r"[+-]?[0-9]{1,10}\Z")
_4O6 = ("4o6-interface", "4o6-interface-id", "4o6-subnet")


@cache
def copied_keys(name: ProgramName, scope: str, branch: Branch) -> tuple[str, ...]:
    """The single values that Kea copies into a map of this scope."""
    known = program(name).scopes[scope].keywords
    return tuple(
        key
        for key, word in known.items()
        if branch in word.branches and word.kind in SCALARS and word.fact("inherited-copied", branch)
    )


def subnets(target: Target, entries: Json, inherited: Inherited, ids: Mapping[int, int], *, plain: bool) -> list[Block]:
    """A `subnet4` or `subnet6` list, by id. `plain`: at the top; `ids`: the number of each map that has none."""
    result = [_once(target, entry, inherited, ids, plain) for entry in maps(entries)]
    result.sort(key=_by_id)
    return result


def shared_networks(target: Target, entries: Json, inherited: Inherited, ids: Mapping[int, int]) -> list[Block]:
    """The `shared-networks` list, by name."""
    result = [_network(target, entry, inherited, ids) for entry in maps(entries)]
    result.sort(key=_by_name)
    return result


def automatic_ids(target: Target, config: Mapping[str, Json]) -> dict[int, int]:
    """Up to 2.4: the numbers of subnets without an id, from 1, those of shared networks first; by the `id()` of each map."""
    numbered: dict[int, int] = {}
    key = target.daemon.subnets
    inside = (subnet for network in maps(config.get("shared-networks")) for subnet in maps(network.get(key)))
    for subnet in (*inside, *maps(config.get(key))):
        if not subnet.get("id"):
            numbered[id(subnet)] = len(numbered) + 1
    return numbered


def _by_id(block: Block) -> int:
    number = block["id"]
    return number if isinstance(number, int) else 0


def _by_name(block: Block) -> str:
    return str(block.get("name", ""))


def _once(
    target: Target, entry: Mapping[str, Json], inherited: Inherited, ids: Mapping[int, int], plain: bool
) -> Block:
    """A subnet, which is made once for all configurations that have it and hand the same down to it."""
    if target.shared is None:
        return _subnet(target, entry, inherited, ids, plain)
    kinds = [value.__class__ for value, _ in inherited.values()]  # 1, 1.0 and true are equal to Python
    make = partial(_subnet, target, entry, inherited, ids, plain)
    return target.shared.of(entry, make, target, inherited, kinds, ids.get(id(entry)), plain)


def _subnet(
    target: Target, entry: Mapping[str, Json], inherited: Inherited, ids: Mapping[int, int], plain: bool
) -> Block:
    scope = target.daemon.subnets
    result, moved = _common(target, scope, entry, inherited)
    result["id"] = entry.get("id") or ids.get(id(entry), entry.get("id"))
    result["subnet"] = _prefix(target, entry.get("subnet"))
    if target.family == 4:
        for key in _4O6:
            result[key] = entry.get(key) or ""
        result["4o6-subnet"] = _4o6_prefix(result["4o6-subnet"])
    elif plain:
        result.setdefault("rapid-commit", False)
    result["pools"] = pools(target, entry.get("pools"))
    if target.family == 6:
        result["pd-pools"] = pd_pools(target, entry.get("pd-pools"))
    result["reservations"] = reservations(target, entry.get("reservations"))
    _fill_lifetimes(result, moved)
    return finished(entry, result, moved)


def _network(target: Target, entry: Mapping[str, Json], inherited: Inherited, ids: Mapping[int, int]) -> Block:
    result, moved = _common(target, "shared-network", entry, inherited)
    if entry.get("name"):
        result["name"] = entry["name"]
    if target.family == 6:
        result.setdefault("rapid-commit", False)
    below = {
        key: (result[key], moved.get(key) or where_in(entry, key))
        for key in copied_keys(target.program.name, target.daemon.subnets, target.branch)
        if key in result
    }
    if "relay" in entry:
        below["relay"] = (result["relay"], where_in(entry, "relay"))
    key = target.daemon.subnets
    result[key] = subnets(target, entry.get(key), below, ids, plain=False)
    _fill_lifetimes(result, moved)
    return finished(entry, result, moved)


def _common(
    target: Target, scope: str, entry: Mapping[str, Json], inherited: Inherited
) -> tuple[dict[str, Json], dict[str, Route]]:
    """What subnets and networks have in common, lifetimes not yet filled."""
    result: dict[str, Json] = {}
    moved: dict[str, Route] = {}
    put_scalars(target, scope, entry, result, moved, _WRITTEN)
    for key in DROPPED_WHEN_EMPTY:
        if result.get(key) == "":
            del result[key]
    if "next-server" in result:
        result["next-server"] = address_shown(result["next-server"], 4)
    put_class_keys(target, scope, entry, result, moved)
    for key, (value, route) in inherited.items():
        if key not in result and key != "relay":
            result[key] = value
            moved[key] = route
    in_32_bits(result)
    result["relay"] = _relay(target, entry, inherited, moved)
    result["option-data"] = option_data(target, entry.get("option-data"), target.custom)
    with_context(entry, result, moved)
    return result, moved


def _relay(target: Target, entry: Mapping[str, Json], inherited: Inherited, moved: dict[str, Route]) -> Json:
    relay = entry.get("relay")
    if not isinstance(relay, Mapping):
        if "relay" in inherited:
            moved["relay"] = inherited["relay"][1]
            return inherited["relay"][0]
        return {"ip-addresses": []}
    key = given(relay, "ip-addresses", "ip-address")
    written = relay[key] if key else []
    addresses = written if isinstance(written, list) else [written]
    shown: dict[str, Json] = {"ip-addresses": [address_shown(each, target.family) for each in addresses]}
    return finished(relay, shown, {"ip-addresses": where_in(relay, "ip-address")} if key == "ip-address" else None)


def _prefix(target: Target, text: Json) -> Json:
    prefix = read_prefix(without_blanks(text), target.family) if isinstance(text, str) else None
    return f"{number_shown(prefix.family, prefix.address)}/{prefix.length}" if prefix else text


def _4o6_prefix(text: Json) -> Json:
    """Kea takes addresses of either family here, and keeps eight bits of any length."""
    if not isinstance(text, str):
        return text
    base, _, length = text.partition("/")
    family = 6 if ":" in base else 4
    raw = packed(base, family)
    if raw is None or not _NUMBER.match(length):
        return text
    shown = f"{number_shown(family, int.from_bytes(raw))}/{int(length) & 0xFF}"
    return "" if shown == "::/128" else shown


def _fill_lifetimes(result: dict[str, Json], moved: dict[str, Route]) -> None:
    """The least and the most of a lifetime are shown whenever one of the three is set (SimpleParser::parseIntTriplet)."""
    for name in ("valid-lifetime", "preferred-lifetime"):
        least, most = f"min-{name}", f"max-{name}"
        if name not in result:
            source = least if least in result else most if most in result else None
            if source is None:
                continue
            _copy(result, moved, source, name)
        for key in (least, most):
            if key not in result:
                _copy(result, moved, name, key)


def _copy(result: dict[str, Json], moved: dict[str, Route], source: str, key: str) -> None:
    result[key] = result[source]
    if source in moved:
        moved[key] = moved[source]
