"""Lifetimes and timers, as networks and subnets inherit them: bounds, renewal, and what Kea refuses only where it is used.

Kea copies the global values into each shared network and these into their subnets before it reads any of them, its own
defaults among them: a bound that is written in one place can clash with a default that stands nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import NOT_LOADED, REMOVE_IT, Finding, Route, Severity, refused, set_it, warning
from kea_hac.kea.config import Block, Json
from kea_hac.kea.version import Feature, KeaVersion, has, last_without
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"
_TIMES = (
    *("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime"),
    *("preferred-lifetime", "min-preferred-lifetime", "max-preferred-lifetime"),
    *("renew-timer", "rebind-timer", "calculate-tee-times", "t1-percent", "t2-percent"),
)

OUT_OF_BOUNDS = refused(
    "KH240",
    "lifetime-out-of-bounds",
    why="min, default and max must be in ascending order. Kea uses 7200 s when valid-lifetime is not set. "
    f"{NOT_LOADED}",
    source=f"SimpleParser::parseIntTriplet, SrvConfig::sanityChecksLifetime; {_SEEN}",
    rests_on=_TIMES,
)
NO_DEFAULT = refused(
    "KH241",
    "lifetime-bounds-without-default",
    why="With a minimum and a maximum but no value between them, Kea has no lifetime for a client that asks for "
    f"none. {NOT_LOADED}",
    source=f"SimpleParser::parseIntTriplet; {_SEEN} (2.2.0 uses 3600 s as preferred-lifetime)",
    rests_on=_TIMES,
)
RENEW_AFTER_REBIND = refused(
    "KH242",
    "renew-after-rebind",
    why="Clients would ask every server (rebind) before they ask their own (renew). Kea 2.2 does not start with "
    "this file. Later versions log a warning and do not send renew-timer.",
    source="base_network_parser.cc, DHCPSRV_CFGMGR_RENEW_GTR_REBIND; refused by 2.2.0, accepted by 2.6.3 and 3.0.4",
    until=last_without(Feature.RENEW_OVER_REBIND),
    rests_on=_TIMES,
)
AFTER_EXPIRY = warning(
    "KH243",
    "timer-after-expiry",
    why="The lease expires before the client renews or rebinds it. Kea does not send such a timer, and clients "
    "use 1/2 and 7/8 of the lifetime.",
    source=f"Dhcpv4Srv::setTeeTimes; {_SEEN}",
    rests_on=_TIMES,
)
PREFERRED_OVER_VALID = warning(
    "KH244",
    "preferred-over-valid",
    why="An address cannot be preferred for longer than it is valid (RFC 8415, section 21.6). From 2.4 on Kea "
    "sends 0.625 of valid-lifetime instead. Kea 2.2 sends the value as it is written, and clients discard "
    "the address.",
    source=f"ChangeLog 2136 (2.3.8); {_SEEN}",
    rests_on=_TIMES,
)
BAD_PERCENT = refused(
    "KH245",
    "bad-tee-percent",
    why="Kea calculates the timers from these values (calculate-tee-times, on by default in DHCPv6). The "
    f"condition is 0.0 < t1-percent < t2-percent < 1.0, default values included. {NOT_LOADED}",
    source=f"BaseNetworkParser::parseTeePercents; {_SEEN}",
    rests_on=_TIMES,
)
NO_CACHE = refused(
    "KH246",
    "cache-threshold-zero",
    why="From 3.0 on leases are cached by default, and 0.0 turns the cache off. Older versions do not cache "
    "without the key, and do not start when a network or a subnet has 0.0.",
    source="base_network_parser.cc, ChangeLog 2360; refused by 2.2.0 and 2.6.3, accepted by 3.0.4",
    until=last_without(Feature.CACHE_THRESHOLD_ZERO),
)

_IMPLIED_VALID = 7200
_IMPLIED_PREFERRED = 3600
"""Seconds, in 2.2 only."""
_HOURS = 72
"""A lifetime of so many seconds or fewer may be hours whose unit is missing."""
_PERCENTS = ("t1-percent", "t2-percent")
_KEYS = frozenset({*_TIMES, "cache-threshold"})
_TEES = {4: (0.5, 0.875), 6: (0.5, 0.8)}


@dataclass(frozen=True, slots=True)
class _Level:
    """A map that Kea reads timers in, and those that it inherits from: the nearest first, and only those with a timer."""

    chain: tuple[Block, ...]
    top: bool = False
    """True for the global map alone."""

    def _depth(self, key: str) -> int:
        return next((number for number, block in enumerate(self.chain) if key in block), len(self.chain))

    def is_set(self, key: str) -> bool:
        """True when the value is written anywhere."""
        return self._depth(key) < len(self.chain)

    def value(self, key: str) -> Json:
        """The value that holds; None when nobody says it."""
        return next((block[key] for block in self.chain if key in block), None)

    def number(self, key: str) -> int | None:
        """The same for integers."""
        found = self.value(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def at(self, key: str) -> Route:
        """Where it is written, for a key that is set."""
        return self.chain[self._depth(key)].where(key)

    def nearer(self, one: str, other: str) -> str:
        """The key of the two that is written nearer: it is the one that clashes with what it inherits."""
        return other if self._depth(other) < self._depth(one) else one

    def beside(self, key: str) -> tuple[tuple[Route, str], ...]:
        """The place of the other value, for a finding."""
        return ((self.at(key), "the other one is set here"),) if self.is_set(key) else ()


def _levels(configuration: Configuration) -> list[_Level]:
    """Every place that Kea reads timers in; the global one last, which it reads for the others only.

    Of networks and subnets that inherit from the same maps and set nothing of their own only the first: what is wrong there is written
    above them, and is one mistake.
    """
    if configuration.daemon.family is None:
        return []
    return configuration.once.of(configuration.config, _Level, lambda _: _levels_of(configuration))


def _levels_of(configuration: Configuration) -> list[_Level]:
    top = configuration.config
    chains: list[tuple[Block | None, Block]] = [(None, network) for network in configuration.blocks("shared-networks")]
    chains += [(network, subnet) for network, subnet in configuration.with_networks()]
    if configuration.keys_below().isdisjoint(_KEYS):
        chains = chains[:1]
    own = () if _KEYS.isdisjoint(top) else (top,)
    found: dict[tuple[int, ...], _Level] = {}
    for network, block in chains:
        written = (*(each for each in (block, network) if each is not None and not _KEYS.isdisjoint(each)), *own)
        found.setdefault(tuple(map(id, written)), _Level(written))
    return [*found.values(), _Level(own, top=True)]


def _once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A value that many subnets inherit is one mistake, at the place where it is written; the first finding is kept."""
    seen: set[tuple[Route, str]] = set()
    for finding in findings:
        if (finding.at, finding.message) not in seen:
            seen.add((finding.at, finding.message))
            yield finding


