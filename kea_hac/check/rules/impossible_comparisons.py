"""Comparisons that no client can make true, because the two sides never have the same number of bytes."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.expressions import class_expressions, hook_expressions, read
from kea_hac.diagnostics import Finding, set_it, warning
from kea_hac.kea.expression import Expression
from kea_hac.kea.expression_lengths import Compared, Impossible, Length, impossible
from kea_hac.model.configuration import Configuration

NEVER_EQUAL = warning(
    "KH514",
    "comparison-never-true",
    why="Kea compares the bytes of both sides. Two values that never have the same number of bytes are never equal, so no client "
    "gets the class or the value.",
    source="TokenSubstring and TokenEqual of eval/token.cc; seen on 2.2.0, 2.6.3, 3.0.4",
)


@checks(NEVER_EQUAL, on=Subject.SHARED)
def impossible_comparisons(configuration: Configuration) -> Iterator[Finding]:
    """In the tests of classes and in the parameters of hooks."""
    family = configuration.daemon.family
    if family is None:
        return
    for placed in (*class_expressions(configuration), *hook_expressions(configuration)):
        if "==" not in placed.text or not isinstance(read(placed, configuration), Expression):
            continue
        for each in impossible(placed.text, family):
            message = f"`{each.text}` is never true: {_worded(each.left)}, {_worded(each.right)}"
            after = placed.text[each.start + len(each.text) :]
            repair = set_it(f"{placed.text[: each.start]}{each.corrected}{after}") if each.corrected else ()
            yield Finding(NEVER_EQUAL, placed.at, message, fix=_fix(each), repair=repair)


def _worded(side: Compared) -> str:
    return f"{side.text} has {_bytes(side.length)}"


def _bytes(length: Length) -> str:
    if length.low == length.high:
        return f"{length.low:g} byte{'s' if length.low != 1 else ''}"
    return f"{length.high:g} bytes at most" if length.low == 0 else f"{length.low:g} to {length.high:g} bytes"


def _fix(found: Impossible) -> str:
    if found.corrected:
        return f"write {found.corrected}"
    return "compare parts of the same length"
