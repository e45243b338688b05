"""The path of a file as everybody who has the repository knows it: from the top of its Git work tree, with forward slashes."""

from __future__ import annotations

import os
from functools import cache

from kea_hac.source.allowed import within, work_trees


def tree_path(file: str, start: str | None = None) -> str:
    """A file as a report names it → its path from the top of the Git work tree of `start`, of the current folder by default.

    A file of another work tree: from the top of that one. One that is in none: from `start` where it is below it, else the absolute
    path. "" and what is no path stay as they are. Links are resolved in the folder's path and not in the file's own name, because
    Git keeps a link under its own name.
    """
    start = start if start is not None else os.getcwd()
    if not file or "\0" in file:
        return file
    folder, name = os.path.split(os.path.join(start, file))
    folder = _real(folder)
    top = next((each for each in (_top(start), _top(folder), _real(start)) if each and within(folder, each)), None)
    path = os.path.join(folder, name)
    return (os.path.relpath(path, top) if top is not None else path).replace(os.sep, "/")


@cache
def _real(folder: str) -> str:
    return os.path.realpath(folder)


@cache
def _top(folder: str) -> str | None:
    """The nearest work tree of a folder, by its real path."""
    return next(work_trees(_real(folder)), None)
