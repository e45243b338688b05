"""What a spec marks as guessed: `kea: 2.6  # kea-hac: guessed, 2.2 to 2.6 take the files`.

`import` writes the mark where the files do not determine a value. Removing the mark confirms the value. What depends on a
guess is never worse than a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.diagnostics import Diagnostic, Route, Severity, rule
from kea_hac.source.document import Document, Map, Seq

KEYS = ("kea", "platform")
"""What can be guessed, for the pair or for one server."""
MISPLACED = rule(
    "KH119",
    "misplaced-guess-mark",
    Severity.WARNING,
    why="The comment marks a value as guessed, but its line has no value that can be guessed. The comment has no "
    "effect.",
    source="the spec language",
)


def guessed_routes(document: Document) -> frozenset[Route]:
    """The `kea` and `platform` keys on the lines of the marks."""
    lines = {(mark.span.file, mark.line) for mark in document.guesses}
    return frozenset(route for route in _routes(document) if _line(document, route) in lines) if lines else frozenset()


def misplaced(document: Document) -> Iterator[Diagnostic]:
    """Marks on lines without such a key."""
    if not document.guesses:
        return
    places = {_line(document, route) for route in _routes(document)}
    for mark in document.guesses:
        if (mark.span.file, mark.line) not in places:
            message = (
                f"line {mark.line} has no {' and no '.join(f'`{key}`' for key in KEYS)}: nothing there can be guessed"
            )
            text = document.line_text(mark.span)
            yield Diagnostic(MISPLACED, MISPLACED.severity, message, mark.span, "", text, fix="remove the comment")


def _routes(document: Document) -> Iterator[Route]:
    root = document.root
    yield from ((key,) for key in KEYS if key in root)
    servers = root.get("servers")
    for number, server in enumerate(servers if isinstance(servers, Seq) else ()):
        yield from (("servers", number, key) for key in KEYS if isinstance(server, Map) and key in server)


def _line(document: Document, route: Route) -> tuple[str, int]:
    span = document.span(route, key=True)
    return span.file, span.line
