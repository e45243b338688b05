"""Links in the path of the output tree: a work tree that was cloned must not decide where outside of it files are written."""

from __future__ import annotations

import os
from pathlib import Path

from kea_hac.errors import TreeError
from kea_hac.output.refusal import display_path
from kea_hac.source.allowed import named_folder, work_trees


def refuse_links(root: Path) -> None:
    """Raise TreeError when a folder of the path, below the top of a Git work tree, is a symbolic link.

    Everybody who can commit can make such a link. Links above all work trees, and a path outside of them, are the user's own.
    """
    path = named_folder(os.path.join(root, "pair"))
    top = next(iter(reversed(list(work_trees(path)))), None)
    while top is not None and path != top:
        if os.path.islink(path):
            target = os.path.realpath(path)
            raise TreeError(
                f"{display_path(path)} is a symbolic link to {display_path(target)}, and links in a work tree are not followed; "
                "replace it by a folder, or name the other folder itself with -o"
            )
        path = os.path.dirname(path)
