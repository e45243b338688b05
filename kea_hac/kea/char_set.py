"""POSIX extended regular expressions, as far as Kea refuses them: hostname-char-set.

Kea gives the text to std::regex (extended) of the C++ library it was built with; what is refused here was seen refused by
Debian's 2.2.0, 2.6.3 and 3.0.4 (libstdc++).
"""

from __future__ import annotations

import re

from kea_hac.regex import regex

LONGEST = 4096
"""Bytes, of the expression and of the replacement."""

_INTERVAL = regex(r"\{([0-9]+)(?:,([0-9]*))?\}", re.ASCII)
_NAMED = regex(r"\[([.:=])(.*?)\1\]", re.DOTALL)
_CLASSES = frozenset(
    {
        "alnum",
        "alpha",
        "blank",
        "cntrl",
        "d",
        "digit",
        "graph",
        "lower",
        "print",
        "punct",
        "s",
        "space",
        "upper",
        "w",
        "xdigit",
    }
)
_QUANTIFIERS = "*+?{"


def char_set_problem(text: str) -> str | None:
    """Why Kea cannot use the expression; None when it can."""
    if len(text.encode(errors="surrogatepass")) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    at, depth, atom = 0, 0, False
    while at < len(text):
        character = text[at]
        if character == "[":
            end = _after_bracket(text, at)
            if isinstance(end, str):
                return end
            at, atom = end, True
        elif character in _QUANTIFIERS:
            if not atom:
                return f"there is nothing before {character!r} to repeat"
            step = _after_quantifier(text, at)
            if step is None:
                return "a '{' does not begin a count such as {2} or {2,5}"
            at = step
        elif character == "\\":
            if at + 1 == len(text):
                return "it ends with a backslash"
            at, atom = at + 2, True
        else:
            depth += (character == "(") - (character == ")")
            if depth < 0:
                return "a ')' has no opening one"
            at, atom = at + 1, character not in "(|^$"
    return "a '(' is never closed" if depth else None


def _after_quantifier(text: str, at: int) -> int | None:
    if text[at] != "{":
        return at + 1
    found = _INTERVAL.match(text, at)
    if found is None or (found[2] and int(found[2]) < int(found[1])):
        return None
    return found.end()


def _after_bracket(text: str, at: int) -> int | str:
    """The place behind the bracket expression that begins at `at`, or what is wrong with it."""
    at += 2 if text.startswith("[^", at) else 1
    start, last = at, ""
    while at < len(text):
        if text[at] == "]" and at > start:
            return at + 1
        named = _NAMED.match(text, at)
        if named:
            problem = _named_problem(named[1], named[2])
            if problem:
                return problem
            at, last = named.end(), ""
        elif text.startswith(("[.", "[:", "[="), at):
            return f"a '{text[at : at + 2]}' is never closed"
        elif text[at] == "-" and at > start and text[at + 1 : at + 2] not in ("]", ""):
            if not last:
                return "a '-' in brackets is not between two characters"
            if last > text[at + 1]:
                return f"the range {last}-{text[at + 1]} is reversed"
            at, last = at + 2, ""
        else:
            at, last = at + 1, text[at]
    return "a '[' is never closed"


def _named_problem(kind: str, name: str) -> str | None:
    if kind == ":" and name.lower() not in _CLASSES:
        return f"there is no character class [:{name}:]"
    nameless = (kind == "=" and len(name) != 1) or name == "-"
    return f"[{kind}{name}{kind}] is not a character" if nameless else None
