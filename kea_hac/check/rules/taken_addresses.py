"""Pools and reservations over addresses that the configuration itself says are in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.fixed_addresses import Fixed, FixedAddresses, ends_of, fixed_addresses, of_the_subnet
from kea_hac.check.rules.nets import Net, nets_of
from kea_hac.check.rules.pool_use import addresses_of
from kea_hac.check.rules.reserved import Reserved, reserved_globally
from kea_hac.diagnostics import Finding, Route, Severity, set_it, warning
from kea_hac.kea.addressing import Prefix, Range, address_text
from kea_hac.kea.config import Block, Json, blocks_of
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4, on the wire"

IN_POOL = warning(
    "KH256",
    "pool-over-addresses-in-use",
    why="Kea leases every address of a pool, also the network and broadcast address, the router's, and its own. A "
    "client that gets the address of the router or of a server takes it away from that host. A client with the network "
    "or broadcast address cannot communicate.",
    source=f"Kea ARM, 'Configuration of IPv4 Address Pools'; RFC 4291 2.6.1; {_SEEN}",
)
RESERVED = warning(
    "KH320",
    "reserved-address-in-use",
    why="Kea offers a reserved address to its host without asking who has it. A host with the network or broadcast "
    "address cannot communicate. A host with the address of a DHCP server or a relay takes the address away from "
    "that server or relay, and its clients get no answer.",
    source=_SEEN,
)
_SHOWN = 4
"""Addresses that a message names."""
_COMPUTED = 16
"""Addresses in use up to which the remaining ranges are computed."""
_PING = "libdhcp_ping_check.so"
_HOSTS_ELSEWHERE = frozenset({"libdhcp_host_cmds.so", "libdhcp_radius.so"})
_VAST = 2**32


@dataclass(slots=True, eq=False)
class _Pool:
    """A pool as it is written: the compiler may have split it in two."""

    at: Route
    block: Block
    net: Net
    prefix: Prefix
    first: int
    last: int


@dataclass(slots=True)
class _Site:
    """What one daemon's configuration says, read once."""

    configuration: Configuration
    nets: list[Net]
    globally: Reserved
    fixed: FixedAddresses
    _reserved: frozenset[int] | None = None

    @property
    def family(self) -> int:
        return self.configuration.daemon.family or 4

    @property
    def reserved(self) -> frozenset[int]:
        """All reserved addresses. Collected at the first use, because few configurations have an address in use in a pool."""
        if self._reserved is None:
            self._reserved = frozenset(self.globally.numbers).union(*(each.reserved.numbers for each in self.nets))
        return self._reserved


