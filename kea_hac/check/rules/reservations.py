"""Host reservations: who a host is, what it gets, and whether another host has that already.

There can be 100,000 of them. A list is looked at as a whole first, a column at a time, and its reservations one by one only where
that shows a mistake.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.nets import nets_of
from kea_hac.check.rules.reserved import reserved_globally
from kea_hac.check.rules.reserved_addresses import (
    ADDRESS_TAKEN,
    BAD_ADDRESS,
    BAD_EXCLUSIONS,
    BAD_PREFIX,
    OUTSIDE,
    TWICE,
    Scope,
    addresses_and_prefixes,
    all_in_place,
    delegated_in,
    one_address,
)
from kea_hac.diagnostics import NOT_LOADED, Finding, Severity, refused, warning
from kea_hac.kea.addressing import address_text
from kea_hac.kea.config import Block, Columns, Json
from kea_hac.kea.identifiers import all_bytes, any_odd, identifier_bytes, identifier_fix, longest, odd_length, shortest
from kea_hac.kea.proposal import UNKNOWN, Instead
from kea_hac.kea.version import Feature, KeaVersion, has, last_without
from kea_hac.model.configuration import Configuration
from kea_hac.regex import regex

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

NO_IDENTIFIER = refused(
    "KH301",
    "reservation-without-identifier",
    why=f"Kea finds a reservation by the identifier of its client. {NOT_LOADED}",
    source=f"host_reservation_parser.cc; {_SEEN}",
    rests_on=("hw-address", "duid", "client-id", "circuit-id", "flex-id"),
)
SEVERAL_IDENTIFIERS = refused(
    "KH302",
    "several-identifiers",
    why=f"A reservation has exactly one identifier. {NOT_LOADED}",
    source=f"host_reservation_parser.cc; {_SEEN}",
)
BAD_IDENTIFIER = refused(
    "KH303",
    "bad-identifier",
    why=f"The identifier is neither hexadecimal nor a quoted string. {NOT_LOADED}",
    source=f"Host::setIdentifier; {_SEEN}",
)
IDENTIFIER_LENGTH = refused(
    "KH304",
    "identifier-of-wrong-length",
    why=f"An identifier of this type cannot have this length. {NOT_LOADED}",
    source="ChangeLog 2061 (2.3.1), duid.h, hwaddr.h; seen on 2.2.0 (hw-address of 21 bytes, DUID of 129), 2.6.3 and 3.0.4 "
    "(DUID of 2 or 131, circuit-id and flex-id of 129, client-id of 256)",
)
ODD_LENGTH = warning(
    "KH319",
    "identifier-of-odd-length",
    why="An octet was probably lost or doubled when the identifier was copied, because no client has one of this "
    "length. The reservation matches no client, and its host gets an address of the pool.",
    source="RFC 8415, section 11; RFC 6355; RFC 2132, section 9.14; servers of 2.2.0, 2.6.3 and 3.0.4 start "
    "with a hw-address of 5 octets, a client-id of 6, a cut DUID, and show an odd number of digits with a 0 before it",
)
IDENTIFIER_TAKEN = refused(
    "KH305",
    "identifier-taken",
    why="Two reservations of one subnet have the same identifier, so it is not clear which one applies. "
    f"{NOT_LOADED} For flex-id in DHCPv6 Kea accepts both and uses one.",
    source=f"CfgHosts::add4; {_SEEN}, where two equal flex-ids load in dhcp6",
)
NOTHING_RESERVED = refused(
    "KH312",
    "reservation-of-nothing",
    why="Kea 2.2 does not start when a reservation has no address, name, option or class. Later versions accept "
    "it: the client is then a member of the class KNOWN.",
    source="CfgHosts::add4; seen on 2.2.0 (refused), 2.6.3 and 3.0.4 (accepted)",
    until=last_without(Feature.EMPTY_RESERVATIONS),
    rests_on=(
        "ip-address",
        "ip-addresses",
        "prefixes",
        "hostname",
        "option-data",
        "client-classes",
        "next-server",
        "boot-file-name",
        "server-hostname",
    ),
)
BAD_HOSTNAME = warning(
    "KH314",
    "bad-reserved-hostname",
    why="Kea does not check this string. A name that is not a valid host name cannot be added to DNS, and "
    "clients ignore or change it.",
    source=f"RFC 1035, section 2.3.4, RFC 1123, section 2.1; {_SEEN}",
)


_KINDS = {
    4: frozenset({"hw-address", "duid", "circuit-id", "client-id", "flex-id"}),
    6: frozenset({"hw-address", "duid", "flex-id"}),
}
_RESOURCES = (
    "ip-address",
    "ip-addresses",
    "prefixes",
    "hostname",
    "next-server",
    "server-hostname",
    "boot-file-name",
    "option-data",
    "client-classes",
)
_NOTHING: tuple[object, ...] = (None, "", [], address_text(4, 0))
_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOSTNAME = regex(rf"{_LABEL}(?:\.{_LABEL})*\.?\Z", re.ASCII)
_LONGEST_HOSTNAME = 254
_LONGEST_LABEL = 63
_LETTERS = f"{string.ascii_letters}{string.digits}_".encode()
_MISPLACED = ("\n-", "-\n", ".-", "-.", "..", "\n.")
"""What begins or ends a label and may not, where each name has a line."""
_NO_LIMIT = 1 << 20


class _Hosts:
    """The identifiers of one scope, compared with each other and with the version's limits."""

    def __init__(self, family: int, version: KeaVersion, limits: Mapping[str, tuple[int, int]]) -> None:
        """`limits`: how many bytes an identifier of each kind may have, from the least to the most."""
        self.family = family
        self.version = version
        self.kinds = _KINDS[family]
        self.limits = limits
        self.known: dict[tuple[str, bytes], Block] = {}

    def all_good(self, found: Columns) -> bool:
        """True where nothing is wrong with who the hosts are. False says nothing."""
        if not all(len(self.kinds.intersection(shape)) == 1 for shape in found.shapes):
            return False
        return all(self._good(kind, found.values(kind)) for kind in self.kinds & found.keys)

    def _good(self, kind: str, texts: list[Json]) -> bool:
        """True where all identifiers of one kind are without a mistake. False says nothing."""
        octets = all_bytes(texts)
        if octets is None or len(set(octets)) != len(octets) or any_odd(kind, octets):
            return False
        least, most = self.limits[kind]
        lengths = set(map(len, octets))
        return least <= min(lengths) and max(lengths) <= most

    def problems(self, block: Block) -> Iterable[Finding]:
        """What is wrong with who the host is; usually nothing, at little cost."""
        found = self.kinds & block.keys()
        if len(found) != 1:
            return self._several(block, sorted(found))
        (kind,) = found
        text = block[kind]
        raw = identifier_bytes(text) if isinstance(text, str) else None
        least, most = self.limits[kind]
        if raw is None or not least <= len(raw) <= most:
            return self._each(block, found)
        other = self.known.setdefault((kind, raw), block)
        strange = None if not isinstance(text, str) or text[:1] == "'" else odd_length(kind, raw, text)
        if strange:
            odd = Finding(ODD_LENGTH, block.where(kind), strange, fix="compare it with the device, or with its lease")
            return (odd,) if other is block else (odd, _taken(block, kind, other, self.family))
        return () if other is block else (_taken(block, kind, other, self.family),)

    def _several(self, block: Block, found: list[str]) -> Iterator[Finding]:
        """Kea reads them by the alphabet and forgets an empty one when another follows (seen on 2.2.0, 2.6.3, 3.0.4)."""
        if len(found) > 1 and block[found[-1]] and not any(block[kind] for kind in found[:-1]):
            for kind in found[:-1]:
                fix = "remove the empty one"
                message = f"an empty {kind!r} is set beside {found[-1]!r}"
                yield Finding(SEVERAL_IDENTIFIERS, block.where(kind), message, True, fix=fix, severity=Severity.WARNING)
            found = found[-1:]
        else:
            yield _not_one(block, found, self.kinds)
        yield from self._each(block, found)

    def _each(self, block: Block, kinds: Iterable[str]) -> Iterator[Finding]:
        for kind in kinds:
            text = block[kind]
            raw = identifier_bytes(text) if isinstance(text, str) else b""
            least, most = self.limits[kind]
            if raw is None:
                message = f"{text!r} is not an identifier: hexadecimal digits, or a string in single quotes"
                message = message if text else f"the {kind} is empty"
                instead = identifier_fix(kind, text) if isinstance(text, str) else UNKNOWN
                yield Finding(BAD_IDENTIFIER, block.where(kind), message, fix=instead.fix, repair=instead.repair)
            elif raw and not least <= len(raw) <= most:
                limit = f"at least {least}" if len(raw) < least else f"at most {most}"
                message = f"the {kind} has {len(raw)} bytes; Kea {self.version} accepts {limit}"
                yield Finding(IDENTIFIER_LENGTH, block.where(kind), message)


