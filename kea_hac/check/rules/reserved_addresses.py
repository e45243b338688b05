"""Addresses and prefixes reserved for hosts: whether Kea can read them, where they lie, and whether they are taken."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import field
from itertools import accumulate, chain

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.addressing import exclusion_problem
from kea_hac.check.rules.nets import Net, nets_of, prefix_of
from kea_hac.check.rules.reserved import HOSTS, MULTICAST, Reserved
from kea_hac.diagnostics import NOT_LOADED, NOT_READ, REMOVE_IT, Finding, Route, Severity, refused, set_it, warning
from kea_hac.kea.address_slips import address_fix, prefix_fix
from kea_hac.kea.address_words import not_address
from kea_hac.kea.addressing import BITS, Prefix, address_text, packed, read_prefix
from kea_hac.kea.config import Block, Columns, Json
from kea_hac.kea.proposal import UNKNOWN, Instead
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

BAD_ADDRESS = refused(
    "KH306",
    "bad-reserved-address",
    why=f"The value is not an address of this family that a client can use. {NOT_LOADED}",
    source=f"Host::setIPv4Reservation, IPv6Resrv::set; {_SEEN}",
)
OUTSIDE = refused(
    "KH307",
    "reserved-address-outside-subnet",
    why=f"A client in this subnet cannot use an address of another prefix. {NOT_LOADED}",
    source=f"Subnet4ConfigParser::validateResv; {_SEEN}",
)
ADDRESS_TAKEN = refused(
    "KH308",
    "reserved-address-taken",
    why="Two clients would share one address. Kea checks this unless ip-reservations-unique is false. A prefix "
    f"and an address with the same first address count as equal. {NOT_LOADED}",
    source=f"CfgHosts::add4, add6; {_SEEN}",
)
TWICE = refused(
    "KH309",
    "reserved-twice-for-one-host",
    why=f"The same address or prefix is listed twice in one reservation. {NOT_LOADED}",
    source=f"Host::addReservation; {_SEEN}",
)
BAD_PREFIX = refused(
    "KH310",
    "bad-reserved-prefix",
    why=f"The reserved prefix is not a valid prefix. {NOT_LOADED} Kea 2.2 accepts a length of 0 and host bits, "
    "and delegates the prefix as it is written.",
    source=f"host_reservation_parser.cc, ChangeLog 2082 (2.3.4); {_SEEN}",
)
BAD_EXCLUSIONS = refused(
    "KH311",
    "bad-excluded-prefixes",
    why=f"Each excluded prefix belongs to one reserved prefix and must be a part of it. {NOT_READ}",
    source="host_reservation_parser.cc, ChangeLog 2280; seen on 3.0.4, the first branch that has the key",
)
NOWHERE = warning(
    "KH313",
    "global-reservation-outside-all-subnets",
    why="From 2.4 on Kea gives the address of a global reservation only when it is in the subnet of the client. "
    "This address is in no subnet, so the client gets an address from a pool.",
    source="ChangeLog 2099 (2.3.5); seen on 2.6.3 and 3.0.4 (accepted)",
)
_NO_HOST = {4: frozenset({bytes(4), b"\xff" * 4}), 6: frozenset[bytes]()}
_ADDRESSED = ("ip-address", "ip-addresses")


@dataclass(frozen=True, slots=True)
class Delegated:
    """The prefixes of a list of reservations."""

    addresses: frozenset[int]
    """As they are written, of those that can be read."""
    firsts: list[int]
    """The first address of each, in order."""
    last: int
    """The last address that is in one of them; -1 where there is none."""
    sound: bool
    """True where nothing is wrong with any of them, and none is there twice."""


def delegated_in(configuration: Configuration, holder: Block) -> Delegated:
    """The prefixes that a subnet reserves, or the top. Looked for once for all who ask."""
    listed = holder.get("reservations")
    if configuration.daemon.family == 4 or not isinstance(listed, list) or not listed:
        return _NO_PREFIXES
    if "prefixes" not in configuration.all_hosts().keys:
        return _NO_PREFIXES
    found = configuration.hosts(holder)
    if "prefixes" not in found.keys:
        return _NO_PREFIXES
    return configuration.once.of(listed, Delegated, lambda _: _delegated(found))


def _delegated(hosts: Columns) -> Delegated:
    texts: list[Json] = list(chain.from_iterable(each for each in hosts.values("prefixes") if isinstance(each, list)))
    read = [read_prefix(text, 6) if isinstance(text, str) else None for text in texts]
    prefixes = [prefix for prefix in read if prefix is not None]
    addresses = frozenset(prefix.address for prefix in prefixes)
    sound = "excluded-prefixes" not in hosts.keys and len(addresses) == len(texts)
    sound = sound and all(prefix.length and not prefix.has_host_bits for prefix in prefixes)
    sound = sound and max(addresses, default=0) <= HOSTS[6][1]
    firsts = sorted(prefix.first for prefix in prefixes)
    return Delegated(addresses, firsts, max((prefix.last for prefix in prefixes), default=-1), sound)


_NO_PREFIXES = Delegated(frozenset(), [], -1, True)


def all_in_place(reserved: Reserved, delegated: Delegated, net: Net | None) -> bool:
    """True where nothing is wrong with all addresses and prefixes of a subnet, None: the global ones. False says nothing."""
    numbers = reserved.numbers
    if not (reserved.sound and delegated.sound and delegated.addresses.isdisjoint(numbers)):
        return False
    return not numbers or net is None or net.prefix is None or net.first <= numbers[0] <= numbers[-1] <= net.last


@dataclass(slots=True)
class Scope:
    """The reservations of one subnet, or the global ones: Kea holds them against each other."""

    configuration: Configuration
    family: int
    subnet: Block | None = None
    """None for the global ones, which may lie anywhere."""
    prefix: Prefix | None = field(init=False, default=None)
    low: bytes = field(init=False)
    high: bytes = field(init=False)
    unique: bool = field(init=False)
    """False when the configuration allows several hosts to share an address."""
    taken: dict[bytes, Route] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """What holds for all its addresses."""
        size = BITS[self.family] // 8
        self.prefix = prefix_of(self.subnet, self.family) if self.subnet is not None else None
        self.low = self.prefix.first.to_bytes(size) if self.prefix else bytes(size)
        self.high = self.prefix.last.to_bytes(size) if self.prefix else b"\xff" * size
        self.unique = self.configuration.config.get("ip-reservations-unique") is not False

    def good(self, text: Json) -> bytes | None:
        """The address, packed, when nothing is wrong with it: the short way."""
        raw = packed(text, self.family) if isinstance(text, str) else None
        if raw is None or not self.low <= raw <= self.high or (self.unique and raw in self.taken):
            return None
        return None if raw in _NO_HOST[self.family] or (raw[0] == MULTICAST and self.family == 6) else raw

    def problems(self, at: Route, text: Json) -> Iterator[Finding]:
        """What is wrong with an address that is not good."""
        if not isinstance(text, str):
            return
        family, prefix = self.family, self.prefix
        raw = packed(text, family)
        if raw is None:
            instead = address_fix(text, family)
            message = not_address(text, family)
            yield Finding(BAD_ADDRESS, at, message, fix=instead.fix, repair=instead.repair)
            return
        if raw in _NO_HOST[family] or (family == 6 and raw[0] == MULTICAST):
            yield Finding(BAD_ADDRESS, at, f"{text} cannot be reserved: it is not the address of a host")
            return
        if prefix and self.subnet is not None and not self.low <= raw <= self.high:
            first, last = address_text(family, prefix.first), address_text(family, prefix.last)
            related = ((self.subnet.where("subnet"), "the prefix is set here"),)
            message = f"the reserved address {text} lies outside its subnet {prefix}"
            yield Finding(OUTSIDE, at, message, related=related, fix=f"use one between {first} and {last}")
        if self.unique and raw in self.taken:
            yield self.taken_already(at, text, raw)

    def taken_already(self, at: Route, text: str, raw: bytes) -> Finding:
        """Another host has it."""
        return Finding(
            ADDRESS_TAKEN,
            at,
            f"{text} is reserved already",
            related=((self.taken[raw], "the other reservation"),),
            fix="use another one, or set ip-reservations-unique to false if both hosts share it",
        )


def one_address(block: Block, scope: Scope) -> Iterable[Finding]:
    """`ip-address` of a reservation that has one."""
    text = block["ip-address"]
    good = scope.good(text)
    if good is not None:
        scope.taken[good] = (*block.at, "ip-address")
        return ()
    found = tuple(scope.problems(block.where("ip-address"), text))
    raw = packed(text, 4) if isinstance(text, str) else None
    if raw is not None:
        scope.taken.setdefault(raw, (*block.at, "ip-address"))
    return found


def addresses_and_prefixes(block: Block, scope: Scope) -> Iterator[Finding]:
    """`ip-addresses`, `prefixes` and `excluded-prefixes` of a reservation."""
    own: dict[tuple[bytes, int], Route] = {}
    addresses, prefixes = block.get("ip-addresses"), block.get("prefixes")
    for number, text in enumerate(addresses if isinstance(addresses, list) else ()):
        at = (*block.where("ip-addresses"), number)
        raw = packed(text, 6) if isinstance(text, str) else None
        if raw is not None and (raw, 0) in own:
            related = ((own[raw, 0], "the first"),)
            yield Finding(TWICE, at, f"{text} is listed twice", related=related, fix="remove one", repair=REMOVE_IT)
            continue
        if scope.good(text) is None:
            yield from scope.problems(at, text)
        if raw is not None:
            own[raw, 0] = at
            scope.taken.setdefault(raw, at)
    result: list[Prefix | None] = []
    for number, text in enumerate(prefixes if isinstance(prefixes, list) else ()):
        at = (*block.where("prefixes"), number)
        prefix = None
        if isinstance(text, str):
            prefix = read_prefix(text, 6)
            yield from _prefix(at, text, prefix, scope, own)
        result.append(prefix)
    if "excluded-prefixes" in block:
        yield from _exclusions(block, result)


def _prefix(
    at: Route, text: str, prefix: Prefix | None, scope: Scope, own: dict[tuple[bytes, int], Route]
) -> Iterator[Finding]:
    raw = prefix.address.to_bytes(16) if prefix else b""
    if prefix is None or raw[0] == MULTICAST:
        instead = UNKNOWN if prefix else _length_missing(text)
        message = f"{text!r} is not an IPv6 prefix that can be delegated"
        yield Finding(BAD_PREFIX, at, message, fix=instead.fix, repair=instead.repair)
        return
    strict = has(scope.configuration.version, Feature.PREFIXES_WITHOUT_HOST_BITS)
    severity = None if strict else Severity.WARNING
    if prefix.length == 0:
        yield Finding(BAD_PREFIX, at, f"{text!r} has a length of 0; it must be at least 1", severity=severity)
        return
    if prefix.has_host_bits:
        message = f"{prefix} does not start at the first address of {prefix.network}"
        yield Finding(
            BAD_PREFIX,
            at,
            message,
            fix=f"write {prefix.network}",
            severity=severity,
            repair=set_it(str(prefix.network)),
        )
    if (raw, prefix.length) in own:
        related = ((own[raw, prefix.length], "the first"),)
        yield Finding(TWICE, at, f"{prefix} is listed twice", related=related, fix="remove one", repair=REMOVE_IT)
        return
    if scope.unique and raw in scope.taken:
        yield scope.taken_already(at, str(prefix), raw)
    own[raw, prefix.length] = at
    scope.taken.setdefault(raw, at)


def _length_missing(text: str) -> Instead:
    """The fix of a prefix that is none. The length of one that lacks it is the user's to know."""
    if packed(text, 6):
        return Instead(f"write its length behind it: {text}/ and a number from 1 to 128")
    return prefix_fix(text, 6)


