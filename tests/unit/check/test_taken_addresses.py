"""KH256, KH257 and KH320: what is in use, what only looks like it, and the range that remains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kea_hac.check.rules.taken_addresses import addresses_in_use
from kea_hac.diagnostics import Severity
from kea_hac.kea.config import DHCP4, Block
from kea_hac.kea.version import KeaVersion
from kea_hac.model.configuration import Configuration
from tests.counting import LINEAR, growth
from tests.specs import findings_of
from tests.unit.check.files import Config, found, of, peers

HOST = {"hw-address": "08:00:27:00:00:01"}


def subnet4(pool: str = "192.0.2.20 - 192.0.2.99", prefix: str = "192.0.2.0/24", **keys: Any) -> Config:
    return {"id": 1, "subnet": prefix, "pools": [{"pool": pool}], **{k.replace("_", "-"): v for k, v in keys.items()}}


def subnet6(pool: str, prefix: str = "2001:db8:1::/64", **keys: Any) -> Config:
    return {"id": 1, "subnet": prefix, "pools": [{"pool": pool}], **{k.replace("_", "-"): v for k, v in keys.items()}}


def option(name: str, data: str, **keys: Any) -> list[Config]:
    return [{"name": name, "data": data, **{k.replace("_", "-"): v for k, v in keys.items()}}]


DNS = "192.0.2.53"
ROUTERS = option("routers", "192.0.2.30")
IN_USE: dict[str, tuple[Config, list[str]]] = {
    "network address": ({"subnet4": [subnet4("192.0.2.0 - 192.0.2.99")]}, ["192.0.2.0"]),
    "both ends": ({"subnet4": [subnet4("192.0.2.0/24")]}, ["192.0.2.0", "192.0.2.255"]),
    "broadcast address": ({"subnet4": [subnet4("192.0.2.4/30", "192.0.2.4/30")]}, ["192.0.2.4", "192.0.2.7"]),
    "router of the subnet": ({"subnet4": [subnet4(option_data=ROUTERS)]}, ["192.0.2.30"]),
    "router of the network": (
        {"shared-networks": [{"name": "n", "option-data": ROUTERS, "subnet4": [subnet4()]}]},
        ["192.0.2.30"],
    ),
    "router of a class": (
        {"client-classes": [{"name": "c", "option-data": ROUTERS}], "subnet4": [subnet4()]},
        ["192.0.2.30"],
    ),
    "router of the pool": (
        {
            "subnet4": [
                {"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.20-192.0.2.99", "option-data": ROUTERS}]}
            ]
        },
        ["192.0.2.30"],
    ),
    "in hexadecimal digits": (
        {"subnet4": [subnet4(option_data=[{"code": 3, "data": "c000021e", "csv-format": False}])]},
        ["192.0.2.30"],
    ),
    "global servers": ({"option-data": option("domain-name-servers", f"198.51.100.1, {DNS}"), "subnet4": [subnet4()]}, [DNS]),
    "a server of an own option": (
        {
            "option-def": [{"name": "controller", "code": 224, "type": "ipv4-address"}],
            "option-data": option("controller", DNS),
            "subnet4": [subnet4()],
        },
        [DNS],
    ),
    "boot server": ({"subnet4": [subnet4(next_server=DNS)]}, [DNS]),
    "relay": ({"subnet4": [subnet4(relay={"ip-addresses": [DNS]})]}, [DNS]),
    "peers": (
        {"hooks-libraries": peers("hot-standby", "a", "b"), "subnet4": [subnet4("192.0.2.10-192.0.2.99")]},
        ["192.0.2.11", "192.0.2.12"],
    ),
    "interface": ({"interfaces-config": {"interfaces": [f"eth0/{DNS}"]}, "subnet4": [subnet4()]}, [DNS]),
    "database": (
        {"lease-database": {"type": "mysql", "name": "kea", "host": DNS}, "subnet4": [subnet4()]},
        [DNS],
    ),
    "a mask that is never sent": (
        {"subnet4": [subnet4("192.0.2.0/25", "192.0.2.0/25", option_data=option("subnet-mask", "255.255.255.0"))]},
        ["192.0.2.0", "192.0.2.127"],
    ),
}  # fmt: skip
FREE: dict[str, Config] = {
    "a pool beside it": {"subnet4": [subnet4(option_data=option("routers", "192.0.2.1"))]},
    "point to point": {"subnet4": [subnet4("192.0.2.4/31", "192.0.2.4/31")]},
    "one host": {"subnet4": [subnet4("192.0.2.4/32", "192.0.2.4/32")]},
    "reserved for the server": {
        "subnet4": [
            subnet4(option_data=option("domain-name-servers", DNS), reservations=[{**HOST, "ip-address": DNS}])
        ]
    },
    "of the other family": {
        "option-def": [{"name": "six", "code": 230, "type": "ipv6-address"}],
        "option-data": option("six", "2001:db8::1"),
        "subnet4": [subnet4()],
    },
    "not sent": {"subnet4": [subnet4(option_data=option("routers", "192.0.2.30", never_send=True))]},
    "a mask": {"option-data": option("subnet-mask", "192.0.2.50"), "subnet4": [subnet4(prefix="192.0.2.0/24")]},
    "the network of a route": {"option-data": option("static-routes", "192.0.2.32, 192.0.2.1"), "subnet4": [subnet4()]},
    "of one host": {
        "subnet4": [subnet4(reservations=[{**HOST, "ip-address": "192.0.2.10", "option-data": option("routers", DNS)}])]
    },
    "left out by Kea": {"compatibility": {"exclude-first-last-24": True}, "subnet4": [subnet4("192.0.2.0/24")]},
    "no relay": {"subnet4": [subnet4("192.0.2.20-192.0.2.99", relay={"ip-addresses": ["0.0.0.0"]})]},
    "a control socket of every address": {
        "control-sockets": [{"socket-type": "http", "socket-address": "0.0.0.0", "socket-port": 8000}],
        "subnet4": [subnet4()],
    },
}  # fmt: skip


@pytest.mark.parametrize("what", IN_USE)
def test_a_pool_over_addresses_in_use(tmp_path: Path, what: str) -> None:
    config, addresses = IN_USE[what]
    (finding,) = of("KH256", found(tmp_path, config))
    assert finding.severity is Severity.WARNING
    assert [
        word for word in finding.message.split("in use: ")[1].replace(",", "").split() if word[0] == "1"
    ] == addresses


@pytest.mark.parametrize("what", FREE)
def test_what_only_looks_like_it(tmp_path: Path, what: str) -> None:
    assert not of("KH256", found(tmp_path, FREE[what], version="3.0"))


def test_what_remains_is_written(tmp_path: Path) -> None:
    (finding,) = of("KH256", found(tmp_path, {"subnet4": [subnet4("192.0.2.0 - 192.0.2.99")]}))
    assert finding.fix == "write 192.0.2.1 - 192.0.2.99"
    assert finding.repair[0].value == "192.0.2.1 - 192.0.2.99"
    (finding,) = of("KH256", found(tmp_path, {"subnet4": [subnet4(option_data=ROUTERS)]}))
    assert finding.fix == "write 192.0.2.20 - 192.0.2.29 and 192.0.2.31 - 192.0.2.99, each a pool"
    assert not finding.repair


def test_a_lease_that_is_not_to_be_expected_is_no_warning(tmp_path: Path) -> None:
    unlikely: list[tuple[int, Config]] = [
        (4, {"hooks-libraries": [{"library": "libdhcp_ping_check.so"}], "subnet4": [subnet4(option_data=ROUTERS)]}),
        (4, {"hosts-database": {"type": "mysql", "name": "kea"}, "subnet4": [subnet4(option_data=ROUTERS)]}),
        (6, {"allocator": "random", "subnet6": [subnet6("2001:db8:1::/64")]}),
    ]
    for family, config in unlikely:
        (finding,) = of("KH256", found(tmp_path, config, family=family))
        assert finding.severity is Severity.INFO


def test_the_addresses_of_routers_on_ipv6(tmp_path: Path) -> None:
    assert len(of("KH256", found(tmp_path, {"subnet6": [subnet6("2001:db8:1::/80")]}, family=6))) == 1
    assert not of("KH256", found(tmp_path, {"subnet6": [subnet6("2001:db8:1::/127", "2001:db8:1::/127")]}, family=6))
    assert not of("KH256", found(tmp_path, {"subnet6": [subnet6("2001:db8:1::1-2001:db8:1::ff")]}, family=6))
    config = {
        "option-data": option("dns-servers", "2001:db8:1::53"),
        "subnet6": [subnet6("2001:db8:1::1-2001:db8:1::ff")],
    }
    assert len(of("KH256", found(tmp_path, config, family=6))) == 1


def test_a_split_pool_is_one_pool() -> None:
    text = """