@checks(OUT_OF_BOUNDS, NO_DEFAULT, on=Subject.SHARED)
def lifetimes(configuration: Configuration) -> Iterator[Finding]:
    """min, default and max of valid and preferred lifetimes."""
    names = ("valid-lifetime", "preferred-lifetime") if configuration.daemon.family == 6 else ("valid-lifetime",)
    for name in names:
        implied = _implied(name, configuration.version)
        yield from _once(finding for level in _levels(configuration) for finding in _bounds(level, name, implied))
        for each in configuration.blocks("client-classes"):
            yield from _bounds(_Level((each,)), name, None)


def _implied(name: str, version: KeaVersion) -> int | None:
    if name == "valid-lifetime":
        return _IMPLIED_VALID
    return None if has(version, Feature.PREFERRED_LIFETIME_DERIVED) else _IMPLIED_PREFERRED


def _bounds(level: _Level, name: str, implied: int | None) -> Iterator[Finding]:
    low, high = f"min-{name}", f"max-{name}"
    least, most, written = level.number(low), level.number(high), level.number(name)
    if least is None and most is None:
        return
    value = implied if written is None else written
    if value is None:
        if least is not None and most is not None:
            message = f"there are bounds but no {name!r} between them"
            yield Finding(NO_DEFAULT, level.at(level.nearer(high, low)), message, on_key=True, fix=f"add `{name}: …`")
        return
    shown = _spoken(value)
    configured = f"{name!r} is {shown}" if written is not None else f"{name!r} is not set and counts as {shown}"
    for bound, limit, wrong in ((low, least, "below"), (high, most, "above")):
        if limit is None or (value >= limit if wrong == "below" else value <= limit):
            continue
        blamed = level.nearer(bound, name)
        related = level.beside(bound if blamed == name else name)
        message = f"{configured}, {wrong} {bound!r}, which is {_spoken(limit)}"
        yield Finding(OUT_OF_BOUNDS, level.at(blamed), message, related=related, fix=_in_order(level, name, bound))


