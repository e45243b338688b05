"""How a YAML text is laid out: where each key, value, anchor and list item begins and ends, and in which style.

The reader keeps the place of every value and forgets how it was written; an edit needs that too. In: one text. Out: a tree
of `Node`, built from the same libyaml events and runs of plain items as the reader's. Of a run, which is nearly all of a large file,
nodes are made when somebody asks for them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from operator import itemgetter
from sys import intern, maxsize
from typing import Any, overload

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from kea_hac.records import dataclass
from kea_hac.source.document import Map, Seq
from kea_hac.source.scalars import behind_properties
from kea_hac.source.yaml_runs import MisfitError, Run, without_runs
from kea_hac.source.yaml_stand_ins import misread, stand_ins

_ENDS = (MappingEndEvent, SequenceEndEvent)
_CONTENT = (AliasEvent, ScalarEvent, MappingStartEvent, SequenceStartEvent)


@dataclass(slots=True, eq=False)
class Node:
    """One value as it is written. Offsets in characters; built once and not changed afterwards."""

    kind: str
    """map, list, scalar or alias."""
    outer: int
    """Where it begins, with its anchor and tag."""
    place: int
    """What the document calls the place of the value."""
    start: int
    """Where the value itself begins."""
    end: int
    """Behind its last character; a block ends with the last character of its last value."""
    flow: bool = False
    """For a map or list: written in brackets."""
    style: str = ""
    """For a scalar: '' (plain), ', ", | or >."""
    anchor: str | None = None
    tag: str | None = None
    name: str | None = None
    """The text of a key, or of a scalar with a tag; the anchor that an alias names."""
    entries: Sequence[LayoutEntry] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LayoutEntry:
    """A key with its value, or an item of a list (no key)."""

    key: Node | None
    value: Node

    @property
    def start(self) -> int:
        """Where the key begins, or the item behind its dash."""
        return self.key.outer if self.key else self.value.outer

    @property
    def end(self) -> int:
        """Behind the last character of the value, or of the key's colon where there is no value."""
        return self.value.end


class _Lazy(Sequence[LayoutEntry]):
    """Entries that are made when somebody asks for one of them. There are some."""

    def __init__(self, make: Callable[[], list[LayoutEntry]]) -> None:
        self._make = make
        self._made: list[LayoutEntry] | None = None

    def _all(self) -> list[LayoutEntry]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __len__(self) -> int:
        return len(self._all())

    def __bool__(self) -> bool:
        return True

    @overload
    def __getitem__(self, index: int) -> LayoutEntry: ...

    @overload
    def __getitem__(self, index: slice) -> list[LayoutEntry]: ...

    def __getitem__(self, index: int | slice) -> LayoutEntry | list[LayoutEntry]:
        return self._all()[index]

    def __iter__(self) -> Iterator[LayoutEntry]:
        return iter(self._all())


@dataclass(slots=True, eq=False)
class RunList(Node):
    """A list with runs of plain items."""

    parts: Sequence[LayoutEntry | Run] = ()
    """Its entries, those of a run in one."""


