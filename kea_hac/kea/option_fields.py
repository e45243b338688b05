"""The values in the bytes of an option: where each ends, as Kea counts (option_custom.cc, option_opaque_data_tuples.cc)."""

from __future__ import annotations

from kea_hac.kea.domain_names import printed_length, read_name
from kea_hac.kea.option_definitions import Custom, OptionDefinition
from kea_hac.kea.option_types import SIZES, OptionType, RefusedValueError
from kea_hac.kea.version import Branch, Feature, branches_with
from kea_hac.records import dataclass


class SkippedOptionError(RefusedValueError):
    """A value that makes Kea drop a sub-option, and refuse an option of the configuration."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """The bytes of an option, and what is needed to read them."""

    definition: OptionDefinition
    data: bytes
    custom: Custom
    depth: int = 0

    @property
    def family(self) -> int:
        return self.definition.family

    @property
    def branch(self) -> Branch:
        return self.definition.branch

    def need(self, size: int) -> None:
        """RefusedValueError when there are fewer bytes."""
        if len(self.data) < size:
            raise RefusedValueError(f"{len(self.data)} bytes are too few, it needs {size}")


def check_whole_values(reader: Bytes, size: int) -> None:
    """RefusedValueError when the bytes are not values of one size without a gap."""
    if len(reader.data) % size:
        raise RefusedValueError(f"{len(reader.data)} bytes are not a multiple of {size}-byte values")


def read_fields(reader: Bytes) -> int:
    """Where the option's own values end: one value, an array of values, or a record. What follows is not theirs."""
    definition, data = reader.definition, reader.data
    kinds = definition.record if definition.kind is OptionType.RECORD else (definition.kind,)
    at = 0
    if definition.array and definition.kind is not OptionType.RECORD:
        reader.need(SIZES.get(definition.kind, 0))
    else:
        for kind in kinds:
            size = _size(reader, kind, at)
            if at + size > len(data) or (definition.kind is not OptionType.RECORD and size == 0):
                raise RefusedValueError(f"{len(data)} bytes are too few for all its values")
            at += size
    if definition.array:
        while at < len(data):
            size = _size(reader, kinds[-1], at, repeated=True)
            if at + size > len(data):
                break
            at += size
    return at


def _size(reader: Bytes, kind: OptionType, at: int, *, repeated: bool = False) -> int:
    """Bytes of the value of a type that starts at `at`, as Kea counts them; they may be more than there are."""
    data = reader.data[at:]
    if kind in SIZES:
        return SIZES[kind]
    if kind is OptionType.FQDN:
        try:
            return printed_length(read_name(data)[0]) + 1
        except ValueError as error:
            raise RefusedValueError(f"not a domain name: {error}") from None
    if kind in (OptionType.BINARY, OptionType.STRING) and not reader.definition.array:
        return len(data)
    if kind is OptionType.IPV6_PREFIX:
        if not data and not repeated:
            return 0
        if data[0] > 128 or len(data) - 1 < (data[0] + 7) // 8:
            raise RefusedValueError(f"the bytes are not a prefix of {data[0]} bits")
        return 1 + (data[0] + 7) // 8
    if kind is OptionType.TUPLE:
        return tuple_size(data, 1 if reader.family == 4 else 2)
    raise RefusedValueError(f"{len(reader.data)} bytes are too few for all its values")


def tuple_size(data: bytes, width: int) -> int:
    """Bytes of a tuple: a text behind its length of `width` bytes."""
    if len(data) < width or len(data) - width < int.from_bytes(data[:width], "big"):
        raise RefusedValueError("a string is shorter than the length before it")
    return width + int.from_bytes(data[:width], "big")


def check_tuples(reader: Bytes, width: int) -> None:
    """RefusedValueError when the bytes are not a list of tuples."""
    if reader.branch not in branches_with(Feature.TUPLE_LIST_OPTIONS):
        reader.need(width)
    at = 0
    while at < len(reader.data):
        at += tuple_size(reader.data[at:], width)


def read_name_list(reader: Bytes) -> bytes:
    """A DHCPv4 list of names, which may be compressed, as plain names. Raises RefusedValueError."""
    if not reader.data:
        raise RefusedValueError("a list of names must not be empty")
    at = 0
    plain = b""
    while at < len(reader.data):
        try:
            wire, at = read_name(reader.data, at)
        except ValueError as error:
            raise RefusedValueError(f"not a list of domain names: {error}") from None
        plain += wire
    return plain
