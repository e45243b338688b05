"""Somebody else's text in GitHub's markdown: in code, in a sentence, in a fence. Nothing in it is a mark, a link or a mention.

Source: the GitHub Flavored Markdown spec: code spans (6.1), tables (4.10), backslash escapes (2.4), entities (2.5), autolinks
(6.9). Mentions (`@name`), issues (`#1`) and bare links are made after that, and never inside code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kea_hac.regex import regex
from kea_hac.report.cells import block, safe

LARGEST = 60_000
"""Bytes of a comment. GitHub takes 65,536 characters."""
_MARKS = "\\`*_{}[]<>#|!~&$"
_LINKED = regex(r"\S*(?:@|://|www\.|#[0-9]|GH-[0-9])\S*")
"""A word of which GitHub would make a mention or a link."""
_ITEM = regex(r"(\s*)([-+=]|[0-9]+(?=[.)]))")
"""What begins a list or underlines a heading at the beginning of a line."""


def code(text: str) -> str:
    """A text in code, on one line, also in the cell of a table.

    A backquote would end the code and a bar the cell, whatever stands before it; in HTML both are references.
    """
    shown = safe(text)
    if not shown.strip() or "`" in shown or "|" in shown:
        return f"<code>{''.join(map(_reference, shown))}</code>"
    return f"`{shown}`"


def prose(text: str) -> str:
    """A sentence with names in it: marks are escaped, and what would become a mention or a link stands in code."""
    shown = safe(text)
    parts: list[str] = []
    at = 0
    for match in _LINKED.finditer(shown):
        parts += (_escaped(shown[at : match.start()], first=not at), code(match[0]))
        at = match.end()
    return "".join((*parts, _escaped(shown[at:], first=not at)))


def fenced(lines: Iterable[str]) -> str:
    """Lines of a report as they are, in a fence that is longer than any in them."""
    inner = block(lines)
    longest = max((len(run) for run in re.findall(r"`+", inner)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{inner}{fence}\n"


def _escaped(text: str, *, first: bool) -> str:
    shown = "".join(f"\\{letter}" if letter in _MARKS else letter for letter in text)
    if first and (match := _ITEM.match(shown)) is not None:
        escape = f"{match[2]}\\" if match[2].isdigit() else f"\\{match[2]}"
        shown = match[1] + escape + shown[match.end() :]
    return shown


def _reference(letter: str) -> str:
    return letter if letter.isalnum() or letter == " " else f"&#{ord(letter)};"
