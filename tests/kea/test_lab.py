"""The lab proves itself with hand-written configurations before the compiler's files are put to it."""

import os
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lab import VERSIONS, Lab, LabError, samples
from tests.lab.certificates import Authority

pytestmark = pytest.mark.kea

PAIR = {"kea1": "hot-standby", "kea2": "hot-standby"}
NORMAL = "hot-standby"
ROOT = Path(__file__).parents[2]
HOLDER = """
import pathlib, sys
from tests.lab import Group
folder = pathlib.Path(sys.argv[1])
group = Group("2.6.3", {"kea1": folder / "kea1", "kea2": folder / "kea2"})
group.start()
print(*(group.daemon(server, "dhcp4").pid for server in group.servers), flush=True)
input()
"""


def test_pair_leases_fails_over_and_rejoins(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    group = lab.group(kea_version, samples.hot_standby(tmp_path))
    group.start()
    for family, lease in ((4, group.lease4), (6, group.lease6)):
        group.wait(PAIR, family)
        assert lease(40).complete
        assert {len(group.leases(server, family)) for server in PAIR} == {40}

    group.kill("kea1")
    assert group.states("kea1", 4) == ("down",)
    for family, lease in ((4, group.lease4), (6, group.lease6)):
        group.failover("kea1", "kea2", family)
        assert lease(20, start=1000).complete

    group.start("kea1")
    for family in (4, 6):
        group.wait(PAIR, family)
        held = [{entry["ip-address"] for entry in group.leases(server, family)} for server in PAIR]
        assert held[0] == held[1]
        assert len(held[0]) >= 60
    assert group.perfdhcp(4, 20, start=5000) == 20
    status, answer = group.http("client", "http://192.0.2.1:8000/", "status-get", service="dhcp4")
    assert (status, answer[0]["result"]) == (200, 0)


@pytest.mark.parametrize("kea_version", VERSIONS[1:], indirect=True)
def test_pair_with_mutual_tls(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    files = Authority().files({"kea1": ["192.0.2.1"], "kea2": ["192.0.2.2"]})
    group = lab.group(kea_version, samples.hot_standby(tmp_path, tls=True, families=[4]), files)
    group.start()
    group.wait(PAIR)
    assert group.lease4(20).complete
    assert len(group.leases("kea2", 4)) == 20
    ca, cert, key = (group.path("kea2", f"/etc/kea/tls/{name}") for name in ("ca.pem", "kea2.pem", "kea2.key"))
    status, answer = group.http("kea2", "https://192.0.2.1:8001/", "ha-heartbeat", ca=ca, cert=cert, key=key)
    assert (status, answer[0]["result"]) == (200, 0)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        group.http("kea2", "https://192.0.2.1:8001/", "ha-heartbeat", ca=ca)


@pytest.mark.parametrize("kea_version", VERSIONS[1:], indirect=True)
def test_hub_and_spoke(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    group = lab.group(kea_version, samples.hub_and_spoke(tmp_path))
    group.start()
    group.wait({"hub": (NORMAL, NORMAL), "spoke-a": NORMAL, "spoke-b": NORMAL})
    assert group.lease4(20, subnet="192.0.2.0/24").complete
    assert group.lease4(20, start=100, subnet="198.51.100.0/24").complete
    assert [len(group.leases(server, 4)) for server in ("hub", "spoke-a", "spoke-b")] == [40, 20, 20]

    group.kill("spoke-b")
    group.failover("spoke-b", "hub", subnet="198.51.100.0/24")
    assert group.states("hub", 4) == (NORMAL, "partner-down")
    assert group.lease4(20, start=200, subnet="198.51.100.0/24").complete


def test_versions_may_differ_in_a_group(lab: Lab, tmp_path: Path) -> None:
    group = lab.group({"kea1": "2.6.3", "kea2": "3.0.4"}, samples.hot_standby(tmp_path, families=[4]))
    group.start()
    group.wait(PAIR)
    versions = [group.command(server, "dhcp4", "version-get")["text"] for server in group.servers]
    assert [text.split("\n")[0] for text in versions] == ["2.6.3", "3.0.4"]
    assert group.lease4(20).complete


def test_cut_servers_both_serve_and_meet_again(lab: Lab, tmp_path: Path) -> None:
    group = lab.group("2.6.3", samples.hot_standby(tmp_path, families=[4]))
    group.start()
    group.wait(PAIR)
    group.cut()
    group.failover("kea1", "kea2")
    assert group.lease4(10).complete
    group.heal()
    group.wait(PAIR)


@pytest.mark.parametrize("kea_version", VERSIONS[1:], indirect=True)
def test_nat_control_network_and_two_backups(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """kea1 is dialled at 203.0.113.1, agents listen on 10.8.0.x; passive-backup with two backups."""
    group = lab.group(kea_version, samples.passive_backup_behind_nat(tmp_path))
    group.start()
    group.wait({"kea1": "passive-backup", "kea2": "backup", "kea3": "backup"})
    assert group.lease4(20).complete
    group.wait_leases(dict.fromkeys(group.servers, 20))
    status, answer = group.http("kea2", "http://203.0.113.1:8001/", "ha-heartbeat")
    assert (status, answer[0]["arguments"]["state"]) == (200, "passive-backup")
    assert group.http("client", "http://10.8.0.3:8000/", "list-commands")[0] == 200
    done = group.run("client", ["sh", "-c", 'pwd; ip -br addr show; echo "$CAMPUS"'], {"CAMPUS": "north"}, tmp_path)
    assert done.stdout.splitlines()[0] == str(tmp_path)
    assert "192.0.2." in done.stdout
    assert done.stdout.endswith("north\n")


def test_relayed_clients_and_planned_addresses(lab: Lab, tmp_path: Path) -> None:
    plan = {server: {"eth0": [f"192.0.2.{n}/24", f"2001:db8:2::{n}/64"]} for n, server in ((1, "kea1"), (2, "kea2"))}
    group = lab.group("3.0.4", samples.hot_standby(tmp_path), plan=plan)
    assert [link.addresses for link in group.plan.of("kea2")] == [("192.0.2.2/24", "2001:db8:2::2/64")]
    group.start()
    group.wait(PAIR, 6)
    relayed = group.lease6(20, subnet="2001:db8:2::/64")
    assert relayed.complete
    assert len(relayed.servers) == 1
    assert len(group.leases("kea2", 6)) == 20


def test_a_refused_file_is_reported_in_keas_words(lab: Lab, tmp_path: Path) -> None:
    folders = samples.hot_standby(tmp_path, families=[4])
    file = folders["kea2"] / "kea-dhcp4.conf"
    file.write_text(file.read_text().replace("hot-standby", "hot-stand-by"))
    group = lab.group("2.6.3", folders)
    with pytest.raises(LabError, match=r"kea2: kea-dhcp4 2\.6\.3 is gone(?s:.*)hot-stand-by"):
        group.start()
    assert group.states("kea1", 4) != ("down",)


def test_check_gives_keas_verdicts(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    good = (samples.hot_standby(tmp_path)["kea1"] / "kea-dhcp4.conf").read_bytes()
    bad = good.replace(b'"valid-lifetime"', b'"valid-lifetim"')
    here, there = good.replace(b'"eth0"', b'"ens18/10.1.2.3"'), good.replace(b'"pool": "192', b'"pool": "19.')
    verdicts = lab.check(kea_version, "dhcp4", [good, bad, here, there])
    assert [verdict.ok for verdict in verdicts] == [True, False, True, False]
    assert "valid-lifetim" in verdicts[1].error


def test_config_get_shows_what_was_loaded(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    folder = samples.hot_standby(tmp_path)["kea1"]
    for daemon, top in (("dhcp4", "Dhcp4"), ("dhcp6", "Dhcp6"), ("ctrl-agent", "Control-agent")):
        answer = lab.config_get(kea_version, daemon, folder / f"kea-{daemon}.conf")
        assert list(answer) == [top]
    bare = b'{"Dhcp4": {/* no socket */ "user-context": {"by": <?include "/etc/kea/secrets/who.json"?>}}}'
    answer = lab.config_get(kea_version, "dhcp4", bare, {"/etc/kea/secrets/who.json": b'"someone"'})
    assert answer["Dhcp4"]["user-context"] == {"by": "someone"}
    with pytest.raises(LabError, match="valid-lifetim"):
        lab.config_get(kea_version, "dhcp4", b'{"Dhcp4": {"valid-lifetim": 1}}')


def test_reload_gives_many_files_to_one_daemon(lab: Lab, kea_version: str) -> None:
    bare = b'{"Dhcp4": {/* no socket */ "comment": "one", "valid-lifetime": %d}}'
    own = b'{"Dhcp4": {"control-socket": {"socket-type": "unix", "socket-name": "/run/kea/own"}, "valid-lifetime": 3}}'
    dying = b'{"Dhcp4": {"valid-lifetim": 1}}'
    loaded = lab.reload(kea_version, "dhcp4", [bare % 1, dying, bare % 2, own])
    assert [each.shown and each.shown["Dhcp4"]["valid-lifetime"] for each in loaded] == [1, None, 2, 3]
    assert "valid-lifetim" in loaded[1].error
    assert {each.hash is not None for each in loaded if each.shown} == {kea_version != "2.2.0"}


def test_nothing_outlives_a_killed_run(tmp_path: Path) -> None:
    """kill -9 of the process that holds a group ends its Kea daemons: the kernel does, there is no clean-up to be missed."""
    samples.hot_standby(tmp_path, families=[4])
    scratch = tmp_path / "state"
    scratch.mkdir()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    with holder:
        assert holder.stdout is not None
        pids = [int(word) for word in holder.stdout.readline().split()]
        assert [Path(f"/proc/{pid}/comm").read_text().strip() for pid in pids] == ["kea-dhcp4", "kea-dhcp4"]
        holder.kill()
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, "a Kea daemon outlived its test run"
        time.sleep(0.05)
