"""What goes, as conditions on leases: each kind of removal, and what is no removal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kea_hac.changes.change_set import change_set
from kea_hac.changes.orphans import Loss, LossKind, losses, moved_databases
from kea_hac.kea.addressing import address_text
from tests.counting import LINEAR, growth
from tests.unit.changes.built import built

PAIR = """\
kea-hac: 1
pair: two
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: {dhcp4: 192.0.2.11, dhcp6: "2001:db8::11"}, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: {dhcp4: 192.0.2.12, dhcp6: "2001:db8::12"}, interfaces: {lan: ens18}}
high-availability: {mode: hot-standby, max-unacked-clients: 5, listener: {dhcp4: 8001, dhcp6: 8002}}
dhcp4:
  client-classes: [{name: phone, test: "substring(option[60].hex,0,5) == 'phone'"}]
  lease-database: {type: memfile, lfc-interval: 3600}
  subnet4:
    - id: 1
      subnet: 192.0.2.0/24
      interface: lan
      pools: [{pool: 192.0.2.100 - 192.0.2.199}]
      reservations:
        - {hw-address: "08:00:27:00:00:01", ip-address: 192.0.2.20}
        - {hw-address: "08:00:27:00:00:02", ip-address: 192.0.2.150}
    - {id: 2, subnet: 10.2.0.0/23, relay: {ip-addresses: [10.2.0.1]}, pools: [{pool: 10.2.0.10 - 10.2.0.250}]}
dhcp6:
  subnet6:
    - id: 1
      subnet: 2001:db8::/64
      interface: lan
      pools: [{pool: "2001:db8::1:0/112"}]
      pd-pools: [{prefix: "2001:db8:8000::", prefix-len: 40, delegated-len: 56}]
