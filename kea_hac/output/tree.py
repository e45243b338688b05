"""Builds → the output tree, one folder for each pair, replaced as a unit; and its comparison with the builds.

Everything that can fail is done before the first folder changes: all pairs are examined, then all are written completely
beside the tree, then each replaces its folder in one step (`swap`). After kill -9 at any moment a pair's folder is the old
one, the new one, or known to be half replaced. The next build repairs it and removes the scratch folders of the killed one.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from kea_hac.compiler.artifacts import MANIFEST, Build
from kea_hac.errors import TreeError
from kea_hac.output.existing import (
    NAME,
    Discrepancy,
    DiscrepancyKind,
    ExistingFolder,
    ForeignManifest,
    Manifest,
    look,
    read,
    read_manifest,
)
from kea_hac.output.links import refuse_links
from kea_hac.output.lock import locked
from kea_hac.output.names import listed, refuse_case, refuse_names
from kea_hac.output.refusal import display_path, os_errors_explained, refused
from kea_hac.output.staging import abandon, discard, stage, sweep
from kea_hac.output.swap import replace_folder
from kea_hac.records import dataclass

__all__ = [
    "Discrepancy",
    "DiscrepancyKind",
    "FolderOutcome",
    "FolderState",
    "TreeState",
    "Written",
    "inspect",
    "orphans",
    "write",
]


class FolderState(StrEnum):
    """The state of a pair's folder compared with a build; where several apply, the last of them."""

    CLEAN = "clean"
    ABSENT = "absent"
    STALE = "stale"
    """Whole, but of another build."""
    TORN = "torn"
    """Not what its own manifest says: edited by hand, or a replacement file by file was interrupted."""
    FOREIGN = "foreign"
    """It contains files that no manifest lists, and `write` will refuse to change it."""


@dataclass(frozen=True, slots=True)
class TreeState:
    """What `--check` has to say about one pair."""

    pair: str
    state: FolderState
    discrepancies: tuple[Discrepancy, ...]
    """Sorted by path; empty when clean. Modes and times are not compared."""


