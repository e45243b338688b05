"""Which files a reading may open: the only policy for inputs (specs, Kea's files, preferences) and for all that they include.

The author of a spec, or of a file that `lint` reads, is not trusted: a pull request can contain both. So:

- An input and what it includes are regular files of one tree: the Git work tree that holds the input, else the input's folder.
- Links may be used inside the tree, also for a folder in the middle of a path. No link may lead out of the tree or give a file
  another ending (`hosts.csv` → `.netrc`). Hard links cannot be distinguished from files, and need not be: Git has none.
- Nothing below `.git` is read, and nothing hidden (`.docker/config.json`): programs keep credentials in such files. Hidden folders
  above the input itself do not count: specs in `.site/` may include files from there.
- Nothing of /proc or /sys is read, wherever it is mounted (`files`).
- Files of folders that the user names (`--root`) may be included. What is read from there, outside the tree, is
  located in findings and never quoted.

A path was typed by the user, or comes from a pattern that matched a name chosen by the author of a pull request; the two
cannot be distinguished. Links above the tree, such as a home folder that is one, are the user's own and do not count.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from kea_hac.records import dataclass
from kea_hac.source.files import FileError, read_bytes

LARGEST_INPUT = 256 * 1024 * 1024
"""Bytes of an input that is read whole, as `Limits.file_bytes`."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The folders of one input. All paths are real ones."""

    root: str
    """The Git work tree, else the folder of the input."""
    trees: tuple[str, ...]
    """Every work tree on the way to the input, `root` among them: the input lies in each of them."""
    home: str
    """The folder of the input."""
    others: tuple[str, ...] = ()
    """Folders besides `root` that the user allows for includes."""

    def outside(self, real: str) -> bool:
        """True for a real path that is in none of the folders."""
        return not any(within(real, each) for each in (self.root, *self.others))

    def quoted(self, real: str) -> bool:
        """True for a file of the tree: its lines may be shown."""
        return within(real, self.root)

    def unfit(self, named: str, real: str, *, main: bool = False) -> str | None:
        """Why a file inside the folders must not be read; None when it may be. `main`: it is the input itself."""
        base = next((each for each in (self.root, *self.others) if within(real, each)), self.root)
        steps = _steps(real, base)
        if any(step.lower() == ".git" for step in steps):
            return "it is inside Git's own folder"
        if not (main and os.path.join(self.home, os.path.basename(named)) == real):
            mine = _steps(self.home, base) if within(self.home, base) else []
            hidden = next((step for step in _not_shared(steps, mine) if _hidden(step)), None)
            if hidden is not None:
                return f"it is hidden ({hidden}), and programs keep credentials in hidden files"
        if _ending(named) != _ending(real):
            return f"it is a link to {real}, which has another ending"
        return None


class Files(Protocol):
    """Where the files of an input are: the disk, or a revision of Git."""

    def bounds(self, path: str, others: Sequence[str] = ()) -> Bounds:
        """The folders that bound an input. Raises FileError or ValueError."""
        ...

    def real(self, path: str) -> str:
        """A path with all links resolved. Raises FileError, OSError or ValueError."""
        ...

    def read(self, real: str, limit: int) -> bytes:
        """The content of a regular file, by its real path. Raises FileError."""
        ...

    def names(self, folder: str) -> Sequence[str]:
        """The names in a folder; none where it cannot be listed, or is too large to be looked through for a misspelt name."""
        ...


class Disk:
    """The files of this machine, for one reading or for a run over many inputs: a folder is looked at once."""

    def __init__(self) -> None:
        self._bounds: dict[tuple[str, ...], Bounds] = {}
        self._folders: dict[str, str] = {}
        """Folder as it is named → its real path."""

    def bounds(self, path: str, others: Sequence[str] = ()) -> Bounds:
        """As `bounds_of`."""
        key = (os.path.dirname(path), *others)
        if key not in self._bounds:
            self._bounds[key] = bounds_of(path, others)
        return self._bounds[key]

    def real(self, path: str) -> str:
        """As the system resolves it."""
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        real = os.path.join(self._folders[folder], name)
        return (
            real if name not in _NO_NAMES and "\0" not in name and not os.path.islink(real) else os.path.realpath(path)
        )

    def read(self, real: str, limit: int) -> bytes:
        """As `read_bytes`; the file must not have become a link."""
        return read_bytes(real, limit, links=False, real=True)

    def names(self, folder: str) -> Sequence[str]:
        """As `Files.names`."""
        try:
            with os.scandir(folder) as entries:
                found = [each.name for each in islice(entries, _MOST_NAMES + 1)]
        except OSError:
            return ()
        return sorted(found) if len(found) <= _MOST_NAMES else ()


