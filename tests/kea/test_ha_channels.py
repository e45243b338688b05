"""What one side of an HA channel demands and the other does not send: real pairs, with what `build` writes and with what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kea.built import PASSWORD, USER, compiled, laid_out, pair_text, provided
from tests.kea.test_built_pairs import AUTHENTICATED, CLIENTS, SOCKET, TLS, leased, started
from tests.lab import VERSIONS, Group, Lab, LabError

pytestmark = pytest.mark.kea
OFF = "  multi-threading: {http-dedicated-listener: false}"
CREDENTIAL = f", basic-auth-user: {USER}, basic-auth-password-file: /etc/kea/password"
OWN = ", trust-anchor: /etc/kea/tls/ca.pem, cert-file: /etc/kea/tls/{0}.pem, key-file: /etc/kea/tls/{0}.key"
LISTENER = "  listener: {dhcp4: 8001, dhcp6: 8002}"
ALONE = {"kea1": "partner-down", "kea2": "partner-down"}
Relationship = dict[str, Any]


def test_each_server_has_its_own_tls_files_and_no_others(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    text = pair_text(kea_version, "hot-standby", kea1=OWN.format("kea1"), kea2=OWN.format("kea2"))
    build = compiled(_spec(tmp_path, text))
    needed = {server: {path.rpartition("/")[2] for path in files} for server, files in provided(build).items()}
    assert needed["kea1"] >= {"ca.pem", "kea1.pem", "kea1.key"}
    assert not any("kea2" in name for name in needed["kea1"])
    group = started(lab, kea_version, text, tmp_path)
    group.wait(dict.fromkeys(("kea1", "kea2"), "hot-standby"))
    leased(group, 4, CLIENTS)
    group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS})


def _spec(folder: Path, text: str) -> Path:
    path = folder / "spec.yaml"
    path.write_text(text, "utf-8")
    return path


def _changed(lab: Lab, version: str, text: str, folder: Path, change: Callable[[str, Relationship], None]) -> Group:
    """The pair of a spec, with every server's relationship changed by hand."""
    build = compiled(_spec(folder, text))
    servers = laid_out(build, folder / "out")
    for server, below in servers.items():
        file = below / "kea-dhcp4.conf"
        config = json.loads(file.read_text("utf-8"))
        (library,) = (each for each in config["Dhcp4"]["hooks-libraries"] if "libdhcp_ha" in each["library"])
        change(server, library["parameters"]["high-availability"][0])
        file.write_text(json.dumps(config), "utf-8")
    return lab.group(version, servers, provided(build))


def _without_tls(server: str, relationship: Relationship) -> None:
    """kea2 loses its TLS files."""
    if server == "kea2":
        for key in ("trust-anchor", "cert-file", "key-file"):
            del relationship[key]
        for peer in relationship["peers"]:
            peer["url"] = peer["url"].replace("https", "http")


