"""Pairs with the settings that KH665 to KH667, KH670, KH671 and KH680 tell of, and their clients. `tests/long` tries all versions.

Without it the newest version is tried.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.kea.wire_client import offered4
from tests.lab import Lab, LabError
from tests.lab.group import Group
from tests.sizes import LONG
from tests.unit.check.mistakes import ALL, LAST, NEW, library

pytestmark = pytest.mark.kea
VERSIONS = ALL if LONG else LAST
BOTH = {"a": "hot-standby", "b": "hot-standby"}
QUICK = {"heartbeat-delay": 1000, "max-response-delay": 4000, "max-ack-delay": 1000, "max-unacked-clients": 5}


def pair(
    lab: Lab, version: str, folder: Path, mode: str = "hot-standby", top: dict[str, Any] | None = None, **keys: Any
) -> Group:
    """A pair a and b, started; `keys` of its relationship, `_` for `-`."""
    second = "backup" if mode == "passive-backup" else "standby"
    peers = [
        {"name": name, "url": f"http://192.0.2.{11 + number}:8001/", "role": ("primary", second)[number]}
        for number, name in enumerate("ab")
    ]
    threads = {"enable-multi-threading": True, "http-dedicated-listener": True}
    relationship = {"mode": mode, "peers": peers, "multi-threading": threads, **(QUICK if second == "standby" else {})}
    relationship |= {key.replace("_", "-"): value for key, value in keys.items()}
    folders = {}
    for name in "ab":
        config = {
            "interfaces-config": {"interfaces": ["eth0"]},
            "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
            "multi-threading": {"enable-multi-threading": True},
            "hooks-libraries": [
                library("lease_cmds"),
                library("ha", {"high-availability": [{"this-server-name": name, **relationship}]}),
            ],
            "subnet4": [
                {
                    "id": 1,
                    "subnet": "192.0.2.0/24",
                    "interface": "eth0",
                    "pools": [{"pool": "192.0.2.100 - 192.0.2.199"}],
                }
            ],
            **(top or {}),
        }
        folders[name] = folder / name
        folders[name].mkdir()
        (folders[name] / "kea-dhcp4.conf").write_text(json.dumps({"Dhcp4": config}))
    group = lab.group(version, folders)
    group.start()
    return group


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pause_needs_an_operator(lab: Lab, version: str, tmp_path: Path) -> None:
    machine = {"states": [{"state": "waiting", "pause": "always"}]}
    group = pair(lab, version, tmp_path, state_machine=machine)
    time.sleep(1.5)
    assert [group.states(name, 4) for name in "ab"] == [("waiting",)] * 2
    assert not group.lease4(3, wait=0.5).addresses
    for name in "ab":
        group.command(name, "dhcp4", "ha-continue")
    group.wait(BOTH)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_that_is_down_stops_the_service(lab: Lab, version: str, tmp_path: Path) -> None:
    group = pair(lab, version, tmp_path, "passive-backup", wait_backup_ack=True)
    group.wait({"a": "passive-backup"})
    assert group.lease4(3).complete
    group.kill("b", "dhcp4")
    assert not group.lease4(3, start=50, wait=0.5).addresses


@pytest.mark.parametrize("version", NEW if LONG else LAST)
def test_an_offer_is_on_one_server(lab: Lab, version: str, tmp_path: Path) -> None:
    group = pair(lab, version, tmp_path, top={"offer-lifetime": 60})
    group.wait(BOTH)
    assert offered4(group) is not None
    time.sleep(0.5)
    assert [len(group.leases(name, 4)) for name in "ab"] == [1, 0]


@pytest.mark.parametrize("version", VERSIONS)
def test_both_serve_when_their_link_is_cut(lab: Lab, version: str, tmp_path: Path) -> None:
    group = pair(lab, version, tmp_path, max_unacked_clients=0)
    group.wait(BOTH)
    group.cut()
    group.wait({"a": "partner-down", "b": "partner-down"})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_limit_that_clients_do_not_reach(lab: Lab, version: str, tmp_path: Path) -> None:
    group = pair(lab, version, tmp_path, max_unacked_clients=8)
    group.wait(BOTH)
    group.kill("a", "dhcp4")
    deadline = time.monotonic() + 12
    while time.monotonic() < deadline:
        group.lease4(8, secs=300, wait=0.3)
        assert group.states("b", 4) != ("partner-down",)
    group.failover("a", "b", 4)


def test_a_setting_for_the_state_machine_is_read(lab: Lab, tmp_path: Path) -> None:
    """A state that Kea does not know is refused, so that the pauses above are those of the states that they name."""
    with pytest.raises(LabError):
        pair(lab, LAST[0], tmp_path, state_machine={"states": [{"state": "asleep", "pause": "always"}]})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_page_of_six_times_the_leases_takes_much_more_than_six_times_as_long(
    lab: Lab, version: str, tmp_path: Path
) -> None:
    """Linear would be 6; seen: 24 to 30. The leases come from the lease file, which a reload reads."""
    wide = {"id": 1, "subnet": "10.1.0.0/16", "pools": [{"pool": "10.1.0.1 - 10.1.255.254"}]}
    group = pair(lab, version, tmp_path, top={"subnet4": [wide]})
    group.wait(BOTH)
    stored = group.path("a", "/var/lib/kea/kea-leases4.csv")
    columns = stored.read_text().splitlines()[0].split(",")
    known = {"valid_lifetime": "86400", "expire": str(int(time.time()) + 86_400), "subnet_id": "1"}
    row = {**dict.fromkeys(columns, "0"), **known, "client_id": "", "hostname": "", "user_context": ""}
    with stored.open("a") as rows:
        for number in range(1, 6001):
            high, low = divmod(number, 256)
            place = {"address": f"10.1.{high}.{low}", "hwaddr": f"02:00:00:00:{high:02x}:{low:02x}"}
            print(",".join((row | place)[each] for each in columns), file=rows)
    group.command("a", "dhcp4", "config-reload")

    def took(leases: int) -> float:
        begun = time.monotonic()
        answer = group.command("a", "dhcp4", "lease4-get-page", {"from": "start", "limit": leases})
        assert answer["arguments"]["count"] == leases
        return time.monotonic() - begun

    assert min(took(6000) for _ in range(3)) > 10 * min(took(1000) for _ in range(3))
