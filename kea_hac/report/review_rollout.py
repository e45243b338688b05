"""The rounds of a rollout in sentences: the order of the servers, what lies between two rounds, what they cost."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.changes.between import COMMON, NEW_WITHOUT_POOLS, OLD_WITHOUT_POOLS, UNION, UNION_WITHOUT_POOLS, Between
from kea_hac.changes.rounds import Round
from kea_hac.report.rounds import round_lines, shapes
from kea_hac.review.reviewing import PairReview

_STEPS: dict[Between, str] = {
    UNION: "add the new values first, then remove the old ones",
    COMMON: "remove the old values first, then add the new ones",
    OLD_WITHOUT_POOLS: "remove the pools of the old subnets, then replace these subnets by the new ones without pools, "
    "then add the new pools",
    NEW_WITHOUT_POOLS: "add the new subnets without pools first, then their pools",
}
"""By the configuration of the first round: how the author of a spec gets there."""


def rollout(pair: PairReview) -> list[str]:
    """The rounds, a line each, in their order. Empty where nothing is rolled out."""
    return round_lines(pair.changes.rounds) if pair.changes is not None else []


def rollout_notes(pair: PairReview) -> list[str]:
    """What the author and the operator have to know of the rounds: how to get them, and what they cost."""
    found: list[str] = []
    for shape, _ in shapes(pair.changes.rounds if pair.changes is not None else ()):
        if len(shape) > 1:
            found.append(
                f"kea-hac rollout makes these rounds itself; without it, make it {len(shape)} changes, deployed one after the "
                f"other: {_steps(pair, shape[0])}"
            )
        if any(each.configuration == COMMON for each in shape):
            found.append("between the rounds the subnets with a new id or prefix are not served")
    found += [f"no configuration can lie between the rounds: {each}" for each in pair.blocked]
    return [*dict.fromkeys(found), *_outage(pair)]


def _steps(pair: PairReview, first: Round) -> str:
    if first.configuration != UNION_WITHOUT_POOLS:
        return _STEPS[first.configuration]
    sizes = pair.changes.sizes if pair.changes is not None else ()
    come, go = any(each.before is None for each in sizes), any(each.after is None for each in sizes)
    if come and go:
        return (
            "add the new subnets without pools and remove the pools of the old subnets first; then add the new pools and remove "
            "the old subnets"
        )
    if come:
        return "add the new subnets without pools first, then their pools"
    if go:
        return "remove the pools of the old subnets first, then the subnets"
    return (
        "keep only those pool addresses that stay on their server first (two pools, each with the class HA_NAME of its server), "
        "then write the new pools"
    )


def _outage(pair: PairReview) -> Iterator[str]:
    if pair.changes is None or not pair.changes.rounds:
        return
    if pair.heartbeat is None:
        yield "clients are not answered while their server reloads or restarts"
        return
    seconds = f"{pair.heartbeat / 1000:g} s"
    if pair.changes.versions:
        yield (
            "a server is out of service while its packages are replaced, and its partner serves alone; go on only when both are "
            "back in the state of their mode"
        )
    elif any(each.together for each in pair.changes.rounds):
        yield f"no client is answered from the beginning of the window until HA is back, about one heartbeat ({seconds})"
    else:
        yield (
            f"a reload takes a server out of service for one heartbeat ({seconds}); unless its partner takes over its scope for that "
            "time (ha-scopes), its clients get no answer during this time"
        )
