"""A dedicated listener's port that is one server's own: where it counts, and where it means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.api import judge, load_text

PAIR = """\
kea-hac: 1
pair: ports
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: [eth0]}
  - {name: kea2, role: standby, address: 192.0.2.12, listener: 8004, interfaces: [eth0]}
high-availability: {mode: hot-standby, listener: {dhcp4: 8001}}
dhcp4: {subnet4: [{id: 1, subnet: 192.0.2.0/24}]}
"""
HUB = """\
kea-hac: 1
pair: ports
kea: 2.6
platform: debian
servers:
  - {name: hub, address: 192.0.2.1, interfaces: [eth0]}
  - {name: spoke, address: 192.0.2.2, interfaces: [eth0]}
high-availability:
  mode: hot-standby
  relationships:
    - listener: {dhcp4: 8001}
      peers: [{server: spoke, role: primary, listener: 8002}, {server: hub, role: standby}]
dhcp4: {subnet4: [{id: 1, subnet: 192.0.2.0/24, user-context: {ha-server-name: spoke}}]}
"""


def found(text: str) -> list[tuple[str, str]]:
    """Rule and route of every error."""
    report = judge(load_text(text, Path("ports.yaml"))).report
    return [(each.rule.name, each.path) for each in report.diagnostics if each.severity == "error"]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        (PAIR, ("http://192.0.2.11:8001/", "http://192.0.2.12:8004/")),
        (HUB, ("http://192.0.2.2:8002/", "http://192.0.2.1:8001/")),
    ],
)
def test_both_files_name_the_servers_own_port(text: str, urls: tuple[str, str]) -> None:
    build = judge(load_text(text, Path("ports.yaml"))).build
    assert build is not None
    configs = [content.decode() for name, content in build.files.items() if name.endswith("kea-dhcp4.conf")]
    assert len(configs) == 2
    for config in configs:
        assert all(url in config for url in urls)


def test_two_daemons_of_one_host_still_clash() -> None:
    text = PAIR.replace("listener: {dhcp4: 8001}", "listener: {dhcp4: 8001, dhcp6: 8004}")
    text += "dhcp6: {subnet6: [{id: 1, subnet: '2001:db8::/64'}]}\n"
    assert found(text.replace("listener: 8004", "listener: {dhcp4: 8004}")) == [
        ("port-taken-twice", "high-availability.listener")
    ]


def test_without_a_listener_it_means_nothing() -> None:
    off = "{mode: hot-standby, multi-threading: {http-dedicated-listener: false}}\ncontrol-agent: {http-port: 8000}"
    text = PAIR.replace("{mode: hot-standby, listener: {dhcp4: 8001}}", off)
    assert found(text) == [("listener-without-dedicated-listener", "servers[1].listener")]


def test_a_lone_server_has_no_partner_that_would_call() -> None:
    lone = "".join(line for line in PAIR.splitlines(True) if "kea1" not in line and "high-avail" not in line)
    assert found(lone.replace("role: standby, ", "")) == [("role-without-high-availability", "servers[0].listener")]


def test_in_a_hub_it_is_said_in_the_relationship() -> None:
    text = HUB.replace("{name: spoke,", "{name: spoke, listener: 8002,")
    assert found(text) == [("wrong-value", "servers[1].listener")]
