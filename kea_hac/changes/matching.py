"""Which items of a list are the same in several configurations: by their identity, then by what they assign to clients.

Kea sorts most lists in its answers, so an index identifies nothing. An item is matched by its identity (a
subnet's id, an option's space and code). The rest is matched by a second criterion: pools that overlap, reservations
for the same address, the one relationship on either side.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

from kea_hac.changes.change import ABSENT, Key, Value
from kea_hac.kea.config import Json
from kea_hac.kea.hooks import newest_name
from kea_hac.records import dataclass

Triple = tuple[Value, Value, Value]
"""The same place in the base, the spec and the live server."""
Item = Mapping[str, Json]
Range = tuple[int, int, int]
"""Family, first and last address as numbers."""
_Texts = tuple[bool, bool, bool]
_TEXTS: tuple[_Texts, ...] = tuple((a, b, c) for a in (False, True) for b in (False, True) for c in (False, True))


@dataclass(frozen=True, slots=True)
class Match:
    """One thing in up to three texts."""

    key: Key
    items: Triple
    """ABSENT where a text has it not."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the items of one kind of list are identified."""

    identity: Callable[[Item], Key | None]
    """None for an item that nothing identifies."""
    second: Callable[[Item], Iterable[Hashable]] | None = None
    """The second criterion: two remaining items are the same when they share one of these."""
    ranges: Callable[[Item], Range | None] | None = None
    """For pools: leftover ones that overlap are one."""
    ordered: bool = True
    """False where Kea sorts the list in its answers, so that its order has no meaning."""


def matches(name: str, lists: Triple) -> tuple[Match, ...] | None:
    """The items of the lists under the key `name`, matched; None where the list is a value of its own (a list of texts)."""
    present = [each for each in lists if isinstance(each, list)]
    if not present or not all(isinstance(item, dict) for each in present for item in each) or not any(present):
        return None
    kind = _KINDS.get(name, _BY_NAME)
    groups: dict[Key, list[Value]] = {}
    for text, listed in enumerate(lists):
        seen: dict[Key, int] = {}
        for item in listed if isinstance(listed, list) else ():
            key = kind.identity(item) or Key("item", "")
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > 1 or not key.value:
                key = replace(key, value=f"{key.value}#{seen[key]}" if key.value else str(seen[key]))
            groups.setdefault(key, [ABSENT, ABSENT, ABSENT])[text] = item
    partial = [key for key, items in groups.items() if ABSENT in items]
    if kind.second is not None and len(partial) > 1:
        _join_sharing(groups, partial, kind.second)
    if kind.ranges is not None and len(partial) > 1:
        _join_overlapping(groups, partial, kind.ranges)
    return tuple(Match(key, (items[0], items[1], items[2])) for key, items in groups.items())


def is_ordered(name: str) -> bool:
    """True when the order of the list is kept by config-get, so that a change of it can be seen and may matter."""
    return _KINDS.get(name, _BY_NAME).ordered


def _join_sharing(
    groups: dict[Key, list[Value]], partial: Sequence[Key], second: Callable[[Item], Iterable[Hashable]]
) -> None:
    """Groups of different configurations that share a second criterion become one, under the key of the older configuration.

    The groups of one criterion are kept by the configurations that they have, so that the cost stays linear where thousands share it.
    """
    place = {key: number for number, key in enumerate(partial)}
    waiting: dict[tuple[Hashable, _Texts], deque[Key]] = {}
    for key in partial:
        sights = list(second(_any(groups[key])))
        found = [_waiting(groups, waiting, sight, _texts(groups[key]), place) for sight in sights]
        first = next((each for each in found if each is not None), None)
        if first is None:
            for sight in sights:
                waiting.setdefault((sight, _texts(groups[key])), deque()).append(key)
            continue
        _merged(groups, first, key)
        for sight in second(_any(groups[first])):  # it may still lack a text
            waiting.setdefault((sight, _texts(groups[first])), deque()).append(first)


def _waiting(
    groups: Mapping[Key, list[Value]],
    waiting: Mapping[tuple[Hashable, _Texts], deque[Key]],
    sight: Hashable,
    texts: _Texts,
    place: Mapping[Key, int],
) -> Key | None:
    """The first group of a criterion that has none of these configurations."""
    heads = []
    for others in _TEXTS:
        line = waiting.get((sight, others)) if not any(a and b for a, b in zip(others, texts, strict=True)) else None
        while line and (line[0] not in groups or _texts(groups[line[0]]) != others):
            line.popleft()  # it has become another since
        if line:
            heads.append(line[0])
    return min(heads, key=lambda key: place[key], default=None)


def _texts(items: Sequence[Value]) -> _Texts:
    """Which of the three texts have the item."""
    return items[0] is not ABSENT, items[1] is not ABSENT, items[2] is not ABSENT


