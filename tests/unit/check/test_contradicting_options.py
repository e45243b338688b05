"""KH424 to KH426: options that contradict their subnet, and the networks in which they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.check.files import Config, found, of


def subnet(number: int, prefix: str = "", **options: str) -> Config:
    data = [{"name": name.replace("_", "-"), "data": value} for name, value in options.items()]
    return {"id": number, "subnet": prefix or f"10.0.{number}.0/24", "option-data": data}


def options(**named: str) -> list[Config]:
    return subnet(1, **named)["option-data"]  # type: ignore[no-any-return]


def network(*subnets: Config, **named: str) -> list[Config]:
    return [{"name": "n", "subnet4": list(subnets), "option-data": options(**named)}]


HOST = {"hw-address": "08:00:27:00:00:01", "ip-address": "10.0.1.9"}
WRONG: dict[str, tuple[str, Config, str]] = {
    "in another subnet": ("KH424", {"subnet4": [subnet(1), subnet(2, routers="10.0.1.1")]}, "it is in 10.0.1.0/24"),
    "in no subnet": ("KH424", {"subnet4": [subnet(1, routers="192.0.2.1")]}, "192.0.2.1 is not in the subnet 10.0.1.0/24"),
    "the second of two": ("KH424", {"subnet4": [subnet(1, routers="10.0.1.1, 10.0.2.1")]}, "10.0.2.1"),
    "the network address": ("KH424", {"subnet4": [subnet(1, routers="10.0.1.0")]}, "is the network address"),
    "the broadcast address": ("KH424", {"subnet4": [subnet(1, routers="10.0.1.255")]}, "is the broadcast address"),
    "of a pool": (
        "KH424",
        {"subnet4": [{**subnet(1), "pools": [{"pool": "10.0.1.9-10.0.1.20", "option-data": options(routers="10.0.2.1")}]}]},
        "10.0.2.1",
    ),
    "of a reservation": (
        "KH424",
        {"subnet4": [{**subnet(1), "reservations": [{**HOST, "option-data": options(routers="10.0.2.1")}]}]},
        "10.0.2.1",
    ),
    "inherited by one": (
        "KH424",
        {"option-data": options(routers="10.0.1.1"), "subnet4": [subnet(1), subnet(2)]},
        "10.0.2.0/24, which inherits it",
    ),
    "inherited by many": (
        "KH424",
        {"option-data": options(routers="10.0.1.1"), "subnet4": [subnet(n) for n in range(1, 9)]},
        "as do 6 others",
    ),
    "of another network": (
        "KH424",
        {"shared-networks": network(subnet(1), subnet(2), routers="10.0.3.1"), "subnet4": [subnet(3)]},
        "as does another one",
    ),
    "of a static route": ("KH424", {"subnet4": [subnet(1, static_routes="192.0.2.9, 10.0.2.1")]}, "10.0.2.1"),
    "too short": ("KH425", {"subnet4": [subnet(1, "10.0.1.0/25", subnet_mask="255.255.255.0")]}, "255.255.255.0"),
    "too long": ("KH425", {"subnet4": [subnet(1, subnet_mask="255.255.255.128")]}, "255.255.255.128"),
    "no mask": ("KH425", {"subnet4": [subnet(1, subnet_mask="255.0.255.0")]}, "is never sent"),
    "a mask that two inherit": (
        "KH425",
        {"option-data": options(subnet_mask="255.255.0.0"), "subnet4": [subnet(1), subnet(2)]},
        "each subnet's own mask",
    ),
    "the mask of a host": ("KH425", {"subnet4": [subnet(1, routers="192.0.2.1", subnet_mask="255.255.255.255")]}, "255.255.255.0"),
    "two halves of a link": (
        "KH425",
        {
            "shared-networks": network(
                subnet(1, "10.0.1.0/25", routers="10.0.1.254"), subnet(2, "10.0.1.128/25"), subnet_mask="255.255.255.0"
            )
        },
        "each subnet's own mask",
    ),
    "a mask of a class": (
        "KH425",
        {"client-classes": [{"name": "c", "option-data": options(subnet_mask="255.255.0.0")}], "subnet4": [subnet(1)]},
        "each subnet's own mask",
    ),
    "another's broadcast": ("KH426", {"subnet4": [subnet(1), subnet(2, broadcast_address="10.0.1.255")]}, "10.0.1.255"),
    "a broadcast of another length": (
        "KH426",
        {"subnet4": [subnet(1, "10.0.0.0/22", broadcast_address="10.0.0.255")]},
        "10.0.0.255",
    ),
}  # fmt: skip
RIGHT: dict[str, Config] = {
    "its own": {"subnet4": [subnet(1, routers="10.0.1.1", subnet_mask="255.255.255.0", broadcast_address="10.0.1.255")]},
    "no router": {"subnet4": [subnet(1, routers="0.0.0.0")]},
    "of a sibling": {"shared-networks": network(subnet(1, routers="10.0.2.1"), subnet(2))},
    "of a sibling, inherited": {"shared-networks": network(subnet(1), subnet(2), routers="10.0.2.1")},
    "set again below": {"option-data": options(routers="10.0.1.1"), "subnet4": [subnet(1), subnet(2, routers="10.0.2.1")]},
    "set by a class": {
        "option-data": options(routers="10.0.1.1"),
        "client-classes": [{"name": "c", "option-data": options(routers="10.0.2.1")}],
        "subnet4": [subnet(1), subnet(2)],
    },
    "of a class": {
        "client-classes": [{"name": "c", "option-data": options(routers="192.0.2.1")}],
        "subnet4": [subnet(1, routers="10.0.1.1")],
    },
    "a subnet of one host": {"subnet4": [subnet(1, "10.0.1.9/32", routers="192.0.2.1")]},
    "point to point": {"subnet4": [subnet(1, "10.0.1.8/31", routers="10.0.1.8")]},
    "a route to the router": {
        "subnet4": [subnet(1, routers="192.0.2.1", classless_static_route="192.0.2.1/32 - 0.0.0.0, 0.0.0.0/0 - 192.0.2.1")]
    },
    "never sent": {"subnet4": [{**subnet(1), "option-data": [{"name": "routers", "data": "192.0.2.1", "never-send": True}]}]},
    "changed by flex_option": {
        "hooks-libraries": [{"library": "libdhcp_flex_option.so", "parameters": {"options": [{"code": 3, "remove": "'a' == 'a'"}]}}],
        "subnet4": [subnet(1, routers="192.0.2.1")],
    },
    "to everybody": {"subnet4": [subnet(1, broadcast_address="255.255.255.255")]},
    "one subnet in the other's mask": {"subnet4": [subnet(1, "10.0.1.8/30", broadcast_address="10.0.1.11")]},
}  # fmt: skip
CODES = ("KH424", "KH425", "KH426")


@pytest.mark.parametrize("what", WRONG)
def test_a_value_that_contradicts_its_subnet(tmp_path: Path, what: str) -> None:
    code, config, words = WRONG[what]
    (finding,) = [each for each in found(tmp_path, config, version="3.0") if each.rule.code in CODES]
    assert finding.rule.code == code
    assert words in finding.message


@pytest.mark.parametrize("what", RIGHT)
def test_no_contradiction(tmp_path: Path, what: str) -> None:
    diagnostics = found(tmp_path, RIGHT[what], version="3.0")
    assert not [each for each in diagnostics if each.rule.code in CODES or each.severity == "error"]


def test_one_mistake_is_one_finding(tmp_path: Path) -> None:
    """A mask that says another size explains why the router is outside of the subnet."""
    config: Config = {"subnet4": [subnet(1, "10.0.1.0/25", subnet_mask="255.255.255.0", routers="10.0.1.254")]}
    assert [each.rule.code for each in found(tmp_path, config) if each.rule.code in CODES] == ["KH425"]


def test_fixes_are_computed(tmp_path: Path) -> None:
    def fix(code: str, **named: Any) -> str | None:
        (finding,) = of(code, found(tmp_path, {"subnet4": [subnet(1, "10.0.1.0/25", **named)]}))
        return finding.fix

    assert (
        fix("KH425", subnet_mask="255.255.255.0") == "remove it, or write the subnet as 10.0.1.0/24 if that is its size"
    )
    assert fix("KH426", broadcast_address="10.0.1.255") == "write 10.0.1.127"
