"""Arrangements beyond the plain pair, built and run: hub and spokes, backups, NAT, a control network, mixed versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kea.built import compiled, laid_out, pair_text, provided
from tests.kea.test_built_pairs import CLIENTS, TLS, addresses, leased, started
from tests.lab import VERSIONS, Lab

pytestmark = pytest.mark.kea

NORMAL = "hot-standby"
HUB = """
kea-hac: 1
pair: region
kea: "{kea}"
platform: debian
servers:
  - {{name: hub, address: 192.0.2.1, interfaces: [eth0]}}
  - {{name: north, address: 192.0.2.2, interfaces: [eth0]}}
  - {{name: south, address: 192.0.2.3, interfaces: [eth0]}}
high-availability:
  mode: hot-standby
  heartbeat-delay: 2s
  max-response-delay: 6s
  max-ack-delay: 1s
  max-unacked-clients: 2
  relationships:
    - listener: {{dhcp4: 8001, dhcp6: 8002}}
      peers: [{{server: north, role: primary}}, {{server: hub, role: standby}}]
    - listener: {{dhcp4: 8011, dhcp6: 8012}}
      peers: [{{server: south, role: primary}}, {{server: hub, role: standby}}]
dhcp4:
  valid-lifetime: 1h
  subnet4:
    - {{id: 1, subnet: 192.0.2.0/24, interface: eth0, pools: [{{pool: 192.0.2.20 - 192.0.2.200}}],
       user-context: {{ha-server-name: north}}}}
    - {{id: 2, subnet: 198.51.100.0/24, pools: [{{pool: 198.51.100.20 - 198.51.100.200}}],
       user-context: {{ha-server-name: south}}}}
