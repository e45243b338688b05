"""The file that was meant by an include of one that does not exist: another spelling of a step of its path, or what stands beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from kea_hac.source.edit_distance import distance

_SHOWN = 5
"""Files of a folder that a fix names."""


def file_meant(
    wanted: str, real: str, own: str, root: str, names: Callable[[str], Sequence[str]], endings: tuple[str, ...]
) -> str | None:
    """The fix of an include that finds no file: the path to write, or the files of that folder; None where neither is known.

    `wanted`: the path as it is written in the file `own`; `real`: where it leads, below the folder `root`; `names`: what a folder
    contains. Hidden files are not proposed, nor `own`, and no file of another kind than `endings`.
    """
    steps = os.path.relpath(real, root).split(os.sep)
    if steps[0] == os.pardir:
        return None
    found = root
    for number, step in enumerate(steps, 1):
        known = [each for each in names(found) if not each.startswith(".")]
        if number == len(steps):
            known = [each for each in known if each.lower().endswith(endings) and os.path.join(found, each) != own]
        near = step if step in known else _near(step, known)
        if near is None:
            return _listed(known) if number == len(steps) else None
        found = os.path.join(found, near)
    return f"write {found if os.path.isabs(wanted) else os.path.relpath(found, os.path.dirname(own))}"


def _near(word: str, known: Sequence[str]) -> str | None:
    """The only name that differs by one slip of the keyboard, or by two in a long one; case does not count."""
    letters = len(os.path.splitext(word)[0])
    limit = 0 if letters < 3 else 1 if letters < 5 else 2
    ranked = sorted(
        (distance(word.lower(), each.lower()), each) for each in known if abs(len(each) - len(word)) <= limit
    )
    fitting = [each for each in ranked if each[0] <= limit]
    if not fitting or (len(fitting) > 1 and fitting[0][0] == fitting[1][0]):
        return _other_ending(word, known)
    return fitting[0][1]


def _other_ending(word: str, known: Sequence[str]) -> str | None:
    stem = os.path.splitext(word)[0].lower()
    same = [each for each in known if os.path.splitext(each)[0].lower() == stem]
    return same[0] if len(same) == 1 else None


def _listed(known: Sequence[str]) -> str | None:
    if not known:
        return None
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"that folder contains {', '.join(known[:_SHOWN])}{more}"
