"""The bars of subnets: who owns what, what is free, and how large the drawing can get."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from kea_hac.report_page.subnets import Bar, subnet_bars
from tests.counting import LINEAR, growth
from tests.unit.changes.built import built

HEAD = """\
kea-hac: 1
pair: two
kea: 3.0
platform: debian
servers:
  - {{name: kea1, role: primary, address: 192.0.2.11, interfaces: [eth0]}}
  - {{name: kea2, role: {second}, address: 192.0.2.12, interfaces: [eth0]}}
high-availability: {{mode: {mode}, max-unacked-clients: 5, listener: {{dhcp4: 8001, dhcp6: 8002}}{more}}}
"""
BALANCED = HEAD.format(second="secondary", mode="load-balancing", more=", split: [60, 40]")
STANDBY = HEAD.format(second="standby", mode="hot-standby", more="")


def bars(text: str) -> list[Bar]:
    found = subnet_bars(built(text))
    return [bar for family in found for group in family.groups for bar in group.bars]


def shares(bar: Bar) -> list[tuple[str, str, str]]:
    return [(each.owner, each.addresses, each.prefixes) for each in bar.shares]


SUBNET = """\
dhcp4:
  subnet4:
    - id: 1
      subnet: 10.0.0.0/24
      pools: [{pool: 10.0.0.100 - 10.0.0.199}]
      option-data: [{name: routers, data: 10.0.0.1}]
      reservations:
        - {hw-address: "08:00:27:00:00:01", ip-address: 10.0.0.20}
        - {hw-address: "08:00:27:00:00:02", ip-address: 10.0.0.150}
        - {hw-address: "08:00:27:00:00:03", hostname: printer}
"""


def test_a_split_pool_has_two_owners() -> None:
    (bar,) = bars(BALANCED + SUBNET)
    assert shares(bar) == [("kea1", "60", ""), ("kea2", "40", "")]
    assert [(each.kind, each.x, each.width) for each in bar.marks] == [
        ("o1", "39.06", "23.44"),
        ("o2", "62.5", "15.62"),
    ]


def test_the_active_server_owns_the_pools_of_a_hot_standby_pair() -> None:
    (bar,) = bars(STANDBY + SUBNET)
    assert shares(bar) == [("kea1", "100", "")]


def test_what_is_free_is_what_nothing_else_has() -> None:
    """256 less 100 of the pool, one reservation outside of it, the router, network and broadcast address."""
    (bar,) = bars(STANDBY + SUBNET)
    assert bar.free == "152 free"
    assert bar.router == "10.0.0.1"
    assert bar.reserved == "2 reserved, 1 outside of pools; 1 reservation without an address"
    assert {each.kind for each in bar.ticks} == {"rs", "rt", "us"}
    assert bar.to_scale
    for part in ("10.0.0.0/24", "kea1 100", "2 reserved", "router 10.0.0.1", "152 free"):
        assert part in bar.words


def test_a_pool_that_both_servers_lease() -> None:
    (bar,) = bars(BALANCED.replace("split: [60, 40]", "split: none") + SUBNET)
    assert shares(bar) == [("kea1 and kea2", "100", "")]
    assert bar.marks[0].kind == "ob"


def test_a_small_pool_in_a_vast_subnet_is_seen() -> None:
    text = """\
dhcp6:
  subnet6:
    - id: 1
      subnet: 2001:db8::/64
      pools: [{pool: "2001:db8::1000 - 2001:db8::1fff"}, {pool: "2001:db8:0:0:ffff::/112"}]
      pd-pools: [{prefix: "2001:db8:8000::", prefix-len: 48, delegated-len: 56}]
"""
    (bar,) = bars(BALANCED + text)
    assert not bar.to_scale
    owned = [each for each in bar.marks if each.kind != "gp"]
    assert min(float(each.width) for each in owned) > 5
    assert sum(float(each.width) for each in bar.marks) == pytest.approx(100, abs=0.1)
    assert {owner: prefixes for owner, _, prefixes in shares(bar)} == {
        "kea1": "154 prefixes",
        "kea2": "102 prefixes",
    }
    assert "2^64" in bar.free


def test_a_hub_s_subnets_belong_to_the_spoke_that_their_shared_network_names() -> None:
    from tests.shipped import ROOT

    found = bars((ROOT / "specs/hub.yaml").read_text("utf-8"))
    assert [(each.prefix, shares(each)[0][0]) for each in found] == [
        ("10.41.0.0/16", "north"),
        ("10.42.0.0/16", "south"),
        ("2001:db8:41::/64", "north"),
        ("2001:db8:42::/64", "south"),
    ]


def test_a_bar_has_no_more_parts_than_a_reader_can_tell_apart() -> None:
    pools = ", ".join(f"{{pool: 10.0.{n // 32}.{n % 32 * 8} - 10.0.{n // 32}.{n % 32 * 8 + 3}}}" for n in range(2000))
    hosts = ", ".join(
        f"{{hw-address: '08:00:27:00:{n // 250:02x}:{n % 250:02x}', ip-address: 10.0.{n // 32}.{n % 32 * 8 + 5}}}"
        for n in range(2000)
    )
    text = f"dhcp4:\n  subnet4:\n    - {{id: 1, subnet: 10.0.0.0/16, pools: [{pools}], reservations: [{hosts}]}}\n"
    (bar,) = bars(STANDBY + text)
    assert shares(bar) == [("kea1", "8,000", "")]
    assert len(bar.marks) + len(bar.ticks) < 1000
    assert len(bar.details) < 100
    for kind in ("o1", "rs"):
        own = [each for each in (*bar.marks, *bar.ticks) if each.kind == kind]
        assert all(float(a.x) + float(a.width) <= float(b.x) + 0.02 for a, b in pairwise(own))


def test_subnets_are_grouped_so_that_a_thousand_are_a_page() -> None:
    lines = "".join(
        f"    - {{id: {n + 1}, subnet: 10.{n // 250}.{n % 250}.0/24, pools: [{{pool: 10.{n // 250}.{n % 250}.0/25}}]}}\n"
        for n in range(120)
    )
    (family,) = subnet_bars(built(f"{STANDBY}dhcp4:\n  subnet4:\n{lines}"))
    assert [len(each.bars) for each in family.groups] == [50, 50, 20]
    assert not any(each.open for each in family.groups)
    assert family.title == "dhcp4: 120 subnets, 15,360 addresses in pools"


def test_twice_the_subnets_cost_twice_the_work() -> None:
    def prepared(number: int) -> Callable[[], object]:
        lines = "".join(
            f"    - {{id: {n + 1}, subnet: 10.{n // 250}.{n % 250}.0/24, pools: [{{pool: 10.{n // 250}.{n % 250}.0/25}}]}}\n"
            for n in range(number)
        )
        hosts = ", ".join(
            f"{{hw-address: '08:00:27:00:{n // 250:02x}:{n % 250:02x}', ip-address: 10.{n // 250}.{n % 250}.200}}"
            for n in range(number)
        )
        made = built(f"{STANDBY}dhcp4:\n  reservations: [{hosts}]\n  subnet4:\n{lines}")
        return lambda: subnet_bars(made)

    assert growth(prepared, 40) < LINEAR
