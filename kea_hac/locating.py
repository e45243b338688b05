"""Findings → diagnostics: each gets its place in the document, and what is said of several servers is said once.

In: findings with routes, from any rule. Out: diagnostics in the order of their places, without secrets and without duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import lru_cache, partial
from operator import attrgetter

from kea_hac.diagnostics import THE_SERVER, THE_SUBJECT, Diagnostic, Finding, Locator, Repair, shortened


def located(findings: Iterable[Finding], document: Locator) -> list[Diagnostic]:
    """Give every finding its place, sort, and drop duplicates: the same finding about two servers' files is reported once."""
    once = _reported_once(findings)
    if not once:
        return []
    placed: dict[tuple[str, int, int, str, str], Diagnostic] = {}
    cover = document.cover()
    covers = {near: _shortly(partial(cover, near=near)) for near in (False, True)}
    known_place = lru_cache(maxsize=_FEW)(document.place)
    for finding in once:
        rule, at = finding.rule, finding.at
        place = document.place(at, key=True) if finding.on_key else known_place(at)
        words = covers[place.secret]
        related = [(known_place(route), words(said)) for route, said in finding.related]
        result = Diagnostic(
            rule=rule,
            severity=finding.severity or rule.severity,
            message=words(finding.message),
            span=place.span,
            path=shortened(place.path),
            text=place.text,
            related=tuple([(where.span, said) for where, said in related]),
            fix=finding.fix and words(finding.fix),
            artifact=finding.artifact and cover(finding.artifact),
            related_texts=tuple([where.text for where, _ in related]),
            kea=finding.kea_verdict,
            repair=tuple(
                each if each.route is not None else Repair(at, each.change, each.value) for each in finding.repair
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
"""Places and texts that are kept: what is wrong in many places is often said in the same words, and related to the same few."""
_Covering = Callable[[str], str]


def _shortly(cover: _Covering) -> _Covering:
    """Texts of findings as reports show them."""
    return lru_cache(maxsize=_FEW)(lambda text: shortened(cover(text)))


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
    for sign, names in ((THE_SERVER, _SERVER), (THE_SUBJECT, _SUBJECT)):
        if sign in both:
            joined = " and ".join(filter(None, dict.fromkeys(map(names, same))))
            message, fix = message.replace(sign, joined), fix and fix.replace(sign, joined)
    return first if message is first.message and fix is first.fix else replace(first, message=message, fix=fix)


_SERVER = attrgetter("server")
_SUBJECT = attrgetter("subject")
