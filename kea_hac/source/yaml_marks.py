"""Places in a YAML text that need a second check: comments that suppress findings, and curly quotes.

Both are found by a search over the whole text, which costs nothing when there are none. Only libyaml knows which of them
are inside a scalar, so the builder passes them one by one, in the order of the text.
"""

from __future__ import annotations

from sys import maxsize

from kea_hac.regex import regex
from kea_hac.source.ledger import Ledger
from kea_hac.source.suppressions import Suppressions, candidates

_CURLY = regex("[“”„‟‘’‚]")


class Marks:
    """The marks of one text that are still to come."""

    def __init__(self, text: str) -> None:
        curly = [] if text.isascii() else [match.start() for match in _CURLY.finditer(text)]
        self._curly = frozenset(curly)
        self._ahead = sorted({*candidates(text), *curly}, reverse=True)
        self.comments: list[int] = []
        """Offsets of the comments that were passed."""

    @property
    def next(self) -> int:
        """The offset of the next mark."""
        return self._ahead[-1] if self._ahead else maxsize

    def pass_by(self, start: int = maxsize, end: int = maxsize) -> bool:
        """Leave a scalar behind: the marks within it count for nothing. True when it begins with a curly quote."""
        opened = False
        while self._ahead and self._ahead[-1] < end:
            mark = self._ahead.pop()
            if mark in self._curly:
                opened = opened or mark == start
            elif mark < start:
                self.comments.append(mark)
        return opened

    def note(self, ledger: Ledger, number: int) -> None:
        """Note all comments, at the end of the text. `number`: of the text."""
        self.pass_by()
        suppressions = Suppressions(ledger, number, guesses=True)
        for offset in self.comments:
            suppressions.note(offset)
