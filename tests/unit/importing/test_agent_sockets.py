"""What only an agent's file knows of the sockets behind it: remarks on them, and the D2 daemon's socket."""

from pathlib import Path

from tests.unit.importing.importing import built_again, imported, lost

AGENT = """\
{ "Control-agent": {
  "http-host": "192.0.2.1", "http-port": 8000,
  "control-sockets": {
    "dhcp4": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket", "comment": "the IPv4 server" },
    "d2": { "socket-type": "unix", "socket-name": "/run/kea/kea-ddns-ctrl-socket", "user-context": { "in-use": false } }
  }
} }
"""
SERVER = """\
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "eth0" ] },
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" },
  "valid-lifetime": 4000
} }
"""


def test_the_d2_socket_and_remarks_come_back(tmp_path: Path) -> None:
    made = imported(tmp_path, {"a/kea-ctrl-agent.conf": AGENT, "a/kea-dhcp4.conf": SERVER}, source="2.6.3")
    assert made.text is not None
    assert lost(made) == []
    assert "d2: {socket-type: unix, socket-name: kea-ddns-ctrl-socket, user-context: {in-use: false}}" in made.text
    assert "dhcp4: {user-context: {comment: the IPv4 server}}" in made.text
    text = built_again(made)["a/kea-ctrl-agent.conf"].decode()
    assert '"socket-name": "/run/kea/kea-ddns-ctrl-socket"' in text
    assert '"comment": "the IPv4 server"' in text


def test_derived_sockets_are_not_written(tmp_path: Path) -> None:
    bare = """{ "Control-agent": { "http-host": "192.0.2.1", "http-port": 8000, "control-sockets": {
        "dhcp4": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" } } } }"""
    made = imported(tmp_path, {"a/kea-ctrl-agent.conf": bare, "a/kea-dhcp4.conf": SERVER}, source="2.6.3")
    assert made.text is not None
    assert lost(made) == []
    agent = made.text.partition("control-agent:")[2].partition("dhcp4:")[0]
    assert "http-port: 8000" in agent
    assert "control-sockets" not in agent
