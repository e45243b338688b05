"""The value that every reader makes: plain Python data plus, beside it, the position of each key and value.

YAML scalars keep their characters (`Plain` when unquoted) until a schema defines their type; Kea's JSON gives typed scalars.
A position is one integer, `text number << 64 | start << 32 | end` (offsets in characters), turned into line and column
only when a finding is shown: 100,000 reservations have half a million positions and usually no finding.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from dataclasses import field
from itertools import accumulate
from typing import Any, NamedTuple

from kea_hac.diagnostics import Place, Route, Span
from kea_hac.records import dataclass
from kea_hac.source.secret_spans import Finder, SecretSpans, secrets_of_unknown
from kea_hac.source.secrets import Cover, Names, names_of, starred, without_credentials


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


def along(root: Value, route: Route) -> list[Value]:
    """The values on the way of a route as far as they exist. Ends before the first one that does not."""
    found: list[Value] = []
    node: Any = root
    for step in route:
        if isinstance(step, str):
            if not (isinstance(node, Map) and step in node):
                break
        elif not (isinstance(node, Seq) and 0 <= step < len(node)):
            break
        node = node[step]
        found.append(node)
    return found


def _places(above: Any, step: Any) -> tuple[int, int]:
    """The packed positions of a key and its value, in a map or list that has it; of an item, that of its value twice."""
    if isinstance(above, Map):
        number = 2 * above.number(step)
        return above.spans[number], above.spans[number + 1]
    return above.spans[step], above.spans[step]


def walk(root: Value, route: Route) -> list[Step]:
    """The steps of a route as far as they exist. Ends before the first one that does not."""
    values = along(root, route)
    return [
        Step(*_places(above, step), value) for above, step, value in zip((root, *values), route, values, strict=False)
    ]


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
        line, begin = self._line_of(offset)
        return line, offset - begin + 1

    def span(self, start: int, end: int) -> Span:
        """The range between two character offsets."""
        line, begin = self._line_of(start)
        column = start - begin + 1
        if end <= start or self.text.find("\n", start, end) < 0:  # on one line, as most are
            return Span(self.path, line, column, line, column + max(0, end - start))
        return Span(self.path, line, column, *self.line_column(end))

    def _line_of(self, offset: int) -> tuple[int, int]:
        """The number of the line in which an offset is, and the offset at which it begins."""
        lines = self._found_lines()
        line = lines.of(offset)
        before = self.text.rfind("\n", max(0, offset - _BLOCK), offset)  # nearly always: a line is shorter than a block
        return line, before + 1 if before >= 0 else lines.start(line)

    def line(self, number: int) -> str | None:
        """The text of a 1-based line for a report, without its end and with secrets as asterisks, or None.

        None when there is no such line, when it is longer than `LONGEST_LINE`, when the text must not be quoted,
        and when it is unknown which part of it is a secret.
        """
        if not self.quoted:
            return None
        lines = self._found_lines()
        return self._line_at(lines.start(number)) if 1 <= number <= lines.count else None

    def shown(self, start: int, end: int) -> tuple[Span, str | None]:
        """The range between two character offsets, and the line that it begins on, as `line` gives it."""
        span = self.span(start, end)
        return span, self._line_at(start - span.column + 1) if self.quoted else None

    def _line_at(self, start: int) -> str | None:
        """The line that begins at an offset."""
        end = self.text.find("\n", start, start + LONGEST_LINE) + 1 or len(self.text)
        secrets = self.secrets
        if end - start > LONGEST_LINE or self.closed or secrets.hides_line(self.text, start, end):
            return None
        shown = self.text[start:end]
        if secrets.ranges:
            shown = starred(shown, secrets.within(start, end))
        return without_credentials(shown.rstrip("\r\n"), keep_length=True)

    def emptied(self) -> SourceText:
        """The same without its characters and its secrets. That it has none is kept."""
        none = self._secrets if self._secrets is not None and self._secrets.none else None
        return SourceText(self.path, "", self.quoted, self.finder, self.closed, None, none)

    def filled(self, text: str) -> SourceText:
        """What `emptied` has left, with the characters that it had."""
        return SourceText(self.path, text, self.quoted, self.finder, self.closed, None, self._secrets)

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
        return self._position(route, along(self.root, route), key)

    def named(self, route: Route, *, key: bool = False) -> tuple[int, Names]:
        """The position, and what the route is called."""
        values = along(self.root, route)
        return self._position(route, values, key), names_of(route, values)

    def _position(self, route: Route, values: list[Value], key: bool) -> int:
        count = len(values)
        if not count:
            return 0
        of_key, of_value = _places(values[-2] if count > 1 else self.root, route[count - 1])
        return of_key if key and count == len(route) else of_value

    def place(self, route: Route, *, key: bool = False) -> Place:
        """What reports say of a route: its span, the line, and its names."""
        position, names = self.named(route, key=key)
        span, text = self.texts[position >> 64].shown(position >> 32 & 0xFFFFFFFF, position & 0xFFFFFFFF)
        return Place(span, text, *names)

    def map_at(self, route: Route) -> Map:
        """The map at `route` as it is written; an empty one where there is none."""
        found = value_at(self.root, route)
        return found if isinstance(found, Map) else Map()

    def cover(self) -> Cover:
        """The filter of every message about these texts: none repeats a secret."""
        return Cover(words_of(self.texts))

    def unpack(self, position: int) -> Span:
        """Turn a packed position into lines and columns. A value of many lines is shown by its first one."""
        return unpack(self.texts, position)

    def line_text(self, span: Span) -> str | None:
        """The text of the span's first line."""
        if not self._by_path:
            self._by_path.update({each.path: each for each in reversed(self.texts)})
        text = self._by_path.get(span.file)
        return text.line(span.line) if text is not None else None


def words_of(texts: Iterable[SourceText]) -> Iterator[str]:
    """The secrets of some texts, as they are written and as they are read."""
    for text in texts:
        yield from text.secrets.words
