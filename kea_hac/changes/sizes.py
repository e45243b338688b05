"""Two builds of a pair → the sizes of its pools before and after, by subnet and server, and what is removed altogether. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kea_hac.changes.leasing import Leasing, Subnet
from kea_hac.changes.ranges import Ranges
from kea_hac.changes.rounds import State, state_of
from kea_hac.compiler.built import Built
from kea_hac.kea.config import FAMILIES, Daemon
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """What one server leases in one subnet."""

    addresses: int
    prefixes: int
    """Delegated prefixes."""


_Rows = tuple[tuple[str, Size | None, Size | None], ...]


@dataclass(frozen=True, slots=True)
class SubnetSize:
    """The pools of one subnet, before and after."""

    family: str
    id: int
    prefix: str
    by_server: _Rows
    """Server, before, after; None where the server does not have the subnet."""
    before: Size | None
    """All servers together; None where none has the subnet."""
    after: Size | None
    lost: Ranges
    """Addresses that no server leases any more."""
    gained: Ranges
    """Addresses that no server leased before."""
    lost_prefixes: int = 0
    gained_prefixes: int = 0


@dataclass(frozen=True, slots=True)
class RemovedSubnet:
    """A subnet that no server has any more, or whose leases it does not know any more because its id is another one."""

    family: str
    id: int
    prefix: str


@dataclass(frozen=True, slots=True)
class Removed:
    """What a change removes from a pair, and what the pair had."""

    subnets: tuple[RemovedSubnet, ...] = ()
    addresses: int = 0
    """Addresses of pools, those of removed subnets included."""
    prefixes: int = 0
    """Prefixes of pd-pools."""
    reservations: int = 0
    """Reservations of addresses or prefixes that no client has any more."""
    of_subnets: int = 0
    of_addresses: int = 0
    of_prefixes: int = 0
    of_reservations: int = 0


def sizes(old: Built, new: Built, renamed: Mapping[str, str]) -> tuple[SubnetSize, ...]:
    """The subnets whose pools have another size on some server."""
    found: list[SubnetSize] = []
    for daemon in FAMILIES:
        before = {renamed.get(name, name): each for name, each in _state(old, daemon).items()}
        after = _state(new, daemon)
        ids = {number: None for state in (after, before) for each in state.values() for number in each.subnets}
        for number in ids:
            rows = tuple(
                (name, _size(before.get(name), number), _size(after.get(name), number)) for name in {**after, **before}
            )
            rows = tuple(row for row in rows if row[1] is not None or row[2] is not None)
            if any(one != other for _, one, other in rows):
                found.append(_subnet_size(daemon, number, rows, before, after))
    return tuple(found)


def _subnet_size(daemon: Daemon, number: int, rows: _Rows, before: State, after: State) -> SubnetSize:
    olds, news = _subnets(before, number), _subnets(after, number)
    one, other = _all_ranges(olds), _all_ranges(news)
    fewer, more = _prefixes_without(olds, news), _prefixes_without(news, olds)
    prefix = (*news, *olds)[0].prefix
    return SubnetSize(
        daemon.name,
        number,
        prefix,
        rows,
        Size(one.size, _prefixes_without(olds, [])) if olds else None,
        Size(other.size, _prefixes_without(news, [])) if news else None,
        one - other,
        other - one,
        fewer,
        more,
    )


def removed(old: Built, new: Built | None) -> Removed:
    """What a pair can lease before and not after; `new` None: the pair goes."""
    result = [_removed(daemon, _state(old, daemon), _state(new, daemon) if new else {}) for daemon in FAMILIES]
    return Removed(
        tuple(each for one in result for each in one.subnets),
        *(
            sum(getattr(one, name) for one in result)
            for name in (
                "addresses",
                "prefixes",
                "reservations",
                "of_subnets",
                "of_addresses",
                "of_prefixes",
                "of_reservations",
            )
        ),
    )


def _state(built: Built, daemon: Daemon) -> State:
    return state_of(built, daemon) if daemon.name in built.site.families else {}


def _size(state: Leasing | None, number: int) -> Size | None:
    subnet = state.subnets.get(number) if state is not None else None
    return None if subnet is None else Size(subnet.ranges().size, sum(each.size for each in subnet.prefix_pools))


def _subnets(state: State, number: int) -> list[Subnet]:
    return [each.subnets[number] for each in state.values() if number in each.subnets]


def _removed(daemon: Daemon, before: State, after: State) -> Removed:
    olds, news = _all(before), _all(after)
    gone = [each for key, each in olds.items() if key not in news]
    ranges, left = _ranges(olds), _ranges(news)
    hosts = {(key, host) for key, subnets in olds.items() for each in subnets for host in each.hosts if host.addresses}
    kept = {(key, host) for key, subnets in news.items() for each in subnets for host in each.hosts}
    hosts |= {((0, 0, 0), host) for each in before.values() for host in each.global_hosts if host.addresses}
    kept |= {((0, 0, 0), host) for each in after.values() for host in each.global_hosts}
    return Removed(
        tuple(RemovedSubnet(daemon.name, each[0].id, each[0].prefix) for each in gone),
        sum((ranges[key] - left.get(key, Ranges())).size for key in ranges),
        sum(_prefixes_without(each, news.get(key, [])) for key, each in olds.items()),
        len(hosts - kept),
        len(olds),
        sum(each.size for each in ranges.values()),
        sum(_prefixes_without(each, []) for each in olds.values()),
        len(hosts),
    )


_SubnetKey = tuple[int, int, int]


def _all(state: State) -> dict[_SubnetKey, list[Subnet]]:
    """Every subnet by id and prefix, as each server has it."""
    found: dict[_SubnetKey, list[Subnet]] = {}
    for each in state.values():
        for subnet in each.subnets.values():
            found.setdefault((subnet.id, subnet.first, subnet.last), []).append(subnet)
    return found


def _ranges(subnets: Mapping[_SubnetKey, list[Subnet]]) -> dict[_SubnetKey, Ranges]:
    return {key: _all_ranges(listed) for key, listed in subnets.items()}


def _all_ranges(subnets: Iterable[Subnet]) -> Ranges:
    return Ranges.of(span for each in subnets for span in each.ranges())


def _prefixes_without(subnets: Iterable[Subnet], others: Iterable[Subnet]) -> int:
    """How many prefixes some subnets delegate and the others do not. Those of two lengths are different ones."""
    ours, theirs = _delegated(subnets), _delegated(others)
    return sum((spans - theirs.get(length, Ranges())).size >> (128 - length) for length, spans in ours.items())


def _delegated(subnets: Iterable[Subnet]) -> dict[int, Ranges]:
    """By the length of the delegated prefixes: the address space that they are taken of."""
    found: dict[int, set[tuple[int, int]]] = {}
    for subnet in subnets:
        for pool in subnet.prefix_pools:
            found.setdefault(pool.delegated, set()).add(pool.span)
    return {length: Ranges.of(spans) for length, spans in found.items()}
