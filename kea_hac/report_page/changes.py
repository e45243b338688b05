"""The review of a pair → what changes since an older revision, as the page shows it."""

from __future__ import annotations

from kea_hac.changes.sizes import Size
from kea_hac.records import dataclass
from kea_hac.report.review_rollout import rollout, rollout_notes
from kea_hac.report.review_rows import Row, rows
from kea_hac.report.review_words import consequences, headline
from kea_hac.report_page.texts import amount
from kea_hac.review.reviewing import PairReview

_MOST = 200
"""Sentences, and rows of sizes, that one pair has."""


@dataclass(frozen=True, slots=True)
class SizeRow:
    """The pools of one subnet on one server, before and after."""

    subnet: str
    server: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change does to one pair."""

    headline: str
    sentences: tuple[str, ...]
    rollout: tuple[str, ...]
    notes: tuple[str, ...]
    sizes: tuple[SizeRow, ...]
    rows: tuple[Row, ...]
    rest: str


def changes(pair: PairReview, base: str) -> Changes:
    """`base`: the older revision, as people write it."""
    found = rows(pair)
    sizes = [
        SizeRow(f"{each.family} {each.prefix} (id {each.id})", server, _size(before), _size(after))
        for each in (pair.changes.sizes if pair.changes is not None else ())
        for server, before, after in each.by_server
        if before != after
    ]
    return Changes(
        headline(pair, base),
        tuple(consequences(pair)[:_MOST]),
        tuple(rollout(pair)),
        tuple(rollout_notes(pair)),
        tuple(sizes[:_MOST]),
        found.shown,
        found.rest.words.partition(";")[0] if found.rest is not None else "",
    )


def _size(size: Size | None) -> str:
    if size is None:
        return "nothing"
    return f"{amount(size.addresses)}" + (f" and {amount(size.prefixes)} prefixes" if size.prefixes else "")
