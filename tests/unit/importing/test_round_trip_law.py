"""build(spec) → import → build gives the same bytes: nothing that a spec can say is lost on the way back."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kea_hac
from kea_hac.api import judge, load_text
from kea_hac.kea.version import BRANCHES, Branch
from tests.making_specs import specs
from tests.shipped import ROOT, SHIPPED, checked_for, sayable
from tests.unit.importing.importing import built_again, imported_again, lost, without_manifest

CASES = sorted((ROOT / "tests/cases/ok").glob("*.yaml"))
NOT_SAYABLE = {
    "law-11-strict": "a key that no version knows is let through by a suppression, which an import does not invent",
}
"""Cases whose files cannot become a spec that builds, with the reason; what happens to them has tests of its own."""


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("spec", SHIPPED, ids=lambda spec: spec.stem)
def test_every_shipped_spec_comes_back_from_its_files(spec: Path, branch: str, tmp_path: Path) -> None:
    if not sayable(spec, branch):
        return
    _comes_back(checked_for(spec, branch), tmp_path)


@pytest.mark.parametrize("spec", [case for case in CASES if case.stem not in NOT_SAYABLE], ids=lambda spec: spec.stem)
def test_every_good_case_comes_back_from_its_files(spec: Path, tmp_path: Path) -> None:
    _comes_back(kea_hac.compile_spec(spec), tmp_path)


def _comes_back(checked: kea_hac.Checked, folder: Path) -> None:
    assert checked.build is not None
    found = imported_again(checked, folder)
    assert lost(found) == []
    assert all(trip.built for trip in found.trips)
    servers = {trip.server for trip in found.trips}
    expected = {
        name: content
        for name, content in without_manifest(checked.build.files).items()
        if name.partition("/")[0] in servers  # one agent for all servers has a file of its own, which names no server
    }
    again = {name: content for name, content in built_again(found).items() if name in expected}
    assert again == expected


@pytest.mark.parametrize("branch", BRANCHES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_what_any_spec_compiles_to_comes_back(branch: Branch, data: st.DataObject) -> None:
    checked = judge(load_text(data.draw(specs(branch)), Path("made.yaml")))
    with tempfile.TemporaryDirectory() as folder:
        _comes_back(checked, Path(folder))
