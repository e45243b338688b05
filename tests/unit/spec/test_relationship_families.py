"""A hub whose relationships are not all in both families: `mode: {dhcp4: …}` in one relationship."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.api import judge, load_text
from kea_hac.diagnostics import Severity

SPEC = """\
kea-hac: 1
pair: hub
kea: 2.6
platform: debian
servers:
  - {name: north, address: 192.0.2.1, interfaces: {dhcp4: [eth0]}}
  - {name: centre, address: 192.0.2.2, interfaces: [eth0]}
  - {name: south, address: 192.0.2.3, interfaces: [eth0]}
high-availability:
COMMON
  relationships:
    - peers: [{server: north, role: primary}, {server: centre, role: standby, name: centre-n}]
      mode: {FAMILY: hot-standby}
      listener: {FAMILY: 8004}
    - peers: [{server: south, role: primary}, {server: centre, role: standby, name: centre-s}]
      listener: {dhcp4: 8006, dhcp6: 8606}
dhcp4:
  subnet4:
    - {id: 1, subnet: 10.1.0.0/24, user-context: {ha-server-name: TAG4}}
    - {id: 2, subnet: 10.2.0.0/24, user-context: {ha-server-name: south}}
dhcp6:
  subnet6:
    - {id: 1, subnet: "2001:db8:1::/64", user-context: {ha-server-name: TAG6}}
    - {id: 2, subnet: "2001:db8:2::/64", user-context: {ha-server-name: south}}
"""


@pytest.mark.parametrize("common", ["  mode: hot-standby", "  heartbeat-delay: 10s"])
@pytest.mark.parametrize("family", ["dhcp4", "dhcp6"])
def test_a_relationship_of_one_family(family: str, common: str) -> None:
    other = "dhcp6" if family == "dhcp4" else "dhcp4"
    text = SPEC.replace("FAMILY", family).replace("COMMON", common)
    text = text.replace("interfaces: {dhcp4: [eth0]}", f"interfaces: {{{family}: [eth0]}}")
    text = text.replace(f"TAG{family[-1]}", "north").replace(f"TAG{other[-1]}", "south")
    checked = judge(load_text(text, Path("hub.yaml")))
    errors = [each.message for each in checked.report.diagnostics if each.severity is Severity.ERROR]
    assert errors == []
    assert checked.build is not None
    made = {each.path: each.content for each in checked.build.artifacts}
    assert f"north/kea-{family}.conf" in made
    assert f"north/kea-{other}.conf" not in made
    assert b"centre-n" in made[f"centre/kea-{family}.conf"]
    assert b"centre-n" not in made[f"centre/kea-{other}.conf"]


def test_a_family_that_no_relationship_is_in_is_told_of() -> None:
    text = SPEC.replace("FAMILY", "dhcp4").replace("COMMON", "  mode: hot-standby").replace("TAG4", "north")
    text = text.replace(
        "listener: {dhcp4: 8006, dhcp6: 8606}", "listener: {dhcp4: 8006}\n      mode: {dhcp4: hot-standby}"
    )
    found = judge(load_text(text.replace("TAG6", "south"), Path("hub.yaml"))).report.diagnostics
    assert "family-without-high-availability" in [each.rule.name for each in found]
