"""One change of a YAML text (or of Kea's JSON) as splices: the fewest characters that make it, and whole lines where lines are meant.

In: a `Layout`, the container and what to do in it. Out: splices. A new entry goes behind the line of the one before it, so
that a comment stays with what it stands above; what is removed takes along the comments that speak of nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kea_hac.source.suppressions import MARKER
from kea_hac.source.yaml_layout import Entry, Layout, Node
from kea_hac.source.yaml_print import Style, block_lines, entry_text, flow_text, scalar_text

WIDTH = 110
"""Characters of a line up to which a new value stands in brackets on one line."""
_COMMENT_LINE = re.compile(r"[ \t]*(#|//)")
_SKIPPED = re.compile(r"(?:[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)


class Splice(NamedTuple):
    """Characters `start` to `end` of a text become `new`."""

    start: int
    end: int
    new: str


class CannotSpliceError(Exception):
    """The text is written in a way that this change does not know. The message says which."""


New = tuple[str | None, Any]
"""A key with its value, or None with an item of a list."""


def spliced(text: str, splices: Sequence[Splice]) -> str:
    """The text with all splices made. They may not overlap; several insertions at one place come in their order."""
    parts: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda each: (each.start, each.end)):
        if splice.start < at:
            raise CannotSpliceError("two changes are in the same place")
        parts += (text[at : splice.start], splice.new)
        at = splice.end
    return "".join((*parts, text[at:]))


@dataclass(frozen=True, slots=True)
class Splicer:
    """Plans changes of one text."""

    layout: Layout
    style: Style

    # Values

    def replaced(self, container: Node, index: int, value: Any) -> list[Splice]:
        """Another value at one entry of a container."""
        entry = container.entries[index]
        old = entry.value
        compound = isinstance(value, dict | list)
        if old.kind == "alias":
            raise CannotSpliceError(f"the value is an alias, *{old.name}")
        if old.kind in ("map", "list") and not old.flow and entry.key is not None:
            return self._instead_of_block(container, entry, value)
        if container.flow or self.style.json or (old.kind in ("map", "list") and not old.flow):
            inline = flow_text(value, self.style) if compound else self._scalar(old, value, flow=True)
        elif compound and not self._fits(container, entry.key, value):
            return self._opened(container, entry, value)
        else:
            inline = flow_text(value, self.style) if compound else self._scalar(old, value, flow=False)
        blank = " " if old.start > 0 and self.layout.text[old.start - 1] in ":-," else ""
        return [Splice(old.start, old.end, blank + inline)]

    def _scalar(self, old: Node, value: Any, *, flow: bool) -> str:
        quote = old.style if old.kind == "scalar" and old.style in ("'", '"') else ""
        return scalar_text(value, self.style, flow=flow, quote=quote)

    def _instead_of_block(self, container: Node, entry: Entry, value: Any) -> list[Splice]:
        """The lines of a block go, and the new value stands behind its key; a comment on the line of the key stays."""
        layout = self.layout
        assert entry.key is not None
        colon = layout.text.index(":", entry.key.end) + 1
        if entry.value.anchor is not None:
            colon = entry.value.outer + 1 + len(entry.value.anchor)
        head = layout.line_end(colon)
        if entry.value.start <= head:
            raise CannotSpliceError("the block begins on the line of its key")
        compound = isinstance(value, dict | list)
        if compound and value and not self._fits(container, entry.key, value):
            alike = (entry.value.kind == "list") == isinstance(value, list)
            column = layout.column(entry.value.start) if alike else self._column_below(container, value)
            return [Splice(layout.line_start(entry.value.start), entry.value.end, self._indented(value, column))]
        inline = flow_text(value, self.style) if compound else scalar_text(value, self.style, flow=False)
        return [Splice(colon, colon, f" {inline}"), Splice(head, entry.value.end, "")]

    def _opened(self, container: Node, entry: Entry, value: Any) -> list[Splice]:
        """A value of one line becomes a block below its key."""
        old, layout = entry.value, self.layout
        if entry.key is None:
            lines = block_lines(value, self.style)
            pad = " " * layout.column(old.start)
            return [
                Splice(old.start, old.end, layout.line_break().join([lines[0], *(pad + each for each in lines[1:])]))
            ]
        start = old.outer
        while start > 0 and layout.text[start - 1] in " \t":
            start -= 1
        tail = layout.line_end(old.end)
        below = layout.line_break() + self._indented(value, self._column_below(container, value))
        return [Splice(start, old.end, ""), Splice(tail, tail, below)]

    def _column_below(self, container: Node, value: Any) -> int:
        return self.layout.column(container.start) + (self.style.dash if isinstance(value, list) else self.style.step)

    def _indented(self, value: Any, column: int) -> str:
        lines = block_lines(value, self.style)
        return self.layout.line_break().join(" " * column + line for line in lines)

    def _fits(self, container: Node, key: Node | None, value: Any) -> bool:
        if not value:
            return True
        items = value.values() if isinstance(value, dict) else value
        if any(isinstance(item, dict | list) and item for item in items) and not container.flow:
            deep = any(isinstance(inner, dict | list) for item in items for inner in _inner(item))
            if deep or len(value) > 1:
                return False
        before = self.layout.column(key.end if key else container.start) + 2
        return before + len(flow_text(value, self.style)) <= WIDTH

    # Insertions

    def inserted(self, container: Node, index: int, news: Sequence[New]) -> list[Splice]:
        """New entries before the one that is now at `index`, or at the end."""
        if not container.entries:
            return self._filled(container, news)
        if container.flow:
            return self._inserted_flow(container, index, news)
        lines = [line for new in news for line in self._block_entry(container, index, new)]
        column = " " * self.layout.column(container.start)
        text = self.layout.line_break().join(column + line for line in lines)
        if index == 0:
            return [self._before_first(container, text)]
        end = self._end_of_block(container.entries[index - 1])
        return [Splice(end, end, self.layout.line_break() + text)]

    def _end_of_block(self, entry: Entry) -> int:
        return self.layout.line_end(entry.end)

    def _before_first(self, container: Node, text: str) -> Splice:
        start = self.layout.line_start(container.start)
        if self.layout.text[start : container.start].strip():
            raise CannotSpliceError("the first entry does not begin a line of its own")
        while start > 0 and self._comment_at(self.layout.line_start(start - 1)):
            start = self.layout.line_start(start - 1)
        return Splice(start, start, text + self.layout.line_break())

    def _block_entry(self, container: Node, index: int, new: New) -> list[str]:
        key, value = new
        if key is None:
            return self._block_item(container, index, value)
        if not isinstance(value, dict | list):
            return block_lines({key: value}, self.style)
        sample = Node("scalar", 0, 0, container.start, container.start + len(key) + 1)
        if self._fits(container, sample, value):
            return [entry_text(key, value, self.style)]
        return block_lines({key: value}, self.style)

    def _block_item(self, container: Node, index: int, value: Any) -> list[str]:
        alike = "map" if isinstance(value, dict) else "list"
        ahead = [entry.value for entry in container.entries[:index] if entry.value.kind == alike]
        samples = [entry.value for entry in container.entries if entry.value.kind == alike]
        near = (ahead or samples or [container.entries[0].value])[-1 if ahead else 0]
        column = self.layout.column(container.start)
        if not isinstance(value, dict | list):
            return [f"- {scalar_text(value, self.style, flow=False)}"]
        inline = flow_text(value, self.style)
        if near.flow and column + 2 + len(inline) <= WIDTH:
            return [f"- {inline}"]
        gap = self.layout.column(near.start) - column if samples and not near.flow else 2
        gap = gap if 1 < gap < 10 else 2
        lines = block_lines(value, self.style)
        return ["-" + " " * (gap - 1) + lines[0], *(" " * gap + line for line in lines[1:])]

    def _flow_entry(self, new: New) -> str:
        key, value = new
        return flow_text(value, self.style) if key is None else entry_text(key, value, self.style)

    def _filled(self, container: Node, news: Sequence[New]) -> list[Splice]:
        """The first entries of `{}` or `[]`."""
        if not container.flow:
            raise CannotSpliceError("the container is empty and has no brackets")
        inside = self.layout.text[container.start + 1 : container.end - 1]
        text = ", ".join(map(self._flow_entry, news))
        if inside.strip():
            raise CannotSpliceError("comments stand in empty brackets")
        return [Splice(container.start + 1, container.end - 1, text)]

    def _inserted_flow(self, container: Node, index: int, news: Sequence[New]) -> list[Splice]:
        texts = [self._flow_entry(new) for new in news]
        if index == 0:
            first = container.entries[0]
            if self._own_line(first):
                gap = self.layout.line_break() + self.layout.text[self.layout.line_start(first.start) : first.start]
                return [Splice(first.start, first.start, "".join(f"{text},{gap}" for text in texts))]
            return [Splice(first.start, first.start, "".join(f"{text}, " for text in texts))]
        before = container.entries[index - 1]
        if not self._own_line(before):
            return [Splice(before.end, before.end, "".join(f", {text}" for text in texts))]
        indent = self.layout.text[self.layout.line_start(before.start) : before.start]
        comma = self._comma(before)
        tail = self.layout.line_end(before.end if comma is None else comma)
        if tail > self.layout.line_end(before.end):
            return [Splice(before.end, before.end, "".join(f", {text}" for text in texts))]
        rest = self.layout.text[before.end if comma is None else comma + 1 : tail]
        if rest.strip() and not _COMMENT_LINE.match(rest):  # something else stands on the line as well
            return [Splice(before.end, before.end, "".join(f", {text}" for text in texts))]
        gap = self.layout.line_break() + indent
        if comma is None:
            added = ",".join(gap + text for text in texts)
            return [Splice(before.end, before.end, ","), Splice(tail, tail, added)]
        return [Splice(tail, tail, "".join(f"{gap}{text}," for text in texts))]

    def _own_line(self, entry: Entry) -> bool:
        """True when nothing but blanks stands before it on its line."""
        return not self.layout.text[self.layout.line_start(entry.start) : entry.start].strip()

    def _comma(self, entry: Entry) -> int | None:
        """Where the comma behind an entry in brackets is, if there is one."""
        match = _SKIPPED.match(self.layout.text, entry.end)
        at = match.end() if match else entry.end
        return at if self.layout.text[at : at + 1] == "," else None

    # Order

    def ordered(self, container: Node, order: Sequence[int]) -> list[Splice]:
        """The entries in another order, each with the comments above it; what stands between them stays where it is."""
        places = [self._extent(container, entry) for entry in container.entries]
        texts = [self.layout.text[start:end] for start, end in places]
        return [Splice(*places[at], texts[index]) for at, index in enumerate(order) if at != index]

    def _extent(self, container: Node, entry: Entry) -> tuple[int, int]:
        if container.flow:
            return entry.start, entry.end
        layout = self.layout
        line = layout.line_start(self._dash(container, entry))
        if layout.text[line : self._dash(container, entry)].strip():
            raise CannotSpliceError("an item shares its line with others")
        while line > 0 and self._comment_at(layout.line_start(line - 1)):
            line = layout.line_start(line - 1)
        return line, layout.line_end(entry.end)

    # Removals

    def removed(self, container: Node, indexes: Sequence[int]) -> list[Splice]:
        """Without some of the entries, but not without all of them."""
        gone = sorted(set(indexes))
        if len(gone) == len(container.entries):
            raise CannotSpliceError("nothing would be left in the container")
        if container.flow:
            return [splice for index in gone for splice in self._removed_flow(container, index, gone)]
        return [self._removed_block(container, index, gone) for index in gone]

    def _removed_block(self, container: Node, index: int, gone: Sequence[int]) -> Splice:
        layout, entry = self.layout, container.entries[index]
        start = self._dash(container, entry) if container.kind == "list" else entry.start
        line = layout.line_start(start)
        stop = layout.next_line(entry.end)
        if layout.text[line:start].strip():
            return self._removed_first(container, index, gone)
        head = self._with_comments(container, index, line, stop)
        if (
            head > 0
            and self._blank_at(layout.line_start(head - 1))
            and (stop == len(layout.text) or self._blank_at(stop))
        ):
            stop = layout.next_line(stop) if stop < len(layout.text) else stop
        if stop == len(layout.text) and not layout.text.endswith("\n") and head > 0:
            # The last line had no end, and the one before it is the last now.
            head = layout.line_end(layout.line_start(head - 1))
        return Splice(head, stop, "")

    def _removed_first(self, container: Node, index: int, gone: Sequence[int]) -> Splice:
        """The first key of a map that begins behind a dash: the next one takes its place."""
        if index != 0 or 1 in gone or len(container.entries) < 2:
            raise CannotSpliceError("the entry shares its line with others")
        first, second = container.entries[0], container.entries[1]
        between = self.layout.text[self.layout.line_end(first.end) : self.layout.line_start(second.start)]
        if between.strip():
            return Splice(first.start, self.layout.line_end(first.end), "")
        return Splice(first.start, second.start, "")

    def _with_comments(self, container: Node, index: int, line: int, stop: int) -> int:
        """Where the removal begins: with the comment lines above that speak of this entry alone.

        Those are all of them, unless the next entry follows at once: then they may be the heading of a group, and only
        comments that silence findings of this line go.
        """
        layout = self.layout
        top = line
        while top > 0 and self._comment_at(layout.line_start(top - 1)):
            top = layout.line_start(top - 1)
        following = container.entries[index + 1] if index + 1 < len(container.entries) else None
        if top < line and following is not None:
            begin = self._dash(container, following) if container.kind == "list" else following.start
            own_above = index > 0 and not self._blank_at(layout.line_start(top - 1))
            if layout.line_start(begin) == stop and not own_above:
                top = line
        if top == line:
            while top > 0 and self._silences(layout.line_start(top - 1)):
                top = layout.line_start(top - 1)
        return top

    def _dash(self, container: Node, entry: Entry) -> int:
        """Where the dash of an item stands."""
        layout = self.layout
        column = layout.column(container.start)
        line = layout.line_start(entry.start)
        while line > container.start and layout.text[line + column : line + column + 1] != "-":
            line = layout.line_start(line - 1)
        return max(line + column, container.start)

    def _comment_at(self, line: int) -> bool:
        return _COMMENT_LINE.match(self.layout.text, line) is not None

    def _silences(self, line: int) -> bool:
        return self._comment_at(line) and MARKER in self.layout.text[line : self.layout.line_end(line)]

    def _blank_at(self, line: int) -> bool:
        return not self.layout.text[line : self.layout.line_end(line)].strip()

    def _removed_flow(self, container: Node, index: int, gone: Sequence[int]) -> list[Splice]:
        layout, entries = self.layout, container.entries
        entry = entries[index]
        comma = self._comma(entry)
        kept = [number for number in range(len(entries)) if number not in gone]
        last = index > kept[-1]
        stop = layout.line_end(entry.end if comma is None else comma + 1)
        behind = layout.text[entry.end if comma is None else comma + 1 : stop]
        if self._own_line(entry) and (not behind.strip() or _COMMENT_LINE.match(behind)):
            made = [Splice(layout.line_start(entry.start), layout.next_line(stop), "")]
            dangling = self._comma(entries[kept[-1]])
            if index == kept[-1] + 1 and dangling is not None and self._comma(entries[-1]) is None:
                made.insert(0, Splice(dangling, dangling + 1, ""))
            return made
        if not last:
            return [Splice(entry.start, entries[index + 1].start, "")]
        return [Splice(entries[index - 1].end, entry.end, "")]


def _inner(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return tuple(value.values())
    return tuple(value) if isinstance(value, list) else ()
