"""A review as a person at a terminal reads it: what happens, the rollout, the changes, the limits, new findings."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.diagnostics import Report
from kea_hac.report import text
from kea_hac.report.cells import block, both, safe
from kea_hac.report.review_groups import grouped
from kea_hac.report.review_rollout import rollout, rollout_notes
from kea_hac.report.review_rows import rows
from kea_hac.report.review_words import consequences, counted, headline
from kea_hac.review.reviewing import PairOutcome, PairReview
from kea_hac.review.run import Reviewed

_BOLD, _RESET = "\x1b[1m", "\x1b[0m"


def render(result: Reviewed, *, colour: bool, width: int) -> str:
    """The whole review; findings as `validate` shows them."""
    lines = [f"since {result.base} ({result.base_words})", ""]
    for each in result.limits:
        lines.append(
            f"{'accepted' if each.accepted else each.rule.severity}[{each.rule.code} {each.rule.name}]: {each.message}"
        )
        if not each.accepted and each.rule.severity == "error":
            lines.append(f"  --accept {each.rule.name} lets it through")
    lines += [""] if result.limits else []
    for first, others in grouped(result.shown):
        lines += _pair(first, others, result)
    shown = block(_painted(line, colour=colour) for line in lines)
    fresh = [one for each in result.pairs for one in each.new_findings] + list(result.fleet_findings)
    if fresh:
        report = Report(tuple(sorted(dict.fromkeys(fresh), key=lambda each: each.sort_key)))
        shown += block(["new findings:", ""]) + text.render(report, colour=colour, width=width)
    return shown


def _painted(line: str, *, colour: bool) -> str:
    shown = safe(line)
    return f"{_BOLD}{shown}{_RESET}" if colour and shown and not shown.startswith(" ") else shown


def _pair(pair: PairReview, others: tuple[str, ...], result: Reviewed) -> Iterator[str]:
    yield f"{pair.pair} ({pair.path or pair.old_path}): {headline(pair, result.base)}"
    if others:
        yield f"  {counted(len(others), 'other pair')} the same way: {', '.join(others)}"
    yield from (f"  - {each}" for each in consequences(pair))
    turns = rollout(pair)
    if turns:
        yield "  rollout:"
        yield from (f"    {number}. {each}" for number, each in enumerate(turns, 1))
        yield from (f"    - {each}" for each in rollout_notes(pair))
    if pair.state is PairOutcome.CHANGED:
        yield from _rows(pair)
    yield ""


def _rows(pair: PairReview) -> Iterator[str]:
    found = rows(pair)
    at: tuple[str, tuple[str, ...], str] | None = None
    for row in found.shown:
        here = (row.daemon, row.servers, row.subnet)
        if here != at:
            yield f"  {row.daemon} on {both(row.servers)}{f', {row.subnet}' if row.subnet else ''}:"
            at = here
        yield f"    {row.place}: {row.was or '(nothing)'} → {row.becomes or '(nothing)'}  [{row.effects}]  {row.line}"
    if found.rest is not None:
        yield f"    {found.rest.words}"
