"""Addresses, prefixes and pools with a mistake: what was meant, computed from what is written.

In: a string that `addressing` refuses. Out: what to write instead. Nothing is proposed that is only an example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network, summarize_address_range

from kea_hac.kea.addressing import family_of, packed
from kea_hac.kea.proposal import UNKNOWN, Instead
from kea_hac.regex import regex
from kea_hac.source.odd_characters import plain as odd_plain

_LENGTH = regex(r"\+?[0-9]{1,9}\Z", re.ASCII)
_LEADING_ZERO = regex(r"(?<![0-9])0+(?=[0-9])")
_MASK = regex(r"(\S+)\s+(?:(?:net)?mask\s+)?([0-9]{1,3}(?:\.[0-9]{1,3}){3})", re.IGNORECASE)
"""An address and the mask of its network, as dhcpd and routers have them: 192.0.2.0 netmask 255.255.255.0."""
_PORT = regex(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):[0-9]{1,5}\Z")


def bare_address(text: str) -> str | None:
    """The address in a string such as 192.0.2.1/24, where an address is wanted; None for what is no prefix."""
    address, slash, length = text.strip().partition("/")
    if not slash or not _LENGTH.match(length):
        return None
    try:
        return str(ip_address(address.strip()))
    except ValueError:
        return None


def address_fix(text: str, family: int | None = None) -> Instead:
    """What to write where an address (of one family) is wanted: without a length, a port, spaces and leading zeros."""
    if text.strip().lower() in ("localhost", "localhost.localdomain") and family != 6:
        return Instead("write 127.0.0.1", "127.0.0.1")
    bare = bare_address(text)
    if bare:
        return (
            Instead(f"write {bare}: an address has no length", bare)
            if family_of(bare) == (family or family_of(bare))
            else UNKNOWN
        )
    port = _PORT.match(text.strip())
    without_marks = odd_plain(text).strip(" \t\"'")
    for each in (port and (port[1] or port[2]), text.strip(), _plain(text), without_marks, text.strip().rstrip(".,;")):
        if each and each != text and (family_of(each) or 0) == (family or family_of(each)):
            return Instead(f"write {each}", each)
    return UNKNOWN


def _plain(text: str) -> str:
    """An IPv4 address without leading zeros, with dots between its parts."""
    dotted = re.sub(r"[,;]\s*", ".", text.strip())
    return _LEADING_ZERO.sub("", dotted) if dotted.count(".") == 3 else text


def prefix_fix(text: str, family: int) -> Instead:
    """What to write where a prefix is wanted."""
    address, _, _ = text.strip().partition("/")
    address = address.partition("%")[0].strip()
    if family_of(address) == 10 - family:
        return Instead(f"an IPv{10 - family} subnet belongs in subnet{10 - family} of dhcp{10 - family}")
    meant = _prefix_meant(text, family)
    if meant:
        return Instead(f"write it as {meant}", meant)
    if packed(address, family) is None:
        return UNKNOWN
    return Instead(f"write {address} with the length of its network behind it: {address}/…")


def _prefix_meant(text: str, family: int) -> str | None:
    written = text.strip().replace("\\", "/")
    if with_mask := _MASK.fullmatch(written):
        written = "/".join(with_mask.groups())
    address, slash, length = written.partition("/")
    if not slash:
        ends = [each.strip() for each in written.split("-")]
        return _network_of(ends[0], ends[1], family) if len(ends) == 2 else None
    for each in _readings(address.strip(), family):
        try:
            return str(ip_network(f"{each}/{length.strip()}", strict=False))
        except ValueError:
            continue
    return None


def _readings(address: str, family: int) -> Iterator[str]:
    """What an address with a mistake can be read as: only readings that leave no choice."""
    if packed(address, family):
        yield address
    elif family == 4:
        dotted = _LEADING_ZERO.sub("", address.rstrip(".").replace(",", "."))
        yield dotted + ".0" * max(0, 3 - dotted.count("."))
    elif address.endswith(":") and "::" not in address:
        yield f"{address}:"
    elif "::" not in address and 0 < address.count(":") < 7:
        yield f"{address}::"


def _network_of(first: str, last: str, family: int) -> str | None:
    """The one prefix that two addresses are the ends of."""
    if not (packed(first, family) and packed(last, family)):
        return None
    try:
        networks = list(summarize_address_range(ip_address(first), ip_address(last)))
    except ValueError:
        return None
    return str(networks[0]) if len(networks) == 1 else None


def pool_fix(text: str, family: int) -> Instead:
    """What to write for a pool: ends exchanged, another sign between them, the end cut short (.10-20), or one address."""
    ends = [each for each in re.split(r"\.\.+|[\u2010-\u2015\u2212,;-]|\s+(?:to\s+)?", text.strip()) if each]
    if len(ends) == 2:
        ends[1] = _completed(ends[0], ends[1], family)
    if not 1 <= len(ends) <= 2 or not all(packed(each, family) for each in ends):
        return UNKNOWN
    first, last = sorted((ends[0], ends[-1]), key=lambda each: packed(each, family) or b"")
    meant = f"{first} - {last}"
    return Instead(f"write {meant}", meant)


def _completed(first: str, last: str, family: int) -> str:
    """The end of `192.0.2.10 - 20` or `2001:db8::10 - 20`: what stands before it is that of the first address."""
    sign = "." if family == 4 else ":"
    if sign in last or not packed(first, family) or not re.fullmatch(r"[0-9A-Fa-f]{1,4}", last):
        return last
    return f"{first.rpartition(sign)[0]}{sign}{last}"
