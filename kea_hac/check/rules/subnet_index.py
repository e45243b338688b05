"""The subnets of a configuration, found by an address or counted within a prefix."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from kea_hac.check.rules.nets import prefix_of
from kea_hac.kea.addressing import BITS, Prefix
from kea_hac.kea.config import Block


class SubnetIndex:
    """Answers in as many steps as there are lengths of prefixes."""

    def __init__(self, subnets: Iterable[Block], family: int) -> None:
        """Of two subnets with one prefix the first is found."""
        self._known: dict[tuple[int, int], Block] = {}
        for subnet in subnets:
            prefix = prefix_of(subnet, family)
            if prefix is not None:
                self._known.setdefault((BITS[family] - prefix.length, prefix.first), subnet)
        self._bits = sorted({bits for bits, _ in self._known})
        self._starts = sorted(first for _, first in self._known)

    def home(self, number: int) -> Block | None:
        """The smallest subnet that an address is in."""
        homes = (self._known.get((bits, number >> bits << bits)) for bits in self._bits)
        return next((found for found in homes if found is not None), None)

    def within(self, net: Prefix) -> int:
        """How many subnets begin in a prefix."""
        return bisect_right(self._starts, net.last) - bisect_left(self._starts, net.first)
