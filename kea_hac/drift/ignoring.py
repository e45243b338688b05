"""Differences that the spec permits: `diff: {ignore: [{path, reason, until, server}]}`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fnmatch import fnmatchcase

from kea_hac.changes.change import Change, Key
from kea_hac.diagnostics import Finding, Route, Severity, rule
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.spec.pair import Diff, Ignored

UNUSED_IGNORE = rule(
    "KH930",
    "unused-diff-ignore",
    Severity.WARNING,
    why="The entry matches no difference today. It would hide the next change in this place, before anybody has "
    "reviewed it.",
    source="the spec language, `diff`",
)
EXPIRED_IGNORE = rule(
    "KH931",
    "expired-diff-ignore",
    Severity.WARNING,
    why="The entry allowed the difference up to this date, which has passed. The difference is reported again.",
    source="the spec language, `diff`",
)
_STEP = regex(r"\[([^\]]*)\]|\.?([^.\[\]]+)")
_AT: Route = ("diff", "ignore")


@dataclass(frozen=True, slots=True)
class Sorted:
    """Changes, divided into those that count and those that the spec ignores."""

    kept: tuple[Change, ...]
    ignored: tuple[tuple[Change, Ignored], ...]
    findings: tuple[Finding, ...]


def local_day() -> date:
    """The day of the operator, in the time zone of this machine: the `until` of an entry is meant so."""
    return datetime.now().astimezone().date()


def sort_out(changes: Iterable[Change], diff: Diff | None, today: date, *, complete: bool) -> Sorted:
    """Separate what is ignored today. An entry that matches nothing is a finding, when everything was read (`complete`)."""
    kept, ignored = [], []
    rules = [(number, each) for number, each in enumerate(diff.ignore if diff else ())]
    valid = [(number, each) for number, each in rules if each.until is None or today <= each.until]
    used: set[int] = set()
    for change in changes:
        hits = [(number, each) for number, each in valid if _meant(each, change)]
        used.update(number for number, _ in hits)
        if hits:
            ignored.append((change, hits[0][1]))
        else:
            kept.append(change)
    findings = [_expired(number, each) for number, each in rules if (number, each) not in valid]
    if complete:
        findings += [_unused(number, each) for number, each in valid if number not in used]
    return Sorted(tuple(kept), tuple(ignored), tuple(findings))


def _meant(rule: Ignored, change: Change) -> bool:
    if rule.server not in (None, change.server):
        return False
    wanted = list(_steps(rule.path))
    daemon = "control-agent" if change.daemon.family is None else change.daemon.name
    have = [daemon, *(f"{step.name}={step.value}" if isinstance(step, Key) else step for step in change.path)]
    return len(wanted) <= len(have) and all(fnmatchcase(a, b) for a, b in zip(have, wanted, strict=False))


def _steps(path: str) -> Iterator[str]:
    for match in _STEP.finditer(path):
        yield match[1] if match[1] is not None else match[2]


def _expired(number: int, rule: Ignored) -> Finding:
    return Finding(
        EXPIRED_IGNORE,
        (*_AT, number, "until"),
        f"{rule.path} was ignored until {rule.until}",
        fix="remove the entry, or give it a new day",
    )


def _unused(number: int, rule: Ignored) -> Finding:
    return Finding(UNUSED_IGNORE, (*_AT, number, "path"), f"nothing differs at {rule.path}", fix="remove the entry")
