"""Real Kea judges option data: every standard option with right and wrong values, and definitions of every shape.

The four cells are printed. KEA_HAC_FUZZ=N makes N rounds with other seeds instead of the one of every run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from kea_hac.check.rules import option_def, options
from kea_hac.diagnostics import KeaVerdict, Severity, known_rules
from tests.kea.option_cases import DAEMONS, Case, as_file, configuration, definition_cases, option_cases
from tests.lab import Lab
from tests.sizes import size
from tests.unit.check.option_examples import EXAMPLES
from tests.unit.check.registered import checks_in

pytestmark = pytest.mark.kea

ROUNDS = size("FUZZ", 1, 10)
REFUSED_FILES = 200
"""Wrong cases of a family and version that are asked about, each in a file of its own: about 50 a second."""
TOGETHER = 40


@dataclass(slots=True)
class Cells:
    both_pass: int = 0
    both_refuse: int = 0
    only_kea: list[str] = field(default_factory=list)
    only_we: list[str] = field(default_factory=list)


def verdict(version: str, family: int, case: Case) -> str:
    """refused, stricter (we say error and that Kea accepts it) or passed."""
    made = configuration(version, family, [case])
    findings = [finding for each in checks_in(options, option_def) for finding in each(made)]
    if any(finding.rule.kea is KeaVerdict.REFUSES for finding in findings):
        return "refused"
    strict = any((finding.severity or finding.rule.severity) is Severity.ERROR for finding in findings)
    return "stricter" if strict else "passed"


def judged(lab: Lab, version: str, family: int, groups: list[list[Case]]) -> list[tuple[bool, str]]:
    files = [as_file(configuration(version, family, group)) for group in groups]
    return [(each.ok, each.error) for each in lab.check(version, f"dhcp{family}", files)]


def ask(lab: Lab, version: str, family: int, cases: list[Case], limit: int) -> Cells:
    cells = Cells()
    verdicts = [verdict(version, family, case) for case in cases]
    passed = [case for case, said in zip(cases, verdicts, strict=True) if said != "refused"]
    refused = [case for case, said in zip(cases, verdicts, strict=True) if said == "refused"]
    if len(refused) > limit:
        refused = Random(version).sample(refused, limit)
    alone = [[case] for case in passed if case.definitions]
    plain = [case for case in passed if not case.definitions]
    groups = alone + [plain[at : at + TOGETHER] for at in range(0, len(plain), TOGETHER)]
    for group, (ok, _) in zip(groups, judged(lab, version, family, groups), strict=True):
        if ok:
            cells.both_pass += len(group)
            continue
        single = [[case] for case in group]
        for (case,), (alone_ok, error) in zip(single, judged(lab, version, family, single), strict=True):
            cells.both_pass += alone_ok
            if not alone_ok:
                cells.only_kea.append(f"{case}: {error}")
    single = [[case] for case in refused]
    for (case,), (ok, _) in zip(single, judged(lab, version, family, single), strict=True):
        cells.both_refuse += not ok
        if ok:
            cells.only_we.append(str(case))
    return cells


@pytest.mark.parametrize("family", [4, 6])
def test_kea_agrees_about_option_data(
    module_lab: Lab, kea_version: str, family: int, figure: Callable[[str], None]
) -> None:
    rng = Random(f"{kea_version} {family} {ROUNDS}")
    cases = list(option_cases(kea_version, family, rng, ROUNDS))
    cases += definition_cases(kea_version, family, rng, 100 * ROUNDS)
    cells = ask(module_lab, kea_version, family, cases, REFUSED_FILES * ROUNDS)
    figure(
        f"options, Kea {kea_version} dhcp{family}: both pass {cells.both_pass}, both refuse {cells.both_refuse}, "
        f"only Kea refuses {len(cells.only_kea)}, only kea-hac refuses {len(cells.only_we)}"
    )
    assert not cells.only_kea, "\n".join(cells.only_kea)
    assert cells.both_pass > 300
    assert cells.both_refuse > 100
    total = cells.both_pass + cells.both_refuse + len(cells.only_we)
    assert len(cells.only_we) < total / 100, "\n".join(cells.only_we)


@pytest.mark.parametrize("family", [4, 6])
def test_each_rule_says_what_kea_does(module_lab: Lab, kea_version: str, family: int) -> None:
    """The bad example of every rule is refused or accepted as the rule says, and the good one is accepted."""
    examples = [each for each in EXAMPLES if each.family == family and kea_version in each.versions]
    rules = known_rules()
    files: list[bytes] = []
    expected: list[bool] = []
    for each in examples:
        for body, accepted in ((each.bad, rules[each.code].kea is KeaVerdict.ACCEPTS), (each.good, True)):
            files.append(json.dumps({DAEMONS[family].top: {"interfaces-config": {"interfaces": []}, **body}}).encode())
            expected.append(accepted)
    verdicts = module_lab.check(kea_version, f"dhcp{family}", files)
    assert [each.ok for each in verdicts] == expected, "\n".join(each.error for each in verdicts)
