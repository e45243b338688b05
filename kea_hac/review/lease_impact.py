"""The pairs of a review and lease data → how many leases each change orphans. Reads the files that the command line names."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kea_hac.errors import UsageError
from kea_hac.leases.impact import Impact, LeaseCount
from kea_hac.leases.lease import UnknownLeases
from kea_hac.leases.memfile import LeaseFile, NoLeaseFileError, family_of_file, lease_files, read
from kea_hac.records import dataclass
from kea_hac.review.reviewing import PairReview


@dataclass(frozen=True, slots=True)
class LeaseSource:
    """`--leases NAME=PATH`."""

    name: str
    """A server, pair/server, or a pair with one server."""
    path: str


def lease_source(text: str) -> LeaseSource:
    """Read NAME=FILE or NAME=DIR. Raises UsageError."""
    name, equals, path = text.partition("=")
    if not equals or not name or not path:
        raise UsageError(f"--leases {text}: write NAME=FILE or NAME=DIR, where NAME is a server, or `live`")
    return LeaseSource(name, path)


def with_files(
    pairs: Sequence[PairReview], sources: Sequence[LeaseSource], now: int
) -> tuple[list[PairReview], list[str]]:
    """The pairs with the leases that they lose, and what could not be done. `now`: seconds since 1970."""
    problems = [
        f"--leases {each.name}={each.path}: no reviewed pair has a server {each.name}; it has {', '.join(sorted(_names(pairs))) or 'none'}"
        for each in sources
        if not any(_server_of(pair, each.name) for pair in pairs)
    ]
    for each in sources:
        owners = [pair.pair for pair in pairs if _server_of(pair, each.name)]
        if len(owners) > 1:
            raise UsageError(
                f"--leases {each.name}: the pairs {', '.join(owners)} have a server of this name; write {owners[0]}/{each.name}"
            )
    found = []
    for pair in pairs:
        own = [(_server_of(pair, each.name), each.path) for each in sources]
        impact, more = _impact(pair, [(server, path) for server, path in own if server], now)
        problems += more
        found.append(replace(pair, impact=impact))
    return found, problems


def _names(pairs: Iterable[PairReview]) -> set[str]:
    return {name for pair in pairs for name in pair.servers}


def _server_of(pair: PairReview, name: str) -> str | None:
    """The server of a pair that a name means, by its old or its new name; None for another pair's."""
    own = name.removeprefix(f"{pair.pair}/")
    renamed = dict(pair.changes.servers_renamed) if pair.changes is not None else {}
    gone = pair.changes.servers_removed if pair.changes is not None else ()
    own = renamed.get(own, own)
    if own == pair.pair and len(pair.servers) == 1:
        return pair.servers[0]
    return own if own in pair.servers or own in gone else None


def _impact(pair: PairReview, sources: Sequence[tuple[str, str]], now: int) -> tuple[Impact | None, list[str]]:
    """None where nothing goes. The problems are those of the files."""
    if not pair.losses:
        return None, []
    with LeaseCount(pair.losses) as count:
        troubles: list[UnknownLeases] = []
        seen: set[tuple[str, int]] = set()
        for server, path in sources:
            try:
                for file in lease_files(path):
                    family = _count(
                        file,
                        pair.servers.index(server) if server in pair.servers else len(pair.servers),
                        count,
                        troubles,
                    )
                    seen |= {(server, family)} if family is not None else set()
            except (NoLeaseFileError, sqlite3.Error) as error:
                troubles.append(UnknownLeases(server, str(error)))
        problems = [f"--leases {each.source}: {each.reason}" for each in troubles]
        troubles += missing(pair, seen)
        return count.impact(now, sorted({server for server, _ in seen}), troubles), problems


def _count(file: LeaseFile, server: int, count: LeaseCount, troubles: list[UnknownLeases]) -> int | None:
    family = family_of_file(file)
    for lease in read(file, troubles.append, lambda: count.forget(server, family)):
        count.add(server, lease)
    if family is None:
        troubles.append(UnknownLeases(file.path, "it is empty: it has not even the row with the names of the columns"))
    return family


def missing(pair: PairReview, seen: set[tuple[str, int]]) -> Iterator[UnknownLeases]:
    """What is needed for the numbers and was not read. Servers of one HA relationship have the same leases, so one of them is enough."""
    for family in sorted({each.family for each in pair.losses}):
        for group in pair.lease_groups:
            if not any((server, family) in seen for server in group):
                names = " or ".join(group)
                yield UnknownLeases(pair.pair, f"there are no DHCPv{family} leases of {names}")
