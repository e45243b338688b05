"""Whether one state of the inputs may follow another: the law that every repair keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from kea_hac.diagnostics import Diagnostic
from kea_hac.fixing.seen import Input, Seen


def against(before: Seen, after: Seen, *, neutral: bool) -> str | None:
    """Why the new state must not be written; None when it may be.

    There must be fewer findings and no new one. Where an input was valid, Kea must get the same as before. `neutral`: also where
    it was not.
    """
    fresh, gone = _apart(before, after)
    if fresh:
        first = min(fresh, key=lambda each: each.sort_key)
        return f"it would bring a new finding: {first.rule.code} {first.message}"
    between = Counter(after.between) - Counter(before.between)
    if between:
        return f"it would bring a new finding: {' '.join(min(between))}"
    if gone <= 0 and len(after.between) >= len(before.between):
        return "the finding would stay"
    for one, other in zip(before.inputs, after.inputs, strict=True):
        if one is not other and (one.valid or neutral) and (reason := _changes(one, other)):
            return reason
    return None


def _apart(before: Seen, after: Seen) -> tuple[list[Diagnostic], int]:
    """The findings that are new, and how many there are fewer.

    Lines do not count, because an edit can move them. A finding of the same rule at the same place is the same one: its message may
    repeat the value that was corrected, or its path the key.
    """
    old, new = before.found, after.found
    fresh = new
    for name in (_by_message, _by_path):
        known = Counter(map(name, old))
        old, fresh = _without(old, Counter(map(name, fresh)), name), _without(fresh, known, name)
    return fresh, len(before.found) - len(new)


def _without(found: list[Diagnostic], known: Counter[_Name], name: Callable[[Diagnostic], _Name]) -> list[Diagnostic]:
    """The findings that have no partner among `known`, which holds how many there are of each name."""
    left = Counter(known)
    rest = []
    for each in found:
        if left[name(each)] > 0:
            left[name(each)] -= 1
        else:
            rest.append(each)
    return rest


_Name = tuple[str, str, str, str]


def _by_message(found: Diagnostic) -> _Name:
    return found.rule.code, found.severity.value, found.span.file, found.message


def _by_path(found: Diagnostic) -> _Name:
    return found.rule.code, found.severity.value, found.span.file, found.path


def _changes(one: Input, other: Input) -> str | None:
    old, new = one.output(), other.output()
    if old is None or new is None:
        return f"it is unknown whether Kea would get the same of {one.path}, because it has errors"
    return None if old == new else f"Kea would get another configuration of {one.path}"
