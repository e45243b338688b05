"""The health of pairs, judged from what real servers of 2.2.0, 2.6.3 and 3.0.4 answered in each state (`status_get.json`)."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.drift.diffing import Drift
from kea_hac.drift.health import Grade, Symptom
from kea_hac.kea.version import PROVEN
from kea_hac.live.endpoint import Live, Trouble, Unread
from kea_hac.live.ha_state import PHASES
from kea_hac.report import drift as drift_rows
from kea_hac.report import drift_github, drift_markdown, drift_text
from tests.unit.drift.pairs import Pair

RECORDED = json.loads((Path(__file__).parent.parent / "live" / "status_get.json").read_text("utf-8"))
VERSIONS = tuple(PROVEN.values())
ROLES = {"hot-standby": ("primary", "standby"), "load-balancing": ("primary", "secondary")}
DOWN, LOST = Trouble.DOWN, Trouble.UNREACHABLE
Status = dict[str, Any]


def spec(mode: str, settings: str = "") -> Pair:
    first, second = ROLES.get(mode, ("primary", "backup"))
    split = ", split: even" if mode == "load-balancing" else ""
    return Pair.of(f"""\
kea-hac: 1
pair: p
kea: 2.6
platform: debian
servers:
  - {{name: kea1, role: {first}, address: 192.0.2.11, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: {second}, address: 192.0.2.12, interfaces: {{lan: eth0}}}}
high-availability: {{mode: {mode}, listener: {{dhcp4: 8001}}{split}{settings}}}
dhcp4:
  lease-database: {{type: memfile}}
  subnet4:
    - {{id: 1, subnet: 10.1.0.0/24, pools: [{{pool: 10.1.0.10-10.1.0.200}}]}}
