"""Kea's dialect of JSON, cut into tokens with their places, as the lexers of Kea's own parsers do it.

Comments are `//`, `#` and `/* */`; `<?include "file"?>` continues with the tokens of that file and then returns, so a file may
contain any sequence of whole tokens: a value, some entries of a map, some items of a list (src/bin/dhcp4/dhcp4_lexer.ll).
"""

from __future__ import annotations

import json
import math
import re
from sys import intern
from typing import NamedTuple, NoReturn

from kea_hac.diagnostics import Route, Rule, rewrite_it
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source import rules
from kea_hac.source.conflict_markers import conflict_marker
from kea_hac.source.document import Map, Secret, Seq, pack
from kea_hac.source.includes import Includes, Origin, Source
from kea_hac.source.kea_json_shapes import Shapes
from kea_hac.source.ledger import HaltError, Ledger
from kea_hac.source.secret_spans_json import json_secrets
from kea_hac.source.secrets import in_secret
from kea_hac.source.suppressions import MARKER, Suppressions


class Token(NamedTuple):
    """One token, with its packed position."""

    kind: str
    """A bracket, comma or colon itself; `string`, `value` (number, word or Secret), `end`, `missing` (an include that failed)."""
    value: str | int | float | bool | Secret | None
    at: int


@dataclass(slots=True)
class _Place:
    """How far a text has been read."""

    source: Source
    text: str
    offset: int
    suppressions: Suppressions | None


