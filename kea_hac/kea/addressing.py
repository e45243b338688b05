"""Address ranges and prefixes as Kea writes them: pool texts read, ranges written.

A range is two integers, first and last, inclusive; integers compare and cut faster than address objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class Range:
    """Addresses `first` to `last`, inclusive, of one family (4 or 6)."""

    family: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many addresses."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        return f"{address_text(self.family, self.first)} - {address_text(self.family, self.last)}"


def address_text(family: int, number: int) -> str:
    """The address as Kea prints it."""
    return str(IPv4Address(number) if family == 4 else IPv6Address(number))


def read_pool(text: str, family: int) -> Range:
    """Read "192.0.2.10 - 192.0.2.20" or "192.0.2.0/28" (Kea ARM, 'Configuration of IPv4 Address Pools').

    Raises ValueError, whose text says what is wrong with this pool.
    """
    bare = text.strip()
    if "/" in bare:
        try:
            network = ip_network("".join(bare.split()), strict=False)
        except ValueError:
            raise ValueError(f"{text!r} is not a prefix such as {_example(family)}/28") from None
        if network.version != family:
            raise ValueError(f"{text!r} is IPv{network.version}, and this is an IPv{family} pool")
        return Range(family, int(network[0]), int(network[-1]))
    first, dash, last = bare.partition("-")
    if not dash:
        raise ValueError(
            f"{text!r} is no pool; a pool is `{_example(family, 10)} - {_example(family, 20)}` or a prefix"
        )
    ends: list[int] = []
    for end in (first.strip(), last.strip()):
        try:
            address = ip_address(end)
        except ValueError:
            raise ValueError(f"{end!r} is not an IPv{family} address") from None
        if address.version != family:
            raise ValueError(f"{end} is IPv{address.version}, and this is an IPv{family} pool")
        ends.append(int(address))
    if ends[0] > ends[1]:
        raise ValueError(f"the pool {text!r} runs backwards: its first address is above its last")
    return Range(family, ends[0], ends[1])


def _example(family: int, host: int = 0) -> str:
    return f"192.0.2.{host}" if family == 4 else f"2001:db8::{host:x}"


def prefix_blocks(first: int, last: int, size_bits: int) -> list[tuple[int, int]]:
    """Cut the numbers first..last into the fewest aligned powers of two: (start, bits), in order.

    The numbers count blocks of `size_bits`; (12, 2) is the four blocks 12 to 15.
    """
    blocks: list[tuple[int, int]] = []
    while first <= last:
        bits = (first & -first).bit_length() - 1 if first else size_bits
        while first + (1 << bits) - 1 > last:
            bits -= 1
        blocks.append((first, bits))
        first += 1 << bits
    return blocks