""")


def recorded(version: str, label: str, server: str) -> Status:
    (found,) = (
        each["status"]
        for each in RECORDED
        if (each["version"], each["label"], each["server"]) == (version, label, server)
    )
    return copy.deepcopy(found)  # type: ignore[no-any-return]


def normal(server: str, mode: str = "hot-standby", version: str = "3.0.4") -> Status:
    return recorded(version, f"{mode} normal", server)


def changed(status: Status, *, remote: Status | None = None, **local: Any) -> Status:
    """A real answer in another state."""
    servers = status["high-availability"][0]["ha-servers"]
    servers["local"].update(local)
    servers["remote"].update(remote or {})
    return status


def asked(pair: Pair, **answers: Status | Trouble) -> Drift:
    """By server: what its status-get answered, or why it could not be read."""
    lives: list[Any] = []
    for each in pair.lives():
        answer = answers[each.server]
        if isinstance(answer, Trouble):
            lives.append(Unread(each.server, each.daemon, "control agent http://192.0.2.1:8000/", "no answer", answer))
        else:
            assert not isinstance(each, Unread)
            lives.append(_with_status(each, answer))
    return pair.diff(lives)


def _with_status(live: Any, status: Status) -> Any:
    return replace(live, status=status)


def codes(drift: Drift) -> tuple[Grade, list[str]]:
    (health,) = drift.health
    return health.grade, [each.code for each in health.symptoms]


def symptom(drift: Drift, code: str) -> Symptom:
    (health,) = drift.health
    (found,) = (each for each in health.symptoms if each.code == code)
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode", ROLES)
def test_a_pair_in_its_mode_is_healthy(version: str, mode: str) -> None:
    drift = asked(spec(mode), kea1=normal("kea1", mode, version), kea2=normal("kea2", mode, version))
    assert codes(drift) == (Grade.HEALTHY, [])
    assert drift_text.render(drift, spec(mode).site.document).startswith("p: in sync\n")


@pytest.mark.parametrize("version", VERSIONS)
def test_passive_backup_by_its_own_rules(version: str) -> None:
    one, two = (recorded(version, "passive-backup", name) for name in ("kea1", "kea2"))
    pair = spec("passive-backup")
    assert codes(asked(pair, kea1=one, kea2=two)) == (Grade.HEALTHY, [])
    assert codes(asked(pair, kea1=one, kea2=DOWN)) == (Grade.DEGRADED, ["backup-down"])
    assert codes(asked(pair, kea1=one, kea2=LOST)) == (Grade.UNKNOWN, ["unread"])
    assert codes(asked(pair, kea1=DOWN, kea2=two)) == (Grade.NO_SERVICE, ["down", "no-service"])
    waiting = spec("passive-backup", ", wait-backup-ack: true")
    assert codes(asked(waiting, kea1=one, kea2=DOWN)) == (Grade.NO_SERVICE, ["backup-down"])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_partner_that_is_gone(version: str) -> None:
    pair = spec("hot-standby")
    before = recorded(version, "hot-standby partner gone, before failover", "kea2")
    after = recorded(version, "hot-standby partner-down", "kea2")
    assert codes(asked(pair, kea1=DOWN, kea2=before)) == (Grade.NO_SERVICE, ["down", "no-service"])
    silent = asked(pair, kea1=LOST, kea2=before)
    assert codes(silent) == (Grade.DEGRADED, ["partner-silent", "unread"])
    assert "kea1 could not be read" in symptom(silent, "unread").text
    assert (
        "if it does not run, clients are not answered until kea2 takes over" in symptom(silent, "partner-silent").text
    )
    assert "find out whether kea1 runs" in symptom(silent, "partner-silent").step
    assert codes(asked(pair, kea1=DOWN, kea2=after)) == (Grade.DEGRADED, ["partner-down"])
    assert codes(asked(pair, kea1=LOST, kea2=after)) == (Grade.DEGRADED, ["partner-down", "unread"])
    back = recorded(version, "hot-standby starting", "kea1")
    assert codes(asked(pair, kea1=back, kea2=after)) == (Grade.DEGRADED, ["recovering"])


@pytest.mark.parametrize("version", VERSIONS)
def test_half_of_the_clients_of_load_balancing(version: str) -> None:
    pair = spec("load-balancing")
    before = recorded(version, "load-balancing partner gone, before failover", "kea2")
    after = recorded(version, "load-balancing partner-down", "kea2")
    assert codes(asked(pair, kea1=DOWN, kea2=before)) == (
        Grade.DEGRADED,
        ["down", "unserved-scope"],
    )
    assert codes(asked(pair, kea1=DOWN, kea2=after)) == (Grade.DEGRADED, ["partner-down"])


@pytest.mark.parametrize("version", VERSIONS)
def test_maintenance_and_a_service_that_was_switched_off(version: str) -> None:
    pair = spec("hot-standby")
    one, two = (recorded(version, "maintenance", name) for name in ("kea1", "kea2"))
    served = asked(pair, kea1=one, kea2=two)
    assert codes(served) == (Grade.DEGRADED, ["maintenance"])
    assert "serves all clients alone" in symptom(served, "maintenance").text
    assert "ha-maintenance-cancel" in symptom(served, "maintenance").step
    off = asked(pair, kea1=recorded(version, "disabled", "kea1"), kea2=normal("kea2", version=version))
    if version == "2.2.0":  # 2.2 does not report it
        assert codes(off) == (Grade.HEALTHY, [])
    else:
        assert codes(off) == (Grade.NO_SERVICE, ["service-off", "no-service"])


def test_a_cut_link_while_both_serve() -> None:
    """Seen on 2.6.3 and 3.0.4: both still report hot-standby, and communication-interrupted."""
    cut = {"communication-interrupted": True, "last-state": "unavailable", "age": 12}
    pair = spec("hot-standby")
    drift = asked(pair, kea1=changed(normal("kea1"), remote=cut), kea2=changed(normal("kea2"), remote=cut))
    assert codes(drift) == (Grade.DEGRADED, ["link-cut"])
    assert "have not heard each other for 12 s" in symptom(drift, "link-cut").text
    counted = changed(normal("kea2"), remote=cut | {"unacked-clients": 4, "unacked-clients-left": 7})
    drift = asked(pair, kea1=changed(normal("kea1"), remote=cut), kea2=counted)
    assert "kea2 counts 4 clients that its partner leaves without an answer, and takes over after 7 more" in (
        symptom(drift, "link-cut").text
    )


def test_the_server_of_the_clients_takes_the_standby_for_dead() -> None:
    """Seen on 2.6.3 seconds after the link was cut: it serves as before, and the standby waits for unserved clients."""
    cut = {"communication-interrupted": True, "last-state": "unavailable"}
    one = changed(normal("kea1"), remote=cut, state="partner-down")
    drift = asked(spec("hot-standby"), kea1=one, kea2=changed(normal("kea2"), remote=cut))
    assert codes(drift) == (Grade.DEGRADED, ["link-cut"])
    assert "because it does not hear kea2, which runs" in symptom(drift, "link-cut").text


@pytest.mark.parametrize("mode", ROLES)
def test_split_brain(mode: str) -> None:
    cut = {"communication-interrupted": True, "last-state": "unavailable"}
    both = {"state": "partner-down", "scopes": ["kea1", "kea2"] if mode == "load-balancing" else ["kea1"]}
    one, two = (changed(normal(name, mode), remote=cut, **both) for name in ("kea1", "kea2"))
    drift = asked(spec(mode), kea1=one, kea2=two)
    assert codes(drift) == (Grade.DEGRADED, ["split-brain"])
    assert "two clients can get the same address" in symptom(drift, "split-brain").text
    assert "no restart is needed" in symptom(drift, "split-brain").step


def test_one_that_treats_its_partner_as_down_while_it_serves() -> None:
    one_way = changed(normal("kea2"), state="partner-down", scopes=["kea1"])
    drift = asked(spec("hot-standby"), kea1=normal("kea1"), kea2=one_way)
    assert codes(drift) == (Grade.DEGRADED, ["split-brain"])
    assert "kea2 treats kea1 as down" in symptom(drift, "split-brain").text


def test_a_scope_that_was_left_with_the_wrong_server() -> None:
    drift = asked(spec("hot-standby"), kea1=normal("kea1"), kea2=changed(normal("kea2"), scopes=["kea1"]))
    assert codes(drift) == (Grade.DEGRADED, ["split-brain"])
    assert 'send ha-scopes with {"scopes":[],"server-name":"kea2"} to kea2' in symptom(drift, "split-brain").step
    nobody = asked(spec("hot-standby"), kea1=changed(normal("kea1"), scopes=[]), kea2=normal("kea2"))
    assert codes(nobody) == (Grade.NO_SERVICE, ["no-service"])
    assert 'send ha-scopes with {"scopes":["kea1"],"server-name":"kea1"} to kea1' in symptom(nobody, "no-service").step


def test_terminated_and_what_waits_beside_it() -> None:
    pair = spec("hot-standby")
    one = changed(normal("kea1"), state="terminated")
    two = changed(normal("kea2"), state="terminated")
    assert codes(asked(pair, kea1=one, kea2=two)) == (Grade.DEGRADED, ["terminated"])
    waits = recorded("3.0.4", "hot-standby starting", "kea1")
    drift = asked(pair, kea1=waits, kea2=two)
    assert codes(drift) == (Grade.NO_SERVICE, ["terminated", "no-service"])
    assert "both at once" in symptom(drift, "terminated").step


def clocks(one: float | None, two: float | None, told: int | None = None, **local: Any) -> Drift:
    """A pair whose clocks are so far ahead of this machine's; `told`: what kea1 reports of its partner's."""
    pair = spec("hot-standby")
    statuses = {
        "kea1": changed(normal("kea1"), remote={"clock-skew": told}, **local),
        "kea2": changed(normal("kea2"), remote={"clock-skew": -told if told else told}, **local),
    }
    ahead = {"kea1": one, "kea2": two}
    lives = [each for each in pair.lives() if isinstance(each, Live)]
    return pair.diff([replace(each, status=statuses[each.server], clock=ahead[each.server]) for each in lives])


def test_clocks() -> None:
    """2.6 tells its own time alone, 3.0 its partner's too."""
    assert codes(clocks(0, 29)) == (Grade.HEALTHY, [])
    assert codes(clocks(None, None)) == (Grade.HEALTHY, [])
    behind = clocks(0.4, -44.7)
    assert codes(behind) == (Grade.DEGRADED, ["clock-skew"])
    assert "the clock of kea2 is 45 s behind that of kea1" in symptom(behind, "clock-skew").text
    assert "correct the clock of kea2 (that of kea1 agrees" in symptom(behind, "clock-skew").step
    assert "correct the clocks," in symptom(clocks(100, 55), "clock-skew").step
    only_told = clocks(0, None, told=-45)
    assert "the clock of kea2 is 45 s behind that of kea1" in symptom(only_told, "clock-skew").text
    assert "the clock of kea1 is 45 s behind that of kea2" in symptom(clocks(None, None, told=45), "clock-skew").text


