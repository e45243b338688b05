"""DHCPv4 options that contradict the subnet whose clients get them: routers, subnet-mask and broadcast-address.

An option that several subnets inherit is one finding at the place where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.nets import prefix_of
from kea_hac.check.rules.option_entries import OptionEntries, OptionEntry, addresses_in, with_levels
from kea_hac.check.rules.subnet_index import SubnetIndex
from kea_hac.diagnostics import Finding, Repair, RepairKind, Route, warning
from kea_hac.kea.addressing import Prefix, address_text
from kea_hac.kea.config import Block, blocks_of
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4, on the wire"

ROUTER_OUTSIDE = warning(
    "KH424",
    "router-out-of-reach",
    why="A client sends packets to other networks through a router on its own link. With a router outside of its subnet "
    "it has no way out, unless it gets a route to that router by other means.",
    source=f"RFC 2132 3.5; RFC 1122 3.3.1; {_SEEN}",
)
MASK_NOT_SENT = warning(
    "KH425",
    "subnet-mask-never-sent",
    why="Kea always sends the mask of the subnet, and never an option subnet-mask, wherever it is set. Clients work with "
    "another mask than the one that is written.",
    source="Dhcpv4Srv::assignLease (getNetmaskOption); seen on 2.2.0, 2.6.3, 3.0.4, on the wire: of a subnet, a pool, a "
    "class, the top and a reservation, with always-send",
)
OTHER_BROADCAST = warning(
    "KH426",
    "broadcast-address-of-another-subnet",
    why="Clients send their broadcasts to an address that is not the broadcast address of their link. Other hosts do not "
    "receive them.",
    source=f"RFC 2132 5.3; {_SEEN}",
)
_MASK, _ROUTERS, _BROADCAST, _STATIC = 1, 3, 28, 33
_CLASSLESS = frozenset({121, 249})
"""Clients that get one of them ignore the option routers (RFC 3442), and can have a route to a router elsewhere."""
_READ = frozenset({_MASK, _ROUTERS, _BROADCAST, _STATIC, *_CLASSLESS})
_NOWHERE = 0
_LIMITED_BROADCAST = 0xFFFFFFFF
_HOST = 32
_CHANGES_ANSWERS = "libdhcp_flex_option.so"


@dataclass(frozen=True, slots=True)
class _Link:
    """A subnet as its clients see it."""

    subnet: Block
    prefix: Prefix
    masked: bool
    """True where an option says another mask, which is a finding of its own and explains the rest."""
    siblings: SubnetIndex
    """The subnets of its shared network, itself among them; none for a subnet without one."""


@dataclass(slots=True)
class _Written:
    """One entry of an option, and the subnets whose clients get it."""

    entry: OptionEntry
    links: list[_Link] = field(default_factory=list)
    inherited: bool = False


@checks(ROUTER_OUTSIDE, MASK_NOT_SENT, OTHER_BROADCAST, on=Subject.SHARED)
def contradicting_options(configuration: Configuration) -> Iterator[Finding]:
    """Options of subnets, and those that subnets inherit. What a class sends depends on its members, and is not judged."""
    if configuration.daemon.family != 4 or any(name == _CHANGES_ANSWERS for name, _ in configuration.libraries()):
        return
    networks = SubnetIndex(configuration.subnets(), 4)
    for code, written in _entries(configuration):
        if code == _MASK:
            yield from _mask(written)
        elif code == _BROADCAST:
            yield from _broadcast(written)
        elif code in (_ROUTERS, _STATIC):
            yield from _routers(written, networks)
    yield from _masks_of_classes(configuration)


def _entries(configuration: Configuration) -> Iterator[tuple[int, _Written]]:
    """Every entry of these options with the subnets that it reaches."""
    options = OptionEntries(configuration)
    in_classes = {entry.option.code for each in configuration.blocks("client-classes") for entry in _of(options, each)}
    above_known: dict[int, dict[int, _Written]] = {}
    siblings: dict[int, SubnetIndex] = {}
    for subnet, above in with_levels(configuration):
        prefix = prefix_of(subnet, 4)
        if prefix is None:
            continue
        for level in above:
            if id(level) not in above_known:
                above_known[id(level)] = {e.option.code: _Written(e, inherited=True) for e in _of(options, level)}
                below = blocks_of(level.get("subnet4")) if level is not configuration.config else ()
                siblings[id(level)] = SubnetIndex(below, 4)
        own = list(_of(options, subnet))
        below_own = [entry for holder in _below(configuration, subnet) for entry in _of(options, holder)]
        masks = (*own, *(each.entry for level in above for each in above_known[id(level)].values()))
        masked = any(_length(entry) != prefix.length for entry in masks if entry.option.code == _MASK)
        link = _Link(subnet, prefix, masked, siblings[id(above[0])])
        seen = {entry.option.code for entry in own if entry.for_all}
        near = {*seen, *(entry.option.code for entry in below_own)}
        for level in above:
            near |= above_known[id(level)].keys()
        routed = bool(_CLASSLESS & (near | in_classes))
        for entry in (*own, *below_own):
            if not (routed and entry.option.code == _ROUTERS):
                yield entry.option.code, _Written(entry, [link])
        for level in above:
            if level is configuration.config:
                seen |= in_classes  # a class may have its own for the clients of this subnet
            for code, written in above_known[id(level)].items():
                if code not in seen and not (routed and code == _ROUTERS):
                    written.links.append(link)
            seen |= above_known[id(level)].keys()
    for known in above_known.values():
        yield from ((code, written) for code, written in known.items() if written.links)


def _of(options: OptionEntries, holder: Block) -> Iterator[OptionEntry]:
    for entry in options.of(holder):
        if entry.sent and entry.option.space == "dhcp4" and entry.option.code in _READ:
            yield entry


def _below(configuration: Configuration, subnet: Block) -> Iterator[Block]:
    yield from blocks_of(subnet.get("pools"))
    yield from configuration.hosts(subnet).having("option-data")


# -- routers ----------------------------------------------------------------------------------------------------------


def _routers(written: _Written, networks: SubnetIndex) -> Iterator[Finding]:
    name = written.entry.option.name
    numbers = addresses_in(written.entry)
    for number in numbers[1::2] if name == "static-routes" else numbers:
        wrong = [link for link in written.links if _out_of_reach(number, link)]
        if number == _NOWHERE or not wrong:
            continue
        text, link = address_text(4, number), wrong[0]
        ends = _end_of(number, link)
        if ends:
            message = f"the router {text} is {ends} of {link.prefix}"
        else:
            message = f"the router {text} is not in the subnet {link.prefix}{_inheriting(written, wrong)}"
            home = networks.home(number)
            message += f"; it is in {home.get('subnet')}" if home is not None else ""
        related: tuple[tuple[Route, str], ...] = ()
        if written.inherited or written.entry.block.at[: len(link.subnet.at)] != link.subnet.at:
            related = ((link.subnet.where("subnet"), "this subnet gets it"),)
        where = "set the option in each subnet" if written.inherited else "write the address that the router has"
        fix = f"{where}, an address of {link.prefix} here" if written.inherited else f"{where} in {link.prefix}"
        yield Finding(ROUTER_OUTSIDE, written.entry.block.where("data"), message, related=related, fix=fix)


def _out_of_reach(number: int, link: _Link) -> bool:
    if link.masked or link.prefix.length == _HOST:
        return False  # the only address of a link: routes come by other means
    if not link.prefix.first <= number <= link.prefix.last and link.siblings.home(number) is None:
        return True
    return bool(_end_of(number, link))


def _end_of(number: int, link: _Link) -> str:
    """What the address is where no host can have it; "" where one can."""
    if link.prefix.length > 30:
        return ""
    return {link.prefix.first: "the network address", link.prefix.last: "the broadcast address"}.get(number, "")


def _inheriting(written: _Written, wrong: list[_Link]) -> str:
    if not written.inherited:
        return ""
    rest = len(wrong) - 1
    return (
        ", which inherits it"
        + (f", as do {rest} others that it is not in" if rest > 1 else "")
        + (", as does another one that it is not in" if rest == 1 else "")
    )


# -- masks and broadcasts ---------------------------------------------------------------------------------------------


def _length(entry: OptionEntry) -> int | None:
    """255.255.255.0 → 24; None for what is no mask."""
    numbers = addresses_in(entry)
    inverse = ~numbers[0] & 0xFFFFFFFF if numbers else -1
    return 32 - inverse.bit_length() if inverse >= 0 and inverse & (inverse + 1) == 0 else None


def _mask(written: _Written) -> Iterator[Finding]:
    numbers, length = addresses_in(written.entry), _length(written.entry)
    wrong = [link for link in written.links if length != link.prefix.length]
    if not numbers or not wrong:
        return
    prefix = wrong[0].prefix
    own = address_text(4, ~((1 << 32 - prefix.length) - 1) & 0xFFFFFFFF)
    message = f"the subnet mask {address_text(4, numbers[0])} is never sent: "
    if written.inherited:
        message += f"Kea sends each subnet's own mask, {own} in {prefix}"
    else:
        message += f"Kea sends {own}, the mask of {prefix}"
    fix = "remove it"
    if length is not None and not written.inherited:
        fix += f", or write the subnet as {Prefix(4, prefix.first, length).network} if that is its size"
    entry = written.entry.block
    yield Finding(MASK_NOT_SENT, entry.where("data"), message, fix=fix, repair=(Repair(entry.at, RepairKind.REMOVE),))


def _masks_of_classes(configuration: Configuration) -> Iterator[Finding]:
    """Masks of classes that no subnet has, so that no member can get them."""
    options = OptionEntries(configuration)
    lengths = {prefix.length for subnet in configuration.subnets() if (prefix := prefix_of(subnet, 4))}
    for block in configuration.blocks("client-classes") if lengths else ():
        for entry in _of(options, block):
            if entry.option.code == _MASK and addresses_in(entry) and _length(entry) not in lengths:
                text = address_text(4, addresses_in(entry)[0])
                message = f"the subnet mask {text} is never sent: Kea sends each subnet's own mask"
                at, repair = entry.block.where("data"), (Repair(entry.block.at, RepairKind.REMOVE),)
                yield Finding(MASK_NOT_SENT, at, message, fix="remove it", repair=repair)


def _broadcast(written: _Written) -> Iterator[Finding]:
    numbers = addresses_in(written.entry)
    if not numbers or numbers[0] == _LIMITED_BROADCAST:
        return
    wrong = [link for link in written.links if _not_broadcast(numbers[0], link)]
    if not wrong:
        return
    link, entry = wrong[0], written.entry.block
    own = address_text(4, link.prefix.last)
    message = (
        f"the broadcast address {address_text(4, numbers[0])} is not that of {link.prefix}{_inheriting(written, wrong)}"
    )
    repair: tuple[Repair, ...] = (Repair(entry.at, RepairKind.REMOVE),)
    if not written.inherited:
        repair = (Repair(entry.where("data"), RepairKind.SET, own),) if entry.get("csv-format") is not False else ()
    fix = "remove it, and set it in the subnets that need it" if written.inherited else f"write {own}"
    yield Finding(OTHER_BROADCAST, entry.where("data"), message, fix=fix, repair=repair)


def _not_broadcast(number: int, link: _Link) -> bool:
    return link.prefix.length <= 30 and not link.masked and number != link.prefix.last
