"""`option-data` and `option-def` as config-get shows them.

Facts: CfgOption::toElement, CfgOptionDef::toElement and OptionDataParser at 2.2.0, 2.4.2, 2.6.3, 3.0.4 and 3.2.0; the
tests compare with real servers. Spaces come sorted by name, options within a space in the order in which they were
written, and the spaces of vendors last, by number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.encapsulation import Holding, stored_values
from kea_hac.kea.config_get.target import Target, finished, maps, where_in, with_context
from kea_hac.kea.option_def import DefinitionError, read_definition
from kea_hac.kea.option_definitions import Custom, OptionDefinition, definition, own_space, table_of
from kea_hac.kea.option_types import RefusedValueError, hex_to_bytes, split_values
from kea_hac.kea.version import Feature, has
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.document import Secret

_VENDOR = regex(r"vendor-\+?(\d{1,10})\Z")


def definitions_of(target: Target, entries: Json) -> Custom:
    """The definitions of an `option-def` list; one that Kea refuses defines nothing."""
    return Custom(table_of(_definitions(target, entries)))


def with_local(target: Target, entries: Json) -> Custom:
    """The definitions of the configuration and those of a client class."""
    return Custom(target.custom.configured, table_of(_definitions(target, entries)))


def _definitions(target: Target, entries: Json) -> Iterator[OptionDefinition]:
    for entry in maps(entries):
        try:
            yield read_definition(target.family, target.branch, entry)
        except (DefinitionError, KeyError, ValueError, TypeError):
            continue


def option_defs(target: Target, entries: Json) -> list[Block]:
    """An `option-def` list: ordered by space, then as written."""
    result = []
    for entry in maps(entries):
        words = [word.strip(" \t\n") for word in split_values(str(entry.get("record-types", "")), escape=False)]
        block: dict[str, Json] = {
            "array": entry.get("array", False),
            "code": entry.get("code"),
            "encapsulate": entry.get("encapsulate", ""),
            "name": entry.get("name"),
            "record-types": ", ".join(word for word in words if word),
            "space": entry.get("space", own_space(target.family)),
            "type": entry.get("type"),
        }
        moved: dict[str, tuple[str | int, ...]] = {}
        with_context(entry, block, moved)
        result.append(finished(entry, block, moved))
    result.sort(key=lambda block: str(block["space"]))
    return result


@dataclass(frozen=True, slots=True)
class _Option:
    """One entry of `option-data`, looked up."""

    entry: Mapping[str, Json]
    space: str
    vendor: int | None
    code: int | None
    definition: OptionDefinition | None
    csv: bool
    text: Json


def option_data(target: Target, entries: Json, custom: Custom, *, at_top: bool = False) -> list[Block]:
    """An `option-data` list. `at_top`: the global one, where a missing csv-format means true."""
    if not entries:
        return []
    options = [_looked_up(target, entry, custom, at_top) for entry in maps(entries)]
    if len(options) > 1:
        options.sort(key=_order)
    values = _stored(target, options, custom)
    return [_shown(target, option, custom, value) for option, value in zip(options, values, strict=True)]


def _order(option: _Option) -> tuple[int, int, str]:
    return (0, 0, option.space) if option.vendor is None else (1, option.vendor, "")


def _looked_up(target: Target, entry: Mapping[str, Json], custom: Custom, at_top: bool) -> _Option:
    space = entry.get("space")
    if not isinstance(space, str):
        space = own_space(target.family)
    code = entry.get("code")
    key = code if isinstance(code, int) else entry.get("name")
    found = definition(target.family, space, key, target.branch, custom) if isinstance(key, int | str) else None
    if found is not None:
        code = found.code
    match = _VENDOR.match(space)
    vendor = int(match[1]) if match else None
    csv = entry.get("csv-format")
    if csv is None:
        csv = found is not None or at_top
    return _Option(entry, space, vendor or None, code, found, csv, entry.get("data"))


def _stored(target: Target, options: list[_Option], custom: Custom) -> list[bytes | None]:
    """The bytes of every option whose bytes are shown, or whose bytes stand in another's; None where nobody asks."""
    if all(option.csv and option.text for option in options):
        return [None] * len(options)
    holdings = [
        Holding(
            option.space,
            option.vendor is not None,
            option.code,
            option.definition,
            option.csv,
            option.text,
            option.entry.get("never-send") is True,
        )
        for option in options
    ]
    return stored_values(target.family, holdings, custom)


