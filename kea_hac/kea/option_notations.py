"""Options of type `internal`: routes (121) and encrypted DNS servers (162, 144), as bytes and in Kea's short notation.

Kea 2.6 brought the notations (option_classless_static_route.cc, option4_dnr.cc, option6_dnr.cc at 2.6.3 and 3.0.4, which
are alike); before, such options were written as records or in hex.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address

from kea_hac.kea.address_words import not_address
from kea_hac.kea.domain_names import in_lower_case, name_to_wire, read_name
from kea_hac.kea.option_types import RefusedValueError, address, as_bytes, quoted, split_values, trimmed, whole_number

_OTHER_KEYS = frozenset({"mandatory", "no-default-alpn", "ipv4hint", "ech", "ipv6hint", "ohttp"})
"""Service parameters that DNS knows and this option does not."""
_SUPPORTED_KEYS = {"alpn": 1, "port": 3, "dohpath": 7}
_PROTOCOLS = frozenset(
    (
        "http/0.9",
        "http/1.0",
        "http/1.1",
        "spdy/1",
        "spdy/2",
        "spdy/3",
        "stun.turn",
        "stun.nat-discovery",
        "h2",
        "h2c",
        "webrtc",
        "c-webrtc",
        "ftp",
        "imap",
        "pop3",
        "managesieve",
        "coap",
        "xmpp-client",
        "xmpp-server",
        "acme-tls/1",
        "mqtt",
        "dot",
        "ntske/1",
        "sunrpc",
        "h3",
        "smb",
        "irc",
        "nntp",
        "nnsp",
        "doq",
        "sip/2",
        "tds/8.0",
        "dicom",
    )
)
"""The protocol ids that Kea knows (option4_dnr.cc)."""
NOTATIONS: Mapping[tuple[int, int], str] = {
    (4, 121): "routes in the form PREFIX - ROUTER, with commas between them",
    (4, 162): "PRIORITY, NAME, ADDRESSES, PARAMETERS of each server, with | between the servers",
    (6, 144): "PRIORITY, NAME, ADDRESSES, PARAMETERS of each server, with | between the servers",
}
"""The notation of each option that has one, by family and code."""


def check_notation(family: int, code: int, values: list[str]) -> None:
    """Values of `csv-format: true` data against the option's notation. Raises RefusedValueError."""
    text = ",".join(value.replace(",", "\\,") for value in values)
    if (family, code) == (4, 121):
        if len(as_bytes(text)) < 5:
            raise RefusedValueError(f"{quoted(text)} is not a list of routes")
        for number, route in enumerate(split_values(text, escape=False)):
            _route(trimmed(route), number)
    elif (family, code) == (4, 162):
        for server in split_values(text, "|"):
            _server(server, family)
    elif (family, code) == (6, 144):
        _server(text, family)


def _route(text: str, number: int) -> None:
    parts = [trimmed(part) for part in split_values(text, "-", escape=False)]
    if len(parts) != 2:
        raise RefusedValueError(f"{quoted(text)} is not a route; write `prefix - router`", number)
    base, slash, length = parts[0].partition("/")
    if not slash:
        raise RefusedValueError(f"{quoted(parts[0])} is not an IPv4 prefix", number)
    for each in (base, parts[1]):
        if not isinstance(_any_address(each), IPv4Address):
            raise RefusedValueError(not_address(each, 4), number)
    if not length.isascii() or not length.isdecimal() or int(length) > 32:
        raise RefusedValueError(f"{quoted(length)} is not the length of an IPv4 prefix", number)


def _any_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return address(text)
    except RefusedValueError:
        return None


def _server(text: str, family: int) -> None:
    fields = [trimmed(each) for each in split_values(text)]
    if not 2 <= len(fields) <= 4:
        raise RefusedValueError(
            f"{quoted(text)} has {len(fields)} fields; a server has 2 to 4: priority, name, addresses, service parameters"
        )
    if not fields[0].isascii() or not fields[0].removeprefix("+").isdecimal():
        raise RefusedValueError(f"{quoted(fields[0])} is not a priority, an integer from 0 to 65535", 0)
    whole_number(fields[0], 0, 65535)
    try:
        name_to_wire(as_bytes(fields[1]))
    except ValueError as error:
        raise RefusedValueError(f"{quoted(fields[1])} is not a domain name: {error}", 1) from None
    if len(fields) > 2:
        _addresses(fields[2], family)
    if len(fields) > 3:
        _service_parameters(fields[3])


