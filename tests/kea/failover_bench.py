"""A real pair of which one server is killed: how long the other one takes to serve all clients, with clients on the wire or without."""

from __future__ import annotations

import heapq
import json
import select
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.lab import Lab
from tests.lab.clients import Clients4
from tests.lab.group import Group
from tests.lab.plan import CLIENT
from tests.unit.check.mistakes import library

SHORT: Mapping[str, int] = {
    "heartbeat-delay": 1000,
    "max-response-delay": 9500,
    "max-ack-delay": 1000,
    "max-unacked-clients": 5,
}
"""The last contact is up to one heartbeat before the failure. So it has to be short beside the whole for a comparison within 15 %."""
_WAITING = 40
"""Clients that call after the failure of a quiet pair: each once within a short heartbeat, or within half of a long one."""
_BACKOFF = (4.0, 8.0, 16.0, 32.0, 64.0)
"""Seconds between the tries of a client (RFC 2131, section 4.1)."""


def pair(
    lab: Lab,
    version: str,
    folder: Path,
    mode: str,
    settings: Mapping[str, int],
    more: Mapping[str, object] | None = None,
) -> Group:
    """A pair a (primary) and b, started, in the state of its mode. `settings`: of the relationship; {}: Kea's defaults. `more`: global keys."""
    second = "secondary" if mode == "load-balancing" else "standby"
    peers = [
        {"name": name, "url": f"http://192.0.2.{11 + number}:8001/", "role": ("primary", second)[number]}
        for number, name in enumerate("ab")
    ]
    threads = {"enable-multi-threading": True, "http-dedicated-listener": True}
    relationship = {"mode": mode, "peers": peers, "multi-threading": threads, **settings}
    folders = {}
    for name in "ab":
        config: dict[str, Any] = {
            "interfaces-config": {"interfaces": ["eth0"]},
            "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
            "multi-threading": {"enable-multi-threading": True},
            "hooks-libraries": [
                library("lease_cmds"),
                library("ha", {"high-availability": [{"this-server-name": name, **relationship}]}),
            ],
            "subnet4": [{"id": 1, "subnet": "192.0.0.0/16", "interface": "eth0", "pools": _pools(mode)}],
            **(more or {}),
        }
        folders[name] = folder / name
        folders[name].mkdir(parents=True)
        (folders[name] / "kea-dhcp4.conf").write_text(json.dumps({"Dhcp4": config}))
    group = lab.group(version, folders)
    group.start()
    group.wait({"a": mode, "b": mode}, timeout=90)
    return group


def _pools(mode: str) -> list[dict[str, Any]]:
    if mode == "hot-standby":
        return [{"pool": "192.0.64.0 - 192.0.191.255"}]
    return [
        {"pool": "192.0.64.0 - 192.0.127.255", "client-class": "HA_a"},
        {"pool": "192.0.128.0 - 192.0.191.255", "client-class": "HA_b"},
    ]


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    tries: int = field(compare=False)
    begun: float = field(compare=False)


