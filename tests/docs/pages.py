"""A page of the documentation → its blocks, in their order.

What a block is for is written in its first line, or in a comment before it, which no reader sees:

    ```console                      commands after `$ `, each followed by what it prints; `…` stands for what is left out
    ```yaml title="specs/a.yaml"    a file: it is written before the next command runs
    ```diff title="specs/a.yaml"    an edit of that file: lines with `-` and ` ` are found there once, and become those with `+` and ` `
    <!-- test: not run: REASON -->  before a block that no test runs
    <!-- test: as in PAGE -->       before a console whose commands are run on another page, and shown there in this way
    <!-- do: NAME -->               something that happens meanwhile, which the test of the page knows
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.shipped import ROOT

_FENCE = re.compile(
    r"^(?P<indent>[ ]*)(?P<fence>`{3,})(?P<language>[\w-]*)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
_WORDS = re.compile(r"<!-- test: (?P<words>[^>]*?) -->\s*\Z")
_ALONE = re.compile(r"<!-- do: (?P<words>[^>]*?) -->")
_TITLE = re.compile(r'title="([^"]+)"')
_PROMPT = re.compile(r"(?P<where>\$|\w+#) ")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a console."""

    where: str
    """`$`, or the name of the server whose prompt it is."""
    line: str
    """Without the prompt, with its continuation lines."""
    output: str
    """What is shown below it; "" when nothing is."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page, or a comment `<!-- do: WORDS -->`, which has no text."""

    page: Path
    line: int
    """1-based, of the fence."""
    language: str
    title: str
    words: str
    """Those of the comment before it."""
    text: str
    start: int
    """The offset of its text in the page."""

    @property
    def name(self) -> str:
        """For messages: page and line."""
        return f"{self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page}:{self.line}"

    @property
    def not_run(self) -> str | None:
        """Why no test runs it."""
        return self.words.removeprefix("not run: ") if self.words.startswith("not run: ") else None

    def commands(self) -> Iterator[Command]:
        """Those of a console."""
        lines = self.text.splitlines()
        number = 0
        while number < len(lines):
            prompt = _PROMPT.match(lines[number])
            assert prompt, f"{self.name}: {lines[number]!r} follows no command"
            words = [lines[number][prompt.end() :]]
            while words[-1].endswith("\\"):
                number += 1
                words.append(lines[number])
            number += 1
            output = []
            while number < len(lines) and not _PROMPT.match(lines[number]):
                output.append(lines[number])
                number += 1
            yield Command(prompt["where"].rstrip("#"), "\n".join(words), "\n".join(output))


def blocks(page: Path) -> list[Block]:
    """All blocks of a page."""
    text = page.read_text("utf-8")
    found = []
    end = 0
    for fence in _FENCE.finditer(text):
        before = text[end : fence.start()]
        for each in _ALONE.finditer(before):
            found.append(Block(page, _line(text, end + each.start()), "", "", each["words"], "", 0))
        words = _WORDS.search(before)
        title = _TITLE.search(fence["info"])
        body = textwrap.dedent(fence["body"]) if fence["indent"] else fence["body"]
        found.append(
            Block(
                page,
                _line(text, fence.start()),
                fence["language"],
                title[1] if title else "",
                words["words"] if words else "",
                body,
                fence.start("body"),
            )
        )
        end = fence.end()
    for each in _ALONE.finditer(text[end:]):
        found.append(Block(page, _line(text, end + each.start()), "", "", each["words"], "", 0))
    return found


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def pages() -> list[Path]:
    """README and every page of `docs/` that is written by hand."""
    written = (each for each in (ROOT / "docs").rglob("*.md") if ROOT / "docs" / "reference" not in each.parents)
    return [ROOT / "README.md", *sorted(written)]