_NO_NAMES = ("", os.curdir, os.pardir)
_MOST_NAMES = 2_000
"""Names of a folder that are compared with a misspelt one."""


def bounds_of(path: str, others: Sequence[str] = ()) -> Bounds:
    """The folders of an input, by the path that was typed. Reads folders only. Raises ValueError for what is no path."""
    folder = named_folder(path)
    home = os.path.realpath(folder)
    trees = tuple(dict.fromkeys(os.path.realpath(each) for each in work_trees(folder)))
    root = trees[0] if trees else home if home == folder else work_tree(os.path.join(home, "input"))
    return Bounds(root, trees or (root,), home, tuple(os.path.realpath(each) for each in others))


def real_input(path: str, bounds: Bounds, resolve: Callable[[str], str] = os.path.realpath) -> str:
    """The real path of the input itself. Raises FileError when it may not be read. `resolve`: path → real path."""
    try:
        real = resolve(path)
    except (OSError, ValueError) as problem:
        raise FileError(f"it is not a valid file name ({problem})") from problem
    left = next((each for each in bounds.trees if not within(real, each)), None)
    if left is not None:
        raise FileError(f"a link leads out of {left}, to {real}; if you mean that file, name it directly")
    reason = bounds.unfit(path, real, main=True)
    if reason is not None:
        raise FileError(reason)
    return real


def read_input(path: str, limit: int = LARGEST_INPUT, disk: Disk | None = None) -> bytes:
    """The content of an input that is read whole, by the same policy. Raises FileError. `disk`: of a run over many."""
    disk = disk or Disk()
    try:
        bounds = disk.bounds(path)
    except ValueError as problem:
        raise FileError(f"it is not a valid file name ({problem})") from problem
    return read_bytes(real_input(path, bounds, disk.real), limit, real=True)


def work_tree(path: str) -> str:
    """The nearest folder above a real path that holds `.git` (a folder, or the file of a linked work tree), else its folder."""
    folder = os.path.dirname(path)
    return next(work_trees(folder), folder)


def within(real: str, folder: str) -> bool:
    """True when a real path is a folder, or is below it."""
    # The first is nearly always true, and only faster.
    return real.startswith(f"{folder}{os.sep}") or os.path.commonpath((real, folder)) == folder


def work_trees(folder: str) -> Iterator[str]:
    """The folders that hold `.git`, from a folder upwards, by the names of the path: links are not resolved."""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def named_folder(path: str) -> str:
    """The folder of a path, absolute, as it is named. What stands before a `..` is resolved as the system does it."""
    steps = os.path.join(os.getcwd(), path).split(os.sep)[:-1]
    last = max((at for at, step in enumerate(steps) if step == os.pardir), default=-1)
    before = os.path.realpath(os.sep.join(steps[: last + 1]) or os.sep) if last >= 0 else os.sep
    return os.path.normpath(os.path.join(before, *steps[last + 1 :]))


def _steps(real: str, folder: str) -> list[str]:
    """The names on the way from a folder to a real path in it."""
    return real[len(folder) :].strip(os.sep).split(os.sep)


def _not_shared(steps: Sequence[str], mine: Sequence[str]) -> Sequence[str]:
    """The steps behind those that two paths have in common."""
    at = 0
    while at < min(len(steps), len(mine)) and steps[at] == mine[at]:
        at += 1
    return steps[at:]


def _hidden(step: str) -> bool:
    # NOTE: not `..data`, as Kubernetes names the folders of a mounted ConfigMap, to which its files are links.
    return step.startswith(".") and not step.startswith("..") and step != "."


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()
