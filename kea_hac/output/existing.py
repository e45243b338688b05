"""The existing folder of a pair on the disk, compared with a build. Reads only.

The manifest on the disk lists the files that kea-hac wrote. It is untrusted input: with a merge conflict, another tool's
manifest.json or a path that leads out of the folder it counts as foreign, and nothing is removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from kea_hac.compiler.artifacts import MANIFEST
from kea_hac.errors import TreeError
from kea_hac.output.refusal import display_path, os_errors_explained
from kea_hac.records import dataclass
from kea_hac.regex import regex

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
NAME = regex(_NAME)
PATH = regex(f"{_NAME}/{_NAME}")
"""A path below the pair's folder: server/file, nothing else."""
_FORMAT = 1


class DiscrepancyKind(StrEnum):
    """The state of one path compared with the build that should be there."""

    MISSING = "missing"
    STALE = "stale"
    """What an older build wrote, as it wrote it."""
    ALTERED = "altered"
    """Its content is neither that of the build nor that of the manifest on the disk: edited by hand, or half replaced."""
    SURPLUS = "surplus"
    """Written by an older build, and this one has no such file."""
    FOREIGN = "foreign"
    """No manifest names it, or it is of the wrong kind (a link, a folder where a file belongs). Never changed."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One path that is not as the build wants it."""

    path: str
    """Below the pair's folder; a folder ends with a slash."""
    matter: DiscrepancyKind
    why: str = ""
    """The reason, for a foreign path."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parts of a valid manifest that matter for the disk."""

    pair: str
    files: Mapping[str, str]
    """Path below the pair's folder -> lower case SHA-256 of its content; without the manifest itself."""
    unfinished: bool
    """Written before the first file of a replacement file by file, and replaced after the last: the folder is half replaced."""
    source: str | None = None
    """The spec, from the folder of all pairs (`../specs/campus.yaml`). None where the manifest has no such key."""


@dataclass(frozen=True, slots=True)
class ForeignManifest:
    """A manifest.json that cannot be trusted, with the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class ExistingFolder:
    """The folder of one pair as it is on the disk."""

    folder: Path
    kinds: Mapping[str, str]
    """Path below the folder -> "file", "folder", "link" or "other". Folders inside a server's folder are not entered."""
    digests: Mapping[str, str]
    """Path -> SHA-256, for the files that the manifest names or that the build would write."""
    manifest: Manifest | ForeignManifest | None

    @property
    def named(self) -> Mapping[str, str]:
        """The paths that the manifest on the disk lists, without the manifest itself."""
        return self.manifest.files if isinstance(self.manifest, Manifest) else {}

    @property
    def torn(self) -> bool:
        """True when the folder is not what its own manifest says."""
        if not isinstance(self.manifest, Manifest) or self.manifest.unfinished:
            return True
        return any(self.digests.get(path) != digest for path, digest in self.named.items())

    def compare(self, files: Mapping[str, bytes]) -> tuple[Discrepancy, ...]:
        """Every path that keeps this folder from being exactly `files` (which include the manifest), sorted."""
        found = [*self._foreign(files)]
        blocked = {each.path.rstrip("/") for each in found}
        for path, content in files.items():
            if path in blocked or path.partition("/")[0] in blocked:
                continue
            have = self.digests.get(path)
            if have is None:
                found.append(Discrepancy(path, DiscrepancyKind.MISSING))
            elif have != digest_of(content):
                as_built = path == MANIFEST or have == self.named.get(path)
                found.append(Discrepancy(path, DiscrepancyKind.STALE if as_built else DiscrepancyKind.ALTERED))
        found += [
            Discrepancy(path, DiscrepancyKind.SURPLUS)
            for path in self.digests
            if path not in files and path not in blocked
        ]
        return tuple(sorted(found, key=lambda each: each.path))

    def _foreign(self, files: Mapping[str, bytes]) -> list[Discrepancy]:
        """Paths that must not be changed. A file may be changed if the manifest lists it, or if it already has the new content."""
        found = []
        folders = {path.partition("/")[0] for path in (*self.named, *files) if "/" in path}
        for path, kind in self.kinds.items():
            if path in folders:
                if kind != "folder":
                    found.append(Discrepancy(path, DiscrepancyKind.FOREIGN, f"a {kind} where a folder must be"))
            elif path == MANIFEST and isinstance(self.manifest, ForeignManifest):
                found.append(
                    Discrepancy(path, DiscrepancyKind.FOREIGN, f"not a manifest of this pair: {self.manifest.reason}")
                )
            elif path in self.named or path in files:
                if kind != "file":
                    found.append(Discrepancy(path, DiscrepancyKind.FOREIGN, f"a {kind} where a file must be"))
                elif path not in self.named and path != MANIFEST and self.digests[path] != digest_of(files[path]):
                    found.append(Discrepancy(path, DiscrepancyKind.FOREIGN, "no manifest lists it"))
            elif path != MANIFEST:
                found.append(
                    Discrepancy(path + "/" * (kind == "folder"), DiscrepancyKind.FOREIGN, "no manifest lists it")
                )
        return found


