"""The standard streams of this process, whatever the caller left of them.

Results that cannot be written to stdout are an error: it is remembered here, and the exit code says so. What cannot be
written to stderr is lost, and changes nothing: the exit code contains the result.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import IO, Any

_LEFT_OPEN = ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY))
"""Descriptor and mode in which the null device takes the place of a closed one: so a write to a closed stdout fails (EBADF)."""
_failures: list[OSError] = []


class _Descriptor(io.FileIO):
    """Writes to a descriptor of the caller, also to one that does not block: there the write waits until it may go on."""

    def write(self, data: Any) -> int:
        """The number of bytes that went out, at least one. Raises OSError."""
        while True:
            written: int | None = super().write(data)
            if written is not None:
                return written
            select.select((), (self,), ())


class _Results(_Descriptor):
    """stdout: remembers that a write failed, whatever code wrote it and handled the error."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            _failures.append(error)
            raise


class _Remarks(_Descriptor):
    """stderr: takes everything, and drops what cannot be written."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


def prepare() -> None:
    """Replace the streams of this process. A closed descriptor is opened first, so that no file of ours becomes stdout."""
    existing = (sys.stdin, sys.stdout, sys.stderr)
    for (descriptor, mode), stream in zip(_LEFT_OPEN, existing, strict=True):
        if stream is None:
            opened = os.open(os.devnull, mode)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
    _failures.clear()
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open as long as the process is
    together = os.path.sameopenfile(1, 2)  # a log, `2>&1`: its lines are in the order in which they were written
    sys.stdout = _text(_Results(1, "wb", closefd=False), sys.stdout, by_line=together)
    sys.stderr = _text(_Remarks(2, "wb", closefd=False), sys.stderr, by_line=True)


def _text(raw: io.FileIO, old: IO[str] | None, *, by_line: bool = False) -> io.TextIOWrapper:
    """A text stream in the encoding of the old one. What that cannot say is escaped, since a message must not fail."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(old, "encoding", None) or "utf-8",
        errors="backslashreplace",
        line_buffering=by_line or raw.isatty(),
    )


def failure() -> OSError | None:
    """Why results could not be written; None when all that was written went out."""
    return _failures[0] if _failures else None


def finish() -> None:
    """Send what is left to send. Afterwards the interpreter has nothing to flush, and so nothing to complain about."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # What is still in the buffer goes to the null device.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
