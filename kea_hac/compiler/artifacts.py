"""What the compiler makes, as values: files of servers, and the manifest that lists them. Nothing here touches a disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import field
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


class Build:
    """The whole folder of one pair: what `build` writes as a unit."""

    __slots__ = ("_manifest", "artifacts", "pair")

    def __init__(self, pair: str, artifacts: tuple[Artifact, ...], manifest: bytes | Callable[[], bytes]) -> None:
        """`artifacts`: sorted by path. `manifest`: its content, or what makes it when it is asked for, which a check does not."""
        self.pair = pair
        self.artifacts = artifacts
        self._manifest = manifest

    @property
    def manifest(self) -> bytes:
        """The content of manifest.json: it names every other file with its digest."""
        if not isinstance(self._manifest, bytes):
            self._manifest = self._manifest()
        return self._manifest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Build) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def _all(self) -> tuple[str, tuple[Artifact, ...], bytes]:
        return self.pair, self.artifacts, self.manifest

    def __reduce__(self) -> tuple[type[Build], tuple[Any, ...]]:
        """For another process: with the manifest, which needs the whole site to be made."""
        return Build, self._all()

    @property
    def files(self) -> Mapping[str, bytes]:
        """Path below the pair's folder -> content, the manifest last."""
        listed = {artifact.path: artifact.content for artifact in self.artifacts}
        return MappingProxyType({**listed, MANIFEST: self.manifest})


def with_source(build: Build, source: str) -> Build:
    """The build with `source` in its manifest: the path of its spec from the folder of all pairs, which `--prune` reads."""
    manifest = orjson.loads(build.manifest)
    manifest["kea-hac"] = {**manifest["kea-hac"], "source": source}
    written = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Build(build.pair, build.artifacts, written)
