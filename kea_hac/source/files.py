"""Bytes from the disk, safely: only regular files, bounded, never hanging, UTF-8 or the place of the first byte that is not.

Virtual files of the kernel (/proc, /sys) look like regular files, but contain data of this process and this machine.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from functools import cache

from kea_hac.errors import SourceError
from kea_hac.records import dataclass
from kea_hac.regex import regex

_SURROGATES = regex("[\ud800-\udfff]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_KERNEL = ("/proc", "/sys")


class FileError(SourceError):
    """The file could not be opened or read; the message says why, without the file's name. Never leaves this package."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a file, in which each byte that is not UTF-8 becomes U+FFFD."""

    text: str
    """Without a byte order mark."""
    bad: tuple[int, ...] = ()
    """The offsets of the bytes that are no UTF-8."""
    marked: bool = False
    """True when the file began with a UTF-8 byte order mark."""


def read_bytes(path: str, limit: int, *, links: bool = True, real: bool = False) -> bytes:
    """The content of a regular file of at most `limit` bytes. Without `links`, a link in its place is refused. Raises FileError.

    `real`: the path has all links resolved.
    """
    try:
        # Not blocking, because opening a FIFO that nobody writes to would wait for ever.
        handle = os.open(
            path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW)
        )
    except (OSError, ValueError) as problem:
        raise FileError(_reason(problem, links)) from problem
    try:
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise FileError(f"it is a {_kind(status.st_mode)}, not a regular file")
            if (folder := _kernel_folder(path if real else os.path.realpath(path), status.st_dev)) is not None:
                raise FileError(f"it is a virtual file of the kernel (below {folder}), not a regular file")
            expected = min(status.st_size, limit) + 1  # not `limit`: room for so many bytes is made before one is read
            data = file.read(expected)
            if len(data) == expected:  # it grew, or is too large
                data += file.read(limit + 1 - expected)
    except OSError as problem:
        raise FileError(_reason(problem)) from problem
    if len(data) > limit:
        raise FileError(f"it is larger than {limit:,} bytes")
    return data


def odd_kind(path: str) -> str | None:
    """What is at a path, through links, when it is no regular file: "character device", "FIFO", "directory" …; else None.

    A link in a circle is odd as well; what does not exist, or cannot be looked at, is not.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError as problem:
        return "circle of links" if problem.errno == errno.ELOOP else None
    return None if stat.S_ISREG(mode) else _kind(mode)


def decode(data: bytes) -> Decoded:
    """Turn bytes into characters. UTF-16 is recognised by its mark and gives no text at all: raises FileError."""
    if data[:2] in _UTF16:
        raise FileError("it is UTF-16; save it as UTF-8")
    marked = data.startswith(b"\xef\xbb\xbf")
    body = data[3:] if marked else data
    try:
        return Decoded(body.decode("utf-8"), (), marked)
    except UnicodeDecodeError:
        return replace(printable(body.decode("utf-8", "surrogateescape")), marked=marked)


def printable(text: str) -> Decoded:
    """A Python string in which single surrogates stand for bytes that are not UTF-8."""
    if text.isascii():
        return Decoded(text)
    marked = text.startswith("\ufeff")
    text = text.removeprefix("\ufeff")
    bad = tuple(match.start() for match in _SURROGATES.finditer(text))
    return Decoded(_SURROGATES.sub("\ufffd", text) if bad else text, bad, marked)


def _kernel_folder(real: str, device: int) -> str | None:
    """The folder of the kernel's own files that a real path is in, or a device is that of; None for real files."""
    for folder, mounted in _kernel_devices():
        if real.startswith(f"{folder}/") or device == mounted:
            return folder
    return None


@cache
def _kernel_devices() -> tuple[tuple[str, int | None], ...]:
    """The folders of the kernel's own files, with the device of each where it is another one than that of the folder around it."""
    found: list[tuple[str, int | None]] = []
    for folder in _KERNEL:
        try:
            mounted = os.stat(folder).st_dev
            found.append((folder, mounted if mounted != os.stat("/").st_dev else None))
        except OSError:
            continue
    return tuple(found)


def _reason(problem: OSError | ValueError, links: bool = True) -> str:
    if isinstance(problem, OSError) and problem.errno == errno.ELOOP and not links:
        return "symbolic links are not followed here"
    if isinstance(problem, FileNotFoundError):
        return "there is no such file"
    if isinstance(problem, PermissionError):
        return "no permission to read it"
    if isinstance(problem, IsADirectoryError):
        return "it is a directory, not a regular file"
    return (
        problem.strerror or str(problem) if isinstance(problem, OSError) else f"it is not a valid file name ({problem})"
    )


def _kind(mode: int) -> str:
    names = {
        stat.S_IFDIR: "directory",
        stat.S_IFIFO: "FIFO",
        stat.S_IFSOCK: "socket",
        stat.S_IFCHR: "character device",
        stat.S_IFBLK: "block device",
    }
    return names.get(stat.S_IFMT(mode), "special file")
