"""What a server says of itself: every mistake of the table, and what a finding says."""

from __future__ import annotations

import pytest

from kea_hac.check import subnets
from kea_hac.check.rules import (
    addressing,
    channels,
    databases,
    networks,
    reservations,
    reserved_addresses,
    server,
    timers,
)
from kea_hac.check.rules import boot_and_ddns as answers
from kea_hac.check.rules import top_lists as top
from kea_hac.diagnostics import Rule
from tests.unit.check import refused_addressing, refused_reservations
from tests.unit.check.refusals import Row, agent, dhcp6, found, holds, ids
from tests.unit.check.refused_globals import ROWS, clients, ddns, door, leases, listening4, logging

CASES = [(row, version) for row in ROWS for version in row.asked]


@pytest.mark.parametrize(("row", "version"), CASES, ids=ids)
def test_a_mistake_is_found_as_kea_judges_it(row: Row, version: str) -> None:
    holds(row, version)


def test_another_name_of_a_source_is_told() -> None:
    (finding,) = found(dhcp6(mac_sources=["remote-id", "rfc4649"]), "3.0.4")
    assert finding.message == "'rfc4649' is another name of 'remote-id'"
    assert finding.at == ("kea.conf", "Dhcp6", "mac-sources", 1)


def test_an_interface_points_at_the_entry_that_has_it() -> None:
    (finding,) = found(listening4("eth1", "eth0/192.0.2.1", "eth0"), "2.6.3")
    assert finding.message == "'eth0' is selected already"
    assert finding.related == ((("kea.conf", "Dhcp4", "interfaces-config", "interfaces", 1), "the first"),)


def test_the_default_port_of_d2_counts() -> None:
    (finding,) = found(ddns(sender_ip="127.0.0.1", sender_port=53001), "3.0.4")
    assert finding.message == "server and sender are the same, 127.0.0.1 port 53001"
    assert found(ddns(sender_ip="127.0.0.1", sender_port=53002), "3.0.4") == []


def test_no_password_is_shown() -> None:
    """Passwords are in findings' places, never in their texts."""
    wrong = (
        door(authentication=clients({"user": "a:b", "password": "sesame"}, {"password": "sesame"})),
        agent(authentication=clients({"user": "a", "password": "1234", "password-file": "/x"})),
        leases("memfile", password="sesame"),
    )
    for config in wrong:
        findings = found(config, "3.0.4")
        assert findings
        for finding in findings:
            assert "sesame" not in f"{finding.message}{finding.fix}"
            assert "1234" not in f"{finding.message}{finding.fix}"


def test_a_bare_logger_name_is_one_of_the_program() -> None:
    """Kea puts its own name before it: log_impl, expandLoggerName."""
    assert found(logging("kea-dhcp4", "dhcpsrv"), "2.6.3") == []
    (finding,) = found(logging("dhcpsrv", "kea-dhcp4.dhcpsrv"), "2.6.3")
    assert finding.message == "the logger 'kea-dhcp4.dhcpsrv' is listed twice"


def test_every_rule_has_a_row() -> None:
    modules = (
        addressing,
        answers,
        channels,
        databases,
        networks,
        reservations,
        reserved_addresses,
        server,
        subnets,
        timers,
        top,
    )
    rules = {value.code for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    rows = (*refused_addressing.ROWS, *refused_reservations.ROWS, *ROWS)
    assert {row.code for row in rows} == rules - {"KH319"}  # tests/unit/check/test_misleading.py has it
