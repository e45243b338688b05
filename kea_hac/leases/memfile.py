"""The lease files of Kea's memfile database → leases, row by row.

Columns are found by their names: 2.2 has `user_context` as the last one, 2.4 and newer `pool_id` behind it; older files have fewer. A
comma in a value is written `&#x2c`. A later row replaces an earlier one of the same address, and one with a valid lifetime of 0 removes
the lease. (csv_lease_file4.cc, csv_lease_file6.cc, lease_file_loader.h; files of 2.2.0, 2.6.3 and 3.0.4)

Kea's cleanup moves the file to `.1` and begins a new one; a process writes what is left of `.2` and `.1` into `.output`, renames it to
`.completed` and then to `.2`. So the leases are in `.completed`, or else in `.2` and `.1`, and then in the file itself
(memfile_lease_mgr.cc, loadLeasesFromFiles). `.output` and `.pid` hold nothing that is not elsewhere.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from kea_hac.kea.addressing import BITS, packed
from kea_hac.leases.lease import FOREVER, REGISTERED, Lease, UnknownLeases
from kea_hac.records import dataclass

_ENDINGS = (".completed", ".2", ".1")
_LONGEST = 1 << 20
"""Bytes of one row: a user context may be long."""
_TRIES = 3
"""How often a file is read again that the cleanup moved meanwhile."""
_NEEDED = {
    4: ("address", "hwaddr", "valid_lifetime", "expire", "subnet_id"),
    6: ("address", "duid", "valid_lifetime", "expire", "subnet_id", "lease_type", "prefix_len"),
}
_LARGEST_ID, _LARGEST_TIME = 0xFFFFFFFF, 1 << 60
_PREFIX = "2"
"""The lease type of a delegated prefix; 0 is an address, 1 a temporary address."""


class NoLeaseFileError(Exception):
    """The file is none of Kea's lease files, or cannot be read. The text says why."""