def _addresses(text: str, family: int) -> None:
    addresses = split_values(text, " ", escape=False)
    for each in addresses:
        found = _any_address(trimmed(each))
        if found is None or found.version != family:
            raise RefusedValueError(f"{not_address(each, family)}; separate several by spaces", 2)
    if not addresses:
        raise RefusedValueError("at least one address must follow the name", 2)


def _service_parameters(text: str) -> None:
    seen: set[str] = set()
    http = False
    for pair in split_values(text, " ", escape=False):
        parts = split_values(trimmed(pair), "=", escape=False)
        if len(parts) != 2 or not trimmed(parts[1]):
            raise RefusedValueError(f"{quoted(pair)} is not a service parameter; write key=value", 3)
        key, value = trimmed(parts[0]), trimmed(parts[1])
        if key not in _SUPPORTED_KEYS:
            known = "is not allowed in this option" if key in _OTHER_KEYS else "is not a service parameter"
            raise RefusedValueError(f"{quoted(key)} {known}; possible are {', '.join(_SUPPORTED_KEYS)}", 3)
        if key in seen:
            raise RefusedValueError(f"{key} is listed twice", 3)
        seen.add(key)
        http = _service_value(key, value) or http
    if http and "dohpath" not in seen:
        raise RefusedValueError("a protocol over HTTP needs dohpath=…{?dns} as well", 3)


def _service_value(key: str, value: str) -> bool:
    """True when it is a list of protocols with HTTP among them."""
    if key == "alpn":
        protocols = split_values(value, escape=False)
        wrong = next((each for each in protocols if each not in _PROTOCOLS), None)
        if wrong is not None:
            raise RefusedValueError(f"{quoted(wrong)} is not a protocol id of alpn", 3)
        return any(each.startswith("h") for each in protocols)
    if key == "port":
        if not value.isascii() or not value.removeprefix("+").isdecimal():
            raise RefusedValueError(f"{quoted(value)} is not a port", 3)
        whole_number(value, 0, 65535)
    elif "{?dns}" not in value:
        raise RefusedValueError(f"{quoted(value)} must contain {{?dns}}", 3)
    return False


def check_routes(data: bytes) -> None:
    """Option 121 as bytes. Raises RefusedValueError when they are not whole routes."""
    at = 0
    while at < len(data) or not data:
        if len(data) - at < 5:
            raise RefusedValueError("a route is not complete, it needs at least 5 bytes")
        size = (data[at] + 7) // 8
        if data[at] > 32 or len(data) - at - 1 < size + 4:
            raise RefusedValueError(
                "a route is not complete" if data[at] <= 32 else f"{data[at]} is not a prefix length"
            )
        at += 1 + size + 4


def read_dnr(data: bytes, family: int) -> bytes:
    """Option 162 or 144 as Kea holds it: the names in lower case. Raises RefusedValueError."""
    if family == 6:
        return _wire_server(data, 2, 16)
    at, result = 0, b""
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        if len(data) - at < 5 or len(data) - at - 2 < size:
            raise RefusedValueError("a server's part is not complete")
        result += data[at : at + 2] + _wire_server(data[at + 2 : at + 2 + size], 1, 4)
        at += 2 + size
    return result


def _wire_server(data: bytes, width: int, address_size: int) -> bytes:
    """One server with its name in lower case. The length before the name stays, even where the name ends before it."""
    name, rest = _counted(data[2:], width, "the name")
    try:
        wire, _ = read_name(name)
    except ValueError as error:
        raise RefusedValueError(f"not a domain name: {error}") from None
    _check_server(rest, width, address_size)
    return data[: 2 + width] + in_lower_case(wire) + rest


def _check_server(rest: bytes, width: int, address_size: int) -> None:
    """The addresses and service parameters behind a server's name."""
    if not rest:
        return
    addresses, rest = _counted(rest, width, "the addresses")
    if not addresses or len(addresses) % address_size:
        raise RefusedValueError(f"{len(addresses)} bytes are no list of {address_size}-byte addresses")
    before = -1
    while rest:
        key = int.from_bytes(rest[:2], "big")
        _, rest = _counted(rest[2:], 2, "a service parameter")
        if key not in _SUPPORTED_KEYS.values():
            raise RefusedValueError(f"the service parameter {key} is not allowed in this option")
        if key <= before:
            raise RefusedValueError("service parameters must be in ascending order, each once")
        before = key


def _counted(data: bytes, width: int, what: str) -> tuple[bytes, bytes]:
    """The bytes behind their length, and the rest."""
    size = int.from_bytes(data[:width], "big")
    if len(data) < width or len(data) - width < size:
        raise RefusedValueError(f"{what} is not complete")
    return data[width : width + size], data[width + size :]
