"""The objects of Git: files and folders of any revision, the states of a path in the history, the merge base with a branch.

A repository under review is hostile: its configuration may name programs for signatures, pagers, filters, textconv, external
diffs, fsmonitor, hooks, and for fetching what a partial clone lacks; objects may be borrowed from any folder of the machine
(alternates), or be replaced by others (`refs/replace`, grafts). Compared were three ways to read one:

- `git` as a program obeys the configuration that it finds. Each danger can be switched off by its own option, as long as all are
  known; lazy fetching cannot before Git 2.44. `git log` in a folder that was committed as a bare repository ran the program
  that its config named (seen with Git 2.39.5).
- pygit2 (libgit2) runs no program to read, but reads the configuration with its includes, borrows objects from anywhere,
  refuses repositories of another user, as CI has them, and parses hostile packs in C. 17 MB (seen with 1.21.0).
- dulwich is Python. Its `DiskObjectStore` reads objects, and nothing else: created from a path only, it opens no configuration, has no
  code that starts a program, and what it borrows is one property, which is empty here. Replacements and grafts are unknown to it.

So it is dulwich, and of it the object store alone; references are read in `git_folder`. What it does not support is an error with a
reason: SHA-256 names, reftables, objects that are borrowed or were never fetched. It takes about 1 ms a
commit, several times what the others take; a history is only walked for a build that is neither the spec's nor in the tree.
"""

from __future__ import annotations

import heapq
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.allowed import LARGEST_INPUT
from kea_hac.source.git_folder import GitError, GitFolder, git_folder

