"""Servers that never were: a small model of a pair under rollout, with a clock of its own and troubles at any step.

Each call of the world counts. A trouble happens at one count: a server dies, refuses, ends its HA, is changed by somebody; the
operator interrupts; or the process is killed, after which nothing that it still tries has an effect.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from kea_hac.drift.applied import fingerprint
from kea_hac.live.endpoint import Trouble
from kea_hac.live.failure import NoAnswerError
from kea_hac.rollout.journal import Progress, read_progress
from kea_hac.rollout.plan import Command, Duty, Handover, Held, Plan, Reload, Turn
from kea_hac.rollout.world import BY_NAME, CopyError, JournalError, StoppedError, content_of

HEARTBEAT = 2.0
AGENT = "ctrl-agent"
NONSENSE: tuple[Any, ...] = (
    None,
    [],
    "yes",
    {},
    {"Dhcp4": []},
    {"Dhcp4": {"user-context": 7, "hooks-libraries": [None]}},
    {"Dhcp4": {"user-context": {"kea-hac": [1]}}},
    {"high-availability": 7},
    {"high-availability": [None]},
    {"high-availability": [{"ha-servers": {"local": 3}}]},
    {"high-availability": [{"ha-servers": {"local": {"state": 3, "scopes": 4}, "remote": {"age": "old"}}}]},
    {"high-availability": [{"ha-servers": {"local": {"state": "hot-standby", "scopes": [[]]}, "remote": []}}]},
)
"""Arguments of answers that no Kea gives."""
PARTNER = {"kea1": "kea2", "kea2": "kea1"}
Files = dict[str, str]


class Fault(StrEnum):
    NONE = "nothing"
    DIES = "the server dies"
    MUTE = "the server does not answer once"
    NONSENSE = "the server answers nonsense from now on"
    REFUSES = "the server refuses the command"
    ENDS_HA = "HA ends on both"
    ALONE = "the partner goes partner-down"
    CUT = "the link between the servers is cut"
    EDITED = "somebody changes the server"
    NO_COPY = "the copy fails"
    FULL_DISK = "the journal cannot be written"
    CTRL_C = "the operator interrupts"
    KILLED = "kill -9"


class Killed(BaseException):
    """kill -9: no `except` and no `finally` of the code under test has an effect any more."""


@dataclass(slots=True)
class Server:
    name: str
    home: str
    own: list[str]
    memory: Files
    """What it holds."""
    disk: Files
    stamps: Files
    """The builds in its stamps: those that it loaded last."""
    state: str = ""
    scopes: list[str] = field(default_factory=list)
    alive: bool = True
    nonsense: bool = False
    """It answers nonsense, and does not what it is told."""
    edits: int = 0
    ready_at: float = 0.0
    off_until: float = 0.0
    """Until when its DHCP service is off; a reload forgets the end, so that it stays off."""
    refuses: set[str] = field(default_factory=set)
    """Builds that it does not load."""

    def __post_init__(self) -> None:
        self.state, self.scopes = self.home, list(self.own)


def plan(
    mode: str,
    steps: int = 2,
    *,
    together: bool = False,
    daemons: tuple[str, ...] = ("dhcp4",),
    commands: bool = False,
    agents: bool = False,
) -> Plan:
    """Two servers, `steps` rounds over both. `commands`: the even rounds need no reload. `agents`: the files of the agents change, too."""
    duties = tuple(
        Duty(
            name,
            daemon,
            name,
            0,
            mode,
            (name,) if mode == "load-balancing" or name == "kea1" else (),
            True,
            2.0,
            PARTNER[name],
        )
        for daemon in daemons
        for name in PARTNER
    )
    turns: list[Turn] = []
    for number in range(1, steps + 1):
        order = ("kea2", "kea1") if number % 2 else ("kea1", "kea2")
        for servers in [order] if together else [(each,) for each in order]:
            folder = len(turns) + 1
            reloads = tuple(
                Reload(
                    each,
                    daemon,
                    _build(each, daemon, number - 1),
                    _build(each, daemon, number),
                    (Command("subnet4-add", {}),) if commands and number % 2 == 0 else (),
                )
                for each in servers
                for daemon in daemons
            )
            handovers = tuple(each for server in servers for each in _handovers(mode, server, duties))
            loading = tuple(
                Reload(each, AGENT, _build(each, AGENT, 0), _build(each, AGENT, 1))
                for each in servers
                if agents and number == 1
            )
            files = {each: {f"kea-{daemon}.conf": "0" * 64 for daemon in daemons} for each in servers}
            turns.append(
                Turn(
                    number,
                    servers,
                    reloads,
                    handovers,
                    together,
                    "a test",
                    files,
                    dict.fromkeys(servers, folder),
                    loading,
                )
            )
    held = tuple(
        Held(name, daemon, _build(name, daemon, 0), _print(name, daemon, 0, 0))
        for name in PARTNER
        for daemon in daemons
    )
    loaded = {name: {f"kea-{daemon}.conf": "0" * 64 for daemon in daemons} for name in PARTNER}
    return Plan(
        "pair", "spec.yaml", "b", held, (), duties, tuple(turns), loaded, dict.fromkeys(PARTNER, 0), patience=30.0
    )


def _handovers(mode: str, server: str, duties: tuple[Duty, ...]) -> Iterator[Handover]:
    for duty in duties:
        if duty.server == server and duty.scopes:
            partner = PARTNER[server]
            own = (partner,) if mode == "load-balancing" or partner == "kea1" else ()
            yield Handover(server, duty.daemon, server, partner, partner, ("kea1", "kea2"), own)


def _build(server: str, daemon: str, number: int) -> str:
    return f"{server}-{daemon}-{number}"


def _config(server: str, build: str, stamp: str, edits: int) -> dict[str, Any]:
    made: dict[str, Any] = {"user-context": {"kea-hac": {"pair": "pair", "server": server, "build": stamp}}}
    made["subnet4"] = [{"id": 1, "subnet": build}]
    return {**made, "server-tag": f"edited {edits}"} if edits else made


def _print(server: str, daemon: str, number: int, edits: int) -> str:
    build = _build(server, daemon, number)
    return content_of(_config(server, build, build, edits))


@dataclass(slots=True)
class FakeWorld:
    """A pair, a journal, and one trouble."""

    plan: Plan
    mode: str
    fault: Fault = Fault.NONE
    at: int = -1
    """The number of the call at which it happens."""
    copying: bool = True
    clock: float = 0.0
    answers_after: float = 0.005
    calls: int = 0
    killed: bool = False
    journal: bytes = b""
    lines: list[str] = field(default_factory=list)
    servers: dict[str, Server] = field(default_factory=dict)
    unserved: list[str] = field(default_factory=list)
    """Moments at which nobody served the clients of a server."""
    doubly: list[str] = field(default_factory=list)
    """Moments at which both servers served the clients of one."""
    commands: list[tuple[str, str]] = field(default_factory=list)
    edited_outside: bool = False
    """The edit came on a server that had no turn at that time."""
    cut: bool = False
    noticed: bool = True
    """Whether the servers have noticed that the link is cut."""
    cut_at: float = 0.0
    shields: int = 0
    stopped: bool = False
    half: bool | None = None
    """What commands do: None, what they should; True, only a part; False, they fail."""
    known_ways: set[tuple[str, str]] = field(default_factory=set)
    records: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for duty in self.plan.duties:
            files = self.files(duty.server, 0)
            self.servers.setdefault(
                duty.server, Server(duty.server, self.mode, list(duty.scopes), dict(files), dict(files), dict(files))
            )

    # -- the world ----------------------------------------------------------------------------------------------------------

    @property
    def copies(self) -> bool:
        return self.copying

    def ask(
        self, server: str, daemon: str, command: str, arguments: Mapping[str, Any] | None = None, *, quick: bool = False
    ) -> Mapping[str, Any]:
        self._step(server)
        self.commands.append((server, command))
        self.clock += self.answers_after
        self._live()
        here = self.servers[server]
        if self.calls == self.at and self.fault is Fault.MUTE:
            raise NoAnswerError(Trouble.UNREACHABLE, "the connection was cut")
        if not here.alive:
            raise NoAnswerError(Trouble.DOWN, "nothing listens there")
        if here.nonsense and command not in ("config-get", "status-get"):
            raise NoAnswerError(Trouble.UNCLEAR, "the answer is not JSON")
        if here.nonsense:
            return {"result": 0, "arguments": NONSENSE[(self.at + self.calls) % len(NONSENSE)]}
        if self.calls == self.at and self.fault is Fault.REFUSES:
            raise NoAnswerError(Trouble.FAILED, "Kea refused (result 1)")
        act: Callable[[Server, str, Mapping[str, Any]], Mapping[str, Any]] = {
            "config-get": self._config_get,
            "status-get": self._status,
            "ha-scopes": self._scopes,
            "config-reload": self._reload,
            "dhcp-disable": self._disable,
            "dhcp-enable": self._enable,
            "subnet4-add": self._command,
        }[command]
        return act(here, daemon, arguments or {})

    def copy(self, server: str, folder: int) -> None:
        self._step(server)
        if self.calls == self.at and self.fault is Fault.NO_COPY:
            raise CopyError("the disk is full")
        if not self.servers[server].alive:
            raise CopyError("no route to the host")
        if self.copying:
            self.servers[server].disk = self.files(server, folder)

    def reached(self, server: str, daemon: str) -> bool:
        return (server, daemon) in self.known_ways

    def record_reached(self, server: str, daemon: str) -> None:
        self._step("kea1")
        self.known_ways.add((server, daemon))

    def unproven(self, server: str, daemon: str, folder: int, config: Mapping[str, Any]) -> tuple[str, ...]:
        wanted = self.files(server, folder)[daemon]
        return () if self.servers[server].memory[daemon] == wanted else ("subnet4",)

    def applied(self, server: str, daemon: str, config: Mapping[str, Any]) -> str | None:
        build, seen = self.records.get((server, daemon), (None, None))
        return build if seen == fingerprint(config) else None

    def record_applied(self, server: str, daemon: str, build: str, config: Mapping[str, Any]) -> None:
        self._step("kea1")
        self.records[server, daemon] = (build, fingerprint(config))

    def record(self, entry: Mapping[str, Any]) -> None:
        self._step("kea1")
        if self.calls == self.at and self.fault is Fault.FULL_DISK:
            raise JournalError("no space left")
        self.journal += orjson.dumps(dict(entry)) + b"\n"

    def now(self) -> float:
        return self.clock

    def sleep(self, seconds: float) -> None:
        self._step("kea1")
        self.clock += max(seconds, 0.25)  # fewer steps than a real wait, and the same kinds
        self._live()

    def say(self, line: str) -> None:
        self.lines.append(line)

    def step(self, done: int, total: int, what: str) -> None:
        assert done < total

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        self.shields += 1
        try:
            yield
        finally:
            self.shields -= 1

    # -- the model ----------------------------------------------------------------------------------------------------------

    def files(self, server: str, folder: int) -> Files:
        """The builds in a folder: what the server has after that many turns."""
        found = {daemon: _build(server, daemon, 0) for daemon in (AGENT, *(each.daemon for each in self.plan.duties))}
        for turn in self.plan.turns[:folder]:
            changed = (*turn.reloads, *turn.agents)
            found |= {each.daemon: str(each.after) for each in changed if each.server == server}
        return found

    def progress(self) -> Progress:
        return read_progress(self.journal) or Progress()

    def healed(self) -> None:
        """The trouble is over: who was dead runs again, with the file on its disk, and the link works."""
        self.fault, self.killed, self.shields, self.stopped, self.cut = Fault.NONE, False, 0, False, False
        for each in self.servers.values():
            each.refuses.clear()
            each.nonsense = False
            if not each.alive:
                each.alive, each.memory, each.stamps, each.off_until = True, dict(each.disk), dict(each.disk), 0.0
                self._start(each)

    def settle(self) -> None:
        """Some minutes later."""
        for _ in range(100):
            self.clock += 1.0
            self._live()

    def at_home(self) -> bool:
        return all(each.alive and each.state == each.home for each in self.servers.values())

    def off_now(self, each: Server) -> bool:
        return each.off_until > self.clock

    def off(self) -> set[str]:
        """Servers whose DHCP service is off."""
        return {each.name for each in self.servers.values() if each.alive and self.off_now(each)}

    def foreign(self) -> set[str]:
        """Servers that serve others than in normal operation."""
        return {each.name for each in self.servers.values() if each.alive and set(each.scopes) - set(each.own)}

    def builds(self) -> dict[tuple[str, str], str]:
        """What the DHCP servers hold."""
        held = {(each.name, daemon): build for each in self.servers.values() for daemon, build in each.memory.items()}
        return {key: build for key, build in held.items() if key[1] != AGENT}

    def agents(self) -> dict[str, str]:
        """What the control agents hold."""
        return {each.name: each.memory[AGENT] for each in self.servers.values()}

    def _step(self, server: str) -> None:
        if self.killed:
            raise Killed
        self.calls += 1
        if self.calls != self.at:
            return
        here = self.servers[server]
        if self.fault is Fault.KILLED:
            self.killed = True
            raise Killed
        if self.fault is Fault.CTRL_C and not self.stopped:
            self.stopped = True
            if not self.shields:
                raise StoppedError("interrupted")
        if self.fault is Fault.NONSENSE:
            here.nonsense = True
        if self.fault is Fault.DIES:
            here.alive = False
        if self.fault is Fault.ENDS_HA:
            for each in self.servers.values():
                each.state = "terminated"
        if self.fault is Fault.ALONE:
            partner = self.servers[PARTNER[server]]
            partner.state, partner.scopes = "partner-down", ["kea1", "kea2"]
        if self.fault is Fault.CUT:
            self.cut = True
        if self.fault is Fault.EDITED:
            here.edits += 1
            turns = self.plan.turns
            done = self.progress().done
            self.edited_outside = done == len(turns) or server not in turns[done].servers

    def _live(self) -> None:
        """What the servers do by themselves: back to their state after one heartbeat, when their partner answers."""
        for each in self.servers.values():
            partner = self.servers[PARTNER[each.name]]
            waits = each.state == "waiting" and self.clock >= each.ready_at
            if each.alive and waits and partner.alive and partner.state != "terminated" and not self.cut:
                each.state, each.scopes = each.home, list(each.own)
            back = each.state == "partner-down" and partner.alive and partner.state == partner.home and not self.cut
            if each.alive and back:
                each.state, each.scopes = each.home, list(each.own)
        serving = [
            each for each in self.servers.values() if each.alive and each.state == each.home and not self.off_now(each)
        ]
        both = [set(each.scopes) for each in serving]
        if len(both) > 1 and both[0] & both[1]:
            self.doubly.append(f"{self.clock:.2f}")
        if (
            self.mode == "hot-standby"
            and self.fault is Fault.NONE
            and not any("kea1" in each.scopes for each in serving)
        ):
            self.unserved.append(f"{self.clock:.2f}")

    def _start(self, each: Server) -> None:
        each.state, each.scopes, each.ready_at = "waiting", [], self.clock + HEARTBEAT

    def _config_get(self, here: Server, daemon: str, _: Mapping[str, Any]) -> Mapping[str, Any]:
        config = _config(here.name, here.memory[daemon], here.stamps[daemon], here.edits)
        return {"result": 0, "arguments": {BY_NAME[daemon].top: config}}

    def _status(self, here: Server, daemon: str, _: Mapping[str, Any]) -> Mapping[str, Any]:
        partner = self.servers[PARTNER[here.name]]
        lost = not partner.alive or self.cut
        remote = {
            "server-name": partner.name,
            "last-state": "unavailable" if lost and self.noticed else partner.state,
            "in-touch": here.state != "waiting",
            "communication-interrupted": lost and self.noticed,
            "age": int(self.clock - self.cut_at) if lost else int(self.clock % HEARTBEAT),
        }
        local = {"server-name": here.name, "state": here.state, "scopes": here.scopes}
        return {
            "result": 0,
            "arguments": {"high-availability": [{"ha-servers": {"local": local, "remote": remote}}]},
        }

    def _scopes(self, here: Server, daemon: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if arguments["server-name"] != here.name:
            raise NoAnswerError(Trouble.FAILED, "no such relationship")
        here.scopes = list(arguments["scopes"])
        return {"result": 0}

    def _disable(self, here: Server, daemon: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        here.off_until = self.clock + float(arguments["max-period"])
        return {"result": 0}

    def _enable(self, here: Server, daemon: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if "origin" not in arguments:  # the partner's is another switch
            here.off_until = 0.0
        return {"result": 0}

    def _command(self, here: Server, daemon: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """It changes what the server holds, and not its stamp; a second time it fails."""
        if self.half:
            here.memory[daemon] = "something else"
            return {"result": 0}
        if self.half is False or here.memory[daemon] == here.disk[daemon]:
            raise NoAnswerError(Trouble.FAILED, "the subnet is there already")
        here.memory[daemon] = here.disk[daemon]
        return {"result": 0}

    def _reload(self, here: Server, daemon: str, _: Mapping[str, Any]) -> Mapping[str, Any]:
        if here.disk[daemon] in here.refuses:
            raise NoAnswerError(Trouble.FAILED, "Kea refused (result 1)")
        here.memory[daemon] = here.stamps[daemon] = here.disk[daemon]
        if daemon == AGENT:
            return {"result": 0}
        here.edits = 0
        here.off_until = math.inf if here.off_until > self.clock else 0.0
        self._start(here)
        if self.mode == "load-balancing":  # its partner's state changes, too
            partner = self.servers[PARTNER[here.name]]
            partner.scopes = list(partner.own) if partner.state == partner.home else partner.scopes
        return {"result": 0}
