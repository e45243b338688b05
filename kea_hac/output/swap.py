"""A staged folder replaces the existing one: in one step where the system supports that, else file by file.

File by file, the folder has an unfinished manifest from before the first file until after the last. It lists the old and the
new files. So after a kill the folder is known to be half replaced, and all its files are known to be kea-hac's.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from kea_hac.compiler.artifacts import MANIFEST
from kea_hac.errors import TreeError
from kea_hac.output.existing import ExistingFolder, Manifest, digest_of, read, unfinished
from kea_hac.output.refusal import display_path, os_errors_explained
from kea_hac.output.staging import abandon, discard, make_folder, settle, stage
from kea_hac.source.exchange import exchange


def replace_folder(root: Path, pair: str, staged: Path, files: Mapping[str, bytes], old: ExistingFolder | None) -> None:
    """Move the staged folder, which contains `files`, to root/PAIR in place of `old`.

    Raises TreeError; then `old` is unchanged, or the new folder is there and the rest of `old` could not be removed.
    Folders are exchanged only where the old manifest lists all existing files, because it is used to remove the old folder.
    """
    target = root / pair
    try:
        if old is None:
            with os_errors_explained(target):
                os.rename(staged, target)
        elif not _names_all(old) or not _exchanged(staged, target):
            _file_by_file(root, pair, staged, files, old)
    except BaseException:
        abandon(staged)
        raise
    with os_errors_explained(root):
        settle(root)
    if old is not None:
        discard(staged)


def _names_all(old: ExistingFolder) -> bool:
    return isinstance(old.manifest, Manifest) and old.digests.keys() <= {*old.named, MANIFEST}


def _exchanged(staged: Path, target: Path) -> bool:
    with os_errors_explained(target):
        return exchange(staged, target)


def _file_by_file(root: Path, pair: str, staged: Path, files: Mapping[str, bytes], old: ExistingFolder) -> None:
    """Everything that needs disk space is staged before the first file moves: the unfinished manifest, and copies for the way back."""
    target = root / pair
    before = {path: read(target / path) for path in old.digests}
    both = {path: digest_of(content) for path, content in {**before, **files}.items()}
    marked = {MANIFEST: unfinished(pair, {**old.named, **both})}
    scratch: list[Path] = []
    try:
        scratch.append(stage(root, pair, marked))
        # The old manifest may not list all files; in a scratch folder they would be foreign. Then the unfinished one is restored.
        scratch.append(stage(root, pair, {**marked, **before} if _names_all(old) else {**before, **marked}))
        mark, back = scratch
        with os_errors_explained(target):
            os.replace(mark / MANIFEST, target / MANIFEST)
        try:
            with os_errors_explained(target):
                settle(target)
            _move_in(staged, target, files, before.keys() - files.keys())
        except BaseException as error:
            _move_back(back, target, before, files, error)
            raise
    finally:
        for folder in scratch:
            abandon(folder)


def _move_in(staged: Path, target: Path, files: Collection[str], surplus: Collection[str]) -> None:
    """New files in, surplus ones out, the manifest last."""
    for path in sorted(set(files) - {MANIFEST}):
        with os_errors_explained(target / path):
            if not (target / path).parent.is_dir():
                make_folder((target / path).parent)
            os.replace(staged / path, target / path)
    for path in sorted(surplus):
        with os_errors_explained(target / path), suppress(FileNotFoundError):
            os.unlink(target / path)
    with os_errors_explained(target):
        wanted = {path.partition("/")[0] for path in files}
        for name in sorted(os.listdir(target)):
            if (target / name).is_dir():
                # Not wanted and named by nothing but an older manifest: emptied above, or by a build that died.
                (settle if name in wanted else os.rmdir)(target / name)
        settle(target)
        os.replace(staged / MANIFEST, target / MANIFEST)
        settle(target)


def _move_back(
    back: Path, target: Path, before: Mapping[str, bytes], files: Mapping[str, bytes], error: BaseException
) -> None:
    """Restore the old files after a failure. Raises TreeError when that fails: the folder is half replaced, as its manifest shows."""
    try:
        _move_in(back, target, before, (files.keys() - before.keys()) - {MANIFEST})
    except TreeError as second:
        words = f"{error}; {display_path(target)} is half replaced, and the next build repairs it ({second})"
        raise TreeError(words) from error
