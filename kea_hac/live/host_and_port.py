"""Hosts and ports in one form, however they are written: what a credential belongs to and where a request goes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from kea_hac.records import dataclass
from kea_hac.regex import regex

_BRACKETS = regex(r"\[([^\]]*)\](?::([0-9]+))?")
_NAME_AND_PORT = regex(r"([^:]+):([0-9]+)")
_AS_A_NUMBER = regex(r"(0[xX][0-9a-fA-F]+|[0-9]+)(\.(0[xX][0-9a-fA-F]+|[0-9]+))*\.?")
"""What resolvers take for an IPv4 address beside four decimal numbers: 127.1, 0x7f.0.0.1, 2130706433."""

_NEVER_IN_A_NAME = frozenset("[]/:@%")


@dataclass(frozen=True, slots=True)
class Place:
    """A host, and a port where one is meant."""

    host: str
    """An address in its shortest form, an IPv4-mapped one as IPv4; a name in lower case."""
    port: int | None = None

    @property
    def is_address(self) -> bool:
        """False for a name, which somebody else may point anywhere."""
        return address_of(self.host) is not None


def parse_place(text: str) -> Place:
    """What HOST, ADDRESS, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT means. Raises ValueError for what is none of them."""
    bracketed = _BRACKETS.fullmatch(text)
    host, port = text, None
    if bracketed:
        host, port = bracketed.groups()
        if not isinstance(address_of(host), IPv4Address | IPv6Address):
            raise ValueError
    elif address_of(text) is None and (with_port := _NAME_AND_PORT.fullmatch(text)):
        host, port = with_port.groups()
    number = None if port is None else int(port)
    if number is not None and not 0 < number < 1 << 16:
        raise ValueError
    return Place(host_form(host), number)


def host_form(host: str) -> str:
    """The one form of a host. Raises ValueError for an address in a form that only some programs take for one."""
    address = address_of(host)
    if address is not None:
        return str(address)
    if not host or _AS_A_NUMBER.fullmatch(host) or not _NEVER_IN_A_NAME.isdisjoint(host):
        raise ValueError
    return host.lower().rstrip(".")


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is; an IPv4-mapped one as IPv4. None for a name."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def is_loopback(text: str) -> bool:
    """True for an address that never leaves this machine; False for a name."""
    address = address_of(text)
    return address is not None and address.is_loopback
