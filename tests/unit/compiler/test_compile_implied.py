"""Law 2: what High Availability implies is derived, in an order and with paths that work."""

from __future__ import annotations

import pytest

from kea_hac.compiler.artifacts import Build
from tests.specs import build, config, findings_of, ha_of
from tests.unit.compiler.pairs import AGENT, HA, HOOKS, LEASE_COMMANDS, SENT, TLS, hub, pair

SQL = """
lease-database: {type: mysql, host: 192.0.2.50, name: leases, password: !secret /etc/kea/a.json}
hosts-databases: [{type: postgresql, host: 192.0.2.50, name: hosts, password: !secret /etc/kea/b.json}]
config-control: {config-databases: [{type: mysql, host: 192.0.2.50, name: conf, password: !secret /etc/kea/c.json}]}
"""


def libraries(text: str, server: str = "kea1") -> list[str]:
    return [entry["library"] for entry in config(build(text), server, "dhcp4")["hooks-libraries"]]


def test_lease_commands_first_and_ha_last() -> None:
    text = pair("hooks-libraries: [{library: libdhcp_stat_cmds.so}, {library: libdhcp_bootp.so}]")
    assert libraries(text) == [LEASE_COMMANDS, f"{HOOKS}libdhcp_stat_cmds.so", f"{HOOKS}libdhcp_bootp.so", HA]


def test_a_bare_ha_library_marks_its_place() -> None:
    text = pair("hooks-libraries: [{library: libdhcp_ha.so}, {library: libdhcp_stat_cmds.so}]")
    made = build(text)
    assert libraries(text) == [LEASE_COMMANDS, HA, f"{HOOKS}libdhcp_stat_cmds.so"]
    assert ha_of(made, "kea2", "dhcp4")["this-server-name"] == "kea2"


def test_the_users_own_lease_commands_library_keeps_its_place() -> None:
    text = pair("hooks-libraries: [{library: libdhcp_stat_cmds.so}, {library: libdhcp_lease_cmds.so}]")
    assert libraries(text) == [f"{HOOKS}libdhcp_stat_cmds.so", LEASE_COMMANDS, HA]


@pytest.mark.parametrize(
    ("kea", "between"),
    [
        ("2.2", ["libdhcp_mysql_cb.so"]),
        ("2.6", ["libdhcp_mysql_cb.so"]),
        ("3.0", ["libdhcp_mysql.so", "libdhcp_pgsql.so"]),
        ("3.2", ["libdhcp_mysql.so", "libdhcp_pgsql.so"]),
    ],
)
def test_sql_libraries_of_the_version(kea: str, between: list[str]) -> None:
    assert libraries(pair(SQL, kea=kea)) == [LEASE_COMMANDS, *(HOOKS + name for name in between), HA]


def test_parameters_of_the_ha_library_are_no_business_of_the_user() -> None:
    (found,) = findings_of(pair("hooks-libraries: [{library: libdhcp_ha.so, parameters: {high-availability: []}}]"))
    assert found.rule.name == "derived-key"


def test_commands_are_restricted_and_threads_are_on_in_every_version() -> None:
    for kea in ("2.2", "2.4", "2.6", "3.0", "3.2"):
        made = build(pair(kea=kea))
        assert config(made, "kea1", "dhcp4")["multi-threading"]["enable-multi-threading"] is True
        relationship = ha_of(made, "kea1", "dhcp4")
        assert relationship["restrict-commands"] is True
        assert relationship["multi-threading"] == {"enable-multi-threading": True, "http-dedicated-listener": True}


def test_threads_that_the_user_counts_are_completed() -> None:
    made = config(build(pair("multi-threading: {thread-pool-size: 4}")), "kea1", "dhcp4")
    assert made["multi-threading"] == {"enable-multi-threading": True, "thread-pool-size": 4}


def test_threads_without_a_listener_stay_the_users_to_say() -> None:
    """Kea demands enable-multi-threading beside thread-pool-size (seen on 2.2.0, 2.6.3, 3.0.4)."""
    lone = "kea-hac: 1\npair: p\nkea: 2.6\nplatform: debian\nservers: [{name: a, interfaces: [eth0]}]\n"
    (found,) = findings_of(lone + "dhcp4: {multi-threading: {thread-pool-size: 4}}\n")
    assert (found.rule.name, found.path) == ("missing-key", "dhcp4.multi-threading")


