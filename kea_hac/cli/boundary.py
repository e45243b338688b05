"""The one place where exceptions become exit codes.

A command returns its code and lets everything fly; `guarded` turns what flies into one line on stderr.
"""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable
from typing import ParamSpec

import typer

from kea_hac.cli.terminal import complain
from kea_hac.errors import KeaHacError

CLEAN = 0
"""Nothing to report."""
FOUND = 1
"""Findings, a stale build, or drift."""
FAILED = 2
"""Could not run: usage, an unreadable file, a server out of reach, a bug. Wins over FOUND."""
INTERRUPTED = 130
"""Stopped by the user, as the shell says it: 128 + SIGINT."""
UNHEARD = 141
"""Nobody reads the output any more: 128 + SIGPIPE."""

P = ParamSpec("P")


def guarded(command: Callable[P, int]) -> Callable[P, None]:
    """A command for typer: what `command` returns or raises becomes the exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(_code(functools.partial(command, *args, **kwargs)))

    return run


def _code(command: Callable[[], int]) -> int:
    try:
        code = command()
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):  # a prompt ends so on Ctrl-C and Ctrl-D
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return UNHEARD
    except Exception as error:
        complain(told(error))
        return FAILED
    return code


def told(error: Exception) -> str:
    """What a person is told of an exception. Of one that nobody expected only its kind and place: its text may hold a secret."""
    if isinstance(error, KeaHacError):
        return f"{error}{_trace(error)}"
    if isinstance(error, OSError):
        file = f": {error.filename}" if isinstance(error.filename, str) else ""
        return f"{error.strerror or type(error).__name__}{file}{_trace(error)}"
    if isinstance(error, MemoryError):
        return "out of memory"
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" at {os.path.basename(each.filename)}:{each.lineno} in {each.name}" for each in frame)
    return (
        f"this is a bug in kea-hac: {type(error).__name__}{place}; "
        f"please report it (KEA_HAC_DEBUG=1 shows the traceback, which may hold values of the input){_trace(error)}"
    )


def _trace(error: Exception) -> str:
    if os.environ.get("KEA_HAC_DEBUG") != "1":
        return ""
    return "\n" + "".join(traceback.format_exception(error)).rstrip()


def finish() -> None:
    """Send what is left to send, quietly when nobody reads it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # The interpreter flushes once more when it ends, and would complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
