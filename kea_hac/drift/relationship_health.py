"""One HA relationship as all of its servers show it → its symptoms.

What decides is the scopes, the peer names of those whose clients a server answers: clients of a scope that no server has are not
answered, and clients of a scope that both have can get one address twice. Seen on 2.2.0, 2.6.3 and 3.0.4: a server has no scopes
while it waits or synchronises, and all of them in partner-down. A server that was not read is unknown, never down.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from kea_hac.changes.change import Change
from kea_hac.drift.pair_view import Seen
from kea_hac.drift.symptoms import SWITCHED_OFF, Grade, Symptom, switched_off
from kea_hac.drift.terminated import differing, terminated
from kea_hac.kea.high_availability import CLOCK_SKEW_END, CLOCK_SKEW_WARNING, Role
from kea_hac.live.endpoint import Live, Trouble, Unread
from kea_hac.live.ha_state import PHASES, HaState, Partner, Phase, Relation, ServerStatus, ha_state
from kea_hac.model.site import LOAD_BALANCING, PASSIVE_BACKUP, Relationship


@dataclass(frozen=True, slots=True)
class Member:
    """One server of a relationship with all that is known of it."""

    status: ServerStatus
    answer: Live | Unread | None

    @property
    def name(self) -> str:
        return self.status.server

    @property
    def own(self) -> Relation | None:
        return self.status.own

    @property
    def phase(self) -> Phase | None:
        """By its own report only: None where there is none."""
        return self.own.phase if self.own is not None else None

    @property
    def down(self) -> bool:
        return isinstance(self.answer, Unread) and self.answer.trouble is Trouble.DOWN

    @property
    def unread(self) -> Unread | None:
        """Why it could not be read, when it may run all the same."""
        return self.answer if isinstance(self.answer, Unread) and not self.down else None

    @property
    def state(self) -> HaState | None:
        return ha_state(self.answer.status) if isinstance(self.answer, Live) else None

    @property
    def off(self) -> bool:
        """True when a command or a database keeps it from answering."""
        return self.state is not None and not SWITCHED_OFF.keys().isdisjoint(self.state.disabled_by)

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """Whose clients it answers now. None: unknown."""
        if self.down or self.off:
            return ()
        return self.own.scopes if self.own is not None else None


class View:
    """One relationship as all of its servers show it."""

    def __init__(self, relationship: Relationship, members: Sequence[Member], seen: Collection[Seen]) -> None:
        self.relationship = relationship
        self.members = members
        self.seen = seen
        self.active = [each for each in members if each.status.peer.role != Role.BACKUP]
        self.backups = [each for each in members if each.status.peer.role == Role.BACKUP]

    def symptoms(self) -> Iterator[Symptom]:
        """All of them, the one that explains the others first."""
        ended = [each for each in self.active if PHASES.get(each.status.state or "") is Phase.STOPPED]
        overlap = self._overlap()
        if ended:
            yield self._terminated(ended)
        if overlap:
            yield self._split_brain(overlap)
        for member in self.members:
            yield from switched_off(member.name, member.state)
            if member.status.running is False:
                yield self._without_ha(member)
        if len(self.active) > 1 and not ended and not overlap:
            yield from self._between()
        for member in self.active:
            if member.down and not any(each.phase is Phase.ALONE for each in self.active):
                yield self._down(member)
        yield from self._unserved(named=bool(ended))
        yield from self._skew()
        yield from self._of_backups()
        for member in self.members:
            if member.unread is not None:
                yield self._unread(member)
            elif isinstance(member.answer, Live) and member.answer.status is None and not member.answer.saved:
                yield Symptom("no-status", Grade.UNKNOWN, f"{member.name} does not report its state", _STATUS_STEP)
            elif member.phase is Phase.UNKNOWN:
                words = f"{member.name} reports the state {member.own.state if member.own else None!a}, which is not known here"
                yield Symptom("unknown-state", Grade.UNKNOWN, words, "look in its log")

    # -- several servers -----------------------------------------------------------------------------------------------

    def _overlap(self) -> tuple[str, ...]:
        """The scopes that both active servers serve."""
        if len(self.active) < 2:
            return ()
        first, second = (set(each.scopes or ()) for each in self.active[:2])
        return tuple(sorted(first & second))

    def _split_brain(self, overlap: Sequence[str]) -> Symptom:
        both = self._names(self.active)
        alone = [each for each in self.active if each.phase is Phase.ALONE]
        if len(alone) == len(self.active):
            seen = f"{both} both serve all clients, and each treats the other one as down (split brain)"
        elif alone:
            seen = f"{self._names(alone)} treats its partner as down and serves all clients, and the partner serves as well (split brain)"
        else:
            seen = f"{both} both answer the clients of {' and '.join(overlap)}"
        step = (
            "restore the connection between the two servers; they then compare their leases by themselves, no restart is needed"
            if alone
            else f"send config-reload to {self.active[-1].name}, or ha-scopes with the scopes that each is to have"
        )
        return Symptom(
            "split-brain", Grade.DEGRADED, f"{seen}: two clients can get the same address", step + self._causes()
        )

    def _terminated(self, ended: Sequence[Member]) -> Symptom:
        alive = self._served()
        grade = Grade.NO_SERVICE if alive == () else Grade.DEGRADED
        text, step = terminated(
            [each.name for each in ended],
            [each.name for each in self.active if each.status.state == "waiting"],
            [each.name for each in self.active],
            list(self._reasons()),
        )
        return Symptom("terminated", grade, text, step)

    def _between(self) -> Iterator[Symptom]:
        """What the two active servers are to each other."""
        first, second = self.active[:2]
        for one, other in ((first, second), (second, first)):
            if one.phase is Phase.ALONE:
                yield self._serves_alone(one, other)
                return
            if one.phase is Phase.MAINTENANCE:
                words = f"{one.name} is in maintenance and answers no client; whether {other.name} serves for it is not known"
                yield Symptom("maintenance", Grade.DEGRADED, words, f"restart {one.name} when its maintenance is done")
                return
        starting = [each for each in (first, second) if each.phase is Phase.STARTING]
        if starting:
            yield self._starting(starting)
            return
        recovering = [each for each in (first, second) if each.phase is Phase.RECOVERY]
        views = [each for each in (first, second) if each.own is not None and each.own.partner is not None]
        cut = [each for each in views if _interrupted(each)]
        if recovering:
            words = f"{self._names(recovering)} serves its own clients and keeps the lease updates for its partner until it hears from it"
            yield Symptom("communication-recovery", Grade.DEGRADED, words, _LINK_STEP + self._causes())
        elif cut and not any(each.down for each in self.active):
            yield self._link_cut(cut)
        states = {each.own.state for each in (first, second) if each.own is not None and each.phase is Phase.NORMAL}
        if len(states) > 1:
            words = f"{first.name} is in {first.status.state} and {second.name} in {second.status.state}: their HA modes differ"
            yield Symptom(
                "modes-differ",
                Grade.DEGRADED,
                words,
                "load the same build on both servers" + self._causes(),
            )
        for each in views:
            if not cut:
                yield from self._uncounted(each)

    def _serves_alone(self, one: Member, other: Member) -> Symptom:
        maintenance = one.own is not None and one.own.state == "partner-in-maintenance"
        alone = f"{one.name} serves all clients alone"
        if maintenance:
            words = f"{other.name} is in maintenance, and {alone}: a failure of {one.name} ends DHCP"
            step = f"restart {other.name} when its maintenance is done, or send ha-maintenance-cancel to {one.name}"
            return Symptom("maintenance", Grade.DEGRADED, words, step)
        if other.phase is Phase.STARTING:
            state = other.own.state if other.own is not None else ""
            words = f"{other.name} is coming back ({state}), and {alone} until then"
            return Symptom("recovering", Grade.DEGRADED, words, "")
        if other.down:
            words = f"{other.name} does not run, and {alone}: a failure of {one.name} ends DHCP"
            return Symptom(
                "partner-down", Grade.DEGRADED, words, f"start {other.name}; it synchronises its leases first"
            )
        if other.phase is Phase.NORMAL:
            words = (
                f"{one.name} does not hear {other.name}, treats it as down and serves alone, while {other.name} runs: "
            )
            words += "clients are answered, but leases are not replicated"
            return Symptom("link-cut", Grade.DEGRADED, words, _LINK_STEP + self._causes())
        words = f"{one.name} hears nothing from {other.name} and serves all clients alone: a failure of {one.name} ends DHCP"
        return Symptom("partner-down", Grade.DEGRADED, words, f"find out whether {other.name} runs" + self._causes())

    def _starting(self, starting: Sequence[Member]) -> Symptom:
        states = " and ".join(f"{each.name} ({each.own.state if each.own else ''})" for each in starting)
        others = [each for each in self.active if each not in starting]
        words = f"{states} {'is' if len(starting) == 1 else 'are'} starting and answer{'s' if len(starting) == 1 else ''} no client yet"
        step = "compare again in a minute; when nothing has changed, look in the logs for the connection to the partner"
        if others and others[0].down:
            words += f"; {others[0].name} does not run"
            step = f"start {others[0].name}; without it {starting[0].name} serves alone after max-response-delay"
        return Symptom("starting", Grade.DEGRADED, words, step)

    def _link_cut(self, cut: Sequence[Member]) -> Symptom:
        ages = [each.own.partner.age for each in cut if each.own and each.own.partner and each.own.partner.age]
        since = f" for {min(ages)} s" if ages else ""
        who = (
            f"{self._names(self.active)} have not heard each other{since}"
            if len(cut) == len(self.active)
            else f"{cut[0].name} has not heard its partner{since}"
        )
        words = f"{who}: leases are not replicated, and a client waits for its lease until the server treats its partner as down"
        unacked = [text for each in cut if (text := _unacked(each))]
        if unacked:
            words += "; " + "; ".join(unacked)
        return Symptom("link-cut", Grade.DEGRADED, words, _LINK_STEP + self._causes())

    def _uncounted(self, each: Member) -> Iterator[Symptom]:
        """Clients that one server sees unanswered by the other, while both hear each other."""
        partner = each.own.partner if each.own is not None else None
        if partner is not None and partner.unacked:
            other = next(one.name for one in self.active if one is not each)
            words = f"{each.name} counts {partner.unacked} clients that {other} leaves without an answer"
            step = f"find out why {other} does not answer: its log, its interfaces, its relay"
            yield Symptom("unacked-clients", Grade.DEGRADED, words, step)

    def _served(self) -> tuple[str, ...] | None:
        """The scopes that somebody serves; None while a server's are unknown."""
        known = [each.scopes for each in self.active]
        if any(each is None for each in known):
            return None
        return tuple(dict.fromkeys(scope for each in known if each is not None for scope in each))

    def _unserved(self, *, named: bool) -> Iterator[Symptom]:
        """Clients that no server answers. `named`: another symptom has told the reason and the step."""
        served = self._served()
        if served is None:
            return
        missing = [name for name in self._needed() if name not in served]
        if not missing:
            return
        if not served:
            words = (
                "no client is answered: neither server serves now" if len(self.active) > 1 else "no client is answered"
            )
            yield Symptom("no-service", Grade.NO_SERVICE, words, "" if named else _NOBODY_STEP)
        else:
            words = f"the clients of {' and '.join(missing)} are not answered: no server has that scope"
            yield Symptom("unserved-scope", Grade.DEGRADED, words, "" if named else _NOBODY_STEP)

    def _needed(self) -> list[str]:
        """The scopes that must be served: of both servers in load balancing, else of the primary."""
        roles = (Role.PRIMARY, Role.SECONDARY) if self.relationship.mode == LOAD_BALANCING else (Role.PRIMARY,)
        return [each.status.peer.name for each in self.active if each.status.peer.role in roles]

    def _skew(self) -> Iterator[Symptom]:
        skews = [abs(each.own.partner.clock_skew or 0) for each in self.active if each.own and each.own.partner]
        apart = max(skews, default=0)
        if apart >= CLOCK_SKEW_WARNING:
            words = f"the clocks of {self._names(self.active)} are {apart} s apart; at {CLOCK_SKEW_END} s HA ends itself on both"
            yield Symptom(
                "clock-skew", Grade.DEGRADED, words, "correct the clocks, and synchronise both servers with NTP"
            )

    # -- single servers ------------------------------------------------------------------------------------------------

    def _without_ha(self, member: Member) -> Symptom:
        words = f"{member.name} does not run this relationship, although its configuration contains it"
        step = f"look for HA errors in the log of {member.name}, and load a build that is right on both servers"
        return Symptom("ha-not-running", Grade.DEGRADED, words, step)

    def _down(self, member: Member) -> Symptom:
        others = [each.name for each in self.active if each is not member]
        words = f"{member.name} does not run"
        if self.relationship.mode == PASSIVE_BACKUP:
            return Symptom("down", Grade.NO_SERVICE, f"{words}; a backup does not take over", f"start {member.name}")
        if others:
            words += f"; {others[0]} takes over when it counts {member.name} as down"
        return Symptom("down", Grade.DEGRADED, words, f"start {member.name}")

    def _of_backups(self) -> Iterator[Symptom]:
        waits = self.relationship.mode == PASSIVE_BACKUP and self.relationship.settings.get("wait-backup-ack") is True
        for each in self.backups:
            if each.down and waits:
                words = f"{each.name} does not run, and with wait-backup-ack no client is answered without it"
                yield Symptom("backup-down", Grade.NO_SERVICE, words, f"start {each.name}, or remove wait-backup-ack")
            elif each.down:
                words = f"the backup {each.name} does not run: it gets no copy of the leases"
                yield Symptom(
                    "backup-down", Grade.DEGRADED, words, f"start {each.name}; it does not fetch what it missed"
                )

    def _unread(self, member: Member) -> Symptom:
        words = f"{member.name} could not be read, so it is unknown whether it serves"
        partner = member.status.reported
        if partner is not None:
            words += f"; its partner {_reports(partner)}"
        return Symptom("unread", Grade.UNKNOWN, words, "")

    # -- causes --------------------------------------------------------------------------------------------------------

    def _names(self, members: Sequence[Member]) -> str:
        return " and ".join(each.name for each in members)

    def _reasons(self) -> Iterator[str]:
        """What is visible beside the state and makes HA end itself."""
        skews = [abs(each.own.partner.clock_skew or 0) for each in self.active if each.own and each.own.partner]
        if max(skews, default=0) >= CLOCK_SKEW_END:
            yield f"the clocks are {max(skews)} s apart"
        servers = [each.name for each in self.active]
        yield from differing(self.seen, self.active[0].status.daemon, servers)
        unread = [each.name for each in self.active if not each.status.answers]
        if unread:
            yield f"{' and '.join(unread)} could not be read: what it contains may differ"

    def _causes(self) -> str:
        """Changes of HA on the servers, which can be the cause."""
        servers = {each.name for each in self.active}
        daemon = self.active[0].status.daemon
        changed = sorted(
            {
                each.change.server
                for each in self.seen
                if each.change.server in servers and each.change.daemon == daemon and _of_ha(each.change)
            }
        )
        return f"; the HA settings of {' and '.join(changed)} are not those of the spec, see above" if changed else ""


