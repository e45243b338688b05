"""The addresses that a configuration itself says are in use: servers, routers and relays, and what a subnet keeps for itself.

In: one daemon's configuration, with the control agent's of the same server. Out: number → what has the address, and where that
is written. Nothing here knows of pools.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from kea_hac.check.rules.option_entries import OptionEntry, options_below, options_of
from kea_hac.diagnostics import Route
from kea_hac.kea.addressing import BITS, Prefix, packed
from kea_hac.kea.config import Block, Json, blocks_of
from kea_hac.kea.option_types import ADDRESSES
from kea_hac.kea.peer_url import read_peer_url
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_NO_HOSTS = {
    4: frozenset({"subnet-mask", "broadcast-address", "policy-filter", "static-routes", "dhcp-requested-address"}),
    6: frozenset({"iaaddr"}),
}
"""Standard options that contain addresses which are not the addresses of hosts."""
_LOOPBACK_4, _MULTICAST_4 = 127, 224


@dataclass(frozen=True, slots=True)
class Fixed:
    """One address in use."""

    number: int
    what: str
    """What has it: "routers", "HA peer kea1"."""
    at: Route
    own: bool = False
    """True for an address of a DHCP server or relay, which no client can have, whatever its identifier."""
    silent: bool = False
    """True for an address that answers no ping: of the subnet itself."""


class FixedAddresses:
    """The addresses in use, in their order."""

    def __init__(self, found: Sequence[Fixed]) -> None:
        """`found`: of two with one address the first counts."""
        self._first = {each.number: each for each in reversed(found)}
        self._numbers = sorted(self._first)
        self._ordered = [self._first[number] for number in self._numbers]
        self._own = [each.number for each in self._ordered if each.own]

    def at(self, number: int) -> Fixed | None:
        """What has an address."""
        return self._first.get(number)

    def own(self, first: int, last: int) -> list[int]:
        """The addresses from `first` to `last` that servers and relays have themselves."""
        return self._own[bisect_left(self._own, first) : bisect_right(self._own, last)]

    def any_own(self, first: int, last: int) -> bool:
        """Whether a server or relay itself has one of the addresses from `first` to `last`."""
        return _any(self._own, first, last)

    def any_between(self, first: int, last: int) -> bool:
        """Whether something has one of the addresses from `first` to `last`."""
        return _any(self._numbers, first, last)

    def between(self, first: int, last: int, most: int) -> list[Fixed]:
        """What has the addresses from `first` to `last`, at most `most` of them."""
        start = bisect_left(self._numbers, first)
        return self._ordered[start : min(bisect_right(self._numbers, last), start + most)]


def _any(ordered: list[int], first: int, last: int) -> bool:
    at = bisect_left(ordered, first)
    return at < len(ordered) and ordered[at] <= last


def fixed_addresses(configuration: Configuration, agents: Iterable[Configuration] = ()) -> FixedAddresses:
    """What is in use by the servers, by what options name, and by relays. `agents`: control agents of the same server."""
    return FixedAddresses(
        (
            *_of_servers(configuration, agents),
            *_of_options_above(configuration),
            *_of_options_below(configuration),
            *_of_relays(configuration),
        )
    )


def _address(text: Json, family: int) -> int | None:
    """The number of a host's address; None for anything else."""
    raw = packed(text, family) if isinstance(text, str) else None
    if raw is None or not any(raw):
        return None
    host = raw[0] not in (0, _LOOPBACK_4) and raw[0] < _MULTICAST_4 if family == 4 else raw[0] < 0xFE and any(raw[:15])
    return int.from_bytes(raw) if host else None


def _of_servers(configuration: Configuration, agents: Iterable[Configuration]) -> Iterator[Fixed]:
    family, config = configuration.daemon.family or 4, configuration.config
    for relationship in configuration.relationships():
        for peer in blocks_of(relationship.get("peers")):
            found = _peer(peer, family)
            if found is not None:
                yield found
    for at, text, what in _bound(config):
        number = _address(text, family)
        if number is not None:
            yield Fixed(number, what, at, own=True)
    for agent in agents:
        number = _address(agent.config.get("http-host"), family)
        if number is not None:
            yield Fixed(number, "the control agent", agent.config.where("http-host"), own=True)
    for block, key, what in _dialled(configuration):
        number = _address(block.get(key), family)
        if number is not None:
            yield Fixed(number, what, block.where(key))


def _peer(peer: Block, family: int) -> Fixed | None:
    try:
        address = read_peer_url(str(peer.get("url"))).address
    except ValueError:
        return None
    number = int(address)
    loopback = number >> 24 == _LOOPBACK_4 if family == 4 else number == 1
    if address.version != family or not number or loopback:
        return None
    return Fixed(number, f"HA peer {peer.get('name')}", peer.where("url"), own=True)


