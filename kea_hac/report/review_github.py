"""A review as annotations of GitHub Actions: errors first, because GitHub shows ten of a kind for each step."""

from __future__ import annotations

from kea_hac.changes.effects import Effect
from kea_hac.diagnostics import Report, Severity
from kea_hac.report import github
from kea_hac.report.cells import safe
from kea_hac.report.review_groups import grouped
from kea_hac.report.review_rollout import rollout
from kea_hac.report.review_words import consequences, headline
from kea_hac.review.reviewing import PairOutcome, PairReview
from kea_hac.review.run import Reviewed

_LOUD = frozenset({Effect.REMOVES_LEASING, Effect.ORPHANS_LEASES, Effect.HA_RELATIONSHIP, Effect.VERSION})
"""Effects that are worth a warning."""


_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(result: Reviewed, *, folder: str) -> str:
    """Limits, new findings, then one annotation for each pair. `folder`: as in `github.render`."""
    shown = ""
    paths = {each.pair: each.path or each.old_path or "" for each in result.pairs}
    first = next(iter(paths.values()), "")
    for each in sorted(result.limits, key=lambda one: one.rule.severity.rank):
        command = "notice" if each.accepted else _COMMANDS[each.rule.severity]
        title = f"{each.rule.code} {each.rule.name}{' (accepted)' if each.accepted else ''}"
        shown += github.note(
            command, paths.get(each.pair or "", first) or "kea-hac.toml", title, safe(each.message), folder=folder
        )
    fresh = [one for each in result.pairs for one in each.new_findings] + list(result.fleet_findings)
    shown += github.render(
        Report(tuple(sorted(dict.fromkeys(fresh), key=lambda each: (each.severity.rank, each.sort_key)))), folder=folder
    )
    groups = list(grouped(result.shown))
    for loud in (True, False):
        for pair, others in groups:
            if _loud(pair) is loud:
                shown += _pair(pair, others, result, folder)
    return shown


def _loud(pair: PairReview) -> bool:
    if pair.state is PairOutcome.CHANGED:
        return pair.changes is not None and bool(_LOUD.intersection(pair.changes.effects))
    return pair.state in (PairOutcome.REMOVED, PairOutcome.BROKEN_NOW, PairOutcome.BROKEN_BEFORE)


def _pair(pair: PairReview, others: tuple[str, ...], result: Reviewed, folder: str) -> str:
    lines = [headline(pair, result.base), *consequences(pair)[:8], *(f"rollout: {each}" for each in rollout(pair)[:4])]
    if others:
        lines.append(
            f"the same in {len(others):,} other pairs: {', '.join(others[:10])}{', …' if len(others) > 10 else ''}"
        )
    words = "\n".join(safe(line) for line in lines)
    title = f"review of {safe(pair.pair)}"
    return github.note(
        "warning" if _loud(pair) else "notice", pair.path or pair.old_path or "", title, words, folder=folder
    )
