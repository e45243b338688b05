"""`kea-hac.toml` at the top of the Git work tree: what a site sets for all its specs. Nothing in it runs a program or names a host.

Without that file the table `[tool.kea-hac]` of a `pyproject.toml` in the same folder counts.

[review]
max-removed-subnets = 2                 # by one change, of all reviewed pairs together
max-removed-pool-addresses = "10%"      # per cent: of each pair
max-removed-reservations = 50
max-orphaned-leases = 100               # needs lease data (review --leases); without them the limit counts as exceeded
protected-subnets = ["192.0.2.0/24"]    # never removed, renumbered or shrunk without --accept
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kea_hac.errors import UsageError
from kea_hac.kea.addressing import Prefix, family_of, read_prefix
from kea_hac.kea.suggest import nearest

FILE = "kea-hac.toml"
PYPROJECT = "pyproject.toml"
LARGEST = 1024 * 1024
"""Bytes of such a file."""
_PER_CENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%\Z")
AMOUNTS = ("max-removed-subnets", "max-removed-pool-addresses", "max-removed-reservations", "max-orphaned-leases")
PROTECTED = "protected-subnets"


class ConfigError(UsageError):
    """The file cannot be read, or contains something that it must not. The text names the file, the key and what is possible."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much may be removed: a number, or a part of what there was."""

    number: int | None = None
    per_cent: float | None = None
    """0 to 100."""

    def exceeded(self, removed: int, of: int) -> bool:
        """True when more is removed than allowed."""
        if self.number is not None:
            return removed > self.number
        return self.per_cent is not None and removed * 100 > self.per_cent * of

    def __str__(self) -> str:
        return f"{self.number:,}" if self.number is not None else f"{self.per_cent:g} %"


@dataclass(frozen=True, slots=True)
class ReviewLimits:
    """The table `[review]`."""

    amounts: Mapping[str, Amount]
    """By key."""
    protected: tuple[Prefix, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.amounts or self.protected)


NO_LIMITS = ReviewLimits({})


def review_limits(data: bytes, file: str, where: str = "") -> ReviewLimits:
    """The limits that a file sets. `file`: FILE or PYPROJECT; `where`: " in 1a2b3c" for a revision. Raises ConfigError."""
    name = f"{file}{where}"
    try:
        root: Mapping[str, Any] = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{name} is not TOML: {error}") from error
    if file == PYPROJECT:
        root = _table(_table(root.get("tool", {}), name, "tool").get("kea-hac", {}), name, "tool.kea-hac")
    for key in root:
        if key != "review":
            raise ConfigError(f"{name}: {key!r} is not known; it contains [review]{_hint(key, ('review',))}")
    table = _table(root.get("review", {}), name, "review")
    known = (*AMOUNTS, PROTECTED)
    for key in table:
        if key not in known:
            raise ConfigError(
                f"{name}: review.{key} is not known; [review] takes {', '.join(known)}{_hint(key, known)}"
            )
    amounts = {key: _amount(table[key], name, key) for key in AMOUNTS if key in table}
    return ReviewLimits(amounts, tuple(_protected(table.get(PROTECTED, []), name)))


def _table(value: Any, name: str, key: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: {key} is {value!r}, and must be a table: [{key}]")
    return value


def _hint(key: str, known: tuple[str, ...]) -> str:
    near = nearest(key, known)
    return f"; did you mean {near}?" if near else ""


def _amount(value: Any, name: str, key: str) -> Amount:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Amount(number=value)
    match = _PER_CENT.match(value) if isinstance(value, str) else None
    if match is not None and float(match[1]) <= 100:
        return Amount(per_cent=float(match[1]))
    raise ConfigError(f'{name}: review.{key} is {value!r}; it takes a number such as 2, or per cent such as "10%"')


def _protected(value: Any, name: str) -> list[Prefix]:
    found = []
    for each in value if isinstance(value, list) else [value]:
        prefix = None
        if isinstance(each, str):
            family = family_of(each.partition("/")[0])
            prefix = read_prefix(each, family) if family else None
        if prefix is None:
            raise ConfigError(
                f"{name}: review.{PROTECTED} contains {each!r}; it takes a list of prefixes such as "
                '["192.0.2.0/24", "2001:db8::/32"]'
            )
        found.append(prefix.network)
    return found
