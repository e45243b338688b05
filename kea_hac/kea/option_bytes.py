"""The bytes of an option → what Kea makes of them when it builds the option: taken, partly lost, or refused.

Kea brings text values into bytes first and then reads both forms the same way, so both come through here. Facts:
option_definition.cc (which reader a definition gets), option_custom.cc, option_int.h and the special options at 2.2.0,
2.4.2, 2.6.3, 3.0.4, 3.2.0; the tests ask real servers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from kea_hac.kea.domain_names import name_to_wire, read_name
from kea_hac.kea.option_definitions import Custom, OptionDefinition, own_space, sub_option, vendor_space_of
from kea_hac.kea.option_fields import (
    Bytes,
    SkippedOptionError,
    read_fields,
    read_name_list,
    read_tuples,
    tuple_size,
    whole_values,
)
from kea_hac.kea.option_notations import read_dnr, read_routes
from kea_hac.kea.option_types import INTEGERS, SIZES, OptionType, RefusedValueError
from kea_hac.kea.version import Branch, Feature, branches_with

_DEEPEST = 10
"""Sub-options in sub-options that Kea 3.2 follows; older ones have no limit, and no sane data gets there."""
_VENDOR_OPTIONS_6 = 17
_LISTS = (OptionType.IPV4_ADDRESS, OptionType.IPV6_ADDRESS, OptionType.FQDN, OptionType.TUPLE)


def read_bytes(definition: OptionDefinition, data: bytes, custom: Custom, depth: int = 0) -> int:
    """How many bytes at the end of `data` Kea loses without a word. Raises RefusedValueError when it refuses them."""
    reader = Bytes(definition, data, custom, depth)
    if definition.space == own_space(definition.family):
        special = _SPECIAL[definition.family].get(definition.code)
        if special and (special[0] is None or definition.branch in branches_with(special[0])):
            return special[1](reader)
    if definition.kind in INTEGERS:
        return _integers(reader)
    if definition.array and definition.kind in _LISTS:
        return _list(reader)
    match definition.kind:
        case OptionType.EMPTY:
            return _sub_options(reader, 0) if definition.encapsulates else 0
        case OptionType.BINARY | OptionType.INTERNAL:
            return 0
        case OptionType.STRING:
            if not data.rstrip(b"\0"):
                raise SkippedOptionError("a string must have at least one character")
            return 0
        case _:
            end = read_fields(reader)
            return _sub_options(reader, end) if definition.encapsulates and not definition.array else len(data) - end


def _list(reader: Bytes) -> int:
    match reader.definition.kind:
        case OptionType.TUPLE:
            return read_tuples(reader, 1 if reader.family == 4 else 2)
        case OptionType.FQDN if reader.family == 4:
            return read_name_list(reader)
        case OptionType.FQDN:
            return len(reader.data) - read_fields(reader)
        case kind:
            return whole_values(reader, SIZES[kind])


def _integers(reader: Bytes) -> int:
    size = SIZES[reader.definition.kind]
    if reader.definition.array:
        reader.need(size)
        return whole_values(reader, size)
    reader.need(size)
    lost = _sub_options(reader, size)
    return lost if reader.definition.encapsulates else len(reader.data) - size


def _sub_options(reader: Bytes, start: int) -> int:
    """Read what follows the option's own value as sub-options; gives the bytes of an incomplete end."""
    if reader.depth >= _DEEPEST:
        return 0
    data = reader.data[start:]
    space = reader.definition.encapsulates
    found, lost = options4_in(reader, data, space) if reader.family == 4 else options6_in(data, vendor=False)
    for code, body in found:
        if reader.family == 6 and code == _VENDOR_OPTIONS_6:
            _vendor6(Bytes(reader.definition, body, reader.custom, reader.depth + 1))
            continue
        if reader.family == 4 and space == "dhcp4" and left_alone(code, reader.branch):
            continue
        _sub_option(reader, space, code, body)
    return lost


def _sub_option(reader: Bytes, space: str, code: int, body: bytes) -> None:
    below = sub_option(reader.definition, space, code, reader.custom)
    if below is None:
        return
    try:
        read_bytes(below, body, reader.custom, reader.depth + 1)
    except SkippedOptionError:
        return
    except RefusedValueError as refusal:
        raise RefusedValueError(f"its sub-option {code} ({below.name}): {refusal}") from None


def left_alone(code: int, branch: Branch) -> bool:
    """Options of the space dhcp4 that Kea does not look into when they come as bytes."""
    return (
        code == 43
        or 224 <= code <= 254
        or (code in (124, 125) and branch in branches_with(Feature.VENDOR_OPTIONS_AS_BYTES))
    )


def options4_in(reader: Bytes, data: bytes, space: str) -> tuple[list[tuple[int, bytes]], int]:
    """The options in bytes of a DHCPv4 space, (code, value), and how many bytes at the end are none."""
    configured = reader.custom.configured
    flexible = reader.definition.code == 43
    ends = space == "dhcp4" or (flexible and (space, 255) not in configured)
    pads = space == "dhcp4" or (flexible and (space, 0) not in configured)
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        code = data[at]
        if code == 255 and ends:
            break
        if code == 0 and pads:
            at += 1
            continue
        if at + 2 > len(data) or at + 2 + data[at + 1] > len(data):
            break
        found.append((code, data[at + 2 : at + 2 + data[at + 1]]))
        at += 2 + data[at + 1]
    if reader.branch in branches_with(
        Feature.LONG_OPTIONS_JOINED
    ):  # several of one code are one long option (RFC 3396)
        whole: dict[int, bytes] = {}
        for code, body in found:
            whole[code] = whole.get(code, b"") + body
        found = list(whole.items())
    return found, len(data) - at


