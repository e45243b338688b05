"""The planned rounds of a change on real pairs, with clients: both servers stay in their mode. The wrong order of a removal ends HA.

The suite runs one removal on Kea 3.0.4, in both orders. `tests/long` runs every class of change, in two modes, on all versions.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.api import judge, judge_site, load
from kea_hac.changes.between import site_between
from kea_hac.changes.change_set import change_set
from kea_hac.changes.rounds import Round
from kea_hac.compiler.built import Built
from tests.kea.built import laid_out, pair_text, provided
from tests.lab import VERSIONS, Group, Lab
from tests.sizes import LONG

pytestmark = pytest.mark.kea

FILE = "kea-dhcp4.conf"
SUBNET = "    - {{id: {id}, subnet: {net}.0/24, relay: {{ip-addresses: [{net}.250]}}, pools: [{{pool: {net}.{first} - {net}.{last}}}]}}\n"
TEST_3 = "203.0.113"
TEST_2 = "198.51.100"
REMOVED = SUBNET.format(id=2, net=TEST_3, first=10, last=209)
CHANGES = {
    "removal": (REMOVED, ""),
    "addition": ("", REMOVED),
    "both": (REMOVED, SUBNET.format(id=3, net=TEST_2, first=10, last=209)),
    "pool-shrinks": (REMOVED, SUBNET.format(id=2, net=TEST_3, first=10, last=109)),
    "pool-grows": (SUBNET.format(id=2, net=TEST_3, first=10, last=109), REMOVED),
    "pool-moves": (REMOVED, SUBNET.format(id=2, net=TEST_3, first=60, last=229)),
    "id": (REMOVED, SUBNET.format(id=7, net=TEST_3, first=10, last=209)),
    "option": (REMOVED, REMOVED + "  option-data: [{name: domain-name-servers, data: 192.0.2.53}]\n"),
}
MATRIX = [
    (version, mode, name)
    for version in (VERSIONS if LONG else VERSIONS[-1:])
    for mode in (("hot-standby", "load-balancing") if LONG else ("hot-standby",))
    for name in (CHANGES if LONG else ("removal",))
]


def built(version: str, mode: str, more: str, folder: Path) -> Built:
    folder.mkdir()
    spec = folder / "spec.yaml"
    spec.write_text(pair_text(version, mode) + more, "utf-8")
    checked = judge(load(spec))
    assert checked.site is not None
    assert checked.build is not None, [each.message for each in checked.report.diagnostics]
    return Built(checked.site, checked.build)


class Pair:
    """A running pair, and clients that never get the same number twice."""

    def __init__(self, lab: Lab, version: str, mode: str, old: Built, folder: Path) -> None:
        self.mode = mode
        everywhere = built(version, mode, REMOVED + SUBNET.format(id=9, net=TEST_2, first=10, last=20), folder / "all")
        self.group: Group = lab.group(version, laid_out(everywhere.build, folder / "out"), provided(everywhere.build))
        for server in ("kea1", "kea2"):  # the lab has the networks of all subnets, and the servers begin without some
            self.put(server, old)
        self.group.start()
        self.wait()
        self._next = 0

    def wait(self) -> None:
        self.group.wait(dict.fromkeys(("kea1", "kea2"), self.mode), 4)

    def put(self, server: str, made: Built) -> None:
        self.group.path(server, f"/etc/kea/{FILE}").write_bytes(made.build.files[f"{server}/{FILE}"])

    def reload(self, server: str) -> None:
        assert self.group.command(server, "dhcp4", "config-reload")["result"] == 0

    def clients(self, count: int, subnet: str) -> int:
        """How many new clients of a subnet get an address."""
        found = self.group.lease4(count, start=self._next, subnet=f"{subnet}.0/24", wait=1)
        self._next += count
        return len(found.addresses)

    def states(self) -> set[tuple[str, ...]]:
        return {self.group.states(server, 4) for server in ("kea1", "kea2")}

    def rejected(self) -> int:
        return sum(self.group.log(server, "dhcp4").count("_REJECTED_LEASE_UPDATES") for server in ("kea1", "kea2"))


def deploy(pair: Pair, old: Built, new: Built, each: Round, subnets: tuple[str, ...]) -> None:
    """One round, one server after the other, with clients of each of the subnets in each state."""
    made = new
    if not each.configuration.is_new:
        build, _ = judge_site(site_between(old.site, new.site, "dhcp4", each.configuration))
        assert build is not None
        made = Built(new.site, build)
    for server in each.servers:
        pair.put(server, made)
        pair.reload(server)
        pair.wait()
        for subnet in subnets:
            pair.clients(12, subnet)
        assert pair.states() == {(pair.mode,)}


@pytest.mark.parametrize(("version", "mode", "name"), MATRIX, ids=str)
def test_the_planned_order_keeps_both_servers_in_their_mode(
    lab: Lab, version: str, mode: str, name: str, tmp_path: Path
) -> None:
    before, after = CHANGES[name]
    old, new = built(version, mode, before, tmp_path / "old"), built(version, mode, after, tmp_path / "new")
    pair = Pair(lab, version, mode, old, tmp_path)
    if before:
        assert pair.clients(4, TEST_3) == 4
    for each in change_set(old, new).rounds:
        deploy(pair, old, new, each, ("192.0.2", TEST_3, *((TEST_2,) if name == "both" else ())))
    assert pair.clients(4, "192.0.2") == 4
    assert pair.clients(4, TEST_2 if name == "both" else TEST_3) == (0 if name == "removal" else 4)
    assert pair.states() == {(mode,)}
    assert not pair.rejected()


@pytest.mark.parametrize("version", VERSIONS[1:] if LONG else VERSIONS[-1:])
def test_the_wrong_order_of_a_removal_ends_high_availability(lab: Lab, version: str, tmp_path: Path) -> None:
    old, new = (
        built(version, "hot-standby", REMOVED, tmp_path / "old"),
        built(version, "hot-standby", "", tmp_path / "new"),
    )
    pair = Pair(lab, version, "hot-standby", old, tmp_path)
    assert change_set(old, new).rounds[0].servers == ("kea1", "kea2")
    pair.put("kea2", new)
    pair.reload("kea2")
    pair.wait()
    pair.clients(16, TEST_3)  # the standby refuses the leases of more than ten clients
    pair.group.wait(dict.fromkeys(("kea1", "kea2"), "terminated"), 4)
