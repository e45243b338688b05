"""What the round trip found → findings, and comments on the lines of the spec: a server's different value, or a lost one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kea_hac.changes.change import ABSENT, ORDER, Path, Value
from kea_hac.changes.three_way import Difference, same
from kea_hac.diagnostics import Finding, Route
from kea_hac.importing.arrangement import Arrangement
from kea_hac.importing.notes import ADDED, LOST, SERVERS_DIFFER, Notes, said
from kea_hac.importing.round_trip import Deviation, RoundTrip, Why
from kea_hac.kea.version import KeaVersion
from kea_hac.records import dataclass


def report_losses(trips: Sequence[RoundTrip], arrangement: Arrangement, notes: Notes) -> None:
    """Report every deviation that is not only spelling. A deviation of a partner is a value that differs from the base's."""
    bases: dict[str, RoundTrip] = {}
    for trip in trips:
        for each in trip.deviations:
            if each.why is Why.ADDED:
                notes.note(_added(each, trip))
        daemon = trip.given.configuration.daemon
        base = bases.setdefault(daemon.name, trip)
        if base is trip or (arrangement.hub and base.existing is None):
            for each in trip.lost:
                notes.note(_lost(each, trip))
            continue
        if not trip.lost:
            continue
        known = {each.path for each in base.lost}
        routes = _base_routes(base, trip, arrangement.base.target)
        for each in trip.lost:
            if each.path in known:
                notes.note(_lost(each, trip))
            else:
                _differs(each, trip, base, routes, notes)


def _added(deviation: Deviation, trip: RoundTrip) -> Finding:
    message = f"{deviation.spelt} is not in the file of {trip.server}, and the spec adds it: {_said(deviation.built, _key(deviation.path))}"
    return Finding(ADDED, deviation.route, message, on_key=True, fix="add it to the server's file, or deploy the build")


NEXT_STEP = "compare this line of the spec with the file; if the spec language cannot express it, report this as a limitation of kea-hac"


@dataclass(frozen=True, slots=True)
class _Routes:
    """The route in the base's file of a value that a partner has in another form."""

    by_path: Mapping[Path, Route]
    by_values: Mapping[tuple[str, str, str], Route]
    """By last key and both values: a pool whose range is another has another path in the partner's file."""

    def of(self, deviation: Deviation) -> Route | None:
        """The place of a deviation of the partner's."""
        return self.by_path.get(deviation.path) or self.by_values.get(
            _values(deviation.path, deviation.built, deviation.given)
        )


def _values(path: Path, ours: Value, theirs: Value) -> tuple[str, str, str]:
    return str(path[-1]), repr(ours), repr(theirs)


def _base_routes(base: RoundTrip, trip: RoundTrip, target: KeaVersion) -> _Routes:
    if base.existing is None or trip.existing is None:
        return _Routes({}, {})
    compared = base.existing.differences(trip.existing, target.branch)
    found = [(each, each.route) for each in compared if isinstance(each, Difference) and each.route is not None]
    by_values = {_values(each.path, each.values[1], each.values[2]): route for each, route in found}
    return _Routes({each.path: route for each, route in found}, by_values)


def _lost(deviation: Deviation, trip: RoundTrip) -> Finding:
    key = _key(deviation.path)
    supplied, built = _quoted(deviation.route, deviation.given, key, trip), _said(deviation.built, key)
    message = f"{deviation.spelt} is {supplied} in the file of {trip.server}, and {built} in what the spec compiles to"
    return Finding(LOST, deviation.route, message, fix=NEXT_STEP)


def _differs(deviation: Deviation, trip: RoundTrip, base: RoundTrip, routes: _Routes, notes: Notes) -> None:
    key = _key(deviation.path)
    route = routes.of(deviation)
    theirs, ours = trip.given.written(deviation.route, ABSENT), base.given.written(route or (), ABSENT)
    if theirs is not ABSENT and route is not None and same(theirs, ours):
        return  # both files say the same here: what differs is a consequence of another difference
    supplied = _quoted(deviation.route, deviation.given, key, trip)
    built = _quoted(route or (), deviation.built, key, base)
    message = f"{deviation.spelt} is {supplied} on {trip.server}, and {built} on {base.server}"
    related = ((route, f"{base.server} has this value, and the spec uses it"),) if route else ()
    fix = f"set the same value on both servers; --prefer {trip.server} uses the value of {trip.server}"
    notes.note(Finding(SERVERS_DIFFER, deviation.route, message, related=related, fix=fix))
    if route is None:
        return
    if deviation.given is ABSENT:
        notes.beside(route, f"not on {trip.server}")
    elif deviation.built is ABSENT:
        whole = theirs if isinstance(theirs, dict) and isinstance(deviation.given, dict) else deviation.given
        notes.after(route, f"only on {trip.server}: {_named(deviation.path)}{said(whole, key)}")
    else:
        notes.beside(route, f"{trip.server}: {supplied}")


def _quoted(route: Route, value: Value, key: str, trip: RoundTrip) -> str:
    """A scalar as the file has it; what Kea makes of it where the file does not write it."""
    if value is ABSENT or isinstance(value, dict | list) or not route or route[-1] != key:
        return _said(value, key)
    written = trip.given.written(route, ABSENT)
    if written is not ABSENT:
        return _said(written, key)
    holder = trip.given.written(route[:-1], ABSENT)
    return f"not written, so {_said(value, key)}" if isinstance(holder, dict) else _said(value, key)


def _key(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str) and step != ORDER), "")


def _named(path: Path) -> str:
    return f"{path[-1]}: " if isinstance(path[-1], str) else ""


def _said(value: Value, key: str) -> str:
    if value is ABSENT:
        return "not there"
    text = said(value, key)
    return text if len(text) <= 80 else f"{text[:77]}..."
