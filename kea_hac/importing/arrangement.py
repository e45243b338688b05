"""The servers and their roles, read from their HA relationships, each of which names the server itself and its partners.

In: hosts. Out: `Arrangement`: a pair (one relationship in each family, the same peers in all files), a hub (a server with
several), or servers without HA. Where two files differ about one peer, that is reported, and the value of the base is used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from kea_hac.check.rules.relationship import PeerEntry, RelationshipEntry
from kea_hac.diagnostics import Finding
from kea_hac.importing.hosts import NAME, Host, InputFile
from kea_hac.importing.notes import ASSUMED, NOT_ONE_PAIR, Notes
from kea_hac.kea.config import FAMILIES, Daemon
from kea_hac.kea.high_availability import Role
from kea_hac.kea.peer_url import PeerUrl
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """One relationship as one server's file has it."""

    host: Host
    given: InputFile
    entry: RelationshipEntry

    def peer(self, name: str) -> PeerEntry | None:
        """The peer of a name."""
        return next((peer for peer in self.entry.peers if peer.name == name), None)

    @property
    def names(self) -> frozenset[str]:
        """The names of its peers."""
        return frozenset(peer.name for peer in self.entry.peers if peer.name)


@dataclass(frozen=True, slots=True)
class ImportedRelationship:
    """One relationship in one family, in the files that have it: the base's first."""

    daemon: Daemon
    views: tuple[View, ...]

    @property
    def base(self) -> View:
        """The view whose values are used."""
        return self.views[0]

    def own(self, name: str) -> View | None:
        """The view of the server of that peer name."""
        return next((view for view in self.views if view.entry.this_name == name), None)

    def url(self, name: str) -> PeerUrl | None:
        """The address that the server binds: by its own file, else the one that the others connect to."""
        own = self.own(name)
        for view in (own, *self.views) if own else self.views:
            peer = view.peer(name)
            if peer is not None and peer.url is not None:
                return peer.url
        return None

    def address(self, name: str, control: str | None) -> PeerUrl | None:
        """The url whose address is the server's own in the spec: the one that it binds.

        Where it binds all addresses, or another one than the agent and the partners use (`control`: the address of the
        agent or of an HTTP socket), it is the one that the partners connect to. None where no file names it.
        """
        bound, dialled = self.url(name), self.dialled(name)
        if bound is not None and bound.address.is_unspecified:
            return dialled if dialled is not None and not dialled.address.is_unspecified else None
        return dialled if dialled is not None and str(dialled.address) == control else bound

    def forwarded_port(self, name: str) -> int | None:
        """The port that the partners connect to, where the server's own file has another one."""
        own, dialled = self.own(name), self.dialled(name)
        peer = own.peer(name) if own else None
        if peer is None or peer.url is None or dialled is None or not (peer.url.usable and dialled.usable):
            return None
        return dialled.port if dialled.port != peer.url.port else None

    def own_port(self, name: str) -> int | None:
        """The port of the server's dedicated listener, where it is not the base's; None where it is, or there is none."""
        base, url = self.url(self.base.entry.this_name or ""), self.url(name)
        if not self.base.entry.opens_listener or base is None or url is None or not url.usable:
            return None
        return url.port if url.port != base.port else None

    def dialled(self, name: str) -> PeerUrl | None:
        """The address that the partners connect to."""
        for view in self.views:
            peer = view.peer(name)
            if view.entry.this_name != name and peer is not None and peer.url is not None:
                return peer.url
        return None


@dataclass(frozen=True, slots=True)
class Server:
    """One server of the spec."""

    name: str
    host: Host | None
    """None when there are no files of it."""
    peers: Mapping[tuple[str, frozenset[str]], str]
    """Its peer name, by family and the names of the relationship."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The servers and what joins them."""

    servers: tuple[Server, ...]
    bonds: Mapping[str, tuple[ImportedRelationship, ...]]
    """By family; empty where it is not in HA."""
    hub: bool
    base: Host
    """The host whose values are used where two differ."""

    def server_of(self, host: Host) -> Server | None:
        """The server that a host is."""
        return next((server for server in self.servers if server.host is host), None)

    @property
    def known(self) -> tuple[Server, ...]:
        """The servers with files, the base first."""
        with_files = [server for server in self.servers if server.host is not None]
        return tuple(sorted(with_files, key=lambda server: server.host is not self.base))


def arrange(hosts: Sequence[Host], prefer: str | None, notes: Notes) -> Arrangement:
    """Read the arrangement. `prefer`: label or peer name of the host whose values are used; else the primary."""
    hub = any(len(host.relationships(daemon)) > 1 for host in hosts for daemon in FAMILIES)
    base = _base(hosts, prefer, hub)
    ordered = [base, *(host for host in hosts if host is not base)]
    bonds = {daemon.name: _bonds(ordered, daemon, hub) for daemon in FAMILIES}
    if not hub:
        bonds = {family: _one_pair(found, notes) for family, found in bonds.items()}
    servers = _servers(ordered, bonds, hub, notes)
    for server in servers:
        host = server.host
        if host is not None and host.named and server.name != host.label:
            message = f"{host.label} is {server.name!r} as an HA peer, so the spec uses this name"
            at = next(iter(host.files.values())).top
            notes.note(Finding(ASSUMED, at, message, on_key=True, fix="rename the peer on all servers to change it"))
    return Arrangement(servers, bonds, hub, base)


