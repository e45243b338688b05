"""What `build` writes, started unchanged by real Kea: the pair reaches its HA state, leases, survives, and is whole again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kea.built import PASSWORD, USER, compiled, laid_out, pair_text, provided
from tests.lab import VERSIONS, Group, Lab

pytestmark = pytest.mark.kea

CLIENTS = 40
AUTHENTICATED = "  authentication: {type: basic, clients: [{user-file: user, password-file: password}]}"
TLS = '  trust-anchor: /etc/kea/tls/ca.pem\n  cert-file: "/etc/kea/tls/{server}.pem"\n  key-file: "/etc/kea/tls/{server}.key"'


def started(lab: Lab, version: str | dict[str, str], text: str, folder: Path) -> Group:
    """The pair of a spec, up and running."""
    spec = folder / "spec.yaml"
    spec.write_text(text, "utf-8")
    build = compiled(spec)
    group = lab.group(version, laid_out(build, folder / "out"), provided(build))
    group.start()
    return group


def leased(group: Group, family: int, count: int, start: int = 0) -> None:
    """Every lease that is asked for is given."""
    lease = group.lease4 if family == 4 else group.lease6
    found = lease(count, start=start)
    assert found.complete, f"dhcp{family}: {found}"


def addresses(group: Group, server: str, family: int) -> set[str]:
    return {str(entry["ip-address"]) for entry in group.leases(server, family)}


@pytest.mark.parametrize("families", [(4,), (4, 6)], ids=["v4", "v4+v6"])
@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_a_pair_leases_survives_and_is_whole_again(
    lab: Lab, kea_version: str, mode: str, families: tuple[int, ...], tmp_path: Path
) -> None:
    group = started(lab, kea_version, pair_text(kea_version, mode, families), tmp_path)
    for family in families:
        group.wait(dict.fromkeys(("kea1", "kea2"), mode), family)
        leased(group, family, CLIENTS)
        group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS}, family)
        assert addresses(group, "kea1", family) == addresses(group, "kea2", family)

    group.kill("kea1")
    for family in families:
        group.failover("kea1", "kea2", family)
        leased(group, family, 20, start=1000)

    group.start("kea1")
    for family in families:
        group.wait(dict.fromkeys(("kea1", "kea2"), mode), family)
        assert addresses(group, "kea1", family) == addresses(group, "kea2", family)
        assert len(addresses(group, "kea1", family)) >= CLIENTS + 20


@pytest.mark.parametrize("families", [(4,), (4, 6)], ids=["v4", "v4+v6"])
def test_passive_backup_keeps_a_copy(lab: Lab, kea_version: str, families: tuple[int, ...], tmp_path: Path) -> None:
    group = started(lab, kea_version, pair_text(kea_version, "passive-backup", families), tmp_path)
    for family in families:
        group.wait({"kea1": "passive-backup", "kea2": "backup"}, family)
        leased(group, family, CLIENTS)
        group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS}, family)
        assert addresses(group, "kea1", family) == addresses(group, "kea2", family)


def test_load_balancing_gives_each_server_its_half(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    group = started(lab, kea_version, pair_text(kea_version, "load-balancing", (4, 6)), tmp_path)
    group.wait(dict.fromkeys(("kea1", "kea2"), "load-balancing"), 4)
    leased(group, 4, CLIENTS)
    given = sorted(int(address.rpartition(".")[2]) for address in addresses(group, "kea1", 4))
    assert [number for number in given if number <= 135], "the primary's half starts at .20"
    assert [number for number in given if number >= 136], "the secondary's half starts at .136"
    group.wait(dict.fromkeys(("kea1", "kea2"), "load-balancing"), 6)
    assert group.lease6(CLIENTS, prefix=True).complete


@pytest.mark.parametrize("kea_version", VERSIONS[1:], indirect=True)
@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_mutual_tls(lab: Lab, kea_version: str, mode: str, tmp_path: Path) -> None:
    text = pair_text(kea_version, mode, (4, 6), ha=f"{TLS}\n  listener: {{dhcp4: 8001, dhcp6: 8002}}")
    group = started(lab, kea_version, text, tmp_path)
    for family in (4, 6):
        group.wait(dict.fromkeys(("kea1", "kea2"), mode), family)
        leased(group, family, CLIENTS)
        group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS}, family)
    with pytest.raises(OSError, match=r"(?i)ssl|tls|reset|alert|closed|eof"):
        group.http("kea2", "https://192.0.2.1:8001/", "ha-heartbeat", ca=group.path("kea2", "/etc/kea/tls/ca.pem"))


def test_the_agent_asks_for_its_password(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    group = started(lab, kea_version, pair_text(kea_version, "hot-standby", agent=AUTHENTICATED), tmp_path)
    url = "http://192.0.2.1:8000/"
    status, answer = group.http("client", url, "config-get", service="dhcp4", user=USER, password=PASSWORD)
    assert (status, answer[0]["result"]) == (200, 0)
    stamp = answer[0]["arguments"]["Dhcp4"]["user-context"]["kea-hac"]
    assert (stamp["pair"], stamp["server"]) == ("pair", "kea1")
    for wrong in ({}, {"user": USER, "password": "guess"}, {"user": "guess", "password": PASSWORD}):
        assert group.http("client", url, "config-get", service="dhcp4", **wrong)[0] == 401


def test_an_agent_over_tls_wants_a_certificate(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    group = started(lab, kea_version, pair_text(kea_version, "hot-standby", agent=f"{TLS}\n{AUTHENTICATED}"), tmp_path)
    ca, cert, key = (group.path("kea2", f"/etc/kea/tls/{name}") for name in ("ca.pem", "kea2.pem", "kea2.key"))
    url = "https://192.0.2.1:8000/"
    status, answer = group.http(
        "kea2", url, "config-get", service="dhcp4", user=USER, password=PASSWORD, ca=ca, cert=cert, key=key
    )
    assert (status, answer[0]["result"]) == (200, 0)
    with pytest.raises(OSError, match=r"(?i)ssl|tls|reset|alert|closed|eof"):
        group.http("kea2", url, "config-get", user=USER, password=PASSWORD, ca=ca)


@pytest.mark.parametrize("families", [(4,), (4, 6)], ids=["v4", "v4+v6"])
def test_high_availability_through_the_agent(
    lab: Lab, kea_version: str, families: tuple[int, ...], tmp_path: Path
) -> None:
    through = "  multi-threading: {http-dedicated-listener: false}"
    peer = ", basic-auth-user: test-operator, basic-auth-password-file: /etc/kea/password"
    text = pair_text(kea_version, "hot-standby", families, ha=through, agent=AUTHENTICATED, kea1=peer, kea2=peer)
    group = started(lab, kea_version, text, tmp_path)
    for family in families:
        group.wait(dict.fromkeys(("kea1", "kea2"), "hot-standby"), family)
        leased(group, family, CLIENTS)
        group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS}, family)


SOCKET = """
  control-sockets:
    - socket-type: {kind}
      socket-port: 8004
      authentication: {{type: basic, clients: [{{user-file: user, password-file: password}}]}}
{tls}
"""


@pytest.mark.parametrize("kind", ["http", "https"])
@pytest.mark.parametrize("kea_version", VERSIONS[2:], indirect=True)
def test_high_availability_through_an_http_socket(lab: Lab, kea_version: str, kind: str, tmp_path: Path) -> None:
    tls = TLS if kind == "https" else ""
    indented = "\n".join(f"    {line}" for line in tls.splitlines())
    peer = ", basic-auth-user: test-operator, basic-auth-password-file: /etc/kea/password"
    ha = f"  multi-threading: {{http-dedicated-listener: false}}\n{tls}"
    v4 = SOCKET.format(kind=kind, tls=indented)
    group = started(
        lab, kea_version, pair_text(kea_version, "hot-standby", ha=ha, v4=v4, kea1=peer, kea2=peer), tmp_path
    )
    group.wait(dict.fromkeys(("kea1", "kea2"), "hot-standby"))
    leased(group, 4, CLIENTS)
    group.wait_leases({"kea1": CLIENTS, "kea2": CLIENTS})
    given = {"user": USER, "password": PASSWORD}
    files = {} if kind == "http" else {
        "ca": group.path("kea2", "/etc/kea/tls/ca.pem"),
        "cert": group.path("kea2", "/etc/kea/tls/kea2.pem"),
        "key": group.path("kea2", "/etc/kea/tls/kea2.key"),
    }  # fmt: skip
    status, answer = group.http("kea2", f"{kind}://192.0.2.1:8004/", "config-get", **given, **files)
    assert (status, answer[0]["result"]) == (200, 0)
    assert group.http("kea2", f"{kind}://192.0.2.1:8004/", "config-get", user=USER, password="guess", **files)[0] == 401
