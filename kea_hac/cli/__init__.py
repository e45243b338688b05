"""The commands: parse → call → render → exit code. The entry point is `main`; one module for each command."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn


def main() -> None:
    """Run the command line of this process and exit with its code."""
    # One command, then the process ends: what the collector would look through again and again is all still in use.
    gc.disable()
    _leave(_code())


def _leave(code: int) -> NoReturn:
    """End the process. Its memory goes back as a whole: Python would free the objects of 100,000 reservations one by one."""
    threads, workers = sys.modules.get("threading"), sys.modules.get("multiprocessing")
    if workers is None and (threads is None or threads.active_count() == 1):
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    sys.exit(code)


def _code() -> int:
    try:
        from kea_hac.cli import streams

        streams.prepare()
        if "_KEA_HAC_COMPLETE" in os.environ:
            from kea_hac.cli.completion import complete

            return complete()
        from kea_hac.cli.boundary import run

        return run(_command_line, sys.argv[1:])
    except KeyboardInterrupt:
        # Between two lines of ours: while something was imported, or after the command ended.
        return 130


def _command_line() -> None:
    if sys.argv[1:] == ["--version"]:  # without typer, which takes most of the time
        from kea_hac.cli.version import show_version

        show_version()
        return
    from kea_hac.cli.app import command_line

    command_line(sys.argv[1:])(prog_name="kea-hac")
