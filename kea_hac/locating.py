"""Findings → diagnostics: each gets its place in the document, and what is said of several servers is said once.

In: findings with routes, from any rule. Out: diagnostics in the order of their places, without secrets and without duplicates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from operator import attrgetter

from kea_hac.diagnostics import THE_SERVER, THE_SUBJECT, Diagnostic, Finding, Locator, shortened


def located(findings: Iterable[Finding], document: Locator) -> list[Diagnostic]:
    """Give every finding its place, sort, and drop duplicates: the same finding about two servers' files is reported once."""
    placed: dict[tuple[str, int, int, str, str], Diagnostic] = {}
    once = _reported_once(findings)
    cover = document.cover() if once else None
    for finding in once:
        assert cover is not None
        near = document.is_secret(finding.at)
        span = document.span(finding.at, key=finding.on_key)
        related = tuple((document.span(route), shortened(cover(words, near=near))) for route, words in finding.related)
        result = Diagnostic(
            rule=finding.rule,
            severity=finding.severity or finding.rule.severity,
            message=shortened(cover(finding.message, near=near)),
            span=span,
            path=shortened(document.spelt(finding.at)),
            text=document.line_text(span),
            related=related,
            fix=finding.fix and shortened(cover(finding.fix, near=near)),
            artifact=finding.artifact and cover(finding.artifact),
            related_texts=tuple(document.line_text(where) for where, _ in related),
            kea=finding.kea_verdict,
            repair=tuple(replace(each, route=finding.at) if each.route is None else each for each in finding.repair),
            subject=cover(document.identified(finding.at), near=near),
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


_SAME = attrgetter(*(each.name for each in fields(Finding) if each.name not in ("server", "artifact", "subject")))
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
    texts = first.message, first.fix
    if not any(text and (THE_SERVER in text or THE_SUBJECT in text) for text in texts):
        return first
    for sign, names in (
        (THE_SERVER, [each.server for each in same if each.server]),
        (THE_SUBJECT, [each.subject for each in same if each.subject]),
    ):
        joined = " and ".join(dict.fromkeys(names))
        texts = texts[0].replace(sign, joined), texts[1] and texts[1].replace(sign, joined)
    return replace(first, message=texts[0], fix=texts[1])
