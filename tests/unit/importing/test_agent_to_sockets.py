"""A control agent and a Kea that has none: its address, port, credentials and TLS files become HTTP control sockets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.specs import build, config, findings_of, ha_of
from tests.unit.compiler.pairs import AGENT, SENT, pair
from tests.unit.importing.importing import imported, lost

OFF = "multi-threading: {http-dedicated-listener: false}"
V6 = "\ndhcp6:\n  subnet6: [{id: 1, subnet: '2001:db8::/64'}]\n"
LISTENERS = "listener: {dhcp4: 8001, dhcp6: 8002}"


def _sockets(text: str, server: str = "kea1", daemon: str = "dhcp4") -> list[dict[str, Any]]:
    return list(config(build(text), server, daemon)["control-sockets"])


def _gone(text: str) -> list[str]:
    return [each.message for each in findings_of(text) if each.rule.code == "KH702"]


def test_a_spec_with_an_agent_is_a_spec_for_3_2() -> None:
    text = pair(kea="3.2", top=AGENT)
    unix, http = _sockets(text)
    assert unix["socket-type"] == "unix"
    assert http == {
        "socket-type": "https",
        "socket-address": "192.0.2.11",
        "socket-port": 8000,
        "trust-anchor": "/etc/kea/ca.pem",
        "cert-file": "/etc/kea/agent-kea1.pem",
        "key-file": "/etc/kea/agent-kea1.key",
        "authentication": {
            "type": "basic",
            "directory": "/etc/kea",
            "clients": [{"user-file": "kea-api-user", "password-file": "kea-api-password"}],
        },
    }
    assert not any("ctrl-agent" in name for name in build(text).files)
    assert [each.rule.code for each in findings_of(text)] == ["KH702"]
    assert _gone(text) == [
        "Kea 3.2 on kea1 and kea2 has no control agent; dhcp4 opens an HTTP control socket on port 8000 instead, with the agent's "
        "address, credentials and TLS files"
    ]


def test_ha_through_the_agent_goes_through_the_sockets() -> None:
    text = pair(kea="3.2", ha=OFF, top=AGENT, kea1=SENT, kea2=SENT)
    assert [peer["url"] for peer in ha_of(build(text), "kea1", "dhcp4")["peers"]] == [
        "https://192.0.2.11:8000/",
        "https://192.0.2.12:8000/",
    ]


def test_each_family_has_a_port_that_nothing_else_uses() -> None:
    text = pair(kea="3.2", ha=LISTENERS, top=AGENT) + V6
    ports = [_sockets(text, daemon=daemon)[1]["socket-port"] for daemon in ("dhcp4", "dhcp6")]
    assert ports == [8000, 8003]
    (message,) = _gone(text)
    assert "dhcp4 opens an HTTP control socket on port 8000 and dhcp6 one on port 8003 instead" in message
    assert [each for each in findings_of(text) if each.severity == "error"] == []


def test_servers_of_two_versions_have_an_agent_or_a_socket() -> None:
    text = pair(kea="3.0", top=AGENT, kea2="kea: 3.2")
    files = build(text).files
    assert "kea1/kea-ctrl-agent.conf" in files
    assert "kea2/kea-ctrl-agent.conf" not in files
    assert [len(_sockets(text, server)) for server in ("kea1", "kea2")] == [1, 2]
    (message,) = _gone(text)
    assert message.startswith("Kea 3.2 on kea2 has no control agent")


@pytest.mark.parametrize(
    ("sockets", "count", "words"),
    [
        (
            "control-sockets: [{socket-type: https, socket-port: 8004, trust-anchor: /etc/kea/a, cert-file: /etc/kea/b, key-file: /etc/kea/c}]",
            2,
            "no effect",
        ),
        ("control-sockets: []", 0, "no effect"),
        ("control-sockets: [{socket-type: unix, user-context: {a: b}}]", 2, "on port 8000 instead"),
    ],
)
def test_sockets_of_the_spec_stay(sockets: str, count: int, words: str) -> None:
    text = pair(f"valid-lifetime: 1h\n{sockets}", kea="3.2", top=AGENT)
    assert len(config(build(text), "kea1", "dhcp4").get("control-sockets", [])) == count
    (message,) = _gone(text)
    assert words in message


def test_own_values_of_a_server_go_with_it() -> None:
    text = pair(kea="3.2", top=AGENT, kea2="control-address: 10.8.0.12\ncontrol-agent: {cert-file: /etc/kea/two.pem}")
    socket = _sockets(text, "kea2")[1]
    assert (socket["socket-address"], socket["cert-file"]) == ("10.8.0.12", "/etc/kea/two.pem")
    assert _gone(pair(kea="3.2", top=AGENT, kea1="control-agent: false", kea2="control-agent: false")) == []


def test_what_has_no_place_is_named() -> None:
    more = "  hooks-libraries: [{library: libdhcp_rbac.so}]\n  loggers: [{name: kea-ctrl-agent}]\n  control-sockets: {d2: {socket-name: kea-ddns-ctrl-socket}}\n"
    (message,) = _gone(pair(kea="3.2", top=AGENT + more))
    assert "its hook libraries are not loaded" in message
    assert "its loggers are left out" in message
    assert "the sockets of d2 are left out" in message


TLS = {"trust-anchor": "/etc/kea/ca.pem", "cert-file": "/etc/kea/agent.pem", "key-file": "/etc/kea/agent.key"}
CLEAR = {"type": "basic", "clients": [{"user": "stork", "password": "sesame"}]}
FILED = {
    "type": "basic",
    "directory": "/etc/kea",
    "clients": [{"user-file": "stork-user", "password-file": "stork-user-password"}],
}


def _files(agent: dict[str, Any], families: tuple[str, ...] = ("dhcp4",), **ha: Any) -> dict[str, str]:
    made = {}
    for number, name in enumerate(("k1", "k2"), 1):
        sockets = {
            each: {"socket-type": "unix", "socket-name": f"/run/kea/kea{each[-1]}-ctrl-socket"} for each in families
        }
        own = {"http-host": f"10.77.0.{number}", "http-port": 8000, "control-sockets": sockets, **agent}
        made[f"{name}/kea-ctrl-agent.conf"] = json.dumps({"Control-agent": own})
        for each in families:
            port = ha.get(each, 8000)
            scheme = "https" if "trust-anchor" in agent and port == 8000 else "http"
            sent = (
                {"basic-auth-user": "stork", "basic-auth-password-file": "/etc/kea/ha-password"} if port == 8000 else {}
            )
            peers = [
                {"name": f"k{n}", "url": f"{scheme}://10.77.0.{n}:{port}/", "role": role, **sent}
                for n, role in ((1, "primary"), (2, "standby"))
            ]
            threads = {"enable-multi-threading": True, "http-dedicated-listener": port != 8000}
            relationship = {"this-server-name": name, "mode": "hot-standby", "peers": peers, "multi-threading": threads}
            relationship |= TLS if scheme == "https" else {}
            libraries = [
                {"library": f"/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_{lib}.so"} for lib in ("lease_cmds", "ha")
            ]
            libraries[1]["parameters"] = {"high-availability": [relationship]}  # type: ignore[assignment]
            body = {
                "interfaces-config": {"interfaces": ["eth0"]},
                "control-socket": sockets[each],
                "hooks-libraries": libraries,
                "multi-threading": {"enable-multi-threading": True},
            }
            made[f"{name}/kea-{each}.conf"] = json.dumps({each.title(): body})
    return made  # fmt: skip


@pytest.mark.parametrize("tls", [{}, TLS], ids=["http", "https"])
@pytest.mark.parametrize("families", [("dhcp4",), ("dhcp6",), ("dhcp4", "dhcp6")], ids="+".join)
@pytest.mark.parametrize("ha", [{}, {"dhcp4": 8001, "dhcp6": 8002}], ids=["through the agent", "listener"])
def test_an_import_for_3_2_writes_the_sockets(
    tls: dict[str, str], families: tuple[str, ...], ha: dict[str, int], tmp_path: Path
) -> None:
    found = imported(tmp_path, _files({"authentication": CLEAR, **tls}, families, **ha), source="2.6", target="3.2")
    assert lost(found) == []
    codes = [each.rule.code for each in found.report.diagnostics]
    assert codes.count("KH702") == 1
    assert not set(codes) & {"KH150", "KH151", "KH613", "KH904"}
    assert found.text is not None
    assert "control-agent" not in found.text
    assert "sesame" not in found.text
    assert codes.count("KH153") == 4  # the user and the password of each server, whatever the families
    made = build(found.text)
    first, second = 8000, 8003 if ha else 8001
    for number, family in enumerate(families):
        port = (first, second)[number]
        for server, address in (("k1", "10.77.0.1"), ("k2", "10.77.0.2")):
            socket = config(made, server, family)["control-sockets"][1]
            assert (socket["socket-type"], socket["socket-address"], socket["socket-port"]) == (
                "https" if tls else "http",
                address,
                port,
            )
            assert socket["authentication"] == FILED
            assert {key: socket[key] for key in TLS if key in socket} == tls
        urls = {peer["url"] for peer in ha_of(made, "k1", family)["peers"]}
        assert {int(url.rstrip("/").rpartition(":")[2]) for url in urls} == {ha.get(family, port)}


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", None])
def test_the_address_of_the_agent_is_kept(host: str | None, tmp_path: Path) -> None:
    agent: dict[str, Any] = {"authentication": CLEAR, "http-host": host or "127.0.0.1"}
    files = _files(agent, dhcp4=8001)
    if host is None:
        files = {name: text.replace('"http-host": "127.0.0.1", ', "") for name, text in files.items()}
    found = imported(tmp_path, files, source="2.6", target="3.2")
    assert lost(found) == []
    assert found.text is not None
    assert _sockets(found.text, "k2")[1]["socket-address"] == (host or "127.0.0.1")


def test_a_daemon_that_the_agent_does_not_know_gets_no_socket(tmp_path: Path) -> None:
    files = _files({"authentication": CLEAR}, ("dhcp4", "dhcp6"), dhcp4=8001, dhcp6=8002)
    for name in ("k1/kea-ctrl-agent.conf", "k2/kea-ctrl-agent.conf"):
        content = json.loads(files[name])
        del content["Control-agent"]["control-sockets"]["dhcp6"]
        files[name] = json.dumps(content)
    found = imported(tmp_path, files, source="2.6", target="3.2")
    assert lost(found) == []
    assert found.text is not None
    assert len(_sockets(found.text, "k1", "dhcp6")) == 1


def test_for_a_kea_with_agents_they_stay(tmp_path: Path) -> None:
    found = imported(tmp_path, _files({"authentication": CLEAR}), source="2.6", target="3.0")
    assert found.text is not None
    assert "control-agent:" in found.text
    assert "KH702" not in [each.rule.code for each in found.report.diagnostics]