def _in_order(level: _Level, name: str, bound: str) -> str:
    """What to write where a bound and the value are in the wrong order."""
    side = "at most" if bound.startswith("min") else "at least"
    value = level.number(name)
    if value is None:
        return (
            f"add `{name}: …`, or write {side} {_spoken(_IMPLIED_VALID)} as {bound}"
            if name == "valid-lifetime"
            else f"add `{name}: …`"
        )
    return f"write {side} {_spoken(value)} as {bound}, or correct {name}"


@checks(RENEW_AFTER_REBIND, AFTER_EXPIRY, on=Subject.SHARED)
def renewal(configuration: Configuration) -> Iterator[Finding]:
    """renew-timer and rebind-timer against each other and against the lifetime."""
    refused = not has(configuration.version, Feature.RENEW_OVER_REBIND)
    units, ipv4 = configuration.compiled, configuration.daemon.family == 4
    yield from _once(
        finding
        for level in _levels(configuration)
        for finding in _renewal(level, refused=refused, units=units, ipv4=ipv4)
    )


def _renewal(level: _Level, *, refused: bool, units: bool, ipv4: bool) -> Iterator[Finding]:
    renew, rebind = level.number("renew-timer"), level.number("rebind-timer")
    if renew is not None and rebind is not None and renew > rebind:
        key = level.nearer("renew-timer", "rebind-timer")
        related = level.beside("rebind-timer" if key == "renew-timer" else "renew-timer")
        severity = None if refused and not level.top else Severity.WARNING
        message = f"'renew-timer' is {_spoken(renew)}, above 'rebind-timer', which is {_spoken(rebind)}"
        shares = "1/2 and 7/8" if ipv4 else "1/2 and 4/5"
        fix = (
            f"write a renew-timer below {_spoken(rebind)}, or leave both out: clients then use {shares} of the lifetime"
        )
        yield Finding(RENEW_AFTER_REBIND, level.at(key), message, related=related, severity=severity, fix=fix)
    valid = level.number("valid-lifetime")
    valid = _IMPLIED_VALID if valid is None else valid
    if (renew is None or renew < valid) and (rebind is None or rebind < valid):
        return  # nothing outlasts the lease but the preferred lifetime, at most
    if short := _outlasted(level):
        yield _short_lifetime(level, short, units=units)
        return
    for key, timer in (("renew-timer", renew), ("rebind-timer", rebind)):
        if timer is not None and timer >= valid:
            if key == "renew-timer" and rebind is not None and rebind < valid:
                continue  # it is above rebind-timer, which was found
            message = f"{key!r} is {_spoken(timer)}, and the lease expires after {_spoken(valid)}"
            fix = f"write a time below {_spoken(valid)}, a longer valid-lifetime, or leave {key} out"
            blamed = level.nearer(key, "valid-lifetime")
            related = level.beside("valid-lifetime" if blamed == key else key)
            yield Finding(AFTER_EXPIRY, level.at(blamed), message, related=related, fix=fix)