def test_clocks_that_ended_ha_are_its_cause_until_they_are_right() -> None:
    ended = clocks(0, -70, told=-70, state="terminated")
    assert codes(ended) == (Grade.DEGRADED, ["terminated"])
    assert (
        "the clock of kea2 is 70 s behind that of kea1: correct the clock of kea2" in symptom(ended, "terminated").step
    )
    corrected = clocks(0, 0, told=-70, state="terminated")  # without heartbeats the old report stays
    assert codes(corrected) == (Grade.DEGRADED, ["terminated"])
    assert "70 s" not in symptom(corrected, "terminated").step


CUT = {"communication-interrupted": True, "last-state": "unavailable", "age": 12}


def test_a_link_that_is_cut_in_one_direction() -> None:
    """Seen on 2.2.0, 2.6.3 and 3.0.4 with a firewall on one server."""
    pair = spec("hot-standby")
    standby = asked(pair, kea1=normal("kea1"), kea2=changed(normal("kea2"), remote=CUT))
    assert codes(standby) == (Grade.DEGRADED, ["link-cut"])
    found = symptom(standby, "link-cut")
    assert found.text.startswith("the connections of kea2 to kea1 fail for 12 s, those of kea1 to kea2 do not")
    assert "clients are answered by kea1 as before" in found.text
    assert "not replicated" not in found.text
    assert "find out why kea2 cannot connect to port 8001 of kea1" in found.step
    balanced = spec("load-balancing")
    mode = "load-balancing"
    keeps = changed(normal("kea2", mode), remote=CUT, state="communication-recovery")
    half = symptom(asked(balanced, kea1=normal("kea1", mode), kea2=keeps), "link-cut")
    assert "kea2 serves its own clients and keeps up to 100 lease updates for kea1" in half.text
    assert "find out why kea2 cannot connect to port 8001 of kea1" in half.step
    primary = asked(pair, kea1=changed(normal("kea1"), remote=CUT), kea2=normal("kea2"))
    assert "no client of kea1 gets a new lease until kea1 treats kea2 as down" in symptom(primary, "link-cut").text


