"""Lengths of time whose number makes sense in another unit only: `heartbeat-delay: 10` where Kea counts milliseconds."""

from __future__ import annotations

from typing import NamedTuple

from kea_hac.kea.grammar import Keyword
from kea_hac.regex import regex
from kea_hac.source.document import Plain, Value

TIME_FACTS = frozenset({"seconds-up-to", "milliseconds-from"})
"""Facts of a row: up to which number of milliseconds, or from which number of seconds on, the other unit was meant."""
_BARE = regex(r"[0-9]{1,9}\Z")


class Doubt(NamedTuple):
    """What must be reported about a number."""

    message: str
    fix: str
    value: str | int
    """What the fix says to write: a time of the spec, or a number of Kea's unit."""


def doubtful_time(value: Value, keyword: Keyword) -> Doubt | None:
    """The doubt about a number without a unit. None for one that fits, and for one with its unit, as a spec may write it."""
    plain = value.__class__ is Plain
    if plain and _BARE.match(str(value)):
        number = int(str(value))
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        return None
    if 0 < number <= keyword.facts.get("seconds-up-to", 0):
        return _seconds_meant(number, keyword, plain)
    if number >= keyword.facts.get("milliseconds-from", number + 1):
        return _milliseconds_meant(number, keyword, plain)
    return None


def _as(written: str, *, plain: bool) -> str | int:
    """The time as data: without quotes in a spec, a number in a file of Kea."""
    return Plain(written) if plain else int(written)


def _seconds_meant(number: int, keyword: Keyword, plain: bool) -> Doubt:
    # the fix has to be valid in whichever version the configuration is for
    limits = [top for branch in keyword.branches if (top := keyword.at(branch).maximum) is not None]
    most = int(min(limits, default=number * 1000)) // 1000
    meant = min(number, most)
    written = f"{meant}s" if plain else str(meant * 1000)
    limit = f"; {most} s is the maximum" if number > most else ""
    configured = written if plain else f"{written} ({meant} s)"
    return Doubt(
        f"{keyword.name!r}: {number} is {number} ms; did you mean {configured}?{limit}",
        f"write {written}",
        _as(written, plain=plain),
    )


def _milliseconds_meant(number: int, keyword: Keyword, plain: bool) -> Doubt:
    meant = max(1, round(number / 1000))
    written = f"{meant}s" if plain else str(meant)
    configured = written if plain else f"{written} ({meant} s)"
    return Doubt(
        f"{keyword.name!r}: {number} is {number} seconds; did you mean {configured}?",
        f"write {written}",
        _as(written, plain=plain),
    )
