"""Hook libraries by branch."""

from __future__ import annotations

import pytest

from kea_hac.kea.hooks import (
    OPEN_SOURCE,
    PREMIUM,
    Shipping,
    ha_place,
    name_in,
    newest_name,
    shipping,
    short_name,
    sql_library,
)
from kea_hac.kea.version import BRANCHES, Branch


def test_nothing_is_both_open_source_and_premium() -> None:
    for branch in BRANCHES:
        assert not OPEN_SOURCE[branch] & PREMIUM[branch]
    assert [len(OPEN_SOURCE[branch]) for branch in BRANCHES[:5]] == [9, 9, 10, 21, 21]


@pytest.mark.parametrize(
    ("library", "branch", "how"),
    [
        ("libdhcp_ha.so", Branch.V2_2, Shipping.OPEN_SOURCE),
        ("/usr/lib/kea/hooks/libdhcp_ha.so", Branch.V3_2, Shipping.OPEN_SOURCE),
        ("libdhcp_perfmon.so", Branch.V2_4, Shipping.ABSENT),
        ("libdhcp_host_cmds.so", Branch.V2_6, Shipping.PREMIUM),
        ("libdhcp_host_cmds.so", Branch.V3_0, Shipping.OPEN_SOURCE),
        ("libdhcp_mysql_cb.so", Branch.V2_6, Shipping.OPEN_SOURCE),
        ("libdhcp_mysql_cb.so", Branch.V3_0, Shipping.OPEN_SOURCE),
        ("libdhcp_rbac.so", Branch.V3_0, Shipping.PREMIUM),
        ("libca_rbac.so", Branch.V2_6, Shipping.PREMIUM),
        ("libsite_own.so", Branch.V2_6, Shipping.UNKNOWN),
    ],
)
def test_shipping(library: str, branch: Branch, how: Shipping) -> None:
    assert shipping(library, branch) is how


def test_names_change_with_the_branch_and_directories_stay() -> None:
    assert newest_name("/x/libdhcp_pgsql_cb.so") == "/x/libdhcp_pgsql.so"
    assert name_in("/x/libdhcp_pgsql.so", Branch.V2_6) == "/x/libdhcp_pgsql_cb.so"
    assert name_in("libdhcp_pgsql_cb.so", Branch.V3_0) == "libdhcp_pgsql.so"
    assert name_in("libdhcp_ha.so", Branch.V2_2) == "libdhcp_ha.so"
    assert [short_name("/a/libdhcp_ha.so"), short_name("own.so")] == ["ha", "own.so"]


def test_sql_needs_a_library_from_3_0_and_for_a_configuration_backend_before() -> None:
    assert sql_library("mysql", Branch.V3_0) == "libdhcp_mysql.so"
    assert sql_library("postgresql", Branch.V3_2) == "libdhcp_pgsql.so"
    assert sql_library("mysql", Branch.V2_6) is None
    assert sql_library("mysql", Branch.V2_6, config_backend=True) == "libdhcp_mysql_cb.so"
    assert sql_library("memfile", Branch.V3_0) is None


def test_ha_goes_before_legal_log_at_the_end_of_the_list() -> None:
    assert ha_place(["libdhcp_lease_cmds.so", "libdhcp_legal_log.so"]) == 1
    assert ha_place(["libdhcp_legal_log.so", "libdhcp_flex_id.so"]) == 2
    assert ha_place([]) == 0
