"""A command line to call in this process, and small specs to call it on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

import kea_hac
from kea_hac.cli import app

COMMAND = (sys.executable, "-m", "kea_hac")
"""The command as a process of its own."""

SPEC = """\
kea-hac: 1
pair: {pair}
kea: 2.6
platform: debian
servers:
  - {{name: s1, address: 192.0.2.1, interfaces: [eth0], dhcp4: {{hooks-libraries: [{{library: libdhcp_lease_cmds.so}}]}}}}
dhcp4:
  subnet4:
    - id: 1
      subnet: 192.0.2.0/24
      interface: eth0
      pools: [{{pool: {pool}}}]
"""


@dataclass(frozen=True, slots=True)
class Called:
    """What a call came to."""

    code: int
    out: str
    err: str


Call = Callable[..., Called]
Spec = Callable[..., str]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder of its own, and none of the variables that change what is shown."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "KEA_HAC_DEBUG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What such a process sees: this checkout, and a home of its own."""
    top = str(Path(kea_hac.__file__).parents[1])
    return {"PYTHONPATH": top, "PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TERM": "xterm"}


@cache
def command_line() -> Callable[..., object]:
    """The command line, built once for all tests: typer builds it anew for each call, which takes longer than most commands."""
    return get_command(app.command_line())


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Call `kea-hac` with arguments."""

    def run(*arguments: str) -> Called:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            command_line()(list(arguments), prog_name="kea-hac")
        shown = capsys.readouterr()
        return Called(int(stop.value.code or 0), shown.out, shown.err)

    return run


@pytest.fixture
def spec() -> Spec:
    """Write a spec of a lone server below the current folder; its path. Each pair has an address and a network of its own."""
    networks: dict[str, str] = {}
    free = iter(("192.0.2.", *(f"10.{number >> 8}.{number & 255}." for number in range(65536))))

    def write(path: str, pair: str = "campus", pool: str = "192.0.2.100 - 192.0.2.199") -> str:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if pair.casefold() not in networks:
            networks[pair.casefold()] = next(free)
        text = SPEC.format(pair=pair, pool=pool).replace("192.0.2.", networks[pair.casefold()])
        Path(path).write_text(text, "utf-8")
        return path

    return write
