"""The parts of a diff: paths that name list items by their identity, changes, and verdicts."""

from __future__ import annotations

from dataclasses import field
from enum import Enum, StrEnum
from typing import Final, Literal

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Daemon, Json
from kea_hac.kea.synonyms import BY_OLD
from kea_hac.records import dataclass
from kea_hac.source.secrets import FAMILIES, MASK, names_secret


class Missing(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Missing.ABSENT
"""The value where a configuration has no such key. JSON's null is another value."""
Value = Json | Literal[Missing.ABSENT]


@dataclass(frozen=True, slots=True)
class Key:
    """One item of a list, by what identifies it: `subnet4[id=10]`."""

    name: str
    """The key, or keys, whose value identifies the item: id, pool, hw-address …"""
    value: str
    label: str = field(default="", compare=False)
    """What people know it by, beside: the prefix of a subnet."""

    def __str__(self) -> str:
        return f"[{self.name}={self.value}]"


ORDER: Final = "(order)"
"""The last step of a path for the order of a list: its values are lists of the items' names."""
Path = tuple[str | Key, ...]
"""The way to a value in the canonical form, from the map under the daemon's top key."""


def newest_path(path: Path) -> Path:
    """The path in the newest spelling of its keys: servers of two versions have two."""
    return tuple(BY_OLD[step].new if isinstance(step, str) and step in BY_OLD else step for step in path)


def spelt(path: Path) -> str:
    """The path as people read it: subnet4[id=10].pools[pool=192.0.2.10-192.0.2.20].option-data[…].data

    What is below a key that names a secret is not repeated: there a key may be a part of it.
    """
    text = ""
    below = False
    for step in path:
        shown = MASK if below and step not in FAMILIES else str(step)
        text += shown if isinstance(step, Key) or not text else f".{shown}"
        below = below or (isinstance(step, str) and names_secret(step))
    return text


class Verdict(StrEnum):
    """Who moved: the server, the spec, or both (the design's table of live, spec and base)."""

    PENDING = "pending"
    """The spec moved on: deploy it."""
    EXTERNAL = "external"
    """Someone changed the server."""
    CONVERGED = "converged"
    """Both moved to the same value."""
    CONFLICT = "conflict"
    """Both moved, each its own way."""
    DIFFERS = "differs"
    """There is no base, so it is unknown who changed the value."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is not the same in the base, the spec and the live server."""

    server: str
    daemon: Daemon
    path: Path
    verdict: Verdict
    base: Value
    spec: Value
    live: Value
    route: Route | None = None
    """The route of the value in the spec's document, or of the nearest map above it; None where the spec has neither."""
