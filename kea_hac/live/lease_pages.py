"""The leases of one daemon, page by page, through the channel by which everything else is asked. They are not kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kea_hac.kea.addressing import packed
from kea_hac.leases.lease import FOREVER, Lease
from kea_hac.live.access import Access
from kea_hac.live.ask import Caller, ask_known
from kea_hac.live.endpoint import Endpoint, Trouble
from kea_hac.live.failure import NoAnswerError
from kea_hac.live.limits import RequestLimits

PAGE: Final = 1_000
"""Leases of one answer."""
_MOST: Final = 50_000_000
"""Leases of one server, after which it counts as not read."""
_START: Final = "start"
_DELEGATED: Final = "IA_PD"


def lease_pages(endpoint: Endpoint, access: Access, limits: RequestLimits, page: int = PAGE) -> Iterator[Lease]:
    """Every lease of a daemon, in the order of its addresses (lease4-get-page, lease6-get-page of lease_cmds).

    A page begins behind the last address of the one before. A server that gives a page twice is not asked for ever.
    Raises NoAnswerError.
    """
    family = endpoint.daemon.family or 4
    command = f"lease{family}-get-page"
    caller = Caller(endpoint.server, endpoint.channel, access, limits, endpoint.trusted)
    last, at, number = _START, b"", 0
    while True:
        try:
            answer = ask_known(caller, command, {"from": last, "limit": page})
        except NoAnswerError as failure:
            if failure.empty:
                return
            raise
        leases = answer["arguments"]["leases"]
        for each in leases:
            lease = _lease(each, family, command)
            # Prefixes of several lengths may begin at one address.
            if lease.address < at or (lease.address == at and not lease.length):
                raise NoAnswerError(Trouble.UNCLEAR, f"{command}: the leases after {last} begin with one before it")
            at = lease.address
            yield lease
        number += len(leases)
        if len(leases) < page:
            return
        if leases[-1]["ip-address"] == last or number > _MOST:
            raise NoAnswerError(Trouble.UNCLEAR, f"{command}: the pages do not end (at {last})")
        last = leases[-1]["ip-address"]


def _lease(found: Mapping[str, Any], family: int, command: str) -> Lease:
    """One lease of an answer whose shapes were checked."""
    address = packed(found["ip-address"], family)
    lifetime = found["valid-lft"]
    if address is None:
        raise NoAnswerError(Trouble.UNCLEAR, f"{command}: an ip-address is no address")
    return Lease(
        address,
        found.get("prefix-len", 0) if found.get("type") == _DELEGATED else 0,
        found["subnet-id"],
        found.get("hw-address", ""),
        found.get("client-id" if family == 4 else "duid", ""),
        found.get("hostname", ""),
        found["state"],
        None if lifetime == FOREVER else found["cltt"] + lifetime,
    )
