"""Options that are configured and that no client gets: sub-options without their carrier, options that are always replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.option_entries import OptionEntries, OptionEntry, options_below, options_of
from kea_hac.diagnostics import Finding, Route, Severity, info, warning
from kea_hac.kea.config import Block
from kea_hac.kea.option_definitions import OptionDefinition, own_space, standard_definitions, vendor_space
from kea_hac.kea.version import BRANCHES
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass
from kea_hac.regex import regex

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4, on the wire"

NO_CARRIER = warning(
    "KH427",
    "sub-option-without-carrier",
    why="Kea sends a sub-option inside of the option that encapsulates its space, and only when that option is in the same "
    "list of option-data. Otherwise no client gets the sub-option, or the option arrives empty.",
    source=f"CfgOption::encapsulate; Kea ARM, 'DHCPv4 Vendor-Specific Options'; {_SEEN}: in one subnet, at the top and in a "
    "subnet, in a class and in a subnet, in a pool and in its subnet",
    rests_on=("*option-def",),
)
VENDOR_ON_REQUEST = info(
    "KH428",
    "vendor-options-on-request-only",
    why="Kea sends options of a vendor's space to clients that name the enterprise number in their query. Other clients get "
    "them only when the option that carries them is configured with this number.",
    source=f"Dhcpv4Srv::appendRequestedVendorOptions; {_SEEN}; 2.2.0 does not count option 124",
)
ALWAYS_REPLACED = warning(
    "KH429",
    "option-always-replaced",
    why="Kea looks for an option in the reservation, the pool, the subnet, the shared network, the classes and the "
    "top, in this order, and sends the first that it finds. This value is never sent, because the places before "
    "it set the option for every client.",
    source=f"Dhcpv4Srv::buildCfgOptionList; {_SEEN}",
)
_VENDOR = regex(r"vendor-\+?(\d{1,10})\Z")
_CABLE_LABS = 4491
"""DOCSIS: its clients always name the number."""
_VENDOR_CARRIER = {4: (125, "vivso-suboptions"), 6: (17, "vendor-opts")}
_SEVERAL = {4: frozenset({43, 124, 125}), 6: frozenset({16, 17})}
"""Options that can be sent for several vendors, or whose content depends on the class."""
_FROM_CLIENT = "dhcp-agent-options-space"
_NEVER_BELOW = frozenset({"", "dhcp4", "dhcp6", _FROM_CLIENT})
"""Spaces of options that need no other option to carry them."""
_CHANGES_ANSWERS = "libdhcp_flex_option.so"


@dataclass(slots=True)
class _List:
    """One list of option-data."""

    words: str
    entries: list[OptionEntry]
    definitions: dict[str, OptionDefinition] = field(default_factory=dict)
    """space → the definition, of those that are configured for this list, that encapsulates it."""


@checks(NO_CARRIER, VENDOR_ON_REQUEST, on=Subject.SERVER)
def sub_options(configuration: Configuration) -> Iterator[Finding]:
    """Sub-options that nothing carries. Says nothing where a config backend or flex_option may add what does."""
    family = configuration.daemon.family
    if family is None or _from_backend(configuration):
        return
    if any(name == _CHANGES_ANSWERS for name, _ in configuration.libraries()) or not _sub_spaces(configuration):
        return
    lists = list(_lists(configuration))
    carriers: dict[str, str] = {}
    for each in lists:
        for entry in each.entries:
            if entry.option.encapsulates and entry.sent:
                carriers.setdefault(entry.option.encapsulates, each.words)
    for each in lists:
        yield from _without_carrier(each, family, carriers)
    yield from _vendors(lists, family)


def _from_backend(configuration: Configuration) -> bool:
    control = configuration.config.get("config-control")
    return isinstance(control, Block) and bool(control.get("config-databases"))


def _sub_spaces(configuration: Configuration) -> bool:
    """Whether an option is in another space than that of all answers."""
    options, top = options_of(configuration), configuration.config
    spaces = set(options_below(configuration).spaces)
    entries = [options.of(each) for each in (top, *configuration.blocks("shared-networks"))]
    entries += [options.of_class(each) for each in configuration.blocks("client-classes")]
    entries += [options.of_host(each) for each in configuration.hosts(top).having("option-data")]
    spaces.update(str(each.block.get("space", "")) for listed in entries for each in listed)
    return not spaces <= _NEVER_BELOW


def _lists(configuration: Configuration) -> Iterator[_List]:
    options, top = options_of(configuration), configuration.config
    known = {each.encapsulates: each for each in options.definitions() if each.encapsulates}
    yield _List("the top", options.of(top), known)
    for block in configuration.blocks("client-classes"):
        own = known
        if "option-def" in block:
            own = {**known, **{each.encapsulates: each for each in options.definitions(block) if each.encapsulates}}
        yield _List(f"the class {block.get('name')}", options.of_class(block), own)
    for block in configuration.blocks("shared-networks"):
        yield _List(f"the shared network {block.get('name')}", options.of(block), known)
    for block in configuration.hosts(top).having("option-data"):
        yield _List("a reservation", options.of_host(block), known)
    for held in options_below(configuration).holders:
        yield _List(f"the subnet {held.subnet.get('subnet')}", options.of(held.subnet), known)
        for words, blocks in (("a pool", held.pools), ("a pool of prefixes", held.pd_pools)):
            for block in blocks:
                yield _List(words, options.of(block), known)
        for block in held.hosts:
            yield _List("a reservation", options.of_host(block), known)


def _without_carrier(each: _List, family: int, carriers: dict[str, str]) -> Iterator[Finding]:
    carried = {entry.option.encapsulates for entry in each.entries if entry.sent}
    lost: dict[str, list[OptionEntry]] = {}
    for entry in each.entries:
        space = str(entry.block.get("space", own_space(family)))
        if space in _NEVER_BELOW or _VENDOR.match(space) or space in carried or not entry.sent:
            continue
        lost.setdefault(space, []).append(entry)
    for space, entries in lost.items():
        entry, more = entries[0], len(entries) - 1
        rest = f" and {more} more of its space" if more else ""
        message = (
            f"the sub-option {entry.option.name}{rest} is never sent: no option that carries {space!r} is in this list"
        )
        carrier = each.definitions.get(space) or _standard_carrier(family, space)
        if space in carriers:
            message += f", only in that of {carriers[space]}"
        fix = f"add `name: {carrier.name}` to this list" if carrier is not None else _no_definition(family, space)
        yield Finding(NO_CARRIER, entry.block.at, message, fix=fix)


def _standard_carrier(family: int, space: str) -> OptionDefinition | None:
    known = (each for each in standard_definitions(family, BRANCHES[-1]) if each.encapsulates == space)
    return next(known, None)


def _no_definition(family: int, space: str) -> str:
    if space == vendor_space(family, f"vendor-{_CABLE_LABS}"):
        return f"write `space: vendor-{_CABLE_LABS}`: Kea sends no option of the space {space} itself"
    if family == 4:
        return f"define option 43 with `type: empty` and `encapsulate: {space}`, and add it to this list"
    return f"define an option with `type: empty` and `encapsulate: {space}`, and add it to this list"


def _vendors(lists: list[_List], family: int) -> Iterator[Finding]:
    """Vendor spaces without their carrier anywhere: what a client that names the number gets does not depend on it."""
    code, name = _VENDOR_CARRIER[family]
    named: set[int] = set()
    for each in lists:
        for entry in each.entries:
            if entry.key == (own_space(family), code) and entry.sent:
                text = str(entry.block.get("data", "")).partition(",")[0].strip()
                if entry.block.get("csv-format") is False or not text.isdecimal():
                    return
                named.add(int(text))
    seen: set[int] = set()
    for each in lists:
        for entry in each.entries:
            found = _VENDOR.match(str(entry.block.get("space", "")))
            number = int(found[1]) if found else _CABLE_LABS
            if number in (_CABLE_LABS, *seen, *named) or not entry.sent:
                continue
            seen.add(number)
            message = f"only clients that name the enterprise {number} get the options of the space vendor-{number}"
            fix = f'add `name: {name}` with `data: "{number}"` beside it if others need them'
            yield Finding(VENDOR_ON_REQUEST, entry.block.at, message, fix=fix)


# -- always replaced --------------------------------------------------------------------------------------------------


@checks(ALWAYS_REPLACED, on=Subject.SHARED)
def always_replaced(configuration: Configuration) -> Iterator[Finding]:
    """Options of classes that every subnet sets again, and of shared networks that each of its subnets does."""
    if configuration.daemon.family is None or _from_backend(configuration):
        return
    options = options_of(configuration)
    networks = [each for each in configuration.blocks("shared-networks") if options.of(each)]
    classes = [each for each in configuration.blocks("client-classes") if options.of_class(each)]
    if not networks and not classes:
        return
    own: dict[int, dict[tuple[str, int], OptionEntry]] = {}
    everywhere: list[dict[tuple[str, int], OptionEntry]] = []
    below: dict[int, list[dict[tuple[str, int], OptionEntry]]] = {}
    for network, subnet in configuration.with_networks():
        for block in (subnet,) if network is None else (subnet, network):
            if id(block) not in own:
                own[id(block)] = _for_all(options, block)
        everywhere.append({**own[id(network)], **own[id(subnet)]} if network is not None else own[id(subnet)])
        if network is not None:
            below.setdefault(id(network), []).append(own[id(subnet)])
    for network in networks:
        what = f"the shared network {network.get('name')}"
        yield from _replaced(options.of(network), _in_all(below.get(id(network), [])), what, Severity.INFO)
    always = _in_all(everywhere)
    for block in classes if always else ():
        yield from _replaced(options.of_class(block), always, f"the class {block.get('name')}", None)


def _for_all(options: OptionEntries, block: Block) -> dict[tuple[str, int], OptionEntry]:
    """What every client of a subnet or network gets."""
    found: dict[tuple[str, int], OptionEntry] = {}
    for entry in options.of(block):
        if entry.sent and entry.for_all:
            found.setdefault(entry.key, entry)
    return found


@dataclass(slots=True)
class _Set:
    """An option that all subnets set."""

    first: Route
    values: set[tuple[object, object]]
    subnets: int


def _in_all(subnets: list[dict[tuple[str, int], OptionEntry]]) -> dict[tuple[str, int], _Set]:
    """The options that every one of the subnets sets."""
    if not subnets:
        return {}
    common = set(subnets[0]).intersection(*subnets[1:])
    return {
        key: _Set(subnets[0][key].block.at, {_value(each[key]) for each in subnets}, len(subnets)) for key in common
    }


def _value(entry: OptionEntry) -> tuple[object, object]:
    return entry.block.get("data"), entry.block.get("csv-format", True)


def _replaced(
    entries: list[OptionEntry], always: dict[tuple[str, int], _Set], what: str, severity: Severity | None
) -> Iterator[Finding]:
    for entry in entries:
        family = entry.option.family
        known = always.get(entry.key)
        if known is None or entry.option.space != own_space(family) or entry.option.code in _SEVERAL[family]:
            continue
        if not entry.sent or known.values == {_value(entry)}:
            continue
        by = "the subnet sets" if known.subnets == 1 else f"all {known.subnets} subnets set"
        fix = f"remove it, or set the common value of {entry.option.name} at the top"
        if severity is None:
            fix += ", which comes after classes"
        yield Finding(
            ALWAYS_REPLACED,
            entry.block.at,
            f"{entry.option.name} of {what} is never sent: {by} it",
            related=((known.first, "set again here"),),
            fix=fix,
            severity=severity,
        )
