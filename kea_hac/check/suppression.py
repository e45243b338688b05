"""`# kea-hac: ignore[rule] reason` beside a line takes findings away; one that takes nothing away is a finding itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kea_hac.check.catalogue import nearest_rules, rule_words
from kea_hac.check.fleet import FLEET_RULES
from kea_hac.diagnostics import Diagnostic, Finding, Locator, Severity, is_rule_word, rewrite_it, rule
from kea_hac.source.document import Document, Suppression
from kea_hac.source.rules import MALFORMED_IGNORE

UNUSED = rule(
    "KH110",
    "unused-suppression",
    Severity.WARNING,
    why="The comment suppresses nothing today. It would hide the next mistake of this kind on its line.",
    source="the spec language",
)
_OF_THE_FLEET = frozenset(name for each in FLEET_RULES for name in (each.code, each.name))
"""Rules that one spec alone cannot break: the other spec may not be part of this run."""


def suppressed(diagnostics: Iterable[Diagnostic], *documents: Document, complete: bool = True) -> list[Diagnostic]:
    """The diagnostics that remain, with one for every suppression that was not needed.

    `complete`: every check ran. When mistakes prevented some checks, their findings are unknown.
    """
    found = list(diagnostics)
    if not any(each.suppressions for each in documents):
        return found
    lines: dict[tuple[str, int], list[Diagnostic]] = {}
    for each in found:
        lines.setdefault((each.span.file, each.span.line), []).append(each)
    gone: set[int] = set()
    unused: list[Diagnostic] = []
    for document, suppression in ((each, comment) for each in documents for comment in each.suppressions):
        beside = lines.get((suppression.span.file, suppression.line), [])
        for name in suppression.rules:
            if not is_rule_word(name) and name not in rule_words().values():
                unused.append(_no_rule(suppression, name, document))
                continue
            hit = [each for each in beside if name in (each.rule.code, each.rule.name) and id(each) not in gone]
            gone.update(map(id, hit))
            if not hit and complete and name not in _OF_THE_FLEET:
                unused.append(
                    Diagnostic(
                        UNUSED,
                        UNUSED.severity,
                        f"no finding on line {suppression.line} is a {name}",
                        suppression.span,
                        "",
                        document.line_text(suppression.span),
                        fix="remove the comment",
                        repair=rewrite_it("") if len(suppression.rules) == 1 else (),
                    )
                )
    return [each for each in found if id(each) not in gone] + unused


def _no_rule(suppression: Suppression, name: str, document: Document) -> Diagnostic:
    """A comment that names no rule: it silences nothing, whatever else is wrong."""
    near = nearest_rules(name)
    return Diagnostic(
        MALFORMED_IGNORE,
        MALFORMED_IGNORE.severity,
        f"this comment suppresses nothing: {name!r} is not a rule",
        suppression.span,
        "",
        document.line_text(suppression.span),
        fix=f"write {near[0]}" if near else "kea-hac rules lists the names of all rules",
    )


def ignoring(document: Locator, suppressions: Iterable[Suppression]) -> Callable[[Finding], bool]:
    """A function that is True for a finding that a comment suppresses."""
    lines: dict[str, set[tuple[str, int]]] = {}
    for each in suppressions:
        for word in each.rules:
            lines.setdefault(word, set()).add((each.span.file, each.line))

    def ignored(finding: Finding) -> bool:
        named = [lines[word] for word in (finding.rule.code, finding.rule.name) if word in lines]
        if not named:
            return False
        span = document.span(finding.at, key=finding.on_key)
        return any((span.file, span.line) in each for each in named)

    return ignored
