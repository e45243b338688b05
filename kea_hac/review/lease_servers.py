"""The pairs of a review and their servers → how many leases each change orphans (`--leases live`).

Asked are the servers of the older revision, at the places that it names: a change under review does not choose whom kea-hac contacts. Who
may be shown a password is decided as for `diff`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kea_hac.api import judge, load_from
from kea_hac.compiler.built import Built
from kea_hac.drift.bases import Bases
from kea_hac.drift.earlier import trust
from kea_hac.leases.impact import Impact, LeaseCount
from kea_hac.leases.lease import UnknownLeases
from kea_hac.live.access import Access
from kea_hac.live.channels import endpoints
from kea_hac.live.endpoint import Endpoint, Saved, Unread
from kea_hac.live.endpoint import Trouble as NotRead
from kea_hac.live.failure import NoAnswerError
from kea_hac.live.gather import gather
from kea_hac.live.lease_pages import lease_pages
from kea_hac.live.limits import REQUEST_LIMITS, RequestLimits
from kea_hac.records import dataclass
from kea_hac.review.lease_impact import missing
from kea_hac.review.reviewing import PairReview
from kea_hac.source.git_tree import Revision


@dataclass(frozen=True, slots=True)
class Asking:
    """How servers are asked."""

    access: Access
    output: Path
    """The output tree of `kea-hac build`, whose committed state decides who is trusted."""
    live: tuple[str, ...] = ()
    """`--live`: places instead of those in the spec."""
    trusted: tuple[str, ...] = ()
    """`--trust`."""
    limits: RequestLimits = REQUEST_LIMITS


def with_servers(
    pairs: Sequence[PairReview], revision: Revision, asking: Asking, now: int
) -> tuple[list[PairReview], list[str]]:
    """The pairs with the leases that they lose, and what could not be asked. `now`: seconds since 1970. Raises UsageError."""
    found, problems = [], []
    for pair in pairs:
        if not pair.losses or pair.old_path is None:
            found.append(pair)
            continue
        impact, more = _impact(pair, pair.old_path, revision, asking, now)
        problems += more
        found.append(replace(pair, impact=impact))
    return found, problems


def _impact(pair: PairReview, path: str, revision: Revision, asking: Asking, now: int) -> tuple[Impact, list[str]]:
    checked = judge(load_from(Path(path), revision))
    assert checked.site is not None
    assert checked.build is not None, "what goes was computed of this build"
    renamed = dict(pair.changes.servers_renamed) if pair.changes is not None else {}
    wanted = {each.family for each in pair.losses}
    troubles: list[UnknownLeases] = []
    seen: set[tuple[str, int]] = set()
    with LeaseCount(pair.losses) as count:
        for number, each in enumerate(_endpoints(Built(checked.site, checked.build), asking)):
            family = each.daemon.family
            if family not in wanted:
                continue
            server = renamed.get(each.server, each.server)
            try:
                _count(each, number, count, asking)
                seen.add((server, family))
            except (NoAnswerError, sqlite3.Error) as error:
                count.forget(number)
                troubles.append(UnknownLeases(f"{each.server} {each.daemon.name}", str(error)))
        lacking = list(missing(pair, seen))
        # Servers of one relationship have the same leases: one that is not read matters where none of them is.
        unknown = [*troubles, *lacking] if lacking else []
        problems = [f"--leases live: {each.source}: {each.reason}" for each in unknown]
        return count.impact(now, sorted({server for server, _ in seen}), unknown), problems


def _endpoints(built: Built, asking: Asking) -> tuple[Endpoint | Unread, ...]:
    names = {node.name for node in built.site.nodes}
    own = [each for each in asking.live if each.partition("=")[0].partition("/")[0] in names]
    trusted = [each for each in asking.trusted if each in names]
    return endpoints(built.site, own, trust(built.site, built.build, Bases(built.build, asking.output, None), trusted))


def _count(each: Endpoint | Unread, number: int, count: LeaseCount, asking: Asking) -> None:
    """The leases of one daemon. Raises NoAnswerError when it cannot be asked, has not loaded its configuration, or stops answering."""
    if isinstance(each, Endpoint) and isinstance(each.channel, Saved):
        raise NoAnswerError(NotRead.NO_CHANNEL, "saved answers contain no leases")
    (state,) = gather([each], asking.access, None, asking.limits)
    if isinstance(state, Unread) or isinstance(each, Unread):
        unread = state if isinstance(state, Unread) else each
        assert isinstance(unread, Unread)
        raise NoAnswerError(unread.trouble, unread.reason)
    for lease in lease_pages(each, asking.access, asking.limits):
        count.add(number, lease)
