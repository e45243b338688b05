"""The specs of the work tree and of an older revision, and the review of each pair: what `review` and `report --since` share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from kea_hac.cli.boundary import told
from kea_hac.cli.run import spread_over

if TYPE_CHECKING:
    from kea_hac.review.pairing import ReviewTask
    from kea_hac.review.reviewing import PairReview
    from kea_hac.review.run import BaseRevision
    from kea_hac.source.git_tree import Revision


def folder_of(supplied: Sequence[str]) -> str:
    """A folder of the work tree that the arguments lie in."""
    first = supplied[0]
    if os.path.isdir(first):
        return first
    return os.path.dirname(first) if os.path.isdir(os.path.dirname(first)) else "."


def inputs_of_both(supplied: Sequence[str], revision: Revision) -> tuple[list[str], list[str], list[str]]:
    """The specs now, those of the older revision, and what was named and is in neither."""
    from kea_hac.cli.inputs import find
    from kea_hac.cli.look import Look, look
    from kea_hac.review.run import moved_specs, specs_of

    def is_spec(data: bytes) -> bool:
        return look(data) is Look.SPEC

    olds = list(specs_of(revision, supplied, is_spec))
    news: list[str] = []
    problems: list[str] = []
    for each in supplied:
        if not os.path.lexists(each) and any(os.path.abspath(each) == os.path.abspath(one) for one in olds):
            continue  # a pair that goes
        found = find([each])
        known = {os.path.realpath(path) for path in news}
        # A spec that was emptied or broken is no pair that goes.
        emptied = [path for path in found.unread if os.path.abspath(path) in map(os.path.abspath, olds)]
        news += [path for path in (*found.paths, *emptied) if os.path.realpath(path) not in known]
        if not any(_below(one, each) for one in olds):
            problems += found.problems
    earlier = {os.path.abspath(each) for each in olds}
    elsewhere = [each for each in news if os.path.abspath(each) not in earlier]
    if elsewhere:  # a spec that was named alone may have been another file
        olds += moved_specs(revision, elsewhere, olds, is_spec)
    return news, olds, problems


def _below(path: str, supplied: str) -> bool:
    return os.path.abspath(path).startswith(os.path.abspath(supplied) + os.sep)


def _one(task: ReviewTask, *, folder: str, commit: str) -> tuple[PairReview | None, str | None]:
    """One pair. Nothing that happens to it keeps the others from being reviewed."""
    from kea_hac.review.reviewing import review_pair

    try:
        return review_pair(task, folder=folder, commit=commit), None
    except Exception as error:  # the boundary of one pair, as `guarded` is of a command
        return None, f"{task.new or task.old}: {told(error)}"


def review_pairs(base: BaseRevision, tasks: Sequence[ReviewTask], jobs: int) -> tuple[list[PairReview], list[str]]:
    """The reviews, and why a pair could not be reviewed. `jobs`: processes, 0 for one on each core."""
    work = partial(_one, folder=base.revision.root, commit=base.revision.commit)
    results = spread_over(work, tasks, jobs)
    reviews = [each for each, _ in results if each is not None]
    return reviews, [problem for _, problem in results if problem is not None]
