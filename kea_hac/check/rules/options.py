"""Every option-data list of a configuration against the definitions, and the definitions of option-def themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules import option_rules as rules
from kea_hac.check.rules.option_entries import options_below, options_of
from kea_hac.check.rules.option_rules import (
    BAD_OPTION_CODE,
    BAD_OPTION_DATA,
    BAD_OPTION_SPACE,
    CUT_DATA,
    DROPPED_VALUES,
    INVISIBLE_DATA,
    KILLS_DHCP6,
    NAMELESS_OPTION,
    NO_VALUE,
    OPTION_TWICE,
    OTHER_FAMILY,
    OTHER_NAME,
    UNKNOWN_OPTION,
)
from kea_hac.diagnostics import REMOVE_IT, Finding, Repair, RepairKind, Route, Rule
from kea_hac.kea.config import Block
from kea_hac.kea.option_def import bad_code
from kea_hac.kea.option_definitions import (
    NO_CUSTOM,
    Custom,
    OptionDefinition,
    definition,
    is_place_name,
    known_names,
    own_space,
)
from kea_hac.kea.option_types import OptionType
from kea_hac.kea.options import Flaw, read_data
from kea_hac.kea.suggest import nearest, option_for
from kea_hac.kea.version import BRANCHES, Branch, Feature, branches_with
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_RULE_OF: dict[Flaw, Rule] = {
    Flaw.REFUSED: rules.BAD_OPTION_DATA,
    Flaw.OTHER_FAMILY: rules.OTHER_FAMILY,
    Flaw.DROPPED: rules.DROPPED_VALUES,
    Flaw.CUT: rules.CUT_DATA,
    Flaw.INVISIBLE: rules.INVISIBLE_DATA,
    Flaw.NOTHING: rules.NO_VALUE,
}
_SEVERAL = {4: frozenset({124, 125}), 6: frozenset({16, 17})}
"""Options of the top space that stand once per vendor."""
_DEADLY_6 = frozenset({3, 5, 25, 26, 44, 45})
"""kea-dhcp6 2.2.0 dies of config-get while one of them is configured (seen)."""
_JUDGED = ("space", "name", "code", "data", "csv-format", "never-send")


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong with one option-data entry, apart from where it stands."""

    rule: Rule
    key: str
    """The keyword at fault; "" for the entry."""
    message: str
    fix: str | None = None
    value: str | None = None
    """What the key is to be, where that is known."""
    removes: bool = False
    """True where the entry is to be removed."""


@dataclass(slots=True)
class _Judge:
    """Checks options by the same definitions; equal entries once."""

    family: int
    branch: Branch
    custom: Custom
    known: dict[tuple[object, ...], tuple[_Fault, ...]] = field(default_factory=dict)

    def faults(self, entry: Block, at_top: bool) -> tuple[_Fault, ...]:
        key = (at_top, *map(entry.get, _JUDGED))
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = tuple(_option_faults(self, entry, at_top))
        return found


@checks(
    NAMELESS_OPTION,
    UNKNOWN_OPTION,
    OTHER_NAME,
    BAD_OPTION_CODE,
    BAD_OPTION_SPACE,
    BAD_OPTION_DATA,
    OTHER_FAMILY,
    DROPPED_VALUES,
    CUT_DATA,
    INVISIBLE_DATA,
    NO_VALUE,
    KILLS_DHCP6,
    OPTION_TWICE,
    on=Subject.SHARED,
)
def option_data(configuration: Configuration) -> Iterator[Finding]:
    """Options that Kea refuses, or sends otherwise than they were written."""
    family = configuration.daemon.family
    if family is None:
        return
    options = options_of(configuration)
    branch = configuration.version.branch
    judge = _Judge(family, branch, options.custom)
    yield from _list(judge, configuration.config, at_top=True)
    for each in configuration.blocks("client-classes"):
        if "option-data" in each:
            yield from _list(_Judge(family, branch, options.in_class(each)) if "option-def" in each else judge, each)
    for host in configuration.hosts(configuration.config).having("option-data"):
        yield from _list(judge, host)
    for network in configuration.blocks("shared-networks"):
        yield from _list(judge, network)
    for held in options_below(configuration).holders:
        for holder in (held.subnet, *held.hosts, *held.pools, *held.pd_pools):
            yield from _list(judge, holder)


