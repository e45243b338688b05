"""The same thing in several texts, wherever it stands in a list."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.changes.change import ABSENT, Key
from kea_hac.changes.matching import bounds, matches


def test_subnets_match_by_id_then_by_prefix() -> None:
    base = [{"id": 1, "subnet": "192.0.2.0/24"}, {"id": 2, "subnet": "198.51.100.0/24"}]
    live = [{"id": 2, "subnet": "198.51.100.0/25"}, {"id": 7, "subnet": "192.0.2.0/24"}]
    found = matches("subnet4", (base, base, live))
    assert found is not None
    assert {match.key: match.items[2] for match in found} == {
        Key("id", "1"): live[1],  # renumbered: the same prefix
        Key("id", "2"): live[0],
    }


def test_pools_match_by_range_then_by_overlap() -> None:
    base = [{"pool": "192.0.2.10-192.0.2.20"}, {"pool": "192.0.2.100-192.0.2.120"}]
    live = [{"pool": "192.0.2.110-192.0.2.130"}, {"pool": "192.0.2.10-192.0.2.20"}, {"pool": "192.0.2.200-192.0.2.210"}]
    found = matches("pools", (base, base, live))
    assert found is not None
    assert {match.key.value: match.items[2] for match in found} == {
        "192.0.2.10-192.0.2.20": live[1],
        "192.0.2.100-192.0.2.120": live[0],
        "192.0.2.200-192.0.2.210": live[2],
    }


def test_reservations_match_by_identifier_then_by_address() -> None:
    base = [{"hw-address": "08:00:27:00:00:01", "ip-address": "192.0.2.9"}]
    live = [{"hw-address": "08:00:27:00:00:02", "ip-address": "192.0.2.9"}]
    found = matches("reservations", (base, base, live))
    assert found is not None
    assert [(match.key, match.items[2]) for match in found] == [(Key("hw-address", "08:00:27:00:00:01"), live[0])]


def test_the_same_option_twice_is_two_items() -> None:
    base = [{"space": "dhcp4", "code": 6, "data": "1"}, {"space": "dhcp4", "code": 6, "data": "2"}]
    found = matches("option-data", (base, base, base[:1]))
    assert found is not None
    assert [(str(match.key), match.items[2]) for match in found] == [
        ("[option=dhcp4 6]", base[0]),
        ("[option=dhcp4 6#2]", ABSENT),
    ]


def test_a_list_of_texts_is_a_value_of_its_own() -> None:
    assert matches("interfaces", (["eth0"], ["eth0"], ["eth1"])) is None
    assert matches("loggers", ([], [], [])) is None


def test_bounds() -> None:
    assert bounds("192.0.2.0/30") == bounds("192.0.2.0 - 192.0.2.3")
    assert bounds("nonsense") is None
    assert bounds(None) is None


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10)), max_size=12), st.permutations(range(12)))
def test_every_item_of_every_text_is_in_exactly_one_match(spans: list[tuple[int, int]], order: list[int]) -> None:
    items = [{"pool": f"192.0.2.{start}-192.0.2.{start + length}"} for start, length in spans]
    lists = tuple([items[at] for at in order if at < len(items) and at % 3 != text] for text in range(3))
    found = matches("pools", (lists[0], lists[1], lists[2])) or ()
    for text in range(3):
        have = [match.items[text] for match in found if match.items[text] is not ABSENT]
        assert sorted(map(id, have)) == sorted(map(id, lists[text]))


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("subnet4", lambda number: {"id": number, "subnet": "192.0.2.0/24"}),
        ("control-sockets", lambda number: {"socket-type": str(number)}),
        ("reservations", lambda number: {"hw-address": str(number), "ip-address": "192.0.2.1"}),
        ("pools", lambda number: {"pool": f"10.0.0.0/{number % 8}"}),
    ],
)
def test_the_work_grows_with_the_items_whatever_they_share(name: str, item: Callable[[int], dict[str, Any]]) -> None:
    """A server may show thousands of subnets with one prefix: the calls that it takes are counted."""

    def calls(items: int) -> int:
        count = 0

        def look(frame: object, event: str, argument: object) -> None:
            nonlocal count
            count += event == "call"

        lists = ([item(-1)], [item(-1)], [item(number) for number in range(items)])
        before = sys.getprofile()
        sys.setprofile(look)
        try:
            matches(name, lists)
        finally:
            sys.setprofile(before)
        return count

    assert calls(800) < 2.5 * calls(400)
