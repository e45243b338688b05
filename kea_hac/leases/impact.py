"""Leases and what goes → how many clients lose their lease, counted in a temporary database on disk.

Memory is bounded: a row is read, judged and stored; SQLite keeps a few megabytes of it in memory and the rest in a temporary file
without a name. A lease counts once, however often it was written and on however many servers of a pair it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import groupby

from kea_hac.changes.orphans import Loss
from kea_hac.leases.lease import ASSIGNED, DECLINED, Lease, UnknownLeases
from kea_hac.records import dataclass

NAMED = 10
"""Leases of each loss that are named."""
_BATCH = 5_000
_CACHE = 16_384
"""KiB of the database that are kept in memory."""
_TABLE = """CREATE TABLE lease (server INTEGER, family INTEGER, address BLOB, length INTEGER, loss INTEGER, state INTEGER, expires INTEGER,
name TEXT, PRIMARY KEY (family, address, length, server)) WITHOUT ROWID"""
_Row = tuple[int, bytes, int, int, int, int | None, str]
"""Family, address, length, loss, state, expires, name."""
_NOT_AFFECTED = -1


@dataclass(frozen=True, slots=True)
class Orphaned:
    """The leases of one loss."""

    loss: Loss
    count: int
    """Live leases."""
    first: tuple[tuple[str, str], ...]
    """The name of the client, or its identifier, and the address, of the first ones by address."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change does to the leases of one pair."""

    live: int
    """Live leases of the pair, all together."""
    orphaned: tuple[Orphaned, ...]
    """In the order of the losses; only those with leases."""
    declined: int = 0
    """Declined addresses on what goes: nobody has a lease on these."""
    expired: int = 0
    """Leases on what goes that have expired, or were released or reclaimed."""
    sources: tuple[str, ...] = ()
    """What was read."""
    troubles: tuple[UnknownLeases, ...] = ()
    """What is not known. The numbers are then the least that there is."""
    at: int = 0
    """The time for which leases count as live: seconds since 1970."""

    @property
    def count(self) -> int:
        """Live leases that are orphaned."""
        return sum(each.count for each in self.orphaned)

    @property
    def known(self) -> bool:
        """True when all lease data could be read."""
        return not self.troubles and bool(self.sources)


