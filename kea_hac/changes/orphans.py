"""Two builds of a pair → what goes, as conditions on leases: which leases a client cannot renew after the change. Pure.

A lease refers to its subnet by the id. When the id is gone, or stands for other addresses, Kea keeps the lease in its database until it
expires and extends it for nobody. A lease in a subnet that stays is extended while its address is in a pool, or is reserved for its
client (seen on 2.2.0, 2.6.3 and 3.0.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from kea_hac.changes.leasing import Leasing, Pool, ReservedHost, Subnet, leasing_of
from kea_hac.changes.ranges import Ranges
from kea_hac.compiler.built import Built
from kea_hac.kea.addressing import BITS, packed, read_prefix
from kea_hac.kea.config import FAMILIES, Daemon
from kea_hac.records import dataclass

_DATABASE_KEYS = ("type", "name", "host", "port", "keyspace", "contact-points", "persist")
"""Keys of lease-database that say where the leases are."""
_HIGH_AVAILABILITY = "HA_"
"""Classes of the servers of a load-balancing pair: they decide which server leases, not whether."""
_IN_LEASES = {4: ("hw-address", "client-id"), 6: ("duid",)}
"""Identifiers of clients that leases always contain."""


class LossKind(StrEnum):
    """Why leases are orphaned."""

    REMOVED_SUBNET = "removed-subnet"
    RENUMBERED_SUBNET = "renumbered-subnet"
    """The subnet has another id."""
    CHANGED_PREFIX = "changed-prefix"
    """The id stands for fewer addresses than before."""
    POOL = "pool"
    PD_POOL = "pd-pool"
    REMOVED_RESERVATION = "removed-reservation"
    RESERVED_FOR_ANOTHER = "reserved-for-another"
    """The address is reserved for another client than the one that has the lease."""
    CLASS_GUARD = "class-guard"
    """Only clients of a class are served now; leases do not show who is in it."""
    LEASE_DATABASE = "lease-database"
    """Another lease database, into which Kea moves no lease."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Leases that a change orphans."""

    kind: LossKind
    family: int
    """4 or 6."""
    subnet: int | None
    """The id in the lease; None: any."""
    label: str
    """What goes, for people: "192.0.2.0/24 (id 10)"."""
    addresses: Ranges | None = None
    """Of leases of addresses; None: all."""
    prefixes: Ranges | None = None
    """Of leases of delegated prefixes, by their first address; None: all."""
    length: int | None = None
    """Of delegated prefixes of this length only; None: any."""
    client: str | None = None
    """Leases of this client are kept: "hw-address 08:00:27:00:00:01"."""

    @property
    def certain(self) -> bool:
        """False where the leases do not show which of them are orphaned, so that their number is the most that it can be."""
        if self.kind is LossKind.CLASS_GUARD:
            return False
        return self.client is None or self.client.partition(" ")[0] in _IN_LEASES[self.family]


_NOTHING = Ranges()


def losses(old: Built, new: Built | None, moved_databases: Iterable[str] = ()) -> tuple[Loss, ...]:
    """What goes. `new` None: the pair goes. `moved_databases`: names of daemons whose leases are in another database now.

    A lease that several of them are about belongs to the first.
    """
    elsewhere = set(moved_databases)
    found: list[Loss] = []
    for daemon in FAMILIES:
        before = _leasings(old, daemon)
        if not before:
            continue
        after = _leasings(new, daemon) if new is not None else []
        family = daemon.family or 4
        if daemon.name in elsewhere and after:
            found.append(Loss(LossKind.LEASE_DATABASE, family, None, f"the lease database of {daemon.name}"))
        found += _of_family(family, before, after)
    return tuple(found)


def moved_databases(edits: Iterable[tuple[str, tuple[object, ...]]]) -> set[str]:
    """The daemons whose lease database is another one. `edits`: daemon and path of each change."""
    return {
        daemon
        for daemon, path in edits
        if path and path[0] == "lease-database" and (len(path) == 1 or path[1] in _DATABASE_KEYS)
    }


def _leasings(built: Built, daemon: Daemon) -> list[Leasing]:
    found = (leasing_of(built, node.name, daemon) for node in built.site.nodes)
    return [each for each in found if each is not None]


@dataclass(frozen=True, slots=True)
class _Whole:
    """A subnet as all servers together have it."""

    any: Subnet
    pools: tuple[Pool, ...]
    addresses: Ranges
    delegated: Mapping[int, Ranges]
    """By the length of the delegated prefixes."""
    hosts: frozenset[ReservedHost]
    guards: frozenset[str]

    def space(self, family: int) -> Mapping[int, Ranges]:
        """What can be leased, by the length of what is leased: 32 or 128 for addresses."""
        return {**self.delegated, BITS[family]: self.addresses}


def _wholes(leasings: Iterable[Leasing]) -> dict[int, _Whole]:
    by_id: dict[int, list[Subnet]] = {}
    for leasing in leasings:
        for number, subnet in leasing.subnets.items():
            by_id.setdefault(number, []).append(subnet)
    return {number: _whole(same) for number, same in by_id.items()}


def _whole(same: list[Subnet]) -> _Whole:
    pools = tuple(dict.fromkeys(pool for each in same for pool in each.pools))
    delegated: dict[int, list[tuple[int, int]]] = {}
    for each in same:
        for pool in each.prefix_pools:
            delegated.setdefault(pool.delegated, []).append(pool.span)
    return _Whole(
        same[0],
        pools,
        Ranges.of((pool.first, pool.last) for pool in pools),
        {length: Ranges.of(spans) for length, spans in delegated.items()},
        frozenset(host for each in same for host in each.hosts),
        frozenset(each for each in same[0].guards if not each.startswith(_HIGH_AVAILABILITY)),
    )


