"""What the settings of an HA relationship mean in time: how long after a failure the other server serves all clients. Pure.

Everything counts from the last answered heartbeat (CommunicationState::poke), which is at most one heartbeat-delay before the failure:

    heartbeats fail every heartbeat-delay; one to a silent host ends only after the time limit of Kea's HTTP client
    the communication counts as interrupted max-response-delay after that last answer
    from then on clients are counted that belong to the other server and have asked for longer than max-ack-delay
    with more than max-unacked-clients of them the next event takes the server to partner-down: a heartbeat that has failed

A server counts no clients where the other one serves none: the primary of a hot-standby pair goes to partner-down as soon as the
communication counts as interrupted. Until then it holds the answers to its own clients back, because each waits for a lease update.
Sources: shouldPartnerDown, shouldSendLeaseUpdates and asyncSendLeaseUpdate in ha_service.cc, communication_state.cc,
timeouts.h; measured on real pairs of 2.2.0, 2.6.3 and 3.0.4 (tests/kea/test_failover_times.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any

from kea_hac.kea.high_availability import Mode, Role, default
from kea_hac.kea.version import Branch
from kea_hac.records import dataclass

HTTP_LIMIT = 10_000
"""Milliseconds after which Kea's HTTP client gives a request up (TIMEOUT_DEFAULT_HTTP_CLIENT_REQUEST in timeouts.h). Not configurable."""
_TRIES = tuple(1000 * each for each in (0, 4, 12, 28, *range(60, 4000, 64)))
"""Milliseconds after its first message at which a client repeats it (RFC 2131, section 4.1: 4, 8, 16, 32, then 64 s)."""
_NEVER = 4_000_000
"""Milliseconds after which it is no use to wait for clients."""
_SAMPLES = 50
"""Moments within a heartbeat for which the takeover is computed: its mean is exact to one per cent of a heartbeat."""


class Failure(StrEnum):
    """How a server fails."""

    STOPPED = "stopped"
    """Its daemon does not run, and its host refuses connections at once."""
    SILENT = "silent"
    """Its host does not answer at all: power or network are lost, and nothing reports that to the partner."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that decide, with the library's defaults; times in milliseconds."""

    mode: Mode
    heartbeat: int
    response: int
    ack: int
    unacked: int
    queue: int
    """delayed-updates-limit"""
    updates: bool = True
    """send-lease-updates"""
    wait_backup: bool = False

    @classmethod
    def of(cls, written: Mapping[str, Any], mode: Mode, branch: Branch) -> Settings:
        """`written`: a relationship as it is in a file; what it lacks has the default of this version."""

        def value(key: str) -> Any:
            return written[key] if key in written else default(key, branch, mode)

        return cls(
            mode,
            value("heartbeat-delay"),
            value("max-response-delay"),
            value("max-ack-delay"),
            value("max-unacked-clients"),
            value("delayed-updates-limit"),
            value("send-lease-updates"),
            value("wait-backup-ack"),
        )

    def counts_clients(self, survivor: Role) -> bool:
        """True when the survivor needs unserved clients as a proof of the failure."""
        return self.unacked > 0 and (self.mode is Mode.LOAD_BALANCING or survivor is Role.STANDBY)

    def holds_back(self, survivor: Role) -> bool:
        """True when the survivor's own clients get no answer until it has given its partner up."""
        if not self.updates or survivor is Role.STANDBY:
            return False
        return self.mode is Mode.HOT_STANDBY or self.queue == 0


@dataclass(frozen=True, slots=True)
class Time:
    """A time after the failure, in milliseconds. It depends on when the last heartbeat was answered before the failure."""

    earliest: int
    expected: int
    """The mean over all moments of the failure."""
    latest: int


@dataclass(frozen=True, slots=True)
class Takeover:
    """What happens after a failure until the survivor is in partner-down."""

    noticed: Time
    """The first heartbeat that fails."""
    interrupted: Time
    """The communication counts as interrupted."""
    partner_down: Time


