"""How what is pending gets to the servers: the rounds of the rollout, from the answers of a diff, without another question to a server."""

from __future__ import annotations

from collections.abc import Iterable

from kea_hac.changes.change import Verdict
from kea_hac.changes.change_set import change_set
from kea_hac.changes.rounds import Round
from kea_hac.compiler.built import Built
from kea_hac.drift.diffing import Drift
from kea_hac.live.endpoint import Live, Unread
from kea_hac.rollout.loaded import loaded


def pending_rounds(new: Built, lives: Iterable[Live | Unread], drift: Drift) -> tuple[Round, ...]:
    """From what the servers hold to the new build. Empty where nothing is pending, and where a server could not be read.

    The order is as in `rollout --plan`: it depends on what the servers lease now.
    """
    if drift.unread or not any(Verdict.PENDING in each.verdicts() for each in drift.compared):
        return ()
    return change_set(loaded(new, lives, drift).built, new).rounds
