"""What the compiler makes, as values: files of servers, and the manifest that lists them. Nothing here touches a disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import Any

import orjson

from kea_hac.records import dataclass
from kea_hac.spec.scalars import MANIFEST

__all__ = ["MANIFEST", "Artifact", "Build", "with_source"]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of the output tree."""

    server: str
    """The folder: a server's name, or the name of a shared Micetro agent."""
    name: str
    """kea-dhcp4.conf, kea-dhcp6.conf, kea-ctrl-agent.conf or preferences.cfg"""
    content: bytes
    build: str | None = None
    """The digest in the stamp: of the canonical text without the stamp. None for preferences.cfg."""
    tree: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    """The content as data, for rules and diffs; its Blocks know where they were written."""

    @property
    def path(self) -> str:
        """The path below the pair's folder."""
        return f"{self.server}/{self.name}"

    @property
    def digest(self) -> str:
        """Lower case SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Build:
    """The whole folder of one pair: what `build` writes as a unit."""

    pair: str
    artifacts: tuple[Artifact, ...]
    """Sorted by path."""
    manifest: bytes
    """The content of manifest.json: it names every other file with its digest."""

    @property
    def files(self) -> Mapping[str, bytes]:
        """Path below the pair's folder -> content, the manifest last."""
        listed = {artifact.path: artifact.content for artifact in self.artifacts}
        return MappingProxyType({**listed, MANIFEST: self.manifest})


def with_source(build: Build, source: str) -> Build:
    """The build with `source` in its manifest: the path of its spec from the folder of all pairs, which `--prune` reads."""
    manifest = orjson.loads(build.manifest)
    manifest["kea-hac"] = {**manifest["kea-hac"], "source": source}
    return replace(build, manifest=orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
