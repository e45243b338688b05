"""The commands: parse → call → render → exit code. The entry point is `main`; one module for each command."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line of this process and exit with its code."""
    from kea_hac.cli.boundary import INTERRUPTED, finish

    # One command, then the process ends: what the collector would look through again and again is all still in use.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        from kea_hac.cli.app import app

        app(prog_name="kea-hac")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        finish()
