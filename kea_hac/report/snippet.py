"""One line of a source and the marks under it: which part is shown, and in which cells the marks stand."""

from __future__ import annotations

from kea_hac.records import dataclass
from kea_hac.report.cells import cells, picture, safe, uncommanding

CUT = "…"
LEAST_ROOM = 20


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line, ready to print."""

    text: str
    indent: int
    """Cells before the mark."""
    width: int
    """Cells of the mark, at least 1."""


def excerpt(text: str, start: int, end: int, room: int) -> Excerpt:
    """Show `text` in at most `room` cells with a mark under the characters `start` to `end` (0-based, end exclusive).

    Positions outside the text are drawn in to it; an empty span marks one cell, which may stand just behind the text.
    """
    room = max(room, LEAST_ROOM)
    if len(text) < room and text.isascii() and text.isprintable():  # one cell a character, as nearly always
        start = min(max(start, 0), len(text))
        return Excerpt(uncommanding(text), start, max(1, min(end, len(text)) - start))
    start, end = _inside(text, start, end)
    if len(text) <= room and cells(text) <= room - (start == len(text)):
        return Excerpt(safe(text), cells(text[:start]), max(1, cells(text[start:end])))
    return _window(text, start, end, room)


def _inside(text: str, start: int, end: int) -> tuple[int, int]:
    start = min(max(start, 0), len(text))
    while 0 < start < len(text) and picture(text[start])[1] == 0:
        start -= 1
    end = min(max(end, start), len(text))
    while end < len(text) and end > start and picture(text[end])[1] == 0:
        end += 1
    return start, end


def _window(text: str, start: int, end: int, room: int) -> Excerpt:
    """A long line: its beginning if the whole mark fits there, else the surroundings of the mark's beginning."""
    mark = max(1, _bounded_cells(text, start, end, room))
    first = 0
    if start >= room or cells(text[:start]) + mark > room - 1:
        first = _back(text, start, max(room - 2 - mark, room // 3))
    shown = [CUT] if first else []
    used = len(shown)
    indent, width = used, 0
    at = first
    while at < len(text):
        form, size = picture(text[at])
        if used + size > room - 1:
            shown.append(CUT)
            break
        shown.append(form)
        used += size
        if at < start:
            indent = used
        elif at < end:
            width += size
        at += 1
    return Excerpt("".join(shown), indent, max(1, width))


def _bounded_cells(text: str, start: int, end: int, most: int) -> int:
    return min(most, cells(text[start : min(end, start + most)]))


def _back(text: str, start: int, most: int) -> int:
    """The first character that is shown when at most `most` cells before `start` are."""
    at, used = start, 0
    while at > 0:
        size = picture(text[at - 1])[1]
        if used + size > most:
            break
        used += size
        at -= 1
    while at < start and picture(text[at])[1] == 0:
        at += 1
    return at
