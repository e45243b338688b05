"""The rounds of a rollout in sentences: the order of the servers, what lies between two rounds, what they cost."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.changes.between import COMMON, NEW_WITHOUT_POOLS, OLD_WITHOUT_POOLS, UNION, UNION_WITHOUT_POOLS, Between
from kea_hac.changes.rounds import Round
from kea_hac.report.review_words import both
from kea_hac.review.reviewing import PairReview

_BETWEEN: dict[Between, str] = {
    UNION: "with the subnets and pools of before and after together",
    COMMON: "with only those subnets and pools that are the same before and after",
    UNION_WITHOUT_POOLS: "with the subnets of before and after, and of their pools only the addresses that stay with their server",
    OLD_WITHOUT_POOLS: "with the old subnets, and of their pools only the addresses that stay with their server",
    NEW_WITHOUT_POOLS: "with the new subnets, and of their pools only the addresses that stay with their server",
}
_STEPS: dict[Between, str] = {
    UNION: "first what is added, then what is removed",
    COMMON: "first what is removed, then what is added",
    UNION_WITHOUT_POOLS: "first the subnets, with the pool addresses that no server loses or gains; then the pools, or the removal of the "
    "subnets",
    OLD_WITHOUT_POOLS: "first the old subnets without their pools, then the new ones without pools, then the pools",
    NEW_WITHOUT_POOLS: "first the new subnets without their pools, then the pools",
}
"""By the configuration of the first round: how the author of a spec gets there."""


def rollout(pair: PairReview) -> list[str]:
    """The rounds, a line each, and what they cost. Empty where nothing is rolled out."""
    if pair.changes is None or not pair.changes.rounds:
        return []
    by_shape: dict[tuple[Round, ...], list[str]] = {}
    for family in dict.fromkeys(each.family for each in pair.changes.rounds):
        shape = tuple(_without_family(each) for each in pair.changes.rounds if each.family == family)
        by_shape.setdefault(shape, []).append(family)
    found: list[str] = []
    for shape, families in by_shape.items():
        many = len(shape) > 1
        for number, each in enumerate(shape, 1):
            turn = f"round {number} of {len(shape)}, " if many else ""
            found.append(f"{both(families)}: {turn}{_turn(each, last=number == len(shape))}; {each.why}")
        if many:
            found.append(
                f"make it {len(shape)} changes, deployed one after the other: {_STEPS[shape[0].configuration]}"
            )
        if any(each.configuration == COMMON for each in shape):
            found.append("between the rounds the subnets with a new id or prefix are not served")
    found += [f"no configuration can lie between the rounds: {each}" for each in pair.blocked]
    found += _outage(pair)
    return found


def _without_family(each: Round) -> Round:
    return Round("", each.servers, each.configuration, each.together, each.why)


def _turn(each: Round, *, last: bool) -> str:
    if each.together:
        return f"{both(each.servers)} at the same time"
    order = ", then ".join(each.servers)
    return order if last else f"{order}, {_BETWEEN[each.configuration]}"


def _outage(pair: PairReview) -> Iterator[str]:
    if pair.heartbeat is None or not pair.changes or not pair.changes.rounds:
        return
    seconds = f"{pair.heartbeat / 1000:g} s"
    if any(each.together for each in pair.changes.rounds):
        yield f"no client is answered from the window's begin until HA is back, about one heartbeat ({seconds})"
    else:
        yield (
            f"a reload takes a server out of service for one heartbeat ({seconds}); unless its partner takes over its scope for that "
            "time (ha-scopes), new clients of that server wait so long"
        )
