"""A listener that binds all addresses, and a port that is forwarded: built, run, leased from, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kea.built import compiled, laid_out, pair_text, provided
from tests.kea.test_built_pairs import CLIENTS, leased, started
from tests.lab import VERSIONS, Lab
from tests.sizes import LONG

pytestmark = pytest.mark.kea
EACH = VERSIONS if LONG else VERSIONS[-1:]
"""`tests/long` runs the last two with every version."""
BOTH = dict.fromkeys(("kea1", "kea2"), "hot-standby")


def test_forwarded_ports_lead_to_the_listeners(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    kea1, kea2 = ", peer-address: 203.0.113.1, peer-port: 18001", ', bind-address: "::", peer-port: 18005'
    group = started(lab, kea_version, pair_text(kea_version, "hot-standby", kea1=kea1, kea2=kea2), tmp_path)
    group.wait(BOTH)
    leased(group, 4, CLIENTS)
    group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS})


@pytest.mark.parametrize("kea_version", EACH, indirect=True)
def test_a_listener_of_all_addresses_waits_for_its_own(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """kea1's address comes up after Kea: the server runs, and its partner reaches it from then on."""
    spec = tmp_path / "spec.yaml"
    late = ", bind-address: 0.0.0.0, control-address: 127.0.0.1"
    spec.write_text(pair_text(kea_version, "hot-standby", kea1=late), "utf-8")
    build = compiled(spec)
    group = lab.group(kea_version, laid_out(build, tmp_path / "out"), provided(build))
    group.run("kea1", ["ip", "address", "delete", "192.0.2.1/24", "dev", "eth0"])
    group.run("kea1", ["ip", "address", "add", "192.0.2.99/24", "dev", "eth0"])
    group.start()
    assert group.states("kea1", 4)
    group.run("kea1", ["ip", "address", "add", "192.0.2.1/24", "dev", "eth0"])
    group.wait(BOTH)
    leased(group, 4, CLIENTS)
    group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS})


@pytest.mark.parametrize("kea_version", EACH, indirect=True)
def test_a_wildcard_of_ipv4_is_not_reached_by_ipv6(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """What KH650 reports: `::` is built, and 0.0.0.0 written into the files by hand."""
    wild = ', bind-address: "::", control-address: 127.0.0.1'
    text = pair_text(kea_version, "hot-standby", kea1=wild, kea2=wild)
    for number in (1, 2):
        text = text.replace(f", address: 192.0.2.{number},", f', address: "2001:db8:1::{number}",')
    spec = tmp_path / "spec.yaml"
    spec.write_text(text, "utf-8")
    build = compiled(spec)
    servers = laid_out(build, tmp_path / "out")
    group = lab.group(kea_version, servers, provided(build))
    for folder in servers.values():
        file = folder / "kea-dhcp4.conf"
        assert "http://[::]:8001/" in file.read_text("utf-8")
    group.start()
    group.wait(BOTH)
    group.close()
    for folder in servers.values():
        file = folder / "kea-dhcp4.conf"
        file.write_text(file.read_text("utf-8").replace("[::]", "0.0.0.0"), "utf-8")
    group = lab.group(kea_version, servers, provided(build))
    group.start()
    group.wait(dict.fromkeys(("kea1", "kea2"), "partner-down"))