class LeaseCount:
    """Counts the leases of one pair. Use it as a context, which removes the temporary database."""

    def __init__(self, losses: Sequence[Loss]) -> None:
        self._judges = _judges(losses)
        self._losses = losses
        self._rows: dict[tuple[int, int, bytes, int], tuple[object, ...] | None] = {}
        self._store = sqlite3.connect("", isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE", f"cache_size = -{_CACHE}"):
            self._store.execute(f"PRAGMA {setting}")
        self._store.execute(_TABLE)
        self._store.execute("BEGIN")

    def __enter__(self) -> LeaseCount:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def add(self, server: int, lease: Lease) -> None:
        """A row of a server: it replaces the one before of the same address."""
        family = 4 if len(lease.address) == 4 else 6
        key = (server, family, lease.address, lease.length)
        if lease.removed:
            self._rows[key] = None
        else:
            name = lease.hostname or lease.hardware or lease.client
            self._rows[key] = (*key, self._loss(family, lease), lease.state, lease.expires, name[:300])
        if len(self._rows) >= _BATCH:
            self._flush()

    def forget(self, server: int, family: int | None = None) -> None:
        """Forget what a server's file had: it is read again."""
        self._flush()
        self._store.execute(
            "DELETE FROM lease WHERE server = ? AND (? IS NULL OR family = ?)", (server, family, family)
        )

    def impact(self, now: int, sources: Iterable[str], troubles: Iterable[UnknownLeases]) -> Impact:
        """The numbers at a time: seconds since 1970."""
        self._flush()
        tally = _Tally(len(self._losses))
        query = "SELECT family, address, length, loss, state, expires, name FROM lease ORDER BY family, address, length, server"
        for _, same in groupby(self._store.execute(query), key=lambda row: row[:3]):
            tally.add(list(same), now)
        return Impact(
            tally.live,
            tuple(
                Orphaned(loss, count, tuple(named))
                for loss, count, named in zip(self._losses, tally.counts, tally.named, strict=True)
                if count
            ),
            tally.declined,
            tally.expired,
            tuple(sources),
            tuple(troubles),
            now,
        )

    def _loss(self, family: int, lease: Lease) -> int:
        """The number of the first loss that the lease belongs to."""
        found = _NOT_AFFECTED
        for number in (lease.subnet, None):
            judges = self._judges.get((family, number))
            for judge in judges.of(lease) if judges is not None else ():
                if (found == _NOT_AFFECTED or judge.number < found) and judge.is_about(lease):
                    found = judge.number
        return found

    def _flush(self) -> None:
        gone = [key for key, row in self._rows.items() if row is None]
        kept = [row for row in self._rows.values() if row is not None]
        if gone:
            self._store.executemany(
                "DELETE FROM lease WHERE server = ? AND family = ? AND address = ? AND length = ?", gone
            )
        if kept:
            self._store.executemany("INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?, ?, ?)", kept)
        self._rows.clear()


@dataclass(frozen=True, slots=True)
class _Judge:
    """One loss, ready to be asked a million times."""

    number: int
    loss: Loss
    hardware: str
    """The client that keeps its lease, by its hardware address or by its client id or DUID; "" where the lease does not show it."""
    client: str

    def is_about(self, lease: Lease) -> bool:
        loss = self.loss
        ranges = loss.prefixes if lease.length else loss.addresses
        if ranges is not None:
            number = int.from_bytes(lease.address)
            if not any(first <= number <= last for first, last in ranges.spans):
                return False
        if lease.length and loss.length is not None and loss.length != lease.length:
            return False
        if self.hardware and _plain(lease.hardware) == self.hardware:
            return False
        return not (self.client and _plain(lease.client).endswith(self.client))


@dataclass(slots=True)
class _Judges:
    """The losses of one subnet: those of single addresses by address, because there can be thousands of reservations."""

    single: dict[int, list[_Judge]] = field(default_factory=dict)
    others: list[_Judge] = field(default_factory=list)

    def of(self, lease: Lease) -> Iterator[_Judge]:
        """Those that can be about a lease."""
        if self.single:
            yield from self.single.get(int.from_bytes(lease.address), ())
        yield from self.others

    def put(self, judge: _Judge) -> None:
        """Add a loss."""
        spans = [*(judge.loss.addresses or ()), *(judge.loss.prefixes or ())]
        bounded = judge.loss.addresses is not None and judge.loss.prefixes is not None
        if judge.loss.client is not None or (bounded and len(spans) == 1 and spans[0][0] == spans[0][1]):
            self.single.setdefault(spans[0][0], []).append(judge)
        else:
            self.others.append(judge)


class _Tally:
    """What the rows of all leases, in the order of their addresses, come to."""

    def __init__(self, losses: int) -> None:
        self.live = self.declined = self.expired = 0
        self.counts = [0] * losses
        self.named: list[list[tuple[str, str]]] = [[] for _ in range(losses)]

    def add(self, same: Sequence[_Row], now: int) -> None:
        """One address or prefix, as each server of the pair has it."""
        live = [row for row in same if row[4] == ASSIGNED and (row[5] is None or row[5] > now)]
        self.live += bool(live)
        affected = [row for row in live if row[3] != _NOT_AFFECTED]
        if affected:
            first = min(affected, key=lambda row: row[3])
            self.counts[first[3]] += 1
            named = self.named[first[3]]
            if len(named) < NAMED:
                named.append((first[6], Lease(first[1], first[2], 0, "", "", "", ASSIGNED, None).text))
        elif not live and any(row[3] != _NOT_AFFECTED for row in same):
            declined = any(row[4] == DECLINED for row in same)
            self.declined += declined
            self.expired += not declined


def _judges(losses: Sequence[Loss]) -> Mapping[tuple[int, int | None], _Judges]:
    found: dict[tuple[int, int | None], _Judges] = {}
    for number, each in enumerate(losses):
        kind, _, value = (each.client or "").partition(" ")
        known = _plain(value)
        by_client = kind in ("client-id", "duid")
        judge = _Judge(number, each, known if kind == "hw-address" else "", known if by_client else "")
        found.setdefault((each.family, each.subnet), _Judges()).put(judge)
    return found


def _plain(identifier: str) -> str:
    """An identifier without what separates its bytes: 01:0A and 01-0a are the same."""
    return identifier.lower().replace(":", "").replace("-", "").removeprefix("0x")
