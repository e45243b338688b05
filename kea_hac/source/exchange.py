"""Two files or folders change names in one step: Linux' renameat2(2) with RENAME_EXCHANGE, which Python does not offer itself.

A reader sees the old one or the new one, never a mixture and never none. Kernel 3.15; refused by some file systems.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_SYSCALL = {"x86_64": 316, "aarch64": 276, "riscv64": 276}
"""The number of renameat2 by machine, for C libraries without the wrapper (musl, glibc before 2.28); 64-bit processes only."""

REFUSALS = frozenset(
    {
        errno.EINVAL,  # the file system does not know the flag (renameat2(2): NFS, VFAT, most of FUSE)
        errno.ENOSYS,  # no such system call: an old kernel, a sandbox, not Linux
        errno.EPERM,  # a sandbox that answers so instead of ENOSYS
        errno.ENOTSUP,
        errno.EOPNOTSUPP,
        errno.EXDEV,  # overlayfs: it comes from a lower layer (an image of a container)
        errno.EBUSY,  # it is a mount point
    }
)
"""Error numbers after which replacing file by file is worth a try."""


def exchange(one: Path, other: Path) -> bool:
    """Let two existing paths of one file system change names. False where system or file system cannot; OSError for the rest."""
    number = _call(os.fsencode(one), os.fsencode(other))
    if number and number not in REFUSALS:
        raise OSError(number, os.strerror(number), str(one), None, str(other))
    return not number


def _call(one: bytes, other: bytes) -> int:
    """The system call: 0, or its error number."""
    if not sys.platform.startswith("linux"):
        return errno.ENOSYS
    import ctypes  # here: it costs milliseconds at start-up, and only a build that changes something needs it

    libc = ctypes.CDLL(None, use_errno=True)
    paths = (ctypes.c_int(_AT_FDCWD), one, ctypes.c_int(_AT_FDCWD), other, ctypes.c_uint(_RENAME_EXCHANGE))
    machine = os.uname().machine if sys.maxsize > 2**32 else ""
    if hasattr(libc, "renameat2"):
        result = libc.renameat2(*paths)
    elif machine in _SYSCALL:
        result = libc.syscall(ctypes.c_long(_SYSCALL[machine]), *paths)
    else:
        return errno.ENOSYS
    return ctypes.get_errno() if result else 0
