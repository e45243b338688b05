"""The specs that the pairs of the output tree were built from, where this run builds the same pairs from others.

Two specs of one pair replace each other's files. When both are named, KH190 finds them; the manifests of the tree name the one that
was not given. It is judged as if it were: nothing stands against the build when that file is gone, is no spec any more, or is
the spec of another pair by now.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kea_hac.cli.run import Outcome


def owners_of(output: Path, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """What came of the specs that are named by the manifests of the pairs of this run, and are not of this run themselves.

    Specs of other pairs are left out. Raises KeaHacError when the tree cannot be read.
    """
    from kea_hac.cli.inputs import is_spec
    from kea_hac.cli.run import run
    from kea_hac.output.tree import orphans

    pairs = {each.member.pair.casefold() for each in outcomes if each.member}
    supplied = {os.path.realpath(each.path) for each in outcomes}
    root = os.path.realpath(output)
    places = {
        os.path.realpath(os.path.join(root, source))
        for pair, source in orphans(output, ()).items()
        if source is not None and pair.casefold() in pairs
    }
    others = [os.path.relpath(place) for place in sorted(places - supplied) if os.path.isfile(place) and is_spec(place)]
    return [each for each in run(others) if each.member is None or each.member.pair.casefold() in pairs]


def unclear(owners: Iterable[Outcome]) -> Iterator[str]:
    """A line for each of these specs that cannot be understood: it may be that of the pair still."""
    for each in owners:
        if each.member is None:
            yield (
                f"{each.path}, which a pair of this run was built from before, cannot be understood now, so it may be another spec of "
                "the same pair; correct it, or remove it"
            )
