"""The maps and lists that are still open while a YAML text is read, and how a finished map takes over keys of others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from kea_hac.source.document import Map, Seq, Value
from kea_hac.source.ledger import Loaded


class Role(Enum):
    """What the next value of a container is for, when it is not simply the value of a key."""

    ITEM = "an item of a list"
    MERGE = "the value of <<"
    COMPLEX = "a key that is no scalar"
    DROP = "a value whose key was refused"


OPEN = Loaded(None, 0, 0, 0)
"""Stands for an anchor whose value is still being read: an alias to it would be recursive."""


@dataclass(slots=True, eq=False)
class Frame:
    """A map or list that is still open."""

    node: Map | Seq
    start: int
    end: int
    """Where the position of a block container ends: with its first token."""
    flow: bool
    anchor: str | None
    key: Any
    """The key of the next value, or its Role, or None in a map when a key comes next."""
    key_at: int = 0
    extra: int = 0
    """Nodes below the direct children."""
    height: int = 0
    """Of the highest child."""
    merges: list[Map] | None = None


def merge(node: Map | Seq, sources: list[Map]) -> None:
    """Take over what the map does not have: its own keys win, then the earlier source (YAML 1.1, merge key)."""
    assert isinstance(node, Map)
    for source in sources:
        for index, (key, value) in enumerate(source.items()):
            if key not in node:
                node[key] = value
                node.spans += source.spans[2 * index : 2 * index + 2]


def name_of(value: Value) -> str:
    """What messages call a value."""
    if isinstance(value, Map):
        return "map"
    return "list" if isinstance(value, Seq) else "single value"
