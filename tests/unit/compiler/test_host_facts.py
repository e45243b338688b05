"""Platforms by the names that people write, and what `--needs` lists of directories, variables and the order at boot."""

from __future__ import annotations

from typing import Any

import pytest

import kea_hac
from kea_hac.kea.platform import platform_aliases, platform_names
from tests.specs import build, checked, config, findings_of
from tests.unit.compiler.pairs import AGENT, hub, pair

HOOKS = {
    "ubuntu": "/usr/lib/x86_64-linux-gnu/kea/hooks",
    "Mint": "/usr/lib/x86_64-linux-gnu/kea/hooks",
    "raspbian": "/usr/lib/x86_64-linux-gnu/kea/hooks",
    "fedora": "/usr/lib64/kea/hooks",
    "Rocky": "/usr/lib64/kea/hooks",
    "suse": "/usr/lib64/kea/hooks",
    "sles": "/usr/lib64/kea/hooks",
    "isc-rpm": "/usr/lib64/kea/hooks",
    "isc-deb": "/usr/lib/x86_64-linux-gnu/kea/hooks",
    "opnsense": "/usr/local/lib/kea/hooks",
    "nixos": "/run/current-system/sw/lib/kea/hooks",
}


def _needs(text: str, server: str = "kea1") -> dict[str, list[str]]:
    return kea_hac.needs(checked(text))[server].in_full()


def _on(platform: str, **more: Any) -> str:
    return pair(**more).replace("platform: debian", f"platform: {platform}")


@pytest.mark.parametrize(("name", "hooks"), HOOKS.items())
def test_a_system_is_the_platform_of_its_packages(name: str, hooks: str) -> None:
    libraries = config(build(_on(name)), "kea1", "dhcp4")["hooks-libraries"]
    assert {each["library"].rpartition("/")[0] for each in libraries} == {hooks}


def test_every_alias_means_a_platform() -> None:
    assert set(platform_aliases().values()) <= set(platform_names())
    assert not set(platform_aliases()) & set(platform_names())


def test_an_unknown_system_is_refused_with_the_platforms() -> None:
    (found,) = [each for each in findings_of(_on("plan9")) if each.rule.code == "KH101"]
    assert all(name in found.message for name in platform_names())


def test_units_and_packages_of_iscs_rpms() -> None:
    needs = _needs(_on("isc-rpm"))
    assert "isc-kea-dhcp4" in needs["packages"]
    assert any(line.startswith("kea-dhcp4.service: ") for line in needs["boot"])


def test_directories_with_mode_and_owner() -> None:
    assert _needs(pair())["directories"] == [
        "/etc/kea 0750 _kea:_kea",
        "/run/kea 0750 _kea:_kea",
        "/var/lib/kea 0750 _kea:_kea",
    ]
    assert "/run/kea 0755 _kea:_kea" in _needs(pair(kea="2.2"))["directories"]


PATHS = "\npaths: {sockets: /kea/run, logs: /kea/logs, leases: /kea/leases, hooks: /opt/hooks}"
LOGGER = "loggers: [{name: kea-dhcp4, severity: INFO, output-options: [{output: kea-dhcp4.log}]}]"


def test_other_directories_and_their_variables() -> None:
    text = _on(f"source{PATHS}", dhcp4=LOGGER, tls="", kea="3.0")
    needs = _needs(text)
    assert needs["directories"] == ["/kea/leases", "/kea/logs", "/kea/run 0750", "/usr/local/etc/kea"]
    assert needs["environment"] == [
        "KEA_CONTROL_SOCKET_DIR=/kea/run",
        "KEA_DHCP_DATA_DIR=/kea/leases",
        "KEA_HOOKS_PATH=/opt/hooks",
        "KEA_LOG_FILE_DIR=/kea/logs",
    ]
    assert "environment" not in _needs(text.replace("kea: 3.0", "kea: 2.2"))
    assert "environment" not in _needs(_on("source", tls="", kea="3.0"))
    database = "lease-database: {type: mysql, name: kea, user: kea, password: !secret /etc/kea/p.json}"
    assert "KEA_DHCP_DATA_DIR=/kea/leases" not in _needs(_on(f"source{PATHS}", dhcp4=database, tls=""))["environment"]


