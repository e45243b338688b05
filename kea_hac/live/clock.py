"""How far the clock of a server is from the one of this machine. HA ends itself where two servers' clocks are 60 s apart.

ha-heartbeat, the command with which partners ask for it, tells the time. The times in status-get of 3.0 are those of the last heartbeat:
they are old where the link is cut, and where HA has ended itself (seen on 3.0.4).
"""

from __future__ import annotations

import time
from calendar import timegm
from collections.abc import Mapping
from typing import Any, Final

from kea_hac.live.ha_state import ha_state

_HEARTBEAT: Final = "%a, %d %b %Y %H:%M:%S %Z"
_SLOW: Final = 4.0
"""Seconds of a request beyond which its answer says too little about the time."""


def heartbeat_arguments(status: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The arguments of the ha-heartbeat that tells a server's time; None for a server without HA.

    2.2 does not say its own name, and needs none: it has one relationship.
    """
    state = ha_state(status)
    if state is None or not state.relations:
        return None
    return {"server-name": state.relations[0].name} if state.relations[0].name is not None else {}


def heartbeat_time(answer: Mapping[str, Any]) -> float:
    """The time in the answer to ha-heartbeat, in seconds since 1970. Raises ValueError where there is none."""
    arguments = answer.get("arguments")
    written = arguments.get("date-time") if isinstance(arguments, Mapping) else None
    if not isinstance(written, str):
        raise ValueError("ha-heartbeat does not report its time")
    try:
        return timegm(time.strptime(written, _HEARTBEAT))
    except ValueError:
        raise ValueError("ha-heartbeat reports no date") from None


def ahead(shown: float, begun: float, ended: float) -> float | None:
    """Seconds that a server is ahead of this machine, by the time that it showed to a request from `begun` to `ended`.

    None for a request that took too long.
    """
    return shown - (begun + ended) / 2 if ended - begun <= _SLOW else None