@checks(
    NO_IDENTIFIER,
    SEVERAL_IDENTIFIERS,
    BAD_IDENTIFIER,
    IDENTIFIER_LENGTH,
    ODD_LENGTH,
    IDENTIFIER_TAKEN,
    BAD_ADDRESS,
    OUTSIDE,
    ADDRESS_TAKEN,
    TWICE,
    BAD_PREFIX,
    BAD_EXCLUSIONS,
    NOTHING_RESERVED,
    BAD_HOSTNAME,
    on=Subject.SHARED,
)
def reservations(configuration: Configuration) -> Iterator[Finding]:
    """Every reservation, globally and by subnet. First all of them together: mostly nothing is wrong with who they are and their names."""
    family, version, everything = configuration.daemon.family, configuration.version, configuration.all_hosts()
    if not family or not everything.blocks:
        return
    kinds = _KINDS[family] & everything.keys
    limits = {kind: (shortest(kind, version), longest(kind, version) or _NO_LIMIT) for kind in kinds}
    must_reserve = not has(version, Feature.EMPTY_RESERVATIONS)
    who = not _Hosts(family, version, limits).all_good(everything)
    named = not _all_names(everything.values("hostname"))
    excluding = "excluded-prefixes" in everything.keys
    for net in (None, *nets_of(configuration)):
        holder = configuration.config if net is None else net.block
        reserved = reserved_globally(configuration) if net is None else net.reserved
        delegated = delegated_in(configuration, holder)
        where = excluding or not all_in_place(reserved, delegated, net)
        if (who or where or named or must_reserve) and (found := configuration.hosts(holder)).blocks:
            hosts = _Hosts(family, version, limits)
            yield from _judged(
                Scope(configuration, family, None if net is None else net.block),
                hosts,
                found,
                who=who and not hosts.all_good(found),
                where=where,
                named=named and not _all_names(found.values("hostname")),
                must_reserve=must_reserve,
            )


