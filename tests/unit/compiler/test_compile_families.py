"""Laws 4 and 10: two families under one law, and a lone server that is a spec too."""

from __future__ import annotations

import pytest

from tests.specs import build, config, findings_of, ha_of

SPEC = """\
kea-hac: 1
pair: both
kea: 2.6
platform: debian
servers:
  - name: kea1
    role: primary
    address: {dhcp4: 192.0.2.11, dhcp6: "2001:db8::11"}
    interfaces: {dhcp4: [eth0], dhcp6: {lan: eth5}}
    auto-failover: {dhcp6: true}
  - name: kea2
    role: {dhcp4: standby, dhcp6: secondary}
    address: {dhcp4: 192.0.2.12, dhcp6: "2001:db8::12"}
    interfaces: {dhcp4: [eth1], dhcp6: {lan: eth6}}
high-availability:
  mode: {dhcp4: hot-standby, dhcp6: load-balancing}
  heartbeat-delay: {dhcp4: 5s, dhcp6: 7s}
  split: {dhcp6: even}
  trust-anchor: {dhcp4: /etc/kea/4.pem, dhcp6: /etc/kea/6.pem}
  cert-file: "/etc/kea/{server}.pem"
  key-file: "/etc/kea/{server}.key"
  listener: {dhcp4: 8001, dhcp6: 8002}
  multi-threading: {http-listener-threads: {dhcp4: 2, dhcp6: 4}}
  state-machine: {states: [{state: {dhcp4: partner-down, dhcp6: communication-recovery}, pause: once}]}
dhcp4:
  subnet4: [{id: 1, subnet: 192.0.2.0/24, pools: [{pool: 192.0.2.100 - 192.0.2.199}]}]
dhcp6:
  subnet6: [{id: 1, subnet: "2001:db8::/64", interface: lan, pools: [{pool: "2001:db8::1:0/112"}]}]
"""
LONE = "kea-hac: 1\npair: p\nkea: 2.6\nplatform: debian\nservers:\n  - {name: a, interfaces: [eth0]}\ndhcp4:\n  valid-lifetime: 1h\n"


def test_every_depth_by_family() -> None:
    made = build(SPEC)
    four, six = ha_of(made, "kea1", "dhcp4"), ha_of(made, "kea1", "dhcp6")
    assert (four["mode"], six["mode"]) == ("hot-standby", "load-balancing")
    assert (four["heartbeat-delay"], six["heartbeat-delay"]) == (5000, 7000)
    assert (four["trust-anchor"], six["trust-anchor"]) == ("/etc/kea/4.pem", "/etc/kea/6.pem")
    assert [four["multi-threading"]["http-listener-threads"], six["multi-threading"]["http-listener-threads"]] == [2, 4]
    assert [each["state-machine"]["states"][0]["state"] for each in (four, six)] == [
        "partner-down",
        "communication-recovery",
    ]
    assert [peer["role"] for peer in four["peers"]] == ["primary", "standby"]
    assert [peer["role"] for peer in six["peers"]] == ["primary", "secondary"]
    assert [peer["url"] for peer in six["peers"]] == ["https://[2001:db8::11]:8002/", "https://[2001:db8::12]:8002/"]
    assert "auto-failover" not in four["peers"][0]
    assert six["peers"][0]["auto-failover"] is True


def test_interfaces_and_splits_by_family() -> None:
    made = build(SPEC)
    assert config(made, "kea1", "dhcp4")["interfaces-config"]["interfaces"] == ["eth0"]
    assert config(made, "kea2", "dhcp6")["subnet6"][0]["interface"] == "eth6"
    assert len(config(made, "kea1", "dhcp6")["subnet6"][0]["pools"]) == 2
    assert len(config(made, "kea1", "dhcp4")["subnet4"][0]["pools"]) == 1


