"""Real servers asked by `gather`, over every channel: what they say is whole, and what they refuse is told apart."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import kea_hac
from kea_hac.kea.config import DHCP4
from kea_hac.live.access import Access
from kea_hac.live.endpoint import Endpoint, Live, Unix, Unread
from kea_hac.live.gather import gather
from kea_hac.live.ha_state import PHASES, ha_state
from kea_hac.live.limits import RequestLimits
from tests.kea.built import PASSWORD, USER, compiled, laid_out, pair_text, provided
from tests.kea.test_built_pairs import AUTHENTICATED, SOCKET, TLS, started
from tests.lab import VERSIONS, Group, Lab

pytestmark = pytest.mark.kea

ROOT = Path(kea_hac.__file__).parent.parent
KNOWN = {"KEA_HAC_USER": USER, "KEA_HAC_PASSWORD": PASSWORD}
AGENT = "http://192.0.2.1:8000/"


class Client:
    """kea-hac on the lab's client host."""

    def __init__(self, group: Group, folder: Path) -> None:
        self.group, self.spec, self.took = group, folder / "spec.yaml", 0.0

    def ask(self, *options: str, known: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
        """What became of each daemon: "kea1/dhcp4" → the fields of Live or Unread, and `live`."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **(KNOWN if known is None else known)}
        argv = [sys.executable, "-m", "tests.kea.live_client", self.spec, *options]
        done = self.group.run("client", [str(each) for each in argv], environment, ROOT)
        assert done.returncode == 0, done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        said = json.loads(done.stdout)
        self.took = said["took"]
        return {f"{each['server']}/{each['daemon']}": each for each in said["found"]}

    def one(self, name: str, *options: str, known: dict[str, str] | None = None) -> str:
        """Why one daemon could not be read: trouble and reason."""
        found = self.ask(*options, known=known)[name]
        assert not found["live"], found
        return f"{found['trouble']}: {found['reason']}"


def test_agents_and_unix_sockets(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    group = started(lab, kea_version, pair_text(kea_version, "hot-standby", (4, 6), agent=AUTHENTICATED), tmp_path)
    client = Client(group, tmp_path)
    found = client.ask()
    names = [f"kea{number}/{daemon}" for number in (1, 2) for daemon in ("dhcp4", "dhcp6", "ctrl-agent")]
    assert list(found) == names
    for name, each in found.items():
        assert each["live"], each
        assert each["version"] == kea_version
        assert each["gaps"] == []
        assert each["config"]["user-context"]["kea-hac"]["server"] == each["server"]
        assert (each["hash"] is None) == (kea_version == "2.2.0")
        assert ("high-availability" in each["status"]) == ("ctrl-agent" not in name)
        told = ha_state(each["status"])
        assert told is not None
        assert [relation.role for relation in told.relations] == (
            [] if "ctrl-agent" in name else ["primary" if each["server"] == "kea1" else "standby"]
        )
        assert all(relation.state in PHASES for relation in told.relations)
    answer = group.command("kea1", "dhcp4", "config-get")["arguments"]["Dhcp4"]
    assert found["kea1/dhcp4"]["config"] == answer

    by_unix = client.ask(*(f"--live={name}=unix:{_socket(group, name)}" for name in names if "agent" not in name))
    for name in names:
        assert by_unix[name]["config"] == found[name]["config"]
        assert by_unix[name]["source"].startswith("control agent" if "agent" in name else "unix socket")

    hashes: dict[str, dict[str, str]] = {"kea1": {}, "kea2": {"dhcp4": "0" * 64}}
    hashes["kea1"] = {daemon: found[f"kea1/{daemon}"]["hash"] or "0" * 64 for daemon in ("dhcp4", "ctrl-agent")}
    quiet = client.ask(f"--expect={json.dumps(hashes)}")
    for name in names:
        known = kea_version != "2.2.0" and name in ("kea1/dhcp4", "kea1/ctrl-agent")
        assert quiet[name]["config"] == (None if known else found[name]["config"])
        assert quiet[name]["hash"] == found[name]["hash"]

    wrong = {**KNOWN, "KEA_HAC_PASSWORD": "guess"}
    assert client.one("kea1/dhcp4", known=wrong).startswith("refused: config-get: 401 Unauthorized: the user name or")
    assert "it requires a user name and a password" in client.one("kea2/ctrl-agent", known={})
    assert "403 Forbidden: an HA listener" in client.one("kea1/dhcp4", "--live", "kea1=http://192.0.2.1:8001/")
    assert "refused: config-get: the port does not use TLS" in client.one(
        "kea1/dhcp4", "--live", "kea1=https://192.0.2.1:8000/"
    )

    group.kill("kea1", "dhcp6")
    group.stop("kea2", "ctrl-agent")
    found = client.ask(f"--live=kea2/dhcp6=unix:{_socket(group, 'kea1/dhcp6')}")
    troubles = [f"{each['trouble']}: {each['reason']}" if not each["live"] else "" for each in found.values()]
    assert [bool(trouble) for trouble in troubles] == [False, True, False, True, True, True]
    assert troubles[1].startswith(
        "down: config-get: the control agent runs, but the daemon behind it does not: unable to forward"
    )
    assert troubles[3].startswith("unreachable: config-get: after 3 tries: nothing listens there")
    assert troubles[4].startswith("down: config-get: after 3 tries: no process answers at this socket")
    assert troubles[5].startswith("down: config-get: after 3 tries: nothing listens there")
    group.cut("kea2")
    assert client.one("kea2/dhcp4").startswith("unreachable: config-get: ")
    assert client.took < 8


def _socket(group: Group, name: str) -> Path:
    server, daemon = name.split("/")
    return group.path(server, f"/run/kea/kea{daemon[-1]}-ctrl-socket")


def _tls(group: Group) -> list[str]:
    files = {"cacert": "ca.pem", "cert": "kea2.pem", "key": "kea2.key"}
    return [f"--{option}={group.path('kea2', f'/etc/kea/tls/{name}')}" for option, name in files.items()]


def test_an_agent_with_mutual_tls(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    group = started(lab, kea_version, pair_text(kea_version, "hot-standby", agent=f"{TLS}\n{AUTHENTICATED}"), tmp_path)
    client = Client(group, tmp_path)
    opened = _tls(group)
    found = client.ask(*opened)
    assert [each["live"] for each in found.values()] == [True] * 4
    assert found["kea1/dhcp4"]["source"] == "control agent https://192.0.2.1:8000/"
    assert client.one("kea1/dhcp4", *opened, known={}).startswith("refused: config-get: 401")
    assert "use --cert and --key" in client.one("kea1/dhcp4", opened[0])
    assert "name the right authority with --cacert" in client.one("kea1/dhcp4")
    assert "require https" in client.one("kea1/dhcp4", "--live", f"kea1={AGENT}")


@pytest.mark.parametrize("kind", ["http", "https"])
@pytest.mark.parametrize("kea_version", VERSIONS[2:], indirect=True)
def test_a_servers_own_http_socket(lab: Lab, kea_version: str, kind: str, tmp_path: Path) -> None:
    tls = "\n".join(f"    {line}" for line in TLS.splitlines()) if kind == "https" else ""
    text = pair_text(kea_version, "hot-standby", (4, 6), v4=SOCKET.format(kind=kind, tls=tls))
    group = started(lab, kea_version, text, tmp_path)
    client = Client(group, tmp_path)
    opened = _tls(group) if kind == "https" else []
    url = f"{kind}://192.0.2.1:8004/"
    found = client.ask(*opened)
    # with --cacert nothing is sent to the agent, which speaks plain HTTP
    assert [each["live"] for each in found.values()] == ([True] * 6 if kind == "http" else [True, False, False] * 2)
    assert kind == "http" or "--cacert is set" in found["kea1/dhcp6"]["reason"]
    assert found["kea1/dhcp4"]["source"] == f"HTTP control socket {url}"
    assert found["kea1/dhcp6"]["source"] == f"control agent {AGENT}"
    assert found["kea1/dhcp4"]["config"] == group.command("kea1", "dhcp4", "config-get")["arguments"]["Dhcp4"]
    assert client.one("kea1/dhcp4", *opened, known={}).startswith("refused: config-get: 401")
    # this socket answers for itself, whatever service the request names
    other = client.one("kea1/dhcp6", *opened, "--live", f"kea1/dhcp6={url}")
    assert other.startswith("unclear: config-get: Dhcp6 was expected, but the answer contains Dhcp4")
    group.kill("kea1", "dhcp4")
    assert client.one("kea1/dhcp4", *opened).startswith("down: config-get: after 3 tries: nothing listens there")


@pytest.mark.parametrize("fault", ["port taken", "unknown mode"])
@pytest.mark.parametrize("kea_version", VERSIONS[1:], indirect=True)
def test_a_server_that_fails_to_start_is_not_believed(lab: Lab, kea_version: str, fault: str, tmp_path: Path) -> None:
    """It answers for some milliseconds: with its whole configuration when HA's port is taken, with none for a bad mode."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(pair_text(kea_version, "hot-standby"), "utf-8")
    build = compiled(spec)
    folders = laid_out(build, tmp_path / "out")
    if fault == "unknown mode":
        file = folders["kea1"] / "kea-dhcp4.conf"
        file.write_bytes(file.read_bytes().replace(b'"mode": "hot-standby"', b'"mode": "hot-stand-by"'))
    group = lab.group(kea_version, folders, provided(build))
    daemon = group.daemon("kea1", "dhcp4")
    endpoint = Endpoint("kea1", DHCP4, Unix(str(group.path("kea1", "/run/kea/kea4-ctrl-socket"))))
    limits = RequestLimits(connect=1, total=2, tries=1, settle=0.3)
    said: list[Live | Unread] = []

    def poll() -> None:
        while daemon.alive:
            said.extend(gather([endpoint], Access(), limits=limits))

    with _port_taken(group) if fault == "port taken" else socket.socket():
        for _ in range(20):
            daemon.launch()
            threads = [threading.Thread(target=poll) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            daemon.end()
            if _answered(said) > 2:
                break
    assert not [each for each in said if isinstance(each, Live)]
    assert _answered(said), "no question met the moment in which it answers"


def _answered(said: list[Live | Unread]) -> int:
    return sum("did not answer a moment later" in each.reason for each in said if isinstance(each, Unread))


def _port_taken(group: Group) -> socket.socket:
    def take() -> socket.socket:
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("192.0.2.1", 8001))
        taken.listen()
        return taken

    return group.inside("kea1", take)
