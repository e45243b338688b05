"""A build and its site → the configurations of the daemons, as data."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import field

from kea_hac.compiler.artifacts import Artifact, Build
from kea_hac.kea.config import DAEMONS, Block, Daemon
from kea_hac.model.site import Node, Site
from kea_hac.records import dataclass


def configs(site: Site, build: Build) -> Iterator[tuple[Node, Daemon, Block]]:
    """Every daemon that the spec gives a server, with its compiled map."""
    artifacts = {(each.server, each.name): each for each in build.artifacts}
    for node in site.nodes:
        for file, daemon in DAEMONS.items():
            artifact: Artifact | None = artifacts.get((node.name, file))
            if artifact is not None and artifact.tree is not None:
                yield node, daemon, artifact.tree[daemon.top]


@dataclass(frozen=True, slots=True)
class Built:
    """A resolved spec and what it compiles to."""

    site: Site
    build: Build
    derived: dict[Hashable, object] = field(default_factory=dict, repr=False, compare=False)
    """What was computed of the build, by what computed it: kept, because several comparisons need it."""

    def config(self, server: str, daemon: Daemon) -> Block | None:
        """The compiled map of one daemon; None where the server does not run it."""
        wanted = f"{server}/{daemon.file}"
        found = next((each for each in self.build.artifacts if each.path == wanted and each.tree is not None), None)
        return None if found is None or found.tree is None else found.tree[daemon.top]

    def digest(self, server: str, daemon: Daemon) -> str | None:
        """The digest in the stamp of one daemon's file; None where the server does not run it."""
        wanted = f"{server}/{daemon.file}"
        return next((each.build for each in self.build.artifacts if each.path == wanted), None)
