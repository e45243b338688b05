"""The leases that a change orphans, in sentences and as data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from kea_hac.kea.config import DHCP4, DHCP6
from kea_hac.leases.impact import Impact, Orphaned

_DAEMONS = {4: DHCP4.name, 6: DHCP6.name}
_LOSSES = 20
"""Things that go, with their leases, that are shown to people."""


def short(impact: Impact | None) -> str:
    """For a headline: "512 leases orphaned"; "" where no lease data were asked for, or nothing goes."""
    if impact is None:
        return ""
    if not impact.known:
        return f"at least {counted(impact.count)} orphaned" if impact.count else "orphaned leases unknown"
    return f"{_most(impact)}{counted(impact.count)} orphaned" if impact.count else "no lease orphaned"


def sentences(impact: Impact | None) -> Iterator[str]:
    """The numbers, then each thing that goes with its first clients, then what is not known."""
    if impact is None:
        return
    when = f"at {_time(impact.at)}, by the leases of {', '.join(impact.sources)}"
    if impact.sources:
        least = "at least " if impact.troubles else _most(impact)
        yield f"{least}{impact.count:,} of {counted(impact.live, 'live lease')} {'is' if impact.count == 1 else 'are'} orphaned ({when})"
    for each in impact.orphaned[:_LOSSES]:
        yield _of(each)
    if len(impact.orphaned) > _LOSSES:
        rest = impact.orphaned[_LOSSES:]
        yield f"and {counted(sum(each.count for each in rest))} on {len(rest):,} other things that are removed"
    if impact.declined:
        verb = "is" if impact.declined == 1 else "are"
        yield f"{counted(impact.declined, 'address', 'addresses')} on what is removed {verb} declined: no client has a lease there"
    for trouble in impact.troubles:
        yield f"how many more leases are orphaned is unknown: {trouble.source}: {trouble.reason}"


def data(impact: Impact | None) -> dict[str, Any] | None:
    """For programs; None where there is nothing to report."""
    if impact is None:
        return None
    return {
        "at": _time(impact.at),
        "servers": list(impact.sources),
        "known": impact.known,
        "live": impact.live,
        "orphaned": impact.count,
        "declined": impact.declined,
        "expired": impact.expired,
        "by-loss": [
            {
                "kind": each.loss.kind.value,
                "daemon": _DAEMONS[each.loss.family],
                "subnet": each.loss.subnet,
                "what": each.loss.label,
                "orphaned": each.count,
                "at-most": not each.loss.certain,
                "first": [{"name": name, "address": address} for name, address in each.first],
            }
            for each in impact.orphaned
        ],
        "unknown": [{"source": each.source, "reason": each.reason} for each in impact.troubles],
    }


def counted(number: int, one: str = "lease", several: str = "") -> str:
    """ "1 lease", "1,200 leases" """
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _of(orphaned: Orphaned) -> str:
    most = "" if orphaned.loss.certain else "up to "
    named = ", ".join(f"{name} {address}".strip() for name, address in orphaned.first)
    more = f" and {orphaned.count - len(orphaned.first):,} more" if orphaned.count > len(orphaned.first) else ""
    return f"{most}{counted(orphaned.count)} orphaned on {orphaned.loss.label}: {named}{more}"


def _most(impact: Impact) -> str:
    """Where leases do not show who is in a class the number is the most that it can be."""
    return "" if all(each.loss.certain for each in impact.orphaned) else "up to "


def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(seconds)
