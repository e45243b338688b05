"""Merge our entries into a preferences.cfg on this host: the new file is there whole, or the old one still is.

In: a path and the entries. Out: the `Merge` that was made. Mode and ownership stay; a symbolic link stays a link, the file
it leads to is replaced.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from kea_hac.compiler.preferences_merge import Merge, merge
from kea_hac.errors import TreeError


def merge_file(path: Path, entries: Mapping[str, str | None]) -> Merge:
    """Read, merge, and replace the file when anything changed; a missing file is made, readable by its group (0640).

    Raises TreeError, naming the file and the cause, when it cannot be read or replaced: what stood there still does.
    Raises ValueError as `merge`.
    """
    try:
        real = path.resolve(strict=False)
        before = real.read_bytes() if real.exists() else None
        made = _merged(path, before or b"", entries)
        if made.content != (before or b""):
            _replace(real, made.content)
    except OSError as error:
        raise TreeError(f"{path}: {error.strerror or error}; nothing was changed") from error
    except RuntimeError as error:
        raise TreeError(f"{path}: a symbolic link leads back to itself; nothing was changed") from error
    return made


def _merged(path: Path, existing: bytes, entries: Mapping[str, str | None]) -> Merge:
    try:
        return merge(existing, entries)
    except TreeError as error:
        raise TreeError(f"{path}: {error}") from error


def _replace(path: Path, content: bytes) -> None:
    """Write beside it, give it the old one's owner and mode, make it durable, and rename."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            _dress(file.fileno(), path)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _dress(descriptor: int, path: Path) -> None:
    """Owner first, as changing it may clear bits of the mode; an owner that may not be given is an error, not a surprise."""
    try:
        old = path.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, 0o640)
        return
    new = os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, old.st_mode & 0o7777)
