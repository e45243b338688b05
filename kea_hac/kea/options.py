"""Option data as Kea reads it: the text of one `option-data` entry against its definition.

In: a definition, the text of `data`, and whether it is comma-separated values or hex. Out: the worst mistake, or None.
Kea refuses some of them (`Flaw.REFUSED`); the others it swallows, and clients get something else than was written.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from kea_hac.kea.address_slips import address_fix
from kea_hac.kea.meant_values import meant_boolean, meant_integer
from kea_hac.kea.option_bytes import read_option
from kea_hac.kea.option_definitions import NO_CUSTOM, Custom, OptionDefinition, definition, own_space
from kea_hac.kea.option_notations import NOTATIONS, check_notation
from kea_hac.kea.option_types import (
    ADDRESSES,
    INTEGERS,
    SIZES,
    WORDS,
    OptionType,
    RefusedValueError,
    hex_to_bytes,
    quoted,
    split_values,
    trimmed,
    value_to_bytes,
)
from kea_hac.kea.version import Feature, branches_with
from kea_hac.records import dataclass

__all__ = [
    "NO_CUSTOM",
    "Custom",
    "Flaw",
    "Mistake",
    "OptionDefinition",
    "definition",
    "form",
    "read_data",
    "values_to_bytes",
]

_LONG_TUPLES_4 = 143
_NOT_GUESSED = frozenset(
    {OptionType.STRING, OptionType.TUPLE, OptionType.INTERNAL, OptionType.BINARY, OptionType.EMPTY}
)
"""Types whose values may hold any characters."""
_ONE_WORD = frozenset({*ADDRESSES, *INTEGERS, OptionType.BOOLEAN, OptionType.FQDN, OptionType.IPV6_PREFIX})
"""Types whose values have no space in them, so that a space can only stand between two."""
_ANY_LENGTH = (OptionType.STRING, OptionType.TUPLE)


class Flaw(StrEnum):
    """What is wrong with option data."""

    REFUSED = "refused"
    OTHER_FAMILY = "other-family"
    """Kea takes the bytes of an address of the wrong family for addresses of the right one."""
    DROPPED = "dropped"
    """Values behind a comma that Kea does not use."""
    CUT = "cut"
    """Bytes at the end that Kea does not keep."""
    INVISIBLE = "invisible"
    """Data of a container: sent, but never shown by config-get."""
    NOTHING = "nothing"
    """A list without a value: the option is sent empty."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the data of one option."""

    flaw: Flaw
    message: str
    """States the value seen; does not name the option."""
    field: int | None = None
    """Which of the comma-separated values, from 0; None for the data as a whole."""
    fix: str | None = None
    value: str | None = None
    """The data to write, where it is known."""


def read_data(definition: OptionDefinition, text: str, csv_format: bool, custom: Custom = NO_CUSTOM) -> Mistake | None:
    """The worst mistake in the data of an option, or None. `custom` is needed for sub-options in the data."""
    mistake = _mistake(definition, text, csv_format, custom)
    if mistake is None or not csv_format or mistake.flaw is Flaw.INVISIBLE:
        return mistake
    meant = _data_meant(definition, text, custom)
    return mistake if meant is None else replace(mistake, fix=f"write {_in_quotes(meant)}", value=meant)


def _in_quotes(data: str) -> str:
    """Data as it can be written in YAML and in JSON, also in braces: a list of values needs quotes."""
    return f'"{data}"' if "," in data and '"' not in data and "\\" not in data else f"`{data}`"


def _mistake(definition: OptionDefinition, text: str, csv_format: bool, custom: Custom) -> Mistake | None:
    try:
        return _values(definition, text, custom) if csv_format else _hex(definition, text, custom)
    except RefusedValueError as refusal:
        return Mistake(Flaw.REFUSED, str(refusal), refusal.field, _advice(definition, text, csv_format))


