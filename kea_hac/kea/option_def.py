"""`option-def`: a configuration's own definitions, read and judged as Kea does.

Facts: OptionDefParser in dhcp_parsers.cc, OptionDefinition::validate, CfgOptionDef::add at 2.2.0, 2.6.3, 3.0.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kea_hac.kea.option_definitions import OptionDefinition, is_place_name, own_space, standard_definition
from kea_hac.kea.option_types import OptionType, quoted, split_values
from kea_hac.kea.version import Branch, Feature, branches_with

HIGHEST_CODE: Mapping[int, int] = {4: 255, 6: 65535}
_LAST_ONLY = (OptionType.STRING, OptionType.BINARY)


class DefinitionError(ValueError):
    """A definition that Kea refuses; `key` is the keyword at fault."""

    def __init__(self, key: str, message: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.key = key
        self.fix = fix


def bad_code(family: int, space: str, code: int) -> str | None:
    """Why an option of a space cannot have a code, or None."""
    if not 0 <= code <= HIGHEST_CODE[family]:
        return f"the code {code} is not between 0 and {HIGHEST_CODE[family]}"
    if space == own_space(family):
        if code == 0:
            return "the code 0 is reserved" + (" for PAD" if family == 4 else "")
        if code == 255 and family == 4:
            return "the code 255 is reserved for END"
    return None


def type_names(branch: Branch) -> list[str]:
    """The type names that a branch knows."""
    internal = branch in branches_with(Feature.INTERNAL_OPTION_TYPE)
    return [kind for kind in OptionType if kind is not OptionType.INTERNAL or internal]


def read_definition(family: int, branch: Branch, entry: Mapping[str, Any]) -> OptionDefinition:
    """One entry of `option-def` that has name, code and type. Raises DefinitionError for what Kea refuses."""
    space = str(entry.get("space", own_space(family)))
    name, code, encapsulates = str(entry["name"]), int(entry["code"]), str(entry.get("encapsulate", ""))
    array = entry.get("array", False) is True
    _check_names(name, space, encapsulates)
    if reason := bad_code(family, space, code):
        raise DefinitionError("code", reason)
    if encapsulates and array:
        raise DefinitionError("encapsulate", "an array cannot have sub-options", "leave out array or encapsulate")
    if encapsulates == space:
        raise DefinitionError("encapsulate", f"the option would encapsulate its own space {space!r}")
    kind = _kind("type", str(entry["type"]), branch)
    record = _record(kind, str(entry.get("record-types", "")), branch)
    _check_shape(kind, array, record)
    return OptionDefinition(family, branch, space, code, name, kind, array, record, encapsulates, standard=False)


def overridden(definition: OptionDefinition) -> OptionDefinition | None:
    """The standard definition of the same code or name in the same space: Kea refuses to have it overridden."""
    for key in (definition.code, definition.name):
        found = standard_definition(definition.family, definition.space, key, definition.branch)
        if found:
            return found
    return None


def may_stand_in_class(definition: OptionDefinition) -> bool:
    """True for the codes that a client class may define: those whose meaning depends on the vendor."""
    return definition.space == "dhcp4" and (definition.code == 43 or 224 <= definition.code <= 254)


def _check_names(name: str, space: str, encapsulates: str) -> None:
    for key, value in (("name", name), ("space", space), ("encapsulate", encapsulates)):
        if not is_place_name(value) and (value or key != "encapsulate"):
            raise DefinitionError(
                key,
                f"{quoted(value)} is not a name; a name has letters, digits, - and _, with a letter or digit at both ends",
            )


def _kind(key: str, text: str, branch: Branch) -> OptionType:
    known = type_names(branch)
    if text not in known:
        raise DefinitionError(
            key, f"Kea {branch} knows no option type {quoted(text)}", f"the types are {', '.join(known)}"
        )
    return OptionType(text)


def _record(kind: OptionType, text: str, branch: Branch) -> tuple[OptionType, ...]:
    words = [word.strip() for word in split_values(text, escape=False) if word.strip()]
    if words and kind is not OptionType.RECORD:
        raise DefinitionError("record-types", f"only `type: record` has record-types, this one is {kind}")
    return tuple(_kind("record-types", word, branch) for word in words)


def _check_shape(kind: OptionType, array: bool, record: tuple[OptionType, ...]) -> None:
    if kind is not OptionType.RECORD:
        if array and kind in (*_LAST_ONLY, OptionType.EMPTY, OptionType.INTERNAL):
            raise DefinitionError("array", f"there is no array of {kind}", "leave array out")
        return
    never = (OptionType.EMPTY, OptionType.INTERNAL, OptionType.RECORD)
    wrong = next((each for each in record if each in never), None)
    if wrong is not None:
        raise DefinitionError("record-types", f"a record cannot hold {wrong}")
    if len(record) < 2:
        raise DefinitionError("record-types", f"a record needs two fields or more, this one has {len(record)}")
    early = next((each for each in record[:-1] if each in _LAST_ONLY), None)
    if early is not None:
        raise DefinitionError("record-types", f"{early} can only be the last field of a record")
    if array and record[-1] in _LAST_ONLY:
        raise DefinitionError("array", f"the last field would repeat, and there is no array of {record[-1]}")
