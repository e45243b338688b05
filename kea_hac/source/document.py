"""The value that every reader makes: plain Python data plus, beside it, the position of each key and value.

YAML scalars keep their characters (`Plain` when unquoted) until a schema defines their type; Kea's JSON gives typed scalars.
A position is one integer, `text number << 64 | start << 32 | end` (offsets in characters), turned into line and column
only when a finding is shown: 100,000 reservations have half a million positions and usually no finding.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import field
from itertools import accumulate
from typing import Any, NamedTuple

from kea_hac.diagnostics import Route, Span
from kea_hac.records import dataclass
from kea_hac.source.identity import identity
from kea_hac.source.secret_spans import Finder, SecretSpans, secrets_of_unknown
from kea_hac.source.secrets import Cover, in_secret, spelt_route, starred, without_credentials


class Plain(str):
    """An unquoted YAML scalar: its text as written. The schema defines its type."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Secret:
    """`!secret PATH`: a file on the DHCP server that holds a JSON string; compiles to Kea's own include."""

    path: str
    listed: bool = field(default=False, compare=False)
    """True for `!on-server PATH`: the file holds a whole JSON list, which another tool keeps. It is no secret."""


_FEW = 32
"""Keys of a map that are counted faster than they are looked up."""


class Map(dict[str, "Value"]):
    """A mapping in document order. `spans` holds two positions an entry, key then value, in the same order."""

    __slots__ = ("_numbers", "spans")

    def __init__(self) -> None:
        super().__init__()
        self.spans: MutableSequence[int] = []

    def number(self, key: str) -> int:
        """How many keys are before one of its keys. Of a large map counted once for all keys, because there can be 100,000."""
        if len(self) <= _FEW:
            return list(self).index(key)
        try:
            numbers = self._numbers
        except AttributeError:
            numbers = {}
        if len(numbers) != len(self):
            self._numbers: dict[str, int] = {each: at for at, each in enumerate(self)}
        return self._numbers[key]


class Seq(list["Value"]):
    """A sequence. `spans` holds one position an item."""

    __slots__ = ("spans",)

    def __init__(self) -> None:
        super().__init__()
        self.spans: MutableSequence[int] = []


Value = Map | Seq | str | int | float | bool | None | Secret
"""`str` is quoted text, `Plain` unquoted YAML; int, float, bool and None come from JSON only."""


_NOTHING: Any = object()


class Step(NamedTuple):
    """One step of a route that exists."""

    key: int
    """The packed position of the key; of an item of a sequence, that of its value."""
    position: int
    """The packed position of the value."""
    value: Value


def walk(root: Value, route: Route) -> list[Step]:
    """The steps of a route as far as they exist. Ends before the first one that does not."""
    found: list[Step] = []
    node = root
    for step in route:
        if isinstance(step, str):
            if not (isinstance(node, Map) and step in node):
                break
            number = 2 * node.number(step)
            key, position, node = node.spans[number], node.spans[number + 1], node[step]
        else:
            if not (isinstance(node, Seq) and 0 <= step < len(node)):
                break
            key = position = node.spans[step]
            node = node[step]
        found.append(Step(key, position, node))
    return found


def child(node: Any, step: str | int, missing: Any = None) -> Any:
    """What is one step below a map or list, of a document or of plain data; `missing` where there is nothing."""
    if isinstance(node, dict):
        return node.get(step, missing)
    if isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node):
        return node[step]
    return missing


def value_at(root: Any, route: Route, missing: Any = None) -> Any:
    """The value at a route of a document or of plain data; `missing` where there is none."""
    node = root
    for step in route:
        node = child(node, step, _NOTHING)
        if node is _NOTHING:
            return missing
    return node


LONGEST_LINE = 4096
"""Characters of a line that reports still show; a longer one was written by a program and does not help a reader."""


def pack(text: int, start: int, end: int) -> int:
    """One position: the number of its text and the character offsets."""
    return text << 64 | start << 32 | end


def packed(spans: MutableSequence[int]) -> MutableSequence[int]:
    """The positions of a map or list that is complete, in a third of the memory. As they are where they are of an included text."""
    try:
        return array("Q", spans)
    except OverflowError:
        return spans


