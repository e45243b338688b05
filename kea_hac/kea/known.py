"""What the vocabulary knows of a configuration: the rest was reported when it was read, and its shape is nobody's to trust."""

from __future__ import annotations

from functools import cache

from kea_hac.kea.config import Block, Json, Once, same_or
from kea_hac.kea.grammar import Kind, ProgramName, program
from kea_hac.kea.hooks import HIGH_AVAILABILITY
from kea_hac.kea.levels import facts, levels
from kea_hac.kea.reading import GIVES_ADDRESSES


def known_config(daemon: str, config: Block, extra: frozenset[str] = frozenset(), once: Once | None = None) -> Block:
    """`known_part` of the map below a daemon's top key. `daemon`: "dhcp4", "dhcp6" or "ctrl-agent".

    `once`: where several configurations share lists, so that each is looked through once.
    """
    known = program(daemon)
    return _block(known.name, known.top, config, extra, once or Once())


def known_part(name: ProgramName, scope: str, block: Block, extra: frozenset[str] = frozenset()) -> Block:
    """The block without keys that `scope` does not know, and without values of another kind than their keys have.

    The same object where all of it is known: parts are copied only on the way to what is left out. Relationships of the HA
    library are known by its own vocabulary; other hook parameters and user contexts are free, and stay. `extra`: keys of the
    spec language, which stay in subnets and pools.
    """
    return _block(name, scope, block, extra, Once())


def _block(name: ProgramName, scope: str, block: Block, extra: frozenset[str], once: Once) -> Block:
    kinds, below = _facts(name, scope, extra)
    result: dict[str, Json] | None = None
    if not block.keys() <= kinds.keys():
        result = {key: value for key, value in block.items() if key in kinds}
    for key, value in block.items():
        if value.__class__ is Block or value.__class__ is list:
            kept = value if key in extra else _value(name, kinds.get(key), below.get(key), value, extra, once)
        elif kinds.get(key) in _CONTAINERS and value is not None:
            kept = _NOT_KNOWN
        else:
            continue
        if kept is not value:
            result = dict(block) if result is None else result
            if kept is _NOT_KNOWN:
                result.pop(key, None)
            else:
                result[key] = kept
    if scope == "hooks-library":
        result = _with_relationships(block, result)
    return block if result is None else Block(block.at, result, block.moved)


_NOT_KNOWN = object()
_CONTAINERS = frozenset({Kind.MAP, Kind.LIST})


def _value(
    name: ProgramName, kind: Kind | None, scope: str | None, value: Json, extra: frozenset[str], once: Once
) -> Json:
    """A map or a list under a known key; `_NOT_KNOWN` where the key wants something else."""
    if kind is None:
        return value  # goes with its key
    if isinstance(value, Block):
        if kind is not Kind.MAP:
            return _NOT_KNOWN
        return value if scope is None else _block(name, scope, value, extra, once)
    if kind is not Kind.LIST:
        return _NOT_KNOWN
    return value if scope is None else _items(name, scope, value, extra, once)


def _items(name: ProgramName, scope: str, value: list[Json], extra: frozenset[str], once: Once) -> list[Json]:
    if levels(name, scope, value, once) is not None:
        return value  # where all is known, it is so with more keys, too
    own = extra if _has_extra(name, scope) else frozenset[str]()
    return once.of(value, (known_part, name, scope, own), lambda listed: _items_of(name, scope, listed, own, once))


def _items_of(name: ProgramName, scope: str, value: list[Json], extra: frozenset[str], once: Once) -> list[Json]:
    result = [_block(name, scope, item, extra, once) if isinstance(item, Block) else _NOT_KNOWN for item in value]
    return same_or(value, [item for item in result if item is not _NOT_KNOWN])


def _with_relationships(block: Block, result: dict[str, Json] | None) -> dict[str, Json] | None:
    """The entry of the HA library with what its vocabulary knows of the relationships."""
    library, parameters = block.get("library"), block.get("parameters")
    listed = parameters.get("high-availability") if isinstance(parameters, Block) else None
    if not isinstance(library, str) or library.rpartition("/")[2] != HIGH_AVAILABILITY or listed is None:
        return result
    kept = _items("ha", "relationship", listed, frozenset(), Once()) if isinstance(listed, list) else _NOT_KNOWN
    if kept is listed or parameters is None:
        return result
    changed = parameters.copy_of()
    changed.pop("high-availability")
    if kept is not _NOT_KNOWN:
        changed["high-availability"] = kept
    return {**(block if result is None else result), "parameters": changed}


@cache
def _facts(name: ProgramName, scope: str, extra: frozenset[str]) -> tuple[dict[str, Kind | None], dict[str, str]]:
    """The kind of each key of a scope, None for the caller's own, and the scope below it."""
    kinds, below = facts(name, scope)
    own: dict[str, Kind | None] = dict.fromkeys(extra) if scope in GIVES_ADDRESSES else {}
    return {**own, **kinds}, below


@cache
def _has_extra(name: ProgramName, scope: str) -> bool:
    """True where keys of the spec language may stand in a scope, or below it."""
    seen, queue = {scope}, [scope]
    for each in queue:
        below = {word.scope for word in program(name).scopes[each].keywords.values() if word.scope is not None} - seen
        seen |= below
        queue += below
    return not seen.isdisjoint(GIVES_ADDRESSES)
