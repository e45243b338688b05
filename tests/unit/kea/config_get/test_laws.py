"""Laws of the prediction that need no server: the golden files of every version, shown twice, in any order."""

from __future__ import annotations

import copy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6
from kea_hac.kea.config_get import kea_rendering, predict
from kea_hac.kea.version import BRANCHES, KeaVersion
from kea_hac.source.document import Secret
from tests.lab import keajson
from tests.shipped import GOLDEN

DAEMONS = {daemon.top: daemon for daemon in (DHCP4, DHCP6, CTRL_AGENT)}
UNORDERED = ("subnet4", "subnet6", "shared-networks", "pools", "pd-pools", "reservations")


def golden(branch: str) -> list[tuple[Path, str, dict[str, Any]]]:
    found = []
    for path in sorted(GOLDEN.glob(f"*/{branch}/*/kea-*.conf")):
        text = path.read_text("utf-8")
        if "<?include" not in text:
            found += [(path, top, config) for top, config in keajson.loads(text).items()]
    return found


def shuffled(value: Any, chance: Random, key: str = "") -> Any:
    if isinstance(value, dict):
        entries = list(value.items())
        chance.shuffle(entries)
        return {each: shuffled(below, chance, each) for each, below in entries}
    if isinstance(value, list):
        items = [shuffled(item, chance) for item in value]
        if key in UNORDERED:
            chance.shuffle(items)
        return items
    return value


@pytest.mark.parametrize("branch", BRANCHES)
def test_shown_again_is_the_same(branch: str) -> None:
    for path, top, config in golden(branch):
        once = predict(DAEMONS[top], config, KeaVersion.parse(branch))
        again = predict(DAEMONS[top], once, KeaVersion.parse(branch))
        assert again == once, path
        assert kea_rendering(again) == kea_rendering(once), path


@pytest.mark.parametrize("branch", BRANCHES)
def test_order_does_not_matter_and_the_input_stays(branch: str) -> None:
    chance = Random(branch)
    for path, top, config in golden(branch):
        before = copy.deepcopy(config)
        once = predict(DAEMONS[top], config, KeaVersion.parse(branch))
        other = predict(DAEMONS[top], shuffled(config, chance), KeaVersion.parse(branch))
        assert kea_rendering(other) == kea_rendering(once), path
        assert config == before


def test_a_secret_stays_a_secret() -> None:
    secret = Secret("/etc/kea/secrets/lease-db.json")
    database = {"type": "mysql", "name": "kea", "password": secret}
    made = predict(DHCP4, {"lease-database": database}, KeaVersion.parse("2.6"))
    assert made["lease-database"]["password"] is secret
