"""Streams that are closed, full, or that nobody reads: no traceback, and an exit code that says whether the results went out."""

from __future__ import annotations

import fcntl
import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, Spec

BAD = "192.0.3.1 - 192.0.3.9"
WRITING = (
    "validate bad.yaml",
    "validate . -j 2 --format json",
    "build good.yaml --stdout",
    "build good.yaml --check",
    "lint kea-dhcp4.conf --format github",
    "import one=kea-dhcp4.conf",
    "diff good.yaml --live answers",
    "explain KH209",
    "preferences merge mine.cfg --from built.cfg --check",
    "--version",
    "validate --help",
)
"""Calls that put something on stdout."""
QUIET = ("validate good.yaml", "build good.yaml -o elsewhere")
"""Calls that put nothing there."""


@pytest.fixture(autouse=True)
def _inputs(spec: Spec) -> None:
    spec("good.yaml", "good")
    spec("bad.yaml", "bad", BAD)
    Path("kea-dhcp4.conf").write_text('{"Dhcp4": {"subnet4": [{"id": 1, "subnet": "192.0.2.0/33"}]}}')
    Path("answers").mkdir()
    Path("mine.cfg").write_text('<keaControlAgentPort value="9000"/>\r\n')
    Path("built.cfg").write_text('<keaControlAgentPort value="8000"/>\r\n')


def _shell(environment: dict[str, str], arguments: str, redirections: str) -> subprocess.CompletedProcess[bytes]:
    line = f'"$@" {arguments} {redirections}'
    return subprocess.run(
        ["sh", "-c", line, "sh", *COMMAND], env=environment, capture_output=True, check=False, timeout=120
    )


def _no_bug(told: bytes) -> None:
    for word in (b"Traceback", b"bug", b"Exception", b"Errno"):
        assert word not in told


@pytest.mark.parametrize("arguments", WRITING)
def test_results_that_cannot_be_written(environment: dict[str, str], arguments: str) -> None:
    for redirection, why in ((">&-", "standard output is closed"), (">/dev/full", "No space left on device")):
        done = _shell(environment, arguments, redirection)
        line = f"kea-hac: the results could not be written to standard output: {why}\n"
        assert (done.returncode, done.stdout) == (2, b""), redirection
        assert done.stderr.decode().endswith(line)
        assert done.stderr.decode().count(line) == 1
        _no_bug(done.stderr)


def test_one_log_of_both_has_its_lines_in_their_order(environment: dict[str, str]) -> None:
    apart = _shell(environment, "validate bad.yaml", "")
    together = _shell(environment, "validate bad.yaml", "2>&1")
    assert apart.stdout
    assert apart.stderr
    assert together.stdout == apart.stdout + apart.stderr


@pytest.mark.parametrize("arguments", ["validate bad.yaml", "--help"])
def test_both_closed(environment: dict[str, str], arguments: str) -> None:
    done = _shell(environment, arguments, ">&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


@pytest.mark.parametrize("arguments", ["validate bad.yaml", *QUIET, "validate gone.yaml", "frob", "init x.yaml"])
def test_what_cannot_be_written_to_stderr_changes_nothing(environment: dict[str, str], arguments: str) -> None:
    before = _shell(environment, arguments, "")
    for redirection in ("<&- 2>&-", "2>/dev/full"):
        done = _shell(environment, arguments, redirection)
        assert (done.returncode, done.stdout, done.stderr) == (before.returncode, before.stdout, b""), redirection


@pytest.mark.parametrize("arguments", QUIET)
def test_who_has_no_results_needs_no_stdout(environment: dict[str, str], arguments: str) -> None:
    for redirection in (">/dev/full", "<&- >&- 2>&-"):
        assert _shell(environment, arguments, redirection).returncode == 0
    if "elsewhere" in arguments:
        # No file of the tree took the place of a closed stream.
        assert _shell(environment, f"{arguments} --check", "").returncode == 0


@pytest.mark.parametrize("arguments", WRITING)
def test_nobody_reads_the_output(environment: dict[str, str], arguments: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*COMMAND, *arguments.split()], env=environment, stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert done.returncode == 141
    _no_bug(done.stderr)
    assert b"roken pipe" not in done.stderr


def test_a_reader_that_had_enough(environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$@" rules --format json | head -1', "bash", *COMMAND],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (141, "[\n", "")


def test_an_output_that_does_not_block_is_waited_for(environment: dict[str, str]) -> None:
    """Some programs leave such a pipe to those that they start."""
    whole = _shell(environment, "rules --format json", "").stdout
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETFL, fcntl.fcntl(writing, fcntl.F_GETFL) | os.O_NONBLOCK)
    got: list[bytes] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as pipe:
            got.append(pipe.read())

    reader = threading.Thread(target=read)
    process = subprocess.Popen([*COMMAND, "rules", "--format", "json"], env=environment, stdout=writing)
    os.close(writing)
    reader.start()
    assert process.wait(timeout=60) == 0
    reader.join()
    assert len(whole) > 65536  # more than a pipe holds
    assert got == [whole]