def test_a_server_that_waits_for_a_partner_that_cannot_reach_it() -> None:
    """A server that is back stays in `ready` while its partner's connections fail; one that has just started is heard in a moment."""
    pair = spec("hot-standby")
    alone = changed(normal("kea1"), remote=CUT, state="partner-down")
    ready = changed(normal("kea2"), remote={"last-state": "partner-down"}, state="ready", scopes=[])
    young, old = copy.deepcopy(ready) | {"reload": 70}, copy.deepcopy(ready) | {"reload": 90}
    assert codes(asked(pair, kea1=alone, kea2=young)) == (Grade.DEGRADED, ["recovering"])
    drift = asked(pair, kea1=alone, kea2=old)
    assert codes(drift) == (Grade.DEGRADED, ["link-cut"])
    assert "find out why kea1 cannot connect to port 8001 of kea2" in symptom(drift, "link-cut").step
    heard = changed(normal("kea1"), state="partner-down")
    assert codes(asked(pair, kea1=heard, kea2=old)) == (Grade.DEGRADED, ["recovering"])


def test_what_clients_notice_of_a_server_that_is_down_and_how_to_take_over_now() -> None:
    pair = spec(
        "hot-standby", ", heartbeat-delay: 2s, max-response-delay: 6s, max-unacked-clients: 2, max-ack-delay: 1s"
    )
    primary = symptom(asked(pair, kea1=DOWN, kea2=normal("kea2")), "down")
    assert primary.text == (
        "kea1 does not run: clients are not answered until kea2 takes over, max-response-delay (6 s) after the last heartbeat, when "
        "more than 2 of them have asked for longer than max-ack-delay (1 s)"
    )
    assert primary.step == (
        "start kea1; if it cannot start now, send ha-maintenance-start to kea2, which then serves all clients at once"
    )
    counting = changed(normal("kea2"), remote=CUT | {"unacked-clients": 1, "unacked-clients-left": 2})
    counted = symptom(asked(pair, kea1=DOWN, kea2=counting), "down")
    assert "takes over, after 2 more of them have asked" in counted.text
    standby = symptom(asked(pair, kea1=normal("kea1"), kea2=DOWN), "down")
    assert "takes over" not in standby.text
    assert "no client is answered until kea1 treats it as down" in standby.text
    at_once = spec("hot-standby", ", max-unacked-clients: 0")
    assert (
        "kea2 takes over max-response-delay (60 s)"
        in symptom(asked(at_once, kea1=DOWN, kea2=normal("kea2")), "down").text
    )
    ended = asked(pair, kea1=DOWN, kea2=changed(normal("kea2"), state="terminated"))
    assert codes(ended) == (Grade.NO_SERVICE, ["terminated", "no-service"])
    assert "kea2 does not take over" in symptom(ended, "terminated").text
    assert "Then start kea1 and reload or restart kea2, both at once" in symptom(ended, "terminated").step


