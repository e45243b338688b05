"""How much of a long proof runs: a sample by default, all of it with KEA_HAC_LONG=1, as `tests/long` sets it.

A variable of its own, such as KEA_HAC_DRIFT=5000, asks one proof for more.
"""

from __future__ import annotations

import os

LONG = os.environ.get("KEA_HAC_LONG") == "1"


def size(name: str, sample: int, whole: int) -> int:
    """The number of cases of the proof KEA_HAC_`name`."""
    return int(os.environ.get(f"KEA_HAC_{name}", whole if LONG else sample))
