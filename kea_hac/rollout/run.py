"""A plan, a world, and how far it is → turn after turn to the end, or to a stop that says what state the pair is in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from kea_hac.live.failure import NoAnswerError
from kea_hac.records import dataclass
from kea_hac.rollout.journal import Progress
from kea_hac.rollout.plan import Duty, Handover, Plan, Turn, retraced
from kea_hac.rollout.turn import PAUSE, Taker
from kea_hac.rollout.wait import TurnStopError
from kea_hac.rollout.world import Holding, JournalError, StoppedError, World, holding, relation, trouble

ENDED, WENT_BACK = "rolled out", "went back"


class Next(StrEnum):
    """The one command that follows a stop."""

    RESUME = "resume"
    BACK = "back"
    AGAIN = "again"
    """Nothing was changed: the same command, once the reason is gone."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a rollout ended."""

    done: bool
    changed: bool
    """True when a server may have been changed by it."""
    reason: str = ""
    """Why it stopped."""
    state: tuple[str, ...] = ()
    """What the servers hold, and the state of their HA; one entry for each."""
    left: tuple[Handover, ...] = ()
    """Scopes that are still with another server."""
    next: Next | None = None


@dataclass(slots=True)
class Run:
    """One rollout, or its way back."""

    plan: Plan
    world: World
    taker: Taker = field(init=False)
    expected: dict[tuple[str, str], Holding] = field(default_factory=dict)
    back: bool = False
    over: Collection[str] = ()
    """Servers that may hold outside changes at the end, where their turn was done before: the next rollout overwrites them."""

    def __post_init__(self) -> None:
        self.taker = Taker(self.plan, self.world)

    def go(self, done: int = 0, *, changed: bool = False) -> Outcome:
        """All turns after the first `done`. `changed`: an earlier part of it changed a server."""
        self.taker.changed = changed
        try:
            return self._go(done)
        except (
            StoppedError
        ) as stop:  # at any moment: also while another trouble is handled, before the scopes are given back
            return self.stopped(str(stop))

    def _go(self, done: int) -> Outcome:
        try:
            for number in range(done + 1, len(self.plan.turns) + 1):
                turn = self.plan.turns[number - 1]
                self._announce(number, turn)
                self._between()
                held = self.taker.take(number, turn)
                self.expected.update(held)
                self.world.record({"event": "turn-done", "turn": number, "held": _recorded(self.expected)})
            self._between()
            self._final()
            with self.world.shielded():
                self.world.record({"event": "end", "how": WENT_BACK if self.back else ENDED})
                return Outcome(True, self.taker.changed, state=tuple(self._state()))
        except TurnStopError as stop:
            return self.stopped(str(stop), back=stop.back)
        except JournalError as stop:
            return self.stopped(str(stop))

    def _announce(self, number: int, turn: Turn) -> None:
        servers = " and ".join(turn.servers)
        daemons = ", ".join(dict.fromkeys(each.daemon for each in turn.reloads)) or "files only"
        self.world.step(number - 1, len(self.plan.turns), f"turn {number}: {servers}")
        self.world.say(f"turn {number} of {len(self.plan.turns)}: {servers}, {daemons}")

    def _between(self) -> None:
        """All gates that can change between two turns, and after the last. Raises TurnStopError."""
        for (server, daemon), wanted in self.expected.items():
            try:
                found = holding(self.world, server, daemon)
            except NoAnswerError as failure:
                raise TurnStopError(f"{server} {daemon}: {failure}") from None
            if found != wanted:
                raise TurnStopError(
                    f"{server} {daemon} was changed by somebody else since this rollout looked at it last"
                )
        for duty in self.plan.duties:
            problem = _trouble(self.world, duty)
            if problem is not None:
                raise TurnStopError(problem)

    def _final(self) -> None:
        """Every server holds the build that it is to have at the end. Raises TurnStopError."""
        for (server, daemon), found in self.expected.items():
            wanted = self.plan.builds(server, daemon)[-1]
            if found.build != wanted and server not in self.over:
                raise TurnStopError(
                    f"{server} {daemon} holds {which(self.plan, server, daemon, found.build)} at the end"
                )

    def stopped(self, reason: str, *, back: bool = False) -> Outcome:
        """The end at a trouble: all scopes are given back first."""
        with self.world.shielded():
            self.taker.give_back()
            state = tuple(self._state())
        step = Next.AGAIN if not self.taker.changed else Next.BACK if back and not self.back else Next.RESUME
        return Outcome(False, self.taker.changed, reason, state, tuple(self.taker.taken), step)

    def _state(self) -> Iterator[str]:
        for held in self.plan.held:
            yield _state_of(self.world, self.plan, held.server, held.daemon)


def _state_of(world: World, plan: Plan, server: str, daemon: str) -> str:
    name = f"{server} {daemon}"
    try:
        build = holding(world, server, daemon).build
        found = [relation(world, each) for each in plan.duties if (each.server, each.daemon) == (server, daemon)]
    except NoAnswerError as failure:
        return f"{name} does not answer ({failure.trouble})"
    states = ", ".join(each.state or "unknown" for each in found if each is not None)
    return f"{name} holds {which(plan, server, daemon, build)}" + (f" ({states})" if states else "")


def which(plan: Plan, server: str, daemon: str, build: str | None) -> str:
    """A build in words: the former one, the new one, one that lies between, or another."""
    known = plan.builds(server, daemon)
    if build not in known:
        return "another build" if build is not None else "a configuration without a stamp"
    if len(set(known)) == 1:
        return "its build"
    if build == known[-1]:
        return "the new build"
    return "the former build" if build == known[0] else "the build between"


