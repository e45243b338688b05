"""The options of one place together: those of an encapsulated space become sub-options of those that encapsulate it.

Facts: OptionDataParser::createOption and CfgOption::encapsulate at 2.2.0, 2.4.2, 2.6.3, 3.0.4 and 3.2.0. What is shown of
an option in hexadecimal digits is its own value and these sub-options.
"""

from __future__ import annotations

from collections.abc import Sequence

from kea_hac.kea.config import Json
from kea_hac.kea.option_bytes import read_option
from kea_hac.kea.option_definitions import Custom, OptionDefinition, own_space
from kea_hac.kea.option_types import OptionType, as_bytes, hex_to_bytes
from kea_hac.kea.options import values_to_bytes
from kea_hac.kea.stored_option import StoredOption
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Holding:
    """What is known of one entry of `option-data`."""

    space: str
    of_vendor: bool
    code: int | None
    definition: OptionDefinition | None
    csv: bool
    text: Json
    cancelled: bool


def stored_values(family: int, entries: Sequence[Holding], custom: Custom) -> list[bytes | None]:
    """The bytes that Kea holds of each entry, sub-options included; None where it would refuse the entry."""
    options = [_option(family, entry, custom) for entry in entries]
    spaces: dict[str, list[StoredOption]] = {}
    for entry, option in zip(entries, options, strict=True):
        if option is not None and not entry.of_vendor:
            spaces.setdefault(entry.space, []).append(option)
    for option in spaces.get(own_space(family), ()):
        _encapsulate(option, spaces, depth=0)
    return [option.value() if option is not None else None for option in options]


def _encapsulate(option: StoredOption, spaces: dict[str, list[StoredOption]], depth: int) -> None:
    if not option.space or option.space in ("dhcp4", "dhcp6") or depth > len(spaces):
        return
    for below in spaces.get(option.space, ()):
        if below is option:
            continue
        if not option.has(below.code):
            option.add(below.code, below)
        _encapsulate(below, spaces, depth + 1)


def _option(family: int, entry: Holding, custom: Custom) -> StoredOption | None:
    text = entry.text if isinstance(entry.text, str) else ""
    if entry.code is None:
        return None
    if entry.cancelled and entry.text is None:
        return StoredOption(family, entry.code, b"")
    if entry.csv and entry.definition is not None and entry.definition.kind is OptionType.INTERNAL:
        return StoredOption(family, entry.code, as_bytes(text))  # its text is shown, and it is no other's sub-option
    try:
        if entry.definition is None:
            return StoredOption(family, entry.code, hex_to_bytes(text))
        data = values_to_bytes(entry.definition, text) if entry.csv else hex_to_bytes(text)
        return read_option(entry.definition, data, custom)
    except ValueError:  # Kea refuses it
        return None
