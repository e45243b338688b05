"""One server of an HA relationship with all that is known of it now."""

from __future__ import annotations

from collections.abc import Sequence

from kea_hac.drift.symptoms import SWITCHED_OFF
from kea_hac.kea.high_availability import Mode, Role
from kea_hac.live.endpoint import Live, Trouble, Unread
from kea_hac.live.ha_state import HaState, Partner, Phase, Relation, ServerStatus, ha_state
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """One server of a relationship."""

    status: ServerStatus
    answer: Live | Unread | None

    @property
    def name(self) -> str:
        """The server's name in the spec."""
        return self.status.server

    @property
    def own(self) -> Relation | None:
        """Its own report; None where there is none."""
        return self.status.own

    @property
    def shown(self) -> str:
        """The state that it reports; "" where it reports none."""
        return (self.own.state or "") if self.own is not None else ""

    @property
    def partner(self) -> Partner | None:
        """What it reports of its partner."""
        return self.own.partner if self.own is not None else None

    @property
    def phase(self) -> Phase | None:
        """By its own report only: None where there is none."""
        return self.own.phase if self.own is not None else None

    @property
    def down(self) -> bool:
        """It is known not to run."""
        return isinstance(self.answer, Unread) and self.answer.trouble is Trouble.DOWN

    @property
    def unread(self) -> Unread | None:
        """Why it could not be read, when it may run all the same."""
        return self.answer if isinstance(self.answer, Unread) and not self.down else None

    @property
    def state(self) -> HaState | None:
        """All that it reports about its HA."""
        return ha_state(self.answer.status) if isinstance(self.answer, Live) else None

    @property
    def off(self) -> bool:
        """True when a command or a database keeps it from answering."""
        return self.state is not None and not SWITCHED_OFF.keys().isdisjoint(self.state.disabled_by)

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """Whose clients it answers now. None: unknown."""
        if self.down or self.off:
            return ()
        return self.own.scopes if self.own is not None else None

    @property
    def clock(self) -> float | None:
        """Seconds that its clock is ahead of this machine's."""
        return self.answer.clock if isinstance(self.answer, Live) else None

    @property
    def loaded_for(self) -> int | None:
        """Seconds since it loaded its configuration: HA began anew then."""
        status = self.answer.status if isinstance(self.answer, Live) else None
        found = (status or {}).get("reload")
        return found if isinstance(found, int) else None

    @property
    def deaf(self) -> bool:
        """It reports that its partner does not answer it."""
        partner = self.partner
        return partner is not None and (partner.interrupted or not partner.heard or partner.last_state == "unavailable")


def needed(mode: str, active: Sequence[Member]) -> list[str]:
    """The scopes that must be served: of both servers in load balancing, else of the primary."""
    roles = (Role.PRIMARY, Role.SECONDARY) if mode == Mode.LOAD_BALANCING else (Role.PRIMARY,)
    return [each.status.peer.name for each in active if each.status.peer.role in roles]


def names(members: Sequence[Member]) -> str:
    """The servers' names as part of a sentence."""
    return " and ".join(each.name for each in members)
