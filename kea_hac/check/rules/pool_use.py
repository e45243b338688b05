"""Pools against reservations: pools that reservations fill, reservations that pools do not know of, pools too wide to count."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.nets import Net, Stock, delegations_of, nets_of
from kea_hac.check.rules.reserved_addresses import delegated_in
from kea_hac.diagnostics import Finding, Repair, RepairKind, Route, info, warning
from kea_hac.kea.addressing import address_text, packed
from kea_hac.kea.config import Block, Json, blocks_of
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration

EXHAUSTED = warning(
    "KH315",
    "pool-filled-by-reservations",
    why="Every address or prefix of the pool is reserved. A client without a reservation gets no lease from it.",
    source="Kea ARM, 'Conflicts in DHCPv4 Reservations'; as Stork's address_pools_exhausted_by_reservations",
)
ALL_OUTSIDE = info(
    "KH316",
    "reservations-all-outside-pools",
    why="Kea looks for a reservation of each address that it leases from a pool. No reservation is inside a pool "
    "here, so `reservations-out-of-pool: true` saves these searches.",
    source="Kea ARM, 'Fine-Tuning DHCPv4 Host Reservation'; as Stork's out_of_pool_reservation",
    rests_on=("pools", "reservations", "reservations-out-of-pool", "reservation-mode"),
)
IN_A_POOL = warning(
    "KH317",
    "in-pool-reservation-unprotected",
    why="Kea leases addresses of a pool without checking global reservations. With reservations-out-of-pool it "
    "checks no reservations. Another client can have the reserved address when its owner needs it.",
    source="Kea ARM, 'Fine-Tuning DHCPv4 Host Reservation'; 'Global Reservations in DHCPv4'",
    rests_on=("reservations-in-subnet", "reservations-out-of-pool"),
)
FLAG_ALONE = warning(
    "KH318",
    "out-of-pool-without-reservations",
    why="With reservations-in-subnet false Kea ignores all reservations of the subnet. reservations-out-of-pool "
    "does not turn them on.",
    source="Kea ARM: reservations-out-of-pool 'makes sense only when the reservations-in-subnet flag is true'",
    rests_on=("reservations",),
)
TOO_WIDE = info(
    "KH233",
    "too-many-to-count",
    why="Kea 2.2 counts total-nas and total-pds in 64 bits, so Stork and Prometheus show wrong numbers. Kea 2.4 "
    "counts correctly, but its control agent answers statistic commands with an error.",
    source="ChangeLog 2134 (2.3.8), 2183 (2.5.3); as Stork's statistics_unavailable_due_to_number_overflow",
)
_COUNTABLE = 2**63 - 1


@checks(EXHAUSTED, IN_A_POOL, on=Subject.SHARED)
def pools_and_reservations(configuration: Configuration) -> Iterator[Finding]:
    """Pools that reservations fill, and reservations that a pool gives away."""
    family = configuration.daemon.family
    switch = _Switch(configuration, "reservations-out-of-pool", default=False)
    for net in nets_of(configuration) if family else ():
        subnet = net.block
        if not family or not subnet.get("reservations"):
            continue
        yield from _filled(net.pools, net.reserved.numbers, "address")
        if family == 6:
            yield from _filled(list(delegations_of(subnet)), delegated_in(configuration, subnet).firsts, "prefix")
        if switch.of(net) and _Switch(configuration, "reservations-in-subnet", default=True).of(net):
            hosts = configuration.hosts(subnet).blocks
            yield from _unprotected(hosts, net.pools, family, "reservations-out-of-pool is true")


@checks(ALL_OUTSIDE, on=Subject.SHARED)
def all_outside(configuration: Configuration) -> Iterator[Finding]:
    """Subnets for which reservations-out-of-pool would be right."""
    family = configuration.daemon.family
    if not family or configuration.config.get("hosts-databases"):
        return
    searched = _Switch(configuration, "reservations-in-subnet", default=True)
    switch = _Switch(configuration, "reservations-out-of-pool", default=False)
    for net in nets_of(configuration):
        subnet, reserved = net.block, net.reserved
        if not net.pools or not reserved.numbers or not searched.of(net) or switch.of(net):
            continue
        if not any(reserved.within(pool.first, pool.last) for pool in net.pools):
            message = "no reserved address of this subnet lies in one of its pools"
            fix = "add `reservations-out-of-pool: true`"
            repair = (Repair((*subnet.at, "reservations-out-of-pool"), RepairKind.SET, True),)
            yield Finding(ALL_OUTSIDE, subnet.where("reservations"), message, True, fix=fix, repair=repair)


@checks(IN_A_POOL, on=Subject.SHARED)
def global_reservations(configuration: Configuration) -> Iterator[Finding]:
    """Addresses that are reserved globally and lie in a pool of a subnet whose clients may have global reservations."""
    family = configuration.daemon.family
    hosts = configuration.hosts(configuration.config).blocks
    if not family or not hosts:
        return
    switch = _Switch(configuration, "reservations-global", default=False)
    pools = [pool for net in nets_of(configuration) if switch.of(net) for pool in net.pools]
    if pools:
        yield from _unprotected(
            hosts, pools, family, "Kea does not check global reservations before it leases from a pool"
        )


@checks(FLAG_ALONE, on=Subject.SHARED)
def switches(configuration: Configuration) -> Iterator[Finding]:
    """reservations-out-of-pool where the reservations of the subnet are not looked at."""
    written: dict[Route, Finding] = {}
    key = "reservations-out-of-pool"
    searched = _Switch(configuration, "reservations-in-subnet", default=True)
    for net in nets_of(configuration) if key in configuration.config or key in configuration.keys_below() else ():
        own = next(
            (each for each in (net.block, net.network, configuration.config) if each is not None and key in each), None
        )
        if own is None or own[key] is not True:
            continue
        if not searched.of(net):
            at = own.where(key)
            message = "reservations-in-subnet is false, so reservations-out-of-pool has no effect"
            written.setdefault(at, Finding(FLAG_ALONE, at, message, fix="remove one of the two"))
    yield from written.values()


@checks(TOO_WIDE, on=Subject.SHARED)
def countable(configuration: Configuration) -> Iterator[Finding]:
    """More addresses or prefixes in a subnet, or in a shared network, than 63 bits can count."""
    if configuration.daemon.family != 6 or has(configuration.version, Feature.WIDE_STATISTICS):
        return
    pools = {id(net.block): net.pools for net in nets_of(configuration)}
    groups = [(network, list(blocks_of(network.get("subnet6")))) for network in configuration.blocks("shared-networks")]
    groups += [(subnet, [subnet]) for subnet in configuration.subnets()]
    for block, subnets in groups:
        for what, stocks in (
            ("addresses", [pool for subnet in subnets for pool in pools[id(subnet)]]),
            ("prefixes", [pool for subnet in subnets for pool in delegations_of(subnet)]),
        ):
            if sum(stock.pieces for stock in stocks) > _COUNTABLE:
                message = f"more than 2^63 {what} are to be counted here"
                yield Finding(TOO_WIDE, block.where("subnet" if "subnet" in block else "name"), message)


class _Switch:
    """A key with true or false, as subnets inherit it."""

    def __init__(self, configuration: Configuration, key: str, *, default: bool) -> None:
        """`default`: what holds where nothing is written, or neither true nor false."""
        self._key, self._default = key, default
        self._above = self._read(configuration.config.get(key))
        self._somewhere = key in configuration.keys_below()

    def of(self, net: Net) -> bool:
        """The value that holds for a subnet."""
        for each in (net.block, net.network) if self._somewhere else ():
            if each is not None and self._key in each:
                return self._read(each[self._key])
        return self._above

    def _read(self, found: Json) -> bool:
        return found if isinstance(found, bool) else self._default


def addresses_of(hosts: list[Block], family: int) -> Iterator[tuple[Route, int]]:
    """The addresses that hosts have reserved, each with its place."""
    for host in hosts:
        text = host.get("ip-address")
        if isinstance(text, str) and (raw := packed(text, family)):
            yield host.where("ip-address"), int.from_bytes(raw)
        listed = host.get("ip-addresses")
        for index, each in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(each, str) and (raw := packed(each, family)):
                yield (*host.where("ip-addresses"), index), int.from_bytes(raw)


def _filled(stocks: list[Stock], reserved: list[int], what: str) -> Iterator[Finding]:
    for stock in stocks:
        if len(reserved) < stock.pieces:
            continue
        inside = reserved[bisect_left(reserved, stock.first) : bisect_right(reserved, stock.last)]
        if len({number >> stock.shift for number in inside}) == stock.pieces:
            message = f"every {what} of this pool is reserved"
            yield Finding(EXHAUSTED, stock.at, message, fix="widen the pool, or remove it if no other client needs one")


def _unprotected(hosts: list[Block], pools: list[Stock], family: int, because: str) -> Iterator[Finding]:
    ordered = sorted(pools, key=lambda pool: pool.first)
    starts = [pool.first for pool in ordered]
    for at, number in addresses_of(hosts, family):
        before = bisect_right(starts, number)
        pool = ordered[before - 1] if before else None
        if pool is not None and pool.has(number):
            message = f"the reserved address {address_text(family, number)} lies in a pool, and {because}"
            yield Finding(
                IN_A_POOL, at, message, related=((pool.at, "the pool"),), fix="reserve an address outside the pools"
            )
