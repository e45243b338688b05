"""The spec that comes out reads as an administrator would have written it, and compiles to the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_hac.importing.run import Imported
from tests.unit.importing.importing import built_again, imported, lost

HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks"
HEADER = "// DHCP of the office, kept by hand\n// changed by jm\n"


def pair(name: str, interface: str = "eth0", mode: str = "hot-standby", **keys: Any) -> dict[str, Any]:
    role = "secondary" if mode == "load-balancing" else "standby"
    ha = {
        "this-server-name": name,
        "mode": mode,
        "heartbeat-delay": 10000,
        "max-response-delay": 60000,
        "max-ack-delay": 2500,
        "max-unacked-clients": 5,
        "multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True},
        "peers": [
            {"name": "kea1", "url": "http://192.0.2.11:8001/", "role": "primary"},
            {"name": "kea2", "url": "http://192.0.2.12:8001/", "role": role},
        ],
    }
    libraries = [
        {"library": f"{HOOKS}/libdhcp_lease_cmds.so"},
        {"library": f"{HOOKS}/libdhcp_ha.so", "parameters": {"high-availability": [ha]}},
    ]
    return {
        "interfaces-config": {"interfaces": [interface]},
        "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
        "multi-threading": {"enable-multi-threading": True, "thread-pool-size": 4, "packet-queue-size": 28},
        "hooks-libraries": libraries,
        "valid-lifetime": 14400,
        "renew-timer": 4000,
        "rebind-timer": 10800,
        "subnet4": [subnet(interface=interface)],
        **{key.replace("_", "-"): value for key, value in keys.items()},
    }


def subnet(**keys: Any) -> dict[str, Any]:
    return {"id": 10, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.100 - 192.0.2.199"}], **keys}


def both(folder: Path, one: dict[str, Any], two: dict[str, Any], head: str = "") -> Imported:
    files = {
        f"kea{number}/kea-dhcp4.conf": head + json.dumps({"Dhcp4": each}, indent=1)
        for number, each in enumerate((one, two), 1)
    }
    found = imported(folder, files, source="2.6", platform="debian", pair="office")
    assert lost(found) == []
    assert found.text is not None
    return found


def text_of(found: Imported) -> str:
    assert found.text is not None
    return found.text


def test_lengths_of_time_are_written_where_they_are_exact(tmp_path: Path) -> None:
    text = text_of(both(tmp_path, pair("kea1"), pair("kea2")))
    for line in ("valid-lifetime: 4h", "renew-timer: 4000", "rebind-timer: 3h", "heartbeat-delay: 10s"):
        assert f"  {line}\n" in text
    assert "  max-ack-delay: 2500\n" in text


def test_ha_timers_that_somebody_wrote_stay_also_where_they_are_the_defaults(tmp_path: Path) -> None:
    text = text_of(both(tmp_path, pair("kea1"), pair("kea2")))
    assert "  max-response-delay: 1m\n" in text


def test_days_and_what_is_no_length(tmp_path: Path) -> None:
    keys = {
        "valid_lifetime": 259200,
        "cache_max_age": 90,
        "expired_leases_processing": {"hold-reclaimed-time": 86400, "max-reclaim-leases": 120},
    }
    text = text_of(both(tmp_path, pair("kea1", **keys), pair("kea2", **keys)))
    assert "  valid-lifetime: 3d\n" in text
    assert "  cache-max-age: 90\n" in text
    assert "hold-reclaimed-time: 1d" in text
    assert "max-reclaim-leases: 120" in text


@pytest.mark.parametrize(
    ("names", "alias"),
    [
        (("eth0", "ens18"), "lan"),
        (("eth0.20", "bond0.20"), "vlan20"),
        (("vlan7", "ens18.7"), "vlan7"),
        (("lan", "ens18"), "lan"),
    ],
)
def test_an_interface_that_has_two_names_gets_a_third(tmp_path: Path, names: tuple[str, str], alias: str) -> None:
    found = both(tmp_path, pair("kea1", names[0]), pair("kea2", names[1]))
    text = text_of(found)
    for name in names:
        assert f"    interfaces: {{{alias}: {name}}}\n" in text
    assert f"      interface: {alias}\n" in text
    built = built_again(found)
    assert f'"interface": "{names[1]}"' in built["kea2/kea-dhcp4.conf"].decode()


def test_an_interface_with_one_name_keeps_it(tmp_path: Path) -> None:
    assert "    interfaces: [eth0]\n" in text_of(both(tmp_path, pair("kea1"), pair("kea2")))
    one, two = pair("kea1"), pair("kea2", "ens18")
    one["interfaces-config"] = {"interfaces": ["eth0", "wan0"]}
    two["interfaces-config"] = {"interfaces": ["ens18", "wan0"]}
    text = text_of(both(tmp_path / "more", one, two))
    assert "    interfaces: {lan: eth0, wan0: wan0}\n" in text
    assert "    interfaces: {lan: ens18, wan0: wan0}\n" in text


def test_an_alias_with_an_address(tmp_path: Path) -> None:
    one, two = pair("kea1"), pair("kea2", "ens18")
    one["interfaces-config"] = {"interfaces": ["eth0/192.0.2.11"]}
    two["interfaces-config"] = {"interfaces": ["ens18/192.0.2.12"]}
    found = both(tmp_path, one, two)
    assert "interfaces: {lan: eth0}" in text_of(found)
    assert b'"ens18/192.0.2.12"' in built_again(found)["kea2/kea-dhcp4.conf"]


OPTIONS = [
    ({"code": 42, "data": "192.0.2.1"}, "{name: ntp-servers, data: 192.0.2.1}"),
    ({"code": 42, "csv-format": False, "data": "C0000201"}, "{name: ntp-servers, data: 192.0.2.1}"),
    (
        {"name": "domain-name-servers", "code": 6, "space": "dhcp4", "csv-format": True, "data": "192.0.2.53"},
        "{name: domain-name-servers, data: 192.0.2.53}",
    ),
    (
        {"name": "routers", "data": "192.0.2.1", "always-send": True},
        "{name: routers, data: 192.0.2.1, always-send: true}",
    ),
    (
        {"code": 66, "csv-format": False, "data": "626F6F7400"},
        '{name: tftp-server-name, data: "626F6F7400", csv-format: false}',
    ),
    ({"code": 224, "csv-format": False, "data": "C0000201"}, "{code: 224, data: C0000201, csv-format: false}"),
    ({"code": 4, "space": "vendor-4491", "csv-format": False, "data": "C0"}, "space: vendor-4491"),
]


@pytest.mark.parametrize(("given", "written"), OPTIONS)
@pytest.mark.parametrize("where", ["top", "subnet", "pool", "reservation", "class"])
def test_options_have_names_and_values_as_text(tmp_path: Path, given: dict[str, Any], written: str, where: str) -> None:
    options = [given]
    keys: dict[str, Any] = {}
    match where:
        case "top":
            keys = {"option-data": options}
        case "subnet":
            keys = {"subnet4": [subnet(**{"option-data": options})]}
        case "pool":
            keys = {"subnet4": [subnet(pools=[{"pool": "192.0.2.100/30", "option-data": options}])]}
        case "reservation":
            host = {"hw-address": "08:00:27:00:00:01", "ip-address": "192.0.2.20", "option-data": options}
            keys = {"subnet4": [subnet(reservations=[host])]}
        case "class":
            keys = {"client-classes": [{"name": "phones", "test": "member('KNOWN')", "option-data": options}]}
    found = both(tmp_path, pair("kea1", **keys), pair("kea2", **keys))
    assert written in text_of(found)


def test_a_definition_says_only_what_does_not_follow(tmp_path: Path) -> None:
    """The family's own space, one value, no record, nothing encapsulated: that is what a definition is without these keys."""
    usual = {"space": "dhcp4", "array": False, "record-types": "", "encapsulate": ""}
    keys: dict[str, Any] = {
        "option-def": [
            {"name": "door", "code": 230, "type": "string", **usual},
            {"name": "bell", "code": 1, "type": "uint8", **usual, "space": "house"},
        ]
    }
    text = text_of(both(tmp_path, pair("kea1", **keys), pair("kea2", **keys)))
    assert "{name: door, code: 230, type: string}" in text
    assert "{space: house, name: bell, code: 1, type: uint8}" in text


