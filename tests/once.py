"""A value that costs long and is the same for every worker of a run: the first worker that needs it computes it, the others wait."""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Value = TypeVar("Value")


def once(folder: pytest.TempPathFactory, name: str, compute: Callable[[], Value]) -> Value:
    """The value of `compute`, from the folder that the workers of this run have in common."""
    own = folder.getbasetemp()
    shared = own.parent if own.name.startswith("popen-") else own  # a worker of xdist has a folder of its own in it
    place = shared / f"once-{name}"
    with open(shared / f"once-{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            _write(place, pickle.dumps(compute()))
        found: Value = pickle.loads(place.read_bytes())
    return found


def _write(place: Path, content: bytes) -> None:
    new = place.with_suffix(".new")
    new.write_bytes(content)
    new.rename(place)
