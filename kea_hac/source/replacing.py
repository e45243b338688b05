"""Files of the user are written whole or not at all, several together or none; a file that the user saved meanwhile is never lost.

In: paths and new contents. A symbolic link stays a link: the file it leads to is replaced. Owner and mode stay.

The new content is written to a copy beside the file, and the two change names. A copy that a killed run left behind is
removed by the next one that writes in its folder: its name identifies it, and a lock on the folder shows that no run uses it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kea_hac.regex import regex
from kea_hac.source.exchange import exchange
from kea_hac.source.files import odd_kind

NEW_MODE = 0o640
"""The mode of a file that was not there, unless the caller says another."""
_COPY = regex(r"\..+\.kea-hac-[0-9a-f]{16}")


class ChangedMeanwhileError(OSError):
    """Another program wrote the file while its new content was being written; that version is kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EBUSY, "it was changed by somebody else meanwhile, and that change was kept", str(path))


def create_file(path: Path, content: bytes, mode: int = NEW_MODE) -> None:
    """Write a file that is not there. Raises OSError: FileExistsError when there is one."""
    with _alone([path.parent]):
        name = _copy(path, content, mode)
        try:
            _link(name, path)
        finally:
            _forget(name)
        _settle(path.parent)


def replace_files(contents: Mapping[Path, bytes], before: Mapping[Path, bytes]) -> None:
    """Replace several files that exist: all of them, or none.

    `before` is the content of each of them when its new content was computed. The new contents and copies of the old ones are on
    the disk before the first file changes, so that restoring needs no space. Raises OSError, and ChangedMeanwhileError
    when a file has changed since; then the old files are kept, unless restoring failed too, which the error's
    notes say.
    """
    for path in contents:
        kind = odd_kind(str(path))
        if kind is not None:
            raise OSError(errno.EINVAL, f"it is a {kind}, and only a regular file is replaced", str(path))
    folders = sorted({path.parent for path in contents})
    with _alone(folders):
        ready: dict[Path, tuple[str, str]] = {}
        moved: list[Path] = []
        try:
            for path, content in contents.items():
                back = _copy(path, before[path])
                ready[path] = ("", back)
                ready[path] = (_copy(path, content), back)
            for path, (new, _) in ready.items():
                _put(path, new, before[path])
                moved.append(path)
            for folder in folders:
                _settle(folder)
        except BaseException as error:
            for path in reversed(moved):
                try:
                    os.replace(ready[path][1], path)
                except OSError as second:
                    error.add_note(
                        f"{path} has its new content already, and its old content could not be restored: {second}"
                    )
            raise
        finally:
            for pair in ready.values():
                for name in filter(None, pair):
                    _forget(name)


def _put(path: Path, new: str, before: bytes) -> None:
    """The copy gets the file's name in one step, and the file that had the name before must be the one that was read."""
    if exchange(Path(new), path):
        if Path(new).read_bytes() != before:
            exchange(Path(new), path)
            raise ChangedMeanwhileError(path)
        return
    # Where names cannot be exchanged a moment is left between look and step.
    if path.read_bytes() != before:
        raise ChangedMeanwhileError(path)
    os.replace(new, path)


def _link(name: str, path: Path) -> None:
    try:
        os.link(name, path)
    except OSError as error:
        # A file system without hard links (VFAT, some network shares).
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS} or path.exists():
            raise
        os.rename(name, path)


@contextlib.contextmanager
def _alone(folders: Iterable[Path]) -> Iterator[None]:
    """Remove the copies of runs that were killed, and keep others from removing ours while we write.

    A folder that another run writes in is left as it is, and so is one on a file system without locks.
    """
    stored = []
    try:
        for folder in folders:
            stored.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
            with contextlib.suppress(OSError):
                fcntl.flock(stored[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
                _sweep(folder)
            with contextlib.suppress(OSError):
                fcntl.flock(stored[-1], fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    finally:
        for each in stored:
            os.close(each)


def _sweep(folder: Path) -> None:
    with os.scandir(folder) as entries:
        dead = [each.path for each in entries if _COPY.fullmatch(each.name) and each.is_file(follow_symlinks=False)]
    for path in dead:
        _forget(path)


def _copy(path: Path, content: bytes, mode: int = NEW_MODE) -> str:
    """The name of a new file beside `path` that is to take its place, on the disk for good. Raises OSError and leaves nothing."""
    name = str(path.parent / f".{path.name[:200]}.kea-hac-{secrets.token_hex(8)}")
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            _dress(file.fileno(), path, mode)
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


def _dress(descriptor: int, path: Path, mode: int) -> None:
    """Owner first, as changing it may clear bits of the mode; an owner that cannot be set is an error."""
    try:
        old = path.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, mode)
        return
    new = os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, old.st_mode & 0o7777)
