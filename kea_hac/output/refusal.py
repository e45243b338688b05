"""Errors of the operating system as one line: the thing, the reason, the next step."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kea_hac.errors import TreeError

_EXPLAINED = {
    errno.ENOSPC: "no space left on the device; free some space and build again",
    errno.EDQUOT: "the disk quota is used up; free some space and build again",
    errno.EROFS: "the file system is read-only; name another folder with -o",
    errno.EACCES: "permission denied; run as a user who may write there, or name another folder with -o",
    errno.EPERM: "operation not permitted; run as a user who may write there, or name another folder with -o",
    errno.ENOTDIR: "a file is where a folder must be; move it, or name another folder with -o",
    errno.EEXIST: "something else is where a folder must be; move it, or name another folder with -o",
    errno.ENAMETOOLONG: "the path is too long for the file system; shorten the folder, the pair's or the server's name",
    errno.EXDEV: "the pair's folder is a mount point; mount the folder above it instead, or name another folder with -o",
    errno.EBUSY: "it is in use, for example as a mount point; mount the folder above it instead, or name another folder with -o",
    errno.ENOTEMPTY: "files appeared in it during the build; find out who wrote them, move them and build again",
    errno.ELOOP: "symbolic links form a circle; name another folder with -o",
    errno.ENOENT: "it was removed during the build; build again when no other program changes that folder",
}
"""Error number -> reason and next step, where the system's own message is not enough."""


def display_path(path: Path | str) -> str:
    """The path fit for one line of output: control characters and bytes that are no UTF-8 escaped."""
    text = str(path)
    return text if text.isprintable() else ascii(text)


def refused(path: Path | str, error: OSError) -> TreeError:
    """The refusal of an operation on `path`."""
    reported = _EXPLAINED.get(error.errno or 0) or f"{error.strerror or error}; correct that and build again"
    return TreeError(f"{display_path(path)}: {reported}")


@contextmanager
def os_errors_explained(path: Path | str) -> Iterator[None]:
    """Turn an OSError inside the block into a TreeError about `path`."""
    try:
        yield
    except OSError as error:
        raise refused(path, error) from error
