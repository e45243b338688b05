"""Partners of different Kea versions, as their files show it: an upgrade half-way, and what must be written meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.partners import Side, partners
from kea_hac.check.rules.relationship import server_threads
from kea_hac.check.versions import DEFAULT_DIFFERS, NO_CACHING, SKEW
from kea_hac.diagnostics import Finding, Severity
from kea_hac.kea.config import Json
from kea_hac.kea.grammar import program
from kea_hac.model.configuration import Configuration


@checks(SKEW, DEFAULT_DIFFERS, on=Subject.FILES)
def versions_differ(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Partners of different branches, and keys that mean another thing on each because nobody wrote them."""
    for one, two in partners(configurations):
        first, second = one.configuration, two.configuration
        if first.version.branch is second.version.branch:
            continue
        message = f"the partners run different Kea versions: {one.label} {first.version}, {two.label} {second.version}"
        yield Finding(SKEW, second.config.at, message, True, ((first.config.at, one.label),))
        for key, here, there in _changed(one, two):
            words = (
                f"{key!r} is not written: {_said(there)} is the default on {one.label}, {_said(here)} on {two.label}"
            )
            fix = f"{NO_CACHING}; in both files" if key == "cache-threshold" else f"write {key!r} in both files"
            yield Finding(DEFAULT_DIFFERS, second.config.at, words, True, fix=fix, severity=Severity.WARNING)


def _changed(one: Side, two: Side) -> Iterator[tuple[str, Json, Json]]:
    first, second = one.configuration, two.configuration
    known = program("dhcp4" if first.daemon.family == 4 else "dhcp6")
    for key, keyword in known.scopes[known.top].keywords.items():
        if key not in first.config and key not in second.config and not keyword.replaced_by:
            values = (keyword.fact("default", second.version.branch), keyword.fact("default", first.version.branch))
            if values[0] != values[1]:
                yield key, "none" if values[0] is None else values[0], "none" if values[1] is None else values[1]
    if "multi-threading" not in first.config and "multi-threading" not in second.config:
        values = (server_threads(second), server_threads(first))
        if values[0] != values[1]:
            yield "multi-threading", *values
    key = "restrict-commands"
    if key not in one.relationship.block and key not in two.relationship.block:
        values = (two.relationship.setting(key), one.relationship.setting(key))
        if values[0] != values[1]:
            yield key, *values


def _said(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
