"""The value of an option in its two forms: text (`csv-format: true`) and bytes in hexadecimal digits.

For options with a standard definition, which `option-def` may not override: what a name and a code mean there is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv4Address, IPv6Address

from kea_hac.kea.config import Json
from kea_hac.kea.option_definitions import OptionDefinition, standard_definition
from kea_hac.kea.option_types import INTEGERS, SIZES, OptionType, RefusedValueError, hex_to_bytes
from kea_hac.kea.options import values_to_bytes
from kea_hac.kea.version import Branch
from kea_hac.regex import regex

_PRINTED = regex(rb"[!-+\--\[\]-~](?:[ -+\--\[\]-~]*[!-+\--\[\]-~])?")
"""Text that Kea reads back as it is: printable, no comma, no backslash, no space at its ends."""
_LABEL = regex(rb"[A-Za-z0-9_-]+")


def option_bytes(family: int, branch: Branch, option: Mapping[str, Json]) -> bytes | None:
    """The bytes of one option as `kea.shown` has it (`space`, `code`, `csv-format`, `data`).

    None where they are not certain: no standard definition, a secret, data that Kea refuses, a notation of its own.
    """
    space, code, data = option.get("space"), option.get("code"), option.get("data")
    if not isinstance(space, str) or not isinstance(code, int) or not isinstance(data, str):
        return None
    known = standard_definition(family, space, code, branch)
    if known is None or known.kind in (OptionType.INTERNAL, OptionType.EMPTY):
        return None
    try:
        return values_to_bytes(known, data) if option.get("csv-format") is True else hex_to_bytes(data)
    except RefusedValueError:
        return None


def text_of(definition: OptionDefinition, digits: str) -> str | None:
    """Hexadecimal data as the text that Kea makes the same bytes of; None where there is no such text."""
    try:
        data = hex_to_bytes(digits)
        text = _text(definition, data)
        exact = text is not None and values_to_bytes(definition, text) == data
    except (RefusedValueError, ValueError):
        return None
    return text if exact else None


def _text(definition: OptionDefinition, data: bytes) -> str | None:
    kind = definition.kind
    if kind is OptionType.STRING and not definition.array:
        return data.decode("ascii") if _PRINTED.fullmatch(data) else None
    values: list[str] = []
    rest = data
    while rest:
        size = _name_size(rest) if kind is OptionType.FQDN else _SIZES.get(kind, 0)
        if not size or size > len(rest):
            return None
        values.append(_READERS[kind](rest[:size]))
        rest = rest[size:]
    return ", ".join(values) if len(values) == 1 or (values and definition.array) else None


def _name_size(data: bytes) -> int:
    """The length of the domain name at the beginning; 0 where there is none of plain labels with an end."""
    at = 0
    while at < len(data):
        length = data[at]
        if not length:
            return at + 1 if at else 0
        if length > 63 or not _LABEL.fullmatch(data[at + 1 : at + 1 + length]):
            return 0
        at += 1 + length
    return 0


def _name(data: bytes) -> str:
    labels: list[str] = []
    at = 0
    while data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode("ascii"))
        at += 1 + data[at]
    return ".".join(labels)


def _number(data: bytes, *, signed: bool) -> str:
    return str(int.from_bytes(data, "big", signed=signed))


_SIZES: Mapping[OptionType, int] = {
    **{kind: SIZES[kind] for kind in INTEGERS},
    OptionType.BOOLEAN: 1,
    OptionType.IPV4_ADDRESS: 4,
    OptionType.IPV6_ADDRESS: 16,
}
_READERS: Mapping[OptionType, Callable[[bytes], str]] = {
    **{kind: partial(_number, signed=low < 0) for kind, (low, _) in INTEGERS.items()},
    OptionType.BOOLEAN: lambda data: "true" if data != b"\0" else "false",
    OptionType.IPV4_ADDRESS: lambda data: str(IPv4Address(data)),
    OptionType.IPV6_ADDRESS: lambda data: str(IPv6Address(data)),
    OptionType.FQDN: _name,
}
