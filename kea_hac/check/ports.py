"""The port map of the pair: who binds what on each server, and who wants the same.

Whoever comes second loses: an agent exits, a DHCP server of 2.6 and later exits, and 2.2.0 stays up without its listener,
so that both servers think the other is down (seen on 2.2.0, 2.6.3, 3.0.4). No check of Kea sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import THE_SERVER, Finding, KeaSays, Route, rule
from kea_hac.model.channel import address_at, agent_channel, http_sockets
from kea_hac.model.site import Node, Relationship, Site
from kea_hac.spec.scalars import Address

PORT_TAKEN = rule(
    "KH701",
    "port-taken-twice",
    kea=KeaSays.ACCEPTS,
    why="The second program cannot bind: an agent or a server of 2.6 and later exits, 2.2 runs on without its HA listener.",
    source="HA-48; seen on 2.2.0, 2.6.3, 3.0.4",
)
UNREACHABLE_BIND = rule(
    "KH703",
    "loopback-that-a-partner-must-reach",
    kea=KeaSays.ACCEPTS,
    why="The partner's calls go to itself: the servers never see each other.",
    source="HA-47, HA-50",
)


@dataclass(frozen=True, slots=True)
class _Bound:
    at: Route
    who: str
    fix: str
    address: Address
    port: int

    def clashes(self, other: _Bound) -> bool:
        same = self.address == other.address
        wild = self.address.version == other.address.version and (
            self.address.is_unspecified or other.address.is_unspecified
        )
        return self.port == other.port and (same or wild)


_LISTENERS = "give each a port of its own, such as `listener: {dhcp4: 8001, dhcp6: 8002}`"


def _partners(relationship: Relationship, node: Node) -> str:
    return f" with {', '.join(peer.node.name for peer in relationship.peers if peer.node.name != node.name)}"


def _listeners(site: Site, node: Node) -> Iterator[_Bound]:
    for name, family in site.families.items():
        for relationship in family.of(node):
            peer = relationship.peer_of(node)
            address = (peer.address if peer else None) or node.seats[name].address
            port = relationship.port_of(peer) if peer else None
            if peer is not None and port is not None and address is not None:
                yield _Bound(
                    relationship.port_at(peer),
                    f"the HA listener of {name}{_partners(relationship, node) if site.hub else ''}",
                    "give each relationship, and each family in it, a `listener` port of its own"
                    if site.hub
                    else _LISTENERS,
                    address,
                    port,
                )


def _bound(site: Site, node: Node) -> Iterator[_Bound]:
    yield from _listeners(site, node)
    for name, family in site.families.items():
        for socket in http_sockets(family, node):
            fix = "give each a `socket-port` of its own"
            yield _Bound(socket.at, f"an HTTP control socket of {name}", fix, socket.address, socket.port)
    for agent in agent_channel(site, node, next(iter(node.seats.values()))) if node.seats else ():
        yield _Bound(agent.at, "the control agent", "give the agent another `http-port`", agent.address, agent.port)


@checks(PORT_TAKEN, on=Subject.SITE)
def port_taken_twice(site: Site) -> Iterator[Finding]:
    """Two programs of one server want the same address and port."""
    for node in site.nodes:
        seen: list[_Bound] = []
        for bound in _bound(site, node):
            other = next((each for each in seen if each.clashes(bound)), None)
            if other is not None:
                yield Finding(
                    PORT_TAKEN,
                    bound.at,
                    f"on {THE_SERVER} {other.who} and {bound.who} want port {bound.port} of the same address",
                    server=node.name,
                    related=((other.at, other.who),),
                    fix=bound.fix,
                )
            seen.append(bound)


@checks(UNREACHABLE_BIND, on=Subject.SITE)
def loopback_that_a_partner_must_reach(site: Site) -> Iterator[Finding]:
    """The HA channel of a server is bound to loopback."""
    for node in site.nodes:
        for name, family in site.families.items():
            for relationship in family.of(node):
                peer = relationship.peer_of(node)
                address = (peer.address if peer else None) or node.seats[name].address
                if relationship.listener is None:
                    sockets = [*http_sockets(family, node), *agent_channel(site, node, node.seats[name])]
                    address = sockets[0].address if sockets else None
                if address is not None and address.is_loopback:
                    yield Finding(
                        UNREACHABLE_BIND,
                        address_at(site, node, name, relationship, peer, dialled=False),
                        f"server {node.name!r} waits for its partner on {address}, which only itself can reach",
                        fix="use an address that the partner can reach",
                    )
