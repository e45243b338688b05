"""The printed order: a scope's keys as the vocabulary lists them, free-form maps by key."""

from __future__ import annotations

from collections.abc import Callable

from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import Scope


def placed(scope: Scope) -> Callable[[str], tuple[int, str]]:
    """The sort key for the keys of a map of this scope; unknown ones come last, by name."""
    rank = {name: place for place, name in enumerate(scope.keywords)}
    return lambda key: (rank.get(key, len(rank)), key)


def arrange(block: Block, scope: Scope) -> None:
    """Put the keys of a Block that the caller created into printed order."""
    by_place = placed(scope)
    entries = sorted(block.items(), key=lambda entry: by_place(entry[0]))
    block.clear()
    block.update(entries)


def in_order(value: Json) -> Json:
    """A free-form value with its maps sorted by key; the same object when they are."""
    if isinstance(value, dict):
        result = {key: in_order(value[key]) for key in sorted(value)}
        if list(result) == list(value) and all(result[key] is item for key, item in value.items()):
            return value
        return Block(value.at, result, value.moved) if isinstance(value, Block) else result
    if isinstance(value, list):
        items = [in_order(item) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value
