"""A pair is taken to a newer Kea as `kea-hac upgrade` says, one server after the other, while clients ask for leases all the time.

The suite takes one hot-standby pair from 2.6.3 to 3.0.4. `tests/long` takes pairs of both modes the whole way, and one from 2.2.0
to 3.0.4 at once.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from kea_hac.api import load
from kea_hac.compiler.artifacts import Build
from kea_hac.source.rewrite import write_texts
from kea_hac.upgrade.order import UpgradeTurn
from kea_hac.upgrade.planning import PlanState, Upgrade, plan_upgrade
from kea_hac.upgrade.versions import target
from tests.kea.built import compiled, laid_out, pair_text, provided
from tests.lab import VERSIONS, Group, Lab
from tests.lab.clients import Leases
from tests.sizes import LONG

pytestmark = pytest.mark.kea

WIDE = (("192.0.2.0/24", "192.0.0.0/16"), ("192.0.2.20 - 192.0.2.250", "192.0.8.0 - 192.0.60.255"))
"""Addresses for all clients of an upgrade."""
WAYS = (
    [
        ("hot-standby", ("2.2.0", "2.6.3", "3.0.4")),
        ("load-balancing", ("2.2.0", "2.6.3", "3.0.4")),
        ("hot-standby", ("2.2.0", "3.0.4")),
    ]
    if LONG
    else [("hot-standby", ("2.6.3", "3.0.4"))]
)
STEPS = (("2.2.0", "2.6.3"), ("2.6.3", "3.0.4")) if LONG else (("2.6.3", "3.0.4"),)
RENEWALS = [
    ("3.0.4", "2.6.3", True),
    ("3.0.4", None, False),
    *((("2.6.3", None, True), ("2.6.3", "2.6.3", True)) if LONG else ()),
]
"""Version, the version whose defaults are kept, and whether a renewal refreshes the lease."""
RATE = 20
"""New clients each second."""


class Steady:
    """Clients that call at a steady rate, each once, each with a number of its own."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._next = 10_000
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.rounds: list[Leases] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.is_set():
            self.rounds.append(self._group.lease4(10, start=self._next, rate=RATE, wait=0.5))
            self._next += 10

    @property
    def addresses(self) -> list[str]:
        """What all of them got."""
        return [address for each in self.rounds for address in each.addresses.values()]

    @property
    def asked(self) -> int:
        """How many there were."""
        return sum(each.asked for each in self.rounds)


def planned(spec: Path, version: str) -> tuple[Upgrade, Build]:
    """The upgrade of a spec, written into it, and what it compiles to afterwards."""
    upgrade = plan_upgrade(load(spec), target(version), keep_defaults=True)
    assert upgrade.state is PlanState.READY
    assert upgrade.writable
    assert not upgrade.defaults, "every default that changes is kept"
    assert upgrade.document is not None
    write_texts(upgrade.document, upgrade.texts)
    return upgrade, compiled(spec)


def take_over(group: Group, turn: UpgradeTurn, version: str, folder: Path) -> None:
    """One server's turn, as the report has it."""
    for daemon, partner in turn.partners:
        assert group.command(partner, daemon, "ha-maintenance-start")["result"] == 0
        group.wait({partner: "partner-in-maintenance"}, 4)
    group.stop(turn.server)
    group.wait({partner: "partner-down" for _, partner in turn.partners}, 4)
    group.install(turn.server, version, folder)
    group.start(turn.server)
    group.wait(dict.fromkeys(group.servers, turn.states[0]), 4)


@pytest.mark.parametrize(("mode", "way"), WAYS, ids=str)
def test_a_pair_is_taken_over_while_clients_are_served(
    lab: Lab, mode: str, way: tuple[str, ...], tmp_path: Path
) -> None:
    spec = tmp_path / "spec.yaml"
    text = pair_text(way[0], mode)
    for old, new in (*WIDE, ("heartbeat-delay: 2s", "heartbeat-delay: 1s")):
        text = text.replace(old, new)
    spec.write_text(text, "utf-8")
    build = compiled(spec)
    group = lab.group(way[0], laid_out(build, tmp_path / way[0]), provided(build))
    group.start()
    group.wait(dict.fromkeys(group.servers, mode), 4)
    early = group.lease4(30)
    assert early.complete

    with Steady(group) as clients:
        for version in way[1:]:
            upgrade, build = planned(spec, version)
            folders = laid_out(build, tmp_path / version)
            assert upgrade.order is not None
            assert [turn.server for turn in upgrade.order.turns] == ["kea2", "kea1"]
            for turn in upgrade.order.turns:
                take_over(group, turn, version, folders[turn.server])

    running = {group.command(server, "dhcp4", "version-get")["text"].split("\n")[0] for server in group.servers}
    assert running == {way[-1]}
    assert group.lease4(30).addresses == early.addresses, "leases stay"
    given = [*early.addresses.values(), *clients.addresses]
    assert len(set(given)) == len(given), "no address is leased twice"
    # one heartbeat without answers when a server comes back, of several seconds for each turn
    assert len(clients.addresses) >= clients.asked * 0.6
    held = [{each["ip-address"] for each in group.leases(server, 4)} for server in group.servers]
    assert held[0] == held[1]
    assert held[0] >= set(given)
    assert {group.states(server, 4) for server in group.servers} == {(mode,)}


