"""The scalar types of our own keys, as pydantic annotations over the untyped text of the document.

Every refusal names the value seen and the values possible; a message never shows what could be a secret.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from kea_hac.kea.addressing import bare_address
from kea_hac.kea.suggest import nearest
from kea_hac.kea.version import KeaVersion
from kea_hac.source.document import Map, Plain, Secret, Seq
from kea_hac.source.odd_characters import odd_in

Address = IPv4Address | IPv6Address
NULLS = ("", "~", "null")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_INTEGER = re.compile(r"(0|[1-9][0-9]*)\Z")


def refused(message: str, fix: str | None = None, value: str | None = None) -> PydanticCustomError:
    """The error of this module for a wrong value; braces in `message` stay as they are. `fix`: what to write instead.

    `value`: the same as data."""
    return PydanticCustomError("refused", "{reason}", {"reason": message, "fix": fix, "value": value})


def display(value: Any) -> str:
    """The value as a message shows it."""
    if isinstance(value, Map | dict):
        return "a map"
    if isinstance(value, Seq | list):
        return "a list"
    if isinstance(value, Secret):
        return "a secret"
    if value is None or (isinstance(value, Plain) and value in NULLS):
        return "nothing"
    if isinstance(value, str):
        odd = odd_in(value)
        return f"{str(value)!r} (it contains {odd})" if odd else repr(str(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_null(value: Any) -> bool:
    """True for `key:`, `key: null` and `key: ~`."""
    return value is None or (isinstance(value, Plain) and value in NULLS)


def _text(value: Any) -> str:
    if isinstance(value, str) and not is_null(value):
        return str(value)
    raise refused(f"this must be a string, not {display(value)}")


def _name(value: Any) -> str:
    text = _text(value)
    if not _NAME.match(text) or len(text) > 128:
        raise refused(
            f"{text!r} cannot be a name: a letter or digit first, then letters, digits, '.', '_' and '-', at most 128 characters "
            "(it becomes a folder and an HA peer name)"
        )
    return text


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Plain) and _INTEGER.match(value):
        return int(value)
    quoted = isinstance(value, str) and not isinstance(value, Plain) and _INTEGER.match(value)
    raise refused(f"this must be a whole number, not {display(value)}", "remove the quotes" if quoted else None)


def _port(value: Any) -> int:
    number = _integer(value)
    if not 1 <= number <= 65535:
        raise refused(f"{number} is not a port: 1 to 65535")
    return number


def _address(value: Any) -> Address:
    text = _text(value)
    try:
        found = ip_address(text)
    except ValueError:
        bare = bare_address(text)
        if bare:
            raise refused(f"{text!r} is a prefix; an address has no length", f"write {bare}") from None
        raise refused(
            f"{display(text)} is not a numeric IP address; Kea's HA library refuses host names in peer URLs, so every address is a number"
        ) from None
    if found.is_unspecified:
        fix = f"write the address that the partner connects to; `bind-address: {_quoted(found)}` makes the HA listener bind all addresses"
        raise refused(f"{text} is not the address of one server", fix)
    return _in_url(found, text)


def _quoted(address: Address) -> str:
    return f'"{address}"' if isinstance(address, IPv6Address) else str(address)


def _in_url(found: Address, text: str) -> Address:
    if found.is_multicast:
        raise refused(f"{text} is not the address of one server")
    if isinstance(found, IPv6Address) and found.scope_id:
        raise refused(f"{text}: a peer URL cannot contain a zone ({found.scope_id!r}); use an address without one")
    return found


def _listener_address(value: Any) -> Address:
    return _in_url(_control_address(value), str(value))


def _control_address(value: Any) -> Address:
    text = _text(value)
    try:
        return ip_address(text)
    except ValueError:
        bare = bare_address(text)
        if bare:
            raise refused(f"{text!r} is a prefix; an address has no length", f"write {bare}") from None
        raise refused(f"{display(text)} is not a numeric IP address") from None


def _version(value: Any) -> KeaVersion:
    try:
        return KeaVersion.parse(_text(value) if not isinstance(value, float | int) else str(value))
    except ValueError as error:
        raise refused(str(error)) from None


def one_of(*words: str) -> BeforeValidator:
    """A string that must be one of `words`."""

    def check(value: Any) -> str:
        if isinstance(value, str) and value in words:
            return str(value)
        near = nearest(value, words) if isinstance(value, str) else None
        raise refused(
            f"this must be {', '.join(words[:-1])} or {words[-1]}, not {display(value)}",
            f"write {near}" if near else None,
            near,
        )

    return BeforeValidator(check)


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_name)]
Integer = Annotated[int, BeforeValidator(_integer)]
Port = Annotated[int, BeforeValidator(_port)]
ServerAddress = Annotated[Address, BeforeValidator(_address)]
BindAddress = Annotated[Address, BeforeValidator(_control_address)]
ListenerAddress = Annotated[Address, BeforeValidator(_listener_address)]
Version = Annotated[KeaVersion, BeforeValidator(_version)]