def test_an_option_that_the_files_define_keeps_its_code(tmp_path: Path) -> None:
    keys = {
        "option-def": [{"name": "ours", "code": 43, "type": "uint8"}],
        "option-data": [{"code": 43, "csv-format": True, "data": "7"}],
    }
    assert "code: 43" in text_of(both(tmp_path, pair("kea1", **keys), pair("kea2", **keys)))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("parameters", [{}, {"parameters": {}}])
def test_the_derived_libraries_are_not_written(tmp_path: Path, turned: bool, parameters: dict[str, Any]) -> None:
    one, two = pair("kea1"), pair("kea2")
    for each in (one, two):
        each["hooks-libraries"][0] |= parameters
        each["hooks-libraries"] = each["hooks-libraries"][:: -1 if turned else 1]
    assert "hooks-libraries" not in text_of(both(tmp_path, one, two))


def test_other_libraries_stay_in_their_order(tmp_path: Path) -> None:
    one, two = pair("kea1"), pair("kea2")
    for each in (one, two):
        each["hooks-libraries"].insert(1, {"library": f"{HOOKS}/libdhcp_stat_cmds.so"})
    assert "  hooks-libraries: [{library: libdhcp_stat_cmds.so}]\n" in text_of(both(tmp_path, one, two))


def halves(name: str, interface: str = "eth0") -> str:
    made = json.dumps({"Dhcp4": pair(name, interface, mode="load-balancing", subnet4=[])}, indent=1)
    pools = """"subnet4": [
  // the offices
  // split by hand: kea1 has the lower half
  { "id": 10, "subnet": "192.0.2.0/24", "pools": [
    { "pool": "192.0.2.100 - 192.0.2.149", "client-class": "HA_kea1" }, // kea1's
    // and these are kea2's
    { "pool": "192.0.2.150 - 192.0.2.199", "client-class": "HA_kea2" } ] } ]"""
    assert '"subnet4": []' in made
    return HEADER + made.replace('"subnet4": []', pools)


