"""Characters that look like ASCII but are not: special spaces, full-width signs, curly quotes, marks without width.

They come from text that is copied from a web page, a word processor or a chat. YAML reads them as letters.
"""

from __future__ import annotations

import re
import unicodedata

from kea_hac.regex import regex
from kea_hac.source.document import Plain

_ODD = regex(
    "[\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u180e\u2000-\u200f\u2010-\u2015\u2018-\u201f\u2028-\u202f\u205f-\u206f\u2212\u3000\u3001"
    "\ufeff\uff01-\uff5e\ufe55\ua789\u02d0\u2236]"
)
_PLAIN = {
    "\u2013": "-",
    "\u2014": "-",
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2015": "-",
    "\u2212": "-",
    "\u3001": ",",
}
_PLAIN |= dict.fromkeys("\u201c\u201d\u201e\u201f", '"') | dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
_PLAIN |= dict.fromkeys("\ufe55\ua789\u02d0\u2236", ":")


def odd_at(text: str, start: int = 0, end: int | None = None) -> int | None:
    """The offset of the first such character between two offsets, or None."""
    if text.isascii():
        return None
    match = _ODD.search(text, start, len(text) if end is None else end)
    return match.start() if match else None


def spoken_name(character: str) -> str:
    """A character as people can look it up: U+00A0 NO-BREAK SPACE."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"


def odd_in(text: str) -> str | None:
    """The first such character of a text by its name, or None."""
    at = odd_at(text)
    return None if at is None else spoken_name(text[at])


def plain(text: str) -> str:
    """The text with plain characters in their place: a space for a space, nothing for a mark without width."""
    if text.isascii():
        return text
    return _ODD.sub(lambda match: _plain(match[0]), text)


def _plain(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    return " " if unicodedata.category(character) == "Zs" else ""


_CURLY = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b"
_NEEDS_NO_QUOTES = regex(r"[A-Za-z0-9/_.](?:[\w./+%@=()-]|[ :](?=[\w./(+%-]))*\Z", re.ASCII)


def unquoted(text: str) -> str | None:
    """What is meant by a string in curly quotes: a `Plain` where it needs no quotes. None where it holds other quotes, too."""
    inside = text.strip(_CURLY)
    if not inside.isprintable() or any(each in inside for each in f"\"'\\{_CURLY}"):
        return None
    return Plain(inside) if _NEEDS_NO_QUOTES.match(inside) and ": " not in inside else inside
