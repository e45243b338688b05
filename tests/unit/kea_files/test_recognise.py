"""Existing files: which daemons they hold, for which version, and HA read by its own vocabulary."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kea_hac.kea.version import Branch, KeaVersion
from kea_hac.kea_files.recognise import Recognised, recognise
from kea_hac.source import read_kea_json_text
from tests.shipped import GOLDEN

NEWEST_PROVEN = Branch.V3_0


def recognised(text: str, version: str | None = None) -> tuple[Recognised, list[tuple[str, str]]]:
    """What a text holds, and (rule, route) of what was noted."""
    reading = read_kea_json_text(text)
    assert reading.document is not None, reading.diagnostics
    document = reading.document
    noted: list[tuple[str, str]] = []
    found = recognise(
        document,
        KeaVersion.parse(version) if version else None,
        None,
        lambda finding: noted.append((finding.rule.name, document.place(finding.at).path)),
    )
    return found, noted


@pytest.mark.parametrize(
    ("config", "branch"),
    [
        ('{"Dhcp4": {"valid-lifetime": 1}}', NEWEST_PROVEN),
        ('{"Dhcp4": {"subnet4": [{"subnet": "192.0.2.0/24"}], "valid-lifetime": 1}}', Branch.V2_2),
        ('{"Dhcp4": {"control-socket": {"socket-type": "unix", "socket-name": "a"}}}', NEWEST_PROVEN),
        ('{"Dhcp4": {"reservation-mode": "global"}}', Branch.V2_2),
        ('{"Dhcp4": {"allocator": "flq", "reservation-mode": "global"}}', Branch.V2_4),
        ('{"Dhcp4": {"control-sockets": [{"socket-type": "unix", "socket-name": "a"}]}}', Branch.V3_0),
        ('{"Dhcp6": {"allow-address-registration": true}}', Branch.V3_2),
        (
            '{"Dhcp4": {"loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output-options": [{"output": "a"}]}]}}',
            NEWEST_PROVEN,
        ),
        (
            '{"Dhcp4": {"loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "a"}]}]}}',
            NEWEST_PROVEN,
        ),
        (
            '{"Dhcp4": {"loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "a"}]}],'
            ' "hooks-libraries": [{"library": "libdhcp_ha.so", "parameters": {"high-availability": [{}, {}]}}]}}',
            NEWEST_PROVEN,
        ),
    ],
)
def test_the_version_is_guessed_from_the_keys(config: str, branch: Branch) -> None:
    found, _ = recognised(config)
    assert found.guessed is not None
    assert found.guessed.branch is branch


@pytest.mark.parametrize(
    "path", sorted(GOLDEN.glob("*/2.[26]/*/*.conf")), ids=lambda path: str(path.relative_to(GOLDEN))
)
def test_what_we_write_is_recognised_without_a_finding(path: Path) -> None:
    version = path.relative_to(GOLDEN).parts[1]
    found, noted = recognised(path.read_text("utf-8"), version)
    assert noted == []
    assert [each.daemon.file for each in found.configurations] == [path.name]


def test_a_raw_answer_of_config_get_is_read() -> None:
    answer = [{"result": 0, "arguments": {"Dhcp4": {"valid-lifetime": 1}, "hash": "00"}}]
    found, noted = recognised(json.dumps(answer))
    assert noted == []
    assert found.configurations[0].config == {"valid-lifetime": 1}
    assert found.configurations[0].config.where("valid-lifetime") == ("arguments", "Dhcp4", "valid-lifetime")


def test_daemons_of_one_file_are_all_read_and_pointed_out() -> None:
    found, noted = recognised('{"Dhcp4": {"valid-lifetime": 1}, "Dhcp6": {"valid-lifetime": 1}, "Logging": {}}')
    assert [each.daemon.name for each in found.configurations] == ["dhcp4", "dhcp6"]
    assert noted == [("unknown-top-key", "Logging"), ("several-daemons-in-one-file", "Dhcp6")]


def test_what_has_no_vocabulary_is_said_not_to_be_judged() -> None:
    found, noted = recognised('{"DhcpDdns": {"ip-address": "127.0.0.1"}}')
    assert found.configurations == ()
    assert [name for name, _ in found.not_judged] == ["DhcpDdns"]
    assert noted == []


def test_a_file_of_something_else_is_unreadable() -> None:
    _, noted = recognised('{"dhcp4": {}}')
    assert ("no-configuration-of-kea", "") in noted


def test_a_key_of_a_newer_version_is_named() -> None:
    _, noted = recognised('{"Dhcp4": {"allocator": "flq"}}', "2.2")
    assert noted == [("absent-in-version", "Dhcp4.allocator")]


def test_a_newer_spelling_is_no_older_one() -> None:
    """2.6 refuses control-sockets, though it means what control-socket means there."""
    _, noted = recognised('{"Dhcp4": {"control-sockets": [{"socket-type": "unix", "socket-name": "a"}]}}', "2.6")
    assert ("absent-in-version", "Dhcp4.control-sockets") in noted


HA = {
    "Dhcp4": {
        "hooks-libraries": [
            {
                "library": "/usr/lib/kea/hooks/libdhcp_ha.so",
                "parameters": {
                    "high-availability": [
                        {"this-server-name": "a", "mode": "hot-stand-by", "heartbeat-dealy": 1, "peers": [{"nam": "a"}]}
                    ]
                },
            }
        ]
    }
}


def test_high_availability_is_read_by_its_own_vocabulary() -> None:
    found, noted = recognised(json.dumps(HA))
    below = "Dhcp4.hooks-libraries[0].parameters.high-availability[0]"
    assert ("unknown-value", f"{below}.mode") in noted
    assert ("unknown-key", f"{below}.heartbeat-dealy") in noted
    assert ("unknown-key", f"{below}.peers[0].nam") in noted
    assert [each["this-server-name"] for each in found.configurations[0].relationships()] == ["a"]
