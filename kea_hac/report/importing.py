"""What `import` reports beside its findings: for each file whether anything was lost, and what is written in another form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kea_hac.changes.change import ABSENT, Value
from kea_hac.importing.notes import said
from kea_hac.importing.round_trip import Deviation, RoundTrip, Why
from kea_hac.importing.run import Imported

_SHOWN = 6
"""Names that a line of the summary lists."""


def data(imported: Imported, *, with_text: bool) -> dict[str, Any]:
    """The import as plain data, beside the findings; the spec itself where it was not written to a file."""
    return {
        "import": {
            "from": str(imported.source) if imported.source else None,
            "kea": str(imported.target) if imported.target else None,
            "guessed": imported.guess is not None,
            **({"evidence": imported.guess.words} if imported.guess else {}),
            "files": [
                {
                    **_file(trip),
                    "defaults-left-out": list(imported.defaults.get(trip.given.path, ())),
                    "includes-written-out": list(imported.written_out.get(trip.given.path, ())),
                }
                for trip in imported.trips
            ],
            "unread": [{"file": each.file, "where": each.where, "message": each.message} for each in imported.unread],
        },
        **({"spec": imported.text} if with_text else {}),
    }


def _file(trip: RoundTrip) -> dict[str, Any]:
    return {
        "server": trip.server,
        "file": trip.given.path,
        "daemon": trip.given.configuration.daemon.name,
        "built": trip.built,
        "lost": [_deviation(each) for each in trip.lost],
        "in-other-words": [_deviation(each) for each in trip.deviations if each.why is not Why.LOST],
    }


def _deviation(found: Deviation) -> dict[str, Any]:
    key = next((step for step in reversed(found.path) if isinstance(step, str)), "")
    return {
        "path": found.spelt,
        "given": _value(found.given, key),
        "built": _value(found.built, key),
        "why": found.why.value,
    }


def _value(value: Value, key: str) -> str | None:
    return None if value is ABSENT else said(value, key)


def summary(imported: Imported, out: Path | None) -> Iterator[str]:
    """The last lines, for people."""
    if imported.guess:
        yield f"kea-hac: read as Kea {imported.source}, a guess ({imported.guess.words}); --from VERSION sets another"
    gaps = Counter(each.file for each in imported.unread)
    for trip in imported.trips:
        yield f"{trip.given.path} ({trip.server}): {_unknown(gaps.pop(trip.given.path, 0)) or _verdict(trip)}"
        if defaults := imported.defaults.get(trip.given.path):
            yield f"  not in the spec, because they are Kea's own defaults: {_some(defaults)}"
        if files := imported.written_out.get(trip.given.path):
            yield f"  written into the spec, because they contain only a part of a value, or differ between the servers: {_some(files)}"
    for path, count in gaps.items():
        yield f"{path}: {_unknown(count)}"
    if imported.text is None and imported.unread:
        yield (
            "kea-hac: no spec is written, because a part of the files could not be read: put the missing files in their places, "
            "name their folder (--root /etc/kea=DIR), or write an incomplete spec with --incomplete"
        )
    elif imported.text is None:
        yield "kea-hac: no spec could be written from these files"
    elif out is not None:
        yield f"wrote {out}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _unknown(count: int) -> str | None:
    """The verdict over a file of which parts could not be read; None where there are none."""
    if not count:
        return None
    return f"unknown: {count} {'part' if count == 1 else 'parts'} of it could not be read, see the findings"


def _verdict(trip: RoundTrip) -> str:
    if not trip.built:
        return "not compared, because the spec does not compile yet: see the findings"
    if trip.lost:
        count = len(trip.lost)
        return f"{count} {'value is' if count == 1 else 'values are'} different: see the findings"
    counts = Counter(each.why for each in trip.deviations)
    words = "; ".join(f"{count} {why}" for why, count in counts.items())
    return f"nothing lost{f' ({words})' if words else ''}"