@dataclass(slots=True)
class SourceText:
    """One text that was read: the path as the user would write it, and its characters (line ends as they were)."""

    path: str
    text: str
    quoted: bool = True
    """False for a file whose lines no report shows: it is no part of the input's tree."""
    finder: Finder = secrets_of_unknown
    """Finds the secrets of this text; its reader sets it."""
    closed: bool = False
    """True for a file that is included as a secret, or as a part of one: nothing of it is shown."""
    _lines: Lines | None = field(default=None, repr=False)
    _secrets: SecretSpans | None = field(default=None, repr=False)

    @property
    def secrets(self) -> SecretSpans:
        """The secrets of this text. Searched at the first use, which is when something is shown."""
        if self._secrets is None:
            self._secrets = self.finder(self.text)
            if self.closed:
                self._secrets.words |= {self.text.strip(), *self.text.replace('"', " ").split()}
        return self._secrets

    def line_column(self, offset: int) -> tuple[int, int]:
        """1-based line and column of a character offset."""
        lines = self._found_lines()
        line = lines.of(offset)
        before = self.text.rfind("\n", max(0, offset - _BLOCK), offset)  # nearly always: a line is shorter than a block
        return line, offset - (before + 1 if before >= 0 else lines.start(line)) + 1

    def span(self, start: int, end: int) -> Span:
        """The range between two character offsets."""
        line, column = self.line_column(start)
        end = max(start, end)
        if self.text.find("\n", start, end) < 0:  # on one line, as most are
            return Span(self.path, line, column, line, column + end - start)
        return Span(self.path, line, column, *self.line_column(end))

    def line(self, number: int) -> str | None:
        """The text of a 1-based line for a report, without its end and with secrets as asterisks, or None.

        None when there is no such line, when it is longer than `LONGEST_LINE`, when the text must not be quoted,
        and when it is unknown which part of it is a secret.
        """
        if not self.quoted:
            return None
        lines = self._found_lines()
        if not 1 <= number <= lines.count:
            return None
        start = lines.start(number)
        end = self.text.find("\n", start, start + LONGEST_LINE) + 1 or len(self.text)
        if end - start > LONGEST_LINE or self.closed or self.secrets.hides_line(self.text, start, end):
            return None
        shown = starred(self.text[start:end], self.secrets.within(start, end)).rstrip("\r\n")
        return without_credentials(shown, keep_length=True)

    def close(self) -> None:
        """Show nothing of this text from now on."""
        self.closed = True
        self._secrets = None

    def _found_lines(self) -> Lines:
        if self._lines is None:
            self._lines = Lines(self.text)
        return self._lines