class Load:
    """New DHCPv4 clients at a steady rate, each of which tries again as RFC 2131 lets it and says for how long it has tried."""

    def __init__(self, group: Group, rate: float, first: int = 10_000) -> None:
        """`rate`: clients a second."""
        interface, address, _ = group._place(4, None)
        self._clients = Clients4(group._cell(CLIENT), interface, address)  # type: ignore[arg-type]
        self._rate, self._first = rate, first
        self.served: list[tuple[float, float, int]] = []
        """When a client got its lease, after how many seconds, and its number; in the order of time (monotonic)."""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        waiting: list[_Due] = []
        begun: dict[int, float] = {}
        with self._clients.socket as own:
            start, number = time.monotonic(), 0
            while not self._done.is_set():
                now = time.monotonic()
                while start + number / self._rate <= now:
                    heapq.heappush(waiting, _Due(now, self._first + number, 0, now))
                    begun[self._first + number] = now
                    number += 1
                while waiting and waiting[0].at <= now:
                    due = heapq.heappop(waiting)
                    if due.number not in begun:
                        continue
                    self._clients.secs = int(now - due.begun)
                    own.sendto(self._clients.first(due.number), self._clients.target)
                    wait = _BACKOFF[min(due.tries, len(_BACKOFF) - 1)]
                    heapq.heappush(waiting, _Due(now + wait, due.number, due.tries + 1, due.begun))
                if select.select([own], [], [], 0.01)[0]:
                    self._heard(own.recv(4096), begun)

    def _heard(self, data: bytes, begun: dict[int, float]) -> None:
        answer = self._clients.understand(data)
        if answer is None or answer.client not in begun:
            return
        if answer.request is not None:
            self._clients.secs = int(time.monotonic() - begun[answer.client])
            self._clients.socket.sendto(answer.request, self._clients.target)
        if answer.address is not None:
            now = time.monotonic()
            self.served.append((now, now - begun.pop(answer.client), answer.client))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen after the kill, in seconds from it."""

    takeover: float
    """Until the survivor was `partner-down`."""
    first_served: float | None
    """Until the first lease of a client of which the survivor did not serve the half, or of any in hot-standby; with a load only."""
    during: int
    """Leases given between the kill and the takeover."""


def measure(group: Group, killed: str, rate: float, heartbeat: float, timeout: float = 120) -> Measured:
    """Kill a server of a quiet pair or of one with clients, and wait until the other is `partner-down`.

    `heartbeat`: seconds. The kill comes half of it after the pair was in its state, or after a whole number of them more: what is
    computed is the mean over all moments.
    `rate`: new clients a second, from some seconds before the kill on; 0: a quiet pair, and after the kill forty clients call again and
    again that say that they have waited for minutes.
    """
    survivor = "b" if killed == "a" else "a"
    if not rate:
        time.sleep(heartbeat / 2)
        begun = time.monotonic()
        group.kill(killed, "dhcp4")
        _, down = _down(group, survivor, begun, timeout, call=_WAITING / max(1, heartbeat / 2))
        return Measured(down - begun, None, 0)
    with Load(group, rate) as load:
        time.sleep((2 if heartbeat <= 1 else 0) + heartbeat / 2)
        begun = time.monotonic()
        group.kill(killed, "dhcp4")
        gone = time.monotonic()
        not_yet, down = _down(group, survivor, begun, timeout)
        time.sleep(1)
    # Whoever first called when the server was gone has its lease from the survivor, however late this process reads the answer.
    during = sum(at - took > gone and at < not_yet for at, took, _ in load.served)
    return Measured(down - begun, next((at - begun for at, _, _ in load.served if at >= not_yet), None), during)


def _down(group: Group, survivor: str, begun: float, timeout: float, call: float = 0) -> tuple[float, float]:
    """Wait until the survivor is partner-down; → when the last look began that did not show it, and when it was seen (monotonic).

    `call`: so many messages a second of clients that have waited.
    """
    with ExitStack() as stack:
        clients = (
            group._clients(4, None, secs=300) if call else None
        )  # a second socket would take the answers of a load
        if clients is not None:
            stack.enter_context(clients.socket)
        sent, not_yet = 0, begun
        while True:
            now = time.monotonic()
            if group.states(survivor, 4) == ("partner-down",):
                return not_yet, time.monotonic()
            not_yet = now
            assert now - begun < timeout, group.states(survivor, 4)
            while clients is not None and sent < (now - begun) * call:
                clients.socket.sendto(clients.first(900_000 + sent % _WAITING), clients.target)
                sent += 1
            time.sleep(0.02)


def returned(group: Group, server: str, mode: str, timeout: float = 120) -> float:
    """Start a killed server again, and wait until both are in the state of the mode; → seconds since it was first seen waiting."""
    group.start(server)
    group.wait({server: "waiting"}, timeout=timeout)
    begun = time.monotonic()
    group.wait({"a": mode, "b": mode}, timeout=timeout)
    return time.monotonic() - begun
