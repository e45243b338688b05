"""Counting: a lease once, the last row of an address, the states apart, the first ten, and no more memory for more rows."""

from __future__ import annotations

import tracemalloc

from kea_hac.changes.orphans import Loss, LossKind
from kea_hac.changes.ranges import Ranges
from kea_hac.leases.impact import Impact, LeaseCount
from kea_hac.leases.lease import Lease, UnknownLeases
from tests.sizes import size
from tests.unit.leases.files import LATER, NOW

GONE = Loss(LossKind.REMOVED_SUBNET, 4, 2, "10.2.0.0/24 (id 2)")


def lease(number: int, subnet: int = 2, **values: object) -> Lease:
    made = Lease((0x0A020000 + number).to_bytes(4), 0, subnet, "02:00:00:00:00:01", "01:02", f"pc{number}", 0, LATER)
    return made._replace(**values)  # type: ignore[arg-type]


def impact(*leases: Lease, losses: tuple[Loss, ...] = (GONE,), now: int = NOW) -> Impact:
    with LeaseCount(losses) as count:
        for each in leases:
            count.add(0, each)
        return count.impact(now, ["kea1"], [])


def test_live_leases_of_what_goes() -> None:
    found = impact(lease(1), lease(2), lease(3, subnet=1))
    assert (found.live, found.count, found.known) == (3, 2, True)
    assert found.orphaned[0].first == (("pc1", "10.2.0.1"), ("pc2", "10.2.0.2"))


def test_later_rows_replace_earlier_ones() -> None:
    assert impact(lease(1), lease(1, removed=True)).count == 0
    assert impact(lease(1, removed=True), lease(1)).count == 1
    assert impact(lease(1), lease(1, subnet=1)).count == 0
    assert impact(lease(1), lease(1), lease(1, hostname="new")).orphaned[0].first == (("new", "10.2.0.1"),)
    assert impact(lease(1, expires=NOW + 1), lease(1, expires=NOW - 1)).count == 0


def test_the_states_are_told_apart() -> None:
    found = impact(
        lease(1, state=1),
        lease(2, state=2),
        lease(3, state=3),
        lease(4, expires=NOW),
        lease(5, expires=None),
        lease(6, state=4),
    )
    assert (found.live, found.count, found.declined, found.expired) == (1, 1, 1, 4)


def test_the_time_is_an_argument() -> None:
    assert [impact(lease(1), now=now).count for now in (LATER - 1, LATER, LATER + 1)] == [1, 0, 0]


def test_a_lease_counts_once_for_all_servers_and_losses() -> None:
    twice = Loss(LossKind.POOL, 4, 2, "pool", Ranges.of([(0, 1 << 32)]), Ranges())
    with LeaseCount((GONE, twice)) as count:
        for server in (0, 1):
            for number in range(3):
                count.add(server, lease(number))
        count.add(1, lease(0, removed=True))
        found = count.impact(NOW, ["kea1", "kea2"], [])
    assert (found.live, found.count) == (3, 3)
    assert [each.loss for each in found.orphaned] == [GONE]


def test_the_client_of_a_reservation_keeps_its_lease() -> None:
    address = Ranges.of([(0x0A020001, 0x0A020001)])
    for client, count in (
        ("hw-address 02:00:00:00:00:01", 0),
        ("hw-address 02-00-00-00-00-01", 0),
        ("hw-address 02:00:00:00:00:02", 1),
        ("client-id 0102", 0),
        ("client-id 01", 1),
        ("circuit-id 0102", 1),
    ):
        loss = Loss(LossKind.RESERVED_FOR_ANOTHER, 4, 2, "x", address, Ranges(), None, client)
        assert impact(lease(1), lease(2), losses=(loss,)).count == count, client


def test_delegated_prefixes() -> None:
    def prefix(number: int, length: int) -> Lease:
        return Lease((0x20010DB8 << 96 | number << 72).to_bytes(16), length, 1, "", "0001", "", 0, LATER)

    space = Ranges.of([(0x20010DB8 << 96, (0x20010DB9 << 96) - 1)])
    loss = Loss(LossKind.PD_POOL, 6, 1, "prefixes", Ranges(), space, 56)
    address = Lease((0x20010DB8 << 96).to_bytes(16), 0, 1, "", "0001", "", 0, LATER)
    found = impact(prefix(1, 56), prefix(2, 60), prefix(0, 56), address, losses=(loss,))
    assert (found.live, found.count) == (4, 2)
    assert found.orphaned[0].first == (("0001", "2001:db8::/56"), ("0001", "2001:db8:0:100::/56"))


def test_the_first_ten_by_address() -> None:
    found = impact(*(lease(number) for number in range(40, 0, -1)))
    assert [address for _, address in found.orphaned[0].first] == [f"10.2.0.{number}" for number in range(1, 11)]
    assert found.count == 40


def test_what_is_forgotten_does_not_count() -> None:
    with LeaseCount((GONE,)) as count:
        count.add(0, lease(1))
        count.add(1, lease(2))
        count.forget(0)
        found = count.impact(NOW, ["kea1"], [UnknownLeases("kea1", "why")])
    assert (found.count, found.known) == (1, False)


def test_memory_does_not_grow_with_the_number_of_leases() -> None:
    """SQLite's own memory is bounded by its cache; what Python holds is one batch of rows."""
    number = size("LEASES", 16_000, 1_000_000)
    with LeaseCount((GONE,)) as count:
        tracemalloc.start()
        for each in range(number):
            count.add(0, lease(each))
        found = count.impact(NOW, ["kea1"], [])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert found.count == number
    assert most < 6_000_000