@checks(IN_POOL, RESERVED, on=Subject.SERVERS)
def addresses_in_use(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Pools and reservations, against the addresses in use of the same server."""
    for configuration in configurations:
        if configuration.daemon.family is None:
            continue
        nets, globally = nets_of(configuration), reserved_globally(configuration)
        if not globally.numbers and not any(net.pools or net.reserved.numbers for net in nets):
            continue
        agents = [each for each in configurations if each.daemon.family is None and each.server == configuration.server]
        fixed = fixed_addresses(configuration, agents if configuration.server else ())
        site = _Site(configuration, nets, globally, fixed)
        yield from _pools(site)
        yield from _reservations(site)


# -- pools ------------------------------------------------------------------------------------------------------------


def _pools(site: _Site) -> Iterator[Finding]:
    for net in site.nets:
        for pool in () if _none_in_pools(net, site.fixed) else _written(net):
            first, last = pool.first, pool.last
            ends = any(first <= number <= last for number in ends_of(pool.prefix)) and not _excluded(site, pool)
            found = [
                *(_of_subnet(net.block, pool.prefix) if ends else ()),
                *site.fixed.between(first, last, _COMPUTED + 1),
            ]
            inside = {each.number: each for each in found if first <= each.number <= last}
            taken = [inside[number] for number in sorted(inside) if number not in site.reserved]
            if taken:
                yield _over(site, pool, taken)


def _none_in_pools(net: Net, fixed: FixedAddresses) -> bool:
    """True where no address in use lies in the pools or between them. False says nothing."""
    if not net.pools or not net.tidy:
        return not net.pools
    first, last = net.pools[0].first, net.pools[-1].last
    return net.first < first and last < net.last and not fixed.any_between(first, last)


def _written(net: Net) -> Iterable[_Pool]:
    """The pools that lie in their subnet, the parts of a split one together."""
    found: dict[Route, _Pool] = {}
    for stock in net.pools:
        if net.prefix is None or not (net.first <= stock.first and stock.last <= net.last):
            continue
        at = stock.at
        pool = found.setdefault(at, _Pool(at, stock.pool, net, net.prefix, stock.first, stock.last))
        pool.first, pool.last = min(pool.first, stock.first), max(pool.last, stock.last)
    return found.values()


def _of_subnet(subnet: Block, prefix: Prefix) -> list[Fixed]:
    return of_the_subnet(prefix, subnet.where("subnet"))


def _excluded(site: _Site, pool: _Pool) -> bool:
    """Whether Kea leaves out addresses that end in .0 and .255, as it can in subnets of /24 and larger."""
    compatibility = site.configuration.config.get("compatibility")
    return (
        isinstance(compatibility, Block)
        and compatibility.get("exclude-first-last-24") is True
        and pool.prefix.length <= 24
    )


def _over(site: _Site, pool: _Pool, taken: list[Fixed]) -> Finding:
    named = _listed(site.family, taken)
    message = f"the pool {_text(site.family, pool)} contains addresses that are in use: {named}"
    ranges = _rest(pool, taken) if len(taken) <= _COMPUTED else []
    texts_of = [str(Range(site.family, first, last)) for first, last in ranges]
    fix = f"write {joined(texts_of)}" if texts_of else "use a range without them"
    if len(texts_of) > 1:
        fix += ", each a pool"
    return Finding(
        IN_POOL,
        pool.at,
        message,
        related=_related(taken),
        fix=fix,
        repair=set_it(texts_of[0]) if len(texts_of) == 1 else (),
        severity=Severity.INFO if _unlikely(site, pool, taken) else None,
    )


def _text(family: int, pool: _Pool) -> str:
    return str(Range(family, pool.first, pool.last))


def _is_random(site: _Site, pool: _Pool) -> bool:
    levels = (pool.block, pool.net.block, *([pool.net.network] if pool.net.network else []), site.configuration.config)
    return next((each["allocator"] for each in levels if "allocator" in each), None) == "random"


def _unlikely(site: _Site, pool: _Pool, taken: list[Fixed]) -> bool:
    """Whether a lease of these addresses is not to be expected: asked for by ping, reserved in a database, one in 2^32."""
    if pool.last - pool.first >= _VAST and _is_random(site, pool):
        return True
    if any(each.silent for each in taken):
        return False
    names = {name for name, _ in site.configuration.libraries()}
    elsewhere = bool(site.configuration.config.get("hosts-databases")) or bool(names & _HOSTS_ELSEWHERE)
    return elsewhere or (_PING in names and not any(each.own for each in taken))


def _rest(pool: _Pool, taken: Sequence[Fixed]) -> list[tuple[int, int]]:
    """What remains of a pool, in order."""
    found: list[tuple[int, int]] = []
    start = pool.first
    for each in taken:
        if each.number > start:
            found.append((start, each.number - 1))
        start = each.number + 1
    if start <= pool.last:
        found.append((start, pool.last))
    return found


def _listed(family: int, taken: Sequence[Fixed]) -> str:
    """ "192.0.2.0 (the network address), 192.0.2.1 (routers) and 2 more" """
    shown = [f"{address_text(family, each.number)} ({each.what})" for each in taken[:_SHOWN]]
    rest = len(taken) - len(shown)
    return joined(shown if not rest else [*shown, f"{rest} more"])


def joined(words: Sequence[str]) -> str:
    """ "a, b and c" """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _related(taken: Iterable[Fixed]) -> tuple[tuple[Route, str], ...]:
    places: dict[Route, str] = {}
    for each in taken:
        if not each.silent:
            places.setdefault(each.at, f"{each.what} is set here")
    return tuple(places.items())[:_SHOWN]


# -- reservations -----------------------------------------------------------------------------------------------------


def _reservations(site: _Site) -> Iterator[Finding]:
    """Reserved addresses of the subnet itself, of a DHCP server or a relay. Of a router or DNS server: it may ask for it."""
    for net in site.nets:
        numbers = net.reserved.numbers
        if numbers and not (
            net.first < numbers[0] and numbers[-1] < net.last and not site.fixed.any_own(numbers[0], numbers[-1])
        ):
            yield from _in_use(site, net.block, net.prefix, net.reserved)
    if site.globally.numbers:
        yield from _in_use(site, site.configuration.config, None, site.globally)


def _in_use(site: _Site, holder: Block, prefix: Prefix | None, reserved: Reserved) -> Iterator[Finding]:
    numbers = reserved.numbers
    in_use = {*(ends_of(prefix) if prefix else ()), *site.fixed.own(numbers[0], numbers[-1])}
    taken = sorted(number for number in in_use if reserved.within(number, number))
    if not taken:
        return
    own = {each.number: each for each in _of_subnet(holder, prefix)} if prefix else {}
    places = _places(holder.get("reservations"), site.family)
    for number in taken:
        fixed = own.get(number) or site.fixed.at(number)
        assert fixed is not None
        message = f"the reserved address {address_text(site.family, number)} is in use: {fixed.what}"
        for place in places[number]:
            yield Finding(
                RESERVED,
                place,
                message,
                related=_related([fixed]),
                fix="reserve another address",
                severity=None if fixed.silent else Severity.INFO,
            )


def _places(hosts: Json, family: int) -> dict[int, list[Route]]:
    """Where each address is reserved."""
    found: dict[int, list[Route]] = {}
    for at, number in addresses_of(list(blocks_of(hosts)), family):
        found.setdefault(number, []).append(at)
    return found