def _exclusions(block: Block, prefixes: list[Prefix | None]) -> Iterator[Finding]:
    listed, at = block["excluded-prefixes"], block.where("excluded-prefixes")
    if not isinstance(listed, list):
        return
    if len(listed) != len(prefixes) or "prefixes" not in block:
        message = f"there are {len(listed)} excluded prefixes for {len(prefixes)} prefixes"
        fix = 'one for each prefix, in their order; "" for a prefix without one'
        yield Finding(BAD_EXCLUSIONS, at, message, on_key=True, fix=fix)
        return
    for number, (text, delegated) in enumerate(zip(listed, prefixes, strict=True)):
        if not isinstance(text, str) or not text:
            continue
        excluded = read_prefix(text, 6)
        here = (*at, number)
        if excluded is None or excluded.length == 0:
            instead = UNKNOWN if excluded else _length_missing(text)
            message = f"{text!r} is not an IPv6 prefix"
            yield Finding(BAD_EXCLUSIONS, here, message, fix=instead.fix, repair=instead.repair)
        elif excluded.has_host_bits:
            message = f"{excluded} does not start at the first address of {excluded.network}"
            yield Finding(
                BAD_EXCLUSIONS, here, message, fix=f"write {excluded.network}", repair=set_it(str(excluded.network))
            )
        elif delegated is not None and (problem := exclusion_problem(excluded, delegated.network)):
            yield Finding(BAD_EXCLUSIONS, here, problem)


