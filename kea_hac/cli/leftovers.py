"""The pairs of the output tree that no spec of this run stands for: whose specs are gone, and which are another run's business.

What was built says where its spec was (`source` in the manifest, from the output folder). A pair is gone when that place is below the
folders and patterns of this run and no file is there any more, or the spec there has another name for its pair. Nothing else is
removed: a run over one folder does not know the specs of the others, and a file that is still there may be a spec with a mistake.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The pairs of a tree without a spec in this run, by what is known of them."""

    gone: tuple[tuple[str, str], ...] = ()
    """The pair, and why no spec builds it any more."""
    unknown: tuple[str, ...] = ()
    """Pairs whose manifest does not name a spec."""
    elsewhere: tuple[str, ...] = ()
    """Pairs of specs that this run was not asked for."""
    problems: tuple[str, ...] = ()
    """Pairs whose spec is where it was and is no spec any more. Each one line."""


def source_of(spec: str, output: Path) -> str | None:
    """How a manifest names its spec: from the output folder. None where the two lie too far apart for a path that is the same on
    every machine: neither in one Git work tree, nor the spec below the folder that holds the output folder."""
    from kea_hac.source.allowed import within, work_trees

    real, root = os.path.realpath(spec), os.path.realpath(output)
    tree = next(work_trees(os.path.dirname(real)), None)
    base = tree if tree is not None and within(root, tree) else os.path.dirname(root)
    return os.path.relpath(real, root) if within(real, base) else None


def leftovers(output: Path, pairs: Iterable[str], supplied: Sequence[str], paths: Mapping[str, str]) -> Leftovers:
    """Sort the pairs that the tree has beside `pairs`. `supplied`: the paths that the user named; `paths`: the specs found there, with
    the pair of each.

    Raises TreeError when the tree cannot be read.
    """
    from kea_hac.output.tree import orphans

    root = os.path.realpath(output)
    specs = {os.path.realpath(path): pair for path, pair in paths.items()}
    gone, unknown, elsewhere, problems = [], [], [], []
    for pair, source in orphans(output, set(pairs)).items():
        place = os.path.normpath(os.path.join(root, source)) if source is not None else None
        if source is None or place is None:
            unknown.append(pair)
        elif place not in specs and not _covered(place, supplied):
            elsewhere.append(pair)
        elif place not in specs and os.path.lexists(place):
            problems.append(
                f"{os.path.join(output, pair)} was built from {os.path.relpath(place)}, which is no longer a spec: its key "
                "kea-hac is missing, or the file cannot be read; correct the file, or remove it if the pair no longer exists"
            )
        else:
            gone.append((pair, _why_gone(os.path.relpath(place), specs.get(place))))
    return Leftovers(tuple(gone), tuple(unknown), tuple(elsewhere), tuple(problems))


def _why_gone(source: str, pair: str | None) -> str:
    return f"its spec {source} no longer exists" if pair is None else f"its spec {source} is now that of pair {pair}"


def _covered(place: str, supplied: Iterable[str]) -> bool:
    """True for a path that a folder or a pattern of the command line would find if a file were there."""
    from kea_hac.source.allowed import within

    return any(
        within(place, os.path.realpath(each)) if os.path.isdir(each) else _matches(place, each)
        for each in supplied
        if os.path.isdir(each) or glob.has_magic(each)
    )


def _matches(place: str, pattern: str) -> bool:
    """`**` stands for any folders; another pattern may match the file or a folder above it."""
    from kea_hac.source.allowed import within

    steps = pattern.split(os.sep)
    fixed = next(at for at, step in enumerate(steps) if glob.has_magic(step))
    start = os.path.realpath(os.sep.join(steps[:fixed]) or (os.sep if pattern.startswith(os.sep) else os.curdir))
    if not within(place, start) or place == start:
        return False
    rest = steps[fixed:]
    if "**" in rest:
        return PurePath(place).match(rest[-1]) or rest[-1] == "**"
    return any(_same_depth(each, rest) for each in _upwards(os.path.relpath(place, start)))


def _same_depth(path: str, steps: Sequence[str]) -> bool:
    return path.count(os.sep) + 1 == len(steps) and PurePath(path).match(os.sep.join(steps))


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = os.path.dirname(path)
