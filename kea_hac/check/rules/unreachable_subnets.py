"""Subnets that Kea never selects, and links on which it hears nobody.

Kea takes the first subnet, by id, that has the interface or the relay of a query and admits the client's classes (seen on
2.2.0, 2.6.3, 3.0.4 with the ids in both orders). All subnets of its shared network then count, and no other subnet does.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.nets import Net, nets_of
from kea_hac.check.rules.relationship import texts
from kea_hac.check.rules.subnet_index import SubnetIndex
from kea_hac.diagnostics import Finding, Route, warning
from kea_hac.kea.addressing import packed
from kea_hac.kea.config import Block
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4, on the wire"
_WIRES = ("interface", "interface-id")
_WAYS = (*_WIRES, "relay")
_NO_GUARDS: frozenset[str] = frozenset()

NEVER_SELECTED = warning(
    "KH258",
    "subnet-never-selected",
    why="Kea selects the first subnet, by id, with the interface or relay of a query. Clients of the other subnet get "
    "addresses of the first one, which do not work on their link if the links differ. Several subnets of one link belong "
    "into a shared network.",
    source=f"CfgSubnets4::selectSubnet, CfgSubnets6::selectSubnet; Kea ARM, 'Shared Networks in DHCPv4'; {_SEEN}",
)
NOT_LISTENED = warning(
    "KH259",
    "interface-not-listened-on",
    why="The server opens no socket on the interface of this subnet. It receives no query of clients on that link, so "
    "they get no address.",
    source=f"Kea ARM, 'Interface Configuration'; {_SEEN}",
    rests_on=("interface", "*interfaces"),
)
UDP_FOR_LOCAL = warning(
    "KH260",
    "udp-sockets-for-local-clients",
    why="A client without an address cannot get an answer through a udp socket. The server answers relays and clients "
    "that renew, and no new client on its own links.",
    source=f"Kea ARM, 'Interface Configuration' (dhcp-socket-type: udp is for relayed traffic only); {_SEEN}",
)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way by which queries are assigned to a subnet."""

    net: Net
    unit: int
    """The shared network, or the subnet itself: id of its map."""
    order: int
    """Kea's: the id of the subnet."""
    key: tuple[str, object]
    at: Route
    guards: frozenset[str]
    """The classes of which a client must have one; none: every client."""
    relayed: bool
    """True for a subnet with a way of its own for relayed queries."""
    relay: int = 0
    """The address of the relay, where it is one."""

    @property
    def subnet(self) -> Block:
        """Where its queries are assigned to."""
        return self.net.block


@checks(NEVER_SELECTED, on=Subject.SHARED)
def never_selected(configuration: Configuration) -> Iterator[Finding]:
    """Subnets behind another one with the same interface, interface-id or relay, and the same clients."""
    if configuration.daemon.family is None:
        return
    ways = _ways(configuration)
    if len({way.key for way in ways}) < len(ways):
        yield from _behind(sorted(ways, key=_order))
    yield from _stolen(configuration, ways)


def _order(way: _Way) -> int:
    return way.order


def _behind(ways: list[_Way]) -> Iterator[Finding]:
    """Ways that an earlier one has taken."""
    first: dict[tuple[tuple[str, object], frozenset[str]], _Way] = {}
    reached: set[tuple[tuple[str, object], int]] = set()
    found: dict[Route, tuple[_Way, _Way, int]] = {}
    for way in ways:
        before = first.get((way.key, frozenset())) or first.get((way.key, way.guards))
        if before is None or before.unit == way.unit:
            first.setdefault((way.key, way.guards), way)
            reached.add((way.key, way.unit))
        elif (way.key, way.unit) not in reached and not (way.key[0] == "interface" and way.relayed):
            one, earlier, count = found.setdefault(way.at, (way, before, 0))
            found[way.at] = (one, earlier, count + 1)
    yield from (_shadowed(*each) for each in found.values())


def _ways(configuration: Configuration) -> list[_Way]:
    """The ways of all subnets, in their order. The subnets of both servers are mostly the same."""
    family, keys = configuration.daemon.family or 4, configuration.keys_below()
    if keys.isdisjoint(_WAYS):
        return []
    nets = nets_of(configuration)
    return configuration.once.of(
        configuration.subnets(),
        (_Way, family),
        lambda _: [way for number, net in enumerate(nets, 1) for way in _ways_to(net, number, family, keys)],
    )


