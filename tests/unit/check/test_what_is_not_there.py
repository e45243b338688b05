"""Rules look for nothing in subnets where the keys that occur there, or what all of them share, show that there is nothing to find.

With the answer of a look at each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.api import judge, load_text
from kea_hac.check.engine import findings_of
from kea_hac.check.rules import class_names, nets, timers
from kea_hac.check.rules.nets import nets_of
from kea_hac.diagnostics import Finding
from kea_hac.kea.config import Block, columns, joined
from kea_hac.model.configuration import Configuration
from tests.unit.check.reading import read
from tests.unit.check.refusals import dhcp4, net4, text


class _Everything(frozenset[str]):
    """A set that everything is in."""

    def __contains__(self, _: object) -> bool:
        return True

    def isdisjoint(self, _: object) -> bool:
        return False


RARE = {
    "valid-lifetime": ["1h", "0", "72"],
    "min-valid-lifetime": ["2h", "30m"],
    "max-valid-lifetime": ["10m", "8h"],
    "renew-timer": ["15m", "90m", "5h"],
    "rebind-timer": ["20m", "3h"],
    "calculate-tee-times": ["true", "false"],
    "t1-percent": ["0.9", "0.2", "50.0"],
    "t2-percent": ["0.1", "1.0"],
    "cache-threshold": ["0.0", "0.5"],
    "client-classes": ["[KNOWN]", "[a]", "[b, nobody]", "[HA_kea1]", "[HA_kea9]", '[""]'],
    "evaluate-additional-classes": ["[a]", "[nobody]"],
    "interface": ["lan", "wan"],
    "relay": [
        "{ip-addresses: [10.0.0.1]}",
        "{ip-addresses: [10.0.1.1]}",
        "{ip-addresses: [10.0.0.1, 10.0.9.9, 0.0.0.0]}",
        "{ip-addresses: [x]}",
    ],
    "allocator": ["flq", "iterative", "shared-flq"],
    "offer-lifetime": ["0", "60"],
    "reservations-global": ["true"],
    "reservations-in-subnet": ["false"],
    "reservations-out-of-pool": ["true", "false"],
    "user-context": ["{ha-server-name: kea1}", "{ha-server-name: kea9}", "{a: 1}"],
    "option-data": ["[{name: routers, data: 10.0.0.1, client-classes: [nobody]}]", "[{name: routers, data: 10.0.1.1}]"],
    "4o6-subnet": ['"2001:db8::/64"', "x"],
}
SUBNETS = ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.0.0/16", "10.0.0.1/24", "10.0.1.0 /24", "10.0.0/24", "x"]
POOLS = [
    "10.0.0.10 - 10.0.0.20", "10.0.0.15 - 10.0.0.30", "10.0.0.21-10.0.0.22", "10.0.1.10 - 10.0.1.20", "10.0.1.128/25", "10.0.0.1/25", "10.0.0.32/28",
    "10.0.0.20 - 10.0.0.10", "x", "2001:db8::1 - 2001:db8::2", "0.0.0.0/0",
]  # fmt: skip
HOSTS = [
    "{hw-address: '02:00:00:00:00:01', ip-address: 10.0.0.12}",
    "{hw-address: '02:00:00:00:00:01', ip-address: 10.0.1.5, hostname: a}",
    "{hw-address: '02:00:00:00:00:02', ip-address: 10.0.0.200, hostname: b}",
    "{hw-address: '02:00:00:00:00:03', ip-address: 10.0.0.201, client-classes: [a]}",
    "{client-id: '01:02:00:00:00:00:04', hostname: -c}",
    "{duid: '00:03:00:01', ip-address: 10.0.0.256}",
    "{hostname: d}",
]


def _map(known: dict[str, str]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in known.items())}}}"


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


@st.composite
def _keys(draw: st.DrawFn, most: int) -> dict[str, str]:
    names = draw(st.lists(st.sampled_from(list(RARE)), max_size=most, unique=True))
    return {key: draw(st.sampled_from(RARE[key])) for key in names}


@st.composite
def _subnet(draw: st.DrawFn, number: int) -> str:
    pools = draw(st.lists(st.sampled_from(POOLS), max_size=3))
    hosts = draw(st.lists(st.sampled_from(HOSTS), max_size=4, unique=True))
    found = {
        "id": str(draw(st.sampled_from([number, number, number, 1, 0]))),
        "subnet": f'"{draw(st.sampled_from(SUBNETS))}"',
        **({"pools": _list(_map({"pool": f'"{each}"'}) for each in pools)} if pools else {}),
        **({"reservations": _list(hosts)} if hosts else {}),
        **draw(_keys(2)),
    }
    return _map({key: found[key] for key in found if key != "id" or number != 3})


@st.composite
def specs(draw: st.DrawFn) -> str:
    """Specs with subnets of all sorts, in shared networks and out of them."""
    alone = [draw(_subnet(number)) for number in range(1, 1 + draw(st.integers(0, 4)))]
    shared = [draw(_subnet(number)) for number in range(11, 11 + draw(st.integers(0, 2)))]
    networks = _list([_map({"name": "n", "subnet4": _list(shared), **draw(_keys(2))})] if shared else [])
    top = {
        **draw(_keys(3)),
        "client-classes": draw(
            st.sampled_from(["[]", "[{name: a}]", "[{name: a, only-in-additional-list: true}, {name: b}]"])
        ),
        "reservations": _list(draw(st.lists(st.sampled_from(HOSTS), max_size=2, unique=True))),
    }
    for key in ("interface", "relay", "evaluate-additional-classes", "4o6-subnet"):
        top.pop(key, None)
    return f"""\
