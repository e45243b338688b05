"""The plan of a rollout: plain frozen data that is written to a file, read again, and compared.

A turn takes one server (in a window: all servers) from the files that it has to the next ones. Turns retraced in the opposite
order visit the same states of the pair, so the way back needs no second proof that no server leases what its partner does not know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from kea_hac.errors import UsageError

FORMAT = 1
LOADED = 0
"""The number of the folder with what was loaded before; turn n has folder n."""
Files = Mapping[str, str]
"""The name of a file of Kea → the SHA-256 of its content."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a daemon holds when the plan is made."""

    server: str
    daemon: str
    build: str | None
    """The digest in its stamp; None where there is none."""
    fingerprint: str
    """Of its whole configuration but the stamp, as `world.content_of` computes it."""


@dataclass(frozen=True, slots=True)
class Duty:
    """The state of one server in one relationship in normal operation."""

    server: str
    daemon: str
    name: str
    """Its HA name."""
    place: int
    """The place of the relationship in the server's configuration: 2.2 names no servers in status-get."""
    state: str
    """hot-standby, load-balancing, passive-backup, backup"""
    scopes: tuple[str, ...]
    """The HA names whose clients it serves. Not watched where `watched` is false."""
    watched: bool
    """False for a backup and in passive-backup, which report no partner."""
    beat: float = 10.0
    """heartbeat-delay in seconds: the longer one of the spec's and of what the server runs when the plan is made. On the way, and on the
    way back, a server runs either."""
    partner: str = ""
    """The server that is its partner; "" where none is watched."""


@dataclass(frozen=True, slots=True)
class Handover:
    """Before `server` reloads, its partner takes over its clients."""

    server: str
    daemon: str
    server_name: str
    """The server's own HA name, which is also the scope that it gives up."""
    partner: str
    partner_name: str
    """The partner's HA name, which names the relationship in `ha-scopes`."""
    scopes: tuple[str, ...]
    """What the partner serves during the reload."""
    own: tuple[str, ...]
    """What it serves in normal operation."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command to a daemon."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reload:
    """One daemon comes to hold what its file says: it loads the file, or gets the same by commands."""

    server: str
    daemon: str
    before: str | None
    """The digest in the stamp of what it holds before; None where that has no stamp."""
    after: str | None
    commands: tuple[Command, ...] = ()
    """What changes its memory to the same as its file, without a reload. Empty where it reloads."""
    why: str = ""
    """Why it reloads, where its version could do without."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One server at a time, or all servers in one window."""

    round: int
    servers: tuple[str, ...]
    reloads: tuple[Reload, ...]
    """In their order. Empty where only files of other programs change."""
    handovers: tuple[Handover, ...]
    together: bool
    why: str
    files: Mapping[str, Files]
    """By server: all its files after this turn."""
    folders: Mapping[str, int]
    """By server: the number of the folder that contains them."""
    agents: tuple[Reload, ...] = ()
    """Control agents that load their file after the DHCP servers of the turn."""

    @property
    def needed(self) -> tuple[Handover, ...]:
        """The handovers that are planned: none for a daemon that changes by commands."""
        return self.handovers_for([each for each in self.reloads if not each.commands])

    def handovers_for(self, reloads: Iterable[Reload]) -> tuple[Handover, ...]:
        """Those of daemons that reload; in a window only the first server's, because its partner reloads next."""
        reloading = {(each.server, each.daemon) for each in reloads}
        return tuple(
            each
            for each in self.handovers
            if (each.server, each.daemon) in reloading and (not self.together or each.server == self.servers[0])
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a rollout does, and what it was computed from."""

    pair: str
    spec: str
    """The path of the spec."""
    build: str
    """The SHA-256 of the manifest of the new build: of all its files."""
    held: tuple[Held, ...]
    over_external: tuple[str, ...]
    """Servers whose outside changes are overwritten."""
    duties: tuple[Duty, ...]
    turns: tuple[Turn, ...]
    loaded: Mapping[str, Files]
    """By server: the files that were loaded before, in folder 0. A server is missing whose files are not known."""
    start: Mapping[str, int]
    """By server: the folder with the files that it has before the first turn."""
    steps: tuple[str, ...] = ()
    """What the operator has to do: programs to which only a restart gives their new file."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What the rollout costs, and what to know of it: with numbers of that moment, so a plan with other notes is the same plan."""
    patience: float = 90.0
    """Seconds that a server may take to be back in the state of its mode."""
    copying: str = ""
    """The command that copies; "" where the files are on the servers already."""
    format: int = FORMAT

    @property
    def servers(self) -> tuple[str, ...]:
        """All servers of the pair."""
        return tuple(dict.fromkeys(each.server for each in self.held))

    def folder_after(self, server: str, turn: int) -> int | None:
        """The number of the folder with a server's files after `turn` turns; None where they are not known."""
        for each in reversed(self.turns[:turn]):
            if server in each.folders:
                return each.folders[server]
        return self.start.get(server)

    def builds(self, server: str, daemon: str) -> tuple[str | None, ...]:
        """Every build that the daemon holds at some time of this plan, the first one first."""
        held = [each.build for each in self.held if (each.server, each.daemon) == (server, daemon)]
        later = [
            one.after for each in self.turns for one in each.reloads if (one.server, one.daemon) == (server, daemon)
        ]
        return (*held, *later)


_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)


