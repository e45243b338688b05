"""The command as a process of its own: what it writes, its exit code, colours."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import kea_hac
from tests.cli.conftest import COMMAND, Spec

BAD = "192.0.3.1 - 192.0.3.9"


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_it_runs_as_a_module(environment: dict[str, str]) -> None:
    done = _run(environment, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith(f"kea-hac {kea_hac.__version__}\n")
    assert _run(environment, "--frob").returncode == 2


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
    code = "import sys, typer; own = set(sys.modules); from kea_hac.cli.app import command_line; command_line(); print(*sys.modules.keys() - own)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    ours = {name for name in loaded if name.startswith("kea_hac.") and not name.startswith("kea_hac.cli")}
    assert ours <= {
        "kea_hac.diagnostics",
        "kea_hac.errors",
        "kea_hac.records",
        "kea_hac.regex",
        "kea_hac.report",
        "kea_hac.report.cells",
        "kea_hac.report.formats",
        "kea_hac.report.results",
    }
    assert not loaded & {"multiprocessing", "ruamel", "orjson", "pydantic", "rich", "asyncio"}


INTERRUPTED = """\
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
from kea_hac.cli import main
sys.argv = ["kea-hac", "validate", "nothing.yaml"]
main()
"""


@pytest.mark.parametrize("module", ["kea_hac.cli.streams", "kea_hac.cli.boundary", "kea_hac.cli.app", "kea_hac.api"])
def test_ctrl_c_while_modules_are_loaded_leaves_no_traceback(environment: dict[str, str], module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(module=module)],
        env={**environment, "PYTHONPATH": str(Path(kea_hac.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (130, False), done.stderr
