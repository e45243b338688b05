"""Sets of addresses as sorted, disjoint ranges: union, difference, intersection and size, however large the ranges are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Ranges:
    """A set of numbers."""

    spans: tuple[tuple[int, int], ...] = ()
    """First and last number of each range, sorted; ranges neither overlap nor touch."""

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Ranges:
        """The set of all numbers of some ranges, which may overlap."""
        result: list[tuple[int, int]] = []
        for first, last in sorted(span for span in spans if span[0] <= span[1]):
            if result and first <= result[-1][1] + 1:
                result[-1] = (result[-1][0], max(result[-1][1], last))
            else:
                result.append((first, last))
        return cls(tuple(result))

    @property
    def size(self) -> int:
        """How many numbers."""
        return sum(last - first + 1 for first, last in self.spans)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.spans)

    def __or__(self, other: Ranges) -> Ranges:
        return Ranges.of((*self.spans, *other.spans))

    def __and__(self, other: Ranges) -> Ranges:
        return self - (self - other)

    def __sub__(self, other: Ranges) -> Ranges:
        """The numbers that the other set does not have."""
        left: list[tuple[int, int]] = []
        cuts = other.spans
        at = 0
        for first, last in self.spans:
            while at < len(cuts) and cuts[at][1] < first:
                at += 1
            start, here = first, at
            while here < len(cuts) and cuts[here][0] <= last:
                if cuts[here][0] > start:
                    left.append((start, cuts[here][0] - 1))
                start = cuts[here][1] + 1
                here += 1
            if start <= last:
                left.append((start, last))
        return Ranges(tuple(left))
