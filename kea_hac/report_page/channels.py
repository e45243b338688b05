"""A site → who connects to whom: from, to, address, port, TLS, password. What the drawing and its table show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kea_hac.kea.config import Block
from kea_hac.kea.high_availability import Mode, Role
from kea_hac.model.channel import Channel, agent_channel, channel_of, http_sockets, unix_socket
from kea_hac.model.site import Family, Node, Peer, Relationship, Site, url_host
from kea_hac.records import dataclass
from kea_hac.spec.pair import SharedAgent

AGENT = "Micetro DHCP Agent"
_USER = ("basic-auth-user", "basic-auth-user-file")


@dataclass(frozen=True, slots=True)
class Link:
    """One connection."""

    source: str
    target: str
    purpose: str
    """HA of dhcp4, commands"""
    where: str
    """192.0.2.12:8001, or the path of a unix socket"""
    tls: str
    """TLS with client certificates, TLS, no TLS, local"""
    password: str
    """password, no password; "" where none is possible"""

    @property
    def protection(self) -> str:
        """TLS and password in one line."""
        return ", ".join(filter(None, (self.tls, self.password)))


@dataclass(frozen=True, slots=True)
class Listener:
    """What a server opens."""

    what: str
    where: str
    protection: str


def links(site: Site) -> tuple[Link, ...]:
    """Every connection: those of HA first, then those of Micetro. Families that use one port are one connection."""
    found: dict[Link, list[str]] = {}
    for name, family in site.families.items():
        for relationship in family.relationships:
            for link in _ha_links(site, family, relationship):
                found.setdefault(link, []).append(name)
    merged = [replace(link, purpose=f"HA of {' and '.join(dict.fromkeys(names))}") for link, names in found.items()]
    return (*merged, *_micetro_links(site))


def _ha_links(site: Site, family: Family, relationship: Relationship) -> Iterator[Link]:
    for source in relationship.peers:
        if source.role == Role.BACKUP or (relationship.mode == Mode.PASSIVE_BACKUP and source.role != Role.PRIMARY):
            continue  # a backup only listens
        for target in relationship.peers:
            if target is source:
                continue
            channel = channel_of(site, family, relationship, target, seen_by=source.node)
            if channel is not None:
                yield Link(
                    source.node.name,
                    target.node.name,
                    "HA",
                    _address(channel),
                    _tls(channel, relationship),
                    _password(target, family.daemon.name),
                )


def _address(channel: Channel) -> str:
    return f"{url_host(channel.address)}:{channel.port}"


def _tls(channel: Channel, relationship: Relationship | None = None) -> str:
    if channel.scheme != "https":
        return "no TLS"
    if relationship is not None and channel.entry is None:
        required = relationship.settings.get("require-client-certs", True)
    else:
        required = channel.entry is None or channel.entry.get("cert-required", True)
    return "TLS with client certificates" if required else "TLS"


def _password(target: Peer, family: str) -> str:
    keys = target.node.server_families[family].peer_keys
    return "password" if any(keys.get(key) for key in _USER) else "no password"


def _micetro_links(site: Site) -> Iterator[Link]:
    if site.micetro is None:
        return
    agent = site.micetro.agent
    for node in site.nodes:
        source = (
            f"{AGENT} {agent.name} ({agent.address})" if isinstance(agent, SharedAgent) else f"{AGENT} on {node.name}"
        )
        server_family = next(iter(node.server_families.values()), None)
        channel = next(agent_channel(site, node, server_family), None) if server_family is not None else None
        if channel is not None:
            yield Link(source, node.name, "commands", _address(channel), _tls(channel), _asks(channel))
            continue
        for family in site.families.values():
            for socket in http_sockets(family, node) if isinstance(agent, SharedAgent) else ():
                what = f"commands to {family.daemon.name}"
                yield Link(source, node.name, what, _address(socket), _tls(socket), _asks(socket))
            path = unix_socket(family, node)
            if path is not None and not isinstance(agent, SharedAgent):
                yield Link(source, node.name, f"commands to {family.daemon.name}", path, "local", "")


def _asks(channel: Channel) -> str:
    entry = channel.entry
    found = entry.get("authentication") if entry is not None else None
    clients = found.get("clients") if isinstance(found, Block) else None
    return "password" if clients else "no password"


def listeners(site: Site, node: Node) -> Iterator[Listener]:
    """What a server opens: listeners of HA, the agent or HTTP control sockets, unix control sockets."""
    for name, family in site.families.items():
        for relationship in family.of(node):
            peer = relationship.peer_of(node)
            if peer is None or relationship.listener is None:
                continue
            own = channel_of(site, family, relationship, peer, seen_by=node)
            if own is not None:
                yield Listener(f"HA {name}", _address(own), _tls(own, relationship))
    first = next(iter(node.server_families.values()), None)
    for channel in agent_channel(site, node, first) if first is not None else ():
        yield Listener("agent", _address(channel), f"{_tls(channel)}, {_asks(channel)}")
    for name, family in site.families.items():
        for channel in http_sockets(family, node):
            yield Listener(f"HTTP {name}", _address(channel), f"{_tls(channel)}, {_asks(channel)}")
        path = unix_socket(family, node)
        if path is not None:
            yield Listener(f"unix {name}", path, "")
