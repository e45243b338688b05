"""Prefixes, pools, delegation, networks, timers and boot fields: every mistake of the table, and what a finding says."""

from __future__ import annotations

import pytest

from kea_hac.kea.addressing import Prefix, Range, packed, read_pool, read_prefix
from kea_hac.kea.char_set import char_set_problem
from tests.unit.check.refusals import Row, dhcp4, dhcp6, found, holds, ids, net4, net6, one4, one6
from tests.unit.check.refused_addressing import ROWS, delegated, pds, pool, shared4

CASES = [(row, version) for row in ROWS for version in row.asked]


@pytest.mark.parametrize(("row", "version"), CASES, ids=ids)
def test_a_mistake_is_found_as_kea_judges_it(row: Row, version: str) -> None:
    holds(row, version)


def test_overlapping_subnets_point_at_each_other() -> None:
    (finding,) = found(dhcp4(subnet4=[net4(), net4(2, "192.0.2.128/25")]), "3.0.4")
    assert finding.message == "the subnet 192.0.2.128/25 overlaps with 192.0.2.0/24"
    assert finding.at == ("kea.conf", "Dhcp4", "subnet4", 1, "subnet")
    assert finding.related == ((("kea.conf", "Dhcp4", "subnet4", 0, "subnet"), "the other subnet"),)


def test_each_subnet_inside_a_wide_one_is_said_once() -> None:
    wide = [net4(1, "10.0.0.0/8"), net4(2, "10.1.0.0/16"), net4(3, "10.1.1.0/24"), net4(4, "11.0.0.0/8")]
    messages = [finding.message for finding in found(dhcp4(subnet4=wide), "2.6.3")]
    assert messages == [
        "the subnet 10.1.0.0/16 overlaps with 10.0.0.0/8",
        "the subnet 10.1.1.0/24 overlaps with 10.0.0.0/8",
    ]


def test_a_pool_of_another_family_is_called_so() -> None:
    (finding,) = found(one4(pools=pool("2001:db8::1 - 2001:db8::2")), "3.0.4")
    assert finding.message == "2001:db8::1 is IPv6, and this is an IPv4 pool"


def test_the_fix_of_a_delegation_is_a_length() -> None:
    (finding,) = found(pds(delegated(length=48, cut=40)), "3.0.4")
    assert (finding.message, finding.fix) == (
        "a /48 cannot be divided into /40: delegated-len must be at least 48",
        "write 48 or more",
    )


def test_what_all_subnets_inherit_is_said_once_where_it_stands() -> None:
    subnets = [net4(number, f"10.0.{number}.0/24") for number in range(1, 20)]
    (finding,) = found(dhcp4(renew_timer=200, rebind_timer=100, subnet4=subnets), "2.2.0")
    assert finding.at == ("kea.conf", "Dhcp4", "renew-timer")
    assert finding.severity is None


def test_an_inherited_bound_is_related_to_the_value_that_breaks_it() -> None:
    (finding,) = found(dhcp4(min_valid_lifetime=1000, subnet4=[net4(valid_lifetime=100)]), "3.0.4")
    assert finding.message == "'valid-lifetime' is 100 s, below 'min-valid-lifetime', which is 1000 s"
    assert finding.at[-3:] == ("subnet4", 0, "valid-lifetime")
    assert finding.related[0][0] == ("kea.conf", "Dhcp4", "min-valid-lifetime")


def test_the_implied_lifetime_is_named() -> None:
    (finding,) = found(one4(max_valid_lifetime=60), "3.0.4")
    assert (
        finding.message
        == "'valid-lifetime' is not set and counts as 7200 s (2 hours), above 'max-valid-lifetime', which is 60 s (1 minute)"
    )


def test_a_global_authoritative_does_not_reach_into_the_comparison() -> None:
    body = shared4(net4(authoritative=True))
    body["Dhcp4"]["authoritative"] = True
    (finding,) = found(body, "3.0.4")
    assert finding.message == "the subnet's 'authoritative' is true, and the shared network's is by default false"


def test_shared_flq_needs_sql() -> None:
    """3.2 only, which has no server here: read in its sources."""
    wrong = dhcp4(allocator="shared-flq", subnet4=[net4()])
    (finding,) = (each for each in found(wrong, "3.2") if each.rule.code == "KH229")
    assert finding.at == ("kea.conf", "Dhcp4", "allocator")
    right = dhcp4(allocator="shared-flq", subnet4=[net4()], lease_database={"type": "postgresql", "name": "kea"})
    assert [each for each in found(right, "3.2") if each.rule.code == "KH229"] == []


def test_a_lone_v6_subnet_is_clean() -> None:
    assert found(one6(pools=pool("2001:db8:1::/64"), pd_pools=[delegated()]), "2.6.3") == []
    assert found(dhcp6(subnet6=[net6(), net6(2, "2001:db8:2::/48")]), "2.2.0") == []


@pytest.mark.parametrize(
    ("text", "family", "meant"),
    [
        ("192.0.2.5/24", 4, Prefix(4, 0xC0000205, 24)),
        ("0.0.0.0/0", 4, Prefix(4, 0, 0)),
        ("2001:db8::/+32", 6, Prefix(6, 0x20010DB8 << 96, 32)),
        ("192.0.2.0/-1", 4, None),
        ("192.0.2.0/٢٤", 4, None),
        ("192.0.2.0/", 4, None),
        ("192.0.2.0\0/24", 4, None),
    ],
)
def test_prefixes_are_read_as_kea_does(text: str, family: int, meant: Prefix | None) -> None:
    assert read_prefix(text, family) == meant


def test_a_prefix_knows_its_ends() -> None:
    prefix = Prefix(4, 0xC0000205, 24)
    assert (prefix.first, prefix.last, prefix.has_host_bits) == (0xC0000200, 0xC00002FF, True)
    assert (str(prefix), str(prefix.network)) == ("192.0.2.5/24", "192.0.2.0/24")


def test_a_pool_may_hold_blanks() -> None:
    assert read_pool("192.0.2.1 0\t- 192.0.2.20", 4) == Range(4, 0xC000020A, 0xC0000214)


def test_a_zone_is_read_over() -> None:
    assert packed("fe80::1%eth0", 6) == packed("fe80::1", 6)
    assert packed("192.0.2.1%eth0", 4) is None


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "[]a]",
        "[a-]",
        "[[:ALPHA:]]",
        "[[.space.]]",
        "a+?",
        "()",
        "(|a)",
        "\\d",
        "[\\]",
        "a{2}{3}",
        "]",
        "}",
        "|",
        "[[]",
    ],
)
def test_expressions_that_kea_reads(text: str) -> None:
    """Each seen accepted by 2.2.0, 2.6.3 and 3.0.4."""
    assert char_set_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("[]", "[a", "[a-b-c]", "[z-a]", "[[:foo:]]", "[[:alpha]]", "[[.-.]]", "[[=ab=]]", "*a", "^*", "(*a)", "a|*"),
        *("a)", "(a", "a{2", "a{,3}", "a{5,2}", "a{x}", "{2}", "a\\", "(?=a)", "a" * 4097),
    ],
)
def test_expressions_that_kea_refuses(text: str) -> None:
    """Each seen refused by 2.2.0, 2.6.3 and 3.0.4."""
    assert char_set_problem(text)
