"""Lists of maps in which all values are strings, as in most reservations: read as a whole, where nothing in them needs a closer look.

What `kea/reading.py` makes of such a list map by map is the same; there can be 100,000 maps in it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

from kea_hac.diagnostics import Route
from kea_hac.kea.config import FEW, Block, Columns, Json, Once, columns
from kea_hac.kea.values import NULLS
from kea_hac.source.document import Map, Plain

_TEXTS: frozenset[type] = frozenset({Plain, str})
"""What strings are in a document."""


def blocks_of_texts(
    items: list[Any], here: Route, only_texts: Callable[[tuple[str, ...]], bool], once: Once | None
) -> list[Json] | None:
    """The maps of a list in which all values are good strings; None where one needs a closer look.

    `only_texts`: True for the keys of a map that takes strings alone. `once`: where the columns of a long list are kept.
    """
    for each in set(map(type, items)):
        if not issubclass(each, Map):
            return None
    if not items:
        return None
    shapes = frozenset(map(tuple, items))
    if not all(map(only_texts, shapes)) or not good_texts(list(chain.from_iterable(map(dict.values, items)))):
        return None
    blocks: list[Json] = []
    for index, item in enumerate(items):
        block = Block((*here, index))
        block.update(zip(item, map(str, item.values()), strict=True))
        blocks.append(block)
    if once is not None and len(blocks) > FEW:
        kinds = dict.fromkeys(chain.from_iterable(shapes), frozenset({str}))
        once.keep(blocks, columns, Columns(blocks, shapes, kinds, {}))
    return blocks


def good_texts(values: list[Any]) -> bool:
    """True where each is a string for certain: all characters can be seen, and none is a word for nothing."""
    return set(map(type, values)) <= _TEXTS and NULLS.isdisjoint(values) and "".join(values).isprintable()
