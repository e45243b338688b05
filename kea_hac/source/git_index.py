"""The index of a Git work tree → which files Git tracks, and which it ignores. Files are read; no program runs.

Read are the index, `.gitignore` files and `info/exclude`. The user's own configuration is not (`core.excludesFile`): what only one
user ignores is not ignored for the others.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator

from kea_hac.source.files import FileError, read_bytes
from kea_hac.source.git_folder import GitError, GitFolder, git_folder

_LARGEST = 512 * 1024 * 1024
_TO_BE_ADDED = 0x2000
"""The extended flag of `git add --intent-to-add`: the name is in the index, and the content is not."""
_SPLIT, _SPARSE = b"link", b"sdir"
"""Extensions: entries are in another file; folders outside of a sparse checkout are one entry."""
_DIGEST = 20


def untracked(paths: Iterable[str]) -> Iterator[str]:
    """Those of some existing files of one work tree that Git neither tracks nor ignores. None of files outside of work trees.

    Raises GitError when that cannot be known.
    """
    from dulwich.ignore import IgnoreFilter, IgnoreFilterManager

    known: dict[str, tuple[GitFolder, frozenset[str], IgnoreFilterManager]] = {}
    for path in paths:
        real = os.path.realpath(path)
        folder = _folder_of(os.path.dirname(real))
        if folder is None:
            continue
        if folder.root not in known:
            exclude = os.path.join(folder.common, "info", "exclude")
            more = [IgnoreFilter.from_path(exclude)] if os.path.isfile(exclude) else []
            known[folder.root] = folder, tracked(folder), IgnoreFilterManager(folder.root, more, False)
        _, listed, ignored = known[folder.root]
        inside = os.path.relpath(real, folder.root)
        if inside not in listed and not ignored.is_ignored(inside):
            yield path


def tracks(folder: str) -> bool:
    """True when Git tracks a file below a folder, or a link in its place or that of the folder above; also when that cannot be known.

    What is tracked comes from whoever proposes a change, and not from this machine alone.
    """
    if not os.path.lexists(folder):
        return False
    named = os.path.abspath(folder)
    links = [each for each in (named, os.path.dirname(named)) if os.path.islink(each)]
    places = [
        os.path.realpath(named),
        *(os.path.join(os.path.realpath(os.path.dirname(each)), os.path.basename(each)) for each in links),
    ]
    try:
        return any(map(_is_tracked, places))
    except GitError:
        return True


def _is_tracked(place: str) -> bool:
    """True when Git tracks this path, or one below it. Raises GitError."""
    found = _folder_of(os.path.dirname(place))
    if found is None:
        return False
    inside = os.path.relpath(place, found.root)
    return any(each == inside or each.startswith(f"{inside}/") for each in tracked(found))


def tracked(folder: GitFolder) -> frozenset[str]:
    """The paths that the next commit of this work tree has, from its top. Raises GitError when the index cannot be read."""
    from dulwich.index import ConflictedIndexEntry, read_index_dict_with_version

    path = _index(folder)
    if not os.path.lexists(path):
        return frozenset()
    try:
        file = io.BytesIO(read_bytes(path, _LARGEST, links=False))
        entries, _, _ = read_index_dict_with_version(file)
    except FileError as error:
        raise GitError(f"{path} cannot be read: {error}") from error
    except Exception as error:  # a hostile or newer index: dulwich has no one error for it
        raise GitError(f"{path} cannot be read as an index of Git ({type(error).__name__})") from error
    # dulwich stops where an extension begins that changes what the entries mean; those have names in lower case.
    changed = file.read(4)
    if changed.isalpha() and changed.islower() and changed != _SPARSE and len(file.read()) >= _DIGEST:
        step = "; `git update-index --no-split-index` joins it" if changed == _SPLIT else ""
        raise GitError(f"{path} has the extension {changed.decode()!r}, which cannot be read here{step}")
    return frozenset(
        os.fsdecode(name)
        for name, entry in entries.items()
        if isinstance(entry, ConflictedIndexEntry) or not entry.extended_flags & _TO_BE_ADDED
    )


def _index(folder: GitFolder) -> str:
    """The index; during `git commit FILE` the temporary one beside it, which Git names to its hooks."""
    own = os.path.join(folder.own, "index")
    named = os.environ.get("GIT_INDEX_FILE")
    if not named:
        return own
    path = os.path.realpath(os.path.join(folder.root, named))
    return path if os.path.dirname(path) == os.path.realpath(folder.own) else own


def _folder_of(folder: str) -> GitFolder | None:
    from kea_hac.source.allowed import work_trees

    return git_folder(folder) if next(work_trees(folder), None) is not None else None