class FolderOutcome(StrEnum):
    """What `write` did with one pair."""

    NEW = "new"
    REPLACED = "replaced"
    MENDED = "mended"
    """Replaced; the old folder was half replaced or edited by hand."""
    UNCHANGED = "unchanged"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Written:
    """What `write` did with one pair."""

    pair: str
    outcome: FolderOutcome
    changed: tuple[str, ...]
    """Paths below the pair's folder that are new, removed or have another content; sorted, with manifest.json."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """One pair, looked at."""

    pair: str
    files: Mapping[str, bytes]
    """Empty for a pair that is to be pruned."""
    old: ExistingFolder | None
    outcome: FolderOutcome
    changed: tuple[str, ...]

    @property
    def written(self) -> Written:
        return Written(self.pair, self.outcome, self.changed)


def inspect(root: Path, build: Build) -> TreeState:
    """Is root/PAIR exactly this build? Reads only, and waits for a build that is running there. Raises TreeError."""
    refuse_links(root)
    with _steady(root):
        old = look(root, build.pair, build.files)
    return _state(build.pair, build.files, old)


def orphans(root: Path, pairs: Collection[str]) -> Mapping[str, str | None]:
    """The pair folders that kea-hac wrote and whose pair is not among `pairs`, sorted, with the spec that each was built from
    (`Manifest.source`). Raises TreeError.

    A copy of a pair's folder under another name does not count: its manifest contains the name that it was built for.
    """
    refuse_links(root)
    found: dict[str, str | None] = {}
    for name in listed(root):
        if name not in pairs and NAME.fullmatch(name):
            manifest = _manifest(root / name / MANIFEST)
            if manifest is not None and manifest.pair == name:
                found[name] = manifest.source
    return found


def write(root: Path, builds: Sequence[Build], *, prune: Collection[str] = ()) -> tuple[Written, ...]:
    """Bring root/PAIR of every build to exactly its files, and remove the pairs of `prune` that kea-hac wrote.

    Folders that are up to date are not changed. Raises TreeError: before any change, or with a list of what was done before.
    """
    refuse_links(root)
    refuse_names(builds)
    with os_errors_explained(root):
        if not root.is_dir():
            os.makedirs(root)
    with locked(root) as alone:
        gone = [name for name in orphans(root, {build.pair for build in builds}) if name in prune] if prune else []
        plans = [_plan(root, build.pair, build.files) for build in builds]
        plans += [_pruning(root, pair) for pair in gone]
        for plan in plans:
            if plan.changed:
                refuse_case(root, {*listed(root), *(each.pair for each in plans)}, {plan.pair})
                refuse_case(root, {*plan.files, *(plan.old.kinds if plan.old else ())}, plan.files.keys())
        if alone:
            sweep(root)
        _carry_out(root, [plan for plan in plans if plan.changed])
    return tuple(plan.written for plan in plans)


@contextmanager
def _steady(root: Path) -> Iterator[None]:
    """Lock the root, so that no other build changes it meanwhile; no lock where there is no root."""
    if not os.path.exists(root):
        yield
        return
    with locked(root, shared=True):
        yield


def _state(pair: str, files: Mapping[str, bytes], old: ExistingFolder | None) -> TreeState:
    if old is None:
        return TreeState(
            pair, FolderState.ABSENT, tuple(Discrepancy(path, DiscrepancyKind.MISSING) for path in sorted(files))
        )
    discrepancies = old.compare(files)
    if any(each.matter is DiscrepancyKind.FOREIGN for each in discrepancies):
        state = FolderState.FOREIGN
    elif not discrepancies:
        state = FolderState.CLEAN
    else:
        state = FolderState.TORN if old.torn else FolderState.STALE
    return TreeState(pair, state, discrepancies)


_OUTCOMES = {
    FolderState.CLEAN: FolderOutcome.UNCHANGED,
    FolderState.ABSENT: FolderOutcome.NEW,
    FolderState.STALE: FolderOutcome.REPLACED,
    FolderState.TORN: FolderOutcome.MENDED,
}


def _plan(root: Path, pair: str, files: Mapping[str, bytes]) -> _Plan:
    """What is to be done with a pair. Raises TreeError when its folder may not be touched."""
    old = look(root, pair, files)
    found = _state(pair, files, old)
    if found.state is FolderState.FOREIGN:
        raise _foreign(root / pair, found.discrepancies)
    if found.discrepancies and old is not None:
        _refuse_locked_folders(old)
    return _Plan(pair, files, old, _OUTCOMES[found.state], tuple(each.path for each in found.discrepancies))


def _pruning(root: Path, pair: str) -> _Plan:
    """The removal of an orphan: nothing can make it again, so it has to be as it was built (or torn by a build)."""
    plan = _plan(root, pair, {})
    old = plan.old
    if old is not None and isinstance(old.manifest, Manifest) and not old.manifest.unfinished:
        for path, digest in old.named.items():
            if old.digests.get(path, digest) != digest:
                next_step = "check it, and remove the folder by hand if nobody needs it"
                raise TreeError(
                    f"{display_path(root / pair / path)} was changed after it was built, so it is not pruned; {next_step}"
                )
    return _Plan(pair, {}, old, FolderOutcome.PRUNED, plan.changed)


def _carry_out(root: Path, plans: Sequence[_Plan]) -> None:
    """Stage every pair, then let each take its place."""
    staged: dict[str, Path] = {}
    done: list[str] = []
    try:
        for plan in plans:
            if plan.files:
                staged[plan.pair] = stage(root, plan.pair, plan.files)
        for plan in plans:
            if plan.files:
                replace_folder(root, plan.pair, staged.pop(plan.pair), plan.files, plan.old)
            else:
                _remove(root, plan.pair)
            done.append(plan.pair)
    except TreeError as error:
        if not done:
            raise
        raise TreeError(f"{error} (done before that: {', '.join(done)})") from error
    finally:
        for folder in staged.values():
            abandon(folder)


def _remove(root: Path, pair: str) -> None:
    """Move it to a scratch folder in one step, then remove it."""
    with os_errors_explained(root / pair):
        aside = root / f".kea-hac-{secrets.token_hex(8)}"
        os.rename(root / pair, aside)
    discard(aside)


def _foreign(folder: Path, discrepancies: Iterable[Discrepancy]) -> TreeError:
    """The error that names a foreign path. A foreign manifest is named first, because the rest follows from it."""
    found = sorted(
        (each for each in discrepancies if each.matter is DiscrepancyKind.FOREIGN),
        key=lambda each: each.path != MANIFEST,
    )
    first = found[0]
    others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    next_step = "move it and build again"
    if first.path == MANIFEST:
        next_step = f"it is unknown which of its files are from kea-hac: move {display_path(folder)} and build again"
    return TreeError(f"{display_path(f'{folder}/{first.path}')} is in the way: {first.why}{others}; {next_step}")


def _refuse_locked_folders(old: ExistingFolder) -> None:
    """Checked before the swap: a folder that can be moved but not emptied would stay as a scratch folder for ever."""
    folders = [old.folder, *(old.folder / path for path, kind in old.kinds.items() if kind == "folder")]
    for folder in folders:
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
            raise refused(folder, OSError(errno.EROFS if read_only else errno.EACCES, ""))


def _manifest(path: Path) -> Manifest | None:
    """The valid manifest at `path`; None for anything else, links included."""
    if path.parent.is_symlink() or path.is_symlink() or not path.is_file():
        return None
    with os_errors_explained(path):
        content = read_manifest(read(path))
    return None if isinstance(content, ForeignManifest) else content
