"""DHCP clients with chosen numbers, elapsed time and subnet. Client n is always the same client: same MAC, same DUID.

Kea's own perfdhcp makes a good load but has no fixed `secs`, by which the HA hook tells that a client goes unserved.
"""

import select
import socket
import struct
import time
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from tests.lab.namespaces import Namespace

_MAGIC = b"\x63\x82\x53\x63"


@dataclass(frozen=True, slots=True)
class Leases:
    """What a row of clients got."""

    asked: int
    addresses: dict[int, str]
    """client number → address (or delegated prefix with its length)"""
    servers: Counter[str]
    """server identifier (an address in v4, a DUID in hex in v6) → leases given"""

    @property
    def complete(self) -> bool:
        """Did every client get a lease, and no two the same?"""
        return len(self.addresses) == self.asked == len(set(self.addresses.values()))


@dataclass(frozen=True, slots=True)
class Answer:
    """One message from a server, understood."""

    client: int
    server: str
    request: bytes | None = None
    """What the client says next to an offer."""
    address: str | None = None
    """What it may now use."""


class Clients(ABC):
    """A row of clients on one link of a namespace: how they speak, and one socket for all of them."""

    socket: socket.socket
    target: tuple[str, int] | tuple[str, int, int, int]

    @abstractmethod
    def first(self, client: int) -> bytes:
        """A client's DISCOVER or SOLICIT."""

    @abstractmethod
    def understand(self, data: bytes) -> Answer | None:
        """A server's message; None when it helps nobody (a NAK, no address left, not for us)."""

    def call(self, count: int, start: int, seconds: float) -> None:
        """Send `count` clients' first messages within `seconds` and take no offer, as clients do that hear none."""
        with self.socket:
            for client in range(start, start + count):
                self.socket.sendto(self.first(client), self.target)
                time.sleep(seconds / count)

    def lease(
        self, count: int, start: int, rate: float, wait: float, together: AbstractContextManager[None] | None = None
    ) -> Leases:
        """Send `count` clients' first messages, `rate` a second, finish their exchanges, give up `wait` s after the last.

        `together`: each client waits until all have an offer, and within this all of them answer theirs.
        """
        got: dict[int, str] = {}
        servers: Counter[str] = Counter()
        requested: set[int] = set()
        held: list[bytes] = []
        begun, sent = time.monotonic(), 0
        deadline = begun + count / rate + wait
        with self.socket:
            while len(got) < count and time.monotonic() < deadline:
                if sent < count and time.monotonic() >= begun + sent / rate:
                    self.socket.sendto(self.first(start + sent), self.target)
                    sent += 1
                if not select.select([self.socket], [], [], 0.002)[0]:
                    continue
                answer = self.understand(self.socket.recv(4096))
                if answer is None or not start <= answer.client < start + count:
                    continue
                if answer.request is not None and answer.client not in requested:
                    requested.add(answer.client)
                    held.append(answer.request)
                if held and (together is None or len(held) == count):
                    with together or nullcontext():
                        for request in held:
                            self.socket.sendto(request, self.target)
                    held.clear()
                if answer.address is not None and answer.client not in got:
                    got[answer.client] = answer.address
                    servers[answer.server] += 1
        return Leases(count, got, servers)


def mac(client: int) -> bytes:
    """A locally administered MAC address per client number."""
    return b"\x02" + (client + 1).to_bytes(5, "big")


