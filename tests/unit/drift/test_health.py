"""The health of pairs, judged from what real servers of 2.2.0, 2.6.3 and 3.0.4 answered in each state (`status_get.json`)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.drift.diffing import Drift
from kea_hac.drift.health import Grade, Symptom
from kea_hac.kea.version import PROVEN
from kea_hac.live.endpoint import Trouble, Unread
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
    from dataclasses import replace

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
    assert codes(asked(pair, kea1=LOST, kea2=before)) == (Grade.DEGRADED, ["link-cut", "unread"])
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
        ["communication-recovery", "down", "unserved-scope"],
    )
    assert codes(asked(pair, kea1=DOWN, kea2=after)) == (Grade.DEGRADED, ["partner-down"])


@pytest.mark.parametrize("version", VERSIONS)
def test_maintenance_and_a_service_that_was_switched_off(version: str) -> None:
    pair = spec("hot-standby")
    one, two = (recorded(version, "maintenance", name) for name in ("kea1", "kea2"))
    assert codes(asked(pair, kea1=one, kea2=two)) == (Grade.DEGRADED, ["maintenance"])
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
    assert "while kea2 runs" in symptom(drift, "link-cut").text


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
    assert "kea2 treats its partner as down" in symptom(drift, "split-brain").text


def test_a_scope_that_was_left_with_the_wrong_server() -> None:
    drift = asked(spec("hot-standby"), kea1=normal("kea1"), kea2=changed(normal("kea2"), scopes=["kea1"]))
    assert codes(drift) == (Grade.DEGRADED, ["split-brain"])
    assert "config-reload to kea2" in symptom(drift, "split-brain").step
    nobody = asked(spec("hot-standby"), kea1=changed(normal("kea1"), scopes=[]), kea2=normal("kea2"))
    assert codes(nobody) == (Grade.NO_SERVICE, ["no-service"])


def test_terminated_and_what_waits_beside_it() -> None:
    pair = spec("hot-standby")
    one = changed(normal("kea1"), state="terminated")
    two = changed(normal("kea2"), state="terminated")
    assert codes(asked(pair, kea1=one, kea2=two)) == (Grade.DEGRADED, ["terminated"])
    waits = recorded("3.0.4", "hot-standby starting", "kea1")
    drift = asked(pair, kea1=waits, kea2=two)
    assert codes(drift) == (Grade.NO_SERVICE, ["terminated", "no-service"])
    assert "both at once" in symptom(drift, "terminated").step


def test_clocks() -> None:
    pair = spec("hot-standby")

    def skewed(seconds: int) -> Drift:
        one, two = (changed(normal(name), remote={"clock-skew": seconds}) for name in ("kea1", "kea2"))
        return asked(pair, kea1=one, kea2=two)

    assert codes(skewed(29)) == (Grade.HEALTHY, [])
    assert codes(skewed(-45)) == (Grade.DEGRADED, ["clock-skew"])
    assert "45 s apart" in symptom(skewed(-45), "clock-skew").text


def test_what_was_not_read_is_unknown() -> None:
    pair = spec("hot-standby")
    drift = asked(pair, kea1=LOST, kea2=normal("kea2"))
    assert codes(drift) == (Grade.UNKNOWN, ["unread"])
    assert "last state: hot-standby" in symptom(drift, "unread").text
    assert codes(asked(pair, kea1=LOST, kea2=LOST)) == (Grade.UNKNOWN, ["unread", "unread"])
    assert codes(asked(pair, kea1=DOWN, kea2=DOWN)) == (Grade.NO_SERVICE, ["down", "down", "no-service"])


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
    from dataclasses import replace

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
