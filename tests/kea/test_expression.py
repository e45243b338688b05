"""Expressions on real Kea: made ones with and without slips, by a fixed seed, and the verdicts held against ours."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest

from kea_hac.kea.expression import Expression, Kind, is_built_in, parse
from kea_hac.kea.version import Branch, KeaVersion
from tests.lab import Lab
from tests.unit.kea.expression_making import NAMES, Maker

pytestmark = pytest.mark.kea

EXPRESSIONS = 160
"""For each family and version; 50 a second."""
SEED = 20


def made(family: int, branch: Branch) -> list[tuple[Kind, str]]:
    """Conditions and, where templates are known, strings; two of three with a slip."""
    maker = Maker(SEED, family)
    expressions: list[tuple[Kind, str]] = []
    for number in range(EXPRESSIONS):
        kind: Kind = "string" if number % 5 == 0 and branch is not Branch.V2_2 else "bool"
        depth = maker.random.randrange(4)
        text = maker.condition(depth) if kind == "bool" else maker.value(depth)
        expressions.append((kind, maker.slip(text) if number % 3 else text))
    return expressions


def configuration(family: int, kind: Kind, text: str) -> bytes:
    """One class: a refusal names only the first mistake."""
    entry = {"name": "x", "test" if kind == "bool" else "template-test": text}
    return json.dumps({f"Dhcp{family}": {"client-classes": [entry]}}, ensure_ascii=False).encode()


@pytest.mark.slow
def test_verdicts_are_those_of_real_kea(lab: Lab, kea_version: str, figure: Callable[[str], None]) -> None:
    branch = KeaVersion.parse(kea_version).branch
    cells: Counter[str] = Counter()
    wrong: list[str] = []
    for family in (4, 6):
        expressions = made(family, branch)
        verdicts = lab.check(kea_version, f"dhcp{family}", [configuration(family, *each) for each in expressions])
        for (kind, text), verdict in zip(expressions, verdicts, strict=True):
            found = parse(text, family=family, branch=branch, kind=kind, option_names=NAMES[family])
            taken = isinstance(found, Expression) and (kind == "string" or all(map(is_built_in, found.members)))
            if isinstance(found, Expression) and found.uncertain and taken != verdict.ok:
                cells["not judged"] += 1
                continue
            cells[f"we {'pass' if taken else 'refuse'}, Kea {'accepts' if verdict.ok else 'refuses'}"] += 1
            if taken != verdict.ok:
                wrong.append(f"DHCPv{family} {kind} {text!r}: we say {found}, Kea says {verdict.error or 'yes'}")
    figure(f"expressions, Kea {kea_version}: " + "; ".join(f"{cell}: {cells[cell]}" for cell in sorted(cells)))
    assert not wrong
    assert 0.3 < cells["we refuse, Kea refuses"] / cells.total() < 0.7
