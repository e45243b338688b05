"""Numbers, times and counts as the page writes them."""

from __future__ import annotations

from kea_hac.kea.failover import Time

_EXACT = 1 << 40
"""Counts from here on are shown as a power of two: nobody reads the digits of a /64."""


def share(part: float) -> str:
    """A percentage for a drawing, 0 to 100, with two decimals at most."""
    return f"{min(100.0, max(0.0, part)):.2f}".rstrip("0").rstrip(".")


def amount(number: int) -> str:
    """ "65,536"; "2^64" for what nobody counts, "about 2^64" where it is no power of two."""
    if number < _EXACT:
        return f"{number:,}"
    bits = number.bit_length() - 1
    return f"2^{bits}" if number == 1 << bits else f"about 2^{round_bits(number)}"


def round_bits(number: int) -> int:
    """The power of two that is nearest."""
    bits = number.bit_length() - 1
    return bits + 1 if number >> (bits - 1) & 1 and number != 1 << bits else bits


def seconds(milliseconds: int) -> str:
    """ "65 s", "22.5 s", "0.2 s": to a tenth of a second, from ten seconds on to half a second."""
    value = milliseconds / 1000
    return f"{round(value, 1) if value < 10 else round(2 * value) / 2:g} s"


def spread(time: Time) -> str:
    """ "65 s (60 to 70 s)"; only one of them where they are the same."""
    if seconds(time.earliest) == seconds(time.latest):
        return seconds(time.expected)
    return f"{seconds(time.expected)} ({seconds(time.earliest).removesuffix(' s')} to {seconds(time.latest)})"


def cut(text: str, most: int) -> str:
    """The text, shortened at its end where it is too long for its place."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
