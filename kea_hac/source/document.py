"""The value that every reader makes: plain Python data plus, beside it, where each key and value stands.

YAML scalars keep their text (`Plain` when unquoted) until a schema says what they are; Kea's JSON gives typed scalars.
A position is one integer, `text number << 64 | start << 32 | end` (offsets in characters), turned into line and column
only when a finding is shown: 100,000 reservations have half a million positions and usually no finding.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from kea_hac.diagnostics import Route, Span, dotted


class Plain(str):
    """An unquoted YAML scalar: its text as written. What it means is for the schema to say."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Secret:
    """`!secret PATH`: a file on the DHCP server that holds a JSON string; compiles to Kea's own include."""

    path: str


class Map(dict[str, "Value"]):
    """A mapping in document order. `spans` holds two positions an entry, key then value, in the same order."""

    __slots__ = ("spans",)

    def __init__(self) -> None:
        super().__init__()
        self.spans: list[int] = []


class Seq(list["Value"]):
    """A sequence. `spans` holds one position an item."""

    __slots__ = ("spans",)

    def __init__(self) -> None:
        super().__init__()
        self.spans: list[int] = []


Value = Map | Seq | str | int | float | bool | None | Secret
"""`str` is quoted text, `Plain` unquoted YAML; int, float, bool and None come from JSON only."""


LONGEST_LINE = 4096
"""Characters of a line that reports still show; a longer one comes from a program and helps nobody."""
_HUSHED = r"(?:password|passwd|passphrase|secret|api[-_]?key|token)s?"
_HUSHED_KEY = re.compile(_HUSHED + r"\Z", re.IGNORECASE)
_PARTS = (b"passw", b"passphrase", b"secret", b"token", b'key"', b'keys"')
"""One of them is in every such key with its quote."""
_SECRET = re.compile(
    rf"""({_HUSHED}["']?[ \t]*:[ \t]*)"""
    r"""(?!!secret\b|<\?)("(?:[^"\\]|\\.)*"?|'[^']*'?|\[[^\]]*|[^\s,}\]#"'][^,}\]#]*)""",
    re.IGNORECASE,
)


@lru_cache(4096)
def names_secret(key: str) -> bool:
    """True for a key whose value is a secret: password, basic-auth-password, api-key; not password-file."""
    return _HUSHED_KEY.search(key) is not None


def may_name_secret(json: bytes) -> bool:
    """True when a text of JSON may hold a key as in `names_secret`: a look at 20 MB in 50 ms, which spares a walk."""
    lowered = json.lower()
    return any(part in lowered for part in _PARTS)


def may_hold_secret(line: str) -> bool:
    """True when a line of a text seems to hold a password, so that no message may quote from it."""
    return _SECRET.search(line) is not None


def masked(line: str) -> str:
    """The line with passwords as asterisks, as many as characters, so that a caret below it still stands where it should."""
    return _SECRET.sub(lambda match: match[1] + "*" * len(match[2]), line)


def pack(text: int, start: int, end: int) -> int:
    """One position: the number of its text and the character offsets."""
    return text << 64 | start << 32 | end


@dataclass(slots=True)
class SourceText:
    """One text that was read: the path as the user would write it, and its characters (line ends as they were)."""

    path: str
    text: str
    quoted: bool = True
    """False for a file whose lines no report shows: it is no part of the input's tree."""
    _starts: list[int] = field(default_factory=list, repr=False)

    def line_column(self, offset: int) -> tuple[int, int]:
        """1-based line and column of a character offset."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str | None:
        """The text of a 1-based line for a report, without its end and with passwords as asterisks, or None.

        None when there is no such line, when it is longer than anybody would read (`LONGEST_LINE`), or when the text is not quoted.
        """
        if not self.quoted:
            return None
        starts = self._line_starts()
        if not 1 <= number <= len(starts):
            return None
        start = starts[number - 1]
        end = starts[number] if number < len(starts) else len(self.text)
        if end - start > LONGEST_LINE:
            return None
        return masked(self.text[start:end].rstrip("\r\n"))

    def _line_starts(self) -> list[int]:
        if not self._starts:
            self._starts = list(_line_starts(self.text))
        return self._starts


def _line_starts(text: str) -> Iterator[int]:
    yield 0
    at = text.find("\n")
    while at >= 0:
        yield at + 1
        at = text.find("\n", at + 1)


def unpack(texts: Sequence[SourceText], position: int) -> Span:
    """Turn a packed position into lines and columns."""
    text = texts[position >> 64]
    start = position >> 32 & 0xFFFFFFFF
    end = position & 0xFFFFFFFF
    line, column = text.line_column(start)
    end_line, end_column = text.line_column(max(start, end))
    return Span(text.path, line, column, end_line, end_column)


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment `# kea-hac: ignore[rule, ...] reason`, which holds for its own line, or for the next one when alone on its line."""

    span: Span
    rules: tuple[str, ...]
    reason: str
    line: int
    """The line in `span.file` that it speaks of."""


@dataclass(frozen=True, slots=True)
class GuessMark:
    """A comment `# kea-hac: guessed reason` in YAML: nobody said the value on its line. Same places as a `Suppression`."""

    span: Span
    reason: str
    line: int
    """The line in `span.file` that it speaks of."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader made of one input file and all that it includes."""

    root: Map
    texts: tuple[SourceText, ...]
    """texts[0] is the input file; the others were included, in the order of first use."""
    suppressions: tuple[Suppression, ...] = ()
    comments: tuple[int, ...] = ()
    """Packed positions of the comments, their marks included, where the reader was asked for them."""
    guesses: tuple[GuessMark, ...] = ()
    """The values that are marked as guessed."""

    @property
    def path(self) -> str:
        """The path of the input file, as the user gave it."""
        return self.texts[0].path

    def span(self, route: Route, *, key: bool = False) -> Span:
        """The span of the value (or key) at `route`, else of its nearest ancestor that exists, else the top of the file."""
        found = 0
        node: Value = self.root
        for number, step in enumerate(route):
            last = number == len(route) - 1
            if isinstance(node, Map) and step in node:
                index = list(node).index(str(step))
                found = node.spans[2 * index + (0 if last and key else 1)]
                node = node[str(step)]
            elif isinstance(node, Seq) and isinstance(step, int) and 0 <= step < len(node):
                found = node.spans[step]
                node = node[step]
            else:
                break
        return self.unpack(found)

    def map_at(self, route: Route) -> Map:
        """The map at `route` as it is written; an empty one where none stands there."""
        node: Value = self.root
        for step in route:
            if isinstance(node, Map) and step in node:
                node = node[str(step)]
            elif isinstance(node, Seq) and isinstance(step, int) and 0 <= step < len(node):
                node = node[step]
            else:
                return Map()
        return node if isinstance(node, Map) else Map()

    def spelt(self, route: Route) -> str:
        """The route as people write it: dhcp4.subnet4[0].id"""
        return dotted(route)

    def unpack(self, position: int) -> Span:
        """Turn a packed position into lines and columns. A value of many lines is shown by its first one."""
        return unpack(self.texts, position)

    def line_text(self, span: Span) -> str | None:
        """The text of the span's first line."""
        for text in self.texts:
            if text.path == span.file:
                return text.line(span.line)
        return None


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
        texts = (document.line_text(span) for document in self.documents.values())
        return next((text for text in texts if text is not None), None)

    def spelt(self, route: Route) -> str:
        """The route within its document."""
        return dotted(self._find(route)[1])
