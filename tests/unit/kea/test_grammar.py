"""The vocabulary data: complete, consistent, and the same that Kea's grammars were counted to have."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from kea_hac.kea.grammar import Keyword, Kind, Program, ProgramName, Scope, narrowed, program, spoken
from kea_hac.kea.version import BRANCHES, Branch

# Keywords per scope at Kea 2.2.0, 2.4.2, 2.6.5, 3.0.4 and 3.2.0, counted in the grammar files by another program.
COUNTED = BRANCHES[: Branch.V3_2.order + 1]
"""The branches that these tables were made for; a newer one inherits (`tests/new_branch`), and what it changes has a test of its own."""
COUNTS: dict[ProgramName, dict[str, tuple[int, ...]]] = {
    "dhcp4": {
        "Dhcp4": (63, 66, 67, 71, 72),
        "subnet4": (44, 47, 47, 52, 53),
        "option-data": (8, 9, 9, 10, 10),
        "pool": (6, 7, 7, 23, 23),
        "reservation": (14, 14, 14, 14, 14),
        "relay": (2, 2, 1, 1, 1),
        "shared-network": (39, 42, 42, 47, 48),
        "interfaces-config": (9, 9, 9, 9, 9),
        "config-database": (16, 19, 20, 20, 21),
        "hosts-database": (17, 20, 21, 21, 22),
        "lease-database": (17, 20, 21, 21, 22),
        "client-class": (13, 15, 15, 16, 16),
        "option-def": (9, 9, 9, 9, 9),
        "hooks-library": (2, 2, 2, 2, 2),
        "expired-leases-processing": (6, 6, 6, 6, 6),
        "control-socket": (4, 4, 4, 12, 12),
        "dhcp-queue-control": (5, 5, 5, 5, 5),
        "dhcp-ddns": (17, 17, 10, 10, 10),
        "sanity-checks": (1, 2, 2, 2, 2),
        "config-control": (2, 2, 2, 2, 2),
        "logger": (6, 6, 7, 7, 7),
        "logger-output": (5, 5, 5, 5, 5),
        "multi-threading": (5, 5, 5, 5, 5),
        "compatibility": (1, 4, 4, 4, 4),
        "authentication": (0, 0, 0, 6, 6),
        "authentication-client": (0, 0, 0, 6, 6),
        "http-header": (0, 0, 0, 4, 4),
    },
    "dhcp6": {
        "Dhcp6": (64, 67, 67, 71, 73),
        "subnet6": (42, 45, 45, 50, 51),
        "option-data": (8, 9, 9, 10, 10),
        "pool": (6, 7, 7, 23, 23),
        "pd-pool": (10, 10, 11, 13, 13),
        "reservation": (10, 10, 10, 11, 11),
        "relay": (2, 2, 1, 1, 1),
        "shared-network": (39, 42, 42, 47, 48),
        "interfaces-config": (7, 7, 7, 7, 7),
        "config-database": (16, 19, 20, 20, 21),
        "hosts-database": (17, 20, 21, 21, 22),
        "lease-database": (17, 20, 21, 21, 22),
        "client-class": (12, 13, 13, 14, 14),
        "option-def": (9, 9, 9, 9, 9),
        "hooks-library": (2, 2, 2, 2, 2),
        "expired-leases-processing": (6, 6, 6, 6, 6),
        "server-id": (8, 8, 8, 8, 8),
        "control-socket": (4, 4, 4, 12, 12),
        "dhcp-queue-control": (5, 5, 5, 5, 5),
        "dhcp-ddns": (17, 17, 10, 10, 10),
        "sanity-checks": (1, 2, 2, 2, 2),
        "config-control": (2, 2, 2, 2, 2),
        "logger": (6, 6, 7, 7, 7),
        "logger-output": (5, 5, 5, 5, 5),
        "multi-threading": (5, 5, 5, 5, 5),
        "compatibility": (1, 1, 1, 1, 1),
        "authentication": (0, 0, 0, 6, 6),
        "authentication-client": (0, 0, 0, 6, 6),
        "http-header": (0, 0, 0, 4, 4),
    },
    "ctrl-agent": {
        "Control-agent": (12, 12, 12, 13, 0),
        "authentication": (6, 6, 6, 6, 0),
        "authentication-client": (6, 6, 6, 6, 0),
        "control-sockets": (3, 3, 3, 3, 0),
        "control-socket": (4, 4, 4, 4, 0),
        "hooks-library": (2, 2, 2, 2, 0),
        "logger": (6, 6, 7, 7, 0),
        "logger-output": (5, 5, 5, 5, 0),
        "http-header": (0, 0, 0, 4, 0),
    },
    "ha": {
        "relationship": (20, 21, 21, 21, 21),
        "peer": (10, 10, 10, 10, 11),
        "multi-threading": (4, 4, 4, 4, 4),
        "state-machine": (1, 1, 1, 1, 1),
        "state": (2, 2, 2, 2, 2),
    },
}
PROGRAMS = [program(name) for name in COUNTS]
SCOPES = [
    pytest.param(known, scope, id=f"{known.name}-{scope.name}") for known in PROGRAMS for scope in known.scopes.values()
]


@pytest.mark.parametrize(("known", "scope"), SCOPES)
def test_each_scope_has_as_many_keywords_as_the_grammar_of_each_version(known: Program, scope: Scope) -> None:
    counts = tuple(sum(branch in word.branches for word in scope.keywords.values()) for branch in COUNTED)
    assert counts == COUNTS[known.name][scope.name]


@pytest.mark.parametrize("name", COUNTS)
def test_no_scope_is_missing_or_too_many(name: ProgramName) -> None:
    assert set(program(name).scopes) == set(COUNTS[name])


@pytest.mark.parametrize(("known", "scope"), SCOPES)
def test_what_a_scope_names_exists(known: Program, scope: Scope) -> None:
    for word in scope.keywords.values():
        assert word.branches <= scope.branches <= known.branches
        assert word.branches
        assert word.scope is None or word.scope in known.scopes
        assert (word.kind is Kind.LIST) == (word.items is not None)
        assert bool(word.values) == (Kind.ENUM in (word.kind, word.items))
        assert word.kind is not Kind.MAP or word.free != bool(word.scope)
    assert set(scope.required) <= set(scope.keywords)
    for keys in scope.required_before.values():
        assert set(keys) <= set(scope.keywords)


@pytest.mark.parametrize(("known", "scope"), SCOPES)
def test_every_branch_has_its_own_view_of_every_keyword(known: Program, scope: Scope) -> None:
    for word in scope.keywords.values():
        for branch in word.branches:
            view = word.at(branch)
            assert (view.name, view.kind, view.scope) == (word.name, word.kind, word.scope)
            default = word.fact("default", branch)
            assert default is None or view.kind is not Kind.ENUM or default in view.values


def keyword(name: ProgramName, scope: str, key: str) -> Keyword:
    return program(name).scopes[scope].keywords[key]


def test_defaults_follow_the_version() -> None:
    threads = keyword("dhcp4", "multi-threading", "enable-multi-threading")
    assert [threads.fact("default", branch) for branch in COUNTED] == [False, True, True, True, True]
    cache = keyword("dhcp4", "Dhcp4", "cache-threshold")
    assert [cache.fact("default", branch) for branch in COUNTED] == [None, None, None, 0.25, 0.25]
    preferred = keyword("dhcp6", "Dhcp6", "preferred-lifetime")
    assert [preferred.fact("default", branch) for branch in COUNTED] == [3600, None, None, None, None]


def test_limits_follow_the_version() -> None:
    subnet_id = keyword("dhcp4", "subnet4", "id")
    assert [subnet_id.at(branch).minimum for branch in COUNTED] == [0, 0, 1, 1, 1]
    assert narrowed(subnet_id, frozenset(BRANCHES)).minimum == 0
    assert narrowed(subnet_id, frozenset({Branch.V2_6})).minimum == 1
    assert keyword("dhcp4", "Dhcp4", "allocator").at(Branch.V3_0).values == ("iterative", "random", "flq")
    assert not keyword("dhcp4", "Dhcp4", "client-classes").at(Branch.V2_6).empty_list
    assert keyword("dhcp4", "Dhcp4", "client-classes").at(Branch.V3_0).empty_list


@pytest.mark.parametrize(
    ("name", "scope", "key", "unit"),
    [
        ("dhcp4", "subnet4", "valid-lifetime", "s"),
        ("dhcp6", "Dhcp6", "min-preferred-lifetime", "s"),
        ("dhcp4", "expired-leases-processing", "hold-reclaimed-time", "s"),
        ("dhcp4", "expired-leases-processing", "max-reclaim-time", "ms"),
        ("dhcp4", "lease-database", "reconnect-wait-time", "ms"),
        ("dhcp4", "lease-database", "connect-timeout", "s"),
        ("dhcp4", "interfaces-config", "service-sockets-retry-wait-time", "ms"),
        ("ha", "relationship", "heartbeat-delay", "ms"),
        ("ha", "relationship", "max-unacked-clients", None),
        ("dhcp4", "subnet4", "id", None),
    ],
)
def test_lengths_of_time_have_a_unit(name: ProgramName, scope: str, key: str, unit: str | None) -> None:
    assert keyword(name, scope, key).unit == unit


def test_the_big_lists_are_printed_last_and_the_stamp_first() -> None:
    keys = list(program("dhcp4").scopes["Dhcp4"].keywords)
    assert keys[0] == "user-context"
    assert keys[-3:] == ["reservations", "shared-networks", "subnet4"]
    assert list(program("dhcp4").scopes["subnet4"].keywords)[:2] == ["id", "subnet"]
    assert next(iter(program("dhcp4").scopes["reservation"].keywords)) == "hw-address"


def test_branches_are_spoken_of_as_people_do() -> None:
    assert spoken(frozenset(BRANCHES[3:])) == "3.0 and newer"
    assert spoken(frozenset({Branch.V2_2, Branch.V2_4})) == "up to 2.4"
    assert spoken(frozenset(BRANCHES)) == "every known version"
    assert spoken(frozenset({Branch.V2_6})) == "2.6"
    assert spoken(frozenset()) == "no known version"


@pytest.mark.parametrize(("known", "scope"), SCOPES)
def test_a_default_that_changes_has_its_changelog_entry(known: Program, scope: Scope) -> None:
    """The report of an upgrade names it. A key that is replaced by another one is a matter of spelling."""
    for word in scope.keywords.values():
        branches = [branch for branch in BRANCHES if branch in word.branches]
        changes = [old for old, new in pairwise(branches) if word.fact("default", old) != word.fact("default", new)]
        for older in changes if not word.replaced_by else ():
            assert re.fullmatch(r"ChangeLog \d+", word.fact("default-source", older) or ""), (scope.name, word.name)
            for lines in word.fact("default-kept-by", older) or ():
                assert word.name in lines
                assert set(lines) <= set(scope.keywords)
