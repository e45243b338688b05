"""Two control agents that differ in their own files and names: each server says its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.api import judge, load_text
from tests.unit.importing.importing import imported, lost, names
from tests.unit.importing.synced import differences
from tests.unit.importing.test_in_sync import SOCKET, SUBNET, pair

AGENT = """{ "Control-agent": { "http-host": "192.0.2.%(number)s", "http-port": 8000, %(more)s "trust-anchor": "/etc/kea/ca.pem",
 "cert-file": "/etc/kea/%(cert)s.pem", "key-file": "/etc/kea/%(cert)s.key",
 "control-sockets": { "dhcp4": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" },
                      "dhcp6": { "socket-type": "unix", "socket-name": "kea6-ctrl-socket" } } } }"""
USER = '"authentication": { "type": "basic", "directory": "/etc/kea", "clients": [ { "user": "%s", "password-file": "pw" } ] },'
LOG = '"loggers": [ { "name": "kea-ctrl-agent", "severity": "%s", "output_options": [ { "output": "stdout" } ] } ],'


def files(
    more: tuple[str, str] = ("", ""), certs: tuple[str, str] = ("first", "other"), port: int = 8000
) -> dict[str, str]:
    made = pair(f"{SOCKET}, {SUBNET}")
    for number, name in enumerate(("one", "two")):
        facts = {"number": number + 1, "more": more[number], "cert": certs[number]}
        made[f"{name}/kea-ctrl-agent.conf"] = AGENT % facts
    return made


@pytest.mark.parametrize(
    "more",
    [("", ""), (USER % "a", USER % "b"), (LOG % "INFO", LOG % "WARN"), (USER % "a", ""), ("", LOG % "INFO")],
    ids=str,
)
@pytest.mark.parametrize("branch", ["2.6", "3.0"])
def test_what_is_their_own_is_said_by_server(branch: str, more: tuple[str, str], tmp_path: Path) -> None:
    found = imported(tmp_path, files(more), source=branch, target=branch, platform="source")
    assert lost(found) == []
    assert "servers-say-different-things" not in names(found)
    assert "cert-file: /etc/kea/other.pem" in str(found.text)
    assert differences(found, tmp_path) == []


def test_what_a_placeholder_says_stays_said_once(tmp_path: Path) -> None:
    found = imported(tmp_path, files(certs=("one", "two")), source="2.6", target="2.6", platform="source")
    assert 'cert-file: "/etc/kea/{server}.pem"' in str(found.text)
    assert str(found.text).count("cert-file") == 1
    assert differences(found, tmp_path) == []


SPEC = """\
kea-hac: 1
pair: p
kea: 2.6
platform: source
servers:
  - {name: s1, address: 192.0.2.1, interfaces: [eth0], control-agent: OWN}
control-agent: {http-port: 8000}
dhcp4: {subnet4: [{id: 1, subnet: 192.0.2.0/24}]}
"""


@pytest.mark.parametrize(
    ("own", "rule", "path"),
    [
        ("{http-port: 8001}", "server-value-may-not-differ", "servers[0].control-agent.http-port"),
        ("true", "wrong-value", "servers[0].control-agent"),
        ("{cert-file: [a]}", "wrong-type", "servers[0].control-agent.cert-file"),
        (
            "{authentication: {type: basic, clients: [{user: a, password: b}]}}",
            "literal-secret",
            "servers[0].control-agent.authentication.clients[0].password",
        ),
    ],
)
def test_what_a_server_cannot_say_of_its_agent(own: str, rule: str, path: str) -> None:
    found = judge(load_text(SPEC.replace("OWN", own), Path("spec.yaml"))).report.diagnostics
    assert (rule, path) in [(each.rule.name, each.path) for each in found]
