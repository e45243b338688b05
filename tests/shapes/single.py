"""Single mistakes in a sound spec: a key that is misspelt by a letter, a key that is not there, a value of another type."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

from kea_hac.api import judge, loaded
from kea_hac.diagnostics import Diagnostic, Route, Severity, dotted
from kea_hac.source import Reading
from kea_hac.source.document import Document, LostValue, Map, Plain, Secret, Seq, Value
from tests.shapes.mutating import GONE, Renamed, at_route, changed_at, mapping, routes, seq

KINDS = ("misspelt", "absent", "mistyped")


def mistakes(document: Document, kind: str) -> Iterator[tuple[Route, Document]]:
    """Every mistake of a kind: its route, and the document that has it."""
    for route in routes(document.root):
        value = at_route(document.root, route)
        above = at_route(document.root, route[:-1])
        if kind == "mistyped" and not isinstance(value, Secret):
            wrong = seq(seq(Plain("x"))) if route[-1] == "agent" else _mistyped(value)  # a map is one of its two forms
            yield route, _with(document, route, wrong)
        elif kind == "unread":
            yield route, dataclasses.replace(_with(document, route, GONE), lost=(LostValue(route, 0),))
        elif isinstance(above, Map) and kind == "absent":
            yield route, _with(document, route, GONE)
        elif isinstance(above, Map) and kind == "misspelt":
            yield route, _with(document, route, Renamed(_misspelt(str(route[-1])), value))


def judged(document: Document) -> tuple[Diagnostic, ...]:
    """What is found in a spec."""
    return judge(loaded(Path(document.path), Reading(document))).report.diagnostics


def errors(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those that are errors."""
    return [each for each in found if each.severity is Severity.ERROR]


def _with(document: Document, route: Route, new: object) -> Document:
    return dataclasses.replace(document, root=changed_at(document.root, route, lambda _: new))


def _misspelt(key: str) -> str:
    """The key with its last two letters the other way round, or one letter more where they are the same."""
    swapped = key[:-2] + key[-1] + key[-2:-1]
    return swapped if swapped != key and len(key) > 2 else key + key[-1]


def _mistyped(value: Value) -> Value:
    """A value of another type: a map for a scalar, a scalar for anything else."""
    if isinstance(value, Map | Seq):
        return Plain("x")
    return mapping(x=Plain("y"))


def spelt(route: Route) -> str:
    """The route as people write it."""
    return dotted(route)
