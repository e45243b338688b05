"""Pools of a load-balanced pair: the server has the parts into which the compiler splits one pool of the spec.

A change in both halves is written to the whole pool; so is another range, when both halves together are one range. A
change in one half cannot be written. The trial build proves that the whole pool is split as on the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from kea_hac.adopt.spec_routes import NoPlaceError, Places, Spot
from kea_hac.adopt.values import Words
from kea_hac.changes.change import ABSENT, Key, Path
from kea_hac.changes.matching import Match, bounds, matches
from kea_hac.changes.three_way import LIVE, SPEC, Difference, same
from kea_hac.diagnostics import Route
from kea_hac.kea.addressing import Range
from kea_hac.kea.config import Block
from kea_hac.source.edits import Action, Edit

POOL_KEYS = ("pools", "pd-pools")
_HALF = (
    "kea-hac splits this pool of the spec between the servers, and only a part of it has changed",
    "change the pool in the spec, or write its parts as pools of their own with `client-classes: [HA_SERVER]`, which are not split",
)
_GUARDS = ("client-class", "client-classes")


class SubnetPools(NamedTuple):
    """The pools of one subnet."""

    path: Path
    """Up to the key of the list."""
    spot: Spot
    """The subnet."""
    key: str


class Part(NamedTuple):
    """What becomes of some differences: edits, or a reason why not."""

    differences: list[Difference]
    edits: tuple[Edit, ...] | None
    reason: str = ""
    manual: str = ""


class PoolSplits:
    """The pools of one side."""

    def __init__(self, places: Places, words: Words) -> None:
        self.places = places
        self.words = words
        self.balanced = not places.is_agent and places.family.load_balancing is not None

    def groups(
        self, differences: Sequence[Difference]
    ) -> tuple[list[tuple[SubnetPools, list[Difference]]], list[Difference]]:
        """The differences within pools, by subnet, and all others."""
        found: dict[Path, list[Difference]] = {}
        rest: list[Difference] = []
        for each in differences:
            at = next((number for number, step in enumerate(each.path) if step in POOL_KEYS), None)
            if at is not None and len(each.path) > at + 1 and isinstance(each.path[at + 1], Key):
                found.setdefault(each.path[: at + 1], []).append(each)
            else:
                rest.append(each)
        result = []
        for path, these in found.items():
            try:
                result.append((SubnetPools(path, self.places.spot(path[:-1]), str(path[-1])), these))
            except NoPlaceError:
                rest += these
        return result, rest

    def tasks(
        self, group: SubnetPools, differences: Sequence[Difference], general: Callable[[Difference], Sequence[Edit]]
    ) -> Iterator[Part]:
        """What becomes of the differences in the pools of one subnet."""
        spot, key = group.spot, group.key
        listed = matches(key, (spot.value(key, 0), spot.value(key, SPEC), spot.value(key, LIVE))) or ()
        whole: dict[Route, list[Match]] = {}
        for match in listed:
            written = match.items[SPEC]
            if isinstance(written, Block):
                whole.setdefault(written.at, []).append(match)
        depth = len(group.path)
        for route, halves in whole.items():
            keys = {match.key for match in halves}
            these = [each for each in differences if each.path[depth] in keys]
            if these and len(halves) > 1:
                yield from self._halves(route, halves, these, depth, general)
            elif these:
                yield from (self._alone(each, general) for each in these)
        known = {match.key for halves in whole.values() for match in halves}
        for each in differences:
            if each.path[depth] not in known:
                yield self._alone(each, general)

    def _alone(self, each: Difference, general: Callable[[Difference], Sequence[Edit]]) -> Part:
        try:
            return Part([each], tuple(general(each)))
        except NoPlaceError as refusal:
            return Part([each], None, str(refusal), refusal.manual)

    def _halves(
        self,
        route: Route,
        halves: Sequence[Match],
        differences: list[Difference],
        depth: int,
        general: Callable[[Difference], Sequence[Edit]],
    ) -> Iterator[Part]:
        gone = [match for match in halves if match.items[LIVE] is ABSENT]
        if len(gone) == len(halves):
            yield Part(differences, (Edit(route, Action.REMOVE),))
            return
        fields: dict[Path, list[Difference]] = {}
        ranges: list[Difference] = []
        for each in differences:
            if gone or each.path[depth + 1] in _GUARDS:
                yield Part([each], None, *_HALF)
            elif each.path[depth + 1 :] == ("pool",):
                ranges.append(each)
            else:
                fields.setdefault(each.path[depth + 1 :], []).append(each)
        if ranges:
            text = self._union(halves)
            yield (
                Part(ranges, None, *_HALF)
                if text is None
                else Part(ranges, (Edit((*route, "pool"), Action.SET, text),))
            )
        for these in fields.values():
            equal_ones = len(these) == len(halves) and all(
                same(each.values[LIVE], these[0].values[LIVE]) for each in these
            )
            if not equal_ones:
                yield from (Part([each], None, *_HALF) for each in these)
                continue
            part = self._alone(these[0], general)
            yield Part(these, part.edits, part.reason, part.manual)

    def _union(self, halves: Sequence[Match]) -> str | None:
        """The one range that the live halves make together; None where there is a gap or an overlap."""
        lives: list[Any] = [match.items[LIVE] for match in halves]
        found = sorted(span for live in lives if (span := bounds(live["pool"])) is not None)
        if len(found) != len(halves):
            return None
        for (_, _, last), (_, first, _) in pairwise(found):
            if first != last + 1:
                return None
        family, first, last = found[0][0], found[0][1], found[-1][2]
        return str(Range(family, first, last))


def kept_whole(item: Mapping[str, Any]) -> dict[str, Any]:
    """A new pool, subnet or network, with the pools that no HA class guards marked as not to be split."""
    result = dict(item)
    if "pool" in result or "delegated-len" in result:
        classes = result.get("client-classes") or ()
        return result if any(str(name).startswith("HA_") for name in classes) else {**result, "split": "none"}
    for key, value in result.items():
        if key in (*POOL_KEYS, "subnet4", "subnet6") and isinstance(value, list):
            result[key] = [kept_whole(each) for each in value]
    return result