def test_nixos_has_its_hooks_elsewhere() -> None:
    assert "KEA_HOOKS_PATH=/run/current-system/sw/lib/kea/hooks" in _needs(_on("nixos", kea="3.0"))["environment"]


UNIT = "kea-dhcp4-server.service: "
WAIT = "ExecStartPre=/bin/sh -c 'until ip -o address show to {} | grep -q .; do sleep 1; done'"


def test_units_wait_for_what_their_daemon_binds() -> None:
    needs = _needs(pair(kea1="control-address: 10.8.0.11", top=AGENT))
    assert [line.removeprefix(UNIT) for line in needs["boot"] if line.startswith(UNIT)] == [
        "After=network-online.target",
        "After=sys-subsystem-net-devices-eth0.device",
        WAIT.format("192.0.2.11"),
        "Wants=network-online.target",
        "Wants=sys-subsystem-net-devices-eth0.device",
    ]
    assert f"kea-ctrl-agent.service: {WAIT.format('10.8.0.11')}" in needs["boot"]
    assert not any("network-online" in line for line in _needs(pair(kea1="bind-address: 0.0.0.0"))["boot"])


def test_an_ipv6_address_is_awaited_until_it_can_be_bound() -> None:
    text = pair(kea1='bind-address: "2001:db8::11"')
    assert UNIT + WAIT.format("2001:db8::11 -tentative") in _needs(text)["boot"]


def test_interface_names_are_escaped_and_other_systems_get_words() -> None:
    text = pair().replace("lan: eth0", "lan: br-lan.7")
    assert f"{UNIT}After=sys-subsystem-net-devices-br\\x2dlan.7.device" in _needs(text)["boot"]
    assert _needs(_on("alpine"))["boot"] == [
        "kea-dhcp4: 192.0.2.11 is up before it starts",
        "kea-dhcp4: eth0 is up before it starts",
    ]


def test_the_manifest_has_none_of_this() -> None:
    needs = kea_hac.needs(checked(pair(top=AGENT)))["kea1"].as_data()
    assert not needs.keys() & {"boot", "directories", "environment", "micetro"}


UNITS = ["kea-dhcp4-server.service: Wants=time-sync.target", "kea-dhcp4-server.service: After=time-sync.target"]


def test_partners_need_the_same_time() -> None:
    for server in ("kea1", "kea2"):
        first, *units, last = _needs(pair(), server)["clock"]
        assert "more than 30 s away" in first
        assert "beyond 60 s" in first
        assert units == UNITS
        assert "chrony-wait.service" in last
        assert "systemd-time-wait-sync.service" in last


@pytest.mark.parametrize(
    ("mode", "server"), [("passive-backup", "kea1"), ("passive-backup", "kea2"), ("hot-standby", "kea3")]
)
def test_a_server_without_heartbeats_needs_the_time_for_the_leases_that_it_gets(mode: str, server: str) -> None:
    text = pair(mode=mode).replace("role: standby", "role: backup" if mode == "passive-backup" else "role: standby")
    text = text.replace(
        "high-availability:",
        "  - {name: kea3, role: backup, address: 192.0.2.13, interfaces: {lan: eth0}}\nhigh-availability:",
    )
    first, *_ = _needs(text, server)["clock"]
    assert first.endswith("partners send leases with the time at which they expire")


def test_a_hub_needs_the_time() -> None:
    assert (
        "beyond 60 s"
        in _needs(hub("subnet4: [{id: 1, subnet: 10.1.0.0/16, user-context: {ha-server-name: north}}]"), "hub")[
            "clock"
        ][0]
    )


def test_a_server_alone_needs_no_partner_s_time() -> None:
    lone = "kea-hac: 1\npair: p\nkea: 2.6\nplatform: debian\nservers: [{name: a, interfaces: [eth0]}]\ndhcp4: {valid-lifetime: 1h}\n"
    assert "clock" not in _needs(lone, "a")


@pytest.mark.parametrize("platform", ["freebsd", "alpine"])
def test_a_platform_without_systemd_has_no_units_for_the_time(platform: str) -> None:
    (only,) = _needs(_on(platform))["clock"]
    assert "NTP client" in only


def test_the_clock_is_no_part_of_the_manifest() -> None:
    assert b"time-sync" not in build(pair()).files["manifest.json"]
