"""The limits of one request in time and size, and the clock that applies them.

There is one total deadline, because a server that sends a byte now and then never exceeds the timeout of a single read.
"""

from __future__ import annotations

import time

from kea_hac.records import dataclass
from kea_hac.source.limits import MIB


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Bounds of one request. Seconds and bytes."""

    connect: float = 5.0
    """For the connection, a TLS handshake included."""
    total: float = 30.0
    """For the whole request, from the name look-up to the last byte of the answer."""
    tries: int = 3
    """How often a connection is tried; what was asked once is not asked again, however the answer ends."""
    between: float = 0.2
    """Before the second try; doubled for each one after."""
    answer_bytes: int = 64 * MIB
    """The most that an answer may have. 100,000 reservations are about 30 MB as config-get prints them."""
    answer_values: int = 2_000_000
    """The most values that an answer may have: 100,000 reservations have about a million. A few bytes of JSON are a hundred
    in memory, so that this bound, and not that of the bytes, is the one of the memory."""
    settle: float = 1.0
    """The wait in seconds before a server is asked again that started a moment ago or has loaded nothing yet."""


REQUEST_LIMITS = RequestLimits()


class Deadline:
    """The end of one request."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """Seconds that are left, at most `most`. Raises TimeoutError when none are."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left if most is None else min(left, most)
