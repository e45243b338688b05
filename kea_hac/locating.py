"""Findings → diagnostics: each gets its place in the document, and a finding about several servers is reported once.

In: findings with routes, from any rule. Out: diagnostics in the order of their places, without secrets and without duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from operator import attrgetter
from typing import TypeVar

from kea_hac.diagnostics import THE_SERVER, THE_SUBJECT, Diagnostic, Finding, Locator, Repair, shortened

_Asked = TypeVar("_Asked")
_Made = TypeVar("_Made")


def located(findings: Iterable[Finding], document: Locator) -> list[Diagnostic]:
    """Give every finding its place, sort, and drop duplicates: the same finding about two servers' files is reported once."""
    once = _reported_once(findings)
    if not once:
        return []
    placed: dict[tuple[str, int, int, str, str], Diagnostic] = {}
    cover = document.cover()
    words: _Kept[str, str] = _Kept(lambda text: shortened(cover(text)))
    words_near: _Kept[str, str] = _Kept(lambda text: shortened(cover(text, near=True)))
    places = _Kept(document.place)
    for finding in once:
        rule, at = finding.rule, finding.at
        place = document.place(at, key=True) if finding.on_key else places[at]
        shown = words_near if place.secret else words
        related = [(places[route], shown[text]) for route, text in finding.related]
        result = Diagnostic(
            rule=rule,
            severity=finding.severity or rule.severity,
            message=shown[finding.message],
            span=place.span,
            path=shortened(place.path),
            text=place.text,
            related=tuple([(where.span, text) for where, text in related]),
            fix=finding.fix and shown[finding.fix],
            artifact=finding.artifact and cover(finding.artifact),
            related_texts=tuple([where.text for where, _ in related]),
            kea=finding.kea_verdict,
            repair=tuple(
                [each if each.route is not None else Repair(at, each.change, each.value) for each in finding.repair]
            ),
            subject=cover(place.identified, near=place.secret),
        )
        key = result.sort_key
        known = placed.setdefault(key, result)
        if known is result:
            continue
        if result.severity.rank < known.severity.rank:  # one server's version refuses it, the other's does not
            placed[key] = result
        elif result.repair != known.repair:  # servers need different values, so a person decides
            placed[key] = replace(known, repair=())
    return [placed[key] for key in sorted(placed)]


_FEW = 128


class _Kept(dict[_Asked, _Made]):
    """Keeps the last few results of `make`: findings of one rule have the same texts, and the same related places."""

    def __init__(self, make: Callable[[_Asked], _Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, asked: _Asked) -> _Made:
        if len(self) == _FEW:
            self.clear()
        made = self[asked] = self._make(asked)
        return made


_SAME = attrgetter(
    "rule.code", *(each.name for each in fields(Finding) if each.name not in ("rule", "server", "artifact", "subject"))
)
"""What findings have in common that are one."""


def _reported_once(findings: Iterable[Finding]) -> list[Finding]:
    """Findings about THE_SERVER or THE_SUBJECT with the names filled in; findings that differ only in the name become one."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_SAME(finding), []).append(finding)
    return [_named(each) for each in groups.values()]


def _named(same: list[Finding]) -> Finding:
    """The first of some findings, with the names of all in its texts."""
    first = same[0]
    message, fix = first.message, first.fix
    both = f"{message}{fix}"
    if both.isascii():  # neither sign is in it
        return first
    for sign, names in ((THE_SERVER, _SERVER), (THE_SUBJECT, _SUBJECT)):
        if sign in both:
            joined = " and ".join(filter(None, dict.fromkeys(map(names, same))))
            message, fix = message.replace(sign, joined), fix and fix.replace(sign, joined)
    return first if message is first.message and fix is first.fix else replace(first, message=message, fix=fix)


_SERVER = attrgetter("server")
_SUBJECT = attrgetter("subject")
