"""SpecFile → Site: defaults of ours said out loud, names looked up, roles held against the mode.

Everything that needs another part of the spec to be understood is found here; what is judged on the whole site is a
rule of `kea_hac.check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from kea_hac.diagnostics import Finding, KeaSays, Route, Severity, rule
from kea_hac.kea.config import FAMILIES, Block
from kea_hac.kea.platform import Platform, platform
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.model.site import (
    HOT_STANDBY,
    LOAD_BALANCING,
    PASSIVE_BACKUP,
    Family,
    Node,
    Peer,
    Relationship,
    Seat,
    Site,
)
from kea_hac.spec.load import RelationshipSpec, ServerSpec, SpecFile
from kea_hac.spec.pair import Head, RelationshipPeer
from kea_hac.spec.shape import MISSING_SPEC_KEY, WRONG_VALUE, Note

SAME_NAME = rule(
    "KH106",
    "same-server-name",
    kea=KeaSays.REFUSES,
    why="Two peers of one name: the HA library does not load, and the server does not start.",
    source="HA-15; ha_config.cc",
)
PARTNERS_WITHOUT_HA = rule(
    "KH601",
    "servers-without-high-availability",
    kea=KeaSays.ACCEPTS,
    why="Several servers that lease from the same pools and do not know of each other give one address to two clients.",
    source="Kea ARM, 'libdhcp_ha.so: High Availability Outage Resilience'",
)
FAMILY_WITHOUT_HA = rule(
    "KH602",
    "family-without-high-availability",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="The servers lease this family's pools without knowing of each other.",
    source="Kea ARM, 'libdhcp_ha.so: High Availability Outage Resilience'",
)
LONE_IN_HA = rule(
    "KH603",
    "high-availability-of-one",
    kea=KeaSays.REFUSES,
    why="High Availability needs a partner: the library does not load.",
    source="HA-20, HA-22; ha_config.cc",
)
WRONG_ROLES = rule(
    "KH604",
    "roles-do-not-fit-the-mode",
    kea=KeaSays.REFUSES,
    why="The HA library does not load, so the server does not start. `-t` never looks there.",
    source="HA-17 to HA-24; ha_config.cc; seen on 2.2.0, 2.6.3, 3.0.4",
)
NO_LISTENER_PORT = rule(
    "KH605",
    "listener-port-missing",
    why="The partner cannot be told where to connect. Ports are the site's to choose: they must be free and pass the firewall.",
    source="HA-35, HA-47",
)
LISTENER_NOT_USED = rule(
    "KH606",
    "listener-without-dedicated-listener",
    why="HA goes through the control agent or the HTTP socket, so no dedicated listener opens and its port means nothing.",
    source="the spec language, law 2",
)
HUB_TOO_OLD = rule(
    "KH607",
    "several-relationships-too-early",
    kea=KeaSays.REFUSES,
    why="Before 2.6 the HA library takes exactly one relationship.",
    source="HA-04; ChangeLog 2199; seen on 2.2.0",
)
HUB_MODE = rule(
    "KH608",
    "hub-mode-not-hot-standby",
    kea=KeaSays.REFUSES,
    why="With several relationships every one must be hot-standby, else the HA library does not load.",
    source="HA-07; ha_config_parser.cc",
)
UNKNOWN_SERVER = rule(
    "KH609",
    "unknown-server",
    why="A relationship names a server that the spec does not have.",
    source="the spec language, law 7",
)
SAME_PEER_NAME = rule(
    "KH610",
    "same-peer-name",
    kea=KeaSays.REFUSES,
    why="A peer name may occur once over all relationships of a server: the HA library does not load.",
    source="HA-08, HA-15; seen on 3.0.4",
)
NO_ADDRESS = rule(
    "KH107",
    "address-missing",
    why="An address is never guessed: the HA listener binds it and the partner dials it.",
    source="the spec language; HA-34",
)
ROLE_WITHOUT_HA = rule(
    "KH611",
    "role-without-high-availability",
    why="A role means nothing where no HA runs.",
    source="the spec language, law 10",
)
MODES = (HOT_STANDBY, LOAD_BALANCING, PASSIVE_BACKUP)
_NEEDS: Mapping[str, tuple[str, ...]] = {
    HOT_STANDBY: ("primary", "standby"),
    LOAD_BALANCING: ("primary", "secondary"),
    PASSIVE_BACKUP: ("primary",),
}


def resolve(spec: SpecFile, note: Note) -> Site | None:
    """Make the Site. None when a mistake leaves nothing sound to compile; each mistake is noted with its route."""
    nodes = _nodes(spec, spec.head, note) if spec.whole and spec.head else None
    if nodes is None or spec.head is None:
        return None
    families: dict[str, Family] = {}
    sound = True
    for daemon in FAMILIES:
        if daemon.name not in spec.dhcp:
            continue
        relationships = _relationships(spec, nodes, daemon.name, note)
        if relationships is None:
            sound = False
            continue
        families[daemon.name] = Family(daemon, spec.dhcp[daemon.name], relationships)
    if not sound:
        return None
    return Site(spec.head.pair, spec.document, nodes, families, spec.hub, spec.control_agent, spec.head.micetro)


def _nodes(spec: SpecFile, head: Head, note: Note) -> tuple[Node, ...] | None:
    made: list[Node | None] = []
    taken: dict[str, Route] = {}
    for server in spec.servers:
        low = server.head.name.lower()  # names are folders: some file systems do not tell case apart
        if low in taken:
            note(
                Finding(
                    SAME_NAME,
                    (*server.at, "name"),
                    f"the name {server.head.name!r} is taken by another server",
                    related=((taken[low], "the other one"),),
                    fix="give each server a name of its own; names differ in more than case",
                )
            )
            made.append(None)
        taken.setdefault(low, (*server.at, "name"))
        made.append(_node(spec, head, server, note))
    _taken_by_agent(head, taken, note)
    return tuple(node for node in made if node) if None not in made else None


def _taken_by_agent(head: Head, taken: Mapping[str, Route], note: Note) -> None:
    shared = head.micetro.agent if head.micetro else None
    if shared and not isinstance(shared, str) and shared.name.lower() in taken:
        note(
            Finding(
                SAME_NAME,
                ("micetro", "agent", "name"),
                f"the name {shared.name!r} is taken by a server, and both become folders",
                related=((taken[shared.name.lower()], "the server"),),
            )
        )


def _node(spec: SpecFile, head: Head, server: ServerSpec, note: Note) -> Node | None:
    version = server.head.kea or head.kea
    name = server.head.platform or head.platform
    if version is None:
        note(_said_nowhere("kea", server, "a Kea version such as 2.6"))
    if name is None:
        note(_said_nowhere("platform", server, "debian, rhel, alpine, freebsd, isc or source"))
    if version is None or name is None:
        return None
    host = _platform(head, server, name, version, note)
    if host is None:
        return None
    seats = {family: _seat(server, family) for family in spec.dhcp}
    agent = spec.control_agent is not None and server.agent
    return Node(server.head.name, server.at, version, host, seats, agent)


def _said_nowhere(key: str, server: ServerSpec, values: str) -> Finding:
    return Finding(
        MISSING_SPEC_KEY,
        (),
        f"neither the spec nor server {server.head.name!r} says `{key}`",
        fix=f"add `{key}: …` at the top: {values}",
    )


def _platform(head: Head, server: ServerSpec, name: str, version: KeaVersion, note: Note) -> Platform | None:
    own = server.head.platform is not None or server.head.arch is not None
    paths = {**head.paths, **server.head.paths}
    try:
        return platform(name, server.head.arch or head.arch, version, paths)
    except ValueError as error:
        at = (*server.at, "arch" if server.head.arch else "platform") if own else ("arch",)
        if "paths" in str(error):
            at = (*server.at, "paths") if server.head.paths else ("paths",)
        note(Finding(WRONG_VALUE, at, str(error)))
        return None


def _seat(server: ServerSpec, family: str) -> Seat:
    written = server.seats[family]
    interfaces = written.interfaces
    aliases: Mapping[str, str] = interfaces if isinstance(interfaces, dict) else {}
    names = tuple(aliases.values()) if aliases else tuple(interfaces)
    return Seat(
        at=server.at,
        address=written.address,
        control_address=written.control_address or written.address,
        peer_address=written.peer_address,
        interfaces=names,
        aliases=aliases,
        peer_keys=server.peer_keys[family],
        overrides=server.overrides.get(family),
    )


def _relationships(spec: SpecFile, nodes: tuple[Node, ...], family: str, note: Note) -> tuple[Relationship, ...] | None:
    written = spec.relationships.get(family)
    if not written:
        _without_ha(spec, nodes, family, note)
        return ()
    if len(nodes) == 1:
        note(
            Finding(
                LONE_IN_HA,
                ("high-availability",),
                "there is one server, and High Availability needs at least two",
                on_key=True,
                fix="add the second server to `servers`, or take `high-availability` away",
            )
        )
        return None
    made = [_relationship(spec, each, nodes, family, note) for each in written]
    sound = tuple(each for each in made if each)
    if len(sound) != len(made):
        return None
    if len(sound) > 1:
        _hub(sound, note)
    return sound


def _without_ha(spec: SpecFile, nodes: tuple[Node, ...], family: str, note: Note) -> None:
    for server in spec.servers:
        if server.seats[family].role and not spec.relationships:
            note(
                Finding(
                    ROLE_WITHOUT_HA,
                    (*server.at, "role"),
                    f"server {server.head.name!r} has a role, but the spec has no `high-availability`",
                    fix="add `high-availability`, or take `role` away",
                )
            )
    if len(nodes) < 2:
        return
    if not spec.relationships:
        note(
            Finding(
                PARTNERS_WITHOUT_HA,
                ("servers",),
                f"there are {len(nodes)} servers and no `high-availability`",
                on_key=True,
                fix="add `high-availability: {mode: hot-standby, …}`, or write one spec for each server",
            )
        )
    else:
        note(
            Finding(
                FAMILY_WITHOUT_HA,
                ("high-availability", "mode"),
                f"{family} is not in `mode`: both servers lease from its pools on their own",
                fix=f"add {family} to `mode`, or take `{family}` away",
            )
        )


def _relationship(
    spec: SpecFile, written: RelationshipSpec, nodes: tuple[Node, ...], family: str, note: Note
) -> Relationship | None:
    mode = written.settings.get("mode", HOT_STANDBY if spec.hub else None)
    if mode not in MODES:
        return None  # the vocabulary has said so
    peers = _listed_peers(written, spec, nodes, family, note) if spec.hub else _pair_peers(spec, nodes, family, note)
    if peers is None or not _roles_fit(mode, peers, written, note):
        return None
    threads = written.settings.get("multi-threading")
    threads = threads if isinstance(threads, Block) else {}
    dedicated = threads.get("http-dedicated-listener", True) and threads.get("enable-multi-threading", True)
    if not _listener_fits(written, family, bool(dedicated), note):
        return None
    if spec.hub or len(spec.relationships[family]) > 1:
        for node in (peer.node for peer in peers):
            if not has(node.version, Feature.HUB_AND_SPOKE):
                note(
                    Finding(
                        HUB_TOO_OLD,
                        ("high-availability", "relationships"),
                        f"server {node.name!r} runs Kea {node.version}, whose HA library takes one relationship only",
                        on_key=True,
                        related=((node.at, "this server"),),
                        fix="hub and spoke needs Kea 2.6 or later on every server",
                    )
                )
                return None
    settings = written.settings.copy_of()
    settings["mode"] = mode
    split = written.ours.split
    if split is not None and mode != LOAD_BALANCING and "split" in _map_at(spec, written.at):
        note(
            Finding(
                WRONG_VALUE,
                (*written.at, "split"),
                f"pools are split in load-balancing only, and the mode is {mode}",
                fix="take `split` away",
            )
        )
    port = written.ours.listener if dedicated else None
    return Relationship(written.at, mode, peers, settings, port, split)


def _map_at(spec: SpecFile, at: Route) -> Mapping[str, object]:
    node: object = spec.document.root
    for step in at:
        node = node[step]  # type: ignore[index]  # `at` was made while walking this very document
    mode = node.get("mode") if isinstance(node, dict) else None
    return node if isinstance(node, dict) and not isinstance(mode, dict) else {}


def _listener_fits(written: RelationshipSpec, family: str, dedicated: bool, note: Note) -> bool:
    port = written.ours.listener
    if dedicated and port is None:
        note(
            Finding(
                NO_LISTENER_PORT,
                (*written.at, "listener"),
                f"the dedicated listener of {family} has no port",
                on_key=True,
                fix="add `listener: {dhcp4: 8001, dhcp6: 8002}` with ports that are free on every server",
            )
        )
        return False
    if not dedicated and port is not None:
        note(
            Finding(
                LISTENER_NOT_USED,
                (*written.at, "listener"),
                "`multi-threading` turns the dedicated listener off, so `listener` means nothing",
                related=(((*written.at, "multi-threading"), "turned off here"),),
                fix="take `listener` away, or turn the dedicated listener on",
            )
        )
        return False
    return True


def _pair_peers(spec: SpecFile, nodes: tuple[Node, ...], family: str, note: Note) -> tuple[Peer, ...] | None:
    peers: list[Peer] = []
    sound = True
    for server, node in zip(spec.servers, nodes, strict=True):
        role = server.seats[family].role
        if role is None:
            note(
                Finding(
                    MISSING_SPEC_KEY,
                    (*server.at, "role"),
                    f"server {node.name!r} has no role in {family}",
                    on_key=True,
                    fix="add `role: primary`, secondary, standby or backup",
                )
            )
            sound = False
            continue
        sound = _addressed(node, family, server.at, note) and sound
        peers.append(Peer((*server.at, "role"), node, node.name, role, None))
    return tuple(peers) if sound else None


def _addressed(node: Node, family: str, at: Route, note: Note, address: object = None) -> bool:
    if node.seats[family].address is not None or address is not None:
        return True
    note(
        Finding(
            NO_ADDRESS,
            (*at, "address"),
            f"server {node.name!r} has no address in {family}",
            on_key=True,
            fix="add `address: 192.0.2.11`, the address that the HA listener binds and the partner dials",
        )
    )
    return False


def _listed_peers(
    written: RelationshipSpec, spec: SpecFile, nodes: tuple[Node, ...], family: str, note: Note
) -> tuple[Peer, ...] | None:
    by_name = {node.name: node for node in nodes}
    seats = Counter(peer.server for each in spec.relationships[family] for _, peer in each.peers)
    peers: list[Peer] = []
    sound = True
    for at, peer in written.peers:
        node = by_name.get(peer.server)
        if node is None:
            note(
                Finding(
                    UNKNOWN_SERVER,
                    (*at, "server"),
                    f"there is no server {peer.server!r}",
                    fix=f"the servers are {', '.join(by_name)}",
                )
            )
            sound = False
            continue
        sound = _addressed(node, family, node.at, note, peer.address) and sound
        peers.append(Peer(at, node, _peer_name(peer, written, seats), peer.role, peer.address))
    return tuple(peers) if sound else None


def _peer_name(peer: RelationshipPeer, written: RelationshipSpec, seats: Counter[str]) -> str:
    """A server that sits in several relationships needs a name for each (HA-08): its own, then its partners'."""
    if peer.name:
        return peer.name
    if seats[peer.server] == 1:
        return peer.server
    others = [each.name or each.server for _, each in written.peers if each.server != peer.server]
    return "-".join([peer.server, *others])


