"""The failover in time as arithmetic. That real pairs take as long is proven in tests/kea/test_failover_times.py."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.kea.failover import HTTP_LIMIT, Failure, Settings, Time, comes_back, takeover
from kea_hac.kea.high_availability import Mode, Role
from kea_hac.kea.version import BRANCHES

SHORT = {"heartbeat-delay": 2000, "max-response-delay": 6000, "max-ack-delay": 1000, "max-unacked-clients": 2}


def settings(mode: Mode = Mode.HOT_STANDBY, **written: Any) -> Settings:
    return Settings.of({key.replace("_", "-"): value for key, value in written.items()}, mode, BRANCHES[-1])


def down(made: Settings, survivor: Role, failure: Failure = Failure.STOPPED, **more: Any) -> Time:
    found = takeover(made, survivor, failure, **{"family": 4, "busy": True, **more})
    assert found is not None
    return found.partner_down


def seconds(time: Time) -> tuple[float, float, float]:
    return tuple(round(each / 1000, 1) for each in (time.earliest, time.expected, time.latest))  # type: ignore[return-value]


def test_the_defaults() -> None:
    assert seconds(down(settings(), Role.STANDBY)) == (60, 65, 70)
    assert seconds(down(settings(), Role.PRIMARY)) == (50, 55, 60)
    assert seconds(down(settings(Mode.LOAD_BALANCING), Role.SECONDARY)) == (60, 65, 70)


def test_what_was_measured_when_the_link_was_cut() -> None:
    """10.4 to 11.5 s on 2.2.0, 2.6.3 and 3.0.4: each heartbeat to a silent host waits for the limit of Kea's HTTP client."""
    cut = down(Settings.of(SHORT, Mode.HOT_STANDBY, BRANCHES[0]), Role.STANDBY, Failure.SILENT)
    assert seconds(cut) == (10, 11, 12)
    assert HTTP_LIMIT == 10_000


def test_what_was_measured_when_a_daemon_was_killed() -> None:
    """6.4 to 7.9 s in both modes, 3.8 s from waiting to the state of the mode."""
    made = Settings.of(SHORT, Mode.LOAD_BALANCING, BRANCHES[0])
    assert seconds(down(made, Role.SECONDARY)) == (6, 7, 8)
    assert comes_back(made).serves == 4000


@pytest.mark.parametrize("rate", [100.0, 5.0, 1.0])
def test_enough_clients_change_nothing(rate: float) -> None:
    assert down(settings(), Role.STANDBY, rate=rate) == down(settings(), Role.STANDBY)


def test_few_clients_are_waited_for() -> None:
    times = [down(settings(), Role.STANDBY, rate=rate).expected for rate in (1.0, 0.5, 0.1, 0.05, 0.01)]
    assert times == sorted(times)
    assert times[-1] > 600_000


def test_the_primary_of_a_hot_standby_pair_needs_no_clients() -> None:
    assert down(settings(), Role.PRIMARY, rate=0.01) == down(settings(), Role.PRIMARY)
    assert down(settings(max_unacked_clients=0), Role.STANDBY, busy=False).expected == 55_000


def test_a_client_has_to_say_that_it_has_waited() -> None:
    """max-ack-delay 10 s: a DHCPv4 client says so in its 11th second, a DHCPv6 client 10 ms after the tenth."""
    quick = settings(heartbeat_delay=1000, max_response_delay=2000)
    assert down(quick, Role.STANDBY, family=4).earliest >= 11_000
    assert 10_010 <= down(quick, Role.STANDBY, family=6).earliest < 11_000


def test_who_gets_no_answer_while_the_survivor_waits() -> None:
    hot, balanced = settings(), settings(Mode.LOAD_BALANCING)
    assert hot.holds_back(Role.PRIMARY)
    assert not hot.holds_back(Role.STANDBY)
    assert not settings(send_lease_updates=False).holds_back(Role.PRIMARY)
    assert not balanced.holds_back(Role.PRIMARY)
    assert settings(Mode.LOAD_BALANCING, delayed_updates_limit=0).holds_back(Role.SECONDARY)


def test_where_no_server_takes_over() -> None:
    assert takeover(settings(Mode.PASSIVE_BACKUP), Role.PRIMARY, Failure.STOPPED, family=4, busy=True) is None
    assert takeover(settings(), Role.BACKUP, Failure.STOPPED, family=4, busy=True) is None
    assert takeover(settings(heartbeat_delay=0), Role.STANDBY, Failure.STOPPED, family=4, busy=True) is None


TIMES = st.integers(1, 65_535)


@given(TIMES, TIMES, TIMES, st.integers(0, 50), st.sampled_from(Failure), st.booleans())
def test_the_order_of_events(
    heartbeat: int, response: int, ack: int, unacked: int, failure: Failure, busy: bool
) -> None:
    made = settings(
        heartbeat_delay=heartbeat, max_response_delay=response, max_ack_delay=ack, max_unacked_clients=unacked
    )
    for survivor in (Role.STANDBY, Role.PRIMARY):
        found = takeover(made, survivor, failure, family=4, busy=busy)
        assert found is not None
        for each in (found.noticed, found.interrupted, found.partner_down):
            assert 0 <= each.earliest <= each.expected <= each.latest
        assert found.partner_down.earliest >= found.interrupted.earliest
        assert found.partner_down.latest >= found.interrupted.latest - 1
