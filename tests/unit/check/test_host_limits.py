"""KH194, KH678 and KH679: interface names, link-local HA addresses, and certificates apart from their keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.specs import findings_of
from tests.unit.check.files import found, of, peers
from tests.unit.compiler.pairs import pair

SUBNET = "subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan}]"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("enp0s31f6-office", "16 bytes"),
        ("eth0:1", "label of an address"),
        ("eth 0", "a space"),
        ("bücherregal-lan", "16 bytes"),
        ("enp0s31f6-offic", None),
        ("eth0.100", None),
        ("*", None),
    ],
)
@pytest.mark.parametrize("place", ["interfaces", "subnet", "network"])
def test_interface_names(tmp_path: Path, name: str, reason: str | None, place: str) -> None:
    subnet: dict[str, Any] = {"id": 1, "subnet": "192.0.2.0/24"}
    config: dict[str, Any] = {"interfaces-config": {"interfaces": ["eth7"]}, "subnet4": [subnet]}
    if place == "interfaces":
        config["interfaces-config"]["interfaces"] = [name, f"{name}/192.0.2.1"][: 1 if name == "*" else 2]
    elif place == "subnet":
        subnet["interface"] = name
    else:
        config = {"shared-networks": [{"name": "n", "interface": name, "subnet4": [subnet]}]}
    made = of("KH194", found(tmp_path, config))
    assert len(made) == (reason is not None)
    assert all(reason in each.message for each in made if reason)


def test_a_name_of_one_server_is_found_in_the_spec() -> None:
    (each,) = [
        one for one in findings_of(pair(SUBNET).replace("ens18", "ens18-management")) if one.rule.code == "KH194"
    ]
    assert each.path == "servers[1].interfaces"


@pytest.mark.parametrize(
    ("own", "partner", "refused"),
    [("fe80::11", "fe80::12", [True, False]), ("fd00::11", "fe80::12", [False]), ("fd00::11", "2001:db8::1", [])],
)
def test_link_local_addresses(tmp_path: Path, own: str, partner: str, refused: list[bool]) -> None:
    libraries = peers("hot-standby", "a", "b", roles=("primary", "standby"))
    entries = libraries[1]["parameters"]["high-availability"][0]["peers"]
    for entry, address in zip(entries, (own, partner), strict=True):
        entry["url"] = f"http://[{address}]:8001/"
    made = of("KH678", found(tmp_path, {"hooks-libraries": libraries}))
    assert [each.kea_verdict == "refuses" for each in made] == refused


@pytest.mark.parametrize(
    ("cert", "key", "codes"),
    [
        ("/etc/kea/kea1.pem", "/etc/kea/{server}.key", {"KH679"}),
        ("/etc/kea/{server}.pem", "/etc/kea/kea1.key", {"KH679"}),
        ("/etc/kea/{server}.pem", "/etc/kea/{server}.key", set()),
        ("/etc/kea/cert.pem", "/etc/kea/key.pem", {"KH663"}),
    ],
)
def test_a_certificate_and_its_key_are_of_one_server(cert: str, key: str, codes: set[str]) -> None:
    text = pair(SUBNET).replace("/etc/kea/{server}.pem", cert).replace("/etc/kea/{server}.key", key)
    assert {each.rule.code for each in findings_of(text)} & {"KH679", "KH663"} == codes
