"""The HA state as real pairs of 2.2.0, 2.6.3 and 3.0.4 told it: `status_get.json` holds what they answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kea_hac
from kea_hac.kea.config import DHCP4
from kea_hac.kea.version import PROVEN
from kea_hac.live.endpoint import Live, Unread
from kea_hac.live.ha_state import PHASES, HaState, Partner, Phase, Relation, ServerStatus, ha_state, server_statuses
from kea_hac.model.site import Site
from tests.kea.built import pair_text
from tests.kea.test_built_arrangements import HUB

RECORDED = json.loads((Path(__file__).parent / "status_get.json").read_text("utf-8"))
VERSIONS = tuple(PROVEN.values())


def recorded(version: str, label: str, server: str) -> dict[str, Any]:
    (found,) = (
        each["status"]
        for each in RECORDED
        if (each["version"], each["label"], each["server"]) == (version, label, server)
    )
    assert isinstance(found, dict)
    return found


def read(version: str, label: str, server: str) -> HaState:
    found = ha_state(recorded(version, label, server))
    assert found is not None
    return found


def only(version: str, label: str, server: str) -> Relation:
    (relation,) = read(version, label, server).relations
    return relation


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pair_in_its_normal_state(version: str) -> None:
    named = version != "2.2.0"
    assert only(version, "hot-standby normal", "kea2") == Relation(
        mode="hot-standby",
        name="kea2" if named else None,
        role="standby",
        state="hot-standby",
        scopes=(),
        partner=Partner(
            name="kea1" if named else None,
            role="primary",
            last_state="hot-standby",
            heard=True,
            interrupted=False,
            age=0,
            unacked=0,
            unacked_left=0,
            clock_skew=0 if version == "3.0.4" else None,
        ),
    )
    first = only(version, "load-balancing normal", "kea1")
    assert (first.phase, first.scopes) == (Phase.NORMAL, ("kea1",))
    assert first.partner is not None
    assert first.partner.reachable


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pair_out_of_its_normal_state(version: str) -> None:
    starting = only(version, "hot-standby starting", "kea1")
    assert (starting.phase, starting.scopes) == (Phase.STARTING, ())
    assert starting.partner is not None
    assert (starting.partner.heard, starting.partner.last_state, starting.partner.age) == (False, None, None)
    assert not starting.partner.reachable

    gone = only(version, "hot-standby partner gone, before failover", "kea2")
    assert gone.phase is Phase.NORMAL, "it still waits for clients that go unanswered"
    assert gone.partner is not None
    assert gone.partner.heard, "in-touch means that it was ever heard of"
    assert (gone.partner.interrupted, gone.partner.reachable) == (True, False)
    assert (gone.partner.last_state, gone.partner.unacked_left) == ("unavailable", 3)
    assert gone.partner.age is not None
    assert gone.partner.age > 6

    alone = only(version, "hot-standby partner-down", "kea2")
    assert (alone.phase, alone.scopes) == (Phase.ALONE, ("kea1",))
    recovering = only(version, "load-balancing partner gone, before failover", "kea2")
    assert recovering.phase is Phase.RECOVERY
    assert only(version, "maintenance", "kea1").phase is Phase.MAINTENANCE
    assert only(version, "maintenance", "kea2").phase is Phase.ALONE


@pytest.mark.parametrize("version", VERSIONS)
def test_backups_watch_nobody(version: str) -> None:
    for label, server in (("passive-backup", "kea1"), ("passive-backup", "kea2"), ("lb with backup", "kea3")):
        relation = only(version, label, server)
        assert relation.partner is None
        assert relation.phase is Phase.NORMAL


@pytest.mark.parametrize("version", VERSIONS)
def test_ha_that_a_refused_config_set_took_away(version: str) -> None:
    """config-get still shows the library then."""
    assert read(version, "ha gone", "kea1") == HaState((), ())


@pytest.mark.parametrize("version", VERSIONS)
def test_who_has_switched_the_service_off(version: str) -> None:
    silent = version == "2.2.0"
    assert read(version, "disabled", "kea1").disabled_by == (() if silent else ("user",))
    assert read(version, "maintenance", "kea1").disabled_by == (() if silent else ("local",))
    assert read(version, "hot-standby normal", "kea1").disabled_by == ()


def test_every_recorded_state_has_a_phase() -> None:
    seen = {
        relation.state
        for each in RECORDED
        if isinstance(each["status"], dict)
        for relation in (ha_state(each["status"]) or HaState((), ())).relations
    }
    assert seen <= PHASES.keys()
    assert len(seen) >= 9


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ha-servers", "local", "remote", "scopes", "state", "in-touch", "age"]), inner
        )
    ),
)


@given(values, values)
def test_nothing_that_a_server_says_breaks_it(listed: Any, state: Any) -> None:
    for said in ({"high-availability": listed, "dhcp-state": state}, {"high-availability": [listed]}):
        found = ha_state(said)
        assert found is not None
        assert {relation.phase for relation in found.relations} <= set(Phase)
    assert ha_state(None) is None


# -- a site ----------------------------------------------------------------------------------------------------------------


def site(folder: Path, text: str) -> Site:
    (folder / "spec.yaml").write_text(text, "utf-8")
    found = kea_hac.compile_spec(folder / "spec.yaml").site
    assert found is not None
    return found


def live(server: str, status: dict[str, Any] | None) -> Live:
    return Live(server, DHCP4, {}, status=status)


def down(server: str) -> Unread:
    return Unread(server, DHCP4, "", "gone")


def reported(found: tuple[ServerStatus, ...]) -> list[tuple[str, str, str | None, bool, bool | None]]:
    return [(each.server, each.peer.name, each.state, each.answers, each.running) for each in found]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_site_side_by_side(version: str, tmp_path: Path) -> None:
    made = site(tmp_path, pair_text(version, "hot-standby"))
    both = [live(server, recorded(version, "hot-standby normal", server)) for server in ("kea1", "kea2")]
    first, second = server_statuses(made, both)
    assert reported((first, second)) == [
        ("kea1", "kea1", "hot-standby", True, True),
        ("kea2", "kea2", "hot-standby", True, True),
    ]
    assert first.reported is not None
    assert first.reported.role == "primary"
    assert second.reported is not None
    assert second.reported.role == "standby"

    one = server_statuses(made, [down("kea1"), live("kea2", recorded(version, "hot-standby partner-down", "kea2"))])
    assert reported(one) == [("kea1", "kea1", "unavailable", False, None), ("kea2", "kea2", "partner-down", True, True)]
    assert one[0].own is None
    assert one[1].reported is None

    without = server_statuses(made, [live("kea1", recorded(version, "ha gone", "kea1")), live("kea2", None)])
    assert reported(without) == [("kea1", "kea1", None, True, False), ("kea2", "kea2", None, True, None)]
    assert reported(server_statuses(made, [])) == [
        ("kea1", "kea1", None, False, None),
        ("kea2", "kea2", None, False, None),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_is_told_of_by_nobody(version: str, tmp_path: Path) -> None:
    made = site(tmp_path, pair_text(version, "passive-backup"))
    found = server_statuses(made, [live("kea1", recorded(version, "passive-backup", "kea1")), down("kea2")])
    assert reported(found) == [("kea1", "kea1", "passive-backup", True, True), ("kea2", "kea2", None, False, None)]


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_hub_has_one_state_for_each_spoke(version: str, tmp_path: Path) -> None:
    made = site(tmp_path, HUB.format(kea=version))
    found = server_statuses(
        made,
        [
            live("hub", recorded(version, "hub partner-down", "hub")),
            down("north"),
            live("south", recorded(version, "hub", "north")),
        ],
    )
    assert reported(found) == [
        ("north", "north", "unavailable", False, None),
        ("hub", "hub-north", "partner-down", True, True),
        ("south", "south", "hot-standby", True, False),  # it runs another relationship than the spec gives it
        ("hub", "hub-south", "hot-standby", True, True),
    ]
