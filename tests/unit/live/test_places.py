"""One host, however it is written."""

from __future__ import annotations

import pytest

from kea_hac.live.host_and_port import Place, host_form, is_loopback, parse_place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.11", Place("192.0.2.11")),
        ("192.0.2.11:8000", Place("192.0.2.11", 8000)),
        ("::ffff:192.0.2.11", Place("192.0.2.11")),
        ("[::ffff:c000:20b]:8000", Place("192.0.2.11", 8000)),
        ("2001:DB8:0:0::1", Place("2001:db8::1")),
        ("[2001:db8::1]", Place("2001:db8::1")),
        ("[2001:0db8::0001]:8443", Place("2001:db8::1", 8443)),
        ("fe80::1%eth0", Place("fe80::1%eth0")),
        ("kea1", Place("kea1")),
        ("Kea1.Example.ORG.", Place("kea1.example.org")),
        ("kea1.example.org:8000", Place("kea1.example.org", 8000)),
    ],
)
def test_every_spelling_is_one_place(text: str, found: Place) -> None:
    assert parse_place(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "192.0.2.011",
        "192.0.2.256",
        "[kea1]:8000",
        "[192.0.2.11",
        "192.0.2.11:0",
        "192.0.2.11:65536",
        "192.0.2.11:http",
        "2001:db8::1::2",
        "http://192.0.2.11/",
    ],
)
def test_what_only_some_programs_take_for_an_address_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        parse_place(text)


def test_which_places_are_addresses_and_which_stay_on_this_machine() -> None:
    assert parse_place("192.0.2.11").is_address
    assert not parse_place("kea1").is_address
    for text in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"):
        assert is_loopback(text)
    for text in ("192.0.2.1", "localhost", "0.0.0.0", "::", ""):
        assert not is_loopback(text)
    assert host_form("LOCALHOST") == "localhost"
