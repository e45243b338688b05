"""Hand-kept files of a pair or a hub, imported, validated, built and started by real Kea: the way of everyone who adopts a pair.

The files are written as people do it: comments, old spellings, an agent beside each server, pools halved by hand. The servers
that are built from the spec show what the files show, reach their HA state, lease, and survive the loss of one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kea_hac.diagnostics import Severity
from kea_hac.importing.run import ImportRequest, Input, import_files
from kea_hac.kea.version import KeaVersion
from tests.kea.built import compiled, laid_out, provided
from tests.kea.test_built_pairs import CLIENTS, addresses, leased
from tests.lab import VERSIONS, Group, Lab, config_get

pytestmark = pytest.mark.kea

HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks"
PAIR = """\
// %(name)s: one of the two DHCP servers of the office
{
"Dhcp4": {
    "interfaces-config": { "interfaces": [ "eth0" ] },   # the only wire
    %(socket)s,
    "lease-database": { "type": "memfile", "lfc-interval": 3600 },
    "valid-lifetime": 3600,
    "renew-timer": 900,
    /* both libraries are needed,
     * in this order */
    "hooks-libraries": [
        { "library": "%(hooks)s/libdhcp_lease_cmds.so" },
        { "library": "%(hooks)s/libdhcp_ha.so",
          "parameters": { "high-availability": [ {
            "this-server-name": "%(name)s",
            "mode": "%(mode)s",
            "heartbeat-delay": 2000, "max-response-delay": 6000, "max-ack-delay": 1000, "max-unacked-clients": 2,
            "sync-timeout": 10000,
            "multi-threading": { "enable-multi-threading": %(listener)s, "http-dedicated-listener": %(listener)s },
            "peers": [
                { "name": "office1", "url": "http://192.0.2.1:%(port)s", "role": "primary" },
                { "name": "office2", "url": "http://192.0.2.2:%(port)s", "role": "%(partner)s" } // the other
            ] } ] } }
    ],
    "multi-threading": { "enable-multi-threading": %(listener)s },
    "option-data": [ { "name": "domain-name-servers", "data": "192.0.2.53, 192.0.2.54" } ],
    "subnet4": [
        {
            "id": 1, "subnet": "192.0.2.0/24", "interface": "eth0",
            "pools": [ %(pools)s ],
            "reservations": [ { "hw-address": "08:00:27:00:00:99", "ip-address": "192.0.2.9" } ] // the printer
        }
    ]
}
}
"""
WHOLE = '{ "pool": "192.0.2.20-192.0.2.250" }'
HALVES = """
                { "pool": "192.0.2.20 - 192.0.2.134", %s }, // the primary's
                { "pool": "192.0.2.135 - 192.0.2.249", %s }"""
AGENT = """\
{ "Control-agent": { "http-host": "%s", "http-port": 8000,
    "control-sockets": { "dhcp4": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" } } } }
"""
HUB = """\
{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "eth0" ] },
    "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" },
    "hooks-libraries": [
        { "library": "%(hooks)s/libdhcp_lease_cmds.so" },
        { "library": "%(hooks)s/libdhcp_ha.so", "parameters": { "high-availability": [ %(relationships)s ] } } ],
    "subnet4": [ %(subnets)s ]
} }
"""
RELATIONSHIP = """
        { "this-server-name": "%(me)s", "mode": "hot-standby", "heartbeat-delay": 2000, "max-response-delay": 6000,
          "max-ack-delay": 1000, "max-unacked-clients": 2, "peers": [
            { "name": "%(spoke)s", "url": "http://%(address)s:%(port)s/", "role": "primary" },
            { "name": "centre-%(spoke)s", "url": "http://192.0.2.1:%(port)s/", "role": "standby" } ] }"""
SUBNET = """
        { "id": %(id)s, "subnet": "%(prefix)s.0/24", "pools": [ { "pool": "%(prefix)s.20 - %(prefix)s.200" } ],
          "user-context": { "ha-server-name": "%(spoke)s" } }"""
SPOKES = {"north": ("192.0.2.2", 8001, 1, "192.0.2"), "south": ("192.0.2.3", 8011, 2, "198.51.100")}


def pair_files(version: str, mode: str, *, listener: bool) -> dict[str, str]:
    """What the two servers' folders hold: server/file → text."""
    old = KeaVersion.parse(version).branch.order < KeaVersion.parse("3.0").branch.order
    unix = '{ "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" }'
    guard = '"client-class": "HA_%s"' if old else '"client-classes": [ "HA_%s" ]'
    facts = {
        "socket": f'"control-socket": {unix}' if old else f'"control-sockets": [ {unix} ]',
        "hooks": HOOKS,
        "mode": mode,
        "listener": "true" if listener else "false",
        "port": 8001 if listener else 8000,
        "partner": "standby" if mode == "hot-standby" else "secondary",
        "pools": WHOLE if mode == "hot-standby" else HALVES % (guard % "office1", guard % "office2"),
    }
    files = {}
    for number, name in enumerate(("office1", "office2"), 1):
        files[f"{name}/kea-dhcp4.conf"] = PAIR % {**facts, "name": name}
        if not listener:
            files[f"{name}/kea-ctrl-agent.conf"] = AGENT % f"192.0.2.{number}"
    return files