def _data_meant(definition: OptionDefinition, text: str, custom: Custom) -> str | None:
    """The data that is meant: with commas between the values, addresses without a length, numbers without a unit."""
    kinds = set(definition.record or (definition.kind,))
    if kinds & _NOT_GUESSED:
        return None
    separators = re.compile(r"\s*[;,|]\s*|\s+") if kinds <= _ONE_WORD else re.compile(r"\s*[;,]\s*")
    parts = [each for each in separators.split(text.strip()) if each]
    meant = ", ".join(_value_meant(each, kinds) for each in parts)
    if not meant or meant == text or _mistake(definition, meant, True, custom) is not None:
        return None
    return meant


def _value_meant(text: str, kinds: set[OptionType]) -> str:
    family = next((ADDRESSES[kind] for kind in kinds if kind in ADDRESSES), None)
    if family and len(kinds) == 1:
        return str(address_fix(text, family).value or text)
    if kinds == {OptionType.BOOLEAN}:
        return meant_boolean(text) or text
    return meant_integer(text) or text if kinds <= set(INTEGERS) else text


def form(definition: OptionDefinition) -> str:
    """What right data is, in words: no example, which somebody could copy."""
    special = _notation(definition)
    if special:
        return special
    kinds = definition.record or (definition.kind,)
    words = ", ".join(WORDS[kind] for kind in kinds) + (
        ", or several with commas between them" if definition.array else ""
    )
    if kinds == (OptionType.EMPTY,):
        return "no data"
    return words


def values_to_bytes(definition: OptionDefinition, text: str) -> bytes:
    """The bytes that Kea makes of comma-separated values. Raises RefusedValueError; not for the notations of 2.6."""
    values = split_values(text)
    return b"".join(_written(definition, _kinds(definition, len(values)), values))


def _values(definition: OptionDefinition, text: str, custom: Custom) -> Mistake | None:
    values = split_values(text)
    if definition.kind is OptionType.INTERNAL:
        if not values:
            raise RefusedValueError("it needs a value")
        if _notation(definition):
            check_notation(definition.family, definition.code, values)
        return None
    kinds = _kinds(definition, len(values))
    written = _written(definition, kinds, values)
    foreign = _of_other_family(kinds, values, written)
    try:
        lost = read_option(definition, b"".join(written), custom).lost
    except RefusedValueError as refusal:
        if foreign is not None and refusal.field is None:
            raise RefusedValueError(*foreign) from None
        raise
    if foreign is not None:
        return Mistake(Flaw.OTHER_FAMILY, foreign[0], foreign[1], f"write {form(definition)}")
    if len(values) > len(kinds):
        return _dropped(definition, values, len(kinds))
    if lost:
        return Mistake(Flaw.CUT, f"Kea loses the last {_bytes(lost)} of {quoted(text)}")
    if definition.array and not values:
        return Mistake(Flaw.NOTHING, "there is no value", None, f"write {form(definition)}, or leave the option out")
    return None


def _kinds(definition: OptionDefinition, values: int) -> tuple[OptionType, ...]:
    """The type that each value is read as; there may be more values than Kea reads."""
    if definition.kind is OptionType.RECORD:
        if values < len(definition.record):
            raise RefusedValueError(f"{values} values are too few, it is a record of {len(definition.record)}")
        more = values - len(definition.record) if definition.array else 0
        return definition.record + definition.record[-1:] * more
    if definition.array:
        return (definition.kind,) * values
    if not values and definition.kind is not OptionType.EMPTY:
        raise RefusedValueError("it needs a value")
    return (definition.kind,)


def _written(definition: OptionDefinition, kinds: tuple[OptionType, ...], values: list[str]) -> list[bytes]:
    """The bytes of each value that Kea reads."""
    long_tuple = definition.family == 6 or (
        definition.code == _LONG_TUPLES_4 and definition.branch in branches_with(Feature.TUPLE_LIST_OPTIONS)
    )
    written: list[bytes] = []
    for kind, value in zip(kinds, values, strict=False):
        try:
            written.append(value_to_bytes(kind, trimmed(value), long_tuple=long_tuple))
        except RefusedValueError as refusal:
            raise RefusedValueError(str(refusal), len(written)) from None
    return written


