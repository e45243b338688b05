"""What a change on one server means for the pair: where else it is, which server is active, what will happen to it.

Micetro's rules are those of its documentation, "Kea DHCP in High Availability": "Fallback Behavior and Indicators" and
"Making External Changes to Kea Servers in High Availability". No Micetro was run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from kea_hac.changes.change import ABSENT, Change, Path, Value, Verdict, newest_path
from kea_hac.changes.three_way import same
from kea_hac.kea.config import Daemon
from kea_hac.kea.high_availability import Role
from kea_hac.kea.synonyms import BY_OLD
from kea_hac.model.site import Relationship, Site
from kea_hac.records import dataclass

FALLBACK = "Micetro documentation, Kea DHCP in High Availability, 'Fallback Behavior and Indicators'"
OUTSIDE = "Micetro documentation, Kea DHCP in High Availability, 'Making External Changes to Kea Servers'"
RELOAD = "Kea ARM, config-set, config-reload and config-write: what is set is in memory until it is written"
BACKEND = "Kea ARM, Configuration Backend: a server fetches what its databases contain when it starts, and at intervals"


class Fate(StrEnum):
    """What will happen to a change of a server."""

    SURVIVES = "survives"
    OVERWRITTEN = "overwritten"
    WAITS = "waits for replication"
    MEMORY = "in memory only"
    """Until the file is loaded again: by a restart or config-reload."""
    UNKNOWN = "unknown"
    """It depends on a server that could not be read, on a file that was not supplied, or on a database that is not asked."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What will become of a change, and why."""

    fate: Fate
    why: str
    source: str


class Service(StrEnum):
    """Which servers of a relationship are active. `MICETRO_SERVICE` has Micetro's names."""

    OK = "complete"
    IMPAIRED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    """A server that decides could not be read."""


MICETRO_SERVICE: Mapping[Service, str] = MappingProxyType(
    {Service.OK: "OK", Service.IMPAIRED: "Impaired", Service.DOWN: "Service down", Service.UNKNOWN: "unknown"}
)
"""How Micetro reports a pair; of no meaning where it is not in use."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Which server of a relationship is active now. Where Micetro replicates, its memory is the configuration of all of them."""

    daemon: Daemon
    relationship: tuple[str, ...]
    """The peers' servers, in the order of the spec."""
    service: Service
    server: str | None
    """None when none is active, or when it is unknown which one is."""
    why: str
    replicated: bool = False
    """Micetro copies this server's memory to the others."""
    micetro: bool = False
    """True when the spec has `micetro`."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A change with its meaning for the pair."""

    change: Change
    also: tuple[str, ...]
    """Other servers on which live has the same value at the same path."""
    lacking: tuple[str, ...]
    """Servers that were read and have another one."""
    outlook: Outlook | None
    """For what somebody did to a server."""
    news: bool
    """True for what Micetro is there to do (`micetro: {owner: micetro}`): its edits of subnets."""


def truths(
    site: Site,
    active: Mapping[tuple[str, str], bool | None],
    backends: Collection[tuple[str, str]] = (),
    saved: Collection[tuple[str, str]] = (),
) -> tuple[Truth, ...]:
    """For each relationship which server is active. `active`: by server and family, as `live.activity` has it; None: unknown.

    `backends`: server and family of each daemon that reads a configuration backend; Micetro replicates none of these.
    `saved`: those whose answers were saved, so that it is unknown whether they run now.
    """
    found = []
    for name, family in site.families.items():
        for relationship in family.relationships:
            up = {peer.node.name: active.get((peer.node.name, name)) for peer in relationship.peers}
            replicated = _owned(site) and not any((server, name) in backends for server in up)
            unseen = {server for server in up if (server, name) in saved}
            result = _truth(family.daemon, relationship, up, replicated, unseen)
            found.append(replace(result, replicated=replicated, micetro=site.micetro is not None))
    return tuple(found)


