"""What an option is: Kea's standard definitions per branch, and those of a configuration's `option-def`.

The standard ones stand in `data/options-dhcp4.json` and `options-dhcp6.json`, one a line. Both programs know the tables
of both families; only the spaces `dhcp4` and `dhcp6` are closed to the other one (libdhcp++.cc).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from kea_hac.kea.option_types import OptionType
from kea_hac.kea.version import Branch, span
from kea_hac.records import dataclass
from kea_hac.regex import regex

_DATA = Path(__file__).parent / "data"
_VENDOR = regex(r"vendor-\+?(\d{1,10})\Z")
_PLACE_NAME = regex(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class OptionDefinition:
    """One option as one branch of one program knows it."""

    family: int
    """4 or 6: the program, not the space."""
    branch: Branch
    space: str
    code: int
    name: str
    kind: OptionType
    array: bool = False
    """Any number of values; of a record, its last field repeats."""
    record: tuple[OptionType, ...] = ()
    """The types of a record's fields."""
    encapsulates: str = ""
    """The space of its sub-options; "" when there is none."""
    standard: bool = True
    """False for one of `option-def`."""

    @property
    def is_container(self) -> bool:
        """True when it has no value of its own."""
        return self.kind is OptionType.EMPTY


Table = Mapping[tuple[str, int | str], OptionDefinition]
"""Definitions by (space, code) and by (space, name)."""


@dataclass(frozen=True, slots=True)
class Custom:
    """The definitions of a configuration, for those who look up options of one place in it."""

    configured: Table = field(default_factory=lambda: MappingProxyType({}))
    """`option-def` at the top: asked after the standard definitions."""
    local: Table = field(default_factory=lambda: MappingProxyType({}))
    """`option-def` of the client class: asked first."""
    unknowable: frozenset[tuple[str, int | str]] = frozenset()
    """(space, code or name) of definitions that are wrong themselves: nothing is known about their options."""
    names: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)
    """The names in `configured` by space, as far as somebody asked: read once for all options and classes."""


NO_CUSTOM = Custom()


def table_of(definitions: Iterable[OptionDefinition]) -> Table:
    """Definitions by code and by name; the first of two wins, as in Kea."""
    table: dict[tuple[str, int | str], OptionDefinition] = {}
    for each in definitions:
        table.setdefault((each.space, each.code), each)
        table.setdefault((each.space, each.name), each)
    return MappingProxyType(table)


def own_space(family: int) -> str:
    """The space of a family's top-level options, and the default of `space`: dhcp4 or dhcp6."""
    return "dhcp4" if family == 4 else "dhcp6"


def is_place_name(name: str) -> bool:
    """True for what Kea takes as the name of a space, or of an option in `option-def`."""
    return _PLACE_NAME.match(name) is not None


def definition(
    family: int, space: str, key: int | str, branch: Branch, custom: Custom = NO_CUSTOM
) -> OptionDefinition | None:
    """The definition of an option by its code or its name, in the order in which Kea asks; None when nobody defines it.

    Order: the class's own, standard, vendor (`vendor-4491`), configured, last resort (option_data_parser.cc).
    """
    place = (space, key)
    standard, last_resort = _standard(family, branch)
    found = custom.local.get(place) or standard.get(place)
    if found is None and (vendor := vendor_space(family, space)):
        found = standard.get((vendor, key))
    return found or custom.configured.get(place) or last_resort.get(place)


def standard_definition(family: int, space: str, key: int | str, branch: Branch) -> OptionDefinition | None:
    """The definition that `option-def` may not override."""
    return _standard(family, branch)[0].get((space, key))


def sub_option(definition_of: OptionDefinition, space: str, code: int, custom: Custom) -> OptionDefinition | None:
    """The definition by which Kea reads a sub-option out of bytes: standard, then configured."""
    standard, _ = _standard(definition_of.family, definition_of.branch)
    return standard.get((space, code)) or custom.configured.get((space, code))


def vendor_space(family: int, space: str) -> str | None:
    """The space behind `vendor-N` that Kea has definitions for."""
    match = _VENDOR.match(space)
    return _file(family)["vendors"].get(str(int(match[1]))) if match else None


def vendor_space_of(family: int, enterprise: int) -> str | None:
    """The space of an enterprise number that Kea has definitions for."""
    name = _file(family)["vendors"].get(str(enterprise))
    return str(name) if name else None


def known_names(family: int, space: str, branch: Branch, custom: Custom = NO_CUSTOM) -> frozenset[str]:
    """The names that options of a space may have, for suggestions."""
    space = vendor_space(family, space) or space
    standard = _standard_names(family, space, branch)
    if not custom.configured and not custom.local:
        return standard
    if space not in custom.names:
        custom.names[space] = _names(space, custom.configured)
    return standard | custom.names[space] | _names(space, custom.local)


@cache
def _standard_names(family: int, space: str, branch: Branch) -> frozenset[str]:
    return _names(space, *_standard(family, branch))


def _names(space: str, *tables: Table) -> frozenset[str]:
    return frozenset(key for table in tables for (place, key) in table if place == space and isinstance(key, str))


def standard_definitions(family: int, branch: Branch) -> list[OptionDefinition]:
    """Every standard definition of a family in the order of its table, the last resort included."""
    return [each for each, _ in _rows(family, family, branch)]


@cache
def _standard(family: int, branch: Branch) -> tuple[Table, Table]:
    """The standard definitions that a program of `family` knows, and its last resort."""
    rows = [*_rows(family, family, branch), *_rows(10 - family, family, branch)]
    usual = table_of(each for each, last_resort in rows if not last_resort)
    return usual, table_of(each for each, last_resort in rows if last_resort)


def _rows(table: int, family: int, branch: Branch) -> Iterator[tuple[OptionDefinition, bool]]:
    for space, rows in _file(table)["spaces"].items():
        for row in rows:
            if branch not in span(row):
                continue
            result = OptionDefinition(
                family,
                branch,
                space,
                row["code"],
                row["name"],
                OptionType(row["type"]),
                row.get("array", False),
                tuple(OptionType(each) for each in row.get("record", ())),
                row.get("encapsulates", ""),
            )
            yield result, row.get("last-resort", False)


@cache
def _file(family: int) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = orjson.loads((_DATA / f"options-dhcp{family}.json").read_bytes())
    return facts
