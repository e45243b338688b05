"""The address that the HA listener binds, and the port that partners connect to: compiled, listed by --needs, imported back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_hac.importing.run import Imported
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from tests.specs import build, checked, findings_of, ha_of
from tests.unit.compiler.pairs import AGENT, SENT, hub, pair
from tests.unit.importing.importing import built_again, imported, imported_again, lost, without_manifest, written

OFF = "multi-threading: {http-dedicated-listener: false}"
BOTH = "\ndhcp6:\n  subnet6: [{id: 1, subnet: '2001:db8::/64'}]\n"
TWO = "listener: {dhcp4: 8001, dhcp6: 8002}"
SUBNETS = "subnet4: [{id: 1, subnet: 10.1.0.0/16, user-context: {ha-server-name: north}}, {id: 2, subnet: 10.2.0.0/16, user-context: {ha-server-name: south}}]"
HUB = hub(SUBNETS, hub_peer=", address: 203.0.113.2, bind-address: 10.0.0.2, peer-port: 18011")
SPECS = {
    "forwarded": pair(kea1="peer-address: 203.0.113.11\npeer-port: 18001"),
    "forwarded on one address": pair(kea1="peer-port: 18001"),
    "forwarded by family": pair(kea2="peer-port: {dhcp4: 18001, dhcp6: 18002}", ha=TWO) + BOTH,
    "forwarded in one family": pair(kea2="peer-port: {dhcp6: 18002}", ha=TWO) + BOTH,
    "all addresses": pair(kea1="bind-address: 0.0.0.0", kea2="bind-address: 0.0.0.0"),
    "all addresses of both families": pair(kea1='bind-address: "::"'),
    "all addresses by family": pair(kea1='bind-address: {dhcp4: 0.0.0.0, dhcp6: "::"}', ha=TWO) + BOTH,
    "all addresses, forwarded": pair(kea1="bind-address: 0.0.0.0\npeer-port: 18001"),
    "another address": pair(kea1="bind-address: 10.9.0.1", top=AGENT),
    "own port, forwarded": pair(kea2="listener: 8005\npeer-port: 18005\nbind-address: 0.0.0.0"),
    "agent behind a forwarded port": pair(kea1=f"{SENT}\npeer-port: 18000", kea2=SENT, ha=OFF, top=AGENT),
    "a hub": HUB,
}


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_the_keys_come_back_from_the_compiled_files(text: str, tmp_path: Path) -> None:
    made = checked(text)
    assert [each.message for each in made.report.diagnostics if each.severity == "error"] == []
    again = imported_again(made, tmp_path)
    assert lost(again) == []
    assert made.build is not None
    assert built_again(again) == without_manifest(made.build.files)
    assert again.text is not None
    for key in ("bind-address", "peer-port", "peer-address"):
        assert _values(again.text, key) == _values(text, key)


def _values(text: str, key: str) -> list[str]:
    parts = (
        text.replace("{server: hub", "\n{server: hub").replace(", ", "\n").replace("{dhcp4", "\n{dhcp4").splitlines()
    )
    return sorted(part.split(":", 1)[1].strip(" }]\"'") for part in parts if part.strip().startswith(f"{key}:"))


def _urls(text: str, server: str, daemon: str = "dhcp4") -> list[str]:
    return [peer["url"] for peer in ha_of(build(text), server, daemon)["peers"]]


def test_a_server_binds_one_port_and_its_partner_connects_to_another() -> None:
    text = SPECS["forwarded"]
    assert _urls(text, "kea1") == ["https://192.0.2.11:8001/", "https://192.0.2.12:8001/"]
    assert _urls(text, "kea2") == ["https://203.0.113.11:18001/", "https://192.0.2.12:8001/"]


def test_a_server_binds_all_addresses_and_its_partner_connects_to_its_own() -> None:
    text = SPECS["all addresses by family"]
    assert _urls(text, "kea1")[0] == "https://0.0.0.0:8001/"
    assert _urls(text, "kea1", "dhcp6")[0] == "https://[::]:8002/"
    assert _urls(text, "kea2")[0] == "https://192.0.2.11:8001/"


def _needs(text: str, server: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(build(text).manifest)["servers"][server]["needs"]
    return found


@pytest.mark.parametrize(
    ("name", "addresses", "ports", "forwarding"),
    [
        ("forwarded", ["192.0.2.11"], ["192.0.2.11 tcp 8001"], ["203.0.113.11 tcp 18001 to 192.0.2.11 tcp 8001"]),
        ("all addresses", None, ["0.0.0.0 tcp 8001"], None),
        ("all addresses, forwarded", None, ["0.0.0.0 tcp 8001"], ["192.0.2.11 tcp 18001 to the host tcp 8001"]),
        (
            "agent behind a forwarded port",
            ["192.0.2.11"],
            ["192.0.2.11 tcp 8000"],
            ["192.0.2.11 tcp 18000 to 192.0.2.11 tcp 8000"],
        ),
    ],
)
def test_needs_name_what_must_be_free_and_what_must_be_forwarded(
    name: str, addresses: list[str] | None, ports: list[str], forwarding: list[str] | None
) -> None:
    needs = _needs(SPECS[name], "kea1")
    assert (needs.get("addresses"), needs["ports"], needs.get("forwarding")) == (addresses, ports, forwarding)


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        (pair(ha=OFF, top=AGENT, kea1=f"{SENT}\nbind-address: 0.0.0.0", kea2=SENT), "KH606", "servers[0].bind-address"),
        (hub(SUBNETS).replace("{name: north,", "{name: north, peer-port: 18001,"), "KH101", "servers[1].peer-port"),
        (pair(kea1="bind-address: 224.0.0.1"), "KH101", "servers[0].bind-address"),
        (pair(kea1="bind-address: fe80::1%eth0"), "KH101", "servers[0].bind-address"),
        (pair(kea1="peer-port: 0"), "KH101", "servers[0].peer-port"),
        (pair(kea1="bind-address: 127.0.0.1"), "KH703", "servers[0].bind-address"),
        (pair(kea1='bind-address: 0.0.0.0\npeer-address: "2001:db8::1"'), "KH650", "servers[0].bind-address"),
        (pair(kea1="peer-port: 18001", ha=TWO) + BOTH, "KH651", "servers[0].peer-port"),
        (pair(kea1="bind-address: 0.0.0.0", top=AGENT.replace("8000", "8001")), "KH701", "control-agent.http-port"),
    ],
)
def test_what_does_not_fit_is_found_at_its_key(text: str, code: str, path: str) -> None:
    found = [each for each in findings_of(text) if each.severity == "error"]
    assert [(each.rule.code, each.path) for each in found] == [(code, path)]


def test_an_address_of_all_leads_to_the_key_for_it() -> None:
    (found,) = findings_of(pair(address1="0.0.0.0"))
    assert (found.rule.code, found.path) == ("KH101", "servers[0].address")
    assert "`bind-address: 0.0.0.0`" in str(found.fix)


def test_a_standalone_server_has_no_listener() -> None:
    text = "kea-hac: 1\npair: lone\nkea: 2.6\nplatform: debian\nservers: [{name: a, address: 192.0.2.1, interfaces: [eth0], %s}]\ndhcp4: {valid-lifetime: 1h}\n"
    for key in ("bind-address: 0.0.0.0", "peer-port: 18001"):
        (found,) = findings_of(text % key)
        assert (found.rule.code, found.path) == ("KH611", f"servers[0].{key.partition(':')[0]}")


def _files(folder: Path, own: str, dialled: str, names: tuple[str, str] = ("rt1", "rt2")) -> dict[str, str]:
    """Two files, in each of which the own url is `own`, and the partner's is `dialled` with the partner's number."""
    made = {}
    for number, name in enumerate(names, 1):
        urls = [(own if each == number else dialled).format(each) for each in (1, 2)]
        peers = [
            {"name": each, "url": url, "role": role}
            for each, url, role in zip(names, urls, ("primary", "standby"), strict=True)
        ]
        relationship = {"this-server-name": name, "mode": "hot-standby", "peers": peers}
        libraries = [
            {"library": "libdhcp_lease_cmds.so"},
            {"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}},
        ]
        config = {"interfaces-config": {"interfaces": ["eth0"]}, "hooks-libraries": libraries, "valid-lifetime": 3600}
        made[f"{folder.name}-{name}/kea-dhcp4.conf"] = json.dumps({"Dhcp4": config})
    return made


def _linted(folder: Path, *pairs: dict[str, str]) -> list[tuple[str, str]]:
    paths = [
        path
        for files in pairs
        for listed in written(folder, {k: v.encode() for k, v in files.items()}).values()
        for path in listed
    ]
    found = lint(paths, KeaVersion.parse("3.0")).report.diagnostics
    return [(each.rule.code, str(each.severity)) for each in found if each.rule.code.startswith(("KH65", "KH81"))]


@pytest.mark.parametrize(
    ("own", "dialled", "found"),
    [
        ("http://0.0.0.0:8000/", "http://10.77.0.{}:8000/", []),
        ("http://[::]:8000/", "http://10.77.0.{}:8000/", []),
        ("http://0.0.0.0:8000/", "http://10.77.0.{}:18000/", [("KH812", "warning")] * 2),
        ("http://0.0.0.0:8000/", "http://[2001:db8::{}]:8000/", [("KH650", "error")] * 2),
        ("http://172.17.0.2:8001/", "http://203.0.113.{}:18001/", [("KH812", "warning")] * 2),
        ("http://10.77.0.{}:8001/", "http://10.77.0.{}:8002/", [("KH812", "error")] * 2),
    ],
)
def test_existing_files(own: str, dialled: str, found: list[tuple[str, str]], tmp_path: Path) -> None:
    assert _linted(tmp_path, _files(tmp_path / "one", own, dialled)) == found


def test_in_a_fleet_partners_without_a_common_address_are_found_by_their_names(tmp_path: Path) -> None:
    wild = ("http://0.0.0.0:8000/", "http://[2001:db8::{}]:8000/")
    one, two = _files(tmp_path / "one", *wild), _files(tmp_path / "two", *wild, names=("b1", "b2"))
    assert _linted(tmp_path / "apart", one, two) == [("KH650", "error")] * 4
    same = _files(tmp_path / "three", wild[0], "http://[2001:db8:7::{}]:8000/")
    assert _linted(tmp_path / "alike", one, same) == []  # which of four belong together is not known


def _imported(files: dict[str, str], folder: Path) -> Imported:
    return imported(folder, files, source="3.0", target="3.0")


def test_one_file_that_binds_all_addresses_does_not_tell_its_own(tmp_path: Path) -> None:
    files = _files(tmp_path / "one", "http://0.0.0.0:8000/", "http://10.77.0.{}:8000/")
    text = _imported({k: v for k, v in files.items() if "rt1" in k}, tmp_path).text
    assert text is not None
    assert "# rt1 binds all addresses, and no file of its partner was named: add `address: …`" in text
    assert "address: 0.0.0.0" in text.replace("bind-", "")
    assert "\n    address: 0.0.0.0" not in text
