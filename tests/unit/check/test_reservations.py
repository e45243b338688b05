"""Host reservations: every mistake of the table, what a finding says, and 100,000 of them in little time."""

from __future__ import annotations

import pytest

from kea_hac.check.rules import reservations, reserved_addresses
from kea_hac.kea.config import DHCP4, Block
from kea_hac.kea.identifiers import identifier_bytes
from kea_hac.kea.version import KeaVersion
from kea_hac.model.configuration import Configuration
from tests.counting import calls
from tests.unit.check.refusals import Row, found, holds, hosts4, hosts6, ids
from tests.unit.check.refused_reservations import ROWS, SOUND, at, at6, known_by
from tests.unit.check.registered import checks_in

CASES = [(row, version) for row in ROWS for version in row.asked]


@pytest.mark.parametrize(("row", "version"), CASES, ids=ids)
def test_a_mistake_is_found_as_kea_judges_it(row: Row, version: str) -> None:
    holds(row, version)


def test_a_duplicate_points_at_the_first() -> None:
    (finding,) = found(hosts4(SOUND, SOUND), "3.0.4")
    assert finding.message == "the hw-address 08:00:27:00:00:01 has a reservation here already"
    first = ("kea.conf", "Dhcp4", "subnet4", 0, "reservations", 0, "hw-address")
    assert finding.related == ((first, "the other reservation"),)


def test_an_address_outside_names_the_ends() -> None:
    (finding,) = found(hosts4(at("192.0.3.5")), "3.0.4")
    assert finding.message == "the reserved address 192.0.3.5 lies outside its subnet 192.0.2.0/24"
    assert finding.fix == "use one between 192.0.2.0 and 192.0.2.255"
    assert finding.related == ((("kea.conf", "Dhcp4", "subnet4", 0, "subnet"), "the prefix is set here"),)


def test_the_length_that_the_version_takes_is_named() -> None:
    long = hosts4(known_by("duid", "01" * 131))
    assert [finding.message for finding in found(long, "2.2.0")] == [
        "the duid has 131 bytes; Kea 2.2.0 accepts at most 128"
    ]
    assert [finding.message for finding in found(long, "2.6.3")] == [
        "the duid has 131 bytes; Kea 2.6.3 accepts at most 130"
    ]


def test_each_of_several_mistakes_of_one_reservation_is_found() -> None:
    wrong = {"ip-addresses": ["x", "2001:db8:2::1", "ff02::1"], "prefixes": ["y", "2001:db8::1/48"], "hostname": "a b"}
    codes = [finding.rule.code for finding in found(hosts6(wrong), "3.0.4")]
    assert codes == ["KH306", "KH307", "KH306", "KH310", "KH310", "KH314"]


def test_equal_hosts_in_two_subnets_are_no_mistake() -> None:
    config = hosts6(at6("2001:db8:1::5"))
    config["Dhcp6"]["subnet6"].append({"id": 2, "subnet": "2001:db8:2::/48", "reservations": [{"hw-address": "08:00:27:00:00:01", "hostname": "a"}]})  # fmt: skip
    config["Dhcp6"]["reservations"] = [{"hw-address": "08:00:27:00:00:01", "hostname": "a"}]
    assert found(config, "2.2.0") == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("08:00:27:0a:0B:1", b"\x08\x00\x27\x0a\x0b\x01"),
        ("8 0 27", b"\x08\x00\x27"),
        ("0x123", b"\x01\x23"),
        ("123", b"\x01\x23"),
        (" 'a b' ", b"a b"),
        ("'é'", "é".encode()),
        ("''", None),
        ("' '", None),
        ("0x", None),
        ("", None),
        (":08", None),
        ("08:001", None),
        ("0800 27", None),
        ('"ab"', None),
        ("é", None),
    ],
)
def test_identifiers_are_read_as_kea_does(text: str, meant: bytes | None) -> None:
    assert identifier_bytes(text) == meant


def test_a_hundred_thousand_are_judged_in_moments() -> None:
    """A handful of calls for each."""
    configuration = Configuration(DHCP4, Block((), {"subnet4": [_subnet(number) for number in range(1000)]}), KeaVersion.parse("2.6.3"))  # fmt: skip
    rules = checks_in(reservations, reserved_addresses)
    assert [finding for rule in rules for finding in rule(configuration)] == []
    assert calls(lambda: [finding for rule in rules for finding in rule(configuration)]) < 40 * 100_000


def _subnet(number: int) -> Block:
    at = ("Dhcp4", "subnet4", number)
    third, second = number & 255, number >> 8
    hosts = [
        Block(
            (*at, "reservations", host),
            {
                "hw-address": f"08:00:27:{second:02x}:{third:02x}:{host:02x}",
                "ip-address": f"10.{second}.{third}.{host + 1}",
            },
        )
        for host in range(100)
    ]
    return Block(at, {"id": number + 1, "subnet": f"10.{second}.{third}.0/24", "reservations": hosts})
