"""Merge our entries into a preferences.cfg on this host: afterwards the file is completely the new one or still the old one.

In: a path and the entries. Out: the `Merge`. Mode and owner stay. A symbolic link stays a link, and the file
that it leads to is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kea_hac.errors import TreeError
from kea_hac.micetro.preferences_merge import Merge, merge
from kea_hac.source.replacing import create_file, replace_files


def merge_file(path: Path, entries: Mapping[str, str | None]) -> Merge:
    """Read, merge, and replace the file when anything changed; a missing file is created, readable by its group (0640).

    Raises TreeError, naming the file and the cause, when it cannot be read or replaced: the file is then unchanged.
    Raises ValueError as `merge`.
    """
    try:
        real = path.resolve(strict=False)
        before = real.read_bytes() if real.exists() else None
        result = _merged(path, before or b"", entries)
        if before is None and result.content:
            create_file(real, result.content)
        elif before is not None and result.content != before:
            replace_files({real: result.content}, {real: before})
    except OSError as error:
        raise TreeError(f"{path}: {error.strerror or error}; nothing was changed") from error
    except RuntimeError as error:
        raise TreeError(f"{path}: a symbolic link leads back to itself; nothing was changed") from error
    return result


def _merged(path: Path, existing: bytes, entries: Mapping[str, str | None]) -> Merge:
    try:
        return merge(existing, entries)
    except TreeError as error:
        raise TreeError(f"{path}: {error}") from error
