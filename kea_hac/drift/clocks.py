"""How far the clocks of two partners are apart, and which of them is wrong.

Each server's own time decides. What a 3.0 server reports of its partner's clock is from its last heartbeat, and stays when HA has ended
itself: it counts only while a server's time is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kea_hac.drift.members import Member
from kea_hac.drift.symptoms import Grade, Symptom
from kea_hac.kea.high_availability import CLOCK_SKEW_END, CLOCK_SKEW_WARNING
from kea_hac.records import dataclass

_RIGHT = 5
"""Seconds from this machine's clock within which a server's is right, as far as can be told from here."""


@dataclass(frozen=True, slots=True)
class Skew:
    """Two clocks that are not the same."""

    early: Member
    """The one whose clock is behind."""
    late: Member
    seconds: int

    @property
    def ends_ha(self) -> bool:
        """They are so far apart that HA ends itself."""
        return self.seconds >= CLOCK_SKEW_END

    @property
    def text(self) -> str:
        """What is seen."""
        return f"the clock of {self.early.name} is {self.seconds} s behind that of {self.late.name}"

    @property
    def step(self) -> str:
        """What to do."""
        return f"correct {self._wrong()}, and synchronise both servers with NTP"

    def _wrong(self) -> str:
        for one, other in ((self.early, self.late), (self.late, self.early)):
            if one.clock is not None and other.clock is not None and abs(one.clock) <= _RIGHT < abs(other.clock):
                return f"the clock of {other.name} (that of {one.name} agrees with this machine's)"
        return "the clocks"


def skew(active: Sequence[Member]) -> Skew | None:
    """The clocks of the two active servers, where they are so far apart that Kea warns."""
    if len(active) < 2:
        return None
    first, second = active[:2]
    if first.clock is not None and second.clock is not None:
        ahead = second.clock - first.clock
    else:
        told = [
            (each.partner.clock_skew or 0) * sign
            for each, sign in ((first, 1), (second, -1))
            if each.partner is not None
        ]
        ahead = max(told, key=abs, default=0)
    seconds = round(abs(ahead))
    if seconds < CLOCK_SKEW_WARNING:
        return None
    early, late = (first, second) if ahead > 0 else (second, first)
    return Skew(early, late, seconds)


def clock_symptoms(found: Skew | None, ended: Sequence[Member]) -> Iterator[Symptom]:
    """`ended`: the servers whose HA has ended itself; the clocks are named there as its cause."""
    if found is None or (ended and found.ends_ha):
        return
    if found.ends_ha:
        words = f"{found.text}: from {CLOCK_SKEW_END} s on HA ends itself on both, with the next heartbeat"
    else:
        words = f"{found.text}: clients notice nothing yet; at {CLOCK_SKEW_END} s HA ends itself on both"
    yield Symptom("clock-skew", Grade.DEGRADED, words, found.step)
