"""What `kea-hac diff` says of two real servers side by side: terminated, changed in the same way, and changed differently."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.kea.test_diff_life import PAIR, Desk, desk

__all__ = ["desk"]
pytestmark = pytest.mark.kea
Edit = Callable[[dict[str, Any]], None]


def changed(desk: Desk, server: str, edit: Edit) -> None:
    """Somebody edits what config-get answers, and sends it back."""
    arguments = desk.pair.command(server, "dhcp4", "config-get")["arguments"]
    arguments.pop("hash", None)
    edit(arguments["Dhcp4"])
    answer = desk.pair.command(server, "dhcp4", "config-set", arguments)
    assert answer["result"] == 0, answer


def adopted(desk: Desk, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of `diff --adopt`."""
    command = [sys.executable, "-m", "kea_hac", "diff", "spec.yaml", "--adopt", "--format", "json", "--timeout", "5"]
    done = desk.pair.run("client", [*command, *options], cwd=desk.folder)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def reported(desk: Desk) -> str:
    """The page of `report --live` about the servers as they are now."""
    words = ["report", "spec.yaml", "--live", "spec", "-o", "report.html", "--force", "--timeout", "5"]
    done = desk.pair.run("client", [sys.executable, "-m", "kea_hac", *words], cwd=desk.folder)
    assert done.returncode == 1, done.stderr
    return (desk.folder / "report.html").read_text("utf-8")


def deployed(desk: Desk) -> None:
    """The spec as it is now, on both servers."""
    desk.kea_hac("build", "spec.yaml")
    for server in PAIR:
        desk.load(server)


def another_id(config: dict[str, Any]) -> None:
    config["subnet4"][0]["id"] = 2


def wider(config: dict[str, Any]) -> None:
    config["subnet4"][0]["pools"][0]["pool"] = "192.0.2.20-192.0.2.252"


def door(config: dict[str, Any]) -> None:
    entry = {"hw-address": "08:00:27:00:00:01", "ip-address": "192.0.2.10", "hostname": "door"}
    config["subnet4"][0].setdefault("reservations", []).append(entry)


def test_a_terminated_pair_is_whole_again_by_what_is_advised(desk: Desk) -> None:
    changed(desk, "kea2", another_id)
    desk.pair.wait(PAIR)
    desk.pair.lease4(30, wait=2)
    _, found = desk.diff()
    if desk.kea == "2.2.0":  # it does not end its HA over rejected updates
        assert found["advice"] == []
        return
    desk.pair.wait(dict.fromkeys(PAIR, "terminated"))
    _, found = desk.diff()
    (advice,) = found["advice"]
    assert advice["servers"] == list(PAIR)
    assert "HA has ended itself on kea1 and kea2" in advice["text"]
    assert "subnet4[id=1]" in advice["text"]
    assert "not the same on kea1 and kea2" in advice["text"]

    desk.load("kea2")  # one alone
    desk.pair.wait({"kea1": "terminated", "kea2": "waiting"})
    _, found = desk.diff()
    assert "kea2 waits for it and answers no client" in found["advice"][0]["text"]

    for server in PAIR:
        desk.load(server)
    desk.pair.wait(PAIR)
    code, found = desk.diff()
    assert (code, found["advice"]) == (0, [])
    assert desk.pair.lease4(5, start=100).complete


def test_what_is_on_both_and_what_is_on_one_are_adopted_together(desk: Desk) -> None:
    for server in PAIR:
        changed(desk, server, door)
    changed(desk, "kea1", wider)
    desk.pair.wait(PAIR)
    page = reported(desk)
    assert "pair: external, healthy" in page
    assert all(words in page for words in ("Differences of kea1 dhcp4", "08:00:27:00:00:01", "192.0.2.252"))
    code, made = adopted(desk)
    assert (code, made["refused"]) == (0, [])
    assert {each["server"] for each in made["adopted"]} == set(PAIR)
    deployed(desk)
    assert desk.told() == (0, [])


def test_servers_that_were_changed_differently_are_asked_about(desk: Desk) -> None:
    spec = desk.folder / "spec.yaml"
    before = spec.read_text("utf-8")
    desk.edit("kea1", rebind_timer=3001)
    desk.edit("kea2", rebind_timer=3002)
    code, made = adopted(desk)
    assert (code, made["adopted"], spec.read_text("utf-8")) == (1, [], before)
    assert {each["manual"] for each in made["refused"]} == {
        "name the server whose value to use: --prefer kea1 or --prefer kea2"
    }
    code, made = adopted(desk, "--prefer", "kea2")
    assert code == 1
    assert [each["server"] for each in made["adopted"]] == ["kea2"]
    deployed(desk)
    assert desk.told() == (0, [])
    answer = desk.pair.command("kea1", "dhcp4", "config-get")["arguments"]["Dhcp4"]
    assert answer["rebind-timer"] == 3002


def test_without_a_base_nothing_is_claimed(desk: Desk) -> None:
    """What was loaded on kea1 is called a difference, and nothing more: it may be in the file, and here it is."""
    desk.write("  rebind-timer: 3000")
    code, found = desk.diff("--base", "none")
    assert code == 1
    assert {each["verdict"] for each in found["changes"]} == {"differs"}
    assert {each["outlook"] for each in found["changes"]} == {None}
    assert "icetro" not in json.dumps(found)
