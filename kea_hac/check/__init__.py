"""The rules: what judges a spec as it is written, the resolved site, and the compiled files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kea_hac.check import ports, security, subnets
from kea_hac.compiler.compile import Compiled
from kea_hac.diagnostics import Finding
from kea_hac.kea.platform_paths import path_findings
from kea_hac.model.site import Site
from kea_hac.spec.load import SpecFile

SPEC_RULES: tuple[Callable[[SpecFile], Iterator[Finding]], ...] = (*subnets.RULES, *security.SPEC_RULES)
SITE_RULES: tuple[Callable[[Site], Iterator[Finding]], ...] = (*ports.RULES, *security.RULES)


def check_spec(spec: SpecFile) -> Iterator[Finding]:
    """What can be judged on the spec as it is written, also where it has mistakes elsewhere."""
    for each in SPEC_RULES:
        yield from each(spec)


def check_site(site: Site) -> Iterator[Finding]:
    """What needs the resolved site."""
    for each in SITE_RULES:
        yield from each(site)


def check_configs(configs: tuple[Compiled, ...]) -> Iterator[Finding]:
    """What a server's host would refuse: names and paths that Kea or the platform's packaging does not allow."""
    for each in configs:
        for finding in path_findings(each.daemon, each.config, each.node.platform, each.node.version):
            yield replace(finding, artifact=f"{each.node.name}/{each.daemon.file}")
