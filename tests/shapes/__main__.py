"""`python -m tests.shapes spec 100000 7`: so many mutants of a kind, from a seed, with every kind of crash and how often it came."""

from __future__ import annotations

import sys
from collections import Counter
from random import Random

from tests.shapes.judging import TRIES


def main(kind: str, number: int, seed: int = 0) -> None:
    """Try mutants and print what crashed."""
    found: Counter[str] = Counter()
    first: dict[str, int] = {}
    for each in range(number):
        for crash in TRIES[kind](Random(f"{seed} {each}")):
            found[crash] += 1
            first.setdefault(crash, each)
    for crash, times in found.most_common():
        print(f"{times:6}  {crash}  (first: {first[crash]})")
    print(f"{kind}: {number} mutants, {sum(found.values())} crashes of {len(found)} kinds")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
