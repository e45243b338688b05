"""Writing one file that the user named: completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from kea_hac.errors import TreeError
from kea_hac.source.files import odd_kind
from kea_hac.source.replacing import create_file, replace_files


def refuse_taken(path: Path, *, replace: bool) -> None:
    """Raise TreeError when a new file may not be written at `path`: something is there, and it may not be replaced.

    Only regular files are ever replaced. A device, a FIFO or a socket would be gone, and a file in its place.
    """
    kind = odd_kind(str(path))
    if kind is not None:
        raise TreeError(f"{path} is a {kind}, and only a regular file is replaced; name another file")
    if (
        os.path.lexists(path) and not replace
    ):  # a link that leads nowhere, too: the file would be made wherever it points
        raise TreeError(f"{path} exists already; --force overwrites it, or name another file")


def write_whole(path: Path, text: str, *, replace: bool) -> None:
    """Write a file in one step. Raises TreeError when it exists and may not be replaced, or cannot be written."""
    refuse_taken(path, replace=replace)
    real = Path(os.path.realpath(path))
    try:
        if replace and real.exists():
            replace_files({real: text.encode("utf-8")}, {real: real.read_bytes()})
        else:
            create_file(real, text.encode("utf-8"), 0o666 & ~_umask())
    except FileExistsError as error:
        raise TreeError(f"{path} exists already; --force overwrites it, or name another file") from error
    except OSError as error:
        raise TreeError(f"cannot write {path}: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
