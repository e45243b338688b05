"""The HA settings of a site → strips in time: who is answered from the failure of a server on, and when it returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kea_hac.kea.failover import Failure, Settings, Takeover, Time, comes_back, takeover
from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import Mode, Role
from kea_hac.model.site import Family, Peer, Relationship, Site
from kea_hac.records import dataclass
from kea_hac.report.cells import both
from kea_hac.report_page.texts import seconds, share, spread

_AFTER = 0.25
"""Part of a strip that shows the time after the last event."""
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds between two marks of the axis."""
_MOST_TICKS = 7
_RATES = ((1.0, "with one new client in a second"), (0.1, "with one in 10 seconds"), (1 / 60, "with one in a minute"))
"""New clients that ask the failed server."""


@dataclass(frozen=True, slots=True)
class Part:
    """A time in which clients are treated in one way. Per cent from the left."""

    kind: str
    """ok, no (nobody answers), slow (answered at the second try), may (depends on the moment of the failure)"""
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Some clients."""

    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis."""

    x: str
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Strip:
    """What happens in time."""

    title: str
    headline: str
    """The most important number."""
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    events: tuple[str, ...]
    """The events in their order, in words."""
    words: str
    """The strip in one sentence."""


@dataclass(frozen=True, slots=True)
class Failover:
    """One relationship, or those of both families where they are the same."""

    title: str
    settings: str
    strips: tuple[Strip, ...]
    notes: tuple[str, ...]


def failovers(site: Site) -> tuple[Failover, ...]:
    """The strips of every relationship. Families with the same settings and servers are shown once."""
    found: dict[object, list[tuple[Family, Relationship]]] = {}
    for family in site.families.values():
        for relationship in family.relationships:
            if not relationship.roles_fit:
                continue
            who = tuple((peer.node.name, peer.role) for peer in relationship.peers)
            key = (who, _settings(relationship), _by_hand(family, relationship), _caches(family, relationship))
            found.setdefault(key, []).append((family, relationship))
    return tuple(_failover(same) for same in found.values())


def _settings(relationship: Relationship) -> Settings:
    branch = relationship.peers[0].node.version.branch
    return Settings.of(relationship.settings, Mode(relationship.mode), branch)


def _caches(family: Family, relationship: Relationship) -> bool:
    """True where a client that asks again gets the lease that it has already, without a lease update."""
    branch = relationship.peers[0].node.version.branch
    daemon = family.daemon
    known = program(daemon.name).scopes[daemon.top].keywords["cache-threshold"]
    found = family.config.get("cache-threshold", known.fact("default", branch))
    return isinstance(found, float) and found > 0 and family.config.get("cache-max-age") != 0


def _by_hand(family: Family, relationship: Relationship) -> tuple[str, ...]:
    """The servers that do not take over their partner's clients by themselves."""
    name = family.daemon.name
    return tuple(
        peer.node.name
        for peer in relationship.peers
        if peer.node.server_families[name].peer_keys.get("auto-failover") is False
    )


def _failover(same: Sequence[tuple[Family, Relationship]]) -> Failover:
    family, relationship = same[0]
    settings = _settings(relationship)
    active = [peer for peer in relationship.peers if peer.role != Role.BACKUP]
    names = both(peer.node.name for peer in active)
    title = f"{both(each.daemon.name for each, _ in same)}: {relationship.mode} of {names}"
    if settings.mode is Mode.PASSIVE_BACKUP:
        return Failover(title, "", (), tuple(_passive(relationship, settings)))
    words = (
        f"heartbeat-delay {seconds(settings.heartbeat)}, max-response-delay {seconds(settings.response)}, "
        f"max-ack-delay {seconds(settings.ack)}, max-unacked-clients {settings.unacked}"
    )
    if settings.heartbeat <= 0:
        return Failover(title, words, (), ("heartbeat-delay is 0: no server learns that its partner failed.",))
    manual = _by_hand(family, relationship)
    number = family.daemon.family or 4
    cached = _caches(family, relationship)
    strips = [_fails(failed, active, settings, number, manual, cached=cached) for failed in active]
    strips.append(_returns(active, settings))
    return Failover(title, words, tuple(strips), tuple(_notes(relationship, settings, active, number, manual)))


