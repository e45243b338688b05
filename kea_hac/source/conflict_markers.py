"""Lines that a merge leaves in a file that it could not merge: `<<<<<<< HEAD`, `=======`, `>>>>>>> branch`."""

from __future__ import annotations

import re

from kea_hac.regex import regex

_SIDE = regex(r"^(?:<{7}|>{7}|\|{7})(?:[ \t][^\r\n]*)?(?=\r?$)", re.MULTILINE)
_BETWEEN = regex(r"^={7}(?=\r?$)", re.MULTILINE)
_LONGEST = 60
"""Characters of a line that a message quotes: names of branches can be long."""


def conflict_marker(text: str) -> tuple[int, int, str] | None:
    """The first such line, from where to where, and what to say of it; None where there is none.

    `=======` alone may be a line of anything. It counts beside one of the others.
    """
    side = _SIDE.search(text)
    if side is None:
        return None
    between = _BETWEEN.search(text, 0, side.start())
    found = between or side
    shown = found[0][:_LONGEST].rstrip()
    return (
        found.start(),
        found.end(),
        f"{shown!r} is a conflict marker of a merge that is not finished: keep one side of each conflict and remove the marker lines",
    )
