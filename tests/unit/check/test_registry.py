"""The registry: what may be registered, that nothing is forgotten, and the next free code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kea_hac.check
from kea_hac.check import registry
from kea_hac.check.engine import INTERNAL
from kea_hac.check.fleet import FLEET_RULES
from kea_hac.check.registry import Subject, checks, defined_rules, next_free
from kea_hac.check.suppression import UNUSED
from kea_hac.diagnostics import Finding
from kea_hac.rule_list import all_rules
from tests import next_code


def _nothing(_: object) -> Iterator[Finding]:
    yield from ()


def test_every_rule_of_the_checks_is_declared_by_a_check_function() -> None:
    """A rule in a module of `check` that no function declares would be listed, explained and never reported."""
    declared = {rule.code for each in registry.load() for rule in each.rules}
    written = set()
    for path in Path(kea_hac.check.__file__).parent.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            call = node.value if isinstance(node, ast.Assign) else None
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("rule", "refused", "warning", "info"):
                written.add(ast.literal_eval(call.args[0]))
    apart = {INTERNAL.code, UNUSED.code, *(rule.code for rule in FLEET_RULES)}
    assert len(written) > 150
    assert written - declared == apart


def test_the_list_of_rules_has_all_that_are_defined() -> None:
    assert dict(all_rules()) == dict(sorted(defined_rules().items())), "run python -m tests.regenerate"


def test_a_check_needs_rules_each_once() -> None:
    some = next(iter(defined_rules().values()))
    before = len(registry.load())
    for rules in ((), (some, some)):
        with pytest.raises(ValueError, match="needs its rules, each once"):
            checks(*rules, on=Subject.SERVER)(_nothing)
    assert len(registry.load()) == before


def test_every_subject_but_the_fleet_has_checks() -> None:
    assert {each.on for each in registry.load()} == set(Subject) - {Subject.FLEET}
    assert len(registry.load()) == sum(len(registry.on(subject)) for subject in Subject)


def test_the_next_free_code_is_above_all_that_are_taken() -> None:
    for family in sorted({code[:3] for code in defined_rules()}):
        free = next_free(family.lower())
        assert free not in defined_rules()
        assert all(free > code for code in defined_rules() if code.startswith(family))
    for wrong in ("6", "KH", "KH61", "XX6", "KHx"):
        with pytest.raises(ValueError, match="family"):
            next_free(wrong)


def test_a_contributor_can_ask_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert next_code.main(["KH6"]) == 0
    assert capsys.readouterr().out == f"{next_free('KH6')}\n"
    assert next_code.main([]) == 0
    assert capsys.readouterr().out.split() == [next_free(family) for family in next_code.FAMILIES]
    assert next_code.main(["KH6X"]) == 2
    assert "such as KH6" in capsys.readouterr().err