class Lines:
    """The lines of a text: how many end before each of its blocks. Where all begin would be another text's worth of memory."""

    __slots__ = ("_before", "_text", "count")

    def __init__(self, text: str) -> None:
        self._text = text
        ends = (text.count("\n", at, at + _BLOCK) for at in range(0, len(text), _BLOCK))
        self._before = list(accumulate(ends, initial=0))
        self.count = self._before[-1] + 1

    def of(self, offset: int) -> int:
        """The number of the line, from 1, in which an offset is."""
        block = min(offset // _BLOCK, len(self._before) - 1)
        return self._before[block] + self._text.count("\n", block * _BLOCK, offset) + 1

    def start(self, number: int) -> int:
        """The offset at which a line begins."""
        if number == 1:
            return 0
        block = bisect_left(self._before, number - 1) - 1
        piece = self._text[block * _BLOCK : (block + 1) * _BLOCK]
        ends = number - 1 - self._before[block]
        return block * _BLOCK + len(piece) - len(piece.split("\n", ends)[ends])


_BLOCK = 1024
"""Characters."""


def unpack(texts: Sequence[SourceText], position: int) -> Span:
    """Turn a packed position into lines and columns."""
    return texts[position >> 64].span(position >> 32 & 0xFFFFFFFF, position & 0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment `# kea-hac: ignore[rule, ...] reason`, valid for its own line, or for the next line when it is alone on its line."""

    span: Span
    rules: tuple[str, ...]
    reason: str
    line: int
    """The line in `span.file` to which it applies."""


@dataclass(frozen=True, slots=True)
class GuessMark:
    """A comment `# kea-hac: guessed reason` in YAML: the value on its line is guessed. Same places as a `Suppression`."""

    span: Span
    reason: str
    line: int
    """The line in `span.file` to which it applies."""


class LostValue(NamedTuple):
    """A value that is written and could not be read: what an include, an alias or a merge stands for."""

    route: Route
    """Of the value; it ends with MERGED where keys of the map above it are unknown."""
    at: int
    """The packed position of what stands for it."""


MERGED = "<<"
"""The last step of the route of a merge that could not be read."""


@dataclass(frozen=True, slots=True)
class Document:
    """One input file and all files that it includes, as a reader read them."""

    root: Map
    texts: tuple[SourceText, ...]
    """texts[0] is the input file; the others were included, in the order of first use."""
    suppressions: tuple[Suppression, ...] = ()
    comments: tuple[int, ...] = ()
    """Packed positions of the comments, their marks included, where the reader was asked for them."""
    guesses: tuple[GuessMark, ...] = ()
    """The values that are marked as guessed."""
    lost: tuple[LostValue, ...] = ()
    """What is written and could not be read, so that the document lacks it. The reader has reported each."""
    _by_path: dict[str, SourceText] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def path(self) -> str:
        """The path of the input file, as the user gave it."""
        return self.texts[0].path

    def span(self, route: Route, *, key: bool = False) -> Span:
        """The span of the value (or key) at `route`, else of its nearest ancestor that exists, else the top of the file."""
        return self.unpack(self.position(route, key=key))

    def position(self, route: Route, *, key: bool = False) -> int:
        """As `span`, packed."""
        steps = walk(self.root, route)
        if not steps:
            return 0
        return steps[-1].key if key and len(steps) == len(route) else steps[-1].position

    def map_at(self, route: Route) -> Map:
        """The map at `route` as it is written; an empty one where there is none."""
        found = value_at(self.root, route)
        return found if isinstance(found, Map) else Map()

    def spelt(self, route: Route) -> str:
        """The route as people write it: dhcp4.subnet4[0].id"""
        return spelt_route(route)

    def identified(self, route: Route) -> str:
        """The route with what identifies an item of a list instead of its index: dhcp4.subnet4[192.0.2.0/24].id"""
        steps = zip(route, walk(self.root, route), strict=False)
        return spelt_route(route, [identity(found.value) if isinstance(step, int) else "" for step, found in steps])

    def cover(self) -> Cover:
        """The filter of every message about these texts: none repeats a secret."""
        return Cover(words_of(self.texts))

    def is_secret(self, route: Route) -> bool:
        """True when a secret, or a part of one, is at the route."""
        return in_secret(route)

    def unpack(self, position: int) -> Span:
        """Turn a packed position into lines and columns. A value of many lines is shown by its first one."""
        return unpack(self.texts, position)

    def line_text(self, span: Span) -> str | None:
        """The text of the span's first line."""
        if not self._by_path:
            self._by_path.update({each.path: each for each in reversed(self.texts)})
        text = self._by_path.get(span.file)
        return text.line(span.line) if text is not None else None


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

    def spelt(self, route: Route) -> str:
        """The route within its document."""
        return spelt_route(self._find(route)[1])

    def identified(self, route: Route) -> str:
        """As `Document.identified`, within its document."""
        document, below = self._find(route)
        return document.identified(below)

    def cover(self) -> Cover:
        """As `Document.cover`, for all of them."""
        return Cover(words_of(text for document in self.documents.values() for text in document.texts))

    def is_secret(self, route: Route) -> bool:
        """As `Document.is_secret`."""
        return in_secret(self._find(route)[1])


def words_of(texts: Iterable[SourceText]) -> Iterator[str]:
    """The secrets of some texts, as they are written and as they are read."""
    for text in texts:
        yield from text.secrets.words