@dataclass(frozen=True, slots=True)
class LeaseFile:
    """One lease file, without the endings that the cleanup gives to its parts."""

    path: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The files that hold its leases now, in the order in which Kea reads them."""
        completed, previous, rotated = (self.path + ending for ending in _ENDINGS)
        older = (completed,) if os.path.lexists(completed) else (previous, rotated)
        return tuple(each for each in (*older, self.path) if os.path.lexists(each))


def lease_files(path: str) -> tuple[LeaseFile, ...]:
    """The lease files that a path names: a file, or a folder with some. Raises NoLeaseFileError when there is none."""
    bare = _without_ending(path)
    if os.path.isdir(path):
        try:
            names = sorted({_without_ending(name) for name in os.listdir(path) if ".csv" in name})
        except OSError as error:
            raise NoLeaseFileError(f"{path} cannot be listed: {error.strerror}") from error
        found = tuple(LeaseFile(os.path.join(path, name)) for name in names if name.endswith(".csv"))
        found = tuple(each for each in found if each.parts)
        if not found:
            raise NoLeaseFileError(
                f"{path} contains no lease file: kea-leases4.csv, kea-leases6.csv, or another name with .csv"
            )
        return found
    if not LeaseFile(bare).parts:
        raise NoLeaseFileError(f"there is no file {path}")
    return (LeaseFile(bare),)


def _without_ending(path: str) -> str:
    return next((path.removesuffix(ending) for ending in _ENDINGS if path.endswith(ending)), path)


def family_of_file(file: LeaseFile) -> int | None:
    """4 or 6 by the first row of the first part that has one; None where no part has a row yet. Raises NoLeaseFileError."""
    for path in file.parts:
        try:
            with _opened(path) as stream:
                first = stream.readline(_LONGEST)
        except OSError as error:
            raise NoLeaseFileError(f"{path} cannot be read: {error.strerror or error}") from error
        if first:
            return _checked_family(path, first)
    return None


def read(file: LeaseFile, note: Callable[[UnknownLeases], None], restart: Callable[[], None]) -> Iterator[Lease]:
    """The rows of a file in their order. `note`: what could not be read. `restart`: forget all rows, they are read again.

    Raises NoLeaseFileError.
    """
    for attempt in range(_TRIES):
        before = _shape(file)
        if attempt:
            restart()
        troubles: list[UnknownLeases] = []
        for path in file.parts:
            yield from _rows(path, troubles.append)
        if _shape(file) == before:
            break
    else:
        troubles.append(
            UnknownLeases(
                file.path, f"Kea moved it each of the {_TRIES} times that it was read; copy it and read the copy"
            )
        )
    for each in troubles:
        note(each)


def _shape(file: LeaseFile) -> tuple[tuple[str, int], ...]:
    """Which files there are. Their growth does not count."""
    found = []
    for path in file.parts:
        try:
            found.append((path, os.stat(path).st_ino))
        except OSError:
            found.append((path, 0))
    return tuple(found)


def _rows(path: str, note: Callable[[UnknownLeases], None]) -> Iterator[Lease]:
    try:
        with _opened(path) as stream:
            yield from _leases(stream, path, note)
    except FileNotFoundError:
        return  # the cleanup moved it: the caller sees that
    except OSError as error:
        raise NoLeaseFileError(f"{path} cannot be read: {error.strerror or error}") from error


def _opened(path: str) -> BinaryIO:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NoLeaseFileError(f"{path} is not a regular file")
    return os.fdopen(handle, "rb", 1 << 16)


def _leases(stream: BinaryIO, path: str, note: Callable[[UnknownLeases], None]) -> Iterator[Lease]:
    first = stream.readline(_LONGEST)
    if not first:
        return  # Kea has made it and has not written its first row
    columns = _text(first).split(",")
    parse = _parser(_checked_family(path, first), columns)
    wrong = 0
    example = ""
    number = 1
    while line := stream.readline(_LONGEST):
        number += 1
        if not line.endswith(b"\n"):
            if len(line) < _LONGEST:
                break  # Kea is writing this row
            while (rest := stream.readline(_LONGEST)) and not rest.endswith(b"\n"):
                pass
            line = b"\n"
        elif line == b"\n":
            continue
        try:
            yield parse(_text(line).split(","))
        except (ValueError, IndexError):
            wrong += 1
            example = example or f"row {number:,}"
    if wrong:
        note(UnknownLeases(path, f"{wrong:,} {'row' if wrong == 1 else 'rows'} cannot be read, the first is {example}"))


def _text(line: bytes) -> str:
    return line.rstrip(b"\r\n").decode("utf-8", "replace")


def _shown(line: bytes) -> str:
    text = _text(line)
    return repr(text if len(text) <= 60 else f"{text[:60]}…")


def _checked_family(path: str, first: bytes) -> int:
    """4 or 6 by the names of the columns. Raises NoLeaseFileError for another file, and for one without its first row."""
    columns = set(_text(first).split(","))
    found = next((family for family in (6, 4) if set(_NEEDED[family]) <= columns), None)
    if found is None:
        raise NoLeaseFileError(
            f"{path} is not a lease file of Kea: its first row is {_shown(first)}, and does not name the columns "
            f"{', '.join(_NEEDED[4])} (DHCPv4) or {', '.join(_NEEDED[6])} (DHCPv6)"
        )
    return found


def _parser(family: int, columns: Sequence[str]) -> Callable[[list[str]], Lease]:
    """The function that reads a row with these columns. It raises ValueError or IndexError. A row may lack the last ones."""
    at = {name: number for number, name in enumerate(columns)}
    address, valid, expire, subnet = (at[name] for name in ("address", "valid_lifetime", "expire", "subnet_id"))
    absent = -1  # the end of a row that was filled up
    client = at["client_id"] if family == 4 and "client_id" in at else at.get("duid", absent)
    hardware, hostname, state = (at.get(name, absent) for name in ("hwaddr", "hostname", "state"))
    kind, length = at.get("lease_type", absent), at.get("prefix_len", absent)
    count = len(columns)

    def parse(row: list[str]) -> Lease:
        if len(row) > count:
            raise ValueError
        row += [""] * (count + 1 - len(row))
        raw = packed(row[address], family)
        lifetime, number, expires, known_state = (
            int(row[valid]),
            int(row[subnet]),
            int(row[expire]),
            int(row[state] or 0),
        )
        delegated = int(row[length]) if row[kind] == _PREFIX else 0
        if raw is None or not (
            0 <= number <= _LARGEST_ID
            and abs(expires) < _LARGEST_TIME
            and 0 <= known_state <= REGISTERED
            and 0 <= delegated <= BITS[family]
        ):
            raise ValueError
        name = row[hostname]
        return Lease(
            raw,
            delegated,
            number,
            row[hardware],
            row[client],
            name.replace("&#x2c", ",") if "&" in name else name,
            known_state,
            None if lifetime == FOREVER else expires,
            lifetime == 0,
        )

    return parse
