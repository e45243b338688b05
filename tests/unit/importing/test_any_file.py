"""Whatever a file holds, import gives an answer: a valid one comes whole, a broken one is told of, and nothing is a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from kea_hac.kea.grammar import program
from kea_hac.kea.version import Branch
from tests.differential.corpus import DAEMONS, cases
from tests.differential.making import made
from tests.making_specs import FAMILIES
from tests.unit.importing.importing import imported, lost

VERSIONS = (Branch.V2_2, Branch.V2_6, Branch.V3_0)
BESIDE = '{"Dhcp4": {"interfaces-config": {"interfaces": ["eth0"]}}}'


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("branch", VERSIONS)
def test_a_valid_file_comes_whole(branch: Branch, family: str, seed: int, tmp_path: Path) -> None:
    name = next(each for each in DAEMONS if each == family)
    text = json.dumps({program(name).top: made(name, branch, f"import {seed}")})
    found = imported(tmp_path, {f"only/kea-{family}.conf": text}, source=str(branch))
    assert found.text is not None
    assert [trip.built for trip in found.trips] == [True]
    assert lost(found) == []


@pytest.mark.slow
@pytest.mark.parametrize("branch", VERSIONS)
def test_a_broken_file_is_answered(branch: Branch, tmp_path: Path) -> None:
    broken = cases(branch, 900)
    Random(7).shuffle(broken)
    for number, case in enumerate(broken[:120]):
        beside = {} if case.daemon != "ctrl-agent" else {"only/kea-dhcp4.conf": BESIDE}
        files = {f"only/kea-{case.daemon}.conf": case.text.decode("utf-8", "replace"), **beside}
        found = imported(tmp_path / str(number), files, source=str(branch))
        assert found.text is None or found.trips, case.name
