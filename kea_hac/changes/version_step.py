"""A server's step to another version of Kea: the older build in the spelling of that version, and defaults that change. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kea_hac.compiler.built import Built
from kea_hac.compiler.compile import compile_configs, compile_site
from kea_hac.diagnostics import Finding
from kea_hac.kea.changed_defaults import ChangedDefault, Lines, changed_defaults
from kea_hac.kea.config import DAEMONS
from kea_hac.kea.version import KeaVersion
from kea_hac.model.site import Node, Site
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class NewDefault:
    """A key that the spec does not set, whose default is another one in the new version."""

    daemon: str
    changed: ChangedDefault
    lines: Lines
    """The keys to write, in the map of the key, to keep what the older version does."""


@dataclass(frozen=True, slots=True)
class VersionStep:
    """One server gets another version of Kea."""

    server: str
    old: KeaVersion
    new: KeaVersion
    defaults: tuple[NewDefault, ...] = ()


def version_steps(old: Built, new: Built, renamed: Mapping[str, str]) -> tuple[VersionStep, ...]:
    """The servers whose version is another one."""
    before = {renamed.get(node.name, node.name): node for node in old.site.nodes}
    return tuple(
        VersionStep(node.name, before[node.name].version, node.version, tuple(_defaults(new, node, before[node.name])))
        for node in new.site.nodes
        if node.name in before and before[node.name].version != node.version
    )


def _defaults(new: Built, node: Node, before: Node) -> list[NewDefault]:
    found = []
    for daemon in DAEMONS.values():
        config = new.config(node.name, daemon)
        if config is None or before.version.branch.order > node.version.branch.order:
            continue
        for changed in changed_defaults(daemon, config, before.version.branch, node.version.branch):
            found.append(NewDefault(daemon.name, changed, changed.kept_in(config) or {}))
    return found


def in_new_versions(old: Built, new: Built, renamed: Mapping[str, str]) -> Built:
    """The older build in the spelling of the versions that its servers get; the very same where none changes its version."""
    target = {node.name: node for node in new.site.nodes}
    nodes = {node.name: target.get(renamed.get(node.name, node.name)) for node in old.site.nodes}
    if all(
        each is None or each.version == node.version for node, each in zip(old.site.nodes, nodes.values(), strict=True)
    ):
        return old
    site = _with_versions(old.site, {name: each for name, each in nodes.items() if each is not None})
    return Built(site, compile_site(site, compile_configs(site, _unheard), _unheard))


def _unheard(_: Finding) -> None:
    """Only what both versions can say is compared; the rest is a finding on the newer spec."""


def _with_versions(site: Site, target: Mapping[str, Node]) -> Site:
    def moved(node: Node) -> Node:
        other = target.get(node.name)
        return node if other is None else replace(node, version=other.version, platform=other.platform)

    families = {
        name: replace(
            family,
            relationships=tuple(
                replace(one, peers=tuple(replace(peer, node=moved(peer.node)) for peer in one.peers))
                for one in family.relationships
            ),
        )
        for name, family in site.families.items()
    }
    return replace(site, nodes=tuple(map(moved, site.nodes)), families=families)