def hub_files() -> dict[str, str]:
    """A hub and two spokes, of which each knows its own subnet only."""
    relationships = {
        spoke: {"spoke": spoke, "address": address, "port": port} for spoke, (address, port, _, _) in SPOKES.items()
    }
    subnets = {
        spoke: SUBNET % {"id": number, "prefix": prefix, "spoke": spoke}
        for spoke, (_, _, number, prefix) in SPOKES.items()
    }
    files = {
        f"{spoke}/kea-dhcp4.conf": HUB
        % {"hooks": HOOKS, "relationships": RELATIONSHIP % {**facts, "me": spoke}, "subnets": subnets[spoke]}
        for spoke, facts in relationships.items()
    }
    both = ",".join(RELATIONSHIP % {**facts, "me": f"centre-{spoke}"} for spoke, facts in relationships.items())
    files["centre/kea-dhcp4.conf"] = HUB % {
        "hooks": HOOKS,
        "relationships": both,
        "subnets": ",".join(subnets.values()),
    }
    return files


def adopted(lab: Lab, version: str, files: Mapping[str, str], folder: Path) -> Group:
    """Import, validate, build, start. Nothing may be lost, and nothing that is built may show otherwise than the file."""
    by_server: dict[str, list[Path]] = {}
    for name, text in files.items():
        path = folder / "given" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        by_server.setdefault(path.parent.name, []).append(path)
    kea = KeaVersion.parse(version)
    found = import_files(
        [Input(server, True, tuple(paths)) for server, paths in by_server.items()], ImportRequest("office", kea, kea)
    )
    assert found.text is not None
    errors = [each.message for each in found.report.diagnostics if each.severity is Severity.ERROR]
    assert errors == [], found.text
    assert [trip.lost for trip in found.trips if trip.lost or not trip.built] == []
    spec = folder / "office.yaml"
    spec.write_text(found.text, "utf-8")
    build = compiled(spec)
    group = lab.group(version, laid_out(build, folder / "out"), provided(build))
    group.start()
    return group


def answer(config: dict[str, object]) -> dict[str, object]:
    """A config-get answer without our stamp, the hash, and the HA parameters, which it shows as they were written."""
    (shown,) = [value for key, value in config.items() if key == "Dhcp4"]
    assert isinstance(shown, dict)
    made: dict[str, Any] = json.loads(json.dumps(shown))
    made.pop("user-context", None)
    for library in made["hooks-libraries"]:
        if library["library"].endswith("libdhcp_ha.so"):
            library.pop("parameters")

    return made


@pytest.mark.parametrize(("mode", "listener"), [("hot-standby", False), ("load-balancing", True)], ids=str)
def test_a_hand_kept_pair_is_adopted(lab: Lab, kea_version: str, mode: str, listener: bool, tmp_path: Path) -> None:
    files = pair_files(kea_version, mode, listener=listener)
    group = adopted(lab, kea_version, files, tmp_path)
    group.wait(dict.fromkeys(("office1", "office2"), mode))
    leased(group, 4, CLIENTS)
    group.wait_leases({"office1": CLIENTS, "office2": CLIENTS})
    assert addresses(group, "office1", 4) == addresses(group, "office2", 4)

    for server in ("office1", "office2"):
        given = config_get(kea_version, "dhcp4", files[f"{server}/kea-dhcp4.conf"].encode())
        assert answer(group.command(server, "dhcp4", "config-get")["arguments"]) == answer(given)

    group.kill("office1")
    group.failover("office1", "office2")
    leased(group, 4, 20, start=1000)


@pytest.mark.parametrize("kea_version", VERSIONS[1:], indirect=True)
def test_a_hand_kept_hub_is_adopted(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    group = adopted(lab, kea_version, hub_files(), tmp_path)
    normal = "hot-standby"
    group.wait({"centre": (normal, normal), "north": normal, "south": normal})
    assert group.lease4(CLIENTS, subnet="192.0.2.0/24").complete
    assert group.lease4(CLIENTS, start=100, subnet="198.51.100.0/24").complete
    group.wait_leases({"centre": 2 * CLIENTS, "north": CLIENTS, "south": CLIENTS})