def test_tls_on_one_server_only_is_a_split_brain(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    text = pair_text(kea_version, "hot-standby", ha=f"{TLS}\n{LISTENER}")
    group = _changed(lab, kea_version, text, tmp_path, _without_tls)
    group.start()
    group.wait(ALONE)


def test_tls_towards_an_agent_that_speaks_none_is_a_split_brain(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    def through_the_agent(server: str, relationship: Relationship) -> None:
        relationship["multi-threading"]["http-dedicated-listener"] = False
        for peer in relationship["peers"]:
            peer["url"] = peer["url"].replace("https", "http").replace("8001", "8000")

    text = pair_text(kea_version, "hot-standby", ha=f"{TLS}\n{LISTENER}")
    group = _changed(lab, kea_version, text, tmp_path, through_the_agent)
    group.start()
    group.wait(ALONE)


def provided_names(server: str) -> dict[str, str]:
    """The three TLS files of a server, as `TLS` names them."""
    return {
        "trust-anchor": "/etc/kea/tls/ca.pem",
        "cert-file": f"/etc/kea/tls/{server}.pem",
        "key-file": f"/etc/kea/tls/{server}.key",
    }


def test_the_partners_key_is_not_on_this_host(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """What a list of peers with each peer's own files means: each server wants its partner's key as well."""

    def by_peer(server: str, relationship: Relationship) -> None:
        for peer in relationship["peers"]:
            peer.update(provided_names(peer["name"]))

    text = pair_text(kea_version, "hot-standby", ha=f"{TLS}\n{LISTENER}")
    group = _changed(lab, kea_version, text, tmp_path, by_peer)
    with pytest.raises(LabError, match=r"(?i)tls|pem"):
        group.start()


def _no_credential(server: str, relationship: Relationship) -> None:
    for peer in relationship["peers"]:
        peer.pop("basic-auth-user", None)
        peer.pop("basic-auth-password-file", None)


def _other_user(server: str, relationship: Relationship) -> None:
    for peer in relationship["peers"]:
        peer["basic-auth-user"] = "somebody-else"


def _other_password(server: str, relationship: Relationship) -> None:
    for peer in relationship["peers"]:
        del peer["basic-auth-password-file"]
        peer["basic-auth-password"] = f"not-{PASSWORD}"


REFUSED = [_no_credential, _other_user, _other_password]


@pytest.mark.parametrize("change", REFUSED, ids=["none", "other user", "other password"])
def test_an_agent_that_refuses_the_partner_is_a_split_brain(
    lab: Lab, kea_version: str, change: Callable[[str, Relationship], None], tmp_path: Path
) -> None:
    text = pair_text(kea_version, "hot-standby", ha=OFF, agent=AUTHENTICATED, kea1=CREDENTIAL, kea2=CREDENTIAL)
    group = _changed(lab, kea_version, text, tmp_path, change)
    group.start()
    group.wait(ALONE)


@pytest.mark.parametrize("kea_version", VERSIONS[2:], indirect=True)
@pytest.mark.parametrize("change", REFUSED, ids=["none", "other user", "other password"])
def test_a_control_socket_that_refuses_the_partner_is_a_split_brain(
    lab: Lab, kea_version: str, change: Callable[[str, Relationship], None], tmp_path: Path
) -> None:
    text = pair_text(
        kea_version, "hot-standby", ha=OFF, v4=SOCKET.format(kind="http", tls=""), kea1=CREDENTIAL, kea2=CREDENTIAL
    )
    group = _changed(lab, kea_version, text, tmp_path, change)
    group.start()
    group.wait(ALONE)
    assert "nauthorized" in group.log("kea1", "dhcp4") + group.log("kea2", "dhcp4")


@pytest.mark.parametrize("kea_version", VERSIONS[1:], indirect=True)
def test_a_password_that_nobody_asks_for_does_no_harm(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    text = pair_text(kea_version, "hot-standby", ha=OFF, kea1=CREDENTIAL, kea2=CREDENTIAL)
    group = started(lab, kea_version, text, tmp_path)
    group.wait(dict.fromkeys(("kea1", "kea2"), "hot-standby"))


def test_the_sockets_that_take_the_place_of_an_agent(lab: Lab, tmp_path: Path) -> None:
    """Built for 3.2, which has no agent, and run by 3.0.4: HA and tools use the sockets with the agent's port and password."""
    agent = "  authentication: {type: basic, clients: [{user-file: user, password-file: password}]}"
    own = f", basic-auth-user: {USER}, basic-auth-password-file: /etc/kea/password"
    text = pair_text("3.2", "hot-standby", ha=OFF, agent=agent, kea1=own, kea2=own)
    build = compiled(_spec(tmp_path, text))
    group = lab.group("3.0.4", laid_out(build, tmp_path / "out"), provided(build))
    group.start()
    group.wait(dict.fromkeys(("kea1", "kea2"), "hot-standby"))
    leased(group, 4, CLIENTS)
    group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS})
    url = "http://192.0.2.2:8000/"
    assert group.http("client", url, "status-get")[0] == 401
    assert group.http("client", url, "status-get", service="dhcp4", user=USER, password=PASSWORD)[0] == 200
