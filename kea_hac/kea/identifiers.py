"""Identifiers of reserved hosts: from the texts that Kea takes to bytes, and how long each kind may be in each version."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

from kea_hac.kea.proposal import UNKNOWN, Instead
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.regex import regex

_WHITE = " \t\n\r"
_PAIRS = regex(r"(?:[0-9a-fA-F]{2}:)+[0-9a-fA-F]{2}\Z")
_DIGITS = regex(r"[0-9a-fA-F]+\Z")
_OCTET = regex(r"[0-9a-fA-F]{1,2}\Z")

LONGEST: Mapping[str, tuple[int | None, int]] = {
    "hw-address": (20, 20),
    "duid": (128, 130),
    "client-id": (None, 255),
    "circuit-id": (None, 128),
    "flex-id": (None, 128),
}
"""Bytes: the most that 2.2 takes (None: no limit), and the most from 2.4 on. Seen on 2.2.0, 2.6.3, 3.0.4."""
SHORTEST_DUID = 3
"""Bytes, from 2.4 on."""


def identifier_bytes(text: str) -> bytes | None:
    """The bytes of an identifier, as Host::setIdentifier reads it; None for what it refuses.

    `08:00:27:0:0:1`, `08 00 27 00 00 01`, `080027000001`, `0x80027000001`, or a string in single quotes: `'printer'`.
    """
    if _PAIRS.match(text):
        return bytes.fromhex(text.replace(":", ""))
    quoted = text.strip(_WHITE)
    if len(quoted) > 1 and quoted[0] == quoted[-1] == "'":
        inside = quoted[1:-1].strip(_WHITE)
        return inside.encode(errors="surrogatepass") or None
    for separator in (":", " "):
        if separator in text:
            octets = text.split(separator)
            if not all(_OCTET.match(each) for each in octets):
                return None
            return bytes(int(each, 16) for each in octets)
    digits = text[2:] if len(text) > 2 and text.startswith("0x") else text
    if not _DIGITS.match(digits):
        return None
    return bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}")


def all_bytes(texts: list[Any]) -> list[bytes] | None:
    """As `identifier_bytes` for many, where all are pairs of digits between colons; None where one is anything else."""
    octets = _octets(texts)
    if octets is None:
        return None
    lengths = list(map(len, texts))
    size = (lengths[0] + 1) // 3
    if len(set(lengths)) == 1:
        return [octets[start : start + size] for start in range(0, len(octets), size)]
    ends = list(accumulate((each + 1) // 3 for each in lengths))
    return [octets[start:end] for start, end in pairwise((0, *ends))]


def all_as_shown(texts: list[Any]) -> bool:
    """True where all are written as Kea prints a MAC address, and are of one length: their order is that of their bytes, too."""
    if _octets(texts) is None or len(set(map(len, texts))) > 1:
        return False
    joined = "".join(texts)
    return joined == joined.lower()


def _octets(texts: list[Any]) -> bytes | None:
    """The bytes of all, one behind the other, where all are pairs of digits between colons."""
    if set(map(type, texts)) != {str}:
        return None
    joined = ":".join(texts)
    digits = joined.replace(":", "")
    # Pairs between colons in each and between all: then every third character is a colon, and none else is.
    if (
        any(each % 3 != 2 for each in set(map(len, texts)))
        or joined[2::3].strip(":")
        or 3 * len(digits) != 2 * len(joined) + 2
    ):
        return None
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        return None
    return octets if 2 * len(octets) == len(digits) else None  # `fromhex` passes over blanks


def longest(kind: str, version: KeaVersion) -> int | None:
    """How many bytes an identifier of this kind may have; None for any number."""
    before, since = LONGEST[kind]
    return since if has(version, Feature.IDENTIFIER_LENGTHS) else before


def shortest(kind: str, version: KeaVersion) -> int:
    """How many bytes an identifier of this kind must have."""
    return SHORTEST_DUID if kind == "duid" and has(version, Feature.IDENTIFIER_LENGTHS) else 1


_SEPARATORS = regex(r"[.:\-_ ]")
_OF_TEXT = frozenset({"client-id", "circuit-id", "flex-id"})
"""Identifiers that may be a string."""
_DIGITS_MEANT = str.maketrans("OoIl", "0011")
_HARDWARE_LENGTHS = (6, 8, 20)
"""Octets of an Ethernet address, of an EUI-64 and of InfiniBand."""
_DUID_LENGTHS: Mapping[bytes, tuple[str, int]] = {
    b"\x00\x01\x00\x01": ("a DUID-LLT of Ethernet", 14),
    b"\x00\x03\x00\x01": ("a DUID-LL of Ethernet", 10),
    b"\x00\x04": ("a DUID-UUID", 18),
}
"""How a DUID begins: what it is, and its octets (RFC 8415, section 11; RFC 6355)."""
_START = 4
"""Octets that say what an identifier is."""


def repaired(text: str) -> str | None:
    """An identifier in hexadecimal digits as Kea takes it: with other separators (0011.2233.4455, 00-11-22-33-44-55), or with
    letters that look like digits (O, I, l). None for what is not hexadecimal."""
    digits = _SEPARATORS.sub("", text.strip().translate(_DIGITS_MEANT))
    if len(digits) < 2 or len(digits) % 2 or not _DIGITS.match(digits):
        return None
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).lower()


def identifier_fix(kind: str, text: str) -> Instead:
    """What to write for an identifier that Kea refuses."""
    meant = repaired(text)
    if meant:
        return Instead(f"write it as {meant}", meant)
    if kind in _OF_TEXT and text.strip() and text.isprintable() and "'" not in text:
        return Instead(f"write \"'{text}'\": with single quotes it is a string", f"'{text}'")
    return UNKNOWN


def odd_length(kind: str, raw: bytes, text: str) -> str | None:
    """What is strange about how many octets an identifier has, where Kea takes any number; None for what is usual.

    `text`: as it is written. Kea puts a 0 before an odd number of digits without separators (seen on 2.2.0, 2.6.3, 3.0.4).
    """
    if len(text) % 2 and _DIGITS.match(text.removeprefix("0x")) and text != "0x":
        return f"the {kind} has {len(text.removeprefix('0x'))} hexadecimal digits, and an octet has two"
    return odd_octets(kind, raw)


def odd_octets(kind: str, raw: bytes) -> str | None:
    """As `odd_length`, of the octets alone: their number, and the first of them."""
    count = f"{len(raw)} octet{'s' if len(raw) != 1 else ''}"
    if kind == "hw-address" and len(raw) not in _HARDWARE_LENGTHS:
        return f"the hw-address has {count}; a MAC address has 6"
    if kind == "client-id" and raw[:1] == b"\x01" and 3 <= len(raw) <= 8 and len(raw) != 7:
        return f"the client-id of type 01 (Ethernet) has {count}; with a MAC address of 6 there are 7"
    for start, (what, length) in _DUID_LENGTHS.items():
        if kind == "duid" and raw.startswith(start) and len(raw) != length:
            return f"{what} has {length} octets; this one has {len(raw)}"
    return None


def any_odd(kind: str, found: list[bytes]) -> bool:
    """True where the number of octets is strange in one of many."""
    says = [(len(raw), raw[:_START]) for raw in found] if kind in _SAYING else map(len, found)
    alike = dict(zip(says, found, strict=True))
    return any(odd_octets(kind, raw) for raw in alike.values())


_SAYING = frozenset({"client-id", "duid"})
"""Identifiers whose first octets say what they are."""
