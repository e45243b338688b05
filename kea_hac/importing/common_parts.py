"""Reservations are most of a large configuration: two forms of one without those that they have in common, and where all maps are."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter, is_

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Json, maps_in

Common = Callable[[Json, Json], bool]
_SUBNETS = frozenset({"subnet4", "subnet6"})


def without_common(one: Json, other: Json, common: Common, *, subnets: bool = False) -> tuple[Json, Json]:
    """Both without each list of reservations at the same place of which `common` is true. The very same objects where there is none.

    `subnets`: without the subnets as well of which it is true.
    """
    return _without(one, other, common, subnets, "")


def _without(one: Json, other: Json, common: Common, subnets: bool, above: str) -> tuple[Json, Json]:
    """`above`: the key of these values."""
    if isinstance(one, Block) and isinstance(other, Block):
        pairs: dict[str, tuple[Json, Json] | None] = {}
        for key in one.keys() & other.keys():
            if key == "reservations" and common(one[key], other[key]):
                pairs[key] = None
            elif isinstance(one[key], Block | list):
                pair = _without(one[key], other[key], common, subnets, key)
                if pair[0] is not one[key] or pair[1] is not other[key]:
                    pairs[key] = pair
        return _with(one, pairs, 0), _with(other, pairs, 1)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        if above in _SUBNETS and not _numbered_alike(one, other):
            return one, other
        both = [
            _without(*each, common, subnets, "")
            for each in zip(one, other, strict=True)
            if not (subnets and above in _SUBNETS and common(*each))
        ]
        mine, theirs = [each for each, _ in both], [each for _, each in both]
        return mine if _changed(mine, one) else one, theirs if _changed(theirs, other) else other
    return one, other


def _numbered_alike(one: list[Json], other: list[Json]) -> bool:
    """True where a subnet is compared with the one at the same place: by its id, which no other has, and which Kea does not give itself."""
    ids, others = ([each.get("id") for each in subnets if isinstance(each, Block)] for subnets in (one, other))
    explicit = all(type(each) is int and each > 0 for each in (*ids, *others))
    return explicit and ids == others and len(set(ids)) == len(one)


def _changed(new: list[Json], old: list[Json]) -> bool:
    return len(new) != len(old) or not all(map(is_, new, old))


def _with(block: Block, pairs: dict[str, tuple[Json, Json] | None], side: int) -> Block:
    if not pairs:
        return block
    values = {
        key: found[side] if (found := pairs.get(key)) is not None else value
        for key, value in block.items()
        if key not in pairs or pairs[key] is not None
    }
    return Block(block.at, values, block.moved)


_AT = attrgetter("at")
_MOVED = attrgetter("moved")


def routes_of_maps(value: Json) -> list[Route] | None:
    """Where all maps in a tree are; None where one has a value that was written elsewhere. It takes a fraction of a walk."""
    found: list[Route] = []
    for maps in maps_in(value):
        if not set(map(type, maps)) <= {Block} or any(map(_MOVED, maps)):
            return None
        found += map(_AT, maps)
    return found