"""


def found(*edits: tuple[str, str]) -> list[Loss]:
    text = PAIR
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    old, new = built(PAIR), built(text)
    edited = [(each.daemon.name, each.path) for each in change_set(old, new).edits]
    return list(losses(old, new, moved_databases(edited)))


def one(*edits: tuple[str, str]) -> tuple[LossKind, int | None, str | None, str | None]:
    """Kind, subnet, addresses and prefixes of the only loss; None for all."""
    (loss,) = found(*edits)

    def spans(ranges: object) -> str | None:
        return (
            None
            if ranges is None
            else ", ".join(f"{address_text(loss.family, a)}-{address_text(loss.family, b)}" for a, b in ranges)
        )  # type: ignore[attr-defined]

    return loss.kind, loss.subnet, spans(loss.addresses), spans(loss.prefixes)


SUBNET_2 = (
    "    - {id: 2, subnet: 10.2.0.0/23, relay: {ip-addresses: [10.2.0.1]}, pools: [{pool: 10.2.0.10 - 10.2.0.250}]}\n"
)
ONE = '        - {hw-address: "08:00:27:00:00:01", ip-address: 192.0.2.20}\n'
TWO = '        - {hw-address: "08:00:27:00:00:02", ip-address: 192.0.2.150}\n'


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        ((SUBNET_2, ""), (LossKind.REMOVED_SUBNET, 2, None, None)),
        (("{id: 2,", "{id: 9,"), (LossKind.RENUMBERED_SUBNET, 2, None, None)),
        (("10.2.", "10.9."), (LossKind.REMOVED_SUBNET, 2, None, None)),
        (("10.2.0.0/23", "10.2.0.0/24"), (LossKind.CHANGED_PREFIX, 2, "10.2.1.0-10.2.1.255", "")),
        (("192.0.2.199", "192.0.2.149"), (LossKind.POOL, 1, "192.0.2.151-192.0.2.199", "")),
        ((ONE, ""), (LossKind.REMOVED_RESERVATION, 1, "192.0.2.20-192.0.2.20", "")),
        (("08:00:27:00:00:01", "08:00:27:00:00:09"), (LossKind.RESERVED_FOR_ANOTHER, 1, "192.0.2.20-192.0.2.20", "")),
        (
            (ONE, ONE + ONE.replace(":01", ":07").replace(".20", ".170")),
            (LossKind.RESERVED_FOR_ANOTHER, 1, "192.0.2.170-192.0.2.170", ""),
        ),
        (("10.2.0.250}", "10.2.0.250, client-class: phone}"), (LossKind.CLASS_GUARD, 2, "10.2.0.10-10.2.0.250", "")),
        (("{id: 2,", "{id: 2, client-class: phone,"), (LossKind.CLASS_GUARD, 2, None, None)),
        (
            ("memfile, lfc-interval: 3600", "memfile, persist: false"),
            (LossKind.LEASE_DATABASE, None, None, None),
        ),
        (
            ("prefix-len: 40", "prefix-len: 41"),
            (LossKind.PD_POOL, 1, "", "2001:db8:8080::-2001:db8:80ff:ffff:ffff:ffff:ffff:ffff"),
        ),
        (
            ("delegated-len: 56", "delegated-len: 60"),
            (LossKind.PD_POOL, 1, "", "2001:db8:8000::-2001:db8:80ff:ffff:ffff:ffff:ffff:ffff"),
        ),
        (("2001:db8::1:0/112", "2001:db8::1:0/113"), (LossKind.POOL, 1, "2001:db8::1:8000-2001:db8::1:ffff", "")),
    ],
)
def test_each_kind_of_removal(edit: tuple[str, str], wanted: object) -> None:
    assert one(edit) == wanted


@pytest.mark.parametrize(
    "edit",
    [
        ("192.0.2.199", "192.0.2.209"),
        (TWO, ""),  # the pool still has the address
        ("lfc-interval: 3600", "lfc-interval: 7200"),
        ("{pool: 192.0.2.100 - 192.0.2.199}", "{pool: 192.0.2.100 - 192.0.2.149}, {pool: 192.0.2.150 - 192.0.2.199}"),
        (
            "interface: lan\n      pools: [{pool: 192",
            "interface: lan\n      valid-lifetime: 600\n      pools: [{pool: 192",
        ),
        (SUBNET_2, "  shared-networks:\n    - name: n\n      subnet4:\n    " + SUBNET_2.replace("\n", "\n")),
    ],
)
def test_what_is_no_removal(edit: tuple[str, str]) -> None:
    assert found(edit) == []


PREFIXES = "2001:db8:8000::/56", "2001:db8:9000::/56"
V6_HOST = '      reservations: [{{duid: "00:01:02", prefixes: ["{}"]}}]\n'


@pytest.mark.parametrize(("prefix", "kinds"), [(PREFIXES[0], []), (PREFIXES[1], [LossKind.REMOVED_RESERVATION])])
def test_a_reserved_prefix_that_the_pool_has_is_kept(prefix: str, kinds: list[LossKind]) -> None:
    reserved = built(PAIR + V6_HOST.format(prefix))
    assert [each.kind for each in losses(reserved, built(PAIR))] == kinds
    assert [each.kind for each in losses(built(PAIR), reserved)] == [LossKind.RESERVED_FOR_ANOTHER]


def test_twice_the_reservations_cost_twice_the_work() -> None:
    def work(count: int) -> Callable[[], object]:
        hosts = "".join(ONE.replace("00:01", f"01:{n:02x}").replace("2.20", f"2.{n + 1}") for n in range(count))
        old = built(PAIR.replace(ONE, hosts).replace(TWO, ""))
        new = built(PAIR.replace(ONE, hosts.replace("27:00", "27:01")).replace(TWO, ""))
        return lambda: losses(old, new)

    assert growth(work, 40) < LINEAR


def test_ids_that_are_exchanged() -> None:
    kinds = [
        (each.kind, each.subnet)
        for each in found(
            ("- id: 1\n      subnet: 192", "- id: 7\n      subnet: 192"),
            ("{id: 2,", "{id: 1,"),
            ("- id: 7\n      subnet: 192", "- id: 2\n      subnet: 192"),
        )
    ]
    assert kinds == [(LossKind.RENUMBERED_SUBNET, 1), (LossKind.RENUMBERED_SUBNET, 2)]


def test_a_split_pool_is_no_removal() -> None:
    assert found(("mode: hot-standby", "mode: load-balancing, split: even"), ("role: standby", "role: secondary")) == []


def test_a_pool_address_that_is_reserved_for_its_client_is_kept() -> None:
    (loss,) = found(("192.0.2.199", "192.0.2.140"))
    assert loss.addresses is not None
    assert not any(first <= int.from_bytes(bytes((192, 0, 2, 150))) <= last for first, last in loss.addresses)


def test_a_pair_that_goes_loses_every_subnet() -> None:
    assert [(each.kind, each.family, each.subnet) for each in losses(built(PAIR), None)] == [
        (LossKind.REMOVED_SUBNET, 4, 1),
        (LossKind.REMOVED_SUBNET, 4, 2),
        (LossKind.REMOVED_SUBNET, 6, 1),
    ]


def test_what_leases_do_not_show_is_uncertain() -> None:
    assert [each.certain for each in found(("10.2.0.250}", "10.2.0.250, client-class: phone}"))] == [False]
    by_circuit = ONE + '        - {circuit-id: "010203", ip-address: 192.0.2.170}\n'
    assert [each.certain for each in found((ONE, by_circuit))] == [False]
    assert [each.certain for each in found((SUBNET_2, ""))] == [True]
