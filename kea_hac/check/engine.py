"""All rules on configurations, whether a spec's or an existing file's: the one way to run them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from kea_hac.diagnostics import Finding, KeaSays
from kea_hac.kea.platform_paths import path_findings
from kea_hac.kea.version import KeaVersion, within
from kea_hac.model.configuration import Configuration

OneRule = Callable[[Configuration], Iterator[Finding]]
PairRule = Callable[[tuple[Configuration, ...]], Iterator[Finding]]


def host_paths(configuration: Configuration) -> Iterator[Finding]:
    """Names and paths that Kea or the platform's packaging does not allow. Says nothing where the host is not known."""
    if configuration.platform is not None:
        yield from path_findings(
            configuration.daemon, configuration.config, configuration.platform, configuration.version
        )


def judge(configurations: Iterable[Configuration], rules: Iterable[OneRule]) -> Iterator[Finding]:
    """Every finding of every rule on every configuration, as the configuration's version of Kea takes it."""
    rules = tuple(rules)
    for configuration in configurations:
        for each in rules:
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
