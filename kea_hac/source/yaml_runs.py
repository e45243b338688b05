"""Runs of plain list items in a YAML text, such as the reservations of a subnet: nearly all of a large specification.

In: the text. Out: the same text with one scalar in the place of each run, and the runs themselves. libyaml, with an event for each
scalar, needs four times as long for an item as a regular expression, so only the rest of the text goes through it; no offset changes.
Only libyaml knows whether a run is a part of a list, and not of a text in quotes: where its scalar does not arrive as an item of a
list, the text has to be read without runs (`MisfitError`).

A run takes only what every reader of YAML understands in the same way: printable ASCII and Latin letters, keys without quotes and each
once, values without escapes, comments, tags and anchors; each item, or each of its entries, on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, MutableSequence
from dataclasses import field
from itertools import repeat
from sys import intern
from typing import TYPE_CHECKING, Any, Protocol, Self

from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.document import Map, Plain, Seq, Value, packed

_LETTERS = r"\xc0-\u024f"
"""Latin ones with marks."""
IN_DOUBLE = rf"[ !$-\[\]-~{_LETTERS}]*+"
IN_SINGLE = rf"[ !\"$-&(-~{_LETTERS}]*+"
"""What stands between quotes."""
_DOUBLE, _SINGLE = f'"{IN_DOUBLE}"', f"'{IN_SINGLE}'"


def plain_word(more: str = "") -> str:
    """A scalar without quotes, none of whose colons ends a key. `more`: what it may hold besides."""
    word = rf"\w/.{_LETTERS}"
    some = rf"[{word}@+%={more}-]*+"
    return rf"[{word}]{some}(?:(?::++(?=[{word}])| ++(?=[{word}-])){some})*+"


WORD = rf"(?:{_DOUBLE}|{_SINGLE}|{plain_word()})"
_LIST = rf"\[(?:{WORD}(?:, *+{WORD})*+)?+\]"
NAME = r"[A-Za-z][\w-]{0,60}+"
_KEY = rf"{NAME}: ++"
_IN_BRACES = rf"{_KEY}(?:{WORD}|{_LIST})"
_ON_LINE = rf"{_KEY}(?:{_DOUBLE}|{_SINGLE}|{plain_word(',')}|{_LIST})"
_BRACES = rf"\{{ *+{_IN_BRACES}(?: *+, *+{_IN_BRACES})*+ *+\}}\r?\n"
_LINES = rf"{_ON_LINE}\r?\n(?:(?P=indent) (?P=gap){_ON_LINE}\r?\n)*+(?!(?P=indent)[ \t])"
_ITEM = regex(rf"(?P<indent> *+)-(?P<gap> ++)(?:{_BRACES}|{_LINES})", re.ASCII)
NEAR = regex(r"\n(?P<margin> *+- ++)(?=\{|[A-Za-z][\w-]*+:[ \r\n])", re.ASCII)
"""The end of a line behind which an item may begin."""
_NAME = regex(rf"[ ,\r\n]*+({_KEY})", re.ASCII)
_WORDS = regex(WORD, re.ASCII)
QUOTED = regex(f"{_DOUBLE}|{_SINGLE}", re.ASCII)
"""A word in quotes. In a run a quote begins or ends one."""
_VALUES = {
    '"': f'"({IN_DOUBLE})"',
    "'": f"'({IN_SINGLE})'",
    "[": rf"\[((?:{WORD}(?:, *+{WORD})*+)?+)\]",
}
"""What a value begins with → the value, what stands between the signs around it in a group."""
SMALL = 32 * 1024
"""Characters that libyaml has read before the patterns are compiled."""
_LEAST = 3
"""So many items are a run."""
_MOST_SHAPES = 64
"""Of one text: compiling a pattern takes as long as reading a hundred items."""


class MisfitError(Exception):
    """A run is no part of a list: the text has to be read without runs. Never leaves this package."""


class Shape:
    """What some items have in common: everything but their values."""

    def __init__(self, item: str, margin: str, text: str, base: int) -> None:
        """`item`: one of them, with its line end. `margin`: up to its first key or its brace. `base`: the packed position of offset 0."""
        self._text, self._base = text, base
        self.margin = margin
        inner = len(margin)
        self._braces = item[inner] == "{"
        self.keys: list[str] = []
        self.lists: list[int] = []
        """The columns whose values are lists."""
        self.plain: list[int] = []
        """The columns whose values have no quotes."""
        self._places: list[tuple[int, int, int]] = []
        """Of each entry: where its key begins and ends, from the end of the value before it, and the signs on each side of its value."""
        pattern, at, known = "", inner + self._braces, 0
        while found := _NAME.match(item, at):
            sign = item[found.end()]
            if sign == "[":
                self.lists.append(len(self.keys))
            elif sign not in _VALUES:
                self.plain.append(len(self.keys))
            value = _VALUES.get(sign) or f"({plain_word('' if self._braces else ',')})"
            key = found[1].rstrip()[:-1]
            start = found.start(1) - known
            self._places.append((start, start + len(key), int(sign in _VALUES)))
            self.keys.append(intern(key))
            pattern += re.escape(item[known : found.end()]) + value
            matched = re.compile(value, re.ASCII).match(item, found.end())
            assert matched is not None, "the item was matched as a whole"
            known = at = matched.end()
        behind = "" if self._braces else rf"(?!{item[: item.index('-')]}[ \t])"
        self.match = re.compile(pattern + re.escape(item[known:]) + behind, re.ASCII).match
        """Matches an item; its groups are the values."""
        self._inner = inner
        self._end = len(item) - len(item.rstrip("\r\n"))

    @property
    def height(self) -> int:
        """Maps and lists inside each other."""
        return 2 if self.lists else 1

    def span(self, start: int, end: int) -> int:
        """The packed position of an item with these offsets."""
        first = start + self._inner
        last = end - self._end if self._braces else first + len(self.keys[0])
        return self._base | first << 32 | last

    def spans(self, start: int) -> MutableSequence[int]:
        """The positions of the keys and values of the item at an offset."""
        found, base = self.match(self._text, start), self._base
        assert found is not None, "it was matched before"
        spans, known = [], start
        for (begin, end, around), (first, last) in zip(self._places, found.regs[1:], strict=True):
            spans.append(base | known + begin << 32 | known + end)
            known = last + around
            spans.append(base | first - around << 32 | known)
        return packed(spans)

    def with_lists(self, found: re.Match[str]) -> tuple[Any, ...]:
        """The values of an item that has lists."""
        row: list[Any] = list(found.groups())
        for column in self.lists:
            row[column] = made = Seq()
            for word in _WORDS.finditer(self._text, *found.span(column + 1)):
                text = word[0]
                made.append(text[1:-1] if text[0] in "\"'" else Plain(text))
                made.spans.append(self._base | word.start() << 32 | word.end())
            made.spans = packed(made.spans)
        return tuple(row)


class Places(Protocol):
    """Knows how some items are written."""

    def spans(self, start: int) -> MutableSequence[int]:
        """The positions of the keys and values of the item at an offset."""
        ...


class RunItem(Map):
    """An item of a run. Its positions are looked up when they are asked for, which a finding does."""

    __slots__ = ("_places", "_start")

    if TYPE_CHECKING:

        def __init__(self, entries: Iterable[tuple[str, Value]]) -> None: ...

    else:
        __init__ = dict.__init__  # there are a hundred thousand

    def read_by(self, places: Places, start: int) -> Self:
        """The item itself, of which it is known now where it begins and who knows the rest."""
        self._places = places
        self._start = start
        return self

    @property
    def spans(self) -> MutableSequence[int]:  # type: ignore[override] # an item is complete: nothing sets them
        """As of each map."""
        try:
            known: MutableSequence[int] = _SPANS.__get__(self)
        except AttributeError:
            known = self._places.spans(self._start)
            _SPANS.__set__(self, known)
        return known


_SPANS: Any = Map.__dict__["spans"]
"""Where a map keeps its positions."""


@dataclass(slots=True)
class Run:
    """Items that follow each other, with one indentation."""

    start: int
    """The offset of the scalar that stands for them."""
    token: int
    """Where libyaml's first event of the first item ends, which the positions of the lists around it need."""
    end: int
    items: list[Any] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    """The packed position of each item."""
    nodes: int = 0
    """Keys and values in the items, without the items."""
    height: int = 0
    """Maps and lists inside each other, an item included."""


