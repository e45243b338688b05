"""Loaded and new build → the turns of the rollout, with all files of each. Pure.

The order comes from the change set (`changes.rounds`). A turn takes all daemons of a server together where the rounds of the
families allow it, so that a server of both families is reloaded once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType
from typing import Any

from kea_hac.api import judge_site
from kea_hac.changes.between import site_between
from kea_hac.changes.canonical import stamp_of
from kea_hac.changes.change_set import ChangeSet, change_set
from kea_hac.changes.rounds import Round
from kea_hac.compiler.artifacts import Artifact, Build
from kea_hac.compiler.built import Built
from kea_hac.diagnostics import Severity
from kea_hac.drift.earlier import relationships_of
from kea_hac.kea.config import CTRL_AGENT, DAEMONS, FAMILIES, Daemon, Json
from kea_hac.kea.high_availability import Role
from kea_hac.model.site import HOT_STANDBY, LOAD_BALANCING, PASSIVE_BACKUP, Family, Relationship, Site
from kea_hac.records import dataclass
from kea_hac.rollout.by_commands import ReloadError, by_commands
from kea_hac.rollout.loaded import Loaded
from kea_hac.rollout.plan import Command, Duty, Files, Handover, Reload, Turn
from kea_hac.rollout.world import BY_NAME
from kea_hac.source import read_kea_json_text

Contents = Mapping[str, Mapping[str, bytes]]
"""By server: file name → content."""
_QUICK = 100
"""Milliseconds: the heartbeat-delay of a configuration that servers have in a window only. With a second 88 of 1,300 clients were not
answered, with this 16 to 25 of 1,250 (2.2.0, 2.6.3 and 3.0.4)."""
_AGENT_ONLY = "the file of the control agent changes, and no DHCP server"
_TLS = ("trust-anchor", "cert-file", "key-file", "cert-required")
_AS_IT_IS = "heartbeat-delay as in the spec again: one server at a time"
_DEFAULT_HEARTBEAT, _DEFAULT_SYNC = 10_000, 60_000
"""Milliseconds; Kea's defaults of heartbeat-delay and sync-timeout."""


Able = Mapping[tuple[str, str], frozenset[str] | str]
"""By server and daemon's name, for versions that can change without a reload: the commands that it takes, or why it reloads."""


@dataclass(frozen=True, slots=True)
class Order:
    """The turns, and what is needed to do them."""

    changes: ChangeSet
    turns: tuple[Turn, ...]
    folders: tuple[Contents, ...]
    """Folder 0 has what was loaded, folder n the files after turn n."""
    steps: tuple[str, ...]
    quick: float | None = None
    """Seconds between two heartbeats in a window, where they are shorter than before and afterwards."""
    builds: tuple[Build, ...] = ()
    """The configurations that lie between, in their order."""
    blocked: tuple[str, ...] = ()
    """Why there is no such order."""


@dataclass(slots=True)
class _Making:
    """The files of all servers, turn by turn."""

    now: dict[str, dict[str, bytes]]
    held: dict[tuple[str, str], str | None]
    able: Able
    altered: set[tuple[str, str]]
    """Daemons that hold something else than their stamp says: they reload, also where the stamp is that of their next file."""
    agents: dict[str, Reload] = field(default_factory=dict)
    """By server: its control agent, until a turn brings the new file."""
    restarts: set[str] = field(default_factory=set)
    """Servers whose agent has to be restarted to read it."""
    turns: list[Turn] = field(default_factory=list)
    folders: list[Contents] = field(default_factory=list)


