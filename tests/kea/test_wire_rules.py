"""What clients on the wire get from configurations that KH256 to KH260, KH320, KH424 to KH429 and KH514 warn of.

One server is started for each family and version, and given one configuration after the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kea_hac import lint
from kea_hac.kea.version import KeaVersion
from tests.kea.wire_client import PREFIX, Offer, offered4, offered6
from tests.lab import Lab
from tests.lab.clients import _option6
from tests.lab.group import Group

pytestmark = pytest.mark.kea
Config = dict[str, Any]
PLAN = {"kea1": {"eth0": ["10.77.0.1/16"]}}
PLAN6 = {"kea1": {"eth0": ["2001:db8:1::ff/64"]}}


@dataclass(frozen=True, slots=True)
class Case:
    """A configuration with a mistake, and what a client sees."""

    rule: str
    """The rule that reports it; "" for the same without the mistake."""
    config: Config
    seen: Callable[[Offer | None], object]
    expected: object
    extra: bytes = b""
    kind: int = 3


def base(family: int, **keys: Any) -> Config:
    name = f"/run/kea/kea{family}-ctrl-socket"
    return {
        "interfaces-config": {"interfaces": ["eth0"]},
        "control-socket": {"socket-type": "unix", "socket-name": name},
        "lease-database": {"type": "memfile", "persist": False},
        "valid-lifetime": 3600,
        **{key.replace("_", "-"): value for key, value in keys.items()},
    }


def address(offer: Offer | None) -> object:
    return offer and offer.address


def option(code: int) -> Callable[[Offer | None], object]:
    return lambda offer: offer and offer.options.get(code)


def named(name: str, value: str, **keys: Any) -> Config:
    return {"name": name, "data": value, **{key.replace("_", "-"): each for key, each in keys.items()}}


NET: Config = {"id": 2, "subnet": "10.77.0.0/16", "interface": "eth0", "pools": [{"pool": "10.77.1.10 - 10.77.1.99"}]}
SMALL: Config = {"id": 2, "subnet": "10.77.5.0/24", "interface": "eth0"}
OTHER: Config = {"id": 1, "subnet": "10.79.1.0/24", "interface": "eth0", "pools": [{"pool": "10.79.1.50 - 10.79.1.90"}]}
MASK = named("subnet-mask", "255.255.255.0", always_send=True)
ROUTER = named("routers", "10.77.5.1")
HOST = {"hw-address": "02:00:00:00:00:01", "ip-address": "10.77.5.255"}
UBNT = [
    {"name": "vendor-encapsulated-options", "code": 43, "space": "dhcp4", "type": "empty", "encapsulate": "ubnt"},
    {"name": "controller", "code": 1, "space": "ubnt", "type": "ipv4-address"},
]
SUB = named("controller", "10.77.0.9", space="ubnt")
CARRIER = {"name": "vendor-encapsulated-options", "always-send": True}
VENDOR = [{"name": "y", "code": 1, "space": "vendor-4444", "type": "ipv4-address"}]
VENDOR_SUB = named("y", "10.77.0.9", space="vendor-4444", always_send=True)
EVERYBODY = {"name": "c", "test": "member('ALL')", "option-data": [named("tftp-server-name", "class")]}
SNOM = b"\x3c\x08snom370x"


def phone(test: str) -> Config:
    """A class of a vendor's phones, with an option."""
    return base(
        4,
        client_classes=[{"name": "c", "test": test, "option-data": [named("tftp-server-name", "phone")]}],
        subnet4=[NET],
    )


OF_4444 = b"\x7d\x05" + (4444).to_bytes(4, "big") + b"\0"
UDP = {"interfaces": ["eth0"], "dhcp-socket-type": "udp"}

