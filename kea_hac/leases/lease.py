"""One lease, as files and servers have it, in one form."""

from __future__ import annotations

from typing import NamedTuple

from kea_hac.kea.addressing import address_text
from kea_hac.records import dataclass

ASSIGNED, DECLINED, RECLAIMED, RELEASED, REGISTERED = range(5)
"""The states of a lease (Lease::STATE_… in lease.h): a client has it; a client found the address in use; it has expired and its address
is free; released by its client (2.7.4 and newer); an address that a client made itself and registered (2.7.8 and newer)."""
FOREVER = 0xFFFFFFFF
"""The valid lifetime of a lease that does not expire."""


class Lease(NamedTuple):
    """A tuple, because there are millions."""

    address: bytes
    """4 or 16 bytes; of a delegated prefix its first address."""
    length: int
    """Of a delegated prefix; 0 for an address."""
    subnet: int
    """The subnet's id."""
    hardware: str
    """The hardware address as Kea writes it, "" where it is not known."""
    client: str
    """The client id (DHCPv4) or the DUID (DHCPv6)."""
    hostname: str
    state: int
    expires: int | None
    """Seconds since 1970; None for never."""
    removed: bool = False
    """True for a row that removes the lease."""

    @property
    def text(self) -> str:
        """192.0.2.10, 2001:db8:1::/56"""
        written = address_text(4 if len(self.address) == 4 else 6, int.from_bytes(self.address))
        return f"{written}/{self.length}" if self.length else written


@dataclass(frozen=True, slots=True)
class UnknownLeases:
    """What is not known, and why. What was read beside it counts, and is the least that there is."""

    source: str
    """The file or the server."""
    reason: str
