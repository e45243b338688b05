"""What only shows when several specs are looked at together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kea_hac.cli.run import Outcome, PairName
from kea_hac.diagnostics import Diagnostic, rule

PAIR_NAME_TAKEN = rule(
    "KH190",
    "pair-name-taken",
    why="The pair's name is its folder in the output tree, also where file systems do not tell upper from lower case: "
    "one pair's files would replace the other's, and the wrong configuration would be deployed.",
    source="the spec language: `pair` is unique in a fleet",
)


def taken_names(outcomes: Iterable[Outcome]) -> Iterator[Diagnostic]:
    """A finding for every spec whose pair has the name of an earlier one's, upper and lower case being one."""
    first: dict[str, tuple[str, PairName]] = {}
    for outcome in outcomes:
        pair = outcome.pair
        if pair is None:
            continue
        path, earlier = first.setdefault(pair.name.casefold(), (outcome.path, pair))
        if earlier is pair:
            continue
        taken = "is already that of" if earlier.name == pair.name else f"differs only in case from {earlier.name!r} of"
        yield Diagnostic(
            PAIR_NAME_TAKEN,
            PAIR_NAME_TAKEN.severity,
            f"the pair's name {pair.name!r} {taken} {path}",
            pair.span,
            "pair",
            pair.text,
            related=((earlier.span, "the other pair is named here"),),
            fix="give one of the two pairs another name",
            related_texts=(earlier.text,),
        )
