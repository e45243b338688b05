"""One mistake, one finding: what only follows from a key that is written and cannot be used is left out.

A key that is misspelt, or whose value was refused, is missing to every rule. A rule on an absent key or a default declares that
(`Rule.rests_on`, `Finding.lacks`); below the map where the key is written its finding says nothing of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kea_hac.compiler.interfaces import UNKNOWN_INTERFACE
from kea_hac.diagnostics import Diagnostic, Finding, Route, Rule
from kea_hac.kea import mistakes
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
    }
)
"""A value that was refused, so that the key has none."""
_MISREAD: frozenset[Rule] = frozenset({CURLY_QUOTES, UNKNOWN_TAG})
"""Found by the reader: the value is not what was meant, so a second finding about it says the same."""
_Key = tuple[Route, str]
"""The route of a map, and a key of it."""
_NAMES = frozenset({"name", "library", "socket-type"})
"""What an item of a list is known by: without it the item is lost to whoever looks for it."""


def without_follow_ups(
    findings: Iterable[Finding], ignored: Callable[[Finding], bool] = lambda finding: False
) -> list[Finding]:
    """The findings less those that only follow from another one's mistake.

    `ignored`: true for a mistake that a comment lets through. Nobody is shown that one, so what follows from it is kept.
    """
    found = list(findings)
    written: set[_Key] = set()
    absent: set[_Key] = set()
    misspelt: set[Route] = set()
    for each in found:
        keys = {*_lost(each), *((route[:-1], str(route[-1])) for route in each.spoils)}
        if not keys or ignored(each):
            continue
        if each.lacks:
            absent |= keys
        else:
            written |= keys
        if each.meant is not None:
            misspelt.add(each.at)
        misspelt |= set(each.spoils)
    if not written and not absent:
        return found
    return [each for each in found if not _follows(each, written, absent, misspelt)]


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
    for number, step in enumerate(at):
        if isinstance(step, str) and _gone(at[number + 1 :]):
            yield at[:number], step


def _gone(rest: Route) -> bool:
    """True when a value is lost with what stands at `rest` below it: a key of a map, an item of a list or an item's name."""
    items = [step for step in rest if isinstance(step, int)]
    return not items or isinstance(rest[-1], int) or (rest[-1] in _NAMES and len(items) == 1)


def _follows(finding: Finding, written: set[_Key], absent: set[_Key], misspelt: set[Route]) -> bool:
    if finding.meant is not None:
        return False
    steps = range(len(finding.at) + 1)
    if any(finding.at[:number] in misspelt for number in steps):
        return True
    keys = finding.lacks or finding.rule.rests_on
    lost = written if finding.lacks else written | absent
    if finding.rule in _UNUSABLE:  # nothing follows from itself
        lost = lost - set(_lost(finding))
    if "." in keys and finding.at and (finding.at[:-1], finding.at[-1]) in lost:
        return True
    return any((finding.at[:number], key) in lost for key in keys for number in steps) or any(
        each.startswith("*") and each[1:] == key for each in keys for _, key in lost
    )
