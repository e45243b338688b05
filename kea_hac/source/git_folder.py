"""A folder → the Git repository whose work tree it is a part of, and its references. Files are read; no program runs.

The work tree is the nearest folder, upwards, that holds `.git`. Git itself would also take a folder that merely looks like a
bare repository, which everybody can commit (`build/HEAD`, `build/objects/`, `build/config`); here such a folder is a folder.
`.git` itself cannot be committed: Git refuses that name in every tree. Nothing of the environment (GIT_DIR …) counts, and
nothing of any configuration, so whose the files are is no matter either (`safe.directory`): CI often runs as another user.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping

from kea_hac.errors import SourceError
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.allowed import within, work_trees
from kea_hac.source.files import FileError, read_bytes

_HEX = regex(r"[0-9a-f]{40}\Z")
_LONG_HEX = regex(r"[0-9a-f]{64}\Z")
_PARTIAL = regex(rb"^\s*(?:promisor\s*=\s*true|partialclone\s*=)", re.MULTILINE | re.IGNORECASE)
_TARGETS = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
"""The environment variables in which CI systems name the target branch of a pull request."""
_LARGEST = 64 * 1024 * 1024
_LARGEST_NAME = 64 * 1024
_MOST_REFS = 200_000
_LONGEST_CHAIN = 5
"""References to references that Git follows."""
_SHA256 = "it uses SHA-256 object names, which cannot be read here"
_REFTABLE = "its references are in the reftable format, which cannot be read here"


class GitError(SourceError):
    """A repository, or a part of it, cannot be read; the text says why. The caller reports "unknown"."""


@dataclass(frozen=True, slots=True)
class GitFolder:
    """Where the parts of a repository are. All paths are real ones."""

    root: str
    """The top of the work tree."""
    own: str
    """What belongs to this work tree alone: its HEAD."""
    common: str
    """What all work trees of the repository share: objects, references. Mostly the same as `own`."""
    superproject: str | None = None
    """The top of the work tree that this one is a submodule of. Its commits choose the repository and the commit of the submodule."""

    @property
    def objects(self) -> str:
        """The folder of the objects."""
        return os.path.join(self.common, "objects")

    @property
    def partial(self) -> bool:
        """True for a partial clone: Git would fetch missing objects with a program that the configuration names. kea-hac does not."""
        return _PARTIAL.search(_content(os.path.join(self.common, "config")) or b"") is not None

    @property
    def borrows(self) -> bool:
        """True when objects are in other repositories (`git clone --shared`, `--reference`). They are not read."""
        return os.path.lexists(os.path.join(self.objects, "info", "alternates"))

    def shallow(self) -> frozenset[bytes]:
        """The commits whose parents a shallow clone does not have."""
        return frozenset((_content(os.path.join(self.common, "shallow")) or b"").split())

    def references(self) -> Mapping[str, bytes]:
        """Full name → object, for every reference and HEAD. Raises GitError when they cannot be read."""
        raw = dict(_packed(os.path.join(self.common, "packed-refs")))
        raw |= dict(_loose(os.path.join(self.common, "refs"), "refs"))
        head = _content(os.path.join(self.own, "HEAD"))
        if head is not None:
            raw["HEAD"] = head.decode("utf-8", "replace").strip()
        found = {name: _followed(name, raw) for name in raw}
        return {name: value.encode() for name, value in found.items() if value is not None}


def git_folder(folder: str) -> GitFolder:
    """The repository of a folder, which need not exist. Raises GitError with the reason where none can be read."""
    root = next(work_trees(os.path.realpath(folder)), None)
    if root is None:
        raise GitError(f"{folder} is not in a Git work tree")
    own, superproject = _own(root)
    common = _common(own)
    found = GitFolder(root, own, common, superproject)
    if os.path.islink(found.objects) or not os.path.isdir(found.objects):
        raise GitError(f"{common} has no object folder of its own")
    if os.path.isdir(os.path.join(common, "reftable")):
        raise GitError(f"the Git repository of {root} cannot be read: {_REFTABLE}")
    return found


def shared_branch(references: Mapping[str, bytes]) -> str | None:
    """The branch that pull requests go to, by its full name; None where it is not known.

    That is the one that CI names, else the default, main or master of origin, or of the only remote. In a repository
    without remotes, whose branches are all the user's own, main, master or what is checked out.
    """
    remotes = {name.split("/")[2] for name in references if name.startswith("refs/remotes/")}
    branches = ["refs/heads/main", "refs/heads/master", "HEAD"]
    if remotes:
        remote = "origin" if len(remotes) > 1 else remotes.pop()
        named = [name for each in _TARGETS if (name := os.environ.get(each))]
        branches = [f"refs/remotes/{remote}/{name}" for name in (*named, "HEAD", "main", "master")]
    return next((name for name in branches if name in references), None)


def short_name(branch: str) -> str:
    """The name of a branch as people write it: main, origin/main."""
    return branch.removeprefix("refs/").removeprefix("heads/").removeprefix("remotes/")


def _own(root: str) -> tuple[str, str | None]:
    """What `.git` is or leads to, and the superproject of a submodule. Raises GitError."""
    path = os.path.join(root, ".git")
    kind = os.lstat(path).st_mode
    if stat.S_ISDIR(kind):
        return path, None
    if not stat.S_ISREG(kind):
        raise GitError(f"{path} is neither a folder nor a file, so the Git history of {root} is not read")
    content = (_content(path) or b"").decode("utf-8", "replace").strip()
    target = content.removeprefix("gitdir:").strip()
    if target == content or not target or "\0" in target:
        raise GitError(f"{path} does not name a Git folder (gitdir: …)")
    own = os.path.realpath(os.path.join(root, target))
    superproject = _superproject(own, root)
    if superproject is None and not _names_back(own, path):
        raise GitError(
            f"{path} leads to {own}, which is neither a linked work tree of this folder nor a submodule of the one above; "
            "its history is not read"
        )
    return own, superproject


def _names_back(own: str, path: str) -> bool:
    """True for a linked work tree (`git worktree add`): REPOSITORY/worktrees/NAME, which holds the path of this very `.git`."""
    back = (_content(os.path.join(own, "gitdir")) or b"").decode("utf-8", "replace").strip()
    if not back or "\0" in back:
        return False
    same = os.path.realpath(os.path.join(own, back)) == os.path.realpath(path)
    return same and _common(own) == os.path.dirname(os.path.dirname(own))


def _superproject(own: str, root: str) -> str | None:
    """The work tree around a submodule, whose repository lies in `modules` of the repository there; None for no submodule."""
    above = next(work_trees(os.path.dirname(root)), None)
    if above is None or above == root:
        return None
    try:
        outer = git_folder(above)
    except (GitError, OSError):
        return None
    return outer.root if any(within(own, os.path.join(each, "modules")) for each in {outer.own, outer.common}) else None


def _common(own: str) -> str:
    """The repository of a linked work tree; any other is its own."""
    content = _content(os.path.join(own, "commondir"))
    name = (content or b"").decode("utf-8", "replace").strip()
    return os.path.realpath(os.path.join(own, name)) if name and "\0" not in name else own


def _content(path: str, limit: int = _LARGEST_NAME) -> bytes | None:
    """A small regular file; None where there is none, or something else in its place."""
    try:
        return read_bytes(path, limit, links=False)
    except FileError:
        return None


def _packed(path: str) -> Iterator[tuple[str, str]]:
    """Lines `ID NAME`; those that begin with # or ^ say more of them."""
    if not os.path.lexists(path):
        return
    try:
        content = read_bytes(path, _LARGEST, links=False)
    except FileError as error:
        raise GitError(f"cannot read {path}: {error}") from error
    for line in content.decode("utf-8", "replace").splitlines():
        value, _, name = line.partition(" ")
        if name.startswith("refs/") and not line.startswith(("#", "^")):
            yield name.strip(), value


def _loose(folder: str, name: str) -> Iterator[tuple[str, str]]:
    """The files below refs/, each with one object or another reference."""
    count = 0
    for where, folders, files in os.walk(folder):
        folders.sort()
        below = os.path.relpath(where, folder)
        for file in sorted(files):
            count += 1
            if count > _MOST_REFS:
                raise GitError(f"{folder} contains more than {_MOST_REFS:,} files")
            content = _content(os.path.join(where, file))
            if content is not None:
                full = "/".join((name, *([] if below == "." else below.split(os.sep)), file))
                yield full, content.decode("utf-8", "replace").strip()


def _followed(name: str, raw: Mapping[str, str]) -> str | None:
    """The object of a reference, through others. None where it is not there: an unborn branch."""
    value = raw[name]
    for _ in range(_LONGEST_CHAIN):
        if not value.startswith("ref:"):
            break
        value = raw.get(value.removeprefix("ref:").strip(), "")
    if _LONG_HEX.match(value):
        raise GitError(f"the Git repository cannot be read: {_SHA256}")
    return value if _HEX.match(value) else None