@pytest.mark.skipif(not LONG, reason="tests/long runs it: it waits for heartbeats of ten seconds")
@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_is_back_too_early_stays_in_maintenance(lab: Lab, version: str, tmp_path: Path) -> None:
    """The partner has not noticed that it was gone. `ha-maintenance-cancel` ends that."""
    spec = tmp_path / "spec.yaml"
    text = pair_text(version, "hot-standby").replace("heartbeat-delay: 2s", "heartbeat-delay: 10s")
    spec.write_text(text.replace("max-response-delay: 6s", "max-response-delay: 30s"), "utf-8")
    build = compiled(spec)
    group = lab.group(version, laid_out(build, tmp_path / "out"), provided(build))
    group.start()
    group.wait(dict.fromkeys(group.servers, "hot-standby"), 4)
    assert group.command("kea1", "dhcp4", "ha-maintenance-start")["result"] == 0
    group.wait({"kea1": "partner-in-maintenance"}, 4)
    group.stop("kea2")
    group.start("kea2")
    group.wait({"kea1": "partner-in-maintenance", "kea2": "in-maintenance"}, 4)
    assert group.lease4(4).complete, "the partner serves alone"
    assert group.command("kea1", "dhcp4", "ha-maintenance-cancel")["result"] == 0
    group.wait(dict.fromkeys(group.servers, "hot-standby"), 4)


LONE = """\
kea-hac: 1
pair: lone
kea: "{version}"
platform: debian
servers:
  - {{name: one, address: 192.0.2.1, interfaces: [eth0], dhcp4: {{hooks-libraries: [{{library: libdhcp_lease_cmds.so}}]}}}}
dhcp4:
  valid-lifetime: 1h
  subnet4: [{{id: 1, subnet: 192.0.2.0/24, interface: eth0, pools: [{{pool: 192.0.2.20 - 192.0.2.250}}]}}]
"""
LONE_6 = """\
dhcp6:
  valid-lifetime: 2h
  subnet6: [{id: 1, subnet: "2001:db8:1::/64", interface: eth0, pools: [{pool: "2001:db8:1::1:0/112"}]}]
"""


def lone(version: str, folder: Path, *, kept_from: str | None = None, more: str = "") -> Build:
    """A standalone server. `kept_from`: the version whose defaults the spec keeps; the lines are those of `upgrade`."""
    spec = folder / f"{version}-{kept_from}.yaml"
    spec.write_text(LONE.format(version=kept_from or version) + more, "utf-8")
    if kept_from == version:  # the lines mean the same to the older version
        planned(spec, "3.0.4")
        spec.write_text(spec.read_text("utf-8").replace("3.0.4", version), "utf-8")
    elif kept_from is not None:
        planned(spec, version)
    return compiled(spec)


def shown(lab: Lab, version: str, build: Build, daemon: str) -> dict[str, Any]:
    """What Kea shows of the values that have other defaults in the other version."""
    content = build.files[f"one/kea-{daemon}.conf"]
    answer = lab.config_get(version, daemon, content)
    top = next(value for key, value in answer.items() if key.startswith("Dhcp"))
    threads = top["multi-threading"]["enable-multi-threading"]
    return {
        "threads": threads,
        **{key: top.get(key) for key in ("cache-threshold", "cache-max-age", "preferred-lifetime")},
    }


def test_the_lines_that_keep_defaults_mean_the_same_to_both_versions(lab: Lab, tmp_path: Path) -> None:
    """config-get of the older and of the newer version, each with the lines."""
    for old, new in STEPS:
        before = lone(old, tmp_path, kept_from=old, more=LONE_6)
        after = lone(new, tmp_path, kept_from=old, more=LONE_6)
        for daemon in ("dhcp4", "dhcp6") if LONG else ("dhcp4",):
            one, other = (shown(lab, version, build, daemon) for version, build in ((old, before), (new, after)))
            if old == "2.2.0":  # the lines of its whole way to 3.0.4 are more than those to 2.6.3
                one, other = ({key: found[key] for key in ("threads", "preferred-lifetime")} for found in (one, other))
            assert one == other, (old, new, daemon)


@pytest.mark.parametrize(("version", "kept_from", "refreshed"), RENEWALS)
def test_leases_are_refreshed_at_each_renewal_as_before_3_0(
    lab: Lab, version: str, kept_from: str | None, refreshed: bool, tmp_path: Path
) -> None:
    build = lone(version, tmp_path, kept_from=kept_from)
    with lab.group(version, laid_out(build, tmp_path / "out"), provided(build)) as group:
        group.start()
        assert group.lease4(4).complete
        before = {each["ip-address"]: each["cltt"] for each in group.leases("one", 4)}
        time.sleep(1.1)  # the time of a lease has whole seconds
        assert group.lease4(4).complete
        after = {each["ip-address"]: each["cltt"] for each in group.leases("one", 4)}
    assert before.keys() == after.keys()
    assert all(after[address] > before[address] for address in before) is refreshed
    assert all(after[address] == before[address] for address in before) is not refreshed
