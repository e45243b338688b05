"""Comments of values that are not in the spec move to the next value that is, in the order of the file. None is dropped.

A comment at a derived key (`this-server-name`, `control-socket`) moves before the next value, with the name of the key. A partner's
comment goes to the same place as the base's, with the server's name, unless the base has the same comment there. Lines of the header in
which the servers' files differ have the name of their server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from kea_hac.diagnostics import Route
from kea_hac.importing.arrangement import Arrangement
from kea_hac.importing.common_parts import routes_of_maps
from kea_hac.importing.notes import Notes
from kea_hac.importing.outdated import marked, with_marks
from kea_hac.kea.config import Block, Json
from kea_hac.kea_files.comments import Remarks
from kea_hac.source.document import Document, Map, Seq, Value, child, value_at

_NAMES = (
    "id",
    "subnet",
    "name",
    "pool",
    "prefix",
    "code",
    "library",
    "hw-address",
    "duid",
    "client-id",
    "output",
    "url",
)
_PLACES = ("before", "beside", "after")
_TOP = 2
"""The length of the route of a daemon's map: the file and the key at its top."""


def rehomed(
    spec: Block, notes: Notes, documents: Mapping[str, Document], arrangement: Arrangement
) -> Mapping[Route, Remarks]:
    """Every remark at a route that the spec has, with a mark where the spec makes it untrue."""
    remarks = notes.without_secrets()
    if not remarks:
        return {}
    bases = _bases(arrangement)
    translated_of = {
        route: _translated(route, documents[str(route[0])], documents[path], path)
        for route in remarks
        if route and (path := bases.get(str(route[0]), ("", ""))[1])
    }
    there = _there(spec, [*remarks, *translated_of.values()])
    inner = _inner(spec, [route for route in remarks if route not in there])
    result: dict[Route, Remarks] = {}
    partners: list[tuple[Route, Remarks]] = []
    for route, written in marked(remarks, notes.joined).items():
        if route and route[0] in bases:
            partners.append((route, written))
        else:
            own = _named_header(route, written, remarks, bases, arrangement) if len(route) == _TOP else written
            home = _home(route, there, inner, documents, spec)
            _put(result, home, _with_key(route, own, there, inner), exact=route in there)
    for route, written in partners:
        name, _ = bases[str(route[0])]
        translated = translated_of[route]
        known = remarks.get(translated, Remarks())
        own = with_marks(translated, _new(written, known, "" if route in there else f"{name}: "), notes.joined)
        if route in there:
            _put(result, (route, ""), own, exact=True)
            continue
        home = _home(translated, there, inner, documents, spec)
        _put(result, home, _with_key(translated, own, there, inner), exact=translated in there)
    return result


def _with_key(route: Route, remarks: Remarks, there: set[Route], inner: Mapping[Route, Route]) -> Remarks:
    """The same with the key that they belong to, where the spec does not have it: they move to another one."""
    if route in there or route in inner:
        return remarks
    absent = next((route[:length] for length in range(2, len(route)) if route[:length] not in there), route)
    key = absent[-1]
    if not isinstance(key, str) or len(absent) <= _TOP:
        return remarks

    def named(lines: list[str]) -> list[str]:
        first = next((number for number, line in enumerate(lines) if any(map(str.isalpha, line))), None)
        return [f"{key}: {line}" if number == first else line for number, line in enumerate(lines)]

    return Remarks(named(remarks.before), named(remarks.beside), named(remarks.after))


def _named_header(
    route: Route,
    header: Remarks,
    remarks: Mapping[Route, Remarks],
    bases: Mapping[str, tuple[str, str]],
    arrangement: Arrangement,
) -> Remarks:
    """The header of the base's file, with its server's name before each line in which a partner's file has another."""
    partners = [path for path, (_, base) in bases.items() if base == route[0]]
    others = [written.before for path in partners if (written := remarks.get((path, *route[1:]))) and written.before]
    if not any(line.strip() and line not in header.before for lines in others for line in lines):
        return header
    name = arrangement.known[0].name
    lines = [
        f"{name}: {line}" if line.strip() and any(line not in each for each in others) else line
        for line in header.before
    ]
    return Remarks(lines, header.beside, header.after)


def _new(remarks: Remarks, known: Remarks, mark: str) -> Remarks:
    """What is not known yet, each line with a mark."""
    new = ([f"{mark}{line}" for line in getattr(remarks, each) if line not in getattr(known, each)] for each in _PLACES)
    return Remarks(*new)