def _truth(
    daemon: Daemon, relationship: Relationship, up: Mapping[str, bool | None], replicated: bool, unseen: Collection[str]
) -> Truth:
    servers = tuple(up)
    primary = relationship.with_role(Role.PRIMARY)
    partner = relationship.with_role(Role.SECONDARY) or relationship.with_role(Role.STANDBY)
    first, second = (peer.node.name if peer is not None else None for peer in (primary, partner))
    if first is not None and up[first]:
        words = "the primary is active" + ("; Micetro copies its configuration to the others" if replicated else "")
        return Truth(daemon, servers, _service(up), first, words)
    unknown = [name for name in (first, second) if name is not None and up[name] is None]
    if (first is None or up[first] is False) and second is not None and up[second]:
        why = "the primary cannot be reached or is switched off"
        if replicated:
            why += "; until it is back, Micetro copies the partner's configuration, then the primary's again"
        return Truth(daemon, servers, Service.IMPAIRED, second, why)
    if unknown:
        asked = [name for name in unknown if name not in unseen]
        names = asked or unknown
        saved = f"{'has' if len(names) == 1 else 'have'} only saved answers"
        why = f"{' and '.join(names)} {'could not be read' if asked else saved}"
        return Truth(daemon, servers, Service.UNKNOWN, None, why)
    return Truth(daemon, servers, Service.DOWN, None, "neither primary nor partner is active")


def _service(up: Mapping[str, bool | None]) -> Service:
    """The state of the relationship while its primary is active."""
    if False in up.values():
        return Service.IMPAIRED
    return Service.UNKNOWN if None in up.values() else Service.OK


@dataclass(frozen=True, slots=True)
class _Server:
    """What decides over a change on one server."""

    role: str | None
    truth: Truth | None


def seen(
    site: Site,
    changes: Iterable[Change],
    read: Mapping[tuple[str, str], object],
    written: Mapping[tuple[str, str, Path], bool],
    holders: tuple[Truth, ...],
    backends: Collection[tuple[str, str]] = (),
) -> tuple[Seen, ...]:
    """The changes with their meaning for the pair. `read`: by server and family, each daemon that was compared.

    `holders`: the result of `truths`. `written`: for a change of a server whose file is available, whether that file has it too.
    `backends`: as in `truths`. A difference without a base gets no outlook, unless it was seen: the server
    may have exactly what was loaded there.
    """
    changes = tuple(changes)
    by_place: dict[tuple[str, Path], list[Change]] = {}
    for change in changes:
        by_place.setdefault((change.daemon.name, newest_path(change.path)), []).append(change)
    result = []
    for change in changes:
        twins = [
            each for each in by_place[change.daemon.name, newest_path(change.path)] if each.server != change.server
        ]
        also = tuple(each.server for each in twins if same(_newest_value(each), _newest_value(change)))
        others = [server for server, family in read if family == change.daemon.name and server != change.server]
        lacking = tuple(server for server in others if server not in also)
        outlook = None
        if change.verdict is not Verdict.PENDING:
            backend = (change.server, change.daemon.name) in backends
            outlook = _outlook(change, _of(site, change, holders), also, written, backend=backend)
        result.append(Seen(change, also, lacking, outlook, _is_news(site, change)))
    return tuple(result)


def _newest_value(change: Change) -> Value:
    """What the server has, in the newest spelling: servers of two versions have two."""
    row = BY_OLD.get(str(change.path[-1]))
    return change.live if row is None or change.live is ABSENT else row.newer(change.live)


def _of(site: Site, change: Change, all_truths: tuple[Truth, ...]) -> _Server:
    family = site.families.get(change.daemon.name)
    for relationship in family.relationships if family else ():
        for peer in relationship.peers:
            if peer.node.name == change.server:
                servers = tuple(each.node.name for each in relationship.peers)
                truth = next(
                    (each for each in all_truths if each.daemon == change.daemon and each.relationship == servers), None
                )
                return _Server(peer.role, truth)
    return _Server(None, None)


