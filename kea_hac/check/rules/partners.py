"""Which of the configurations are partners: two daemons of one kind, in two files, in one HA relationship."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass as unslotted
from functools import cached_property, wraps
from itertools import combinations
from typing import TypeVar

from kea_hac.check.rules.relationship import PeerEntry, RelationshipEntry, relationships_of
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Side:
    """One server's view of a relationship."""

    configuration: Configuration
    relationship: RelationshipEntry

    @property
    def label(self) -> str:
        """What messages call the server."""
        return self.configuration.server or self.relationship.this_name or "this server"


_Of = TypeVar("_Of")
_Found = TypeVar("_Found")


def of_the_same(find: Callable[[_Of], Iterator[_Found]]) -> Callable[[_Of], tuple[_Found, ...]]:
    """Keeps what was found in the value that was looked at last: several checks ask for it, one after the other."""
    last: list[tuple[_Of, tuple[_Found, ...]]] = []

    @wraps(find)
    def kept(of: _Of) -> tuple[_Found, ...]:
        if not last or last[0][0] is not of:
            last[:] = [(of, tuple(find(of)))]
        return last[0][1]

    return kept


@of_the_same
def partners(configurations: tuple[Configuration, ...]) -> Iterator[tuple[Side, Side]]:
    """Every two views of what must be one relationship, in the order of the input.

    Peers are the same when they have a name and a url's address in common: `server1` alone is too common a name in a
    fleet. Of exactly two files a common name is enough, so that a url with a slip in it is found. In a fleet, two files
    that name the same peers, and that no other file does, are a pair although no address is in common: behind NAT, and
    where a server binds all addresses, each file has another address for both. All compiled configurations are of one
    spec, so there the names are enough. Two files that both say they are `server1` are two states of one server where a
    file of its partner was given as well. A server with several relationships is a partner in the one with the same names.
    """
    for name in ("dhcp4", "dhcp6"):
        found = list(_pairs(configurations, name))
        with_partner = {id(side.relationship) for pair in found if not _one_server(*pair) for side in pair}
        for one, two in found:
            if not _one_server(one, two) or not {id(one.relationship), id(two.relationship)} & with_partner:
                yield one, two


def _one_server(one: Side, two: Side) -> bool:
    return one.relationship.this_name == two.relationship.this_name


@unslotted(frozen=True)
class _View:
    """A side, with what its peers are known by."""

    side: Side
    named: frozenset[str]

    @cached_property
    def addressed(self) -> frozenset[tuple[str, str]]:
        """Name and address of each peer, without 0.0.0.0 and `::`, which every server can bind."""
        return frozenset(
            (peer.name, peer.url.endpoint[0])
            for peer in self.side.relationship.peers
            if peer.name and peer.url and not peer.url.address.is_unspecified
        )

    @property
    def ours(self) -> str | None:
        """The name of the server whose view it is."""
        return self.side.relationship.this_name


def _view(configuration: Configuration, relationship: RelationshipEntry) -> _View:
    return _View(Side(configuration, relationship), frozenset(relationship.by_name))


def _pairs(configurations: tuple[Configuration, ...], daemon: str) -> Iterator[tuple[Side, Side]]:
    views = [
        [_view(each, found) for found in relationships_of(each)]
        for each in configurations
        if each.daemon.name == daemon and each.complete
    ]
    with_ha = [each for each in views if each]
    loose = len(with_ha) == 2
    same = Counter(each.named for listed in with_ha for each in listed)
    for one, two in combinations(with_ha, 2):
        ours = {first.named for first in one}
        for first in one:
            exact = [second for second in two if second.named == first.named]
            for second in exact or [each for each in two if each.named not in ours]:
                sure = first.side.configuration.compiled or same[first.named] == 2
                alone = bool(exact) and sure and first.ours != second.ours
                if alone or (loose and first.named & second.named) or first.addressed & second.addressed:
                    yield first.side, second.side


@of_the_same
def calls(configurations: tuple[Configuration, ...]) -> Iterator[tuple[Side, Side, PeerEntry]]:
    """Who connects to whom, in both directions of every two partners: the caller, the called, and the caller's entry of it."""
    for one, two in partners(configurations):
        for here, there in ((two, one), (one, two)):
            dialled = peer_named(here.relationship, there.relationship.this_name)
            if dialled is not None and not _one_server(one, two) and one.label != two.label:
                yield here, there, dialled


def peer_named(relationship: RelationshipEntry, name: str | None) -> PeerEntry | None:
    """The peer of a name."""
    return relationship.by_name.get(name) if name else None
