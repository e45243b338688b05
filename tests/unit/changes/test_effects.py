"""Each kind of change has the effects that a reviewer must know of."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from kea_hac.changes.change import spelt
from kea_hac.changes.change_set import ChangeSet, change_set
from kea_hac.changes.effects import Effect
from tests.review.changes import BALANCED, CAMPUS, SUBNET_40
from tests.unit.changes.built import built

A, R, O, C = Effect.ADDS_LEASING, Effect.REMOVES_LEASING, Effect.ORPHANS_LEASES, Effect.CLIENTS_AT_RENEWAL  # noqa: E741
HOST = "ip-address: 192.0.2.20, hostname: printer"
CHANGES: Mapping[str, tuple[str, str, tuple[Effect, ...]]] = {
    "subnet comes": ("hostname: printer}\n", f"hostname: printer}}\n{SUBNET_40.replace('40', '50')}", (A,)),
    "subnet goes": (SUBNET_40, "", (R, O)),
    "id": ("id: 40", "id: 41", (A, R, O)),
    "pool grows": ("192.0.2.199", "192.0.2.209", (A,)),
    "pool shrinks": ("192.0.2.199", "192.0.2.189", (R, O)),
    "pool cut in two": (
        "{pool: 192.0.2.100 - 192.0.2.199}",
        "{pool: 192.0.2.100 - 192.0.2.149}, {pool: 192.0.2.150 - 192.0.2.199}",
        (C,),
    ),
    "reservation comes": (
        f"{HOST}}}",
        f'{HOST}}}\n        - {{hw-address: "08:00:27:12:34:57", ip-address: 192.0.2.22}}',
        (A,),
    ),
    "reservation of a name comes": (
        f"{HOST}}}",
        f'{HOST}}}\n        - {{hw-address: "08:00:27:12:34:57", hostname: x}}',
        (C,),
    ),
    "reservation gets another address": ("ip-address: 192.0.2.20", "ip-address: 192.0.2.21", (A, R, O)),
    "reservation gets another client": ("08:00:27:12:34:56", "08:00:27:12:34:57", (A, R, O)),
    "hostname": ("hostname: printer", "hostname: plotter", (C,)),
    "guard": ("10.40.0.249}", "10.40.0.249, client-classes: [voip]}", (R, O)),
    "test of a class that guards nothing": ("'phone'", "'fone0'", (C,)),
    "option": ('"192.0.2.53"', '"192.0.2.54"', (C,)),
    "timer": ("valid-lifetime: 4h", "valid-lifetime: 5h", (C,)),
    "relay": ("relay: {ip-addresses: [10.40.0.1]}", "relay: {ip-addresses: [10.40.0.2]}", (A, R)),
    "lease database": (
        "valid-lifetime: 4h",
        "valid-lifetime: 4h\n  lease-database: {type: memfile, lfc-interval: 7}",
        (O, Effect.PROCESS),
    ),
    "logger": (
        "valid-lifetime: 4h",
        "valid-lifetime: 4h\n  loggers: [{name: kea-dhcp4, severity: WARN, output-options: [{output: kea-dhcp4.log}]}]",
        (Effect.NONE,),
    ),
    "HA timer": ("max-unacked-clients: 5", "max-unacked-clients: 6", (Effect.NONE,)),
    "HA port": ("dhcp4: 8001", "dhcp4: 8011", (Effect.HA_RELATIONSHIP, Effect.HOST)),
    "agent": ("http-port: 8000", "http-port: 8008", (Effect.CHANNEL, Effect.PROCESS, Effect.HOST)),
    "library": (
        "valid-lifetime: 4h",
        "valid-lifetime: 4h\n  hooks-libraries: [{library: libdhcp_stat_cmds.so}]",
        (Effect.PROCESS, Effect.HOST),
    ),
    "version": ("kea: 2.6", "kea: 3.0", (Effect.PROCESS, Effect.VERSION)),
}


def changes(old: str, new: str, text: str = CAMPUS) -> ChangeSet:
    assert old in text
    return change_set(built(text), built(text.replace(old, new)))


@pytest.mark.parametrize("name", CHANGES)
def test_effects(name: str) -> None:
    old, new, effects = CHANGES[name]
    found = changes(old, new)
    assert set(found.effects) == set(effects)
    assert found.rounds or name == "agent"


@pytest.mark.parametrize("name", [each for each in CHANGES if each != "version"])
def test_a_change_and_its_revert_are_the_same_edits(name: str) -> None:
    """What one adds the other removes, at the same paths."""
    old, new, _ = CHANGES[name]
    there, back = changes(old, new), change_set(built(CAMPUS.replace(old, new)), built(CAMPUS))
    assert len(there.edits) == len(back.edits)
    assert (A in there.effects) is (R in back.effects)


def test_every_change_is_said_once_for_both_servers() -> None:
    (edit,) = changes("192.0.2.199", "192.0.2.209").edits
    assert edit.servers == ("kea1", "kea2")
    relay, interface = (
        "relay: {ip-addresses: [10.40.0.1]}",
        "interface: lan",
    )  # eth0 on one server and ens18 on the other
    (subnet,) = changes(SUBNET_40.replace(relay, interface), "", CAMPUS.replace(relay, interface)).edits
    assert subnet.servers == ("kea1", "kea2")


def test_the_test_of_a_guard_decides_who_is_served() -> None:
    guarded = CAMPUS.replace("10.40.0.249}", "10.40.0.249, client-classes: [voip]}")
    assert set(changes("'phone'", "'fone0'", guarded).effects) == {A, R}


def test_a_subnet_that_moves_is_one_edit() -> None:
    line = "        - {id: 21, subnet: 10.21.0.0/24, pools: [{pool: 10.21.0.50 - 10.21.0.249}]}\n"
    moved = CAMPUS.replace(line, "").replace("        - {id: 30,", f"{line}        - {{id: 30,")
    found = change_set(built(CAMPUS), built(moved))
    edit, relay = found.edits
    assert spelt(relay.path).endswith(".relay.ip-addresses")  # that of the other shared network
    assert edit.moved_from is not None
    assert "offices" in spelt(edit.moved_from)
    assert "labs" in spelt(edit.path)
    assert not found.removed.subnets
    assert not found.sizes
    also = change_set(built(CAMPUS), built(moved.replace("10.21.0.249", "10.21.0.239")))
    assert sorted(spelt(each.path).rpartition(".")[2] for each in also.edits[1:]) == ["ip-addresses", "pool"]
    assert also.removed.addresses == 10


def test_places_in_both_specs() -> None:
    (gone,) = changes(SUBNET_40, "").edits
    assert gone.old_at == ("dhcp4", "subnet4", 1)
    (option,) = changes('"192.0.2.53"', '"192.0.2.54"').edits
    assert option.new_at == ("dhcp4", "option-data", 0, "data") == option.old_at


def test_sizes_by_server_and_altogether() -> None:
    (size,) = changes("192.0.2.199", "192.0.2.209", BALANCED).sizes
    assert [(one.addresses, other.addresses) for _, one, other in size.by_server if one and other] == [
        (50, 55),
        (50, 55),
    ]
    assert size.before is not None
    assert size.after is not None
    assert (size.before.addresses, size.after.addresses, size.lost.size, size.gained.size) == (100, 110, 0, 10)


def test_what_is_removed_is_counted_once() -> None:
    found = changes(SUBNET_40, "").removed
    assert (len(found.subnets), found.of_subnets) == (1, 5)
    assert (found.addresses, found.of_addresses) == (200, 900)
    assert (found.reservations, found.of_reservations) == (0, 1)


def test_the_same_text_changes_nothing() -> None:
    assert not change_set(built(CAMPUS), built(CAMPUS))
    reordered = CAMPUS.replace("  valid-lifetime: 4h\n", "").replace(
        "  shared-networks:", "  valid-lifetime: 14400\n  shared-networks:"
    )
    found = change_set(built(CAMPUS), built(reordered))
    assert not found.edits
