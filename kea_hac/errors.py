"""The exceptions of kea-hac: an operation could not be done. Mistakes in a spec are values (`diagnostics`), never exceptions.

KeaHacError                  the base: one line for the user, exit code 2
├── SourceError              a file could not be read: missing, unreadable, not UTF-8, not YAML
├── RewriteError             a file of the spec could not be replaced; all files are unchanged
├── TreeError                the output tree could not be read or written: no disk space, read-only, a foreign file
├── ChannelError             a server could not be asked; `live` turns it into a value, so it never leaves that folder
└── UsageError               the arguments contradict each other
"""

from __future__ import annotations

import os
import traceback


class KeaHacError(Exception):
    """Base of everything that ends a command with exit code 2. The message names the thing, the value seen and the next step."""


class SourceError(KeaHacError):
    """A file could not be opened or decoded, so findings have no place to point at."""


class RewriteError(KeaHacError):
    """A file of a spec could not be replaced; its old content is unchanged."""


class TreeError(KeaHacError):
    """The output tree could not be read or changed; the existing files are unchanged."""


class ChannelError(KeaHacError):
    """A server did not answer, or its answer is not one of Kea."""


class UsageError(KeaHacError):
    """The arguments of the command line are invalid or contradict each other. Each problem is a line for the user."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def fault(error: Exception) -> str:
    """An unexpected exception, described by its type and place only: "TypeError at options.py:89 in option_data".

    Its message may contain a secret of the input, so it is never shown.
    """
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    return type(error).__name__ + "".join(
        f" at {os.path.basename(each.filename)}:{each.lineno} in {each.name}" for each in frame
    )


def debugging() -> bool:
    """True when the user wants tracebacks of unexpected exceptions: KEA_HAC_DEBUG=1."""
    return os.environ.get("KEA_HAC_DEBUG") == "1"
