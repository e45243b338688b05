"""The table `[review]`: what one change may remove.

[review]
max-removed-subnets = 2                 # by one change, of all reviewed pairs together
max-removed-pool-addresses = "10%"      # per cent: of each pair
max-removed-reservations = 50
max-orphaned-leases = 100               # needs lease data (review --leases); without them the limit counts as exceeded
protected-subnets = ["192.0.2.0/24"]    # never removed, renumbered or shrunk without --accept
"""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.config.toml_text import TomlText
from kea_hac.kea.addressing import Prefix, family_of, read_prefix
from kea_hac.records import dataclass
from kea_hac.regex import regex

TABLE = "review"
_PER_CENT = regex(r"(\d{1,3}(?:\.\d+)?)\s*%\Z")
AMOUNTS = ("max-removed-subnets", "max-removed-pool-addresses", "max-removed-reservations", "max-orphaned-leases")
PROTECTED = "protected-subnets"


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


def review_limits(toml: TomlText) -> ReviewLimits:
    """The limits that a file sets. Raises ConfigError."""
    table = toml.table((TABLE,))
    toml.refuse_unknown((TABLE,), (*AMOUNTS, PROTECTED), "[review]")
    amounts = {key: _amount(toml, key) for key in AMOUNTS if key in table}
    return ReviewLimits(amounts, tuple(_protected(toml)))


def _amount(toml: TomlText, key: str) -> Amount:
    value = toml.table((TABLE,))[key]
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Amount(number=value)
    match = _PER_CENT.match(value) if isinstance(value, str) else None
    if match is not None and float(match[1]) <= 100:
        return Amount(per_cent=float(match[1]))
    raise toml.wrong((TABLE, key), f'is {value!r}; it takes a number such as 2, or per cent such as "10%"')


def _protected(toml: TomlText) -> list[Prefix]:
    value = toml.table((TABLE,)).get(PROTECTED, [])
    found = []
    for each in value if isinstance(value, list) else [value]:
        prefix = None
        if isinstance(each, str):
            family = family_of(each.partition("/")[0])
            prefix = read_prefix(each, family) if family else None
        if prefix is None:
            raise toml.wrong(
                (TABLE, PROTECTED),
                f'contains {each!r}; it takes a list of prefixes such as ["192.0.2.0/24", "2001:db8::/32"]',
            )
        found.append(prefix.network)
    return found
