"""Hook libraries: what each branch ships, under which file name, which of them SQL needs, and their canonical order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from kea_hac.kea.grammar import program
from kea_hac.kea.version import BRANCHES, Branch, Feature, branches_with, span

LEASE_COMMANDS = "libdhcp_lease_cmds.so"
HIGH_AVAILABILITY = "libdhcp_ha.so"
_LEGAL_LOG = "libdhcp_legal_log.so"


class Shipping(StrEnum):
    """How one gets a library for a branch."""

    OPEN_SOURCE = "open source"
    PREMIUM = "premium"
    ABSENT = "absent"
    UNKNOWN = "unknown"


_LIBRARIES: Mapping[str, Mapping[str, Any]] = program("hooks").extra["libraries"]


def _shipped(how: str) -> Mapping[Branch, frozenset[str]]:
    spans = {name: span(row[how]) for name, row in _LIBRARIES.items() if how in row}
    return MappingProxyType(
        {branch: frozenset(name for name, known in spans.items() if branch in known) for branch in BRANCHES}
    )


OPEN_SOURCE = _shipped("open-source")
"""Short names (`ha` of `libdhcp_ha.so`) in the open source tree of each branch; the rest was opened in 3.0 (ChangeLog 2335, 2.7.7)."""

PREMIUM = _shipped("premium")
"""Short names that only ISC's customers get."""

RENAMED: Mapping[str, tuple[str, Branch]] = MappingProxyType(
    {old: (row["name"], Branch(row["since"])) for old, row in program("hooks").extra["renamed"].items()}
)
"""Old file name -> new file name and the first branch that has it (ChangeLog 2289, 2.7.4; ChangeLog 2273, 2.7.2)."""
_OLD_NAMES = {new: (old, since) for old, (new, since) in RENAMED.items()}

_SQL = {"mysql": "libdhcp_mysql.so", "postgresql": "libdhcp_pgsql.so"}


@lru_cache(256)  # of what a few libraries are called, a hundred times for each configuration
def newest_name(library: str) -> str:
    """The newest file name of a library; a directory in front of it stays."""
    directory, slash, file = library.rpartition("/")
    renamed = RENAMED.get(file)
    return f"{directory}{slash}{renamed[0]}" if renamed else library


def name_in(library: str, branch: Branch) -> str:
    """The file name that `branch` ships a library under; a directory in front of it stays."""
    directory, slash, file = newest_name(library).rpartition("/")
    older = _OLD_NAMES.get(file)
    if older and branch.order < older[1].order:
        file = older[0]
    return f"{directory}{slash}{file}"


@lru_cache(256)
def short_name(library: str) -> str:
    """`ha` for "/usr/lib/kea/hooks/libdhcp_ha.so"; the file name itself when it is not named Kea's way."""
    file = library.rpartition("/")[2]
    stem = file.removeprefix("libdhcp_").removesuffix(".so")
    return stem if file == f"libdhcp_{stem}.so" else file


@lru_cache(256)
def shipping(library: str, branch: Branch) -> Shipping:
    """How one gets `library` for `branch`. UNKNOWN: it is not Kea's own."""
    name = short_name(name_in(library, branch))
    if name in OPEN_SOURCE[branch]:
        return Shipping.OPEN_SOURCE
    if name in PREMIUM[branch] or name == "libca_rbac.so":
        return Shipping.PREMIUM
    elsewhere = any(name in OPEN_SOURCE[other] | PREMIUM[other] for other in BRANCHES)
    return Shipping.ABSENT if elsewhere else Shipping.UNKNOWN


def sql_library(database_type: str, branch: Branch, *, config_backend: bool = False) -> str | None:
    """The library that a database of this type needs, None when it needs none.

    From 3.0 every use of MySQL and PostgreSQL needs one (ChangeLog 2289, 2.7.4; seen on 3.0.4); before, only a
    configuration backend does, and it is the `_cb` library.
    """
    library = _SQL.get(database_type)
    if library is None or (branch not in branches_with(Feature.SQL_BY_HOOK) and not config_backend):
        return None
    return name_in(library, branch)


def ha_place(libraries: Sequence[str]) -> int:
    """Where the HA library goes into a list of file names that does not place it: at the end, but before legal_log there.

    Callouts run in load order: what changes a lease comes before HA sends it to the partner, and what changes an answer
    before legal_log logs it (flex_option: seen on 3.0.4).
    """
    place = len(libraries)
    return place - 1 if place and libraries[-1] == _LEGAL_LOG else place
