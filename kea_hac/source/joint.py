"""Several documents as one, for findings that are about two of them."""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import Place, Route, Span
from kea_hac.records import dataclass
from kea_hac.source.document import Document, words_of
from kea_hac.source.secrets import Cover


@dataclass(frozen=True, slots=True)
class Joint:
    """Several documents as one: the first step of a route is the path of its document."""

    documents: Mapping[str, Document]

    def _find(self, route: Route) -> tuple[Document, Route]:
        if route and route[0] in self.documents:
            return self.documents[str(route[0])], route[1:]
        return next(iter(self.documents.values())), ()

    def span(self, route: Route, *, key: bool = False) -> Span:
        """As `Document.span`, in the document that the route names; else the top of the first one."""
        document, below = self._find(route)
        return document.span(below, key=key)

    def line_text(self, span: Span) -> str | None:
        """As `Document.line_text`."""
        own = self.documents.get(span.file)
        if own is not None:
            return own.line_text(span)
        texts = (document.line_text(span) for document in self.documents.values())
        return next((text for text in texts if text is not None), None)

    def place(self, route: Route, *, key: bool = False) -> Place:
        """As `Document.place`, within the document that the route names."""
        document, below = self._find(route)
        place = document.place(below, key=key)
        return place if place.text is not None else place._replace(text=self.line_text(place.span))

    def cover(self) -> Cover:
        """As `Document.cover`, for all of them."""
        return Cover(words_of(text for document in self.documents.values() for text in document.texts))