def _owned(site: Site) -> bool:
    return site.micetro is not None and site.micetro.owner == "micetro"


def _is_news(site: Site, change: Change) -> bool:
    """Subnets and what is in them are Micetro's to edit where it owns the configuration."""
    within = ("subnet4", "subnet6", "shared-networks")
    return _owned(site) and change.verdict is Verdict.EXTERNAL and bool(change.path) and change.path[0] in within


def _outlook(
    change: Change,
    place: _Server,
    also: tuple[str, ...],
    written: Mapping[tuple[str, str, Path], bool],
    *,
    backend: bool,
) -> Outlook | None:
    if place.truth is None or not place.truth.replicated:
        return _on_its_own(change, written, backend=backend)
    if change.verdict is Verdict.DIFFERS:
        return None
    if place.truth.server is None and place.truth.service is Service.UNKNOWN:
        return Outlook(Fate.UNKNOWN, f"Micetro keeps it or writes over it: {place.truth.why}", FALLBACK)
    if place.truth.server is None:
        return _on_its_own(change, written, backend=backend)
    if change.server == place.truth.server:
        partners = [server for server in place.truth.relationship if server not in (change.server, *also)]
        if not partners:
            return Outlook(Fate.SURVIVES, "every server of the relationship has it", OUTSIDE)
        return Outlook(
            Fate.WAITS,
            f"{' and '.join(partners)} will get it when leaving and entering the active state, or with the next change made "
            "in Micetro",
            OUTSIDE if place.role == Role.PRIMARY else FALLBACK,
        )
    if place.truth.server in also:
        return Outlook(Fate.SURVIVES, f"{place.truth.server}, from which Micetro copies, has it too", OUTSIDE)
    if place.role == Role.PRIMARY:  # not reached; its live answer was saved
        return Outlook(Fate.SURVIVES, "the primary overwrites its partners when it becomes active", FALLBACK)
    return Outlook(Fate.OVERWRITTEN, f"Micetro will write the memory of {place.truth.server} over it", OUTSIDE)


def _converged(in_file: bool | None) -> Outlook:
    """Of what the server and the spec both have now. `in_file`: whether the server's own file has it; None: it was not read."""
    if in_file is True:
        return Outlook(Fate.SURVIVES, "the spec and the server's file have the same", RELOAD)
    if in_file is False:
        words = "the spec has the same and the server's file does not: until the next deploy a restart or config-reload undoes it"
        return Outlook(Fate.MEMORY, words, RELOAD)
    words = (
        "the spec has the same: a rollout set it by commands and its record is on another machine, or somebody set it by hand; the "
        "next deploy brings it to the server's file if that lacks it"
    )
    return Outlook(Fate.SURVIVES, words, RELOAD)


def _on_its_own(change: Change, written: Mapping[tuple[str, str, Path], bool], *, backend: bool) -> Outlook | None:
    """Nobody copies anything: the question is only whether it is in the server's file, or in the databases that it reads."""
    if backend:
        words = "the server reads a configuration backend: what its databases contain stays, and they were not asked"
        return Outlook(Fate.UNKNOWN, words, BACKEND)
    known = written.get((change.server, change.daemon.name, change.path))
    if change.verdict is Verdict.CONVERGED:
        return _converged(known)
    if known is True:
        return Outlook(Fate.SURVIVES, "the server's file has it too; the next deploy undoes it", RELOAD)
    if known is False:
        words = "the server's file does not have it; a restart, config-reload or the next deploy undoes it"
        return Outlook(Fate.MEMORY, words, RELOAD)
    if change.verdict is Verdict.DIFFERS:
        return None
    words = "the server's file was not read: if it lacks this, a restart or config-reload undoes it; the next deploy does anyway"
    return Outlook(Fate.UNKNOWN, words, RELOAD)
