"""A raw `config-get` answer → a daemon's configuration in the texts of this program.

Kea prints strings byte by byte, `ü` as `\\u00c3\\u00bc`, so that a JSON reader sees the bytes as letters of Latin-1
(seen on 2.2.0, 2.6.3, 3.0.4). Here they become a string again. Bytes that are not UTF-8 become single surrogates, as the readers
of files do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kea_hac.kea.config import Daemon, Json
from kea_hac.kea.config_get.changes_at_start import without_volatile


def from_answer(daemon: Daemon, arguments: Mapping[str, Any]) -> dict[str, Json]:
    """The map under the daemon's top key of config-get's `arguments`, without the `hash` beside it.

    Raises KeyError when the arguments are not of this daemon, TypeError when no map stands under its key.
    """
    config = arguments[daemon.top]
    if not isinstance(config, Mapping):
        raise TypeError(f"{daemon.top} holds {type(config).__name__}, not a map")
    result: dict[str, Json] = dict(config) if _is_ascii(config) else _text(dict(config))
    return without_volatile(result)


def _is_ascii(tree: Any) -> bool:
    try:
        return orjson.dumps(tree).isascii()
    except orjson.JSONEncodeError:  # single surrogates: from bytes that a reader of files has converted
        return False


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _decoded(value)
    if isinstance(value, dict):
        return {key: _text(item) for key, item in value.items()}  # keys are printed as they are, without escapes
    if isinstance(value, list):
        return [_text(item) for item in value]
    return value


def _decoded(text: str) -> str:
    try:
        octets = text.encode("latin-1")
    except UnicodeEncodeError:  # not Kea's own printing: letters beyond Latin-1 come from a file written by hand
        return text
    return octets.decode("utf-8", "surrogateescape")
