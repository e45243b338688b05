"""The health that `kea-hac diff` reports, while real pairs go through their troubles and clients call.

Each test makes one kind of trouble, and proves by clients what is said of them. `tests/long` tries every version of each; without it one
version of each is tried.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kea.built import pair_text
from tests.kea.test_rollout_sites import FIRST, HUB, SECOND
from tests.kea.watched import PATIENCE, Watched
from tests.lab import VERSIONS, Lab
from tests.lab.trees import tree
from tests.sizes import LONG

pytestmark = [pytest.mark.kea, pytest.mark.slow]
HS = {"kea1": "hot-standby", "kea2": "hot-standby"}
LB = {"kea1": "load-balancing", "kea2": "load-balancing"}
PB = {"kea1": "passive-backup", "kea2": "backup"}
STATES = {"hot-standby": HS, "load-balancing": LB, "passive-backup": PB}
PATIENT = "20s"
"""A max-response-delay for what lasts no longer: a busy machine must see it."""
Made = Callable[..., Watched]


def versions(sample: str, *others: str) -> pytest.MarkDecorator:
    """The versions that a test is for: all of them in the long proof, else the sample. `others`: default all."""
    return pytest.mark.parametrize("kea", (others or VERSIONS) if LONG else [sample])


@pytest.fixture
def made(lab: Lab, tmp_path: Path, kea: str) -> Made:
    """Makes a pair of a version, and starts it."""

    def make(mode: str = "hot-standby", families: tuple[int, ...] = (4,), **settings: Any) -> Watched:
        pair = Watched.of(lab, tmp_path, kea, pair_text(kea, mode, families, **settings))
        pair.group.start()
        for family in families:
            pair.group.wait(STATES[mode], family)
            pair.until("healthy", daemon=f"dhcp{family}")
        return pair

    return make


@versions("3.0.4")
def test_a_cut_link(made: Made) -> None:
    """Clients and the operator reach both servers, which no longer hear each other."""
    pair = made()
    assert pair.codes() == (0, 0, 0)
    pair.group.cut()
    pair.until("degraded", "link-cut")
    deadline = time.monotonic() + PATIENCE
    while not pair.answered(10):  # a lease update that fails keeps the answer back, until the partner counts as down
        assert time.monotonic() < deadline
    alone = "kea1 serves all clients alone, because it does not hear kea2, which runs: clients are answered"
    while alone not in (words := pair.until("degraded", "link-cut")):  # answered from the cache of leases before
        assert time.monotonic() < deadline, words
    assert "check the network and the HA ports between the servers" in words
    assert pair.codes() == (1, 1, 0)
    pair.in_every_format()
    pair.group.heal()
    pair.until("healthy")


@versions("2.6.3")
def test_a_link_that_is_cut_in_one_direction(made: Made) -> None:
    pair = made()
    pair.block("kea2", 8001)
    words = pair.until("degraded", "link-cut")
    assert "the connections of kea2 to kea1 fail" in words
    assert "clients are answered by kea1 as before" in words
    assert pair.answered(10)
    assert "find out why kea2 cannot connect to port 8001 of kea1" in words
    pair.in_every_format()
    pair.unblock("kea2")
    pair.until("healthy")

    pair.block("kea1", 8001)
    pair.until("degraded", "link-cut")
    deadline = time.monotonic() + PATIENCE
    while pair.group.states("kea2", 4) != (
        "ready",
    ):  # it hears that kea1 serves alone, synchronises, and waits for ever
        assert time.monotonic() < deadline
        time.sleep(0.2)
    words = pair.until("degraded", "link-cut")
    assert "kea1 serves all clients alone, because its connections to kea2 fail" in words
    assert "waits for it (ready)" in words
    assert "find out why kea1 cannot connect to port 8001 of kea2" in words
    assert pair.answers_soon(20)
    pair.unblock("kea1")
    pair.until("healthy")


@versions("2.6.3")
def test_clocks(lab: Lab, tmp_path: Path, kea: str) -> None:
    """45 s apart HA warns; from 60 s on it ends itself. 2.2 and 2.6 do not say so in status-get."""

    def behind(seconds: int) -> Watched:
        pair = Watched.of(lab, tmp_path / str(seconds), kea, pair_text(kea, "hot-standby"))
        (library,) = tree(kea).glob("usr/lib/*/faketime/libfaketime.so.1")
        own = "/tmp/another-clock.so"  # a path of the server's own: programs of this machine that start Kea do not load it
        pair.group.path("kea2", own).write_bytes(library.read_bytes())
        pair.group.daemon("kea2", "dhcp4").environment = {
            "LD_PRELOAD": own,
            "FAKETIME": f"-{seconds}s",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        pair.group.start()
        return pair

    with (warned := behind(45)).group:
        warned.group.wait(HS)
        words = warned.until("degraded", "clock-skew")
        assert re.search(r"the clock of kea2 is 4[3-7] s behind that of kea1", words), words
        assert "correct the clock of kea2 (that of kea1 agrees with this machine's)" in words
        assert warned.answered(10)
        warned.in_every_format()
    with (ended := behind(70)).group:
        words = ended.until("degraded", "terminated")
        assert "Remove the cause first (the clock of kea2 is" in words
        assert "Then reload or restart kea1 and kea2, both at once" in words
        assert ended.answered(10)


@versions("3.0.4", *VERSIONS[1:])
def test_termination_by_rejected_lease_updates(made: Made) -> None:
    """One server has another subnet id. 2.2 never terminates."""
    pair = made()
    held = pair.group.command("kea2", "dhcp4", "config-get")["arguments"]
    held.pop("hash", None)
    held["Dhcp4"]["subnet4"][0]["id"] = 2
    assert pair.group.command("kea2", "dhcp4", "config-set", held)["result"] == 0
    pair.group.wait(HS)
    pair.group.lease4(16, start=10, wait=3)
    words = pair.until("degraded", "terminated")
    assert "HA has ended itself on kea1 and kea2: clients are answered, but leases are not replicated" in words
    assert pair.answered(50)
    assert "Remove the cause first (subnet4[id=1].id: not the same on kea1 and kea2)" in words
    pair.in_every_format()

    assert pair.group.command("kea1", "dhcp4", "config-reload")["result"] == 0
    words = pair.until("no service", "terminated", "no-service")  # what it warned of: one alone
    assert "kea1 waits for it and answers no client" in words
    assert not pair.answered(60)
    assert pair.run("text", "--fail-on", "no-service").returncode == 1
    assert pair.group.command("kea2", "dhcp4", "config-reload")["result"] == 0
    pair.until("healthy")


@versions("2.2.0")
def test_split_brain_of_servers_that_need_no_unserved_clients(made: Made) -> None:
    pair = made(unacked=0)
    pair.group.cut()
    words = pair.until("degraded", "split-brain")
    assert "kea1 and kea2 both serve all clients, and each treats the other one as down (split brain)" in words
    assert "with `max-unacked-clients: 0` a lost connection alone is enough" in words
    assert "two clients can get the same address" in words
    assert "stop DHCP on kea2 until then" in words
    pair.in_every_format()
    pair.group.heal()
    pair.until("healthy")


@versions("2.6.3")
def test_load_balancing(made: Made) -> None:
    """Half of the clients are those of the other server."""
    pair = made("load-balancing")
    pair.group.cut()
    pair.group.wait(dict.fromkeys(LB, "communication-recovery"))
    words = pair.until("degraded", "communication-recovery")
    assert "kea1 and kea2 each serve their own clients without hearing the partner" in words
    assert "keep up to 100 lease updates" in words
    assert pair.answered(10)
    pair.group.heal()
    pair.until("healthy")

    pair.group.kill("kea1", "dhcp4")
    words = pair.until("degraded", "down", "unserved-scope")
    assert "kea1 does not run: its clients are not answered until kea2 takes over" in words
    assert "the clients of kea1 are not answered" in words
    pair.group.failover("kea1", "kea2")
    words = pair.until("degraded", "partner-down")
    assert "kea1 does not run, and kea2 serves all clients alone: a failure of kea2 ends DHCP" in words
    pair.group.start("kea1", "dhcp4")
    pair.until("healthy")


@versions("3.0.4")
def test_a_server_that_this_machine_does_not_reach(made: Made) -> None:
    """Unknown is not down: a broken VPN wakes nobody with an outage."""
    pair = made()
    route = ["ip", "rule", "add", "to", "192.0.2.1", "priority", "1", "unreachable"]
    assert pair.group.run("client", route).returncode == 0
    words = pair.until("unknown", "unread")
    assert "kea1 could not be read, so it is unknown whether it serves; its partner heard it" in words
    assert "(last state: hot-standby)" in words
    assert "kea1 (primary) not read (last state: hot-standby), kea2 (standby) hot-standby" in pair.run("text").stdout
    assert pair.codes() == (2, 2, 2)
    pair.in_every_format()
    assert pair.group.run("client", [*route[:4], "192.0.2.2", *route[5:]]).returncode == 0
    words = pair.until("unknown", "unread", "unread")
    assert "does not run" not in words


@versions("2.2.0")
def test_an_agent_that_is_down_says_nothing_of_its_server(made: Made) -> None:
    pair = made()
    pair.group.stop("kea1", "ctrl-agent")
    pair.until("unknown", "unread")
    assert pair.answered(10)
    pair.group.kill("kea1", "dhcp4")
    words = pair.until("degraded", "partner-silent", "unread")
    assert "kea2 has not heard kea1" in words
    assert "find out whether kea1 runs" in words
    pair.in_every_format()


@versions("2.6.3")
def test_maintenance(made: Made) -> None:
    pair = made()
    pair.group.command("kea1", "dhcp4", "ha-maintenance-start")
    words = pair.until("degraded", "maintenance")
    assert "kea2 is in maintenance, and kea1 serves all clients alone" in words
    assert "restart kea2 when its maintenance is done, or send ha-maintenance-cancel to kea1" in words
    pair.group.command("kea1", "dhcp4", "ha-maintenance-cancel")
    pair.until("healthy")

    pair.group.command("kea2", "dhcp4", "ha-maintenance-start")
    words = pair.until("degraded", "maintenance")
    assert "kea1 is in maintenance, and kea2 serves all clients alone" in words
    assert pair.answered(10)
    pair.in_every_format()
    pair.group.kill("kea2", "dhcp4")
    words = pair.until("no service", "maintenance", "no-service")
    assert "kea1 is in maintenance and answers no client, and kea2, which serves for it, does not run" in words
    assert "send config-reload to kea1, or restart it: it does not leave maintenance by itself" in words
    assert not pair.answered(20)
    assert pair.group.command("kea1", "dhcp4", "config-reload")["result"] == 0  # what it advises
    pair.until("degraded", "partner-down")
    assert pair.answered(30)


@versions("3.0.4")
def test_synchronisation_that_the_spec_pauses(lab: Lab, tmp_path: Path, kea: str) -> None:
    paused = "  listener: {dhcp4: 8001}\n  state-machine: {states: [{state: syncing, pause: always}]}"
    pair = Watched.of(lab, tmp_path, kea, pair_text(kea, "hot-standby", ha=paused))
    pair.group.start()
    pair.group.wait({"kea1": "syncing"})
    words = pair.until("no service", "starting", "no-service")
    assert "kea1 (syncing) and kea2 (waiting) are starting and answer no client yet" in words
    assert "send ha-continue to kea1" in words
    assert not pair.answered(10)
    pair.in_every_format()
    pair.group.command("kea1", "dhcp4", "ha-continue")
    pair.group.wait({"kea2": "syncing"})
    assert "send ha-continue to kea2" in pair.until("no service", "starting", "no-service")
    pair.group.command("kea2", "dhcp4", "ha-continue")
    pair.until("healthy")


@versions("2.6.3")
def test_a_partner_that_is_missing_at_the_start(lab: Lab, tmp_path: Path, kea: str) -> None:
    pair = Watched.of(lab, tmp_path, kea, pair_text(kea, "hot-standby", response=PATIENT))
    pair.group.start("kea2")
    pair.group.start("kea1", "ctrl-agent")
    words = pair.until("no service", "starting", "no-service")
    assert "kea2 (waiting) is starting and answers no client yet; kea1 does not run" in words
    assert "start kea1; without it kea2 serves alone after max-response-delay (20 s)" in words
    words = pair.until("degraded", "partner-down")
    assert "kea1 does not run, and kea2 serves all clients alone" in words
    assert pair.answered(10)
    pair.in_every_format()
    pair.group.start("kea1", "dhcp4")
    pair.until("healthy")


@versions("2.2.0")
def test_a_primary_that_dies_and_a_takeover_by_command(made: Made) -> None:
    pair = made(response=PATIENT)
    pair.group.kill("kea1", "dhcp4")
    words = pair.until("no service", "down", "no-service")
    assert "kea1 does not run: clients are not answered until kea2 takes over" in words
    assert "kea1 (primary) does not run, kea2 (standby) hot-standby" in pair.run("text").stdout
    assert not pair.answered(10)
    assert "send ha-maintenance-start to kea2, which then serves all clients at once" in words
    pair.in_every_format()
    assert pair.group.command("kea2", "dhcp4", "ha-maintenance-start")["result"] == 0
    pair.until("degraded", "partner-down")
    assert pair.answered(20)
    pair.group.start("kea1", "dhcp4")
    pair.until("healthy")

    pair.group.kill("kea2", "dhcp4")
    words = pair.until("degraded", "down")
    assert "no client is answered until kea1 treats it as down" in words
    pair.until("degraded", "partner-down")
    pair.group.kill("kea1", "dhcp4")
    words = pair.until("no service", "down", "no-service")
    assert "kea1 and kea2 do not run" in words


@versions("2.6.3")
def test_scopes_that_somebody_set(made: Made) -> None:
    """Handed over and forgotten, or taken away from both; the step is what heals it at once."""
    pair = made()
    for server in HS:
        pair.group.command(server, "dhcp4", "ha-scopes", {"scopes": ["kea1"], "server-name": server})
    words = pair.until("degraded", "split-brain")
    assert 'send ha-scopes with {"scopes":[],"server-name":"kea2"} to kea2' in words
    pair.in_every_format()
    pair.group.command("kea2", "dhcp4", "ha-scopes", {"scopes": [], "server-name": "kea2"})
    pair.until("healthy")
    pair.group.command("kea1", "dhcp4", "ha-scopes", {"scopes": [], "server-name": "kea1"})
    words = pair.until("no service", "no-service")
    assert 'send ha-scopes with {"scopes":["kea1"],"server-name":"kea1"} to kea1' in words
    assert not pair.answered(10)
    pair.group.command("kea1", "dhcp4", "ha-scopes", {"scopes": ["kea1"], "server-name": "kea1"})
    pair.until("healthy")


@versions("3.0.4", *VERSIONS[1:])
def test_a_service_that_was_switched_off(made: Made) -> None:
    """2.2 does not report it."""
    pair = made()
    pair.group.command("kea1", "dhcp4", "dhcp-disable")
    words = pair.until("no service", "service-off", "no-service")
    assert "kea1 answers no client: its DHCP service was switched off by a command (dhcp-disable)" in words
    assert not pair.answered(10)
    pair.in_every_format()
    pair.group.command("kea1", "dhcp4", "dhcp-enable")
    pair.until("healthy")


@versions("2.2.0")
def test_a_backup_that_is_down(made: Made) -> None:
    pair = made("passive-backup")
    pair.group.kill("kea2", "dhcp4")
    words = pair.until("degraded", "backup-down")
    assert "the backup kea2 does not run: it gets no copy of the leases; clients notice nothing" in words
    assert pair.answered(10)
    pair.in_every_format()
    pair.group.start("kea2", "dhcp4")
    pair.until("healthy")
    assert pair.group.leases("kea2", 4) == []
    assert 'send it ha-sync with {"server-name":"kea1","max-period":60}' in words
    pair.group.command("kea2", "dhcp4", "ha-sync", {"server-name": "kea1", "max-period": 60})
    assert len(pair.group.leases("kea2", 4)) == 3
    pair.group.kill("kea1", "dhcp4")
    assert "a backup does not take over" in pair.until("no service", "down", "no-service")


@versions("3.0.4")
def test_a_backup_that_every_client_waits_for(made: Made) -> None:
    pair = made("passive-backup", ha="  listener: {dhcp4: 8001}\n  wait-backup-ack: true")
    pair.group.kill("kea2", "dhcp4")
    assert "with wait-backup-ack no client is answered without it" in pair.until("no service", "backup-down")
    assert not pair.answered(10)


@versions("2.6.3")
def test_each_family_by_itself(made: Made) -> None:
    pair = made(families=(4, 6))
    pair.group.kill("kea1", "dhcp6")
    pair.until("no service", "down", "no-service", daemon="dhcp6")
    assert pair.look()["dhcp4", "kea1 kea2"] == ("healthy", ())
    assert pair.answered(10)
    pair.in_every_format()
    pair.group.start("kea1", "dhcp6")
    pair.until("healthy", daemon="dhcp6")
    pair.group.cut()
    pair.until("degraded", "link-cut")
    pair.until("degraded", "link-cut", daemon="dhcp6")


@versions("3.0.4", *VERSIONS[1:])
def test_a_hub_and_its_spokes(lab: Lab, tmp_path: Path, kea: str) -> None:
    """Each relationship by itself: the hub has one for each spoke."""
    site = Watched.of(lab, tmp_path, kea, HUB.format(kea=kea) + FIRST + SECOND)
    site.group.start()
    site.group.wait(dict.fromkeys(("hub", "spoke1", "spoke2"), "hot-standby"))
    well = {("dhcp4", "spoke1 hub"): ("healthy", ()), ("dhcp4", "spoke2 hub"): ("healthy", ())}
    assert site.look() == well
    site.group.kill("spoke1", "dhcp4")
    words = site.until("no service", "down", "no-service", servers="spoke1 hub")
    assert "spoke1 does not run: clients are not answered until hub takes over" in words
    assert site.look()["dhcp4", "spoke2 hub"] == ("healthy", ())
    site.in_every_format()
    site.group.failover("spoke1", "hub", subnet="10.1.0.0/16")
    site.until("degraded", "partner-down", servers="spoke1 hub")
    assert site.look()["dhcp4", "spoke2 hub"] == ("healthy", ())
    site.group.kill("hub", "dhcp4")
    assert "spoke1 and hub do not run" in site.until("no service", "down", "no-service", servers="spoke1 hub")
    site.until("degraded", "partner-down", servers="spoke2 hub")
