"""Address ranges and prefixes as Kea writes them: addresses, prefixes and pool texts read, ranges written.

A range is two integers, first and last, inclusive; integers compare and cut faster than address objects. Packed addresses
of one family compare as bytes in the same order, and are cheaper still.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from itertools import repeat
from socket import AF_INET, AF_INET6, inet_pton

from kea_hac.kea.address_words import not_address
from kea_hac.records import dataclass
from kea_hac.regex import regex

BITS: Mapping[int, int] = {4: 32, 6: 128}
_SOCKET_FAMILY = {4: AF_INET, 6: AF_INET6}
_LENGTH = regex(r"\+?[0-9]{1,9}\Z", re.ASCII)
_BLANKS = str.maketrans("", "", " \t")


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


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix as it is written: Kea keeps the address with its host bits, and compares prefixes with them."""

    family: int
    address: int
    length: int

    @property
    def first(self) -> int:
        """The first address of the prefix."""
        bits = BITS[self.family] - self.length
        return self.address >> bits << bits

    @property
    def last(self) -> int:
        """The last address of the prefix."""
        return self.address | (1 << BITS[self.family] - self.length) - 1

    @property
    def has_host_bits(self) -> bool:
        """True when the address is not the first of the prefix."""
        return self.address != self.first

    @property
    def network(self) -> Prefix:
        """The prefix without host bits."""
        return Prefix(self.family, self.first, self.length)

    def __str__(self) -> str:
        return f"{address_text(self.family, self.address)}/{self.length}"


def address_text(family: int, number: int) -> str:
    """The address as Kea prints it."""
    return str(IPv4Address(number) if family == 4 else IPv6Address(number))


def packed(text: str, family: int) -> bytes | None:
    """An address as its 4 or 16 bytes, read by the function that Kea's own reading ends in; None for anything else.

    No spaces, no leading zeros; a zone (`fe80::1%eth0`) is ignored (seen on 2.2.0, 2.6.3, 3.0.4).
    """
    try:
        return inet_pton(_SOCKET_FAMILY[family], text.partition("%")[0] if family == 6 and "%" in text else text)
    except (OSError, ValueError):
        return None


def numbers_of(texts: list[str], family: int) -> list[int] | None:
    """The numbers of many addresses as one by one by `packed`, in less time; None where one is anything else, or has a zone."""
    try:
        found = list(map(inet_pton, repeat(_SOCKET_FAMILY[family]), texts))
    except (OSError, ValueError, TypeError):
        return None
    return list(struct.unpack(f">{len(found)}I", b"".join(found)) if family == 4 else map(int.from_bytes, found))


def family_of(text: str) -> int | None:
    """4 or 6 for an address of that family, None for anything else."""
    return 4 if packed(text, 4) else 6 if packed(text, 6) else None


def without_blanks(text: str) -> str:
    """Subnets and pools may hold spaces and tabs anywhere: Kea takes them out before it reads."""
    return text.translate(_BLANKS) if " " in text or "\t" in text else text


@lru_cache(4096)
def read_prefix(text: str, family: int) -> Prefix | None:
    """Read "192.0.2.0/24"; None for anything else: no length, a netmask, a length beyond the family's."""
    address, slash, length = text.partition("/")
    raw = packed(address, family) if slash and _LENGTH.match(length) else None
    if raw is None or int(length) > BITS[family]:
        return None
    return Prefix(family, int.from_bytes(raw), int(length))


@lru_cache(4096)
def read_pool(text: str, family: int) -> Range:
    """Read "192.0.2.10 - 192.0.2.20" or "192.0.2.0/28" (Kea ARM, 'Configuration of IPv4 Address Pools').

    Raises ValueError, whose text says what is wrong with this pool.
    """
    bare = without_blanks(text)
    if "/" in bare:
        prefix = read_prefix(bare, family)
        other = read_prefix(bare, 10 - family)
        if prefix is None and other:
            raise ValueError(f"{text!r} is IPv{other.family}, and this is an IPv{family} pool")
        if prefix is None:
            raise ValueError(f"{text!r} is not an IPv{family} prefix")
        if prefix.length == 0:
            raise ValueError(f"{text!r} contains every address: a pool's prefix has a length of at least 1")
        return Range(family, prefix.first, prefix.last)
    first, dash, last = bare.partition("-")
    if not dash:
        raise ValueError(
            f"{text!r} is not a pool; a pool is a first and a last address with a hyphen between them, or a prefix"
        )
    ends: list[int] = []
    for end in (first, last):
        address = packed(end, family)
        if address is None and family_of(end):
            raise ValueError(f"{end} is IPv{family_of(end)}, and this is an IPv{family} pool")
        if address is None:
            raise ValueError(not_address(end, family))
        ends.append(int.from_bytes(address))
    if ends[0] > ends[1]:
        raise ValueError(f"the pool {text!r} is reversed: its first address is after its last")
    return Range(family, ends[0], ends[1])


@lru_cache(4096)
def whole_pool(text: str, family: int) -> Range | None:
    """The addresses of a pool, where they are certain: None for what Kea refuses, and for a prefix with host bits."""
    try:
        found = read_pool(text, family)
    except ValueError:
        return None
    prefix = read_prefix(without_blanks(text), family) if "/" in text else None
    return None if prefix is not None and prefix.has_host_bits else found


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
