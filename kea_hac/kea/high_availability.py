"""What libdhcp_ha knows: modes, roles, class names, defaults by mode. The vocabulary itself is `grammar.program("ha")`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.version import Branch, span
from kea_hac.records import dataclass


class Mode(StrEnum):
    """How the servers share the work. Case sensitive (ha_config.cc)."""

    LOAD_BALANCING = "load-balancing"
    HOT_STANDBY = "hot-standby"
    PASSIVE_BACKUP = "passive-backup"


class Role(StrEnum):
    """What one server is in a relationship."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    STANDBY = "standby"
    BACKUP = "backup"


REQUIRED_ROLES: Mapping[Mode, tuple[Role, ...]] = MappingProxyType(
    {
        Mode.LOAD_BALANCING: (Role.PRIMARY, Role.SECONDARY),
        Mode.HOT_STANDBY: (Role.PRIMARY, Role.STANDBY),
        Mode.PASSIVE_BACKUP: (Role.PRIMARY,),
    }
)
"""The roles that each mode needs exactly once (HAConfig::validate). Backups may be added in any mode, in any number."""

PARTNER_ROLES: Mapping[str, Role] = MappingProxyType(
    {
        Mode.LOAD_BALANCING: Role.SECONDARY,
        Mode.HOT_STANDBY: Role.STANDBY,
        Mode.PASSIVE_BACKUP: Role.BACKUP,
    }
)
"""What the partner of the primary is in each mode."""

CLOCK_SKEW_WARNING: int = program("ha").extra["runtime-limits"]["clock-skew-warning-seconds"]
"""Seconds between the clocks of two partners above which HA warns, in every version; not configurable (communication_state.cc)."""
CLOCK_SKEW_END: int = program("ha").extra["runtime-limits"]["clock-skew-termination-seconds"]
"""Seconds above which HA ends itself: the state becomes `terminated` (ARM, "Clock Skew")."""
LARGE_PAGE = 4000
"""Leases in a page for which the partner needs half a second (seen on 2.2.0, 2.6.3, 3.0.4)."""
SMALL_PAGE = 500
"""A value of sync-page-limit for which it needs 0.02 s."""
HUB_MODE = Mode.HOT_STANDBY
"""The one mode of servers that have several relationships (2.6 and newer; ha_config_parser.cc)."""

SERVER_TAG = "ha-server-name"
"""The key in the user-context of a subnet or shared network that names its relationship (2.6 and newer; ARM, "Hub and Spoke")."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something that the HA library demands or does, beside the types of its keys."""

    id: str
    condition: str
    effect: str
    """error, warning only, allowed, silently ignored, silently downgraded"""
    kind: str
    """enforced by parser, runtime, manual, note, or not enforced but needed in practice"""
    source: str
    branches: frozenset[Branch]


def roles_fit(mode: str, roles: Iterable[str]) -> bool:
    """True when the library accepts these roles in this mode: each required one once, and backups (HAConfig::validate)."""
    listed, needed = list(roles), REQUIRED_ROLES[Mode(mode)]
    return all(listed.count(role) == 1 for role in needed) and {*needed, Role.BACKUP}.issuperset(listed)


def peer_class(peer: str) -> str:
    """The class that the library gives a packet which `peer` is to serve (query_filter.cc)."""
    return f"HA_{peer}"


@lru_cache(512)
def default(keyword: str, branch: Branch, mode: Mode, scope: str = "relationship") -> Any:
    """The value that the library uses for a key that is not set; None when there is none."""
    known = program("ha").scopes[scope].keywords[keyword]
    by_mode = known.fact("default-by-mode", branch)
    return by_mode[mode] if by_mode else known.fact("default", branch)


def relationship_context(*levels: Block | None) -> Block | None:
    """The user-context that names the relationship of a subnet; None when there is none.

    `levels`: the subnet, then its shared network. The subnet's tag is used whatever its value is, null included
    (HAConfig::getSubnetServerName in ha_config.cc).
    """
    for level in levels:
        context = level.get("user-context") if level is not None else None
        if isinstance(context, Block) and SERVER_TAG in context:
            return context
    return None


def relationship_tag(*levels: Block | None) -> Json:
    """The peer that a subnet or its shared network names; None when none does. `levels` as in `relationship_context`."""
    context = relationship_context(*levels)
    return context[SERVER_TAG] if context is not None else None


def restricted_commands(family: str) -> frozenset[str]:
    """The commands that a listener with `restrict-commands: true` takes. `family`: dhcp4 or dhcp6. Read at Kea 3.2.0."""
    return frozenset(program("ha").extra["restricted-commands"][family])


@cache
def constraints() -> tuple[Constraint, ...]:
    """Everything that is known of the library's demands, for rules and their proofs."""
    return tuple(
        Constraint(row["id"], row["condition"], row["effect"], row["kind"], row["source"], span(row))
        for row in program("ha").extra["constraints"]
    )


def page_seconds(leases: int) -> float:
    """Seconds for which a server answers no client while it collects a page of leases in memfile, on the slowest of three versions.

    Memfile_LeaseMgr counts from the start of the page for every lease in it, and holds its lock meanwhile: twice the leases take four times
    as long.
    Seen with 8,000: 3.4 s on 2.2.0, 2.2 s on 2.6.3, 2.1 s on 3.0.4; with 500: 0.02 s on all.
    """
    return 3.4 * (leases / 8000) ** 2