def test_a_family_that_mode_does_not_name_is_not_in_ha() -> None:
    text = SPEC.replace("mode: {dhcp4: hot-standby, dhcp6: load-balancing}", "mode: {dhcp4: hot-standby}")
    text = text.replace("  split: {dhcp6: even}\n", "")
    assert [each.rule.name for each in findings_of(text)] == ["family-without-high-availability"]
    assert "hooks-libraries" not in config(build(text), "kea1", "dhcp6")


def test_a_mode_of_no_served_family_is_an_error() -> None:
    text = SPEC.partition("dhcp6:\n")[0].replace("{dhcp4: hot-standby, dhcp6: load-balancing}", "{dhcp6: hot-standby}")
    seen = findings_of(text)
    assert {each.rule.name for each in seen} == {"family-not-served"}
    assert [each.path for each in seen if each.severity == "warning"] == ["servers[0].address.dhcp6"], (
        "one, with its places"
    )
    (found,) = (each for each in seen if each.severity == "error")
    assert (found.path, found.fix) == ("high-availability.mode.dhcp6", "write 'dhcp4'")


@pytest.mark.parametrize(
    ("was", "now", "rule", "path"),
    [
        ("    role: primary\n", "    role: {dhcp4: primary}\n", "missing-spec-key", "servers[0].role"),
        ('dhcp6: "2001:db8::11"}', "dhcp6: kea1.example.org}", "wrong-value", "servers[0].address.dhcp6"),
        (', dhcp6: "2001:db8::11"}', "}", "address-missing", "servers[0].address"),
        ("dhcp6: secondary", "dhcp6: secundary", "wrong-value", "servers[1].role.dhcp6"),
        ("dhcp6: load-balancing", "dhcp6: balanced", "unknown-value", "high-availability.mode.dhcp6"),
        ("dhcp6: 7s", "dhcp6: soon", "wrong-type", "high-availability.heartbeat-delay.dhcp6"),
        ("dhcp6: 8002", "dhcp6: 80020", "wrong-value", "high-availability.listener.dhcp6"),
        (", dhcp6: 8002", "", "listener-port-missing", "high-availability.listener"),
        ("{dhcp6: even}", "{dhcp4: even, dhcp6: even}", "wrong-value", "high-availability.split.dhcp4"),
        ("dhcp6: 4}", "dhcp6: four}", "wrong-type", "high-availability.multi-threading.http-listener-threads.dhcp6"),
        (
            "dhcp6: communication-recovery",
            "dhcp6: sinking",
            "unknown-value",
            "high-availability.state-machine.states[0].state.dhcp6",
        ),
        ("    role: primary\n", "    role: primary\n    kea: {dhcp4: 2.6}\n", "wrong-value", "servers[0].kea"),
        ("dhcp4: standby, dhcp6", "dhcp4: standby, dhcp5", "wrong-value", "servers[1].role"),
    ],
)
def test_a_mistake_in_one_family_is_found_there_and_once(was: str, now: str, rule: str, path: str) -> None:
    assert was in SPEC
    assert [(each.rule.name, each.path) for each in findings_of(SPEC.replace(was, now, 1))] == [(rule, path)]


def test_a_lone_server_has_nothing_of_ha() -> None:
    made = config(build(LONE), "a", "dhcp4")
    assert set(made) == {"user-context", "interfaces-config", "control-socket", "valid-lifetime"}


def test_the_second_server_and_the_ha_block_are_the_whole_migration() -> None:
    pair = LONE.replace(
        "  - {name: a, interfaces: [eth0]}\n",
        "  - {name: a, interfaces: [eth0], role: primary, address: 192.0.2.1}\n"
        "  - {name: b, interfaces: [eth0], role: standby, address: 192.0.2.2}\n"
        "high-availability: {mode: hot-standby, listener: 8001}\n",
    )
    before, after = config(build(LONE), "a", "dhcp4"), config(build(pair), "a", "dhcp4")
    assert {key: after[key] for key in before if key != "user-context"} == {
        key: before[key] for key in before if key != "user-context"
    }
    assert after.keys() - before.keys() == {"hooks-libraries", "multi-threading"}
