"""Every rule by its code and its name, and which one was meant by a word that is none."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache

from kea_hac.check.registry import all_rules
from kea_hac.kea.suggest import nearest


@cache
def rule_words() -> Mapping[str, str]:
    """What a rule may be called: codes and names in lower case, each as it is written."""
    return {word.lower(): word for each in all_rules().values() for word in (each.code, each.name)}


def nearest_rules(word: str) -> list[str]:
    """The codes and names that a word is like, the likest first; none for a word that is like no rule."""
    typed = word.strip().lower().replace("_", "-").replace(" ", "-")
    words = rule_words()
    slip = nearest(typed, words)
    near = [each for each in (slip, *get_close_matches(typed, words, n=3, cutoff=0.5)) if each]
    return [words[each] for each in dict.fromkeys(near)]