def options6_in(data: bytes, *, vendor: bool) -> tuple[list[tuple[int, bytes]], int]:
    """The options in bytes of DHCPv6, (code, value), and how many bytes at the end are none."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        code = int.from_bytes(data[at : at + 2], "big")
        if at + 4 + size > len(data) or (not vendor and code == _VENDOR_OPTIONS_6 and at + 8 > len(data)):
            break
        found.append((code, data[at + 4 : at + 4 + size]))
        at += 4 + size
    return found, len(data) - at


def _vendor6(reader: Bytes) -> int:
    reader.need(4)
    space = vendor_space_of(6, int.from_bytes(reader.data[:4], "big"))
    found, lost = options6_in(reader.data[4:], vendor=True)
    if lost:
        raise RefusedValueError("its last sub-option is not complete")
    for code, body in found:
        if space:
            _sub_option(reader, space, code, body)
    return 0


def _vendor4(reader: Bytes) -> int:
    reader.need(4)
    space = vendor_space_of(4, int.from_bytes(reader.data[:4], "big"))
    block = reader.data[4:]
    if not block:
        return 0
    body = block[1 : 1 + block[0]]
    if len(body) < block[0]:
        raise RefusedValueError("the vendor's part is shorter than the length before it")
    at = 0
    while at < len(body):
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            raise RefusedValueError("its last sub-option is not complete")
        if space:
            _sub_option(reader, space, body[at], body[at + 2 : at + 2 + body[at + 1]])
        at += 2 + body[at + 1]
    return len(block) - 1 - len(body)


def _vendor_class(reader: Bytes) -> int:
    width = 1 if reader.family == 4 else 2
    reader.need(4)
    enterprise, at = reader.data[:4], 4
    while at < len(reader.data):
        at += tuple_size(reader.data[at:], width)
        if reader.family == 4 and at < len(reader.data):
            one = reader.branch in branches_with(Feature.ONE_ENTERPRISE_VENDOR_CLASS)
            if one and reader.data[at : at + 4] != enterprise:
                raise RefusedValueError("it contains two enterprise numbers")
            at += 4
            if at + 1 >= len(reader.data):
                raise RefusedValueError("a string must follow an enterprise number")
    return 0


def _flags(reader: Bytes, flags: int) -> None:
    """The N bit forbids the S bit (RFC 4702, RFC 4704)."""
    n_bit = 8 if reader.family == 4 else 4
    if flags & n_bit and flags & 1:
        raise RefusedValueError("the flags N and S must not both be set")


def _client_name(reader: Bytes) -> int:
    fixed = 3 if reader.family == 4 else 1
    reader.need(fixed)
    flags, name = reader.data[0], reader.data[fixed:]
    try:
        if name and (reader.family == 6 or flags & 4):
            read_name(name if name[-1] == 0 else name + b"\0")
        elif name:
            name_to_wire(name)
    except ValueError as error:
        raise RefusedValueError(f"not a domain name: {error}") from None
    _flags(reader, flags)
    return 0


def _excluded_prefix(reader: Bytes) -> int:
    reader.need(2)
    if reader.data[0] == 0:
        raise RefusedValueError("the length of the excluded prefix must not be 0")
    return 0


def _service_scope(reader: Bytes) -> int:
    reader.need(1)
    if reader.data[0] > 1:
        raise RefusedValueError(f"the first byte is a boolean, 00 or 01, not {reader.data[0]:02X}")
    return 0


def _after(size: int) -> Callable[[Bytes], int]:
    """A fixed part, then sub-options of the space dhcp6."""

    def read(reader: Bytes) -> int:
        reader.need(size)
        inside = replace(reader.definition, encapsulates="dhcp6")
        return _sub_options(replace(reader, definition=inside), size)

    return read


def _at_least(size: int) -> Callable[[Bytes], int]:
    def read(reader: Bytes) -> int:
        reader.need(size)
        return 0

    return read


_SPECIAL: Mapping[int, Mapping[int, tuple[Feature | None, Callable[[Bytes], int]]]] = {
    4: {
        79: (None, _service_scope),
        81: (None, _client_name),
        121: (Feature.CLASSLESS_ROUTES_OPTION, lambda supplied: read_routes(supplied.data)),
        124: (None, _vendor_class),
        125: (None, _vendor4),
        143: (Feature.TUPLE_LIST_OPTIONS, lambda supplied: read_tuples(supplied, 2)),
        162: (Feature.DNR_OPTIONS, lambda supplied: read_dnr(supplied.data, 4)),
    },
    6: {
        3: (None, _after(12)),
        5: (None, _after(24)),
        13: (None, _at_least(2)),
        16: (None, _vendor_class),
        17: (None, _vendor6),
        25: (None, _after(12)),
        26: (None, _after(25)),
        39: (None, _client_name),
        60: (None, lambda supplied: read_tuples(supplied, 2)),
        67: (None, _excluded_prefix),
        144: (Feature.DNR_OPTIONS, lambda supplied: read_dnr(supplied.data, 6)),
    },
}
"""Options that have a reader of their own in the top space of their family, and the feature where not every branch has it."""
