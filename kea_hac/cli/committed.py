"""What `build --check` knows of Git: a file that is as it should be on the disk, and that no commit will have, is stale."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kea_hac.errors import TreeError
from kea_hac.report.results import UNTRACKED, Stale

if TYPE_CHECKING:
    from kea_hac.cli.run import Outcome


def not_committed(output: Path, outcomes: Sequence[Outcome], known: Collection[str]) -> Iterator[Stale]:
    """The built files, and the inputs that they were built from, that Git neither tracks nor ignores.

    `known`: paths that are stale for another reason. Raises TreeError when Git's index cannot be read: then nobody knows.
    """
    from kea_hac.source.allowed import work_trees
    from kea_hac.source.git_folder import GitError
    from kea_hac.source.git_index import untracked

    if next(work_trees(os.path.realpath(output)), None) is None:
        return  # nobody commits this tree
    pairs: dict[str, str] = {}
    for each in outcomes:
        if each.build is not None:
            built = (os.path.join(output, each.build.pair, path) for path in sorted(each.build.files))
            inputs = (each.path, *(os.path.relpath(path) for path in sorted(each.included)))
            pairs |= dict.fromkeys((*inputs, *built), each.build.pair)
    files = [path for path in pairs if path not in known and os.path.isfile(path)]
    try:
        for path in untracked(files):
            yield Stale(path, pairs[path], "untracked", UNTRACKED)
    except GitError as error:
        raise TreeError(
            f"it is unknown whether Git tracks the files of {output}: {error}; repair that, or build into a folder outside of the "
            "work tree"
        ) from error
