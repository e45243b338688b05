"""Questions on a terminal: choices are shown, and a bad answer is asked again, with the reason."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import typer

from kea_hac.cli.terminal import say
from kea_hac.errors import UsageError

T = TypeVar("T")


def can_ask() -> bool:
    """True when somebody can answer."""
    return sys.stdin.isatty()


def ask(question: str, read: Callable[[str], T], usual: str | None = None, choices: Sequence[str] = ()) -> T:
    """The first answer that `read` takes. `usual`: the answer of who only presses Enter; "" is shown as no answer.

    Ctrl-C and Ctrl-D end it as an interrupted command (`typer.Abort`).
    """
    shown = f"{question} ({', '.join(choices)})" if choices else question
    while True:
        answer: str = typer.prompt(shown, default=usual, type=str, show_default=bool(usual), err=True)
        try:
            return read(answer.strip())
        except UsageError as error:
            say(f"  {error}")
