"""A scalar as YAML: plain where every reader of YAML takes it for the same value, else in quotes.

YAML 1.1 (PyYAML, check-yaml) and YAML 1.2 read different words as numbers, booleans or dates, so a string is plain only
when it is of a form that no reader takes for anything else, wherever it stands.
"""

from __future__ import annotations

import json
import re
from typing import Any

from kea_hac.regex import regex
from kea_hac.source.document import Plain, Secret

_PLAIN = regex(
    r"""(?:
      [A-Za-z_/][A-Za-z0-9_./+@-]*(?:[ ][A-Za-z0-9_/][A-Za-z0-9_./+@-]*)*
    | [0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?(?:[ ]?-[ ]?[0-9]{1,3}(?:\.[0-9]{1,3}){3})?
    )\Z""",
    re.VERBOSE,
)
"""Words, and addresses of IPv4 with their prefixes and ranges."""
_TAKEN = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
UNPRINTABLE = regex(
    r"[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]|(?<=#)#"
)
"""Written as an escape: what YAML refuses or ends a line with, what turns the reading direction, and `##`, since `##[` is a
command for the log of some CI systems when the spec goes to stdout."""
_LONGEST_TAKEN = max(map(len, _TAKEN))


def scalar(value: Any, quote: str = '"', *, always: bool = False) -> str:
    """The scalar on one line, valid in block and in flow style. `quote`: around a string that needs quotes.

    A `Plain` is written as it is, such as 4h. `always`: a string has quotes even where it needs none.
    """
    if isinstance(value, Plain):
        return str(value)
    if isinstance(value, Secret):
        return f"{'!on-server' if value.listed else '!secret'} {string(value.path)}"
    if isinstance(value, str):
        return quoted(value, quote) if always else string(value, quote)
    return json.dumps(value)


def string(text: str, quote: str = '"') -> str:
    """A string, in quotes where it needs them."""
    if _PLAIN.match(text) and (len(text) > _LONGEST_TAKEN or text.casefold() not in _TAKEN):
        return text
    return quoted(text, quote)


def quoted(text: str, quote: str = '"') -> str:
    """A string in quotes; in double ones where single ones cannot express it."""
    if quote == "'" and text.isprintable() and not UNPRINTABLE.search(text):
        return "'" + text.replace("'", "''") + "'"
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text and "##" not in text:
        return f'"{text}"'  # as below, and most of what there is
    escaped = json.dumps(text, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped)