kea-hac: 1
pair: p
kea: {draw(st.sampled_from(["2.2", "2.6", "3.0"]))}
platform: debian
servers:
  - {{name: kea1, role: primary, address: 203.0.113.1, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: standby, address: 203.0.113.2, interfaces: {{lan: ens18, wan: ens19}}}}
high-availability: {{mode: hot-standby, listener: 8001}}
dhcp4:
{"".join(f"  {key}: {value}{chr(10)}" for key, value in top.items())}\
  shared-networks: {networks}
  subnet4: {_list(alone)}
"""


@given(specs())
def test_what_is_passed_over_has_nothing(spec: str) -> None:
    found = judge(load_text(spec, Path("s.yaml"))).report
    untidy = nets._net
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Configuration, "keys_below", lambda _: _Everything())
        patch.setattr(Configuration, "pool_keys", lambda _: _Everything())
        patch.setattr(class_names, "_names_classes", lambda _: True)
        patch.setattr(timers, "_KEYS", _Everything())
        patch.setattr(nets, "_net", lambda *of: replace(untidy(*of), tidy=False))
        assert judge(load_text(spec, Path("s.yaml"))).report == found


def test_configurations_with_the_same_subnets_share_what_was_found() -> None:
    one, _ = read(text(dhcp4(subnet4=[net4()], valid_lifetime=60)), "3.0.4")
    config = Block(one.config.at, {**one.config, "valid-lifetime": 70})
    two = Configuration(one.daemon, config, one.version, once=one.once)
    other = Configuration(
        one.daemon, Block((), {**config, "subnet4": list(config["subnet4"])}), one.version, once=one.once
    )
    assert two.subnets() is one.subnets()
    assert nets_of(two) is nets_of(one)
    assert nets_of(other) is not nets_of(one)
    assert one.keys_below() == {"id", "subnet"}


def test_columns_of_several_lists_are_those_of_one() -> None:
    first = [Block((), {"a": 1, "b": "x"}), Block((), {"b": [1]})]
    second = [Block((), {"a": "y"}), Block()]
    assert joined(map(columns, (first, [], second))) == columns([*first, *second])
    assert joined([]) == columns([])


def test_a_check_that_breaks_keeps_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEA_HAC_DEBUG", raising=False)
    good = Finding(timers.NO_CACHE, (), "found")

    def breaks(_: object) -> Any:
        yield good
        raise KeyError("hunter2")

    found = findings_of((breaks, lambda _: iter([good])), None)
    assert [found[0], found[2]] == [good, good]
    assert found[1].rule.code == "KH090"
    assert "breaks" in found[1].message