def _bound(config: Block) -> Iterator[tuple[Route, Json, str]]:
    """The addresses that the server itself has."""
    interfaces = config.get("interfaces-config")
    listed = interfaces.get("interfaces") if isinstance(interfaces, Block) else None
    for entry in listed if isinstance(listed, list) else ():
        name, slash, text = str(entry).partition("/")
        if slash and isinstance(interfaces, Block):
            yield interfaces.where("interfaces"), text, f"the interface {name} of this server"
    for entry in blocks_of(config.get("control-sockets")):
        yield entry.where("socket-address"), entry.get("socket-address"), "a control socket of this server"


def _dialled(configuration: Configuration) -> Iterator[tuple[Block, str, str]]:
    """Other servers that settings name, and those from which clients boot."""
    config = configuration.config
    ddns = config.get("dhcp-ddns")
    if isinstance(ddns, Block):
        yield ddns, "server-ip", "server-ip of dhcp-ddns"
    control = config.get("config-control")
    databases = [config.get("lease-database"), *configuration.blocks("hosts-databases")]
    databases += blocks_of(control.get("config-databases")) if isinstance(control, Block) else []
    for block in databases:
        if isinstance(block, Block):
            yield block, "host", "a database server"
    below = configuration.networks_and_subnets() if "next-server" in configuration.keys_below() else ()
    for block in (config, *configuration.blocks("client-classes"), *below):
        if "next-server" in block:
            yield block, "next-server", "next-server"


def _of_options_above(configuration: Configuration) -> Iterator[Fixed]:
    """Hosts that options name outside of subnets: routers, DNS servers. What a single reservation gets may be its own address."""
    options = options_of(configuration)
    yield from _named(options.of(configuration.config), configuration)
    for each in configuration.blocks("client-classes"):
        yield from _named(options.of_class(each), configuration)
    for each in configuration.blocks("shared-networks"):
        yield from _named(options.of(each), configuration)


def _of_options_below(configuration: Configuration) -> list[Fixed]:
    """Those of subnets and pools, which servers share."""
    options = options_of(configuration)
    return configuration.once.of(
        configuration.subnets(),
        (Fixed, options),
        lambda _: [
            each
            for held in options_below(configuration).holders
            for block in (held.subnet, *held.pools, *held.pd_pools)
            for each in _named(options.of(block), configuration)
        ],
    )


def _named(entries: list[OptionEntry], configuration: Configuration) -> Iterator[Fixed]:
    family = configuration.daemon.family or 4
    for entry in entries:
        option = entry.option
        if (
            ADDRESSES.get(option.kind) != family
            or (option.standard and option.name in _NO_HOSTS[family])
            or not entry.sent
        ):
            continue
        for number in entry.addresses:
            first = number >> BITS[family] - 8
            if number and (first < _MULTICAST_4 if family == 4 else first < 0xFE):
                yield Fixed(number, option.name, entry.block.where("data"))


def _of_relays(configuration: Configuration) -> list[Fixed]:
    if "relay" not in configuration.keys_below():
        return []
    family = configuration.daemon.family or 4
    return configuration.once.of(
        configuration.subnets(),
        (_of_relays, family),
        lambda _: [each for block in configuration.networks_and_subnets() for each in _relays_of(block, family)],
    )


def _relays_of(block: Block, family: int) -> Iterator[Fixed]:
    relay = block.get("relay")
    listed = relay.get("ip-addresses") if isinstance(relay, Block) else None
    for text in listed if isinstance(listed, list) else ():
        number = _address(text, family)
        if number is not None and isinstance(relay, Block):
            yield Fixed(number, "a relay", relay.where("ip-addresses"), own=True)


def ends_of(prefix: Prefix) -> tuple[int, ...]:
    """The addresses that a subnet keeps for itself, as `of_the_subnet` has them."""
    if prefix.length > (30 if prefix.family == 4 else 126):
        return ()
    return (prefix.first, prefix.last) if prefix.family == 4 else (prefix.first,)


def of_the_subnet(prefix: Prefix, at: Route) -> list[Fixed]:
    """What a subnet keeps for itself. Kea sends the subnet's own mask, whatever option subnet-mask says.

    Network and broadcast address up to /30 (RFC 3021), the subnet-router anycast address up to /126 (RFC 4291 2.6.1, RFC 6164).
    """
    whats = (
        ("the subnet-router anycast address",)
        if prefix.family == 6
        else ("the network address", "the broadcast address")
    )
    return [Fixed(number, what, at, silent=True) for number, what in zip(ends_of(prefix), whats, strict=False)]
