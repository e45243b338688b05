"""One build at a time in a root. The lock is on the root folder itself: it leaves no file behind and ends with the process."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kea_hac.errors import TreeError
from kea_hac.output.refusal import display_path, os_errors_explained

WAIT_SECONDS = 10.0
"""Seconds to wait for another build; one takes well under a second."""
_PAUSE = 0.02
_NO_LOCKS = frozenset({errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
"""File systems without flock(2), or without it for folders (NFS answers EBADF to a descriptor that is not open for writing)."""


@contextmanager
def locked(root: Path, *, shared: bool = False) -> Iterator[bool]:
    """Hold the lock of an existing root: alone, or `shared` with other readers. Yields False where the file system has no such lock.

    Raises TreeError when another build keeps it for longer than WAIT_SECONDS, or when the root cannot be opened.
    """
    with os_errors_explained(root):
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield _taken(descriptor, root, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def _taken(descriptor: int, root: Path, kind: int) -> bool:
    """Wait for the lock; False where there is none to be had."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                waited = f"it did not end within {WAIT_SECONDS:g} s; wait for it and run again"
                raise TreeError(f"{display_path(root)}: another build is writing there, and {waited}") from None
            time.sleep(_PAUSE)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                with os_errors_explained(root):
                    raise
            return False
        else:
            return True
