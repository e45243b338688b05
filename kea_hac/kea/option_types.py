"""The types of option values: how Kea reads each from text into bytes (`csv-format: true`), and the forms of hex data.

Facts: option_definition.cc, option_data_types.cc and str.cc of libkea-dhcp and libkea-util at 2.2.0, 2.4.2, 2.6.3, 3.0.4
and 3.2.0; the tests ask real servers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from kea_hac.kea.address_words import not_address
from kea_hac.kea.addressing import packed
from kea_hac.kea.domain_names import name_to_wire
from kea_hac.regex import regex


class OptionType(StrEnum):
    """The type names of `option-def`."""

    EMPTY = "empty"
    BINARY = "binary"
    BOOLEAN = "boolean"
    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    UINT8 = "uint8"
    UINT16 = "uint16"
    UINT32 = "uint32"
    IPV4_ADDRESS = "ipv4-address"
    IPV6_ADDRESS = "ipv6-address"
    IPV6_PREFIX = "ipv6-prefix"
    PSID = "psid"
    STRING = "string"
    TUPLE = "tuple"
    FQDN = "fqdn"
    INTERNAL = "internal"
    """2.6 and newer: bytes, or for some standard options a notation of their own."""
    RECORD = "record"


INTEGERS: Mapping[OptionType, tuple[int, int]] = {
    OptionType.INT8: (-(2**7), 2**7 - 1),
    OptionType.INT16: (-(2**15), 2**15 - 1),
    OptionType.INT32: (-(2**31), 2**31 - 1),
    OptionType.UINT8: (0, 2**8 - 1),
    OptionType.UINT16: (0, 2**16 - 1),
    OptionType.UINT32: (0, 2**32 - 1),
}
SIZES: Mapping[OptionType, int] = {
    OptionType.BOOLEAN: 1,
    OptionType.INT8: 1,
    OptionType.UINT8: 1,
    OptionType.INT16: 2,
    OptionType.UINT16: 2,
    OptionType.INT32: 4,
    OptionType.UINT32: 4,
    OptionType.IPV4_ADDRESS: 4,
    OptionType.IPV6_ADDRESS: 16,
    OptionType.PSID: 3,
}
"""Bytes of a value; types that are not listed have no fixed size."""
ADDRESSES: Mapping[OptionType, int] = {OptionType.IPV4_ADDRESS: 4, OptionType.IPV6_ADDRESS: 6}
"""The family of the addresses."""
WORDS: Mapping[OptionType, str] = {
    OptionType.EMPTY: "nothing",
    OptionType.BINARY: "hexadecimal digits",
    OptionType.BOOLEAN: "true or false",
    **{kind: f"an integer from {low} to {high}" for kind, (low, high) in INTEGERS.items()},
    OptionType.IPV4_ADDRESS: "an IPv4 address",
    OptionType.IPV6_ADDRESS: "an IPv6 address",
    OptionType.IPV6_PREFIX: "an IPv6 prefix with its length",
    OptionType.PSID: "a port set id, a slash and its length",
    OptionType.STRING: "a text",
    OptionType.TUPLE: "a text",
    OptionType.FQDN: "a domain name",
    OptionType.INTERNAL: "a text",
    OptionType.RECORD: "a record",
}
"""What each type is in words."""
_WHOLE = regex(r"[+-]?[0-9]+\Z")
_HEXADECIMAL = regex(r"[+-]?(?:0[xX])?[0-9a-fA-F]+\Z")
_BLANKS = " \t\n"
_SHOWN = 60


class RefusedValueError(ValueError):
    """A value that Kea refuses; its text says why. `field` counts from 0, None for the data as a whole."""

    def __init__(self, message: str, field: int | None = None) -> None:
        super().__init__(message)
        self.field = field


def trimmed(text: str) -> str:
    """Without the spaces that Kea removes."""
    return text.strip(_BLANKS)


def quoted(text: str) -> str:
    """A value as messages show it, cut where nobody would read on."""
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…"


def as_bytes(text: str) -> bytes:
    """The bytes that Kea holds for a text of its configuration."""
    return text.encode("utf-8", "surrogateescape")


def split_values(text: str, delimiter: str = ",", *, escape: bool = True) -> list[str]:
    """The values between delimiters as Kea splits them: empty ones vanish, a backslash protects one delimiter or itself."""
    if not escape or "\\" not in text:
        return [value for value in text.split(delimiter) if value]
    values: list[str] = []
    value, inside, escaped = "", False, False
    for character in text:
        if character == delimiter:
            if not inside:
                continue
            if escaped:
                escaped = False
                value += character
                continue
            if value:
                values.append(value)
            value, inside = "", False
        elif character == "\\":
            inside = True
            value += "\\" if escaped else ""
            escaped = not escaped
        else:
            inside = True
            value += f"\\{character}" if escaped else character
            escaped = False
    value += "\\" if escaped else ""
    return [*values, value] if value else values


def whole_number(text: str, low: int, high: int) -> int:
    """An integer, also in hexadecimal: Kea reads what is no decimal number as a hexadecimal one, with or without 0x."""
    if _WHOLE.match(text):
        number = int(text)
    elif _HEXADECIMAL.match(text):
        number = int(text, 16)
    else:
        raise RefusedValueError(f"{quoted(text)} is not an integer")
    if not low <= number <= high:
        raise RefusedValueError(f"{text} is not between {low} and {high}")
    return number


def address(text: str) -> IPv4Address | IPv6Address:
    """An address of either family, as Kea's IOAddress takes it: an IPv6 one may carry a %zone, which is dropped."""
    bare, zone, _ = text.partition("%")
    try:
        return IPv6Address(bare) if ":" in bare else IPv4Address(text if zone else bare)
    except AddressValueError:
        raise RefusedValueError(f"{quoted(text)} is not an address") from None


