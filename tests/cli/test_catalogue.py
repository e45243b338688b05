"""`kea-hac rules`, `kea-hac explain`, `kea-hac --version`."""

from __future__ import annotations

import json
import re

import pytest

from kea_hac.kea.version import BRANCHES, PREVIEWS, PROVEN
from kea_hac.rule_list import all_rules
from tests.cli.conftest import Call


def test_the_list_in_both_formats(call: Call) -> None:
    listed = call("rules")
    assert listed.code == 0
    data = json.loads(call("rules", "--format", "json").out)
    assert [line.split()[0] for line in listed.out.splitlines()] == [each["rule"] for each in data]
    assert [each["rule"] for each in data] == sorted(all_rules())
    assert set(data[0]) == {"rule", "name", "severity", "kea", "since", "until", "why", "source", "example"}


def test_every_format_shows_the_examples(call: Call) -> None:
    data = {each["rule"]: each for each in json.loads(call("rules", "--format", "json").out)}
    assert data["KH201"]["example"]["bad"] != data["KH201"]["example"]["good"]
    assert data["KH001"]["example"] is None
    assert "192.0.2.199 - 192.0.2.100" in data["KH201"]["example"]["bad"][0]
    assert "192.0.2.199 - 192.0.2.100" in call("rules", "--format", "markdown").out
    assert "192.0.2.199 - 192.0.2.100" in call("explain", "KH201").out


def test_the_versions_that_refuse_are_said(call: Call) -> None:
    some = next(each for each in all_rules().values() if each.since and not each.until)
    assert f"from {some.since} on, while older versions accept it" in re.sub(
        r"\s+", " ", call("explain", some.code).out
    )


def test_control_characters_stay_in_the_file(call: Call) -> None:
    assert "\x07" not in call("explain", "control-character").out + call("rules", "--format", "markdown").out


def test_rules_of_every_stage_are_known() -> None:
    assert {code[:3] for code in all_rules()} >= {"KH0", "KH1", "KH2", "KH6", "KH7", "KH8", "KH9"}
    assert "KH190" in all_rules()


@pytest.mark.parametrize("name", ["KH190", "kh190", "pair-name-taken", " Pair-Name-Taken ", "[KH190]"])
def test_explain_takes_code_and_name(call: Call, name: str) -> None:
    called = call("explain", name)
    assert called.code == 0
    assert called.out.startswith("KH190 pair-name-taken (error)\n\nThe name of the pair is")
    assert "# kea-hac: ignore[pair-name-taken] the reason" in called.out


@pytest.mark.slow
def test_every_rule_is_explained(call: Call) -> None:
    for rule in all_rules().values():
        shown = call("explain", rule.code).out
        assert rule.name in shown
        assert re.sub(r"\s+", " ", rule.why) in re.sub(r"\s+", " ", shown)
        assert max(len(line) for line in shown.splitlines()) <= 116


def test_a_rule_that_is_none(call: Call) -> None:
    called = call("explain", "pair-name-take")
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith("kea-hac: 'pair-name-take' is not a rule; did you mean pair-name-taken")
    assert "kea-hac rules lists them all" in call("explain", "?").err


def test_what_cannot_be_let_through_is_not_offered(call: Call) -> None:
    assert "ignore[" not in call("explain", "unreadable-file").out


def test_version_tells_of_every_kea(call: Call) -> None:
    called = call("--version")
    assert called.code == 0
    lines = called.out.splitlines()
    assert lines[0].startswith("kea-hac ")
    for branch, line in zip(BRANCHES, lines[1:], strict=True):
        assert branch in line
        assert (f"proven with {PROVEN[branch]}" if branch in PROVEN else "unproven") in line
        assert ("preview" in line) is (branch in PREVIEWS)