_ID = regex(r"[0-9a-f]{4,40}\Z")
_STEP = regex(r"\^\{(?:commit)?\}|([~^])(\d*)")
_REVISION = regex(r"([^\s~^:?*\[\\\0]+?)((?:[~^]\d*|\^\{(?:commit)?\})*)\Z")
_MOST_COMMITS = 200_000
_MOST_TREES = 256
_MOST_TAGS = 10
"""Tags of tags."""
_TAG, _BY_OFFSET = 4, 6
"""The last kind of an object in a pack that is a whole object; and a difference to the object so many bytes before it."""
_MOST_DIFFERENCES = 10_000
"""Differences to differences: Git makes 4,095 at the most (pack.depth)."""
_LONGEST_NUMBER = 10
"""Bytes of a length."""
_HEAD = 1024
"""Bytes of an object in a pack that contain all of its lengths."""
_FOLDER, _FILE, _LINK, _SUBMODULE = 0o040000, 0o100000, 0o120000, 0o160000


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One name in a folder of a revision."""

    folder: bool
    """False for a regular file. Links and submodules are no entries."""
    identity: str
    """Equal for equal content."""


@dataclass(frozen=True, slots=True)
class PathContent:
    """The content of a path, from some commit on."""

    commit: str
    """The newest commit with this content. Full, 40 digits."""
    identity: str


@dataclass(frozen=True, slots=True)
class _Commit:
    tree: str
    parents: tuple[bytes, ...]
    time: int
    """Of the committer, seconds since 1970."""


@dataclass(slots=True)
class Repository:
    """The objects of one repository, by its references."""

    folder: GitFolder
    references: Mapping[str, bytes]
    cut: frozenset[bytes]
    """Commits at which a shallow clone ends."""
    _store: Any = field(repr=False)
    _commits: dict[bytes, _Commit] = field(default_factory=dict, repr=False)
    _trees: dict[bytes, dict[str, TreeEntry]] = field(default_factory=dict, repr=False)
    """Folders that were read: from commit to commit most are the same."""
    _others: dict[bytes, dict[str, tuple[int, str]]] = field(default_factory=dict, repr=False)
    """By folder: the name of each symbolic link and the object that contains its target; of each submodule and its commit."""

    @classmethod
    def of(cls, folder: str) -> Repository:
        """The repository whose work tree holds a folder, which need not exist. Raises GitError."""
        found = git_folder(folder)
        return cls(found, found.references(), found.shallow(), _store(found))

    @property
    def shallow(self) -> bool:
        """True when older commits were not fetched."""
        return bool(self.cut)

    def below(self, path: str) -> str:
        """A path of the work tree, from its top. Raises GitError for one that is not in it."""
        found = os.path.relpath(os.path.realpath(path), self.folder.root)
        if found.split(os.sep)[0] == os.pardir:
            raise GitError(f"{path} is not in the work tree {self.folder.root}")
        return "" if found == os.curdir else "/".join(found.split(os.sep))

    def commit(self, revision: str) -> str:
        """The commit that a revision names: a branch, a tag, an object, with ~N and ^N. Raises GitError."""
        match = _REVISION.match(revision)
        if match is None or revision.startswith("-"):
            raise GitError(
                f"{revision!r} is not a revision: write a branch, a tag or a commit, with ~N or ^N if needed"
            )
        at = self._peeled(self._named(match[1]))
        if at is None:
            raise GitError(f"{revision!r} is not a commit")
        for step in _STEP.finditer(match[2]):
            number = int(step[2] or 1) if step[1] else 0
            for parent in [1] * number if step[1] == "~" else [number]:
                at = self._parent(at, parent, revision)
        return at.decode()

    def read(self, commit: str, path: str) -> bytes | None:
        """The content of a regular file of a commit; None where there is none. Raises GitError when it cannot be read."""
        entry = self._entry(commit, path)
        return None if entry is None or entry.folder else self._object(entry.identity.encode(), "blob")

    def entries(self, commit: str, path: str = "") -> Mapping[str, TreeEntry] | None:
        """The folders and regular files of a folder; None where there is no such folder. Raises GitError."""
        entry = self._entry(commit, path)
        return self._listed(entry.identity.encode()) if entry is not None and entry.folder else None

    def entry(self, commit: str, path: str) -> TreeEntry | None:
        """The folder or regular file at a path of a commit; None where there is neither. Raises GitError."""
        return self._entry(commit, path)

    def link(self, commit: str, path: str) -> str | None:
        """The target of a symbolic link of a commit, as it is written; None where there is no link. Raises GitError."""
        found = self._other(commit, path, _LINK)
        return None if found is None else self._object(found.encode(), "blob").decode("utf-8", "surrogateescape")

    def submodule(self, commit: str, path: str) -> str | None:
        """The commit that a commit records for a submodule; None where there is no submodule at the path. Raises GitError."""
        return self._other(commit, path, _SUBMODULE)

    def states(self, path: str, revision: str | None = None) -> Iterator[PathContent]:
        """What a path was, in all branches and tags or in one revision's history: each state once, the newest first.

        Raises GitError when the history is damaged or too long.
        """
        seen: set[str] = set()
        for commit in self._history([self.commit(revision).encode()] if revision else self._tips()):
            entry = self._entry(commit.decode(), path)
            if entry is not None and entry.identity not in seen:
                seen.add(entry.identity)
                yield PathContent(commit.decode(), entry.identity)

    def chosen(self, choose: Callable[[Repository], str | None], top: str | None = None) -> str | None:
        """The commit that `choose` finds; of a submodule, the one that is recorded for it in the commit found in its superproject.

        Who proposes a change to a superproject can make any repository a submodule, with branches of any names. So what a submodule
        says of itself does not count, unless `top` is its own work tree: that of the user. Raises GitError.
        """
        if self.folder.superproject is None or self.folder.root == top:
            return choose(self)
        outer = Repository.of(self.folder.superproject)
        found = outer.chosen(choose, top)
        return outer.submodule(found, outer.below(self.folder.root)) if found is not None else None

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that is in the history of both revisions; None where they have none in common. Raises GitError."""
        first = set(self._history([self.commit(one).encode()]))
        found = next((each for each in self._history([self.commit(other).encode()]) if each in first), None)
        return found.decode() if found else None

    def _named(self, name: str) -> bytes:
        """As Git looks names up: HEAD, then references by their short names, then objects."""
        name = "HEAD" if name == "@" else name
        for form in ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD"):
            if (found := self.references.get(form.format(name))) is not None:
                return found
        if not _ID.match(name):
            raise GitError(f"there is no revision {name!r}")
        try:
            found_here = list(self._store.iter_prefix(name.encode()))
        except Exception as error:  # whatever a damaged store raises
            raise _damaged(name) from error
        if len(found_here) != 1:
            raise GitError(
                f"there is no revision {name!r}"
                if not found_here
                else f"{name!r} is the beginning of several object names"
            )
        return bytes(found_here[0])

    def _tips(self) -> list[bytes]:
        """What all references lead to, as far as that is commits."""
        found = [self._peeled(value) for value in dict.fromkeys(self.references.values())]
        return [each for each in found if each is not None]

    def _peeled(self, identity: bytes) -> bytes | None:
        """The commit that an object is or, being a tag, leads to; None for anything else."""
        for _ in range(_MOST_TAGS):
            kind, content = self._raw(identity)
            if kind == "commit":
                return identity
            line = content.split(b"\n", 1)[0].split(b" ")
            if kind != "tag" or len(line) != 2:
                break
            identity = line[1]
        return None

    def _parent(self, commit: bytes, number: int, revision: str) -> bytes:
        if number == 0:
            return commit
        parents = self._parents(commit)
        if len(parents) < number:
            shallow = " (the clone is shallow)" if commit in self.cut else ""
            raise GitError(f"{revision!r} is before the beginning of the history{shallow}")
        return parents[number - 1]

    def _parents(self, commit: bytes) -> list[bytes]:
        return [] if commit in self.cut else list(self._commit(commit).parents)

    def _history(self, tips: list[bytes]) -> Iterator[bytes]:
        """Commits, each once, the newest first by their dates."""
        waiting = [(-self._commit(tip).time, tip) for tip in dict.fromkeys(tips)]
        heapq.heapify(waiting)
        known = {tip for _, tip in waiting}
        count = 0
        while waiting:
            _, commit = heapq.heappop(waiting)
            yield commit
            count += 1
            if count >= _MOST_COMMITS:
                raise GitError(f"the history is longer than {_MOST_COMMITS:,} commits")
            for parent in self._parents(commit):
                if parent not in known:
                    known.add(parent)
                    heapq.heappush(waiting, (-self._commit(parent).time, parent))

    def _entry(self, commit: str, path: str) -> TreeEntry | None:
        entry = TreeEntry(True, self._commit(commit.encode()).tree)
        for step in path.split("/") if path else ():
            below = self._listed(entry.identity.encode()) if entry.folder else {}
            if step not in below:
                return None
            entry = below[step]
        return entry

    def _other(self, commit: str, path: str, kind: int) -> str | None:
        """The object of an entry that is neither a folder nor a regular file."""
        above, _, name = path.rpartition("/")
        folder = self._entry(commit, above)
        if folder is None or not folder.folder:
            return None
        identity = folder.identity.encode()
        self._listed(identity)
        found = self._others.get(identity, {}).get(name)
        return found[1] if found is not None and found[0] == kind else None

    def _listed(self, identity: bytes) -> dict[str, TreeEntry]:
        from dulwich.objects import parse_tree

        if identity in self._trees:
            return self._trees[identity]
        found: dict[str, TreeEntry] = {}
        others: dict[str, tuple[int, str]] = {}
        try:
            for name, mode, each in parse_tree(self._object(identity, "tree"), 20):
                kind, text = stat.S_IFMT(mode), bytes(name).decode("utf-8", "surrogateescape")
                if kind in (_FOLDER, _FILE):
                    found[text] = TreeEntry(kind == _FOLDER, bytes(each).decode())
                elif kind in (_LINK, _SUBMODULE):
                    others[text] = kind, bytes(each).decode()
        except GitError:
            raise
        except Exception as error:  # a hostile tree may be wrong in any way
            raise _damaged(identity.decode()) from error
        if len(self._trees) >= _MOST_TREES:
            self._trees.clear()
            self._others.clear()
        self._trees[identity] = found
        self._others[identity] = others
        return found

    def _commit(self, identity: bytes) -> _Commit:
        from dulwich.objects import Commit

        if identity not in self._commits:
            content = self._object(identity, "commit")
            try:
                read = Commit.from_string(content)
                tree, parents = bytes(read.tree).decode("ascii"), tuple(bytes(each) for each in read.parents)
                self._commits[identity] = _Commit(tree, parents, int(read.commit_time))
            except Exception as error:  # as above
                raise _damaged(identity.decode("ascii", "replace")) from error
        return self._commits[identity]

    def _object(self, identity: bytes, wanted: str) -> bytes:
        kind, content = self._raw(identity)
        if kind != wanted:
            raise GitError(f"the object {identity.decode()} of the Git repository is a {kind}, not a {wanted}")
        return content

    def _raw(self, identity: bytes) -> tuple[str, bytes]:
        """The kind and the content of an object. Raises GitError where it is not there or is damaged."""
        try:
            _refuse_special(self.folder.objects, identity.decode("ascii"))
            _refuse_large(self.folder.objects, self._store, identity.decode("ascii"))
            number, content = self._store.get_raw(identity)
            return {1: "commit", 2: "tree", 3: "blob", 4: "tag"}[number], bytes(content)
        except KeyError:
            raise GitError(self._missing(identity)) from None
        except GitError:
            raise
        except Exception as error:  # as above
            raise _damaged(identity.decode("ascii", "replace")) from error

    def _missing(self, identity: bytes) -> str:
        words = f"the Git repository of {self.folder.root} lacks the object {identity.decode('ascii', 'replace')}"
        if self.folder.borrows:
            return f"{words}: it uses objects of another repository (alternates), which are not read; `git repack -a -d` copies them"
        if self.folder.partial:
            return f"{words}: it is a partial clone, and kea-hac fetches nothing; run `git fetch --refetch --no-filter` to get all objects"
        return words


