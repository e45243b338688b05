"""How many slips of the keyboard there are between two words."""

from __future__ import annotations


def distance(one: str, two: str) -> int:
    """Letters changed, left out, added, or exchanged with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for number, letter in enumerate(one, 1):
        before, last, row = row, before, [number, *([0] * len(two))]
        for at, other in enumerate(two, 1):
            row[at] = min(before[at] + 1, row[at - 1] + 1, before[at - 1] + (letter != other))
            if last and at > 1 and letter == two[at - 2] and one[number - 2] == other:
                row[at] = min(row[at], last[at - 2] + 1)
    return row[-1]