def order(
    old: Loaded,
    new: Built,
    held: Mapping[tuple[str, str], str | None],
    able: Able = MappingProxyType({}),
    altered: Collection[tuple[str, str]] = (),
    *,
    copies: bool = False,
) -> Order:
    """The turns from what is loaded to the new build.

    `held`: server and daemon's name → the build that it holds. `altered`: those that hold outside changes beside it. `copies`: kea-hac
    brings the files, so that a configuration can lie between.
    """
    changes = change_set(old.built, new)
    made = _Making({server: dict(files) for server, files in old.files.items()}, dict(held), able, set(altered))
    made.folders.append(_copied(made.now))
    steps = tuple(_agents(made, old.built, new))
    builds: list[Build] = []
    blocked: list[str] = []
    targets: dict[tuple[str, int], Build] = {}
    groups = list(_together(changes.rounds))
    quick, delay = None, None
    if copies and any(each.together for group in groups for each in group):
        quick, delay = _quick(new.site)
    if quick is not None:
        windows = [group for group in groups if any(each.together for each in group)]
        builds.append(quick)
        targets |= {(each.family, n): quick for n, group in enumerate(groups, 1) if group in windows for each in group}
        groups += [tuple(replace(each, together=False, why=_AS_IT_IS, any_order=True) for each in windows[-1])]
    for number, group in enumerate(groups, 1):
        for each in group:
            if each.configuration.is_new:
                continue
            found = _between(old, new, each, blocked)
            if found is not None:
                targets[each.family, number] = found
                builds.append(found)
    if blocked:
        return Order(changes, (), tuple(made.folders), (), blocked=tuple(dict.fromkeys(blocked)))
    for number, group in enumerate(groups, 1):
        build_of = {each.family: targets.get((each.family, number), new.build) for each in group}
        _round(made, new, number, group, build_of)
    for server in tuple(made.agents):
        _turn(made, len(groups) + 1, (server,), (), (), _AGENT_ONLY, together=False)
    return Order(changes, tuple(made.turns), tuple(made.folders), steps, delay, tuple(builds))


def _quick(site: Site) -> tuple[Build | None, float | None]:
    """The new build with short heartbeats, for a window: no client is answered until two heartbeats have passed; and their seconds.

    None where the site has none that is longer, and where the rules refuse it.
    """

    def settings(each: Relationship) -> Relationship:
        made = each.settings.copy_of()
        made["heartbeat-delay"] = min(_QUICK, _milliseconds(made.get("heartbeat-delay"), _DEFAULT_HEARTBEAT))
        if each.mode == LOAD_BALANCING:
            # A heartbeat that fails at the moment of the next reload leads to communication-recovery, and after it both may synchronise
            # once more: 700 clients without an answer in two of 15 rollouts (2.6.3). Without delayed updates there is no such state.
            made["delayed-updates-limit"] = 0
        return replace(each, settings=made)

    families = {
        name: replace(family, relationships=tuple(map(settings, family.relationships)))
        for name, family in site.families.items()
    }
    made = replace(site, families=families)
    if heartbeat(made) >= heartbeat(site):
        return None, None
    build, _ = judge_site(made)
    return build, heartbeat(made) if build is not None else None


def _copied(files: Mapping[str, Mapping[str, bytes]]) -> Contents:
    return {server: dict(found) for server, found in files.items()}


def _between(old: Loaded, new: Built, each: Round, blocked: list[str]) -> Build | None:
    if each.family in old.no_union:
        blocked.append(f"{each.family}: {old.no_union[each.family]}, so that no configuration can lie between")
        return None
    build, findings = judge_site(site_between(old.built.site, new.site, each.family, each.configuration))
    if build is None:
        wrong = [one.message for one in findings if (one.severity or one.rule.severity) is Severity.ERROR]
        blocked.append(f"{each.family}: the configuration between two rounds is refused: {wrong[0]}")
    return build


def _together(rounds: Sequence[Round]) -> Iterator[tuple[Round, ...]]:
    """The rounds of both families side by side where the servers come in the same order, else one family after the other."""
    by_family = [[each for each in rounds if each.family == daemon.name] for daemon in FAMILIES]
    first, second = by_family
    if len(first) == len(second) and all(_joins(one, other) for one, other in zip(first, second, strict=True)):
        yield from zip(first, second, strict=True)
        return
    if first and second and min(len(first), len(second)) == 1 and _joins(first[-1], second[-1]):
        longer, (single,) = (first, second) if len(first) > 1 else (second, first)
        yield from ((each,) for each in longer[:-1])
        yield (longer[-1], single)
        return
    yield from ((each,) for each in (*first, *second))


def _joins(one: Round, other: Round) -> bool:
    """True when both rounds can be done in one turn for each server."""
    if one.together != other.together:
        return False
    if one.any_order or other.any_order:
        return True
    common = [name for name in one.servers if name in other.servers]
    return common == [name for name in other.servers if name in one.servers]


def _servers(group: Sequence[Round]) -> tuple[str, ...]:
    """The servers of rounds that join, in an order that is right for each: that of the strictest first."""
    ranked = sorted(group, key=lambda each: each.any_order)
    return tuple(dict.fromkeys(name for each in ranked for name in each.servers))


