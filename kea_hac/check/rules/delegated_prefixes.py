"""Delegated prefixes, of pools and reserved ones, over subnets and addresses that the configuration uses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.fixed_addresses import FixedAddresses, fixed_addresses
from kea_hac.check.rules.nets import Net, nets_of
from kea_hac.check.rules.relationship import texts
from kea_hac.check.rules.reserved_addresses import delegated_in
from kea_hac.check.rules.taken_addresses import joined
from kea_hac.diagnostics import Finding, Route, warning
from kea_hac.kea.addressing import Prefix, Range, address_text, read_pool, read_prefix
from kea_hac.kea.config import Block, blocks_of
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

DELEGATED = warning(
    "KH257",
    "delegated-prefix-over-addresses-in-use",
    why="A client that gets the prefix uses all of it for its own network. Packets to the hosts and subnets that have "
    "addresses of the prefix then go to this client, or nowhere.",
    source="Subnet::addPool compares the pools of one subnet only; RFC 8415 6.3; seen on 2.2.0, 2.6.3, 3.0.4, on the wire",
)
_SHOWN = 4
"""Things in use that a message names."""


@dataclass(frozen=True, slots=True)
class _Used:
    """A subnet or an address pool."""

    first: int
    last: int
    key: str
    """subnet or pool"""
    space: Prefix | Range
    block: Block
    subnet: int
    """id of the subnet's map."""

    @property
    def words(self) -> str:
        """What a message calls it."""
        return f"the {self.key} {self.space}"

    @property
    def at(self) -> Route:
        """Where it is written."""
        return self.block.where(self.key)


@checks(DELEGATED, on=Subject.SERVER)
def delegated_prefixes(configuration: Configuration) -> Iterator[Finding]:
    """Prefixes to delegate that contain a subnet, a pool of another subnet, or an address in use."""
    if configuration.daemon.family != 6:
        return
    if "pd-pools" not in configuration.keys_below() and "prefixes" not in configuration.hosts_below().keys:
        return
    fixed = fixed_addresses(configuration)
    used = configuration.once.of(configuration.subnets(), _Used, lambda _: _spaces(nets_of(configuration)))
    starts = [each.first for each in used]
    for subnet in configuration.subnets():
        for pool in blocks_of(subnet.get("pd-pools")):
            prefix = read_prefix(f"{pool.get('prefix')}/{pool.get('prefix-len')}", 6)
            cut = pool.get("delegated-len")
            if prefix is not None and isinstance(cut, int) and prefix.length <= cut <= 128:
                inside = _inside(fixed, prefix, used, starts, id(subnet), _hole(pool, prefix, cut))
                if inside:
                    yield _delegated(pool.where("prefix"), f"the pool of prefixes {prefix}", inside)
        reserved = delegated_in(configuration, subnet)
        if not reserved.firsts or _none_between(fixed, reserved.firsts[0], reserved.last, starts):
            continue
        for host in configuration.hosts(subnet).having("prefixes"):
            for index, text in enumerate(texts(host.get("prefixes"))):
                prefix = read_prefix(text, 6)
                if prefix is not None:
                    inside = _inside(fixed, prefix, used, starts, 0, None)
                    if inside:
                        yield _delegated((*host.where("prefixes"), index), f"the reserved prefix {prefix}", inside)


def _spaces(nets: list[Net]) -> list[_Used]:
    """In the order of their first addresses."""
    found: list[_Used] = []
    for net in nets:
        subnet = net.block
        if net.prefix is not None:
            found.append(_Used(net.first, net.last, "subnet", net.prefix, subnet, id(subnet)))
        for pool in blocks_of(subnet.get("pools")):
            try:
                stored = read_pool(str(pool.get("pool")), 6)
            except ValueError:
                continue
            found.append(_Used(stored.first, stored.last, "pool", stored, pool, id(subnet)))
    return sorted(found, key=lambda each: each.first)


@dataclass(frozen=True, slots=True)
class _Hole:
    """The excluded prefix of a pool, which each delegated prefix has at the same place (RFC 6603)."""

    size: int
    """Addresses of a delegated prefix."""
    first: int
    last: int
    """Counted from the start of a delegated prefix."""

    def has(self, first: int, last: int) -> bool:
        """Whether the addresses are in it."""
        start = first % self.size
        return self.first <= start and start + last - first <= self.last


def _hole(pool: Block, prefix: Prefix, cut: int) -> _Hole | None:
    text, length = pool.get("excluded-prefix"), pool.get("excluded-prefix-len")
    excluded = read_prefix(f"{text}/{length}", 6) if length else None
    if excluded is None or not prefix.first <= excluded.first <= prefix.last:
        return None
    size = 1 << 128 - cut
    return _Hole(size, excluded.first % size, excluded.first % size + excluded.last - excluded.first)


def _none_between(in_use: FixedAddresses, first: int, last: int, starts: list[int]) -> bool:
    """True where nothing is used from one address to another, so that nothing lies in any prefix between them."""
    return bisect_left(starts, first) == bisect_right(starts, last) and not in_use.between(first, last, 1)


def _inside(
    in_use: FixedAddresses, prefix: Prefix, used: list[_Used], starts: list[int], own: int, hole: _Hole | None
) -> list[tuple[str, Route]]:
    """What of the used space lies in a prefix: at most one more than is shown.

    A subnet around the prefix is only how Kea finds its clients; the pools of the same subnet are compared elsewhere.
    """
    found: list[tuple[str, Route]] = []
    for number in range(bisect_left(starts, prefix.first), len(used)):
        each = used[number]
        if each.first > prefix.last or len(found) > _SHOWN:
            break
        whole = each.last <= prefix.last and (each.first, each.last) != (prefix.first, prefix.last)
        a_pool = each.key == "pool"
        if (hole is None or not hole.has(each.first, each.last)) and (whole or a_pool):
            if a_pool and (each.subnet == own or any(words.startswith("the subnet") for words, _ in found)):
                continue
            found.append((each.words, each.at))
    if not found:
        for fixed in in_use.between(prefix.first, prefix.last, _SHOWN + 1):
            if hole is None or not hole.has(fixed.number, fixed.number):
                found.append((f"{address_text(6, fixed.number)} ({fixed.what})", fixed.at))
    return found


def _delegated(at: Route, what: str, inside: list[tuple[str, Route]]) -> Finding:
    more = ["more"] if len(inside) > _SHOWN else []
    message = f"{what} contains {joined([*(words for words, _ in inside[:_SHOWN]), *more])}"
    related = tuple((place, "it is set here") for _, place in inside[:_SHOWN])
    return Finding(DELEGATED, at, message, related=related, fix="use a prefix that nothing else uses")