def _join_overlapping(
    groups: dict[Key, list[Value]], partial: Sequence[Key], ranges: Callable[[Item], Range | None]
) -> None:
    found = {key: ranges(_any(groups[key])) for key in partial}
    order = sorted((span, number, key) for number, (key, span) in enumerate(found.items()) if span is not None)
    last: tuple[Range, int, Key] | None = None
    for each in order:
        (family, start, end), number, key = each
        if last is not None and last[0][0] == family and start <= last[0][2]:
            older, newer = (last[2], key) if last[1] < number else (key, last[2])
            if _merged(groups, older, newer):
                last = ((family, last[0][1], max(end, last[0][2])), min(number, last[1]), older)
                continue
        last = each


def _merged(groups: dict[Key, list[Value]], first: Key, second: Key) -> bool:
    """Put the second group into the first, where no text has both."""
    ours, others = groups[first], groups[second]
    if any(a is not ABSENT and b is not ABSENT for a, b in zip(ours, others, strict=True)):
        return False
    groups[first] = [b if a is ABSENT else a for a, b in zip(ours, others, strict=True)]
    del groups[second]
    return True


def _any(items: Sequence[Value]) -> Item:
    found: Item = next(item for item in items if item is not ABSENT)
    return found


def _by(*names: str) -> Callable[[Item], Key | None]:
    def identity(item: Item) -> Key | None:
        if not all(name in item for name in names):
            return None
        return Key("+".join(names), " ".join(str(item[name]) for name in names))

    return identity


def _first_of(*names: str) -> Callable[[Item], Key | None]:
    def identity(item: Item) -> Key | None:
        return next((Key(name, str(item[name])) for name in names if name in item), None)

    return identity


def _subnet(item: Item) -> Key | None:
    return Key("id", str(item["id"]), str(item.get("subnet", ""))) if "id" in item else None


def _option(item: Item) -> Key | None:
    code = item.get("code")
    return None if code is None else Key("option", f"{item.get('space', '')} {code}".strip())


def _library(item: Item) -> Key | None:
    library = item.get("library")
    return Key("library", newest_name(library).rpartition("/")[2]) if isinstance(library, str) else None


def _prefix(item: Item) -> Key | None:
    return Key("prefix", f"{item['prefix']}/{item['prefix-len']}") if {"prefix", "prefix-len"} <= item.keys() else None


def _relationship(item: Item) -> Key | None:
    peers = item.get("peers")
    names = [str(peer.get("name", "")) for peer in peers if isinstance(peer, dict)] if isinstance(peers, list) else []
    return Key("peers", " ".join(sorted(names))) if names else None


def _socket(item: Item) -> Key | None:
    kind = item.get("socket-type")
    if kind == "unix":
        return Key("socket", "unix")  # a server has one at the most
    return Key("socket", f"{kind} {item.get('socket-address', '')} {item.get('socket-port', '')}".strip())


def bounds(pool: Any) -> Range | None:
    """The range of a pool or prefix; None for what is neither."""
    if not isinstance(pool, str):
        return None
    try:
        if "-" in pool:
            start, _, end = pool.partition("-")
            first, last = ip_address(start.strip()), ip_address(end.strip())
            return first.version, int(first), int(last)
        network = ip_network(pool.strip(), strict=False)
    except (ValueError, TypeError):
        return None
    return network.version, int(network[0]), int(network[-1])


def _pool_range(item: Item) -> Range | None:
    return bounds(item.get("pool"))


def _prefix_range(item: Item) -> Range | None:
    key = _prefix(item)
    return bounds(key.value) if key else None


def _addresses(item: Item) -> Iterator[Hashable]:
    yield from (item[key] for key in ("ip-address",) if item.get(key))
    for key in ("ip-addresses", "prefixes"):
        listed = item.get(key)
        yield from listed if isinstance(listed, list) else ()


def _subnet_prefix(item: Item) -> Iterator[Hashable]:
    yield item.get("subnet")


def _any_other(item: Item) -> Iterator[Hashable]:
    yield ""


_BY_NAME = _Kind(_by("name"))
_SUBNET = _Kind(_subnet, _subnet_prefix, ordered=False)
_KINDS: Mapping[str, _Kind] = {
    "subnet4": _SUBNET,
    "subnet6": _SUBNET,
    "shared-networks": _Kind(_by("name"), ordered=False),
    "pools": _Kind(_by("pool"), ranges=_pool_range, ordered=False),
    "pd-pools": _Kind(_prefix, ranges=_prefix_range, ordered=False),
    "reservations": _Kind(
        _first_of("hw-address", "duid", "circuit-id", "client-id", "flex-id"), _addresses, ordered=False
    ),
    "option-data": _Kind(_option),
    "option-def": _Kind(_option),
    "hooks-libraries": _Kind(_library),
    "high-availability": _Kind(_relationship, _any_other),
    "control-sockets": _Kind(_socket, _any_other),
    "peers": _Kind(_by("name"), ordered=False),  # the library keeps them by name (PeerConfigMap in ha_config.h)
    "hosts-databases": _Kind(_by("type", "name"), _any_other),
    "config-databases": _Kind(_by("type", "name"), _any_other),
    "output-options": _Kind(_by("output"), _any_other),
    "output_options": _Kind(_by("output"), _any_other),
    "clients": _Kind(_first_of("user", "user-file", "password-file"), _any_other),
}