CASES4 = [
    Case("KH256", base(4, subnet4=[{**SMALL, "pools": [{"pool": "10.77.5.0/30"}]}]), address, "10.77.5.0"),
    Case(
        "KH256",
        base(4, subnet4=[{**SMALL, "pools": [{"pool": "10.77.5.1 - 10.77.5.9"}], "option-data": [ROUTER]}]),
        address,
        "10.77.5.1",
    ),
    Case("KH320", base(4, subnet4=[{**SMALL, "reservations": [HOST]}]), address, "10.77.5.255"),
    Case("KH258", base(4, subnet4=[NET, OTHER]), address, "10.79.1.50"),
    Case("KH258", base(4, subnet4=[OTHER, NET]), address, "10.79.1.50"),
    Case("", base(4, subnet4=[NET, {**OTHER, "id": 3}]), address, "10.77.1.10"),
    Case("KH260", base(4, subnet4=[NET], interfaces_config=UDP), address, None),
    Case("KH424", base(4, subnet4=[{**NET, "option-data": [named("routers", "192.0.2.1")]}]), option(3), b"\xc0\0\2\1"),
    Case(
        "KH425",
        base(4, subnet4=[{**NET, "option-data": [MASK]}]),
        option(1),
        b"\xff\xff\0\0",
    ),
    Case("KH425", base(4, option_data=[MASK], subnet4=[NET]), option(1), b"\xff\xff\0\0"),
    Case(
        "KH425",
        base(4, subnet4=[{**NET, "pools": [{**NET["pools"][0], "option-data": [MASK]}]}]),
        option(1),
        b"\xff\xff\0\0",
    ),
    Case(
        "KH426",
        base(4, subnet4=[{**NET, "option-data": [named("broadcast-address", "10.77.0.255")]}]),
        option(28),
        b"\x0a\x4d\0\xff",
    ),
    Case("KH427", base(4, option_def=UBNT, subnet4=[{**NET, "option-data": [SUB]}]), option(43), None),
    Case(
        "KH427",
        base(4, option_def=UBNT, option_data=[CARRIER], subnet4=[{**NET, "option-data": [SUB]}]),
        option(43),
        b"",
    ),
    Case(
        "",
        base(4, option_def=UBNT, subnet4=[{**NET, "option-data": [SUB, CARRIER]}]),
        option(43),
        b"\x01\x04\x0a\x4d\x00\x09",
    ),
    Case("KH428", base(4, option_def=VENDOR, subnet4=[{**NET, "option-data": [VENDOR_SUB]}]), option(125), None),
    Case(
        "KH428",
        base(4, option_def=VENDOR, subnet4=[{**NET, "option-data": [VENDOR_SUB]}]),
        option(125),
        b"\x00\x00\x11\x5c\x06\x01\x04\x0a\x4d\x00\x09",
        extra=OF_4444,
    ),
    Case(
        "KH429",
        base(4, client_classes=[EVERYBODY], subnet4=[{**NET, "option-data": [named("tftp-server-name", "subnet")]}]),
        option(66),
        b"subnet",
    ),
    Case("KH514", phone("substring(option[60].hex,0,4) == 'snom3'"), option(66), None, extra=SNOM),
    Case("KH514", phone("hexstring(substring(pkt4.mac,0,1),':') == '02:00'"), option(66), None, extra=SNOM),
    Case("KH514", phone("pkt4.giaddr == '0.0.0.0'"), option(66), None, extra=SNOM),
    Case("", phone("substring(option[60].hex,0,5) == 'snom3'"), option(66), b"phone", extra=SNOM),
    Case("", phone("hexstring(substring(pkt4.mac,0,2),':') == '02:00'"), option(66), b"phone", extra=SNOM),
    Case("", phone("pkt4.giaddr == 0.0.0.0"), option(66), b"phone", extra=SNOM),
    Case(
        "",
        base(4, client_classes=[EVERYBODY], option_data=[named("tftp-server-name", "top")], subnet4=[NET]),
        option(66),
        b"class",
    ),
]
NET6: Config = {"id": 2, "subnet": "2001:db8:1::/64", "interface": "eth0", "pools": [{"pool": "2001:db8:1::/64"}]}
OTHER6: Config = {"id": 1, "subnet": "2001:db8:2::/64", "interface": "eth0", "pools": [{"pool": "2001:db8:2::1/128"}]}
PD: Config = {
    "id": 1,
    "subnet": "2001:db8:1::/64",
    "interface": "eth0",
    "pd-pools": [{"prefix": "2001:db8::", "prefix-len": 40, "delegated-len": 56}],
}
CARRIED = [
    {"name": "car", "code": 1000, "space": "dhcp6", "type": "empty", "encapsulate": "sp"},
    {"name": "sub", "code": 1, "space": "sp", "type": "uint16"},
]
CASES6 = [
    Case("KH256", base(6, subnet6=[NET6]), address, "2001:db8:1::"),
    Case(
        "KH257", base(6, subnet6=[PD, {"id": 2, "subnet": "2001:db8:0:77::/64"}]), address, "2001:db8::/56", kind=PREFIX
    ),
    Case("KH258", base(6, subnet6=[NET6, OTHER6]), address, "2001:db8:2::1"),
    Case(
        "KH427",
        base(6, option_def=CARRIED, subnet6=[{**NET6, "option-data": [named("sub", "7", space="sp")]}]),
        option(1000),
        None,
    ),
    Case(
        "KH428",
        base(
            6,
            option_def=[{"name": "y", "code": 1, "space": "vendor-4444", "type": "uint16"}],
            subnet6=[{**NET6, "option-data": [named("y", "7", space="vendor-4444", always_send=True)]}],
        ),
        option(17),
        b"\x00\x00\x11\x5c\x00\x01\x00\x02\x00\x07",
        extra=_option6(16, (4444).to_bytes(4, "big") + b"\0\2ab"),
    ),
]