def hex_to_bytes(text: str) -> bytes:
    """The bytes of `csv-format: false` data: 0x…, plain digits, pairs behind colons or spaces, or 'a text' in single quotes."""
    inner = trimmed(text)
    if len(inner) > 1 and inner[0] == inner[-1] == "'" and trimmed(inner[1:-1]):
        return as_bytes(trimmed(inner[1:-1]))
    for separator in (":", " "):
        if separator in text:
            pairs = text.split(separator)
            wrong = next((pair for pair in pairs if not re.fullmatch("[0-9a-fA-F]{1,2}", pair)), None)
            if wrong is not None:
                what = (
                    f"{quoted(wrong)} is not a pair of hexadecimal digits" if wrong else f"two {separator!r} in a row"
                )
                raise RefusedValueError(f"{quoted(text)} is not hexadecimal data: {what}")
            return bytes(int(pair, 16) for pair in pairs)
    digits = text.removeprefix("0x") if len(text) > 2 else text
    return _digits(("0" if len(text) % 2 else "") + digits, text)


def _digits(digits: str, shown: str) -> bytes:
    bare = re.sub("[ \t\n\v\f\r]", "", digits)
    if not re.fullmatch("(?:[0-9a-fA-F]{2})*", bare):
        odd = re.fullmatch("[0-9a-fA-F]*", bare)
        reason = "the number of digits is odd" if odd else "only 0-9 and A-F are allowed"
        raise RefusedValueError(f"{quoted(shown)} is not hexadecimal data: {reason}")
    return bytes.fromhex(bare)


def value_to_bytes(kind: OptionType, text: str, *, long_tuple: bool) -> bytes:
    """One value of `csv-format: true` data, without spaces around it, as the bytes of an option.

    `long_tuple`: the length before a tuple has two bytes (DHCPv6, and DHCPv4 option 143). Raises RefusedValueError.
    """
    if kind is OptionType.TUPLE:
        data = as_bytes(text)
        limit = 2**16 if long_tuple else 2**8
        if len(data) >= limit:
            raise RefusedValueError(f"a string of {len(data)} bytes is too long, the limit is {limit - 1}")
        return len(data).to_bytes(2 if long_tuple else 1, "big") + data
    write = _WRITERS.get(kind)
    if write is None:
        raise RefusedValueError(f"{quoted(text)} is not allowed here: the option has no value of its own")
    return write(kind, text)


def _boolean(kind: OptionType, text: str) -> bytes:
    word = text.lower()
    if word not in ("true", "false") and not (_WHOLE.match(text) and int(text) in (0, 1)):
        raise RefusedValueError(f"{quoted(text)} is neither true nor false")
    return bytes((word == "true" or (word != "false" and int(text) == 1),))


def _integer(kind: OptionType, text: str) -> bytes:
    low, high = INTEGERS[kind]
    return whole_number(text, low, high).to_bytes(SIZES[kind], "big", signed=low < 0)


def _address(kind: OptionType, text: str) -> bytes:
    family = ADDRESSES[kind]
    raw = packed(text, family) or packed(text, 10 - family)
    if raw is None:
        raise RefusedValueError(not_address(text, family))
    return raw


def _prefix(kind: OptionType, text: str) -> bytes:
    bare = text.replace(" ", "").replace("\t", "")
    base, slash, length = bare.partition("/")
    try:
        start = address(base)
    except RefusedValueError:
        start = None
    if not slash or not isinstance(start, IPv6Address):
        raise RefusedValueError(f"{quoted(text)} is not {WORDS[kind]}")
    bits = whole_number(length, 0, 128)
    kept = int(start) >> (128 - bits) << (128 - bits)
    return bytes((bits,)) + kept.to_bytes(16, "big")[: (bits + 7) // 8]


def _psid(kind: OptionType, text: str) -> bytes:
    psid, slash, length = text.replace(" ", "").replace("\t", "").partition("/")
    if not slash:
        raise RefusedValueError(f"{quoted(text)} is not {WORDS[kind]}")
    number, bits = whole_number(psid, 0, 0xFFFF), whole_number(length, 0, 16)
    if bits and number >> bits:
        raise RefusedValueError(f"the port set id {number} does not fit in {bits} bits")
    return bytes((bits,)) + (number << (16 - bits) & 0xFFFF).to_bytes(2, "big")


def _name(kind: OptionType, text: str) -> bytes:
    try:
        return name_to_wire(as_bytes(text))
    except ValueError as error:
        raise RefusedValueError(f"{quoted(text)} is not a domain name: {error}") from None


_WRITERS: Mapping[OptionType, Callable[[OptionType, str], bytes]] = {
    OptionType.BINARY: lambda _, text: _digits(text, text),
    OptionType.BOOLEAN: _boolean,
    **dict.fromkeys(INTEGERS, _integer),
    OptionType.IPV4_ADDRESS: _address,
    OptionType.IPV6_ADDRESS: _address,
    OptionType.IPV6_PREFIX: _prefix,
    OptionType.PSID: _psid,
    OptionType.STRING: lambda _, text: as_bytes(text),
    OptionType.FQDN: _name,
}
