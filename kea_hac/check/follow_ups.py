"""One mistake, one finding: what only follows from a key that is written and cannot be used is left out.

A key that is misspelt, or whose value was refused, is missing to every rule. A rule on an absent key or a default declares that
(`Rule.rests_on`, `Finding.lacks`); below the map where the key is written its finding says nothing of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, Self

from kea_hac.check.texts import LITERAL_SECRET
from kea_hac.compiler.interfaces import UNKNOWN_INTERFACE
from kea_hac.diagnostics import Diagnostic, Finding, Route, Rule
from kea_hac.kea import mistakes
from kea_hac.kea.platform_paths import UNREADABLE
from kea_hac.source.document import MERGED, Document
from kea_hac.source.rules import CURLY_QUOTES, UNKNOWN_TAG
from kea_hac.spec.shape import WRONG_VALUE

_UNUSABLE: frozenset[Rule] = frozenset(
    {
        mistakes.WRONG_TYPE,
        mistakes.UNKNOWN_VALUE,
        mistakes.OUT_OF_RANGE,
        mistakes.MISSING_VALUE,
        mistakes.EMPTY_MAP,
        mistakes.EMPTY_LIST,
        mistakes.CONTROL_CHARACTER,
        mistakes.TIME_UNIT,
        WRONG_VALUE,
        UNKNOWN_INTERFACE,
        LITERAL_SECRET,
        UNREADABLE,
    }
)
"""A value that was refused, so that the key has none."""
_UNKNOWN: frozenset[Rule] = frozenset({mistakes.UNKNOWN_KEY})
"""A key that has no meaning there: it is moved or removed, with its value."""
_MISREAD: frozenset[Rule] = frozenset({CURLY_QUOTES, UNKNOWN_TAG})
"""Found by the reader: the value is not what was meant, so a second finding about it says the same."""
_Key = tuple[Route, str]
"""The route of a map, and a key of it."""
_REST = (MERGED,)
"""Stands for any key of a map that has some which could not be read."""
_NAMES = frozenset({"name", "library", "socket-type"})
"""What an item of a list is known by: without it the item is lost to whoever looks for it."""


def without_follow_ups(
    findings: Iterable[Finding],
    ignored: Callable[[Finding], bool] = lambda finding: False,
    unread: Iterable[Route] = (),
) -> list[Finding]:
    """The findings less those that only follow from another one's mistake.

    `ignored`: true for a mistake that a comment lets through. Nobody is shown that one, so what follows from it is kept.
    `unread`: the routes of values that the reader could not read and reported (`Document.lost`).
    """
    found = list(findings)
    gaps = {key for route in unread for key in _keys(route)}
    written: set[_Key] = set(gaps)
    absent: set[_Key] = set()
    misspelt: set[Route] = set()
    for each in found:
        keys = {*_lost(each), *((route[:-1], str(route[-1])) for route in each.spoils)}
        if not (keys or each.rule in _UNKNOWN) or ignored(each):
            continue
        if each.lacks:
            absent |= keys
        else:
            written |= keys
        if each.meant is not None or each.rule in _UNKNOWN:
            misspelt.add(each.at)
        misspelt |= set(each.spoils)
    if written or absent or misspelt:
        lost = _LostKeys.of(written), _LostKeys.of(written | absent)
        found = [each for each in found if not _follows(each, *lost, misspelt) and gaps.isdisjoint(_lost(each))]
    return _of_one_cause(found, ignored)


_SHOWN_PLACES = 3


def _of_one_cause(findings: list[Finding], ignored: Callable[[Finding], bool]) -> list[Finding]:
    """The findings, where those of one cause are one: at the first place, with the next ones as related places.

    One that a comment lets through stays by itself, so that the comment is about one place.
    """
    groups: dict[Finding, dict[Route, Finding]] = {}
    result: list[Finding] = []
    leading: list[tuple[int, dict[Route, Finding]]] = []
    """Where the first finding of each group stands, and the group."""
    for each in findings:
        if each.cause is None or ignored(each):
            result.append(each)
            continue
        members = groups.setdefault(replace(each, at=(), artifact=None, related=(), repair=()), {})
        if not members:
            leading.append((len(result), members))
            result.append(each)
        members.setdefault(each.at, each)
    for number, members in leading:
        each, *others = members.values()
        if others:
            places = f"{len(others)} more place{'s' if len(others) > 1 else ''}"
            related = tuple((other.at, "here as well") for other in others[:_SHOWN_PLACES])
            message = f"{each.message}; the same at {places}"
            result[number] = replace(each, message=message, related=(*each.related, *related), repair=())
    return result


def without_second_findings(shown: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings less those about a value that the reader has refused already: its text is not what was meant."""
    found = list(shown)
    misread = [each for each in found if each.rule in _MISREAD]
    if not misread:
        return found
    spans = {each.span for each in misread}
    places = {(each.path, each.span.file, each.span.line) for each in misread if each.rule is UNKNOWN_TAG}
    return [
        each
        for each in found
        if each.rule in _MISREAD or not (each.span in spans or (each.path, each.span.file, each.span.line) in places)
    ]


