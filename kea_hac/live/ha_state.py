"""status-get → the HA state of each relationship as its servers report it, and the servers of a site side by side.

Shapes as 2.2.0, 2.6.3 and 3.0.4 were seen to answer (`HAService::processStatusGet`, `CommunicationState::getReport`): 2.2
names no servers, 3.0 adds the clocks. A backup, and every server in passive-backup, reports no partner. After a
config-set that HA refuses, `high-availability` is missing while config-get still shows the library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from kea_hac.kea.config import Daemon
from kea_hac.live.endpoint import Live, Unread
from kea_hac.model.site import Peer, Relationship, Site
from kea_hac.records import dataclass


class Phase(StrEnum):
    """The meaning of a state of the HA library for the pair."""

    NORMAL = "normal"
    ALONE = "alone"
    """It serves for its partner too, which is down or in maintenance."""
    STARTING = "starting"
    """It answers no client until it is done: new clients wait for its partner, or for it."""
    RECOVERY = "recovery"
    """No communication with its partner; each serves its own clients and keeps the lease updates for the other."""
    MAINTENANCE = "maintenance"
    """It answers no client; its partner serves for it."""
    STOPPED = "stopped"
    """HA has ended itself: clocks too far apart, or more rejected lease updates than `max-rejected-lease-updates`. It comes back when
    the cause is gone and both servers are reloaded or restarted: one alone waits beside a terminated partner and answers no
    client (seen on 2.6.3 and 3.0.4)."""
    UNKNOWN = "unknown"


PHASES: Mapping[str, Phase] = MappingProxyType(
    {
        "hot-standby": Phase.NORMAL,
        "load-balancing": Phase.NORMAL,
        "passive-backup": Phase.NORMAL,
        "backup": Phase.NORMAL,
        "partner-down": Phase.ALONE,
        "partner-in-maintenance": Phase.ALONE,
        "waiting": Phase.STARTING,
        "syncing": Phase.STARTING,
        "ready": Phase.STARTING,
        "communication-recovery": Phase.RECOVERY,
        "in-maintenance": Phase.MAINTENANCE,
        "terminated": Phase.STOPPED,
    }
)
"""Every state of ha_service_states.cc of 3.0.4 but `unavailable`, which is only reported of a partner."""


@dataclass(frozen=True, slots=True)
class Partner:
    """What a server reports about its partner."""

    name: str | None
    """Its HA peer name; 2.2 does not say."""
    role: str | None
    last_state: str | None
    """The last known state, `unavailable` included; None where there never was one."""
    heard: bool
    """There was communication at some time (`in-touch`): also true for a partner that is down now."""
    interrupted: bool
    """No heartbeat has come through for max-response-delay."""
    age: int | None
    """Seconds since the last successful message. None where there was none."""
    unacked: int | None
    """Clients that the partner seems to leave without an answer."""
    unacked_left: int | None
    """How many more are needed until the partner counts as down; counted while the communication is interrupted."""
    clock_skew: int | None
    """Seconds that the partner's clock is ahead, at the last heartbeat (3.0+)."""

    @property
    def reachable(self) -> bool:
        """True when the last thing known of it is that it answers."""
        return self.heard and not self.interrupted and self.last_state != "unavailable"


@dataclass(frozen=True, slots=True)
class Relation:
    """One relationship as a server sees it."""

    mode: str | None
    name: str | None
    """This server's own HA peer name; 2.2 does not say."""
    role: str | None
    state: str | None
    scopes: tuple[str, ...]
    """The peer names of those whose clients it serves now."""
    partner: Partner | None
    """None for a backup and in passive-backup: no partner is watched."""

    @property
    def phase(self) -> Phase:
        """The meaning of its state."""
        return PHASES.get(self.state or "", Phase.UNKNOWN)


@dataclass(frozen=True, slots=True)
class HaState:
    """What one daemon reports about its HA."""

    relations: tuple[Relation, ...]
    """In the order of its configuration. Empty where no HA runs, whatever config-get shows."""
    disabled_by: tuple[str, ...]
    """Who has switched its DHCP service off (2.6+): "user" (dhcp-disable), "database", "local", "remote" (HA itself)."""