def test_a_server_in_maintenance_does_not_take_over() -> None:
    one = recorded("3.0.4", "maintenance", "kea1")
    drift = asked(spec("hot-standby"), kea1=one, kea2=DOWN)
    assert codes(drift) == (Grade.NO_SERVICE, ["maintenance", "no-service"])
    assert symptom(drift, "maintenance").step == (
        "start kea2; if that is not possible, send config-reload to kea1, or restart it: it does not leave maintenance by itself, "
        "and serves alone then"
    )


def test_a_state_machine_that_the_spec_pauses() -> None:
    pair = spec("hot-standby", ", state-machine: {states: [{state: syncing, pause: always}]}")
    one = changed(normal("kea1"), state="syncing", scopes=[])
    two = changed(normal("kea2"), state="waiting", scopes=[])
    step = symptom(asked(pair, kea1=one, kea2=two), "starting").step
    assert "send ha-continue to kea1 when you are ready" in step
    assert "ha-continue" not in symptom(asked(spec("hot-standby"), kea1=one, kea2=two), "starting").step


def test_what_was_not_read_is_unknown() -> None:
    pair = spec("hot-standby")
    drift = asked(pair, kea1=LOST, kea2=normal("kea2"))
    assert codes(drift) == (Grade.UNKNOWN, ["unread"])
    assert "last state: hot-standby" in symptom(drift, "unread").text
    assert codes(asked(pair, kea1=LOST, kea2=LOST)) == (Grade.UNKNOWN, ["unread", "unread"])
    assert codes(asked(pair, kea1=DOWN, kea2=DOWN)) == (Grade.NO_SERVICE, ["down", "no-service"])
    assert symptom(asked(pair, kea1=DOWN, kea2=DOWN), "down").step.startswith("start both")


def test_ha_that_is_configured_and_does_not_run() -> None:
    drift = asked(spec("hot-standby"), kea1=recorded("3.0.4", "ha gone", "kea1"), kea2=normal("kea2"))
    assert codes(drift)[0] is Grade.DEGRADED
    assert "ha-not-running" in codes(drift)[1]


