"""`kea-hac diff` over a fleet with servers of every kind: bounded threads and memory, one time limit for what hangs, Ctrl-C at once.

No bound here is in seconds. `tests/long` has 1,000 pairs.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kea_hac.cli.diff_fleet import AT_ONCE
from tests.documents import read
from tests.kea.fleet import CHANGED, DROPS, GARBAGE, HALF, HANG, REFUSES, SITES, Fleet
from tests.lab.namespaces import children, signal_child
from tests.sizes import size

pytestmark = [pytest.mark.kea, pytest.mark.slow]
PAIRS = size("FLEET", 80, 1_000)
DAEMONS = 4
"""Of a pair: two servers and their agents."""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with Fleet(tmp_path, PAIRS) as made:
        yield made


class Run:
    """One `kea-hac diff` on the operator's machine, watched while it runs."""

    def __init__(self, fleet: Fleet, folder: Path, *arguments: str) -> None:
        self.output, self.notes = folder / "output", folder / "notes"
        shell = f'cd {folder} && exec "$0" "$@" 2>{self.notes}'
        command = [sys.executable, "-m", "kea_hac", "diff", *arguments, "--base", "none"]
        with self.output.open("wb") as output:
            self.process = fleet.network.popen(["sh", "-c", shell, *command], output)
        self.threads = self.memory = 0

    def look(self) -> None:
        """Note the most threads and the most memory so far."""
        for pid in children(self.process.pid):
            try:
                status = Path(f"/proc/{pid}/status").read_text("utf-8")
            except OSError:
                continue
            found = {key: int(re.findall(rf"^{key}:\s+(\d+)", status, re.MULTILINE)[0]) for key in ("Threads", "VmHWM")}
            self.threads = max(self.threads, found["Threads"])
            self.memory = max(self.memory, found["VmHWM"])

    def end(self) -> int:
        """Wait for it; → exit code."""
        while self.process.poll() is None:
            try:
                self.look()
            except IndexError:  # it is ending
                break
            time.sleep(0.02)
        return self.process.wait(300)


def test_a_fleet(fleet: Fleet, tmp_path: Path) -> None:
    run = Run(fleet, tmp_path, "specs", "--jobs", "0", "--timeout", "3", "--format", "json")
    assert run.end() == 2, run.notes.read_text("utf-8")
    documents = [json.loads(line) for line in run.output.read_text("utf-8").splitlines()]
    assert [each["pair"] for each in documents] == list(fleet.sites), "in the order of the specs"
    for each in documents:
        site = fleet.sites[each["pair"]]
        unread = {one["server"]: one["trouble"] for one in each["unread"] if one["daemon"] == "dhcp4"}
        (health,) = each["health"]
        if site < CHANGED:
            assert (each["verdict"], health["grade"], unread) == ("in sync", "healthy", {})
        elif site == CHANGED:
            assert (each["verdict"], health["grade"], unread) == ("differs", "healthy", {})
        else:
            assert set(unread) == ({"kea2"} if site == HALF else {"kea1", "kea2"}), each
            assert health["grade"] == "unknown", each
            assert set(unread.values()) == {"unclear" if site == GARBAGE else "unreachable"}, each

    # Asked once: only the pairs that were in work when the time limit came, and not all of them.
    of_a_site = AT_ONCE // SITES + 1
    for address in [f"10.9.{site}.{server}" for site in HANG for server in (1, 2)] + [f"10.9.{HALF}.2"]:
        assert 0 < fleet.connections[address] <= (DAEMONS // 2) * of_a_site, fleet.connections
    assert f"10.9.{REFUSES}.1" not in fleet.connections
    assert fleet.connections[f"10.9.{DROPS}.1"] > 0
    # The thread of each pair waits for those that ask its daemons.
    assert run.threads <= 1 + AT_ONCE * (1 + DAEMONS)


def test_text_has_one_line_for_a_pair_that_is_well(fleet: Fleet, tmp_path: Path) -> None:
    run = Run(fleet, tmp_path, "specs", "--jobs", "0", "--timeout", "3")
    assert run.end() == 2
    text = run.output.read_text("utf-8")
    count = Counter(fleet.sites.values())
    well = [pair for pair, site in fleet.sites.items() if site < CHANGED]
    assert re.findall(r"^(\S+): in sync, healthy$", text, re.MULTILINE) == well
    troubled = sum(number for site, number in count.items() if site > CHANGED)
    assert run.notes.read_text("utf-8").endswith(
        f"{PAIRS} pairs: {len(well)} in sync and healthy; {count[CHANGED]} not in sync; "
        f"{troubled} with servers that could not be read\n"
    )
    assert read("prometheus", _gauges(fleet, tmp_path))


def _gauges(fleet: Fleet, folder: Path) -> str:
    run = Run(fleet, folder, "specs", "--jobs", "0", "--timeout", "3", "--format", "prometheus")
    assert run.end() == 2
    return run.output.read_text("utf-8")


def test_memory_does_not_grow_with_the_number_of_pairs(fleet: Fleet, tmp_path: Path) -> None:
    """As many as are in work at the same time, and all of them."""
    few = [f"specs/{pair}.yaml" for pair in list(fleet.sites)[:AT_ONCE]]
    peaks = []
    for specs in (few, ["specs"]):
        run = Run(fleet, tmp_path, *specs, "--jobs", "0", "--timeout", "3", "--format", "json")
        run.end()
        peaks.append(run.memory)
    assert peaks[1] < 1.3 * peaks[0], peaks


@pytest.mark.parametrize("form", ["text", "json"])
def test_ctrl_c_does_not_wait_for_servers_that_hang(fleet: Fleet, tmp_path: Path, form: str) -> None:
    """Their time limit is an hour here."""
    run = Run(fleet, tmp_path, "specs", "--jobs", "0", "--timeout", "3600", "--format", form)
    hanging = f"10.9.{HANG[0]}.1"
    while not fleet.connections[hanging]:
        assert run.process.poll() is None, run.notes.read_text("utf-8")
        time.sleep(0.05)
    time.sleep(0.5)
    signal_child(run.process, signal.SIGINT)
    try:
        assert run.process.wait(120) == 130
    except subprocess.TimeoutExpired:
        signal_child(run.process, signal.SIGKILL)
        run.process.wait(120)
        raise
    lines = [line for line in run.notes.read_text("utf-8").splitlines() if "Traceback" in line]
    assert lines == []
