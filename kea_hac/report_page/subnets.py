"""A build → every subnet as a bar: pools by the server that owns them, reservations, addresses in use, what is free."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log2

from kea_hac.changes.leasing import Leasing, ReservedHost, Subnet
from kea_hac.changes.ranges import Ranges
from kea_hac.changes.rounds import state_of
from kea_hac.check.rules.fixed_addresses import Fixed, FixedAddresses, fixed_addresses, of_the_subnet
from kea_hac.compiler.built import Built
from kea_hac.kea.addressing import address_text, packed, read_prefix, without_blanks
from kea_hac.kea.config import DAEMONS, Daemon
from kea_hac.kea.high_availability import Mode, Role
from kea_hac.model.configuration import Configuration
from kea_hac.model.site import Family, Relationship
from kea_hac.records import dataclass
from kea_hac.report_page.texts import amount, share

GROUP = 50
"""Subnets of one group that is opened and closed as a whole."""
_LINEAR = 256
"""Where the pools are less than this part of a subnet, the bar is not to scale."""
_LEAST = 0.35
"""Per cent of a bar: the least width of what is drawn."""
_LISTED = 20
"""Pools, reservations and addresses in use that a subnet lists."""
_TAKEN = 200
"""Addresses in use that are looked at in one subnet."""
ROUTER = "routers"


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a bar: per cent from the left."""

    kind: str
    """Its class: o1 (the first server) to o6, ob (both servers), fr (free), gp (free and cut short), rs, rt, us"""
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Share:
    """What one server leases in one subnet."""

    owner: str
    colour: str
    addresses: str
    prefixes: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One subnet."""

    prefix: str
    id: int
    network: str
    """The shared network; "" for none."""
    marks: tuple[Mark, ...]
    """Of the bar: pools and what is between them."""
    ticks: tuple[Mark, ...]
    """Below the bar: reservations, routers and other addresses in use."""
    to_scale: bool
    shares: tuple[Share, ...]
    size: str
    reserved: str
    free: str
    """"" where it is more than anybody counts"""
    router: str
    words: str
    """The bar in one sentence."""
    details: tuple[str, ...]
    """Ranges with their owners, reservations and addresses in use."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some subnets that follow each other."""

    title: str
    bars: tuple[Bar, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class FamilyBars:
    """The subnets of one family."""

    name: str
    title: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class _Owned:
    """A pool and who leases from it while all servers work."""

    first: int
    last: int
    owner: str
    colour: str
    guards: tuple[str, ...]

    @property
    def size(self) -> int:
        return self.last - self.first + 1


def subnet_bars(built: Built) -> tuple[FamilyBars, ...]:
    """All subnets of a build, family by family."""
    found = []
    for daemon in DAEMONS.values():
        if daemon.name in built.site.families and daemon.family is not None:
            found.append(_family(built, daemon))
    return tuple(each for each in found if each.groups)


def _family(built: Built, daemon: Daemon) -> FamilyBars:
    state = state_of(built, daemon)
    colours = {node.name: f"o{number % 6 + 1}" for number, node in enumerate(built.site.nodes)}
    owners = _Owners(built.site.families[daemon.name], colours)
    fixed = _fixed(built, daemon)
    subnets: dict[int, list[tuple[str, Subnet]]] = {}
    for server, leasing in state.items():
        for number, subnet in leasing.subnets.items():
            subnets.setdefault(number, []).append((server, subnet))
    hosts = _global_hosts(state.values(), daemon.family or 4)
    bars = [_bar(daemon.family or 4, each, owners, fixed, hosts) for each in subnets.values()]
    addresses = sum(_pool_size(each) for each in subnets.values())
    title = f"{daemon.name}: {_counted(len(bars), 'subnet')}, {amount(addresses)} addresses in pools"
    return FamilyBars(daemon.name, title, tuple(_groups(bars)))


def _pool_size(servers: Sequence[tuple[str, Subnet]]) -> int:
    return Ranges.of(span for _, subnet in servers for span in subnet.ranges()).size


def _groups(bars: Sequence[Bar]) -> Iterator[Group]:
    number = -(-len(bars) // GROUP)
    for start in range(0, len(bars), GROUP):
        own = tuple(bars[start : start + GROUP])
        title = f"{own[0].prefix} to {own[-1].prefix}" if len(own) > 1 else own[0].prefix
        yield Group(f"{title} ({_counted(len(own), 'subnet')})", own, open=number == 1)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class _Owners:
    """Which server leases a pool while all servers work."""

    def __init__(self, family: Family, colours: Mapping[str, str]) -> None:
        self._colours = colours
        self._active: dict[str, str] = {}
        for relationship in family.relationships:
            active = _active(relationship)
            for peer in relationship.peers:
                if active is not None:
                    self._active[peer.name] = active
        self._all = dict.fromkeys(self._active.values())

    def of(self, servers: Iterable[str], subnet: Subnet) -> tuple[str, str]:
        """Name and colour. `servers`: those that have the pool in their part."""
        named = list(dict.fromkeys(servers))
        active = self._active.get(subnet.partner) or (next(iter(self._all)) if len(self._all) == 1 else None)
        if active is not None:
            named = [active]
        if len(named) == 1:
            return named[0], self._colours.get(named[0], "ob")
        return " and ".join(named), "ob"


def _active(relationship: Relationship) -> str | None:
    """The server that leases alone while all servers work; None in load-balancing."""
    if relationship.mode == Mode.LOAD_BALANCING:
        return None
    primary = relationship.with_role(Role.PRIMARY)
    return primary.node.name if primary is not None else None


def _fixed(built: Built, daemon: Daemon) -> FixedAddresses:
    """The addresses in use, as the first server's file names them; the same rules report pools that contain one."""
    for node in built.site.nodes:
        config = built.config(node.name, daemon)
        if config is not None:
            return fixed_addresses(Configuration(daemon, config, node.version, node.name))
    return FixedAddresses(())


def _global_hosts(states: Iterable[Leasing], family: int) -> tuple[tuple[int, ReservedHost], ...]:
    """Reserved addresses above all subnets, in their order."""
    found = {host for each in states for host in each.global_hosts}
    return tuple(sorted(((number, host) for host in found for number in _numbers(host, family)), key=_by_number))


def _by_number(each: tuple[int, ReservedHost]) -> tuple[int, str]:
    return each[0], each[1].identifier


def _number(each: tuple[int, ReservedHost]) -> int:
    return each[0]


def _numbers(host: ReservedHost, family: int) -> Iterator[int]:
    """The addresses of a reservation, without its prefixes."""
    for text in host.addresses:
        raw = packed(text, family)
        if raw is not None:
            yield int.from_bytes(raw)


def _bar(
    family: int,
    servers: Sequence[tuple[str, Subnet]],
    owners: _Owners,
    fixed: FixedAddresses,
    above: Sequence[tuple[int, ReservedHost]],
) -> Bar:
    subnet = servers[0][1]
    pools = _owned(servers, owners)
    spans = Ranges.of((each.first, each.last) for each in pools)
    hosts = {host for _, each in servers for host in each.hosts}
    reserved = sorted({(number, host.identifier) for host in hosts for number in _numbers(host, family)})
    start, end = (bisect(above, number, key=_number) for number in (subnet.first - 1, subnet.last))
    reserved = sorted([*reserved, *((number, host.identifier) for number, host in above[start:end])])
    prefix = read_prefix(without_blanks(subnet.prefix), family)
    own = of_the_subnet(prefix, ()) if prefix is not None else []
    used = [*own, *fixed.between(subnet.first, subnet.last, _TAKEN)]
    scale = _Scale(subnet, spans)
    size = subnet.last - subnet.first + 1
    numbers = {number for number, _ in reserved}
    outside = _outside(numbers, spans)
    taken = {each.number for each in used} - numbers
    free = size - spans.size - len(outside) - len(_outside(taken, spans))
    shares = tuple(_shares(pools, servers, owners))
    routers = [address_text(family, each.number) for each in used if each.what == ROUTER]
    reservations = _reservations(len(numbers), len(outside), sum(not host.addresses for host in hosts))
    free_text = f"{amount(free)} free" if free >= 0 else ""
    return Bar(
        subnet.prefix,
        subnet.id,
        subnet.network,
        tuple(_segments(scale, pools)),
        tuple(_ticks(scale, reserved, used)),
        scale.linear,
        shares,
        f"{amount(size)} addresses",
        reservations,
        free_text,
        ", ".join(routers[:3]),
        _words(subnet, shares, reservations, routers, free_text),
        tuple(_details(family, pools, servers, owners, reserved, used)),
    )


def _owned(servers: Sequence[tuple[str, Subnet]], owners: _Owners) -> list[_Owned]:
    """The pools in the order of their addresses."""
    found: dict[tuple[int, int], tuple[list[str], tuple[str, ...]]] = {}
    for server, subnet in servers:
        for pool in subnet.pools:
            found.setdefault((pool.first, pool.last), ([], pool.guards))[0].append(server)
    return [
        _Owned(first, last, *owners.of(names, servers[0][1]), guards)
        for (first, last), (names, guards) in sorted(found.items())
    ]


def _outside(numbers: set[int], spans: Ranges) -> list[int]:
    """The numbers that are in no range. Both are walked once."""
    found: list[int] = []
    ranges = iter(spans)
    current = next(ranges, None)
    for number in sorted(numbers):
        while current is not None and current[1] < number:
            current = next(ranges, None)
        if current is None or number < current[0]:
            found.append(number)
    return found


def _reservations(addresses: int, outside: int, others: int) -> str:
    parts = []
    if addresses:
        where = f", {amount(outside)} outside of pools" if outside else ", all in pools"
        parts.append(f"{amount(addresses)} reserved{where}")
    if others:
        parts.append(f"{_counted(others, 'reservation')} without an address")
    return "; ".join(parts)


def _shares(pools: Sequence[_Owned], servers: Sequence[tuple[str, Subnet]], owners: _Owners) -> Iterator[Share]:
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for each in pools:
        spans.setdefault((each.owner, each.colour), []).append((each.first, each.last))
    delegated: dict[tuple[str, str], int] = {}
    for (prefix, length, bits), names in _delegations(servers).items():
        del prefix
        who = owners.of(names, servers[0][1])
        delegated[who] = delegated.get(who, 0) + (1 << max(0, bits - length))
        spans.setdefault(who, [])
    for who, ranges in spans.items():
        number = Ranges.of(ranges).size
        prefixes = delegated.get(who, 0)
        yield Share(
            *who,
            amount(number) if number or not prefixes else "",
            f"{amount(prefixes)} prefixes" if prefixes else "",
        )


def _delegations(servers: Sequence[tuple[str, Subnet]]) -> dict[tuple[str, int, int], list[str]]:
    found: dict[tuple[str, int, int], list[str]] = {}
    for server, subnet in servers:
        for pool in subnet.prefix_pools:
            found.setdefault((pool.prefix, pool.length, pool.delegated), []).append(server)
    return found


def _words(subnet: Subnet, shares: Sequence[Share], reservations: str, routers: Sequence[str], free: str) -> str:
    pools = ", ".join(f"{each.owner} {each.addresses or each.prefixes}" for each in shares) or "no pool"
    parts = [f"pools: {pools}", reservations, f"router {', '.join(routers[:3])}" if routers else "", free]
    return f"{subnet.prefix}: {'; '.join(filter(None, parts))}"


# -- the drawing ------------------------------------------------------------------------------------------------------


class _Scale:
    """Addresses → per cent of the bar. To scale where the pools can be seen so, else each part as the logarithm of its size."""

    def __init__(self, subnet: Subnet, pools: Ranges) -> None:
        size = subnet.last - subnet.first + 1
        self.linear = not pools or pools.size * _LINEAR >= size
        self.pieces: list[tuple[int, int, float, float]] = []
        """first, last, and the per cent at which they begin and end"""
        parts = [(subnet.first, subnet.last, 1.0)] if self.linear else list(_parts(subnet, pools))
        whole = sum(weight for _, _, weight in parts)
        at = 0.0
        for first, last, weight in parts:
            end = at + 100 * weight / whole
            self.pieces.append((first, last, at, end))
            at = end

    def ends(self, first: int, last: int) -> tuple[float, float]:
        """Where a range begins and ends."""
        return self._at(first, 0), self._at(last, 1)

    def _at(self, number: int, after: int) -> float:
        low, high = 0, len(self.pieces) - 1
        while low < high:
            middle = (low + high) // 2
            if self.pieces[middle][1] < number:
                low = middle + 1
            else:
                high = middle
        first, last, start, end = self.pieces[low]
        part = (min(max(number, first), last) - first + after) / (last - first + 1)
        return start + (end - start) * part


def _parts(subnet: Subnet, pools: Ranges) -> Iterator[tuple[int, int, float]]:
    """Pools and what is between them, with their weights. What is free weighs no more than a small pool."""
    at = subnet.first
    for first, last in pools:
        if first > at:
            yield at, first - 1, 4.0
        yield first, last, 4.0 + log2(last - first + 1)
        at = last + 1
    if at <= subnet.last:
        yield at, subnet.last, 4.0


def _segments(scale: _Scale, pools: Sequence[_Owned]) -> Iterator[Mark]:
    if not scale.linear:
        owned = Ranges.of((each.first, each.last) for each in pools)
        starts = {first for first, _ in owned}
        for first, _, begin, end in scale.pieces:
            if first not in starts:
                yield Mark("gp", share(begin), share(end - begin))
    drawn: list[tuple[str, float, float]] = []
    for pool in pools:
        begin, end = scale.ends(pool.first, pool.last)
        end = max(end, begin + _LEAST)
        if drawn and begin - drawn[-1][2] < _LEAST / 2 and (drawn[-1][0] == pool.colour or end - drawn[-1][2] < _LEAST):
            drawn[-1] = (drawn[-1][0], drawn[-1][1], max(end, drawn[-1][2]))
        else:
            drawn.append((pool.colour, begin, end))
    yield from (Mark(colour, share(begin), share(end - begin)) for colour, begin, end in drawn)


def _ticks(scale: _Scale, reserved: Sequence[tuple[int, str]], used: Sequence[Fixed]) -> Iterator[Mark]:
    """At most one mark at a place: what is more than a reader can tell apart is drawn once."""
    for kind, numbers in (
        ("rs", [number for number, _ in reserved]),
        ("us", sorted(each.number for each in used if each.what != ROUTER)),
        ("rt", sorted(each.number for each in used if each.what == ROUTER)),
    ):
        drawn: list[tuple[float, float]] = []
        for number in numbers:
            begin, end = scale.ends(number, number)
            begin = min(begin, 100 - _LEAST)
            end = max(end, begin + _LEAST)
            if drawn and begin <= drawn[-1][1] + 0.1:
                drawn[-1] = (drawn[-1][0], max(end, drawn[-1][1]))
            else:
                drawn.append((begin, end))
        yield from (Mark(kind, share(begin), share(end - begin)) for begin, end in drawn)


def _details(
    family: int,
    pools: Sequence[_Owned],
    servers: Sequence[tuple[str, Subnet]],
    owners: _Owners,
    reserved: Sequence[tuple[int, str]],
    used: Sequence[Fixed],
) -> Iterator[str]:
    subnet = servers[0][1]
    if subnet.guards:
        yield f"only for clients of {' or '.join(subnet.guards)}"
    if subnet.attached:
        yield f"selected by {', '.join(subnet.attached[:_LISTED])}"
    rows = []
    for each in pools:
        classes = [name for name in each.guards if not name.startswith("HA_")]
        only = f", only for {' or '.join(classes)}" if classes else ""
        ends = f"{address_text(family, each.first)} to {address_text(family, each.last)}"
        rows.append(f"{ends}: {each.owner}, {amount(each.size)}{only}")
    yield from _few(rows, "pools")
    rows = [
        f"prefixes of {prefix}/{length}: {owners.of(names, subnet)[0]}, {amount(1 << max(0, bits - length))} of /{bits}"
        for (prefix, length, bits), names in _delegations(servers).items()
    ]
    yield from _few(rows, "pools of prefixes")
    yield from _few([f"{address_text(family, number)}: reserved for {who}" for number, who in reserved], "reservations")
    yield from _few([f"{address_text(family, each.number)}: {each.what}" for each in used], "addresses in use")


def _few(rows: Sequence[str], what: str) -> Iterator[str]:
    yield from rows[:_LISTED]
    if len(rows) > _LISTED:
        yield f"and {len(rows) - _LISTED:,} more {what}"
