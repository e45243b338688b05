"""The health that `kea-hac diff` reports, while a real pair goes through its troubles and clients call.

`tests/long` tries every version; without it the newest one is tried.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kea.test_diff_life import PAIR, Desk
from tests.lab import VERSIONS, Lab
from tests.sizes import LONG

pytestmark = [pytest.mark.kea, pytest.mark.slow]
Seen = tuple[str, set[str]]
HEALTHY: Seen = ("healthy", set())


@pytest.fixture(params=VERSIONS if LONG else VERSIONS[-1:])
def desk(request: pytest.FixtureRequest, lab: Lab, tmp_path: Path) -> Desk:
    made = Desk(tmp_path, str(request.param))
    made.git("init", "-q")
    made.merge()
    made.start(lab)
    return made


def health(desk: Desk) -> Seen:
    """The grade of the pair and the codes of its symptoms."""
    _, found = desk.diff()
    (only,) = found["health"]
    return only["grade"], {each["code"] for each in only["symptoms"]}


def until(desk: Desk, right: Callable[[Seen], bool]) -> Seen:
    """What is seen as soon as it is right."""
    deadline = time.monotonic() + 60
    while True:
        seen = health(desk)
        if right(seen):
            return seen
        assert time.monotonic() < deadline, seen
        time.sleep(0.3)


def answered(desk: Desk, start: int) -> bool:
    return bool(desk.pair.lease4(3, start=start, wait=1).addresses)


def test_a_pair_through_its_troubles(desk: Desk) -> None:
    assert health(desk) == HEALTHY
    assert desk.diff()[0] == 0

    desk.pair.cut()  # the two no longer hear each other; clients and the operator reach both
    grade, codes = until(desk, lambda seen: "link-cut" in seen[1])
    assert (grade, codes) == ("degraded", {"link-cut"})
    assert desk.diff()[0] == 1
    assert desk.diff("--fail-on", "no-service")[0] == 0
    deadline = (
        time.monotonic() + 60
    )  # a lease update that fails keeps the answer back, until the partner counts as down
    while not answered(desk, 10):
        assert time.monotonic() < deadline
    assert health(desk) == ("degraded", {"link-cut"})
    desk.pair.heal()
    until(desk, lambda seen: seen == HEALTHY)

    desk.pair.command("kea2", "dhcp4", "ha-maintenance-start")
    assert health(desk) == ("degraded", {"maintenance"})
    assert answered(desk, 20)
    desk.pair.command("kea2", "dhcp4", "ha-maintenance-cancel")
    until(desk, lambda seen: seen == HEALTHY)

    desk.pair.command("kea1", "dhcp4", "dhcp-disable")
    off = health(desk)
    assert not answered(desk, 30)
    assert off == (HEALTHY if desk.kea == "2.2.0" else ("no service", {"service-off", "no-service"}))  # 2.2 is silent
    desk.pair.command("kea1", "dhcp4", "dhcp-enable")
    until(desk, lambda seen: seen == HEALTHY)

    desk.pair.kill("kea1", "dhcp4")
    assert health(desk) == ("no service", {"down", "no-service"})
    assert not answered(desk, 40)
    desk.pair.failover("kea1", "kea2")
    assert health(desk) == ("degraded", {"partner-down"})
    assert answered(desk, 50)
    desk.pair.start("kea1", "dhcp4")
    desk.pair.wait(PAIR)
    until(desk, lambda seen: seen == HEALTHY)

    for server in PAIR:  # a scope that was handed over and forgotten
        desk.pair.command(server, "dhcp4", "ha-scopes", {"scopes": ["kea1"], "server-name": server})
    assert health(desk) == ("degraded", {"split-brain"})
