"""Find the entries of a preferences.cfg that people wrote by hand, as byte positions, and nothing else about it.

In: the bytes of a file, whatever its encoding and line ends. Out: `Scan`: which of Micetro's two forms it has, its lines,
and every entry with its place; what is commented out is no entry. All patterns look at ASCII only, so that UTF-8,
Latin-1 and Windows-1252 text passes through untouched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import unescape

from kea_hac.micetro.preferences import OWN, PreferencesForm
from kea_hac.records import dataclass
from kea_hac.regex import regex

BOM = b"\xef\xbb\xbf"
_CURLY_UTF8 = regex(rb"\xe2\x80[\x98-\x9f]")
_CURLY_1252 = regex(rb"[\x91-\x94]")
_LINE = regex(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")
_NAME = rb"[A-Za-z_][A-Za-z0-9_.-]*"
_TOKEN = regex(
    rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<(?P<name>" + _NAME + rb")(?![A-Za-z0-9_.-])"
    rb"(?:\s+value\s*=\s*(?P<value>\"[^\"\r\n]*\"|'[^'\r\n]*')\s*(?:/>|>\s*</(?P=name)\s*>)"
    rb"|(?:[^<>]*>|[^<>\r\n]*)(?:[^<>\r\n]*</(?P=name)\s*>)?)",
    re.DOTALL,
)
_PAIR = regex(rb"[ \t]*(?P<name>[^\s=;#<>\[\]\"']+)[ \t]*=[ \t]*(?P<rest>[^\r\n]*)")
_SECTION = regex(rb"[ \t]*\[([^\]\r\n]*)\]")
_INI_VALUE = regex(rb"(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<plain>[^\";#][^;#]*?)?)[ \t]*(?:[;#].*)?\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """One line by offsets: its text is [start, end), its line end [end, after)."""

    start: int
    end: int
    after: int


@dataclass(frozen=True, slots=True)
class ScannedEntry:
    """One entry that the agent would read, or would fail to."""

    name: str
    """The whole key as written, the section's name in front."""
    value: str | None
    """None when it cannot be read for sure: other attributes, curly quotes, a quote that never closes."""
    start: int
    end: int
    inner: tuple[int, int] | None
    """The place of the value, quotes included; None when `value` is None."""
    form: PreferencesForm
    section: str
    """The INI section that contains it, or ""."""
    curly: bool
    number: int
    """Its line, from 1."""

    @property
    def own(self) -> str | None:
        """The name in kea-hac's spelling, when kea-hac writes this entry."""
        return OWN.get(self.name.lower())


@dataclass(frozen=True, slots=True)
class Scan:
    """The structure of one file."""

    form: PreferencesForm
    lines: tuple[Line, ...]
    entries: tuple[ScannedEntry, ...]
    """In the order of the file."""
    closed: tuple[tuple[int, int], ...]
    """Stretches (comments, elements) in whose middle nothing may be inserted."""
    body: int
    """Where the text starts, after a byte order mark."""
    sections: bool
    """True when there is an INI section."""
    unclosed: bool
    """True when a comment is open to the end."""
    around: tuple[ScannedEntry, int] | None = None
    """The first element that contains others, and the line of its end."""

    def line_of(self, offset: int) -> Line:
        """The line that contains an offset."""
        return next(line for line in self.lines if offset < line.after or line is self.lines[-1])

    def number_of(self, offset: int) -> int:
        """The number of that line, from 1."""
        return _number(self.lines, offset)


def scan(content: bytes) -> Scan:
    """Read a file's structure. The first line with content decides the form; an empty file counts as XML."""
    body = len(BOM) if content.startswith(BOM) else 0
    lines = tuple(_lines(content, body))
    if content[body:].lstrip()[:1] in (b"<", b""):
        tokens = list(_TOKEN.finditer(content, body))
        closed = tuple(match.span() for match in tokens)
        found = [result for match in tokens if (result := _element(content, match, lines))]
        found += _stray_pairs(content, lines, closed)
        ordered = tuple(sorted(found, key=lambda each: each.start))
        unclosed = bool(tokens) and _never_ends(tokens[-1][0])
        around = _around(content, tokens, ordered, lines)
        return Scan(PreferencesForm.XML, lines, ordered, closed, body, sections=False, unclosed=unclosed, around=around)
    entries = tuple(_ini(content, lines))
    sections = any(_SECTION.match(content, line.start, line.end) for line in lines)
    return Scan(PreferencesForm.INI, lines, entries, (), body, sections, unclosed=False)


