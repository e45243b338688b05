"""Counts calls, for tests of what something costs: a count is the same on a busy machine, and a duration is not."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

LINEAR = 2.4
"""Twice the input may take so many times the calls: two, and something for sorting."""


def calls(work: Callable[[], object]) -> int:
    """How many functions are called meanwhile, those of C included."""
    seen = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal seen
        seen += event in ("call", "c_call")

    collecting = gc.isenabled()
    gc.disable()  # Hypothesis is called at each collection
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
        if collecting:
            gc.enable()
    return seen


def growth(work: Callable[[int], Callable[[], object]], size: int) -> float:
    """How many times the calls it takes for twice the size. `work` prepares a run of a size, which is not counted."""
    work(2 * size + 1)()  # what is imported, compiled and cached once, some of it only for a text that is large enough
    return calls(work(2 * size)) / calls(work(size))
