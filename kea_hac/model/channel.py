"""Where a partner reaches a server: its dedicated listener, else its HTTP control socket, else its control agent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Daemon
from kea_hac.kea.version import Feature, has
from kea_hac.model.site import Family, Node, Peer, Relationship, ServerFamily, Site
from kea_hac.records import dataclass
from kea_hac.spec.merging import laid_over
from kea_hac.spec.scalars import Address

AGENT_PORT = 8000
"""Kea's default of http-port (seen in config-get of an empty agent on 2.2.0, 2.6.3, 3.0.4)."""
LISTENER = "listener"
"""The key of a spec under which a compiled peer records where its port was set (`Block.locate`)."""
SOCKET_PORT = 8000
"""Kea's default of socket-port for http and https (ChangeLog 2271)."""


@dataclass(frozen=True, slots=True)
class Channel:
    """An HTTP service of a server that its partner can call."""

    at: Route
    scheme: str
    address: Address
    port: int
    entry: Block | None = None
    """The map of the control socket or of the agent, which may ask for a password; None for a dedicated listener."""

    @property
    def who(self) -> str:
        """What messages call it."""
        if self.entry is None:
            return "the HA listener"
        return "the HTTP control socket" if "socket-type" in self.entry else "the control agent"

    @property
    def where(self) -> str:
        """The key of the spec that it is written under."""
        return "the entry of `control-sockets`" if self.entry and "socket-type" in self.entry else "`control-agent`"


def channel_of(site: Site, family: Family, relationship: Relationship, peer: Peer, seen_by: Node) -> Channel | None:
    """The channel that the URL of `peer` names in the file of `seen_by`. None when the server opens none.

    A server's own URL is the address that its dedicated listener binds (ha_service.cc). The partner's URL is the address
    that the server connects to. Behind NAT, with a forwarded port, and where all addresses are bound, the two differ.
    """
    server_family = peer.node.server_families[family.daemon.name]
    here = peer.node.name == seen_by.name
    dialled = None if here else peer.address or server_family.peer_address
    forwarded = None if here else peer.peer_port or server_family.peer_port
    port = relationship.port_of(peer)
    if port is not None:
        own = peer.bind_address or server_family.bind_address if here else None
        address = own or dialled or peer.address or server_family.address
        # The TLS files of the server that loads this file decide (ha_config.cc, client.cc). A partner without TLS files is
        # another mistake, reported by its own rule.
        scheme = "https" if relationship.tls_of(seen_by, family.daemon.name) else "http"
        at = _forwarded_at(peer) if forwarded else relationship.port_at(peer)
        return Channel(at, scheme, address, forwarded or port) if address else None
    for bound in (*http_sockets(family, peer.node), *agent_channel(site, peer.node, server_family)):
        # the partner connects to a socket that is bound to every address at the server's own address
        own = server_family.address if bound.address.is_unspecified else bound.address
        if dialled or own:
            return replace(bound, address=dialled or own or bound.address, port=forwarded or bound.port)
    return None


def _forwarded_at(peer: Peer) -> Route:
    """The route of the port that partners connect to, where the spec sets one."""
    return (*(peer.at if peer.peer_port else peer.node.at), "peer-port")


def address_at(
    site: Site, node: Node, family: str, relationship: Relationship, peer: Peer | None, *, dialled: bool
) -> Route:
    """The route of the address that a peer binds, or with `dialled` that its partner connects to: a finding is shown there."""
    server_family = node.server_families[family]
    if not dialled and relationship.listener is not None:
        if peer is not None and peer.bind_address is not None:
            return (*peer.at, "bind-address")
        if server_family.bind_address is not None:
            return (*node.at, "bind-address")
    if peer is not None and peer.address is not None:
        return (*peer.at, "address")
    written = site.document.map_at(node.at)
    if dialled and server_family.peer_address is not None:
        return (*node.at, "peer-address")
    if relationship.listener is None:
        config = site.families[family]
        socket = next(iter(http_sockets(config, node)), None)
        if socket is not None and "socket-address" in site.document.map_at(socket.at):
            return (*socket.at, "socket-address")
        if "control-address" in written:
            return (*node.at, "control-address")
    return (*node.at, "address")


def own_or_shared_sockets(family: Family, server_family: ServerFamily) -> list[Block]:
    """The control-sockets list of a server: its own list replaces the pair's."""
    own = server_family.overrides
    listed = (
        own["control-sockets"] if own is not None and "control-sockets" in own else family.config.get("control-sockets")
    )
    return [entry for entry in listed if isinstance(entry, Block)] if isinstance(listed, list) else []


def unix_socket(family: Family, node: Node) -> str | None:
    """The full path of the unix control socket of a server in a family; None where the spec says `control-sockets: []`."""
    server_family = node.server_families[family.daemon.name]
    own = server_family.overrides
    written = own if own is not None and "control-sockets" in own else family.config
    if written.get("control-sockets") == []:
        return None
    listed = own_or_shared_sockets(family, server_family)
    return unix_path(next((entry for entry in listed if entry.get("socket-type") == "unix"), None), node, family.daemon)


def unix_path(entry: Block | None, node: Node, daemon: Daemon) -> str:
    """The full path of a unix socket as its entry names it; that of the platform where there is no entry, or no name."""
    name = entry.get("socket-name") if entry is not None else None
    return node.platform.socket_file(name) if isinstance(name, str) else node.platform.socket(daemon)


def http_sockets(family: Family, node: Node) -> Iterator[Channel]:
    """The HTTP control sockets that a server opens in a family (3.0+)."""
    if not has(node.version, Feature.HTTP_CONTROL_SOCKET):
        return
    server_family = node.server_families[family.daemon.name]
    for entry in own_or_shared_sockets(family, server_family):
        kind = entry.get("socket-type")
        address = _written_address(entry.get("socket-address"), server_family)
        if kind in ("http", "https") and address is not None:
            yield Channel(entry.at, kind, address, entry.get("socket-port", SOCKET_PORT), entry)


def _written_address(written: object, server_family: ServerFamily) -> Address | None:
    if isinstance(written, str) and "{" not in written:
        try:
            return ip_address(written)
        except ValueError:
            return None
    return server_family.address if written == "{address}" else server_family.control_address


def agent_channel(site: Site, node: Node, server_family: ServerFamily) -> Iterator[Channel]:
    """The control agent of a server, where it runs one."""
    if site.agent is None or not node.has_agent or not has(node.version, Feature.CONTROL_AGENT):
        return
    address = agent_address(site, node) or server_family.control_address
    agent = agent_map(site, node)
    if address is not None and agent is not None:
        scheme = "https" if agent.get("trust-anchor") else "http"
        yield Channel(agent.at, scheme, address, agent.get("http-port", AGENT_PORT), agent)


def agent_map(site: Site, node: Node) -> Block | None:
    """The spec's `control-agent` merged with the server's own values; None where the spec has none."""
    return laid_over(site.agent, node.agent_own) if site.agent is not None and node.agent_own else site.agent


def agent_address(site: Site, node: Node) -> Address | None:
    """The address that the one agent of a server binds: the first family's control address."""
    return next(
        (
            node.server_families[name].control_address
            for name in site.families
            if node.server_families[name].control_address
        ),
        None,
    )
