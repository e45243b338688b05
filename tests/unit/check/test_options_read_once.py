"""Options, and what they have in use, are read once for all rules and servers: with the answer of a reading for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.api import judge, load_text
from kea_hac.check import texts
from kea_hac.check.rules import option_entries, taken_addresses
from kea_hac.check.rules.fixed_addresses import FixedAddresses
from kea_hac.check.rules.option_entries import options_below, options_of
from kea_hac.check.rules.options import option_data
from kea_hac.kea.config import Block, Once
from kea_hac.model.configuration import Configuration
from tests.unit.check.reading import read
from tests.unit.check.refusals import dhcp4, net4, text

OPTIONS = [
    "{name: routers, data: 10.0.0.1}",
    '{name: routers, data: "10.0.0.1, 10.0.1.15"}',
    "{code: 3, data: 0a000114, csv-format: false}",
    "{name: routers, data: 10.0.9.9, client-classes: [a]}",
    "{name: routers, data: 10.0.9.9, never-send: true}",
    "{name: routers, data: 10.0.0.256}",
    "{name: subnet-mask, data: 255.255.0.0}",
    "{name: subnet-mask, data: 255.255.255.0, space: dhcp4}",
    "{name: broadcast-address, data: 10.0.0.255}",
    '{name: static-routes, data: "10.1.0.0, 10.0.0.15"}',
    '{name: classless-static-route, data: "10.1.0.0/16 - 10.0.0.1"}',
    '{name: domain-name-servers, data: "10.0.0.12, 10.0.1.12"}',
    "{name: domain-name, data: example.org}",
    "{name: domain-name, data: example.net}",
    '{name: domain-search, data: "a.example.org, b\\\\.c"}',
    "{name: own, data: 7}",
    '{name: own, data: "10.0.0.13"}',
    "{name: own, data: x, space: own-space}",
    "{name: carrier}",
    "{code: 1, space: vendor-4491, data: x}",
    "{code: 7, space: vendor-9, data: x, csv-format: false}",
    "{name: no-such, data: x}",
    "{data: x}",
    "{name: tftp-server-name, data: '{server}'}",
    "{name: tftp-server-name, data: !secret /etc/kea/x}",
    "5",
]
DEFINITIONS = [
    "{name: own, code: 230, type: uint8}",
    "{name: own, code: 230, type: ipv4-address}",
    "{name: own, code: 230, type: ipv6-address}",
    "{name: own, code: 1, type: string, space: own-space}",
    "{name: vendors, code: 7, type: binary, space: vendor-9}",
    "{name: carrier, code: 231, type: empty, encapsulate: own-space}",
    "{name: own, code: 230, type: no-such}",
    "{name: routers, code: 3, type: string}",
]
"""What `own` and `carrier` are, in part not what Kea allows."""


def _list(items: list[str]) -> str:
    return f"[{', '.join(items)}]"


def _options(most: int = 2) -> st.SearchStrategy[str]:
    some = st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=most).map(
        lambda each: f", option-data: {_list(each)}"
    )
    return st.just("") | some


@st.composite
def _subnet(draw: st.DrawFn, number: int) -> str:
    pools = [
        f"{{pool: 10.0.{number}.{first}/29{draw(_options())}}}" for first in draw(st.sampled_from([[], [8], [8, 16]]))
    ]
    hosts = [
        f"{{hw-address: '02:00:00:00:{number:02}:{last:02}', ip-address: 10.0.{number}.{last}{draw(_options())}}}"
        for last in draw(st.sampled_from([[], [1], [12, 13], [1, 2, 3, 4, 255]]))
    ]
    more = draw(
        st.sampled_from(
            [
                "",
                ", interface: lan",
                f", relay: {{ip-addresses: [10.0.{number}.11]}}",
                ", next-server: 10.0.0.14",
                ", split: none",
            ]
        )
    )
    return (
        f"{{id: {number + 1}, subnet: 10.0.{number}.0/24, pools: {_list(pools)}, reservations: {_list(hosts)}"
        f"{draw(_options(3))}{more}}}"
    )


@st.composite
def specs(draw: st.DrawFn) -> str:
    """Specs with options at every place. Where a subnet names an alias, the servers do not share it."""
    defined = draw(st.sampled_from([[], [], *[[each] for each in DEFINITIONS], DEFINITIONS[2:6]]))
    own = [f", option-def: [{each}]" for each in DEFINITIONS]
    classes = [
        f'{{name: {name}, test: "option[60].exists"{draw(st.sampled_from(["", *own]))}{draw(_options())}}}'
        for name in "abc"[: draw(st.integers(0, 3))]
    ]
    shared = [draw(_subnet(number)) for number in range(draw(st.integers(0, 2)))]
    alone = [draw(_subnet(number)) for number in range(2, 2 + draw(st.integers(0, 5)))]
    networks = [f"{{name: n, subnet4: {_list(shared)}{draw(_options())}}}"] if shared else []
    mode = draw(st.sampled_from(["hot-standby", "load-balancing"]))
    role = "standby" if mode == "hot-standby" else "secondary"
    return f"""\
