"""Which of the given configurations are partners: two daemons of one kind, in two files, in one HA relationship."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from kea_hac.check.rules.relationship import PeerEntry, RelationshipEntry, relationships_of
from kea_hac.model.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Side:
    """One server's view of a relationship."""

    configuration: Configuration
    relationship: RelationshipEntry

    @property
    def label(self) -> str:
        """What messages call the server."""
        return self.configuration.server or self.relationship.this_name or "this server"


def partners(configurations: tuple[Configuration, ...]) -> Iterator[tuple[Side, Side]]:
    """Every two views of what must be one relationship, in the order given.

    Peers are the same when they have a name and a url's address in common: `server1` alone is too common a name in a
    fleet. Of exactly two files a common name is enough, so that a url with a slip in it is found. Two files that both
    say they are `server1` are two states of one server where a file of its partner was given as well.
    """
    for name in ("dhcp4", "dhcp6"):
        found = list(_pairs(configurations, name))
        with_partner = {id(side.relationship) for pair in found if not _one_server(*pair) for side in pair}
        for one, two in found:
            if not _one_server(one, two) or not {id(one.relationship), id(two.relationship)} & with_partner:
                yield one, two


def _one_server(one: Side, two: Side) -> bool:
    return one.relationship.this_name == two.relationship.this_name


def _pairs(configurations: tuple[Configuration, ...], daemon: str) -> Iterator[tuple[Side, Side]]:
    sides = [
        [Side(each, found) for found in relationships_of(each)]
        for each in configurations
        if each.daemon.name == daemon and each.complete
    ]
    with_ha = [each for each in sides if each]
    loose = len(with_ha) == 2
    for one, two in combinations(with_ha, 2):
        for first in one:
            for second in two:
                if _related(first.relationship, second.relationship, loose=loose):
                    yield first, second


def _related(one: RelationshipEntry, two: RelationshipEntry, *, loose: bool) -> bool:
    def known(entry: RelationshipEntry) -> set[tuple[str, str]]:
        return {(peer.name, str(peer.url.address)) for peer in entry.peers if peer.name and peer.url}

    def named(entry: RelationshipEntry) -> set[str]:
        return {peer.name for peer in entry.peers if peer.name}

    return bool(known(one) & known(two)) or (loose and bool(named(one) & named(two)))


def peer_named(relationship: RelationshipEntry, name: str | None) -> PeerEntry | None:
    """The peer of a name."""
    return next((peer for peer in relationship.peers if peer.name == name), None) if name else None
