"""Existing files as the rules see them, without a disk."""

from __future__ import annotations

from collections.abc import Iterable

from kea_hac.check.rules import ha_classes, ha_swallowed, high_availability, hooks, listeners, relationship_tags
from kea_hac.diagnostics import Finding
from kea_hac.kea.synonyms import OLD_SPELLING as OUTDATED
from kea_hac.kea.version import KeaVersion
from kea_hac.kea_files.recognise import recognise
from kea_hac.model.configuration import Configuration
from kea_hac.source import read_kea_json_text
from tests.unit.check.registered import checks_in

RULES = checks_in(high_availability, ha_swallowed, ha_classes, relationship_tags, listeners, hooks)


def read(
    text: str, version: str, name: str = "kea.conf", server: str | None = None
) -> tuple[Configuration, list[Finding]]:
    """The one configuration of a file, and what its reading found."""
    document = read_kea_json_text(text, name).document
    assert document is not None
    notes: list[Finding] = []
    found = recognise(document, KeaVersion.parse(version), server, notes.append, base=(name,))
    return found.configurations[0], notes


def judged(configuration: Configuration) -> list[Finding]:
    """What the rules on one configuration find."""
    return [finding for rule in RULES for finding in rule(configuration)]


def codes(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The rules, each once, in order. What is an old spelling in one of the versions does not matter here."""
    return tuple(sorted({finding.rule.code for finding in findings if finding.rule is not OUTDATED}))
