"""All that a rollout does outside of its own memory, as one interface: servers, copies, the clock, the operator. And how answers are read.

Tests put servers in its place that fail at every step; `live_world` is the real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from kea_hac.changes.canonical import stamp_of, without_stamp
from kea_hac.drift.applied import fingerprint
from kea_hac.kea.config import DAEMONS, Block, Daemon, Json
from kea_hac.live.answer import check_answer
from kea_hac.live.failure import NoAnswerError
from kea_hac.live.ha_state import Relation, ha_state
from kea_hac.records import dataclass
from kea_hac.rollout.plan import Duty

_ROUNDING = 2
"""Seconds: the age of the last heartbeat is in whole seconds, and a busy server is a little late."""
BY_NAME: Mapping[str, Daemon] = {daemon.name: daemon for daemon in DAEMONS.values()}


class CopyError(Exception):
    """Files did not get to a server. The message contains the reason, and never a secret."""


class JournalError(Exception):
    """The journal could not be written, so nothing may be done."""


class StoppedError(Exception):
    """The operator or the system ends the rollout: Ctrl-C, SIGTERM, SIGHUP. The message is the reason."""


class World(Protocol):
    """Servers, copies, the clock and the operator."""

    def ask(
        self, server: str, daemon: str, command: str, arguments: Mapping[str, Any] | None = None, *, quick: bool = False
    ) -> Mapping[str, Any]:
        """Kea's answer to a command that succeeded. `quick`: it is asked again, so it need not be waited for. Raises NoAnswerError."""
        ...

    def copy(self, server: str, folder: int) -> None:
        """Bring the files of a folder of this rollout to a server. Raises CopyError."""
        ...

    @property
    def copies(self) -> bool:
        """True when `copy` brings any files; False when the final ones have to be on the servers already."""
        ...

    def unproven(self, server: str, daemon: str, folder: int, config: Mapping[str, Json]) -> tuple[str, ...]:
        """The places at which a server's answer to config-get is not proven to be what its file in a folder says."""
        ...

    def applied(self, server: str, daemon: str, config: Mapping[str, Json]) -> str | None:
        """The build that commands led to, where the server shows exactly what it showed then."""
        ...

    def record_applied(self, server: str, daemon: str, build: str, config: Mapping[str, Json]) -> None:
        """Keep that commands led to a build. Raises JournalError."""
        ...

    def record_reached(self, server: str, daemon: str) -> None:
        """Keep that the daemon loaded what `copy` had brought: its files get to the place from which it starts. Raises JournalError."""
        ...

    def reached(self, server: str, daemon: str) -> bool:
        """True when an earlier rollout has shown that what `copy` brings is what the daemon loads."""
        ...

    def record(self, entry: Mapping[str, Any]) -> None:
        """Write an entry to the journal, and wait until it is on the disk. Raises JournalError."""
        ...

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait. Raises StoppedError."""
        ...

    def say(self, line: str) -> None:
        """Progress, for the operator."""
        ...

    def step(self, done: int, total: int, what: str) -> None:
        """Progress of the whole, for a bar: so many turns are done, and this one is being done."""
        ...

    def shielded(self) -> AbstractContextManager[None]:
        """Inside, StoppedError is not raised: for what must be done to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Holding:
    """What a daemon holds."""

    build: str | None
    """The build whose content it holds: that of its stamp, or of a record that commands led to it."""
    fingerprint: str
    """Of its configuration without the stamp: a server that was changed by commands holds the same after a restart, with another stamp."""


def shown(world: World, server: str, daemon: str, *, quick: bool = False) -> Mapping[str, Json]:
    """What a daemon answers to config-get: the map under its top key. Raises NoAnswerError."""
    top = BY_NAME[daemon].top
    arguments = world.ask(server, daemon, "config-get", quick=quick).get("arguments")
    config = arguments.get(top) if isinstance(arguments, Mapping) else None
    if not isinstance(config, dict):
        raise unclear(f"config-get: the answer contains no {top}")
    check_answer(daemon, top, config, f"config-get: arguments.{top}")
    return config


def commands_of(world: World, server: str, daemon: str) -> frozenset[str]:
    """The commands that a daemon takes (list-commands). Raises NoAnswerError."""
    listed = world.ask(server, daemon, "list-commands").get("arguments")
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise unclear("list-commands: the answer contains no list of commands")
    return frozenset(listed)


def holding(world: World, server: str, daemon: str) -> Holding:
    """Ask a daemon for its configuration. Raises NoAnswerError."""
    config = shown(world, server, daemon)
    stamp = stamp_of(config)
    build = world.applied(server, daemon, config) or (stamp.build if stamp is not None else None)
    return Holding(build, content_of(config))


def content_of(config: Mapping[str, Json]) -> str:
    """The fingerprint of a configuration without its stamp."""
    return fingerprint(without_stamp(Block((), dict(config))))


def relation(world: World, duty: Duty, *, quick: bool = False) -> Relation | None:
    """What a server reports of one relationship now; None where it runs no HA there. Raises NoAnswerError."""
    arguments = world.ask(duty.server, duty.daemon, "status-get", quick=quick).get("arguments", {})
    check_answer("answers", "status-get", arguments, "status-get: arguments")
    state = ha_state(arguments)
    relations = state.relations if state is not None else ()
    named = next((each for each in relations if each.name == duty.name), None)
    if named is not None or duty.place >= len(relations):
        return named
    return relations[duty.place] if relations[duty.place].name is None else None


def trouble(duty: Duty, found: Relation | None) -> str | None:
    """Why a server is not in the state of its mode with its own scopes; None when it is."""
    wrong = state_trouble(duty, found)
    if wrong is not None or found is None or not duty.watched or set(found.scopes) == set(duty.scopes):
        return wrong
    serves, own = (" and ".join(each) or "nobody" for each in (found.scopes, duty.scopes))
    return f"{duty.server} {duty.daemon} serves the clients of {serves}, not of {own}"


def state_trouble(duty: Duty, found: Relation | None) -> str | None:
    """The same, whatever its scopes are."""
    name = f"{duty.server} {duty.daemon}"
    if found is None:
        return f"{name} runs no HA as {duty.name}"
    if found.state != duty.state:
        return f"{name} is in {found.state or 'an unknown state'}, not in {duty.state}"
    if not duty.watched:
        return None
    if found.partner is None or not found.partner.heard:
        return f"{name} has not heard from its partner"
    if found.partner.interrupted or found.partner.last_state == "unavailable":
        return f"{name} does not reach its partner"
    if found.partner.age is not None and found.partner.age > 2 * duty.beat + _ROUNDING:
        return f"{name} has not heard from its partner for {found.partner.age} s"
    return None


def unclear(text: str) -> NoAnswerError:
    """An answer that is not understood."""
    from kea_hac.live.endpoint import Trouble

    return NoAnswerError(Trouble.UNCLEAR, text)
