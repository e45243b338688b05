"""What another version of Kea changes although the configuration stays: behaviour, database schemas, versions side by side.

The facts are rows of `data/upgrades.json`, each with its source. Defaults that change are rows of the vocabulary (`changed_defaults`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from kea_hac.kea.version import Branch, Feature, KeaVersion, first_with, has
from kea_hac.records import dataclass

DATABASES = ("mysql", "postgresql")
"""The types of databases with a schema, as a configuration names them."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Something that Kea does in another way from a version on."""

    since: str
    """The first versions that do it: "3.0", or "2.4.2, 2.6.3, 3.0"."""
    text: str
    source: str
    """The ChangeLog entry."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a configuration uses of that which a row can name."""

    keys: Collection[str]
    libraries: Collection[str]
    """Short names: mysql, radius."""
    programs: Collection[str]
    """dhcp4, dhcp6, ctrl-agent"""
    high_availability: bool


@cache
def _data() -> Mapping[str, Any]:
    found: Mapping[str, Any] = orjson.loads((Path(__file__).parent / "data" / "upgrades.json").read_bytes())
    return found


def behaviour(old: KeaVersion, new: KeaVersion, used: Used) -> Iterator[Behaviour]:
    """What changes between two versions for a configuration, in the order of the versions."""
    for row in _data()["behaviour"]:
        if _arrives(row, old, new) and _matters(row.get("with"), used):
            since = first_with(Feature(row["feature"])) if "feature" in row else row["since"]
            yield Behaviour(since, row["text"], row["source"])


def _arrives(row: Mapping[str, Any], old: KeaVersion, new: KeaVersion) -> bool:
    if "feature" in row:
        return has(new, Feature(row["feature"])) and not has(old, Feature(row["feature"]))
    return old.branch.order < Branch(row["since"]).order <= new.branch.order


def _matters(wanted: Mapping[str, Any] | None, used: Used) -> bool:
    if wanted is None or (wanted.get("ha") and used.high_availability):
        return True
    parts = (("keys", used.keys), ("libraries", used.libraries), ("programs", used.programs))
    return any(each in found for name, found in parts for each in wanted.get(name, ()))


def schema(database: str, version: KeaVersion) -> str | None:
    """The version of the schema that a Kea requires of a database: "30.0". None where it is not known."""
    found: str | None = _data()["schemas"][database].get(version.branch)
    return found


def admin_name(database: str) -> str:
    """What kea-admin calls a type of database: postgresql is pgsql."""
    found: str = _data()["schemas"]["kea-admin"][database]
    return found


def seen_side_by_side(one: Branch, other: Branch) -> str | None:
    """The releases of two branches that the tests ran as partners; None where they ran none."""
    rows = (row for row in _data()["side-by-side"] if {one, other} == set(row["branches"]))
    return next((row["seen"] for row in rows), None)


def older_partner(old: Branch, new: Branch) -> tuple[str, str] | None:
    """What is known of an older partner, where the step passes it: the sentence and its source."""
    row = _data()["older-partners"]
    passes = old.order < Branch(row["since"]).order <= new.order
    return (row["text"], row["source"]) if passes else None
