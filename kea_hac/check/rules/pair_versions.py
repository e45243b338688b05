"""Partners of different Kea versions: an upgrade half-way, and what must be written meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.partners import Side, partners
from kea_hac.check.rules.relationship import server_threads
from kea_hac.diagnostics import Finding, KeaVerdict, Repair, RepairKind, Severity, rule, warning
from kea_hac.kea.changed_defaults import Lines
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import Scope, program
from kea_hac.model.configuration import Configuration

SKEW = warning(
    "KH803",
    "version-skew",
    why="Partners of different versions work together during an upgrade. As a permanent setup they are one "
    "service with two sets of defaults and two sets of bugs.",
    source="Kea ARM, 'Upgrading from Older HA Versions'; ChangeLog 2225",
)
DEFAULT_DIFFERS = rule(
    "KH804",
    "default-differs-between-versions",
    kea=KeaVerdict.ACCEPTS,
    why="The key is not set, and its default is different in the two versions. The partners behave differently "
    "although their files look equal.",
    source="the parsers' tables of defaults of 2.2 to 3.2; ChangeLog 2103, 2136, 2360",
)
_WHY_BOTH = "then both servers refresh a lease at every renewal, as before 3.0; the threshold alone stops the older server from that"
"""Seen on 2.6.3 beside 3.0.4: 20 of 20 renewals refreshed on both, with the threshold alone 0 of 20; 2.6 refuses a threshold of 0."""
_SCOPES = ("multi-threading",)
"""Maps of the top whose own defaults changed."""


@checks(SKEW, DEFAULT_DIFFERS, on=Subject.SERVERS)
def versions_differ(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Partners of different branches, and keys that mean another thing on each because nobody wrote them."""
    for one, two in partners(configurations):
        first, second = sorted((one, two), key=lambda side: side.configuration.version.branch.order)
        older, newer = first.configuration, second.configuration
        if older.version.branch is newer.version.branch:
            continue
        message = (
            f"the partners run different Kea versions: {first.label} {older.version}, {second.label} {newer.version}"
        )
        fix = "finish the upgrade" + (", then set one `kea` for all" if newer.compiled else "")
        if newer.version_at is not None:
            yield Finding(SKEW, newer.version_at, message, fix=fix)
        else:
            yield Finding(SKEW, newer.config.at, message, True, ((older.config.at, first.label),), fix)
        for key, old, new in _changed(first, second):
            yield _default_differs(key, old, new, older, newer)


def _default_differs(key: str, old: Json, new: Json, older: Configuration, newer: Configuration) -> Finding:
    values = f"{_shown(old)} in {older.version.branch} and {_shown(new)} in {newer.version.branch}"
    wanted, which = (new, "newer") if new is not None else (old, "older")
    at = newer.config.at
    lines = _kept_by_several(older, key)
    return Finding(
        DEFAULT_DIFFERS,
        at,
        f"{key!r} is not set, and its default is {values}",
        on_key=True,
        lacks=() if lines else (key,),
        fix=f"write {' and '.join(f'`{name}: {value}`' for name, value in lines.items())}: {_WHY_BOTH}"
        if lines
        else f"write it: `{key}: {_shown(wanted)}` is the {which} default",
        repair=tuple(Repair((*at, name), RepairKind.SET, value) for name, value in lines.items()),
        severity=None if newer.compiled else Severity.WARNING,
    )


def _kept_by_several(older: Configuration, key: str) -> Lines:
    """The keys that keep the older default in both versions, where these are more than the key itself; none otherwise."""
    known = program("dhcp4" if older.daemon.family == 4 else "dhcp6")
    keyword = known.scopes[known.top].keywords.get(key)
    kept = keyword.fact("default-kept-by", older.version.branch) if keyword is not None else None
    return kept[0] if kept else {}


def _changed(first: Side, second: Side) -> Iterator[tuple[str, Json, Json]]:
    """Each key that neither file has, with the default of the older and of the newer version, where they differ."""
    older, newer = first.configuration, second.configuration
    known = program("dhcp4" if older.daemon.family == 4 else "dhcp6")
    yield from _unset(known.scopes[known.top], first, second, older.config, newer.config, "")
    for name in _SCOPES:
        one, two = (each.config.get(name) for each in (older, newer))
        if isinstance(one, Block) and isinstance(two, Block):
            yield from _unset(known.scopes[name], first, second, one, two, f"{name}.")
    if "multi-threading" not in older.config and "multi-threading" not in newer.config:
        values = (server_threads(older), server_threads(newer))
        if values[0] != values[1]:
            yield "multi-threading.enable-multi-threading", *values
    key = "restrict-commands"
    if key not in first.relationship.block and key not in second.relationship.block:
        values = (first.relationship.setting(key), second.relationship.setting(key))
        if values[0] != values[1]:
            yield key, *values


def _unset(
    scope: Scope, first: Side, second: Side, one: Block, two: Block, prefix: str
) -> Iterator[tuple[str, Json, Json]]:
    old, new = (side.configuration.version.branch for side in (first, second))
    for key, keyword in scope.keywords.items():
        if key in one or key in two or not {old, new} <= keyword.branches or keyword.replaced_by:
            continue
        values = (keyword.fact("default", old), keyword.fact("default", new))
        if values[0] != values[1]:
            yield prefix + key, *values


def _shown(value: Json) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
