"""Pairs that change in the same way are shown once: what a shared include changes in thirty pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kea_hac.report.review_rollout import rollout, rollout_notes
from kea_hac.report.review_rows import Rows, rows
from kea_hac.report.review_words import consequences
from kea_hac.review.reviewing import PairOutcome, PairReview


def grouped(pairs: Iterable[PairReview]) -> Iterator[tuple[PairReview, tuple[str, ...]]]:
    """Each pair that is shown, and the names of those that change in the same way, but for the names of their servers."""
    groups: dict[object, list[PairReview]] = {}
    for number, each in enumerate(pairs):
        groups.setdefault(_shape(each) or number, []).append(each)
    for first, *others in groups.values():
        yield first, tuple(each.pair for each in others)


def _shape(pair: PairReview) -> object:
    """What is shown of a pair, without names of servers and lines; None for one that is shown by itself."""
    if pair.state is not PairOutcome.CHANGED or pair.new_findings or pair.renamed or pair.changes is None:
        return None
    names = {name: f"server {number}" for number, name in enumerate(pair.servers)}

    def plain(text: str) -> str:
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, names[name])
        return text

    return (
        tuple(map(plain, consequences(pair))),
        tuple(map(plain, (*rollout(pair), *rollout_notes(pair)))),
        _plain_rows(rows(pair), names),
    )


def _plain_rows(found: Rows, names: dict[str, str]) -> object:
    shown = tuple(
        replace(row, servers=tuple(names.get(name, name) for name in row.servers), line="") for row in found.shown
    )
    return shown, found.rest
