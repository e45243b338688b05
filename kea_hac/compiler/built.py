"""A build and its site → the configurations of the daemons, as data."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.compiler.artifacts import Artifact, Build
from kea_hac.kea.config import DAEMONS, Block, Daemon
from kea_hac.model.site import Node, Site


def configs(site: Site, build: Build) -> Iterator[tuple[Node, Daemon, Block]]:
    """Every daemon that the spec gives a server, with its compiled map."""
    artifacts = {(each.server, each.name): each for each in build.artifacts}
    for node in site.nodes:
        for file, daemon in DAEMONS.items():
            artifact: Artifact | None = artifacts.get((node.name, file))
            if artifact is not None and artifact.tree is not None:
                yield node, daemon, artifact.tree[daemon.top]