_LINK_STEP = (
    "check the network and the HA ports between the servers, TLS certificates and passwords, and their logs for "
    "HA_COMMUNICATION_INTERRUPTED"
)
_NOBODY_STEP = "look at the states above; compare again in a minute, because a server that starts has no scopes yet"
_STATUS_STEP = "allow status-get where commands are restricted"


def _of_ha(change: Change) -> bool:
    return bool(change.path) and change.path[0] in ("hooks-libraries", "multi-threading")


def _interrupted(member: Member) -> bool:
    partner = member.own.partner if member.own is not None else None
    return partner is not None and (partner.interrupted or not partner.heard or partner.last_state == "unavailable")


def _unacked(member: Member) -> str:
    """How near a server is to taking over; "" while it counts nobody."""
    partner = member.own.partner if member.own is not None else None
    if partner is None or not partner.unacked:
        return ""
    left = f", and takes over after {partner.unacked_left} more" if partner.unacked_left else ""
    return f"{member.name} counts {partner.unacked} clients that its partner leaves without an answer{left}"


def _reports(partner: Partner) -> str:
    heard = f"heard it {partner.age} s ago" if partner.reachable and partner.age is not None else "does not hear it now"
    if partner.reachable and partner.age is None:
        heard = "hears it"
    return f"{heard}" + (f" (last state: {partner.last_state})" if partner.last_state else "")