def _base(hosts: Sequence[Host], prefer: str | None, hub: bool) -> Host:
    for host in hosts if prefer else ():
        if host.label == prefer or prefer in _this_names(host):
            return host
    if hub:
        return max(hosts, key=lambda host: max(len(host.relationships(daemon)) for daemon in FAMILIES))
    for host in hosts:
        for daemon in FAMILIES:
            for entry in host.relationships(daemon):
                if entry.own is not None and entry.own.role is Role.PRIMARY:
                    return host
    return hosts[0]


def _this_names(host: Host) -> tuple[str, ...]:
    names = [entry.this_name for daemon in FAMILIES for entry in host.relationships(daemon) if entry.this_name]
    return tuple(dict.fromkeys(names))


def _bonds(hosts: Sequence[Host], daemon: Daemon, hub: bool) -> tuple[ImportedRelationship, ...]:
    """The relationships of a family: in a hub those of the same peers are one, in a pair all are meant to be one."""
    found: dict[frozenset[str], list[View]] = {}
    for host in hosts:
        for entry in host.relationships(daemon):
            view = View(host, host.files[daemon.name], entry)
            found.setdefault(view.names if hub else frozenset(), []).append(view)
    return tuple(ImportedRelationship(daemon, tuple(views)) for views in found.values())


def _one_pair(bonds: tuple[ImportedRelationship, ...], notes: Notes) -> tuple[ImportedRelationship, ...]:
    """The bond less the files that name no peer of the base's."""
    kept = []
    for bond in bonds:
        views = []
        for view in bond.views:
            if view.names & bond.base.names or not view.names:
                views.append(view)
                continue
            message = (
                f"the peers of {view.host.label} are {', '.join(sorted(view.names))}, and those of "
                f"{bond.base.host.label} {', '.join(sorted(bond.base.names))}: these are two different pairs"
            )
            related = ((bond.base.entry.block.where("peers"), bond.base.host.label),)
            fix = "import each pair separately"
            notes.note(Finding(NOT_ONE_PAIR, view.entry.block.where("peers"), message, related=related, fix=fix))
        kept.append(ImportedRelationship(bond.daemon, tuple(views)))
    return tuple(kept)


def _servers(
    hosts: Sequence[Host], bonds: Mapping[str, tuple[ImportedRelationship, ...]], hub: bool, notes: Notes
) -> tuple[Server, ...]:
    """The hosts and every peer without files; a pair in the order of its peers."""
    joined = [(family, bond) for family, found in bonds.items() for bond in found]
    if not joined:
        if len(hosts) > 1:
            at = next(iter(hosts[1].files.values())).top
            message = f"no HA relationship joins {hosts[0].label} and {hosts[1].label}"
            notes.note(Finding(NOT_ONE_PAIR, at, message, fix="import each server separately"))
        return tuple(Server(_alone(host), host, {}) for host in hosts[:1])
    named: dict[str, Host] = {}
    for host in hosts:
        for name in _this_names(host):
            other = named.setdefault(name, host)
            if other is not host:
                _same_name(name, host, other, notes)
    places: dict[str, dict[tuple[str, frozenset[str]], str]] = {}
    owners: dict[str, Host | None] = {}
    peers = {name for _, bond in joined for name in _peer_names(bond)}
    for family, bond in joined:
        for name in _peer_names(bond):
            owner = named.get(name)
            server = _hub_name(owner, named, peers) if hub and owner else name
            places.setdefault(server, {})[family, bond.base.names] = name
            owners.setdefault(server, owner)
    return tuple(
        Server(_plain(name, notes, joined[0][1]), owners[name], server_families)
        for name, server_families in places.items()
    )


def _peer_names(bond: ImportedRelationship) -> Iterator[str]:
    """Every peer that some file names, those of the base first."""
    names = (peer.name for view in bond.views for peer in view.entry.peers if peer.name)
    yield from dict.fromkeys(names)


def _hub_name(host: Host, named: Mapping[str, Host], peers: Collection[str]) -> str:
    """A hub has a peer name for each relationship, so its name is the one that the user chose, or that of its folder."""
    names = _this_names(host)
    if len(names) == 1 and not host.named:
        return names[0]
    taken = host.label in peers and named.get(host.label) is not host
    return names[0] if taken or not NAME.match(host.label) else host.label


def _alone(host: Host) -> str:
    stamp = host.stamp
    name = host.label if host.named or stamp is None else stamp.server
    return name if NAME.match(name) else "server1"


def _plain(name: str, notes: Notes, bond: ImportedRelationship) -> str:
    """A peer name that can be a server's name in a spec."""
    if NAME.match(name):
        return name
    result = "".join(each if NAME.match(f"x{each}") else "-" for each in name.strip()).strip("-._") or "server"
    message = f"the peer name {name!r} cannot be a server's name in a spec; the spec uses {result!r}"
    notes.note(
        Finding(NOT_ONE_PAIR, bond.base.entry.block.where("peers"), message, fix="rename the peer on all servers")
    )
    return result


def _same_name(name: str, host: Host, other: Host, notes: Notes) -> None:
    at = next(
        entry.block.where("this-server-name")
        for daemon in FAMILIES
        for entry in host.relationships(daemon)
        if entry.this_name == name
    )
    message = f"both {other.label} and {host.label} are {name!r}: the files of {host.label} are left out"
    fix = "in each file, set this-server-name to the name of the server's own peer"
    notes.note(Finding(NOT_ONE_PAIR, at, message, fix=fix))
