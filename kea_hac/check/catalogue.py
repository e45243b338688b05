"""Every rule by its code and its name, and which one was meant by a word that is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from kea_hac.kea.suggest import nearest
from kea_hac.rule_list import all_rules


@cache
def rule_words() -> Mapping[str, str]:
    """What a rule may be called: codes and names in lower case, each as it is written."""
    return {word.lower(): word for each in all_rules().values() for word in (each.code, each.name)}


def nearest_rules(word: str) -> list[str]:
    """The codes and names that a word is like, the likest first; none for a word that is like no rule."""
    typed = word.strip().lower().replace("_", "-").replace(" ", "-")
    words = rule_words()
    slip = _code(typed, words) or nearest(typed, words)
    parts = {part: nearest(part, _parts()) or part for part in typed.split("-") if len(part) > 2}
    common = {each: len(set(each.split("-")) & set(parts.values())) for each in words}
    same = sorted((each for each in words if 2 * common[each] >= max(len(parts), 2)), key=lambda each: -common[each])
    near = (each for each in (slip, *same[:3]) if each)
    return [words[each] for each in dict.fromkeys(near)]


def _code(typed: str, words: Mapping[str, str]) -> str | None:
    """The code of which `typed` is a slip: letters for digits, a letter or a digit too many or too few at its ends."""
    match = re.fullmatch(r"[kh]{0,3}-?(\d{3})\d?", typed.translate(str.maketrans("oil", "011")))
    code = f"kh{match[1]}" if match else ""
    return code if code in words else None


@cache
def _parts() -> frozenset[str]:
    return frozenset(part for each in rule_words() for part in each.split("-"))
