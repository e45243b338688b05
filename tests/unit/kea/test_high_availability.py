"""Facts of the HA library."""

from __future__ import annotations

import pytest

from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import (
    REQUIRED_ROLES,
    Mode,
    Role,
    constraints,
    default,
    peer_class,
    restricted_commands,
    roles_fit,
)
from kea_hac.kea.version import BRANCHES, Branch


def test_modes_and_roles_are_the_words_of_the_vocabulary() -> None:
    scopes = program("ha").scopes
    assert {mode.value for mode in Mode} == set(scopes["relationship"].keywords["mode"].values)
    assert {role.value for role in Role} == set(scopes["peer"].keywords["role"].values)
    assert set(REQUIRED_ROLES) == set(Mode)


def test_roles_by_mode() -> None:
    assert roles_fit("hot-standby", ["primary", "standby", "backup"])
    assert not roles_fit("hot-standby", ["primary", "secondary"])
    assert roles_fit("load-balancing", ["primary", "secondary"])
    assert not roles_fit("passive-backup", ["backup"])
    assert peer_class("kea1") == "HA_kea1"


def test_defaults_by_mode_and_version() -> None:
    assert default("delayed-updates-limit", Branch.V2_6, Mode.LOAD_BALANCING) == 100
    assert default("delayed-updates-limit", Branch.V2_6, Mode.HOT_STANDBY) == 0
    restricted = [default("restrict-commands", branch, Mode.HOT_STANDBY) for branch in BRANCHES]
    assert restricted == [False, False, False, *[True] * (len(BRANCHES) - 3)]
    assert default("http-dedicated-listener", Branch.V2_2, Mode.HOT_STANDBY, "multi-threading") is False
    assert default("this-server-name", Branch.V3_0, Mode.HOT_STANDBY) is None


@pytest.mark.parametrize("key", ["heartbeat-delay", "max-response-delay", "max-ack-delay"])
def test_delays_are_16_bit_up_to_3_2(key: str) -> None:
    """ChangeLog 2521 (3.3.0)."""
    keyword = program("ha").scopes["relationship"].keywords[key]
    assert [keyword.at(branch).maximum for branch in BRANCHES] == [*[2**16 - 1] * 5, *[2**32 - 1] * (len(BRANCHES) - 5)]


def test_constraints_and_commands() -> None:
    known = {each.id: each for each in constraints()}
    assert len(known) == 60
    assert known["HA-04"].branches == {Branch.V2_2, Branch.V2_4}
    assert known["HA-08"].branches == set(BRANCHES[2:])
    assert "lease6-bulk-apply" in restricted_commands("dhcp6")
    assert "config-get" not in restricted_commands("dhcp4")
