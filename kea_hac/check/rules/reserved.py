"""The addresses of lists of reservations, as numbers: read many at a time, because a subnet often reserves few."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import chain

from kea_hac.kea.addressing import numbers_of, packed
from kea_hac.kea.config import Json
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

MULTICAST = 0xFF
HOSTS = {4: (1, 2**32 - 2), 6: (0, (MULTICAST << 120) - 1)}
"""The first and the last address that a host can have."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """The addresses of a list of reservations."""

    numbers: list[int]
    """Those that can be read, in order."""
    sound: bool
    """True where all can be read, all can be the address of a host, and none is there twice."""

    def within(self, first: int, last: int) -> bool:
        """True where one of them lies between two addresses, these included."""
        return bisect_left(self.numbers, first) < bisect_right(self.numbers, last)


NOTHING = Reserved([], True)


def reserved_globally(configuration: Configuration) -> Reserved:
    """The addresses of the reservations at the top."""
    family, listed = configuration.daemon.family or 4, configuration.config.get("reservations")
    if not isinstance(listed, list) or not listed:
        return NOTHING
    return configuration.once.of(listed, (Reserved, family), lambda _: reserved_of([listed], family)[0])


def reserved_of(lists: list[Json], family: int) -> list[Reserved]:
    """The addresses of each list; none of what is no list."""
    texts = [_texts(listed) if listed and isinstance(listed, list) else [] for listed in lists]
    numbers = numbers_of(list(chain.from_iterable(texts)), family)
    if numbers is None:
        return [_reserved(each, numbers_of(each, family), family) for each in texts]
    found: list[Reserved] = []
    start = 0
    for each in texts:
        end = start + len(each)
        found.append(_reserved(each, numbers[start:end], family) if each else NOTHING)
        start = end
    return found


def _texts(listed: list[Json]) -> list[Json]:
    texts = [host["ip-address"] for host in listed if "ip-address" in host]
    if len(texts) < len(listed):
        several = (host["ip-addresses"] for host in listed if "ip-addresses" in host)
        texts += chain.from_iterable(each for each in several if isinstance(each, list))
    return texts


def _reserved(texts: list[Json], numbers: list[int] | None, family: int) -> Reserved:
    """`numbers`: of the texts; None where not all can be read."""
    if numbers is None:
        read = [packed(text, family) for text in texts if isinstance(text, str)]
        return Reserved(sorted(int.from_bytes(raw) for raw in read if raw), False)
    numbers.sort()
    first, last = HOSTS[family]
    sound = not numbers or (first <= numbers[0] and numbers[-1] <= last and len(set(numbers)) == len(numbers))
    return Reserved(numbers, sound)
