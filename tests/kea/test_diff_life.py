"""The whole life of a change on a real pair, seen by `kea-hac diff` through the agents: merged, loaded, edited, rolled back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kea.built import compiled, laid_out, pair_text, provided
from tests.lab import Group, Lab

pytestmark = pytest.mark.kea

PAIR = {"kea1": "hot-standby", "kea2": "hot-standby"}
FILE = "kea-dhcp4.conf"
DRIFT = ("--fail-on", "external,conflict,pending,converged")


@dataclass(slots=True)
class Desk:
    """An operator's clone: the spec, the committed tree, and a way to the servers."""

    folder: Path
    kea: str
    group: Group | None = None

    def write(self, v4: str) -> None:
        """Another state of the spec, not built yet."""
        (self.folder / "spec.yaml").write_text(pair_text(self.kea, "hot-standby", v4=v4), "utf-8")

    def merge(self, v4: str = "") -> None:
        """Another state of the spec, built and committed."""
        self.write(v4)
        self.kea_hac("build", "spec.yaml")
        self.git("add", "-A")
        self.git("commit", "-qm", "a change")

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(self.folder), *identity, *arguments], check=True, capture_output=True)

    def kea_hac(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "kea_hac", *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)

    def start(self, lab: Lab) -> None:
        """The pair, with what was built last."""
        build = compiled(self.folder / "spec.yaml")
        self.group = lab.group(self.kea, laid_out(build, self.folder / "out"), provided(build))
        self.group.start()
        self.group.wait(PAIR)

    @property
    def pair(self) -> Group:
        assert self.group is not None
        return self.group

    def load(self, server: str) -> None:
        """Deploy what was built last on one server."""
        file = self.folder / "build" / "pair" / server / FILE
        self.pair.path(server, f"/etc/kea/{FILE}").write_bytes(file.read_bytes())
        answer = self.pair.command(server, "dhcp4", "config-reload")
        assert answer["result"] == 0, answer

    def edit(self, server: str, **values: Any) -> None:
        """Somebody sets global values by hand."""
        arguments = self.pair.command(server, "dhcp4", "config-get")["arguments"]
        arguments.pop("hash", None)
        arguments["Dhcp4"].update({key.replace("_", "-"): value for key, value in values.items()})
        answer = self.pair.command(server, "dhcp4", "config-set", arguments)
        assert answer["result"] == 0, answer

    def diff(self, *options: str) -> tuple[int, Mapping[str, Any]]:
        """What `kea-hac diff` says on the operator's machine: exit code and JSON."""
        command = [sys.executable, "-m", "kea_hac", "diff", "spec.yaml", "--format", "json", "--timeout", "5", *options]
        done = self.pair.run("client", command, cwd=self.folder)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def told(self, *options: str) -> tuple[int, list[tuple[str, str, str]]]:
        """Exit code, and server, path and verdict of each change; without options the exit code is that of the changes alone: a server
        that has just been reloaded is not healthy yet."""
        code, found = self.diff(*(options or DRIFT))
        return code, [(each["server"], each["path"], each["verdict"]) for each in found["changes"]]


@pytest.fixture
def desk(lab: Lab, kea_version: str, tmp_path: Path) -> Desk:
    made = Desk(tmp_path, kea_version)
    made.git("init", "-q")
    made.merge()
    made.start(lab)
    return made


def besides_subnets(told: tuple[int, list[tuple[str, str, str]]]) -> tuple[int, list[tuple[str, str, str]]]:
    """Without the timer that subnets keep: config-set of a changed config-get leaves the old value written out in each of
    them, so that the deploy of the new one is pending there."""
    code, changes = told
    return code, [each for each in changes if each[1:] != ("subnet4[id=1].rebind-timer", "pending")]


def test_the_life_of_a_change(desk: Desk) -> None:
    assert desk.told() == (0, [])

    desk.merge("  rebind-timer: 3000")
    pending = [(server, "rebind-timer", "pending") for server in PAIR]
    assert desk.told() == (1, pending)
    assert desk.told("--fail-on", "external,conflict") == (0, pending)

    desk.load("kea1")
    assert desk.told() == (1, pending[1:])
    desk.load("kea2")
    desk.pair.wait(PAIR)
    code, found = desk.diff()
    assert (code, found["verdict"], found["changes"]) == (0, "in sync", [])

    desk.edit("kea1", rebind_timer=3001)
    assert desk.told() == (1, [("kea1", "rebind-timer", "external")])
    desk.edit("kea2", rebind_timer=3001)
    code, found = desk.diff()
    assert [(each["verdict"], each["also-on"]) for each in found["changes"]] == [
        ("external", ["kea2"]),
        ("external", ["kea1"]),
    ]
    assert {each["live"] for each in found["changes"]} == {3001}
    assert {each["base"] for each in found["changes"]} == {3000}
    assert found["changes"][0]["line"] == 1 + (desk.folder / "spec.yaml").read_text().split("\n").index(
        "  rebind-timer: 3000"
    )

    desk.write("  rebind-timer: 3001")
    assert besides_subnets(desk.told()) == (1, [(server, "rebind-timer", "converged") for server in PAIR])
    desk.write("  rebind-timer: 3002")
    assert besides_subnets(desk.told()) == (1, [(server, "rebind-timer", "conflict") for server in PAIR])
    desk.write("  rebind-timer: 3000")

    desk.load("kea1")  # rolled back
    assert desk.told() == (1, [("kea2", "rebind-timer", "external")])
    desk.load("kea2")
    assert desk.told() == (0, [])
    desk.pair.wait(PAIR)


def test_what_somebody_did_by_hand_is_adopted_and_deployed(desk: Desk) -> None:
    desk.edit("kea1", rebind_timer=3001)
    done = desk.pair.run(
        "client", [sys.executable, "-m", "kea_hac", "diff", "spec.yaml", "--adopt", "--timeout", "5"], cwd=desk.folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert besides_subnets(desk.told()) == (
        1,
        [("kea1", "rebind-timer", "converged"), ("kea2", "rebind-timer", "pending")],
    )
    desk.kea_hac("build", "spec.yaml")
    for server in PAIR:
        desk.load(server)
    assert desk.told() == (0, [])


def test_one_server_down_hides_no_change_on_the_other(desk: Desk) -> None:
    desk.edit("kea2", server_tag="somebody")
    desk.pair.kill("kea1")
    code, found = desk.diff()
    assert code == 2
    assert [(each["server"], each["path"], each["verdict"]) for each in found["changes"]] == [
        ("kea2", "server-tag", "external")
    ]
    assert [(each["server"], each["daemon"], each["trouble"]) for each in found["unread"]] == [
        ("kea1", "dhcp4", "down")
    ]
    (truth,) = found["truth"]
    assert (truth["server"], truth["service"]) == ("kea2", "degraded")
    desk.pair.failover("kea1", "kea2")
    _, found = desk.diff()
    assert {each["server"]: (each["state"], each["phase"]) for each in found["ha"]} == {
        "kea1": ("unavailable", None),
        "kea2": ("partner-down", "alone"),
    }


def test_the_servers_state_is_told(desk: Desk) -> None:
    desk.pair.command("kea1", "dhcp4", "dhcp-disable", {"max-period": 60})
    code, found = desk.diff()
    switchable = desk.kea != "2.2.0"  # 2.2 does not say who switched its service off
    assert code == (1 if switchable else 0)
    assert [each["grade"] for each in found["health"]] == ["no service" if switchable else "healthy"]
    assert {each["server"]: each["state"] for each in found["ha"]} == PAIR
    assert [each["server"] for each in found["truth"]] == ["kea2" if switchable else "kea1"]
