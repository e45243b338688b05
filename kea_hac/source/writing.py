"""Writing one file that the user named: completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from kea_hac.errors import TreeError
from kea_hac.source.replacing import create_file, replace_files


def write_whole(path: Path, text: str, *, replace: bool) -> None:
    """Write a file in one step. Raises TreeError when it exists and may not be replaced, or cannot be written."""
    real = path.resolve()
    try:
        if replace and real.exists():
            replace_files({real: text.encode("utf-8")}, {real: real.read_bytes()})
        else:
            create_file(real, text.encode("utf-8"), 0o666 & ~_umask())
    except FileExistsError as error:
        raise TreeError(f"{path} exists already; --force overwrites it, -o names another file") from error
    except OSError as error:
        raise TreeError(f"cannot write {path}: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
