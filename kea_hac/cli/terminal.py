"""Results to stdout, everything else to stderr, colour only where someone looks at it."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from kea_hac.report.cells import block, safe


def put(text: str) -> None:
    """Results, as they are."""
    sys.stdout.write(text)


def say(line: str) -> None:
    """One line for the person at the terminal. A traceback that was asked for keeps its lines."""
    lines = line.split("\n") if os.environ.get("KEA_HAC_DEBUG") == "1" else [line]
    sys.stderr.write(block(safe(each) for each in lines))


def complain(line: str) -> None:
    """One line on what went wrong."""
    say(f"kea-hac: {line}")


def coloured(stream: TextIO) -> bool:
    """True when the stream should have colour: NO_COLOR, then FORCE_COLOR, then whether it is a terminal that can."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"
