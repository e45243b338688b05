"""Items of a list that are written alike: 100,000 reservations have a few shapes, and one regular expression reads a whole item.

A shape is what an item has apart from its scalars: its keys in their order, what each value is, and the maps and lists in it.
Where the keys and values are is looked up when somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from itertools import count, islice
from typing import Any, overload

from kea_hac.source.document import Map, Seq, SourceText, Value, packed

_SPACE = r"[ \t\r\n]*"
_COMMA = f"{_SPACE},{_SPACE}"
_TO_NEXT = rf"(){_SPACE}(?:,{_SPACE}(?=\{{)|(?=\]))"
"""From the end of an item, which is the place of the group, to the next one or to the end of the list."""
_SCALARS: dict[object, tuple[str, str, str]] = {
    str: ('"', r'[^"\\\x00-\x1f]*', '"'),
    int: ("", "-?(?:0|[1-9][0-9]{0,17})", ""),
    bool: ("", "true|false|null", ""),
}
"""By class, what matches a plain scalar: before its text, the text, and behind it. A comma or a bracket must follow."""
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_READ: dict[object, Callable[[str], Value]] = {int: int, bool: _WORDS.__getitem__}

Signature = tuple[object, ...]
"""A shape as a key: for a map its keys and what each value is, for a list what each item is."""


def signature_of(value: Map | Seq) -> Signature | None:
    """The signature of a map or list; None where something in it is of no shape."""
    parts = [_kind_of(each) for each in _values_of(value)]
    if None in parts:
        return None
    return (Map, *value, *parts) if isinstance(value, Map) else (Seq, *parts)


def _kind_of(value: Value) -> object:
    if isinstance(value, Map | Seq):
        return signature_of(value)
    kind = bool if value is None else value.__class__
    return kind if kind in _SCALARS else None


def _values_of(value: Map | Seq) -> list[Value]:
    return list(value.values()) if isinstance(value, Map) else value


class Shape:
    """The shape of items of lists."""

    def __init__(self, first: Map) -> None:
        """`first`: an item of this shape, with a signature."""
        self._root = _Part(self, first)
        self.size = self._root.size
        """As `LoadedValue.size`."""
        self.height = self._root.height
        """As `LoadedValue.height`."""
        self._match = re.compile(self._root.expression() + _TO_NEXT).match
        """Matches an item up to the next map of its list, or to the end of the list. Its own end is that of the last group."""
        self._places: re.Pattern[str] | None = None

    def take(self, node: Seq, texts: Sequence[SourceText], number: int, offset: int, most: int) -> int:
        """Put the next items into `node`, at most so many, from an offset of the text of this number. Returns where the last one ended.

        `texts` must stay as they are, but for new ones: the places are looked up there.
        """
        match, root, text, base = self._match, self._root, texts[number].text, number << 64
        keys, others, simple = root.keys or (), root.others, not root.nested
        item: Any
        append, place = node.append, node.spans.append
        while most and (found := match(text, offset)) is not None:
            most -= 1
            start = base | offset << 32
            if simple:  # as `made` does it: most items of most lists
                item = Map.__new__(Map)
                item.update(zip(keys, found.groups(), strict=False))
                for key, read in others:
                    item[key] = read(item[key])
                item.spans = _LateSpans(root, texts, start)
            else:
                item = root.made(iter(found.groups()), texts, start)
            append(item)
            place(start | found.end(found.lastindex or 0))
            offset = found.end()
        return offset

    def places(self, text: str, start: int) -> re.Match[str]:
        """The places of an item that was matched from `start` on."""
        if self._places is None:
            self._places = re.compile(self._root.places_expression(count(1)))
        found = self._places.match(text, start)
        assert found is not None
        return found


class _Part:
    """One map or list of a shape."""

    __slots__ = ("groups", "height", "keys", "kinds", "nested", "others", "shape", "size")

    def __init__(self, shape: Shape, value: Map | Seq) -> None:
        self.shape = shape
        self.keys = tuple(value) if isinstance(value, Map) else None
        self.kinds = [
            _Part(shape, each) if isinstance(each, Map | Seq) else _kind_of(each) for each in _values_of(value)
        ]
        """Of each value: the map or list, or the class of the scalar."""
        inner = [each for each in self.kinds if isinstance(each, _Part)]
        self.nested = bool(inner)
        scalars = len(self.kinds) - len(inner)
        self.size: int = 1 + len(self.keys or ()) + scalars + sum(each.size for each in inner)
        self.height: int = 1 + max((each.height for each in inner), default=0)
        steps: Sequence[Any] = self.keys if self.keys is not None else range(len(self.kinds))
        self.others = [(step, _READ[kind]) for step, kind in zip(steps, self.kinds, strict=True) if kind in _READ]
        """The scalars that are no strings, and what reads them."""
        self.groups: list[int] = []
        """In `Shape.places`: its keys and values, in the order of `spans`."""

    def expression(self) -> str:
        """What matches it, with a group for the text of each scalar."""
        return self._joined(
            [_quoted(key) for key in self.keys or ()],
            [
                each.expression() if isinstance(each, _Part) else "{}({}){}".format(*_SCALARS[each])
                for each in self.kinds
            ],
        )

    def places_expression(self, number: Iterator[int]) -> str:
        """What matches it, with a group for each key and value. `number`: gives the numbers of the groups."""
        keys, values = [], []
        for at, each in enumerate(self.kinds):
            if self.keys is not None:
                self.groups.append(next(number))
                keys.append(f"({_quoted(self.keys[at])})")
            self.groups.append(next(number))
            inside = each.places_expression(number) if isinstance(each, _Part) else "".join(_SCALARS[each])
            values.append(f"({inside})")
        return self._joined(keys, values)

    def _joined(self, keys: list[str], values: list[str]) -> str:
        if self.keys is None:
            return rf"\[{_SPACE}{_COMMA.join(values)}{_SPACE}\]"
        entries = _COMMA.join(f"{key}{_SPACE}:{_SPACE}{value}" for key, value in zip(keys, values, strict=True))
        return rf"\{{{_SPACE}{entries}{_SPACE}\}}"

    def made(self, scalars: Iterator[Any], texts: Sequence[SourceText], at: int) -> Map | Seq:
        """It with the next of the scalars. `at`: the packed position at which the item was matched."""
        values = (
            (each.made(scalars, texts, at) if isinstance(each, _Part) else next(scalars) for each in self.kinds)
            if self.nested
            else scalars
        )
        made: Any
        if self.keys is None:
            made = Seq.__new__(Seq)
            made.extend(islice(values, len(self.kinds)))
        else:
            made = Map.__new__(Map)
            made.update(zip(self.keys, values, strict=False))  # the keys end first
        for step, read in self.others:
            made[step] = read(made[step])
        made.spans = _LateSpans(self, texts, at)
        result: Map | Seq = made
        return result


class _LateSpans(MutableSequence[int]):
    """The `spans` of a map or list that was read by its shape. Most of them are never asked for."""

    __slots__ = ("_at", "_found", "_part", "_texts")

    def __init__(self, part: _Part, texts: Sequence[SourceText], at: int) -> None:
        self._part = part
        self._texts = texts
        self._at = at
        self._found: MutableSequence[int] | None = None

    def _spans(self) -> MutableSequence[int]:
        if self._found is None:
            base = self._at >> 64 << 64
            places = self._part.shape.places(self._texts[self._at >> 64].text, self._at >> 32 & 0xFFFFFFFF)
            spans = [base | places.start(group) << 32 | places.end(group) for group in self._part.groups]
            self._found = packed(spans)
        return self._found

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> MutableSequence[int]: ...

    def __getitem__(self, index: int | slice) -> int | MutableSequence[int]:
        return self._spans()[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._spans()[index] = value

    def __delitem__(self, index: int | slice) -> None:
        del self._spans()[index]

    def __len__(self) -> int:
        return len(self._spans())

    def __iter__(self) -> Iterator[int]:
        return iter(self._spans())

    def insert(self, index: int, value: int) -> None:
        """As of a list."""
        self._spans().insert(index, value)


def _quoted(key: str) -> str:
    return f'"{re.escape(key)}"'


_OFTEN = 16
"""So many items of one shape are read token by token, which takes as long as making the expression."""
_MOST_NODES = 64
"""A larger item, such as a subnet with its reservations, is hardly the same shape twice."""
_MOST_SHAPES = 12
"""So many are tried for an item: each that does not match takes a fraction of a microsecond."""
_MOST_SIGNATURES = 1000


class Shapes:
    """The shapes of the items of one text with what it includes, the last used one first."""

    def __init__(self) -> None:
        self.known: list[Shape] = []
        self._seen: dict[Signature, int] = {}

    def learn(self, item: Value, size: int) -> None:
        """Note an item that was read token by token. `size`: as `LoadedValue.size`."""
        if size > _MOST_NODES or len(self.known) == _MOST_SHAPES or not isinstance(item, Map):
            return
        signature = signature_of(item)
        if signature is not None and (signature in self._seen or len(self._seen) < _MOST_SIGNATURES):
            self._seen[signature] = self._seen.get(signature, 0) + 1
            if self._seen[signature] == _OFTEN:
                self.known.append(Shape(item))

    def last_used(self, at: int) -> None:
        """Try this one first from now on."""
        self.known.insert(0, self.known.pop(at))
