"""DHCPv4 options that contradict the subnet whose clients get them: routers, subnet-mask and broadcast-address.

An option that several subnets inherit is one finding at the place where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.nets import Net, nets_of
from kea_hac.check.rules.option_entries import Holders, OptionEntries, OptionEntry, options_below, options_of
from kea_hac.check.rules.subnet_index import SubnetIndex
from kea_hac.diagnostics import Finding, Repair, RepairKind, Route, warning
from kea_hac.kea.addressing import Prefix, address_text
from kea_hac.kea.config import Block, Once, blocks_of
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


@dataclass(slots=True, eq=False)
class _Link:
    """A subnet as its clients see it."""

    net: Net
    prefix: Prefix
    masked: bool
    """True where an option says another mask, which is a finding of its own and explains the rest."""


@dataclass(slots=True, eq=False)
class _Written:
    """One entry of an option, and the subnets whose clients get it."""

    entry: OptionEntry
    links: list[_Link] = field(default_factory=list)
    inherited: bool = False


class _Homes:
    """In which subnet an address is. Indexed at the first question, because most routers are in the subnet that names them."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._once = Once()

    def anywhere(self, number: int) -> Block | None:
        """The subnet that an address is in."""
        subnets = self._configuration.subnets()
        return self._once.of(subnets, SubnetIndex, lambda _: SubnetIndex(subnets, 4)).home(number)

    def on_link(self, number: int, network: Block | None) -> bool:
        """Whether an address is in a subnet of a shared network."""
        return network is not None and self._once.of(network, SubnetIndex, _subnets_in).home(number) is not None


def _subnets_in(network: Block) -> SubnetIndex:
    return SubnetIndex(blocks_of(network.get("subnet4")), 4)


@checks(ROUTER_OUTSIDE, MASK_NOT_SENT, OTHER_BROADCAST, on=Subject.SHARED)
def contradicting_options(configuration: Configuration) -> Iterator[Finding]:
    """Options of subnets, and those that subnets inherit. What a class sends depends on its members, and is not judged."""
    if configuration.daemon.family != 4 or any(name == _CHANGES_ANSWERS for name, _ in configuration.libraries()):
        return
    homes = _Homes(configuration)
    for code, written in _entries(configuration):
        if code == _MASK:
            yield from _mask(written)
        elif code == _BROADCAST:
            yield from _broadcast(written)
        elif code in (_ROUTERS, _STATIC):
            yield from _routers(written, homes)
    yield from _masks_of_classes(configuration)


def _entries(configuration: Configuration) -> Iterator[tuple[int, _Written]]:
    """Every entry of these options with the subnets that it reaches."""
    options, below, top = options_of(configuration), options_below(configuration), configuration.config
    in_classes = {each.option.code for block in configuration.blocks("client-classes") for each in _of(options, block)}
    codes = {
        each.option.code for block in (top, *configuration.blocks("shared-networks")) for each in _of(options, block)
    }
    codes.update(in_classes, (code for space, code in below.keys if space == "dhcp4"))
    masks, routes = _MASK in codes, not _CLASSLESS.isdisjoint(codes)
    if codes.isdisjoint(_READ):
        return
    above_known: dict[int, dict[int, _Written]] = {}
    for net, held in zip(nets_of(configuration), below.holders, strict=True):
        if net.prefix is None:
            continue
        above = (net.network, top) if net.network is not None else (top,)
        for level in above:
            if id(level) not in above_known:
                above_known[id(level)] = {
                    each.option.code: _Written(each, inherited=True) for each in _of(options, level)
                }
        inherited = [above_known[id(level)] for level in above]
        own, below_own = _of(options, net.block), _of_holders(options, held)
        if not (own or below_own or any(inherited)):
            continue
        link = _Link(net, net.prefix, masks and _is_masked(net.prefix, own, inherited))
        routed = routes and _is_routed(own, below_own, inherited, in_classes)
        for each in (*own, *below_own):
            if not (routed and each.option.code == _ROUTERS):
                yield each.option.code, _Written(each, [link])
        if any(inherited):
            _pass_on(link, {each.option.code for each in own if each.for_all}, inherited, in_classes, routed)
    for known in above_known.values():
        yield from ((code, written) for code, written in known.items() if written.links)


def _pass_on(
    link: _Link, seen: set[int], inherited: list[dict[int, _Written]], in_classes: set[int], routed: bool
) -> None:
    """Notes at each inherited entry that a subnet gets it. `seen`: what the subnet itself says."""
    for known in inherited:
        if known is inherited[-1]:
            seen |= in_classes  # before the top: a class may have its own for the clients of this subnet
        for code, written in known.items():
            if code not in seen and not (routed and code == _ROUTERS):
                written.links.append(link)
        seen |= known.keys()


