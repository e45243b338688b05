"""Law 3: said once, equal on both; what one server may say for itself, and how that is laid over the pair's."""

from __future__ import annotations

import pytest

from tests.specs import build, checked, config, findings_of
from tests.unit.compiler.pairs import AGENT, HOOKS, pair


def test_maps_merge_lists_replace_null_removes() -> None:
    made = build(
        pair(
            """
            dhcp-ddns: {enable-updates: true, server-ip: 192.0.2.53, max-queue-size: 7}
            interfaces-config: {interfaces: [lan], dhcp-socket-type: udp}
            server-tag: both
            """,
            kea1="dhcp4: {dhcp-ddns: {server-ip: 192.0.2.54, max-queue-size: null}, server-tag: null}",
            kea2="dhcp4: {interfaces-config: {interfaces: ['*']}}",
        )
    )
    one, two = config(made, "kea1", "dhcp4"), config(made, "kea2", "dhcp4")
    assert one["dhcp-ddns"] == {"enable-updates": True, "server-ip": "192.0.2.54"}
    assert two["dhcp-ddns"] == {"enable-updates": True, "server-ip": "192.0.2.53", "max-queue-size": 7}
    assert "server-tag" not in one
    assert two["server-tag"] == "both"
    assert one["interfaces-config"] == {"interfaces": ["eth0"], "dhcp-socket-type": "udp"}
    assert two["interfaces-config"] == {"interfaces": ["*"], "dhcp-socket-type": "udp"}


def test_hooks_merge_by_the_librarys_name() -> None:
    made = build(
        pair(
            """
            hooks-libraries:
              - {library: libdhcp_flex_option.so, parameters: {options: [{code: 1, add: "'b'"}], keep: 1, drop: 2}}
              - {library: libdhcp_bootp.so, parameters: {some: thing}}
            """,
            kea1="""
            dhcp4:
              hooks-libraries:
                - {library: libdhcp_stat_cmds.so}
                - {library: libdhcp_flex_option.so, parameters: {options: [{code: 2, add: "'c'"}], drop: null}}
                - {library: libdhcp_bootp.so, parameters: null}
            """,
        )
    )
    own = config(made, "kea1", "dhcp4")["hooks-libraries"][1:-1]
    assert own == [
        {
            "library": f"{HOOKS}libdhcp_flex_option.so",
            "parameters": {"keep": 1, "options": [{"add": "'c'", "code": 2}]},
        },
        {"library": f"{HOOKS}libdhcp_bootp.so"},
        {"library": f"{HOOKS}libdhcp_stat_cmds.so"},
    ]
    assert len(config(made, "kea2", "dhcp4")["hooks-libraries"]) == 4


def test_null_for_what_is_not_there_leaves_no_trace() -> None:
    made = build(
        pair(kea1="dhcp4: {loggers: null, hooks-libraries: [{library: libdhcp_stat_cmds.so, parameters: null}]}")
    )
    mine = config(made, "kea1", "dhcp4")
    assert "loggers" not in mine
    assert mine["hooks-libraries"][1] == {"library": f"{HOOKS}libdhcp_stat_cmds.so"}


@pytest.mark.parametrize("key", ["valid-lifetime: 2h", "subnet4: []", "option-data: []", "client-classes: []"])
def test_what_may_not_differ_is_refused_with_the_list(key: str) -> None:
    (found,) = findings_of(pair(kea2=f"dhcp4: {{{key}}}"))
    assert found.rule.name == "server-value-may-not-differ"
    assert found.fix is not None
    assert "interfaces-config, control-sockets, lease-database" in found.fix


def test_a_slip_of_the_pen_is_no_matter_of_what_may_differ() -> None:
    (found,) = findings_of(pair(kea2="dhcp4: {lodgers: []}"))
    assert (found.rule.name, found.fix) == ("unknown-key", "write 'loggers'")


def test_placeholders_in_every_place_that_may_differ() -> None:
    text = pair(
        """
        server-tag: "{server}"
        lease-database: {type: postgresql, host: "{address}", name: "l_{server}", password: !secret "/etc/kea/{server}.json"}
        hooks-libraries: [{library: libdhcp_stat_cmds.so, parameters: {who: ["{server}@{address}"]}}]
        config-control: {config-fetch-wait-time: 9}
        """,
        kea="3.0",
    )
    made = config(build(text), "kea2", "dhcp4")
    assert made["server-tag"] == "kea2"
    assert made["lease-database"]["host"] == "192.0.2.12"
    assert made["lease-database"]["name"] == "l_kea2"
    assert made["lease-database"]["password"] == "<?include /etc/kea/kea2.json?>"
    assert made["hooks-libraries"][2]["parameters"] == {"who": ["kea2@192.0.2.12"]}


def test_a_placeholder_that_does_not_exist() -> None:
    (found,) = findings_of(pair('server-tag: "{site}"'))
    assert (found.rule.name, found.fix) == ("unknown-placeholder", "the placeholders are `{server}` and `{address}`")
    (found,) = findings_of(pair('server-tag: "{host}"'))
    assert found.fix == "write `{server}`"
    (found,) = findings_of(pair('server-tag: "{servr}"'))
    assert found.fix == "write `{server}`"


def test_a_placeholder_where_nothing_may_differ() -> None:
    found = findings_of(pair("client-classes: [{name: x, test: \"option[12].text == '{server}'\"}]"))
    assert [each.rule.name for each in found] == ["placeholder-out-of-place"]


