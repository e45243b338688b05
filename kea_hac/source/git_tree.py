"""The files of one commit, as the readers of specs read them: from Git's objects, never from the work tree. No program runs.

Links are resolved inside of the commit, as the system would resolve them in a checkout. One that leads out of the work tree is refused.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence

from kea_hac.source.allowed import Bounds, within
from kea_hac.source.files import FileError
from kea_hac.source.git_folder import GitError
from kea_hac.source.git_objects import Repository

_MOST_LINKS = 40
"""Links that are followed on the way to one file, as Linux does."""


class Revision:
    """One commit as a tree of files, which are named by the paths that they would have in the work tree."""

    def __init__(self, repository: Repository, commit: str) -> None:
        """`commit`: full, as `Repository.commit` returns it."""
        self.repository = repository
        self.commit = commit
        self.root = repository.folder.root
        self.trouble: GitError | None = None
        """Why an object could not be read, once one was missing or damaged: what was read of the revision is then incomplete."""

    @property
    def name(self) -> str:
        """The commit as people write it."""
        return self.commit[:12]

    def bounds(self, path: str, others: Sequence[str] = ()) -> Bounds:
        """As `Files.bounds`: everything lies in the one work tree."""
        home = os.path.dirname(self._place(path))
        return Bounds(self.root, (self.root,), home, tuple(others))

    def real(self, path: str) -> str:
        """As `Files.real`. Raises FileError for a link that leads out of the work tree, or around in a circle."""
        waiting = self._steps(self._place(path))[::-1]
        done: list[str] = []
        followed = 0
        while waiting:
            step = waiting.pop()
            if step == os.pardir:
                if not done:
                    raise FileError(f"a link leads out of {self.root}")
                done.pop()
                continue
            target = self._link("/".join((*done, step)))
            if target is None:
                done.append(step)
                continue
            followed += 1
            if followed > _MOST_LINKS:
                raise FileError("its links lead around in a circle")
            if target.startswith("/"):
                raise FileError(f"it is a link to {target}, outside {self.root}")
            waiting += [each for each in target.split("/") if each not in ("", os.curdir)][::-1]
        return os.path.join(self.root, *done)

    def read(self, real: str, limit: int) -> bytes:
        """As `Files.read`."""
        try:
            data = self.repository.read(self.commit, "/".join(self._steps(real)))
        except GitError as problem:
            self.trouble = problem
            raise FileError(str(problem)) from problem
        if data is None:
            raise FileError(f"there is no such file in {self.name}")
        if len(data) > limit:
            raise FileError(f"it is larger than {limit:,} bytes")
        return data

    def names(self, folder: str) -> Sequence[str]:
        """None: what a file of an older revision misses is not proposed."""
        return ()

    def holds(self, path: str, data: bytes) -> bool:
        """True when the file at a path has exactly this content there. Raises GitError."""
        try:
            found = self.repository.entry(self.commit, "/".join(self._steps(self.real(path))))
        except FileError:
            return False
        if found is None or found.folder:
            return False
        name = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        return found.identity == name

    def is_file(self, path: str) -> bool:
        """True for a regular file, or a link to one. Raises GitError."""
        try:
            found = self.repository.entry(self.commit, "/".join(self._steps(self.real(path))))
        except FileError:
            return False
        return found is not None and not found.folder

    def walk(self, path: str) -> Iterator[str]:
        """Every regular file below a folder, sorted, without hidden folders and links to folders. Raises GitError.

        The paths begin with `path` as it was written.
        """
        try:
            below = "/".join(self._steps(self.real(path)))
        except FileError:
            return
        waiting = [(below, path)]
        while waiting:
            at, shown = waiting.pop()
            listed = self.repository.entries(self.commit, at) or {}
            files = [name for name, each in listed.items() if not each.folder]
            for name in sorted(files):
                yield os.path.normpath(os.path.join(shown, name))
            folders = sorted(
                (name for name, each in listed.items() if each.folder and not name.startswith(".")), reverse=True
            )
            waiting += [("/".join(filter(None, (at, name))), os.path.join(shown, name)) for name in folders]

    def _place(self, path: str) -> str:
        """The absolute path below the work tree, by names alone. Raises FileError for one outside of it."""
        if "\0" in path:
            raise FileError("it is no file name (it contains a NUL)")
        named = os.path.abspath(path)
        if within(named, self.root):
            return named
        # The work tree may be reached by a link above it, a home folder for instance.
        real = os.path.join(os.path.realpath(os.path.dirname(named)), os.path.basename(named))
        if not within(real, self.root):
            raise FileError(f"{path} is not in the work tree {self.root}")
        return real

    def _steps(self, place: str) -> list[str]:
        found = os.path.relpath(place, self.root)
        return [] if found == os.curdir else found.split(os.sep)

    def _link(self, path: str) -> str | None:
        try:
            return self.repository.link(self.commit, path)
        except GitError as problem:
            self.trouble = problem
            raise FileError(str(problem)) from problem
