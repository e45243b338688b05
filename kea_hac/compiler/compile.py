"""Site → Build: every file of every server, and the manifest. No disk is read or written.

Each server's map of a family is built in canonical spelling from shared parts. Parts that do not differ are the same object
for all servers, so the work for 100,000 reservations is done once for each family and version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from kea_hac.compiler.artifacts import Artifact, Build
from kea_hac.compiler.control import agent_config, stamped
from kea_hac.compiler.dhcp import dhcp_config
from kea_hac.compiler.equality import prove_equal
from kea_hac.compiler.preference_files import preference_files
from kea_hac.diagnostics import THE_SERVER, FindingSink
from kea_hac.kea.canonical import build_digest, canonical_text, kea_text
from kea_hac.kea.config import CTRL_AGENT, Block, Daemon, Once
from kea_hac.kea.grammar import program
from kea_hac.kea.spelling import Respeller
from kea_hac.kea.version import KeaVersion
from kea_hac.model.site import Family, Node, Site
from kea_hac.model.split import split_pools
from kea_hac.records import dataclass

MANIFEST_VERSION = 1


@dataclass(frozen=True, slots=True)
class Compiled:
    """One daemon's configuration of one server, before it is spelt for its version."""

    node: Node
    daemon: Daemon
    config: Block
    """Canonical spelling, no stamp. Blocks know where they were written."""
    sound: bool = True
    """False when the family's HA has a mistake, so that the parameters of its library are incomplete."""


def compile_configs(site: Site, note: FindingSink) -> tuple[Compiled, ...]:
    """Every daemon's configuration of every server, canonical. What cannot be is noted."""
    result: list[Compiled] = []
    sockets: dict[str, dict[str, Block]] = {node.name: {} for node in site.nodes}
    for family in site.families.values():
        shared = split_pools(family, note) if family.settled else family.config
        for node in site.nodes:
            if not _serves(site, family, node):
                continue
            config = dhcp_config(site, family, shared, node, about(node, family.daemon, note))
            for entry in config.get("control-sockets", ()):
                if entry.get("socket-type") == "unix":
                    sockets[node.name].setdefault(family.daemon.name, entry)
            result.append(Compiled(node, family.daemon, config, family.sound))
    for node in site.nodes:
        agent = agent_config(site, node, sockets[node.name], about(node, CTRL_AGENT, note))
        if agent is not None:
            result.append(Compiled(node, CTRL_AGENT, agent))
    return tuple(result)


def unsupported(configs: tuple[Compiled, ...], note: FindingSink, once: Once) -> None:
    """FindingSink what the servers' versions cannot say. `compile_site` notes it too; this is for a spec that has other errors."""
    for _ in _spelt(configs, note, once):
        continue


def _serves(site: Site, family: Family, node: Node) -> bool:
    return not site.hub or not family.relationships or bool(family.of(node))


def compile_site(site: Site, configs: tuple[Compiled, ...], note: FindingSink, once: Once | None = None) -> Build:
    """Spell, stamp and print every file, and write the manifest. `configs`: the result of `compile_configs`.

    `once`: what is known of their lists.
    """
    prove_equal(site, [(each.node, each.daemon, each.config) for each in configs], note)
    artifacts = [_artifact(site, each, spelt) for each, spelt in _spelt(configs, note, once or Once())]
    dhcp = [(each.node, each.config) for each in configs if each.daemon.family]
    artifacts += preference_files(site, dhcp)
    artifacts.sort(key=lambda artifact: artifact.path)
    return Build(site.pair, tuple(artifacts), partial(_manifest, site, artifacts, spec_digest(site)))


def about(node: Node, daemon: Daemon, note: FindingSink) -> FindingSink:
    """A sink that adds the file and the server to each finding, and calls `note`."""
    return lambda finding: note(
        finding
        if finding.artifact
        else replace(finding, artifact=f"{node.name}/{daemon.file}", server=finding.server or node.name)
    )


def _spelt(configs: tuple[Compiled, ...], note: FindingSink, once: Once) -> Iterator[tuple[Compiled, Block]]:
    """Every configuration in the spelling of its server's version. What that version has no key for is reported."""
    respellers: dict[tuple[str, KeaVersion], Respeller] = {}
    for each in configs:
        known = (each.daemon.name, each.node.version)
        respeller = respellers.setdefault(known, Respeller(program(each.daemon.name), each.node.version, once))
        here = about(each.node, each.daemon, note)
        spelt = respeller.respell(each.config, here, THE_SERVER)
        for finding in respeller.unsupported(spelt, THE_SERVER):
            here(finding)
        yield each, spelt


def _artifact(site: Site, compiled: Compiled, spelt: Block) -> Artifact:
    node, daemon = compiled.node, compiled.daemon
    digest = build_digest({daemon.top: spelt})
    stamp = {"build": digest, "pair": site.pair, "server": node.name}
    tree = {daemon.top: stamped(spelt, stamp)}
    return Artifact(node.name, daemon.file, kea_text(tree), digest, tree)


def _manifest(site: Site, artifacts: list[Artifact], digest: str) -> bytes:
    from kea_hac.compiler.needs import host_needs  # a check writes no manifest

    needs = host_needs(site, artifacts, in_full=False)
    content: dict[str, Any] = {
        "kea-hac": {"manifest": MANIFEST_VERSION, "pair": site.pair},
        "spec": digest,
        "servers": {
            node.name: {
                "kea": str(node.version),
                "platform": node.platform.name,
                "arch": node.platform.arch,
                "needs": needs[node.name].as_data(),
            }
            for node in site.nodes
        },
        "files": {
            artifact.path: {"sha256": artifact.digest} | ({"build": artifact.build} if artifact.build else {})
            for artifact in artifacts
        },
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def spec_digest(site: Site) -> str:
    """The digest of what is compiled of the spec: key order, comments and the way it is cut into files do not count."""
    written = {key: value for key, value in site.document.root.items() if not key.startswith("x-") and key != "diff"}
    return hashlib.sha256(canonical_text(written)).hexdigest()
