"""Law 7: relationships listed one by one: names, addresses, what is said for all and what for one, and whose subnets are whose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from kea_hac.diagnostics import Severity
from tests.specs import build, config, findings_of
from tests.unit.compiler.pairs import hub

SUBNETS = """
subnet4:
  - {id: 1, subnet: 10.1.0.0/16, user-context: {ha-server-name: north}}
  - {id: 2, subnet: 10.2.0.0/16, user-context: {ha-server-name: hub-south}}
"""


def relationships(text: str, server: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = config(build(text), server, "dhcp4")["hooks-libraries"][-1]["parameters"][
        "high-availability"
    ]
    return found


def ids(text: str, server: str) -> set[int]:
    made = config(build(text), server, "dhcp4")
    networks = made.get("shared-networks", [])
    return {each["id"] for block in (made, *networks) for each in block.get("subnet4", [])}


def test_the_hub_has_a_name_and_a_listener_in_each() -> None:
    north, south = relationships(hub(SUBNETS), "hub")
    assert (north["this-server-name"], south["this-server-name"]) == ("hub-north", "hub-south")
    assert [peer["url"] for peer in north["peers"]] == ["https://10.0.0.3:8001/", "https://10.0.0.2:8001/"]
    assert [peer["url"] for peer in south["peers"]] == ["https://10.0.0.4:8011/", "https://10.0.0.2:8011/"]


def test_a_spoke_has_its_own_relationship_only() -> None:
    (north,) = relationships(hub(SUBNETS), "north")
    assert north["this-server-name"] == "north"
    assert north["peers"] == relationships(hub(SUBNETS), "hub")[0]["peers"]


def test_name_and_address_of_a_seat() -> None:
    text = hub(SUBNETS.replace("hub-south", "centre"), hub_peer=", name: centre, address: 10.9.0.2")
    (south,) = relationships(text, "south")
    assert south["peers"][1] == {"name": "centre", "role": "standby", "url": "https://10.9.0.2:8011/"}
    assert relationships(text, "hub")[1]["this-server-name"] == "centre"


def test_ones_own_over_what_is_said_for_all() -> None:
    text = hub(
        SUBNETS,
        common="heartbeat-delay: 5s\nmax-ack-delay: 3s\nmulti-threading: {http-listener-threads: 2, http-client-threads: 3}",
        own="heartbeat-delay: 7s\nmax-ack-delay: null\nmulti-threading: {http-listener-threads: 4}",
    )
    north, south = relationships(text, "hub")
    assert (north["heartbeat-delay"], south["heartbeat-delay"]) == (5000, 7000)
    assert north["max-ack-delay"] == 3000
    assert "max-ack-delay" not in south
    threads = [each["multi-threading"] for each in (north, south)]
    assert [(each["http-listener-threads"], each["http-client-threads"]) for each in threads] == [(2, 3), (4, 3)]


@pytest.mark.parametrize(("server", "own"), [("hub", {1, 2, 3}), ("north", {1}), ("south", {2, 3})])
def test_whose_subnets_are_whose(server: str, own: set[int]) -> None:
    text = hub(
        """
        subnet4: [{id: 1, subnet: 10.1.0.0/16, user-context: {ha-server-name: north}}]
        shared-networks:
          - name: coast
            user-context: {ha-server-name: south}
            subnet4:
              - {id: 2, subnet: 10.2.0.0/16}
              - {id: 3, subnet: 10.3.0.0/16, user-context: {ha-server-name: hub-south}}
        """
    )
    assert ids(text, server) == own


def test_a_subnets_own_tag_is_nearer_than_its_networks() -> None:
    text = hub(
        """
        shared-networks:
          - name: coast
            user-context: {ha-server-name: south}
            subnet4:
              - {id: 2, subnet: 10.2.0.0/16}
              - {id: 3, subnet: 10.3.0.0/16, user-context: {ha-server-name: north}}
        """
    )
    assert (ids(text, "north"), ids(text, "south")) == ({3}, {2})


def test_a_mistake_in_what_is_said_for_all_is_said_once() -> None:
    found = findings_of(hub(SUBNETS, common="max-ack-delay: soon\nhartbeat-delay: 3s"))
    assert sorted(each.path for each in found) == [
        "high-availability.hartbeat-delay",
        "high-availability.max-ack-delay",
    ]


def test_a_wrong_tag_of_a_network_is_said_at_the_network() -> None:
    text = hub(
        """
        subnet4: [{id: 1, subnet: 10.1.0.0/16, user-context: {ha-server-name: north}}]
        shared-networks:
          - {name: coast, user-context: {ha-server-name: 7}, subnet4: [{id: 2, subnet: 10.2.0.0/16}, {id: 3, subnet: 10.3.0.0/16}]}
        """
    )
    (found,) = findings_of(text)
    assert found.rule.name == "subnet-without-relationship"
    assert found.path == "dhcp4.shared-networks[0].user-context.ha-server-name"


def test_a_server_that_is_not_there_is_one_finding() -> None:
    (found,) = findings_of(hub(SUBNETS).replace("{server: south", "{server: suoth"))
    assert (found.rule.name, found.fix) == ("unknown-server", "write 'south'")


def test_a_server_twice_in_one_relationship() -> None:
    text = hub(SUBNETS).replace("{server: hub, role: standby}]\ndhcp4", "{server: south, role: standby}]\ndhcp4")
    (found,) = findings_of(text)
    assert found.message == "server 'south' is in one relationship twice"


def test_another_name_does_not_make_it_another_server() -> None:
    text = hub(SUBNETS).replace(
        "{server: hub, role: standby}]\ndhcp4", "{server: south, role: standby, name: b}]\ndhcp4"
    )
    (found,) = findings_of(text)
    assert found.message == "server 'south' is in one relationship twice"


def test_one_name_in_two_relationships_without_a_common_server() -> None:
    """Each server has the name once, so Kea accepts it; a tag with this name would mean two relationships."""
    fourth = "  - {name: fourth, address: 10.0.0.5, interfaces: [eth0]}\nhigh-availability:"
    text = hub(SUBNETS).replace("high-availability:", fourth)
    text = text.replace("{server: hub, role: standby}]\ndhcp4", "{server: fourth, role: standby, name: north}]\ndhcp4")
    assert [each.message for each in findings_of(text)][:1] == [
        "the peer name 'north' is used in two relationships, so a subnet cannot name one of them"
    ]


@pytest.mark.parametrize(("server", "found"), [("hub", True), ("north", False)])
def test_only_a_server_with_several_relationships_needs_2_6(server: str, found: bool) -> None:
    """A spoke of 2.2.0 works with a hub of 2.6.3: tests/kea/test_built_arrangements.py."""
    text = hub(SUBNETS).replace(f"{{name: {server},", f"{{name: {server}, kea: 2.2,")
    assert ("KH607" in {each.rule.code for each in findings_of(text)}) is found


def test_a_role_belongs_to_a_seat() -> None:
    (found,) = findings_of(hub(SUBNETS).replace("{name: north,", "{name: north, role: primary,"))
    assert (found.rule.name, found.path) == ("wrong-value", "servers[1].role")


def test_one_listener_for_two_relationships() -> None:
    (found,) = findings_of(hub(SUBNETS).replace("listener: 8011", "listener: 8001"))
    assert found.message.startswith(
        "on hub the HA listener of dhcp4 with north and the HA listener of dhcp4 with south"
    )


TAGGED = SUBNETS.replace("hub-south", "south")
APART = (
    hub(TAGGED + "  - {id: 3, subnet: 10.3.0.0/16}\n")
    .replace("high-availability:", "  - {name: west, address: 10.0.0.5, interfaces: [eth0]}\nhigh-availability:")
    .replace("{server: south, role: primary}, {server: hub,", "{server: south, role: primary}, {server: west,")
)
"""Two relationships without a common server, and a subnet that is in neither."""
_SECOND = re.compile(r" +- listener: 8011\n.*\n| +- \{name: south.*\n")


def untagged(text: str) -> list[tuple[str, str]]:
    return [(each.path, each.message) for each in findings_of(text) if each.rule.code == "KH614"]


def test_only_the_spec_knows_that_two_pairs_share_its_subnets() -> None:
    assert untagged(APART) == [("dhcp4.subnet4[2].subnet", "this subnet belongs to no relationship")]
    assert untagged(APART.replace("/16}", "/16, user-context: {ha-server-name: suoth}}")) == [
        ("dhcp4.subnet4[2].user-context.ha-server-name", "no relationship has a peer 'suoth'")
    ]
    assert untagged(APART.replace("/16}", "/16, user-context: {ha-server-name: west}}")) == []


def test_one_relationship_needs_tags_on_all_its_subnets_or_on_none() -> None:
    """Kea fetches the leases of tagged subnets only, when there are any (lease_sync_filter.cc)."""
    one = _SECOND.sub("", hub("subnet4: [{id: 1, subnet: 10.1.0.0/16}, {id: 2, subnet: 10.2.0.0/16}]"))
    assert untagged(one) == []
    assert ids(one, "hub") == ids(one, "north") == {1, 2}
    assert untagged(one.replace("10.1.0.0/16", "10.1.0.0/16, user-context: {ha-server-name: hub}")) == [
        ("dhcp4.subnet4[1].subnet", "this subnet belongs to no relationship")
    ]


def test_a_tag_of_null_is_a_tag() -> None:
    """Kea does not look at the shared network then (HAConfig::getSubnetServerName)."""
    text = hub(
        """
        shared-networks:
          - name: coast
            user-context: {ha-server-name: north}
            subnet4: [{id: 1, subnet: 10.1.0.0/16}, {id: 2, subnet: 10.2.0.0/16, user-context: {ha-server-name: null}}]
        subnet4: [{id: 3, subnet: 10.3.0.0/16, user-context: {ha-server-name: south}}]
        """
    )
    assert untagged(text) == [
        ("dhcp4.shared-networks[0].subnet4[1].user-context.ha-server-name", "no relationship has a peer null")
    ]


def test_an_untagged_subnet_with_an_alias_is_one_finding() -> None:
    """The spokes do not get the subnet, so nobody asks for the alias there."""
    text = hub(TAGGED + "  - {id: 3, subnet: 10.3.0.0/16, interface: lan}\n")
    text = text.replace("10.0.0.2, interfaces: [eth0]", "10.0.0.2, interfaces: {lan: eth0}")
    assert [each.rule.code for each in findings_of(text) if each.severity is Severity.ERROR] == ["KH614"]