def _store(folder: GitFolder) -> Any:
    """dulwich's store without what it borrows. Raises GitError when a pack is no regular file."""
    from dulwich.object_store import DiskObjectStore

    class Store(DiskObjectStore):  # type: ignore[misc, unused-ignore] # Any, where mypy runs without the library
        """Objects of this repository alone."""

        @property
        def alternates(self) -> list[Any]:
            """None: `objects/info/alternates` may name any folder of the machine."""
            return []

        def __del__(self) -> None:
            self.close()

    packs = os.path.join(folder.objects, "pack")
    if os.path.lexists(packs):
        if os.path.islink(packs):
            raise GitError(f"{packs} is a link, which is not followed")
        for name in os.listdir(packs):
            if not stat.S_ISREG(os.lstat(os.path.join(packs, name)).st_mode):
                raise GitError(f"{packs}/{name} is not a regular file, so the Git history of {folder.root} is not read")
    return Store(folder.objects)


def _refuse_special(objects: str, identity: str) -> None:
    """A loose object is a regular file in a folder: anything else would be waited for, or be read from outside."""
    above = os.path.join(objects, identity[:2])
    path = os.path.join(above, identity[2:])
    if os.path.islink(above) or (os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode)):
        raise GitError(f"{path} is not a regular file, so the Git history is not read")