"""
NORTH, SOUTH = "192.0.2.0/24", "198.51.100.0/24"


@pytest.mark.parametrize("kea_version", VERSIONS[1:], indirect=True)
def test_a_hub_stands_by_for_both_spokes(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    group = started(lab, kea_version, HUB.format(kea=kea_version), tmp_path)
    everyone = {"hub": (NORMAL, NORMAL), "north": NORMAL, "south": NORMAL}
    group.wait(everyone)
    assert group.lease4(CLIENTS, subnet=NORTH).complete
    assert group.lease4(CLIENTS, start=100, subnet=SOUTH).complete
    group.wait_leases({"hub": 2 * CLIENTS, "north": CLIENTS, "south": CLIENTS})

    for number, (spoke, subnet) in enumerate({"north": NORTH, "south": SOUTH}.items(), 1):
        group.kill(spoke)
        group.failover(spoke, "hub", subnet=subnet)
        assert group.lease4(20, start=1000 * number, subnet=subnet).complete
        group.start(spoke)
        group.wait(everyone)
        held = {entry["ip-address"] for entry in group.leases("hub", 4)}
        assert {entry["ip-address"] for entry in group.leases(spoke, 4)} <= held


def test_a_spoke_of_a_version_without_hubs(lab: Lab, tmp_path: Path) -> None:
    """2.2.0 knows one relationship only, and a spoke has one: the hub alone needs 2.6 (KH607). The failover was seen as well."""
    text = HUB.format(kea="2.6.3").replace("{name: north, ", '{name: north, kea: "2.2.0", ')
    group = started(lab, {"hub": "2.6.3", "north": "2.2.0", "south": "2.6.3"}, text, tmp_path)
    group.wait({"hub": (NORMAL, NORMAL), "north": NORMAL, "south": NORMAL})
    assert group.lease4(CLIENTS, subnet=NORTH).complete
    group.wait_leases({"hub": CLIENTS, "north": CLIENTS, "south": 0})


def test_a_partner_of_another_version_during_an_upgrade(lab: Lab, tmp_path: Path) -> None:
    """kea2 is upgraded first; each file is spelt for its own server."""
    text = pair_text("2.6.3", NORMAL, (4, 6), kea2=', kea: "3.0.4"')
    text = text.replace("valid-lifetime: 1h", "valid-lifetime: 1h\n  cache-threshold: 0.25")  # its default differs
    group = started(lab, {"kea1": "2.6.3", "kea2": "3.0.4"}, text, tmp_path)
    for family in (4, 6):
        group.wait(dict.fromkeys(("kea1", "kea2"), NORMAL), family)
        leased(group, family, CLIENTS)
        group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS}, family)
    group.kill("kea1")
    group.failover("kea1", "kea2", 4)
    leased(group, 4, 20, start=1000)
    group.start("kea1")
    group.wait(dict.fromkeys(("kea1", "kea2"), NORMAL), 4)
    assert addresses(group, "kea1", 4) == addresses(group, "kea2", 4)


def test_a_server_behind_nat_and_a_control_network(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """The partner dials 203.0.113.1; kea1 itself binds 192.0.2.1; the agents are on 10.8.0.0/24 only."""
    text = pair_text(
        kea_version,
        NORMAL,
        kea1=", peer-address: 203.0.113.1, control-address: 10.8.0.1",
        kea2=", control-address: 10.8.0.2",
    )
    group = started(lab, kea_version, text, tmp_path)
    group.wait(dict.fromkeys(("kea1", "kea2"), NORMAL))
    leased(group, 4, CLIENTS)
    group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS})
    assert group.http("client", "http://10.8.0.1:8000/", "config-get", service="dhcp4")[0] == 200
    with pytest.raises(OSError, match="refused"):
        group.http("kea2", "http://192.0.2.1:8000/", "list-commands")


def test_a_pair_with_a_backup_server(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    text = pair_text(kea_version, "load-balancing").replace(
        "high-availability:",
        "  - {name: kea3, role: backup, address: 192.0.2.3, interfaces: {lan: eth0}}\nhigh-availability:",
        1,
    )
    group = started(lab, kea_version, text, tmp_path)
    group.wait({"kea1": "load-balancing", "kea2": "load-balancing", "kea3": "backup"})
    leased(group, 4, CLIENTS)
    group.wait_leases(dict.fromkeys(("kea1", "kea2", "kea3"), CLIENTS))


def test_each_family_in_its_own_mode_and_addresses(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """Law 4: v4 hot-standby, v6 load-balancing with the roles turned round, HA over IPv6 for v6."""
    text = pair_text(kea_version, "hot-standby", (4, 6))
    for old, new in (
        ("mode: hot-standby", "mode: {dhcp4: hot-standby, dhcp6: load-balancing}\n  split: even"),
        ("role: primary, address: 192.0.2.1", "role: {dhcp4: primary, dhcp6: secondary}, address: {dhcp4: 192.0.2.1, dhcp6: \"2001:db8:1::1\"}"),
        ("role: standby, address: 192.0.2.2", "role: {dhcp4: standby, dhcp6: primary}, address: {dhcp4: 192.0.2.2, dhcp6: \"2001:db8:1::2\"}"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    group = started(lab, kea_version, text, tmp_path)
    group.wait(dict.fromkeys(("kea1", "kea2"), "hot-standby"), 4)
    group.wait(dict.fromkeys(("kea1", "kea2"), "load-balancing"), 6)
    for family in (4, 6):
        leased(group, family, CLIENTS)
        group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS}, family)


def test_a_secret_reaches_kea_and_stays_out_of_the_tree(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """Kea reads the included JSON string; the built file names its path only."""
    spec = tmp_path / "spec.yaml"
    text = pair_text(kea_version, NORMAL, agent=f"{TLS}")
    said = "option-data: [{name: boot-file-name, data: !secret /etc/kea/secrets/boot.json}]"
    text = text.replace("  valid-lifetime: 1h", f"  valid-lifetime: 1h\n  {said}", 1)
    spec.write_text(text, "utf-8")
    build = compiled(spec)
    assert b'"data": <?include "/etc/kea/secrets/boot.json"?>' in build.files["kea1/kea-dhcp4.conf"]
    files = provided(build)
    for server in files:
        files[server]["/etc/kea/secrets/boot.json"] = b'"from-the-host"'
    group = lab.group(kea_version, laid_out(build, tmp_path / "out"), files)
    group.start()
    answer = group.command("kea1", "dhcp4", "config-get")
    (option,) = answer["arguments"]["Dhcp4"]["option-data"]
    assert option["data"] == "from-the-host"
