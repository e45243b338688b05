"""Adopting a change of one server: every other file of the build stays, or gets exactly the adopted change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kea_hac.adopt.adopt import Adoption
from kea_hac.api import Loaded, load, loaded
from kea_hac.kea.config import Json
from kea_hac.source.ledger import Reading
from tests.unit.drift.adopting import Change, adopted, built, drop, holding, put, texts
from tests.unit.source.test_yaml_edit import lines

HA = ("hooks-libraries", -1, "parameters", "high-availability", 0)
SPEC = """\
kea-hac: 1
pair: p
kea: 2.6
platform: isc
servers:
  - {name: dhcp-a, role: primary, address: 192.0.2.11, interfaces: {lan: eth0, wan: eth1}}
  - {name: dhcp-b, role: standby, address: 192.0.2.12, interfaces: {lan: ens0, wan: ens1}}
high-availability:
  mode: hot-standby
  listener: {dhcp4: 8001, dhcp6: 8002}
  trust-anchor: /etc/kea/tls/ca.pem
  cert-file: "/etc/kea/tls/{server}.crt"
  key-file: "/etc/kea/tls/{server}.key"
control-agent:
  http-port: 8000
  trust-anchor: /etc/kea/tls/ca.pem
  cert-file: "/etc/kea/tls/{server}.crt"
  key-file: "/etc/kea/tls/{server}.key"
  authentication: {type: basic, realm: x, clients: [{user: u, password-file: /etc/kea/kea-api-password}]}
dhcp4:
  subnet4:
    - {id: 1, subnet: 10.1.0.0/24, interface: lan, pools: [{pool: 10.1.0.10-10.1.0.20}]}
dhcp6:
  subnet6:
    - {id: 1, subnet: "2001:db8:1::/64", interface: lan, pools: [{pool: "2001:db8:1::10-2001:db8:1::20"}]}
