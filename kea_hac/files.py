"""Writing one file: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from kea_hac.errors import TreeError


def write_whole(path: Path, text: str, *, replace: bool) -> None:
    """Write a file in one step. Raises TreeError when it is there and may not be replaced, or cannot be written."""
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        if replace:
            os.replace(temporary, path)
        else:
            os.link(temporary, path)
            os.unlink(temporary)
        temporary = None
    except FileExistsError as error:
        raise TreeError(f"{path} is there already; --force writes over it, -o names another file") from error
    except OSError as error:
        raise TreeError(f"cannot write {path}: {error.strerror}") from error
    finally:
        if temporary is not None and os.path.lexists(temporary):
            os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
