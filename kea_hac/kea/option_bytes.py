"""The bytes of an option → the option that Kea builds of them, cut to its type, with its sub-options; or a refusal.

Kea brings text values into bytes first and then reads both forms the same way, so both come through here. Facts:
option_definition.cc (which reader a definition gets), option_custom.cc, option_int.h and the special options (what each
takes in `unpack` and writes in `pack`) at 2.2.0, 2.4.2, 2.6.3, 3.0.4, 3.2.0; the tests ask real servers about every
standard option.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from kea_hac.kea.domain_names import in_lower_case, name_to_wire, printed, read_name
from kea_hac.kea.option_definitions import Custom, OptionDefinition, own_space, sub_option, vendor_space_of
from kea_hac.kea.option_fields import (
    Bytes,
    SkippedOptionError,
    check_tuples,
    check_whole_values,
    read_fields,
    read_name_list,
    tuple_size,
)
from kea_hac.kea.option_notations import check_routes, read_dnr
from kea_hac.kea.option_types import INTEGERS, SIZES, OptionType, RefusedValueError
from kea_hac.kea.stored_option import StoredOption
from kea_hac.kea.version import Branch, Feature, branches_with

_DEEPEST = 10
"""Sub-options in sub-options that Kea 3.2 follows; older ones have no limit, and no sane data gets there."""
_HOST_NAME_4 = 12
_VENDOR_OPTIONS_6 = 17


def read_option(definition: OptionDefinition, data: bytes, custom: Custom, depth: int = 0) -> StoredOption:
    """The option that Kea builds of bytes by a definition. Raises RefusedValueError when it refuses them."""
    reader = Bytes(definition, data, custom, depth)
    if definition.space == own_space(definition.family):
        special = _SPECIAL[definition.family].get(definition.code)
        if special and (special[0] is None or definition.branch in branches_with(special[0])):
            return special[1](reader)
    if definition.kind in INTEGERS and not definition.array:
        return _with_subs(reader, SIZES[definition.kind], definition.encapsulates)
    if definition.kind in INTEGERS:
        reader.need(SIZES[definition.kind])
        return _whole_values(reader)
    match definition.kind:
        case OptionType.IPV4_ADDRESS | OptionType.IPV6_ADDRESS if definition.array:
            return _whole_values(reader)
        case OptionType.TUPLE if definition.array:
            return _tuples(reader, 1 if reader.family == 4 else 2)
        case OptionType.FQDN if definition.array and reader.family == 4:
            return _values(replace(reader, data=read_name_list(reader)))
        case OptionType.EMPTY if definition.encapsulates:
            return _with_subs(reader, 0, definition.encapsulates)
        case OptionType.EMPTY:
            return _plain(reader, b"")
        case OptionType.BINARY | OptionType.INTERNAL:
            return _plain(reader, data)
        case OptionType.STRING:
            return _string(reader)
        case _:
            return _values(reader)


def _plain(reader: Bytes, data: bytes) -> StoredOption:
    return StoredOption(reader.family, reader.definition.code, data)


def _whole_values(reader: Bytes) -> StoredOption:
    check_whole_values(reader, SIZES[reader.definition.kind])
    return _plain(reader, reader.data)


def _tuples(reader: Bytes, width: int) -> StoredOption:
    check_tuples(reader, width)
    return _plain(reader, reader.data)


def _string(reader: Bytes) -> StoredOption:
    text = reader.data.rstrip(b"\0")
    if not text:
        raise SkippedOptionError("a string must have at least one character")
    return _plain(reader, text)


def _values(reader: Bytes) -> StoredOption:
    """One value, an array of values or a record, and what it encapsulates."""
    definition, end = reader.definition, read_fields(reader)
    if definition.encapsulates and not definition.array:
        return _with_subs(reader, end, definition.encapsulates)
    lost = len(reader.data) - end
    return StoredOption(reader.family, definition.code, reader.data[:end], definition.encapsulates, lost=lost)


def _with_subs(reader: Bytes, start: int, space: str) -> StoredOption:
    """The option's own value, which ends at `start`, and what follows it, read as sub-options."""
    reader.need(start)
    result = StoredOption(reader.family, reader.definition.code, reader.data[:start], space)
    rest = reader.data[start:]
    if reader.depth >= _DEEPEST:
        result.own, rest = reader.data, b""
    found, result.lost = options4_in(reader, rest, space) if reader.family == 4 else options6_in(rest, vendor=False)
    for code, body in found:
        _add(result, code, _sub(reader, space, code, body))
    if not space:
        result.lost = len(reader.data) - start
    return result