def ha_state(status: Mapping[str, Any] | None) -> HaState | None:
    """Read the arguments of status-get. None where there are none. Never raises: what is malformed is left out."""
    if status is None:
        return None
    listed = status.get("high-availability")
    relations = (
        tuple(_relation(each) for each in listed if isinstance(each, Mapping)) if isinstance(listed, list) else ()
    )
    return HaState(relations, _disabled_by(status.get("dhcp-state")))


def _relation(written: Mapping[str, Any]) -> Relation:
    servers = _map(written.get("ha-servers"))
    local = _map(servers.get("local"))
    remote = servers.get("remote")
    scopes = local.get("scopes")
    return Relation(
        mode=_text(written.get("ha-mode")),
        name=_text(local.get("server-name")),
        role=_text(local.get("role")),
        state=_text(local.get("state")),
        scopes=tuple(each for each in scopes if isinstance(each, str)) if isinstance(scopes, list) else (),
        partner=_partner(remote) if isinstance(remote, Mapping) else None,
    )


def _partner(written: Mapping[str, Any]) -> Partner:
    heard = written.get("in-touch") is True
    return Partner(
        name=_text(written.get("server-name")),
        role=_text(written.get("role")),
        last_state=_text(written.get("last-state")),
        heard=heard,
        interrupted=written.get("communication-interrupted") is True,
        age=_number(written.get("age")) if heard else None,
        unacked=_number(written.get("unacked-clients")),
        unacked_left=_number(written.get("unacked-clients-left")),
        clock_skew=_number(written.get("clock-skew")),
    )


_WHO = {
    "disabled-by-user": "user",
    "disabled-by-db-connection": "database",
    "disabled-by-local-command": "local",
    "disabled-by-remote-command": "remote",
}


def _disabled_by(written: Any) -> tuple[str, ...]:
    state = _map(written)
    return tuple(who for key, who in _WHO.items() if state.get(key) not in (None, False, []))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# -- a site ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A server's place in one relationship of the spec, and what is known of it now."""

    daemon: Daemon
    relationship: Relationship
    peer: Peer
    own: Relation | None
    """Its own report. None when it could not be read, or has no such relationship."""
    reported: Partner | None
    """The report of its partner about it."""
    answers: bool
    """It was read."""
    running: bool | None
    """False for a server that was read and does not run this relationship, although the spec gives it one. None: not known."""

    @property
    def server(self) -> str:
        """The server's name in the spec."""
        return self.peer.node.name

    @property
    def state(self) -> str | None:
        """Its own report, else the last state that its partner knows."""
        return self.own.state if self.own else self.reported.last_state if self.reported else None


def server_statuses(site: Site, lives: Iterable[Live | Unread]) -> tuple[ServerStatus, ...]:
    """Every server in every relationship of the spec, family by family, peers in the order of the spec.

    A saved answer has no status, so that nothing is known of its server's state.
    """
    read = {(each.server, each.daemon.name): each for each in lives if isinstance(each, Live)}
    found: list[ServerStatus] = []
    for name, family in site.families.items():
        for relationship in family.relationships:
            own = {
                peer.name: _own(read.get((peer.node.name, name)), family.of(peer.node).index(relationship), peer)
                for peer in relationship.peers
            }
            for peer in relationship.peers:
                live = read.get((peer.node.name, name))
                known = live is not None and live.status is not None
                found.append(
                    ServerStatus(
                        family.daemon,
                        relationship,
                        peer,
                        own[peer.name],
                        _reported(own, relationship, peer),
                        answers=live is not None,
                        running=own[peer.name] is not None if known else None,
                    )
                )
    return tuple(found)


def _own(live: Live | None, place: int, peer: Peer) -> Relation | None:
    """A server's report on the relationship: by its HA name in it, else (2.2, which has but one) by its place."""
    state = ha_state(live.status) if live is not None else None
    relations = state.relations if state is not None else ()
    named = next((each for each in relations if each.name == peer.name), None)
    if named is not None or place >= len(relations):
        return named
    return relations[place] if relations[place].name is None else None


def _reported(own: Mapping[str, Relation | None], relationship: Relationship, peer: Peer) -> Partner | None:
    """The report of the other of the two active servers; nobody reports on a backup."""
    for other in relationship.peers:
        relation = own[other.name]
        partner = relation.partner if relation is not None and other is not peer else None
        if partner is not None and (partner.name or partner.role) == (peer.name if partner.name else peer.role):
            return partner
    return None
