"""What stands below a list of maps, level by level: all maps of one scope together, as the vocabulary nests them.

A subnet has ten maps below it, in lists of one or two. Looked at one by one they cost a call each; all pools of all subnets together
cost one.
"""

from __future__ import annotations

from functools import cache
from itertools import chain

from kea_hac.kea.config import BARE, FEW, Block, Columns, Json, Once, Secret
from kea_hac.kea.grammar import Kind, ProgramName, program
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """The maps of one scope, at one depth."""

    scope: str
    columns: Columns


def levels(name: ProgramName, scope: str, listed: list[Json], once: Once) -> tuple[Level, ...] | None:
    """The maps of a list, and all maps below them; the first level is the list itself.

    None where the vocabulary does not know all of it: something that is no map, an unknown key, or a value of another kind than its
    key has; and for a list of few, which is sooner looked through one by one. A hook library is not looked into: its parameters have
    vocabularies of their own, so a list of them gives None.
    """
    if len(listed) <= FEW:
        return None
    return once.of(listed, (levels, name, scope), lambda top: _levels(name, scope, top, once))


def _levels(name: ProgramName, scope: str, top: list[Json], once: Once) -> tuple[Level, ...] | None:
    found: list[Level] = []
    ahead, bare = [(scope, top)], True
    for here, listed in ahead:
        columns = once.columns(listed)
        if len(columns.blocks) < len(listed) or here == "hooks-library":
            return None
        kinds, below = facts(name, here)
        if not columns.keys <= kinds.keys():
            return None
        for key, types in columns.kinds.items():
            wanted = _CONTAINERS.get(kinds[key])
            if types != wanted if wanted is not None else not types.isdisjoint(_MAP_OR_LIST):
                return None
            if key in below:
                values = columns.values(key)
                ahead.append((below[key], list(chain.from_iterable(values)) if wanted is _LISTS else values))
            elif bare:
                bare = types <= BARE or (types == _LISTS and columns.inner[key] <= BARE)
        found.append(Level(here, columns))
    if bare:
        once.keep(top, Secret, False)  # what `Once.holds_secret` would find by a walk of its own
    return tuple(found)


_LISTS: frozenset[type] = frozenset({list})
_BLOCKS: frozenset[type] = frozenset({Block})
_CONTAINERS = {Kind.LIST: _LISTS, Kind.MAP: _BLOCKS}
_MAP_OR_LIST = _LISTS | _BLOCKS


@cache
def facts(name: ProgramName, scope: str) -> tuple[dict[str, Kind], dict[str, str]]:
    """The kind of each key of a scope, and the scope below it."""
    keywords = program(name).scopes[scope].keywords
    below = {key: word.scope for key, word in keywords.items() if word.scope is not None}
    return {key: word.kind for key, word in keywords.items()}, below
