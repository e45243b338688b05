"""Kea's own text of a JSON tree, byte for byte, and the hash that `config-hash-get` gives of it.

Facts: Element::toJSON in lib/cc/data.cc at 2.2.0, 2.6.3 and 3.0.4; the tests compare with the hashes of real servers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from json.encoder import encode_basestring_ascii
from typing import Any

from kea_hac.kea.config import Daemon, Json
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.source.document import Secret

Resolver = Callable[[Secret], str | None]
"""Gives the text that the file of a secret holds on the server; None when it is not at hand."""

_CONSTANTS = {True: "true", False: "false", None: "null"}
_PLAIN = re.compile(r'[^"\\\x00-\x1f\x7f-\U0010ffff]*\Z')


class UnresolvedSecretError(Exception):
    """A secret stands in the tree, and nobody gave its value."""


def kea_rendering(tree: Json, resolver: Resolver | None = None) -> bytes:
    """The tree as Kea prints it: `{ "k": v, "l": [ 1, 2 ] }`, keys sorted by their bytes, strings escaped byte by byte.

    Raises UnresolvedSecretError when a secret stands in it for which `resolver` gives nothing.
    """
    parts: list[str] = []
    _render(tree, parts.append, resolver)
    return "".join(parts).encode("utf-8", "surrogateescape")


def config_hash(
    daemon: Daemon, config_shown: Mapping[str, Json], version: KeaVersion, resolver: Resolver | None = None
) -> str | None:
    """What `config-hash-get` answers for a configuration in the form of `shown`: upper-case SHA-256.

    None where the version has no such command, and where a secret's value is not at hand.
    """
    if not has(version, Feature.CONFIG_HASH) or daemon.family is None:
        return None
    try:
        text = kea_rendering({daemon.top: config_shown}, resolver)
    except UnresolvedSecretError:
        return None
    return hashlib.sha256(text).hexdigest().upper()


def shown_number(number: float) -> str:
    """A floating-point number as C++ streams print it: six significant digits, a point where there would be none."""
    text = f"{number:.6g}"
    return text if "." in text or "e" in text else f"{text}.0"


def _render(value: Any, put: Callable[[str], None], resolver: Resolver | None) -> None:
    match value:
        case str():
            put(_string(value))
        case True | False | None:
            put(_CONSTANTS[value])
        case int():
            put(str(value))
        case float():
            put(shown_number(value))
        case Mapping():
            _render_map(value, put, resolver)
        case list() | tuple():
            _render_list(value, put, resolver)
        case Secret():
            put(_string(_resolved(value, resolver)))
        case _:
            raise TypeError(f"{type(value).__name__} cannot stand in a Kea configuration")


def _render_map(value: Mapping[str, Any], put: Callable[[str], None], resolver: Resolver | None) -> None:
    put("{ ")
    between = '"'
    for key in sorted(value):  # code points sort as their UTF-8 bytes do
        put(f'{between}{key}": ')
        _render(value[key], put, resolver)
        between = ', "'
    put(" }")


def _render_list(value: Iterable[Any], put: Callable[[str], None], resolver: Resolver | None) -> None:
    put("[ ")
    for number, item in enumerate(value):
        if number:
            put(", ")
        _render(item, put, resolver)
    put(" ]")


def _resolved(secret: Secret, resolver: Resolver | None) -> str:
    text = resolver(secret) if resolver else None
    if text is None:
        raise UnresolvedSecretError(secret.path)
    return text


def _string(text: str) -> str:
    if _PLAIN.match(text):
        return f'"{text}"'
    octets = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return encode_basestring_ascii(octets).replace("\x7f", "\\u007f")
