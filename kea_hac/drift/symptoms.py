"""What can be wrong with the HA of a pair, as values: grades and symptoms. Nothing is judged here but a service that was switched off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from kea_hac.live.ha_state import HaState
from kea_hac.records import dataclass

SWITCHED_OFF = {"user": "a command (dhcp-disable)", "database": "the loss of its database connection"}
"""Who can turn the DHCP service off for longer than a moment; HA itself does it while it waits or synchronises."""


class Grade(StrEnum):
    """The health of a relationship, the best first."""

    HEALTHY = "healthy"
    UNKNOWN = "unknown"
    """A server that decides could not be read."""
    DEGRADED = "degraded"
    """Clients are served, but not all of them, or not after the next failure."""
    NO_SERVICE = "no service"
    """No client of the relationship is answered."""


_ORDER = tuple(Grade)


def worst(grades: Iterable[Grade]) -> Grade:
    """The worst of them; healthy when there is none."""
    return max(grades, key=_ORDER.index, default=Grade.HEALTHY)


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that is not as it should be."""

    code: str
    """A word for programs, such as "split-brain". It never changes."""
    grade: Grade
    text: str
    """What is seen, and what clients notice."""
    step: str
    """What to do next, for the pair as a whole; "" where waiting is enough, or where a line of its own has it."""


def switched_off(server: str, state: HaState | None, *, alone: bool = False) -> Iterator[Symptom]:
    """A DHCP service that answers nobody until somebody acts. `alone`: no other server serves its clients."""
    for who in state.disabled_by if state is not None else ():
        if who in SWITCHED_OFF:
            step = (
                f"send dhcp-enable to {server}, when whoever sent dhcp-disable is done"
                if who == "user"
                else f"restore the database of {server}; the service comes back with it"
            )
            words = f"{server} answers no client: its DHCP service was switched off by {SWITCHED_OFF[who]}"
            yield Symptom("service-off", Grade.NO_SERVICE if alone else Grade.DEGRADED, words, step)
