"""Document → SpecFile: every key read by the one who knows it, ours by pydantic, Kea's by the vocabulary.

Nothing is resolved or judged here; mistakes of shape are noted and the reading goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kea_hac.diagnostics import Finding, Route, rule
from kea_hac.kea.config import FAMILIES, Block
from kea_hac.kea.grammar import program
from kea_hac.kea.reading import read_block
from kea_hac.kea.version import KeaVersion
from kea_hac.source.document import Document, Map, Plain, Seq, Value
from kea_hac.spec.families import ABSENT, by_family, realign, view, view_map
from kea_hac.spec.pair import (
    HEAD_KEYS,
    OUR_HA_KEYS,
    SEAT_KEYS,
    SERVER_HEAD_KEYS,
    Head,
    Ours,
    RelationshipPeer,
    Seat,
    ServerHead,
)
from kea_hac.spec.scalars import is_null, shown
from kea_hac.spec.shape import MISSING_SPEC_KEY, WRONG_VALUE, Note, shape, unknown_key

DERIVED_KEY = rule(
    "KH104",
    "derived-key",
    why="What High Availability implies is derived, so that the two servers cannot contradict each other. A value typed "
    "by hand would be a second truth.",
    source="the spec language, law 2",
)
MAY_NOT_DIFFER = rule(
    "KH801",
    "server-value-may-not-differ",
    why="Partners that disagree about subnets, options or timers hand out different leases for the same client. Kea "
    "never compares the two configurations.",
    source="the spec language, law 3; Kea ARM, 'Supported Configurations' of the HA library",
)
RESERVED_KEY = rule(
    "KH105", "reserved-key", why="The key is kept for a later meaning.", source="the spec language, law 11"
)

MAY_DIFFER = (
    "interfaces-config",
    "control-sockets",
    "lease-database",
    "hosts-databases",
    "config-control",
    "hooks-libraries",
    "loggers",
    "multi-threading",
    "dhcp-queue-control",
    "server-tag",
    "server-id",
    "dhcp-ddns",
)
"""The published list: what a server may say for itself in `dhcp4` and `dhcp6`."""
OLD_MAY_DIFFER = frozenset({"control-socket", "hosts-database"})
_DERIVED_HA = {
    "this-server-name": "the server's own name is derived from `servers`",
    "peers": "the peers are derived from `servers`: their names, roles and addresses",
}
_DERIVED_PEER = ("name", "url", "role")
_BODY = ("servers", "high-availability", "control-agent", "dhcp4", "dhcp6")
TOP_KEYS = HEAD_KEYS | set(_BODY)
RELATIONSHIP_KEYS = frozenset(program("ha").scopes["relationship"].keywords) - set(_DERIVED_HA)
PEER_KEYS = frozenset(program("ha").scopes["peer"].keywords) - set(_DERIVED_PEER)
SERVER_KEYS = SERVER_HEAD_KEYS | SEAT_KEYS | PEER_KEYS | {"dhcp4", "dhcp6", "control-agent"}


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """One item of `servers`, as written."""

    at: Route
    head: ServerHead
    seats: Mapping[str, Seat]
    """By family: "dhcp4", "dhcp6", for the families that the spec serves."""
    peer_keys: Mapping[str, Block]
    """By family: Kea's own peer keys (auto-failover, basic-auth-user …)."""
    overrides: Mapping[str, Block]
    """By family: the fields of the may-differ list that this server says for itself. None removes."""
    agent: bool
    """False when the server says `control-agent: false`."""


@dataclass(frozen=True, slots=True)
class RelationshipSpec:
    """One HA relationship as one family sees it: of the pair, or an item of `relationships`."""

    at: Route
    ours: Ours
    settings: Block
    """Kea's relationship keys, typed."""
    peers: tuple[tuple[Route, RelationshipPeer], ...] = ()
    """Empty for the one relationship of a pair: its peers are the servers."""


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A spec as written: typed, in document order, nothing derived."""

    document: Document
    head: Head | None
    """None when it has mistakes."""
    servers: tuple[ServerSpec, ...]
    relationships: Mapping[str, tuple[RelationshipSpec, ...]]
    """By family; a family that is not in HA is not in here."""
    hub: bool
    """True when the relationships were listed one by one."""
    control_agent: Block | None
    dhcp: Mapping[str, Block]
    """By family: the pair's Dhcp4 and Dhcp6 maps."""
    whole: bool
    """False when a part in our own words could not be read: what can be judged without it still is, nothing is resolved."""

    @property
    def versions(self) -> frozenset[KeaVersion]:
        """Every Kea version that the spec names."""
        said = [self.head.kea if self.head else None, *(server.head.kea for server in self.servers)]
        return frozenset(version for version in said if version)


