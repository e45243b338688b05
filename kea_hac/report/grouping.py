"""A handful of each cause and a count of the rest, for the forms that people read; JSON has them all.

One cause is one rule that finds the same fault in the same files: a key in 100,000 reservations, two specs that share their
address space. What many specs have with each other is one cause for all of them, since its findings grow with the square.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from kea_hac.diagnostics import Diagnostic, Rule, Severity, Skipped
from kea_hac.records import dataclass
from kea_hac.regex import regex

WHOLE = 10
"""Findings of one cause that are all shown: more than these are shortened."""
HANDFUL = 5
"""What is then shown of them, and places that the count names."""
MOST = 50
"""Findings of one rule in the same files, whatever their causes."""
_NUMBERS = regex(r"[0-9A-Fa-f]*[0-9][0-9A-Fa-f:.,/]*")

_Files = tuple[str, ...]
_Kind = tuple[str, Severity]
_Bucket = tuple[str, Severity, _Files]
_Row = tuple[Diagnostic, _Files]


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Rest:
    """Rows that are only counted."""

    count: int
    places: tuple[tuple[str, int], ...]
    """Where they are (files that a finding ties together, a kind of path), with their counts; the largest first."""

    @property
    def words(self) -> str:
        """ "and 38,071 more: 200 in a.yaml and b.yaml, …" """
        named = ", ".join(f"{count:,} in {place}" for place, count in self.places[:HANDFUL])
        others = len(self.places) - HANDFUL
        rest = f", and the rest in {others:,} other places" if others > 0 else ""
        return f"and {self.count:,} more: {named}{rest}; --format json lists them all"


@dataclass(frozen=True, slots=True)
class More(Rest):
    """Findings that are only counted. They follow the last one of their kind that is shown."""

    rule: Rule
    severity: Severity


def rest_of(hidden: Iterable[Row], place: Callable[[Row], str]) -> Rest | None:
    """The count of rows that are not shown; None when there are none."""
    counts = Counter(map(place, hidden))
    return Rest(counts.total(), tuple(counts.most_common())) if counts else None


def hidden(rows: Iterable[Row], shown: Iterable[Row]) -> Iterator[Row]:
    """The rows that are not among those shown."""
    kept = {id(each) for each in shown}
    return (each for each in rows if id(each) not in kept)


def few(rows: Sequence[Row], cause: Callable[[Row], Hashable]) -> list[Row]:
    """The rows in their order, of each cause no more than people read, and no more than MOST where some are left out."""
    if len(rows) <= WHOLE:
        return list(rows)
    causes: dict[Hashable, list[int]] = {}
    for number, each in enumerate(rows):
        causes.setdefault(cause(each), []).append(number)
    kept = {one for same in causes.values() for one in (same if len(same) <= WHOLE else same[:HANDFUL])}
    return [each for number, each in enumerate(rows) if number in kept][:MOST]


def shortened(found: Sequence[Diagnostic]) -> list[Diagnostic | More]:
    """The findings in their order, of each cause no more than people read."""
    if len(found) <= WHOLE:
        return list(found)
    buckets = _buckets(found)
    shown: list[Diagnostic | More] = []
    for bucket, own in buckets.items():
        tied = bucket[2] == () and len(own) > WHOLE
        kept = own[:HANDFUL] if tied else few(own, _cause)
        shown += [each for each, _ in kept]
        rest = rest_of(hidden(own, kept), _named_files) if len(kept) < len(own) else None
        if rest is not None:
            shown.append(More(rest.count, rest.places, own[0][0].rule, bucket[1]))
    if len(shown) == len(found):
        return list(found)
    return list(_ordered(found, shown))


def shortened_skipped(skipped: Sequence[Skipped]) -> Iterator[tuple[Skipped, int]]:
    """The checks that were skipped, of each reason a handful; with the last one the number of those that are not shown."""
    by_reason: dict[str, list[Skipped]] = {}
    for each in skipped:
        by_reason.setdefault(each.reason, []).append(each)
    for own in by_reason.values():
        kept = own if len(own) <= WHOLE else own[:HANDFUL]
        for each in kept[:-1]:
            yield each, 0
        yield kept[-1], len(own) - len(kept)


def _buckets(found: Sequence[Diagnostic]) -> dict[_Bucket, list[_Row]]:
    """By rule, severity and files; () stands for the files of a rule that ties many sets of them together."""
    rows = [(each, _files(each)) for each in found]
    sets: dict[_Kind, set[_Files]] = {}
    for each, files in rows:
        if len(files) > 1:
            sets.setdefault((each.rule.code, each.severity), set()).add(files)
    many = {kind for kind, ties in sets.items() if len(ties) > HANDFUL}
    buckets: dict[_Bucket, list[_Row]] = {}
    for row in rows:
        code, severity = kind = row[0].rule.code, row[0].severity
        files = () if len(row[1]) > 1 and kind in many else row[1]
        buckets.setdefault((code, severity, files), []).append(row)
    return buckets


def _cause(row: _Row) -> str:
    return _NUMBERS.sub("#", row[0].message)


def _named_files(row: _Row) -> str:
    return " and ".join(row[1])


def _ordered(found: Sequence[Diagnostic], shown: Iterable[Diagnostic | More]) -> Iterator[Diagnostic | More]:
    """In the order of all findings, each count behind the last finding that it follows."""
    after: dict[int, More] = {}
    kept: set[int] = set()
    last = 0
    for each in shown:
        if isinstance(each, More):
            after[last] = each
        else:
            last = id(each)
            kept.add(last)
    for one in found:
        if id(one) in kept:
            yield one
            if id(one) in after:
                yield after[id(one)]


def _files(found: Diagnostic) -> _Files:
    own = found.span.file
    others = [span.file for span, _ in found.related if span.file != own]
    return (own, *dict.fromkeys(others)) if others else (own,)