def _is_masked(prefix: Prefix, own: list[OptionEntry], inherited: list[dict[int, _Written]]) -> bool:
    masks = [each for each in own if each.option.code == _MASK]
    masks += [known[_MASK].entry for known in inherited if _MASK in known]
    return any(_length(each) != prefix.length for each in masks)


def _is_routed(
    own: list[OptionEntry], below: list[OptionEntry], inherited: list[dict[int, _Written]], in_classes: set[int]
) -> bool:
    """Whether a client may get routes that make it ignore the option routers."""
    if any(each.option.code in _CLASSLESS and each.for_all for each in own):
        return True
    if any(each.option.code in _CLASSLESS for each in below):
        return True
    return any(not _CLASSLESS.isdisjoint(codes) for codes in (in_classes, *inherited))


def _of_holders(options: OptionEntries, held: Holders) -> list[OptionEntry]:
    """The entries of what is below a subnet. A pool of prefixes gives no address."""
    if not held.pools and not held.hosts:
        return []
    found = [each for pool in held.pools for each in _of(options, pool)]
    return found + [each for host in held.hosts for each in _those_read(options.of_host(host))]


def _of(options: OptionEntries, holder: Block) -> list[OptionEntry]:
    return _those_read(options.of(holder))


def _those_read(entries: list[OptionEntry]) -> list[OptionEntry]:
    return [each for each in entries if each.option.code in _READ and each.option.space == "dhcp4" and each.sent]


# -- routers ----------------------------------------------------------------------------------------------------------


def _routers(written: _Written, homes: _Homes) -> Iterator[Finding]:
    name = written.entry.option.name
    numbers = written.entry.addresses
    for number in numbers[1::2] if name == "static-routes" else numbers:
        wrong = [link for link in written.links if _out_of_reach(number, link, homes)]
        if number == _NOWHERE or not wrong:
            continue
        text, link = address_text(4, number), wrong[0]
        ends = _end_of(number, link)
        if ends:
            message = f"the router {text} is {ends} of {link.prefix}"
        else:
            message = f"the router {text} is not in the subnet {link.prefix}{_inheriting(written, wrong)}"
            home = homes.anywhere(number)
            message += f"; it is in {home.get('subnet')}" if home is not None else ""
        related: tuple[tuple[Route, str], ...] = ()
        if written.inherited or written.entry.block.at[: len(link.net.block.at)] != link.net.block.at:
            related = ((link.net.block.where("subnet"), "this subnet gets it"),)
        where = "set the option in each subnet" if written.inherited else "write the address that the router has"
        fix = f"{where}, an address of {link.prefix} here" if written.inherited else f"{where} in {link.prefix}"
        yield Finding(ROUTER_OUTSIDE, written.entry.block.where("data"), message, related=related, fix=fix)


def _out_of_reach(number: int, link: _Link, homes: _Homes) -> bool:
    if link.masked or link.prefix.length == _HOST:
        return False  # the only address of a link: routes come by other means
    if not link.net.first <= number <= link.net.last and not homes.on_link(number, link.net.network):
        return True
    return bool(_end_of(number, link))


def _end_of(number: int, link: _Link) -> str:
    """What the address is where no host can have it; "" where one can."""
    if link.prefix.length > 30:
        return ""
    if number == link.net.last:
        return "the broadcast address"
    return "the network address" if number == link.net.first else ""


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
    numbers = entry.addresses
    inverse = ~numbers[0] & 0xFFFFFFFF if numbers else -1
    return 32 - inverse.bit_length() if inverse >= 0 and inverse & (inverse + 1) == 0 else None


def _mask(written: _Written) -> Iterator[Finding]:
    numbers, length = written.entry.addresses, _length(written.entry)
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
    options = options_of(configuration)
    entries = [each for block in configuration.blocks("client-classes") for each in _of(options, block)]
    masks = [each for each in entries if each.option.code == _MASK and each.addresses]
    lengths = {net.prefix.length for net in nets_of(configuration) if net.prefix is not None} if masks else set()
    for each in masks if lengths else ():
        if _length(each) not in lengths:
            text = address_text(4, each.addresses[0])
            message = f"the subnet mask {text} is never sent: Kea sends each subnet's own mask"
            at, repair = each.block.where("data"), (Repair(each.block.at, RepairKind.REMOVE),)
            yield Finding(MASK_NOT_SENT, at, message, fix="remove it", repair=repair)


def _broadcast(written: _Written) -> Iterator[Finding]:
    numbers = written.entry.addresses
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
