"""The comments of a Kea file, each with the value that it belongs to.

In: a document that was read with its comments. Out: route → the comments before the value, beside it, and at its end.
A comment on its own line belongs to the next value of its map or list; a comment after a value, to the value on that line.
Passwords in comments become asterisks, because a line that was commented out can contain a secret.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field

from kea_hac.diagnostics import Route
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.document import Document, Map, Seq, Value
from kea_hac.source.secrets import starred, without_comment_secrets

_START = 32
_OFFSET = 0xFFFFFFFF
_STAR = regex(r"[ \t]*\*(?!\*)[ \t]?")


@dataclass(slots=True)
class Remarks:
    """The comments of one value. Lines have no comment mark."""

    before: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    """In a map or list, behind its last entry."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A value in its text: from its key, or its first character, to its last."""

    start: int
    end: int
    route: Route
    inner: int
    """Where the value itself begins."""
    holder: bool
    """A map or list that can contain comments."""


class _Places:
    """The values of one text, in the order in which they begin; an outer value before those in it."""

    def __init__(self) -> None:
        self.all: list[_Place] = []
        self._by_route: dict[Route, _Place] = {}

    def ready(self) -> None:
        """Everything is there."""
        self.all.sort(key=lambda place: (place.start, -place.end))
        self._by_route = {place.route: place for place in self.all}

    def holder(self, before: int, at: int) -> _Place | None:
        """The innermost map or list around an offset. `before`: the last place that begins before it."""
        route = self.all[before].route
        while route:
            place = self._by_route.get(route)
            if place is not None and place.holder and place.inner < at < place.end:
                return place
            route = route[:-1]
        return None


def remarks(document: Document, base: Route = (), without: Collection[str] = ()) -> Mapping[Route, Remarks]:
    """Every comment of a document, by the route of its value. `base`: the first steps of every route.

    `without`: included files whose comments stay in them.
    """
    found: dict[Route, Remarks] = {}
    if not document.comments:
        return found
    places = _places(document, base)
    for position in document.comments:
        number, start, end = position >> 64, position >> _START & _OFFSET, position & _OFFSET
        source = document.texts[number]
        text = source.text
        if source.path in without:
            continue
        lines = _lines(starred(text[start:end], source.secrets.within(start, end)))
        route, where = _spoken_of(text, start, places.get(number) or _Places(), base)
        getattr(found.setdefault(route, Remarks()), where).extend(lines)
    return {
        route: Remarks(*(without_comment_secrets(lines) for lines in (written.before, written.beside, written.after)))
        for route, written in found.items()
    }


def _lines(comment: str) -> list[str]:
    """The text of a comment without its marks, empty lines at its start and end removed."""
    if comment.startswith("/*"):
        body = comment[2:-2].strip("*").splitlines()
        lines = [_STAR.sub("", line).strip() if number else line.strip() for number, line in enumerate(body)]
    else:
        lines = [comment.removeprefix("//").lstrip("#").rstrip().removeprefix(" ")]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _places(document: Document, base: Route) -> Mapping[int, _Places]:
    """By the number of the text."""
    found: dict[int, _Places] = {}
    for number, place in _walk(document.root, base, _near(document)):
        found.setdefault(number, _Places()).all.append(place)
    for places in found.values():
        places.ready()
    return found


Near = Callable[[int, int], bool]
"""Whether a comment may belong to a part of a value. Gets the packed positions of its key and of itself."""


def _near(document: Document) -> Near:
    """True for the values that have a comment on one of their lines. In a text that includes others, a value has no lines of its own."""
    text = document.texts[0].text
    comments = sorted(position >> _START & _OFFSET for position in document.comments)

    def near(key: int, value: int) -> bool:
        begin = text.rfind("\n", 0, key >> _START & _OFFSET) + 1
        end = text.find("\n", value & _OFFSET)
        first = bisect_left(comments, begin)
        return first < len(comments) and (end < 0 or comments[first] <= end)

    return near if len(document.texts) == 1 else lambda *_: True


def _walk(node: Value, at: Route, near: Near) -> Iterator[tuple[int, _Place]]:
    if isinstance(node, Map):
        for index, (key, value) in enumerate(node.items()):
            yield from _entry(value, (*at, key), node.spans[2 * index], node.spans[2 * index + 1], near)
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            yield from _entry(value, (*at, index), node.spans[index], node.spans[index], near)


def _entry(value: Value, route: Route, key: int, span: int, near: Near) -> Iterator[tuple[int, _Place]]:
    """The place of a value, and those in it if a comment may belong to one."""
    holder = isinstance(value, Map | Seq)
    inner = span >> _START & _OFFSET
    end = span & _OFFSET
    yield (
        key >> 64,
        _Place(key >> _START & _OFFSET, end if span >> 64 == key >> 64 else key & _OFFSET, route, inner, holder),
    )
    if holder and near(key, span):
        yield from _walk(value, route, near)


def _spoken_of(text: str, at: int, places: _Places, base: Route) -> tuple[Route, str]:
    """The route of the value that a comment at an offset belongs to, and its place: before, beside or after the value."""
    line = text.rfind("\n", 0, at) + 1
    following = bisect_right(places.all, at, key=lambda place: place.start)
    on_line = _back_to(places.all, following, line)
    if on_line:
        whole = [place for place in on_line if place.end <= at]
        outer = min((len(place.route) for place in whole), default=0)
        return next((place for place in reversed(whole) if len(place.route) == outer), on_line[-1]).route, "beside"
    holder = places.holder(following - 1, at) if following else None
    route = holder.route if holder else base
    if following < len(places.all) and (places.all[following].route[:-1] == route or holder is None):
        return places.all[following].route, "before"
    if holder is None and following:  # behind everything in this text
        route = places.all[0].route
    return route, "after"


def _back_to(places: list[_Place], stop: int, line: int) -> list[_Place]:
    """Those before `stop` that begin at or after an offset, in their order."""
    first = stop
    while first and places[first - 1].start >= line:
        first -= 1
    return places[first:stop]
