"""Scratch folders: a build is written there completely before existing files change, and the old folder is moved there.

A scratch folder is in the root, so that it is on the same file system. It contains only files that its own manifest.json
lists: the manifest is written first and removed last. So the folder that a killed build left behind is removed by the same
rule as everything else: a file that no manifest lists is not changed.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from kea_hac.compiler.artifacts import MANIFEST
from kea_hac.errors import TreeError
from kea_hac.output.existing import Manifest, read, read_manifest
from kea_hac.output.refusal import display_path, os_errors_explained
from kea_hac.regex import regex

FOLDER_MODE = 0o750
FILE_MODE = 0o640
_SCRATCH = regex(r"\.kea-hac-[0-9a-f]{16}")
"""A pair's name never starts with a dot."""


def stage(root: Path, pair: str, files: Mapping[str, bytes]) -> Path:
    """A new scratch folder with exactly `files` (path -> content, manifest.json among them), written to the disk (fsync).

    Raises TreeError, and leaves nothing, when it cannot be written completely.
    """
    folder = new(root)
    try:
        for path in (MANIFEST, *sorted(files.keys() - {MANIFEST})):
            with os_errors_explained(root / pair / path):
                if not (folder / path).parent.is_dir():
                    make_folder((folder / path).parent)
                _write(folder / path, files[path])
        with os_errors_explained(root / pair):
            for name in {path.partition("/")[0] for path in files if "/" in path}:
                settle(folder / name)
            settle(folder)
    except BaseException:
        abandon(folder)
        raise
    return folder


def new(root: Path) -> Path:
    """An empty scratch folder."""
    folder = root / f".kea-hac-{secrets.token_hex(8)}"
    with os_errors_explained(root):
        make_folder(folder)
    return folder


def make_folder(folder: Path) -> None:
    """Make one folder with the mode that all have, whatever the umask is. Raises OSError."""
    os.mkdir(folder, FOLDER_MODE)
    _set_mode(folder, FOLDER_MODE)


def _write(path: Path, content: bytes) -> None:
    """Write one new file and wait until the disk has it. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        _set_mode(descriptor, FILE_MODE)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _set_mode(what: Path | int, mode: int) -> None:
    """Set the mode; a file system that has none (VFAT, some network shares) answers so, and that is no reason to fail."""
    try:
        os.chmod(what, mode)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise


def settle(folder: Path) -> None:
    """Wait until the disk has the names in a folder. Raises OSError; a file system that cannot do that (EINVAL, fsync(2)) is ignored."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)  # the root may be a link
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.EOPNOTSUPP}:
            raise
    finally:
        os.close(descriptor)


def discard(folder: Path) -> None:
    """Remove a scratch folder: the files that its manifest names, then the manifest, then the folder.

    Raises TreeError naming a file that the manifest does not name; that one stays.
    """
    manifest = folder / MANIFEST
    named: Mapping[str, str] = {}
    if manifest.is_file() and not manifest.is_symlink():
        content = read_manifest(read(manifest))
        named = content.files if isinstance(content, Manifest) else {}
    with os_errors_explained(folder):
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                for file in _entries(folder / entry.name):
                    if f"{entry.name}/{file.name}" not in named or not file.is_file(follow_symlinks=False):
                        raise _left_in(folder / entry.name / file.name)
                    os.unlink(file.path)
                os.rmdir(entry.path)
            elif entry.name != MANIFEST or not entry.is_file(follow_symlinks=False):
                raise _left_in(folder / entry.name)
        with suppress(FileNotFoundError):
            os.unlink(manifest)
        os.rmdir(folder)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda each: each.name)


def _left_in(path: Path) -> TreeError:
    return TreeError(
        f"{display_path(path)} is in the scratch folder of a build, and no manifest lists it; move it and build again"
    )


def abandon(folder: Path) -> None:
    """Discard after a failure, which is the error to report. What cannot be removed now is removed by the next build."""
    with suppress(TreeError, OSError):
        discard(folder)


def sweep(root: Path) -> None:
    """Discard the scratch folders of builds that were killed. Only for the holder of the root's lock. Raises TreeError."""
    with os_errors_explained(root):
        dead = [
            entry.name
            for entry in _entries(root)
            if _SCRATCH.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        ]
    for name in dead:
        discard(root / name)