def test_what_was_true_of_the_halves_is_marked(tmp_path: Path) -> None:
    files = {f"{name}/kea-dhcp4.conf": halves(name) for name in ("kea1", "kea2")}
    text = text_of(imported(tmp_path, files, source="2.6", platform="debian", pair="office"))
    assert "split: even" in text
    assert "    # the offices\n    # before the import: split by hand: kea1 has the lower half\n" in text
    for words in ("kea1's", "and these are kea2's"):
        assert text.count(words) == 1
        assert f"before the import: {words}" in text


def test_the_header_of_the_files_is_written_once(tmp_path: Path) -> None:
    agent = '{"Control-agent": {"http-host": "127.0.0.1", "http-port": 8000, "control-sockets": {}}}'
    files = {}
    for name in ("kea1", "kea2"):
        files[f"{name}/kea-dhcp4.conf"] = HEADER + json.dumps({"Dhcp4": pair(name)})
        files[f"{name}/kea-ctrl-agent.conf"] = HEADER + "// the agent\n" + agent
    text = text_of(imported(tmp_path, files, source="2.6", platform="debian", pair="office"))
    for line in ("DHCP of the office, kept by hand", "changed by jm", "the agent"):
        assert text.count(line) == 1


def test_a_form_that_cannot_be_proven_is_left_out(tmp_path: Path) -> None:
    """Two servers with options in two forms: what differs is told in the words of the files, and nothing is lost silently."""
    one = pair("kea1", **{"option-data": [{"code": 42, "csv-format": False, "data": "C0000201"}]})
    two = pair("kea2", **{"option-data": [{"name": "ntp-servers", "data": "192.0.2.1"}]})
    text = text_of(both(tmp_path, one, two))
    assert "{name: ntp-servers, data: 192.0.2.1}" in text


def peers(config: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = relationship(config)["peers"]
    return found


def relationship(config: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = config["hooks-libraries"][1]["parameters"]["high-availability"][0]
    return found


def host_name(config: dict[str, Any]) -> None:
    peers(config)[1]["url"] = "http://dhcp2.example.org:8001/"


def no_url(config: dict[str, Any]) -> None:
    del peers(config)[1]["url"]


def unknown_mode(config: dict[str, Any]) -> None:
    relationship(config)["mode"] = "hotstandby"


def no_role(config: dict[str, Any]) -> None:
    del peers(config)[1]["role"]


def no_ports(config: dict[str, Any]) -> None:
    for peer in peers(config):
        peer["url"] = "here"


def a_backup(config: dict[str, Any]) -> None:
    peers(config).append({"name": "kea3", "url": "http://192.0.2.13:8001/", "role": "backup"})


def a_backup_and_addresses(config: dict[str, Any]) -> None:
    a_backup(config)
    name = relationship(config)["this-server-name"]
    config["interfaces-config"]["interfaces"][0] += "/192.0.2.11" if name == "kea1" else "/192.0.2.12"


@pytest.mark.parametrize(
    "mistake",
    [host_name, no_url, unknown_mode, no_role, no_ports, a_backup, a_backup_and_addresses],
    ids=lambda each: each.__name__,
)
def test_a_spec_with_an_error_has_the_same_forms(tmp_path: Path, mistake: Any) -> None:
    """What cannot be compiled for HA, or for a server without files, says nothing of times, options and interfaces."""
    files = {}
    for name, interface in (("kea1", "bond0.70"), ("kea2", "eno1.70")):
        config = pair(name, interface, **{"option-data": [{"code": 15, "data": "office.example.org"}]})
        mistake(config)
        files[f"{name}/kea-dhcp4.conf"] = json.dumps({"Dhcp4": config})
    found = imported(tmp_path, files, source="2.6", platform="debian", pair="office")
    assert [each for each in found.report.diagnostics if each.severity == "error"]
    text = text_of(found)
    assert "heartbeat-delay: 10s" in text
    assert "valid-lifetime: 4h" in text
    assert "{name: domain-name, data: office.example.org}" in text
    assert "interfaces: {vlan70: bond0.70}" in text
    assert "interfaces: {vlan70: eno1.70}" in text
    assert "interface: vlan70" in text
    assert "library" not in text


def test_a_server_without_files_gets_the_form_of_interfaces_that_the_others_have(tmp_path: Path) -> None:
    for interfaces, form in ((("eth0", "ens18"), "{lan: ...}"), (("eth0", "eth0"), "[...]")):
        files = {}
        for name, interface in zip(("kea1", "kea2"), interfaces, strict=True):
            config = pair(name, interface)
            a_backup(config)
            files[f"{name}/kea-dhcp4.conf"] = json.dumps({"Dhcp4": config})
        found = imported(tmp_path, files, source="2.6", platform="debian", pair="office")
        assert f"no file of kea3 was named: add `interfaces: {form}`, the interfaces" in text_of(found)
        (error,) = [each for each in found.report.diagnostics if each.severity == "error"]
        assert error.rule.name == "no-interface"
        assert f"`interfaces: {form.replace('...', '…')}`" in str(error.fix)
