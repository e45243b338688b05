"""What was meant by a value that is written in another way than Kea or the spec reads it: other digits, times, words for booleans.

In: a value that was refused, or one that stands for a number or a boolean. Out: the value to write, or None where it is not sure.
"""

from __future__ import annotations

import re
from fractions import Fraction

from kea_hac.regex import regex
from kea_hac.source.document import Plain

DURATION = regex(r"(0|[1-9][0-9]*)(ms|s|m|h|d|w)\Z")
MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
LONGEST = 30
"""Digits: more are out of every range, and Python refuses to convert very many."""
_SPELT_TIME = regex(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([A-Za-z])([a-z]*|[A-Z]*)\.?\Z")
_UNIT_WORDS = {
    "ms": ("ms", "msec", "msecs", "millisecond", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
}
"""A unit of the spec → the words that people write for it."""
_GROUPED = regex(r"[1-9][0-9]{0,2}([,'\u00a0 ])[0-9]{3}(?:\1[0-9]{3})*\Z", re.ASCII)
"""Digits in groups of three: 3,600."""
_CLOCK = regex(r"[0-9]{1,3}:[0-5][0-9]:[0-5][0-9]\Z", re.ASCII)
_PARTS = regex(r"([0-9]{1,6})\s*([wdhms])", re.ASCII)
_TRUE = frozenset(("true", "yes", "on", "y", "enable", "enabled", "1"))
_FALSE = frozenset(("false", "no", "off", "n", "disable", "disabled", "0"))


def respelled_time(text: str) -> str | None:
    """What `4 hours`, `4hr`, `4H` and `1.5h` mean, as a time of the spec; None where the unit is not sure (`5m`, `5M`, months)."""
    match = _SPELT_TIME.match(text)
    if match is None:
        return _sum_of_times(text)
    if match[2] == "M" and match[3] == "":
        return None
    word = match[2].lower() + match[3].lower()
    unit = next((unit for unit, words in _UNIT_WORDS.items() if word in words), None)
    if unit is None:
        return None
    if "." not in match[1]:
        return f"{match[1]}{unit}"
    milliseconds = Fraction(match[1]) * MILLISECONDS[unit]
    return f"{milliseconds // 1000}s" if milliseconds % 1000 == 0 else None


def _sum_of_times(text: str) -> str | None:
    """What `1d12h`, `4h30m`, `PT4H` and `04:00:00` mean."""
    if _CLOCK.match(text):
        hours, minutes, seconds = (int(each) for each in text.split(":"))
        return _shortest(hours * 3600 + minutes * 60 + seconds)
    bare = text.upper().removeprefix("PT").lower() if text[:2].upper() == "PT" else text.lower()
    parts = _PARTS.findall(bare)
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != bare.replace(" ", ""):
        return None
    return _shortest(sum(int(number) * MILLISECONDS[unit] // 1000 for number, unit in parts))


def _shortest(seconds: int) -> str:
    """A time in the largest unit that holds it."""
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds * 1000 % MILLISECONDS[unit] == 0)
    return f"{seconds * 1000 // MILLISECONDS[unit]}{unit}"


def respelled_integer(text: str) -> int | None:
    """What 0x10, 0o17, 1_000, 012 and +5 may have meant; 012 as decimal, as Kea 2.x reads it."""
    if len(text) > LONGEST:
        return None
    grouped = _GROUPED.match(text)
    for base in (10, 0):
        try:
            return int(text.replace(grouped[1], "") if grouped else text, base)
        except ValueError:
            continue
    return None


def meant_boolean(value: object) -> str | None:
    """`true` or `false` for the words and numbers that other programs have for them, as a scalar without quotes."""
    if not isinstance(value, str | int):
        return None
    word = str(value).lower()
    return Plain("true") if word in _TRUE else Plain("false") if word in _FALSE else None


def meant_integer(value: object) -> str | None:
    """The whole number that is meant by one in quotes, in other digits (0x10) or with a unit that has no place here."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    timed = DURATION.match(value)
    number = int(timed[1]) if timed else respelled_integer(value)
    return None if number is None else Plain(number)