def _of_other_family(kinds: tuple[OptionType, ...], values: list[str], written: list[bytes]) -> tuple[str, int] | None:
    for number, (kind, raw) in enumerate(zip(kinds, written, strict=False)):
        family = ADDRESSES.get(kind)
        if family is not None and len(raw) != SIZES[kind]:
            text = quoted(trimmed(values[number]))
            return f"{text} is an IPv{10 - family} address, the option holds IPv{family} addresses", number
    return None


def _dropped(definition: OptionDefinition, values: list[str], used: int) -> Mistake:
    message = f"Kea uses {_counted(used)} and drops the rest: {quoted(','.join(values[used:]))}"
    is_text = definition.kind in _ANY_LENGTH or definition.record[-1:] in ((OptionType.STRING,), (OptionType.TUPLE,))
    fix = "write a comma inside a value with a backslash: `\\,`" if is_text else f"write {form(definition)}"
    value = None
    if definition.kind in _ANY_LENGTH and not definition.array:
        value = ",".join(values).replace(",", "\\,")
        fix = f"write `{value}`: a backslash before a comma that belongs to the string"
    return Mistake(Flaw.DROPPED, message, used, fix, value)


def _counted(used: int) -> str:
    return "only the value before the first comma" if used == 1 else f"only the first {used} values"


def _hex(definition: OptionDefinition, text: str, custom: Custom) -> Mistake | None:
    data = hex_to_bytes(text)
    lost = read_option(definition, data, custom).lost
    if definition.is_container:
        hidden = definition.branch in branches_with(Feature.CONTAINER_DATA_HIDDEN)
        shown = not hidden and definition.encapsulates and not lost
        return _invisible(definition, data) if data and not shown else None
    if not lost:
        return None
    size = SIZES.get(definition.kind)
    room = f"; the option holds {_bytes(size)}" if size and not definition.array else ""
    message = f"Kea loses or changes the last {_bytes(lost)} of {_bytes(len(data))}{room}"
    return Mistake(Flaw.CUT, message, None, f"write {form(definition)} without csv-format")


def _invisible(definition: OptionDefinition, data: bytes) -> Mistake:
    if not definition.encapsulates:
        return Mistake(Flaw.INVISIBLE, f"{_bytes(len(data))} for an option that has no value", None, "leave data out")
    fix = f"write each sub-option as option-data of its own with `space: {definition.encapsulates}`"
    if definition.code == 43:
        fix += ", or define option 43 as `type: binary` in option-def"
    return Mistake(Flaw.INVISIBLE, f"{_bytes(len(data))} for a container of sub-options", None, fix)


def _advice(definition: OptionDefinition, text: str, csv_format: bool) -> str:
    if not csv_format:
        return f"write {form(definition)} without csv-format: false, or hexadecimal digits"
    if definition.kind is OptionType.BINARY and text:
        if not _is_hex(text):
            return "write hexadecimal digits, or `csv-format: false` and the string in single quotes"
        return "write the digits without colons, spaces and 0x, or add `csv-format: false`"
    if definition.is_container:
        inside = f"; its sub-options are option-data with `space: {definition.encapsulates}`"
        return "leave data out" + (inside if definition.encapsulates else "")
    return f"write {form(definition)}"


def _is_hex(text: str) -> bool:
    try:
        return bool(hex_to_bytes(text))
    except RefusedValueError:
        return False


def _notation(definition: OptionDefinition) -> str | None:
    if definition.kind is not OptionType.INTERNAL or definition.space != own_space(definition.family):
        return None
    return NOTATIONS.get((definition.family, definition.code))


def _bytes(number: int) -> str:
    return "1 byte" if number == 1 else f"{number} bytes"
