"""The HA relationships of one family: their servers, listeners and modes.

A mistake that only shows when several parts of the spec are compared is reported here, once. What depends on a reported
mistake is not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kea_hac.diagnostics import (
    REMOVE_IT,
    THE_SUBJECT,
    Finding,
    FindingSink,
    KeaVerdict,
    Route,
    refused,
    rule,
    set_it,
    warning,
)
from kea_hac.kea.config import Block
from kea_hac.kea.suggest import nearest
from kea_hac.model.site import HOT_STANDBY, LOAD_BALANCING, Node, Peer, Relationship
from kea_hac.records import dataclass
from kea_hac.source.document import Map
from kea_hac.spec.families import by_family
from kea_hac.spec.high_availability import AT, RelationshipSpec
from kea_hac.spec.load import ServerSpec, SpecFile
from kea_hac.spec.pair import RelationshipPeer
from kea_hac.spec.shape import MISSING_SPEC_KEY, WRONG_VALUE

PARTNERS_WITHOUT_HA = rule(
    "KH601",
    "servers-without-high-availability",
    kea=KeaVerdict.ACCEPTS,
    why="Several servers lease from the same pools and do not know each other's leases. Two clients can get the "
    "same address.",
    source="Kea ARM, 'libdhcp_ha.so: High Availability Outage Resilience'",
    rests_on=("high-availability", "mode"),
)
FAMILY_WITHOUT_HA = warning(
    "KH602",
    "family-without-high-availability",
    why="The servers lease this family's pools and do not know each other's leases. Two clients can get the same "
    "address.",
    source="Kea ARM, 'libdhcp_ha.so: High Availability Outage Resilience'",
    rests_on=("mode",),
)
LONE_IN_HA = refused(
    "KH603",
    "high-availability-of-one",
    why="High Availability needs at least two servers. The library does not load with one, and the server does "
    "not start.",
    source="ha_config.cc",
    rests_on=("*servers",),
)
NO_LISTENER_PORT = rule(
    "KH605",
    "listener-port-missing",
    why="The partner connects to this port, so kea-hac must know it. Choose a port that is free on the host and "
    "allowed by the firewall.",
    source="Kea ARM, 'Multi-Threaded Configuration (HA+MT)'; url.cc",
    rests_on=("listener", "multi-threading", "*relationships"),
)
LISTENER_NOT_USED = rule(
    "KH606",
    "listener-without-dedicated-listener",
    why="HA uses the control agent or the HTTP control socket here. No dedicated listener opens, so its port has "
    "no effect.",
    source="the spec language",
    rests_on=("multi-threading",),
)
UNKNOWN_SERVER = rule(
    "KH609",
    "unknown-server",
    why="The relationship names a server that is not in the spec. There is no address for it, so nothing can be "
    "compiled.",
    source="the spec language",
    rests_on=("*servers",),
)
NO_ADDRESS = rule(
    "KH107",
    "address-missing",
    why="The HA listener binds this address, and the partner connects to it. kea-hac does not guess addresses.",
    source="the spec language; HAConfig::validate in ha_config.cc",
    rests_on=("address",),
)
ROLE_WITHOUT_HA = rule(
    "KH611",
    "role-without-high-availability",
    why="A role, and the port or address of an HA listener, have a meaning only in High Availability. Without HA they "
    "would have no effect.",
    source="the spec language",
)
IDLE_SERVER = rule(
    "KH616",
    "server-without-relationship",
    why="When the relationships are listed one by one, a server serves only what its relationships contain. This "
    "server is in none of them, so nothing is compiled for it.",
    source="the spec language",
    rests_on=("*relationships", "*peers"),
)
_BY_RELATIONSHIP = ("role", "listener", "peer-port")
"""Keys of a server that are set in each relationship, where relationships are listed."""
_FOR_PARTNERS = (*_BY_RELATIONSHIP, "bind-address")
"""Keys of a server that have a meaning in High Availability only."""


@dataclass(frozen=True, slots=True)
class ResolvedServer:
    """A server as it is written in the spec, and as it is resolved."""

    written: ServerSpec
    node: Node


def resolve_relationships(
    spec: SpecFile, resolved_servers: tuple[ResolvedServer, ...], all_there: bool, family: str, note: FindingSink
) -> tuple[tuple[Relationship, ...], bool]:
    """The relationships of a family, and True when they have no mistake. `all_there`: no server is missing in `seated`."""
    arrangement = spec.high_availability
    written = arrangement.relationships.get(family, ())
    if arrangement.broken and not written:
        return (), False
    if not written:
        return (), _without_ha(spec, resolved_servers, all_there, family, note)
    if len(resolved_servers) == 1:
        if all_there:
            message = "there is one server, and High Availability needs at least two"
            fix = "add the second server to `servers`, or remove `high-availability`"
            note(Finding(LONE_IN_HA, AT, message, on_key=True, fix=fix))
        return (), False
    sound = all_there and not arrangement.broken
    result: list[Relationship] = []
    for each in written:
        relationship, fits = _relationship(spec, each, resolved_servers, all_there, family, note)
        sound = sound and fits
        result.append(relationship)
    if arrangement.hub:
        sound = _hub_fits(spec, result, resolved_servers, family, note) and _named_once(result, note) and sound
    return tuple(result), sound


def _without_ha(
    spec: SpecFile, resolved_servers: tuple[ResolvedServer, ...], all_there: bool, family: str, note: FindingSink
) -> bool:
    """A family that is not in HA. False when that is an error."""
    arrangement = spec.high_availability
    if len(resolved_servers) < 2:
        for each in resolved_servers if not arrangement.written and all_there else ():
            server_family = each.written.server_families[family]
            for key in [key for key in _FOR_PARTNERS if getattr(server_family, key.replace("-", "_"))]:
                message = f"server {each.node.name!r} has `{key}`, but the spec has no `high-availability`"
                fix = f"add `high-availability`, or remove `{key}`"
                note(Finding(ROLE_WITHOUT_HA, (*each.written.at, key), message, fix=fix))
        return True
    if not arrangement.written:
        message = f"there are {len(resolved_servers)} servers and no `high-availability`"
        fix = "add `high-availability: {mode: hot-standby, …}`, or write one spec for each server"
        note(Finding(PARTNERS_WITHOUT_HA, ("servers",), message, on_key=True, fix=fix))
        return False
    message = f"{family} is not in `mode`: both servers lease from its pools without HA"
    fix = f"add {family} to `mode`, or remove `{family}`"
    alone = not arrangement.relationships
    rule_for = PARTNERS_WITHOUT_HA if alone else FAMILY_WITHOUT_HA
    note(Finding(rule_for, (*AT, "mode"), message, fix=f"add {family} to `mode`" if alone else fix))
    return not alone


def _relationship(
    spec: SpecFile,
    written: RelationshipSpec,
    resolved_servers: tuple[ResolvedServer, ...],
    all_there: bool,
    family: str,
    note: FindingSink,
) -> tuple[Relationship, bool]:
    hub = spec.high_availability.hub
    mode = str(written.settings.get("mode", HOT_STANDBY if hub and not written.broken else ""))
    peers, sound = (
        _listed_peers(written, spec, resolved_servers, family, note)
        if hub
        else _pair_peers(resolved_servers, family, note)
    )
    sound = sound and bool(mode) and not written.broken
    dedicated = _dedicated(written)
    sound = _listener_fits(written, family, dedicated, note) and sound
    used = dedicated or any(_dedicated(each) for each in _all(spec))
    sound = _own_listeners_fit(written, peers, (dedicated, used), family, note) and sound
    if mode:
        _split_fits(spec, written, family, mode, note)
    settings = written.settings.copy_of()
    settings["mode"] = mode
    port = written.ours.listener if dedicated else None
    return Relationship(written.at, mode, peers, settings, port, written.ours.split, dedicated), sound


def _all(spec: SpecFile) -> Iterator[RelationshipSpec]:
    for listed in spec.high_availability.relationships.values():
        yield from listed


def _dedicated(written: RelationshipSpec) -> bool:
    threads = written.settings.get("multi-threading")
    configured = threads if isinstance(threads, Block) else {}
    return bool(configured.get("http-dedicated-listener", True) and configured.get("enable-multi-threading", True))


def _listener_fits(written: RelationshipSpec, family: str, dedicated: bool, note: FindingSink) -> bool:
    port = written.ours.listener
    at = (*written.at, "listener")
    if dedicated and port is None and not written.broken:
        message = f"the dedicated listener of {THE_SUBJECT} has no port"
        fix = f"add `listener` with a port for {THE_SUBJECT} that is free on every server (another one for each family)"
        note(Finding(NO_LISTENER_PORT, at, message, on_key=True, fix=fix, subject=family))
        return False
    if not dedicated and port is not None:
        message = "`multi-threading` turns the dedicated listener off, so `listener` has no effect"
        related = ((written.settings.where("multi-threading"), "turned off here"),)
        fix = "remove `listener`, or turn the dedicated listener on"
        note(Finding(LISTENER_NOT_USED, at, message, related=related, fix=fix))
        return False
    return True


def _own_listeners_fit(
    written: RelationshipSpec, peers: tuple[Peer, ...], dedicated: tuple[bool, bool], family: str, note: FindingSink
) -> bool:
    """A port or an address of a listener in one server where no server has a dedicated listener.

    `dedicated`: whether this relationship has one, and whether any relationship has.
    """
    idle = [] if dedicated[0] else [(peer, at) for peer in peers for at in _listener_keys(peer, family, dedicated[1])]
    for peer, at in idle:
        message = f"`multi-threading` turns the dedicated listener off, so {peer.node.name}'s `{at[-1]}` has no effect"
        related = ((written.settings.where("multi-threading"), "turned off here"),)
        fix = f"remove `{at[-1]}`"
        if at[-1] == "bind-address":
            fix += "; the agent and HTTP control sockets bind `control-address`"
        note(Finding(LISTENER_NOT_USED, at, message, related=related, fix=fix, repair=REMOVE_IT))
    return not idle


def _listener_keys(peer: Peer, family: str, used: bool) -> Iterator[Route]:
    """The routes of the keys that only a dedicated listener uses. `used`: the spec has one somewhere."""
    if peer.listener is not None:
        yield peer.listener_at
    if peer.bind_address is not None:
        yield (*peer.at, "bind-address")
    if peer.node.server_families[family].bind_address is not None and not used:
        yield (*peer.node.at, "bind-address")


def _split_fits(spec: SpecFile, written: RelationshipSpec, family: str, mode: str, note: FindingSink) -> None:
    """A `split` without load balancing: set for this family, or for all families where none is in load-balancing."""
    node = spec.document.map_at(written.at)
    if "split" not in node:
        return
    families = spec.high_availability.relationships.values()
    modes = {each.settings.get("mode") for listed in families for each in listed if each.at == written.at}
    split = node["split"]
    apart = isinstance(split, Map) and by_family(split) and family in split
    if (apart and mode != LOAD_BALANCING) or (not isinstance(split, Map) and LOAD_BALANCING not in modes):
        message = f"pools are split in load-balancing only, and the mode is {mode}"
        at = (*written.at, "split", family) if apart else (*written.at, "split")
        note(Finding(WRONG_VALUE, at, message, fix="remove `split`", repair=REMOVE_IT))


def _pair_peers(
    resolved_servers: tuple[ResolvedServer, ...], family: str, note: FindingSink
) -> tuple[tuple[Peer, ...], bool]:
    peers: list[Peer] = []
    sound = True
    for each in resolved_servers:
        role = each.written.server_families[family].role
        if role is None:
            sound = False
            if "role" not in each.written.broken:
                message = f"server {each.node.name!r} has no role in {THE_SUBJECT}"
                fix = "add `role: primary`, secondary, standby or backup"
                at = (*each.written.at, "role")
                note(
                    Finding(
                        MISSING_SPEC_KEY,
                        at,
                        message,
                        on_key=True,
                        fix=fix,
                        subject=family,
                        lacks=("role", "*relationships"),
                    )
                )
        sound = _addressed(each, family, note) and sound
        own = (*each.written.at, "listener")
        port = each.written.server_families[family].listener
        peers.append(Peer((*each.written.at, "role"), each.node, each.node.name, role or "", None, port, own))
    return tuple(peers), sound


def _addressed(resolved_servers: ResolvedServer, family: str, note: FindingSink, address: object = None) -> bool:
    if resolved_servers.node.server_families[family].address is not None or address is not None:
        return True
    if "address" not in resolved_servers.written.broken:
        message = f"server {resolved_servers.node.name!r} has no address in {THE_SUBJECT}"
        fix = "add `address: …`, the numeric address that the HA listener binds and the partner connects to"
        at = (*resolved_servers.written.at, "address")
        note(Finding(NO_ADDRESS, at, message, on_key=True, fix=fix, subject=family, lacks=("address",)))
    return False


def _listed_peers(
    written: RelationshipSpec,
    spec: SpecFile,
    resolved_servers: tuple[ResolvedServer, ...],
    family: str,
    note: FindingSink,
) -> tuple[tuple[Peer, ...], bool]:
    by_name = {each.node.name: each for each in resolved_servers}
    names = [server.head.name for server in spec.servers]
    server_families = Counter(
        peer.server for each in spec.high_availability.relationships[family] for _, peer in each.peers
    )
    peers: list[Peer] = []
    sound = True
    for at, peer in written.peers:
        each = by_name.get(peer.server)
        if each is None:
            sound = False
            if peer.server not in names and "servers" not in spec.broken:
                near = nearest(peer.server, names)
                fix = f"write {near!r}" if near else f"the servers are {', '.join(names)}"
                note(
                    Finding(
                        UNKNOWN_SERVER,
                        (*at, "server"),
                        f"there is no server {peer.server!r}",
                        fix=fix,
                        repair=set_it(near) if near else (),
                    )
                )
            continue
        sound = _addressed(each, family, note, peer.address) and sound
        name = _peer_name(peer, written, server_families)
        ours = (peer.listener, (*at, "listener"), peer.bind_address, peer.peer_port)
        peers.append(Peer(at, each.node, name, peer.role, peer.address, *ours))
    return tuple(peers), sound


def _peer_name(peer: RelationshipPeer, written: RelationshipSpec, server_families: Counter[str]) -> str:
    """A server in several relationships needs another peer name in each (ha_config_parser.cc): its own name, then its partner's."""
    if peer.name:
        return peer.name
    if server_families[peer.server] == 1:
        return peer.server
    others = [each.name or each.server for _, each in written.peers if each.server != peer.server]
    return "-".join([peer.server, *others])


