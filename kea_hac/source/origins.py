"""Where the values of a document are written: the file, the container in it and the entry, for edits.

A value that is in more than one place of the document is written once: behind an anchor, in a file that is included
twice, or in a file that others use. Changing that text would change the other places too, so it is refused by name.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from kea_hac.diagnostics import Route, dotted
from kea_hac.records import dataclass
from kea_hac.source.document import Document, Map, Seq, Step, Value, walk
from kea_hac.source.includes import CSV, JSON_ENDINGS
from kea_hac.source.yaml_layout import Layout, LayoutEntry, Node, RunList, below, yaml_layout
from kea_hac.source.yaml_print import Style
from kea_hac.source.yaml_runs import QUOTED, Run, RunItem


class NotEditableError(Exception):
    """A value cannot be changed where it is written. The message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A container as it is written, and one of its entries."""

    number: int
    """The text."""
    route: Route
    """Of the container in the document."""
    value: Map | Seq
    layout: Layout
    node: Node
    style: Style
    index: int | None = None
    """The entry of `node`; None where the container does not write it itself (`<<` gives it, or a spliced list)."""
    csv: bool = False
    """The text is a table: `node` means nothing."""


class Files:
    """The texts of one document, each laid out when it is first asked for."""

    def __init__(self, document: Document, shared: Mapping[str, str]) -> None:
        """`shared`: path of a text → who else uses that file."""
        self.document = document
        self._shared = shared
        self._layouts: dict[int, Layout] = {}
        self._styles: dict[int, Style] = {}
        self._uses: dict[int, int] = {}
        self._count(document.root, set())

    def text(self, number: int) -> str:
        """The characters of a text."""
        return self.document.texts[number].text

    def container(self, route: Route) -> Place:
        """The map or list at a route. Raises NotEditableError when its text is not its own."""
        node, position = self.position(route)
        if not isinstance(node, Map | Seq):
            raise NotEditableError(f"{dotted(route)} is not a map or a list")
        number = position >> 64 if route else 0
        path = self.document.texts[number].path.lower()
        if path.endswith(CSV):
            return Place(number, route, node, Layout("", None), _NO_NODE, Style(), csv=True)
        if path.endswith(JSON_ENDINGS):
            return self._json(number, route, node, position)
        layout = self._layout(number)
        found = layout.at(position >> 32 & 0xFFFFFFFF) if route else layout.root
        if found is None or found.kind != ("map" if isinstance(node, Map) else "list"):
            raise NotEditableError(f"{dotted(route)} has a form that cannot be edited")
        return Place(number, route, node, layout, found, self._styled(number, found))

    def entry(self, route: Route) -> Place:
        """The place of the value at a route that exists. Raises NotEditableError when its text is not its own."""
        place = self.container(route[:-1])
        if place.csv:
            return place
        index = self._index(place, route[-1])
        if index is not None:
            self.position(route)
            _unanchored(place.layout, place.node.entries[index].value, route)
            return replace(place, index=index)
        if isinstance(place.value, Map):
            return self._merged(place, route)
        return self.owner(place, route)

    def owner(self, place: Place, route: Route) -> Place:
        """Where the entry at a route, in the container of `place`, is written: there, or in a file whose list is spliced in."""
        index = self._index(place, route[-1])
        _, position = self.position(route)
        if index is not None:
            _unanchored(place.layout, place.node.entries[index].value, route)
            return replace(place, index=index)
        number = position >> 64
        path = self.document.texts[number].path.lower()
        if isinstance(place.value, Seq) and number != place.number and not path.endswith((CSV, *JSON_ENDINGS)):
            layout = self._layout(number)
            for own, entry in enumerate(layout.root.entries if layout.root and layout.root.kind == "list" else ()):
                if entry.value.place == position >> 32 & 0xFFFFFFFF:
                    assert layout.root is not None
                    style = self._styled(number, layout.root)
                    return replace(place, number=number, layout=layout, node=layout.root, style=style, index=own)
        if isinstance(place.value, Map) and (merged := self._merged(place, route)).index is not None:
            return merged
        if isinstance(place.value, Seq) and (included := self._include(place, number)) is not None:
            return replace(place, index=included)
        raise NotEditableError(f"{dotted(route)} is written in another place than the entries beside it")

    def _include(self, place: Place, number: int) -> int | None:
        """The entry of a list that is an include of a text, so that the whole file is one item."""
        folder = posixpath.dirname(self.document.texts[place.number].path)
        for own, entry in enumerate(place.node.entries):
            named = entry.value.name if entry.value.tag == "!include" else None
            if named and posixpath.normpath(posixpath.join(folder, named)) == self.document.texts[number].path:
                return own
        return None

    def insertion(self, place: Place, at: Any) -> Place:
        """Where a new item goes, so that it is read as number `at` of the list: `index` counts the entries before it."""
        if at >= len(place.value):
            return replace(place, index=len(place.node.entries))
        if at == 0:
            return replace(place, index=0)
        before, own = self._index(place, at - 1), self._index(place, at)
        if before is not None:
            return replace(place, index=before + 1)
        if own is not None:
            return replace(place, index=own)
        # Both neighbours are in another file, whose list is spliced in.
        ahead = self.owner(place, (*place.route, at - 1))
        return replace(ahead, index=(ahead.index or 0) + 1)

    def index_behind(self, place: Place, after: str | None) -> int:
        """Where a new key goes: behind `after`, or at the end."""
        own = self._index(place, after) if after is not None else None
        return len(place.node.entries) if own is None else own + 1

    def _merged(self, place: Place, route: Route) -> Place:
        """A key that `<<` gives: changed in the file it comes from when nothing else uses that file, else written into the map."""
        try:
            _, position = self.position(route)
        except NotEditableError:
            return place
        assert isinstance(place.value, Map)
        number = position >> 64
        path = self.document.texts[number].path.lower()
        if number == place.number or path.endswith((CSV, *JSON_ENDINGS)):
            return place
        layout = self._layout(number)
        if layout.root is None or layout.root.kind != "map":
            return place
        for index, entry in enumerate(layout.root.entries):
            if (
                entry.key is not None
                and entry.key.name == route[-1]
                and entry.value.place == position >> 32 & 0xFFFFFFFF
            ):
                return replace(
                    place,
                    number=number,
                    layout=layout,
                    node=layout.root,
                    style=self._styled(number, layout.root),
                    index=index,
                )
        return place

    def position(self, route: Route) -> tuple[Value, int]:
        """The value at a route and its packed position. Raises NotEditableError when something on the way is used elsewhere."""
        last, depth = Step(0, 0, self.document.root), 0
        for depth, last in enumerate(walk(self.document.root, route), 1):
            self._own(last.position, route[:depth])
        if depth < len(route):
            raise NotEditableError(f"there is no {dotted(route[: depth + 1])}")
        return last.value, last.position

    def _own(self, position: int, route: Route) -> None:
        source = self.document.texts[position >> 64]
        if self._uses.get(position, 1) > 1:
            line = source.line_column(position >> 32 & 0xFFFFFFFF)[0]
            raise NotEditableError(
                f"{dotted(route)} is written once, in {source.path} line {line}, and used in {self._uses[position]} places "
                "(by an anchor, `<<` or an include)"
            )
        if source.path in self._shared:
            raise NotEditableError(f"{source.path} is used by {self._shared[source.path]} as well")

    def _count(self, node: Value, seen: set[int]) -> None:
        """How often each position occurs that occurs several times; what is in a shared container is counted once."""
        waiting: list[Value] = [node]
        every: list[int] = []
        while waiting:
            node = waiting.pop()
            if id(node) in seen or isinstance(node, RunItem):  # all within such an item is used as often as the item
                continue
            seen.add(id(node))
            positions = node.spans[1::2] if isinstance(node, Map) else node.spans if isinstance(node, Seq) else ()
            every += positions
            values = node.values() if isinstance(node, Map) else node if isinstance(node, Seq) else ()
            waiting.extend(value for value in values if isinstance(value, Map | Seq))
        every.sort()
        for position, following in pairwise(every):
            if position == following:
                self._uses[position] = self._uses.get(position, 1) + 1

    def _index(self, place: Place, step: Any) -> int | None:
        """The entry of a container that writes a key or item itself."""
        if isinstance(place.value, Map):
            for index, entry in enumerate(place.node.entries):
                if entry.key is not None and entry.key.name == step:
                    return index
            return None
        position: int = place.value.spans[step]
        if position >> 64 != place.number:
            return None
        offset = position >> 32 & 0xFFFFFFFF
        near: int = min(step, len(place.node.entries) - 1)
        if near >= 0 and place.node.entries[near].value.place == offset:
            return near
        return next((index for index, entry in enumerate(place.node.entries) if entry.value.place == offset), None)

    def _layout(self, number: int) -> Layout:
        if number not in self._layouts:
            try:
                self._layouts[number] = yaml_layout(self.text(number))
            except ValueError as error:
                raise NotEditableError(str(error)) from error
        return self._layouts[number]

    def _styled(self, number: int, container: Node) -> Style:
        """The style of the text, and of the keys beside which a new one will stand."""
        if number not in self._styles:
            self._styles[number] = style_of(self._layout(number))
        inner = [below for entry in container.entries for below in entry.value.entries]
        keys = [entry.key for entry in container.entries or inner if entry.key is not None]
        keys = keys or [entry.key for entry in inner if entry.key is not None]
        style = self._styles[number]
        return replace(style, quoted_keys=all(key.style == '"' for key in keys)) if keys else style

    def _json(self, number: int, route: Route, node: Map | Seq, position: int) -> Place:
        """A container of Kea's JSON: its places are whole, so the document itself is the layout."""
        start, end = position >> 32 & 0xFFFFFFFF, position & 0xFFFFFFFF
        positions = node.spans
        if not route and positions:
            # the document has no position for its root: its brackets are those around the first key and the last value
            start = self.text(0).rfind("{", 0, positions[0] >> 32 & 0xFFFFFFFF)
            end = self.text(0).find("}", positions[-1] & 0xFFFFFFFF) + 1
        if any(each >> 64 != number for each in positions) or self.text(number)[end - 1 : end] not in ("}", "]"):
            raise NotEditableError(f"a part of {dotted(route)} comes from another file by <?include?>")
        result = Node("map" if isinstance(node, Map) else "list", start, start, start, end, flow=True)
        if isinstance(node, Map):
            pairs = zip(node, positions[::2], positions[1::2], node.values(), strict=True)
            result.entries = [LayoutEntry(_part(key, key_at), _part(value, at)) for key, key_at, at, value in pairs]
        else:
            result.entries = [LayoutEntry(None, _part(value, at)) for value, at in zip(node, positions, strict=True)]
        layout = self._layouts.setdefault(number, Layout(self.text(number), None))
        return Place(number, route, node, layout, result, Style(json=True))


