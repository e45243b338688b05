"""Which daemons serve now, as reported by each daemon and by its HA partner. A daemon that was not read or whose answer
was saved is unknown, not inactive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kea_hac.live.endpoint import Live, Trouble, Unread
from kea_hac.live.ha_state import Phase, ha_state, server_statuses
from kea_hac.model.site import Site


def activities(site: Site, lives: Iterable[Live | Unread]) -> Mapping[tuple[str, str], bool | None]:
    """Server and daemon's name → True: it serves; False: it does not; None: unknown.

    A server that could not be read is inactive only when its daemon is known to be down, or when its partner reports that it
    serves alone. A daemon that is missing here was not requested.
    """
    lives = tuple(lives)
    found = {(each.server, each.daemon.name): _activity(each) for each in lives}
    places = server_statuses(site, lives)
    alone = {id(each.relationship) for each in places if each.own is not None and each.own.phase is Phase.ALONE}
    for each in places:
        key = (each.server, each.daemon.name)
        reported_unreachable = (
            each.reported is not None and not each.reported.reachable and id(each.relationship) in alone
        )
        if reported_unreachable and key in found and found[key] is None:
            found[key] = False
    return found


def _activity(live: Live | Unread) -> bool | None:
    """False where no daemon runs, or where a user's command or a missing database has turned the DHCP service off.

    A service that HA itself turns off for a moment, while it waits or syncs, comes back automatically.
    """
    if isinstance(live, Unread):
        return False if live.trouble is Trouble.DOWN else None
    if live.saved:
        return None
    state = ha_state(live.status)
    return state is None or {"user", "database"}.isdisjoint(state.disabled_by)
