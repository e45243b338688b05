"""What to do when a relationship is in the state `terminated`: the visible cause, and the order of the steps.

Seen on 2.6.3 and 3.0.4: two servers with another subnet id reject each other's lease updates and both end in `terminated`. Where
only one of them was reloaded, it stayed in `waiting` beside its terminated partner, and no client of either was answered. Seconds
after the other one was reloaded as well, the pair was normal again. While the cause remains, both end again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kea_hac.changes.change import spelt
from kea_hac.drift.pair_view import Seen
from kea_hac.kea.config import Daemon

_MOST_NAMED = 3
_LEASED_FROM = ("subnet4", "subnet6", "shared-networks")
"""What a server looks at before it takes a lease from its partner."""


def terminated(
    ended: Sequence[str],
    waiting: Sequence[str],
    down: Sequence[str],
    both: Sequence[str],
    causes: Sequence[str],
    *,
    answered: bool,
) -> tuple[str, str]:
    """What is seen of a relationship whose servers `ended` are terminated, and what to do.

    `waiting`: those that wait for them; `down`: those that do not run; `answered`: all clients are known to be answered.
    """
    words = f"HA has ended itself on {' and '.join(ended)}"
    if waiting:
        words += f", and {' and '.join(waiting)} waits for it and answers no client"
    elif down:
        words += f", and {' and '.join(down)} does not run: {' and '.join(ended)} does not take over"
    elif answered:
        words += ": clients are answered, but leases are not replicated, and no server takes over for the other one"
    cause = (
        " and ".join(causes) if causes else "it is not in what was compared; look for TERMINATION in the servers' logs"
    )
    act = f"reload or restart {' and '.join(both)}, both at once"
    if down:
        alive = [each for each in both if each not in down]
        act = f"start {' and '.join(down)} and reload or restart {' and '.join(alive)}, both at once"
    step = f"Remove the cause first ({cause}). Then {act}: one alone waits beside its terminated partner and answers no client."
    return words, step


def differing(seen: Iterable[Seen], daemon: Daemon, servers: Sequence[str]) -> Iterator[str]:
    """What two servers lease from and that is not the same on both: one line, or none."""
    apart: dict[str, None] = {}
    for each in seen:
        change = each.change
        if change.daemon == daemon and change.server in servers and any(name in servers for name in each.lacking):
            apart |= {spelt(change.path): None} if change.path[0] in _LEASED_FROM else {}
    if apart:
        named = ", ".join(list(apart)[:_MOST_NAMED])
        more = f" and {len(apart) - _MOST_NAMED} more" if len(apart) > _MOST_NAMED else ""
        yield f"{named}{more}: not the same on {' and '.join(servers)}"