def _fails(
    failed: Peer, active: Sequence[Peer], settings: Settings, family: int, manual: Sequence[str], *, cached: bool
) -> Strip:
    """The strip of the failure of one server."""
    other = next(peer for peer in active if peer is not failed)
    role = Role(other.role)
    found = takeover(settings, role, Failure.STOPPED, family=family, busy=True)
    assert found is not None
    end = found.partner_down.latest * (1 + _AFTER)
    down = found.partner_down
    by_hand = other.node.name in manual
    slow = cached and settings.holds_back(role)
    lanes = []
    if settings.mode is Mode.LOAD_BALANCING:
        lanes.append(_lane(f"clients of {failed.node.name}", down, end, never=by_hand))
        held = settings.holds_back(role)
        own = f"clients of {other.node.name}"
        lanes.append(_lane(own, down, end, slow=slow) if held else _served(own))
    else:
        served = role is Role.PRIMARY and not settings.holds_back(role)
        takes = by_hand and role is not Role.PRIMARY
        lanes.append(_served("all clients") if served else _lane("all clients", down, end, never=takes, slow=slow))
    without = all(part.kind == "ok" for lane in lanes for part in lane.parts)
    if without:
        headline = "no client notices it"
    elif by_hand and role is not Role.PRIMARY:
        headline = "until an operator acts"
    elif slow and settings.mode is Mode.HOT_STANDBY:
        headline = f"{spread(down)} with late answers"
    else:
        headline = f"{spread(down)} without answers"
    events = tuple(_events(failed, other, settings, found, family, by_hand=by_hand, slow=slow))
    title = f"{failed.node.name} ({failed.role}) fails"
    words = f"{title}: {headline}. " + "; ".join(lane.name for lane in lanes)
    return Strip(title, headline, tuple(lanes), tuple(_ticks(end)), events, words)


def _served(name: str) -> Lane:
    return Lane(name, (Part("ok", "0", "100"),))


def _lane(name: str, until: Time, end: float, *, never: bool = False, slow: bool = False) -> Lane:
    """Clients that are not answered until a time. `never`: nor after it. `slow`: until then at their second try."""
    if never:
        return Lane(name, (Part("no", "0", "100"),))
    first, last = 100 * until.earliest / end, 100 * until.latest / end
    parts = [Part("slow" if slow else "no", "0", share(first)), Part("may", share(first), share(last - first))]
    return Lane(name, (*parts, Part("ok", share(last), share(100 - last))))


def _events(
    failed: Peer, other: Peer, settings: Settings, found: Takeover, family: int, *, by_hand: bool, slow: bool
) -> Iterator[str]:
    here, there = failed.node.name, other.node.name
    role = Role(other.role)
    yield f"0 s: {here} fails"
    yield f"{spread(found.noticed)}: the first heartbeat of {there} fails"
    if settings.mode is Mode.LOAD_BALANCING and settings.queue > 0:
        yield (
            f"from then on {there} is in communication-recovery: it serves its own clients and keeps up to "
            f"{settings.queue:,} lease updates for {here}"
        )
    if settings.holds_back(role):
        yield (
            f"until {there} has given {here} up, a new lease is not answered: the answer waits for a lease update that {here} does not "
            "confirm"
            + (
                ". A client that asks again gets that lease from the cache (cache-threshold), without a lease update"
                if slow
                else ""
            )
        )
    yield f"{spread(found.interrupted)}: the communication counts as interrupted (max-response-delay)"
    if settings.counts_clients(role):
        unit = "in full seconds" if family == 4 else "in hundredths of a second"
        yield (
            f"then more than {settings.unacked} different clients of {here} must ask that have waited for longer than "
            f"{seconds(settings.ack)} ({unit}); without them {there} waits on"
        )
    what = "serves only its own clients until it gets the command ha-scopes" if by_hand else "serves all clients"
    yield f"{spread(found.partner_down)}: {there} is in partner-down and {what}"