def _round(made: _Making, new: Built, number: int, group: Sequence[Round], build_of: Mapping[str, Build]) -> None:
    servers = _servers(group)
    families = [each.family for each in group]
    turns = [servers] if any(each.together for each in group) else [(server,) for server in servers]
    why = "; ".join(dict.fromkeys(each.why for each in group))
    for turn in turns:
        reloads = []
        for server in turn:
            for family in families:
                reload = _reload(made, server, family, build_of[family], together=len(turn) > 1)
                if reload is not None:
                    reloads.append(reload)
        if reloads:
            touched = tuple(dict.fromkeys(each.server for each in reloads))
            handovers = tuple(_handovers(new.site, touched, {each.daemon for each in reloads}))
            _turn(made, number, touched, tuple(reloads), handovers, why, together=len(turn) > 1)


def _reload(made: _Making, server: str, family: str, build: Build, *, together: bool) -> Reload | None:
    name = f"kea-{family}.conf"
    artifact = next((each for each in build.artifacts if (each.server, each.name) == (server, name)), None)
    before = made.held.get((server, family))
    if artifact is None or (artifact.build == before and (server, family) not in made.altered):
        return None
    made.altered.discard((server, family))
    former = made.now.setdefault(server, {}).get(name)
    made.now[server][name] = artifact.content
    made.held[server, family] = artifact.build
    able = made.able.get((server, family))
    if able is None or together:
        return Reload(server, family, before, artifact.build)
    try:
        commands = _commands(family, former, artifact.content, able)
    except ReloadError as why:
        return Reload(server, family, before, artifact.build, why=str(why))
    return Reload(server, family, before, artifact.build, commands)


def _commands(family: str, former: bytes | None, content: bytes, able: frozenset[str] | str) -> tuple[Command, ...]:
    """The commands that do what a reload of the file would do. Raises ReloadError."""
    if isinstance(able, str):
        raise ReloadError(able)
    daemon = BY_NAME[family]
    maps = [_map(each, daemon) for each in (former, content)]
    before, after = maps
    if before is None or after is None:
        raise ReloadError("what was loaded before is not known")
    made = by_commands(daemon, before, after, able)
    if not made:
        raise ReloadError("its stamp is all that changes")
    return made


def _map(content: bytes | None, daemon: Daemon) -> Mapping[str, Any] | None:
    """The map in a file of Kea; what the file includes are Secrets."""
    if content is None:
        return None
    document = read_kea_json_text(content.decode("utf-8", "replace"), daemon.file, opaque=True).document
    found = document.root.get(daemon.top) if document is not None else None
    return found if isinstance(found, dict) else None


def _turn(
    made: _Making,
    number: int,
    servers: tuple[str, ...],
    reloads: tuple[Reload, ...],
    handovers: tuple[Handover, ...],
    why: str,
    *,
    together: bool,
) -> None:
    folder = len(made.turns) + 1
    agents = [made.agents.pop(server) for server in servers if server in made.agents]
    contents = {server: dict(made.now[server]) for server in servers}
    made.folders.append(contents)
    files = {server: digests(found) for server, found in contents.items()}
    folders = dict.fromkeys(servers, folder)
    loading = tuple(each for each in agents if each.server not in made.restarts)
    made.turns.append(Turn(number, servers, reloads, handovers, together, why, files, folders, loading))