class Layout:
    """One text with its nodes, to be asked for the value at an offset."""

    def __init__(self, text: str, root: Node | None, nodes: Iterable[Node] = ()) -> None:
        """`nodes`: the maps, lists and aliases below the root, the root too. Nobody looks for a scalar by its place."""
        self.text = text
        self.root = root
        self.aliases: list[Node] = []
        self._at: dict[int, Node] = {}
        self._lines = [0, *(each.end() for each in re.finditer("\n", text))]
        self._runs: list[tuple[int, RunList]] = []
        for node in nodes:
            if node.kind == "alias":
                self.aliases.append(node)
            elif node.end > node.start or node.place not in self._at:
                self._at[node.place] = node
            if isinstance(node, RunList):
                self._runs += [(part.start, node) for part in node.parts if isinstance(part, Run)]
        self._runs.sort(key=_START)

    def at(self, offset: int) -> Node | None:
        """The map or list that begins at an offset."""
        found = self._at.get(offset)
        near = bisect_right(self._runs, offset, key=_START)
        if found is None and near:
            inside = (entry.value for entry in self._runs[near - 1][1].entries)
            nodes = (each for item in inside if item.start <= offset < item.end for each in below(item))
            found = next((each for each in nodes if each.place == offset and each.kind in ("map", "list")), None)
        return found

    def line_start(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return self._lines[bisect_right(self._lines, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Where the line of an offset ends, before its CR and LF."""
        end = self.text.find("\n", offset)
        if end < 0:
            return len(self.text)
        return end - 1 if end > offset and self.text[end - 1] == "\r" else end

    def next_line(self, offset: int) -> int:
        """Where the line after that of an offset begins; the end of the text when it is the last."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def column(self, offset: int) -> int:
        """0-based column of an offset."""
        return offset - self.line_start(offset)

    def line_break(self) -> str:
        """How the text ends its lines."""
        end = self.text.find("\n")
        return "\r\n" if end > 0 and self.text[end - 1] == "\r" else "\n"


_START = itemgetter(0)
_OFFSET = 0xFFFFFFFF


def yaml_layout(text: str) -> Layout:
    """The layout of a text that the reader has read. Raises ValueError where libyaml does not read it."""
    with suppress(MisfitError):
        return _laid_out(text, *without_runs(text, 0))
    return _laid_out(text, text, [])


def _laid_out(text: str, outside: str, runs: Sequence[Run]) -> Layout:
    """`outside`: the text without its runs. Raises MisfitError where one is not what it seemed to be."""
    refusal: MarkedYAMLError | None = None
    for mended in (True,) if misread(outside) else (False, True):
        readable, back = stand_ins(outside) if mended else (outside, {})
        try:
            tree = _Tree(text, readable, back, runs)
            return Layout(text, tree.root(), tree.nodes)
        except MarkedYAMLError as error:
            refusal = error
    if runs:
        raise MisfitError from refusal
    raise ValueError(f"this is not YAML: {refusal.problem if refusal else ''}") from refusal


def below(node: Node) -> Iterator[Node]:
    """The node and all values in it, in no order."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(entry.value for entry in node.entries)


def _run_items(text: str, run: Run) -> Iterator[LayoutEntry]:
    """The entries of a run."""
    for item, span in zip(run.items, run.spans, strict=True):
        yield LayoutEntry(None, _run_item(text, item, span))


def _run_item(text: str, item: Map, span: int) -> Node:
    """An item of a run, from what the reader knows of it."""
    start = span >> 32
    flow = text[start] == "{"
    end = (span if flow else item.spans[-1]) & _OFFSET
    return Node("map", start, start, start, end, flow, entries=_Lazy(partial(_run_fields, text, item)))


def _run_fields(text: str, item: Map) -> list[LayoutEntry]:
    """The keys and values of an item of a run."""
    spans = zip(item, item.spans[::2], item.values(), item.spans[1::2], strict=True)
    return [
        LayoutEntry(
            Node("scalar", at >> 32, at >> 32, at >> 32, at & _OFFSET, name=key), _run_value(text, value, place)
        )
        for key, at, value, place in spans
    ]


def _run_value(text: str, value: object, span: int) -> Node:
    start, end = span >> 32, span & _OFFSET
    if not isinstance(value, Seq):
        return Node("scalar", start, start, start, end, style=text[start] if text[start] in "\"'" else "")
    words = [LayoutEntry(None, _run_value(text, word, at)) for word, at in zip(value, value.spans, strict=True)]
    return Node("list", start, start, start, end, flow=True, entries=words)


class _Tree:
    """Events → nodes."""

    def __init__(self, text: str, readable: str, back: dict[int, str], runs: Sequence[Run]) -> None:
        self._text = text
        self._back = back
        self._runs = [*reversed(runs)]
        self._next_run = runs[0].start if runs else maxsize
        self._get = CParser(readable).get_event
        self.nodes: list[Node] = []
        """The maps, lists and aliases."""

    def root(self) -> Node | None:
        """The one value of the text, None when there is none."""
        while (event := self._get()) is not None:
            if isinstance(event, _CONTENT):
                root = self._node(event)
                break
        else:
            root = None
        if self._runs:
            raise MisfitError
        return root

    def _node(self, event: Any, *, is_key: bool = False) -> Node:
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event, is_key)
        if kind is AliasEvent:
            start, end = event.start_mark.index, event.end_mark.index
            node = Node("alias", start, start, start, end, name=event.anchor)
            self.nodes.append(node)
            return node
        return self._container(event, event.start_mark.index, self._without_properties(event)[0])

    def _scalar(self, event: Any, is_key: bool) -> Node:
        start: int = event.start_mark.index
        if event.end_mark.index > self._next_run:
            raise MisfitError
        outer, style, tag, name = start, event.style or "", event.tag, None
        if event.anchor is None and tag is None:
            end: int = event.end_mark.index
        else:
            start, end = self._without_properties(event)
            start = outer if start == outer else start  # one object for both
        if style in ("|", ">"):
            end = start + len(self._text[start:end].rstrip())
        if is_key or tag is not None:
            name = intern(event.value.translate(self._back) if self._back else event.value)
        return Node("scalar", outer, start, start, end, False, style, event.anchor, tag, name)

    def _container(self, event: Any, outer: int, place: int) -> Node:
        is_map, flow = type(event) is MappingStartEvent, bool(event.flow_style)
        start = place if flow or (event.anchor is None and event.tag is None) else event.end_mark.index
        if not is_map and not flow and self._text[start : start + 1] != "-":
            start = self._text.rfind("-", 0, start)  # below an anchor, a list without indent "begins" behind its dash
        number = len(self.nodes)
        node = Node("map" if is_map else "list", outer, place, start, start, flow, anchor=event.anchor)
        self.nodes.append(node)
        entries: list[LayoutEntry] = []
        node.entries = entries
        runs: list[tuple[int, Run]] = []
        get, make = self._get, self._node
        while (inner := get()).__class__ not in _ENDS:
            if not is_map and inner.__class__ is ScalarEvent and inner.end_mark.index > self._next_run:
                runs.append((len(entries), self._run(inner.start_mark.index, flow=flow)))
                continue
            first = make(inner, is_key=is_map)
            if is_map:
                value = make(get())
                if value.start == value.end and value.kind == "scalar" and not value.style:
                    self._behind_colon(first, value)
                entries.append(LayoutEntry(first, value))
            else:
                entries.append(LayoutEntry(None, first))
        node.end = inner.end_mark.index if flow else max((entry.value.end for entry in entries), default=start)
        if runs:
            node = self.nodes[number] = self._with_runs(node, runs)
        return node

    def _run(self, start: int, *, flow: bool) -> Run:
        """The run for which a scalar stands that begins here, as an item of a list. Raises MisfitError where there is none."""
        run = self._runs.pop()
        if start != run.start or flow:
            raise MisfitError
        self._next_run = self._runs[-1].start if self._runs else maxsize
        return run

    def _with_runs(self, node: Node, runs: Sequence[tuple[int, Run]]) -> RunList:
        """A list with its runs. `runs`: each behind so many of the other entries."""
        parts: list[LayoutEntry | Run] = list(node.entries)
        for before, run in reversed(runs):
            parts.insert(before, run)
        text = self._text

        def entries() -> list[LayoutEntry]:
            return [each for part in parts for each in (_run_items(text, part) if isinstance(part, Run) else (part,))]

        end = max(node.end, *(_run_item(text, run.items[-1], run.spans[-1]).end for _, run in runs))
        result = RunList(node.kind, node.outer, node.place, node.start, end, anchor=node.anchor, parts=parts)
        result.entries = _Lazy(entries)
        return result

    def _behind_colon(self, key: Node, value: Node) -> None:
        """An empty value stands right behind the colon of its key."""
        if value.outer == value.end:
            colon = self._text.find(":", key.end)
            value.outer = value.start = value.end = colon + 1 if colon >= 0 else value.end

    def _without_properties(self, event: Any) -> tuple[int, int]:
        """Where the value begins and ends, without its anchor and tag (as `Builder._bounds` and `_start` have it)."""
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is None and event.tag is None:
            return start, end
        value = behind_properties(self._text, start, end)
        if value < end:
            return value, end
        return (start, end) if isinstance(event, ScalarEvent) else (end, end)