def without_runs(text: str, number: int) -> tuple[str, list[Run]]:
    """The text with a scalar in the place of each run, and the runs in the order of the text. `number`: of the source."""
    if len(text) < SMALL:
        return text, []
    return stood_for(text, [run for run in _runs(text, number << 64) if len(run.items) >= _LEAST])


class _Process:
    """What this process has done so far."""

    characters = 0
    """Of the texts that were read."""


def many_read(text: str) -> bool:
    """True when the texts that this process has read, this one among them, are so long that compiling the patterns pays."""
    _Process.characters += len(text)
    return _Process.characters >= SMALL


def stood_for(text: str, runs: list[Run]) -> tuple[str, list[Run]]:
    """The text with a scalar in the place of each run, and the runs."""
    pieces, at = [], 0
    for run in runs:
        # libyaml passes by a comment faster than anything else.
        pieces += [text[at : run.start], "x #", "-" * (run.end - run.start - 4), "\n"]
        at = run.end
    return ("".join([*pieces, text[at:]]) if runs else text), runs


def _runs(text: str, base: int) -> Iterator[Run]:
    """All of a text, also those without an item."""
    shapes = Shapes(text, base)
    at = 0
    while not shapes.full and (near := NEAR.search(text, at)):
        start, margin = near.start("margin"), near["margin"]
        first = start + len(margin)
        run = Run(first, first + (text[first] == "{"), start)
        while shape := shapes.of(run.end, margin):
            shapes.fill(run, shape)
        yield run
        at = max(near.end(), run.end - 1)