def digests(files: Mapping[str, bytes]) -> Files:
    """File name → SHA-256."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}


def _agents(made: _Making, old: Built, new: Built) -> Iterator[str]:
    """Collects the agents' files that change; what the operator has to do.

    A file goes with the first turn of its server: where the socket of a DHCP server moves, the agent has to know the new one. An agent
    takes config-reload: it moves to another port, finds the moved sockets, and asks for another password. Changes of its TLS it does not
    read at the same address and port: 2.2.0 and 2.6.3 go on as before, and 3.0.4 refuses the file.
    """
    for node in new.site.nodes:
        path = f"{node.name}/{CTRL_AGENT.file}"
        before, after = (
            next((each for each in build.artifacts if each.path == path), None) for build in (old.build, new.build)
        )
        if after is None or after.build == old.digest(node.name, CTRL_AGENT):
            continue
        former = made.now.setdefault(node.name, {}).get(CTRL_AGENT.file)
        made.now[node.name][CTRL_AGENT.file] = after.content
        stamp = stamp_of(_map(former, CTRL_AGENT) or {})
        build = stamp.build if stamp is not None else None
        made.agents[node.name] = Reload(node.name, CTRL_AGENT.name, build, after.build)
        if _needs_restart(before, after):
            made.restarts.add(node.name)
            yield f"restart the control agent on {node.name}: it reads changes of its TLS at a start only"


def _needs_restart(before: Artifact | None, after: Artifact) -> bool:
    one, other = (
        each.tree[CTRL_AGENT.top] if each is not None and each.tree is not None else {} for each in (before, after)
    )

    def differs(keys: Iterable[str]) -> bool:
        return any(one.get(key) != other.get(key) for key in keys)

    return differs(_TLS) and not differs(("http-host", "http-port"))


def duties(site: Site) -> tuple[Duty, ...]:
    """What every server does in every relationship in normal operation."""
    found = []
    for name, family in site.families.items():
        for relationship in family.relationships:
            for peer in relationship.peers:
                place = family.of(peer.node).index(relationship)
                backup = peer.role == Role.BACKUP
                state = Role.BACKUP.value if backup else relationship.mode
                watched = not backup and relationship.mode != PASSIVE_BACKUP
                own = _own(relationship, peer.role, peer.name)
                beat = _milliseconds(relationship.settings.get("heartbeat-delay"), _DEFAULT_HEARTBEAT) / 1000
                others = [
                    each.node.name for each in relationship.peers if each is not peer and each.role != Role.BACKUP
                ]
                partner = others[0] if watched and others else ""
                found.append(Duty(peer.node.name, name, peer.name, place, state, own, watched, beat, partner))
    return tuple(found)


def with_running_heartbeats(
    duties: Sequence[Duty], running: Mapping[tuple[str, str], Mapping[str, Json]]
) -> tuple[Duty, ...]:
    """The duties with the longer one of two heartbeats: that of the spec, and that of what the server runs until it reloads.

    `running`: (server, daemon) → what config-get shows under its top key.
    """
    found = []
    for duty in duties:
        listed = tuple(relationships_of(running.get((duty.server, duty.daemon), {})))
        own = listed[duty.place] if duty.place < len(listed) else None
        delay = _milliseconds(own.get("heartbeat-delay"), _DEFAULT_HEARTBEAT) / 1000 if own is not None else 0.0
        found.append(replace(duty, beat=max(duty.beat, delay)))
    return tuple(found)


def _own(relationship: Relationship, role: str, name: str) -> tuple[str, ...]:
    """The scopes of a peer in normal operation: its own, except for a standby and a backup."""
    return () if role in (Role.STANDBY, Role.BACKUP) else (name,)


def _handovers(site: Site, servers: tuple[str, ...], families: Iterable[str]) -> Iterator[Handover]:
    """Who serves for a server while it reloads. A standby and a backup serve nobody, and passive-backup has no partner that could."""
    for name in sorted(families):
        family: Family = site.families[name]
        for server in servers:
            for relationship in family.relationships:
                own = next((peer for peer in relationship.peers if peer.node.name == server), None)
                if own is None or not _own(relationship, own.role, own.name):
                    continue
                if relationship.mode not in (HOT_STANDBY, LOAD_BALANCING):
                    continue
                other = next(each for each in relationship.peers if each is not own and each.role != Role.BACKUP)
                scopes = tuple(each.name for each in relationship.peers if each.role != Role.BACKUP)
                normal = _own(relationship, other.role, other.name)
                yield Handover(server, name, own.name, other.node.name, other.name, scopes, normal)


def patience(site: Site, duties: Iterable[Duty]) -> float:
    """Seconds that a server may take to be back: three heartbeats, a synchronisation, and half a minute for the load."""
    settings = [one.settings for family in site.families.values() for one in family.relationships]
    syncs = [_milliseconds(each.get("sync-timeout"), _DEFAULT_SYNC) for each in settings]
    return 30 + 3 * max((each.beat for each in duties), default=0.0) + max(syncs, default=0) / 1000


def heartbeat(site: Site) -> float:
    """The longest heartbeat-delay in seconds; 0 without HA."""
    settings = [one.settings for family in site.families.values() for one in family.relationships]
    return max((_milliseconds(each.get("heartbeat-delay"), _DEFAULT_HEARTBEAT) for each in settings), default=0) / 1000


def _milliseconds(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


FILES = tuple(DAEMONS)
"""The files that a rollout brings to a server."""