def _list(judge: _Judge, holder: Block, *, at_top: bool = False) -> Iterator[Finding]:
    entries = holder.get("option-data")
    if not isinstance(entries, list):
        return
    seen: dict[tuple[str, int], Block] = {}
    for entry in entries:
        if not isinstance(entry, Block):
            continue
        for fault in judge.faults(entry, at_top):
            at: Route = entry.where(fault.key) if fault.key in entry else entry.at
            repair = (Repair(at, RepairKind.SET, fault.value),) if fault.value is not None else ()
            repair = (Repair(entry.at, RepairKind.REMOVE),) if fault.removes else repair
            yield Finding(fault.rule, at, fault.message, fix=fault.fix, repair=repair)
        if len(entries) > 1:
            yield from _repeated(judge, entry, seen)


def _repeated(judge: _Judge, entry: Block, seen: dict[tuple[str, int], Block]) -> Iterator[Finding]:
    if entry.get("client-classes"):
        return
    space = _space(judge, entry)
    code = entry.get("code")
    if not isinstance(code, int):
        found = definition(judge.family, space, str(entry.get("name", "")), judge.branch, judge.custom)
        if found is None:
            return
        code = found.code
    if space == own_space(judge.family) and code in _SEVERAL[judge.family]:
        return
    other = seen.setdefault((space, code), entry)
    if other is not entry:
        same = {key: entry[key] for key in entry} == {key: other[key] for key in other}
        yield Finding(
            rules.OPTION_TWICE,
            entry.at,
            f"the option {entry.get('name', code)} is in this list twice",
            related=((other.at, "the first"),),
            fix="remove one" if same else "keep one of them",
            repair=REMOVE_IT if same else (),
        )


def _space(judge: _Judge, entry: Block) -> str:
    return str(entry.get("space", own_space(judge.family)))


def _option_faults(judge: _Judge, entry: Block, at_top: bool) -> Iterator[_Fault]:
    code, name, space = entry.get("code"), entry.get("name"), _space(judge, entry)
    if code is None and name is None:
        yield _Fault(rules.NAMELESS_OPTION, "", "an option needs `name` or `code`", "add `name: …`")
        return
    unfit = list(_unfit_words(judge, entry, space))
    if unfit:
        yield from unfit
        return
    key: int | str = code if isinstance(code, int) else str(name)
    if judge.custom.unknowable and {(space, key), (space, name)} & judge.custom.unknowable:
        return
    found = definition(judge.family, space, key, judge.branch, judge.custom)
    csv_format = entry.get("csv-format", True if at_top else found is not None) is True
    if found is None:
        yield from _undefined(judge, entry, key, csv_format, at_top)
    elif name is not None and found.name != name:
        yield _differing(judge, entry, found)
        return
    elif (
        judge.family == 6
        and space == "dhcp6"
        and judge.branch in branches_with(Feature.DEADLY_OPTIONS_6)
        and found.code in _DEADLY_6
    ):
        message = f"kea-dhcp6 {judge.branch} crashes at config-get while the option {found.name} is configured"
        fix = "remove the option: the server adds it itself where it is needed"
        yield _Fault(rules.KILLS_DHCP6, "", message, fix, removes=True)
    if found is not None or (isinstance(code, int) and not csv_format):
        yield from _data(judge, entry, found, csv_format)


def _only_cancels(entry: Block) -> bool:
    """True for an entry that keeps an option from being sent: Kea looks no further then."""
    return entry.get("never-send") is True and "data" not in entry