def _trouble(world: World, duty: Duty) -> str | None:
    try:
        return trouble(duty, relation(world, duty))
    except NoAnswerError as failure:
        return f"{duty.server} {duty.daemon}: {failure}"


def _recorded(held: Mapping[tuple[str, str], Holding]) -> list[list[str | None]]:
    return [[server, daemon, each.build, each.fingerprint] for (server, daemon), each in held.items()]


# -- going on, and going back -----------------------------------------------------------------------------------------------


def begin(plan: Plan, world: World) -> Outcome:
    """A new rollout, whose gates have passed."""
    run = Run(plan, world)
    run.expected = {(each.server, each.daemon): Holding(each.build, each.fingerprint) for each in plan.held}
    return run.go()


def resume(plan: Plan, world: World, progress: Progress, over: Collection[str] = ()) -> Outcome:
    """Go on after a stop, in the direction that it had. `over`: servers whose outside changes may be overwritten."""
    if progress.back:
        way = retraced(plan, progress.forward)
        return _go_on(plan, way, world, progress, done=progress.done, back=True, over=over)
    return _go_on(plan, plan, world, progress, done=progress.done, back=False, over=over)


def go_back(plan: Plan, world: World, progress: Progress, over: Collection[str] = ()) -> Outcome:
    """To what was loaded before, from wherever it is."""
    if progress.back:
        return resume(plan, world, progress, over)
    begun = len(plan.turns) if progress.all_at_once else min(len(plan.turns), progress.done + progress.begun)
    way = retraced(plan, begun)
    step = {"event": "back", "from": begun}
    return _go_on(plan, way, world, progress, done=0, back=True, over=over, begin_with=step)


def _go_on(
    plan: Plan,
    way: Plan,
    world: World,
    progress: Progress,
    *,
    done: int,
    back: bool,
    over: Collection[str],
    begin_with: Mapping[str, object] | None = None,
) -> Outcome:
    run = Run(way, world, back=back, over=over)
    run.taker.taken = list(progress.taken)
    run.taker.changed = True
    try:
        with world.shielded():
            run.taker.give_back()
        if run.taker.taken:
            raise TurnStopError("a server that serves the clients of another one does not answer")
        ended = _ended(way, world) or progress.all_at_once
        _known(plan, way, world, progress, over)
        if begin_with is not None:
            world.record(begin_with)
        if ended:
            done = _both_at_once(run, way, done)
        _wait_healthy(way, world)
        run.expected = {(each.server, each.daemon): holding(world, each.server, each.daemon) for each in way.held}
    except (TurnStopError, NoAnswerError, StoppedError, JournalError) as stop:
        return run.stopped(str(stop))
    return run.go(done, changed=True)


def _ended(way: Plan, world: World) -> bool:
    """True when a server has ended its HA."""
    found = []
    for duty in way.duties:
        try:
            found.append(relation(world, duty))
        except NoAnswerError as failure:
            raise TurnStopError(f"{duty.server} {duty.daemon}: {failure}") from None
    return any(each is not None and each.state == "terminated" for each in found)


def _known(plan: Plan, way: Plan, world: World, progress: Progress, over: Collection[str]) -> None:
    """Every server holds what this rollout knows of. Raises TurnStopError.

    A server whose turn was interrupted may hold the build of before or after it, and after a window that was interrupted any of them.
    """
    direction = way if progress.back else plan
    unsure = direction.turns[progress.done].servers if progress.begun and progress.done < len(direction.turns) else ()
    for each in plan.held:
        if each.server in over:
            continue
        found = holding(world, each.server, each.daemon)
        wanted = progress.held.get((each.server, each.daemon), (each.build, each.fingerprint))
        if progress.all_at_once or each.server in unsure:
            right = found.build in plan.builds(each.server, each.daemon)
        else:
            right = (found.build, found.fingerprint) == wanted
        if not right:
            raise TurnStopError(
                f"{each.server} {each.daemon} was changed by somebody else since this rollout looked at it last; "
                f"--over-external {each.server} goes on over it"
            )


def _both_at_once(run: Run, way: Plan, done: int) -> int:
    """A pair whose HA has ended gets the final files on all servers, and all reload in one window: one alone would wait for ever.

    The number of turns that are done then: all of them.
    """
    run.world.record({"event": "all-at-once"})
    last: dict[str, Turn] = {}
    for turn in way.turns[done:]:
        for server in turn.servers:
            last[server] = turn
    servers = tuple(dict.fromkeys(each.server for each in way.duties))
    run.world.say(f"HA has ended itself: {' and '.join(servers)} get their final files and reload at once")
    for server in servers:
        if server in last:
            run.taker.copy_files(last[server], server)
    for each in way.held:
        if each.server in servers:
            run.taker.reload_again(each.server, each.daemon)
    for agent in {each.server: each for turn in way.turns[done:] for each in turn.agents}.values():
        run.taker.reload_agent(agent)
    return len(way.turns)


def _wait_healthy(way: Plan, world: World) -> None:
    """A server that was reloaded just before the stop may still be on its way. Raises TurnStopError."""
    since = world.now()
    problems: Sequence[str] = ()
    while True:
        problems = [each for each in (_trouble(world, duty) for duty in way.duties) if each is not None]
        if not problems:
            return
        if world.now() - since > way.patience:
            raise TurnStopError(f"not in normal operation within {way.patience:g} s: {'; '.join(problems)}")
        world.sleep(PAUSE * 5)
