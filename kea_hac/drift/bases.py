"""The base of a server: the build that the stamp in its live answer names, found in the build tree or its history.

Reads the build tree and its Git history (`source.git_objects`: no program runs), never writes. Manifests and
files are untrusted input: a build counts only when its files have the digests of the manifest, and when the content of a file has
the digest that its stamp and the manifest name. So a file that was changed by hand, with a new sha256, is no base.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from kea_hac.changes.canonical import Stamp, stamp_of
from kea_hac.compiler.artifacts import MANIFEST, Artifact, Build
from kea_hac.drift.applied import applied_build
from kea_hac.errors import UsageError
from kea_hac.kea.canonical import STAMP, UnwritableError, build_digest
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.version import KeaVersion
from kea_hac.kea_files.recognise import recognise
from kea_hac.records import dataclass
from kea_hac.source import Document, Map, read_kea_json_text
from kea_hac.source.files import FileError, read_bytes
from kea_hac.source.git_folder import GitError, shared_branch, short_name
from kea_hac.source.git_index import tracks
from kea_hac.source.git_objects import Repository

_LARGEST = 256 * 1024 * 1024
"""Bytes of one file of a build."""
ROLLOUTS, BETWEEN = ".rollout", "builds"
"""The folder of rollouts in the output tree, and in the folder of a pair there what lies between two builds."""
GIT = "git:"
"""`--base git:REV`: the build tree as it was committed there."""


@dataclass(frozen=True, slots=True)
class Base:
    """One daemon's configuration as it was built for one server."""

    config: Block
    """The map under the daemon's top key, with the stamp: as the compiler made it, or as `recognise` reads it."""
    build: str
    """The digest in its stamp."""
    source: str
    """Where it was found, for people: "the build tree build/campus", "commit 1a2b3c4d5e6f"."""
    content: bytes = field(default=b"", repr=False)
    """The file itself."""


@dataclass(frozen=True, slots=True)
class NoBase:
    """Why the comparison has two sides only."""

    reason: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The folder of one pair in one state of the build tree."""

    source: str
    manifest: Mapping[str, Any]
    """With its three parts kea-hac, servers and files; what is in them may be anything."""
    read: Callable[[str], bytes | None]
    """Path below the pair's folder → content."""
    compiled: Mapping[str, Artifact] = field(default_factory=dict)
    """By path: what was compiled in this process. It is known without reading its text again."""

    def build_of(self, server: str, daemon: Daemon) -> str | None:
        """The digest that the manifest has for a server's file."""
        return self._row("files", f"{server}/{daemon.file}").get("build")

    def base(self, server: str, daemon: Daemon) -> Base | NoBase:
        """A server's file. NoBase when its digest is not that of the manifest."""
        path = f"{server}/{daemon.file}"
        row = self._row("files", path)
        if not row:
            return NoBase(f"{self.source} has no {path}")
        made = self.compiled.get(path)
        if made is not None and made.tree is not None and made.build is not None:
            return Base(made.tree[daemon.top], made.build, self.source, made.content)
        content = self.read(path)
        if content is None or hashlib.sha256(content).hexdigest() != row.get("sha256"):
            return NoBase(f"{path} in {self.source} does not have the digest of its manifest")
        return _read(content, daemon, str(self._row("servers", server).get("kea")), row.get("build"), self.source)

    def addresses(self, server: str) -> tuple[str, ...]:
        """The requirements of a server in the manifest."""
        needs = self._row("servers", server).get("needs")
        listed = needs.get("addresses") if isinstance(needs, dict) else None
        return tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()

    def _row(self, part: str, name: str) -> Mapping[str, Any]:
        row = self.manifest[part].get(name)
        return row if isinstance(row, dict) else {}


def read_built(content: bytes, daemon: Daemon, version: KeaVersion, name: str) -> Block | NoBase:
    """The map under the daemon's top key in a built file."""
    reading = read_kea_json_text(content.decode("utf-8", "replace"), daemon.file, opaque=True)
    found = _recognised(reading.document, daemon, version) if reading.document is not None else None
    return found or NoBase(f"{name} cannot be read")


def _recognised(document: Document, daemon: Daemon, version: KeaVersion) -> Block | None:
    found = recognise(document, version, None, lambda _: None)
    return next((each.config for each in found.configurations if each.daemon == daemon), None)


def _read(content: bytes, daemon: Daemon, version: str, build: object, source: str) -> Base | NoBase:
    reading = read_kea_json_text(content.decode("utf-8", "replace"), daemon.file, opaque=True)
    try:
        target = KeaVersion.parse(version)
    except ValueError:
        return NoBase(f"the manifest in {source} names a Kea version that is unknown here: {version}")
    if reading.document is None or content_digest(reading.document, daemon) != build:
        return NoBase(
            f"{daemon.file} in {source} was changed after it was built: its content does not have the digest {build} "
            "that the manifest names, so it is not trusted"
        )
    result = _recognised(reading.document, daemon, target)
    return Base(result, str(build), source, content) if result else NoBase(f"{daemon.file} in {source} cannot be read")


