"""What to do when a relationship is in the state `terminated`: the visible cause, and the order of the steps.

Seen on 2.6.3 and 3.0.4: two servers with another subnet id reject each other's lease updates and both end in `terminated`. Where
only one of them was reloaded, it stayed in `waiting` beside its terminated partner, and no client of either was answered. Seconds
after the other one was reloaded as well, the pair was normal again. While the cause remains, both end again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kea_hac.changes.change import spelt
from kea_hac.drift.diffing import Drift
from kea_hac.kea.config import Daemon
from kea_hac.kea.high_availability import Role
from kea_hac.live.ha_state import PHASES, Phase, ServerStatus

GREATEST_SKEW = 60
"""Seconds between the clocks at which HA ends itself (ARM, "Clock Skew")."""
_MOST_NAMED = 3
_LEASED_FROM = ("subnet4", "subnet6", "shared-networks")
"""What a server looks at before it takes a lease from its partner."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do for one relationship."""

    daemon: Daemon
    servers: tuple[str, ...]
    """The two that watch each other."""
    text: str


def advice(drift: Drift) -> Iterator[Advice]:
    """One for each relationship that has a terminated server, as reported by itself or by its partner."""
    by_relationship: dict[int, list[ServerStatus]] = {}
    for each in drift.server_statuses:
        if each.peer.role != Role.BACKUP:
            by_relationship.setdefault(id(each.relationship), []).append(each)
    for places in by_relationship.values():
        ended = [each.server for each in places if PHASES.get(each.state or "") is Phase.STOPPED]
        if ended:
            servers = tuple(each.server for each in places)
            yield Advice(places[0].daemon, servers, _text(drift, places, ended))


def _text(drift: Drift, places: Sequence[ServerStatus], ended: Sequence[str]) -> str:
    waiting = [each.server for each in places if each.state == "waiting"]
    words = f"HA has ended itself on {' and '.join(ended)}"
    if waiting:
        words += f", and {' and '.join(waiting)} waits for it and answers no client"
    causes = list(_causes(drift, places))
    cause = (
        " and ".join(causes) if causes else "it is not in what was compared; look for TERMINATION in the servers' logs"
    )
    both = " and ".join(each.server for each in places)
    return (
        f"{words}. Remove the cause first ({cause}). Then reload or restart {both}, both at once: one alone waits beside its "
        "terminated partner and answers no client."
    )


def _causes(drift: Drift, places: Sequence[ServerStatus]) -> Iterator[str]:
    """What is seen of the servers that makes HA end itself."""
    skews = [abs(each.own.partner.clock_skew or 0) for each in places if each.own and each.own.partner]
    if max(skews, default=0) >= GREATEST_SKEW:
        yield f"the clocks are {max(skews)} s apart"
    servers = [each.server for each in places]
    apart: dict[str, None] = {}
    for compared in drift.compared:
        if compared.daemon == places[0].daemon and compared.server in servers:
            differing = [each for each in compared.seen if any(name in servers for name in each.lacking)]
            apart |= {spelt(each.change.path): None for each in differing if each.change.path[0] in _LEASED_FROM}
    if apart:
        named = ", ".join(list(apart)[:_MOST_NAMED])
        more = f" and {len(apart) - _MOST_NAMED} more" if len(apart) > _MOST_NAMED else ""
        yield f"{named}{more}: not the same on {' and '.join(servers)}"
    unread = [each.server for each in places if not each.answers]
    if unread:
        yield f"{' and '.join(unread)} could not be read: what it contains may differ"
