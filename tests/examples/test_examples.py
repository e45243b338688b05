"""Every rule has a bad example, which breaks it and nothing else, and a good one, which breaks nothing.

What other rules have to say for information is left out (`tests.examples.judge`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.check.examples import WITHOUT, example
from kea_hac.rule_list import all_rules
from tests.examples import CODES, judge


def test_every_rule_has_an_example() -> None:
    assert sorted(all_rules()) == sorted([*CODES, *WITHOUT]), "write kea_hac/check/examples/CODE.toml"


@pytest.mark.parametrize("code", CODES)
def test_the_bad_one_breaks_the_rule_and_the_good_one_none(code: str, tmp_path: Path) -> None:
    shown = example(code)
    assert shown is not None
    assert shown.bad != shown.good
    bad = judge(code, shown.bad, tmp_path / "bad")
    assert {each.rule.code for each in bad} == {code, *shown.also}, [each.message for each in bad]
    assert [each.message for each in judge(code, shown.good, tmp_path / "good")] == []


@pytest.mark.parametrize("code", CODES)
def test_an_example_fits_on_a_screen(code: str) -> None:
    shown = example(code)
    assert shown is not None
    for text in (*shown.bad, *shown.good, *shown.files.values()):
        assert max(len(line) for line in text.splitlines()) <= 112
        assert len(text.splitlines()) <= 16
