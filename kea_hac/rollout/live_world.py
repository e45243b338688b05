"""The real world of a rollout: Kea through `live`, copies, the clock, signals, and the journal."""

from __future__ import annotations

import contextlib
import shlex
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from types import FrameType
from typing import Any

from kea_hac.drift.applied import Applied, applied_build, fingerprint, record_applied
from kea_hac.drift.bases import NoBase, read_built
from kea_hac.drift.diffing import unproven
from kea_hac.errors import TreeError
from kea_hac.kea.config import Json
from kea_hac.kea.config_get import Resolver
from kea_hac.live.access import Access
from kea_hac.live.ask import Caller, ask
from kea_hac.live.endpoint import Endpoint, Trouble, Unread
from kea_hac.live.failure import NoAnswerError
from kea_hac.live.limits import RequestLimits
from kea_hac.model.site import Node
from kea_hac.records import dataclass
from kea_hac.rollout.by_commands import touched
from kea_hac.rollout.copying import CopyCommand, run_copy, write_here
from kea_hac.rollout.journal import Store
from kea_hac.rollout.world import BY_NAME, JournalError, StoppedError
from kea_hac.source.files import read_bytes

_SIGNALS = {
    signal.SIGINT: "interrupted (Ctrl-C)",
    signal.SIGTERM: "ended by SIGTERM",
    signal.SIGHUP: "the terminal is gone (SIGHUP)",
}


@dataclass(slots=True)
class Signals:
    """Turns the first signal into StoppedError, where it may; later ones change nothing, so that all scopes are given back."""

    reason: str | None = None
    _shields: int = 0
    _raised: bool = False
    _before: dict[int, Any] = field(default_factory=dict)

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Listen to signals."""
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        try:
            yield
        finally:
            for known, before in self._before.items():
                signal.signal(known, before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.reason = self.reason or _SIGNALS[signal.Signals(number)]
        self.check()

    def check(self) -> None:
        """Raise StoppedError once, when a signal has come and nothing shields."""
        if self.reason is not None and not self._shields and not self._raised:
            self._raised = True
            raise StoppedError(self.reason)

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """As `World.shielded`."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1


_REPEATED = frozenset({"status-get", "ha-scopes", "dhcp-disable", "dhcp-enable"})
_HARMLESS = _REPEATED | {"config-get", "config-test", "ha-heartbeat", "list-commands"}
"""What may be sent twice: a second place of a server is asked whatever the first one answers, such as one that uses TLS now."""


