"""Which known word a misspelt one was meant to be."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def nearest_word(word: str, known: Collection[str], cutoff: float = 0.6) -> str | None:
    """The known word that is most like `word`: by one slip of the keyboard, else as `difflib` compares them. None: there is none."""
    slips = [each for each in known if _slipped(word, each)]
    if len(slips) == 1:
        return slips[0]
    found = get_close_matches(word, known, n=1, cutoff=cutoff)
    return found[0] if found else None


def _slipped(word: str, known: str) -> bool:
    """True where two neighbours changed places: `ulr` for `url`, which difflib finds too unlike in short words."""
    if len(word) != len(known) or len(word) < 3:
        return False
    apart = [number for number in range(len(word)) if word[number] != known[number]]
    if len(apart) != 2 or apart[1] != apart[0] + 1:
        return False
    first, second = apart
    return word[first] == known[second] and word[second] == known[first]
