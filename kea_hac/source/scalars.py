"""The meaning of an unquoted YAML scalar where no schema defines it: YAML 1.2's core schema, without ambiguous forms.

In: a plain scalar. Out: a JSON value, or a ValueError that says how to write it without ambiguity.
"""

from __future__ import annotations

import math

from kea_hac.regex import regex

BLANKS = " \t\r\n\x85\u2028\u2029"
"""White space and line ends as libyaml sees them; a no-break space, which Python takes for one, may be a scalar."""
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = regex(r"[-+]?[0-9]+\Z")
_FLOAT = regex(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = regex(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_LEADING_ZERO = regex(r"[-+]?0[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?\Z")
_OTHER_BASE = regex(r"[-+]?0[xXoObB][0-9a-fA-F_]+\Z")
_MOST = 2**63 - 1
_LONGEST_INT = 40
"""Digits beyond which a number is too large anyway; Python itself refuses to convert thousands of them."""


def core_value(text: str) -> int | float | bool | str | None:
    """The value of a plain scalar where no schema reaches: user-context, free hook parameters.

    `true`/`false` and `null`/`~`/nothing as in YAML 1.2 (also Title and UPPER case), decimal integers in 64 bits with sign
    (Kea's range), decimal floats; everything else is a word, `yes`, `no`, `on`, `off` and `12:30:45` among them.
    Raises ValueError for what YAML versions read differently (`012`, `0o17`, `0x1F`, `0b1`, `1_000`) and for what JSON cannot represent
    (`.inf`, `.nan`, integers beyond 64 bits, floats beyond the range of a double).
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    # Most words begin with a letter, and no number does.
    if text[0] not in "+-.0123456789":
        return str(text)
    why = _trap(text)
    if why:
        short = text if len(text) <= _LONGEST_INT else text[:_LONGEST_INT] + "…"
        raise ValueError(f'{short} {why} quote it ("{short}") if it is a string')
    return _number(text)


def _trap(text: str) -> str | None:
    if _LEADING_ZERO.match(text):
        return "has a leading zero, which some YAML readers read as octal and others as decimal; write the number without it, or"
    if _OTHER_BASE.match(text):
        return "is not decimal, and JSON has only decimal numbers; write the decimal number, or"
    if "_" in text and text[-1] != "_" and _FLOAT.match(text.replace("_", "")):
        return "has underscores, which some YAML readers read as a number and others as a string; write it without them, or"
    if _NOT_FINITE.match(text):
        return "is a number that JSON cannot represent:"
    if _INT.match(text) and (len(text) > _LONGEST_INT or not -_MOST - 1 <= int(text) <= _MOST):
        return "does not fit into 64 bits, so Kea refuses it:"
    if _FLOAT.match(text) and math.isinf(float(text)):
        return "is outside the range of a floating point number:"
    return None


def _number(text: str) -> int | float | str:
    if _INT.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else str(text)


def behind_properties(text: str, start: int, end: int) -> int:
    """Where a value begins behind its anchor and tag, which libyaml counts in; `end` when nothing stands behind them."""
    while start < end and text[start] in "&!":
        while start < end and text[start] not in BLANKS:
            start += 1
        while start < end and text[start] in BLANKS:
            start += 1
    return start
