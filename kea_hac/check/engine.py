"""How check functions run on configurations, compiled ones and existing files alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kea_hac.check.registry import Check, Subject, checks
from kea_hac.diagnostics import Finding, KeaSays
from kea_hac.kea.platform_paths import (
    AGENT_INET6,
    CONFINED_SCRIPT,
    HOOK_OUTSIDE,
    LEASE_OUTSIDE,
    LOG_OUTSIDE,
    NO_FILE_NAME,
    NOT_ALLOWED,
    RELATIVE,
    SOCKET_OUTSIDE,
    UNMET_CONDITION,
    UNREADABLE,
    VAR_RUN,
    path_findings,
)
from kea_hac.kea.version import KeaVersion, within
from kea_hac.model.configuration import Configuration


@checks(
    SOCKET_OUTSIDE,
    HOOK_OUTSIDE,
    LEASE_OUTSIDE,
    LOG_OUTSIDE,
    VAR_RUN,
    RELATIVE,
    NOT_ALLOWED,
    UNREADABLE,
    AGENT_INET6,
    UNMET_CONDITION,
    CONFINED_SCRIPT,
    NO_FILE_NAME,
    on=Subject.SERVER,
)
def host_paths(configuration: Configuration) -> Iterator[Finding]:
    """Names and paths that Kea or the platform's packaging does not allow. Says nothing where the host is not known."""
    if configuration.platform is not None:
        yield from path_findings(
            configuration.daemon, configuration.config, configuration.platform, configuration.version
        )


def judge(configurations: Iterable[Configuration], checks_of: Iterable[Check]) -> Iterator[Finding]:
    """Every finding of every check on every configuration, as the configuration's version of Kea takes it."""
    checks_of = tuple(checks_of)
    for configuration in configurations:
        for each in checks_of:
            for finding in each(configuration):
                yield as_in(configuration.version, finding)


def as_in(version: KeaVersion, finding: Finding) -> Finding:
    """The finding with what Kea of this version does, where the rule's refusal has not come yet or is gone."""
    rule = finding.rule
    if (rule.since or rule.until) and finding.kea is None and not within(version, rule.since, rule.until):
        return replace(finding, kea=KeaSays.ACCEPTS)
    return finding


def named(finding: Finding, configuration: Configuration) -> Finding:
    """The finding with the built file that it is about."""
    if finding.artifact or configuration.server is None:
        return finding
    return replace(finding, artifact=f"{configuration.server}/{configuration.daemon.file}")
