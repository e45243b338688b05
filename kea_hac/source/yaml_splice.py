"""New values and entries of a YAML text (or of Kea's JSON) as splices: the fewest characters that make them.

In: a `Layout`, the container and what to do in it. Out: splices. A new entry goes behind the line of the one before it, so
that a comment stays with what it stands above.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kea_hac.records import dataclass
from kea_hac.source.yaml_cut import COMMENT_LINE, CannotSpliceError, Cutter, New, Splice, spliced
from kea_hac.source.yaml_layout import Layout, LayoutEntry, Node
from kea_hac.source.yaml_print import Style, block_lines, entry_text, flow_text, scalar_text

WIDTH = 110
"""Characters of a line up to which a new value stands in brackets on one line."""


@dataclass(frozen=True, slots=True)
class Splicer:
    """Plans changes of one text."""

    layout: Layout
    style: Style

    @property
    def _cutter(self) -> Cutter:
        return Cutter(self.layout)

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
            inline = flow_text(value, self.style) if compound else self._scalar(old, value)
        elif compound and not self._fits(container, entry.key, value):
            return self._opened(container, entry, value)
        else:
            inline = flow_text(value, self.style) if compound else self._scalar(old, value)
        start = old.outer if old.tag is not None and old.tag.startswith("!") else old.start
        blank = " " if start > 0 and self.layout.text[start - 1] in ":-," else ""
        return [Splice(start, old.end, blank + inline)]

    def _scalar(self, old: Node, value: Any) -> str:
        quote = old.style if old.kind == "scalar" and old.style in ("'", '"') else ""
        return scalar_text(value, self.style, quote=quote)

    def _instead_of_block(self, container: Node, entry: LayoutEntry, value: Any) -> list[Splice]:
        """The lines of a block go, and the new value stands behind its key; a comment on the line of the key stays."""
        layout = self.layout
        assert entry.key is not None
        colon = layout.text.index(":", entry.key.end) + 1
        if entry.value.anchor is not None:
            colon = entry.value.outer + 1 + len(entry.value.anchor)
        head = layout.line_end(colon)
        if entry.value.start <= head:
            raise CannotSpliceError("the value begins on the line of its key")
        compound = isinstance(value, dict | list)
        if compound and value and not self._fits(container, entry.key, value):
            same = (entry.value.kind == "list") == isinstance(value, list)
            column = layout.column(entry.value.start) if same else self._column_below(container, value)
            return [Splice(layout.line_start(entry.value.start), entry.value.end, self._indented(value, column))]
        inline = flow_text(value, self.style) if compound else scalar_text(value, self.style)
        return [Splice(colon, colon, f" {inline}"), Splice(head, entry.value.end, "")]

    def _opened(self, container: Node, entry: LayoutEntry, value: Any) -> list[Splice]:
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

    def _end_of_block(self, entry: LayoutEntry) -> int:
        return self.layout.line_end(entry.end)

    def _before_first(self, container: Node, text: str) -> Splice:
        start = self.layout.line_start(container.start)
        if self.layout.text[start : container.start].strip():
            raise CannotSpliceError("the first entry does not begin a line of its own")
        while start > 0 and self._cutter.comment_at(self.layout.line_start(start - 1)):
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
        same = "map" if isinstance(value, dict) else "list"
        ahead = [entry.value for entry in container.entries[:index] if entry.value.kind == same]
        samples = [entry.value for entry in container.entries if entry.value.kind == same]
        near = (ahead or samples or [container.entries[0].value])[-1 if ahead else 0]
        column = self.layout.column(container.start)
        if not isinstance(value, dict | list):
            return [f"- {scalar_text(value, self.style)}"]
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
            raise CannotSpliceError("the map or list is empty and has no brackets")
        inside = self.layout.text[container.start + 1 : container.end - 1]
        text = ", ".join(map(self._flow_entry, news))
        if inside.strip():
            raise CannotSpliceError("the empty brackets contain a comment")
        return [Splice(container.start + 1, container.end - 1, text)]

    def _inserted_flow(self, container: Node, index: int, news: Sequence[New]) -> list[Splice]:
        texts = [self._flow_entry(new) for new in news]
        if index == 0:
            first = container.entries[0]
            if self._cutter.own_line(first):
                gap = self.layout.line_break() + self.layout.text[self.layout.line_start(first.start) : first.start]
                return [Splice(first.start, first.start, "".join(f"{text},{gap}" for text in texts))]
            return [Splice(first.start, first.start, "".join(f"{text}, " for text in texts))]
        before = container.entries[index - 1]
        if not self._cutter.own_line(before):
            return [Splice(before.end, before.end, "".join(f", {text}" for text in texts))]
        indent = self.layout.text[self.layout.line_start(before.start) : before.start]
        comma = self._cutter.comma(before)
        tail = self.layout.line_end(before.end if comma is None else comma)
        if tail > self.layout.line_end(before.end):
            return [Splice(before.end, before.end, "".join(f", {text}" for text in texts))]
        rest = self.layout.text[before.end if comma is None else comma + 1 : tail]
        if rest.strip() and not COMMENT_LINE.match(rest):  # something else stands on the line as well
            return [Splice(before.end, before.end, "".join(f", {text}" for text in texts))]
        gap = self.layout.line_break() + indent
        if comma is None:
            added = ",".join(gap + text for text in texts)
            return [Splice(before.end, before.end, ","), Splice(tail, tail, added)]
        return [Splice(tail, tail, "".join(f"{gap}{text}," for text in texts))]


def _inner(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return tuple(value.values())
    return tuple(value) if isinstance(value, list) else ()


__all__ = ["CannotSpliceError", "New", "Splice", "Splicer", "spliced"]
