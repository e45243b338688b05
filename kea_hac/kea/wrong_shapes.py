"""Values of the wrong shape: a list for a scalar, a scalar for a map or a list. What is meant, in the words of the text.

In: the keyword and the value; `json`: the text is a file of Kea, which has no strings without quotes. Out: message, fix, changes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kea_hac.diagnostics import Repair, rename_it, set_it, wrap_it
from kea_hac.kea.grammar import Keyword, Kind
from kea_hac.kea.synonyms import BY_OLD
from kea_hac.kea.values import display_value
from kea_hac.regex import regex
from kea_hac.source.document import Map, Plain, Seq, Value
from kea_hac.source.secrets import names_secret


class WrongShape(NamedTuple):
    """The finding about one value, without its place."""

    message: str
    fix: str | None = None
    repair: tuple[Repair, ...] = ()


_KINDS = {
    Kind.INTEGER: "an integer",
    Kind.NUMBER: "a number",
    Kind.STRING: "a string",
    Kind.BOOLEAN: "true or false",
    Kind.ENUM: "one word",
}
_ITEM_NAMES = {
    "pool": "pool",
    "pd-pool": "prefix",
    "subnet4": "subnet",
    "subnet6": "subnet",
    "client-class": "name",
    "hooks-library": "library",
    "output-option": "output",
    "control-socket": "socket-name",
}
"""The scope of an item of a list → the key that says which one it is."""
_FILE = regex(r"(?:(include|csv)[ \t]+)?(\S+\.(?:ya?ml|json|conf|csv))", re.IGNORECASE)
_TAG_WITHOUT_MARK = regex(r"(include|csv) +(\S+)\Z")
"""A tag of the spec language without its exclamation mark."""


def no_list_wanted(keyword: Keyword, value: Seq, *, json: bool) -> WrongShape:
    """A list where one value belongs: its only item is meant, or the newer key that holds a list."""
    message = f"{keyword.name!r} must be {_KINDS.get(keyword.kind, 'one value')}, not a list"
    if keyword.replaced_by and keyword.name in BY_OLD:
        return _newer(message, keyword)
    only = value[0] if len(value) == 1 else None
    if names_secret(keyword.name):
        return WrongShape(message, "write one value, without the brackets")
    if isinstance(only, str) and only:
        return WrongShape(message, f"write {_quoted(only) if json else only}", set_it(only))
    words = [str(item) for item in value if isinstance(item, str) and item]
    if keyword.name == "data" and words and len(words) == len(value):
        return WrongShape(message, f'write "{", ".join(words)}"', set_it(", ".join(words)))
    return WrongShape(message, "write one value, without the brackets")


def map_wanted(keyword: Keyword, value: Value, *, json: bool) -> WrongShape:
    """Something else where a map belongs: the addresses of a relay, or a list that the newer key holds."""
    message = f"{keyword.name!r} must be a map, not {display_value(value)}"
    if isinstance(value, Seq) and keyword.replaced_by and keyword.name in BY_OLD:
        return _newer(message, keyword)
    items = value if isinstance(value, Seq) else [value]
    words = [_quoted(item) if json or ":" in item else str(item) for item in items if isinstance(item, str) and item]
    if keyword.name != "relay" or not words or len(words) < len(items):
        return WrongShape(message)
    key = _quoted("ip-addresses") if json else "ip-addresses"
    repair = wrap_it("ip-addresses") if isinstance(value, Seq) else ()
    return WrongShape(message, f"write `{{{key}: [{', '.join(words)}]}}`", repair)


def list_wanted(keyword: Keyword, value: Value, *, json: bool) -> WrongShape:
    """Something else where a list belongs: its only item."""
    message = f"{keyword.name!r} must be a list, not {display_value(value)}"
    file = None if json or not isinstance(value, Plain) else _FILE.fullmatch(value)
    if file:  # a tag without its mark, or a file without its tag
        return WrongShape(
            message, f"write `!{file[1] or ('csv' if file[2].lower().endswith('.csv') else 'include')} {file[2]}`"
        )
    if isinstance(value, Map) and list(value) == [keyword.name] and isinstance(value[keyword.name], Seq):
        return WrongShape(message, f"remove the inner `{keyword.name}:`, so that the list below it is the value")
    if isinstance(value, Map) == (keyword.scope is not None):
        if isinstance(value, Map) or not isinstance(value, str) or not value:
            return WrongShape(message, "put it in a list: [ … ]" if json else "put it in a list: `- …`", wrap_it())
        return WrongShape(message, f"write [{_quoted(value) if json or ':' in value else value}]", wrap_it())
    name = _ITEM_NAMES.get(keyword.scope or "")
    if isinstance(value, str) and value and name:
        return WrongShape(message, f"write `[{{{_entry(name, value, json=json)}}}]`")
    return WrongShape(message)


def item_wanted(keyword: Keyword, item: Value, *, json: bool) -> WrongShape:
    """Something else where an item of a list of maps belongs: the value of the key that names it, or a tag without its mark."""
    message = f"each item of {keyword.name!r} must be a map, not {display_value(item)}"
    tag = _TAG_WITHOUT_MARK.match(item) if isinstance(item, Plain) else None
    if tag:
        return WrongShape(message, f"write `!{tag[1]} {tag[2]}`")
    name = _ITEM_NAMES.get(keyword.scope or "")
    if name is None or not isinstance(item, str) or not item:
        return WrongShape(message)
    return WrongShape(message, f"write `{{{_entry(name, str(item), json=json)}}}`", wrap_it(name))


def _newer(message: str, keyword: Keyword) -> WrongShape:
    new = BY_OLD[keyword.name].new
    return WrongShape(message, f"write {new!r}", rename_it(new))


def _entry(name: str, value: str, *, json: bool) -> str:
    return f"{_quoted(name)}: {_quoted(value)}" if json else f"{name}: {value}"


def _quoted(text: str) -> str:
    return f'"{text}"'
