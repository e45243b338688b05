"""The errors of libyaml as sentences that a network operator can use, with the place to look at.

libyaml reports what its parser expected; users need to know what is probably wrong. Frequent mistakes in DHCP data
(addresses and braces without quotes) are recognised in the text itself. The message ends with libyaml's own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.tokens import ScalarToken

from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.conflict_markers import conflict_marker
from kea_hac.source.odd_characters import odd_at, plain, spoken_name
from kea_hac.source.secrets import mentions_secret

_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\ufeff]"
"""Characters that YAML does not allow. Compiled only when needed: compiling takes longer than reading a small spec."""
_BRACES = regex(r"""(?:^|[:\-,\[{][ \t]+|(?<=[\[{]))([^\s"'#,{}\[\]]*\{(?:server|address)\}[^\s"'#,{}\[\]]*)""")
_COLON_AT_END = regex(r"(?:^|[ \t,\[{])((?:[0-9A-Fa-f]{0,4}:){2,}[0-9A-Fa-f.]*:|[0-9A-Fa-f:]*::)(?=[ \t\r,\]}]|$)")
_MOST_LINES = 200
"""Comments and empty lines that are passed over on the way up."""
_LONGEST = 4096
"""Characters before the line of an error that are looked at."""
_LINE = regex(r"^[^#\n]*(?:(?<=\S)#[^#\n]*)*", re.MULTILINE)
"""A line up to its comment."""
_KEY_WITHOUT_COLON = regex(r"(?!-)([A-Za-z][A-Za-z0-9-]*)(?: ?[=:] ?| +)([^\s:=`][^:=`]*)\Z")
_TOKEN = regex(r"[^\s,\[\]{}]+")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One syntax error: its place, its message and its fix."""

    start: int
    end: int
    message: str
    fix: str | None = None
    text: str | None = None
    """What `fix` says to write from `start` to `end`."""


@dataclass(frozen=True, slots=True)
class _Error:
    """An error of libyaml, independent of its classes."""

    problem: str
    context: str
    at: int
    """Where libyaml reported the error, an offset into the text."""
    since: int
    """Where the value that libyaml was reading began."""
    text: str

    @property
    def line(self) -> tuple[int, str]:
        """The offset and the text of the line of `at`."""
        start = self.text.rfind("\n", 0, self.at) + 1
        end = self.text.find("\n", self.at)
        return start, self.text[start : end if end >= 0 else len(self.text)]

    def line_number(self, offset: int) -> int:
        """1-based line of an offset."""
        return self.text.count("\n", 0, offset) + 1


def explain(error: Any, text: str) -> Complaint:
    """Turn an exception of the libyaml parser (marked or reader error) into a sentence with a place."""
    at = error.problem_mark.index if error.problem_mark else 0
    since = error.context_mark.index if error.context_mark else at
    written = _Error(error.problem or "", error.context or "", min(at, len(text)), min(since, len(text)), text)
    marker = conflict_marker(text)
    if marker is not None:
        return _with_words(Complaint(*marker), written)
    trap = _quote_before(written) or _odd_character(written) or _trap(written)
    if trap:
        return _with_words(trap, written)
    found = next((words for known, words in _SAYINGS if known in written.problem), _anything)
    return _with_words(found(written), written)


def bad_character(text: str) -> Complaint | None:
    """The first character that YAML does not allow anywhere, or None."""
    match = re.search(_FORBIDDEN, text)
    if match is None:
        return None
    name = "a NUL byte" if match[0] == "\0" else f"the control character U+{ord(match[0]):04X}"
    return Complaint(match.start(), match.end(), f"{name} is here, and YAML does not allow it: delete it")


def _with_words(complaint: Complaint, error: _Error) -> Complaint:
    words = f"{error.problem} {error.context}".strip()
    return replace(complaint, message=f"{complaint.message} (libyaml: {words})")


def _odd_character(error: _Error) -> Complaint | None:
    """A character that only looks like a space, a colon or a quote, on the line where libyaml stopped, or the one before."""
    line, words = error.line
    before = error.since if "simple key" in error.context else _content_before(error.text, line)
    start = error.text.rfind("\n", 0, before) + 1
    for match in _LINE.finditer(error.text, max(start, line - _LONGEST), line + len(words)):
        at = odd_at(error.text, *match.span())
        if at is not None:
            instead = plain(error.text[at])
            ends = error.text[at - 1 : at] in (":", "-") and not error.text[at + 1 : at + 2].isspace()
            word = {" ": "a space", "": "a space" if ends else "nothing"}.get(instead, instead)
            name = spoken_name(error.text[at])
            words = f"{name} is here, and YAML reads it as a letter: type {word} in its place"
            if word not in ("a space", "nothing"):
                return Complaint(at, at + 1, words)
            end = _run(error.text, at, match.end())
            return Complaint(at, end, words, text=" " if ends else plain(error.text[at:end]))
    return None


def _content_before(text: str, line: int) -> int:
    """The offset in the nearest line above that is neither empty nor a comment; that of the line itself where there is none."""
    end = line - 1
    for _ in range(_MOST_LINES):
        start = text.rfind("\n", 0, max(end, 0)) + 1
        if end <= 0 or (text[start:end].strip() and not text[start:end].lstrip().startswith("#")):
            break
        end = start - 1
    return max(end, 0)


def _run(text: str, start: int, end: int) -> int:
    """The end of the last special space, or mark without width, of a line: all of them are replaced together."""
    last = start + 1
    at = odd_at(text, start, end)
    while at is not None and plain(text[at]) in (" ", ""):
        last = at + 1
        at = odd_at(text, last, end)
    return last


def _quote_before(error: _Error) -> Complaint | None:
    """A quoted string of several lines that ends right before the error: its opening quote should have been closed above."""
    line, _ = error.line
    last: Any = None
    try:
        parser = CParser(error.text)
        while parser.check_token():
            token = parser.get_token()
            if token.start_mark.index > error.at:
                break
            if isinstance(token, ScalarToken) and token.style in ("'", '"') and token.end_mark.index >= line:
                last = token
    except MarkedYAMLError:
        pass  # the part before it was scanned
    if last is None or last.start_mark.index >= line or last.end_mark.index > error.at + 1:
        return None
    opened = last.start_mark.index
    quote = error.text[opened]
    ended = error.line_number(last.end_mark.index - 1)
    message = f"the quote {quote} that opens here is not closed on its line: the string goes on to the next {quote}, on line {ended}"
    return Complaint(
        opened, opened + 1, message, f"close it with {quote} at the end of line {error.line_number(opened)}"
    )


def _trap(error: _Error) -> Complaint | None:
    """Two frequent mistakes, `cert-file: {server}.pem` and `prefix: 2001:db8::`, on the line where libyaml stopped."""
    start, line = error.line
    if len(line) > 4096:
        return None
    seen = error.at - start
    for shape, why in (
        (_BRACES, "YAML reads a { at this place as the beginning of a map"),
        (_COLON_AT_END, "YAML reads a string that ends with a colon as a key"),
    ):
        for match in shape.finditer(line):
            if match.start(1) <= seen <= match.end(1):
                text = None if mentions_secret(line) else f'"{match[1]}"'
                fix = f"write {text}" if text else None
                return Complaint(start + match.start(1), start + match.end(1), f"{why}: quote it", fix, text)
    return None


def _token(error: _Error, message: str, at: int | None = None, fix: str | None = None) -> Complaint:
    start = error.at if at is None else at
    match = _TOKEN.match(error.text, start)
    return Complaint(start, min(match.end(), start + 200) if match else min(start + 1, len(error.text)), message, fix)


def _second_value(error: _Error) -> Complaint:
    start, line = error.line
    before = line[: error.at - start]
    moved = None if ":" in before else _moved_line(error)
    if moved is not None:
        return moved
    if ":" in before or before.lstrip().startswith("- "):
        return _token(
            error, "a second `key: value` on one line: quote the string that contains the colon, or begin a new line"
        )
    return _token(
        error,
        "a `key: value` is not allowed here: the value above continues, a key above lacks its colon and space, or the indentation is wrong",
    )


def _moved_line(error: _Error) -> Complaint | None:
    """The line `key: value` above that is not indented as the lines around it, or this one: a key stands deeper than the one before it.

    Which of the two is wrong is told by the next line, or by the line before both.
    """
    here, words = error.line
    above = error.text.rfind("\n", 0, _content_before(error.text, here)) + 1
    upper = error.text[above : error.text.find("\n", above)]
    match = _KEY_AND_VALUE.match(upper)
    deep, shallow = _indent(words), _indent(upper)
    if match is None or deep <= shallow:
        return None
    before = error.text.rfind("\n", 0, _content_before(error.text, above)) + 1
    first = error.text[before : error.text.find("\n", before)] if above else ""
    opener = bool(_KEY_ALONE.match(first)) and _indent(first) == shallow
    if opener or _indent(first) == deep or (_ITEM.match(first) and _item_indent(first) == deep):
        message = f"this line has {shallow} spaces before it, and the lines around it have {deep}: it is in another map than they are"
        start = above + shallow
        return Complaint(start, start + len(match[1]), message, f"write {deep} spaces before it")
    begins = not first.strip() or (
        bool(_KEY_ALONE.match(first)) and _indent(first) < shallow
    )  # the line above begins its map
    if begins or _indent(first) == shallow or (_ITEM.match(first) and _item_indent(first) == shallow):
        message = f"this line has {deep} spaces before it, and the line before it {shallow}: it is in another map than that one"
        return _token(error, message, here + deep, f"write {shallow} spaces before it")
    return None


def _moved_item(error: _Error) -> Complaint | None:
    """A list item with another indentation than the nearest items above, which are deeper."""
    start, line = error.line
    own = _indent(line)
    if error.at != start + own or not _ITEM.match(line):
        return None
    at = start
    for _ in range(_MOST_LINES):
        if at == 0:
            return None
        at = error.text.rfind("\n", 0, at - 1) + 1
        upper = error.text[at : error.text.find("\n", at)]
        if _ITEM.match(upper) and _indent(upper) in (own + 1, own + 2):
            deep = _indent(upper)
            spaces = f"{own} space{'s' if own != 1 else ''}"
            message = f"this item has {spaces} before it, and the item on line {error.line_number(at)} has {deep}: they are not in one list"
            return Complaint(error.at, error.at + 1, message, f"write {deep} spaces before it")
        if upper.strip() and not upper.lstrip().startswith("#") and _indent(upper) < own:
            return None
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _item_indent(line: str) -> int:
    """Where the key of an item begins."""
    return _indent(line) + len(line.lstrip(" ")) - len(line.lstrip(" ")[1:].lstrip(" "))


_KEY_AND_VALUE = regex(r" *([A-Za-z][\w-]*):[ \t]+[^\s#&!|>].*\Z")
"""A key with a plain value on its line."""
_KEY_ALONE = regex(r" *(?:- +)?[A-Za-z][\w-]*:[ \t]*(?:#.*)?\Z")
_ITEM = regex(r" *- +[A-Za-z]")


def _no_key(error: _Error) -> Complaint:
    if error.text[error.since : error.since + 1] in ("{", "["):
        return _bracket(error)
    if "collection" in error.context:
        return _token(
            error,
            f"the list that begins on line {error.line_number(error.since)} expects `- ` here, or less indentation",
        )
    item = _moved_item(error)
    if item is not None:
        return item
    before = error.line[1][: error.at - error.line[0]]
    if before.strip():
        return _token(error, "the value ends before this: quote the whole value")
    return _token(
        error,
        f"the indentation matches no map above; the nearest map begins on line {error.line_number(error.since)}",
    )


def _bracket(error: _Error) -> Complaint:
    unquoted = _unquoted(error)
    if unquoted is not None:
        return unquoted
    opened = error.text[error.since : error.since + 1]
    closing = "}" if opened == "{" else "]"
    line = error.line_number(error.since)
    message = f"a comma is missing here, or the {opened} of line {line} is never closed with {closing}"
    return _token(error, message, fix=f"write the {closing}" if _outside(error) else None)


def _unquoted(error: _Error) -> Complaint | None:
    """A plain value in { } or [ ] that contains brackets itself, such as `test: option[60].text == 'x'`."""
    start, line = error.line
    seen = error.at - start
    if len(line) > _LONGEST or line[seen : seen + 1] not in ("[", "{") or mentions_secret(line):
        return None
    for match in _FLOW_VALUE.finditer(line):
        if match.start(1) < seen < match.end(1):
            value = match[1].rstrip()
            text = f'"{value}"' if '"' not in value and "\\" not in value else None
            message = "a value with brackets needs quotes here: within { } and [ ] YAML ends a value at a bracket"
            at = start + match.start(1)
            return Complaint(at, at + len(value), message, f"write {text}" if text else "put it in quotes", text)
    return None


_FLOW_VALUE = regex(r"""[A-Za-z][\w-]*:[ ]+([A-Za-z][^"#,{}\[\]]*(?:\[[^\[\]{},#]*\][^"#,{}\[\]]*)+)(?=[,}])""")
"""A value behind its key that has pairs of square brackets in it, up to the comma or brace behind it."""


def _outside(error: _Error) -> bool:
    """True where reading stopped on a line that begins with a key or an item: a comma would not continue the brackets there."""
    start, line = error.line
    return error.at == start + len(line) - len(line.lstrip()) and bool(
        re.match(r"\s*(?:- |[A-Za-z][\w-]*:(?: |\Z))", line)
    )


def _never_closed(error: _Error) -> Complaint:
    quote = error.text[error.since : error.since + 1]
    return Complaint(error.since, error.since + 1, f"the quote {quote} that opens here is never closed")


def _no_colon(error: _Error) -> Complaint:
    start = error.text.rfind("\n", 0, error.since) + 1
    end = error.text.find("\n", error.since)
    whole = error.text[start : end if end >= 0 else len(error.text)][:_LONGEST]
    line = whole.strip()
    match = _KEY_WITHOUT_COLON.match(line)
    words = "this line is neither `key: value` nor a list item `- value`; after a colon there must be a space"
    if match is None or mentions_secret(line):
        return _token(error, words, error.since)
    first, text = start + whole.index(line), f"{match[1]}: {match[2]}"
    return Complaint(first, first + len(line), words, f"write `{text}`", text)


def _cannot_start(error: _Error) -> Complaint:
    character = error.text[error.at : error.at + 1]
    if character == "\t":
        end = (
            error.at
            + len(error.text[error.at : error.at + 200])
            - len(error.text[error.at : error.at + 200].lstrip("\t"))
        )
        return Complaint(error.at, end, "a tab is used for indentation, where YAML allows only spaces", _SPACES)
    return _token(error, f"a string that begins with {character} needs quotes")


def _in_flow(error: _Error) -> Complaint:
    return _token(
        error,
        "this string contains a colon: quote it, or write a space after the colon if the colon ends a key",
        error.since,
    )


_SPACES = "write spaces instead of the tab"
_Words = Callable[[_Error], Complaint]


def _with_message(message: str) -> _Words:
    return lambda written: _token(written, message)


def _anything(error: _Error) -> Complaint:
    return _token(error, "this is not valid YAML")


_SAYINGS: tuple[tuple[str, _Words], ...] = (
    ("mapping values are not allowed", _second_value),
    ("did not find expected key", _no_key),
    ("did not find expected '-' indicator", _no_key),
    ("did not find expected ',' or", _bracket),
    ("could not find expected ':'", _no_colon),
    ("found unexpected end of stream", _never_closed),
    ("found unexpected document indicator", _never_closed),
    ("found character that cannot start any token", _cannot_start),
    (
        "found a tab character",
        lambda written: _token(written, "a tab is used for indentation, where YAML allows only spaces", fix=_SPACES),
    ),
    ("found unexpected ':'", _in_flow),
    (
        "found unknown escape character",
        _with_message("a backslash in double quotes begins an escape: double it, or use single quotes"),
    ),
    (
        "did not find expected hexdecimal number",
        _with_message("the escape needs hexadecimal digits: \\xNN, \\uNNNN or \\UNNNNNNNN"),
    ),
    ("found invalid Unicode character escape", _with_message("this escape is not a Unicode character")),
    (
        "did not find expected alphabetic",
        _with_message("a string that begins with * (alias) or & (anchor) needs quotes"),
    ),
    (
        "block sequence entries are not allowed",
        _with_message("a list item `- ` cannot follow a key on the same line: put it on the next line"),
    ),
    ("did not find expected node content", _with_message("a value is expected here: if this is a string, quote it")),
    ("did not find expected <document start>", _with_message("the document ends before this")),
    (
        "found undefined tag handle",
        _with_message("this tag is unknown: the tags are !include, !csv, !secret and !on-server"),
    ),
    ("found incompatible YAML document", _with_message("kea-hac reads YAML 1.1 and 1.2")),
)
