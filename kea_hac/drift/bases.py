"""What was last loaded on a server: the build that the stamp in its live answer names, looked for where builds are kept.

Reads the build tree and its Git history, never writes. A build is believed only when its files are what its manifest says.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kea_hac.compiler.artifacts import MANIFEST, Build
from kea_hac.errors import UsageError
from kea_hac.importer.recognise import recognise
from kea_hac.kea.canonical import STAMP
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.version import KeaVersion
from kea_hac.source import read_kea_json_text

GIT = "git:"
"""`--base git:REV`: the build tree as it was committed there."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a configuration says of the build it comes from. Every text is from a server: it may say anything."""

    pair: str
    server: str
    build: str


@dataclass(frozen=True, slots=True)
class Base:
    """One daemon's configuration as it was built for one server."""

    config: Block
    """The map under the daemon's top key, with the stamp, as `recognise` reads it."""
    build: str
    """The digest in its stamp."""
    source: str
    """Where it was found, for people: "the build tree build/campus", "commit 1a2b3c4d5e6f"."""


@dataclass(frozen=True, slots=True)
class NoBase:
    """Why the comparison has two sides only."""

    reason: str


def stamp_of(config: Mapping[str, Json]) -> Stamp | None:
    """The stamp in a daemon's map; None where there is none, or something else under its name."""
    context = config.get("user-context")
    said = context.get(STAMP) if isinstance(context, dict) else None
    if not isinstance(said, dict):
        return None
    words = [said.get(key) for key in ("pair", "server", "build")]
    return Stamp(*(str(word) for word in words)) if all(isinstance(word, str) for word in words) else None


def without_stamp(config: Block) -> Block:
    """The map without the stamp, and without the user-context when that held nothing else."""
    context = config.get("user-context")
    if not isinstance(context, dict) or STAMP not in context:
        return config
    rest = {key: value for key, value in context.items() if key != STAMP}
    made = config.copy_of()
    if rest:
        made["user-context"] = Block(context.at, rest) if isinstance(context, Block) else rest
    else:
        del made["user-context"]
    return made


@dataclass(frozen=True, slots=True)
class _Tree:
    """The folder of one pair in one state of the build tree."""

    source: str
    manifest: Mapping[str, Any]
    """With its three parts kea-hac, servers and files; what is in them may be anything."""
    read: Callable[[str], bytes | None]
    """Path below the pair's folder → content."""

    def build_of(self, server: str, daemon: Daemon) -> str | None:
        """The digest that the manifest has for a server's file."""
        return self._row("files", f"{server}/{daemon.file}").get("build")

    def base(self, server: str, daemon: Daemon) -> Base | NoBase:
        """A server's file. NoBase when it is not what the manifest says."""
        path = f"{server}/{daemon.file}"
        row = self._row("files", path)
        if not row:
            return NoBase(f"{self.source} has no {path}")
        content = self.read(path)
        if content is None or hashlib.sha256(content).hexdigest() != row.get("sha256"):
            return NoBase(f"{path} in {self.source} is not what its manifest says")
        return _read(content, daemon, str(self._row("servers", server).get("kea")), row.get("build"), self.source)

    def _row(self, part: str, name: str) -> Mapping[str, Any]:
        row = self.manifest[part].get(name)
        return row if isinstance(row, dict) else {}


def _read(content: bytes, daemon: Daemon, version: str, build: object, source: str) -> Base | NoBase:
    reading = read_kea_json_text(content.decode("utf-8", "replace"), daemon.file, opaque=True)
    try:
        target = KeaVersion.parse(version)
    except ValueError:
        return NoBase(f"the manifest in {source} names a Kea version that is unknown here: {version}")
    found = recognise(reading.document, target, None, lambda _: None) if reading.document else None
    made = next((each for each in found.configurations if each.daemon == daemon), None) if found else None
    return Base(made.config, str(build), source) if made else NoBase(f"{daemon.file} in {source} cannot be read")


