"""Parts of the merged spec, and values by family: one value where all families agree, else `{dhcp4: …, dhcp6: …}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kea_hac.diagnostics import Route
from kea_hac.importing.interfaces import Interfaces
from kea_hac.kea.config import Block, Json
from kea_hac.records import dataclass


@dataclass(slots=True)
class FamilySection:
    """One family as the spec contains it."""

    config: Block
    own: dict[str, Block] = field(default_factory=dict)
    """By server: its own values, merged over the pair's."""
    interfaces: Mapping[str, Interfaces] = field(default_factory=dict)
    split: Json = None


def put_by_family(
    block: Block, key: str, by_family: Mapping[str, tuple[Json, Route]], families: Mapping[str, object]
) -> None:
    """One value where all families agree, else `{dhcp4: …, dhcp6: …}`."""
    if not by_family:
        return
    values = [value for value, _ in by_family.values()]
    routes = [route for _, route in by_family.values()]
    if len(by_family) == len(families) and all(each == values[0] for each in values):
        block.put(key, values[0], routes[0])
        return
    apart = Block((*block.at, key))
    for family, (value, route) in by_family.items():
        apart.put(family, value, route)
    block.put(key, apart)
