"""`kea-hac schema` prints what the floors below say, byte for byte as `schemas/` has it."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import Call
from tests.regenerate import ROOT


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        ((), "spec"),
        (("spec",), "spec"),
        (("dhcp4",), "kea-dhcp4-3.2"),
        (("dhcp6", "--kea", "2.2"), "kea-dhcp6-2.2"),
        (("dhcp4", "--kea", "2.6.3"), "kea-dhcp4-2.6"),
        (("ctrl-agent",), "kea-ctrl-agent-3.0"),
        (("--kea", "2.4", "ctrl-agent"), "kea-ctrl-agent-2.4"),
    ],
)
def test_it_is_the_file_in_schemas(call: Call, arguments: tuple[str, ...], file: str) -> None:
    called = call("schema", *arguments)
    assert (called.code, called.err) == (0, "")
    assert called.out == (ROOT / "schemas" / f"{file}.schema.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("frob",), "frob"),
        (("dhcp4", "--kea", "2.5"), "it knows 2.2, 2.4, 2.6, 3.0, 3.2, 3.3"),
        (("ctrl-agent", "--kea", "3.2"), "Kea 3.2 has no kea-ctrl-agent; 2.2, 2.4, 2.6, 3.0 have one"),
        (("spec", "--kea", "2.6"), "the schema of the spec is the same for every version"),
        (("--kea", "2.6"), "--kea is for dhcp4, dhcp6 and ctrl-agent only"),
    ],
)
def test_what_cannot_be_printed(call: Call, arguments: tuple[str, ...], said: str) -> None:
    called = call("schema", *arguments)
    assert (called.code, called.out) == (2, "")
    assert said in called.err


def test_the_schema_of_an_included_file(call: Call) -> None:
    """The value at a path of keys, lists on the way entered; it judges such a file as the whole schema judges the value."""
    found = json.loads(call("schema", "--part", "dhcp4.subnet4.reservations").out)
    judge = Draft202012Validator(found)
    good = [{"hw-address": "08:00:27:12:34:56", "ip-address": "192.0.2.20", "hostname": "printer"}]
    assert judge.is_valid(good)
    assert not judge.is_valid([{"hw-adress": "08:00:27:12:34:56"}])
    assert not judge.is_valid(good[0])
    subnets = Draft202012Validator(json.loads(call("schema", "spec", "--part", "dhcp6.subnet6").out))
    assert subnets.is_valid([{"id": 1, "subnet": "2001:db8::/64", "split": "even"}])
    assert not subnets.is_valid([{"subnet": "2001:db8::/64"}])


def test_a_part_that_there_is_not_names_those_that_there_are(call: Call) -> None:
    called = call("schema", "--part", "dhcp4.subnet4.reservation")
    assert called.code == 2
    assert "dhcp4.subnet4 has no part 'reservation'; possible: " in called.err
    assert "reservations" in called.err
    assert "possible: nothing below it" in call("schema", "--part", "pair.x").err
    assert call("schema", "dhcp4", "--part", "subnet4").code == 2
