"""The rounds of a rollout: one line each for people, and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kea_hac.changes.between import COMMON, NEW_WITHOUT_POOLS, OLD_WITHOUT_POOLS, UNION, UNION_WITHOUT_POOLS, Between
from kea_hac.changes.rounds import Round
from kea_hac.report.cells import both

_BETWEEN: dict[Between, str] = {
    UNION: "with both the old and the new subnets and pools",
    COMMON: "with only the subnets and pools that do not change",
    UNION_WITHOUT_POOLS: "with both the old and the new subnets, and with only those pool addresses that stay on their server",
    OLD_WITHOUT_POOLS: "with the old subnets, and with only those pool addresses that stay on their server",
    NEW_WITHOUT_POOLS: "with the new subnets, and with only those pool addresses that stay on their server",
}


def round_lines(rounds: Sequence[Round]) -> list[str]:
    """The rounds, a line each, in their order."""
    found: list[str] = []
    for shape, families in shapes(rounds):
        for number, each in enumerate(shape, 1):
            turn = f"round {number} of {len(shape)}, " if len(shape) > 1 else ""
            found.append(f"{both(families)}: {turn}{_turn(each, last=number == len(shape))}; {each.why}")
    return found


def shapes(rounds: Sequence[Round]) -> list[tuple[tuple[Round, ...], list[str]]]:
    """The rounds of each family; families with the same rounds together."""
    found: dict[tuple[Round, ...], list[str]] = {}
    for family in dict.fromkeys(each.family for each in rounds):
        shape = tuple(replace(each, family="") for each in rounds if each.family == family)
        found.setdefault(shape, []).append(family)
    return list(found.items())


def _turn(each: Round, *, last: bool) -> str:
    if each.together:
        return f"{both(each.servers)} at the same time"
    order = ", then ".join(each.servers)
    return order if last else f"{order}, {_BETWEEN[each.configuration]}"


def rounds_data(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """The rounds for programs."""
    return [
        {
            "daemon": each.family,
            "servers": list(each.servers),
            "together": each.together,
            "why": each.why,
            "subnets": each.configuration.subnets.value,
            "pools": each.configuration.pools.value,
        }
        for each in rounds
    ]