def test_braces_of_others_are_left_alone() -> None:
    text = pair(
        """
        user-context: {note: "{server} is a word here", other: "{host}"}
        boot-file-name: "{0}-{A B}"
        hooks-libraries: [{library: libdhcp_stat_cmds.so, parameters: {format: "{mac}"}}]
        loggers: [{name: kea-dhcp4, severity: INFO, output-options: [{output: syslog, pattern: "{level} %m"}]}]
        """
    )
    made = config(build(text), "kea1", "dhcp4")
    assert made["boot-file-name"] == "{0}-{A B}"
    assert made["user-context"]["note"] == "{server} is a word here"
    assert made["hooks-libraries"][1]["parameters"] == {"format": "{mac}"}


def test_an_address_that_a_server_does_not_have() -> None:
    lone = "kea-hac: 1\npair: p\nkea: 2.6\nplatform: debian\nservers: [{name: a, interfaces: [eth0]}]\n"
    (found,) = findings_of(lone + 'dhcp4: {server-tag: "{address}"}\n')
    assert (found.rule.name, found.path) == ("address-missing", "dhcp4.server-tag")


def test_values_for_a_family_that_is_not_served() -> None:
    (found,) = findings_of(pair(kea1="dhcp6: {server-tag: x}"))
    assert (found.rule.name, found.path) == ("family-not-served", "servers[0].dhcp6")


def test_interfaces_by_alias() -> None:
    subnets = "subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan}]"
    made = build(pair(subnets))
    assert [config(made, server, "dhcp4")["subnet4"][0]["interface"] for server in ("kea1", "kea2")] == [
        "eth0",
        "ens18",
    ]


def test_an_alias_of_the_other_server_is_no_interface() -> None:
    text = pair("subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan}]").replace("{lan: ens18}", "[ens18]")
    (found,) = findings_of(text)
    assert found.rule.name == "unknown-interface-alias"
    assert found.message == "there is no interface alias 'lan' on kea2"


def test_each_server_on_its_own_platform_and_version() -> None:
    made = build(
        pair(
            "cache-threshold: 0.25\nsubnet4: [{id: 1, subnet: 192.0.2.0/24, client-classes: [KNOWN]}]",
            kea2="kea: 3.0\nplatform: freebsd",
        )
    )
    one, two = config(made, "kea1", "dhcp4"), config(made, "kea2", "dhcp4")
    assert one["hooks-libraries"][0]["library"] == f"{HOOKS}libdhcp_lease_cmds.so"
    assert two["hooks-libraries"][0]["library"] == "/usr/local/lib/kea/hooks/libdhcp_lease_cmds.so"
    assert one["control-socket"]["socket-name"] == "/run/kea/kea4-ctrl-socket"
    assert two["control-sockets"][0]["socket-name"] == "/var/run/kea/kea4-ctrl-socket"
    assert one["subnet4"][0]["client-class"] == "KNOWN"
    assert two["subnet4"][0]["client-classes"] == ["KNOWN"]


def test_a_server_of_3_2_beside_one_with_an_agent() -> None:
    made = build(pair(kea="3.0", kea2="kea: 3.2\ncontrol-agent: false", top=AGENT))
    assert "kea1/kea-ctrl-agent.conf" in made.files
    assert "kea2/kea-ctrl-agent.conf" not in made.files


@pytest.mark.parametrize(
    ("old", "new", "key", "fix"),
    [
        ("2.6", "3.0", "cache-threshold", "cache-threshold: 0.25"),
        ("2.2", "3.2", "cache-threshold", "cache-threshold: 0.25"),
    ],
)
def test_a_default_that_changed_must_be_written(old: str, new: str, key: str, fix: str) -> None:
    found = {each.rule.name: each for each in findings_of(pair(kea=old, kea2=f"kea: {new}"))}
    assert found.keys() == {"version-skew", "default-differs-between-versions"}
    assert key in found["default-differs-between-versions"].message
    assert fix in str(found["default-differs-between-versions"].fix)


def test_threads_without_a_listener_differ_by_version() -> None:
    """2.2 has multi-threading off, 2.4 on (ChangeLog 2103); a listener makes us write it."""
    text = pair(kea="2.2", kea2="kea: 2.4", ha="multi-threading: {http-dedicated-listener: false}", top=AGENT)
    messages = [each.message for each in findings_of(text) if each.rule.name == "default-differs-between-versions"]
    assert messages == [
        "'multi-threading.enable-multi-threading' is not set, and its default is false in 2.2 and true in 2.4"
    ]


BACKUP = "  - {name: kea3, role: backup, address: 192.0.2.13}\nhigh-availability:"


@pytest.mark.parametrize(
    ("dhcp4", "places"),
    [
        ("subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan}]", []),
        ("interfaces-config: {interfaces: [lan/192.0.2.1]}", ["dhcp4.interfaces-config.interfaces"]),
        ("interfaces-config: {interfaces: [lan]}\nsubnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan}]",
         ["dhcp4.interfaces-config.interfaces"]),
        ("interfaces-config: {interfaces: ['*']}\nsubnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan}]",
         ["dhcp4.subnet4[0].interface"]),
    ],
)  # fmt: skip
def test_a_server_without_the_alias_of_its_partners_is_one_error(dhcp4: str, places: list[str]) -> None:
    """Not the report of a mistake of kea-hac, which two different files would be."""
    found = checked(pair(dhcp4).replace("high-availability:", BACKUP)).report.diagnostics
    errors = [each for each in found if each.severity == "error"]
    if places:
        assert [(each.rule.name, each.path) for each in errors] == [
            ("unknown-interface-alias", each) for each in places
        ]
        assert "add `interfaces: {lan: …}` to that server" in str(errors[0].fix)
    else:
        assert [(each.rule.name, each.path) for each in errors] == [("no-interface", "servers[2].interfaces")]
        assert "add `interfaces: {lan: …}` to the server" in str(errors[0].fix)