def read_spec(document: Document, note: Note) -> SpecFile:
    """Read a whole spec. Mistakes are noted, and what has none is read all the same."""
    root = document.root
    _top_keys(root, note)
    head = shape(Head, {key: root[key] for key in root if key in HEAD_KEYS}, (), note, "the spec")
    families = [daemon.name for daemon in FAMILIES if daemon.name in root]
    if not families:
        note(Finding(MISSING_SPEC_KEY, (), "the spec says nothing to serve", fix="add `dhcp4: …`, `dhcp6: …` or both"))
    dhcp = {family: _dhcp(root[family], family, note) for family in families}
    agent = _agent(root, note)
    servers = _servers(root, families, note)
    relationships, hub = _high_availability(root, families, note)
    whole = head is not None and None not in servers and relationships is not None and bool(servers)
    sound = tuple(server for server in servers if server)
    return SpecFile(document, head, sound, relationships or {}, hub, agent, dhcp, whole)


def _top_keys(root: Map, note: Note) -> None:
    for key in root:
        if key == "dhcp-ddns":
            note(
                Finding(
                    RESERVED_KEY,
                    (key,),
                    "`dhcp-ddns` at the top is reserved for the D2 daemon",
                    on_key=True,
                    fix="the servers' own `dhcp-ddns` map belongs in `dhcp4:` or `dhcp6:`",
                )
            )
        elif key not in TOP_KEYS and not key.startswith("x-"):
            note(unknown_key(key, (), TOP_KEYS, "the spec"))


def _dhcp(node: Value, family: str, note: Note) -> Block:
    top = {"dhcp4": "Dhcp4", "dhcp6": "Dhcp6"}[family]
    return read_block(program(family), top, node, (family,), note, extra=("split",))


def _agent(root: Map, note: Note) -> Block | None:
    node = root.get("control-agent")
    if "control-agent" not in root or _is_false(node):
        return None
    return read_block(program("ctrl-agent"), "Control-agent", node, ("control-agent",), note, partial=True)


def _is_false(node: Value) -> bool:
    return node is False or (isinstance(node, Plain) and node == "false")


def _servers(root: Map, families: list[str], note: Note) -> list[ServerSpec | None]:
    nodes = root.get("servers")
    if "servers" not in root:
        note(
            Finding(
                MISSING_SPEC_KEY, ("servers",), "the spec needs `servers`", fix="add a list with a name for each server"
            )
        )
        return []
    if not isinstance(nodes, Seq) or not nodes:
        note(Finding(WRONG_VALUE, ("servers",), f"`servers` must be a list of maps, not {shown(nodes)}"))
        return []
    return [_server(node, ("servers", index), families, note) for index, node in enumerate(nodes)]


def _server(node: Value, at: Route, families: list[str], note: Note) -> ServerSpec | None:
    if not isinstance(node, Map):
        note(Finding(WRONG_VALUE, at, f"a server is a map with at least `name`, not {shown(node)}"))
        return None
    for key in node:
        if key not in SERVER_KEYS:
            note(unknown_key(key, at, SERVER_KEYS, "a server"))
    head = shape(ServerHead, {key: node[key] for key in node if key in SERVER_HEAD_KEYS}, at, note, "a server")
    seats: dict[str, Seat] = {}
    peer_keys: dict[str, Block] = {}
    for family in families:
        aligned = _aligning(node, at, family, note)
        seen = view_map(node, family, leave_out=(*SERVER_HEAD_KEYS, "dhcp4", "dhcp6", "control-agent"))
        seat = shape(Seat, {key: seen[key] for key in seen if key in SEAT_KEYS}, at, aligned, "a server")
        seats[family] = seat or Seat()
        peer_keys[family] = read_block(program("ha"), "peer", _only(seen, PEER_KEYS), at, aligned, partial=True)
        if seat is None:
            head = None
    overrides = {family: _override(node, at, family, note) for family in ("dhcp4", "dhcp6") if family in node}
    agent = node.get("control-agent")
    if "control-agent" in node and not _is_false(agent):
        note(
            Finding(
                WRONG_VALUE,
                (*at, "control-agent"),
                "a server can only say `control-agent: false` (it has none); the agent itself is described once for the pair",
                fix="describe it in `control-agent` at the top",
            )
        )
    if head is None:
        return None
    return ServerSpec(at, head, seats, peer_keys, overrides, agent="control-agent" not in node)


def _aligning(node: Map, at: Route, family: str, note: Note) -> Note:
    """A note that takes routes of the family's view back to the document."""

    def aligned(finding: Finding) -> None:
        below = realign(node, finding.at[len(at) :], family)
        note(replace(finding, at=(*at, *below)))

    return aligned


def _only(seen: Map, keys: frozenset[str]) -> Map:
    kept = Map()
    kept.update({key: value for key, value in seen.items() if key in keys})
    return kept