def _judged(
    scope: Scope, hosts: _Hosts, found: Columns, *, who: bool, where: bool, named: bool, must_reserve: bool
) -> Iterator[Finding]:
    """Each by itself. `who`, `where`, `named`: whether its identifier, what it gets and its name have to be looked at."""
    for block in found.blocks if who or where or named or must_reserve else ():
        if who and (problems := hosts.problems(block)):
            yield from problems
        if where and scope.family == 6:
            yield from addresses_and_prefixes(block, scope)
        elif where and "ip-address" in block and (problems := one_address(block, scope)):
            yield from problems
        if named and "hostname" in block:
            name = block["hostname"]
            if name and not (_HOSTNAME.match(str(name)) and len(str(name)) <= _LONGEST_HOSTNAME):
                fix = "labels of letters, digits, hyphens and underscores, at most 63 each and 253 in all, between dots"
                message = f"{name!r} is not a host name: {fix}"
                instead = _hostname(str(name))
                yield Finding(BAD_HOSTNAME, block.where("hostname"), message, fix=instead.fix, repair=instead.repair)
        if must_reserve and not any(block.get(key) not in _NOTHING for key in _RESOURCES):
            message = (
                f"Kea {scope.configuration.version} refuses a reservation without address, hostname, option or class"
            )
            fix = "add an address, a hostname, options or client-classes"
            yield Finding(NOTHING_RESERVED, block.at, message, fix=fix)


def _all_names(names: list[Json]) -> bool:
    """True where all are host names as `_HOSTNAME` has them, and so short that no label is too long. False says nothing."""
    if not set(map(type, names)) <= {str} or len(max(names, key=len, default="")) > _LONGEST_LABEL:
        return False
    lines = "\n".join(("", *names, ""))
    signs = lines.encode(errors="surrogatepass").translate(None, _LETTERS)
    return (
        lines.count("\n") == len(names) + 1
        and not signs.translate(None, b"-.\n")
        and not any(pair in lines for pair in _MISPLACED)
    )


def _hostname(text: str) -> Instead:
    """The nearest host name: with hyphens for everything that has no place in one."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text.strip()).strip("-.")
    return Instead(f"write {name}", name) if _HOSTNAME.match(name) and len(name) <= _LONGEST_HOSTNAME else UNKNOWN


def _not_one(block: Block, found: list[str], kinds: frozenset[str]) -> Finding:
    if not found:
        message = f"the reservation has no identifier; it needs one of {', '.join(sorted(kinds))}"
        return Finding(NO_IDENTIFIER, block.at, message)
    first, second, *_ = (key for key in block if key in found)
    return Finding(
        SEVERAL_IDENTIFIERS,
        block.where(second),
        f"{second!r} is set beside {first!r}, and a reservation has one identifier",
        on_key=True,
        related=((block.where(first), "the first"),),
        fix="make a reservation for each, or remove one",
    )


def _taken(block: Block, kind: str, other: Block, family: int) -> Finding:
    loads = family == 6 and kind == "flex-id"
    return Finding(
        IDENTIFIER_TAKEN,
        block.where(kind),
        f"the {kind} {block[kind]} has a reservation here already",
        related=((other.where(kind), "the other reservation"),),
        fix="remove one of the two, or correct the identifier of the one that is for another device",
        severity=Severity.WARNING if loads else None,
    )