@pytest.mark.parametrize("family", [4, 6])
def test_what_clients_get(lab: Lab, kea_version: str, tmp_path: Path, family: int) -> None:
    cases, plan = (CASES4, PLAN) if family == 4 else (CASES6, PLAN6)
    folder = tmp_path / "kea1"
    folder.mkdir()
    top = f"Dhcp{family}"
    (folder / f"kea-dhcp{family}.conf").write_text(json.dumps({top: cases[0].config}))
    group = lab.group(kea_version, {"kea1": folder}, plan=plan)
    group.start()
    wrong = []
    for number, case in enumerate(cases):
        answer = group.command("kea1", f"dhcp{family}", "config-set", {top: case.config})
        assert answer["result"] == 0, answer
        seen = case.seen(_asked(group, family, case))
        if seen != case.expected:
            wrong.append(f"{number} {case.rule}: {seen!r}")
        codes = _codes(case.config, top, kea_version, tmp_path)
        if case.rule and case.rule not in codes:
            wrong.append(f"{number} {case.rule} is not reported: {codes}")
    assert not wrong, "\n".join(wrong)


def _asked(group: Group, family: int, case: Case) -> Offer | None:
    if family == 4:
        return offered4(group, extra=case.extra)
    return offered6(group, extra=case.extra, kind=case.kind)


def _codes(config: Config, top: str, version: str, folder: Path) -> set[str]:
    path = folder / "judged.conf"
    path.write_text(json.dumps({top: config}))
    return {each.rule.code for each in lint([path], KeaVersion.parse(version)).report.diagnostics}


def test_a_link_without_a_socket(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """KH259: the subnet's interface is there, and the server listens on another one."""
    folder = tmp_path / "kea1"
    folder.mkdir()
    config = base(4, subnet4=[{**NET, "interface": "eth1"}])
    (folder / "kea-dhcp4.conf").write_text(json.dumps({"Dhcp4": config}))
    plan = {"kea1": {"eth0": ["10.99.0.1/16"], "eth1": ["10.77.0.1/16"]}}
    group = lab.group(kea_version, {"kea1": folder}, plan=plan)
    group.start()
    assert "KH259" in _codes(config, "Dhcp4", kea_version, tmp_path)
    assert offered4(group, interface="eth1", wait=0.5) is None
    config["interfaces-config"]["interfaces"].append("eth1")
    assert group.command("kea1", "dhcp4", "config-set", {"Dhcp4": config})["result"] == 0
    assert address(offered4(group, interface="eth1")) == "10.77.1.10"