def _hub_fits(
    spec: SpecFile,
    result: list[Relationship],
    resolved_servers: tuple[ResolvedServer, ...],
    family: str,
    note: FindingSink,
) -> bool:
    sound = True
    for each in resolved_servers:
        server_family = each.written.server_families[family]
        for key in [key for key in _BY_RELATIONSHIP if getattr(server_family, key.replace("-", "_"))]:
            message = f"with `relationships`, a server's {key} is set in each of them"
            fix = f"remove it, and write `peers: [{{server: …, {key}: …}}]` in each relationship"
            note(Finding(WRONG_VALUE, (*each.written.at, key), message, fix=fix))
            sound = False
    sitting = {
        peer.server
        for listed in spec.high_availability.relationships.values()
        for each in listed
        for _, peer in each.peers
    }
    known = {server.head.name for server in spec.servers}
    all_read = sitting <= known and not spec.high_availability.broken and all(each.peers for each in result)
    for each in resolved_servers if all_read else ():
        if each.node.name not in sitting:
            message = f"server {each.node.name!r} is in no relationship"
            fix = "add it to the `peers` of a relationship, or remove the server"
            note(Finding(IDLE_SERVER, (*each.written.at, "name"), message, fix=fix))
            sound = False
    return sound


def _named_once(relationships: list[Relationship], note: FindingSink) -> bool:
    """Each server once in a relationship, and each peer name in one relationship only where no server is in both.

    Two relationships of one server are judged in its compiled configuration, as those of a file are. Only the spec joins
    relationships without a common server: a subnet's tag must name one of them.
    """
    sound = True
    for number, each in enumerate(relationships):
        seen: dict[str, Peer] = {}
        for peer in each.peers:
            first = seen.setdefault(peer.node.name, peer)
            if first is not peer:
                message = f"server {peer.node.name!r} is in one relationship twice"
                related = ((first.at, "the other one"),)
                note(Finding(WRONG_VALUE, peer.at, message, related=related, fix="name another server"))
                sound = False
        for other in relationships[:number]:
            if seen.keys() & {peer.node.name for peer in other.peers}:
                continue
            names = {peer.name: peer for peer in other.peers}
            for peer in [peer for peer in each.peers if peer.name in names]:
                message = (
                    f"the peer name {peer.name!r} is used in two relationships, so a subnet cannot name one of them"
                )
                related = ((names[peer.name].at, "the other one"),)
                fix = "give the server another `name` in one of the two places"
                note(Finding(WRONG_VALUE, peer.at, message, related=related, fix=fix))
                sound = False
    return sound
