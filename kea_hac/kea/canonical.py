"""The one JSON writer: the text that Kea loads, and the canonical text that digests are taken of.

Raw UTF-8 in both: Kea refuses or mistakes most `\\u` escapes (seen on 2.2.0, 2.6.3, 3.0.4). A secret is written as Kea's
own include directive, `<?include "PATH"?>`, which all versions take in value position.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from kea_hac.source.document import Secret

STAMP = "kea-hac"
"""The key of the stamp inside the top map's user-context."""
_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS
_INCLUDE = b'<?include "'


class UnwritableError(ValueError):
    """A value that Kea's JSON cannot contain, such as an integer of more than 64 bits."""


def _include(value: Any) -> Any:
    if isinstance(value, Secret):
        return orjson.Fragment(_INCLUDE + value.path.encode() + b'"?>')
    raise TypeError(f"{type(value).__name__} is not allowed in a Kea configuration")


def holds_secret(value: Any) -> bool:
    """True when a secret stands somewhere in the value: one pass of the JSON writer, which is far faster than a walk."""

    def found(_: Any) -> Any:
        raise TypeError

    try:
        orjson.dumps(value, default=found, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return True
    return False


def may_show_secret(text: bytes) -> bool:
    """False for a text of this writer in which no secret stands."""
    return b"<" in text and _INCLUDE in text  # one byte is found ten times as fast


def kea_text(tree: Mapping[str, Any]) -> bytes:
    """The tree as Kea loads it: two spaces a level, keys in the order of the tree, a newline at the end."""
    return _json(tree, _OPTIONS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def canonical_text(tree: Mapping[str, Any]) -> bytes:
    """The tree with sorted keys and no spaces: equal configurations have equal canonical texts."""
    return _json(tree, _OPTIONS | orjson.OPT_SORT_KEYS)


def _json(tree: Mapping[str, Any], option: int) -> bytes:
    """Raises UnwritableError."""
    try:
        return orjson.dumps(tree, default=_include, option=option)
    except orjson.JSONEncodeError as error:
        raise UnwritableError(str(error)) from error


def build_digest(tree: Mapping[str, Any]) -> str:
    """The digest of a configuration without its stamp: what the stamp then says. Lower case SHA-256, first 32 digits."""
    return hashlib.sha256(canonical_text(tree)).hexdigest()[:32]
