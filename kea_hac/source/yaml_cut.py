"""Removals from a YAML text, and reordering in it, as splices: whole lines where possible.

With an entry, the comments about it alone and those that suppress findings on its line are removed or moved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.suppressions import MARKER
from kea_hac.source.yaml_layout import Layout, LayoutEntry, Node

COMMENT_LINE = regex(r"[ \t]*(#|//)")
_SKIPPED = regex(r"(?:[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)


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
    """The text with all splices applied. They must not overlap; several insertions at one place keep their order."""
    parts: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda each: (each.start, each.end)):
        if splice.start < at:
            raise CannotSpliceError("two changes are in the same place")
        parts += (text[at : splice.start], splice.new)
        at = splice.end
    return "".join((*parts, text[at:]))


@dataclass(frozen=True, slots=True)
class Cutter:
    """Plans removals and moves in one text."""

    layout: Layout

    def own_line(self, entry: LayoutEntry) -> bool:
        """True when only spaces are before it on its line."""
        return not self.layout.text[self.layout.line_start(entry.start) : entry.start].strip()

    def comma(self, entry: LayoutEntry) -> int | None:
        """Where the comma behind an entry in brackets is, if there is one."""
        match = _SKIPPED.match(self.layout.text, entry.end)
        at = match.end() if match else entry.end
        return at if self.layout.text[at : at + 1] == "," else None

    # Order

    def ordered(self, container: Node, order: Sequence[int]) -> list[Splice]:
        """The entries in another order, each with the comments above it; what is between them stays in its place."""
        places = [self._extent(container, entry) for entry in container.entries]
        texts = [self.layout.text[start:end] for start, end in places]
        return [Splice(*places[at], texts[index]) for at, index in enumerate(order) if at != index]

    def _extent(self, container: Node, entry: LayoutEntry) -> tuple[int, int]:
        if container.flow:
            return entry.start, entry.end
        layout = self.layout
        line = layout.line_start(self._dash(container, entry))
        if layout.text[line : self._dash(container, entry)].strip():
            raise CannotSpliceError("an item is on one line with others")
        while line > 0 and self.comment_at(layout.line_start(line - 1)):
            line = layout.line_start(line - 1)
        return line, layout.line_end(entry.end)

    # Removals

    def removed(self, container: Node, indexes: Sequence[int]) -> list[Splice]:
        """Without some of the entries, but not without all of them."""
        gone = sorted(set(indexes))
        if len(gone) == len(container.entries):
            raise CannotSpliceError("the map or list would be empty")
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
            raise CannotSpliceError("the entry is on one line with others")
        first, second = container.entries[0], container.entries[1]
        between = self.layout.text[self.layout.line_end(first.end) : self.layout.line_start(second.start)]
        if between.strip():
            return Splice(first.start, self.layout.line_end(first.end), "")
        return Splice(first.start, second.start, "")

    def _with_comments(self, container: Node, index: int, line: int, stop: int) -> int:
        """Where the removal begins: with the comment lines above that are about this entry only.

        Those are all of them, unless the next entry follows at once: then they may be the heading of a group, and only
        comments that suppress findings of this line are removed.
        """
        layout = self.layout
        top = line
        while top > 0 and self.comment_at(layout.line_start(top - 1)):
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

    def _dash(self, container: Node, entry: LayoutEntry) -> int:
        """The offset of an item's dash."""
        layout = self.layout
        column = layout.column(container.start)
        line = layout.line_start(entry.start)
        while line > container.start and layout.text[line + column : line + column + 1] != "-":
            line = layout.line_start(line - 1)
        return max(line + column, container.start)

    def comment_at(self, line: int) -> bool:
        return COMMENT_LINE.match(self.layout.text, line) is not None

    def _silences(self, line: int) -> bool:
        return self.comment_at(line) and MARKER in self.layout.text[line : self.layout.line_end(line)]

    def _blank_at(self, line: int) -> bool:
        return not self.layout.text[line : self.layout.line_end(line)].strip()

    def _removed_flow(self, container: Node, index: int, gone: Sequence[int]) -> list[Splice]:
        layout, entries = self.layout, container.entries
        entry = entries[index]
        comma = self.comma(entry)
        kept = [number for number in range(len(entries)) if number not in gone]
        last = index > kept[-1]
        stop = layout.line_end(entry.end if comma is None else comma + 1)
        behind = layout.text[entry.end if comma is None else comma + 1 : stop]
        if self.own_line(entry) and (not behind.strip() or COMMENT_LINE.match(behind)):
            result = [Splice(layout.line_start(entry.start), layout.next_line(stop), "")]
            dangling = self.comma(entries[kept[-1]])
            if index == kept[-1] + 1 and dangling is not None and self.comma(entries[-1]) is None:
                result.insert(0, Splice(dangling, dangling + 1, ""))
            return result
        if not last:
            return [Splice(entry.start, entries[index + 1].start, "")]
        return [Splice(entries[index - 1].end, entry.end, "")]