def _shown(target: Target, option: _Option, custom: Custom, value: bytes | None) -> Block:
    entry = option.entry
    result: dict[str, Json] = {"always-send": entry.get("always-send", False), "code": option.code}
    moved: dict[str, tuple[str | int, ...]] = {}
    if "code" not in entry and "name" in entry:
        moved["code"] = where_in(entry, "name")
    if target.knows("option-data", "never-send"):
        result["never-send"] = entry.get("never-send", False)
    if entry.get("client-classes"):
        result["client-classes"] = list(dict.fromkeys(entry["client-classes"]))
    result["space"] = f"vendor-{option.vendor}" if option.vendor else option.space
    name = _named(target, option, custom)
    if name is not None:
        result["name"] = name.name
        if "name" not in entry and "code" in entry:
            moved["name"] = where_in(entry, "code")
    hidden = name is not None and name.is_container and has(target.version, Feature.CONTAINER_DATA_HIDDEN)
    result.update(_data(option, value, hidden, cancelled=result.get("never-send") is True))
    with_context(entry, result, moved)
    return finished(entry, result, moved)


def _named(target: Target, option: _Option, custom: Custom) -> OptionDefinition | None:
    """The definition whose name is printed: looked up by code. Before 3.0 a class's own definitions are not asked."""
    if option.code is None or not (custom.local or custom.configured):
        return option.definition
    asked = custom if has(target.version, Feature.CLASS_DEFINITIONS_NAMED) else target.custom
    return definition(target.family, option.space, option.code, target.branch, asked)


def _data(option: _Option, value: bytes | None, hidden: bool, *, cancelled: bool) -> dict[str, Json]:
    """`csv-format` and `data` (CfgOption::toElement): the text as written, or the bytes of the option in memory."""
    if isinstance(option.text, Secret):
        return {"csv-format": option.csv, "data": option.text}
    if option.csv and option.text and option.definition is not None:
        return {"csv-format": True, "data": "" if hidden else option.text}
    if cancelled and not value:
        return {}
    if hidden:
        return {"csv-format": option.csv and _of_an_answer(option), "data": ""}
    return {"csv-format": False, "data": option.text if value is None else value.hex().upper()}


def _of_an_answer(option: _Option) -> bool:
    """True for what can only come from an answer: 2.6 prints values of a class's own option 43 as "", and refuses that."""
    known = option.definition
    return known is not None and not known.is_container and not known.array and not option.text


@dataclass(frozen=True, slots=True)
class LostData:
    """What config-get leaves out of the data of one entry."""

    space: str
    code: int | None
    hidden: bool = False
    """True when there are bytes, and none is shown."""
    shown: str | None = None
    """The digits that are shown, where they are not those that were written; None where they are."""


def lost_data(target: Target, entry: Mapping[str, Json], custom: Custom, *, at_top: bool = False) -> LostData:
    """Hold one entry of `option-data` against what is shown of it. Its sub-options from other entries are left out."""
    option = _looked_up(target, entry, custom, at_top)
    nothing = LostData(option.space, option.code)
    if option.definition is None or not isinstance(option.text, str):
        return nothing
    name = _named(target, option, custom)
    if name is not None and name.is_container and has(target.version, Feature.CONTAINER_DATA_HIDDEN):
        return LostData(option.space, option.code, hidden=bool(option.text.strip()))
    if option.csv:
        return nothing
    try:
        octets = hex_to_bytes(option.text)
    except RefusedValueError:
        return nothing
    value = _stored(target, [option], custom)[0]
    changed = value is not None and value != octets
    return LostData(option.space, option.code, shown=value.hex().upper() if value is not None and changed else None)
