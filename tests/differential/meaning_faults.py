"""One mistake of meaning: every value is of the right form, and what they say together is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from random import Random
from typing import Any

from kea_hac.kea.grammar import Program
from kea_hac.kea.version import Branch
from tests.differential.faulty_values import (
    ADDRESSES,
    DEFINITIONS,
    HARDWARE,
    HOOK_LIBRARIES,
    IDENTIFIERS,
    LOGGERS,
    OPTION_DATA,
    POOLS,
    PREFIXES,
    TESTS,
)
from tests.differential.grammar_faults import sample
from tests.differential.making import CLASH_GROUPS
from tests.differential.places import Place, places

Operator = Callable[[Random, Program, Branch, dict[str, Any]], str | None]


def _any_of(key: str | tuple[str, ...], choices: tuple[Any, ...], scope: str | None = None) -> Operator:
    """An operator that puts one of `choices` for a key somewhere; where no map says the key, one that may."""
    keys = (key,) if isinstance(key, str) else key

    def spoil(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
        found = [
            (place, each)
            for place in places(program, config)
            for each in keys
            if each in place.keywords(branch) and scope in (None, place.scope.name)
        ]
        if not found:
            return None
        place, each = chance.choice([pair for pair in found if pair[1] in pair[0].map] or found)
        chosen = chance.choice(choices)
        listed = each.endswith("es") and each != "socket-address"
        place.map[each] = [chosen] if listed else chosen
        return f"{place.scope.name} {each}: {chosen}"

    return spoil


def _maps(program: Program, config: dict[str, Any], *names: str) -> list[Place]:
    return [place for place in places(program, config) if place.scope.name in names]


def bad_pool(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
    """A pool that reads badly, or lies outside its subnet."""
    pools = [place for place in _maps(program, config, "pool") if place.parent is not None]
    if not pools:
        return None
    place = chance.choice(pools)
    subnet = str((place.parent or {}).get("subnet", "")).partition("/")[0]
    low, high = (
        ("4", "9") if program.name == "dhcp6" else (subnet.rpartition(".")[0] + ".4", subnet.rpartition(".")[0] + ".9")
    )
    if program.name == "dhcp6":
        low, high = subnet + low, subnet + high
    place.map["pool"] = chance.choice(POOLS).format(a=low, b=high)
    return f"pool: {place.map['pool']} in {subnet}"


def overlapping_pool(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
    """A pool, or a prefix pool, twice in its subnet, or widened over another."""
    subnets = [
        place
        for place in _maps(program, config, "subnet4", "subnet6")
        if place.map.get("pools") or place.map.get("pd-pools")
    ]
    if not subnets:
        return None
    subnet = chance.choice(subnets).map
    key = chance.choice([key for key in ("pools", "pd-pools") if subnet.get(key)])
    other = deepcopy(chance.choice(subnet[key]))
    if key == "pools" and chance.random() < 0.5:
        other["pool"] = str(subnet["subnet"])
    if key == "pd-pools" and chance.random() < 0.5:
        other["prefix-len"], other["delegated-len"] = chance.choice(
            ((40, 64), (56, 64), (48, 48), (48, 40), (64, 64), (47, 129))
        )
    subnet[key] = [*subnet[key], other]
    return f"{key}: one more {other.get('pool', other.get('prefix'))}"


def delegation(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
    """Prefix delegation whose lengths or exclusion do not fit."""
    pools = _maps(program, config, "pd-pool")
    if not pools:
        return None
    pool = chance.choice(pools).map
    prefix = str(pool.get("prefix", "2001:db8:8000::"))
    change = chance.choice((
        {"prefix-len": 65}, {"delegated-len": 40}, {"prefix-len": 0}, {"delegated-len": 128}, {"prefix-len": 48, "delegated-len": 48}, {"prefix": f"{prefix}1"},
        {"prefix": f"{prefix}/48"}, {"prefix": "192.0.2.0"}, {"prefix": ""}, {"excluded-prefix": prefix}, {"excluded-prefix-len": 72},
        {"excluded-prefix": prefix, "excluded-prefix-len": 64}, {"excluded-prefix": prefix, "excluded-prefix-len": 63}, {"excluded-prefix": "2001:db9::", "excluded-prefix-len": 72},
        {"excluded-prefix": "::", "excluded-prefix-len": 0}, {"excluded-prefix": "", "excluded-prefix-len": 72}, {"excluded-prefix": prefix, "excluded-prefix-len": 129},
        {"excluded-prefix": "192.0.2.0", "excluded-prefix-len": 72}, {"prefix-len": 44, "prefix": "2001:db8:8001::"}, {"prefix": "2001:db8:8001::1"},
    ))  # fmt: skip
    pool.update(change)
    return str(change)


def same_subnet(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
    """A subnet once more: with its id, with its prefix, inside it or around it."""
    subnets = _maps(program, config, "subnet4", "subnet6")
    if not subnets:
        return None
    place = chance.choice(subnets)
    holder = chance.choice([place.parent or config, config])
    other = {"id": 4001, "subnet": "203.0.113.0/24" if program.name == "dhcp4" else "2001:db8:fff::/64"}
    how = chance.choice(("id", "subnet", "inside", "around", "host bits", "whole", "id 0", "none"))
    wide, length = str(place.map.get("subnet", "")).rsplit("/", 1) if "/" in str(place.map.get("subnet")) else ("", "0")
    match how:
        case "id":
            other["id"] = place.map.get("id", 4001)
        case "subnet":
            other["subnet"] = place.map["subnet"]
        case "inside":
            other["subnet"] = f"{wide}/{int(length) + 2}"
        case "around":
            other["subnet"] = f"{wide}/{int(length) - 2}"
        case "host bits":
            other["subnet"] = (
                f"{wide.removesuffix('.0')}.7/{length}" if program.name == "dhcp4" else f"{wide}7/{length}"
            )
        case "whole":
            other = deepcopy(place.map)
        case "id 0":
            other["id"] = 0
        case _:
            del other["id"]
    key = place.scope.name
    holder[key] = [*holder.get(key, ()), other]
    return how


def same_reservation(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
    """Two reservations for one client, one address or one name; or an address outside its subnet."""
    found = [place for place in _maps(program, config, "reservation") if place.parent is not None]
    if not found:
        return None
    place = chance.choice(found)
    other, how = (
        deepcopy(place.map),
        chance.choice(
            ("whole", "client", "address", "hostname", "outside", "addresses", "two identifiers", "none", "nothing")
        ),
    )
    address = "ip-addresses" if program.name == "dhcp6" else "ip-address"
    one: Any = "2001:db8:1::aaaa" if program.name == "dhcp6" else "198.51.1.250"
    match how:
        case "client":
            other = {key: value for key, value in other.items() if key != address}
        case "address":
            other = {
                "hw-address": "02:00:00:00:00:01",
                **({address: place.map[address]} if address in place.map else {"hostname": "a"}),
            }
        case "hostname":
            other = {"hw-address": "02:00:00:00:00:02", "hostname": place.map.get("hostname", "b")}
        case "outside":
            other = {
                "hw-address": "02:00:00:00:00:03",
                address: ["2001:db9::1"] if program.name == "dhcp6" else "203.0.113.77",
            }
        case "addresses":
            other = {"hw-address": "02:00:00:00:00:04", address: [one, one] if program.name == "dhcp6" else "0.0.0.0"}
        case "two identifiers":
            other = {"hw-address": "02:00:00:00:00:05", "duid": "01:02:03:05", "hostname": "c"}
        case "none":
            other = {"hostname": "d"}
        case "nothing":
            other = {"hw-address": "02:00:00:00:00:06"}
    holder = place.parent or config
    holder["reservations"] = [*holder["reservations"], other]
    return how


def bad_classes(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
    """Classes that nothing defines, are defined twice, or come in the wrong order."""
    classes: list[dict[str, Any]] = config.get("client-classes") or []
    how = chance.choice(
        ("undefined", "twice", "reversed", "built-in", "empty name", "gone", "refers on", "refers to itself")
    )
    match how:
        case "undefined":
            users = [place for place in places(program, config) if "client-class" in place.keywords(branch)]
            if not users:
                return None
            chance.choice(users).map["client-class"] = "nowhere"
        case "twice":
            config["client-classes"] = [*classes, {"name": "alpha", "test": "member('ALL')"}]
        case "reversed":
            config["client-classes"] = [{"name": "first", "test": "member('alpha')"}, *classes]
        case "built-in":
            config["client-classes"] = [
                *classes,
                {
                    "name": chance.choice(
                        ("ALL", "KNOWN", "DROP", "SKIP_DDNS", "VENDOR_CLASS_x", "HA_x", "BOOTP", "AFTER_x")
                    )
                },
            ]
        case "empty name":
            config["client-classes"] = [*classes, {"name": ""}]
        case "gone":
            config.pop("client-classes", None)
        case "refers on":
            config["client-classes"] = [*classes, {"name": "last", "test": "member('alpha') and not member('KNOWN')"}]
        case _:
            config["client-classes"] = [*classes, {"name": "self", "test": "member('self')"}]
    return how


def both_given(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
    """Two keys of which a map can have one only."""
    found = [
        (place, group)
        for place in places(program, config)
        for group in CLASH_GROUPS
        if all(key in place.keywords(branch) and place.keywords(branch)[key].scope is None for key in group)
    ]
    if not found:
        return None
    place, group = chance.choice(found)
    words = place.keywords(branch)
    for key in group:
        place.map.setdefault(key, sample(chance, program, branch, place.scope.name, words[key]))
    return f"{place.scope.name}: {' and '.join(group)}"


def lifetimes(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
    """Lifetimes and timers in an order that makes no sense, or shares beyond one."""
    change = chance.choice((
        {"min-valid-lifetime": 9000}, {"max-valid-lifetime": 10}, {"min-valid-lifetime": 100, "max-valid-lifetime": 50}, {"renew-timer": 3000, "rebind-timer": 1000},
        {"renew-timer": 9000}, {"rebind-timer": 90000}, {"t1-percent": 0.9, "t2-percent": 0.5}, {"t1-percent": 1.0}, {"t2-percent": 1.5}, {"t1-percent": 0.0},
        {"preferred-lifetime": 90000}, {"min-preferred-lifetime": 9000}, {"cache-threshold": 1.0}, {"ddns-ttl-min": 100, "ddns-ttl-max": 10}, {"ddns-ttl-percent": 1.5},
        {"ddns-ttl": 10, "ddns-ttl-min": 5}, {"valid-lifetime": 0}, {"offer-lifetime": 90000}, {"ddns-ttl-percent": 0.0}, {"calculate-tee-times": True, "t1-percent": 0.9},
    ))  # fmt: skip
    found = [place for place in places(program, config) if all(key in place.keywords(branch) for key in change)]
    if not found:
        return None
    place = chance.choice(found)
    place.map.update(change)
    return f"{place.scope.name}: {change}"


def _listed(holder: str, choices: tuple[Any, ...]) -> Operator:
    """An operator that adds one of `choices` to a list of maps somewhere."""

    def spoil(chance: Random, program: Program, branch: Branch, config: dict[str, Any]) -> str | None:
        found = [place for place in places(program, config) if holder in place.keywords(branch)]
        if not found:
            return None
        place, item = chance.choice(found), deepcopy(chance.choice(choices))
        place.map[holder] = [*place.map.get(holder, ()), item]
        return f"{place.scope.name}: {item}"

    return spoil


OPERATORS: Mapping[str, Operator] = {
    "bad address": _any_of(("ip-address", "ip-addresses", "next-server", "server-ip", "sender-ip", "socket-address", "http-host", "interfaces"), ADDRESSES),
    "bad prefix": _any_of(("subnet", "4o6-subnet", "prefixes"), PREFIXES),
    "bad pool": bad_pool,
    "overlapping pool": overlapping_pool,
    "prefix delegation": delegation,
    "same subnet": same_subnet,
    "same reservation": same_reservation,
    "bad hardware address": _any_of("hw-address", HARDWARE),
    "bad identifier": _any_of(("duid", "client-id", "circuit-id", "flex-id"), IDENTIFIERS),
    "bad option data": _listed("option-data", OPTION_DATA),
    "bad option definition": _listed("option-def", DEFINITIONS),
    "bad expression": _any_of("test", TESTS),
    "bad classes": bad_classes,
    "both given": both_given,
    "lifetimes": lifetimes,
    "bad hook": _listed("hooks-libraries", HOOK_LIBRARIES),
    "bad logger": _listed("loggers", LOGGERS),
}  # fmt: skip
NEEDS: Mapping[str, str] = {
    "bad pool": "pool",
    "overlapping pool": "pool",
    "prefix delegation": "pd-pool",
    "same subnet": "subnet",
    "same reservation": "reservation",
    "bad hardware address": "reservation",
    "bad identifier": "reservation",
}
"""The scope that a configuration must have for an operator to find something; `subnet` is the family's own."""
