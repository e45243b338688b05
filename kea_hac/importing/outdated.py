"""Comments that are untrue or repeated after the import: on pools that `split` cuts now, and the headers of a server's files."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from kea_hac.diagnostics import Route
from kea_hac.kea_files.comments import Remarks
from kea_hac.regex import regex

MARK = "before the import: "
_OF_HALVES = regex(r"\b(split|half|halves|HA_[\w-]+|load.?balanc\w*|hälfte|geteilt)\b", re.IGNORECASE)
"""Words of who explains how pools are shared out."""


def marked(remarks: Mapping[Route, Remarks], joined: Collection[Route]) -> Mapping[Route, Remarks]:
    """The remarks with a mark before each line that spoke of pools as they were. `joined`: the routes of those pools."""
    if not joined:
        return remarks
    return {route: with_marks(route, written, joined) for route, written in remarks.items()}


def with_marks(route: Route, remarks: Remarks, joined: Collection[Route]) -> Remarks:
    """The same for one place: every line at a pool, and the lines above it that mention halves."""
    at_pool = any(route[: len(pool)] == pool for pool in joined)
    above = any(pool[: len(route)] == route for pool in joined)

    def mark(lines: list[str]) -> list[str]:
        return [
            f"{MARK}{line}" if line.strip() and (at_pool or (above and _OF_HALVES.search(line))) else line
            for line in lines
        ]

    return Remarks(mark(remarks.before), mark(remarks.beside), mark(remarks.after)) if at_pool or above else remarks


def without_repeats(remarks: Mapping[Route, Remarks], seen: set[str]) -> Mapping[Route, Remarks]:
    """The remarks of one file less the lines of its header that another file of the server has. `seen`: those lines; filled."""
    result = dict(remarks)
    for route, written in remarks.items():
        if len(route) > 2:
            continue
        kept = [line for line in written.before if line not in seen or not line.strip()]
        if any(line.strip() for line in written.before) and not any(line.strip() for line in kept):
            kept = []
        seen.update(line for line in written.before if line.strip())
        result[route] = Remarks(kept, written.beside, written.after)
    return result
