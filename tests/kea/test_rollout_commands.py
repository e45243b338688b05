"""`kea-hac rollout` without a reload, by the commands of hook libraries: real 3.0.4, with 40 new clients a second all the while."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kea.rollout_desk import FILE, RolloutDesk
from tests.lab import VERSIONS, Lab
from tests.sizes import LONG

pytestmark = [pytest.mark.kea, pytest.mark.slow]

LIBRARIES = "  hooks-libraries: [{library: libdhcp_subnet_cmds.so}, {library: libdhcp_host_cmds.so}, {library: libdhcp_class_cmds.so}]\n"
OPTION = "  option-data: [{name: domain-name-servers, data: 192.0.2.53}]\n"
PHONES = "  client-classes: [{name: phones, test: \"option[60].text == 'phone'\"}]\n"
MORE = """\
    - id: 2
      subnet: 203.0.113.0/24
      relay: {ip-addresses: [203.0.113.250]}
      pools: [{pool: 203.0.113.10 - 203.0.113.199, client-class: phones}]
      reservations: [{hw-address: "08:00:27:12:34:56", ip-address: 203.0.113.200, hostname: printer}]
"""
LESS = MORE.replace("199", "99").replace("printer", "scanner")


def loaded(pair: RolloutDesk, server: str) -> dict[str, Any]:
    """What a server shows, without its stamp."""
    found: dict[str, Any] = pair.pair.command(server, "dhcp4", "config-get")["arguments"]["Dhcp4"]
    del found["user-context"]
    return found


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"] if LONG else ["hot-standby"])
def test_subnets_reservations_and_classes_change_without_a_reload(
    lab: Lab, tmp_path: Path, mode: str, figure: Callable[[str], None]
) -> None:
    pair = RolloutDesk(tmp_path / "clone", VERSIONS[-1], mode)
    pair.merge(LIBRARIES)
    pair.start(lab)

    pair.merge(LIBRARIES + OPTION)
    first = pair.rollout("--plan")
    assert "by a reload, because it is not known yet that what is copied is the file" in first.stdout, first.stdout
    done = pair.rollout()
    assert done.returncode == 0, done.stdout + done.stderr
    pair.wait()
    old = pair.stamps()

    for subnets in (MORE, LESS) if LONG else (MORE,):
        pair.merge(subnets + PHONES + LIBRARIES + OPTION)
        with pair.callers() as callers:
            done = pair.rollout()
        assert done.returncode == 0, done.stdout + done.stderr
        assert "without a reload" in done.stdout
        assert "config-reload" not in done.stderr
        figure(f"{VERSIONS[-1]}, {mode}, by commands: {callers}")
        assert callers.lost <= len(callers.sent) // 100
        assert not callers.twice
        assert pair.stamps() == old
        assert pair.diff()[0] == 0
        for server in pair.pair.servers:
            written = (pair.folder / "build" / "pair" / server / FILE).read_bytes()
            assert pair.pair.path(server, f"/etc/kea/{FILE}").read_bytes() == written
    if not LONG:
        return
    forced = pair.rollout("--plan", "--reload")
    assert forced.stdout.endswith("nothing to roll out, every server holds this build\n")

    records = pair.folder / "build" / ".rollout"
    shutil.move(records, tmp_path / "records")  # another machine does not know of the commands
    code, told = pair.diff()
    assert code == 1
    assert {each["verdict"] for each in told["changes"]} == {"converged"}
    shutil.move(tmp_path / "records", records)

    shown = {server: loaded(pair, server) for server in pair.pair.servers}
    for server in pair.pair.servers:  # Kea's own proof that memory and file were the same
        pair.reload_plainly(server)
        assert loaded(pair, server) == shown[server]
    assert not set(old.items()) & set(pair.stamps().items())
    assert pair.diff()[0] == 0

    pair.merge(LIBRARIES + OPTION)
    forced = pair.rollout("--plan", "--reload")
    assert "by a reload, because --reload" in forced.stdout, forced.stdout
    done = pair.rollout()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "subnet4-del" in done.stdout
    assert "config-reload" not in done.stderr
    assert pair.diff()[0] == 0
    assert pair.rollout("--back").returncode == 0
    assert pair.diff()[0] == 1
    assert loaded(pair, "kea1")["subnet4"] == shown["kea1"]["subnet4"]


if LONG:  # with servers that only say so: tests/rollout/test_run.py

    def test_what_somebody_added_by_hand_is_no_part_of_a_change_by_commands(lab: Lab, tmp_path: Path) -> None:
        """Commands that fail, or that lead to something else than the file, are followed by a reload."""
        pair = RolloutDesk(tmp_path / "clone", VERSIONS[-1])
        pair.merge(LIBRARIES)
        pair.start(lab)
        pair.merge(LIBRARIES + OPTION)
        assert pair.rollout().returncode == 0
        pair.merge(MORE + PHONES + LIBRARIES + OPTION)
        assert pair.rollout("--plan", "-o", "plan.json").returncode == 0
        by_hand = {"subnet4": [{"id": 2, "subnet": "203.0.113.0/24"}]}
        assert pair.pair.command("kea2", "dhcp4", "subnet4-add", by_hand)["result"] == 0
        refused = pair.rollout("--execute", "plan.json")
        assert refused.returncode == 1
        assert "kea2 dhcp4 has another configuration" in refused.stdout
        done = pair.rollout("--over-external", "kea2")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "kea2 dhcp4: by a reload, because it holds outside changes" in done.stdout
        assert "kea1 dhcp4: changes without a reload" in done.stderr
        pair.wait()
        assert pair.diff()[0] == 0