def _add(option: StoredOption, code: int, below: StoredOption | None) -> None:
    if below is not None:
        option.add(code, below)


def _sub(reader: Bytes, space: str, code: int, body: bytes) -> StoredOption | None:
    """The sub-option that Kea builds of `body`; None where it drops it."""
    if reader.family == 6 and code == _VENDOR_OPTIONS_6:
        return _vendor6(Bytes(replace(reader.definition, code=code), body, reader.custom, reader.depth + 1))
    if reader.family == 4 and space == "dhcp4":
        if code == _HOST_NAME_4 and not body:
            return None
        if _left_alone(code, reader.branch):
            return StoredOption(4, code, body)
    return _defined(reader, space, code, body)


def _defined(reader: Bytes, space: str, code: int, body: bytes) -> StoredOption | None:
    below = sub_option(reader.definition, space, code, reader.custom) if space else None
    if below is None:
        return StoredOption(reader.family, code, body)
    try:
        return read_option(below, body, reader.custom, reader.depth + 1)
    except SkippedOptionError:
        return None
    except RefusedValueError as refusal:
        raise RefusedValueError(f"its sub-option {code} ({below.name}): {refusal}") from None


def _left_alone(code: int, branch: Branch) -> bool:
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


def _vendor6(reader: Bytes) -> StoredOption:
    reader.need(4)
    result = StoredOption(6, reader.definition.code, reader.data[:4])
    space = vendor_space_of(6, int.from_bytes(reader.data[:4], "big"))
    found, lost = options6_in(reader.data[4:], vendor=True)
    if lost:
        raise RefusedValueError("its last sub-option is not complete")
    for code, body in found:
        _add(result, code, _defined(reader, space or "", code, body))
    return result


def _vendor4(reader: Bytes) -> StoredOption:
    reader.need(4)
    result = StoredOption(4, reader.definition.code, reader.data[:4], counted=True)
    space = vendor_space_of(4, int.from_bytes(reader.data[:4], "big"))
    block = reader.data[4:]
    if not block:
        return result
    body = block[1 : 1 + block[0]]
    if len(body) < block[0]:
        raise RefusedValueError("the vendor's part is shorter than the length before it")
    at = 0
    while at < len(body):
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            raise RefusedValueError("its last sub-option is not complete")
        _add(result, body[at], _defined(reader, space or "", body[at], body[at + 2 : at + 2 + body[at + 1]]))
        at += 2 + body[at + 1]
    result.lost = len(block) - 1 - len(body)
    return result


def _vendor_class4(reader: Bytes) -> StoredOption:
    """Every string is kept behind the one enterprise number that comes first; 2.2 takes others and forgets them."""
    reader.need(4)
    enterprise, at, result = reader.data[:4], 4, b""
    while at < len(reader.data):
        size = tuple_size(reader.data[at:], 1)
        result += (enterprise if result else b"") + reader.data[at : at + size]
        at += size
        if at < len(reader.data):
            one = reader.branch in branches_with(Feature.ONE_ENTERPRISE_VENDOR_CLASS)
            if one and reader.data[at : at + 4] != enterprise:
                raise RefusedValueError("it contains two enterprise numbers")
            at += 4
            if at + 1 >= len(reader.data):
                raise RefusedValueError("a string must follow an enterprise number")
    return _plain(reader, enterprise + result)


