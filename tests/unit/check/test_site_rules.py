"""Rules on the whole site, at their edges: where they speak, and where they are silent."""

from __future__ import annotations

import pytest

import kea_hac
from tests.specs import build, checked, findings_of
from tests.unit.compiler.pairs import AGENT, SENT, hub, pair

SQL = "lease-database: {{type: mysql, host: {}, name: kea, user: kea, password: !secret /etc/kea/db.json}}"


def rules(text: str) -> list[str]:
    return [each.rule.name for each in findings_of(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (pair(SQL.format("192.0.2.50")), ["shared-lease-database"]),
        (pair(SQL.format("localhost")), []),
        (pair(SQL.format('"{address}"')), []),
        (pair(SQL.format("192.0.2.50"), kea2="dhcp4: {lease-database: {host: 192.0.2.51}}"), []),
        (pair(SQL.format("192.0.2.50"), kea2="dhcp4: {lease-database: {name: other}}"), []),
        (pair("lease-database: {type: memfile}"), []),
    ],
)
def test_a_lease_database_that_both_write(text: str, found: list[str]) -> None:
    assert [name for name in rules(text) if name == "shared-lease-database"] == found


def test_a_shared_database_without_lease_updates_is_what_kea_advises() -> None:
    text = pair(SQL.format("192.0.2.50"), ha="listener: 8001\nsend-lease-updates: false\nsync-leases: false")
    assert "shared-lease-database" not in rules(text)


MICETRO = AGENT + "micetro: {}\n"
SHARED = AGENT + "micetro: {agent: {name: mm1, address: 192.0.2.5}}\n"
BACKEND = "config-control: {config-databases: [{type: mysql, name: kea, user: kea, password: !secret /etc/kea/c.json}]}"


def entries(text: str, path: str) -> list[str]:
    return build(text).files[path].decode().splitlines()


def test_preferences_of_an_agent_on_every_server() -> None:
    text = pair(top=AGENT + "micetro: {owner: micetro}\n", kea2="control-address: 10.8.0.12")
    assert entries(text, "kea2/preferences.cfg") == [
        '<keaHooksLocation value="/usr/lib/x86_64-linux-gnu/kea/hooks"/>',
        '<keaControlAgentHost value="10.8.0.12"/>',
        '<keaControlAgentPort value="8000"/>',
        '<keaReplicateConfig value="1"/>',
    ]


def test_preferences_of_one_agent_for_all_name_no_host() -> None:
    text = pair(top=AGENT + "micetro: {agent: {name: mm1, address: 192.0.2.5}}\n")
    assert entries(text, "mm1/preferences.cfg") == [
        '<keaHooksLocation value="/usr/lib/x86_64-linux-gnu/kea/hooks"/>',
        '<keaControlAgentPort value="8000"/>',
        '<keaReplicateConfig value="0"/>',
    ]
    assert "kea1/preferences.cfg" not in build(text).files


def test_premium_hooks_where_both_libraries_are_loaded() -> None:
    hooks = "hooks-libraries: [{library: libdhcp_subnet_cmds.so}, {library: libdhcp_class_cmds.so}]"
    assert '<UseKeaPremiumHooks value="1"/>' in entries(pair(hooks, kea="3.0", top=MICETRO), "kea1/preferences.cfg")
    assert not any("Premium" in line for line in entries(pair(kea="3.0", top=MICETRO), "kea1/preferences.cfg"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (pair(top=MICETRO), []),
        (pair(top=MICETRO, kea2="control-agent: false"), []),
        (pair(top="micetro: {}\n"), []),
        (pair("control-sockets: []", top="micetro: {}\n"), ["micetro-without-control-agent"]),
        (pair(top=SHARED.replace("control-agent:", "x-none:")), ["micetro-without-control-agent"]),
        (pair(top=SHARED, kea2="control-agent: false"), ["micetro-without-control-agent"]),
        (pair(top=SHARED, kea2="control-address: 127.0.0.1"), ["loopback-agent-behind-micetro"]),
        (pair(top=SHARED.replace("192.0.2.5", "192.0.2.12"), kea2="control-address: 127.0.0.1"), []),
        (pair(top=AGENT + "micetro: {version: 11.1}\n"), []),
        (pair(top=AGENT + "micetro: {version: 11.1.1}\n", kea2="kea: 3.0"), ["kea-version-not-listed-by-micetro"]),
        (pair(top=AGENT + "micetro: {version: 25.1}\n", kea="3.0"), []),
        (pair(top=AGENT + "micetro: {owner: micetro}\n", kea2="dhcp4: {interfaces-config: {re-detect: false}}"), []),
        (pair(BACKEND, top=AGENT + "micetro: {owner: micetro}\n"), ["config-backend-under-micetro"]),
        (pair(BACKEND, top=AGENT + "micetro: {owner: kea-hac}\n"), []),
        (pair(top=MICETRO, kea2="dhcp4: {server-tag: b}"), []),
        (
            pair(top=AGENT + "micetro: {owner: micetro}\n", kea2="dhcp4: {server-tag: b, loggers: null}"),
            ["server-values-under-micetro", "server-values-under-micetro"],
        ),
        (pair(top=AGENT + "micetro: {agent: {name: kea2, address: 192.0.2.5}}\n"), ["same-server-name"]),
        (pair(top=AGENT + "micetro: {agent: {name: m, address: 192.0.2.5}}\n", kea2="platform: rhel"), [
            "unlike-servers-behind-one-micetro-agent",
        ]),
    ],
)  # fmt: skip
def test_what_micetro_can_live_with(text: str, found: list[str]) -> None:
    assert [name for name in rules(text) if "micetro" in name or name == "same-server-name"] == found


