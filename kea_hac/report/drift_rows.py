"""Which changes of a diff people are shown: of each kind a handful on each server, and a count of the rest.

One kind is one verdict on one sort of value with one outcome: `valid-lifetime` of 2,000 subnets, reservations that are missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from kea_hac.changes.change import Key, Path, Verdict, spelt
from kea_hac.drift.diffing import Drift
from kea_hac.drift.pair_view import Seen
from kea_hac.records import dataclass
from kea_hac.report.grouping import HANDFUL, WHOLE, Rest, few, rest_of

_Bucket = tuple[Verdict, bool]
_Kind = tuple[Verdict, bool, str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """Changes of one daemon that are only counted."""

    verdict: Verdict
    news: bool
    """True for those that Micetro is expected to make."""
    rest: Rest


@dataclass(frozen=True, slots=True)
class Rows:
    """The changes of one daemon."""

    shown: tuple[Seen, ...]
    counted: tuple[Counted, ...]


def sort_of(path: Path) -> str:
    """What all items of a list have in common: `subnet4[id=*].valid-lifetime`."""
    return spelt(tuple(Key(step.name, "*") if isinstance(step, Key) else step for step in path))


def rows(drift: Drift) -> list[Rows]:
    """For each of `drift.compared` what is shown of its changes."""
    chosen = [_chosen(compared.seen) for compared in drift.compared]
    servers: dict[_Kind, list[int]] = {}
    for number, seen in enumerate(chosen):
        for kind in dict.fromkeys(map(_kind, seen)):
            servers.setdefault(kind, []).append(number)
    late = {(kind, number) for kind, own in servers.items() if len(own) > WHOLE for number in own[HANDFUL:]}
    return [
        _rows(compared.seen, [each for each in seen if (_kind(each), number) not in late])
        for number, (compared, seen) in enumerate(zip(drift.compared, chosen, strict=True))
    ]


def _chosen(seen: Sequence[Seen]) -> list[Seen]:
    buckets: dict[_Bucket, list[Seen]] = {}
    for each in seen:
        buckets.setdefault(_bucket(each), []).append(each)
    return [each for own in buckets.values() for each in few(own, _kind)]


def _rows(seen: Sequence[Seen], shown: Sequence[Seen]) -> Rows:
    kept = {id(each) for each in shown}
    hidden: dict[_Bucket, list[Seen]] = {}
    for each in seen:
        if id(each) not in kept:
            hidden.setdefault(_bucket(each), []).append(each)
    counted = [
        Counted(verdict, news, rest)
        for (verdict, news), own in hidden.items()
        if (rest := rest_of(own, lambda each: sort_of(each.change.path))) is not None
    ]
    return Rows(tuple(each for each in seen if id(each) in kept), tuple(counted))


def _bucket(each: Seen) -> _Bucket:
    return each.change.verdict, each.news


def _kind(each: Seen) -> _Kind:
    return *_bucket(each), sort_of(each.change.path), str(each.outlook.fate) if each.outlook else ""
