"""Bytes to a server and back under one deadline: TCP, TLS and unix sockets.

This uses the standard library and not an HTTP client for the web: httpx limits each read and not the request, so an answer
of one byte a second, in its head or its body, never ends. `http.client` reads from any object with a `makefile`, so it gets
one whose reads all apply the deadline; unix sockets use the same way. No proxy is used, also when the environment names one:
the servers of a site are reached directly.
"""

from __future__ import annotations

import io
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

from kea_hac.live.limits import Deadline

_Found = tuple[socket.AddressFamily, tuple[Any, ...]]


class HandshakeTimeoutError(TimeoutError):
    """The machine answers, but the TLS handshake did not end in time."""


class TooMuchError(Exception):
    """The answer has more bytes than allowed."""


class Wire:
    """An open connection. Every operation raises OSError, TimeoutError among them after the deadline."""

    def __init__(self, connection: socket.socket, deadline: Deadline, most: int) -> None:
        """`most`: the bytes that may come back in all; beyond them TooMuchError is raised."""
        self._connection = connection
        self._deadline = deadline
        self._most = most
        self._count = 0

    @property
    def heard(self) -> bool:
        """True once a byte has come back."""
        return self._count > 0

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        self._connection.settimeout(self._deadline.left())
        self._connection.sendall(data)

    def recv_into(self, buffer: Any) -> int:
        """Some bytes; 0 at the end."""
        self._connection.settimeout(self._deadline.left())
        count = self._connection.recv_into(buffer)
        self._count += count
        if self._count > self._most:
            raise TooMuchError
        return count

    def makefile(self, mode: str = "rb") -> io.BufferedReader:
        """What http.client reads an answer from."""
        return io.BufferedReader(_Raw(self), 1 << 16)

    def close(self) -> None:
        """End it; never raises."""
        self._connection.close()


class _Raw(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.recv_into(buffer)


def tcp(host: str, port: int, deadline: Deadline, connect: float) -> socket.socket:
    """A connection to the first address that takes one. Raises OSError."""
    failure: OSError = OSError(f"the name {host} has no address")
    for family, address in _addresses(host, port, deadline, connect):
        result = socket.socket(family, socket.SOCK_STREAM)
        try:
            result.settimeout(deadline.left(connect))
            result.connect(address)
        except OSError as error:
            result.close()
            failure = error
        else:
            result.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return result
    raise failure


def secured(
    plain: socket.socket, context: ssl.SSLContext, name: str, deadline: Deadline, connect: float
) -> ssl.SSLSocket:
    """TLS over an open connection, checked for `name`. Raises OSError; the plain connection is closed then."""
    try:
        plain.settimeout(deadline.left(connect))
        return context.wrap_socket(plain, server_hostname=name)
    except TimeoutError:
        plain.close()
        raise HandshakeTimeoutError from None
    except BaseException:
        plain.close()
        raise


def unix(path: str, deadline: Deadline, connect: float) -> socket.socket:
    """A connection to a unix socket. Raises OSError, and for a path that is too long or has a null byte as well."""
    result = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        result.settimeout(deadline.left(connect))
        result.connect(path)
    except ValueError as error:
        result.close()
        raise OSError(f"it cannot be the path of a socket ({error})") from None
    except OSError as error:
        result.close()
        if error.errno is None and not isinstance(error, TimeoutError):
            raise OSError(f"it cannot be the path of a socket ({error})") from None
        raise
    return result


def _addresses(host: str, port: int, deadline: Deadline, connect: float) -> Iterator[_Found]:
    try:
        number = ip_address(host)
    except ValueError:
        yield from _looked_up(host, port, deadline.left(connect))
    else:
        yield (socket.AF_INET if number.version == 4 else socket.AF_INET6), (host, port)


def _looked_up(host: str, port: int, seconds: float) -> list[_Found]:
    """The addresses of a name. The system's resolver knows no deadline, so a thread waits for it and may be left behind."""
    answer: queue.SimpleQueue[list[_Found] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put([(family, address) for family, _, _, _, address in found])
        except (OSError, UnicodeError) as error:
            answer.put(OSError(f"the name {host} has no address ({_why(error)}); is it spelt right?"))

    if not started(ask):
        ask()
    try:
        got = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(got, OSError):
        raise got
    return got


def started(work: Callable[[], None]) -> bool:
    """Run a function in a daemon thread, which does not delay the end of the command. False where no thread can be started."""
    try:
        threading.Thread(target=work, daemon=True).start()
    except RuntimeError:
        return False
    return True


def _why(error: OSError | UnicodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not a host name"