def _lost(finding: Finding) -> Iterator[_Key]:
    """The keys that a mistake makes unusable, each with the route of its map: its own, and those whose value it is a part of."""
    at = finding.at
    if finding.lacks:
        above = at if finding.rule is mistakes.MISSING_KEY or not at else at[:-1]
        at = (*above, finding.lacks[0])
    elif finding.meant is not None:
        at = (*at[:-1], finding.meant)
    elif finding.rule not in _UNUSABLE:
        return
    yield from _keys(at)


def _keys(at: Route) -> Iterator[_Key]:
    """The keys that are lost with the value at a route: its own, and those whose value it is a part of."""
    for number, step in enumerate(at):
        if isinstance(step, str) and _gone(at[number + 1 :]):
            yield at[:number], step


def unread_values(document: Document) -> Iterator[Route]:
    """The routes of what the reader of a document reported as lost. Not beside a comment that lets a mistake through."""
    commented = {(each.span.file, each.line) for each in document.suppressions}
    for each in document.lost:
        span = document.unpack(each.at)
        if (span.file, span.line) not in commented:
            yield each.route


def _gone(rest: Route) -> bool:
    """True when a value is lost with what stands at `rest` below it: a key of a map, an item of a list or an item's name."""
    items = [step for step in rest if isinstance(step, int)]
    return not items or isinstance(rest[-1], int) or (rest[-1] in _NAMES and len(items) == 1)


class _LostKeys(NamedTuple):
    """Keys that cannot be used, and how many of them have each name."""

    keys: set[_Key]
    names: Counter[str]

    @classmethod
    def of(cls, keys: set[_Key]) -> Self:
        return cls(keys, Counter(name for _, name in keys))

    def has(self, key: _Key, own: set[_Key]) -> bool:
        """True when the key of this map is lost, and not by the finding itself."""
        return key in self.keys and key not in own

    def has_named(self, name: str, own: set[_Key]) -> bool:
        """True when a key of this name is lost in any map, and not by the finding itself."""
        return self.names[name] > sum(each[1] == name and each in self.keys for each in own)


def _follows(finding: Finding, written: _LostKeys, written_or_absent: _LostKeys, misspelt: set[Route]) -> bool:
    if finding.meant is not None or finding.rule in _UNKNOWN:
        return False
    above = [finding.at[:number] for number in range(len(finding.at) + 1)]
    if any(each in misspelt for each in above):
        return True
    keys = finding.lacks or finding.rule.rests_on
    lost = written if finding.lacks else written_or_absent
    own = set(_lost(finding)) if finding.rule in _UNUSABLE else set()  # nothing follows from itself
    last = finding.at[-1] if finding.at else None
    if "." in keys and isinstance(last, str) and lost.has((finding.at[:-1], last), own):
        return True
    return any(lost.has((at, key), own) for key in (*keys, *_REST[: len(keys)]) for at in above) or any(
        key.startswith("*") and lost.has_named(key[1:], own) for key in keys
    )
