"""An option's value as text and as hexadecimal digits: the text stands for just those bytes, or there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.kea.option_definitions import OptionDefinition, standard_definition, standard_definitions
from kea_hac.kea.option_text import option_bytes, text_of
from kea_hac.kea.option_types import OptionType
from kea_hac.kea.options import values_to_bytes
from kea_hac.kea.version import BRANCHES, Branch


def known(family: int, key: int | str) -> OptionDefinition:
    found = standard_definition(family, f"dhcp{family}", key, Branch.V2_6)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("family", "code", "digits", "text"),
    [
        (4, 42, "C0000201", "192.0.2.1"),
        (4, 42, "c0:0:2:1", "192.0.2.1"),
        (4, 6, "0xC0000201C0000202", "192.0.2.1, 192.0.2.2"),
        (4, 66, "626F6F74", "boot"),
        (4, 66, "'boot'", "boot"),
        (4, 26, "05DC", "1500"),
        (4, 2, "FFFFFFFF", "-1"),
        (4, 19, "01", "true"),
        (4, 119, "036c616203746c6400", "lab.tld"),
        (6, 23, "20010db8000000000000000000000001", "2001:db8::1"),
        # no text, or none that gives these bytes again
        (4, 42, "C00002", None),
        (4, 3, "", None),
        (4, 66, "626F6F7400", None),
        (4, 66, "612C62", None),
        (4, 66, "20626F6F74", None),
        (4, 66, "615C62", None),
        (4, 19, "02", None),
        (4, 119, "036c6162c000", None),
        (4, 119, "00", None),
        (4, 26, "05DC05DC", None),
        (4, 61, "01AABBCCDDEEFF", None),
        (4, 42, "no digits", None),
    ],
)
def test_hexadecimal_data_as_text(family: int, code: int, digits: str, text: str | None) -> None:
    assert text_of(known(family, code), digits) == text


READABLE = [
    each
    for family in (4, 6)
    for each in standard_definitions(family, BRANCHES[-1])
    if each.kind not in (OptionType.INTERNAL, OptionType.EMPTY)
]


@given(st.sampled_from(READABLE), st.binary(max_size=40))
def test_what_is_written_as_text_is_the_same_bytes(definition: OptionDefinition, data: bytes) -> None:
    text = text_of(definition, data.hex())
    assert text is None or values_to_bytes(definition, text) == data


def test_what_is_not_certain_has_no_bytes() -> None:
    option = {"space": "dhcp4", "code": 42, "csv-format": True, "data": "192.0.2.1"}
    assert option_bytes(4, Branch.V2_6, option) == bytes((192, 0, 2, 1))
    for other in ({"code": 224}, {"space": "vendor-4491"}, {"data": "x"}, {"data": None}, {"code": None}, {"code": 43}):
        assert option_bytes(4, Branch.V2_6, {**option, **other}) is None
