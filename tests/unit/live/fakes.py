"""Servers on loopback that behave, and that do not: each takes one connection after the other and does what it is told."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kea_hac.kea.config import DHCP4, Daemon
from kea_hac.live.access import Access
from kea_hac.live.endpoint import Channel, Endpoint, Http, Live, Unread
from kea_hac.live.gather import Expected, gather
from kea_hac.live.limits import RequestLimits
from tests.lab.certificates import Credential

Act = Callable[[socket.socket], None]
HASTY = RequestLimits(connect=0.5, total=0.7, tries=2, between=0.01, answer_bytes=1 << 20, settle=0.01)
"""For servers that stall: the limits are what the test is about."""
PATIENT = replace(HASTY, connect=60.0, total=60.0)
"""For all others: on a busy machine the deadline must not come before what the server does."""
STALLED = 20
"""So many times its limit a request may take on a busy machine."""
CONFIG = {
    "Dhcp4": {
        "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
        "valid-lifetime": 7,
    }
}
HASH = "AB" * 32
OLD = {"pid": 7, "uptime": 99, "reload": 5}
"""The status of a server that has been up for a while."""


@contextlib.contextmanager
def listening(act: Act, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[int]:
    """A TCP server on loopback; → its port. `act` is given each connection, and it is closed afterwards."""
    with socket.create_server(("127.0.0.1", port)) as server, _accepting(server, act, tls):
        yield server.getsockname()[1]


@contextlib.contextmanager
def listening_unix(act: Act) -> Iterator[str]:
    """The same at a unix socket; → its path."""
    with tempfile.TemporaryDirectory(prefix="kh") as folder, socket.socket(socket.AF_UNIX) as server:
        path = f"{folder}/socket"
        server.bind(path)
        server.listen()
        with _accepting(server, act, None):
            yield path


@contextlib.contextmanager
def _accepting(server: socket.socket, act: Act, tls: ssl.SSLContext | None) -> Iterator[None]:
    server.settimeout(0.05)
    over = threading.Event()
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError, ValueError):
                connection.settimeout(120)  # longer than any limit of a client, which closes the connection
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True)
                act(connection)
        finally:
            connection.close()

    def accept() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = server.accept()
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield
    finally:
        over.set()
        acceptor.join()
        for thread in threads:
            thread.join()


def request(connection: socket.socket) -> tuple[str, bytes]:
    """The head and the body of one HTTP request. Raises ConnectionError when the other side ends before."""

    def more() -> bytes:
        received = connection.recv(4096)
        if not received:
            raise ConnectionResetError
        return received

    data = b""
    while b"\r\n\r\n" not in data:
        data += more()
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += more()
    return head.decode(), body


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An HTTP answer with its right length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def stalls(connection: socket.socket) -> None:
    """Send nothing until the other side ends."""
    while connection.recv(4096):
        pass


def drips(data: bytes) -> Act:
    """Send a byte now and then, for ever: never the whole of anything."""

    def act(connection: socket.socket) -> None:
        for byte in itertools.cycle(data):
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    return act


def says(data: bytes) -> Act:
    """Answer every request with these bytes."""

    def act(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(data)

    return act


def answers(
    script: Mapping[str, Any], asked: list[dict[str, Any]] | None = None, heads: list[str] | None = None
) -> Act:
    """Answer as an agent does: command → the map of its answer, or a function that makes it, or an exception's bytes."""

    def act(connection: socket.socket) -> None:
        head, body = request(connection)
        message = json.loads(body)
        if asked is not None:
            asked.append(message)
        if heads is not None:
            heads.append(head)
        answer = script[message["command"]]
        answer = answer() if callable(answer) else answer
        connection.sendall(answer if isinstance(answer, bytes) else http(json.dumps([answer]).encode()))

    return act


def kea(**other: Any) -> dict[str, Any]:
    """What a healthy server answers to each command; `other` replaces, with _ for -."""
    script: dict[str, Any] = {
        "config-get": {"result": 0, "arguments": {**CONFIG, "hash": HASH}},
        "config-hash-get": {"result": 0, "arguments": {"hash": HASH}},
        "status-get": {"result": 0, "arguments": OLD},
        "version-get": {"result": 0, "text": "2.6.3", "arguments": {"extended": "2.6.3 (tarball)"}},
    }
    return script | {name.replace("_", "-"): answer for name, answer in other.items()}


def asked(
    channel: Channel,
    access: Access | None = None,
    expected: Expected | None = None,
    limits: RequestLimits = PATIENT,
    daemon: Daemon = DHCP4,
    *,
    trusted: bool = True,
) -> Live | Unread:
    """What comes of asking one daemon of kea1."""
    (found,) = gather([Endpoint("kea1", daemon, channel, trusted)], access, expected, limits)
    return found


def at(port: int, scheme: str = "http", host: str = "127.0.0.1") -> Http:
    return Http(f"{scheme}://{host}:{port}/", "dhcp4")


def server_tls(folder: Path, credential: Credential, ca: bytes | None = None) -> ssl.SSLContext:
    """What a TLS server shows; with `ca` it wants a certificate of that authority."""
    files = {"s.pem": credential.certificate, "s.key": credential.key, "ca.pem": ca or b""}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "s.pem", folder / "s.key")
    if ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / "ca.pem")
    return context
