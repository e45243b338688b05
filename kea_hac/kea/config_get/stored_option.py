"""An option as Kea holds it in memory, and the bytes that it prints of it: cut to the type, sub-options re-read and sorted.

Facts: the option classes of libkea-dhcp at 2.2.0, 2.4.2, 2.6.3, 3.0.4 and 3.2.0 (what each keeps in `unpack` and writes in
`pack`); what is refused is for `kea.option_bytes`. The tests ask real servers about every standard option.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from kea_hac.kea.domain_names import name_to_wire, printed, read_name
from kea_hac.kea.option_bytes import left_alone, options4_in, options6_in
from kea_hac.kea.option_definitions import Custom, OptionDefinition, own_space, sub_option, vendor_space_of
from kea_hac.kea.option_fields import Bytes, SkippedOptionError, read_fields, tuple_size
from kea_hac.kea.option_types import INTEGERS, SIZES, OptionType, RefusedValueError
from kea_hac.kea.version import Feature, branches_with

_HEADER = {4: 2, 6: 4}
_MESSAGE_TYPE, _AGENT_OPTIONS, _END = 53, 82, 255
_LISTS = (OptionType.IPV4_ADDRESS, OptionType.IPV6_ADDRESS, OptionType.TUPLE)
_WHOLE = (OptionType.BINARY, OptionType.INTERNAL)
_VENDOR_OPTIONS_6 = 17


@dataclass(slots=True, eq=False)
class StoredOption:
    """One option object. Options that encapsulate a space get the options of that space as sub-options later."""

    family: int
    code: int
    own: bytes
    space: str = ""
    """The space that it encapsulates, as far as its class remembers it."""
    subs: list[tuple[int, StoredOption]] = field(default_factory=list)
    """By code, equal codes in their order."""
    counted: bool = False
    """True for the vendor options of DHCPv4: a length stands before the sub-options."""

    def add(self, code: int, option: StoredOption) -> None:
        """Put a sub-option in its place."""
        at = next((at for at, (other, _) in enumerate(self.subs) if other > code), len(self.subs))
        self.subs.insert(at, (code, option))

    def has(self, code: int) -> bool:
        """True when a sub-option of this code is there."""
        return any(other == code for other, _ in self.subs)

    @property
    def length(self) -> int:
        """Bytes as Option::len counts them, header included."""
        below = sum(option.length for _, option in self.subs)
        return _HEADER[self.family] + len(self.own) + self.counted + below

    def value(self) -> bytes:
        """What config-get prints: the option without its header."""
        below = b"".join(option._packed() for _, option in self._ordered())
        if self.counted:
            below = bytes((sum(option.length for _, option in self.subs) & 0xFF,)) + below
        return self.own + below

    def _packed(self) -> bytes:
        size = self.length - _HEADER[self.family]
        if self.family == 6:
            return self.code.to_bytes(2, "big") + (size & 0xFFFF).to_bytes(2, "big") + self.value()
        return bytes((self.code, size & 0xFF)) + self.value()

    def _ordered(self) -> list[tuple[int, StoredOption]]:
        """LibDHCP::packOptions4 puts the relay's and the end's code last, and leaves the message type out."""
        if self.family == 6:
            return self.subs
        usual = [pair for pair in self.subs if pair[0] not in (_MESSAGE_TYPE, _AGENT_OPTIONS, _END)]
        last = [pair for code in (_AGENT_OPTIONS, _END) for pair in self.subs if pair[0] == code]
        return usual + (last if not last or last[-1][0] != _END else _one_end(last))


def _one_end(last: list[tuple[int, StoredOption]]) -> list[tuple[int, StoredOption]]:
    return [pair for pair in last if pair[0] != _END] + last[-1:]


def hold(definition: OptionDefinition, data: bytes, custom: Custom, depth: int = 0) -> StoredOption:
    """The option that Kea makes of bytes by a definition. Raises RefusedValueError when it makes none."""
    reader = Bytes(definition, data, custom, depth)
    if definition.space == own_space(definition.family):
        special = _SPECIAL[definition.family].get(definition.code)
        if special and (special[0] is None or definition.branch in branches_with(special[0])):
            return special[1](reader)
    if definition.kind in INTEGERS and not definition.array:
        return _with_subs(reader, SIZES[definition.kind], definition.encapsulates)
    if definition.kind in INTEGERS or definition.kind in _WHOLE or (definition.array and definition.kind in _LISTS):
        return _plain(reader, data)
    match definition.kind:
        case OptionType.EMPTY if not definition.encapsulates:
            return _plain(reader, b"")
        case OptionType.EMPTY:
            return _with_subs(reader, 0, definition.encapsulates)
        case OptionType.STRING:
            return _plain(reader, data.rstrip(b"\0"))
        case OptionType.FQDN if definition.array and definition.family == 4:
            reader = replace(reader, data=_names(data))
    end = read_fields(reader)
    if definition.encapsulates and not definition.array:
        return _with_subs(reader, end, definition.encapsulates)
    return StoredOption(reader.family, definition.code, reader.data[:end], definition.encapsulates)


def _plain(reader: Bytes, data: bytes) -> StoredOption:
    return StoredOption(reader.family, reader.definition.code, data)


def _names(data: bytes) -> bytes:
    plain, at = b"", 0
    while at < len(data):
        wire, at = read_name(data, at)
        plain += wire
    return plain


def _with_subs(reader: Bytes, start: int, space: str) -> StoredOption:
    reader.need(start)
    result = StoredOption(reader.family, reader.definition.code, reader.data[:start], space)
    rest = reader.data[start:]
    found, _ = options4_in(reader, rest, space) if reader.family == 4 else options6_in(rest, vendor=False)
    for code, body in found:
        option = _sub(reader, space, code, body)
        if option is not None:
            result.add(code, option)
    return result


def _sub(reader: Bytes, space: str, code: int, body: bytes) -> StoredOption | None:
    if reader.family == 6 and code == _VENDOR_OPTIONS_6:
        return _vendor6(Bytes(replace(reader.definition, code=code), body, reader.custom, reader.depth + 1))
    if reader.family == 4 and space == "dhcp4":
        if code == 12 and not body:
            return None
        if left_alone(code, reader.branch):
            return StoredOption(4, code, body)
    return _defined(reader, space, code, body)


def _defined(reader: Bytes, space: str, code: int, body: bytes) -> StoredOption | None:
    below = sub_option(reader.definition, space, code, reader.custom)
    if below is None:
        return StoredOption(reader.family, code, body)
    try:
        return hold(below, body, reader.custom, reader.depth + 1)
    except SkippedOptionError:
        return None


def _after(size: int) -> Callable[[Bytes], StoredOption]:
    return lambda supplied: _with_subs(supplied, size, "dhcp6")


def _prefix6(reader: Bytes) -> StoredOption:
    """IAPREFIX: the bits behind its length are cleared."""
    reader.need(25)
    bits = min(reader.data[8], 128)
    number = int.from_bytes(reader.data[9:25], "big") >> (128 - bits) << (128 - bits)
    masked = reader.data[:9] + number.to_bytes(16, "big") + reader.data[25:]
    return _with_subs(replace(reader, data=masked), 25, "dhcp6")


def _excluded_prefix(reader: Bytes) -> StoredOption:
    reader.need(2)
    odd = reader.data[0] % 8
    last = reader.data[-1] >> (8 - odd) << (8 - odd) if odd else reader.data[-1]
    return _plain(reader, reader.data[:-1] + bytes((last,)))


def _vendor4(reader: Bytes) -> StoredOption:
    result = StoredOption(4, reader.definition.code, reader.data[:4], counted=True)
    space = vendor_space_of(4, int.from_bytes(reader.data[:4], "big"))
    block = reader.data[4:]
    body = block[1 : 1 + block[0]] if block else b""
    at = 0
    while at < len(body):
        inside = body[at + 2 : at + 2 + body[at + 1]]
        option = _defined(reader, space, body[at], inside) if space else StoredOption(4, body[at], inside)
        if option is not None:
            result.add(body[at], option)
        at += 2 + body[at + 1]
    return result


def _vendor6(reader: Bytes) -> StoredOption:
    reader.need(4)
    result = StoredOption(6, reader.definition.code, reader.data[:4])
    space = vendor_space_of(6, int.from_bytes(reader.data[:4], "big"))
    for code, body in options6_in(reader.data[4:], vendor=True)[0]:
        option = _defined(reader, space, code, body) if space else StoredOption(6, code, body)
        if option is not None:
            result.add(code, option)
    return result


def _vendor_class4(reader: Bytes) -> StoredOption:
    """Every text behind the one enterprise number that comes first; 2.2 takes others and forgets them."""
    enterprise, at, result = reader.data[:4], 4, b""
    while at < len(reader.data):
        size = tuple_size(reader.data[at:], 1)
        result += (enterprise if result else b"") + reader.data[at : at + size]
        at += size + 4
    return _plain(reader, enterprise + result)


def _client_name4(reader: Bytes) -> StoredOption:
    fixed, name = reader.data[:3], reader.data[3:]
    if name and reader.data[0] & 4:
        return _plain(reader, fixed + _canonical(name))
    if not name:
        return _plain(reader, fixed)
    text = printed(_lower(name_to_wire(name)))
    return _plain(reader, fixed + (text if name.endswith(b".") else text[:-1]))


def _client_name6(reader: Bytes) -> StoredOption:
    name = reader.data[1:]
    return _plain(reader, reader.data[:1] + (_canonical(name) if name else b""))


def _canonical(name: bytes) -> bytes:
    """A name on the wire in lower case, up to its end; a partial one lacks the last 0."""
    partial = name[-1] != 0
    wire, _ = read_name(name + b"\0" if partial else name)
    return _lower(wire)[:-1] if partial else _lower(wire)


def _lower(wire: bytes) -> bytes:
    """Labels in lower case. Their lengths are below 64 and so no letters."""
    return wire.lower()


def _dnr(reader: Bytes) -> StoredOption:
    """Encrypted DNS servers: the name in lower case."""
    if reader.family == 6:
        return _plain(reader, _server(reader.data, 2))
    result, at = b"", 0
    while at < len(reader.data):
        size = int.from_bytes(reader.data[at : at + 2], "big")
        result += reader.data[at : at + 2] + _server(reader.data[at + 2 : at + 2 + size], 1)
        at += 2 + size
    return _plain(reader, result)


def _server(data: bytes, width: int) -> bytes:
    """The length before the name stays, even where the name ends before it."""
    size = int.from_bytes(data[2 : 2 + width], "big")
    start = 2 + width
    name, _ = read_name(data[start : start + size])
    return data[:start] + _lower(name) + data[start + size :]


def _as_it_is(reader: Bytes) -> StoredOption:
    return _plain(reader, reader.data)


_SPECIAL: Mapping[int, Mapping[int, tuple[Feature | None, Callable[[Bytes], StoredOption]]]] = {
    4: {
        79: (None, _as_it_is),
        81: (None, _client_name4),
        121: (Feature.CLASSLESS_ROUTES_OPTION, _as_it_is),
        124: (None, _vendor_class4),
        125: (None, _vendor4),
        143: (Feature.TUPLE_LIST_OPTIONS, _as_it_is),
        162: (Feature.DNR_OPTIONS, _dnr),
    },
    6: {
        3: (None, _after(12)),
        5: (None, _after(24)),
        13: (None, _as_it_is),
        16: (None, _as_it_is),
        17: (None, _vendor6),
        25: (None, _after(12)),
        26: (None, _prefix6),
        39: (None, _client_name6),
        60: (None, _as_it_is),
        67: (None, _excluded_prefix),
        144: (Feature.DNR_OPTIONS, _dnr),
    },
}
"""The classes of their own, as in `kea.option_bytes`."""

__all__ = ["RefusedValueError", "StoredOption", "hold"]
