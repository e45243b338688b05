"""The command as a process of its own: streams, signals, colours, several workers."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import kea_hac
from tests.cli.conftest import Spec

COMMAND = (sys.executable, "-m", "kea_hac")
BAD = "192.0.3.1 - 192.0.3.9"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What the process sees: this checkout, and a home of its own."""
    top = str(Path(kea_hac.__file__).parents[1])
    return {"PYTHONPATH": top, "PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TERM": "xterm"}


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_it_runs_as_a_module(environment: dict[str, str]) -> None:
    done = _run(environment, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith(f"kea-hac {kea_hac.__version__}\n")
    assert _run(environment, "--frob").returncode == 2


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


@pytest.mark.parametrize(
    "arguments", [("validate", "a.yaml"), ("build", "a.yaml", "--stdout"), ("rules",), ("--help",)]
)
def test_nobody_reads_the_output(environment: dict[str, str], spec: Spec, arguments: tuple[str, ...]) -> None:
    spec("a.yaml", pool=BAD if arguments[0] == "validate" else "192.0.2.1 - 192.0.2.9")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*COMMAND, *arguments], env=environment, stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    if arguments != ("--help",):
        assert done.returncode == 141
    assert b"Traceback" not in done.stderr
    assert b"roken pipe" not in done.stderr


@pytest.mark.parametrize("whole_group", [True, False], ids=["from the terminal", "to the parent only"])
def test_interrupting_several_processes(environment: dict[str, str], spec: Spec, whole_group: bool) -> None:
    for number in range(400):
        spec(f"specs/{number}.yaml", f"pair{number}")
    process = subprocess.Popen(
        [*COMMAND, "validate", "specs", "-j", "2"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 60
    while len(children.read_text().split()) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, "kea-hac: interrupted\n")


def test_a_worker_that_was_killed(environment: dict[str, str], spec: Spec) -> None:
    for number in range(400):
        spec(f"specs/{number}.yaml", f"pair{number}")
    process = subprocess.Popen(
        [*COMMAND, "validate", "specs", "-j", "2"], env=environment, stderr=subprocess.PIPE, text=True
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 60
    while len(children.read_text().split()) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(int(children.read_text().split()[0]), signal.SIGKILL)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 2
    assert told == "kea-hac: a worker process was killed, perhaps for want of memory; try again with -j 1\n"


@pytest.mark.parametrize(
    ("more", "colour"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)],
    ids=str,
)
def test_colour_on_a_terminal(environment: dict[str, str], spec: Spec, more: dict[str, str], colour: bool) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [*COMMAND, "validate", spec("a.yaml", pool=BAD)],
            env=environment | more,
            stdout=theirs,
            stderr=subprocess.PIPE,
            check=False,
        )
        shown = os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 1
    assert b"KH209" in shown
    assert (b"\x1b[" in shown) == colour


@pytest.mark.parametrize(("more", "colour"), [({}, False), ({"FORCE_COLOR": "1"}, True)], ids=str)
def test_colour_in_a_pipe(environment: dict[str, str], spec: Spec, more: dict[str, str], colour: bool) -> None:
    assert ("\x1b[" in _run(environment | more, "validate", spec("a.yaml", pool=BAD)).stdout) == colour


def test_a_terminal_that_only_knows_ascii(environment: dict[str, str], spec: Spec) -> None:
    path = spec("a.yaml", pool=BAD)
    Path(path).write_text(Path(path).read_text("utf-8").replace("[{pool", "[{# ä名\n        pool"), "utf-8")
    done = _run(environment | {"PYTHONIOENCODING": "ascii", "FORCE_COLOR": "1"}, "validate", path, "ä")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


def test_nothing_heavy_is_imported_before_a_command_runs(environment: dict[str, str]) -> None:
    """`--help` has to be instant; what typer itself brings is its own affair."""
    code = "import sys, typer; own = set(sys.modules); import kea_hac.cli.app; print(*sys.modules.keys() - own)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    ours = {name for name in loaded if name.startswith("kea_hac.") and not name.startswith("kea_hac.cli")}
    assert ours <= {"kea_hac.diagnostics", "kea_hac.errors", "kea_hac.report", "kea_hac.report.cells"}
    assert not loaded & {"multiprocessing", "ruamel", "orjson", "pydantic", "rich", "asyncio"}