def _roles_fit(mode: str, peers: tuple[Peer, ...], written: RelationshipSpec, note: Note) -> bool:
    needed = _NEEDS[mode]
    counts = Counter(peer.role for peer in peers)
    mode_at = written.settings.where("mode")
    sound = True
    for peer in peers:
        if peer.role != "backup" and peer.role not in needed:
            note(
                Finding(
                    WRONG_ROLES,
                    peer.at,
                    f"{peer.role!r} is no role in {mode}",
                    related=((mode_at, "the mode is set here"),),
                    fix=f"the roles in {mode} are {', '.join(needed)} and, any number of times, backup",
                )
            )
            sound = False
    for role in needed:
        if counts[role] != 1:
            have = [peer for peer in peers if peer.role == role]
            note(
                Finding(
                    WRONG_ROLES,
                    have[1].at if len(have) > 1 else mode_at,
                    f"{mode} needs exactly one {role}, and there {'are ' + str(len(have)) if have else 'is none'}",
                    related=tuple((peer.at, f"{peer.node.name} is {peer.role}") for peer in peers),
                    fix=f"give exactly one server `role: {role}`",
                )
            )
            sound = False
    return sound


def _hub(relationships: tuple[Relationship, ...], note: Note) -> None:
    names: dict[str, Peer] = {}
    for each in relationships:
        if each.mode != HOT_STANDBY:
            note(
                Finding(
                    HUB_MODE,
                    each.settings.where("mode"),
                    f"with several relationships each must be hot-standby, not {each.mode}",
                )
            )
        for peer in each.peers:
            if peer.name in names:
                note(
                    Finding(
                        SAME_PEER_NAME,
                        peer.at,
                        f"the peer name {peer.name!r} stands in two relationships",
                        related=((names[peer.name].at, "the other one"),),
                        fix="give the server another `name` in one of them",
                    )
                )
            names[peer.name] = peer
