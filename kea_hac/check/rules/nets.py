"""Subnets as rules about addresses look at them: prefixes, pools and reserved addresses, read once for all rules and for both servers."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.rules.reserved import Reserved, reserved_of
from kea_hac.diagnostics import Route
from kea_hac.kea.addressing import Prefix, read_prefix, whole_pool, without_blanks
from kea_hac.kea.config import Block, Json, blocks_of
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass


@dataclass(slots=True, eq=False)
class Stock:
    """What a pool holds: `1 << shift` addresses to the piece, from `first` to `last`."""

    pool: Block
    key: str
    """The key that its addresses are written under."""
    first: int
    last: int
    shift: int = 0

    @property
    def at(self) -> Route:
        """Where its addresses are written."""
        return self.pool.where(self.key)

    @property
    def pieces(self) -> int:
        """How many addresses, or prefixes to delegate."""
        return (self.last >> self.shift) - (self.first >> self.shift) + 1

    def has(self, number: int) -> bool:
        """Whether it holds an address."""
        return self.first <= number <= self.last


@dataclass(slots=True, eq=False)
class Net:
    """A subnet with its numbers."""

    block: Block
    network: Block | None
    """Its shared network."""
    prefix: Prefix | None
    """As Kea reads it; None when it cannot."""
    first: int
    """The first address of the prefix; 0 where there is none."""
    last: int
    """The last one; -1 where there is none."""
    pools: list[Stock]
    """The address pools that can be read."""
    tidy: bool
    """True where all its address pools can be read, and lie within the prefix, one behind the other."""
    reserved: Reserved
    """The addresses that it reserves."""


def nets_of(configuration: Configuration) -> list[Net]:
    """The subnets in the order of `configuration.subnets()`. The same objects for all configurations with the same subnets."""
    family = configuration.daemon.family or 4
    return configuration.once.of(configuration.subnets(), (Net, family), lambda _: _nets(configuration, family))


def _nets(configuration: Configuration, family: int) -> list[Net]:
    """A subnet of one server with an interface of its own is another map than the spec's. All others are read no second time."""
    listed = configuration.with_networks()
    known: dict[tuple[int, int], Net] = configuration.once.of(_OF_ALL, (Net, family), lambda _: {})
    others = [(network, subnet) for network, subnet in listed if (id(subnet), id(network)) not in known]
    reserved = reserved_of([subnet.get("reservations") for _, subnet in others], family)
    for (network, subnet), each in zip(others, reserved, strict=True):
        known[id(subnet), id(network)] = _net(subnet, network, each, family)
    return [known[id(subnet), id(network)] for network, subnet in listed]


_OF_ALL: list[Json] = []
"""What `Once` keeps the subnets by that were read for any configuration."""


def _net(subnet: Block, network: Block | None, reserved: Reserved, family: int) -> Net:
    prefix = prefix_of(subnet, family)
    first, last = (prefix.first, prefix.last) if prefix is not None else (0, -1)
    pools: list[Stock] = []
    tidy, end = True, first - 1
    for pool in blocks_of(subnet.get("pools")):
        read = whole_pool(str(pool.get("pool")), family)
        if read is None:
            tidy = False
            continue
        pools.append(Stock(pool, "pool", read.first, read.last))
        tidy = tidy and end < read.first and read.last <= last
        end = read.last
    return Net(subnet, network, prefix, first, last, pools, tidy, reserved)


def prefix_of(subnet: Block, family: int) -> Prefix | None:
    """The subnet's prefix as Kea reads it; None when it cannot."""
    text = subnet.get("subnet")
    return read_prefix(without_blanks(text), family) if isinstance(text, str) else None


def delegations_of(subnet: Block) -> Iterator[Stock]:
    """The pd-pools that can be read."""
    for pool in blocks_of(subnet.get("pd-pools")):
        cut = pool.get("delegated-len")
        prefix = read_prefix(f"{pool.get('prefix')}/{pool.get('prefix-len')}", 6)
        if prefix is not None and isinstance(cut, int) and prefix.length <= cut <= 128:
            yield Stock(pool, "prefix", prefix.first, prefix.last, 128 - cut)
