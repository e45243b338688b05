"""A spec, a site, compiled configurations or existing files → the findings of all check functions for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kea_hac.check import registry
from kea_hac.check.engine import findings_of, named, run_checks
from kea_hac.check.registry import Subject
from kea_hac.check.rules.partners import of_the_same
from kea_hac.compiler.compile import Compiled
from kea_hac.diagnostics import Finding, Severity, Skipped
from kea_hac.kea.config import FAMILIES, Once
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration
from kea_hac.model.site import Site
from kea_hac.spec.load import SpecFile


def check_spec(spec: SpecFile) -> Iterator[Finding]:
    """What can be judged on the spec as it is written, also where it has mistakes elsewhere."""
    yield from findings_of(registry.on(Subject.SPEC), spec)
    yield from run_checks(_known_maps(spec), registry.on(Subject.SHARED))


def not_judged(spec: SpecFile) -> Iterator[Skipped]:
    """What only a running server can check, with the reason."""
    from kea_hac.check.kept_lists import kept_on_servers
    from kea_hac.check.micetro import not_listed
    from kea_hac.check.rules.expressions import unjudged

    yield from dict.fromkeys(each for configuration in _known_maps(spec) for each in unjudged(configuration))
    yield from not_listed(spec)
    yield from dict.fromkeys(each for configuration in _maps(spec) for each in kept_on_servers(configuration))


def not_judged_of(known: tuple[Configuration, ...]) -> Iterator[Skipped]:
    """What only the servers know, with the reason. `known`: as for `check_configs`."""
    from kea_hac.check.rules.ha_channels import passwords_unknown

    yield from dict.fromkeys(passwords_unknown(known))


@of_the_same
def _known_maps(spec: SpecFile) -> Iterator[Configuration]:
    """`_maps` as rules get them."""
    yield from (each.known() for each in _maps(spec))


def _maps(spec: SpecFile) -> Iterator[Configuration]:
    """The pair's own maps, once for each version that it runs."""
    for version in sorted(spec.versions, key=str):
        for daemon in FAMILIES:
            if daemon.name in spec.dhcp:
                yield Configuration(daemon, spec.dhcp[daemon.name], version, once=spec.once)


def check_site(site: Site) -> Iterator[Finding]:
    """What needs the resolved site."""
    yield from findings_of(registry.on(Subject.SITE), site)


def check_configs(known: tuple[Configuration, ...]) -> Iterator[Finding]:
    """What only the compiled configurations show. `known`: what `known_configs` gives."""
    everywhere, complete = registry.on(Subject.SERVER), registry.on(Subject.HIGH_AVAILABILITY)
    for configuration in known:
        for finding in run_checks([configuration], (*everywhere, *(complete if configuration.complete else ()))):
            yield named(finding, configuration)
    yield from findings_of(registry.on(Subject.SERVERS), known)


def known_configs(configs: tuple[Compiled, ...], once: Once) -> tuple[Configuration, ...]:
    """The configurations as rules get them. `once`: that of what they were compiled from."""
    return tuple(_compiled(each, once).known() for each in configs)


def _compiled(each: Compiled, once: Once) -> Configuration:
    node = each.node
    return Configuration(
        each.daemon,
        each.config,
        node.version,
        node.name,
        node.platform,
        version_at=(*node.at, "kea"),
        complete=each.sound,
        compiled=True,
        once=once,
    )


def check_files(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Existing files of Kea: each by itself, and compared with each other when there are several."""
    subjects = (Subject.SHARED, Subject.SERVER, Subject.HIGH_AVAILABILITY, Subject.FILE)
    alone = tuple(each for subject in subjects for each in registry.on(subject))
    known = tuple(each.known() for each in configurations)
    for configuration in known:
        for finding in run_checks([configuration], alone):
            yield _in_a_file(finding, configuration)
    for subject in (Subject.SERVERS, Subject.FILES):
        yield from findings_of(registry.on(subject), known)


def _in_a_file(finding: Finding, configuration: Configuration) -> Finding:
    """A spec must set its subnet ids, because leases refer to them; a file for a Kea that numbers them itself should."""
    from kea_hac.check.subnets import NO_ID

    if finding.rule is NO_ID and not has(configuration.version, Feature.SUBNET_ID_MANDATORY):
        return replace(finding, severity=Severity.WARNING)
    return finding