def _unfit_words(judge: _Judge, entry: Block, space: str) -> Iterator[_Fault]:
    """A code, a name or a space that no option can have."""
    code, name = entry.get("code"), entry.get("name")
    own, other = own_space(judge.family), own_space(10 - judge.family)
    if space == other:
        message = f"the space {other} belongs to the DHCPv{10 - judge.family} server"
        yield _Fault(rules.BAD_OPTION_SPACE, "space", message, f"the options of this server are in {own}")
    elif space != own and not is_place_name(space):
        yield _Fault(rules.BAD_OPTION_SPACE, "space", f"{space!r} is not a name of an option space")
    if isinstance(code, int) and (reason := bad_code(judge.family, "" if _only_cancels(entry) else space, code)):
        yield _Fault(rules.BAD_OPTION_CODE, "code", reason)
    if isinstance(name, str) and " " in name:
        yield _Fault(
            rules.UNKNOWN_OPTION,
            "name",
            f"{name!r} is not an option name: it contains a space",
            *_renamed(_near(judge, space, name)),
        )


def _undefined(judge: _Judge, entry: Block, key: int | str, csv_format: bool, at_top: bool) -> Iterator[_Fault]:
    space = _space(judge, entry)
    if isinstance(key, str):
        newer = _first_branch(judge, space, key)
        message = f"Kea {judge.branch} defines no option {key!r} in the space {space}" + newer
        near = _near(judge, space, key, judge.custom)
        if near is None and _of_the_other_family(judge, space, key):
            message += f"; it is an option of DHCPv{10 - judge.family}, and has no counterpart here"
            yield _Fault(rules.UNKNOWN_OPTION, "name", message)
            return
        fix, name = _renamed(near)
        if key.isdecimal() and key.isascii():
            fix = f"write `code: {int(key)}`"
        yield _Fault(
            rules.UNKNOWN_OPTION,
            "name",
            message,
            fix or "add it to option-def, or give `code` and `csv-format: false`",
            name,
        )
    elif csv_format:
        why = " (at the top, csv-format is true by itself)" if at_top and "csv-format" not in entry else ""
        message = f"Kea {judge.branch} has no definition of option {key} in the space {space}, so its data cannot be in csv format{why}"
        message += _first_branch(judge, space, key)
        fix = "add it to option-def, or write hexadecimal data with `csv-format: false`"
        yield _Fault(rules.UNKNOWN_OPTION, "code", message, fix)


def _differing(judge: _Judge, entry: Block, found: OptionDefinition) -> _Fault:
    name = str(entry["name"])
    meant = definition(judge.family, found.space, name, judge.branch, judge.custom)
    fix = f"write `name: {found.name}`" + (f" or `code: {meant.code}`" if meant else "")
    message = f"option {found.code} of {found.space} is {found.name!r}, not {name!r}"
    return _Fault(rules.OTHER_NAME, "name", message, fix, None if meant else found.name)


def _near(judge: _Judge, space: str, name: str, custom: Custom = NO_CUSTOM) -> str | None:
    names = known_names(judge.family, space, judge.branch, custom)
    return option_for(name, judge.family, names) if space == own_space(judge.family) else nearest(name, names)


def _renamed(name: str | None) -> tuple[str | None, str | None]:
    return (f"write `name: {name}`" if name else None), name


def _of_the_other_family(judge: _Judge, space: str, name: str) -> bool:
    other = 10 - judge.family
    return space == own_space(judge.family) and definition(other, own_space(other), name, BRANCHES[-1]) is not None


def _first_branch(judge: _Judge, space: str, key: int | str) -> str:
    newer = [each for each in BRANCHES if each.order > judge.branch.order]
    first = next((each for each in newer if definition(judge.family, space, key, each)), None)
    return f"; {first} is the first that does" if first else ""


def _data(judge: _Judge, entry: Block, found: OptionDefinition | None, csv_format: bool) -> Iterator[_Fault]:
    data = entry.get("data", "")
    if not isinstance(data, str) or _only_cancels(entry):
        return
    code = int(entry["code"]) if found is None else found.code
    asked = found or OptionDefinition(judge.family, judge.branch, _space(judge, entry), code, "", OptionType.BINARY)
    mistake = read_data(asked, data, csv_format, judge.custom)
    if mistake is None:
        return
    name = found.name if found else f"option {code}"
    where = f", value {mistake.field + 1}" if mistake.field is not None and mistake.flaw is Flaw.REFUSED else ""
    yield _Fault(_RULE_OF[mistake.flaw], "data", f"{name}{where}: {mistake.message}", mistake.fix, mistake.value)
