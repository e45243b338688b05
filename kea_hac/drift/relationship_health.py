"""One HA relationship as all of its servers show it → its symptoms.

What decides is the scopes, the peer names of those whose clients a server answers: clients of a scope that no server has are not
answered, and clients of a scope that both have can get one address twice. Seen on 2.2.0, 2.6.3 and 3.0.4: a server has no scopes
while it waits or synchronises, and all of them in partner-down. A server that was not read is unknown, never down.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import orjson

from kea_hac.changes.change import Change
from kea_hac.drift.clocks import clock_symptoms, skew
from kea_hac.drift.members import Member, names, needed
from kea_hac.drift.pair_view import Seen
from kea_hac.drift.symptoms import Grade, Symptom, switched_off
from kea_hac.drift.terminated import differing, terminated
from kea_hac.drift.two_servers import Two
from kea_hac.kea.high_availability import Role
from kea_hac.live.endpoint import Live
from kea_hac.live.ha_state import PHASES, Partner, Phase
from kea_hac.model.site import PASSIVE_BACKUP, Relationship


class View:
    """One relationship as all of its servers show it."""

    def __init__(self, relationship: Relationship, members: Sequence[Member], seen: Collection[Seen]) -> None:
        self.relationship = relationship
        self.members = members
        self.seen = seen
        self.active = [each for each in members if each.status.peer.role != Role.BACKUP]
        self.backups = [each for each in members if each.status.peer.role == Role.BACKUP]
        self.skew = skew(self.active)

    def symptoms(self) -> Iterator[Symptom]:
        """All of them, the one that explains the others first."""
        ended = [each for each in self.active if PHASES.get(each.status.state or "") is Phase.STOPPED]
        overlap = self._overlap()
        found = []
        if ended:
            found.append(self._terminated(ended))
        if overlap:
            found.append(self._split_brain(overlap))
        for member in self.members:
            found += switched_off(member.name, member.state)
            if member.status.running is False:
                found.append(self._without_ha(member))
        if len(self.active) == 1:
            found += [self._down(each) for each in self.active if each.down]
        elif not ended and not overlap:
            found += self._two().symptoms()
        yield from found
        yield from self._unserved(explained=bool(found))
        yield from clock_symptoms(self.skew, ended)
        yield from self._of_backups()
        for member in self.members:
            if member.unread is not None:
                yield self._unread(member)
            elif isinstance(member.answer, Live) and member.answer.status is None and not member.answer.saved:
                yield Symptom("no-status", Grade.UNKNOWN, f"{member.name} does not report its state", _STATUS_STEP)
            elif member.phase is Phase.UNKNOWN:
                words = f"{member.name} reports the state {member.own.state if member.own else None!a}, which is not known here"
                yield Symptom("unknown-state", Grade.UNKNOWN, words, "look in its log")

    def _two(self) -> Two:
        first, second = self.active[:2]
        return Two(self.relationship, first, second, self._causes())

    # -- several servers -----------------------------------------------------------------------------------------------

    def _overlap(self) -> tuple[str, ...]:
        """The scopes that both active servers serve."""
        if len(self.active) < 2:
            return ()
        first, second = (set(each.scopes or ()) for each in self.active[:2])
        return tuple(sorted(first & second))

    def _split_brain(self, overlap: Sequence[str]) -> Symptom:
        alone = [each for each in self.active if each.phase is Phase.ALONE]
        if not alone:
            words = f"{names(self.active)} both answer the clients of {' and '.join(overlap)}"
            other = self.active[-1]
            step = f"send {self._scopes(other)} to {other.name}, or config-reload"
            return Symptom("split-brain", Grade.DEGRADED, f"{words}: {_TWICE}", step)
        if len(alone) == len(self.active):
            words = f"{names(self.active)} both serve all clients, and each treats the other one as down (split brain)"
        else:
            others = [each for each in self.active if each not in alone]
            words = (
                f"{names(alone)} treats {names(others)} as down and serves all clients, and {names(others)} serves as well "
                "(split brain)"
            )
        if self.relationship.settings.get("max-unacked-clients") == 0:
            words += "; with `max-unacked-clients: 0` a lost connection alone is enough for that"
        stopped = self.active[-1].name
        step = (
            "restore the connection between the two servers; they then compare their leases by themselves, no restart is needed. "
            f"If that takes long and {self.active[0].name} is reached by all clients, stop DHCP on {stopped} until then"
        )
        return Symptom("split-brain", Grade.DEGRADED, f"{words}: {_TWICE}", step + self._causes())

    def _scopes(self, member: Member) -> str:
        """The command that gives a server its own clients and no others."""
        own = [name for name in self._needed() if name == member.status.peer.name]
        arguments = {"scopes": own, "server-name": member.status.peer.name}
        return f"ha-scopes with {orjson.dumps(arguments).decode()}"

    def _terminated(self, ended: Sequence[Member]) -> Symptom:
        alive = self._served()
        answered = alive is not None and set(self._needed()) <= set(alive)
        grade = Grade.NO_SERVICE if alive == () else Grade.DEGRADED
        text, step = terminated(
            [each.name for each in ended],
            [each.name for each in self.active if each.status.state == "waiting"],
            [each.name for each in self.active if each.down],
            [each.name for each in self.active],
            list(self._reasons()),
            answered=answered,
        )
        return Symptom("terminated", grade, text, step)

    def _served(self) -> tuple[str, ...] | None:
        """The scopes that somebody serves; None while a server's are unknown."""
        known = [each.scopes for each in self.active]
        if any(each is None for each in known):
            return None
        return tuple(dict.fromkeys(scope for each in known if each is not None for scope in each))

    def _unserved(self, *, explained: bool) -> Iterator[Symptom]:
        """Clients that no server answers. `explained`: another symptom has the reason and the step."""
        served = self._served()
        missing = [name for name in self._needed() if served is not None and name not in served]
        if not missing:
            return
        step = ""
        if not explained:
            lacking = [each for each in self.active if each.status.peer.name in missing]
            step = "; ".join(f"send {self._scopes(each)} to {each.name}, or config-reload" for each in lacking)
            step += ": a server that runs normally has lost its scope, which ha-scopes does"
        if not served:
            yield Symptom("no-service", Grade.NO_SERVICE, "no client is answered", step)
        else:
            words = f"the clients of {' and '.join(missing)} are not answered: no server has that scope"
            yield Symptom("unserved-scope", Grade.DEGRADED, words, step)

    def _needed(self) -> list[str]:
        """The scopes that must be served."""
        return needed(self.relationship.mode, self.active)

    # -- single servers ------------------------------------------------------------------------------------------------

    def _without_ha(self, member: Member) -> Symptom:
        words = f"{member.name} does not run this relationship, although its configuration contains it"
        step = f"look for HA errors in the log of {member.name}, and load a build that is right on both servers"
        return Symptom("ha-not-running", Grade.DEGRADED, words, step)

    def _down(self, member: Member) -> Symptom:
        words = f"{member.name} does not run; a backup does not take over"
        return Symptom("down", Grade.NO_SERVICE, words, f"start {member.name}")

    def _of_backups(self) -> Iterator[Symptom]:
        waits = self.relationship.mode == PASSIVE_BACKUP and self.relationship.settings.get("wait-backup-ack") is True
        for each in self.backups:
            if not each.down:
                continue
            arguments = {"server-name": self.active[0].status.peer.name if self.active else "", "max-period": 60}
            fetch = (
                f"send it ha-sync with {orjson.dumps(arguments).decode()}: it does not fetch what it missed by itself"
            )
            if waits:
                words = f"{each.name} does not run, and with wait-backup-ack no client is answered without it"
                step = f"start {each.name}, or remove wait-backup-ack; then {fetch}"
                yield Symptom("backup-down", Grade.NO_SERVICE, words, step)
            else:
                words = f"the backup {each.name} does not run: it gets no copy of the leases; clients notice nothing"
                yield Symptom("backup-down", Grade.DEGRADED, words, f"start {each.name}; then {fetch}")

    def _unread(self, member: Member) -> Symptom:
        words = f"{member.name} could not be read, so it is unknown whether it serves"
        partner = member.status.reported
        if partner is not None:
            words += f"; its partner {_reports(partner)}"
        return Symptom("unread", Grade.UNKNOWN, words, "")

    # -- causes --------------------------------------------------------------------------------------------------------

    def _reasons(self) -> Iterator[str]:
        """What is visible beside the state and makes HA end itself."""
        if self.skew is not None and self.skew.ends_ha:
            yield f"{self.skew.text}: {self.skew.step}"
        servers = [each.name for each in self.active]
        yield from differing(self.seen, self.active[0].status.daemon, servers)
        unread = [each.name for each in self.active if not each.status.answers and not each.down]
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


_TWICE = "two clients can get the same address"
_STATUS_STEP = "allow status-get where commands are restricted"


def _of_ha(change: Change) -> bool:
    return bool(change.path) and change.path[0] in ("hooks-libraries", "multi-threading")


def _reports(partner: Partner) -> str:
    heard = f"heard it {partner.age} s ago" if partner.reachable and partner.age is not None else "does not hear it now"
    if partner.reachable and partner.age is None:
        heard = "hears it"
    return f"{heard}" + (f" (last state: {partner.last_state})" if partner.last_state else "")
