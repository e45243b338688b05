"""The scalars of our own keys: readers of the untyped text of the document, each giving the value or refusing it.

Every refusal names the value seen and the values possible; a message never shows what could be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from kea_hac.diagnostics import Route
from kea_hac.kea.version import KeaVersion
from kea_hac.source.document import Map, Plain, Secret, Seq

Address = IPv4Address | IPv6Address
NULLS = ("", "~", "null")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_INTEGER = re.compile(r"(0|[1-9][0-9]*)\Z")


class RefusedError(Exception):
    """A value that means nothing. `at` is the way to it from the value that was being read, for what lies inside."""

    def __init__(self, message: str, fix: str | None = None, at: Route = ()) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.at = at


def refused(message: str, fix: str | None = None) -> RefusedError:
    """The one form of refusal of this module. `fix`: what to write instead."""
    return RefusedError(message, fix)


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that `word` was most likely meant to be."""
    swapped = word.replace("_", "-")
    if swapped in known:
        return swapped
    found = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def shown(value: Any) -> str:
    """The value as a message shows it."""
    if isinstance(value, Map | dict):
        return "a map"
    if isinstance(value, Seq | list):
        return "a list"
    if isinstance(value, Secret):
        return "a secret"
    if value is None or (isinstance(value, Plain) and value in NULLS):
        return "nothing"
    return repr(str(value)) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def is_null(value: Any) -> bool:
    """True for `key:`, `key: null` and `key: ~`."""
    return value is None or (isinstance(value, Plain) and value in NULLS)


def read_text(value: Any) -> str:
    """Any text."""
    if isinstance(value, str) and not is_null(value):
        return str(value)
    raise refused(f"this must be a text, not {shown(value)}")


def read_name(value: Any) -> str:
    """What can be a folder and an HA peer name."""
    text = read_text(value)
    if not _NAME.match(text) or len(text) > 128:
        raise refused(
            f"{text!r} cannot be a name: a letter or digit first, then letters, digits, '.', '_' and '-', at most 128 characters "
            "(it becomes a folder and an HA peer name)"
        )
    return text


def read_integer(value: Any) -> int:
    """A whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Plain) and _INTEGER.match(value):
        return int(value)
    quoted = isinstance(value, str) and not isinstance(value, Plain) and _INTEGER.match(value)
    raise refused(f"this must be a whole number, not {shown(value)}", "take the quotes away" if quoted else None)


def read_port(value: Any) -> int:
    """1 to 65535."""
    number = read_integer(value)
    if not 1 <= number <= 65535:
        raise refused(f"{number} is not a port: 1 to 65535")
    return number


def read_boolean(value: Any) -> bool:
    """true or false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Plain) and value in ("true", "false"):
        return value == "true"
    raise refused(f"this must be true or false, not {shown(value)}")


def read_server_address(value: Any) -> Address:
    """The numeric address of one server."""
    text = read_text(value)
    try:
        found = ip_address(text)
    except ValueError:
        raise refused(
            f"{text!r} is not a numeric IP address; Kea's HA library refuses host names in peer URLs, so every address is a number"
        ) from None
    if found.is_unspecified or found.is_multicast:
        raise refused(f"{text} is not the address of one server")
    if isinstance(found, IPv6Address) and found.scope_id:
        raise refused(f"{text}: a zone ({found.scope_id!r}) cannot stand in a peer URL; use an address without one")
    return found


def read_bind_address(value: Any) -> Address:
    """Any numeric address."""
    text = read_text(value)
    try:
        return ip_address(text)
    except ValueError:
        raise refused(f"{text!r} is not a numeric IP address") from None


def read_version(value: Any) -> KeaVersion:
    """A branch of Kea, or one release."""
    try:
        return KeaVersion.parse(read_text(value) if not isinstance(value, float | int) else str(value))
    except ValueError as error:
        raise refused(str(error)) from None


def one_of(*words: str) -> Callable[[Any], str]:
    """A text that must be one of `words`."""

    def check(value: Any) -> str:
        if isinstance(value, str) and value in words:
            return str(value)
        near = nearest(value, words) if isinstance(value, str) else None
        raise refused(
            f"this must be {', '.join(words[:-1])} or {words[-1]}, not {shown(value)}",
            f"write {near}" if near else None,
        )

    return check
