"""Small specs, discovered: each in `ok/` shows a law of the language and is clean. Drop a file in and it is tested.

What is wrong, and with which message, stands beside the rules: `kea_hac/check/examples`, `docs/reference/rules.md`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import kea_hac
from tests.specs import ADVICE
from tests.unit.importing.importing import built_again, imported_again, without_manifest

OK = sorted((Path(__file__).parent / "ok").glob("*.yaml"))


@pytest.mark.parametrize("case", OK, ids=lambda case: case.stem)
def test_a_good_spec_is_clean(case: Path) -> None:
    checked = kea_hac.compile_spec(case)
    assert [
        f"{each.span.line}: {each.message}" for each in checked.report.diagnostics if each.rule.code not in ADVICE
    ] == []
    assert checked.build is not None


NOT_IN_FILES = {
    "law-11-strict": "a comment lets its unknown key through, and no file has the comment",
    "under-micetro": "the DHCP agent for both servers is on a host without files",
}
"""Specs that say more than their files."""


@pytest.mark.parametrize("case", [each for each in OK if each.stem not in NOT_IN_FILES], ids=lambda case: case.stem)
def test_what_is_built_is_imported_back(case: Path, tmp_path: Path) -> None:
    """Every key of the language that the files show: the imported spec builds the same files."""
    checked = kea_hac.compile_spec(case)
    assert checked.build is not None
    assert built_again(imported_again(checked, tmp_path)) == without_manifest(checked.build.files)


def test_what_is_not_in_the_files_is_still_a_spec_of_this_folder() -> None:
    assert NOT_IN_FILES.keys() <= {each.stem for each in OK}
