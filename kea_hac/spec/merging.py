"""Merging: maps are merged, lists and scalars replaced, `null` removes; `hooks-libraries` is merged by the library's name.

A server's values are merged over the pair's in this way, and a relationship's over those that are set for all relationships.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from kea_hac.kea.config import Block, Json


def laid_over(base: Block, own: Block) -> Block:
    """`base` with `own` over it; each value knows where it was written. Neither is changed."""
    result = base.copy_of()
    for key, value in own.items():
        cause = own.where(key)
        if value is None:
            result.pop(key, None)
        elif key == "hooks-libraries" and isinstance(value, list):
            result.put(key, _libraries(result.get(key) or [], value), cause)
        elif isinstance(value, Block) and isinstance(result.get(key), Block):
            result.put(key, laid_over(result[key], value), result.where(key))
        else:
            result.put(key, without_nulls(value), cause)
    return result


def without_nulls(value: Json) -> Json:
    """The value less the removals that had nothing to remove."""
    if isinstance(value, Block):
        result = Block(value.at, moved=value.moved)
        result.update({key: without_nulls(item) for key, item in value.items() if item is not None})
        return result
    return value


def library_name(entry: Json) -> str:
    """The file name, without directory, of a hooks-libraries entry: libdhcp_ha.so"""
    if not isinstance(entry, dict):
        return ""
    path = str(entry.get("library", ""))
    last = path.rpartition("/")[2]
    return last if last not in ("", ".") else PurePosixPath(path).name


def _libraries(base: list[Json], own: list[Json]) -> list[Json]:
    mine = {library_name(entry): entry for entry in own}
    result = []
    for entry in base:
        over = mine.pop(library_name(entry), None)
        result.append(entry if over is None else _over_library(entry, over))
    return [*result, *(without_nulls(entry) for entry in mine.values())]


def _over_library(entry: Block, over: Block) -> Block:
    """A server's library merged over the pair's of the same name. The path is that of the entry that has one."""
    result = laid_over(entry, over)
    if "/" not in str(over.get("library")):
        result.put("library", entry["library"], entry.where("library"))
    return result
