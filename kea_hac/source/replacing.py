"""Files take the place of those that stand, each in one step and all of them or none; owner and mode stay.

In: paths and new contents. A symbolic link stays a link: the file it leads to is replaced.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Write beside it, give it the old one's owner and mode (0640 where there was none), make it durable, and rename. Raises OSError."""
    name = staged(path, content)
    try:
        os.replace(name, path)
    except BaseException:
        _forget(name)
        raise
    _settle(path.parent)


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Replace several files that exist: all of them, or none.

    The new contents and copies of the old ones are on the disk before the first file changes, so that the way back needs
    no room. Raises OSError; then the old files stand, unless the way back failed too, which the error's notes say.
    """
    ready: dict[Path, tuple[str, str]] = {}
    moved: list[Path] = []
    try:
        for path, content in contents.items():
            back = staged(path, path.read_bytes())
            ready[path] = ("", back)
            ready[path] = (staged(path, content), back)
        for path, (new, _) in ready.items():
            os.replace(new, path)
            moved.append(path)
        for folder in sorted({path.parent for path in contents}):
            _settle(folder)
    except BaseException as error:
        for path in reversed(moved):
            try:
                os.replace(ready[path][1], path)
            except OSError as second:
                error.add_note(f"{path} is the new one already, and could not be put back: {second}")
        raise
    finally:
        for pair in ready.values():
            for name in filter(None, pair):
                _forget(name)


def staged(path: Path, content: bytes) -> str:
    """The name of a new file beside `path` that is to take its place, on the disk for good. Raises OSError and leaves nothing."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            _dress(file.fileno(), path)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        _forget(name)
        raise
    return name


def _forget(name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name)


def _settle(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
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
