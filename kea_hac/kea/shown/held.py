"""The bytes that Kea holds of an option written in hexadecimal: cut to its type, sub-options sorted."""

from __future__ import annotations

from kea_hac.kea.option_bytes import read_bytes
from kea_hac.kea.option_definitions import Custom, OptionDefinition


def held(definition: OptionDefinition, data: bytes, custom: Custom) -> bytes:
    """What is left of `data`. Raises RefusedValueError for what Kea refuses."""
    lost = read_bytes(definition, data, custom)
    return data[: len(data) - lost]
