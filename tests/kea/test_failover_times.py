"""Pairs of which one server is killed: the page's failover in time is within 15 % of what they do, with clients and without.

Every run tries all versions at short timings. `tests/long` tries Kea's default timings, in 80 seconds for each version, and the return
of the server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from kea_hac.kea.failover import Failure, Settings, Time, comes_back, takeover
from kea_hac.kea.high_availability import Mode, Role
from kea_hac.kea.version import KeaVersion
from tests.kea.failover_bench import SHORT, Measured, measure, pair, returned
from tests.lab import Lab
from tests.sizes import LONG

pytestmark = pytest.mark.kea
Case = tuple[Mode, str, float]
"""Mode, the server that is killed (a is the primary), and new clients a second."""
SERVERS = ((Mode.HOT_STANDBY, "a"), (Mode.HOT_STANDBY, "b"), (Mode.LOAD_BALANCING, "a"))
QUIET: tuple[Case, ...] = tuple((*each, 0.0) for each in SERVERS)
FAST, SLOW = 60.0, 5.0
"""New clients a second. At the default timings max-response-delay is a multiple of heartbeat-delay: a server whose heartbeats are late,
because the machine is busy, would hear enough of 60 clients a second before the heartbeat that is too early at five."""
WITHIN = 0.15
TRIES = 3
"""A busy machine delays heartbeats and whole servers. A time that is off is measured again; one that is always off is wrong."""


def computed(written: Mapping[str, int], version: str, case: Case) -> Time:
    """The time until the survivor is partner-down, as the page shows it. In load-balancing half of the clients are the failed server's."""
    mode, killed, rate = case
    partner = Role.SECONDARY if mode is Mode.LOAD_BALANCING else Role.STANDBY
    share = rate / 2 if mode is Mode.LOAD_BALANCING else rate
    found = takeover(
        Settings.of(written, mode, KeaVersion.parse(version).branch),
        partner if killed == "a" else Role.PRIMARY,
        Failure.STOPPED,
        family=4,
        busy=rate > 0,
        rate=share or None,
    )
    assert found is not None
    return found.partner_down


def all_cases(lab: Lab, version: str, folder: Path, written: Mapping[str, int], rate: float) -> dict[Case, Measured]:
    """Every server that can fail, without clients and with `rate` new ones a second. Those that are off are tried again."""
    seen: dict[Case, Measured] = {}
    off = (*QUIET, *((*each, rate) for each in SERVERS))
    for number in range(TRIES):
        seen |= together(lab, version, folder / str(number), written, off)
        off = tuple(case for case in off if deviation(version, written, case, seen[case]) > WITHIN)
    return seen


def deviation(version: str, written: Mapping[str, int], case: Case, found: Measured) -> float:
    """The part of the computed time by which a measured one is off."""
    wanted = computed(written, version, case).expected / 1000
    times = [found.takeover, *([found.first_served] if found.first_served is not None else [])]
    return max(abs(each - wanted) for each in times) / wanted


def together(
    lab: Lab, version: str, folder: Path, written: Mapping[str, int], cases: Sequence[Case]
) -> dict[Case, Measured]:
    """These cases, each on a pair of its own, at the same time."""
    seen: dict[Case, Measured] = {}
    problems: list[BaseException] = []

    def run(number: int, case: Case) -> None:
        try:
            group = pair(lab, version, folder / str(number), case[0], written)
            seen[case] = measure(group, case[1], case[2], written.get("heartbeat-delay", 10_000) / 1000)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(cases)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if problems:
        raise problems[0]
    return seen


def compare(
    version: str, written: Mapping[str, int], seen: Mapping[Case, Measured], figure: Callable[[str], None]
) -> None:
    assert len(seen) == 2 * len(SERVERS)
    for case, found in sorted(seen.items()):
        wanted = computed(written, version, case).expected / 1000
        name = f"{version} {case[0]}, {'primary' if case[1] == 'a' else 'partner'} killed, {case[2]:g} clients a second"
        figure(f"failover: {name}: {found.takeover:.1f} s measured, {wanted:.1f} s computed")
        assert deviation(version, written, case, found) <= WITHIN, f"{name}: {found}"


def test_at_short_timings(lab: Lab, kea_version: str, tmp_path: Path, figure: Callable[[str], None]) -> None:
    seen = all_cases(lab, kea_version, tmp_path, SHORT, FAST)
    compare(kea_version, SHORT, seen, figure)
    # The survivor of a hot-standby pair serves nobody before it has given its partner up, the standby or the primary. From 3.0 on the
    # primary answers a client that asks again, from the cache. In load-balancing it serves its own clients.
    assert seen[Mode.HOT_STANDBY, "a", FAST].during == 0
    assert (seen[Mode.HOT_STANDBY, "b", FAST].during > 0) == (kea_version == "3.0.4")
    assert seen[Mode.LOAD_BALANCING, "a", FAST].during > 0


@pytest.mark.skipif(not LONG, reason="15 seconds for one fact; tests/long runs it")
def test_without_the_cache_no_client_is_answered(lab: Lab, tmp_path: Path) -> None:
    """What the second try of a client is answered from: without the cache of leases 3.0 does what 2.6 does."""
    group = pair(lab, "3.0.4", tmp_path, Mode.HOT_STANDBY, SHORT, {"cache-threshold": 0.0})
    assert measure(group, "b", FAST, 1).during == 0


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="80 seconds for each version; tests/long runs it")
def test_at_default_timings(lab: Lab, kea_version: str, tmp_path: Path, figure: Callable[[str], None]) -> None:
    compare(kea_version, {}, all_cases(lab, kea_version, tmp_path, {}, SLOW), figure)


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="two minutes for each version; tests/long runs it")
@pytest.mark.parametrize("mode", [Mode.HOT_STANDBY, Mode.LOAD_BALANCING])
def test_the_return_at_default_timings(
    lab: Lab, kea_version: str, mode: Mode, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    group = pair(lab, kea_version, tmp_path, mode, {})
    measure(group, "a", 0, 10)
    wanted = comes_back(Settings.of({}, mode, KeaVersion.parse(kea_version).branch)).serves / 1000
    found = returned(group, "a", mode)
    figure(f"return: {kea_version} {mode}: {found:.1f} s measured, {wanted:.1f} s computed")
    assert abs(found - wanted) <= WITHIN * wanted
