"""Files of every kind, loaded by real Kea and imported: `diff` of the new spec against what the servers show is in sync.

The files are the hand-written seeds, what shipped specs compile to, made ones, and those of `tests/unit/importing` in which one
thing is spelt in another way. What an import cannot keep, it must have said.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kea_hac.kea.config import DHCP4, DHCP6
from kea_hac.kea.config_get import from_answer
from kea_hac.kea.grammar import program
from kea_hac.kea.version import KeaVersion
from tests.differential.corpus import shipped
from tests.differential.making import made
from tests.lab.single import Loaded, reload
from tests.making_specs import FAMILIES
from tests.unit.importing.importing import imported, lost
from tests.unit.importing.synced import differences
from tests.unit.importing.test_in_sync import LONE, PAIRS, added

pytestmark = pytest.mark.kea
MADE = 25
LEAST = {"dhcp4": 8, "dhcp6": 3}
"""How many files of each daemon have to be compared at the least: the others are refused by Kea, or a rule finds an error in them."""


def answered(loaded: Loaded, name: str) -> dict[tuple[str, str], dict[str, object]]:
    return {("solo", name): from_answer({"dhcp4": DHCP4, "dhcp6": DHCP6}[name], loaded.shown or {})}


def test_alone(kea_version: str, tmp_path: Path) -> None:
    branch = KeaVersion.parse(kea_version).branch
    for name in FAMILIES:
        texts = [json.dumps({program(name).top: config}) for daemon, _, config in shipped(branch) if daemon == name]
        texts += [json.dumps({program(name).top: made(name, branch, f"in sync {seed}")}) for seed in range(MADE)]
        texts += list(LONE.values()) if name == "dhcp4" else []
        if kea_version == "2.2.0":  # it remembers a data-directory from one configuration to the next
            texts = [text for text in texts if '"data-directory"' not in text]
        compared = 0
        for number, loaded in enumerate(reload(kea_version, name, [text.encode() for text in texts])):
            if loaded.shown is None:
                continue
            here = tmp_path / f"{name}-{number}"
            found = imported(here, {f"solo/kea-{name}.conf": loaded.sent}, source=kea_version, target=kea_version)
            drifted = differences(found, here, answered(loaded, name)) if found.text is not None else None
            if drifted is not None:
                compared += 1
                said = {*lost(found), *(f"solo: {each}" for each in added(found))}
                assert {f"solo: {each.split(maxsplit=2)[2]}" for each in drifted} <= said, (loaded.sent, found.text)
        assert compared >= LEAST[name]


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair(name: str, kea_version: str, tmp_path: Path) -> None:
    files = PAIRS[name]
    loaded = reload(kea_version, "dhcp4", [text.encode() for text in files.values()])
    assert [each.error for each in loaded] == ["", ""]
    sent = {path: each.sent for path, each in zip(files, loaded, strict=True)}
    found = imported(tmp_path, sent, source=kea_version, target=kea_version)
    assert lost(found) == []
    answers = {
        (path.partition("/")[0], "dhcp4"): answered(each, "dhcp4")["solo", "dhcp4"]
        for path, each in zip(files, loaded, strict=True)
    }
    assert differences(found, tmp_path, answers) == []
