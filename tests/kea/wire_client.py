"""Clients on the server's own link, without a relay, that show what they were offered: address and options."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from tests.lab.clients import _MAGIC, _option6, _options4, _options6, _udp, mac
from tests.lab.group import Group
from tests.lab.plan import CLIENT

BROADCAST = 0x8000
ADDRESS, PREFIX = 3, 25
"""IA_NA and IA_PD."""
_ASKED_4 = bytes((1, 3, 6, 15, 28, 43, 66, 125))
_ASKED_6 = b"".join(code.to_bytes(2, "big") for code in (17, 23, 1000))


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server offers."""

    address: str
    """An address, or a prefix with its length."""
    options: dict[int, bytes] = field(default_factory=dict)


def offered4(
    group: Group, client: int = 0, extra: bytes = b"", wait: float = 1.0, interface: str = "eth0"
) -> Offer | None:
    """The answer to a DHCPDISCOVER that is broadcast on the client's interface; None when none comes within `wait` seconds."""
    head = struct.pack("!BBBBIHH", 1, 1, 6, 0, client + 1, 0, BROADCAST)
    asked = b"\x35\x01\x01\x37" + bytes([len(_ASKED_4)]) + _ASKED_4
    message = head + bytes(16) + mac(client).ljust(16, b"\0") + bytes(192) + _MAGIC + asked + extra + b"\xff"
    with group.inside(CLIENT, lambda: _udp(socket.AF_INET, interface, ("0.0.0.0", 68))) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        made.sendto(message, ("255.255.255.255", 67))
        for data in _heard(made, wait):
            if data[0] == 2 and int.from_bytes(data[4:8], "big") == client + 1:
                return Offer(str(IPv4Address(data[16:20])), _options4(data[240:]))
    return None


def offered6(group: Group, client: int = 0, extra: bytes = b"", kind: int = ADDRESS, wait: float = 1.5) -> Offer | None:
    """The answer to a SOLICIT on eth0 for an address, or a prefix; None when no advertisement offers one."""
    identity = _option6(1, b"\0\3\0\1" + mac(client)) + _option6(8, b"\0\0")
    wanted = _option6(kind, (client + 1).to_bytes(4, "big") + bytes(8)) + _option6(6, _ASKED_6)
    with group.inside(CLIENT, lambda: _udp(socket.AF_INET6, "eth0", ("::", 546))) as made:
        index = group.inside(CLIENT, lambda: socket.if_nametoindex("eth0"))
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        message = b"\x01" + (client + 1).to_bytes(3, "big") + identity + wanted + extra
        made.sendto(message, ("ff02::1:2", 547, 0, index))
        for data in _heard(made, wait):
            options = dict(_options6(data[4:]))
            inner = dict(_options6(options.get(kind, b"")[12:]))
            if 5 in inner:
                return Offer(str(IPv6Address(inner[5][:16])), options)
            if 26 in inner:
                return Offer(f"{IPv6Address(inner[26][9:25])}/{inner[26][8]}", options)
    return None


def _heard(made: socket.socket, wait: float) -> Iterator[bytes]:
    deadline = time.monotonic() + wait
    while (left := deadline - time.monotonic()) > 0:
        if select.select([made], [], [], left)[0]:
            yield made.recv(4096)
