"""What messages say of a string that is no address: which part of it is wrong."""

from __future__ import annotations

import pytest

from kea_hac.kea.address_words import not_address


@pytest.mark.parametrize(
    ("text", "family", "why"),
    [
        ("192.0.2.256", 4, "256 is more than 255"),
        ("300.0.2.1", None, "300 is more than 255"),
        ("192.0.2.99999999999", 4, "99999999999 is more than 255"),
        ("192.0.2", 4, "it has 3 numbers of 4"),
        ("192.0.2.1.5", 4, "it has 5 numbers of 4"),
        ("192.0..1", 4, "a dot has no number beside it"),
        ("“192.0.2.1”", 4, "it contains U+201C LEFT DOUBLE QUOTATION MARK"),
        ("192.0.2.1\u00a0", None, "it contains U+00A0 NO-BREAK SPACE"),
        ("2001:db8::12345", 6, "'12345' has more than 4 digits"),
        ("2001:db8::g1", None, "'g1' is not hexadecimal"),
        ("2001:db8::1::2", 6, "'::' is in it more than once"),
        ("2001:db8:1:2:3:4:5", 6, "it has 7 groups of 8; '::' stands for groups that are 0"),
        ("gateway", 4, None),
        ("", 4, None),
        ("2001:db8::1", 4, None),
    ],
)
def test_the_wrong_part_is_named(text: str, family: int | None, why: str | None) -> None:
    message = not_address(text, family)
    kind = f"an IPv{family} address" if family else "an IP address"
    assert message == f"{text!r} is not {kind}" + (f": {why}" if why else "")


def test_a_long_string_is_cut() -> None:
    assert len(not_address("1" * 5000, 4)) < 200