def _unanchored(layout: Layout, node: Node, route: Route) -> None:
    """Refuse to remove a value with an anchor that is used later."""
    for alias in layout.aliases:
        if node.outer <= alias.start < node.end:
            continue
        if any(inner.anchor == alias.name for inner in below(node)):
            line = layout.text.count("\n", 0, alias.start) + 1
            raise NotEditableError(f"{dotted(route)} contains the anchor &{alias.name}, which is used in line {line}")


_NO_NODE = Node("list", 0, 0, 0, 0)


def _part(value: Value, position: int) -> Node:
    start, end = position >> 32 & 0xFFFFFFFF, position & 0xFFFFFFFF
    kind = "map" if isinstance(value, Map) else "list" if isinstance(value, Seq) else "scalar"
    return Node(kind, start, start, start, end, flow=True, name=value if isinstance(value, str) else None)


def _flat_items(text: str, run: Run) -> int:
    """How many more items of a run without filled lists in them are in braces than are not."""
    flat = [span for span, item in zip(run.spans, run.items, strict=True) if not _holds_filled(item)]
    braces = sum(text[span >> 32 & 0xFFFFFFFF] == "{" for span in flat)
    return 2 * braces - len(flat)


def _holds_filled(item: Map) -> bool:
    return any(isinstance(value, Seq) and value for value in item.values())


