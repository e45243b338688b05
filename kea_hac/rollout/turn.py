"""One turn: files, handover, reload, the wait until the server is back, and the clients given back to it.

While a server reloads its partner serves its clients. The partner's own state machine takes these scopes back at each change of
state, so they are asserted again until the server is back (2 to 12 of 170 clients unanswered,
half of them without: measured on 2.2.0, 2.6.3 and 3.0.4).

A server that is back serves its own clients at once, while its partner still does: in load-balancing both then lease from one pool, and
two clients got one address (1 or 2 in 500 to 1,000, seen on 2.2.0, 2.6.3 and 3.0.4). So from its reload on the server's DHCP service is off
(dhcp-disable) until the partner has given the clients up. It is switched off for some seconds only, again and again, so that it goes on
by itself when kea-hac is killed.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field

from kea_hac.changes.canonical import stamp_of
from kea_hac.live.endpoint import Trouble
from kea_hac.live.failure import NoAnswerError
from kea_hac.records import dataclass
from kea_hac.rollout.plan import Command, Duty, Handover, Plan, Reload, Turn
from kea_hac.rollout.wait import Judge, TurnStopError, Wait
from kea_hac.rollout.world import (
    CopyError,
    Holding,
    JournalError,
    World,
    holding,
    relation,
    shown,
    state_trouble,
    trouble,
)

PAUSE = 0.05
"""Seconds between two assertions of the scopes."""
BRIEF = 0.004
"""Seconds between two commands to a partner to go on serving, while a server fetches its leases: before each page it switches the
partner off again."""
REMOTE = 2000
"""The origin-id of dhcp-disable from the partner of the first relationship (NetworkState::HA_REMOTE_COMMAND; seen on 3.0.4)."""
QUIET = 2
"""Seconds for which the partner leases nothing, at most. A reload that takes longer is as without this."""
OFF = 15
"""Seconds for which dhcp-disable switches a service off, at most."""
_AGAIN = 3.0
"""Seconds after which it is switched off again."""
_AGENT = 10.0
"""Seconds that a control agent may take to load its file."""
_SETTLE = 10.0
"""Seconds that the partner may take to serve its own clients only, after the scopes were given back."""


@dataclass(slots=True)
class Taker:
    """Turns, one after the other, and which scopes are with another server."""

    plan: Plan
    world: World
    taken: list[Handover] = field(default_factory=list)
    changed: bool = False
    """True once a server may have been changed: from the first copy on."""
    _changed_by_commands: list[Reload] = field(default_factory=list)
    _off: dict[tuple[str, str], float] = field(default_factory=dict)
    """By server and daemon: when its service was switched off last."""

    def take(self, number: int, turn: Turn) -> dict[tuple[str, str], Holding]:
        """Do one turn; what its servers hold then. Raises TurnStopError and StoppedError, with all scopes given back as far as possible."""
        self.world.record({"event": "turn", "turn": number})
        for server in turn.servers:
            self.copy_files(turn, server)
        try:
            self._reload_all(turn)
        finally:
            with self.world.shielded():
                self.give_back()
        self._settled(turn)
        return {(each.server, each.daemon): self._loaded(each) for each in turn.reloads}

    def copy_files(self, turn: Turn, server: str) -> None:
        """Bring a server's files of a turn to it. Raises TurnStopError."""
        self.changed = True
        self.world.record({"event": "copy", "server": server, "folder": turn.folders[server]})
        try:
            self.world.copy(server, turn.folders[server])
        except CopyError as error:
            words = f"{server}: its files were not copied: {error}"
            raise TurnStopError(f"{words}; {self._whole_again(turn, server)}") from None

    def _whole_again(self, turn: Turn, server: str) -> str:
        """Bring the former files after a copy that failed: one that was half written would keep the server down after a restart."""
        folder = self.plan.folder_after(server, self.plan.turns.index(turn))
        try:
            if folder is not None:
                self.world.copy(server, folder)
                return "it has its former files again"
        except CopyError:
            pass
        return "what is on its disk may be incomplete, so do not restart it before"

    def _reload_all(self, turn: Turn) -> None:
        tried: list[Reload] = []
        reloads = [each for each in turn.reloads if not self._by_commands(turn, each)]
        try:
            for each in turn.handovers_for(reloads):
                self._hand_over(each)
            for reload in reloads:
                tried.append(reload)
                self._reload(reload)
            if turn.together:  # its reload took the scopes from the partner
                self.give_back()
            for agent in turn.agents:
                self.reload_agent(agent)
            self._await(turn)
        except _RefusedError as error:
            self._undo(turn, tried, error)

    def _by_commands(self, turn: Turn, each: Reload) -> bool:
        """True when commands made the daemon hold what its new file says. Otherwise it has to reload that file."""
        if not each.commands or each.after is None:
            return False
        name = f"{each.server} {each.daemon}"
        self.world.record({"event": "commands", "server": each.server, "daemon": each.daemon, "build": each.after})
        self.world.say(f"{name}: changes without a reload ({words_of(each.commands)})")
        with self.world.shielded():
            try:
                for one in each.commands:
                    self.world.ask(each.server, each.daemon, one.name, one.arguments)
                config = shown(self.world, each.server, each.daemon)
            except NoAnswerError as failure:
                self.world.say(f"{name}: {failure}; it reloads its file instead")
                return False
            apart = self.world.unproven(each.server, each.daemon, turn.folders[each.server], config)
            if apart:
                self.world.say(f"{name}: {', '.join(apart[:3])} is not as in its file; it reloads its file instead")
                return False
            self.world.record_applied(each.server, each.daemon, each.after, config)
        self._changed_by_commands.append(each)
        return True

    def _hand_over(self, each: Handover) -> None:
        self.taken.append(each)  # before the request: it may arrive, and its answer may not
        self.world.record({"event": "take", "handover": each})
        self.world.say(f"{each.partner} {each.daemon}: takes over the clients of {each.server}")
        try:
            self._scopes(each, each.scopes)
        except NoAnswerError as failure:
            raise TurnStopError(f"{each.partner} {each.daemon} does not take over: {failure}") from None
        try:  # two servers that lease from one pool could give an address twice
            self._own_scopes(each, ())
        except NoAnswerError as failure:
            raise TurnStopError(f"{each.server} {each.daemon} does not stop serving its clients: {failure}") from None

    def _scopes(self, each: Handover, scopes: tuple[str, ...]) -> None:
        arguments = {"scopes": list(scopes), "server-name": each.partner_name}
        self.world.ask(each.partner, each.daemon, "ha-scopes", arguments)

    def _own_scopes(self, each: Handover, scopes: tuple[str, ...]) -> None:
        arguments = {"scopes": list(scopes), "server-name": each.server_name}
        self.world.ask(each.server, each.daemon, "ha-scopes", arguments)

    def give_back(self) -> None:
        """Every server serves its own clients only. What does not work stays in `taken`. Never raises."""
        for each in tuple(self.taken):
            # The partner first: two servers that serve the same clients could give an address twice.
            if not all([self._done(self._own_again, each), self._done(self._restore, each)]):
                continue
            self.taken.remove(each)
            try:
                self.world.record({"event": "given", "handover": each})
            except JournalError:
                continue  # what the journal still names is given back once more, which changes nothing
            self.world.say(f"{each.server} {each.daemon}: serves its own clients again")

    def _done(self, act: Callable[[Handover], None], each: Handover) -> bool:
        """Whether a server could be told, at the second try at the latest."""
        for _ in range(2):
            try:
                act(each)
            except NoAnswerError as failure:
                problem = str(failure)
            else:
                return True
        self.world.say(f"it is not certain that {each.server} {each.daemon} serves its own clients again: {problem}")
        return False

    def _own_again(self, each: Handover) -> None:
        self._scopes(each, each.own)

    def _restore(self, each: Handover) -> None:
        """The service, and scopes for a server that did not reload. One that did gets them with its state."""
        self.world.ask(each.server, each.daemon, "dhcp-enable")
        duty = self._duty(each)
        found = relation(self.world, duty)
        if found is not None and found.state == duty.state and set(found.scopes) != set(duty.scopes):
            self._own_scopes(each, duty.scopes)

    def _reload(self, each: Reload) -> None:
        self.world.record({"event": "reload", "server": each.server, "daemon": each.daemon, "build": each.after})
        self.world.say(f"{each.server} {each.daemon}: reloads its file (config-reload)")
        try:
            with self._quiet(each):
                self.world.ask(each.server, each.daemon, "config-reload")
        except NoAnswerError as failure:
            if failure.trouble is Trouble.FAILED:
                raise _RefusedError(each, str(failure)) from None
            # Its answer is lost, so it is not known whether it reloads: what it holds when it is back says that.
            self.world.say(f"{each.server} {each.daemon}: no answer to config-reload ({failure})")
        self._switch_off(each.server, each.daemon)

    def reload_agent(self, each: Reload) -> None:
        """Before the wait: where the sockets of DHCP servers moved, these answer only once it has loaded its file. Raises TurnStopError."""
        name = f"the control agent of {each.server}"
        self.world.record({"event": "reload", "server": each.server, "daemon": each.daemon, "build": each.after})
        self.world.say(f"{name}: loads its file (config-reload)")
        why = ""
        try:
            self.world.ask(each.server, each.daemon, "config-reload")
        except NoAnswerError as failure:  # also where it answers from the place that it moves to
            why = f" ({failure})"
        since = self.world.now()
        while True:
            try:
                stamp = stamp_of(shown(self.world, each.server, each.daemon, quick=True))
            except NoAnswerError as failure:
                silent = f" ({failure})"
            else:
                held, silent = stamp.build if stamp is not None else None, ""
                if held == each.after:
                    return
            self._assert_all()
            if self.world.now() - since > _AGENT:
                if not (why or silent):
                    raise TurnStopError(self._another_file(name, held, each))
                words = f"{name} has not loaded its file{why or silent}"
                raise TurnStopError(f"{words}: is it copied to the right place? If so, restart it there")
            self.world.sleep(PAUSE)

    def _another_file(self, name: str, held: str | None, each: Reload) -> str:
        """The words for a daemon that has reloaded without an error, and holds another build than that of its turn."""
        builds = f"build {_short(held)}, not {_short(each.after)}"
        step = "is it copied to the right place?" + (
            "" if self.world.copies else " without --copy, it must be there before"
        )
        return f"{name} has reloaded and holds {builds}: the file that it loads is another one; {step}"

    @contextlib.contextmanager
    def _quiet(self, each: Reload) -> Iterator[None]:
        """In load-balancing the partner leases nothing at the moment of the reload.

        It would not reach the server, go into communication-recovery, and keep its leases for itself. With more than
        delayed-updates-limit of them (100) both synchronise once more when it comes out of it, and nobody serves. Updates that are on
        their way arrive: the server reads and checks its new file before it closes its listener (0.04 s on 3.0.4).
        """
        partner = next((one for one in self.taken if (one.server, one.daemon) == (each.server, each.daemon)), None)
        if partner is None or not partner.own:
            yield
            return
        with self.world.shielded():
            with contextlib.suppress(NoAnswerError):
                self.world.ask(partner.partner, each.daemon, "dhcp-disable", {"max-period": QUIET})
            try:
                yield
            finally:
                self._done(self._partner_on, partner)

    def _partner_on(self, each: Handover) -> None:
        self.world.ask(each.partner, each.daemon, "dhcp-enable")

    def _switch_off(self, server: str, daemon: str) -> None:
        """Its partner serves until the scopes are given back. Not before the reload, which forgets the end of the time (seen on 3.0.4)."""
        if not any((each.server, each.daemon) == (server, daemon) for each in self.taken):
            return
        with contextlib.suppress(NoAnswerError):  # it is down, or on its way: asked again
            self.world.ask(server, daemon, "dhcp-disable", {"max-period": OFF}, quick=True)
            self._off[server, daemon] = self.world.now()

    def reload_again(self, server: str, daemon: str) -> None:
        """Reload a daemon of a pair whose HA has ended. Raises TurnStopError."""
        self.world.record({"event": "reload", "server": server, "daemon": daemon})
        self.world.say(f"{server} {daemon}: reloads its file (config-reload)")
        try:
            self.world.ask(server, daemon, "config-reload")
        except NoAnswerError as failure:
            raise TurnStopError(f"{server} {daemon} does not reload: {failure}") from None

    def _undo(self, turn: Turn, tried: Iterable[Reload], error: _RefusedError) -> None:
        """Load the former file again: a refused one can end the service while HA still says hot-standby (seen on 2.2.0)."""
        words = f"{error.reload.server} {error.reload.daemon} refuses the file: {error}"
        number = self.plan.turns.index(turn)
        if not self.world.copies:
            raise TurnStopError(f"{words}; it may answer no client until it loads a good file", back=True) from None
        self.world.say(f"{words}; its former file is loaded again")
        for server in dict.fromkeys(each.server for each in tried):
            folder = self.plan.folder_after(server, number)
            if folder is None:
                raise TurnStopError(f"{words}, and its former file is not known", back=True) from None
            self._copy_former(server, folder, words)
        for each in tried:
            self.world.record({"event": "undo", "server": each.server, "daemon": each.daemon})
            try:
                self.world.ask(each.server, each.daemon, "config-reload")
            except NoAnswerError as failure:
                raise TurnStopError(f"{words}, and does not load the former one: {failure}", back=True) from None
        self._await(turn)
        raise TurnStopError(f"{words}; it has its former file again", back=True)

    def _copy_former(self, server: str, folder: int, words: str) -> None:
        try:
            self.world.copy(server, folder)
        except CopyError as failure:
            raise TurnStopError(f"{words}, and its former file was not copied: {failure}", back=True) from None

    # -- the wait ---------------------------------------------------------------------------------------------------------

    def _await(self, turn: Turn) -> None:
        """Until every server of the families is back in the state of its mode. Raises TurnStopError.

        In load-balancing the partner goes into communication-recovery and makes the server synchronise once more when it comes out
        of it (ha-reset; seen on 2.2.0 and 3.0.4). So the partner serves all clients until both are back, and the server none: two
        servers that lease from one pool could give an address twice.
        """
        wait = self._wait(turn, state_trouble)
        partners = () if turn.together else tuple(self._partners(turn))
        reloading = [each for each in wait.duties if any(each.server == one.server for one in turn.reloads)]
        steady = 0

        def serve() -> None:
            for each in partners:
                seen = wait.seen.get(each)
                if seen is not None and seen.state == each.state:
                    self._go_on_serving(each)

        def keep() -> None:
            self._assert_all()
            serve()

        while True:
            begun = self.world.now()
            steady = 0 if wait.look(keep) else steady + 1
            if steady > len(self.taken[:1]):
                return
            keep()
            if not turn.together:
                self._watch(turn, wait)
            wait.check(self.plan.patience)
            syncing = any(each in wait.seen and wait.seen[each].state == "syncing" for each in reloading)
            while syncing and self.world.now() - begun < PAUSE:
                serve()
                self.world.sleep(BRIEF)
            self.world.sleep(max(0.0, PAUSE - (self.world.now() - begun)))

    def _wait(self, turn: Turn, judge: Judge) -> Wait:
        families = {each.daemon for each in turn.reloads}
        return Wait(self.world, [each for each in self.plan.duties if each.daemon in families], judge)

    def _watch(self, turn: Turn, wait: Wait) -> None:
        """What the partner of a server that reloads must not come to."""
        reloaded = {(each.server, each.daemon) for each in turn.reloads}
        for duty in wait.duties:
            found = wait.seen.get(duty)
            if (duty.server, duty.daemon) in reloaded or found is None:
                continue
            name = f"{duty.server} {duty.daemon}"
            if found.state == "partner-down":
                raise TurnStopError(f"{name} went into {found.state}")
            if wait.cut_for(duty) > self.plan.patience / 2:
                raise TurnStopError(f"{name} has lost the connection to its partner (communication-interrupted)")

    def _partners(self, turn: Turn) -> Iterator[Duty]:
        """What the partners of servers that reload do, in the relationships with them."""
        reloading = {(each.server, each.daemon) for each in turn.reloads}
        for duty in self.plan.duties:
            if duty.partner and (duty.partner, duty.daemon) in reloading:
                yield duty

    def _go_on_serving(self, each: Duty) -> None:
        """Undo that a server which synchronises its leases switches off the service of its partner for that time.

        With 6,000 leases in one page that is more than a second without any service, of a standby's reload too: 107 of 230 clients were
        not answered, and with this 11 of 185; the leases of both servers were the same afterwards (2.2.0, 3.0.4). With pages of 500 leases
        it comes before each page, every 20 ms: 8,000 leases, 29 of 988 clients every 50 ms, and 14 of 1,037 every 5 ms (3.0.4). The partner
        answers a client only after the server has acknowledged the lease, which it does while it synchronises as well. Not so in
        communication-recovery: there it keeps what it leases for itself, and the server would give these addresses again.
        """
        origin = {"origin": "ha-partner", **({"origin-id": REMOTE + each.place} if each.place else {})}
        with contextlib.suppress(NoAnswerError):  # the next question to it says why
            self.world.ask(each.server, each.daemon, "dhcp-enable", origin)

    def _assert_all(self) -> None:
        for each in self.taken:
            try:
                self._scopes(each, each.scopes)
            except NoAnswerError as failure:
                raise TurnStopError(
                    f"{each.partner} {each.daemon} does not answer while it serves the clients of {each.server}: {failure}"
                ) from None
            key = (each.server, each.daemon)
            if self.world.now() - self._off.get(key, 0.0) > _AGAIN:
                self._switch_off(*key)

    def _duty(self, each: Handover) -> Duty:
        """What the server that reloads does in normal operation."""
        key = (each.server, each.daemon, each.server_name)
        return next(one for one in self.plan.duties if (one.server, one.daemon, one.name) == key)

    def _settled(self, turn: Turn) -> None:
        """Every server of the families is in normal operation, each with its own clients. Raises TurnStopError."""
        wait = self._wait(turn, trouble)
        while wait.look():
            wait.check(_SETTLE if not turn.together else self.plan.patience)
            self.world.sleep(PAUSE)

    def _loaded(self, each: Reload) -> Holding:
        try:
            found = holding(self.world, each.server, each.daemon)
        except NoAnswerError as failure:
            raise TurnStopError(
                f"{each.server} {each.daemon} has reloaded, and what it holds is unknown: {failure}"
            ) from None
        if found.build != each.after:
            raise TurnStopError(self._another_file(f"{each.server} {each.daemon}", found.build, each))
        if each.before != each.after and each not in self._changed_by_commands:
            self.world.record_reached(each.server, each.daemon)
        return found


def words_of(commands: Iterable[Command]) -> str:
    """subnet4-add, 3 x reservation-add"""
    count = Counter(each.name for each in commands)
    return ", ".join(f"{number} x {name}" if number > 1 else name for name, number in count.items())


class _RefusedError(Exception):
    def __init__(self, reload: Reload, why: str) -> None:
        super().__init__(why)
        self.reload = reload


def _short(build: str | None) -> str:
    return build[:12] if build else "(none)"
