"""KH427 to KH429: options that no client gets, and those that only look like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.diagnostics import Severity
from tests.unit.check.files import Config, found, of

DEFINED = [
    {"name": "vendor-encapsulated-options", "code": 43, "space": "dhcp4", "type": "empty", "encapsulate": "ubnt"},
    {"name": "controller", "code": 1, "space": "ubnt", "type": "ipv4-address"},
    {"name": "second", "code": 2, "space": "ubnt", "type": "ipv4-address"},
]
UNCARRIED = DEFINED[1:]
SUB = {"name": "controller", "space": "ubnt", "data": "192.0.2.9"}
CARRIER: Config = {"name": "vendor-encapsulated-options"}
NET: Config = {"id": 1, "subnet": "192.0.2.0/24"}
CLASS: Config = {"name": "c", "test": "option[60].exists"}


def data(*entries: Config) -> Config:
    return {"option-data": list(entries)}


STANDARD = {"name": "x", "code": 1, "space": "vendor-encapsulated-options-space", "type": "ipv4-address"}
DEAD: dict[str, tuple[Config, str]] = {
    "no definition": ({"option-def": UNCARRIED, "subnet4": [{**NET, **data(SUB)}]}, "define option 43"),
    "no carrier": ({"option-def": DEFINED, "subnet4": [{**NET, **data(SUB)}]}, "add `name: vendor-encapsulated-options`"),
    "never sent": ({"option-def": DEFINED, "subnet4": [{**NET, **data(SUB, {**CARRIER, "never-send": True})}]}, "add `name"),
    "carrier above": ({"option-def": DEFINED, **data(CARRIER), "subnet4": [{**NET, **data(SUB)}]}, "add `name"),
    "carrier below": ({"option-def": DEFINED, **data(SUB), "subnet4": [{**NET, **data(CARRIER)}]}, "add `name"),
    "carrier in the pool": (
        {
            "option-def": DEFINED,
            "subnet4": [{**NET, **data(SUB), "pools": [{"pool": "192.0.2.20-192.0.2.30", **data(CARRIER)}]}],
        },
        "add `name",
    ),
    "in a class": ({"option-def": DEFINED, "client-classes": [{**CLASS, **data(SUB)}]}, "add `name"),
    "of one host": (
        {
            "option-def": DEFINED,
            "subnet4": [
                {**NET, **data(CARRIER), "reservations": [{"hw-address": "08:00:27:00:00:01", "hostname": "a", **data(SUB)}]}
            ],
        },
        "add `name",
    ),
    "of the standard space": (
        {"option-def": [STANDARD], **data({"name": "x", "space": STANDARD["space"], "data": "192.0.2.9"})},
        "add `name: vendor-encapsulated-options`",
    ),
}  # fmt: skip
ALIVE: dict[str, Config] = {
    "beside its carrier": {"option-def": DEFINED, "subnet4": [{**NET, **data(SUB, CARRIER)}]},
    "in the class that defines it": {
        "option-def": UNCARRIED,
        "client-classes": [{**CLASS, "option-def": DEFINED[:1], **data(SUB, CARRIER)}],
    },
    "added by flex_option": {
        "option-def": DEFINED,
        "hooks-libraries": [
            {"library": "libdhcp_flex_option.so", "parameters": {"options": [{"code": 43, "supersede": "''"}]}}
        ],
        **data(SUB),
    },
    "from a backend": {
        "option-def": DEFINED,
        "config-control": {"config-databases": [{"type": "mysql", "name": "kea"}]},
        **data(SUB),
    },
    "not sent on purpose": {"option-def": DEFINED, **data({**SUB, "never-send": True})},
    "of cable modems": {**data({"name": "tftp-servers", "space": "vendor-4491", "data": "192.0.2.9"})},
}


@pytest.mark.parametrize("what", DEAD)
def test_a_sub_option_without_its_carrier(tmp_path: Path, what: str) -> None:
    config, fix = DEAD[what]
    (finding,) = of("KH427", found(tmp_path, config))
    assert fix in str(finding.fix)


@pytest.mark.parametrize("what", ALIVE)
def test_sub_options_that_are_sent(tmp_path: Path, what: str) -> None:
    assert not [each for each in found(tmp_path, ALIVE[what]) if each.rule.code in ("KH427", "KH428")]


def test_several_of_one_list_are_one_finding(tmp_path: Path) -> None:
    two = data(SUB, {**SUB, "name": "second"})
    (finding,) = of("KH427", found(tmp_path, {"option-def": DEFINED, **two}))
    assert "and 1 more" in finding.message


def test_ipv6_sub_options(tmp_path: Path) -> None:
    defined = [
        {"name": "car", "code": 1000, "space": "dhcp6", "type": "empty", "encapsulate": "sp"},
        {"name": "sub", "code": 1, "space": "sp", "type": "uint16"},
    ]
    sub, carrier = {"name": "sub", "space": "sp", "data": "7"}, {"name": "car"}
    assert len(of("KH427", found(tmp_path, {"option-def": defined, **data(sub)}, family=6))) == 1
    assert not of("KH427", found(tmp_path, {"option-def": defined, **data(sub, carrier)}, family=6))


@pytest.mark.parametrize(("family", "carrier"), [(4, "vivso-suboptions"), (6, "vendor-opts")])
def test_the_options_of_a_vendor(tmp_path: Path, family: int, carrier: str) -> None:
    defined = {"option-def": [{"name": "y", "code": 1, "space": "vendor-4444", "type": "uint16"}]}
    sub = {"name": "y", "space": "vendor-4444", "data": "7"}
    (finding,) = of("KH428", found(tmp_path, {**defined, **data(sub)}, family=family))
    assert finding.severity is Severity.INFO
    assert carrier in str(finding.fix)
    with_carrier = {**defined, **data(sub, {"name": carrier, "data": "4444"})}
    assert not of("KH428", found(tmp_path, with_carrier, family=family))
    other = {**defined, **data(sub, {"name": carrier, "data": "4445"})}
    assert of("KH428", found(tmp_path, other, family=family))


def tftp(value: str, **keys: object) -> Config:
    return data({"name": "tftp-server-name", "data": value, **{k.replace("_", "-"): v for k, v in keys.items()}})


OTHER: Config = {"id": 2, "subnet": "198.51.100.0/24"}
PHONES: Config = {"client-classes": [{**CLASS, **tftp("phones")}]}
REPLACED: dict[str, Config] = {
    "by the subnet": {**PHONES, "subnet4": [{**NET, **tftp("all")}]},
    "by every subnet": {**PHONES, "subnet4": [{**NET, **tftp("all")}, {**OTHER, **tftp("phones")}]},
    "by the network": {**PHONES, "shared-networks": [{"name": "n", **tftp("all"), "subnet4": [NET, OTHER]}]},
    "of the network": {
        "shared-networks": [{"name": "n", **tftp("all"), "subnet4": [{**NET, **tftp("a")}, {**OTHER, **tftp("b")}]}]
    },
}
SENT: dict[str, Config] = {
    "no subnet sets it": {**PHONES, "subnet4": [NET]},
    "one subnet does not": {**PHONES, "subnet4": [{**NET, **tftp("all")}, OTHER]},
    "set at the top": {**PHONES, **tftp("all"), "subnet4": [NET]},
    "the same value": {**PHONES, "subnet4": [{**NET, **tftp("phones")}]},
    "for some clients": {**PHONES, "subnet4": [{**NET, **tftp("all", client_classes=["c"])}]},
    "never sent there": {**PHONES, "subnet4": [{**NET, **tftp("all", never_send=True)}]},
    "in a pool": {**PHONES, "subnet4": [{**NET, "pools": [{"pool": "192.0.2.20-192.0.2.30", **tftp("all")}]}]},
    "one subnet of the network does not": {
        "shared-networks": [{"name": "n", **tftp("all"), "subnet4": [{**NET, **tftp("a")}, OTHER]}]
    },
    "no subnets": PHONES,
}


@pytest.mark.parametrize("what", REPLACED)
def test_an_option_that_is_always_replaced(tmp_path: Path, what: str) -> None:
    (finding,) = of("KH429", found(tmp_path, REPLACED[what]))
    assert finding.severity is (Severity.INFO if what == "of the network" else Severity.WARNING)


@pytest.mark.parametrize("what", SENT)
def test_options_that_are_sent(tmp_path: Path, what: str) -> None:
    assert not of("KH429", found(tmp_path, SENT[what], version="3.0"))