def digest_of(content: bytes) -> str:
    """Lower case SHA-256."""
    return hashlib.sha256(content).hexdigest()


def look(root: Path, pair: str, wanted: Collection[str]) -> ExistingFolder | None:
    """The existing folder root/PAIR; None where it does not exist or is empty.

    `wanted`: the paths that the build would write. Raises TreeError when it is no folder or cannot be read.
    """
    folder = root / pair
    with os_errors_explained(folder):
        try:
            mode = folder.lstat().st_mode
        except FileNotFoundError:
            return None
        if not stat.S_ISDIR(mode):
            what = "a symbolic link, and links are not followed" if stat.S_ISLNK(mode) else "not a folder"
            raise TreeError(f"{display_path(folder)} is {what}; move it, or name another folder with -o")
        kinds = _kinds(folder)
    if not kinds:
        return None
    manifest: Manifest | ForeignManifest | None = None
    digests = {}
    if kinds.get(MANIFEST) == "file":
        content = read(folder / MANIFEST)
        manifest = read_manifest(content, pair)
        digests[MANIFEST] = digest_of(content)
    elif MANIFEST in kinds:
        manifest = ForeignManifest(f"a {kinds[MANIFEST]}, not a file")
    ours = {*wanted, *(manifest.files if isinstance(manifest, Manifest) else ())} - {MANIFEST}
    digests |= {path: digest_of(read(folder / path)) for path in sorted(ours) if kinds.get(path) == "file"}
    return ExistingFolder(folder, kinds, digests, manifest)


def _kinds(folder: Path, above: str = "") -> dict[str, str]:
    """Every entry of the folder and of the folders directly in it."""
    kinds = {}
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda each: each.name)
    for entry in listed:
        path = above + entry.name
        if entry.is_symlink():
            kinds[path] = "link"
        elif entry.is_dir(follow_symlinks=False):
            kinds[path] = "folder"
            kinds |= {} if above else _kinds(folder / entry.name, f"{path}/")
        else:
            kinds[path] = "file" if entry.is_file(follow_symlinks=False) else "special file"
    return kinds


def read(path: Path) -> bytes:
    """The content of a regular file; a link in its place is refused. Raises TreeError."""
    with os_errors_explained(path), os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read()


def read_manifest(content: bytes, pair: str | None = None) -> Manifest | ForeignManifest:
    """The manifest in `content`; with `pair`, only a manifest of that pair counts."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        return ForeignManifest(f"not JSON ({'nested too deeply' if isinstance(error, RecursionError) else error})")
    mark = data.get("kea-hac") if isinstance(data, dict) else None
    if not isinstance(mark, dict) or not isinstance(mark.get("pair"), str):
        return ForeignManifest("it has no `kea-hac` key")
    if mark.get("manifest") != _FORMAT:
        return ForeignManifest(f"this kea-hac reads format {_FORMAT} only; use the kea-hac version that built it")
    if pair is not None and mark["pair"] != pair:
        return ForeignManifest(f"it belongs to pair {mark['pair']!r}")
    files = _digests(data.get("files"))
    if files is None:
        return ForeignManifest("its list of files is damaged")
    source = mark.get("source")
    reported = source if isinstance(source, str) and source and "\0" not in source else None
    return Manifest(mark["pair"], files, mark.get("unfinished") is True, reported)


def _digests(files: Any) -> dict[str, str] | None:
    """Path -> digest, or None where the list is not one that we wrote: files may be removed by it, so nothing is guessed."""
    if not isinstance(files, dict):
        return None
    digests = {}
    for path, facts in files.items():
        if not PATH.fullmatch(path) or not isinstance(facts, dict) or not isinstance(facts.get("sha256"), str):
            return None
        digests[path] = facts["sha256"]
    return digests


def unfinished(pair: str, digests: Mapping[str, str]) -> bytes:
    """The manifest that stands in the folder while its files are replaced one by one: it lists the old and the new files."""
    files = {path: {"sha256": digest} for path, digest in sorted(digests.items()) if path != MANIFEST}
    mark = {"manifest": _FORMAT, "pair": pair, "unfinished": True}
    return json.dumps({"kea-hac": mark, "files": files}, indent=2).encode() + b"\n"