def test_no_agent_of_both_servers_is_said_once() -> None:
    (found,) = findings_of(pair(top="micetro: {agent: {name: mm1, address: 192.0.2.5}}\n"))
    assert found.message == (
        "no control agent runs on kea1 and kea2, and the DHCP Agent on another host reaches Kea only through it"
    )


def test_the_socket_beside_the_agent_needs_no_host_and_no_port() -> None:
    assert entries(pair(top="micetro: {}\n"), "kea1/preferences.cfg") == [
        '<keaHooksLocation value="/usr/lib/x86_64-linux-gnu/kea/hooks"/>',
        '<keaReplicateConfig value="0"/>',
    ]


def test_a_micetro_version_without_a_known_list_is_skipped_and_a_wrong_one_refused() -> None:
    skipped = checked(pair(top=AGENT + "micetro: {version: 25.1}\n")).report.skipped
    assert [each.what for each in skipped] == ["the Kea versions that Micetro 25.1 supports"]
    (found,) = findings_of(pair(top=AGENT + "micetro: {version: latest}\n"))
    assert (found.rule.code, found.path) == ("KH101", "micetro.version")


def test_the_steps_in_micetro_are_listed_for_each_server() -> None:
    needs = kea_hac.needs(checked(pair(top=SHARED)))
    first, second = (needs[server].in_full()["micetro"] for server in ("kea1", "kea2"))
    assert "with 192.0.2.5 as proxy" in first[2]
    assert first[3] == "4. do not add kea2: Micetro finds the relationship in the primary's configuration"
    assert second[-1] == "3. do not add this server in Micetro: it is found through its primary"
    assert "micetro" not in needs["kea1"].as_data()
    assert "micetro" not in kea_hac.needs(checked(pair(top=AGENT)))["kea1"].in_full()


def test_a_port_clash_of_both_servers_is_said_once() -> None:
    (found,) = findings_of(pair(top=AGENT, ha="listener: 8000"))
    assert found.message.startswith("on kea1 and kea2 the HA listener of dhcp4 and the control agent use port 8000")


def test_ports_do_not_clash_on_addresses_of_their_own() -> None:
    text = pair(top=AGENT, ha="listener: 8000", kea1="control-address: 10.8.0.1", kea2="control-address: 10.8.0.2")
    assert rules(text) == []
    assert rules(text.replace("10.8.0.1\n", "0.0.0.0\n")) == ["port-taken-twice"]


def test_no_listener_no_clash() -> None:
    assert rules(pair(top=AGENT, ha="multi-threading: {http-dedicated-listener: false}", kea1=SENT, kea2=SENT)) == []


def test_a_relationship_without_subnets_is_not_said_beside_a_wrong_tag() -> None:
    one = "subnet4: [{id: 1, subnet: 10.1.0.0/16, user-context: {ha-server-name: north}}"
    assert rules(hub(one + "]")) == ["relationship-without-subnets"]
    assert rules(hub(one + ", {id: 2, subnet: 10.2.0.0/16, user-context: {ha-server-name: sout}}]")) == [
        "subnet-without-relationship"
    ]


def test_a_secret_named_twice_below_a_directory() -> None:
    both = AGENT.replace("type: basic", "type: basic\n    directory: /etc/kea")
    assert rules(pair(top=both)) == []
    assert rules(pair(top=both.replace("user-file: kea", "user-file: /etc/kea/kea"))) == [
        "absolute-name-below-directory"
    ]