def _bases(arrangement: Arrangement) -> Mapping[str, tuple[str, str]]:
    """A partner's file → the partner's name, and the base's file of the same daemon."""
    found: dict[str, tuple[str, str]] = {}
    first: dict[str, str] = {}
    for server in arrangement.known:
        for daemon, supplied in server.host.files.items() if server.host else ():
            base = first.setdefault(daemon, supplied.path)
            if base != supplied.path:
                found[supplied.path] = (server.name, base)
    return found


def _put(result: dict[Route, Remarks], home: tuple[Route, str], remarks: Remarks, *, exact: bool) -> None:
    route, place = home
    kept = result.setdefault(route, Remarks())
    if exact:
        kept.before += remarks.before
        kept.beside += remarks.beside
        kept.after += remarks.after
    else:
        getattr(kept, place).extend([*remarks.before, *remarks.beside, *remarks.after])


def _routes(value: Json, route: Route, nothing_in: Callable[[Route], bool]) -> Iterator[Route]:
    """The routes of a value and of all in it. Left out are lists with maps of which `nothing_in` is true: it gets where they are."""
    yield route
    if isinstance(value, Block):
        yield value.at
        for key, item in value.items():
            yield from _routes(item, value.where(key), nothing_in)
    elif isinstance(value, list):
        maps = routes_of_maps(value)
        if maps is not None and all(map(nothing_in, {route, *(each[:-1] for each in maps)})):
            return
        for number, item in enumerate(value):
            yield from _routes(item, item.at if isinstance(item, Block) else (*route, number), nothing_in)


def _there(spec: Block, wanted: Iterable[Route]) -> set[Route]:
    """Those routes of the spec that are wanted, above one that is wanted, or beside such a one: not those of all reservations."""
    near = {route[:length] for route in wanted for length in range(len(route) + 1)}
    found = _routes(spec, spec.at, lambda outer: outer not in near)
    return {route for route in found if route in near or route[:-1] in near}


def _inner(spec: Block, wanted: list[Route]) -> Mapping[Route, Route]:
    """A map or list that is not in the spec as such → the first of its values that is."""
    asked = set(wanted)
    near = {route[:length] for route in asked for length in range(len(route) + 1)}
    found: dict[Route, Route] = {}

    def nothing_in(outer: Route) -> bool:
        return outer not in near and not any(outer[:length] in asked for length in range(1, len(outer)))

    for route in _routes(spec, spec.at, nothing_in) if asked else ():
        for length in range(1, len(route)):
            outer = route[:length]
            if outer in asked and (outer not in found or str(route) < str(found[outer])):
                found[outer] = route
    return found


def _home(
    route: Route, there: set[Route], inner: Mapping[Route, Route], documents: Mapping[str, Document], spec: Block
) -> tuple[Route, str]:
    """The nearest place: the value itself, what follows it, the end of the map or list that contains it."""
    if route in there:
        return route, "before"
    if route in inner:
        return inner[route], "beside"
    while len(route) > 1:
        holder, last = route[:-1], route[-1]
        for follower in _following(_node(holder, documents), last):
            if (*holder, follower) in there:
                return (*holder, follower), "before"
        if holder in there:
            return holder, "after"
        route = holder
    first = next(iter(spec))
    return spec.where(first), "before"


def _node(route: Route, documents: Mapping[str, Document]) -> Value:
    document = documents.get(str(route[0])) if route else None
    found: Value = value_at(document.root, route[1:]) if document else None
    return found


def _following(node: Value, last: str | int) -> list[str | int]:
    if isinstance(node, Map):
        keys = list(node)
        return list(keys[keys.index(str(last)) + 1 :]) if last in node else []
    if isinstance(node, Seq) and isinstance(last, int):
        return list(range(last + 1, len(node)))
    return []


def _translated(route: Route, own: Document, base: Document, path: str) -> Route:
    """The same place in the base's file: items of lists by what names them, else by their place."""
    result: list[str | int] = [path]
    here: Value = own.root
    there: Value = base.root
    for step in route[1:]:
        other: str | int = step
        is_item = isinstance(here, Seq) and isinstance(step, int)
        here = child(here, step)
        if is_item:
            other = _counterpart(here, there, int(step))
        there = child(there, other)
        result.append(other)
    return tuple(result)


def _counterpart(item: Value, listed: Value, step: int) -> int:
    if isinstance(item, Map) and isinstance(listed, Seq):
        for name in _NAMES:
            if name in item:
                for number, each in enumerate(listed):
                    if isinstance(each, Map) and each.get(name) == item[name]:
                        return number
                return step
    return step
