"""The rules that judge a resolved site, and the one way to run them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kea_hac.check import ports, security, subnets
from kea_hac.compiler.compile import Compiled
from kea_hac.diagnostics import Finding
from kea_hac.kea.platform_paths import path_findings
from kea_hac.model.site import Site

Rules = tuple[Callable[[Site], Iterator[Finding]], ...]
RULES: Rules = (*subnets.RULES, *ports.RULES, *security.RULES)


def check_site(site: Site) -> Iterator[Finding]:
    """Every finding of every rule, in no order."""
    for each in RULES:
        yield from each(site)


def check_configs(configs: tuple[Compiled, ...]) -> Iterator[Finding]:
    """What a server's host would refuse: names and paths that Kea or the platform's packaging does not allow."""
    for each in configs:
        for finding in path_findings(each.daemon, each.config, each.node.platform, each.node.version):
            yield replace(finding, artifact=f"{each.node.name}/{each.daemon.file}")
