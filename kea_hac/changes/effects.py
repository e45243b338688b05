"""What one change of a configuration does: the closed list of effects, by the place of the change. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from kea_hac.changes.change import ABSENT, ORDER, Key, Path, Value
from kea_hac.changes.leasing import GUARD_KEYS, IDENTIFIERS
from kea_hac.changes.matching import bounds
from kea_hac.kea.config import Daemon
from kea_hac.kea.hooks import HIGH_AVAILABILITY
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.records import dataclass


class Effect(StrEnum):
    """What clients and operators notice of a change. The list is closed."""

    CLIENTS_AT_RENEWAL = "clients-at-renewal"
    """Options, timers, names: a client gets them at its next renewal; nothing is interrupted."""
    ADDS_LEASING = "adds-leasing"
    """Something can be leased that could not before. Decides the order of the servers."""
    REMOVES_LEASING = "removes-leasing"
    """Something can no longer be leased. Decides the order of the servers."""
    ORPHANS_LEASES = "orphans-leases"
    """Clients may have leases on what is removed."""
    HA_RELATIONSHIP = "ha-relationship"
    """Names, roles, urls, mode or TLS of HA: all servers of the relationship change in one window."""
    CHANNEL = "channel"
    """How kea-hac, Micetro and Stork reach the server changes with the rollout."""
    PROCESS = "process"
    """Needs a restart or another program, not only a reload."""
    HOST = "host"
    """The host must provide something new."""
    VERSION = "version"
    """Another version of Kea."""
    NONE = "none"
    """No client notices it."""


EFFECTS_IN_ORDER = tuple(Effect)
_MOVED = (Effect.ADDS_LEASING, Effect.REMOVES_LEASING, Effect.ORPHANS_LEASES)
_LOST = (Effect.REMOVES_LEASING, Effect.ORPHANS_LEASES)
_GAINED = (Effect.ADDS_LEASING,)
_CLIENTS = (Effect.CLIENTS_AT_RENEWAL,)
_QUIET = frozenset(
    {
        "user-context",
        "comment",
        "loggers",
        "sanity-checks",
        "multi-threading",
        "dhcp-queue-control",
        "expired-leases-processing",
        "decline-probation-period",
        "parked-packet-limit",
        "server-tag",
        "statistic-default-sample-age",
        "statistic-default-sample-count",
        "pool-id",
    }
)
"""Keys of which no client notices anything."""
_SOCKETS = frozenset({"control-socket", "control-sockets", "http-host", "http-port", "authentication", *TLS_KEYS})
_LEASED_LISTS = ("subnet4", "subnet6", "shared-networks", "pools", "pd-pools", "reservations")
_RESERVED = frozenset({"ip-address", "ip-addresses", "prefixes"})
_SELECTORS = frozenset({"interface", "interface-id", "relay"})
_PEER_KEYS = frozenset({"peers", "mode", "this-server-name", "multi-threading", "require-client-certs", *TLS_KEYS})
"""Keys of a relationship on which its servers must agree, or by which they reach each other."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What has to be known of both configurations to judge one change."""

    guards: Collection[str] = ()
    """The classes that restrict a subnet or a pool, or that such a class depends on."""
    shrinks: Collection[str] = ()
    """Ids of subnets that are there before and after, and lose addresses or prefixes altogether."""
    grows: Collection[str] = ()
    """Ids of subnets that gain some."""


def effects_of(daemon: Daemon, path: Path, old: Value, new: Value, around: Surroundings) -> tuple[Effect, ...]:
    """The effects of one change of a daemon's configuration. Never empty."""
    names = [step for step in path if isinstance(step, str)]
    if daemon.family is None:
        return _of_agent(names)
    if not path:
        return (*(_GAINED if old is ABSENT else _LOST), Effect.PROCESS)
    top = names[0]
    if top in _SOCKETS:
        return (Effect.CHANNEL,)
    if top == "hooks-libraries":
        return _of_library(path, names)
    if top == "interfaces-config":
        return _of_interfaces(names, old, new)
    if top == "lease-database":
        return (Effect.ORPHANS_LEASES, Effect.PROCESS)
    if top in ("hosts-database", "hosts-databases"):
        return (Effect.ADDS_LEASING, Effect.REMOVES_LEASING, Effect.PROCESS)
    if top == "config-control":
        return (Effect.PROCESS,)
    if top == "client-classes":
        return _of_class(path, names, around)
    if top in _LEASED_LISTS:
        return _in_pools(path, old, new, _of_network(path, names, old, new), around)
    return _plain(names)


def _plain(names: list[str]) -> tuple[Effect, ...]:
    return (Effect.NONE,) if names[-1] == ORDER or _QUIET.intersection(names) else _CLIENTS


def _of_agent(names: list[str]) -> tuple[Effect, ...]:
    if names and names[0] in ("loggers", "user-context"):
        return (Effect.NONE,)
    return (Effect.CHANNEL, Effect.PROCESS)


def _of_library(path: Path, names: list[str]) -> tuple[Effect, ...]:
    if names[-1] == ORDER:
        return (Effect.PROCESS,)
    library = path[1] if len(path) > 1 else None
    high_availability = isinstance(library, Key) and library.value == HIGH_AVAILABILITY
    below = names[names.index("high-availability") + 1 :] if "high-availability" in names else []
    if high_availability and (len(path) <= 4 or not below or below[0] in _PEER_KEYS):
        return (Effect.HA_RELATIONSHIP, *((Effect.PROCESS,) if len(path) == 2 else ()))
    if high_availability:
        return (Effect.NONE,)
    return _CLIENTS if "parameters" in names else (Effect.PROCESS,)


