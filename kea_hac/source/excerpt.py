"""What is kept of a document for findings that come when it is gone: the places of a few routes.

The texts are not kept. They are read again when something of them is shown, and only a text with the same characters is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import field

from kea_hac.diagnostics import Route
from kea_hac.records import dataclass
from kea_hac.source.allowed import LARGEST_INPUT, Disk, Files
from kea_hac.source.document import Document, Map, SourceText, Suppression
from kea_hac.source.files import FileError, decode
from kea_hac.source.secrets import Names, names_of

Places = Mapping[Route, tuple[int, Names]]
"""What `Document.named` says of some routes."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The places of some routes; small enough to be sent from one process to another."""

    texts: tuple[SourceText, ...]
    """Without their characters."""
    digests: tuple[bytes, ...]
    places: Places
    suppressions: tuple[Suppression, ...]

    def document(self, files: Files | None = None) -> Document | None:
        """A document that knows these routes only; None when a text cannot be read, or is another one now.

        `files`: where the document was read from; the disk, unless a revision of Git is named.
        """
        texts: list[SourceText] = []
        for each, digest in zip(self.texts, self.digests, strict=True):
            text = _read(each.path, files or Disk())
            if text is None or _digest(text) != digest:
                return None
            texts.append(each.filled(text))
        return _Known(Map(), tuple(texts), self.suppressions, places=self.places)


def excerpt(document: Document, routes: Iterable[Route]) -> Excerpt:
    """The places of some routes of a document."""
    return Excerpt(
        tuple(each.emptied() for each in document.texts),
        tuple(_digest(each.text) for each in document.texts),
        {route: document.named(route) for route in routes},
        document.suppressions,
    )


@dataclass(frozen=True, slots=True)
class _Known(Document):
    """A document of which only some routes are known."""

    places: Places = field(default_factory=dict)

    def position(self, route: Route, *, key: bool = False) -> int:
        """Of the value at one of the routes; else the top of the file."""
        return self.named(route)[0]

    def named(self, route: Route, *, key: bool = False) -> tuple[int, Names]:
        """As in the whole document."""
        known = self.places.get(route)
        if known is not None:
            return known
        names = names_of(route)
        return 0, names._replace(identified=names.path)


def _read(path: str, files: Files) -> str | None:
    """By the path alone: the rules of `allowed` were applied to a file with the same characters."""
    try:
        return decode(files.read(files.real(path), LARGEST_INPUT)).text
    except (FileError, OSError, ValueError):
        return None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
