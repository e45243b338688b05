"""Several processes: they come to the same as one, end with the command, and are done without where there are none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kea_hac.cli.workers import Spread
from tests.cli.conftest import COMMAND, Spec

BAD = "192.0.3.1 - 192.0.3.9"
WITHOUT = """\
import errno, os, sys, threading
left, threads = int(sys.argv.pop(1)), sys.argv.pop(1) == "threads"
fork, start = os.fork, threading.Thread.start
def limited():
    global left
    left -= 1
    if left < 0:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return fork()
def refused(self):
    raise RuntimeError("can't start new thread")
os.fork = limited
if not threads:
    threading.Thread.start = refused
from kea_hac.cli import main
main()
"""
"""The command on a machine that has room for so many processes more."""
INTERRUPTED_AT_BIRTH = """\
import os, signal
fork = os.fork
def interrupted():
    child = fork()
    if not child:
        os.kill(os.getpid(), signal.SIGINT)
    return child
os.fork = interrupted
from kea_hac.cli import main
main()
"""
"""The command with an interrupt for each of its workers before Python has made it ready."""


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def _many(spec: Spec, number: int = 400) -> None:
    for each in range(number):
        spec(f"specs/{each}.yaml", f"pair{each}")


def _children(process: subprocess.Popen[str], wanted: int) -> list[int]:
    """Wait until the process has so many children; theirs are the numbers."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while True:
        assert process.poll() is None, "it ended before it had its workers"
        found = [int(each) for each in children.read_text().split()]
        if len(found) >= wanted:
            return found
        time.sleep(0.01)


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_several_processes_come_to_the_same(environment: dict[str, str], spec: Spec) -> None:
    for number in range(9):
        spec(f"specs/{number}.yaml", f"pair{number}")
    spec("specs/bad.yaml", "bad", BAD)
    one = _run(environment, "build", "specs", "gone.yaml", "-j", "1", "--format", "json")
    assert one.returncode == 2
    for jobs in ("0", "3"):
        more = _run(environment, "build", "specs", "gone.yaml", "-j", jobs, "--format", "json")
        assert (more.returncode, more.stdout, more.stderr) == (one.returncode, one.stdout, one.stderr)
    Path("specs/bad.yaml").unlink()
    assert _run(environment, "build", "specs", "-j", "2").returncode == 0
    assert _run(environment, "build", "specs", "-j", "1", "--check").returncode == 0
    one = _run(environment, "validate", "specs", "--needs", "-j", "1")
    assert one.stdout
    assert _run(environment, "validate", "specs", "--needs", "-j", "2").stdout == one.stdout


@pytest.mark.parametrize("whole_group", [True, False], ids=["from the terminal", "to the parent only"])
def test_interrupting_several_processes(environment: dict[str, str], spec: Spec, whole_group: bool) -> None:
    _many(spec)
    process = subprocess.Popen(
        [*COMMAND, "validate", "specs", "-j", "2"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    workers = _children(process, 2)
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, "kea-hac: interrupted\n")
    assert all(map(_gone, workers))


def test_a_worker_is_interrupted_before_it_is_ready(environment: dict[str, str], spec: Spec) -> None:
    """It is the parent's affair: the worker says nothing, and does its work as long as the parent goes on."""
    _many(spec, 40)
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_BIRTH, "validate", "specs", "-j", "2"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    expected = _run(environment, "validate", "specs", "-j", "1")
    assert (done.returncode, done.stdout, done.stderr) == (expected.returncode, expected.stdout, expected.stderr)


@pytest.mark.parametrize(
    ("number", "working"), [(signal.SIGTERM, True), (signal.SIGKILL, True), (signal.SIGKILL, False)]
)
def test_workers_end_with_a_parent_that_is_ended(
    environment: dict[str, str], spec: Spec, number: int, working: bool
) -> None:
    """Who waits for the end of the output is not kept waiting, and nothing is left behind."""
    _many(spec)
    process = subprocess.Popen(
        [*COMMAND, "build", "specs", "-j", "8"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    workers = _children(process, 8)
    if not working:
        # A stopped parent hands nothing out, and its workers come to rest.
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
    process.send_signal(number)
    out, told = process.communicate(timeout=60)
    assert (process.returncode, out, told) == (-number, "", "")
    for each in workers:
        while not _gone(each):  # a second or less; pytest's own timeout, or CI's, is the bound
            time.sleep(0.01)


def test_a_worker_does_not_hold_the_streams(environment: dict[str, str], spec: Spec) -> None:
    _many(spec)
    process = subprocess.Popen(
        [*COMMAND, "validate", "specs", "-j", "2"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    mine = {os.readlink(f"/proc/{process.pid}/fd/{each}") for each in (0, 1, 2)}
    for worker in _children(process, 2):
        while True:
            try:
                held = {os.readlink(f"/proc/{worker}/fd/{each}") for each in (0, 1, 2)}
            except FileNotFoundError:
                assert _gone(worker)
                break
            if not held & mine:
                assert held == {os.devnull}
                break
            time.sleep(0.01)
    process.communicate(timeout=60)


@pytest.mark.parametrize("worker", [0, 1])
def test_a_worker_that_was_killed(environment: dict[str, str], spec: Spec, worker: int) -> None:
    _many(spec)
    process = subprocess.Popen(
        [*COMMAND, "validate", "specs", "-j", "2"], env=environment, stderr=subprocess.PIPE, text=True
    )
    workers = _children(process, 2)
    os.kill(workers[worker], signal.SIGKILL)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 2
    assert told == "kea-hac: a worker process was killed, perhaps because memory ran out; try again with -j 1\n"
    assert all(map(_gone, workers))


@pytest.mark.parametrize(
    ("room", "threads", "note"),
    [
        (
            0,
            "no threads",
            "0 of 4 processes could be started (Resource temporarily unavailable); one does all the work",
        ),
        (1, "threads", "1 of 4 processes could be started (Resource temporarily unavailable); one does all the work"),
        (3, "no threads", "3 of 4 processes could be started (Resource temporarily unavailable); they do all the work"),
        (4, "no threads", None),
    ],
)
def test_a_machine_without_free_processes(
    environment: dict[str, str], spec: Spec, room: int, threads: str, note: str | None
) -> None:
    _many(spec, 9)
    spec("specs/bad.yaml", "bad", BAD)
    one = _run(environment, "validate", "specs", "-j", "1")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(room), threads, "validate", "specs", "-j", "4"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (one.returncode, one.stdout)
    assert done.stderr == (f"kea-hac: note: {note}\n" if note else "") + one.stderr


@pytest.mark.parametrize("items", [0, 1, 2, 7, 100])
def test_results_come_in_the_order_of_the_items(items: int) -> None:
    assert Spread(str, 3).over(range(items)) == [str(each) for each in range(items)]
