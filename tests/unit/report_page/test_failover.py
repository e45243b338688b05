"""The strips: which clients are answered when, in words and as parts of a bar."""

from __future__ import annotations

import pytest

from kea_hac.report_page.failover import Failover, Strip, failovers
from tests.shipped import ROOT
from tests.unit.changes.built import built

SPEC = """\
kea-hac: 1
pair: two
kea: KEA
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: [eth0]}
  - {name: kea2, role: ROLE, address: 192.0.2.12, interfaces: [eth0]MORE}
high-availability: {mode: MODE, max-unacked-clients: 5, listener: {dhcp4: 8001}SETTINGS}
dhcp4:
  subnet4: [{id: 1, subnet: 10.0.0.0/24, pools: [{pool: 10.0.0.10 - 10.0.0.99}]}]
"""


def shown(mode: str = "hot-standby", kea: str = "2.6", settings: str = "", more: str = "") -> Failover:
    role = {"hot-standby": "standby", "load-balancing": "secondary", "passive-backup": "backup"}[mode]
    text = SPEC.replace("KEA", kea).replace("ROLE", role).replace("MODE", mode)
    text = text.replace("SETTINGS", f", {settings}" if settings else "").replace("MORE", f", {more}" if more else "")
    if mode == "load-balancing":
        text = text.replace("listener:", "split: even, listener:")
    (found,) = failovers(built(text).site)
    return found


def strip(found: Failover, server: str) -> Strip:
    return next(each for each in found.strips if each.title.startswith(server))


def lanes(made: Strip) -> dict[str, list[str]]:
    return {lane.name: [part.kind for part in lane.parts] for lane in made.lanes}


def test_hot_standby() -> None:
    found = shown()
    assert found.title == "dhcp4: hot-standby of kea1 and kea2"
    assert found.settings.startswith("heartbeat-delay 10 s, max-response-delay 60 s")
    assert strip(found, "kea1").headline == "65 s (60 to 70 s) without answers"
    assert strip(found, "kea2").headline == "55 s (50 to 60 s) without answers"
    assert lanes(strip(found, "kea1")) == {"all clients": ["no", "may", "ok"]}
    assert any(
        "its own clients" not in event and "a new lease is not answered" in event
        for event in strip(found, "kea2").events
    )


def test_from_3_0_on_the_primary_answers_late_when_the_standby_fails() -> None:
    found = shown(kea="3.0")
    assert strip(found, "kea2").headline == "55 s (50 to 60 s) with late answers"
    assert lanes(strip(found, "kea2")) == {"all clients": ["slow", "may", "ok"]}
    assert lanes(strip(found, "kea1")) == {"all clients": ["no", "may", "ok"]}


@pytest.mark.parametrize("keys", ["cache-threshold: 0.0", "cache-max-age: 0"])
def test_without_the_cache_nobody_is_answered_before(keys: str) -> None:
    text = SPEC.replace("KEA", "3.0").replace("ROLE", "standby").replace("MODE", "hot-standby").replace("SETTINGS", "")
    (found,) = failovers(built(text.replace("MORE", "").replace("dhcp4:\n", f"dhcp4:\n  {keys}\n")).site)
    assert lanes(strip(found, "kea2")) == {"all clients": ["no", "may", "ok"]}


def test_without_lease_updates_nobody_waits() -> None:
    found = shown(settings="send-lease-updates: false")
    assert strip(found, "kea2").headline == "no client notices it"


def test_load_balancing() -> None:
    found = shown("load-balancing")
    assert lanes(strip(found, "kea2")) == {"clients of kea2": ["no", "may", "ok"], "clients of kea1": ["ok"]}
    assert any("communication-recovery" in event for event in strip(found, "kea2").events)
    found = shown("load-balancing", settings="delayed-updates-limit: 0")
    assert lanes(strip(found, "kea2"))["clients of kea1"] == ["no", "may", "ok"]


def test_without_automatic_failover() -> None:
    found = shown(more="auto-failover: false")
    assert strip(found, "kea1").headline == "until an operator acts"
    assert lanes(strip(found, "kea1")) == {"all clients": ["no"]}
    assert lanes(strip(found, "kea2")) == {"all clients": ["no", "may", "ok"]}


def test_passive_backup() -> None:
    found = shown("passive-backup")
    assert found.strips == ()
    assert any("no server takes over by itself" in note for note in found.notes)


def test_few_clients_and_silent_hosts_are_in_the_notes() -> None:
    notes = " ".join(shown().notes)
    assert "up to 80 s where kea1 is lost and 60 s where kea2 is lost" in notes
    assert "with one in a minute" in notes
    assert "Without any client it does not happen" in notes


def test_families_with_the_same_settings_are_shown_once() -> None:
    (found,) = failovers(built((ROOT / "specs/campus.yaml").read_text("utf-8")).site)
    assert found.title == "dhcp4 and dhcp6: hot-standby of kea1 and kea2"
    assert len(failovers(built((ROOT / "specs/hub.yaml").read_text("utf-8")).site)) == 2


@pytest.mark.parametrize(
    "settings", ["heartbeat-delay: 100", "max-response-delay: 65s, heartbeat-delay: 65s", "max-ack-delay: 60s"]
)
@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_a_strip_fills_its_width_and_its_events_are_in_order(mode: str, settings: str) -> None:
    for each in shown(mode, settings=settings).strips:
        for lane in each.lanes:
            assert sum(float(part.width) for part in lane.parts) == pytest.approx(100, abs=0.05)
        assert [float(tick.x) for tick in each.ticks] == sorted(float(tick.x) for tick in each.ticks)
        assert len(each.ticks) <= 8