def test_tls_files_are_each_servers_own() -> None:
    made = build(pair())
    for server in ("kea1", "kea2"):
        relationship = ha_of(made, server, "dhcp4")
        assert relationship["cert-file"] == f"/etc/kea/{server}.pem"
        assert [peer["url"] for peer in relationship["peers"]] == [
            "https://192.0.2.11:8001/",
            "https://192.0.2.12:8001/",
        ]


OWN_FILES = """trust-anchor: /etc/kea/ca-{0}.pem
cert-file: /etc/kea/{0}.pem
key-file: /etc/kea/{0}.key"""


def _tls_of(made: Build, server: str, family: str = "dhcp4") -> list[tuple[object, ...]]:
    """The TLS files that each peer entry of a server's file uses."""
    relationship = ha_of(made, server, family)
    keys = ("trust-anchor", "cert-file", "key-file")
    return [tuple(peer.get(key, relationship.get(key)) for key in keys) for peer in relationship["peers"]]


@pytest.mark.parametrize("tls", ["", TLS], ids=["nothing for both", "others for both"])
def test_a_servers_tls_files_are_used_in_its_own_file_only(tls: str) -> None:
    """Kea opens the files of every peer entry on the host of the file (HA-40): a partner's key is not there."""
    made = build(pair(kea1=OWN_FILES.format("kea1"), kea2=OWN_FILES.format("kea2"), tls=tls))
    for server in ("kea1", "kea2"):
        own = (f"/etc/kea/ca-{server}.pem", f"/etc/kea/{server}.pem", f"/etc/kea/{server}.key")
        assert _tls_of(made, server) == [own, own]
        assert {peer["url"].partition(":")[0] for peer in ha_of(made, server, "dhcp4")["peers"]} == {"https"}


def test_one_servers_own_file_replaces_the_pairs_and_leaves_the_partner_alone() -> None:
    made = build(pair(kea2='cert-file: "/etc/kea/special-{server}.pem"'))
    assert _tls_of(made, "kea1") == [("/etc/kea/ca.pem", "/etc/kea/kea1.pem", "/etc/kea/kea1.key")] * 2
    assert _tls_of(made, "kea2") == [("/etc/kea/ca.pem", "/etc/kea/special-kea2.pem", "/etc/kea/kea2.key")] * 2


def test_a_servers_tls_files_by_family() -> None:
    own = "cert-file: {dhcp4: /etc/kea/four.pem, dhcp6: /etc/kea/six.pem}"
    text = pair(kea1=own, ha="listener: {dhcp4: 8001, dhcp6: 8002}") + "dhcp6:\n  valid-lifetime: 1h\n"
    made = build(text)
    assert {each[1] for each in _tls_of(made, "kea1")} == {"/etc/kea/four.pem"}
    assert {each[1] for each in _tls_of(made, "kea1", "dhcp6")} == {"/etc/kea/six.pem"}
    assert {each[1] for each in _tls_of(made, "kea2", "dhcp6")} == {"/etc/kea/kea2.pem"}


def test_a_hubs_tls_files_are_its_own_towards_every_spoke() -> None:
    text = hub("valid-lifetime: 1h").replace("{name: hub,", "{name: hub, cert-file: /etc/kea/center.pem,")
    made = build(text)
    libraries = {each["library"]: each for each in config(made, "hub", "dhcp4")["hooks-libraries"]}
    parameters = libraries[HA]["parameters"]["high-availability"]
    assert [each["cert-file"] for each in parameters] == ["/etc/kea/center.pem"] * 2
    assert not any("cert-file" in peer for each in parameters for peer in each["peers"])
    assert _tls_of(made, "north")[0][1] == "/etc/kea/north.pem"


OFF = "multi-threading: {http-dedicated-listener: false}"


