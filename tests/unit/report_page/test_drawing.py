"""Boxes and arrows: every server, every connection, nothing over its edge."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kea_hac
from kea_hac.report_page.channels import links
from kea_hac.report_page.drawing import Drawing, drawing
from tests.shipped import ROOT
from tests.unit.changes.built import built

SPECS = sorted((ROOT / "specs").glob("*.yaml"))
NAT = """\
kea-hac: 1
pair: nat
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: 10.0.0.11, interfaces: [eth0], peer-address: 203.0.113.11, peer-port: 18001}
  - {name: kea2, role: standby, address: 10.0.0.12, interfaces: [eth0]}
  - {name: kea3, role: backup, address: 10.0.0.13, interfaces: [eth0]}
high-availability: {mode: hot-standby, max-unacked-clients: 5, listener: {dhcp4: 8001}}
micetro: {agent: {name: far, address: 10.0.0.99}}
control-agent: {http-port: 8000, authentication: {type: basic, clients: [{user-file: u, password-file: p}]}}
dhcp4:
  subnet4: [{id: 1, subnet: 10.1.0.0/24, pools: [{pool: 10.1.0.10 - 10.1.0.99}]}]
"""


def drawn(text: str) -> Drawing:
    return drawing(built(text).site)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_server_is_a_box_and_nothing_is_over_an_edge(path: Path) -> None:
    site = kea_hac.compile_spec(path).site
    assert site is not None
    made = drawing(site)
    assert {node.name for node in site.nodes} <= {box.name for box in made.boxes}
    for box in made.boxes:
        assert 0 <= box.x <= box.x + made.box <= made.width
        assert 0 <= box.y <= box.y + box.height <= made.height
    for arrow in made.arrows:
        assert all(0 <= int(number) <= made.width for number in re.findall(r"\d+", arrow.path))
        assert 0 <= arrow.y <= made.height


def test_who_connects_to_whom_behind_nat() -> None:
    found = {(each.source, each.target): each for each in links(built(NAT).site) if each.purpose.startswith("HA")}
    assert found["kea2", "kea1"].where == "203.0.113.11:18001"
    assert found["kea1", "kea2"].where == "10.0.0.12:8001"
    assert set(found) == {("kea1", "kea2"), ("kea2", "kea1"), ("kea1", "kea3"), ("kea2", "kea3")}, (
        "a backup only listens"
    )
    assert found["kea1", "kea2"].protection == "no TLS, no password"


def test_the_one_agent_of_micetro() -> None:
    own = [each for each in links(built(NAT).site) if each.purpose == "commands"]
    assert [(each.target, each.where, each.protection) for each in own] == [
        (name, f"10.0.0.1{number}:8000", "no TLS, password") for number, name in enumerate(("kea1", "kea2", "kea3"), 1)
    ]
    made = drawn(NAT)
    assert [box.name for box in made.boxes][-1] == "Micetro DHCP Agent"
    assert made.undrawn == 1, "kea2 to kea3: both are on the right"


def test_a_family_that_uses_the_channel_of_another_is_no_second_connection() -> None:
    text = NAT.replace("listener: {dhcp4: 8001}", "multi-threading: {http-dedicated-listener: false}").replace(
        ", peer-port: 18001", ""
    )
    text = text.replace(", authentication: {type: basic, clients: [{user-file: u, password-file: p}]}", "")
    text += "dhcp6:\n  subnet6: [{id: 1, subnet: 2001:db8::/64, pools: [{pool: 2001:db8::/80}]}]\n"
    made = built(text)
    found = [each for each in links(made.site) if each.source == "kea1" and each.target == "kea2"]
    assert [each.purpose for each in found] == ["HA of dhcp4 and dhcp6"]
    assert found[0].where == "10.0.0.12:8000"