@checks(NOWHERE, on=Subject.SHARED)
def within_reach(configuration: Configuration) -> Iterator[Finding]:
    """Addresses reserved globally that no subnet holds."""
    family, hosts = configuration.daemon.family, configuration.hosts(configuration.config).having(*_ADDRESSED)
    if not family or not hosts or not has(configuration.version, Feature.GLOBAL_ADDRESS_IN_SUBNET):
        return
    reach = sorted((net.first, net.last) for net in nets_of(configuration) if net.prefix is not None)
    starts = [first for first, _ in reach]
    farthest = list(accumulate((last for _, last in reach), max))
    for block in hosts if reach else ():
        for at, text in _addresses(block):
            raw = packed(text, family)
            number = int.from_bytes(raw) if raw else 0
            before = bisect_right(starts, number)
            if number and (not before or number > farthest[before - 1]):
                yield Finding(NOWHERE, at, f"the reserved address {text} is in no subnet")


def _addresses(block: Block) -> Iterator[tuple[Route, Json]]:
    if "ip-address" in block:
        yield block.where("ip-address"), str(block["ip-address"])
    listed = block.get("ip-addresses")
    for number, text in enumerate(listed if isinstance(listed, list) else ()):
        yield (*block.where("ip-addresses"), number), str(text)