def _of_family(family: int, before: list[Leasing], after: list[Leasing]) -> Iterator[Loss]:
    olds, news = _wholes(before), _wholes(after)
    by_place = {(each.any.first, each.any.last): number for number, each in news.items()}
    for number, old in olds.items():
        new = news.get(number)
        if new is None or new.any.first > old.any.last or old.any.first > new.any.last:
            other = by_place.get((old.any.first, old.any.last))
            kind = LossKind.REMOVED_SUBNET if other is None else LossKind.RENUMBERED_SUBNET
            yield Loss(kind, family, number, old.any.label)
        else:
            yield from _of_subnet(family, number, old, new)
    global_before = frozenset(host for each in before for host in each.global_hosts)
    global_after = frozenset(host for each in after for host in each.global_hosts)
    everywhere: dict[int, Ranges] = {}
    for each in news.values():
        for length, ranges in each.space(family).items():
            everywhere[length] = everywhere.get(length, _NOTHING) | ranges
    kept_hosts = frozenset(host for each in news.values() for host in each.hosts) | global_after
    yield from _of_hosts(family, None, "(global)", (global_before, global_after), everywhere, kept_hosts)


def _of_subnet(family: int, number: int, old: _Whole, new: _Whole) -> Iterator[Loss]:
    """What goes in a subnet that stays."""
    label = old.any.label
    outside = Ranges.of([(old.any.first, old.any.last)]) - Ranges.of([(new.any.first, new.any.last)])
    if outside:
        yield Loss(LossKind.CHANGED_PREFIX, family, number, label, outside, _NOTHING)
    reserved = _reserved(family, new.hosts)
    yield from _of_hosts(family, number, f"in {label}", (old.hosts, new.hosts), new.space(family), new.hosts)
    gone = old.addresses - new.addresses - Ranges.of((first, last) for first, last, _ in reserved) - outside
    if gone:
        yield Loss(LossKind.POOL, family, number, f"pool addresses of {label}", gone, _NOTHING)
    for length, spans in old.delegated.items():
        kept = Ranges.of((first, last) for first, last, own in reserved if own == length)
        less = spans - new.delegated.get(length, _NOTHING) - kept
        if less:
            yield Loss(LossKind.PD_POOL, family, number, f"prefixes of {label}", _NOTHING, less, length)
    if new.guards - old.guards:
        names = ", ".join(sorted(new.guards - old.guards))
        yield Loss(LossKind.CLASS_GUARD, family, number, f"{label}, which serves only the class {names} now")
    else:
        guarded = _guarded(old, new)
        if guarded:
            yield Loss(
                LossKind.CLASS_GUARD, family, number, f"pools of {label} that serve only a class now", guarded, _NOTHING
            )


def _guarded(old: _Whole, new: _Whole) -> Ranges:
    """Addresses whose pool serves only clients of a class that it did not ask for before."""
    found: list[tuple[int, int]] = []
    for pool in new.pools:
        asked = {each for each in pool.guards if not each.startswith(_HIGH_AVAILABILITY)}
        for before in old.pools:
            if asked - set(before.guards) and pool.first <= before.last and before.first <= pool.last:
                found.append((max(pool.first, before.first), min(pool.last, before.last)))
    return Ranges.of(found)


def _of_hosts(
    family: int,
    number: int | None,
    words: str,
    hosts: tuple[frozenset[ReservedHost], frozenset[ReservedHost]],
    pools: Mapping[int, Ranges],
    kept: frozenset[ReservedHost],
) -> Iterator[Loss]:
    """Reservations that come for somebody else's address, and those that go where no pool has the address.

    `pools`: what can be leased after the change, by length. `kept`: all reservations after it.
    """
    before, after = hosts
    own: dict[str, set[str]] = {}
    for host in before:
        own.setdefault(host.identifier, set()).update(host.addresses)
    for host in sorted(after - before, key=lambda each: (each.identifier, each.addresses)):
        for text in host.addresses:
            if text not in own.get(host.identifier, ()):
                yield from _one(
                    LossKind.RESERVED_FOR_ANOTHER,
                    family,
                    number,
                    f"the reservation of {text} {words}",
                    text,
                    host.identifier,
                )
    reserved = {text for each in kept for text in each.addresses}
    for host in sorted(before - after, key=lambda each: (each.identifier, each.addresses)):
        for text in host.addresses:
            span = _span(family, text)
            in_pool = span is not None and not Ranges.of([span[:2]]) - pools.get(span[2], _NOTHING)
            if text not in reserved and not in_pool:
                yield from _one(
                    LossKind.REMOVED_RESERVATION, family, number, f"the reservation of {text} {words}", text, None
                )


def _one(kind: LossKind, family: int, number: int | None, label: str, text: str, client: str | None) -> Iterator[Loss]:
    span = _span(family, text)
    if span is None:
        return
    first, last, length = span
    ranges = Ranges.of([(first, last)])
    if length == BITS[family]:
        yield Loss(kind, family, number, label, ranges, _NOTHING, None, client)
    else:
        yield Loss(kind, family, number, label, _NOTHING, ranges, length, client)


def _reserved(family: int, hosts: Iterable[ReservedHost]) -> list[tuple[int, int, int]]:
    found = (_span(family, text) for host in hosts for text in host.addresses)
    return [each for each in found if each is not None]


def _span(family: int, text: str) -> tuple[int, int, int] | None:
    """First and last address of a reserved address or prefix, and its length; None for what is neither."""
    if "/" in text:
        prefix = read_prefix(text, family)
        return (prefix.first, prefix.last, prefix.length) if prefix is not None else None
    raw = packed(text, family)
    if raw is None:
        return None
    number = int.from_bytes(raw)
    return number, number, BITS[family]