@lru_cache(maxsize=256)
def takeover(
    settings: Settings, survivor: Role, failure: Failure, *, family: int, busy: bool, rate: float | None = None
) -> Takeover | None:
    """None where no server takes over by itself: passive-backup, backups, and a relationship without heartbeats.

    `busy`: clients of the survivor ask all the time. `rate`: how many new clients of the failed server ask in a second, each of which
    repeats its question as RFC 2131 lets it; None: as many as are needed. Without any, a server that counts clients never takes over.
    """
    h = settings.heartbeat
    if settings.mode is Mode.PASSIVE_BACKUP or survivor is Role.BACKUP or h <= 0:
        return None
    period = h + (HTTP_LIMIT if failure is Failure.SILENT else 0)
    counts = settings.counts_clients(survivor)
    waited = _waited(settings.ack, family) if counts else 0
    held = busy and settings.holds_back(survivor)

    def down(before: float) -> float:
        """The time of partner-down, where the last answer was `before` the failure."""
        ready = max(settings.response - before, waited)
        if counts and rate is not None:
            ready = _enough(settings.unacked + 1, rate, ready, waited)
        if held:  # the end of each lease update that fails is an event, too
            return ready
        beats = (ready + before) / period
        # What a client sends at the very moment of a heartbeat comes too late for it. For the interruption alone it is enough:
        # the heartbeats of a real server are some milliseconds late.
        number = math.floor(beats) + 1 if counts else math.ceil(beats)
        return max(1, number) * period - before

    return Takeover(
        _time(lambda before: period - before, h),
        _time(lambda before: settings.response - before, h),
        _time(down, h),
    )


def _waited(ack: int, family: int) -> int:
    """After this time a client's message says that it has waited for longer than max-ack-delay: seconds in v4, 1/100 s in v6."""
    unit = 1000 if family == 4 else 10
    return (ack // unit + 1) * unit


def _enough(clients: int, rate: float, start: float, waited: int) -> float:
    """When so many different clients have sent a message that says that they have waited for `waited`, from `start` on.

    Clients begin to ask with the failure, `rate` in a second. The time at which the expected number is reached, in milliseconds.
    """
    tries = [each for each in _TRIES if each >= waited]

    def heard(until: float) -> float:
        """Clients that were heard so far. One that sends two of these messages is one client."""
        covered, end = 0.0, 0.0
        for last in sorted(until - each for each in tries if each <= until):
            first = max(end, last - (until - start))
            if last > first:
                covered, end = covered + last - first, last
        return covered * rate / 1000

    low, high = start, start + 1000
    while heard(high) < clients:
        if high > _NEVER:
            return high
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (low, middle) if heard(middle) >= clients else (middle, high)
    return high


def _time(of: Callable[[float], float], heartbeat: int) -> Time:
    """`of`: the time, by how long before the failure the last heartbeat was answered."""
    found = [of(heartbeat * (number + 0.5) / _SAMPLES) for number in range(_SAMPLES)]
    ends = [max(0, round(each)) for each in (of(heartbeat * 0.9999), *found, of(heartbeat * 0.0001))]
    return Time(min(ends), round(sum(max(0.0, each) for each in found) / _SAMPLES), max(ends))


@dataclass(frozen=True, slots=True)
class Return:
    """What happens when the failed server starts again, in milliseconds from its start."""

    synchronised: int
    """It has heard its partner, and has its leases."""
    partner_back: Time
    """The partner serves only its own clients again."""
    serves: int
    """The returned server serves its clients."""

    @property
    def gap(self) -> Time:
        """For so long the clients of the returned server are answered by nobody."""
        times = (self.partner_back.latest, self.partner_back.expected, self.partner_back.earliest)
        return Time(*(self.serves - each for each in times))


def comes_back(settings: Settings) -> Return:
    """The way back to the state of the mode: waiting for one heartbeat, synchronising, ready until the partner has seen that.

    The time for copying the leases is left out: it is in proportion to their number.
    """
    h = settings.heartbeat
    return Return(h, Time(h, h + h // 2, 2 * h), 2 * h)