def _around(
    content: bytes, tokens: list[re.Match[bytes]], entries: tuple[ScannedEntry, ...], lines: tuple[Line, ...]
) -> tuple[ScannedEntry, int] | None:
    """An element whose end comes behind other entries, or never comes: a root, which this form does not have."""
    hidden = [match.span() for match in tokens if match["name"] is None]
    for each in entries:
        if each.form is not PreferencesForm.XML or each.value is not None or not _opens(content[each.start : each.end]):
            continue
        ends = re.finditer(rb"</" + re.escape(each.name.encode()) + rb"\s*>", content[each.end :])
        places = (each.end + match.start() for match in ends)
        end = next((at for at in places if not any(low <= at < high for low, high in hidden)), None)
        if any(each.end <= other.start and (end is None or other.start < end) for other in entries):
            return each, _number(lines, len(content) if end is None else end)
    return None


def _opens(token: bytes) -> bool:
    """True for a start tag alone, with every quotation mark closed."""
    return token.endswith(b">") and not token.endswith(b"/>") and b"</" not in token and token.count(b'"') % 2 == 0


def _never_ends(token: bytes) -> bool:
    return (token.startswith(b"<!--") and not token[4:].endswith(b"-->")) or (
        token.startswith(b"<?") and not token[2:].endswith(b"?>")
    )


def _lines(content: bytes, body: int) -> Iterator[Line]:
    for match in _LINE.finditer(content, body):
        if match.end() > match.start() or match.start() == body:
            yield Line(match.start(), match.end(1), match.end())


def _number(lines: tuple[Line, ...], offset: int) -> int:
    return next((number for number, line in enumerate(lines, 1) if offset < line.after), len(lines))


def _element(content: bytes, match: re.Match[bytes], lines: tuple[Line, ...], section: str = "") -> ScannedEntry | None:
    if match["name"] is None:
        return None
    curly = _is_curly(match[0])
    inner = match.span("value") if match["value"] is not None else None
    value = unescape(_text(content[inner[0] + 1 : inner[1] - 1]), _ENTITIES) if inner else None
    number = _number(lines, match.start())
    return ScannedEntry(
        match["name"].decode(), value, *match.span(), inner, PreferencesForm.XML, section, curly and not inner, number
    )


_ENTITIES = {"&quot;": '"', "&apos;": "'"}


def _stray_pairs(
    content: bytes, lines: tuple[Line, ...], closed: tuple[tuple[int, int], ...]
) -> Iterator[ScannedEntry]:
    """`name = value` lines between the elements: someone followed the documentation of the other form."""
    for number, line in enumerate(lines, 1):
        if not any(start < line.end and line.start < end for start, end in closed):
            yield from _pair(content, line, "", number)


def _ini(content: bytes, lines: tuple[Line, ...]) -> Iterator[ScannedEntry]:
    section = ""
    for number, line in enumerate(lines, 1):
        if header := _SECTION.match(content, line.start, line.end):
            section = _text(header[1]).strip()
            continue
        if content[line.start : line.end].lstrip()[:1] == b"<":
            for token in _TOKEN.finditer(content, line.start, line.end):
                element = _element(content, token, lines, section)
                yield from (element,) if element else ()
            continue
        yield from _pair(content, line, section, number)


def _pair(content: bytes, line: Line, section: str, number: int) -> Iterator[ScannedEntry]:
    match = _PAIR.fullmatch(content, line.start, line.end)
    if not match:
        return
    name = section + _text(match["name"])
    rest = match.start("rest")
    value = _INI_VALUE.match(match["rest"])
    curly = _is_curly(match["rest"][:3])
    if value is None or curly:
        yield ScannedEntry(name, None, line.start, line.end, None, PreferencesForm.INI, section, curly, number)
        return
    if value["quoted"] is not None:
        text, (start, end) = _text(value["quoted"]).replace('\\"', '"'), value.span("quoted")
        inner = (rest + start - 1, rest + end + 1)
    else:
        text = _text(value["plain"] or b"")
        inner = (rest, rest + len(value["plain"] or b""))
    yield ScannedEntry(name, text, line.start, line.end, inner, PreferencesForm.INI, section, curly, number)


def _is_curly(piece: bytes) -> bool:
    """True for typographic quotes, as UTF-8 or as Windows-1252."""
    if _CURLY_UTF8.search(piece):
        return True
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return _CURLY_1252.search(piece) is not None
    return False


def _text(piece: bytes) -> str:
    return piece.decode("utf-8", "replace")
