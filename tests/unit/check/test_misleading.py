"""Slips that Kea takes, or refuses in words that lead elsewhere: each is one finding at the place of the slip, with the right fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.diagnostics import Diagnostic
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from tests.specs import checked, findings_of
from tests.unit.compiler.pairs import AGENT, hub, pair


def worst(text: str) -> list[Diagnostic]:
    return [each for each in findings_of(text) if each.severity != "info"]


def linted(text: str, tmp_path: Path, version: str = "2.6") -> list[Diagnostic]:
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text(text, "utf-8")
    return list(lint([path], KeaVersion.parse(version)).report.diagnostics)


MINUTE = {
    ("heartbeat-delay", "10"): "10s",
    ("heartbeat-delay", "30"): "30s",
    ("max-response-delay", "60"): "60s",
    ("max-response-delay", "120"): "65s",
    ("max-ack-delay", "10"): "10s",
    ("sync-timeout", "60"): "60s",
    ("sync-timeout", "300"): "300s",
}


@pytest.mark.parametrize(("key", "value"), MINUTE)
def test_seconds_where_kea_counts_milliseconds(key: str, value: str) -> None:
    """One warning, and none that follows from the number: max-response-delay 60 is not below the heartbeat as well."""
    (found,) = worst(pair(ha=f"listener: 8001\n{key}: {value}"))
    assert found.rule.code == "KH137"
    assert f"{value} is {value} ms; did you mean {MINUTE[key, value]}?" in found.message
    assert found.fix == f"write {MINUTE[key, value]}"
    assert worst(pair(ha=f"listener: 8001\n{key}: {MINUTE[key, value]}")) == []


@pytest.mark.parametrize("value", ["10ms", "500ms", "1s", "1000", "10000", "65535"])
def test_a_time_with_its_unit_or_of_a_usual_length_is_silent(value: str) -> None:
    found = worst(pair(ha=f"listener: 8001\nheartbeat-delay: {value}\nmax-response-delay: 65535"))
    assert [each.rule.code for each in found if each.rule.code == "KH137"] == []


def test_the_same_in_one_family_only() -> None:
    (found,) = worst(pair(ha="listener: 8001\nheartbeat-delay: {dhcp4: 10, dhcp6: 10s}"))
    assert found.path == "high-availability.heartbeat-delay.dhcp4"


def test_in_a_file_of_kea_the_fix_is_a_number(tmp_path: Path) -> None:
    text = (
        '{"Dhcp4": {"hooks-libraries": [{"library": "/usr/lib/kea/hooks/libdhcp_ha.so", "parameters": {"high-availability":'
        '[{"heartbeat-delay": 10, "max-response-delay": 60, "sync-timeout": 60}]}}]}}'
    )
    found = [(each.message, each.fix) for each in linted(text, tmp_path) if each.rule.code == "KH137"]
    assert found == [
        ("'heartbeat-delay': 10 is 10 ms; did you mean 10000 (10 s)?", "write 10000"),
        ("'max-response-delay': 60 is 60 ms; did you mean 60000 (60 s)?", "write 60000"),
        ("'sync-timeout': 60 is 60 ms; did you mean 60000 (60 s)?", "write 60000"),
    ]
    assert [each.rule.code for each in linted(text, tmp_path) if each.rule.code in ("KH636", "KH637")] == []


@pytest.mark.parametrize(
    ("key", "value", "fix"),
    [
        ("connect-timeout", 5000, "write 5"),
        ("reconnect-wait-time", 5, "write 5000"),
        ("read-timeout", 30000, "write 30"),
    ],
)
def test_the_times_of_a_database(key: str, value: int, fix: str, tmp_path: Path) -> None:
    text = f'{{"Dhcp4": {{"lease-database": {{"type": "mysql", "name": "kea", "{key}": {value}}}}}}}'
    assert [each.fix for each in linted(text, tmp_path) if each.rule.code == "KH137"] == [fix]


def reserved(identifier: str) -> str:
    return pair(f"subnet4: [{{id: 1, subnet: 192.0.2.0/24, reservations: [{{{identifier}, ip-address: 192.0.2.9}}]}}]")


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ('hw-address: "00:11:22:33:44"', "5 octets; a MAC address has 6"),
        ('hw-address: "00:11:22:33:44:55:66"', "7 octets"),
        ('hw-address: "0011223344"', "5 octets"),
        ('client-id: "01:00:11:22:33:44"', "6 octets; with a MAC address of 6 there are 7"),
        ('duid: "00:03:00:01:00:11:22:33:44"', "a DUID-LL of Ethernet has 10 octets; this one has 9"),
        ('duid: "00:01:00:01:2a:2b:2c:2d:00:11:22:33:44"', "a DUID-LLT of Ethernet has 14 octets; this one has 13"),
        ('duid: "00:04:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee"', "a DUID-UUID has 18 octets; this one has 17"),
    ],
)
def test_an_identifier_that_lost_an_octet(identifier: str, words: str) -> None:
    (found,) = worst(reserved(identifier))
    assert (found.rule.code, found.severity) == ("KH319", "warning")
    assert words in found.message


@pytest.mark.parametrize(
    "identifier",
    [
        'hw-address: "00:11:22:33:44:55"',
        'hw-address: "00:11:22:33:44:55:66:77"',
        'client-id: "01:00:11:22:33:44:55"',
        "client-id: \"'printer'\"",
        'client-id: "00:11:22:33:44:55"',
        'duid: "00:03:00:01:00:11:22:33:44:55"',
        'duid: "01:02:03:04:05:06"',
        "flex-id: \"'port1'\"",
    ],
)
def test_usual_identifiers_are_silent(identifier: str) -> None:
    assert worst(reserved(identifier)) == []


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("0011.2233.4455", "write it as 00:11:22:33:44:55"),
        ("00-11-22-33-44-55", "write it as 00:11:22:33:44:55"),
        ("00:11:22:33:44:5g", None),
    ],
)
def test_a_mac_in_another_notation_is_put_right(written: str, fix: str | None) -> None:
    (found,) = worst(reserved(f'hw-address: "{written}"'))
    assert (found.rule.code, found.fix) == ("KH303", fix)


@pytest.mark.parametrize(
    "text",
    [
        pair(address1="192.0.2.11/24"),
        pair(kea1="control-address: 192.0.2.11/24", top=AGENT),
        reserved('hw-address: "00:11:22:33:44:55"').replace("ip-address: 192.0.2.9", "ip-address: 192.0.2.11/24"),
        pair("subnet4: [{id: 1, subnet: 192.0.2.0/24, relay: {ip-addresses: [192.0.2.11/24]}}]"),
        pair("subnet4: [{id: 1, subnet: 192.0.2.0/24, next-server: 192.0.2.11/24}]"),
        pair("subnet4: [{id: 1, subnet: 192.0.2.0/24, option-data: [{name: routers, data: 192.0.2.11/24}]}]"),
        pair("dhcp-ddns: {enable-updates: true, server-ip: 192.0.2.11/24}"),
    ],
)
def test_a_length_behind_an_address(text: str) -> None:
    (found,) = [each for each in findings_of(text) if each.severity == "error"]
    said = str(found.fix).replace("`", "")
    assert "write 192.0.2.11" in said
    assert "write 192.0.2.11/24" not in said


def lines(found: Diagnostic, text: str) -> list[str]:
    return [text.splitlines()[span.line - 1].strip() for span in (found.span, *(span for span, _ in found.related))]


def test_two_servers_with_one_address_are_shown_by_their_address_lines() -> None:
    text = pair(address1="192.0.2.12")
    (found,) = worst(text)
    assert found.rule.code == "KH630"
    assert lines(found, text) == ["address: 192.0.2.12", "address: 192.0.2.12"]
    assert found.path == "servers[1].address"


def test_the_same_for_peer_addresses() -> None:
    text = pair(kea1="peer-address: 198.51.100.7", kea2="peer-address: 198.51.100.7")
    for found in worst(text):
        assert set(lines(found, text)) <= {"peer-address: 198.51.100.7", "address: 192.0.2.11", "address: 192.0.2.12"}


def test_a_loopback_address_is_shown_where_it_is_written() -> None:
    text = hub(
        "subnet4: [{id: 1, subnet: 10.1.0.0/16, user-context: {ha-server-name: north}},"
        " {id: 2, subnet: 10.2.0.0/16, user-context: {ha-server-name: south}}]",
        hub_peer=", address: 127.0.0.1",
    )
    (found,) = [each for each in findings_of(text) if each.rule.code == "KH703"]
    assert found.path == "high-availability.relationships[1].peers[1].address"
    agent = "multi-threading: {http-dedicated-listener: false}"
    text = pair(ha=agent, kea1="control-address: 127.0.0.1", tls="", top=AGENT)
    (found,) = [each for each in findings_of(text) if each.rule.code == "KH703"]
    assert found.path == "servers[0].control-address"


@pytest.mark.parametrize(
    ("typed", "right"),
    [("unkown-key", "unknown-key"), ("unknown_key", "unknown-key"), ("wrongtype", "wrong-type"), ("KH1200", "KH120")],
)
def test_a_comment_that_names_no_rule_is_an_error_with_the_nearest_one(typed: str, right: str) -> None:
    body = f"valid-lifetime: 1h\nfancy-key: 1  # kea-hac: ignore[{typed}] a patched Kea"
    found = {each.rule.code: each for each in findings_of(pair(body))}
    assert found["KH021"].severity == "error"
    assert f"{typed!r} is not a rule" in found["KH021"].message
    assert found["KH021"].fix == f"write {right}"


RENAMED = {
    ("2.6", '"subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "relay": {"ip-address": "192.0.2.1"}}]'): (
        "write ip-addresses: [192.0.2.1]"
    ),
    ("2.6", '"reservation-mode": "global"'): "write reservations-global: true, reservations-in-subnet: false",
    ("2.6", '"dhcp-ddns": {"qualifying-suffix": "example.org"}'): (
        "write ddns-qualifying-suffix: example.org beside `dhcp-ddns`, not in it"
    ),
    ("2.6", '"subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "client-classes": ["a"]}]'): "write client-class: a",
    ("2.6", '"control-sockets": [{"socket-type": "unix", "socket-name": "/run/kea/a"}]'): (
        "write control-socket in its place"
    ),
    ("2.2", '"ddns-conflict-resolution-mode": "no-check-with-dhcid"'): "write ddns-use-conflict-resolution: false",
    ("2.6", '"subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "evaluate-additional-classes": ["a"]}]'): (
        "write require-client-classes: [a]"
    ),
}


@pytest.mark.parametrize(("version", "member"), RENAMED)
def test_where_only_the_spelling_is_new_the_fix_is_the_spelling(version: str, member: str, tmp_path: Path) -> None:
    found = linted(f'{{"Dhcp4": {{{member}}}}}', tmp_path, version)
    (absent,) = [each for each in found if each.rule.code == "KH132"]
    assert absent.fix == RENAMED[version, member]
    assert "KH130" not in [each.rule.code for each in found if each.span.line == absent.span.line]


def test_what_a_version_has_under_no_name_needs_another_version(tmp_path: Path) -> None:
    (absent,) = [each for each in linted('{"Dhcp4": {"ddns-ttl": 60}}', tmp_path, "2.6") if each.rule.code == "KH132"]
    assert absent.fix == "it needs Kea 3.0 and newer"


def test_a_subnet_that_cannot_be_read_is_not_also_one_without_pools() -> None:
    found = findings_of(pair('subnet4: [{id: 1, subnet: "192.0.2.0\\\\e/24"}]'))
    assert [each.rule.code for each in found if each.severity == "error"] != []
    assert not [each for each in found if each.rule.code == "KH230" or "None" in each.message]


def test_a_broken_switch_is_not_proposed_again() -> None:
    """`reservations-out-of-pool: yes` is one finding: that it is to be `true`."""
    hosts = 'reservations: [{hw-address: "08:00:27:00:00:01", ip-address: 192.0.2.9}]'
    text = pair(
        f"subnet4: [{{id: 1, subnet: 192.0.2.0/24, interface: lan, pools: [{{pool: 192.0.2.100/30}}], {hosts}}}]"
    )
    assert "KH316" in {each.rule.code for each in checked(text).report.diagnostics}
    broken = text.replace("interface: lan", "interface: lan, reservations-out-of-pool: yes")
    assert "KH316" not in {each.rule.code for each in checked(broken).report.diagnostics}
