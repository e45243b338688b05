"""The specs of two revisions → which of them are the same pair. Files are only looked at, not compiled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from kea_hac.records import dataclass
from kea_hac.regex import regex

_PAIR = regex(
    rb"""^(?:\{\s*|[^\n{]*,\s*)?(?:pair|"pair"|'pair')[ \t]*:[ \t]*["']?([A-Za-z0-9][A-Za-z0-9._-]*)""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class ReviewTask:
    """One pair to review: a spec in each of both revisions."""

    new: str | None
    """The path of the spec now; None for a pair that goes."""
    old: str | None
    """The path of the spec in the older revision; None for a pair that comes."""


def pair_name(data: bytes) -> str | None:
    """The name of the pair that a spec is for, read from its text; None where it is not written in the usual way."""
    match = _PAIR.search(data)
    return match[1].decode("ascii") if match else None


def tasks(
    olds: Iterable[tuple[str, str | None]], news: Iterable[tuple[str, str | None]], place: Callable[[str], str]
) -> tuple[ReviewTask, ...]:
    """Match (path, pair name) of both revisions: the same path and name, then the name alone, then the path alone.

    `place`: a path in the one form in which paths of both revisions are compared.
    """
    before, after = list(olds), list(news)
    result: dict[str, str | None] = {}

    def match(key: Callable[[str, str | None], object]) -> None:
        waiting: dict[object, str] = {}
        for path, name in before:
            waiting.setdefault(key(path, name), path)
        for path, name in list(after):
            wanted = key(path, name)
            if wanted is None or wanted not in waiting:
                continue
            result[path] = waiting.pop(wanted)
            after.remove((path, name))
            before[:] = [each for each in before if each[0] != result[path]]

    match(lambda path, name: (place(path), name))
    match(lambda _, name: name)
    match(lambda path, _: place(path))
    result |= {path: None for path, _ in after}
    listed = [ReviewTask(path, old) for path, old in result.items()]
    return tuple(
        sorted([*listed, *(ReviewTask(None, path) for path, _ in before)], key=lambda each: each.new or each.old or "")
    )