class Clients4(Clients):
    """DHCPv4 clients seen through a relay: giaddr is the namespace's address in the subnet."""

    def __init__(self, namespace: Namespace, interface: str, address: str, secs: int = 0) -> None:
        """`secs` in seconds, as in the message's field."""
        self.secs, self._giaddr = secs, IPv4Address(address).packed
        self.target = ("255.255.255.255", 67)
        self.socket = namespace.inside(lambda: _udp(socket.AF_INET, interface, (address, 67)))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    def _message(self, client: int, options: bytes) -> bytes:
        head = struct.pack("!BBBBIHH", 1, 1, 6, 1, client + 1, self.secs, 0)
        return head + bytes(12) + self._giaddr + mac(client).ljust(16, b"\0") + bytes(192) + _MAGIC + options + b"\xff"

    def first(self, client: int) -> bytes:
        return self._message(client, b"\x35\x01\x01")

    def understand(self, data: bytes) -> Answer | None:
        options = _options4(data[240:])
        if data[0] != 2 or 53 not in options or 54 not in options:
            return None
        client, given, server = int.from_bytes(data[4:8], "big") - 1, data[16:20], options[54]
        who = str(IPv4Address(server))
        match options[53][0]:
            case 2:
                wish = b"\x35\x01\x03\x32\x04" + given + b"\x36\x04" + server
                return Answer(client, who, request=self._message(client, wish))
            case 5:
                return Answer(client, who, address=str(IPv4Address(given)))
        return None


class Clients6(Clients):
    """DHCPv6 clients on the link itself, or, with `relay`, behind a relay whose link-address lies in the subnet."""

    def __init__(
        self, namespace: Namespace, interface: str, relay: str | None, hundredths: int = 0, prefix: bool = False
    ) -> None:
        """`hundredths`: elapsed time in 1/100 s, as in option 8. `prefix`: ask for a delegated prefix, not an address."""
        self.hundredths, self._relay, self._association = hundredths, relay, 25 if prefix else 3
        index = namespace.inside(lambda: socket.if_nametoindex(interface))
        self.target = ("ff02::1:2", 547, 0, index)
        self.socket = namespace.inside(lambda: _udp(socket.AF_INET6, interface, ("::", 547 if relay else 546)))
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)

    def _message(self, kind: int, client: int, options: bytes) -> bytes:
        elapsed = _option6(8, min(self.hundredths, 0xFFFF).to_bytes(2, "big"))
        duid = _option6(1, b"\x00\x03\x00\x01" + mac(client))
        plain = bytes([kind]) + (client + 1).to_bytes(3, "big") + duid + elapsed + options
        if self._relay is None:
            return plain
        peer = IPv6Address("fe80::1").packed
        return b"\x0c\x00" + IPv6Address(self._relay).packed + peer + _option6(9, plain)

    def first(self, client: int) -> bytes:
        return self._message(1, client, _option6(self._association, (client + 1).to_bytes(4, "big") + bytes(8)))

    def understand(self, data: bytes) -> Answer | None:
        if data[0] == 13:  # RELAY-REPL: the answer is inside
            data = dict(_options6(data[34:])).get(9, b"\0")
        options = dict(_options6(data[4:]))
        association = options.get(self._association)
        if data[0] not in (2, 7) or association is None or 2 not in options:
            return None
        client, server = int.from_bytes(data[1:4], "big") - 1, options[2]
        given = self._given(association)
        if given is None:
            return None
        if data[0] == 7:
            return Answer(client, server.hex(), address=given)
        again = _option6(2, server) + _option6(self._association, association)
        return Answer(client, server.hex(), request=self._message(3, client, again))

    @staticmethod
    def _given(association: bytes) -> str | None:
        inner = dict(_options6(association[12:]))
        if 5 in inner:
            return str(IPv6Address(inner[5][:16]))
        if 26 in inner:
            return f"{IPv6Address(inner[26][9:25])}/{inner[26][8]}"
        return None


def _udp(family: int, interface: str, address: tuple[str, int]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    made.bind(address)
    return made


def _options4(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 1 < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        found[data[at]] = data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]
    return found


def _option6(code: int, content: bytes) -> bytes:
    return struct.pack("!HH", code, len(content)) + content


def _options6(data: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from("!HH", data, at)
        found.append((code, data[at + 4 : at + 4 + length]))
        at += 4 + length
    return found
