"""Two revisions of settings → those by which a change is reviewed: a change does not switch off what the older revision demands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kea_hac.config.settings import Settings
from kea_hac.diagnostics import Severity
from kea_hac.rule_list import all_rules


def strictest(now: Settings, base: Settings) -> Settings:
    """Settings under which a finding is ignored only where both revisions ignore it, and has the worse of the two severities.

    A revision without a file ignores nothing. The limits of `[review]` stay those of the work tree: `review.limits` applies both.
    """
    agreed = tuple(
        each
        for each in now.ignore
        if any(other.code == each.code and other.paths in ((), each.paths) for other in base.ignore)
    )
    return replace(
        now if now.file is not None else base,
        specs=_both(now.specs, base.specs),
        fail_on=_worse(now.fail_on, base.fail_on),
        select=None if now.select is None or base.select is None else tuple(dict.fromkeys((*now.select, *base.select))),
        ignore=agreed,
        severity=_severities(now.severity, base.severity),
    )


def _both(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys((*(one or ()), *(other or ())))) or None


def _worse(one: Severity | None, other: Severity | None) -> Severity | None:
    """The milder severity that fails: error where neither says anything."""
    found = [each for each in (one, other) if each is not None]
    return max(found, key=lambda each: each.rank) if found else None


def _severities(one: Mapping[str, Severity], other: Mapping[str, Severity]) -> Mapping[str, Severity]:
    """By code, the worse of the two. A rule that a revision does not name has its own severity there."""
    found = {}
    for code in {**one, **other}:
        worst = min((_level(code, one), _level(code, other)), key=lambda each: each.rank)
        if (code in one and code in other) or worst is not all_rules()[code].severity:
            found[code] = worst
    return found


def _level(code: str, severity: Mapping[str, Severity]) -> Severity:
    return severity.get(code) or all_rules()[code].severity


def changed(now: Settings, base: Settings) -> Iterator[tuple[str, bool]]:
    """What the change does to the settings, but for `[review]`: words, and True where it demands less than before."""
    for key in ("required-version", "specs", "output", "fail-on", "select"):
        old, new = _shown(base, key), _shown(now, key)
        if old != new:
            yield f"{key} was {old} and is {new}", _looser(key, now, base)
    before = {(each.code, each.paths): each for each in base.ignore}
    after = {(each.code, each.paths): each for each in now.ignore}
    for name, entry in after.items():
        if name not in before:
            yield f"ignore.{entry.key} is new{_where(entry.paths)}: {entry.reason}", True
        elif before[name].reason != entry.reason:
            yield f"ignore.{entry.key} has another reason: {entry.reason}", False
    for name, entry in before.items():
        if name not in after:
            yield f"ignore.{entry.key} is gone{_where(entry.paths)}", False
    for code in sorted({*now.severity, *base.severity}):
        old_level, new_level = base.severity.get(code), now.severity.get(code)
        if old_level != new_level:
            yield (
                f"severity.{code} was {old_level or 'not set'} and is {new_level or 'not set'}",
                _level(code, now.severity).rank > _level(code, base.severity).rank,
            )


def _where(paths: tuple[str, ...]) -> str:
    return f" for {', '.join(paths)}" if paths else ""


def _shown(settings: Settings, key: str) -> str:
    value = getattr(settings, key.replace("-", "_"))
    return "not set" if value is None else ", ".join(value) if isinstance(value, tuple) else str(value)


def _looser(key: str, now: Settings, base: Settings) -> bool:
    if key == "fail-on":
        ranks = [(each.fail_on or Severity.ERROR).rank for each in (now, base)]
        return ranks[0] < ranks[1]
    if key == "select":
        return now.select is not None and (base.select is None or not set(base.select) <= set(now.select))
    if key == "specs":
        return base.specs is not None and not set(base.specs) <= set(now.specs or ())
    return key == "required-version"
