"""Values by family: any value in `servers` and `high-availability` may be `{dhcp4: …, dhcp6: …}`.

`view` shows a map as one family sees it; `realign` takes a route in such a view back to the document.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from kea_hac.diagnostics import Finding, Route
from kea_hac.source.document import Map, Seq, Value, child

FAMILY_KEYS = frozenset({"dhcp4", "dhcp6"})


class _Absent:
    """What a family sees of a value that only the other family has."""


ABSENT: Final = _Absent()


def by_family(value: Value) -> bool:
    """True for a map whose keys are all families."""
    return isinstance(value, Map) and bool(value) and value.keys() <= FAMILY_KEYS


def view(value: Value, family: str) -> Value | _Absent:
    """The value as `family` ("dhcp4" or "dhcp6") sees it: the same, except that parts by family become this family's value."""
    if isinstance(value, Map):
        if by_family(value):
            return view(value[family], family) if family in value else ABSENT
        return view_map(value, family)
    if isinstance(value, Seq):
        items = Seq()
        for item in value:
            seen = view(item, family)
            if not isinstance(seen, _Absent):
                items.append(seen)
        return items
    return value


def view_map(value: Map, family: str, leave_out: Collection[str] = ()) -> Map:
    """`view` for a map that is itself not by family. `leave_out`: keys that are somebody else's."""
    seen_map = Map()
    for key, item in value.items():
        if key not in leave_out:
            seen = view(item, family)
            if not isinstance(seen, _Absent):
                seen_map[key] = seen
    return seen_map


def realign(root: Value, route: Route, family: str, *, key: bool = False) -> Route:
    """A route through a family's view, as a route through the document: the family's own steps put in.

    `key`: the key at the end of the route is meant, not its value.
    """
    steps: list[str | int] = []
    node: Value | None = root
    for step in route:
        if by_family(node) and step not in FAMILY_KEYS:
            assert isinstance(node, Map)
            steps.append(family)
            node = node.get(family)
        steps.append(step)
        node = child(node, step)
    if by_family(node) and not key:
        assert isinstance(node, Map)
        if family in node:
            steps.append(family)
    return tuple(steps)


def aligning(node: Map, at: Route, family: str, note: Callable[[Finding], None]) -> Callable[[Finding], None]:
    """A sink that turns routes of the family's view of `node`, whose route is `at`, into routes of the document, and calls `note`."""

    def aligned(finding: Finding) -> None:
        note(replace(finding, at=(*at, *realign(node, finding.at[len(at) :], family, key=finding.on_key))))

    return aligned


def only(seen: Map, keys: Collection[str]) -> Map:
    """The map less all keys but these."""
    kept = Map()
    kept.update({key: value for key, value in seen.items() if key in keys})
    return kept
