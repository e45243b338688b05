"""Where the spec says that a server is asked, and what is not asked because it would be another machine."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

import pytest

import kea_hac
from kea_hac.live import channels
from kea_hac.live.channels import endpoints, is_local
from kea_hac.live.endpoint import Endpoint, Http, Saved, Trouble, Unix, Unread
from kea_hac.model.site import Site
from tests.kea.built import pair_text
from tests.kea.test_built_pairs import AUTHENTICATED, SOCKET, TLS

Found = dict[tuple[str, str], object]


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine is none of the servers, whatever its addresses are."""
    monkeypatch.setattr(channels, "is_local", lambda address: False)


def site(folder: Path, text: str) -> Site:
    spec = folder / "spec.yaml"
    spec.write_text(text, "utf-8")
    found = kea_hac.compile_spec(spec).site
    assert found is not None
    return found


def shown(found: Iterable[Endpoint | Unread]) -> Found:
    return {
        (each.server, each.daemon.name): each.channel if isinstance(each, Endpoint) else each.trouble for each in found
    }


def without_agent(text: str) -> str:
    return text[: text.index("control-agent:")] + text[text.index("\ndhcp4:") :]


def test_an_agent_is_asked_for_every_daemon(tmp_path: Path) -> None:
    made = site(tmp_path, pair_text("2.6.3", "hot-standby", (4, 6), kea2=", control-address: 10.8.0.2"))
    assert shown(endpoints(made)) == {
        ("kea1", "dhcp4"): Http("http://192.0.2.1:8000/", "dhcp4"),
        ("kea1", "dhcp6"): Http("http://192.0.2.1:8000/", "dhcp6"),
        ("kea1", "ctrl-agent"): Http("http://192.0.2.1:8000/", None, of_daemon=True),
        ("kea2", "dhcp4"): Http("http://10.8.0.2:8000/", "dhcp4"),
        ("kea2", "dhcp6"): Http("http://10.8.0.2:8000/", "dhcp6"),
        ("kea2", "ctrl-agent"): Http("http://10.8.0.2:8000/", None, of_daemon=True),
    }


def test_an_agent_with_tls(tmp_path: Path) -> None:
    made = site(tmp_path, pair_text("2.6.3", "hot-standby", agent=f"{TLS}\n{AUTHENTICATED}"))
    assert shown(endpoints(made))["kea1", "dhcp4"] == Http("https://192.0.2.1:8000/", "dhcp4")


def test_a_servers_own_socket_comes_before_the_agent(tmp_path: Path) -> None:
    made = site(tmp_path, pair_text("3.0.4", "hot-standby", v4=SOCKET.format(kind="http", tls="")))
    found = shown(endpoints(made))
    assert found["kea1", "dhcp4"] == Http("http://192.0.2.1:8004/", "dhcp4", "HTTP control socket", of_daemon=True)
    assert found["kea1", "ctrl-agent"] == Http("http://192.0.2.1:8000/", None, of_daemon=True)