def _vendor_class6(reader: Bytes) -> StoredOption:
    reader.need(4)
    at = 4
    while at < len(reader.data):
        at += tuple_size(reader.data[at:], 2)
    return _plain(reader, reader.data)


def _client_name(reader: Bytes) -> StoredOption:
    """The names of options 81 and 39, in lower case; a partial one on the wire lacks the last 0 (RFC 4702, RFC 4704)."""
    fixed = 3 if reader.family == 4 else 1
    reader.need(fixed)
    flags, name = reader.data[0], reader.data[fixed:]
    try:
        if name and (reader.family == 6 or flags & 4):
            partial = name[-1] != 0
            wire, _ = read_name(name + b"\0" if partial else name)
            kept = in_lower_case(wire)[:-1] if partial else in_lower_case(wire)
        elif name:
            text = printed(in_lower_case(name_to_wire(name)))
            kept = text if name.endswith(b".") else text[:-1]
        else:
            kept = b""
    except ValueError as error:
        raise RefusedValueError(f"not a domain name: {error}") from None
    if flags & (8 if reader.family == 4 else 4) and flags & 1:
        raise RefusedValueError("the flags N and S must not both be set")
    return _plain(reader, reader.data[:fixed] + kept)


def _excluded_prefix(reader: Bytes) -> StoredOption:
    """The bits behind the length are cleared in the last byte."""
    reader.need(2)
    if reader.data[0] == 0:
        raise RefusedValueError("the length of the excluded prefix must not be 0")
    odd = reader.data[0] % 8
    last = reader.data[-1] >> (8 - odd) << (8 - odd) if odd else reader.data[-1]
    return _plain(reader, reader.data[:-1] + bytes((last,)))


def _service_scope(reader: Bytes) -> StoredOption:
    reader.need(1)
    if reader.data[0] > 1:
        raise RefusedValueError(f"the first byte is a boolean, 00 or 01, not {reader.data[0]:02X}")
    return _plain(reader, reader.data)


def _prefix6(reader: Bytes) -> StoredOption:
    """IAPREFIX: the bits behind its length are cleared."""
    reader.need(25)
    bits = min(reader.data[8], 128)
    number = int.from_bytes(reader.data[9:25], "big") >> (128 - bits) << (128 - bits)
    masked = reader.data[:9] + number.to_bytes(16, "big") + reader.data[25:]
    return _with_subs(replace(reader, data=masked), 25, "dhcp6")


def _routes(reader: Bytes) -> StoredOption:
    check_routes(reader.data)
    return _plain(reader, reader.data)


def _status_code(reader: Bytes) -> StoredOption:
    reader.need(2)
    return _plain(reader, reader.data)


_SPECIAL: Mapping[int, Mapping[int, tuple[Feature | None, Callable[[Bytes], StoredOption]]]] = {
    4: {
        79: (None, _service_scope),
        81: (None, _client_name),
        121: (Feature.CLASSLESS_ROUTES_OPTION, _routes),
        124: (None, _vendor_class4),
        125: (None, _vendor4),
        143: (Feature.TUPLE_LIST_OPTIONS, lambda reader: _tuples(reader, 2)),
        162: (Feature.DNR_OPTIONS, lambda reader: _plain(reader, read_dnr(reader.data, 4))),
    },
    6: {
        3: (None, lambda reader: _with_subs(reader, 12, "dhcp6")),
        5: (None, lambda reader: _with_subs(reader, 24, "dhcp6")),
        13: (None, _status_code),
        16: (None, _vendor_class6),
        17: (None, _vendor6),
        25: (None, lambda reader: _with_subs(reader, 12, "dhcp6")),
        26: (None, _prefix6),
        39: (None, _client_name),
        60: (None, lambda reader: _tuples(reader, 2)),
        67: (None, _excluded_prefix),
        144: (Feature.DNR_OPTIONS, lambda reader: _plain(reader, read_dnr(reader.data, 6))),
    },
}
"""Options that have a reader of their own in the top space of their family, and the feature where not every branch has it."""
