"""The limits that a site sets itself (`kea-hac.toml`, `[review]`) → findings where a change goes beyond them.

A pull request must not raise its own limit: those of the base revision count as well as those that the change brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kea_hac.changes.sizes import Removed
from kea_hac.config import AMOUNTS, Amount, ReviewLimits, Settings
from kea_hac.config.strictest import changed
from kea_hac.diagnostics import Rule, Severity, rule
from kea_hac.kea.addressing import Prefix, read_prefix
from kea_hac.kea.config import FAMILIES
from kea_hac.leases.impact import Impact
from kea_hac.records import dataclass

_SOURCE = "kea-hac.toml, [review]"
TOO_MANY_SUBNETS = rule(
    "KH940",
    "removes-too-many-subnets",
    why="The change removes or renumbers more subnets than the site allows in one change. Clients of these subnets get no "
    "address, and the leases on them are orphaned.",
    source=_SOURCE,
)
TOO_MANY_ADDRESSES = rule(
    "KH941",
    "removes-too-many-pool-addresses",
    why="The change removes more addresses from pools than the site allows in one change. Their leases cannot be renewed, "
    "and the rest of the pools may be too small for all clients.",
    source=_SOURCE,
)
TOO_MANY_RESERVATIONS = rule(
    "KH942",
    "removes-too-many-reservations",
    why="The change removes more reservations than the site allows in one change. Their hosts get other addresses, or none.",
    source=_SOURCE,
)
PROTECTED_SUBNET = rule(
    "KH943",
    "changes-protected-subnet",
    why="The change removes, renumbers or shrinks a subnet that the site protects. Its clients can lose their "
    "addresses.",
    source=_SOURCE,
)
UNKNOWN_REMOVALS = rule(
    "KH944",
    "removals-unknown",
    why="The spec does not compile in one of the two revisions, so it is not known what the change removes, and the limits of the "
    "site cannot be evaluated. A limit that cannot be evaluated counts as exceeded.",
    source=_SOURCE,
)
TOO_MANY_LEASES = rule(
    "KH948",
    "orphans-too-many-leases",
    why="More clients than the site allows in one change have a lease that they cannot renew after it. They lose their address when it "
    "expires, and get another one or none.",
    source=_SOURCE,
)
UNKNOWN_LEASES = rule(
    "KH949",
    "orphaned-leases-unknown",
    why="The site limits how many leases a change may orphan, and this change removes something that clients may have "
    "leases on. The lease data of at least one server are missing or could not be read. A limit that cannot be "
    "evaluated counts as exceeded.",
    source=_SOURCE,
)
LOOSENED_LIMITS = rule(
    "KH945",
    "loosens-its-own-limits",
    Severity.WARNING,
    why="The change itself loosens the limits by which it is reviewed. The limits of the older revision are applied "
    "to this change. Once it is merged, the new limits apply to later changes, and no review reports that again.",
    source=_SOURCE,
)
CHANGED_SETTINGS = rule(
    "KH947",
    "changes-kea-hac-toml",
    Severity.INFO,
    why="The change alters the settings of the site. This review applies the stricter one of the old and the new setting.",
    source="kea-hac.toml",
)
LIMIT_RULES = (
    TOO_MANY_SUBNETS,
    TOO_MANY_ADDRESSES,
    TOO_MANY_RESERVATIONS,
    PROTECTED_SUBNET,
    TOO_MANY_LEASES,
    UNKNOWN_REMOVALS,
    UNKNOWN_LEASES,
    LOOSENED_LIMITS,
    CHANGED_SETTINGS,
)
_RULES = dict(zip(AMOUNTS, (TOO_MANY_SUBNETS, TOO_MANY_ADDRESSES, TOO_MANY_RESERVATIONS, TOO_MANY_LEASES), strict=True))
_WORDS = dict(zip(AMOUNTS, ("subnets", "pool addresses", "reservations", "leases"), strict=True))
ACCEPTABLE = tuple(each.name for each in LIMIT_RULES if each.severity is Severity.ERROR)
"""What `--accept` takes."""


@dataclass(frozen=True, slots=True)
class OverLimit:
    """One limit that the change goes beyond."""

    rule: Rule
    message: str
    pair: str | None
    """None for a limit over all pairs together."""
    accepted: bool = False
    """True when `--accept` lets it through."""


@dataclass(frozen=True, slots=True)
class PairRemovals:
    """What the change removes from one pair."""

    pair: str
    removed: Removed | None
    """None where it is unknown, because a revision of the spec does not compile."""
    shrunk: tuple[tuple[str, str], ...] = ()
    """(family, prefix) of subnets that lose pool addresses or have another id."""
    loses: bool = False
    """True when something goes that clients may have leases on."""
    impact: Impact | None = None
    """The leases on what goes; None where no lease data were read."""


def over_limits(
    pairs: Sequence[PairRemovals], now: ReviewLimits, base: ReviewLimits, accepted: Iterable[str]
) -> tuple[OverLimit, ...]:
    """Every limit that the change goes beyond. `accepted`: names or codes of rules."""
    let_through = set(accepted)
    found = [*_loosened(now, base), *_exceeded(pairs, now, base)]
    return tuple(
        OverLimit(each.rule, each.message, each.pair, accepted=bool({each.rule.name, each.rule.code} & let_through))
        for each in found
    )


def _exceeded(pairs: Sequence[PairRemovals], now: ReviewLimits, base: ReviewLimits) -> Iterator[OverLimit]:
    if now or base:
        for each in pairs:
            if each.removed is None:
                yield OverLimit(
                    UNKNOWN_REMOVALS,
                    f"what {each.pair} loses is unknown, because a revision of its spec does not compile",
                    each.pair,
                )
    yield from _unknown_leases(pairs, now, base)
    seen: set[tuple[Rule, str | None]] = set()
    for limits in (base, now):
        for found in (*_amounts(pairs, limits), *_protected(pairs, limits.protected)):
            key = (found.rule, found.message if found.rule is PROTECTED_SUBNET else found.pair)
            if key not in seen:
                seen.add(key)
                yield found


def _amounts(pairs: Sequence[PairRemovals], limits: ReviewLimits) -> Iterator[OverLimit]:
    for key, amount in limits.amounts.items():
        counts = [(each.pair, *_count(key, each, each.removed)) for each in pairs if each.removed is not None]
        if amount.number is not None:
            total = sum(count for _, count, _ in counts)
            if amount.exceeded(total, 0):
                yield _over(key, amount, None, "the change", total, sum(of for _, _, of in counts))
            continue
        for pair, count, of in counts:
            if count and amount.exceeded(count, of):
                yield _over(key, amount, pair, pair, count, of)


def _unknown_leases(pairs: Sequence[PairRemovals], now: ReviewLimits, base: ReviewLimits) -> Iterator[OverLimit]:
    """The limit of orphaned leases where not all lease data are known."""
    key = AMOUNTS[3]
    limit = base.amounts.get(key) or now.amounts.get(key)
    for each in pairs if limit is not None else ():
        if not each.loses or (each.impact is not None and each.impact.known):
            continue
        if each.impact is None:
            why = "there are no lease data: name them with --leases NAME=FILE"
        else:
            why = "; ".join(f"{one.source}: {one.reason}" for one in each.impact.troubles)
        yield OverLimit(
            UNKNOWN_LEASES, f"how many leases {each.pair} loses is unknown ({why}); {key} is {limit}", each.pair
        )


def _over(key: str, amount: Amount, pair: str | None, who: str, count: int, of: int) -> OverLimit:
    verb = "loses" if pair is not None else "orphans" if key == AMOUNTS[3] else "removes"
    message = f"{who} {verb} {count:,} of {of:,} {_WORDS[key]}; {key} is {amount}"
    return OverLimit(_RULES[key], message, pair)


def _count(key: str, pair: PairRemovals, removed: Removed) -> tuple[int, int]:
    """What is removed, and of how much."""
    leases = (pair.impact.count, pair.impact.live) if pair.impact is not None else (0, 0)
    return {
        AMOUNTS[3]: leases,
        AMOUNTS[0]: (len(removed.subnets), removed.of_subnets),
        AMOUNTS[1]: (removed.addresses, removed.of_addresses),
        AMOUNTS[2]: (removed.reservations, removed.of_reservations),
    }[key]


def _protected(pairs: Sequence[PairRemovals], protected: Sequence[Prefix]) -> Iterator[OverLimit]:
    numbers = {daemon.name: daemon.family or 4 for daemon in FAMILIES}
    for each in pairs:
        gone = [(one.family, one.prefix) for one in each.removed.subnets] if each.removed else []
        for family, text in dict.fromkeys((*gone, *each.shrunk)):
            prefix = read_prefix(text.replace(" ", ""), numbers[family])
            guard = next((one for one in protected if prefix is not None and _overlap(one, prefix)), None)
            if guard is not None:
                verb = "removes or renumbers" if (family, text) in gone else "shrinks a pool of"
                yield OverLimit(
                    PROTECTED_SUBNET, f"{each.pair}: the change {verb} {text}, which is protected ({guard})", each.pair
                )


def _overlap(one: Prefix, other: Prefix) -> bool:
    return one.family == other.family and one.first <= other.last and other.first <= one.last


def changed_settings(now: Settings, base: Settings) -> Iterator[OverLimit]:
    """What the change does to the other settings: none of it is applied to the change itself where it demands less."""
    for words, looser in changed(now, base):
        if looser:
            yield OverLimit(
                LOOSENED_LIMITS,
                f"this change loosens the settings of its own review: {words}; the older settings are applied",
                None,
            )
        else:
            yield OverLimit(CHANGED_SETTINGS, f"this change alters kea-hac.toml: {words}", None)


def _loosened(now: ReviewLimits, base: ReviewLimits) -> Iterator[OverLimit]:
    for key, amount in base.amounts.items():
        other = now.amounts.get(key)
        if other == amount:
            continue
        looser = other is None or _looser(amount, other)
        if looser:
            after = f"is {other} now" if other is not None else "is not set any more"
            message = f"this change loosens its own limit: {key} was {amount} and {after}; {amount} is applied"
            yield OverLimit(LOOSENED_LIMITS, message, None)
    for prefix in base.protected:
        if not any(
            each.family == prefix.family and each.first <= prefix.first and prefix.last <= each.last
            for each in now.protected
        ):
            message = f"this change loosens its own limit: {prefix} is not protected any more; it is protected from this change"
            yield OverLimit(LOOSENED_LIMITS, message, None)


def _looser(before: Amount, after: Amount) -> bool:
    """True unless the newer amount is certainly no larger. A number and per cent cannot be compared."""
    if before.number is not None and after.number is not None:
        return after.number > before.number
    if before.per_cent is not None and after.per_cent is not None:
        return after.per_cent > before.per_cent
    return True
