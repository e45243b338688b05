"""Waiting for servers: what is waited for, since when, and when there is no point in it any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from kea_hac.live.failure import NoAnswerError
from kea_hac.live.ha_state import Relation
from kea_hac.records import dataclass
from kea_hac.rollout.plan import Duty
from kea_hac.rollout.world import World, relation

Judge = Callable[[Duty, Relation | None], str | None]
"""Why a server is not yet where it is waited for; None when it is."""
_SILENT, _BUSY = 15.0, 60.0
"""Seconds that a server may leave every question unanswered after its reload: one that refuses them, and one that is slow, because it
synchronises its leases."""
_TELL = 5.0
"""Seconds between two lines of progress."""


class TurnStopError(Exception):
    """The rollout does not go on."""

    def __init__(self, reason: str, *, back: bool = False) -> None:
        super().__init__(reason)
        self.back = back
        """True when going on makes no sense: the next step is the way back."""


@dataclass(slots=True)
class Wait:
    """The wait for servers, with its lines of progress."""

    world: World
    duties: list[Duty]
    judge: Judge
    seen: dict[Duty, Relation] = field(default_factory=dict)
    """What each server reported last. Without a server that did not answer the last question."""
    _since: float = field(init=False)
    _told: float = field(init=False)
    _heard: dict[Duty, float] = field(default_factory=dict)
    _cut: dict[Duty, float] = field(default_factory=dict)
    _slow: dict[Duty, bool] = field(default_factory=dict)
    """Whether the last question that was not answered was given up only because it took too long."""
    _now: str = ""
    _shown: str = ""

    def __post_init__(self) -> None:
        self._since = self._told = self.world.now()
        self._heard = dict.fromkeys(self.duties, self._since)

    def look(self, before_each: Callable[[], None] = lambda: None) -> bool:
        """Ask all; True when there is still something to wait for. Raises TurnStopError for a server that has ended its HA.

        `before_each` is called before each question, because an answer can take long.
        """
        problems = []
        for duty in self.duties:
            before_each()
            problem = self._problem(duty)
            problems += [problem] if problem is not None else []
        self._now = "; ".join(problems)
        return bool(problems)

    def _problem(self, duty: Duty) -> str | None:
        self.seen.pop(duty, None)
        try:
            found = relation(self.world, duty, quick=True)
        except NoAnswerError as failure:
            self._slow[duty] = failure.late
            return f"{duty.server} {duty.daemon} does not answer ({failure})"
        now = self.world.now()
        self._heard[duty] = now
        if found is not None:
            self.seen[duty] = found
            if found.state == "terminated":
                raise TurnStopError(f"{duty.server} {duty.daemon} went into terminated", back=True)
        if found is None or found.partner is None or not found.partner.interrupted:
            self._cut.pop(duty, None)
        else:
            self._cut.setdefault(duty, now)
        return self.judge(duty, found)

    def cut_for(self, duty: Duty) -> float:
        """Seconds for which a server has reported communication-interrupted without a break."""
        return self.world.now() - self._cut[duty] if duty in self._cut else 0.0

    def check(self, patience: float) -> None:
        """Tell what is waited for. Raises TurnStopError when it takes too long."""
        now = self.world.now()
        waited = now - self._since
        if self._now and (self._now != self._shown or now - self._told >= _TELL):
            self.world.say(f"waiting for {waited:.0f} s, at most {patience:g} s: {self._now}")
            self._shown, self._told = self._now, now
        silent = any(now - at > (_BUSY if self._slow.get(duty) else _SILENT) for duty, at in self._heard.items())
        if silent or waited > patience:
            raise TurnStopError(f"not back after {waited:.0f} s: {self._now}")