def test_a_reload_that_is_under_way() -> None:
    """The primary of hot-standby waits for a heartbeat and nobody serves; the standby's reload is noticed by nobody."""
    pair = spec("hot-standby")
    one = recorded("3.0.4", "hot-standby starting", "kea1")
    assert codes(asked(pair, kea1=one, kea2=normal("kea2"))) == (Grade.NO_SERVICE, ["starting", "no-service"])
    two = changed(normal("kea2"), state="waiting", scopes=[])
    assert codes(asked(pair, kea1=normal("kea1"), kea2=two)) == (Grade.DEGRADED, ["starting"])
    both = asked(pair, kea1=one, kea2=two)
    assert codes(both) == (Grade.NO_SERVICE, ["starting", "no-service"])


def test_a_standalone_server() -> None:
    pair = Pair.of("""\
kea-hac: 1
pair: p
kea: 2.6
platform: debian
servers: [{name: kea1, address: 192.0.2.11, interfaces: {lan: eth0}}]
dhcp4:
  lease-database: {type: memfile}
  subnet4: [{id: 1, subnet: 10.1.0.0/24, pools: [{pool: 10.1.0.10-10.1.0.200}]}]
""")
    assert codes(asked(pair, kea1={"pid": 1, "reload": 1, "uptime": 9})) == (Grade.HEALTHY, [])
    assert codes(asked(pair, kea1=DOWN)) == (Grade.NO_SERVICE, ["down"])
    assert codes(asked(pair, kea1=LOST)) == (Grade.UNKNOWN, ["unread"])
    off = {"pid": 1, "reload": 1, "uptime": 9, "dhcp-state": {"disabled-by-user": True}}
    assert codes(asked(pair, kea1=off)) == (Grade.NO_SERVICE, ["service-off"])


def test_saved_answers_have_no_health() -> None:
    pair = spec("hot-standby")
    lives = [replace(each, saved=True) for each in pair.lives() if not isinstance(each, Unread)]
    assert pair.diff(lives).health == ()


def test_every_format_has_it() -> None:
    pair = spec("hot-standby")
    drift = asked(pair, kea1=changed(normal("kea1"), scopes=[]), kea2=normal("kea2"))
    document = pair.site.document
    text = drift_text.render(drift, document)
    assert text.startswith("p: in sync, no service\n")
    assert "health of dhcp4 on kea1 and kea2: no service\n  no-service: no client is answered" in text
    assert "**no service**" in drift_markdown.render(drift, document)
    assert drift_github.render(drift, document).startswith("::error")
    (health,) = drift_rows.data(drift, document)["health"]
    assert (health["grade"], health["symptoms"][0]["code"]) == ("no service", "no-service")


_STATES = (*PHASES, "unheard-of", None)
_STATUS = st.builds(
    lambda state, scopes, last, cut, heard: changed(
        normal("kea1"),
        state=state,
        scopes=scopes,
        remote={"last-state": last, "communication-interrupted": cut, "in-touch": heard},
    ),
    st.sampled_from(_STATES),
    st.lists(st.sampled_from(["kea1", "kea2"]), unique=True),
    st.sampled_from(_STATES),
    st.booleans(),
    st.booleans(),
)
_ANSWER = st.one_of(_STATUS, st.sampled_from(list(Trouble)), st.just({"pid": 1, "reload": 2, "uptime": 9}))
_PAIR = {mode: spec(mode) for mode in (*ROLES, "passive-backup")}


@given(st.sampled_from(sorted(_PAIR)), _ANSWER, _ANSWER)
def test_no_answer_breaks_it_and_good_is_never_guessed(mode: str, one: Any, two: Any) -> None:
    drift = asked(_PAIR[mode], kea1=one, kea2=two)
    (health,) = drift.health
    if isinstance(one, Trouble) or isinstance(two, Trouble):
        assert health.grade is not Grade.HEALTHY
    if health.grade is Grade.HEALTHY:
        states = [each.state for each in drift.server_statuses]
        assert all(each in PHASES for each in states)
    assert all(each.text for each in health.symptoms)