@dataclass(slots=True)
class LiveWorld:
    """Kea's servers."""

    endpoints: Mapping[tuple[str, str], Endpoint | Unread]
    """By server and daemon's name."""
    others: Mapping[tuple[str, str], Endpoint]
    """Where a daemon is asked after its control socket moved."""
    access: Access
    store: Store
    signals: Signals
    tell: Callable[[str], None]
    bar: Callable[[int, int, str], None]
    addresses: Mapping[str, str]
    """By server: what {address} means."""
    nodes: Mapping[str, Node] = field(default_factory=dict)
    resolve: Resolver = field(default=lambda _: None)
    """The secrets that are available here."""
    command: CopyCommand | None = None
    here: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)
    """By server that is this machine: file name → path that its daemon reads."""
    limits: RequestLimits = field(default_factory=RequestLimits)
    polling: RequestLimits = field(default_factory=lambda: RequestLimits(connect=1.0, total=5.0, tries=1))
    quick: RequestLimits = field(default_factory=lambda: RequestLimits(connect=0.5, total=0.5, tries=1))
    """A server that synchronises its leases can be slow to answer, and its partner has to be told meanwhile to go on serving."""
    copy_seconds: float = 300.0
    _moved: set[tuple[str, str]] = field(default_factory=set)

    def ask(
        self, server: str, daemon: str, command: str, arguments: Mapping[str, Any] | None = None, *, quick: bool = False
    ) -> Mapping[str, Any]:
        """As `World.ask`."""
        limits = self.quick if quick else self._limits(command)
        key = (server, daemon)
        first, second = self.endpoints.get(key), self.others.get(key)
        places = [each for each in ((second, first) if key in self._moved else (first, second)) if each is not None]
        failure: NoAnswerError | None = None
        for place in places:
            if isinstance(place, Unread):
                failure = failure or NoAnswerError(place.trouble, place.reason)
                continue
            try:
                answer = ask(Caller(server, place.channel, self.access, limits, place.trusted), command, arguments)
            except NoAnswerError as error:
                failure = failure or error
                if not error.again and command not in _HARMLESS:
                    break
                continue
            if place is second:
                self._moved.add(key)
            else:
                self._moved.discard(key)
            return answer
        raise failure or NoAnswerError(Trouble.NO_CHANNEL, f"{server} {daemon} has no control socket that can be asked")

    @property
    def places(self) -> tuple[Endpoint | Unread, ...]:
        """Where each daemon is asked now."""
        return tuple(self.others[key] if key in self._moved else each for key, each in self.endpoints.items())

    def _limits(self, command: str) -> RequestLimits:
        """What is asked again and again while a server is away must not hold up the handover of its scopes: one short try."""
        return self.polling if command in _REPEATED else self.limits

    @property
    def copies(self) -> bool:
        """As `World.copies`: with a command, or where all servers are this machine."""
        return self.command is not None or set(self.addresses) <= set(self.here)

    def copy(self, server: str, folder: int) -> None:
        """As `World.copy`."""
        source = self.store.folder_of(folder, server)
        if self.command is not None:
            words = self.command.filled(source.resolve(), server, self.addresses.get(server, ""))
            self.say(f"{server}: copies its files with {words[0]}")
            run_copy(words, self.copy_seconds, self.say)
        elif server in self.here:
            targets = {name: path for name, path in self.here[server].items() if (source / name).exists()}
            for path in write_here(source, targets):
                self.say(f"{server}: {path} is written")

    def unproven(self, server: str, daemon: str, folder: int, config: Mapping[str, Json]) -> tuple[str, ...]:
        """As `World.unproven`."""
        known = BY_NAME[daemon]
        node = self.nodes[server]
        name = str(self.store.folder_of(folder, server) / known.file)
        base = read_built(read_bytes(name, 1 << 28), known, node.version, name)
        if isinstance(base, NoBase):
            return (base.reason,)
        return unproven(node, known, base, config, touched(known), self.resolve)

    def applied(self, server: str, daemon: str, config: Mapping[str, Json]) -> str | None:
        """As `World.applied`."""
        return applied_build(self.store.folder, server, daemon, config)

    def record_applied(self, server: str, daemon: str, build: str, config: Mapping[str, Json]) -> None:
        """As `World.record_applied`."""
        try:
            record_applied(self.store.folder, server, daemon, Applied(build, fingerprint(config)))
        except TreeError as error:
            raise JournalError(f"the record of the commands cannot be written: {error}") from error

    def record_reached(self, server: str, daemon: str) -> None:
        """As `World.record_reached`."""
        if self.copies:
            self.store.record_reached(server, daemon, self._way)

    def reached(self, server: str, daemon: str) -> bool:
        """True when an earlier rollout has shown that files which are brought in this way are those that the daemon loads."""
        return self.copies and self.store.reached(server, daemon) == self._way

    @property
    def _way(self) -> str:
        """How files get to the servers."""
        return shlex.join(self.command.words) if self.command is not None else "written here"

    def record(self, entry: Mapping[str, Any]) -> None:
        """As `World.record`."""
        self.store.record(entry)

    def now(self) -> float:
        """As `World.now`."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """As `World.sleep`."""
        self.signals.check()
        threading.Event().wait(seconds)

    def say(self, line: str) -> None:
        """As `World.say`."""
        self.tell(line)

    def step(self, done: int, total: int, what: str) -> None:
        """As `World.step`."""
        self.bar(done, total, what)

    def shielded(self) -> contextlib.AbstractContextManager[None]:
        """As `World.shielded`."""
        return self.signals.shielded()