def digest(plan: Plan) -> str:
    """The SHA-256 of the plan in its canonical JSON."""
    return hashlib.sha256(orjson.dumps(_plain(plan), option=orjson.OPT_SORT_KEYS)).hexdigest()


def as_json(plan: Plan) -> bytes:
    """The file of `--plan -o FILE`: the plan and its digest, so that a change of it is noticed."""
    content = {**_plain(plan), "digest": digest(plan)}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def from_json(content: bytes, name: str) -> Plan:
    """The plan in a file. Raises UsageError for what is no plan, and for one that was changed after it was written."""
    wrong = f"{name} is not a plan of kea-hac rollout"
    try:
        read = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise UsageError(f"{wrong}: it is not JSON; write one with --plan -o FILE") from None
    if not isinstance(read, dict) or not isinstance(read.get("digest"), str):
        raise UsageError(f"{wrong}: it has no digest; write one with --plan -o FILE")
    if read.get("format") != FORMAT:
        raise UsageError(f"{wrong} of format {FORMAT}: it has format {read.get('format')!r}; make a new plan")
    said = read.pop("digest")
    try:
        made = _PLAN.validate_json(orjson.dumps(read))
    except (ValidationError, orjson.JSONEncodeError):
        raise UsageError(f"{wrong}: a value is missing or of another type; make a new plan") from None
    if digest(made) != said or _plain(made) != read:
        raise UsageError(f"{name} was changed after it was written: its digest is another one; make a new plan")
    return made


def _plain(plan: Plan) -> dict[str, object]:
    read: dict[str, object] = orjson.loads(_PLAN.dump_json(plan))
    return read


def differences(one: Plan, other: Plan) -> tuple[str, ...]:
    """What is different in two plans, for people: the first plan is that of the file, the second is that of now."""
    found = []
    before = {(each.server, each.daemon): each for each in one.held}
    now = {(each.server, each.daemon): each for each in other.held}
    for key in dict.fromkeys((*before, *now)):
        if before.get(key) != now.get(key):
            found.append(f"{key[0]} {key[1]} has another configuration than when the plan was made")
    if one.build != other.build:
        found.append("the spec compiles to another build")
    if not found and one != other:
        found.append("its turns, its servers or its options are others")
    return tuple(found)


def retraced(plan: Plan, done: int) -> Plan:
    """The way back after `done` turns, the last of which may be half done: the turns in the opposite order, from its files to those before.

    Raises UsageError where the files of a server are not known.
    """
    turns = []
    for number in range(done, LOADED, -1):
        turn = plan.turns[number - 1]
        folders = {server: _folder_before(plan, server, number) for server in reversed(turn.servers)}
        reloads = tuple(map(_reversed, reversed(turn.reloads)))
        files = {server: _files(plan, server, folder) for server, folder in folders.items()}
        turns.append(
            replace(
                turn,
                servers=turn.servers[::-1],
                reloads=reloads,
                files=files,
                folders=folders,
                agents=tuple(map(_reversed, turn.agents)),
                why=_BACK,
            )
        )
    start = {server: folder for server in plan.servers if (folder := plan.folder_after(server, done)) is not None}
    return replace(plan, turns=tuple(turns), start=start, steps=())


def _reversed(reload: Reload) -> Reload:
    return replace(reload, before=reload.after, after=reload.before, commands=(), why="")


def _folder_before(plan: Plan, server: str, number: int) -> int:
    found = plan.folder_after(server, number - 1)
    if found is None:
        raise UsageError(
            f"there is no way back for {server}: what it held before came from no build that was found; revert the spec, build it "
            "and roll it out"
        )
    return found


_BACK = "the way back: the turns in the opposite order, so that the pair is only in states in which it was before"


def _files(plan: Plan, server: str, folder: int) -> Files:
    return plan.loaded[server] if folder == LOADED else plan.turns[folder - 1].files[server]


def digests_match(folder: Path, files: Files) -> bool:
    """True when a folder has exactly these files."""
    try:
        names = sorted(each.name for each in folder.iterdir()) if files or folder.exists() else []
        found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    except OSError:
        return False
    return found == dict(files)
