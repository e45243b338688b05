"""KH258 to KH260: subnets that Kea never selects, and the arrangements in which it selects all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.check.files import Config, found, of

ETH0: Config = {"interface": "eth0"}


def subnet(number: int, family: int = 4, **keys: Any) -> Config:
    prefix = f"10.0.{number}.0/24" if family == 4 else f"2001:db8:{number}::/64"
    return {"id": number, "subnet": prefix, **{key.replace("_", "-"): value for key, value in keys.items()}}


def relays(*addresses: str) -> Config:
    return {"relay": {"ip-addresses": list(addresses)}}


def network(name: str, *subnets: Config, **keys: Any) -> Config:
    return {"name": name, "subnet4": list(subnets), **{key.replace("_", "-"): value for key, value in keys.items()}}


PHONES = {"client-classes": [{"name": "phones", "test": "option[60].exists"}]}
SHADOWED: dict[str, tuple[int, Config, str]] = {
    "one interface": (4, {"subnet4": [subnet(1, **ETH0), subnet(2, **ETH0)]}, "never of 10.0.2.0/24"),
    "the lower id counts": (4, {"subnet4": [subnet(2, **ETH0), subnet(1, **ETH0)]}, "never of 10.0.2.0/24"),
    "an interface and a relay": (
        4,
        {"subnet4": [subnet(1, **ETH0, **relays("10.0.1.1")), subnet(2, **ETH0)]},
        "never of 10.0.2.0/24",
    ),
    "two networks": (
        4,
        {"shared-networks": [network("a", subnet(1), **ETH0), network("b", subnet(2), subnet(3), **ETH0)]},
        "never of 10.0.2.0/24 or the others",
    ),
    "a network and a subnet": (
        4,
        {"shared-networks": [network("a", subnet(1, **ETH0), subnet(2))], "subnet4": [subnet(3, **ETH0)]},
        "never of 10.0.3.0/24",
    ),
    "one relay": (
        4,
        {"subnet4": [subnet(1, **relays("192.0.2.1")), subnet(2, **relays("192.0.2.1"))]},
        "behind the relay 192.0.2.1",
    ),
    "one of two relays": (
        4,
        {"subnet4": [subnet(1, **relays("192.0.2.1")), subnet(2, **relays("192.0.2.2", "192.0.2.1"))]},
        "behind the relay 192.0.2.1",
    ),
    "the relay of another": (4, {"subnet4": [subnet(1), subnet(2, **relays("10.0.1.1"))]}, "never of 10.0.1.0/24"),
    "the same class": (
        4,
        {**PHONES, "subnet4": [subnet(1, **ETH0, client_class="phones"), subnet(2, **ETH0, client_class="phones")]},
        "never of 10.0.2.0/24",
    ),
    "a class behind everybody": (
        4,
        {**PHONES, "subnet4": [subnet(1, **ETH0), subnet(2, **ETH0, client_class="phones")]},
        "never of 10.0.2.0/24",
    ),
    "IPv6": (6, {"subnet6": [subnet(1, 6, **ETH0), subnet(2, 6, **ETH0)]}, "never of 2001:db8:2::/64"),
    "one interface-id": (
        6,
        {"subnet6": [subnet(1, 6, interface_id="lan"), subnet(2, 6, interface_id="lan")]},
        "behind interface-id lan",
    ),
}  # fmt: skip
SELECTED: dict[str, tuple[int, Config]] = {
    "one network": (4, {"shared-networks": [network("a", subnet(1), subnet(2), **ETH0)]}),
    "two interfaces": (4, {"subnet4": [subnet(1, **ETH0), subnet(2, interface="eth1")]}),
    "no interface": (4, {"subnet4": [subnet(1), subnet(2)]}),
    "a class first": (4, {**PHONES, "subnet4": [subnet(1, **ETH0, client_class="phones"), subnet(2, **ETH0)]}),
    "two classes": (
        4,
        {
            "client-classes": [{"name": "a", "test": "option[60].exists"}, {"name": "b", "test": "not member('a')"}],
            "subnet4": [subnet(1, **ETH0, client_class="a"), subnet(2, **ETH0, client_class="b")],
        },
    ),
    "local and relayed": (4, {"subnet4": [subnet(1, **ETH0), subnet(2, **ETH0, **relays("10.0.2.1"))]}),
    "relays of their own": (4, {"subnet4": [subnet(1, **relays("10.0.1.1")), subnet(2, **relays("10.0.2.1"))]}),
    "a relay on the link of the server": (4, {"subnet4": [subnet(1, **ETH0), subnet(2, **relays("10.0.1.9"))]}),
    "a relay of a sibling": (
        4,
        {"shared-networks": [network("a", subnet(1), subnet(2, **relays("10.0.1.1")))]},
    ),
    "the relay of a network": (
        4,
        {"shared-networks": [network("a", subnet(1), subnet(2), **relays("10.0.1.1"))]},
    ),
    "no relay": (4, {"subnet4": [subnet(1, **relays("0.0.0.0")), subnet(2, **relays("0.0.0.0"))]}),
    "interface-ids of their own": (6, {"subnet6": [subnet(1, 6, interface_id="a"), subnet(2, 6, interface_id="b")]}),
}  # fmt: skip


@pytest.mark.parametrize("what", SHADOWED)
def test_a_subnet_that_is_never_selected(tmp_path: Path, what: str) -> None:
    family, config, words = SHADOWED[what]
    (finding,) = of("KH258", found(tmp_path, config, family=family))
    assert words in finding.message


@pytest.mark.parametrize("what", SELECTED)
def test_subnets_that_are_selected(tmp_path: Path, what: str) -> None:
    family, config = SELECTED[what]
    assert not of("KH258", found(tmp_path, config, family=family))


@pytest.mark.parametrize(
    ("interfaces", "keys", "times"),
    [
        (["eth1"], ETH0, 1),
        (["eth1/10.9.9.9"], ETH0, 1),
        (["eth0"], ETH0, 0),
        (["eth0/10.0.1.1"], ETH0, 0),
        (["*"], ETH0, 0),
        (["eth1"], {**ETH0, **relays("10.0.1.1")}, 0),
        ([], ETH0, 0),
    ],
)
def test_an_interface_that_no_server_listens_on(
    tmp_path: Path, interfaces: list[str], keys: Config, times: int
) -> None:
    config = {"interfaces-config": {"interfaces": interfaces}, "subnet4": [subnet(1, **keys)]}
    assert len(of("KH259", found(tmp_path, config))) == times
    networks = [network("a", subnet(1), subnet(2), **keys)]
    config = {"interfaces-config": {"interfaces": interfaces}, "shared-networks": networks}
    assert len(of("KH259", found(tmp_path, config))) == times


@pytest.mark.parametrize(("keys", "times"), [(ETH0, 1), ({**ETH0, **relays("10.0.1.1")}, 0), ({}, 0)])
def test_udp_sockets(tmp_path: Path, keys: Config, times: int) -> None:
    for kind in ("udp", "raw"):
        interfaces = {"interfaces": ["eth0"], "dhcp-socket-type": kind}
        diagnostics = found(tmp_path, {"interfaces-config": interfaces, "subnet4": [subnet(1, **keys)]})
        assert len(of("KH260", diagnostics)) == (times if kind == "udp" else 0)