def _override(node: Map, at: Route, family: str, note: Note) -> Block:
    value = node[family]
    at = (*at, family)
    if isinstance(value, Map):
        for key in value:
            if key not in MAY_DIFFER and key not in OLD_MAY_DIFFER:
                note(
                    Finding(
                        MAY_NOT_DIFFER,
                        (*at, key),
                        f"{key!r} may not differ between the servers",
                        on_key=True,
                        fix=f"say it once in `{family}:` at the top; a server's own may only be {', '.join(MAY_DIFFER)}",
                    )
                )
        allowed = Map()
        allowed.update({key: item for key, item in value.items() if key in MAY_DIFFER or key in OLD_MAY_DIFFER})
        value = allowed
    top = {"dhcp4": "Dhcp4", "dhcp6": "Dhcp6"}[family]
    return read_block(program(family), top, value, at, note, allow_null=True, partial=True)


def _high_availability(
    root: Map, families: list[str], note: Note
) -> tuple[Mapping[str, tuple[RelationshipSpec, ...]] | None, bool]:
    node = root.get("high-availability")
    at: Route = ("high-availability",)
    if "high-availability" not in root or _is_false(node):
        return {}, False
    if not isinstance(node, Map):
        note(Finding(WRONG_VALUE, at, f"`high-availability` must be a map, not {shown(node)}"))
        return None, False
    if "mode" not in node and not (isinstance(node.get("relationships"), Seq)):
        note(
            Finding(
                MISSING_SPEC_KEY,
                (*at, "mode"),
                "high-availability needs `mode`",
                fix="add `mode: hot-standby`, load-balancing or passive-backup",
            )
        )
        return None, False
    found: dict[str, tuple[RelationshipSpec, ...]] = {}
    good = True
    for family in families:
        if isinstance(node.get("mode"), Map) and view(node["mode"], family) is ABSENT:
            continue  # law 4: a family missing from `mode` is not in HA
        read = _family_relationships(node, at, family, _aligning(node, at, family, note))
        good = good and read is not None
        found[family] = read or ()
    return (found if good else None), "relationships" in node


def _family_relationships(node: Map, at: Route, family: str, note: Note) -> tuple[RelationshipSpec, ...] | None:
    seen = view_map(node, family, leave_out=("relationships",))
    common = _relationship(seen, at, note)
    listed = node.get("relationships")
    if "relationships" not in node:
        return None if common is None else (common,)
    if not isinstance(listed, Seq) or not listed:
        note(
            Finding(WRONG_VALUE, (*at, "relationships"), f"`relationships` must be a list of maps, not {shown(listed)}")
        )
        return None
    made: list[RelationshipSpec] = []
    good = common is not None
    for index, item in enumerate(listed):
        below = (*at, "relationships", index)
        if not isinstance(item, Map) or by_family(item):
            note(Finding(WRONG_VALUE, below, f"a relationship is a map with `peers`, not {shown(item)}"))
            good = False
            continue
        own = view_map(item, family)
        peers = _peers(own.get("peers"), (*below, "peers"), note)
        merged = Map()
        merged.update(seen)
        merged.update({key: value for key, value in own.items() if key != "peers"})
        read = _relationship(merged, below, note, own=own, common_at=at)
        if read is None or peers is None:
            good = False
        else:
            made.append(replace(read, peers=peers))
    return tuple(made) if good else None


def _relationship(
    seen: Map, at: Route, note: Note, own: Map | None = None, common_at: Route | None = None
) -> RelationshipSpec | None:
    keywords = program("ha").scopes["relationship"].keywords
    kea: Map = Map()
    ours: dict[str, Value] = {}
    moved: dict[str, Route] = {}
    for key, value in seen.items():
        if common_at is not None and own is not None and key not in own:
            moved[key] = (*common_at, key)
        if key in _DERIVED_HA:
            note(Finding(DERIVED_KEY, (*at, key), _DERIVED_HA[key], on_key=True, fix=f"take `{key}` away"))
        elif key in OUR_HA_KEYS:
            ours[key] = value
        elif key in keywords or own is None or key in own:
            kea[key] = value
    for key in kea:
        if key not in keywords:
            note(unknown_key(key, at, (set(keywords) | OUR_HA_KEYS) - set(_DERIVED_HA), "high-availability"))
    settings = read_block(program("ha"), "relationship", _only(kea, frozenset(keywords)), at, note, partial=True)
    settings.moved = moved or None
    read = shape(Ours, ours, at, note, "high-availability")
    return None if read is None else RelationshipSpec(at, read, settings)


def _peers(node: Value, at: Route, note: Note) -> tuple[tuple[Route, RelationshipPeer], ...] | None:
    if not isinstance(node, Seq) or not node:
        nothing = is_null(node) or node is None
        note(
            Finding(
                MISSING_SPEC_KEY if nothing else WRONG_VALUE,
                at,
                "a relationship needs `peers`, a list of {server, role}",
            )
        )
        return None
    peers: list[tuple[Route, RelationshipPeer]] = []
    for index, item in enumerate(node):
        if not isinstance(item, Map):
            note(Finding(WRONG_VALUE, (*at, index), f"a peer is a map with server and role, not {shown(item)}"))
            return None
        peer = shape(RelationshipPeer, item, (*at, index), note, "a peer")
        if peer is None:
            return None
        peers.append(((*at, index), peer))
    return tuple(peers)