def _quotes(text: str, run: Run) -> dict[str, int]:
    """How many values of a run are in each kind of quotes. A word in one kind may hold the other."""
    written = text[run.start : run.end]
    if "'" in written:
        return Counter(found[0][0] for found in QUOTED.finditer(written))
    return {'"': written.count('"') // 2} if '"' in written else {}


def style_of(layout: Layout) -> Style:
    """How far a text indents its maps and the dashes of its lists, and which quotes it uses: the most frequent form."""
    steps: dict[int, int] = {}
    dashes: dict[int, int] = {}
    quotes: dict[str, int] = {}
    quoted = flat = 0
    waiting = [layout.root] if layout.root else []
    while waiting:
        node = waiting.pop()
        column = layout.column(node.start)
        for entry in node.parts if isinstance(node, RunList) else node.entries:
            if isinstance(entry, Run):
                quoted -= sum(map(len, entry.items))
                flat += _flat_items(layout.text, entry)
                for sign, count in _quotes(layout.text, entry).items():
                    quotes[sign] = quotes.get(sign, 0) + count
                continue
            value = entry.value
            if node.kind == "map" and not node.flow and value.entries and not value.flow:
                seen = steps if value.kind == "map" else dashes
                gap = layout.column(value.start) - column
                seen[gap] = seen.get(gap, 0) + 1
            if entry.key is not None:
                quoted += 1 if entry.key.style == '"' else -1
            elif value.kind == "map" and not any(below.value.entries for below in value.entries):
                flat += 1 if value.flow else -1
            if value.style in ("'", '"'):
                quotes[value.style] = quotes.get(value.style, 0) + 1
            waiting.append(value)
    step = max(steps, key=lambda gap: (steps[gap], -gap), default=2)
    dash = max(dashes, key=lambda gap: (dashes[gap], gap), default=2)
    quote = max(quotes, key=lambda each: (quotes[each], each), default='"')
    return Style(
        step=step if step > 0 else 2,
        dash=dash if dash in range(9) else 2,
        quote=quote,
        quoted_keys=quoted > 0,
        flat_items=flat > 0,
    )