class Shapes:
    """The shapes of one text."""

    def __init__(self, text: str, base: int, each: int = 1) -> None:
        """`each`: characters of the text for which one pattern may be made."""
        self._text, self._base, self._each = text, base, each
        self._shapes: list[Shape] = []
        """The one that was used last is the first."""
        self._compiled = 0

    @property
    def full(self) -> bool:
        """True when no pattern is made any more."""
        return self._compiled >= _MOST_SHAPES

    def of(self, start: int, margin: str) -> Shape | None:
        """Of the item that begins here. None where no item with this margin does."""
        if not self._text.startswith(margin, start):
            return None
        for number, shape in enumerate(self._shapes):
            if shape.margin == margin and shape.match(self._text, start):
                if number:
                    self._shapes.insert(0, self._shapes.pop(number))
                return shape
        found = _ITEM.match(self._text, start)
        if (
            found is None
            or found.end("gap") != start + len(margin)
            or self._compiled >= min(_MOST_SHAPES, start // self._each)
        ):
            return None
        self._compiled += 1
        shape = Shape(found[0], margin, self._text, self._base)
        if len(set(shape.keys)) < len(shape.keys):
            return None
        self._shapes.insert(0, shape)
        return shape

    def fill(self, run: Run, shape: Shape) -> None:
        """Put items of one shape into the run, up to the first of another one."""
        text, match, lists = self._text, shape.match, shape.lists
        rows: list[tuple[Value, ...]] = []
        starts: list[int] = []
        at = run.end
        while found := match(text, at):
            starts.append(at)
            at = found.end()
            run.spans.append(shape.span(starts[-1], at))
            if lists:
                row = shape.with_lists(found)
                run.nodes += sum(len(row[column]) for column in lists)
                rows.append(row)
            else:
                rows.append(found.groups())
        columns: list[Iterable[Value]] = list(zip(*rows, strict=True))
        for column in shape.plain:
            columns[column] = map(Plain, columns[column])
        items = map(RunItem, map(zip, repeat(shape.keys), zip(*columns, strict=True)))
        run.items += map(RunItem.read_by, items, repeat(shape), starts)
        run.nodes += 2 * len(shape.keys) * len(rows)
        run.height = max(run.height, shape.height)
        run.end = at
