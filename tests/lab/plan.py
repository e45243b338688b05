"""From a group's configurations to the network they ask for: pure, no namespace is touched here.

Two interfaces are on one segment when they serve the same subnet (or, by the test's own plan, hold addresses of the same
network); interfaces without any subnet pair up by their order. Addresses that no subnet holds (control-address, HA over a
link of its own, the outer side of NAT) go to a management segment that every server and the client are on.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.lab import keajson
from tests.lab.errors import LabError
from tests.lab.keajson import Address, Network

CLIENT = "client"
MANAGEMENT = "lab-mgmt"
_CLIENT_MANAGEMENT = ("198.19.255.254/32", "fd19:255::254/128")

Configs = Mapping[str, Mapping[str, dict[str, Any]]]
"""server → daemon → the map below its file's top key."""
Explicit = Mapping[str, Mapping[str, Sequence[str]]]
"""server → interface → addresses with prefix length, as the test wants them."""


@dataclass(frozen=True, slots=True)
class Link:
    """One host's interface on a segment."""

    host: str
    interface: str
    addresses: tuple[str, ...]
    """With prefix length."""
    routes: tuple[str, ...] = ()
    """Prefixes (or `default`, `::/0`) reached directly on this link."""


@dataclass(frozen=True, slots=True)
class Forward:
    """NAT: what reaches `outer` on a server is carried to `inner`."""

    server: str
    outer: tuple[str, int]
    inner: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """Segments (one bridge each) and what NAT has to carry."""

    segments: tuple[tuple[Link, ...], ...]
    forwards: tuple[Forward, ...]
    subnets: Mapping[int, tuple[tuple[Network, bool], ...]]
    """family → the served subnets in file order; True: it names an interface, so clients reach it without a relay."""

    def of(self, host: str) -> list[Link]:
        """The links of one host."""
        return [link for segment in self.segments for link in segment if link.host == host]

    def client_in(self, network: Network) -> tuple[str, str]:
        """The client's interface and address in a served subnet."""
        for link in self.of(CLIENT):
            for text in link.addresses:
                held = ipaddress.ip_interface(text)
                if held.ip in network and held.network.prefixlen == network.prefixlen:
                    return link.interface, str(held.ip)
        raise LabError(f"no server of this group serves {network}")


@dataclass(frozen=True, slots=True)
class _Served:
    server: str
    interface: str
    network: Network
    pools: list[tuple[Address, Address]]
    direct: bool


def derive(configs: Configs, explicit: Explicit | None = None) -> Plan:
    """The network that these configurations need. `explicit` interfaces hold exactly the addresses that it says."""
    return _Planner(configs, explicit or {}).plan()