@dataclass(slots=True)
class Bases:
    """Finds the base of each daemon of each server of one pair."""

    build: Build
    """What the spec compiles to now."""
    output: Path
    """The output tree of `kea-hac build`."""
    said: str | None = None
    """`--base`: a folder, git:REV, or none."""
    _history: list[_Tree] | None = field(default=None, repr=False)

    def find(self, server: str, daemon: Daemon, stamp: Stamp | None) -> Base | NoBase:
        """The base of what a server shows. Raises UsageError when `--base` names something that is not there."""
        if self.said == "none":
            return NoBase("--base none")
        if self.said is not None:
            return self._named(self.said).base(server, daemon)
        if stamp is None:
            return NoBase(
                "the server's configuration carries no stamp of kea-hac: it was not loaded from a build, or was replaced"
            )
        if stamp.pair != self.build.pair:
            return NoBase(f"the server's configuration comes from a build of another pair, {stamp.pair!r}")
        for tree in self._trees():
            if tree.build_of(stamp.server, daemon) == stamp.build:
                return tree.base(server, daemon)
        return NoBase(f"the build {stamp.build} is neither in {self.output} nor in its Git history{self._shallow()}")

    def _trees(self) -> Iterator[_Tree]:
        """Where a build may be, the nearest first: the spec itself, the tree on the disk, its history."""
        files = self.build.files
        yield _Tree("what the spec compiles to now", json.loads(self.build.manifest), files.get)
        standing = _on_disk(self.output / self.build.pair)
        if standing is not None:
            yield standing
        if self._history is None:
            self._history = list(_committed(self.output / self.build.pair, "--all"))
        yield from self._history

    def _named(self, said: str) -> _Tree:
        folder = self.output / self.build.pair
        if said.startswith(GIT):
            revision = said.removeprefix(GIT)
            found = None if revision.startswith("-") else _at(folder, revision)
            if found is None:
                raise UsageError(f"--base {said}: there is no {folder}/{MANIFEST} in the revision {revision!r}")
            return found
        for place in (Path(said) / self.build.pair, Path(said)):
            standing = _on_disk(place)
            if standing is not None and standing.manifest["kea-hac"].get("pair") == self.build.pair:
                return standing
        raise UsageError(
            f"--base {said}: there is no {MANIFEST} of the pair {self.build.pair} in it; give an output tree of "
            "kea-hac build, git:REVISION, or none"
        )

    def _shallow(self) -> str:
        answer = _git(self.output, "rev-parse", "--is-shallow-repository")
        if answer is not None and answer.strip() == b"true":
            return " (the clone is shallow: git fetch --unshallow brings the rest)"
        return ""


def _on_disk(folder: Path) -> _Tree | None:
    def read(path: str) -> bytes | None:
        try:
            return (folder / path).read_bytes()
        except OSError:
            return None

    content = read(MANIFEST)
    manifest = _manifest(content) if content is not None else None
    return _Tree(f"the build tree {folder}", manifest, read) if manifest is not None else None


def _manifest(content: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    parts = [found.get(key) for key in ("kea-hac", "files", "servers")]
    return found if all(isinstance(part, dict) for part in parts) else None


def _committed(folder: Path, *revisions: str) -> Iterator[_Tree]:
    """Every state of a pair's folder in the history, the newest first; nothing where there is no repository."""
    log = _git(folder, "log", "--date-order", "--format=%H", *revisions, "--", MANIFEST)
    for commit in (log or b"").decode("ascii", "replace").split():
        tree = _at(folder, commit)
        if tree is not None:
            yield tree


def _at(folder: Path, revision: str) -> _Tree | None:
    def read(path: str) -> bytes | None:
        return _git(folder, "cat-file", "blob", f"{revision}:./{path}")

    content = read(MANIFEST)
    manifest = _manifest(content) if content is not None else None
    name = revision[:12] if len(revision) == 40 else revision
    return _Tree(f"commit {name}", manifest, read) if manifest is not None else None


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git prints, run in a folder (or in its nearest ancestor that exists); None when it fails or is not installed."""
    place = folder
    while not place.is_dir() and place != place.parent:
        place = place.parent
    below = os.path.relpath(folder, place)
    arguments = tuple(_below(each, below) for each in arguments)
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(["git", "-C", str(place), *arguments], capture_output=True, check=False, env=environment)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _below(argument: str, below: str) -> str:
    """Paths of a folder that is not there any more are written from its nearest ancestor."""
    if below == ".":
        return argument
    if argument == MANIFEST:
        return f"{below}/{MANIFEST}"
    head, mark, path = argument.partition(":./")
    return f"{head}:./{below}/{path}" if mark else argument