def _of_interfaces(names: list[str], old: Value, new: Value) -> tuple[Effect, ...]:
    if names[-1] != "interfaces" or not isinstance(old, list) or not isinstance(new, list):
        return (Effect.PROCESS,)
    more, less = set(map(str, new)) - set(map(str, old)), set(map(str, old)) - set(map(str, new))
    return (*(_GAINED if more else ()), *((Effect.REMOVES_LEASING,) if less else ())) or (Effect.NONE,)


def _of_class(path: Path, names: list[str], around: Surroundings) -> tuple[Effect, ...]:
    if names[-1] == ORDER:
        return _CLIENTS
    name = path[1].value if len(path) > 1 and isinstance(path[1], Key) else ""
    selects = len(path) == 2 or names[-1] in ("test", "template-test", "name")
    return (Effect.ADDS_LEASING, Effect.REMOVES_LEASING) if selects and name in around.guards else _plain(names)


def _of_network(path: Path, names: list[str], old: Value, new: Value) -> tuple[Effect, ...]:
    """Below subnets, shared networks and global reservations."""
    last = path[-1]
    if isinstance(last, Key):
        return _of_item(names[-1], old, new)
    if last in ("id", "subnet", "prefix", "prefix-len", "delegated-len", *IDENTIFIERS):
        return _MOVED if last not in IDENTIFIERS or "reservations" in names else _CLIENTS
    if last == "pool":
        return _of_range(old, new)
    if last in _SELECTORS or "relay" in names:
        return (Effect.ADDS_LEASING, Effect.REMOVES_LEASING)
    if last in _RESERVED:
        return _came_or_went(_empty(old), _empty(new))
    if last in GUARD_KEYS:
        if "reservations" in names:
            return _CLIENTS
        return _GAINED if _empty(new) else _LOST if _empty(old) else _MOVED
    if last == "user-context" or "user-context" in names:
        return (Effect.HA_RELATIONSHIP,) if "ha-server-name" in names else (Effect.NONE,)
    return _plain(names)


def _in_pools(
    path: Path, old: Value, new: Value, effects: tuple[Effect, ...], around: Surroundings
) -> tuple[Effect, ...]:
    """What is cut in another way, or split between two servers, moves clients to other addresses; the addresses stay in use."""
    number = next((step.value for step in path if isinstance(step, Key) and step.name == "id"), "")
    if not {"pools", "pd-pools"}.intersection(each for each in path if isinstance(each, str)):
        return effects
    if path[-1] in GUARD_KEYS and not _of_servers(old, new):
        return effects
    if not isinstance(path[-1], Key) and path[-1] not in ("pool", "prefix", "prefix-len", *GUARD_KEYS):
        return effects
    dropped: set[Effect] = set() if number in around.shrinks else set(_LOST)
    dropped |= set() if number in around.grows else set(_GAINED)
    return tuple(each for each in effects if each not in dropped) or _CLIENTS


def _of_servers(*guards: Value) -> bool:
    """True for guards that only choose one of the servers of a load-balancing pair."""
    names = [each for value in guards for each in (value if isinstance(value, list) else [value])]
    return all(each in (ABSENT, "", None) or str(each).startswith("HA_") for each in names)


def _of_item(listed: str, old: Value, new: Value) -> tuple[Effect, ...]:
    """An item of a list comes or goes."""
    if listed not in _LEASED_LISTS:
        return _CLIENTS
    if listed == "reservations":
        return _came_or_went(not _addresses(old), not _addresses(new))
    if listed == "shared-networks" and not _holds_subnets(old) and not _holds_subnets(new):
        return _CLIENTS
    return _came_or_went(old is ABSENT, new is ABSENT)


def _came_or_went(was_empty: bool, is_empty: bool) -> tuple[Effect, ...]:
    if was_empty and is_empty:
        return _CLIENTS
    return _GAINED if was_empty else _LOST if is_empty else _MOVED


def _of_range(old: Value, new: Value) -> tuple[Effect, ...]:
    before, after = bounds(old), bounds(new)
    if before is None or after is None:
        return _MOVED
    less = before[1] < after[1] or before[2] > after[2]
    more = after[1] < before[1] or after[2] > before[2]
    return (*(_GAINED if more else ()), *(_LOST if less else ())) or (Effect.NONE,)


def _addresses(host: Value) -> bool:
    return isinstance(host, dict) and any(not _empty(host.get(key)) for key in _RESERVED)


def _holds_subnets(network: Value) -> bool:
    return isinstance(network, dict) and bool(network.get("subnet4") or network.get("subnet6"))


def _empty(value: Any) -> bool:
    return value is ABSENT or value in (None, "", []) or (isinstance(value, str) and not value.strip("0."))


def in_order(effects: Collection[Effect]) -> tuple[Effect, ...]:
    """Each once, in the order of the list; `none` only where there is no other."""
    found = tuple(each for each in EFFECTS_IN_ORDER if each in effects)
    return tuple(each for each in found if each is not Effect.NONE) or found