def test_ha_through_the_agent_takes_its_port_and_scheme() -> None:
    made = build(pair(ha=OFF, top=AGENT, kea1=f"control-address: 10.8.0.11\n{SENT}", kea2=SENT))
    assert [peer["url"] for peer in ha_of(made, "kea2", "dhcp4")["peers"]] == [
        "https://10.8.0.11:8000/",
        "https://192.0.2.12:8000/",
    ]
    assert config(made, "kea1", "ctrl-agent")["http-host"] == "10.8.0.11"
    assert config(made, "kea1", "ctrl-agent")["cert-file"] == "/etc/kea/agent-kea1.pem"


def test_an_agent_on_every_address_is_dialled_at_the_servers_own() -> None:
    made = build(pair(ha=OFF, top=AGENT, kea1=f'control-address: "0.0.0.0"\n{SENT}', kea2=SENT))
    assert ha_of(made, "kea2", "dhcp4")["peers"][0]["url"] == "https://192.0.2.11:8000/"
    assert config(made, "kea1", "ctrl-agent")["http-host"] == "0.0.0.0"


def test_ha_through_an_http_socket() -> None:
    socket = "control-sockets: [{socket-type: http, socket-port: 8004, authentication: {type: basic, clients: []}}]"
    made = build(pair(socket, kea="3.0", ha=OFF, tls=""))
    assert ha_of(made, "kea1", "dhcp4")["peers"][1]["url"] == "http://192.0.2.12:8004/"
    assert config(made, "kea2", "dhcp4")["control-sockets"][1]["socket-address"] == "192.0.2.12"


def test_behind_nat_a_server_binds_one_address_and_is_dialled_at_another() -> None:
    made = build(pair(kea1="peer-address: 203.0.113.11"))
    assert ha_of(made, "kea1", "dhcp4")["peers"][0]["url"] == "https://192.0.2.11:8001/"
    assert ha_of(made, "kea2", "dhcp4")["peers"][0]["url"] == "https://203.0.113.11:8001/"


def test_behind_nat_the_agent_is_dialled_there_as_well() -> None:
    made = build(
        pair(ha=OFF, top=AGENT, kea1=f"peer-address: 203.0.113.11\ncontrol-address: 10.8.0.11\n{SENT}", kea2=SENT)
    )
    assert ha_of(made, "kea2", "dhcp4")["peers"][0]["url"] == "https://203.0.113.11:8000/"


def test_the_agents_hooks_get_paths() -> None:
    text = pair(
        kea="3.0", top=AGENT + '  hooks-libraries: [{library: libdhcp_rbac.so, parameters: {realm: "{server}"}}]\n'
    )
    assert config(build(text), "kea2", "ctrl-agent")["hooks-libraries"] == [
        {"library": f"{HOOKS}libdhcp_rbac.so", "parameters": {"realm": "kea2"}}
    ]


def test_the_d2_daemons_socket_is_the_one_that_the_agent_is_told_of() -> None:
    sockets = """\
  control-sockets:
    dhcp4: {user-context: {comment: the IPv4 server}}
    d2: {socket-name: kea-ddns-ctrl-socket}
"""
    assert config(build(pair(top=AGENT + sockets)), "kea1", "ctrl-agent")["control-sockets"] == {
        "dhcp4": {
            "socket-type": "unix",
            "socket-name": "/run/kea/kea4-ctrl-socket",
            "user-context": {"comment": "the IPv4 server"},
        },
        "d2": {"socket-name": "/run/kea/kea-ddns-ctrl-socket"},
    }


@pytest.mark.parametrize(
    ("entry", "rule", "path"),
    [
        ("dhcp4: {socket-name: other}", "derived-key", "control-agent.control-sockets.dhcp4.socket-name"),
        ("dhcp6: {socket-type: unix}", "missing-key", "control-agent.control-sockets.dhcp6"),
        ("d2: {socket-type: unix}", "missing-key", "control-agent.control-sockets.d2"),
    ],
)
def test_the_servers_own_sockets_are_not_said_again(entry: str, rule: str, path: str) -> None:
    (found,) = findings_of(pair(top=AGENT + f"  control-sockets: {{{entry}}}\n"))
    assert (found.rule.name, found.path) == (rule, path)
