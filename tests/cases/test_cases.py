"""Small specs, discovered: each in `bad/` shows one rule at one line, each in `ok/` shows a law and is clean.

Drop a file in and it is tested. Read a snapshot before you accept it: it is what the user sees.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

import kea_hac
import kea_hac.cli.fleet  # its rule is found over several specs
from kea_hac.diagnostics import Rule, known_rules
from kea_hac.report.text import render

CASES = Path(__file__).parent
BAD = sorted(CASES.glob("bad/*.yaml"))
OK = sorted(CASES.glob("ok/*.yaml"))
NOT_FROM_A_SPEC: Mapping[str, str] = {
    "servers-unequal": "the compiler's own proof: a spec that triggers it would be a mistake of ours",
    "pair-name-taken": "needs two specs; tests/cli holds it",
    "no-configuration-of-kea": "about existing files of Kea",
    "several-daemons-in-one-file": "about existing files of Kea",
    "unknown-top-key": "about existing files of Kea",
}
EXPECTATION = re.compile(r"# expect: ([a-z0-9.-]+) at line (\d+)\n")


def _shared_rules() -> set[str]:
    """Rules on any configuration, compiled or read: tests of their own hold these, file by file."""
    found = pkgutil.walk_packages(importlib.import_module("kea_hac.check").__path__, "kea_hac.check.")
    modules = (importlib.import_module(each.name) for each in found if ".rules." in each.name)
    return {value.name for module in modules for value in vars(module).values() if isinstance(value, Rule)}


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.stem)
def test_a_bad_spec_is_refused_where_it_says(
    case: Path, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES)
    expected = EXPECTATION.match(case.read_text("utf-8"))
    assert expected is not None, "the first line must be `# expect: RULE at line N`"
    found = kea_hac.compile_spec(case.relative_to(CASES)).report
    assert (expected[1], int(expected[2])) in {(each.rule.name, each.span.line) for each in found.diagnostics}
    assert render(found, width=140) == snapshot


@pytest.mark.parametrize("case", OK, ids=lambda case: case.stem)
def test_a_good_spec_is_clean(case: Path) -> None:
    checked = kea_hac.compile_spec(case)
    assert [f"{each.span.line}: {each.message}" for each in checked.report.diagnostics] == []
    assert checked.build is not None


def test_every_rule_on_specs_has_a_bad_case() -> None:
    own = {rule.name for code, rule in known_rules().items() if code >= "KH1"} - _shared_rules()
    shown = {case.stem for case in BAD}
    assert own - shown - NOT_FROM_A_SPEC.keys() == set(), "write tests/cases/bad/RULE.yaml"
    assert not NOT_FROM_A_SPEC.keys() & shown, "take it off the list"


def test_every_case_is_named_after_its_rule() -> None:
    for case in BAD:
        expected = EXPECTATION.match(case.read_text("utf-8"))
        assert expected is not None
        assert case.stem.partition("--")[0] == expected[1], "RULE.yaml, or RULE--what.yaml for another case of it"
