"""The bar of a rollout: at a terminal only, with every line above it, and no escape sequence of a server's text."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from kea_hac.cli.progress import Bar

NAME = "kea1\x1b[2J [bold]x[/bold]"


def test_at_a_terminal_there_are_lines_and_a_bar() -> None:
    file = io.StringIO()
    bar = Bar()
    with bar.shown(Console(file=file, force_terminal=True, width=100, highlight=False)):
        bar.step(1, 4, f"turn 2: {NAME}")
        bar.say(f"a line of {NAME}")
        assert bar._progress is not None
        bar._progress.refresh()  # else a clock decides when it is drawn
    shown = file.getvalue()
    assert "1/4" in shown
    assert "turn 2: kea1" in shown
    assert "[bold]x[/bold]" in shown
    assert "\x1b[2J" not in shown


def test_elsewhere_the_lines_alone(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    with bar.shown():
        bar.step(1, 4, "turn 2: kea1")
        bar.say("a line")
    assert capsys.readouterr() == ("", "a line\n")