def _spoken(seconds: int) -> str:
    """Seconds, and the same in the largest unit that holds them whole."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size and seconds % size == 0:
            many = seconds // size
            return f"{seconds} s ({many} {unit if many != 1 else unit[:-1]})"
    return f"{seconds} s"


def _outlasted(level: _Level) -> list[str]:
    """The times that outlast a valid-lifetime that is written, where they are several: then the lifetime is the mistake."""
    valid = level.number("valid-lifetime")
    times = {key: level.number(key) for key in ("renew-timer", "rebind-timer", "preferred-lifetime")}
    longer = [key for key, time in times.items() if valid is not None and time is not None and time >= valid]
    above = [key for key in longer if key != "preferred-lifetime" or times[key] != valid]
    return above if len(above) > 1 else []


def _short_lifetime(level: _Level, longer: Sequence[str], *, units: bool) -> Finding:
    valid = level.number("valid-lifetime")
    times = " and ".join(f"{key!r}, {_spoken(level.number(key) or 0)}" for key in longer)
    message = f"'valid-lifetime' is {_spoken(valid or 0)}: the lease expires before {times}"
    hours = f"; {valid} is seconds, `{valid}h` is hours" if units and valid is not None and valid <= _HOURS else ""
    return Finding(
        AFTER_EXPIRY,
        level.at("valid-lifetime"),
        message,
        related=tuple((level.at(key), "this one is longer") for key in longer),
        fix=f"write the lifetime that is meant, longer than these{hours}",
    )


@checks(PREFERRED_OVER_VALID, on=Subject.SHARED)
def preferred(configuration: Configuration) -> Iterator[Finding]:
    """Preferred lifetimes that outlast the valid ones."""
    if configuration.daemon.family == 6:
        yield from _once(finding for level in _levels(configuration) for finding in _preferred(level))


def _preferred(level: _Level) -> Iterator[Finding]:
    value, valid = level.number("preferred-lifetime"), level.number("valid-lifetime")
    valid = _IMPLIED_VALID if valid is None else valid
    if value is not None and value > valid and "preferred-lifetime" not in _outlasted(level):
        key = level.nearer("preferred-lifetime", "valid-lifetime")
        related = level.beside("valid-lifetime" if key == "preferred-lifetime" else "preferred-lifetime")
        message = f"'preferred-lifetime' is {_spoken(value)}, above 'valid-lifetime', which is {_spoken(valid)}"
        yield Finding(
            PREFERRED_OVER_VALID,
            level.at(key),
            message,
            related=related,
            fix=f"write at most {valid}",
            repair=set_it(valid),
        )


@checks(BAD_PERCENT, on=Subject.SHARED)
def percents(configuration: Configuration) -> Iterator[Finding]:
    """t1-percent and t2-percent, where the timers of a network or subnet are calculated from them."""
    family = configuration.daemon.family or 4
    yield from _once(
        finding
        for level in _levels(configuration)
        if not level.top and _calculated(level, family)
        for finding in _percents(level, _TEES[family])
    )


def _calculated(level: _Level, family: int) -> bool:
    written = level.value("calculate-tee-times")
    return family == 6 if written is None else written is True


def _percents(level: _Level, implied: tuple[float, float]) -> Iterator[Finding]:
    values: list[float] = []
    for key, default in zip(_PERCENTS, implied, strict=True):
        found = level.value(key)
        value = found if isinstance(found, float) else default
        if not 0 < value < 1:
            message = f"{key!r} is {value}; it must be greater than 0.0 and less than 1.0"
            share = value / 100
            fix, repair = (f"write {share}", set_it(share)) if 0 < share < 1 else (None, ())
            yield Finding(BAD_PERCENT, level.at(key), message, fix=fix, repair=repair)
            return
        values.append(value)
    first, second = values
    if first >= second:
        blamed = level.nearer(*_PERCENTS)
        related = level.beside(_PERCENTS[blamed == _PERCENTS[0]])
        message = f"'t1-percent' {first} must be less than 't2-percent' {second}"
        yield Finding(BAD_PERCENT, level.at(blamed), message, related=related)


@checks(NO_CACHE, on=Subject.SHARED)
def cache(configuration: Configuration) -> Iterator[Finding]:
    """A cache-threshold of 0.0 for a version that has no such switch."""
    if has(configuration.version, Feature.CACHE_THRESHOLD_ZERO):
        return
    for at in dict.fromkeys(
        level.at("cache-threshold")
        for level in _levels(configuration)
        if not level.top and level.value("cache-threshold") == 0.0
    ):
        message = f"Kea {configuration.version} refuses a threshold of 0.0"
        yield Finding(NO_CACHE, at, message, fix="remove cache-threshold", repair=REMOVE_IT)
