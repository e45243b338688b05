"""What keeps a string from being an address: the number that is too large, the part that is missing, the character that is none."""

from __future__ import annotations

import re

from kea_hac.source.odd_characters import odd_in

_SHOWN = 60
"""Characters of a string that a message repeats."""


def not_address(text: str, family: int | None = None) -> str:
    """What a message says of a string that is no address (of one family): which part of it is wrong, where that can be told."""
    kind = f"IPv{family}" if family else "IP"
    article = "an IP" if not family else f"an {kind}"
    why = wrong_part(text, family)
    shown = repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…"
    return f"{shown} is not {article} address" + (f": {why}" if why else "")


def wrong_part(text: str, family: int | None) -> str | None:
    """Which part of a string keeps it from being an address; None where that cannot be told."""
    odd = odd_in(text)
    if odd:
        return f"it contains {odd}"
    text = text.strip()
    if family != 6 and re.fullmatch(r"[0-9]+(?:\.[0-9]*)+", text, re.ASCII):
        return _wrong_number(text.split("."))
    if family != 4 and text.count(":") > 1 and re.fullmatch(r"[0-9A-Za-z:]+", text, re.ASCII):
        return _wrong_group(text)
    return None


def _wrong_number(numbers: list[str]) -> str | None:
    """Of an IPv4 address."""
    large = next((each for each in numbers if each and int(each[:9]) > 255), None)
    if large:
        return f"{large} is more than 255"
    if "" in numbers:
        return "a dot has no number beside it"
    return f"it has {len(numbers)} number{'s' if len(numbers) > 1 else ''} of 4" if len(numbers) != 4 else None


def _wrong_group(text: str) -> str | None:
    """Of an IPv6 address."""
    groups = [each for each in text.split(":") if each]
    for each in groups:
        if len(each) > 4:
            return f"{each!r} has more than 4 digits"
        if not re.fullmatch(r"[0-9A-Fa-f]+", each):
            return f"{each!r} is not hexadecimal"
    if text.count("::") + text.count(":::") > 1:
        return "'::' is in it more than once"
    if "::" not in text and len(groups) != 8:
        return f"it has {len(groups)} groups of 8; '::' stands for groups that are 0"
    return None
