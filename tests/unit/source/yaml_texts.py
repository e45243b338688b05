"""YAML texts by chance, as people write them: block and flow side by side, comments everywhere, quotes, anchors, odd indents."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

KEYS = (
    "id",
    "subnet",
    "pools",
    "name",
    "data",
    "option-data",
    "valid-lifetime",
    "relay",
    "user-context",
    "reservations",
)
WORDS = ("printer", "192.0.2.1", "192.0.2.0/24", "4h", "true", "7", "no", "a b", "Zürich €", "client", "x#y")
QUOTED = ("08:00:27:12:34:56", "012", "a: b", "# no comment", "{server}", "it's", "", " x", "2001:db8::")
COMMENTS = ("# plain", "#tight", "#\ttab\tinside", "# größer", "# kea: not: yaml {[", "#")


@dataclass
class Writer:
    """Writes one tree; `chance` decides every matter of style."""

    chance: random.Random
    step: int = 2
    dash: int = 2
    comments: bool = True
    anchors: bool = False
    lines: list[str] = field(default_factory=list)
    defined: list[str] = field(default_factory=list)

    def text(self, tree: dict[str, Any], newline: str = "\n", end: bool = True) -> str:
        """The whole text."""
        self.map_block(tree, 0)
        self.remark(0)
        return newline.join(self.lines) + (newline if end else "")

    def remark(self, column: int) -> None:
        """Perhaps a comment line or a blank one."""
        if self.comments and self.chance.random() < 0.2:
            self.lines.append(" " * column + self.chance.choice(COMMENTS))
        if self.chance.random() < 0.1:
            self.lines.append("" if self.chance.random() < 0.7 else "  ")

    def tail(self) -> str:
        """Perhaps a comment at the end of a line."""
        if self.comments and self.chance.random() < 0.2:
            return self.chance.choice(("  ", " ", "\t")) + self.chance.choice(COMMENTS)
        return ""

    def map_block(self, tree: dict[str, Any], column: int, first: str | None = None) -> None:
        """`first`: what stands before the first key on its line, behind a dash."""
        for number, (key, value) in enumerate(tree.items()):
            pad = " " * column
            if number == 0 and first is not None:
                pad = first
            else:
                self.remark(column)
            self.entry(pad + key + ":", value, column, self.step, self.dash)

    def entry(self, head: str, value: Any, column: int, step: int, dash: int) -> None:
        if isinstance(value, dict | list) and value and self.chance.random() < 0.7:
            anchor = ""
            if self.anchors and self.chance.random() < 0.2:
                self.defined.append(f"a{len(self.defined)}")
                anchor = f" &{self.defined[-1]}"
            self.lines.append(head + anchor + self.tail())
            if isinstance(value, dict):
                self.remark(column + step)
                self.map_block(value, column + step)
            else:
                self.list_block(value, column + dash)
        else:
            self.lines.append(head + " " + self.flow(value, column) + self.tail())

    def list_block(self, items: list[Any], column: int) -> None:
        for item in items:
            self.remark(column)
            gap = self.chance.choice((1, 1, 1, 3))
            lead = " " * column + "-" + " " * gap
            if isinstance(item, dict) and item and self.chance.random() < 0.6:
                self.map_block(item, column + 1 + gap, lead)
            else:
                self.lines.append(lead + self.flow(item, column) + self.tail())

    def flow(self, value: Any, column: int) -> str:
        if isinstance(value, dict):
            parts = [f"{key}: {self.flow(item, column)}" for key, item in value.items()]
            return self.bracketed("{", parts, "}", column)
        if isinstance(value, list):
            return self.bracketed("[", [self.flow(item, column) for item in value], "]", column)
        return self.scalar(value)

    def bracketed(self, opening: str, parts: list[str], closing: str, column: int) -> str:
        if parts and self.chance.random() < 0.15:
            pad = "\n" + " " * (column + 4)
            comma = "," if self.chance.random() < 0.3 else ""
            note = "  # in brackets" if self.comments and self.chance.random() < 0.3 else ""
            return opening + pad + f",{note}{pad}".join(parts) + comma + "\n" + " " * (column + 2) + closing
        gap = self.chance.choice(("", "", " ")) if parts else ""
        return opening + gap + self.chance.choice((", ", ", ", ",")).join(parts) + gap + closing

    def scalar(self, text: str) -> str:
        if text in WORDS and self.chance.random() < 0.7:
            return text
        if text.isprintable() and self.chance.random() < 0.3:
            return "'" + text.replace("'", "''") + "'"
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tree(chance: random.Random, depth: int = 3) -> dict[str, Any]:
    """A map of texts, maps and lists."""
    keys = chance.sample(KEYS, chance.randint(1, 4))
    return {key: _value(chance, depth) for key in keys}


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.random()
    if depth and kind < 0.25:
        return tree(chance, depth - 1) if chance.random() < 0.9 else {}
    if depth and kind < 0.55:
        same = chance.random() < 0.7
        return [tree(chance, depth - 1) if same else chance.choice(WORDS) for _ in range(chance.randint(0, 4))]
    return chance.choice(WORDS + QUOTED)


def written(chance: random.Random, *, anchors: bool = False, comments: bool = True) -> str:
    """One text in one style of indentation."""
    step = chance.choice((2, 2, 4))
    writer = Writer(chance, step, chance.choice((0, 2, step)), comments, anchors)
    content = tree(chance)
    text = writer.text(content)
    for number, name in enumerate(writer.defined if anchors else ()):
        if chance.random() < 0.7:
            text += f"x-use-{number}: *{name}\n"
    if chance.random() < 0.25:
        text = text.replace("\n", "\r\n")
    return text.rstrip("\r\n") if chance.random() < 0.3 else text