def test_a_lone_loopback_is_not_asked_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 is the machine that asks: both servers would seem to hold the same."""
    text = pair_text("2.6.3", "hot-standby", kea1=", control-address: 127.0.0.1", kea2=', control-address: "0.0.0.0"')
    made = site(tmp_path, text)
    found = {(each.server, each.daemon.name): each for each in endpoints(made)}
    first = found["kea1", "dhcp4"]
    assert isinstance(first, Unread)
    assert first.trouble is Trouble.NO_CHANNEL
    assert "its control agent listens on 127.0.0.1 only" in first.reason
    assert "use --live kea1=URL" in first.reason
    assert shown([found["kea2", "dhcp4"]])["kea2", "dhcp4"] == Http("http://192.0.2.2:8000/", "dhcp4")
    monkeypatch.setattr(channels, "is_local", lambda address: str(address) == "192.0.2.1")
    assert shown(endpoints(made))["kea1", "dhcp4"] == Http("http://127.0.0.1:8000/", "dhcp4")


def test_a_unix_socket_is_asked_on_its_own_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kea4-ctrl-socket"
    text = without_agent(pair_text("2.6.3", "hot-standby"))
    text = text.replace("platform: debian", f"platform: debian\npaths: {{sockets: {tmp_path}}}")
    made = site(tmp_path, text)
    found = {(each.server, each.daemon.name): each for each in endpoints(made)}
    assert list(found) == [("kea1", "dhcp4"), ("kea2", "dhcp4")]
    lost = found["kea1", "dhcp4"]
    assert isinstance(lost, Unread)
    assert f"its unix socket {path} is not on this machine" in lost.reason
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert shown(endpoints(made)) == {("kea1", "dhcp4"): Trouble.NO_CHANNEL, ("kea2", "dhcp4"): Trouble.NO_CHANNEL}
        monkeypatch.setattr(channels, "is_local", lambda address: str(address) == "192.0.2.2")
        assert shown(endpoints(made)) == {("kea1", "dhcp4"): Trouble.NO_CHANNEL, ("kea2", "dhcp4"): Unix(str(path))}


def test_live_overrides_the_spec(tmp_path: Path) -> None:
    made = site(tmp_path, pair_text("2.6.3", "hot-standby", (4, 6)))
    said = ["kea1=http://127.0.0.1:9001", "kea2/dhcp6=unix:/run/x"]
    found = shown(endpoints(made, said))
    assert found["kea1", "dhcp6"] == Http("http://127.0.0.1:9001/", "dhcp6", "--live")
    assert found["kea1", "ctrl-agent"] == Http("http://127.0.0.1:9001/", None, "--live")
    assert found["kea2", "dhcp4"] == Http("http://192.0.2.2:8000/", "dhcp4")
    assert found["kea2", "dhcp6"] == Unix("/run/x")


def test_saved_answers(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    for name in ("kea1/kea-dhcp4.conf", "kea1/kea-dhcp4.json", "kea1/kea-dhcp6.conf", "kea1/kea-ctrl-agent.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    made = site(tmp_path, pair_text("2.6.3", "hot-standby", (4, 6)))
    found = shown(endpoints(made, [str(folder), "kea2/dhcp6=http://127.0.0.1:1/"]))
    assert found == {
        ("kea1", "dhcp4"): Saved(folder / "kea1/kea-dhcp4.json", folder / "kea1/kea-dhcp4.conf"),
        ("kea1", "dhcp6"): Saved(folder / "kea1/kea-dhcp6.conf"),
        ("kea1", "ctrl-agent"): Saved(folder / "kea1/kea-ctrl-agent.json"),
        ("kea2", "dhcp4"): Trouble.NO_CHANNEL,
        ("kea2", "dhcp6"): Http("http://127.0.0.1:1/", "dhcp6", "--live"),
    }
    missing = {(each.server, each.daemon.name): each for each in endpoints(made, [str(folder)])}["kea2", "dhcp4"]
    assert isinstance(missing, Unread)
    assert f"there is no folder {folder / 'kea2'}" in missing.reason
    (folder / "kea2").mkdir()
    missing = {(each.server, each.daemon.name): each for each in endpoints(made, [str(folder)])}["kea2", "dhcp4"]
    assert isinstance(missing, Unread)
    assert "neither kea-dhcp4.json nor kea-dhcp4.conf" in missing.reason


def test_a_lone_server_without_address(tmp_path: Path) -> None:
    """Its unix socket, and what is on loopback, are this machine's: there is no other server to take it for."""
    text = """
kea-hac: 1
pair: lone
kea: "3.2"
platform: debian
servers: [{name: s1, interfaces: [eth0], address: 127.0.0.1}]
dhcp4:
  control-sockets: [{socket-type: http, socket-port: 8004, authentication: {type: basic, clients: [{user-file: u, password-file: p}]}}]
  subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: eth0, pools: [{pool: 192.0.2.9 - 192.0.2.99}]}]
"""
    found = shown(endpoints(site(tmp_path, text)))
    assert found == {("s1", "dhcp4"): Http("http://127.0.0.1:8004/", "dhcp4", "HTTP control socket", of_daemon=True)}


def test_which_addresses_are_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_local(ip_address("127.0.0.1"))
    assert is_local(ip_address("127.0.0.2"))  # as the second address of an interface: the kernel sends from 127.0.0.1
    assert not is_local(ip_address("240.0.0.1"))
    assert not is_local(ip_address("2001:db8:ffff::1"))
    monkeypatch.setattr(channels, "_binds_any", lambda address: True)  # ip_nonlocal_bind, as for keepalived
    assert is_local(ip_address("127.0.0.1"))
    assert not is_local(ip_address("127.0.0.2"))
