"""The changes of a pair as rows for people: which are shown, and the place and the values of each on one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kea_hac.changes.change import ABSENT, Key, Value, spelt
from kea_hac.changes.change_set import Edit
from kea_hac.records import dataclass
from kea_hac.report.drift import value_text
from kea_hac.report.drift_rows import sort_of
from kea_hac.report.grouping import Rest, few, hidden, rest_of
from kea_hac.report.review_words import counted
from kea_hac.review.reviewing import LocatedEdit, PairReview

LONGEST = 100
"""Characters of a value in a table."""


@dataclass(frozen=True, slots=True)
class Row:
    """One change, for people."""

    daemon: str
    servers: tuple[str, ...]
    subnet: str
    """"" for what is above all subnets."""
    place: str
    was: str
    becomes: str
    effects: str
    line: str
    """ "specs/campus.yaml:64"; "before: …" for a line of the older revision."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The changes of a pair that are shown, and the count of the rest."""

    shown: tuple[Row, ...]
    rest: Rest | None


def rows(pair: PairReview, most: int | None = None) -> Rows:
    """A handful of each kind of change. `most`: no more rows than this."""
    chosen = few(pair.places, lambda each: (each.edit.servers, sort_of(each.edit.path), each.edit.effects))[:most]
    rest = rest_of(hidden(pair.places, chosen), lambda each: sort_of(each.edit.path) or each.edit.daemon.name)
    return Rows(tuple(map(_row, chosen)), rest)


def _row(change: LocatedEdit) -> Row:
    edit = change.edit
    where = change.where
    line = f"{where.file}:{where.line}" if where is not None else ""
    return Row(
        edit.daemon.name,
        edit.servers,
        subnet_of(edit),
        place(edit.path),
        place_before(edit) if edit.moved_from is not None else value_of(edit.old, edit),
        value_of(edit.new, edit),
        ", ".join(edit.effects),
        f"before: {line}" if where is not None and where.old else line,
    )


def place_before(edit: Edit) -> str:
    """Where a subnet was before it moved."""
    return f"in {spelt((edit.moved_from or ())[:-2]) or 'no shared network'}"


def place(path: Sequence[str | Key]) -> str:
    """The path below its subnet, or the whole path."""
    at = next((n for n, step in enumerate(path) if step in ("subnet4", "subnet6")), None)
    below = tuple(path[at + 2 :]) if at is not None and at + 1 < len(path) else tuple(path)
    if below and below[0] == "hooks-libraries" and "high-availability" in below:
        below = ("high-availability", *below[below.index("high-availability") + 2 :])
    return spelt(below) if below else ("subnet" if path else "all")


def subnet_of(edit: Edit) -> str:
    """The subnet for people; "" for what is above all subnets."""
    key = edit.subnet
    if key is None:
        return ""
    return f"{key.label} (id {key.value})" if key.label else f"id {key.value}"


def value_of(value: Value, edit: Edit) -> str:
    """A value on one line; of a whole subnet what matters of it."""
    if value is ABSENT:
        return ""
    if edit.daemon.family and isinstance(value, dict) and edit.path and edit.path[-1] == edit.subnet:
        return _subnet_text(value)
    return value_text(value, LONGEST)


def _subnet_text(block: Mapping[str, Any]) -> str:
    pools = [str(each.get("pool")) for each in block.get("pools") or () if isinstance(each, dict)]
    pools += [f"{e.get('prefix')}/{e.get('prefix-len')}" for e in block.get("pd-pools") or () if isinstance(e, dict)]
    parts = [str(block.get("subnet", ""))]
    parts += [f"pools {', '.join(pools[:3])}{', …' if len(pools) > 3 else ''}"] if pools else ["no pool"]
    if block.get("reservations"):
        parts.append(counted(len(block["reservations"]), "reservation"))
    return ", ".join(parts)