def _returns(active: Sequence[Peer], settings: Settings) -> Strip:
    """The strip of a server that starts again."""
    found = comes_back(settings)
    end = found.serves * (1 + _AFTER)
    start, last = 100 * found.partner_back.earliest / end, 100 * found.serves / end
    parts = (
        Part("ok", "0", share(start)),
        Part("may", share(start), share(last - start)),
        Part("ok", share(last), share(100 - last)),
    )
    ok = (Part("ok", "0", "100"),)
    if settings.mode is Mode.LOAD_BALANCING:
        lanes = (Lane("clients of the returned server", parts), Lane("clients of its partner", ok))
        whose = "the clients of the returned server"
    else:
        primary = next(peer for peer in active if peer.role == Role.PRIMARY)
        lanes = (
            Lane(f"all clients, {primary.node.name} returns", parts),
            Lane("all clients, the standby returns", ok),
        )
        whose = f"all clients, if {primary.node.name} is the server that returns,"
    headline = f"{seconds(found.gap.expected)} without answers (up to {seconds(found.gap.latest)})"
    events = (
        "0 s: the server starts and waits for its first heartbeat; its partner serves all clients",
        f"{seconds(found.synchronised)}: it has got the leases of its partner (with many leases later) and is ready",
        f"{spread(found.partner_back)}: its partner sees that and serves only its own clients again",
        f"{seconds(found.serves)}: the server serves its clients; up to then {whose} are answered by nobody",
    )
    return Strip(
        "the failed server returns",
        headline,
        lanes,
        tuple(_ticks(end)),
        events,
        f"The failed server returns: {headline}",
    )


def _ticks(end: float) -> Iterator[Tick]:
    """The marks of the axis. `end`: milliseconds."""
    whole = end / 1000
    step = next((each for each in _TICKS if whole / each <= _MOST_TICKS), _TICKS[-1])
    if whole < 1:
        return
    number = 0
    while number * step <= whole * 0.97:
        yield Tick(share(100 * number * step / whole), f"{number * step} s", "start" if number == 0 else "middle")
        number += 1


def _notes(
    relationship: Relationship, settings: Settings, active: Sequence[Peer], family: int, manual: Sequence[str]
) -> Iterator[str]:
    silent = []
    for failed in active:
        other = next(peer for peer in active if peer is not failed)
        found = takeover(settings, Role(other.role), Failure.SILENT, family=family, busy=True)
        if found is not None:
            silent.append(f"{seconds(found.partner_down.latest)} where {failed.node.name} is lost")
    yield (
        "The strips are for a daemon that does not run on a host that answers. Where the whole host is silent (power, network), a "
        f"heartbeat waits up to 10 s for its answer, and the takeover takes up to {both(silent)}."
    )
    counting = [peer for peer in active if settings.counts_clients(Role(peer.role))]
    if counting:
        times = []
        for rate, words in _RATES:
            found = takeover(settings, Role(counting[0].role), Failure.STOPPED, family=family, busy=True, rate=rate)
            if found is not None:
                times.append(f"{spread(found.partner_down)} {words}")
        yield (
            "The strips are for a network where so many clients ask the failed server that enough of them are heard within one heartbeat. "
            f"The takeover takes {', '.join(times)}. Without any client it does not happen."
        )
    if settings.unacked == 0:
        yield "max-unacked-clients is 0: a server takes over as well when only the link between the servers is cut. Then both serve."
    if manual:
        yield f"auto-failover is off for {both(manual)}: it does not take over the clients of its partner by itself."
    backups = [peer.node.name for peer in relationship.peers if peer.role == Role.BACKUP]
    if backups:
        yield f"{both(backups)}: a backup gets all leases and never takes over by itself."
    pauses = relationship.settings.get("state-machine")
    if pauses:
        yield "state-machine is set: in a state with a pause the server waits for the command ha-continue."


def _passive(relationship: Relationship, settings: Settings) -> Iterator[str]:
    primary = relationship.with_role(Role.PRIMARY)
    backups = [peer.node.name for peer in relationship.peers if peer.role == Role.BACKUP]
    have = f" ({both(backups)} {'has' if len(backups) == 1 else 'have'} all leases)" if backups else ""
    one = both(backups) if len(backups) == 1 else f"one of {both(backups)}"
    if primary is not None:
        yield (
            f"passive-backup: no server takes over by itself. When {primary.node.name} fails, no client is answered until an operator "
            f"brings it back, or makes a backup serve{have}."
        )
    if backups and settings.wait_backup:
        yield f"wait-backup-ack is on: while {one} is down, no client is answered."
    elif backups:
        yield f"When {one} fails, clients notice nothing."
