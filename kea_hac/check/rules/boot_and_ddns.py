"""What goes into answers and DNS updates at every level: boot fields, DDNS lifetimes, and the characters of host names.

Kea reads them where a network, subnet, pool, class or reservation says them; the global values it mostly takes unread.
"""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import NOT_READ, Finding, Severity, refused, set_it
from kea_hac.kea.address_slips import address_fix
from kea_hac.kea.addressing import packed
from kea_hac.kea.char_set import LONGEST, char_set_problem
from kea_hac.kea.config import Block, blocks_of
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

BAD_NEXT_SERVER = refused(
    "KH250",
    "bad-next-server",
    why="Clients load their boot file from this server. With a wrong address, or an empty or broadcast address "
    "in a class or a reservation, the server does not start. Kea ignores a wrong value at the top level, and "
    "clients get no boot server.",
    source=f"host.cc, client_class_def_parser.cc, shared_network_parser.cc; {_SEEN}",
)
BOOT_FIELD_TOO_LONG = refused(
    "KH251",
    "boot-field-too-long",
    why="A DHCPv4 message has 64 bytes for the server name and 128 for the boot file, each with a closing zero. "
    "The server does not start with a longer value. Kea does not check global values, nor a boot file of "
    "exactly 128 bytes outside of reservations.",
    source=f"Pkt4::MAX_SNAME_LEN, MAX_FILE_LEN; {_SEEN}",
)
DDNS_TTL_TWICE = refused(
    "KH252",
    "ddns-ttl-beside-bounds",
    why=f"ddns-ttl is a fixed lifetime. A percentage or bounds beside it would have no meaning. {NOT_READ}",
    source="base_network_parser.h, ChangeLog 2314; seen on 3.0.4, the first branch that has the key",
)
DDNS_BOUNDS = refused(
    "KH253",
    "ddns-ttl-bounds-reversed",
    why=f"The minimum must not be larger than the maximum. {NOT_READ}",
    source="base_network_parser.h, ChangeLog 2314; seen on 3.0.4",
)
BAD_CHAR_SET = refused(
    "KH254",
    "bad-hostname-char-set",
    why="Kea replaces the characters that the expression matches in the names of clients. With an invalid "
    "expression in a subnet or a network the server does not start. At the top level Kea accepts it, and no "
    "name is cleaned.",
    source=f"StringSanitizer, std::regex (extended); {_SEEN}",
)

_LIMITS = {"server-hostname": 63, "boot-file-name": 127}
"""Bytes."""
_BOOT = ("next-server", *_LIMITS)
_DDNS = ("ddns-ttl", "ddns-ttl-min", "ddns-ttl-max", "hostname-char-set")
"""Without one of them there is nothing to judge."""
_TOLERATED = {"boot-file-name": 128}
"""What Kea takes outside reservations although the field cannot hold it with its closing zero."""
_BROADCAST = b"\xff" * 4


@checks(BAD_NEXT_SERVER, BOOT_FIELD_TOO_LONG, on=Subject.SHARED)
def boot_fields(configuration: Configuration) -> Iterator[Finding]:
    """next-server, server-hostname and boot-file-name, wherever they may stand."""
    if configuration.daemon.family != 4:
        return
    yield from _boot(configuration.config, "top")
    for block in () if configuration.keys_below().isdisjoint(_BOOT) else configuration.networks_and_subnets():
        yield from _boot(block, "network")
    for block in configuration.blocks("client-classes"):
        yield from _boot(block, "class")
    for block in configuration.hosts_having(*_BOOT):
        yield from _boot(block, "reservation")


def _boot(block: Block, place: str) -> Iterator[Finding]:
    address = block.get("next-server")
    if isinstance(address, str) and not (address == "" and place in ("top", "network")):
        raw = packed(address, 4)
        if raw is None or (raw == _BROADCAST and place in ("class", "reservation")):
            message = f"{address!r} is not the IPv4 address of a server"
            severity = Severity.WARNING if place == "top" else None
            at, (fix, value) = block.where("next-server"), address_fix(address, 4)
            repair = set_it(value) if value else ()
            yield Finding(BAD_NEXT_SERVER, at, message, fix=fix, severity=severity, repair=repair)
    for key, limit in _LIMITS.items():
        text = block.get(key)
        size = len(text.encode(errors="surrogatepass")) if isinstance(text, str) else 0
        if size > limit:
            loads = place == "top" or (place != "reservation" and size <= _TOLERATED.get(key, limit))
            message = f"{key!r} has {size} bytes, and its field in the message has room for {limit}"
            severity = Severity.WARNING if loads else None
            yield Finding(BOOT_FIELD_TOO_LONG, block.where(key), message, severity=severity)


@checks(DDNS_TTL_TWICE, DDNS_BOUNDS, BAD_CHAR_SET, on=Subject.SHARED)
def ddns(configuration: Configuration) -> Iterator[Finding]:
    """DNS lifetimes that cannot be used together, and expressions for host names that cannot be read."""
    if configuration.daemon.family is None:
        return
    yield from _ddns(configuration.config, top=True)
    if configuration.keys_below().isdisjoint(_DDNS) and configuration.pool_keys().isdisjoint(_DDNS):
        return
    for block in configuration.networks_and_subnets():
        yield from _ddns(block, top=False)
        for pool in blocks_of(block.get("pools")):
            if len(pool) > 1:
                yield from _ddns(pool, top=False)


def _ddns(block: Block, *, top: bool) -> Iterator[Finding]:
    if "ddns-ttl" in block:
        related = ((block.where("ddns-ttl"), "the lifetime itself"),)
        for key in ("ddns-ttl-percent", "ddns-ttl-min", "ddns-ttl-max"):
            if key in block:
                message = f"{key!r} is set beside 'ddns-ttl'"
                yield Finding(DDNS_TTL_TWICE, block.where(key), message, True, related, "keep one of them")
    least, most = block.get("ddns-ttl-min"), block.get("ddns-ttl-max")
    if isinstance(least, int) and isinstance(most, int) and most < least:
        related = ((block.where("ddns-ttl-min"), "the lower bound"),)
        message = f"'ddns-ttl-max' {most} is below 'ddns-ttl-min' {least}"
        yield Finding(DDNS_BOUNDS, block.where("ddns-ttl-max"), message, related=related)
    expression, replacement = block.get("hostname-char-set"), block.get("hostname-char-replacement")
    if isinstance(expression, str) and expression:
        problem, key = char_set_problem(expression), "hostname-char-set"
        if (
            problem is None
            and isinstance(replacement, str)
            and len(replacement.encode(errors="surrogatepass")) > LONGEST
        ):
            problem, key = f"it is longer than {LONGEST} bytes", "hostname-char-replacement"
        if problem:
            severity = Severity.WARNING if top else None
            fix = "the default is [^A-Za-z0-9.-]"
            yield Finding(BAD_CHAR_SET, block.where(key), f"Kea cannot use this: {problem}", fix=fix, severity=severity)
