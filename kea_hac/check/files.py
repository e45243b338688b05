"""Existing files of Kea: the rules on what was compiled, and what a spec is judged by in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kea_hac.check import HA_RULES, SERVER_RULES, SHARED_RULES, subnets
from kea_hac.check.engine import OneRule, PairRule, judge
from kea_hac.check.rules import agent, ha_classes, idle, listeners, losses, pair, pool_use
from kea_hac.diagnostics import Finding, Severity
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration

FILE_RULES: tuple[OneRule, ...] = (
    *ha_classes.FILE_RULES,
    *listeners.FILE_RULES,
    *agent.FILE_RULES,
    *pool_use.FILE_RULES,
    *idle.FILE_RULES,
    *losses.FILE_RULES,
)
"""What a spec says in other words, and advice."""
PAIR_RULES: tuple[PairRule, ...] = pair.PAIR_RULES
"""Files of several servers, held against each other."""


def check_files(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Existing files: the same rules, and the files against each other when there are several."""
    for configuration in configurations:
        for finding in judge([configuration], (*SHARED_RULES, *SERVER_RULES, *HA_RULES, *FILE_RULES)):
            yield _as_in_a_file(finding, configuration)
    for each in PAIR_RULES if len(configurations) > 1 else ():
        yield from each(configurations)


def _as_in_a_file(finding: Finding, configuration: Configuration) -> Finding:
    """A spec has to name its subnet ids (law 5); a file for a Kea that numbers them itself only should."""
    if finding.rule is subnets.NO_ID and not has(configuration.version, Feature.SUBNET_ID_MANDATORY):
        return replace(finding, severity=Severity.WARNING)
    return finding
