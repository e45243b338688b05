"""What the two active servers of a relationship are to each other: one serves alone, one starts, one is gone, the link is cut.

What clients notice depends on the mode. Until a server treats its partner as down, it holds back its own clients' answers where each
waits for a lease update (the primary of hot-standby; load-balancing without `delayed-updates-limit`), and a standby serves nobody.
Seen on 2.2.0, 2.6.3 and 3.0.4: `ha-maintenance-start`, sent to a server whose partner is gone, takes it to partner-down at once; a
server in maintenance never takes over by itself, and starts anew after config-reload; where connections fail in one direction only, the
server that cannot connect goes to partner-down, its partner stays in `ready`, and nothing changes until the connection works again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kea_hac.drift.members import Member, names, needed
from kea_hac.drift.symptoms import Grade, Symptom
from kea_hac.kea.config import Block
from kea_hac.kea.failover import Settings
from kea_hac.kea.high_availability import Mode, Role
from kea_hac.live.ha_state import Phase
from kea_hac.model.site import Relationship
from kea_hac.records import dataclass

LINK_STEP = (
    "check the network and the HA ports between the servers, TLS certificates and passwords, and their logs for "
    "HA_COMMUNICATION_INTERRUPTED"
)


@dataclass(frozen=True, slots=True)
class Two:
    """The two active servers of a relationship."""

    relationship: Relationship
    first: Member
    second: Member
    causes: str
    """What differs in their HA settings, as the end of a step; "" where nothing does."""

    @property
    def _settings(self) -> Settings:
        branch = self.relationship.peers[0].node.version.branch
        return Settings.of(self.relationship.settings, Mode(self.relationship.mode), branch)

    @property
    def _sides(self) -> tuple[tuple[Member, Member], tuple[Member, Member]]:
        return (self.first, self.second), (self.second, self.first)

    def symptoms(self) -> Iterator[Symptom]:
        """The one that explains the others first."""
        for one, other in self._sides:
            if one.phase is Phase.ALONE:
                yield self._alone(one, other)
                return
        for one, other in self._sides:
            if one.phase is Phase.MAINTENANCE:
                yield self._in_maintenance(one, other)
                return
        starting = [each for each, _ in self._sides if each.phase is Phase.STARTING]
        if starting:
            yield self._starting(starting)
            return
        if self.first.down and self.second.down:
            yield self._both_down()
            return
        for one, other in self._sides:
            if other.down:
                yield self._down(one, other)
                return
        yield from self._link()

    # -- one serves for both -------------------------------------------------------------------------------------------

    def _alone(self, one: Member, other: Member) -> Symptom:
        lacks = [each for each in needed(self.relationship.mode, (one, other)) if each not in (one.scopes or ())]
        alone = f"{one.name} serves all clients alone"
        if lacks:
            alone = f"{one.name} treats it as down, without serving the clients of {' and '.join(lacks)}"
        risk = f"a failure of {one.name} ends DHCP"
        if one.shown == "partner-in-maintenance":
            words = f"{other.name} is in maintenance, and {alone}: {risk}"
            step = f"restart {other.name} when its maintenance is done, or send ha-maintenance-cancel to {one.name}"
            return Symptom("maintenance", Grade.DEGRADED, words, step)
        if other.phase is Phase.STARTING and self._one_way(one, other):
            words = (
                f"{one.name} serves all clients alone, because its connections to {other.name} fail; {other.name} runs, hears "
                f"{one.name}, and waits for it ({other.shown}): leases are not replicated"
            )
            return Symptom("link-cut", Grade.DEGRADED, words, self._one_way_step(one, other))
        if other.phase is Phase.STARTING:
            words = f"{other.name} is coming back ({other.shown}), and {alone} until then"
            step = f"compare again in a minute: both are then in {self.relationship.mode}"
            return Symptom("recovering", Grade.DEGRADED, words, self._go_on([other]) or step)
        if other.down:
            words = f"{other.name} does not run, and {alone}: {risk}"
            step = f"start {other.name}; it synchronises its leases before it serves"
            return Symptom("partner-down", Grade.DEGRADED, words, step)
        if other.phase is Phase.NORMAL:
            words = f"{alone}, because it does not hear {other.name}, which runs: clients are answered, but leases are not replicated"
            return Symptom("link-cut", Grade.DEGRADED, words + self._unacked(other), LINK_STEP + self.causes)
        if one.partner is not None and one.partner.reachable:
            words = f"{alone}; it hears {other.name}, which was last in the state {one.partner.last_state}"
            return Symptom("partner-down", Grade.DEGRADED, words, f"compare again when {other.name} can be read")
        words = f"{alone}, because it hears nothing from {other.name}: {risk}"
        return Symptom("partner-down", Grade.DEGRADED, words, f"find out whether {other.name} runs" + self.causes)

    # -- nobody serves for the other -----------------------------------------------------------------------------------

    def _in_maintenance(self, one: Member, other: Member) -> Symptom:
        words = f"{one.name} is in maintenance and answers no client"
        step = f"send config-reload to {one.name}, or restart it: it does not leave maintenance by itself"
        if other.down:
            words += f", and {other.name}, which serves for it, does not run"
            step = f"start {other.name}; if that is not possible, {step[0]}{step[1:]}, and serves alone then"
        elif other.own is None:
            words += f"; whether {other.name} serves for it is unknown"
            step = f"restart {one.name} when its maintenance is done"
        else:
            words += f", and {other.name} ({other.shown}) does not serve for it"
        return Symptom("maintenance", Grade.DEGRADED, words, step)

    def _starting(self, starting: Sequence[Member]) -> Symptom:
        states = " and ".join(f"{each.name} ({each.shown})" for each in starting)
        one = len(starting) == 1
        words = f"{states} {'is' if one else 'are'} starting and answer{'s' if one else ''} no client yet"
        step = "compare again in a minute; when nothing has changed, look in the logs for the connection to the partner"
        others = [each for each, _ in self._sides if each not in starting]
        alone = f"{starting[0].name} serves alone after max-response-delay ({self._seconds(self._settings.response)})"
        if others and others[0].down:
            words += f"; {others[0].name} does not run"
            step = f"start {others[0].name}; without it {alone}"
        elif others and others[0].own is None:
            words += f"; {others[0].name} could not be read"
            step = f"compare again in a minute: if it hears nothing from {others[0].name}, {alone}"
        return Symptom("starting", Grade.DEGRADED, words, self._go_on(starting) or step)

    def _go_on(self, starting: Sequence[Member]) -> str:
        """The step for servers that the spec lets pause in the state in which they are; "" where it does not."""
        machine = self.relationship.settings.get("state-machine")
        states = machine.get("states") if isinstance(machine, Block) else None
        pauses = {
            each.get("state")
            for each in (states if isinstance(states, list) else ())
            if isinstance(each, Block) and each.get("pause") in ("always", "once")
        }
        paused = [each.name for each in starting if each.shown in pauses]
        if not paused:
            return ""
        return f"the spec pauses the state machine in this state: send ha-continue to {' and '.join(paused)} when you are ready"

    def _both_down(self) -> Symptom:
        words = f"{self.first.name} and {self.second.name} do not run"
        wait = self._seconds(self._settings.response)
        step = (
            f"start both; a server that starts alone waits max-response-delay ({wait}) for its partner before it serves"
        )
        return Symptom("down", Grade.DEGRADED, words, step)

    def _down(self, one: Member, other: Member) -> Symptom:
        """`other` does not run, and `one` does not treat it as down yet."""
        words = f"{other.name} does not run: {self._until_takeover(one, other)}"
        step = f"start {other.name}"
        if one.own is not None and (self._settings.counts_clients(self._role(one)) or self._waits(one)):
            step += f"; if it cannot start now, send ha-maintenance-start to {one.name}, which then serves all clients at once"
        return Symptom("down", Grade.DEGRADED, words, step)

    def _until_takeover(self, one: Member, other: Member) -> str:
        """What clients notice while `other` does not run, until `one` treats it as down, and when that is."""
        if one.own is None:
            return f"whether {one.name} serves is unknown, because it could not be read"
        settings = self._settings
        after = f"max-response-delay ({self._seconds(settings.response)}) after the last heartbeat"
        if not settings.counts_clients(self._role(one)):
            if self._waits(one):
                return f"no client is answered until {one.name} treats it as down, {after}, because each lease waits for {other.name}"
            return f"{one.name} takes over {after}"
        whose = "its clients" if self.relationship.mode == Mode.LOAD_BALANCING and settings.queue else "clients"
        left = one.partner.unacked_left if one.partner is not None and one.partner.interrupted else None
        counted = (
            f"after {left} more of them have" if left else f"{after}, when more than {settings.unacked} of them have"
        )
        return (
            f"{whose} are not answered until {one.name} takes over, {counted} asked for longer than max-ack-delay "
            f"({self._seconds(settings.ack)})"
        )

    # -- the link ------------------------------------------------------------------------------------------------------

    def _link(self) -> Iterator[Symptom]:
        """Both run as they should, or one of them was not read."""
        deaf = [each for each, _ in self._sides if each.deaf]
        recovering = [each for each, _ in self._sides if each.phase is Phase.RECOVERY]
        one_way = next((each for each in self._sides if deaf == [each[0]] and each[1].own is not None), None)
        if one_way is not None:
            yield self._cut_one_way(*one_way)
        elif recovering:
            yield self._recovery(recovering)
        elif len(deaf) == 2:
            yield self._cut()
        elif deaf:
            yield self._not_heard(*next(each for each in self._sides if each[0].deaf))
        states = {each.shown for each, _ in self._sides if each.phase is Phase.NORMAL}
        if len(states) > 1:
            words = f"{self.first.name} is in {self.first.shown} and {self.second.name} in {self.second.shown}: their HA modes differ"
            step = "load the same build on both servers" + self.causes
            yield Symptom("modes-differ", Grade.DEGRADED, words, step)
        for one, other in self._sides:
            if not deaf and one.partner is not None and one.partner.unacked:
                words = f"{one.name} counts {one.partner.unacked} clients that {other.name} leaves without an answer"
                step = f"find out why {other.name} does not answer: its log, its interfaces, its relay"
                yield Symptom("unacked-clients", Grade.DEGRADED, words, step)

    def _recovery(self, recovering: Sequence[Member]) -> Symptom:
        each_one = f"{names(recovering)} {'serves its' if len(recovering) == 1 else 'each serve their'} own clients"
        words = f"{each_one} without hearing the partner, and keep up to {self._settings.queue} lease updates for it"
        if len(recovering) == 1:
            words = words.replace("and keep", "and keeps")
        words += self._takes_over(recovering)
        return Symptom("communication-recovery", Grade.DEGRADED, words, LINK_STEP + self.causes)

    def _cut(self) -> Symptom:
        words = f"{names((self.first, self.second))} have not heard each other{self._since((self.first, self.second))}"
        waiting = [each for each, _ in self._sides if self._waits(each)]
        if waiting:
            words += (
                f": no client gets a new lease until {names(waiting)} treats its partner as down (max-response-delay, "
                f"{self._seconds(self._settings.response)}, after the last heartbeat)"
            )
        words += self._takes_over((self.first, self.second))
        return Symptom("link-cut", Grade.DEGRADED, words, LINK_STEP + self.causes)

    def _cut_one_way(self, one: Member, other: Member) -> Symptom:
        words = f"the connections of {one.name} to {other.name} fail{self._since((one,))}, those of {other.name} to {one.name} do not"
        if self._waits(one):
            words += f": no client of {one.name} gets a new lease until {one.name} treats {other.name} as down and serves alone"
        elif one.phase is Phase.RECOVERY:
            words += f": {one.name} serves its own clients and keeps up to {self._settings.queue} lease updates for {other.name}"
        elif self._role(one) is Role.STANDBY:
            words += f": clients are answered by {other.name} as before"
        words += self._takes_over((one,))
        return Symptom("link-cut", Grade.DEGRADED, words, self._one_way_step(one, other))

    def _not_heard(self, one: Member, other: Member) -> Symptom:
        words = f"{one.name} has not heard {other.name}{self._since((one,))}, and it could not be read from here either"
        words += f"; if it does not run, {self._until_takeover(one, other)}"
        step = f"find out whether {other.name} runs: if it does, {LINK_STEP}; if not, start it"
        return Symptom("partner-silent", Grade.DEGRADED, words, step + self.causes)

    def _one_way(self, one: Member, other: Member) -> bool:
        """`one` does not reach `other`, which is there for so long that it would have heard it."""
        beats = (self._settings.response + 2 * self._settings.heartbeat) / 1000
        return one.deaf and not other.deaf and other.loaded_for is not None and other.loaded_for > beats

    def _one_way_step(self, one: Member, other: Member) -> str:
        port = self.relationship.port_of(other.status.peer)
        where = f"port {port} of {other.name}" if port is not None else f"the HA address of {other.name}"
        return (
            f"find out why {one.name} cannot connect to {where}: firewall, route, address, TLS certificate, password; its log "
            f"names the reason (HA_HEARTBEAT_COMMUNICATIONS_FAILED){self.causes}"
        )

    def _takes_over(self, deaf: Sequence[Member]) -> str:
        """The danger of a cut link: what makes these servers serve their partner's clients too, which still serves."""
        settings = self._settings
        if any(not settings.counts_clients(self._role(each)) and not self._waits(each) for each in deaf):
            return "; both serve all clients in a moment (max-unacked-clients is 0)" if settings.unacked == 0 else ""
        counting = [each for each in deaf if settings.counts_clients(self._role(each))]
        if not counting:
            return ""
        parts = [text for each in counting if (text := self._counted(each))]
        return "; " + (
            "; ".join(parts)
            or f"{names(counting)} {'takes' if len(counting) == 1 else 'take'} over, so that both serve, when more than "
            f"{settings.unacked} clients of the partner stay without an answer"
        )

    def _counted(self, each: Member) -> str:
        """How near a server is to taking over; "" while it counts nobody."""
        partner = each.partner
        if partner is None or not partner.unacked:
            return ""
        left = f", and takes over after {partner.unacked_left} more" if partner.unacked_left else ""
        return f"{each.name} counts {partner.unacked} clients that its partner leaves without an answer{left}"

    def _unacked(self, each: Member) -> str:
        text = self._counted(each)
        return f"; {text}" if text else ""

    # -- words ---------------------------------------------------------------------------------------------------------

    def _role(self, member: Member) -> Role:
        return Role(member.status.peer.role)

    def _waits(self, member: Member) -> bool:
        """Its clients get no lease until it treats its partner as down."""
        return bool(member.scopes) and self._settings.holds_back(self._role(member))

    def _since(self, deaf: Sequence[Member]) -> str:
        ages = [each.partner.age for each in deaf if each.partner is not None and each.partner.age]
        return f" for {min(ages)} s" if ages else ""

    def _seconds(self, milliseconds: int) -> str:
        return f"{milliseconds / 1000:g} s"
