"""How many bytes the two sides of a comparison can have: where none is the same, the comparison is never true.

In: an expression that Kea accepts. Out: its impossible comparisons. Kea compares byte by byte, so `substring(…, 0, 4) == 'snom3'` is false
for every client. Lengths are those of eval/token.cc (3.0.4): numbers of a packet have four bytes, addresses four or sixteen.
What this reader does not know is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf
from typing import NamedTuple, TypeVar

from kea_hac.records import dataclass
from kea_hac.regex import regex

_TOKEN = regex(
    r"\s*(?:(?P<text>'[^'\n]*')|(?P<address>[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)"
    r"|(?P<hex>0[xX][0-9a-fA-F]+)|(?P<number>-?[0-9]+)|(?P<word>[A-Za-z][-_A-Za-z0-9]*)|(?P<sign>==|[()\[\].,+*]))"
)
_JOINS = ("and", "or", "sand", "sor")


class Length(NamedTuple):
    """The number of bytes that a value can have."""

    low: float
    high: float


Some = TypeVar("Some")
_ANY = Length(0, inf)
_NUMBER = Length(4, 4)


class Compared(NamedTuple):
    """One side of a comparison."""

    text: str
    length: Length
    constant: bool
    """True for a string, a number or an address that is written out."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """A comparison that is never true."""

    left: Compared
    right: Compared
    text: str
    """The comparison as it is written."""
    start: int
    """Characters before it in the expression."""

    @property
    def corrected(self) -> str | None:
        """The comparison with the number of bytes that the constant has, where a substring counts another number; else None."""
        for side, other in ((self.left, self.right), (self.right, self.left)):
            counted = re.fullmatch(r"(substring\(.*,\s*-?[0-9]+\s*,\s*-?)[0-9]+(\s*\))", side.text, re.S)
            if counted is not None and other.constant and other.length.high > 0:
                new = f"{counted[1]}{int(other.length.high)}{counted[2]}"
                return self.text.replace(side.text, new, 1)
            quoted = other.text[1:-1] if other.text.startswith("'") else ""
            if side.length == _NUMBER and re.fullmatch(r"[0-9]+(?:\.[0-9]+){3}", quoted):
                return self.text.replace(other.text, quoted, 1)
        return None


class _StopError(Exception):
    """Something that this reader does not know."""


def impossible(text: str, family: int) -> tuple[Impossible, ...]:
    """The comparisons of an expression of kea-dhcp`family` that no client can make true."""
    if "==" not in text:
        return ()
    reader = _Reader(text, family)
    try:
        reader.condition()
    except _StopError:
        return ()
    return tuple(reader.found) if reader.at_end() else ()


class _Reader:
    """Goes through an expression once; where a bracket may begin a value or a condition, it tries the value first."""

    def __init__(self, text: str, family: int) -> None:
        self._text = text
        self._address = 4 if family == 4 else 16
        self._tokens = list(_tokens(text))
        self._at = 0
        self.found: list[Impossible] = []

    def at_end(self) -> bool:
        """True when nothing is left."""
        return self._at == len(self._tokens)

    def condition(self) -> None:
        """Conditions, joined by `and` and `or`."""
        self._term()
        while self._peek() in _JOINS:
            self._at += 1
            self._term()

    def _term(self) -> None:
        word = self._peek()
        if word == "not":
            self._at += 1
            self._term()
        elif word in ("member", "match"):
            self._at += 1
            self._bracketed()
        elif not self._comparison():
            self._take("(")
            self.condition()
            self._take(")")

    def _comparison(self) -> bool:
        """True when a comparison, or the question whether an option exists, is here; else nothing is read."""
        begin, before = self._at, len(self.found)
        try:
            left = self._side()
            if left is None:
                return True
            self._take("==")
            right = self._side()
            if right is None:
                raise _StopError
        except _StopError:
            if begin >= len(self._tokens) or self._tokens[begin][1] != "(":
                raise
            self._at = begin
            del self.found[before:]
            return False
        if left.length.high < right.length.low or right.length.high < left.length.low:
            start, end = self._tokens[begin][2], self._tokens[self._at - 1][3]
            self.found.append(Impossible(left, right, self._text[start:end], start))
        return True

    def _side(self) -> Compared | None:
        """A value, with all that is added to it. None for `….exists`."""
        begin = self._at
        total = self._value()
        if total is None:
            return None
        while self._peek() == "+":
            self._at += 1
            total = _sum(total, self._known(self._value()))
        kind = self._tokens[begin][0]
        constant = self._at - begin == 1 and kind in ("text", "hex", "address")
        return Compared(self._text[self._tokens[begin][2] : self._tokens[self._at - 1][3]], total, constant)

    def _value(self) -> Length | None:
        kind, word = self._next()
        if kind == "text":
            size = len(word[1:-1].encode())
            return Length(size, size)
        if kind == "hex":
            return Length(*[(len(word) - 1) // 2] * 2)
        if kind == "address":
            return Length(*[16 if ":" in word else 4] * 2)
        if kind == "number":
            return _NUMBER
        if word == "(":
            inner = self._side()
            self._take(")")
            return self._known(inner).length
        if kind == "word":
            call = getattr(self, f"_{word}", None) if word in _FUNCTIONS else None
            return call() if call is not None else self._field(word)
        raise _StopError

    def _field(self, word: str) -> Length | None:
        """option[…], relay4[…], pkt4.…: what stands behind the last dot decides."""
        if word not in _SOURCES:
            raise _StopError
        last = ""
        while self._peek() in ("[", "."):
            if self._next()[1] == "[":
                self._at += 1
                self._take("]")
            else:
                last = self._next()[1]
        if last == "exists":
            return None
        if last in ("src", "dst", "ciaddr", "giaddr", "yiaddr", "siaddr"):
            return Length(self._address, self._address)
        if last in ("len", "hlen", "htype", "msgtype", "transid"):
            return _NUMBER
        if last in ("peeraddr", "linkaddr"):
            return Length(0, 16)
        if last == "enterprise":
            return Length(0, 4)
        return Length(0, 20) if last == "mac" else _ANY

    def _substring(self) -> Length:
        self._take("(")
        whole = self._known(self._side()).length
        self._take(",")
        self._next()
        self._take(",")
        kind, count = self._next()
        self._take(")")
        return Length(0, min(whole.high, abs(int(count)) if kind == "number" else inf))

    def _split(self) -> Length:
        self._take("(")
        whole = self._known(self._side()).length
        self._take(",")
        self._side()
        self._take(",")
        self._next()
        self._take(")")
        return Length(0, whole.high)

    def _concat(self) -> Length:
        one, two = self._two()
        return _sum(one, two)

    def _hexstring(self) -> Length:
        whole, mark = self._two()
        between = mark.high if mark.low == mark.high else inf

        def digits(size: float, each: float) -> float:
            return 0 if size == 0 else inf if inf in (size, each) else 2 * size + (size - 1) * each

        return Length(digits(whole.low, mark.low), digits(whole.high, between))

    def _ifelse(self) -> Length:
        self._take("(")
        self.condition()
        self._take(",")
        one = self._known(self._side()).length
        self._take(",")
        two = self._known(self._side()).length
        self._take(")")
        return Length(min(one.low, two.low), max(one.high, two.high))

    _sifelse = _ifelse

    def _lcase(self) -> Length:
        self._take("(")
        inner = self._known(self._side()).length
        self._take(")")
        return inner

    _ucase = _lcase

    def _addrtotext(self) -> Length:
        self._lcase()
        return _ANY

    def _two(self) -> tuple[Length, Length]:
        self._take("(")
        one = self._known(self._side()).length
        self._take(",")
        two = self._known(self._side()).length
        self._take(")")
        return one, two

    def _bracketed(self) -> None:
        """Pass over what is in round brackets."""
        self._take("(")
        depth = 1
        while depth:
            word = self._next()[1]
            depth += (word == "(") - (word == ")")

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise _StopError
        kind, word, _, _ = self._tokens[self._at]
        self._at += 1
        return kind, word

    def _take(self, word: str) -> None:
        if self._next()[1] != word:
            raise _StopError

    @staticmethod
    def _known(found: Some | None) -> Some:
        if found is None:
            raise _StopError
        return found


_FUNCTIONS = frozenset(
    {"substring", "split", "concat", "hexstring", "ifelse", "sifelse", "lcase", "ucase", "addrtotext"}
)
_SOURCES = frozenset({"option", "relay4", "relay6", "pkt", "pkt4", "pkt6", "vendor", "vendor-class"})


def _sum(one: Length, two: Length) -> Length:
    return Length(one.low + two.low, one.high + two.high)


def _tokens(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Kind, text, start and end of each token. Ends where something is none."""
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            yield "", "", at, len(text)
            return
        kind = str(match.lastgroup)
        yield kind, match[kind], match.start(kind), match.end()
        at = match.end()