_COMMON = regex(
    r"""[ \t\r\n]*(?:
      ([{}\[\],:])
    | "([^"\\\x00-\x1f]*)"
    | (-?(?:0|[1-9][0-9]{0,17}))(?![0-9.eE])
    | (true|false|null)(?![A-Za-z0-9_])
    | (//[^\n]*|\#[^\n]*)
    | (/\*)
    | (<\?)
    | (\Z)
    )""",
    re.VERBOSE,
)
_ENTRY = regex(
    r"""[ \t\r\n]*"([^"\\\x00-\x1f]*)"[ \t\r\n]*:[ \t\r\n]*(?:
      "([^"\\\x00-\x1f]*)"
    | (-?(?:0|[1-9][0-9]{0,17}))(?![0-9.eE])
    | (true|false|null)(?![A-Za-z0-9_])
    )[ \t\r\n]*(?:,(?=[ \t\r\n]*")|(?=\}))""",
    re.VERBOSE,
)
"""A whole entry of a map whose value is plain, with the comma before the next key, or where the map ends: nearly all there is."""
_TO_NEXT_KEY = regex(r'[ \t\r\n]*,(?=[ \t\r\n]*")')
_TO_NEXT_MAP = regex(r"[ \t\r\n]*,(?=[ \t\r\n]*\{)")
_TO_MAP = regex(r"[ \t\r\n]*(?=\{)")
_DIRECTIVE = regex(r'<\?[ \t\r\n]*include[ \t\r\n]*"([^"\n]+)"[ \t\r\n]*\?>')
_STRING = regex(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NUMBER = regex(r"[-+]?[0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?")
_INTEGER = regex(r"-?[0-9]+\Z")
_WORD = regex(r"[A-Za-z_][A-Za-z0-9_-]*")
_CONTROL = regex(r"[\x00-\x1f]")
_TWO_DIGITS = regex("[0-9A-Fa-f]{2}")
_ESCAPE = regex(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": True, "false": False, "null": None}
_MOST = 2**63 - 1


class Lexer:
    """The tokens of one file and of what it includes. Raises HaltError where there is no valid token."""

    def __init__(
        self, ledger: Ledger, includes: Includes, source: Source, route: list[str | int], *, opaque: bool = False
    ) -> None:
        self._ledger = ledger
        self._opaque = opaque
        self._includes = includes
        self._outer: list[_Place] = []
        self.route = route
        """Where the parser is; it changes this list."""
        self._here = self._place(source)

    def next(self, *, secret: bool = False) -> Token:
        """The next token. With `secret`, an include is not read but becomes a Secret."""
        while True:
            here = self._here
            match = _COMMON.match(here.text, here.offset)
            if match is None:
                return self._uncommon()
            group = match.lastindex or 0
            start = match.start(group)
            here.offset = match.end()
            base = here.source.number << 64
            if group == 1:
                return Token(match[1], None, base | start << 32 | here.offset)
            if group == 2:
                if here.source.bad:
                    self._check_bytes(start, here.offset)
                return Token("string", match[2], base | (start - 1) << 32 | here.offset)
            if group == 3:
                return Token("value", int(match[3]), base | start << 32 | here.offset)
            if group == 4:
                return Token("value", _WORDS[match[4]], base | start << 32 | here.offset)
            token = self._other(group, start, secret)
            if token is not None:
                return token

    def plain_entries(self, node: Map, most: int) -> int:
        """Put the next entries with plain values into `node`, at most so many, and say how many. None of them needs a report.

        Where it put some, the next token is a key or the end of the map.
        """
        here = self._here
        if here.source.bad:
            return 0
        match, text, offset = _ENTRY.match, here.text, here.offset
        base = here.source.number << 64
        spans = node.spans
        count = 0
        while count < most and (found := match(text, offset)) is not None:
            key = found[1]
            if key in node:
                break
            start, end = found.span(1)
            spans.append(base | (start - 1) << 32 | end + 1)
            value: str | int | None = found[2]
            if value is not None:
                start, end = found.span(2)
                spans.append(base | (start - 1) << 32 | end + 1)
            elif found[3] is not None:
                start, end = found.span(3)
                value = int(found[3])
                spans.append(base | start << 32 | end)
            else:
                start, end = found.span(4)
                value = _WORDS[found[4]]
                spans.append(base | start << 32 | end)
            node[intern(key)] = value
            offset = found.end()
            count += 1
        here.offset = offset
        return count

    def to_next_key(self) -> bool:
        """Whether a comma and a key come next; then the comma has been taken."""
        return self._past(_TO_NEXT_KEY)

    def alike_items(self, node: Seq, shapes: Shapes, nodes: int, height: int) -> tuple[int, int]:
        """Put the next items that are of one of these shapes into `node`; their nodes and their height. None needs a report.

        `nodes`, `height`: as much they can have. Where it put some, the next token is a map or the end of the list.
        """
        here = self._here
        if not shapes.known or here.source.bad or not self._past(_TO_MAP):
            return 0, 0
        left, highest, at = nodes, 0, 0
        while at < len(shapes.known) and here.text[here.offset] == "{":
            shape = shapes.known[at]
            most, before = left // shape.size if shape.height <= height else 0, len(node)
            here.offset = shape.take(node, self._ledger.texts, here.source.number, here.offset, most)
            if len(node) > before:
                left -= shape.size * (len(node) - before)
                highest = max(highest, shape.height)
                shapes.last_used(at)
                at = 0
            at += 1
        return nodes - left, highest

    def to_next_map(self) -> bool:
        """Whether a comma and a map come next; then the comma has been taken."""
        return self._past(_TO_NEXT_MAP)

    def _past(self, pattern: re.Pattern[str]) -> bool:
        """Go on to where a pattern ends, if it is what comes next."""
        found = pattern.match(self._here.text, self._here.offset)
        if found is None:
            return False
        self._here.offset = found.end()
        return True

    def _other(self, group: int, start: int, secret: bool) -> Token | None:
        """Comments, directives and ends. None when there is no token in it."""
        here = self._here
        comments = self._ledger.comments
        if group == 5:
            if comments is not None:
                comments.append(self._at(start, here.offset))
            if here.suppressions is not None and MARKER in here.text[start : here.offset]:
                here.suppressions.note(start)
            return None
        if group == 6:
            end = here.text.find("*/", here.offset)
            if end < 0:
                self._refuse(
                    rules.JSON_SYNTAX, start, start + 2, "the comment that begins here with /* is never closed with */"
                )
            here.offset = end + 2
            if comments is not None:
                comments.append(self._at(start, here.offset))
            return None
        if group == 7:
            return self._directive(start, secret)
        if not self._outer:
            return Token("end", None, self._at(start, start))
        self._here = self._outer.pop()
        self._includes.leave()
        return None

    def _directive(self, start: int, secret: bool) -> Token | None:
        here = self._here
        match = _DIRECTIVE.match(here.text, start)
        if match is None:
            self._refuse(rules.JSON_SYNTAX, start, start + 2, 'after <? only include "FILE"?> is allowed')
        here.offset = match.end()
        at = self._at(start, match.end())
        route: Route = tuple(self.route)
        if not match[1].startswith("/"):
            self._ledger.report(
                rules.RELATIVE_INCLUDE,
                at,
                f"Kea looks for {match[1]} in the directory in which it was started; kea-hac reads it from the folder of this file. "
                "Write the absolute path",
                route=route,
            )
        if secret or self._opaque:
            return Token("value", Secret(match[1]), at)
        source = self._includes.open(match[1], Origin(here.source.number, at, route))
        if source is None:
            return Token("missing", None, at)
        self._outer.append(here)
        self._ledger.texts[source.number].finder = json_secrets
        self._here = self._place(self._includes.enter(source))
        return None

    def _uncommon(self) -> Token:
        """Strings with escapes, unusual numbers, and everything that is no token."""
        here = self._here
        while here.text[here.offset] in " \t\r\n":
            here.offset += 1
        start = here.offset
        character = here.text[start]
        if character == '"':
            return self._string(start)
        number = _NUMBER.match(here.text, start)
        if number and number[0]:
            return self._number(number[0], start)
        word = _WORD.match(here.text, start)
        end = word.end() if word else start + 1
        shown = self._shown(here.text[start:end])
        if here.text[start:end].lower() in _WORDS:
            self._refuse(rules.JSON_SYNTAX, start, end, f"{shown} is written in lower case: {shown.lower()}")
        if ord(character) < 32 or ord(character) == 127:
            self._refuse(
                rules.CONTROL_CHARACTER,
                start,
                end,
                f"the control character U+{ord(character):04X} is outside a string",
            )
        self._check_bytes(start, end)
        hint = ": write strings in straight double quotes" if word or character in "'“”„‘’`" else ""
        return self._refuse(rules.JSON_SYNTAX, start, end, f"{shown} is not valid in Kea's JSON{hint}")

    def _string(self, start: int) -> Token:
        here = self._here
        match = _STRING.match(here.text, start)
        if match is None:
            line_end = here.text.find("\n", start)
            self._refuse(
                rules.JSON_SYNTAX,
                start,
                len(here.text) if line_end < 0 else line_end,
                "the string that begins here is never closed with a double quote",
            )
        here.offset = match.end()
        raw = match[0][1:-1]
        self._check_bytes(start, here.offset)
        control = _CONTROL.search(raw)
        if control:
            place = start + 1 + control.start()
            name = {"\n": "a line end", "\t": "a tab", "\r": "a carriage return"}.get(
                control[0], f"U+{ord(control[0]):04X}"
            )
            hint = "; is the closing quote of this line missing?" if control[0] in "\r\n" else ""
            self._report(
                rules.CONTROL_IN_STRING,
                place,
                place + 1,
                f"{name} is inside a string, where Kea requires an escape{hint}",
                None if hint else json.dumps(control[0])[1:-1],
            )
        return Token("string", self._unescape(raw, start + 1), self._at(start, here.offset))

    def _unescape(self, raw: str, start: int) -> str:
        """The string as Kea stores it: \\u0080 to \\u00ff are single bytes, so \\u00c3\\u00bc is the two bytes of ü."""
        if "\\" not in raw:
            return raw
        out = bytearray()
        done = 0
        lone: list[int] = []
        for match in _ESCAPE.finditer(raw):
            out += raw[done : match.start()].encode("utf-8", "surrogatepass")
            done = match.end()
            escape = match[1]
            code = int(escape[1:], 16) if len(escape) == 5 else -1
            if 0x80 <= code <= 0xFF:
                lone.append(match.start())
                out.append(code)
            elif code >= 0:
                out += self._character(code, start + match.start(), start + match.end())
            else:
                out += self._simple(escape, start + match.start(), start + match.end())
        out += raw[done:].encode("utf-8", "surrogatepass")
        try:
            return out.decode("utf-8")
        except UnicodeDecodeError:
            first = start + lone[0] if lone else start
            self._report(
                rules.BYTE_ESCAPE,
                first,
                first + 6,
                "Kea stores this escape as one byte, so the string is not valid UTF-8: write the character itself",
                chr(int(raw[lone[0] + 2 : lone[0] + 6], 16)) if lone else None,
            )
            return _ESCAPE.sub(lambda match: _as_json(match[1]), raw)

    def _character(self, code: int, start: int, end: int) -> bytes:
        if code > 0xFF:
            self._report(
                rules.BAD_ESCAPE,
                start,
                end,
                f"Kea refuses \\u{code:04x}: it accepts \\u0000 to \\u00ff; write the character itself",
                None if 0xD800 <= code <= 0xDFFF else chr(code),
            )
            return b"\xef\xbf\xbd" if 0xD800 <= code <= 0xDFFF else chr(code).encode("utf-8")
        return bytes([code])

    def _simple(self, escape: str, start: int, end: int) -> bytes:
        if escape not in _SIMPLE:
            shown = "\\" + escape if escape.isprintable() else "a backslash before a control character"
            known = '\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u00NN'
            code = _TWO_DIGITS.match(self._here.text, end) if escape == "x" else None
            instead = chr(int(code[0], 16)) if code else f"\\\\{escape}" if escape.isprintable() else None
            end = code.end() if code else end
            self._report(rules.BAD_ESCAPE, start, end, f"{shown} is not an escape; Kea accepts {known}", instead)
        return _SIMPLE.get(escape, escape).encode("utf-8", "surrogatepass")

    def _number(self, text: str, start: int) -> Token:
        end = start + len(text)
        self._here.offset = end
        shown = self._shown(text)
        if text[0] == "+":
            self._report(rules.PLUS_SIGN, start, end, f"{shown}: write the number without a plus sign", text[1:])
        elif re.match(r"-?0[0-9]", text):
            message = f"{shown} has leading zeros; Kea reads it as a decimal number"
            self._report(rules.LEADING_ZEROS, start, end, message, re.sub(r"^(-?)0+(?=[0-9])", r"\1", text))
        if _INTEGER.match(text):
            number = int(text) if len(text) <= 40 else _MOST + 1
            if not -_MOST - 1 <= number <= _MOST:
                self._report(rules.NUMBER_RANGE, start, end, f"{shown} does not fit into 64 bits")
            return Token("value", number, self._at(start, end))
        try:
            fraction = float(text)
        except ValueError:
            return self._refuse(rules.JSON_SYNTAX, start, end, f"{shown} is not a number")
        if math.isinf(fraction):
            self._report(rules.NUMBER_RANGE, start, end, f"{shown} is outside the range of a floating point number")
        return Token("value", fraction, self._at(start, end))

    def _shown(self, text: str) -> str:
        """A part of the text in a form that messages may contain."""
        return "this value" if in_secret(self.route) else text[:40]

    def _place(self, source: Source) -> _Place:
        text = self._ledger.texts[source.number].text
        if source.marked:
            self._ledger.report(
                rules.BYTE_ORDER_MARK, pack(source.number, 0, 0), "this file begins with a byte order mark"
            )
        return _Place(source, text, 0, Suppressions(self._ledger, source.number) if MARKER in text else None)

    def _check_bytes(self, start: int, end: int) -> None:
        """Bytes that are not UTF-8 are harmless in a comment, also for Kea; in a string they change the value."""
        bad = next((each for each in self._here.source.bad if start <= each < end), None)
        if bad is not None:
            self._report(rules.NOT_UTF8, bad, bad + 1, "a byte here is not UTF-8: save the file as UTF-8")

    def _at(self, start: int, end: int) -> int:
        return pack(self._here.source.number, start, end)

    def _report(self, rule: Rule, start: int, end: int, message: str, instead: str | None = None) -> None:
        """Report a mistake. `instead`: the text to write in its place."""
        shown = instead is not None and instead.isprintable() and not in_secret(self.route)
        self._ledger.report(
            rule,
            self._at(start, end),
            message,
            route=tuple(self.route),
            fix=f"write {instead}" if shown else None,
            repair=rewrite_it(str(instead)) if shown else (),
        )

    def _refuse(self, rule: Rule, start: int, end: int, message: str) -> NoReturn:
        marker = conflict_marker(self._here.text) if rule is rules.JSON_SYNTAX else None
        self._report(rule, *(marker or (start, end, message)))
        raise HaltError


def _as_json(escape: str) -> str:
    if len(escape) == 5:
        code = int(escape[1:], 16)
        return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)
    return _SIMPLE.get(escape, escape)