kea-hac: 1
pair: p
kea: {draw(st.sampled_from(["2.2", "2.6", "3.0"]))}
platform: debian
servers:
  - {{name: kea1, role: primary, address: 10.0.0.9, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: {role}, address: 10.0.2.10, interfaces: {{lan: {draw(st.sampled_from(["eth0", "ens18"]))}}}}}
high-availability: {{mode: {mode}, listener: 8001}}
dhcp4:
  option-def: {_list(defined)}
  option-data: {_list(draw(st.lists(st.sampled_from(OPTIONS), max_size=2)))}
  client-classes: {_list(classes)}
  shared-networks: {_list(networks)}
  subnet4: {_list(alone)}
"""


class _Everything(frozenset[str]):
    """A set that everything is in."""

    def __contains__(self, _: object) -> bool:
        return True

    def isdisjoint(self, _: object) -> bool:
        return False


_ALL_CODES = {("dhcp4", code) for code in (1, 3, 28, 33, 121, 249)}


@given(specs())
def test_what_is_read_once_is_what_each_reads(spec: str) -> None:
    found = judge(load_text(spec, Path("s.yaml"))).report
    told = option_entries._told
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Once, "of", lambda _, value, __, find: find(value))
        patch.setattr(Configuration, "keys_below", lambda _: _Everything())
        patch.setattr(Configuration, "pool_keys", lambda _: _Everything())
        patch.setattr(option_entries, "_told", lambda entries: (told(entries)[0] | _ALL_CODES, {"x"}))
        patch.setattr(texts, "_says_nothing", lambda *_: False)
        patch.setattr(taken_addresses, "_none_in_pools", lambda *_: False)
        patch.setattr(FixedAddresses, "any_own", lambda *_: True)
        assert judge(load_text(spec, Path("s.yaml"))).report == found


def test_servers_share_the_options_of_the_same_subnets() -> None:
    option = {"name": "routers", "data": "192.0.2.1"}
    one, _ = read(text(dhcp4(subnet4=[net4(option_data=[option])])), "3.0.4")
    two = Configuration(one.daemon, Block((), {**one.config, "valid-lifetime": 70}), one.version, once=one.once)
    assert options_below(two) is options_below(one)
    assert options_below(one).keys == {("dhcp4", 3)}
    newer, _ = read(text(dhcp4()), "3.2.0")
    other = Configuration(one.daemon, one.config, newer.version, once=one.once)
    assert options_of(other) is not options_of(one)
    defined = Block((), {**one.config, "option-def": [Block((), {"name": "own", "code": 230, "type": "uint8"})]})
    assert options_of(Configuration(one.daemon, defined, one.version, once=one.once)) is not options_of(one)


@pytest.mark.parametrize("classes", [2, 3, 9, 30])
def test_options_of_classes_are_judged_by_their_own_definitions(classes: int) -> None:
    kinds = ["string", "string", "uint8"]
    listed: list[Any] = [
        {
            "name": f"c{number}",
            "option-def": [{"name": "own", "code": 224, "type": kinds[number % 3]}],
            "option-data": [{"name": "own", "data": "abc"}],
        }
        for number in range(classes)
    ]
    configuration, _ = read(text(dhcp4(client_classes=listed)), "3.0.4")
    assert len(list(option_data(configuration))) == classes // 3
