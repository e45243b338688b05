"""`review --leases` beside Kea's own count, on real pairs whose clients lease: from their files while they run, and from the servers.

The suite runs it on Kea 3.0.4; `tests/long` on every version.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kea.built import compiled, laid_out, pair_text, provided
from tests.lab import VERSIONS, Group, Lab
from tests.review.sites import committed_all
from tests.shipped import ROOT
from tests.sizes import LONG

pytestmark = pytest.mark.kea
TEST_3 = "    - {id: 2, subnet: 203.0.113.0/24, relay: {ip-addresses: [203.0.113.250]}, pools: [{pool: 203.0.113.10 - 203.0.113.209}]}\n"


def review(group: Group, folder: Path, *arguments: str) -> dict[str, Any]:
    """The leases of the pair, as the review reports them; run on the client of the lab."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-m",
        "kea_hac",
        "review",
        "spec.yaml",
        "--since",
        "HEAD",
        "--format",
        "json",
        *arguments,
    ]
    done = group.run("client", command, env=environment, cwd=folder)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert not found["problems"], found["problems"]
    leases: dict[str, Any] = found["pairs"][0]["leases"]
    return leases


def counted(group: Group, family: int, subnet: int, *kinds: str) -> int:
    """Kea's own count: lease4-get-all or lease6-get-all of one subnet, and what is assigned of it."""
    answer = group.command("kea1", f"dhcp{family}", f"lease{family}-get-all", {"subnets": [subnet]})
    assert answer["result"] in (0, 3), answer
    listed = answer["arguments"]["leases"]
    return sum(each["state"] == 0 and (not kinds or each["type"] in kinds) for each in listed)


@pytest.mark.parametrize("version", VERSIONS if LONG else VERSIONS[-1:])
def test_the_numbers_are_those_of_kea(lab: Lab, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = pair_text(version, "hot-standby", (4, 6)).replace("\ndhcp6:", f"{TEST_3}\ndhcp6:")
    committed_all({"spec.yaml": text})
    build = compiled(Path("spec.yaml"))
    committed_all({f"build/pair/{path}": content.decode() for path, content in build.files.items()})
    Path("spec.yaml").write_text(
        text.replace(TEST_3, "")
        .replace("delegated-len: 60", "delegated-len: 56")
        .replace("192.0.2.250}", "192.0.2.29}"),
        "utf-8",
    )
    group = lab.group(version, laid_out(build, tmp_path / "out"), provided(build))
    group.start()
    for family in (4, 6):
        group.wait(dict.fromkeys(("kea1", "kea2"), "hot-standby"), family)
    assert group.lease4(25).complete
    assert group.lease4(15, start=100, subnet="203.0.113.0/24").complete
    assert group.lease6(10).complete
    assert group.lease6(12, start=200, prefix=True).complete
    group.wait_leases(dict.fromkeys(("kea1", "kea2"), 40))
    group.wait_leases(dict.fromkeys(("kea1", "kea2"), 22), 6)
    address = group.leases("kea1", 4)[-1]["ip-address"]
    for server in ("kea1", "kea2"):
        assert group.command(server, "dhcp4", "lease4-del", {"ip-address": address})["result"] == 0
    pool = sum(
        each["subnet-id"] == 1 and int(each["ip-address"].rpartition(".")[2]) > 29 for each in group.leases("kea1", 4)
    )
    wanted = {"removed-subnet": counted(group, 4, 2), "pool": pool, "pd-pool": counted(group, 6, 1, "IA_PD")}
    assert all(wanted.values())
    for server in ("kea1", "kea2"):
        found = review(
            group, tmp_path, "--leases", f"{server}={group.path(server, '/var/lib/kea/kea-leases4.csv').parent}"
        )
        assert found["known"]
        assert found["live"] == counted(group, 4, 1) + counted(group, 4, 2) + counted(group, 6, 1, "IA_NA", "IA_PD")
        assert {each["kind"]: each["orphaned"] for each in found["by-loss"]} == wanted
    live = review(group, tmp_path, "--leases", "live", "--trust", "kea1", "--trust", "kea2", "--timeout", "10")
    assert {**live, "at": 0, "servers": []} == {**found, "at": 0, "servers": []}
