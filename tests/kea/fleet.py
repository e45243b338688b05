"""Many pairs, and the servers that they share: agents that answer as Kea does, that hang, refuse, close connections or send garbage.

All are in one private network, two addresses for each of 20 sites. A pair whose servers answer has a port of its own, because each
holds another configuration; pairs of the other sites ask at one place.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

import kea_hac
from kea_hac.compiler.built import configs
from kea_hac.drift.diffing import expected_hashes
from kea_hac.kea.config_get import predict
from tests.cli.test_diff_servers import in_mode
from tests.lab.namespaces import Namespace

SITES = 20
SPEC = """\
kea-hac: 1
pair: {pair}
kea: 2.6
platform: debian
servers:
  - {{name: kea1, role: primary, address: 10.9.{site}.1, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: standby, address: 10.9.{site}.2, interfaces: {{lan: eth0}}}}
high-availability: {{mode: hot-standby, listener: {{dhcp4: 8001}}}}
control-agent: {{http-port: {port}}}
dhcp4:
  lease-database: {{type: memfile}}
  subnet4: [{{id: 1, subnet: 10.1.0.0/24, pools: [{{pool: 10.1.0.10-10.1.0.200}}]}}]
"""
CHANGED = 13
"""Of this site somebody changed every first server."""
HANG, HALF, GARBAGE, DROPS, REFUSES = (14, 15), 16, 17, 18, 19
"""Sites whose servers do not answer (of HALF the second one), send nonsense, close connections, or are not there."""
SHARED = 8000
Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answers = dict[tuple[str | None, str], Mapping[str, Any]]
"""By service (None: the agent itself) and command."""


class Fleet:
    """The specs in `folder`/specs, and their servers."""

    def __init__(self, folder: Path, pairs: int) -> None:
        self.connections: Counter[str] = Counter()
        """By address."""
        self.sites = {f"pair{number:04}": number % SITES for number in range(pairs)}
        self.network = Namespace()
        self.network.ip(*(f"addr add 10.9.{site}.{server}/32 dev lo" for site in range(SITES) for server in (1, 2)))
        self._places: dict[tuple[str, int], Act] = {}
        (folder / "specs").mkdir()
        for number, (pair, site) in enumerate(self.sites.items()):
            path = folder / "specs" / f"{pair}.yaml"
            port = 10_000 + number if site <= CHANGED else SHARED
            path.write_text(SPEC.format(pair=pair, site=site, port=port), "utf-8")
            if site <= CHANGED or number < SITES:
                self._provide(path, site, port)
        sockets = self.network.inside(
            lambda: [(socket.create_server(place, backlog=512), act) for place, act in self._places.items()]
        )
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(sockets),))
        self._thread.start()

    def _provide(self, path: Path, site: int, port: int) -> None:
        if site == REFUSES:
            return
        acts = {GARBAGE: _garbage, DROPS: _drop, **dict.fromkeys(HANG, _hang)}
        found = answers(path, changed=site == CHANGED) if site not in acts else {}
        for server in (1, 2):
            act = acts.get(site) or (_hang if (site, server) == (HALF, 2) else _talk(found[f"kea{server}"]))
            self._places[f"10.9.{site}.{server}", port] = act

    async def _serve(self, sockets: list[tuple[socket.socket, Act]]) -> None:
        servers = [await asyncio.start_server(self._counted(act), sock=each) for each, act in sockets]
        await self._over.wait()
        for server in servers:
            server.close()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for each in talks:
            each.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed ends in the next turn

    def _counted(self, act: Act) -> Act:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections[writer.get_extra_info("sockname")[0]] += 1
            try:
                with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                    await act(reader, writer)
            finally:
                writer.transport.abort() if self._over.is_set() else writer.close()

        return serve

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()
        self.network.close()


def answers(path: Path, *, changed: bool) -> dict[str, Answers]:
    """What the agents of a pair answer whose servers hold what the spec says. `changed`: somebody has edited the first one."""
    made = kea_hac.compile_spec(path)
    assert made.site is not None
    assert made.build is not None
    hashes = expected_hashes(made.site, made.build, lambda _: None)
    found: dict[str, Answers] = {}
    for node, daemon, config in configs(made.site, made.build):
        shown = dict(predict(daemon, config, node.version, node.platform))
        digest = hashes[node.name, daemon.name]
        if changed and node.name == "kea1" and daemon.family:
            shown["valid-lifetime"] = 77
            digest = "AB" * 32
        status = {"pid": 7, "uptime": 99, "reload": 99}
        service = daemon.name if daemon.family else None
        for command, arguments in {
            "config-get": {daemon.top: orjson.loads(orjson.dumps(shown)), "hash": digest},
            "config-hash-get": {"hash": digest},
            "status-get": {**status, "high-availability": [in_mode(node.name)]} if service else status,
            "ha-heartbeat": {"date-time": formatdate(usegmt=True), "state": "hot-standby"},
        }.items():
            found.setdefault(node.name, {})[service, command] = {"result": 0, "arguments": arguments}
        found[node.name][service, "version-get"] = {"result": 0, "text": "2.6.3"}
    return found


def _talk(known: Answers) -> Act:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].split("\r\n")[0])
        asked = json.loads(await reader.readexactly(length))
        answer = known.get((asked.get("service", [None])[0], asked["command"]), {"result": 2, "text": "unknown"})
        body = json.dumps([answer]).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        await writer.drain()

    return talk


async def _hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(4096):  # until the client gives up
        pass


async def _drop(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


_NONSENSE = itertools.cycle(
    (
        b"\x00\xff" * 5_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n[1, 2, ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + b"[" * 9,
        b"HTTP/1.1 302 Found\r\nLocation: http://10.9.0.1:10000/\r\nContent-Length: 0\r\n\r\n",
    )
)


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(next(_NONSENSE))
    await writer.drain()
