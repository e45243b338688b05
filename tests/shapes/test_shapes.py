"""No value of any shape breaks a command: thousands of mutants in every run, 200,000 in `tests/long`, others by KEA_HAC_FUZZ_SEED=N."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kea_hac.check import registry
from kea_hac.check.engine import INTERNAL
from kea_hac.check.rules import timers
from kea_hac.diagnostics import Diagnostic, Finding
from kea_hac.drift import diffing
from kea_hac.importing.run import ImportRequest, Input, import_files
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint_documents
from kea_hac.source import read_kea_json
from kea_hac.spec import load
from tests.shapes.judging import TRIES, pairs
from tests.sizes import size
from tests.specs import checked
from tests.unit.compiler.pairs import hub, pair

MORE = size("FUZZ", 1, 120)
"""Parts of so many mutants of each kind as `MUTANTS` has; each part is a test."""
SEED = os.environ.get("KEA_HAC_FUZZ_SEED", "0")
MUTANTS = {"spec": 750, "file": 750, "import": 100, "answer": 75}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(MORE))
@pytest.mark.parametrize("kind", TRIES)
def test_no_shape_breaks_anything(kind: str, part: int) -> None:
    found: Counter[str] = Counter()
    for number in range(MUTANTS[kind] * part, MUTANTS[kind] * (part + 1)):
        found.update(TRIES[kind](Random(f"{SEED} {number}")))
    assert found == {}


CRASHED = {
    "pd-pools of a v4 subnet": pair("subnet4: [{id: 1, subnet: 192.0.2.0/24, pd-pools: 1}]\npd-pools: 1"),
    "a list as the tag of a subnet": hub(
        "subnet4: [{id: 1, subnet: 10.1.0.0/16, user-context: {ha-server-name: [north]}},"
        " {id: 2, subnet: 10.2.0.0/16, user-context: {ha-server-name: south}}]"
    ),
    "a map as the tag of a shared network": hub(
        "shared-networks: [{name: n, user-context: {ha-server-name: {a: b}},"
        " subnet4: [{id: 1, subnet: 10.1.0.0/16}]}]\n"
        "subnet4: [{id: 2, subnet: 10.2.0.0/16, user-context: {ha-server-name: south}}]"
    ),
}


@pytest.mark.parametrize("case", CRASHED)
def test_a_value_of_the_wrong_shape_is_one_finding(case: str) -> None:
    found = checked(CRASHED[case]).report.diagnostics
    assert INTERNAL not in [each.rule for each in found]
    wrong = [each for each in found if each.severity == "error"]
    assert [each.rule.name for each in wrong] in (["unknown-key", "unknown-key"], ["wrong-type"]), wrong


def linted(text: str, tmp_path: Path) -> tuple[Diagnostic, ...]:
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text(text, "utf-8")
    document = read_kea_json(path).document
    assert document is not None
    return lint_documents({path: document}, KeaVersion.parse("2.6")).report.diagnostics


@pytest.mark.parametrize(
    "text",
    [
        '{"Dhcp4": {"pd-pools": 1, "subnet4": [{"pd-pools": 1, "id": 1, "subnet": "192.0.2.0/24"}]}}',
        '{"Control-agent": {"http-host": "192.0.2.1", "http-port": 8000, "interfaces-config": "x"}}',
        '{"Dhcp4": {"hooks-libraries": [7, {"library": "/x/libdhcp_ha.so", "parameters": {"high-availability": [{}]}}]}}',
    ],
)
def test_a_file_of_kea_with_a_wrong_shape_is_judged_to_its_end(text: str, tmp_path: Path) -> None:
    found = linted(text, tmp_path)
    assert INTERNAL not in [each.rule for each in found]
    assert {"unknown-key", "wrong-type"} & {each.rule.name for each in found}


def test_an_unknown_key_that_a_comment_lets_through_is_built_and_nobody_looks_at_its_shape() -> None:
    """The keys are those of the other family, so that rules and the compiler know them by name."""
    body = (
        "subnet4:\n  - id: 1\n    subnet: 192.0.2.0/24\n    pools: [{pool: 192.0.2.9 - 192.0.2.99}]\n"
        "    pd-pools: 1  # kea-hac: ignore[unknown-key] a patched Kea\n"
    )
    made = checked(pair(body, mode="load-balancing", ha="listener: 8001\nsplit: even"))
    assert made.build is not None, [each.message for each in made.report.diagnostics]
    assert b'"pd-pools": 1' in made.build.files["kea1/kea-dhcp4.conf"]


def test_a_rule_that_breaks_is_a_finding_and_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def judge_nothing(configuration: Any) -> Any:
        yield Finding(timers.AFTER_EXPIRY, (), "before it broke")
        raise TypeError("hunter2")

    known = registry.on
    monkeypatch.setattr(registry, "on", lambda subject: (judge_nothing, *known(subject)))
    found = linted('{"Dhcp4": {"subnet4": [{"id": 1, "subnet": "192.0.2.0/33"}]}}', tmp_path)
    (broken,) = [each for each in found if each.rule is INTERNAL]
    assert "judge_nothing" in broken.message
    assert "TypeError" in broken.message
    assert "report" in str(broken.fix)
    assert "hunter2" not in str(found)
    assert {"bad-prefix", timers.AFTER_EXPIRY.name} <= {each.rule.name for each in found}


def _broken(*_: Any) -> Any:
    raise TypeError("hunter2")


def test_a_reader_that_breaks_names_the_part_of_the_spec_and_hides_nothing_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(root: Any, *others: Any) -> Any:
        return _broken() if "servers" in root else servers(root, *others)

    servers = load._servers
    monkeypatch.setattr(load, "_servers", stop)
    found = checked(pair("subnet4: [{id: 1, subnet: 192.0.2.0/33}]\nvalid-lifetme: 2h"))
    (broken,) = [each for each in found.report.diagnostics if each.rule is INTERNAL]
    assert broken.path == "servers"
    assert "hunter2" not in str(found.report)
    assert {"bad-prefix", "unknown-key"} <= {each.rule.name for each in found.report.diagnostics}
    assert found.build is None


def test_a_reader_that_breaks_on_everything_is_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kea_hac.api.read_spec", _broken)
    found = checked(pair("subnet4: [{id: 1, subnet: 192.0.2.0/24}]"))
    assert [each.rule for each in found.report.diagnostics] == [INTERNAL]
    assert found.build is None


@pytest.mark.parametrize("step", ["kea_hac.importing.run.arrange", "kea_hac.importing.run.fold"])
def test_an_import_that_breaks_says_what_was_found_so_far(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kea1" / "kea-dhcp4.conf"
    path.parent.mkdir()
    path.write_text('{"Dhcp4": {"subnet4": [{"id": 1, "subnet": "192.0.2.0/24"}], "unheard-of": 1}}', "utf-8")
    monkeypatch.setattr(step, _broken)
    imported = import_files([Input("kea1", True, (path,))], ImportRequest(platform="debian"))
    assert imported.text is None
    found = imported.report.diagnostics
    assert [each.rule for each in found if each.rule.code == "KH090"] == [INTERNAL]
    assert "unknown-key" in [each.rule.name for each in found]


def test_a_comparison_that_breaks_is_unread_and_the_partner_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(node: Any, *others: Any) -> Any:
        if node.name == broken:
            raise KeyError("hunter2")
        return compare(node, *others)

    compare = diffing._compared
    any_pair = pairs()[0]
    lives = any_pair.lives()
    broken = lives[0].server
    monkeypatch.setattr(diffing, "_compared", stop)
    drift = any_pair.diff(lives)
    assert {each.server for each in drift.unread} == {broken}
    assert "bug in kea-hac" in drift.unread[0].reason
    assert {each.server for each in drift.compared} == {each.server for each in lives} - {broken}
    assert INTERNAL in [each.rule for each in drift.report.diagnostics]
    assert "hunter2" not in repr(drift.report)
