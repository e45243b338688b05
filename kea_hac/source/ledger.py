"""What one reading collects from its files: the texts, the findings with their places, the suppressions.

Every reader of this package writes into one `Ledger`; the caller gets a `Reading`.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from kea_hac.diagnostics import Diagnostic, Repair, Route, Rule, Severity, Span
from kea_hac.records import dataclass
from kea_hac.source.document import (
    Document,
    GuessMark,
    LostValue,
    Map,
    SourceText,
    Suppression,
    Value,
    unpack,
    words_of,
)
from kea_hac.source.limits import Limits
from kea_hac.source.rules import OVER_LIMIT
from kea_hac.source.secrets import Cover, in_secret, spelt_route


@dataclass(frozen=True, slots=True)
class Reading:
    """One input as it was read: the document, and everything that is wrong with the text."""

    document: Document | None
    """None when nothing could be built. Where an include failed the document lacks that value; `unreadable` is True then."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Sorted, each once."""

    @property
    def unreadable(self) -> bool:
        """True when a part of the input could not be understood: checks for missing things would be wrong, exit code 2."""
        return any(each.rule.unreadable for each in self.diagnostics)


class LoadedValue(NamedTuple):
    """A value before it is put into the document. A tuple, because there is one for every value that is not an ordinary scalar."""

    value: Value
    at: int
    """The packed position of the value."""
    size: int
    """Keys and values in it, itself included, aliases counted as often as they are used."""
    height: int
    """Maps and lists inside each other: 0 for a scalar."""


class HaltError(Exception):
    """The rest of a file cannot be read; the finding was reported. Never leaves this package."""


class Ledger:
    """The texts and findings of one reading."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.texts: list[SourceText] = []
        self.suppressions: list[Suppression] = []
        self.guesses: list[GuessMark] = []
        self.lost: list[LostValue] = []
        """Values that could not be read, as `Document.lost`; each was reported."""
        self.comments: list[int] | None = None
        """Packed positions of Kea's comments, for readers that ask for them."""
        self.aliased = 0
        """Nodes that aliases, merges and repeated includes added so far."""
        self._found: dict[Diagnostic, tuple[Route, int, tuple[int, ...]]] = {}
        """With the route and the packed positions: what may be shown of the texts is known only after all were read."""
        self._dropped = 0

    def add(self, path: str, text: str, *, quoted: bool = True) -> int:
        """Add a text; returns its number. `quoted`: reports may show its lines."""
        self.texts.append(SourceText(path, text, quoted=quoted))
        return len(self.texts) - 1

    @property
    def full(self) -> bool:
        """True when there are so many findings that further ones are only counted."""
        return len(self._found) >= self.limits.findings

    def report(
        self,
        rule: Rule,
        at: int,
        message: str,
        *,
        route: Route = (),
        fix: str | None = None,
        related: tuple[tuple[int, str], ...] = (),
        repair: tuple[Repair, ...] = (),
    ) -> None:
        """Note a finding at a packed position. `repair`: its `fix` as changes of the document."""
        if self.full:
            self._dropped += 1
            return
        if not self.texts[at >> 64].quoted:
            message, fix = (
                "this file is outside the input's Git work tree or folder, so its contents are not shown",
                None,
            )
            repair = ()
        found = Diagnostic(
            rule=rule,
            severity=rule.severity,
            message=message,
            span=unpack(self.texts, at),
            path=spelt_route(route),
            related=tuple((unpack(self.texts, place), words) for place, words in related),
            fix=fix,
            repair=tuple(replace(each, route=route) if each.route is None else each for each in repair),
        )
        self._found.setdefault(found, (route, at, tuple(place for place, _ in related)))

    def may_add(self, nodes: int, at: int, route: Route) -> bool:
        """Count nodes that an alias, merge or repeated include adds; False (and one finding) when they are too many."""
        if self.aliased + nodes <= self.limits.aliased_nodes:
            self.aliased += nodes
            return True
        self.report(
            OVER_LIMIT,
            at,
            f"aliases and repeated includes would add more than {self.limits.aliased_nodes:,} keys and values; "
            "write the data without aliases, or include it in fewer places",
            route=route,
        )
        return False

    def reading(self, root: Map | None) -> Reading:
        """The end: the document around `root`, and all findings."""
        comments = tuple(self.comments or ())
        marks = tuple(self.suppressions), comments, tuple(self.guesses), tuple(self.lost)
        document = Document(root, tuple(self.texts), *marks) if root is not None else None
        found = sorted(self._shown(), key=lambda each: each.sort_key)
        if self._dropped:
            found.append(_more(self._dropped, found[-1].span))
        return Reading(document, tuple(found))

    def _shown(self) -> Iterator[Diagnostic]:
        """The findings with their lines, and without secrets."""
        if not self._found:
            return
        cover = Cover(words_of(self.texts))
        for found, (route, at, places) in self._found.items():
            near = in_secret(route)
            text = self._line(at)
            own = cover
            if self._lost(at) and text is None:  # it is unknown what is a secret here, so no message quotes it
                own = Cover((*words_of(self.texts), *self._quoted(at)))
            yield replace(
                found,
                message=own(found.message, near=near or own is not cover),
                text=text,
                related=tuple((span, own(words, near=near)) for span, words in found.related),
                fix=None if own is not cover else found.fix and own(found.fix, near=near),
                related_texts=tuple(self._line(place) for place in places),
            )

    def _lost(self, at: int) -> bool:
        """True where the structure of the text is no longer known."""
        text = self.texts[at >> 64]
        return text.closed or 0 <= text.secrets.known <= at & 0xFFFFFFFF

    def _quoted(self, at: int) -> list[str]:
        """What a message about a place may repeat of the text."""
        written = self.texts[at >> 64].text[at >> 32 & 0xFFFFFFFF : at & 0xFFFFFFFF]
        return [word for word in re.split(r"[\s\"',\[\]{}*&!]+", written) if len(word) > 1]

    def _line(self, at: int) -> str | None:
        text = self.texts[at >> 64]
        return text.line(text.line_column(at >> 32 & 0xFFFFFFFF)[0])


@contextmanager
def without_gc() -> Iterator[None]:
    """Without the cyclic collector, which would look through the growing tree again and again (2 to 3 times the time)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _more(dropped: int, last: Span) -> Diagnostic:
    message = f"{dropped} further findings are not shown; correct these first"
    return Diagnostic(OVER_LIMIT, Severity.ERROR, message, last, "")
