"""Reservations in a file that another tool keeps on the servers: Kea includes it, its clients get its addresses from both servers, and diff is silent."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.kea.built import compiled, laid_out, pair_text, provided
from tests.kea.test_built_pairs import CLIENTS
from tests.lab import Lab

pytestmark = pytest.mark.kea
FILE = "/etc/kea/netbox/hosts.json"
HOSTS = [{"hw-address": "02:00:00:00:00:01", "ip-address": "192.0.2.19", "hostname": "printer"}]


def test_kea_reads_the_list_of_another_tool(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    text = pair_text(kea_version, "hot-standby")
    pools = "      pools: [{pool: 192.0.2.20 - 192.0.2.250}]"
    assert pools in text
    spec.write_text(text.replace(pools, f"{pools}\n      reservations: !on-server {FILE}"), "utf-8")
    build = compiled(spec)
    files = provided(build)
    for server in files:
        files[server][FILE] = orjson.dumps(HOSTS)
    group = lab.group(kea_version, laid_out(build, tmp_path / "out"), files)
    group.start()
    group.wait(dict.fromkeys(("kea1", "kea2"), "hot-standby"))
    (subnet,) = group.command("kea1", "dhcp4", "config-get")["arguments"]["Dhcp4"]["subnet4"]
    assert [each["hostname"] for each in subnet["reservations"]] == ["printer"]
    found = group.lease4(CLIENTS)
    assert found.complete, found
    assert found.addresses[0] == "192.0.2.19", "the client of the list gets its address, which is in no pool"
    group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS})
    group.kill("kea1")
    group.failover("kea1", "kea2")
    assert group.lease4(1).addresses == {0: "192.0.2.19"}
