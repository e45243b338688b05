"""A small model of leasing, written apart from the code that plans: what a server leases, and what it knows, by Kea's own rules.

A server accepts a lease of its partner when it has a subnet of that id whose prefix contains the address (lease_cmds). In hot-standby
the primary leases, in load-balancing each server from the pools of its own HA class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from kea_hac.api import judge_site
from kea_hac.changes.between import site_between
from kea_hac.changes.rounds import Round
from kea_hac.compiler.built import Built
from kea_hac.kea.config import DHCP4, DHCP6, Daemon

Config = Mapping[str, Any]
_MEMBER = re.compile(r"member\('(HA_[^']*)'\)")


@dataclass(frozen=True, slots=True)
class Pool:
    """Addresses of a subnet, as numbers, and the peer that alone leases them; "" for any."""

    subnet: int
    first: int
    last: int
    peer: str


def subnets(config: Config, family: int) -> Iterator[Mapping[str, Any]]:
    yield from config.get(f"subnet{family}", ())
    for network in config.get("shared-networks", ()):
        yield from network.get(f"subnet{family}", ())


def pools(config: Config, family: int) -> Iterator[Pool]:
    tests = {each["name"]: each.get("test", "") for each in config.get("client-classes", ())}
    for subnet in subnets(config, family):
        for pool in subnet.get("pools", ()):
            text = pool["pool"].replace(" ", "")
            if "-" in text:
                first, last = (int(ip_address(each)) for each in text.split("-"))
            else:
                network = ip_network(text)
                first, last = int(network[0]), int(network[-1])
            names = pool.get("client-classes", [pool["client-class"]] if "client-class" in pool else [])
            peers = [name[3:] for name in names if name.startswith("HA_")]
            peers += [each[3:] for name in names for each in _MEMBER.findall(tests.get(name, ""))]
            yield Pool(subnet["id"], first, last, peers[0] if peers else "")


def knows(config: Config, family: int, pool: Pool) -> bool:
    """Whether a lease from the pool is accepted."""
    for subnet in subnets(config, family):
        if subnet["id"] == pool.subnet:
            network = ip_network(subnet["subnet"])
            return int(network[0]) <= pool.first and pool.last <= int(network[-1])
    return False


def has_pool(config: Config, family: int, pool: Pool) -> bool:
    """Whether all addresses of the pool are in pools of that subnet."""
    spans = sorted((each.first, each.last) for each in pools(config, family) if each.subnet == pool.subnet)
    at = pool.first
    for first, last in spans:
        if first <= at <= last:
            at = last + 1
    return at > pool.last


def violations(state: Mapping[str, Config], roles: Mapping[str, str], family: int) -> list[str]:
    """What servers lease in this state that their partners do not know, or that two of them lease at once."""
    found: list[str] = []
    balanced = "secondary" in roles.values()
    active = [name for name in state if roles[name] in ("primary", "secondary")]
    leased: dict[str, list[Pool]] = {}
    for name in active:
        leased[name] = [each for each in pools(state[name], family) if each.peer in ("", name) or not balanced]
        for other in state:
            for pool in leased[name] if other != name else ():
                if not knows(state[other], family, pool):
                    found.append(f"{name} leases {pool}, which {other} refuses")
                elif not balanced and not has_pool(state[other], family, pool):
                    found.append(f"{name} leases {pool}, which is in no pool of {other}")
    if balanced:
        (one, mine), (two, theirs) = leased.items()
        for ours in mine:
            for other_pool in theirs:
                if ours.peer and other_pool.peer and ours.first <= other_pool.last and other_pool.first <= ours.last:
                    found.append(f"{one} and {two} both lease of {ours}")
    return found


def configs(made: Built, daemon: Daemon) -> dict[str, Config]:
    found = {node.name: made.config(node.name, daemon) for node in made.site.nodes}
    return {name: config for name, config in found.items() if config is not None}


def replay(old: Built, new: Built, rounds: tuple[Round, ...], family: int) -> list[str]:
    """Every state of the rounds, one server after the other; what is wrong in them."""
    daemon = DHCP4 if family == 4 else DHCP6
    roles = {peer.node.name: peer.role for one in new.site.families[daemon.name].relationships for peer in one.peers}
    state = configs(old, daemon)
    found: list[str] = []
    for each in rounds:
        step = new
        if not each.configuration.is_new:
            site = site_between(old.site, new.site, daemon.name, each.configuration)
            build, findings = judge_site(site)
            assert build is not None, [one.message for one in findings]
            step = Built(site, build)
        after = configs(step, daemon)
        for name in each.servers:
            state[name] = after[name]
            if not each.together:
                found += violations(state, roles, family)
        found += violations(state, roles, family) if each.together else []
    assert state == configs(new, daemon), "the rounds do not end with the new configuration"
    return found
