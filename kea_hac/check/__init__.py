"""The rules: what judges a spec as it is written, the resolved site and the compiled files. `files` judges existing files of Kea."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kea_hac.check import high_availability, micetro, ports, security, sockets, subnets, texts, versions
from kea_hac.check.engine import OneRule, host_paths, judge, named
from kea_hac.check.rules import (
    classes,
    expressions,
    ha_classes,
    ha_swallowed,
    hooks,
    idle,
    losses,
    options,
    pool_use,
    reservations,
)
from kea_hac.check.rules import (
    globals as everywhere,
)
from kea_hac.check.rules import high_availability as ha_library
from kea_hac.compiler.compile import Compiled
from kea_hac.diagnostics import Finding, Skipped
from kea_hac.kea.config import FAMILIES
from kea_hac.model.configuration import Configuration
from kea_hac.model.site import Site
from kea_hac.spec.load import SpecFile

SHARED_RULES: tuple[OneRule, ...] = (
    *subnets.RULES,
    *reservations.RULES,
    *everywhere.RULES,
    *options.RULES,
    *classes.RULES,
    *pool_use.RULES,
    *losses.RULES,
)
"""What the pair says once: judged in the spec, and in every file."""
SERVER_RULES: tuple[OneRule, ...] = (
    host_paths,
    *sockets.FILE_RULES,
    *hooks.RULES,
    *everywhere.SERVER_RULES,
    *idle.SERVER_RULES,
    *losses.SERVER_RULES,
)
"""What differs by server: judged in the compiled files, and in every file."""
HA_RULES: tuple[OneRule, ...] = (*ha_library.RULES, *ha_swallowed.RULES, *ha_classes.RULES)
"""Parameters of the HA library: judged in every file, and in the compiled ones whose HA is whole."""
SPEC_RULES: tuple[Callable[[SpecFile], Iterator[Finding]], ...] = texts.SPEC_RULES
SITE_RULES: tuple[Callable[[Site], Iterator[Finding]], ...] = (
    *high_availability.RULES,
    *micetro.RULES,
    *ports.RULES,
    *security.RULES,
    *versions.RULES,
)
COMPILED_RULES: tuple[Callable[[tuple[Compiled, ...]], Iterator[Finding]], ...] = sockets.CONFIG_RULES
"""All compiled files together."""


def check_spec(spec: SpecFile) -> Iterator[Finding]:
    """What can be judged on the spec as it is written, also where it has mistakes elsewhere."""
    for each in SPEC_RULES:
        yield from each(spec)
    yield from judge(_maps(spec), SHARED_RULES)


def not_judged(spec: SpecFile) -> Iterator[Skipped]:
    """What only a server can judge, with the reason."""
    yield from dict.fromkeys(each for configuration in _maps(spec) for each in expressions.unjudged(configuration))


def _maps(spec: SpecFile) -> Iterator[Configuration]:
    """The pair's own maps, once for each version that it runs."""
    for version in sorted(spec.versions, key=str):
        for daemon in FAMILIES:
            if daemon.name in spec.dhcp:
                yield Configuration(daemon, spec.dhcp[daemon.name], version)


def check_site(site: Site) -> Iterator[Finding]:
    """What needs the resolved site."""
    for each in SITE_RULES:
        yield from each(site)


def check_configs(configs: tuple[Compiled, ...]) -> Iterator[Finding]:
    """What only the compiled files show."""
    for each in configs:
        made = Configuration(each.daemon, each.config, each.node.version, each.node.name, each.node.platform)
        for finding in judge([made], (*SERVER_RULES, *(HA_RULES if each.sound else ()))):
            yield named(finding, made)
    for together in COMPILED_RULES:
        yield from together(configs)