def content_digest(document: Document, daemon: Daemon) -> str | None:
    """The digest of a file without its stamp, as the compiler computes it; None where the file contains other things too."""
    top = document.root.get(daemon.top)
    if not isinstance(top, Map) or len(document.root) != 1:
        return None
    stamp = stamp_of(top)
    context = top.get("user-context")
    rest = {key: value for key, value in context.items() if key != STAMP} if isinstance(context, Map) else {}
    bare = {key: value for key, value in top.items() if key != "user-context"}
    # A user-context with nothing but the stamp was empty before, or did not exist.
    try:
        digests = [
            build_digest({daemon.top: each}) for each in ({**bare, "user-context": rest}, *(() if rest else (bare,)))
        ]
    except UnwritableError:  # no build contains such a value
        return None
    return stamp.build if stamp is not None and stamp.build in digests else None


@dataclass(slots=True)
class Bases:
    """Finds the base of each daemon of each server of one pair."""

    build: Build
    """What the spec compiles to now."""
    output: Path
    """The output tree of `kea-hac build`."""
    choice: str | None = None
    """`--base`: a folder, git:REV, or none."""
    state: Path | None = None
    """The folder of rollouts; None: that in the output tree."""
    _known: list[Tree] = field(default_factory=list, repr=False)
    """The states of the history that were looked at so far."""
    _rest: Iterator[Tree] | None = field(default=None, repr=False)
    _repository: Repository | GitError | None = field(default=None, repr=False)
    _own_rollouts: bool | None = field(default=None, repr=False)
    _unread: str = field(default="", repr=False)
    """Why the tree on the disk was not looked at, in brackets."""

    @property
    def rollouts(self) -> Path:
        """The folder of the pair's rollouts."""
        return (self.state if self.state is not None else self.output / ROLLOUTS) / self.build.pair

    @property
    def _has_rollouts(self) -> bool:
        """True for records of rollouts that this machine wrote. What was committed in their place is no record."""
        if self._own_rollouts is None:
            self._own_rollouts = self.rollouts.is_dir() and not tracks(str(self.rollouts))
        return self._own_rollouts

    def stamp(self, server: str, daemon: Daemon, config: Mapping[str, Json]) -> Stamp | None:
        """The stamp in what a server shows; of the build that a rollout led to by commands, where the server shows exactly that."""
        found = stamp_of(config)
        build = applied_build(self.rollouts, server, daemon.name, config) if self._has_rollouts else None
        return replace(found, build=build) if found is not None and build is not None else found

    def find(self, server: str, daemon: Daemon, stamp: Stamp | None) -> Base | NoBase:
        """The base of what a server shows. Raises UsageError when `--base` names something that is not there."""
        if self.choice == "none":
            return NoBase("--base none")
        if self.choice is not None:
            return self._named(self.choice).base(server, daemon)
        if stamp is None:
            return NoBase(
                "the server's configuration has no stamp of kea-hac: it was not loaded from a build, or was replaced"
            )
        if stamp.pair != self.build.pair:
            return NoBase(f"the server's configuration comes from a build of another pair, {stamp.pair!r}")
        refused: NoBase | None = None
        try:
            for tree in self._trees():
                if tree.build_of(stamp.server, daemon) == stamp.build:
                    found = tree.base(server, daemon)
                    if isinstance(found, Base):
                        return found
                    refused = refused or found
        except GitError as error:
            return refused or NoBase(
                f"the build {stamp.build} is not in {self.output}{self._unread}, and its Git history is unknown: {error}"
            )
        return refused or NoBase(
            f"the build {stamp.build} is neither in {self.output}{self._unread} nor in its Git history{self._history_ends()}"
        )

    def seen_by_others(self) -> Tree | None:
        """The pair's folder in the commit that others can see, for decisions that the author of a spec must not make alone.

        That is the head of the branch that pull requests go to (`shared_branch`), or an older commit of it that `--base` names. None
        where there is no such branch or no build in it. The tree on the disk, the commits of other branches and the branches of a
        submodule belong to their author, also where `--base` names them: to compare with a build is not to trust it.
        """
        try:
            repository = self._git()
            names: list[str] = []
            commit = repository.chosen(lambda each: self._shared(each, names))
            if commit is None:
                return None
            return _tree_at(repository, commit, repository.below(str(self.output / self.build.pair)), names[-1])
        except GitError:
            return None

    def _shared(self, repository: Repository, names: list[str]) -> str | None:
        """The commit of a repository that others can see; its name for people is added to `names`. Raises GitError."""
        branch = shared_branch(repository.references)
        if branch is None:
            return None
        names.append(short_name(branch))
        found = repository.commit(branch)
        if self.choice is None or not self.choice.startswith(GIT):
            return found
        named = self.choice.removeprefix(GIT)
        try:
            older = repository.commit(named)
        except GitError:  # a revision of the submodule
            return found
        if repository.merge_base(older, found) != older:
            return found
        names.append(named)
        return older

    def _trees(self) -> Iterator[Tree]:
        """Where a build may be, the nearest first: the spec itself, the tree on the disk, its history."""
        made = {each.path: each for each in self.build.artifacts}
        yield Tree("what the spec compiles to now", json.loads(self.build.manifest), self.build.files.get, made)
        existing = _on_disk(self.output / self.build.pair)
        if isinstance(existing, Tree):
            yield existing
        elif existing is not None:
            self._unread = f" ({existing.reason})"
        yield from self._between()
        yield from self._known
        if self._rest is None:
            self._rest = _committed(self._git(), self.output / self.build.pair)
        for tree in self._rest:
            self._known.append(tree)
            yield tree

    def _between(self) -> Iterator[Tree]:
        """The configurations that the last rollout put between two builds: a rollout that stopped leaves them on servers."""
        folder = self.rollouts / BETWEEN
        names = sorted(os.listdir(folder)) if self._has_rollouts and folder.is_dir() else []
        for found in (_on_disk(folder / name) for name in names):
            if isinstance(found, Tree):
                yield found

    def _git(self) -> Repository:
        """The repository whose work tree contains the output tree. Raises GitError, each time it is asked for."""
        if self._repository is None:
            try:
                self._repository = Repository.of(str(self.output))
            except GitError as error:
                self._repository = error
        if isinstance(self._repository, GitError):
            raise self._repository
        return self._repository

    def _named(self, written: str) -> Tree:
        if written.startswith(GIT):
            return self._at(written, written.removeprefix(GIT))
        reasons = []
        for place in (Path(written) / self.build.pair, Path(written)):
            existing = _on_disk(place)
            if isinstance(existing, NoBase):
                reasons.append(existing.reason)
            elif existing is not None and existing.manifest["kea-hac"].get("pair") == self.build.pair:
                return existing
        if reasons:
            raise UsageError(f"--base {written}: {reasons[0]}")
        raise UsageError(
            f"--base {written}: it has no {MANIFEST} of the pair {self.build.pair}; name an output tree of "
            "kea-hac build, git:REVISION, or none"
        )

    def _at(self, written: str, revision: str) -> Tree:
        folder = self.output / self.build.pair
        try:
            repository = self._git()
            found = _tree_at(repository, repository.commit(revision), repository.below(str(folder)), revision)
        except GitError as error:
            raise UsageError(f"--base {written}: {error}") from error
        if found is None:
            raise UsageError(f"--base {written}: there is no {folder}/{MANIFEST} in the revision {revision!r}")
        return found

    def _history_ends(self) -> str:
        """Why the history may be incomplete."""
        if isinstance(self._repository, Repository) and self._repository.shallow:
            return " (the clone is shallow: git fetch --unshallow fetches the rest)"
        return ""


