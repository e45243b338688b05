"""One mistake, one finding: nothing that hangs on a mistake is reported, and nothing that does not hang on it is hidden."""

from __future__ import annotations

import pytest

from kea_hac.diagnostics import Severity
from tests.specs import findings_of
from tests.unit.compiler.pairs import AGENT, hub, pair

POOL = "subnet4: [{id: 1, subnet: 192.0.2.0/24, pools: [{pool: 192.0.2.100 - 192.0.2.199, split: even}]}]"


def errors(text: str) -> list[tuple[str, str]]:
    return [(each.rule.name, each.path) for each in findings_of(text) if each.severity is Severity.ERROR]


ONE_MISTAKE = {
    "role": pair(POOL, mode="load-balancing").replace("role: primary", "role: prime"),
    "role missing": pair(POOL, mode="load-balancing").replace("    role: primary\n", ""),
    "address": pair(POOL, mode="load-balancing", address1="kea1.example.org"),
    "address missing": pair(POOL, mode="load-balancing").replace("    address: 192.0.2.11\n", ""),
    "interfaces": pair("subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan}]").replace("{lan: eth0}", "eth0"),
    "name": pair(POOL, mode="load-balancing").replace("name: kea1", "name: kea 1"),
    "names": pair(POOL, mode="load-balancing").replace("name: kea2", "name: kea1"),
    "mode": pair(POOL, mode="load-balancing").replace("mode: load-balancing", "mode: load-balanced"),
    "mode missing": pair(POOL, mode="load-balancing").replace("  mode: load-balancing\n", ""),
    "listener": pair(POOL, mode="load-balancing", ha="listener: 80010"),
    "listener missing": pair(POOL, mode="load-balancing", ha="sync-leases: true"),
    "split": pair(mode="load-balancing", ha="listener: 8001\nsplit: odd"),
    "version of all": pair(POOL, kea="2.5", mode="load-balancing"),
    "version of one": pair(POOL, kea1="kea: 2.5", mode="load-balancing"),
    "platform": pair(POOL, mode="load-balancing").replace("platform: debian", "platform: hurd"),
    "paths": pair(POOL, kea2="paths: {hooks: here}", mode="load-balancing"),
    "agent": pair(
        ha="multi-threading: {http-dedicated-listener: false}", top="control-agent: yes\nmicetro: {owner: micetro}\n"
    ),
    "micetro": pair(top=AGENT + "micetro: {owner: me}\n"),
    "high-availability": pair(POOL)
    .replace("split: even", "id: 1")
    .partition("high-availability")[0]
    .replace("servers:", "high-availability: maybe\nservers:")
    + "dhcp4: {valid-lifetime: 1h}\n",
    "hub: peers": hub("subnet4: [{id: 2, subnet: 10.2.0.0/16, user-context: {ha-server-name: hub-south}}]").replace(
        "peers: [{server: north, role: primary}, {server: hub, role: standby}]", "peers: []"
    ),
    "hub: role": hub("subnet4: [{id: 2, subnet: 10.2.0.0/16, user-context: {ha-server-name: north}}]").replace(
        "{server: north, role: primary}", "{server: north, role: first}"
    ),
}


@pytest.mark.parametrize("mistake", ONE_MISTAKE)
def test_one_mistake_is_one_error(mistake: str) -> None:
    found = errors(ONE_MISTAKE[mistake])
    assert len(found) == 1, found


ALIAS = "subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan}]"
OTHERS = {
    "a role": ("role: primary", "role: prime"),
    "no role": ("    role: primary\n", ""),
    "an address": ("address: 192.0.2.11", "address: kea1.example.org"),
    "no address": ("    address: 192.0.2.11\n", ""),
    "a mode": ("mode: hot-standby", "mode: hotstandby"),
    "no mode": ("  mode: hot-standby\n", ""),
    "a pair's name": ("pair: two", "pair: two words"),
    "a timer": ("  listener: 8000", "  listener: 8000\n  heartbeat-delay: soon"),
}


@pytest.mark.parametrize("mistake", OTHERS)
def test_a_mistake_hides_no_other(mistake: str) -> None:
    """The alias of kea2, the port clash, the missing id and the version's limits do not hang on any of these."""
    was, now = OTHERS[mistake]
    body = ALIAS.replace("id: 1, ", "") + "\nadaptive-lease-time-threshold: 0.5"
    text = pair(body, ha="listener: 8000", top=AGENT).replace("{lan: ens18}", "{wan: ens18}")
    assert was in text
    names = {name for name, _ in errors(text.replace(was, now, 1))}
    assert names >= {"unknown-interface-alias", "port-taken-twice", "subnet-id-missing", "absent-in-version"}
    assert len(names) == 5, names


def test_a_broken_server_leaves_the_other_to_be_judged() -> None:
    text = pair(ALIAS, kea1="kea: 2.5").replace("{lan: ens18}", "{wan: ens18}")
    assert [name for name, _ in errors(text)] == ["wrong-value", "unknown-interface-alias"]
