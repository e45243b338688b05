"""The scalar types of our own keys, as pydantic annotations over the untyped text of the document.

Every refusal names the value seen and the values possible; a message never shows what could be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from kea_hac.kea.address_slips import address_fix, bare_address
from kea_hac.kea.address_words import not_address
from kea_hac.kea.meant_values import meant_integer
from kea_hac.kea.suggest import nearest
from kea_hac.kea.version import BRANCHES, KeaVersion
from kea_hac.regex import regex
from kea_hac.source.document import Map, Plain, Secret, Seq
from kea_hac.source.odd_characters import odd_in

Address = IPv4Address | IPv6Address
MANIFEST = "manifest.json"
"""The file of `build` beside the folders of the servers; the compiler writes it."""
NULLS = ("", "~", "null")
_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_PORT = regex(r"[:.\]]:?([1-9][0-9]{1,4})/?\Z")
"""What follows an address where a port alone is wanted."""
_URL = regex(r"(?:https?://)?(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::([0-9]{1,5}))?/?\Z")
"""An address with what a URL has around it: host in brackets, host, port."""
_VERSION = regex(r"[0-9]+\.[0-9]+(?:\.[0-9]+)?")
_INTEGER = regex(r"(0|[1-9][0-9]*)\Z")


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
        near = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")
        proposed = near if 0 < len(near) <= 128 and near[0].isalnum() and near.isascii() else None
        raise refused(
            f"{text!r} cannot be a name: a letter or digit first, then letters, digits, '.', '_' and '-', at most 128 characters "
            "(it becomes a folder and an HA peer name)",
            f"write {proposed}" if proposed else None,
            proposed,
        )
    return text


def _folder_name(value: Any) -> str:
    name = _name(value)
    if name.casefold() == MANIFEST:  # some file systems do not distinguish upper and lower case
        raise refused(f"{name!r} cannot be this name: it becomes a folder beside the file {MANIFEST} of the pair")
    return name


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Plain) and _INTEGER.match(value):
        return int(value)
    meant = meant_integer(value)
    raise refused(f"this must be a whole number, not {display(value)}", f"write {meant}" if meant else None, meant)


def _port(value: Any) -> int:
    ending = _PORT.search(value) if isinstance(value, str) and not is_null(value) else None
    if ending:
        port = Plain(ending[1])
        raise refused(
            f"this must be a port, not {display(value)}: the address is the server's own", f"write {port}", port
        )
    number = _integer(value)
    if not 1 <= number <= 65535:
        raise refused(f"{number} is not a port: 1 to 65535")
    return number


def _address(value: Any) -> Address:
    text = _text(value)
    try:
        found = ip_address(text)
    except ValueError:
        raise _no_address(
            text,
            f"{not_address(text)}; Kea's HA library refuses host names in peer URLs, so every address is a number",
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
        raise _no_address(text, not_address(text)) from None


def _no_address(text: str, message: str) -> PydanticCustomError:
    """The refusal of a string that is no address: a prefix, a URL, an address with its port, a host name."""
    bare = bare_address(text)
    if bare:
        return refused(f"{text!r} is a prefix; an address has no length", f"write {bare}", bare)
    url = _URL.match(text)
    if url and (found := _parsed(url[1] or url[2])):
        port = f", and the port as `listener: {url[3]}`" if url[3] else ""
        return refused(f"{text!r} is more than an address", f"write {found}{port}", str(found))
    padded = re.sub(r"(?<![0-9])0+(?=[0-9])", "", text)
    if padded != text and (found := _parsed(padded)):
        return refused(f"{message}; it has leading zeros", f"write {found}", str(found))
    meant = address_fix(text)
    if isinstance(meant.value, str):
        return refused(message, meant.fix, meant.value)
    name = re.fullmatch(r"[A-Za-z][\w.-]*", text)
    return refused(message, f"write the address that {text!r} stands for" if name else None)


def _parsed(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _version(value: Any) -> KeaVersion:
    try:
        return KeaVersion.parse(_text(value) if not isinstance(value, float | int) else str(value))
    except ValueError as error:
        number = _VERSION.search(display(value).replace(",", "."))
        try:
            meant = str(KeaVersion.parse(number[0])) if number else None
        except ValueError:
            meant = None
        meant = meant or _version_meant(display(value).strip("'"))
        fix = f"write {meant}" if meant else "`kea-dhcp4 -v` prints the version on a server"
        raise refused(str(error), fix, Plain(meant) if meant else None) from None


def _version_meant(text: str) -> str | None:
    """The one version that is written with a zero at its end (2.60), or without its dot (26)."""
    known = {str(branch) for branch in BRANCHES}
    meant = {
        each
        for each in (re.sub(r"(?<=\.[0-9])0+\Z", "", text), re.sub(r"\A([0-9])([0-9])\Z", r"\1.\2", text))
        if each in known
    }
    return meant.pop() if len(meant) == 1 else None


def one_of(*words: str, meant: Mapping[str, str] = MappingProxyType({})) -> BeforeValidator:
    """A string that must be one of `words`. `meant`: other people's words (in small letters) → one of them, or what to write."""

    def check(value: Any) -> str:
        if isinstance(value, str) and value in words:
            return str(value)
        near = None
        if isinstance(value, str):
            near = meant.get(value.lower()) or nearest(value, words)
        raise refused(
            f"this must be {', '.join(words[:-1])} or {words[-1]}, not {display(value)}",
            f"write {near}" if near else None,
            near if near in words else None,
        )

    return BeforeValidator(check)


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_name)]
FolderName = Annotated[str, BeforeValidator(_folder_name)]
"""Of a folder in the pair's folder."""
Integer = Annotated[int, BeforeValidator(_integer)]
Port = Annotated[int, BeforeValidator(_port)]
ServerAddress = Annotated[Address, BeforeValidator(_address)]
BindAddress = Annotated[Address, BeforeValidator(_control_address)]
ListenerAddress = Annotated[Address, BeforeValidator(_listener_address)]
Version = Annotated[KeaVersion, BeforeValidator(_version)]
