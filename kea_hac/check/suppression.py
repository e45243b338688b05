"""`# kea-hac: ignore[rule] reason` beside a line takes findings away; one that takes nothing away is a finding itself."""

from __future__ import annotations

from collections.abc import Iterable

from kea_hac.check.fleet import FLEET_RULES
from kea_hac.diagnostics import Diagnostic, Severity, rule
from kea_hac.source.document import Document

UNUSED = rule(
    "KH110",
    "unused-suppression",
    Severity.WARNING,
    why="It would hide the next mistake of that kind on its line.",
    source="the spec language, section 5",
)
_OF_THE_FLEET = frozenset(name for each in FLEET_RULES for name in (each.code, each.name))
"""What one spec alone cannot tell: its other half may not have been given this time."""


def suppressed(diagnostics: Iterable[Diagnostic], document: Document, *, complete: bool = True) -> list[Diagnostic]:
    """The diagnostics that remain, with one for every suppression that was not needed.

    `complete`: every check ran. Where mistakes kept some from running, nobody knows what they would have found.
    """
    found = list(diagnostics)
    lines: dict[tuple[str, int], list[Diagnostic]] = {}
    for each in found:
        lines.setdefault((each.span.file, each.span.line), []).append(each)
    gone: set[int] = set()
    unused: list[Diagnostic] = []
    for suppression in document.suppressions:
        beside = lines.get((suppression.span.file, suppression.line), [])
        for name in suppression.rules:
            hit = [each for each in beside if name in (each.rule.code, each.rule.name) and id(each) not in gone]
            gone.update(map(id, hit))
            if not hit and complete and name not in _OF_THE_FLEET:
                unused.append(
                    Diagnostic(
                        UNUSED,
                        UNUSED.severity,
                        f"nothing on line {suppression.line} is a {name}",
                        suppression.span,
                        "",
                        document.line_text(suppression.span),
                        fix="take the comment away",
                    )
                )
    return [each for each in found if id(each) not in gone] + unused