"""
A, B = "dhcp-a", "dhcp-b"


@pytest.fixture
def spec(tmp_path: Path) -> Loaded:
    (tmp_path / "spec.yaml").write_text(SPEC, "utf-8")
    return load(tmp_path / "spec.yaml")


def _files(spec: Loaded) -> dict[tuple[str, str], Json]:
    return {(node.name, daemon.name): config for node, daemon, config in built(spec)}


def _after(spec: Loaded, made: Adoption) -> dict[tuple[str, str], Json]:
    return _files(loaded(spec.path, Reading(made.plan.document)))


CERT = "/etc/kea/tls/dhcp-a-2025.crt"


@pytest.mark.parametrize("asked", [(A, B), (A,)], ids=["both answered", "the partner was not read"])
@pytest.mark.parametrize(
    ("daemon", "change", "written"),
    [
        ("dhcp4", put(*HA, "cert-file", CERT), "cert-file: {dhcp4: /etc/kea/tls/dhcp-a-2025.crt}}"),
        ("dhcp6", put(*HA, "key-file", "/etc/kea/tls/k.key"), "key-file: {dhcp6: /etc/kea/tls/k.key}}"),
        ("dhcp4", put(*HA, "trust-anchor", "/etc/kea/tls/ca-2.pem"), "trust-anchor: {dhcp4: /etc/kea/tls/ca-2.pem}}"),
        ("ctrl-agent", put("cert-file", CERT), 'control-agent: {cert-file: "/etc/kea/tls/{server}-2025.crt"}}'),
        ("ctrl-agent", put("trust-anchor", "/etc/kea/ca"), "control-agent: {trust-anchor: /etc/kea/ca}}"),
        (
            "ctrl-agent",
            put("authentication", "clients", 0, "user", "v"),
            "control-agent: {authentication: {clients: [{user: v, password-file: /etc/kea/kea-api-password}]}}}",
        ),
    ],
)
def test_a_file_of_one_server_goes_into_that_server(
    spec: Loaded, asked: tuple[str, ...], daemon: str, change: Change, written: str
) -> None:
    held = [each for each in holding(spec, (A, daemon, change)) if each.server in asked]
    made = adopted(spec, held)
    assert not made.refused, [each.reason for each in made.refused]
    old, new = _files(spec), _after(spec, made)
    assert [name for name in old if old[name] != new[name]] == [(A, daemon)]
    (come,) = lines(*texts(made))[1]
    assert come.startswith("  - {name: dhcp-a,")
    assert come.endswith(written)


def test_both_families_of_one_server_are_one_value(spec: Loaded) -> None:
    made = adopted(spec, holding(spec, *((A, family, put(*HA, "cert-file", CERT)) for family in ("dhcp4", "dhcp6"))))
    old, new = _files(spec), _after(spec, made)
    assert [name for name in old if old[name] != new[name]] == [(A, "dhcp4"), (A, "dhcp6")]
    assert lines(*texts(made))[1][0].endswith("cert-file: /etc/kea/tls/dhcp-a-2025.crt}")


def test_each_server_with_its_own_name_is_the_pair_s_template(spec: Loaded) -> None:
    changes = [
        (server, family, put(*HA, "cert-file", f"/etc/kea/tls/{server}-2025.crt"))
        for server in (A, B)
        for family in ("dhcp4", "dhcp6")
    ]
    assert lines(*texts(adopted(spec, holding(spec, *changes)))) == (
        ['  cert-file: "/etc/kea/tls/{server}.crt"'],
        ['  cert-file: "/etc/kea/tls/{server}-2025.crt"'],
    )


def test_tls_that_one_server_has_no_more_is_empty_in_that_server(spec: Loaded) -> None:
    def without(live: dict[str, Any]) -> None:
        for key in ("trust-anchor", "cert-file", "key-file"):
            drop(*HA, key)(live)

    made = adopted(spec, holding(spec, (A, "dhcp4", without)))
    for each in made.refused:
        assert each.reason.startswith("the spec would then have an error"), each.reason
    old, new = _files(spec), _after(spec, made)
    assert {name for name in old if old[name] != new[name]} <= {(A, "dhcp4")}


@pytest.mark.parametrize("asked", [(A, B), (A,)], ids=["both answered", "the partner was not read"])
@pytest.mark.parametrize(
    ("change", "partner"),
    [
        (put("subnet6", 0, "valid-lifetime", 5000), {"interface": "ens0", "valid-lifetime": 5000}),
        (put("subnet6", 0, "interface", "eth1"), {"interface": "ens1"}),
    ],
    ids=["the value", "the interface of the same alias"],
)
def test_what_all_servers_share_is_the_adopted_change_on_the_partner(
    spec: Loaded, asked: tuple[str, ...], change: Change, partner: dict[str, Json]
) -> None:
    held = [each for each in holding(spec, (A, "dhcp6", change)) if each.server in asked]
    made = adopted(spec, held)
    old, new = _files(spec), _after(spec, made)
    assert not made.refused
    assert [name for name in old if old[name] != new[name]] == [(A, "dhcp6"), (B, "dhcp6")]
    new[B, "dhcp6"]["user-context"] = old[B, "dhcp6"]["user-context"]  # the digest of the build
    assert new[B, "dhcp6"] == old[B, "dhcp6"] | {"subnet6": [old[B, "dhcp6"]["subnet6"][0] | partner]}


def test_a_port_that_moves_a_url_of_another_daemon_is_refused(tmp_path: Path) -> None:
    """HA over the agents: the agents' port is in the URLs of all DHCP servers."""
    text = SPEC.replace(
        "  listener: {dhcp4: 8001, dhcp6: 8002}\n", "  multi-threading: {http-dedicated-listener: false}\n"
    ).split("dhcp6:\n  subnet6")[0]
    for server in (A, B):
        credentials = "basic-auth-user: u, basic-auth-password-file: /etc/kea/kea-api-password"
        text = text.replace(f"name: {server},", f"name: {server}, {credentials},")
    (tmp_path / "spec.yaml").write_text(text, "utf-8")
    spec = load(tmp_path / "spec.yaml")
    made = adopted(spec, holding(spec, (A, "ctrl-agent", put("http-port", 8080))))
    assert not made.plan.texts
    (refused,) = made.refused
    assert "would also change hooks-libraries" in refused.reason
    assert "in dhcp4 of dhcp-a" in refused.reason


@pytest.mark.parametrize("asked", [(A, B), (A,)], ids=["both answered", "the partner was not read"])
def test_another_value_on_the_partner_is_never_proven(
    spec: Loaded, asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever plans the edit: one in a template of all servers gives the partner a value that nobody adopted."""
    monkeypatch.setattr("kea_hac.adopt.verification.Adopting._same_elsewhere", lambda *_: True)
    change = put(*HA, "cert-file", CERT)
    made = adopted(spec, [each for each in holding(spec, (A, "dhcp4", change)) if each.server in asked])
    assert not made.plan.texts
    (refused,) = made.refused
    assert refused.reason.startswith("the new build would also change hooks-libraries")
    assert "cert-file" in refused.reason