kea-hac: 1
pair: two
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: [eth0]}
  - {name: kea2, role: secondary, address: 192.0.2.12, interfaces: [eth0]}
high-availability:
  mode: load-balancing
  split: even
  trust-anchor: /etc/kea/ca.pem
  cert-file: "/etc/kea/{server}.pem"
  key-file: "/etc/kea/{server}.key"
  listener: 8001
dhcp4:
  subnet4: [{id: 1, subnet: 192.0.2.0/24, pools: [{pool: 192.0.2.0 - 192.0.2.199}]}]
"""
    (finding,) = of("KH256", findings_of(text))
    assert finding.fix == "write 192.0.2.1 - 192.0.2.10 and 192.0.2.13 - 192.0.2.199, each a pool"


def test_reserved_addresses(tmp_path: Path) -> None:
    def reserved(address: str, **keys: Any) -> list[Severity]:
        hosts = [{**HOST, "ip-address": address}]
        hooks = peers("hot-standby", "a", "b")
        config = {"hooks-libraries": hooks, "subnet4": [subnet4(reservations=hosts, **keys)]}
        return [each.severity for each in of("KH320", found(tmp_path, config))]

    assert reserved("192.0.2.0") == reserved("192.0.2.255") == [Severity.WARNING]
    assert reserved("192.0.2.12") == reserved("192.0.2.1", relay={"ip-addresses": ["192.0.2.1"]}) == [Severity.INFO]
    assert reserved("192.0.2.1", option_data=option("routers", "192.0.2.1")) == []
    assert reserved("192.0.2.40") == []


PD = {"prefix": "2001:db8::", "prefix-len": 40, "delegated-len": 56}


@pytest.mark.parametrize(
    ("config", "times"),
    [
        ({"subnet6": [subnet6("2001:db8:1::1-2001:db8:1::ff", pd_pools=[PD])]}, 1),
        ({"subnet6": [subnet6("2001:db8:1::1-2001:db8:1::ff", pd_pools=[{**PD, "prefix": "2001:db8:8000::"}])]}, 0),
        ({"subnet6": [subnet6("2001:db8:1::1-2001:db8:1::ff", "2001:db8::/32", pd_pools=[{**PD, "prefix": "2001:db8:100::"}])]}, 0),
        ({"subnet6": [{**subnet6("2001:db8:1::/80"), "id": 2}, {"id": 3, "subnet": "2001:db8:ff00::/64", "pd-pools": [PD]}]}, 1),
        (
            {
                "option-data": option("dns-servers", "2001:db8:8::53"),
                "subnet6": [{"id": 3, "subnet": "2001:db8:ff00::/64", "pd-pools": [PD]}],
            },
            1,
        ),
        (
            {
                "subnet6": [
                    {
                        "id": 3,
                        "subnet": "2001:db8:0:ff::/64",
                        "pd-pools": [{**PD, "excluded-prefix": "2001:db8:0:ff::", "excluded-prefix-len": 64}],
                    }
                ]
            },
            0,
        ),
        (
            {
                "subnet6": [
                    {"id": 3, "subnet": "2001:db8:ff00::/64", "reservations": [{**HOST, "prefixes": ["2001:db8:ff00::/56"]}]}
                ]
            },
            1,
        ),
    ],
    ids=["link", "beside", "inside its subnet", "another link", "dns", "excluded", "reserved"],
)  # fmt: skip
def test_delegated_prefixes(tmp_path: Path, config: Config, times: int) -> None:
    assert len(of("KH257", found(tmp_path, config, family=6))) == times


def test_a_thousand_subnets_are_a_handful_of_lines(tmp_path: Path) -> None:
    from kea_hac.report.grouping import shortened

    subnets = [
        {"id": n, "subnet": f"10.{n // 250}.{n % 250}.0/24", "pools": [{"pool": f"10.{n // 250}.{n % 250}.0/24"}]}
        for n in range(1, 1001)
    ]
    diagnostics = of("KH256", found(tmp_path, {"subnet4": subnets}))
    assert len(diagnostics) == 1000
    assert len(shortened(diagnostics)) < 10


def test_the_relays_of_all_subnets_are_not_compared_with_each() -> None:
    def prepared(subnets: int) -> Callable[[], object]:
        nets = [f"10.{n // 250}.{n % 250}" for n in range(subnets)]
        listed = [
            Block((), {"subnet": f"{net}.0/24", "relay": Block((), {"ip-addresses": [f"{net}.1"]}), "reservations": [
                Block((), {**HOST, "ip-address": f"{net}.{last}"}) for last in (9, 10)
            ]})
            for net in nets
        ]  # fmt: skip
        configuration = Configuration(DHCP4, Block((), {"subnet4": listed}), KeaVersion.parse("2.6"))
        return lambda: list(addresses_in_use((configuration,)))

    assert growth(prepared, 80) < LINEAR
