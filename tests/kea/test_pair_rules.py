"""What KH668, KH672 and KH675 say of a pair or a hub, with its clients. Each run proves one of them; `tests/long` all, on more versions."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from tests.kea.built import pair_text
from tests.kea.test_built_arrangements import HUB, NORMAL, NORTH
from tests.kea.test_built_pairs import started
from tests.lab import Lab
from tests.lab.group import Group
from tests.sizes import LONG, size
from tests.unit.check.mistakes import LAST, NEW

pytestmark = pytest.mark.kea
VERSIONS = NEW if LONG else LAST
BOTH = {"kea1": NORMAL, "kea2": NORMAL}
DOWN = {"kea1": "partner-down", "kea2": "partner-down"}


def in_one_network(text: str) -> str:
    """The hub's two subnets in one shared network; the first one is for few clients."""
    head, _, listed = text.partition("  subnet4:\n")
    inner = "".join(f"    {line}\n" for line in listed.splitlines())
    few = inner.replace("192.0.2.20 - 192.0.2.200", "192.0.2.20 - 192.0.2.24").replace(", interface: eth0", "")
    return f"{head}  shared-networks:\n    - name: campus\n      interface: eth0\n      subnet4:\n{few}"


def a_hub_leases_the_other_partners_addresses(lab: Lab, version: str, tmp_path: Path) -> None:
    """KH668: after the failure of north, its clients get addresses of south's subnet, and south knows none of the leases."""
    group = started(lab, version, in_one_network(HUB.format(kea=version)), tmp_path)
    group.wait({"hub": (NORMAL, NORMAL), "north": NORMAL, "south": NORMAL})
    group.kill("north")
    group.failover("north", "hub", subnet=NORTH)
    found = group.lease4(20, start=1000, subnet=NORTH)
    foreign = {address for address in found.addresses.values() if address.startswith("198.51.100.")}
    assert foreign
    time.sleep(1)
    assert not foreign & {entry["ip-address"] for entry in group.leases("south", 4)}


def with_server_ids(version: str, *identifiers: str) -> str:
    """A DHCPv6 pair in which both servers serve as soon as they do not hear each other."""
    own = [f', dhcp6: {{server-id: {{type: EN, enterprise-id: 2495, identifier: "{each}"}}}}' for each in identifiers]
    return pair_text(version, NORMAL, (6,), ha="  listener: {dhcp6: 8002}", kea1=own[0], kea2=own[1]).replace(
        "max-unacked-clients: 2", "max-unacked-clients: 0"
    )


def one_server_id_is_two_answers(lab: Lab, version: str, tmp_path: Path) -> None:
    """KH672: while both serve, a request to the one DUID is answered by both, and each stores a lease of the client."""
    one, two = leases_of_a_cut_pair(lab, version, tmp_path, 10, "01", "01")
    assert len(one & two) == 5


def two_server_ids_are_one_answer(lab: Lab, version: str, tmp_path: Path) -> None:
    """The same pair with a DUID for each server: a client's lease is on one of them."""
    one, two = leases_of_a_cut_pair(lab, version, tmp_path, 5, "01", "02")
    assert not one & two
    assert len(one | two) == 5


def leases_of_a_cut_pair(
    lab: Lab, version: str, folder: Path, wanted: int, *identifiers: str
) -> tuple[set[str], set[str]]:
    """The clients of which each server has a lease, after five have asked a pair that does not hear itself.

    `wanted`: how many leases both have together in the end.
    """
    group = started(lab, version, with_server_ids(version, *identifiers), folder)
    group.wait(BOTH, 6)
    group.cut()
    group.wait(DOWN, 6)
    assert group.lease6(5).complete
    deadline = time.monotonic() + 60
    while True:
        one, two = ({entry["duid"] for entry in group.leases(server, 6)} for server in ("kea1", "kea2"))
        if len(one) + len(two) >= wanted or time.monotonic() > deadline:
            return one, two
        time.sleep(0.1)


def updates(group: Group, server: str) -> socket.socket:
    """A socket in the place of kea-dhcp-ddns on a server."""

    def listening() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 53001))
        return made

    return group.inside(server, listening)


def heard(listening: socket.socket, wanted: int) -> set[str]:
    """The names that a server sends for DNS: until there are so many, or, where there must be none, until it is silent."""
    listening.settimeout(60 if wanted else 1.5)
    names: set[str] = set()
    while not wanted or len(names) < wanted:
        try:
            names.add(json.loads(listening.recv(4096)[2:])["fqdn"])
        except TimeoutError:
            break
    return names


def names_of_the_other_servers_clients_are_not_added(lab: Lab, version: str, tmp_path: Path) -> None:
    """KH675: after a failover the server without DDNS leases, and sends no name."""
    names = "  ddns-replace-client-name: always\n  ddns-generated-prefix: host\n  ddns-qualifying-suffix: example.org"
    text = pair_text(version, NORMAL, v4=names, kea1=", dhcp4: {dhcp-ddns: {enable-updates: true}}")
    group = started(lab, version, text, tmp_path)
    with updates(group, "kea1") as first, updates(group, "kea2") as second:
        group.wait(BOTH)
        assert group.lease4(3).complete
        assert len(heard(first, 3)) == 3
        group.kill("kea1")
        group.failover("kea1", "kea2")
        assert group.lease4(3, start=50).complete
        assert heard(second, 0) == set()


PROOFS = {
    "KH672": one_server_id_is_two_answers,
    "KH672, corrected": two_server_ids_are_one_answer,
    "KH668": a_hub_leases_the_other_partners_addresses,
    "KH675": names_of_the_other_servers_clients_are_not_added,
}


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("proof", list(PROOFS)[: size("PAIR_RULES", 1, len(PROOFS))])
def test_what_a_rule_says_of_a_pair(lab: Lab, proof: str, version: str, tmp_path: Path) -> None:
    PROOFS[proof](lab, version, tmp_path)