def _on_disk(folder: Path) -> Tree | NoBase | None:
    """The build in a folder; NoBase where its manifest cannot be read, None where there is none."""
    manifest = folder / MANIFEST
    if not os.path.lexists(manifest):
        return None
    try:
        if folder.is_symlink():
            raise FileError("its folder is a symbolic link, and links are not followed here")
        found = _manifest(read_bytes(str(manifest), _LARGEST, links=False))
    except FileError as error:
        return NoBase(f"{manifest} is not read: {error}")

    def read(path: str) -> bytes | None:
        try:
            return (
                None if (folder / path).parent.is_symlink() else read_bytes(str(folder / path), _LARGEST, links=False)
            )
        except FileError:
            return None

    source = f"the build tree {folder}"
    return NoBase(f"{manifest} is not read: {found}") if isinstance(found, str) else Tree(source, found, read)


def _manifest(content: bytes) -> Mapping[str, Any] | str:
    """A manifest with its parts, or why it is none."""
    try:
        found = json.loads(content)
    except RecursionError:
        return "it is nested too deeply for a manifest of kea-hac"
    except ValueError as error:
        return f"it is not JSON ({error})"
    parts = [found.get(key) for key in ("kea-hac", "files", "servers")] if isinstance(found, dict) else [None]
    return found if all(isinstance(part, dict) for part in parts) else "it is not a manifest of kea-hac"


def _committed(repository: Repository, folder: Path) -> Iterator[Tree]:
    """Every state of a pair's folder in the history of all branches and tags, the newest first. Raises GitError."""
    below = repository.below(str(folder))
    for state in repository.states(below):
        tree = _tree_at(repository, state.commit, below, state.commit)
        if tree is not None:
            yield tree


def _tree_at(repository: Repository, commit: str, below: str, revision: str) -> Tree | None:
    def read(path: str) -> bytes | None:
        return repository.read(commit, f"{below}/{path}" if below else path)

    content = read(MANIFEST)
    manifest = _manifest(content) if content is not None else None
    name = revision[:12] if revision == commit else revision
    return Tree(f"commit {name}", manifest, read) if isinstance(manifest, dict) else None