def _refuse_large(objects: str, store: Any, identity: str) -> None:
    """Raise GitError for an object that its own header says to be larger than any input: some kilobytes can be gigabytes of zeros."""
    size = _loose_size(objects, identity)
    if size is None:
        size = max((_packed_size(pack, identity) for pack in store.packs), default=0)
    if size > LARGEST_INPUT:
        raise GitError(
            f"the object {identity} of the Git repository has {size:,} bytes, more than the {LARGEST_INPUT:,} that are read"
        )


def _loose_size(objects: str, identity: str) -> int | None:
    """The length in the header of a loose object (`blob 12\\0…`); None where it is none."""
    path = os.path.join(objects, identity[:2], identity[2:])
    if not os.path.lexists(path):
        return None
    with open(path, "rb") as file:
        head = zlib.decompressobj().decompress(file.read(256), 64)
    return int(head.partition(b"\0")[0].split(b" ")[1])


def _packed_size(pack: Any, identity: str) -> int:
    """The largest length in the headers of a packed object and of those that it is a difference to; 0 where the pack does not have it."""
    try:
        offset = pack.index.object_offset(identity.encode())
    except KeyError:
        return 0
    with open(pack.data.path if hasattr(pack.data, "path") else pack.data.filename, "rb") as file:
        return max(_stated_sizes(file, pack.index, offset))


def _stated_sizes(file: Any, index: Any, offset: int) -> Iterator[int]:
    """Of an object and of all that it is a difference to (gitformat-pack). Raises ValueError where that has no end."""
    for _ in range(_MOST_DIFFERENCES):
        file.seek(offset)
        head = file.read(_HEAD)
        kind = head[0] >> 4 & 7
        size, at = _number(head, 0, 4)
        if kind <= _TAG:
            yield size
            return
        if kind == _BY_OFFSET:
            back, at = _distance(head, at)
            base = offset - back
        else:
            base = index.object_offset(head[at : at + 20].hex().encode())
            at += 20
        difference = zlib.decompressobj().decompress(head[at:], 2 * _LONGEST_NUMBER)
        of_base, at = _number(difference, 0, 7)
        yield of_base
        yield _number(difference, at, 7)[0]
        offset = base
    raise ValueError("too many differences to differences")


def _number(data: bytes, at: int, bits: int) -> tuple[int, int]:
    """A length at a place, the lowest bits first, `bits` of them in the first byte; and the place behind it."""
    size, shift = data[at] & (1 << bits) - 1, bits
    while data[at] & 0x80:
        at += 1
        size |= (data[at] & 0x7F) << shift
        shift += 7
    return size, at + 1


def _distance(data: bytes, at: int) -> tuple[int, int]:
    """How far back in the pack the base of a difference begins, the highest bits first; and the place behind that."""
    back = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        back = (back + 1 << 7) | data[at] & 0x7F
    return back, at + 1


def _damaged(name: str) -> GitError:
    return GitError(f"the object {name} of the Git repository is damaged; `git fsck` shows details")
