"""The fix of every rule's bad example is followed: the finding is gone, and no other came.

Where a finding carries its repair as data, the repair is made with the editor that keeps comments. Where a human has to choose,
the good example stands for following the fix: it breaks nothing (`test_examples`), and each key that the fix writes in backticks
is a key of it, or is a part of an advice with several ways, which `OTHER_WAYS` names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from kea_hac.check.examples import example
from kea_hac.diagnostics import Diagnostic
from tests.examples import CODES, found_in, inside, judge, written
from tests.following import follow

REPAIRED = 96
"""Rules whose bad example is put right by its repair, at least. Raise it when repairs are added."""
_KEY = re.compile(r"([a-z][a-z0-9-]+):(?=\s|$)")
_QUOTED = re.compile(r"`([^`]+)`")
OTHER_WAYS: Mapping[str, frozenset[str]] = {
    # the other family, of which the example has no part
    "KH105": frozenset({"dhcp6"}),
    "KH605": frozenset({"dhcp4", "dhcp6"}),
    # the first of two ways is shown
    "KH410": frozenset({"type"}),
    "KH612": frozenset({"multi-threading", "http-dedicated-listener"}),
    "KH615": frozenset({"http-dedicated-listener"}),
    "KH702": frozenset({"control-agent"}),
    "KH743": frozenset({"user-file"}),
    "KH902": frozenset({"password-file"}),
    "KH905": frozenset({"control-address"}),
    "KH906": frozenset({"control-address"}),
    # the second is shown
    "KH613": frozenset({"control-agent", "http-port"}),
    # the library stands in the base of the example, with its parameters
    "KH620": frozenset({"parameters", "high-availability", "this-server-name", "mode", "peers"}),
}
"""By rule, keys of a fix that its good example does not take: another way than the one that is shown."""


def _followed(code: str, folder: Path) -> tuple[list[Diagnostic], list[Diagnostic]] | None:
    """What is found in the bad example before and after its repairs; None for one that has none."""
    shown = example(code)
    assert shown is not None
    paths = written(shown, shown.bad, folder)
    before = found_in(shown, paths, folder)
    mine = [each for each in before if each.rule.code == code]
    if not mine or not all(each.repair for each in mine):
        return None
    with inside(folder):
        for path in paths:
            here = [each for each in mine if Path(each.span.file).resolve() == path.resolve()]
            if here:
                follow(path, here, of_a_spec=shown.of_a_spec)
    return before, found_in(shown, paths, folder)


@pytest.mark.parametrize("code", CODES)
def test_a_repair_that_is_made_removes_the_finding_and_brings_no_other(code: str, tmp_path: Path) -> None:
    followed = _followed(code, tmp_path)
    if followed is None:
        return  # no repair: the tests below hold its words
    before, after = followed
    known = {each.rule.code for each in before}
    assert code not in {each.rule.code for each in after}, [(each.message, each.fix) for each in after]
    new = [(each.rule.code, each.message) for each in after if each.rule.code not in known and each.severity != "info"]
    assert new == []


def test_how_many_bad_examples_are_put_right_by_their_repair(tmp_path: Path) -> None:
    repaired = [code for code in CODES if _followed(code, tmp_path / code)]
    assert len(repaired) >= REPAIRED, repaired


@pytest.mark.parametrize("code", CODES)
def test_what_a_fix_says_to_write_is_in_the_good_example(code: str, tmp_path: Path) -> None:
    shown = example(code)
    assert shown is not None
    good = "\n".join((*shown.good, *shown.files.values()))
    bad = "\n".join(shown.bad)
    for each in judge(code, shown.bad, tmp_path):
        if each.rule.code != code or each.fix is None:
            continue
        wanted = {key for quoted in _QUOTED.findall(each.fix) for key in _KEY.findall(quoted)}
        missing = {key for key in wanted if f"{key}:" not in good and f"{key}:" not in bad and f'"{key}"' not in good}
        assert missing <= OTHER_WAYS.get(code, frozenset()), f"{each.fix!r} is not what the good example does"