def _ways_to(net: Net, position: int, family: int, keys: Set[str]) -> Iterator[_Way]:
    """`keys`: those that any subnet or network has."""
    subnet, network = net.block, net.network
    levels = (subnet,) if network is None else (subnet, network)
    number = subnet.get("id")
    order = number if isinstance(number, int) and number else position
    unit, guards = id(network or subnet), _guards(levels) if "client-classes" in keys else _NO_GUARDS
    relay = next((each["relay"] for each in levels if isinstance(each.get("relay"), Block)), None)
    listed = texts(relay.get("ip-addresses")) if relay else ()
    relays = [(text, raw) for text in listed if (raw := packed(text, family)) is not None and any(raw)]
    holders = [(key, each) for key in _WIRES if key in keys and (each := _nearest(levels, key)) is not None]
    relayed = bool(relays) or any(key == "interface-id" for key, _ in holders)
    for key, holder in holders:
        yield _Way(net, unit, order, (key, holder[key]), holder.where(key), guards, relayed)
    if relay is not None and relays:
        at = relay.where("ip-addresses")
        for text, raw in relays:
            yield _Way(net, unit, order, ("relay", text), at, guards, True, int.from_bytes(raw))


def _nearest(levels: tuple[Block, ...], key: str) -> Block | None:
    for each in levels:
        if each.get(key):
            return each
    return None


def _guards(levels: tuple[Block, ...]) -> frozenset[str]:
    """The classes that a subnet asks for. Those of its network as well narrow it further, so both count together."""
    return frozenset(name for each in levels for name in texts(each.get("client-classes")))


def _shadowed(way: _Way, before: _Way, count: int) -> Finding:
    kind, value = way.key
    one, other = way.subnet.get("subnet"), before.subnet.get("subnet")
    who = {"interface": f"clients on the link of {value}", "relay": f"clients behind the relay {value}"}.get(
        kind, f"clients behind interface-id {value}"
    )
    more = " or the others of its shared network" if count > 1 else ""
    fix = "put both into one shared network if they are on one link"
    if kind == "interface":
        fix += ", or write `relay` instead of `interface` if its clients are behind a relay"
    else:
        fix += f", or write the {kind} of its own clients"
    return Finding(
        NEVER_SELECTED,
        way.at,
        f"{who} get addresses of {other}, never of {one}{more}: Kea selects the subnet with the lower id, {before.order}",
        related=((before.at, f"{other} has the same {kind}"),),
        fix=fix,
    )


def _stolen(configuration: Configuration, ways: list[_Way]) -> Iterator[Finding]:
    """Relays with an address of another subnet, which is found by that address alone."""
    elsewhere = [
        way
        for way in sorted(ways, key=_order)
        if way.relay and way.net.prefix and not way.guards and not way.net.first <= way.relay <= way.net.last
    ]
    if not elsewhere:
        return
    index = SubnetIndex(configuration.subnets(), configuration.daemon.family or 4)
    bound = {id(way.subnet) for way in ways}
    units = {id(subnet): id(network or subnet) for network, subnet in configuration.with_networks()}
    for way in elsewhere:
        home = index.home(way.relay)
        if home is None or units[id(home)] == way.unit or id(home) in bound:
            continue
        there = home.get("subnet")
        yield Finding(
            NEVER_SELECTED,
            way.at,
            f"clients behind the relay {way.key[1]} get addresses of {way.subnet.get('subnet')}, never of {there}, which the "
            "relay's address is in",
            related=((home.where("subnet"), "the relay is in this subnet"),),
            fix=f"write the address of the relay in {way.subnet.get('subnet')}, or put both into one shared network",
        )


@checks(NOT_LISTENED, UDP_FOR_LOCAL, on=Subject.SERVER)
def deaf_links(configuration: Configuration) -> Iterator[Finding]:
    """Subnets of local clients whose interface has no socket, or a socket that only relays can use."""
    settings = configuration.config.get("interfaces-config")
    if configuration.daemon.family is None or not isinstance(settings, Block):
        return
    local = {way.at: way for way in _ways(configuration) if way.key[0] == "interface" and not way.relayed}
    if not local:
        return
    listened = {text.partition("/")[0] for text in texts(settings.get("interfaces"))}
    for way in local.values() if listened and "*" not in listened else ():
        if isinstance(way.key[1], str) and way.key[1] not in listened:
            yield Finding(
                NOT_LISTENED,
                way.at,
                f"the server does not listen on {way.key[1]}, the interface of {way.subnet.get('subnet')}",
                related=((settings.where("interfaces"), "the interfaces that it listens on"),),
                fix=f"add {way.key[1]} to the interfaces of the server, or remove `interface` if the clients are relayed",
            )
    if settings.get("dhcp-socket-type") == "udp":
        names = list(dict.fromkeys(str(way.subnet.get("subnet")) for way in local.values()))
        rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield Finding(
            UDP_FOR_LOCAL,
            settings.where("dhcp-socket-type"),
            f"with udp sockets new clients on the link get no answer, and {names[0]}{rest} has an `interface` and no `relay`",
            related=tuple((at, "clients on this link") for at in list(local)[:1]),
            fix="remove it: raw is the default",
        )
