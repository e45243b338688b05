"""Edits of a document as data, and the tree that the document must contain after them. Independent of the text of the file.

In: a document's tree and edits by route. Out: the smallest equal edits, the tree that must be read
afterwards, and whether a tree is equal to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from kea_hac.diagnostics import Route
from kea_hac.records import dataclass
from kea_hac.source.document import Map, Plain, Seq, Value, value_at
from kea_hac.source.scalars import core_value


class Action(StrEnum):
    """What an edit does at its route."""

    SET = "set"
    """Sets the value there; adds the key where its map does not have it."""
    INSERT = "insert"
    """Inserts an item into a list, before the item at the route's index, or at the end."""
    REMOVE = "remove"
    """Removes the key or the item."""
    ORDER = "order"
    """The items of the list at the route are reordered: the value lists the old indexes in the new order."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a document. The routes of all edits of a plan refer to the document before the first edit."""

    route: Route
    action: Action
    value: Any = None
    """Plain data: dict, list, str, int, float, bool, None. A `Plain` is a scalar that may not be quoted, such as 4h."""
    after: str | None = None
    """The key after which a new key of a map is inserted; without it, or where there is no such key, after the last one."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A new value in the expected tree."""

    value: Any


def smallest(root: Map, edit: Edit) -> list[Edit]:
    """The same edit as smaller edits, which do not touch what is unchanged."""
    if edit.action is not Action.SET:
        return [edit]
    old = found(root, edit.route)
    if isinstance(old, Map) and isinstance(edit.value, Mapping):
        return list(_in_map(root, old, edit))
    if isinstance(old, Seq) and isinstance(edit.value, Sequence) and not isinstance(edit.value, str):
        return list(_in_list(root, old, edit))
    return [] if old is not _NOTHING and _reads_as(old, _Wanted(edit.value)) else [edit]


_NOTHING = object()


def found(root: Value, route: Route) -> Any:
    """The value at a route; an object that is no value where there is none."""
    return value_at(root, route, _NOTHING)


def exists(root: Value, route: Route) -> bool:
    """True when there is a value at the route."""
    return found(root, route) is not _NOTHING


def _in_map(root: Map, old: Map, edit: Edit) -> Iterator[Edit]:
    wanted: Mapping[str, Any] = edit.value
    before = None
    for key, value in wanted.items():
        yield from smallest(root, Edit((*edit.route, key), Action.SET, value, before))
        before = key
    for key in old:
        if key not in wanted:
            yield Edit((*edit.route, key), Action.REMOVE)


def _in_list(root: Map, old: Seq, edit: Edit) -> Iterator[Edit]:
    wanted: Sequence[Any] = edit.value
    matcher = SequenceMatcher(None, [_text(item) for item in old], [_text(item) for item in wanted], autojunk=False)
    for tag, start, stop, new_start, new_stop in matcher.get_opcodes():
        if tag == "equal":
            continue
        both = min(stop - start, new_stop - new_start)
        for offset in range(both):
            yield from smallest(root, Edit((*edit.route, start + offset), Action.SET, wanted[new_start + offset]))
        for index in range(start + both, stop):
            yield Edit((*edit.route, index), Action.REMOVE)
        for number in range(new_start + both, new_stop):
            yield Edit((*edit.route, stop), Action.INSERT, wanted[number])


def _text(value: Any) -> str:
    """Equal for a value of a document and the plain data that it reads as."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key!r}:{_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    if isinstance(value, Plain):
        try:
            return repr(core_value(value))
        except ValueError:
            return repr(str(value))
    return repr(value)


def edited(root: Map, edits: Sequence[Edit]) -> Any:
    """The tree that must be read after all edits; `reads_as` compares another tree with it.

    One list can have removals, or insertions at one place, not both.
    """
    tree: Any = root
    for edit in sorted(edits, key=lambda each: -len(each.route)):
        if edit.action is Action.SET:
            tree = _changed(tree, edit.route, (edit,))
    lists: dict[Route, list[Edit]] = {}
    for edit in edits:
        if edit.action is Action.ORDER:
            tree = _changed(tree, edit.route, (edit,))
        elif edit.action is not Action.SET:
            lists.setdefault(edit.route[:-1], []).append(edit)
    for route in sorted(lists, key=len, reverse=True):
        tree = _changed(tree, (*route, -1), tuple(lists[route]))
    return tree


def _changed(node: Any, route: Route, edits: tuple[Edit, ...]) -> Any:
    step, rest = route[0], route[1:]
    copy: Any = dict(node) if isinstance(node, Mapping) else list(node)
    if rest:
        copy[step] = _changed(node[step], rest, edits)
    elif edits[0].action is Action.SET:
        copy[step] = _Wanted(edits[0].value)
    elif edits[0].action is Action.ORDER:
        copy[step] = [node[step][index] for index in edits[0].value]
    elif edits[0].action is Action.REMOVE:
        for gone in sorted(
            (edit.route[-1] for edit in edits), reverse=True, key=str if isinstance(copy, dict) else None
        ):
            del copy[gone]
    else:
        at = edits[0].route[-1]
        copy[at:at] = [_Wanted(edit.value) for edit in edits]
    return copy


def reads_as(read: Value, wanted: Any) -> bool:
    """True when a tree that was read is the one that `edited` gave."""
    return _reads_as(read, wanted)


def _reads_as(read: Any, wanted: Any) -> bool:
    if isinstance(wanted, _Wanted):
        return _means(read, wanted.value)
    if isinstance(wanted, dict):
        return (
            isinstance(read, Map)
            and read.keys() == wanted.keys()
            and _all_read_as(map(read.get, wanted), wanted.values())
        )
    if isinstance(wanted, list):
        return isinstance(read, Seq) and len(read) == len(wanted) and _all_read_as(read, wanted)
    return type(read) is type(wanted) and bool(read == wanted)


def _all_read_as(read: Iterable[Any], wanted: Iterable[Any]) -> bool:
    """Most are scalars of one kind: they are compared here, 700,000 of a large file."""
    for one, other in zip(read, wanted, strict=True):
        kind = other.__class__
        if kind is one.__class__ and (kind is Plain or kind is str):
            if one != other:
                return False
        elif not _reads_as(one, other):
            return False
    return True


def _means(read: Any, value: Any) -> bool:
    """True when the value that was read equals the requested one, in any spelling."""
    if isinstance(value, Mapping):
        return (
            isinstance(read, Map)
            and read.keys() == value.keys()
            and all(_means(read[key], value[key]) for key in value)
        )
    if isinstance(value, list | tuple):
        same = isinstance(read, Seq) and len(read) == len(value)
        return same and all(_means(one, other) for one, other in zip(read, value, strict=True))
    if isinstance(value, Plain):
        return isinstance(read, Plain) and read == value
    if isinstance(read, Plain):
        try:
            meant = core_value(read)
        except ValueError:
            return False
        return type(meant) is type(value) and meant == value
    return type(read) is type(value) and bool(read == value)