class _Planner:
    """The intermediate results of one `derive`."""

    def __init__(self, configs: Configs, explicit: Explicit) -> None:
        self.configs, self.explicit = configs, explicit
        self.interfaces = {server: self._interfaces(server) for server in configs}
        self.served = [entry for server in configs for entry in self._served(server)]
        self.forwards = _forwards(configs)
        self.wanted = {server: self._wanted(server) for server in configs}
        self.used = {ip for held in self.wanted.values() for ip in held} | self._held()

    def _interfaces(self, server: str) -> list[str]:
        names = [name for config in self.configs[server].values() for name in keajson.interfaces(config)]
        planned = [name for name in self.explicit.get(server, {}) if name != MANAGEMENT]
        return list(dict.fromkeys([*names, *planned])) or ["eth0"]

    def _served(self, server: str) -> list[_Served]:
        found = []
        for family, daemon in ((4, "dhcp4"), (6, "dhcp6")):
            config = self.configs[server].get(daemon, {})
            first = next(iter(keajson.interfaces(config)), self.interfaces[server][0])
            for subnet, named in keajson.subnets(config, family):
                network = ipaddress.ip_network(str(subnet.get("subnet")), strict=False)
                pools = keajson.pool_ranges(subnet)
                found.append(_Served(server, named or first, network, pools, named is not None))
        return found

    def _wanted(self, server: str) -> list[Address]:
        """Addresses that the server's files (and its partners' URLs) say it has, those of the test's plan left out."""
        own = [ip for config in self.configs[server].values() for ip in keajson.own_addresses(config)]
        outer = [ipaddress.ip_address(forward.outer[0]) for forward in self.forwards if forward.server == server]
        planned = {ipaddress.ip_interface(text).ip for held in self.explicit.get(server, {}).values() for text in held}
        return [ip for ip in dict.fromkeys([*own, *outer]) if ip not in planned]

    def _held(self) -> set[Address]:
        return {
            ipaddress.ip_interface(t).ip for links in self.explicit.values() for held in links.values() for t in held
        }

    def plan(self) -> Plan:
        segments = [self._segment(number, members) for number, members in enumerate(self._groups())]
        management = self._management(
            {text.split("/")[0] for links in segments for link in links for text in link.addresses}
        )
        subnets: dict[int, dict[Network, bool]] = {4: {}, 6: {}}
        for entry in self.served:
            direct = subnets[entry.network.version].get(entry.network, False) or entry.direct
            subnets[entry.network.version][entry.network] = direct
        return Plan(
            tuple([*segments, management] if management else segments),
            tuple(each for each in self.forwards if each.outer != each.inner),
            {family: tuple(found.items()) for family, found in subnets.items()},
        )

    def _groups(self) -> list[list[tuple[str, str]]]:
        """The (server, interface) pairs that share a wire."""
        keys: dict[tuple[str, str], set[object]] = {
            (s, i): set() for s, names in self.interfaces.items() for i in names
        }
        for entry in self.served:
            keys.setdefault((entry.server, entry.interface), set()).add(entry.network)
        for server, links in self.explicit.items():
            for interface, held in links.items():
                if interface != MANAGEMENT:
                    keys[server, interface] |= {ipaddress.ip_interface(text).network for text in held}
        for server, names in self.interfaces.items():
            for order, interface in enumerate(names):
                if not keys[server, interface]:
                    keys[server, interface] = {order}
        groups: list[tuple[list[tuple[str, str]], set[object]]] = []
        for member, own in keys.items():
            joined = [group for group in groups if group[1] & own]
            members = [node for group in joined for node in group[0]] + [member]
            groups = [group for group in groups if group not in joined]
            groups.append((members, own.union(*(group[1] for group in joined))))
        return [members for members, _ in groups]

    def _segment(self, number: int, members: list[tuple[str, str]]) -> tuple[Link, ...]:
        links = [self._server_link(server, interface) for server, interface in members]
        networks = {e.network: e.pools for e in self.served if (e.server, e.interface) in members}
        client = tuple(f"{self._pick(network, pools)}/{network.prefixlen}" for network, pools in networks.items())
        return (*links, Link(CLIENT, f"eth{number}", client))

    def _server_link(self, server: str, interface: str) -> Link:
        """Addresses: the test's, else those of the files that lie in a served subnet, else one that the lab picks."""
        planned = self.explicit.get(server, {}).get(interface)
        addresses = [ipaddress.ip_interface(text) for text in planned or ()]
        routes: list[str] = []
        pinned = self._pinned(server, interface)
        for entry in (e for e in self.served if (e.server, e.interface) == (server, interface)):
            network = entry.network
            candidates = [ip for ip in dict.fromkeys([*self.wanted[server], *pinned]) if ip in network]
            here = [ipaddress.ip_interface(f"{ip}/{network.prefixlen}") for ip in candidates]
            first = not any(held.version == network.version for held in addresses)
            if not here and first and planned is None:
                here = [ipaddress.ip_interface(f"{self._pick(network, entry.pools)}/{network.prefixlen}")]
            addresses += [held for held in here if held not in addresses]
            if not any(held.network == network for held in addresses):
                routes.append(str(network))
        for ip in pinned:
            if all(held.ip != ip for held in addresses):
                addresses.append(ipaddress.ip_interface(f"{ip}/{ip.max_prefixlen}"))
        return Link(server, interface, tuple(map(str, addresses)), tuple(routes))

    def _pinned(self, server: str, interface: str) -> list[Address]:
        """The addresses of NAME/ADDRESS entries in interfaces-config."""
        entries = [entry for config in self.configs[server].values() for entry in keajson.listening(config)]
        found = [keajson.literal(e.split("/", 1)[1]) for e in entries if e.startswith(f"{interface}/")]
        return [ip for ip in dict.fromkeys(found) if ip is not None]

    def _pick(self, network: Network, pools: list[tuple[Address, Address]]) -> Address:
        """A free address near the top of the subnet, outside its pools while there is one."""
        top = [network.broadcast_address - step for step in range(1, min(network.num_addresses - 1, 2000))]
        free = [ip for ip in top if ip not in self.used]
        outside = (ip for ip in free if not any(int(low) <= int(ip) <= int(high) for low, high in pools))
        chosen = next(outside, None) or next(iter(free), None)
        if chosen is None:
            raise LabError(f"no free address in {network} for the lab's own hosts")
        self.used.add(chosen)
        return chosen

    def _management(self, placed: set[str]) -> tuple[Link, ...]:
        rest = {server: [ip for ip in held if str(ip) not in placed] for server, held in self.wanted.items()}
        planned = {server: tuple(links[MANAGEMENT]) for server, links in self.explicit.items() if MANAGEMENT in links}
        if not any(rest.values()) and not planned:
            return ()
        everywhere = ("default", "::/0")
        links = []
        for server, held in rest.items():
            addresses = tuple(f"{ip}/{ip.max_prefixlen}" for ip in held) + planned.get(server, ())
            links.append(Link(server, MANAGEMENT, addresses, everywhere))
        return (*links, Link(CLIENT, MANAGEMENT, _CLIENT_MANAGEMENT, everywhere))


def _forwards(configs: Configs) -> list[Forward]:
    """What NAT carries: a partner's URL for a server that is not the address which the server itself binds."""
    own: dict[tuple[str, object], tuple[str, tuple[Address | None, int]]] = {}
    for server, daemons in configs.items():
        for daemon, config in daemons.items():
            for peer in keajson.own_peers(config):
                own[daemon, peer.get("name")] = (server, keajson.endpoint(str(peer.get("url"))))
    found: dict[Forward, None] = {}
    for server, daemons in configs.items():
        for daemon, config in daemons.items():
            for peer in (peer for each in keajson.relationships(config) for peer in each.get("peers") or []):
                owner, (inner, inner_port) = own.get((daemon, peer.get("name")), (server, (None, 0)))
                outer, outer_port = keajson.endpoint(str(peer.get("url")))
                if owner == server or not inner or not outer:
                    continue
                wildcard = inner.is_unspecified
                if wildcard:  # the server listens on all of its addresses, and must hold the one that is dialled
                    inner = outer
                if inner != outer or inner_port != outer_port or wildcard:
                    found[Forward(owner, (str(outer), outer_port), (str(inner), inner_port))] = None
    return list(found)
