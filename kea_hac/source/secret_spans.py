"""The places of the secrets of one text, found from the text only, independent of a reader and its errors.

A second, small parser for each grammar, run only when a line of the text or a message about it is shown. It follows the
structure: everything below a key that names a secret is one, on whichever line it is written. Where it cannot follow, at a
syntax error, it reports that, and from there on no line is shown that could contain a secret.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import field
from sys import maxsize

from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.secrets import (
    FAMILIES,
    comment_secrets,
    is_prose,
    is_word_for_secret,
    may_hold_secret,
    mentions_secret,
)

_ANCHOR = regex(r"(?:(?<=[\s\[{,:-])|^)&\S")
"""What an alias further down may use as a secret."""


@dataclass(slots=True)
class SecretSpans:
    """The secrets of one text. Offsets in characters."""

    ranges: list[tuple[int, int]] = field(default_factory=list)
    """In any order; they may overlap."""
    words: set[str] = field(default_factory=set)
    """The secrets as they are written and as they are read: no message may repeat one."""
    known: int = -1
    """The structure is known up to here; -1: all of it."""
    open: bool = False
    """True when the text broke off inside a secret."""
    _apart: list[tuple[int, int]] = field(default_factory=list, repr=False)
    """The ranges in their order, those that touch joined: a line finds its own by a search."""
    _known_of: int = 0

    @property
    def none(self) -> bool:
        """True when it is certain that there is no secret."""
        return not self.ranges and not self.words and self.known < 0 and not self.open

    def add(self, start: int, end: int, *words: str) -> None:
        """A secret, and what messages may call it."""
        self.ranges.append((start, end))
        self.words.update(words)

    def lose(self, at: int, *, inside: bool) -> None:
        """The structure is not known from `at` on."""
        if self.known < 0 or at < self.known:
            self.known = at
        self.open = self.open or inside

    def hides_line(self, text: str, start: int, end: int) -> bool:
        """True when the line from `start` to `end` cannot be shown at all."""
        if self.known < 0 or self.known > end:
            return False
        begin = text.rfind("\n", 0, min(self.known, start)) + 1
        return self.open or mentions_secret(text[begin:end]) or _ANCHOR.search(text, start, end) is not None

    def within(self, start: int, end: int) -> list[tuple[int, int]]:
        """The parts of a line that are secrets, as offsets in the line."""
        if not self.ranges:
            return []
        if self._known_of != len(self.ranges):
            self._apart = _joined(self.ranges)
            self._known_of = len(self.ranges)
        first = max(bisect_right(self._apart, (start, maxsize)) - 1, 0)
        last = bisect_left(self._apart, (end, 0))
        found = ((max(low, start) - start, min(high, end) - start) for low, high in self._apart[first:last])
        return [(low, high) for low, high in found if low < high]


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


Finder = Callable[[str], SecretSpans]
"""Finds the secrets of a text in one grammar."""


def secrets_of_unknown(text: str) -> SecretSpans:
    """Of a text in no known grammar: its structure is unknown, and no line is shown that could contain a secret."""
    found = SecretSpans()
    if may_hold_secret(text):
        found.lose(0, inside=False)
    return found


def secrets_of_comment(found: SecretSpans, text: str, start: int, end: int, *, secret: bool) -> None:
    """A comment. What follows the name of a secret is one too: a line that was commented out.

    `secret`: the comment is where the value of a secret is, or continues one that names a secret. The line is not shown
    then; messages may still use the words of a sentence, such as "database".
    """
    if secret:
        found.add(start, end, *(word for word in text[start:end].split() if not is_prose(word)))
        return
    body = text[start:end]
    marker = body.find("kea-hac:")
    if marker >= 0:  # the rules that a comment names are no secrets: ignore[literal-secret]
        closed = body.find("]", marker)
        start += closed + 1 if closed >= 0 else len(body)
    for low, high in comment_secrets(text[start:end]):
        found.add(start + low, start + high)


def is_hidden_key(key: str) -> bool:
    """True for a key below a secret that may be a part of it: a password in braces is a key for YAML."""
    return key not in FAMILIES and not is_word_for_secret(key)
