"""Which comments say something of a scalar that may be untrue once the scalar has another value.

A comment behind a range of addresses or behind an amount describes it (`valid-lifetime: 8h  # eight hours`). One behind another
value does so when it has numbers in it, and one on the line above when it repeats the value. Other comments say what something
is for, and stay true (`ip-address: 192.0.2.20  # the printer`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kea_hac.regex import regex
from kea_hac.source.suppressions import MARKER
from kea_hac.source.yaml_layout import Layout, Node

_BESIDE = regex(r"[\"'\s,}\]]*#[ \t]*")
"""What follows a value on its line, up to the words of a comment."""
_AMOUNT = regex(r"[0-9]+(?:\.[0-9]+)?(?:ms|[smhdw])?\Z")
_RANGES = frozenset({"pool", "prefix", "prefix-len", "delegated-len", "excluded-prefix"})


def outdated_words(layout: Layout, key: str, old: Node, mark: str) -> Iterator[int]:
    """Where the words of such comments begin, for the value `old` of a key. Those that begin with `mark` already are left out."""
    if old.kind != "scalar":
        return
    text = layout.text
    value = text[old.start : old.end].strip("\"'")
    stop = layout.line_end(old.end)
    behind = _BESIDE.match(text, old.end, stop)
    if behind is not None:
        words = text[behind.end() : stop]
        describes = key in _RANGES or _AMOUNT.match(value) or any(letter.isdigit() for letter in words)
        if describes and _counts(words, mark):
            yield behind.end()
    start = layout.line_start(old.start)
    above = layout.line_start(start - 1) if start else start
    line = text[above : layout.line_end(above)] if start else ""
    words = line.lstrip().removeprefix("#").lstrip()
    if line.lstrip().startswith("#") and _counts(words, mark) and value and _repeats(words, value):
        yield above + len(line) - len(words)


def _counts(words: str, mark: str) -> bool:
    return bool(words.strip()) and MARKER not in words and not words.startswith(mark)


def _repeats(words: str, value: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", words) is not None
