"""What kea-hac raises when it could not do what was asked. Mistakes in a spec are values (`diagnostics`), never exceptions.

KeaHacError                  the base: one line for a person, exit code 2
├── SourceError              a text could not be read at all: missing, unreadable, not UTF-8, not YAML
├── RewriteError             a file of the spec could not be replaced; all of them are as they were
├── TreeError                the output tree could not be read or written: no space, read-only, a foreign file in the way
├── ChannelError             a server could not be asked; `live` makes a value of it and lets none out
└── UsageError               the arguments contradict each other
"""

from __future__ import annotations

import os
import traceback


class KeaHacError(Exception):
    """Base of everything that ends a command with exit code 2. The text names the thing, the value seen and the next step."""


class SourceError(KeaHacError):
    """A text could not be opened or decoded, so there is nothing that findings could point into."""


class RewriteError(KeaHacError):
    """A file of a spec could not be replaced by its new text; what stood there before is still there."""


class TreeError(KeaHacError):
    """The output tree could not be brought to the wanted state; what stood there before is still there."""


class ChannelError(KeaHacError):
    """A server did not answer, or not as Kea does."""


class UsageError(KeaHacError):
    """The command line asks for something that has no meaning."""


def fault(error: Exception) -> str:
    """An exception that nobody expected, by its kind and place alone: "TypeError at options.py:89 in option_data".

    Its text may hold a secret of the input, so it is never shown.
    """
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    return type(error).__name__ + "".join(
        f" at {os.path.basename(each.filename)}:{each.lineno} in {each.name}" for each in frame
    )


def debugging() -> bool:
    """True when the user wants tracebacks of what went wrong inside: KEA_HAC_DEBUG=1."""
    return os.environ.get("KEA_HAC_DEBUG") == "1"
