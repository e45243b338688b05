"""The command line that has only the command that runs behaves as the whole one."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from typer.main import get_command

from kea_hac.cli.app import command_line
from kea_hac.cli.version import version_text
from tests.cli.conftest import COMMAND

WHOLE: Any = get_command(command_line())


def _shown(line: Any, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as stop:
        line(arguments, prog_name="kea-hac")
    shown = capsys.readouterr()
    return stop.value.code, shown.out, shown.err


@pytest.mark.parametrize("more", [["--help"], ["--no-such-option"], ["--version"]], ids=" ".join)
@pytest.mark.parametrize("name", WHOLE.commands)
def test_one_command_alone(name: str, more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    alone: Any = get_command(command_line([name, *more]))
    assert list(alone.commands) == [name]
    assert _shown(alone, [name, *more], capsys) == _shown(WHOLE, [name, *more], capsys)


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["validat"], ["--version", "rules"], ["--", "rules"]], ids=" ".join
)
def test_everything_else_has_all_commands(arguments: list[str]) -> None:
    found: Any = get_command(command_line(arguments))
    assert list(found.commands) == list(WHOLE.commands)


def test_the_version_without_typer(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run([*COMMAND, "--version"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == _shown(WHOLE, ["--version"], capsys)
    assert done.stdout == version_text() + "\n"
