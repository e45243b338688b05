"""Merging: maps are merged, lists and scalars replaced, `null` removes; `hooks-libraries` is merged by the library's name.

A server's values are merged over the pair's in this way, and a relationship's over those that are set for all relationships.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from kea_hac.kea.config import Block, Json


def laid_over(base: Block, own: Block) -> Block:
    """`base` with `own` over it; each value knows where it was written. Neither is changed."""
    made = base.copy_of()
    for key, value in own.items():
        cause = own.where(key)
        if value is None:
            made.pop(key, None)
        elif key == "hooks-libraries" and isinstance(value, list):
            made.put(key, _libraries(made.get(key) or [], value), cause)
        elif isinstance(value, Block) and isinstance(made.get(key), Block):
            made.put(key, laid_over(made[key], value), made.where(key))
        else:
            made.put(key, without_nulls(value), cause)
    return made


def without_nulls(value: Json) -> Json:
    """The value less the removals that had nothing to remove."""
    if isinstance(value, Block):
        made = Block(value.at, moved=value.moved)
        made.update({key: without_nulls(item) for key, item in value.items() if item is not None})
        return made
    return value


def library_name(entry: Json) -> str:
    """The file name, without directory, of a hooks-libraries entry: libdhcp_ha.so"""
    return PurePosixPath(str(entry.get("library", ""))).name if isinstance(entry, dict) else ""


def _libraries(base: list[Json], own: list[Json]) -> list[Json]:
    mine = {library_name(entry): entry for entry in own}
    made = []
    for entry in base:
        over = mine.pop(library_name(entry), None)
        made.append(entry if over is None else _over_library(entry, over))
    return [*made, *(without_nulls(entry) for entry in mine.values())]


def _over_library(entry: Block, over: Block) -> Block:
    """A server's library merged over the pair's of the same name. The path is that of the entry that has one."""
    made = laid_over(entry, over)
    if "/" not in str(over.get("library")):
        made.put("library", entry["library"], entry.where("library"))
    return made
