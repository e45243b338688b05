"""YAML of plain lines, read without libyaml: a whole text (`map_of`), else the items of lists with all that is in them (`without_lists`).

As in `yaml_runs`, whose shapes are the faster way as soon as many items are alike: only what every reader of YAML understands in the same
way is taken, and a run is left to libyaml from the first item on that holds anything else (an anchor, a tag, a text of several lines, …).
Here the items may hold maps and lists, each key and item on a line of its own or in brackets, with comments and blank lines in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableSequence
from contextlib import suppress
from sys import intern
from typing import Any

from kea_hac.regex import regex
from kea_hac.source.document import Map, Plain, Seq, Value, packed
from kea_hac.source.ledger import LoadedValue
from kea_hac.source.limits import Limits
from kea_hac.source.yaml_runs import (
    IN_DOUBLE,
    IN_SINGLE,
    NAME,
    NEAR,
    WORD,
    Run,
    RunItem,
    Shapes,
    plain_word,
    stood_for,
)

_DOUBLE, _SINGLE, _PLAIN, _FLAT, _BRACKET, _NONE = range(4, 10)
"""The groups of a line in which its value is."""
_COMMENT = r"#[\t -~\xa1-\u2027\u2030-\ud7ff]*+"
_END = rf" *+(?:(?<= ){_COMMENT})?\r?\n"
_GROUPS = rf"\"({IN_DOUBLE})\"|'({IN_SINGLE})'|({plain_word()})"
_PAIR = rf"({NAME}): ++(?:{_GROUPS})"
_WORDS_IN_BRACES = rf"\{{ *+{NAME}: ++{WORD}(?: *+, *+{NAME}: ++{WORD})*+ *+\}}"
_LINE = regex(
    rf"(?: *+(?:{_COMMENT})?\r?\n)*( *+)(?:(?:(- ++)|)(?:({NAME}):(?=[ \r\n]) *+|)"
    rf"(?:\"({IN_DOUBLE})\"{_END}|'({IN_SINGLE})'{_END}|({plain_word(',')}){_END}"
    rf"|({_WORDS_IN_BRACES}){_END}|(?=[\[{{])()|{_END}())|)",
    re.ASCII,
)
"""The next line that is not blank: its indentation, dash and key, and its value in one more group: in double quotes, in single quotes,
without quotes, a map of such words in braces, anything else in brackets, or none. The indentation alone where it is unusual."""
_FLAT_MAP = regex(_WORDS_IN_BRACES, re.ASCII)
_REST = regex(_END, re.ASCII)
_PAIRS = regex(_PAIR, re.ASCII)
_PAIR_PLAIN = 4
"""The group of a word without quotes."""
_IN_BRACKETS = rf"(?:(?:{_GROUPS}) *+(?=[,\]}}])|(?=[\[{{])()())"
_ENTRY = regex(rf" *+()()({NAME}): ++{_IN_BRACKETS}", re.ASCII)
_ELEMENT = regex(rf" *+()()(){_IN_BRACKETS}", re.ASCII)
"""The parts of a map or list in brackets, with the groups of a line."""
_MANY = 8
"""So many items of a list are read before it is asked whether others like them follow."""
_FOR_A_SHAPE = 4096
"""Characters of a text for which one pattern may be made: it pays only for items that are frequent."""
_SIGNS = "&*!|>"
"""A text without them has no anchors, aliases, tags and block scalars."""
_LEAST = 4
"""So many keys and values are a run."""
_DEEPEST = 12
"""So many maps and lists inside each other are in a run: what is read in vain is read again for each of them."""


class _UnusualError(Exception):
    """Only libyaml knows what an item is."""


def map_of(text: str, number: int, limits: Limits) -> LoadedValue | None:
    """The value of a text that is a map without anything unusual. None for another one, or above a limit. `number`: of the source."""
    if any(map(text.__contains__, _SIGNS)):
        return None
    return _Reader(text, number << 64).whole(limits)


def without_lists(text: str, number: int) -> tuple[str, list[Run]]:
    """The text with a scalar in the place of each run, and the runs in the order of the text. `number`: of the source."""
    return stood_for(text, [run for run in _Reader(text, number << 64).runs() if run.nodes >= _LEAST])


class _Reader:
    """Reads the runs of one text. A method takes the match of a line, and gives that of the line behind what it has read."""

    def __init__(self, text: str, base: int) -> None:
        self._text, self._base = text, base
        self._shapes = Shapes(text, base, _FOR_A_SHAPE)
        self._nodes = 0
        """The keys and values that were read in this run."""
        self._open = 0
        self._deepest = 0
        """So many maps and lists were open at a time."""

    def whole(self, limits: Limits) -> LoadedValue | None:
        """All of the text as one map."""
        line: Any = _LINE.match(self._text, 0)
        if line[1] or line[2]:
            return None
        try:
            root, line = self._map(line, 0)
        except _UnusualError:
            return None
        if line.start(1) < len(self._text) or self._deepest > limits.depth or self._nodes >= limits.nodes:
            return None
        return LoadedValue(root, root.spans[0], 1 + self._nodes, self._deepest)

    def runs(self) -> Iterator[Run]:
        """All of them, also those without an item."""
        at = 0
        while near := NEAR.search(self._text, at):
            start, first = near.span("margin")
            run = Run(first, first + (self._text[first] == "{"), start)
            self._nodes = self._open = self._deepest = 0
            with suppress(_UnusualError):  # the items before that one are in the run
                self._items(run, _LINE.match(self._text, start))
            yield run
            at = max(near.end(), run.end - 1)

    def spans(self, start: int) -> MutableSequence[int]:
        """The positions of the keys and values of the map of words in braces at an offset."""
        base, whole = self._base, _FLAT_MAP.match(self._text, start)
        assert whole is not None, "it was matched before"
        spans: list[int] = []
        for found in _PAIRS.finditer(self._text, *whole.span()):
            key, end = found.span(1)
            value = found.start(found.lastindex or 0) - (found.lastindex != _PAIR_PLAIN)
            spans += (base | key << 32 | end, base | value << 32 | found.end())
        return packed(spans)

    def _items(self, run: Run, line: Any) -> Any:
        """Put the items of a list into the run, from the one on a line."""
        text, items, spans = self._text, run.items, run.spans
        margin, dash = line[1], line[2]
        indent = len(margin)
        while True:
            key = line[3]
            if len(items) >= _MANY and (shape := self._shapes.of(line.start(1), margin + dash)):
                known, run.end = run.nodes, line.start(1)
                self._shapes.fill(run, shape)
                self._nodes += run.nodes - known
                self._deepest = max(self._deepest, self._open + shape.height)
                line = _LINE.match(text, run.end)
            elif key is None:
                value, at, line = self._value(line, 0)
                items.append(value)
                spans.append(at)
            else:
                value, line = self._map(line, indent + len(dash))
                items.append(value)
                spans.append(value.spans[0])
            run.end, run.nodes, run.height = line.start(), self._nodes, self._deepest
            here, dash = line.group(1, 2)
            if here != margin or dash is None:
                if len(here) > indent or (line.lastindex == 1 and text.startswith("\t", line.end())):
                    raise _UnusualError
                return line

    def _map(self, line: Any, column: int) -> tuple[Map, Any]:
        """The map whose first key is on a line, in a column."""
        self._begin()
        base = self._base
        node, spans = Map(), list[int]()
        while True:
            key = line[3]
            if key is None or key in node:
                raise _UnusualError
            start, end = line.span(3)
            node[intern(key)], at, line = self._value(line, column)
            spans += (base | start << 32 | end, at)
            if len(line[1]) != column or line[2] is not None or line.start(1) == len(self._text):
                self._end(node, spans)
                return node, line

    def _value(self, line: Any, column: int) -> tuple[Value, int, Any]:
        """The value of a line, or of the lines below its key, which is in a column; and its position."""
        kind = line.lastindex
        start, end = line.span(kind)
        if kind == _FLAT:
            return self._flat(start, end), self._base | start << 32 | end, _LINE.match(self._text, line.end())
        if kind == _PLAIN:
            return Plain(line[kind]), self._base | start << 32 | end, _LINE.match(self._text, line.end())
        if kind == _NONE:
            return self._below(line, column)
        if kind < _DOUBLE:
            raise _UnusualError
        if kind < _PLAIN:
            return line[kind], self._base | start - 1 << 32 | end + 1, _LINE.match(self._text, line.end())
        value, end = self._in_brackets(start)
        rest = _REST.match(self._text, end)
        if rest is None:
            raise _UnusualError
        return value, self._base | start << 32 | end, _LINE.match(self._text, rest.end())

    def _below(self, line: Any, column: int) -> tuple[Value, int, Any]:
        """The value of a key that has none on its line: a list, or a map whose keys are in a column of their own."""
        found: Any = _LINE.match(self._text, line.end())
        margin, dash, key = found.group(1, 2, 3)
        if line[3] is None or len(margin) < column or (dash is None and (key is None or len(margin) == column)):
            raise _UnusualError
        if dash is None:
            node, line = self._map(found, len(margin))
            return node, node.spans[0], line
        self._begin()
        start, first = found.span(2)
        run = Run(first, first, start)
        line = self._items(run, found)
        listed = Seq()
        listed += run.items
        self._end(listed, run.spans)
        # The place of a list ends with its first token.
        end = first + 1 if self._text[first] in "{[" else start + 1 if key is not None else run.spans[0] & 0xFFFFFFFF
        return listed, self._base | start << 32 | end, line

    def _flat(self, start: int, end: int) -> RunItem:
        """The map in braces between two offsets, in which are words alone."""
        pairs = [
            (intern(key), Plain(plain) if plain else double or single)
            for key, double, single, plain in _PAIRS.findall(self._text, start, end)
        ]
        node = RunItem(pairs).read_by(self, start)
        if len(node) < len(pairs):
            raise _UnusualError
        self._nodes += 2 * len(pairs)
        if self._open >= self._deepest:
            self._deepest = self._open + 1
        return node

    def _in_brackets(self, end: int) -> tuple[Map | Seq, int]:
        """The map or list whose bracket is at an offset, and where it ends."""
        self._begin()
        text, base = self._text, self._base
        spans: list[int] = []
        node: Any = Map() if text[end] == "{" else Seq()
        part, closing = (_ENTRY, "}") if text[end] == "{" else (_ELEMENT, "]")
        if text.startswith(closing, end + 1):
            self._end(node, spans)
            return node, end + 2
        sign = ","
        while sign == ",":
            found: Any = part.match(text, end + 1)
            if found is None:
                raise _UnusualError
            kind = found.lastindex
            start, end = found.span(kind)
            if kind == _PLAIN:
                value: Value = Plain(found[kind])
                at, end = base | start << 32 | end, found.end()
            elif kind == _BRACKET:
                value, end = self._in_brackets(start)
                at = base | start << 32 | end
                while text.startswith(" ", end):
                    end += 1
            else:
                value = found[kind]
                at, end = base | start - 1 << 32 | end + 1, found.end()
            sign = text[end : end + 1]
            if closing == "}":
                key = found[3]
                if key in node:
                    raise _UnusualError
                node[intern(key)] = value
                start, last = found.span(3)
                spans += (base | start << 32 | last, at)
            else:
                node.append(value)
                spans.append(at)
        if sign != closing:
            raise _UnusualError
        self._end(node, spans)
        return node, end + 1

    def _begin(self) -> None:
        self._open += 1
        if self._open > self._deepest:
            self._deepest = self._open
            if self._open > _DEEPEST:
                raise _UnusualError

    def _end(self, node: Map | Seq, spans: list[int]) -> None:
        self._open -= 1
        self._nodes += len(spans)
        node.spans = packed(spans)
