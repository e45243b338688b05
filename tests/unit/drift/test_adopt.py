"""Outside changes back into the spec: in the right place, as the smallest edit, and nothing is left of them on that server."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kea_hac
from kea_hac.adopt.adopt import Adoption, LiveConfiguration, Prefer
from kea_hac.adopt.besides import MARK
from kea_hac.api import Loaded, load, loaded
from kea_hac.changes.change import spelt
from kea_hac.drift.diffing import canonical
from kea_hac.kea.config import DHCP4
from kea_hac.source.edits import Action
from kea_hac.source.ledger import Reading
from kea_hac.source.rewrite import other_users, write_texts
from tests.shipped import ROOT, SPECS
from tests.unit.compiler.pairs import pair
from tests.unit.drift.adopting import (
    add,
    adopted,
    by_chance,
    drop,
    external,
    holding,
    nothing_at_hand,
    put,
    shown,
    texts,
    thawed,
)
from tests.unit.drift.pairs import MIXED
from tests.unit.source.test_properties import examples
from tests.unit.source.test_yaml_edit import lines

CAMPUS = load(SPECS / "campus.yaml")
BRANCH = load(SPECS / "branch.yaml")
ALL = sorted([*SPECS.glob("*.yaml"), *SPECS.glob("fleet/*.yaml"), *(ROOT / "tests/cases/ok").glob("*.yaml")])
HA = ("hooks-libraries", 1, "parameters", "high-availability", 0)


def spec_of(tmp_path: Path, text: str) -> Loaded:
    (tmp_path / "spec.yaml").write_text(text, "utf-8")
    return load(tmp_path / "spec.yaml")


def change_of(made: Adoption) -> tuple[list[str], list[str]]:
    """The lines that go and those that come; everything must have been adopted."""
    assert not made.refused, [(spelt(each.change.path), each.reason) for each in made.refused]
    return lines(*texts(made))


def one(spec: Loaded, *changes: Any, answer: bool = False, **options: Any) -> tuple[list[str], list[str]]:
    held = holding(spec, *changes, answer=answer)
    made = adopted(spec, held, **options)
    left = external(loaded(spec.path, Reading(made.plan.document)), held)
    assert not [paths for paths in left.values() if paths], left
    return change_of(made)


# In the right place


@pytest.mark.parametrize(
    ("change", "gone", "come"),
    [
        (put("valid-lifetime", 28800), ["  valid-lifetime: 4h"], ["  valid-lifetime: 8h"]),
        (put("echo-client-id", False), [], ["  echo-client-id: false"]),
        (
            put("option-data", 0, "data", "192.0.2.54"),
            ['    - {name: domain-name-servers, data: "192.0.2.53, 198.51.100.53"}'],
            ['    - {name: domain-name-servers, data: "192.0.2.54"}'],
        ),
        (
            add("subnet4", 0, "reservations", {"hw-address": "08:00:27:aa:bb:cc", "ip-address": "192.0.2.21", "hostname": "door"}),
            [],
            ['        - {hw-address: "08:00:27:aa:bb:cc", ip-address: 192.0.2.21, hostname: door}'],
        ),
        (
            add("subnet4", 0, "pools", {"pool": "192.0.2.210 - 192.0.2.220"}),
            ["      pools: [{pool: 192.0.2.100 - 192.0.2.199}]"],
            ["      pools: [{pool: 192.0.2.100 - 192.0.2.199}, {pool: 192.0.2.210 - 192.0.2.220}]"],
        ),
        (
            put("subnet4", 0, "pools", 0, "pool", "192.0.2.100-192.0.2.150"),
            ["      pools: [{pool: 192.0.2.100 - 192.0.2.199}]"],
            ["      pools: [{pool: 192.0.2.100 - 192.0.2.150}]"],
        ),
        (drop("subnet4", 1, "pools", 0), ["        - pool: 198.51.100.60 - 198.51.100.127"], []),
        (
            add("subnet4", {"id": 30, "subnet": "203.0.113.0/24", "interface": "eth0", "pools": [{"pool": "203.0.113.0/25"}]}),
            [],
            ["    - id: 30", "      subnet: 203.0.113.0/24", "      interface: lan", "      pools: [{pool: 203.0.113.0/25}]"],
        ),
        (
            put("subnet4", 1, "interface", "eth0"),
            [],
            ["      interface: lan"],
        ),
        (
            add("client-classes", {"name": "new", "test": "member('voip')"}),
            [],
            ["    - name: new", "      test: \"member('voip')\""],
        ),
        (
            put("expired-leases-processing", "reclaim-timer-wait-time", 99),
            [],
            ["  expired-leases-processing: {reclaim-timer-wait-time: 99s}"],
        ),
    ],
    ids=["a timer", "a switch", "an option", "a reservation", "a pool", "a range", "a pool less", "a subnet", "an alias", "a class", "a new map"],
)  # fmt: skip
def test_what_is_equal_on_both_goes_into_the_pair_s_map(change: Any, gone: list[str], come: list[str]) -> None:
    found = one(CAMPUS, ("kea1", "dhcp4", change))
    if "pools:" in "".join(come) and len(come) == 4:
        found = (found[0], [*found[1][:3], "      pools: [{pool: 203.0.113.0/25}]"])
    assert found == (gone, come)


def test_a_change_of_one_server_goes_into_its_own_map_where_they_may_differ() -> None:
    held = [
        ("kea1", "dhcp4", put("loggers", 0, "severity", "DEBUG")),
        ("kea1", "dhcp4", put("lease-database", "lfc-interval", 7200)),
    ]
    gone, come = one(CAMPUS, *held)
    assert not gone
    assert [line.strip() for line in come] == [
        "dhcp4:",
        "lease-database:",
        "lfc-interval: 2h",
        "loggers:",
        "- name: kea-dhcp4",
        "severity: DEBUG",
        "output-options:",
        "- {output: kea-dhcp4.log}",
    ]


def test_the_same_change_on_both_servers_goes_into_the_pair_s_map() -> None:
    found = one(CAMPUS, ("*", "dhcp4", put("loggers", 0, "severity", "DEBUG")))
    assert found == (["      severity: INFO"], ["      severity: DEBUG"])


def test_a_parameter_of_ha_becomes_a_key_by_family() -> None:
    gone, come = one(CAMPUS, ("kea1", "dhcp4", put(*HA, "heartbeat-delay", 20000)))
    assert (len(gone), come) == (
        1,
        [f"  heartbeat-delay: {{dhcp4: 20s, dhcp6: 10s}}        # {MARK}Kea's own key and unit; 10s is 10000 ms"],
    )
    both = [("kea1", family, put(*HA, "heartbeat-delay", 20000)) for family in ("dhcp4", "dhcp6")]
    assert one(CAMPUS, *both)[1] == [f"  heartbeat-delay: 20s        # {MARK}Kea's own key and unit; 10s is 10000 ms"]
    assert one(load(SPECS / "archive.yaml"), ("main", "dhcp4", put(*HA, "heartbeat-delay", 20000)))[1] == [
        "  heartbeat-delay: 20s"
    ]


def test_a_peer_s_key_goes_to_its_server() -> None:
    assert one(CAMPUS, ("kea1", "dhcp4", put(*HA, "peers", 1, "auto-failover", False))) == (
        [],
        ["    auto-failover: {dhcp4: false}"],
    )


def test_the_agent_has_a_map_of_its_own() -> None:
    assert one(CAMPUS, ("kea2", "ctrl-agent", put("http-port", 8080))) == (["  http-port: 8000"], ["  http-port: 8080"])


def test_a_library_behind_ha_marks_ha_s_place() -> None:
    library = {"library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_stat_cmds.so"}
    gone, come = one(CAMPUS, ("kea1", "dhcp4", add("hooks-libraries", library)))
    assert not gone
    assert [line.strip() for line in come[-2:]] == ["- {library: libdhcp_ha.so}", "- {library: libdhcp_stat_cmds.so}"]


def test_a_row_of_a_table_changes_in_the_table() -> None:
    spec = load(SPECS / "lone.yaml")
    change = put("subnet4", 0, "reservations", 1, "hostname", "planer")
    assert one(spec, ("workshop1", "dhcp4", change)) == (
        ["08:00:27:00:00:02,10.50.0.12,mill"],
        ["08:00:27:00:00:02,10.50.0.12,planer"],
    )


def test_an_old_spelling_stays_as_long_as_it_can_say_the_value(tmp_path: Path) -> None:
    text = (
        "kea-hac: 1\npair: old\nkea: 2.2\nplatform: debian\nservers: [{name: only, interfaces: [eth0]}]\n"
        "dhcp4:\n  client-classes: [{name: a, test: member('ALL')}, {name: b, test: member('ALL')}]\n"
        "  subnet4:\n    - id: 1\n      subnet: 192.0.2.0/24\n"
        "      relay: {ip-address: 192.0.2.1}\n      client-class: a\n      reservation-mode: all\n"
    )
    spec = spec_of(tmp_path, text)
    assert one(spec, ("only", "dhcp4", put("subnet4", 0, "client-class", "b"))) == (
        ["      client-class: a"],
        ["      client-class: b"],
    )
    assert one(spec, ("only", "dhcp4", put("subnet4", 0, "relay", "ip-addresses", ["192.0.2.1", "192.0.2.2"]))) == (
        ["      relay: {ip-address: 192.0.2.1}"],
        ["      relay: {ip-addresses: [192.0.2.1, 192.0.2.2]}"],
    )
    assert one(spec, ("only", "dhcp4", put("subnet4", 0, "reservations-global", True)), answer=True) == (
        ["      reservation-mode: all"],
        [
            "      reservations-global: true",
            "      reservations-in-subnet: true",
            "      reservations-out-of-pool: false",
        ],
    )


def test_placeholders_stay(tmp_path: Path) -> None:
    spec = load(ROOT / "tests/cases/ok/law-04-two-families.yaml")
    changes = [(server, "dhcp4", put(*HA, "key-file", f"/etc/kea/new/{server}.key")) for server in ("kea1", "kea2")]
    gone, come = one(spec, *changes)
    assert gone == ['  key-file: "/etc/kea/{server}.key"']
    assert come == ['  key-file: {dhcp4: "/etc/kea/new/{server}.key", dhcp6: "/etc/kea/{server}.key"}']


def test_another_order_is_the_same_lines_in_another_order() -> None:
    def swap(live: dict[str, Any]) -> None:
        live["option-data"].reverse()

    gone, come = one(CAMPUS, ("kea1", "dhcp4", swap))
    assert gone == come
    assert len(come) == 1


# Split pools


def test_both_halves_with_one_change_are_the_whole_pool() -> None:
    option = {"name": "routers", "code": 3, "space": "dhcp4", "data": "10.20.0.1"}
    changes = [("branch1", "dhcp4", add("subnet4", 0, "pools", half, "option-data", option)) for half in (0, 1)]
    assert one(BRANCH, *changes) == ([], ["          option-data: [{name: routers, data: 10.20.0.1}]"])


def test_another_range_of_both_halves_is_another_range_of_the_pool() -> None:
    changes = [
        ("branch1", "dhcp4", put("subnet4", 0, "pools", 0, "pool", "10.20.1.0-10.20.5.255")),
        ("branch1", "dhcp4", put("subnet4", 0, "pools", 1, "pool", "10.20.6.0-10.20.10.255")),
    ]
    assert one(BRANCH, *changes) == (
        ["        - pool: 10.20.1.0 - 10.20.8.255"],
        ["        - pool: 10.20.1.0 - 10.20.10.255"],
    )


def test_a_new_pool_that_is_shared_is_marked_so() -> None:
    _, come = one(BRANCH, ("branch1", "dhcp4", add("subnet4", 0, "pools", {"pool": "10.20.100.0/24"})))
    assert come == ["        - pool: 10.20.100.0/24", "          split: none"]


def test_both_halves_gone_are_the_pool_gone() -> None:
    changes = [("branch1", "dhcp4", drop("subnet4", 0, "pools", 0))] * 2
    assert one(BRANCH, *changes) == (["        - pool: 10.20.1.0 - 10.20.8.255"], [])


@pytest.mark.parametrize(
    "change",
    [
        put("subnet4", 0, "pools", 0, "pool", "10.20.1.0-10.20.4.200"),
        drop("subnet4", 0, "pools", 1),
        put("client-classes", 1, "test", "member('guest')"),
        put("subnet4", 0, "pools", 0, "client-class", "guest"),
    ],
    ids=["a range", "a half", "a class", "a guard"],
)
def test_half_of_a_split_pool_has_no_place(change: Any) -> None:
    made = adopted(BRANCH, holding(BRANCH, ("branch1", "dhcp4", change)))
    assert not made.plan.texts
    assert not made.adopted
    assert {each.change.server for each in made.refused} == {"branch1"}
    assert all(each.reason and each.manual for each in made.refused)


# What has no place


def refusal(spec: Loaded, *changes: Any, **options: Any) -> tuple[str, str]:
    made = adopted(spec, holding(spec, *changes), **options)
    assert not made.plan.texts
    (found,) = made.refused
    return found.reason, found.manual


def test_a_derived_value_names_what_it_comes_from() -> None:
    assert "`address`" in refusal(CAMPUS, ("kea1", "dhcp4", put(*HA, "peers", 0, "url", "https://192.0.2.99:8001/")))[1]
    assert "control-address" in refusal(CAMPUS, ("kea1", "ctrl-agent", put("http-host", "10.8.0.99")))[1]
    assert "alias" in refusal(CAMPUS, ("kea1", "dhcp4", put("interfaces-config", "interfaces", ["eth0", "eth9"])))[0]
    assert "alias" in refusal(CAMPUS, ("kea1", "dhcp4", put("subnet4", 1, "interface", "eth9")))[0]


def test_a_secret_is_never_written() -> None:
    reason, manual = refusal(
        CAMPUS,
        (
            "kea1",
            "dhcp4",
            put("hosts-databases", [{"type": "mysql", "name": "kea", "user": "kea", "password": "Tr0ub4dor"}]),
        ),
    )
    assert "secret" in reason
    assert "!secret" in manual
    assert "Tr0ub4dor" not in reason + manual


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("boot-file-name",), "http://boot:Tr0ub4dor@192.0.2.9/boot.img"),
        (("user-context",), {"source": "https://kea:Tr0ub4dor@example.org/subnets"}),
        (("user-context",), {"sources": ["x", "postgresql://kea:Tr0ub4dor@192.0.2.9/kea"]}),
        (("user-context",), {"connection": "host=192.0.2.9 user=kea password=Tr0ub4dor"}),
        (("subnet4", 0, "option-data"), [{"name": "boot-file-name", "data": "ftp://boot:Tr0ub4dor@192.0.2.9/b"}]),
    ],
)
def test_a_password_inside_a_value_is_never_written(way: tuple[str | int, ...], value: object) -> None:
    made = adopted(CAMPUS, holding(CAMPUS, ("kea1", "dhcp4", put(*way, value))))
    assert "Tr0ub4dor" not in "".join(made.plan.texts.values()) + repr(
        [(each.reason, each.manual) for each in made.refused]
    )
    assert "secret" in made.refused[0].reason


def test_a_user_without_a_password_is_no_secret() -> None:
    made = adopted(CAMPUS, holding(CAMPUS, ("kea1", "dhcp4", put("boot-file-name", "tftp://guest@192.0.2.9/b.img"))))
    assert made.refused == ()


def test_what_would_break_a_rule_is_refused_with_the_rule_s_words() -> None:
    reason, _ = refusal(CAMPUS, ("kea1", "dhcp4", add("subnet4", 0, "pools", {"pool": "10.0.0.0/24"})))
    assert reason.startswith("the spec would then have an error: the pool")


def test_a_file_of_the_fleet_is_not_touched() -> None:
    spec = load(SPECS / "fleet" / "airport.yaml")
    assert spec.document is not None
    shared = other_users(spec.document)
    held = holding(
        spec,
        ("airport1", "dhcp4", put("option-data", 0, "data", "192.0.2.1")),
        ("airport1", "dhcp4", put("valid-lifetime", 7200)),
    )
    made = adopted(spec, held, shared=shared)
    assert "harbour.yaml" in made.refused[0].reason
    assert [spelt(each.path) for each in made.adopted] == ["valid-lifetime"]
    assert list(made.plan.texts) == [str(spec.path)]
    alone = adopted(spec, held)
    assert {Path(path).name for path in alone.plan.texts} == {"options.yaml", "timers.yaml"}


# Two servers


NEW = {"hw-address": "08:00:27:aa:bb:cc", "ip-address": "192.0.2.21", "hostname": "door"}
WIDER = put("subnet4", 0, "pools", 0, "pool", "192.0.2.100-192.0.2.240")
DOOR = add("subnet4", 0, "reservations", NEW)


@pytest.mark.parametrize(
    "changes",
    [
        [("kea1", WIDER), ("*", DOOR)],
        [("kea2", WIDER), ("*", DOOR)],
        [("*", WIDER), ("kea1", DOOR)],
        [("*", WIDER), ("*", DOOR), ("kea2", put("valid-lifetime", 7200))],
        [("kea1", WIDER), ("kea2", DOOR)],
        [("kea1", WIDER), ("kea1", drop("subnet4", 1, "pools", 0)), ("*", put("subnet4", 1, "renew-timer", 60))],
        [("kea1", put("subnet4", 0, "id", 11)), ("*", put("valid-lifetime", 7200))],
    ],
    ids=["pool on one", "on the other", "reservation on one", "three", "one each", "a pool less", "another id"],
)
def test_what_is_on_one_server_and_what_is_on_both_are_adopted_together(changes: list[Any]) -> None:
    held = holding(CAMPUS, *((server, "dhcp4", change) for server, change in changes))
    made = adopted(CAMPUS, held)
    assert not made.refused, [(each.change.server, spelt(each.change.path), each.reason) for each in made.refused]
    left = external(loaded(CAMPUS.path, Reading(made.plan.document)), held)
    assert left[("kea1", "dhcp4")] == [] or changes[0][0] == "kea2"
    for server in ("kea1", "kea2"):
        own = {spelt(each.path) for each in made.adopted if each.server == server}
        assert not own & set(left[(server, "dhcp4")])


def test_two_new_items_of_a_list_that_the_spec_has_not_yet() -> None:
    """On one server, or one on each: they come into one list."""
    first, second = ({"hw-address": f"08:00:27:aa:bb:0{end}", "ip-address": f"198.51.100.{end}"} for end in (5, 6))
    put_first, put_second = (add("subnet4", 1, "reservations", each) for each in (first, second))
    for servers in (("kea1", "kea1"), ("kea1", "kea2"), ("*", "*")):
        changes = [(server, "dhcp4", put) for server, put in zip(servers, (put_first, put_second), strict=True)]
        made = adopted(CAMPUS, holding(CAMPUS, *changes))
        assert not made.refused, [each.reason for each in made.refused]
        come = "\n".join(lines(*texts(made))[1])
        assert come.count("08:00:27:aa:bb:05") == come.count("08:00:27:aa:bb:06") == 1


def subnet_of(number: int, prefix: str, pool: str) -> Any:
    return add("subnet4", {"id": number, "subnet": prefix, "pools": [{"pool": pool}]})


APART = {
    "a value": (put("valid-lifetime", 7200), put("valid-lifetime", 10800)),
    "a range": (WIDER, put("subnet4", 0, "pools", 0, "pool", "192.0.2.100-192.0.2.220")),
    "a new reservation": (DOOR, add("subnet4", 0, "reservations", {**NEW, "hostname": "gate"})),
    "an address twice": (DOOR, add("subnet4", 0, "reservations", {**NEW, "hw-address": "08:00:27:aa:bb:cd"})),
    "the first reservations": (
        add("subnet4", 1, "reservations", {**NEW, "ip-address": "198.51.100.5"}),
        add("subnet4", 1, "reservations", {**NEW, "ip-address": "198.51.100.6"}),
    ),
    "overlapping pools": (
        add("subnet4", 0, "pools", {"pool": "192.0.2.210-192.0.2.220"}),
        add("subnet4", 0, "pools", {"pool": "192.0.2.215-192.0.2.225"}),
    ),
    "one id for two subnets": (
        subnet_of(30, "203.0.113.0/25", "203.0.113.10-203.0.113.20"),
        subnet_of(30, "203.0.113.128/25", "203.0.113.130-203.0.113.140"),
    ),
    "one prefix with two ids": (
        subnet_of(30, "203.0.113.0/24", "203.0.113.10-203.0.113.20"),
        subnet_of(31, "203.0.113.0/24", "203.0.113.10-203.0.113.20"),
    ),
    "removed and changed": (drop("subnet4", 1), put("subnet4", 1, "renew-timer", 60)),
    "removed and added to": (
        drop("subnet4", 1),
        add("subnet4", 1, "reservations", {**NEW, "ip-address": "198.51.100.5"}),
    ),
    "ha": (put(*HA, "heartbeat-delay", 5000), put(*HA, "heartbeat-delay", 7000)),
}
"""What was changed differently on two servers, by what it is."""


@pytest.mark.parametrize("what", APART)
@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_servers_that_were_changed_differently_are_asked_about(what: str, turned: bool) -> None:
    """Neither's word is taken: not the primary's, and not that of whoever comes first."""
    one, other = reversed(APART[what]) if turned else APART[what]
    made = adopted(CAMPUS, holding(CAMPUS, ("kea1", "dhcp4", one), ("kea2", "dhcp4", other)))
    assert not made.adopted
    assert not made.plan.texts
    assert {each.change.server for each in made.refused} == {"kea1", "kea2"}
    assert all("--prefer kea1 or --prefer kea2" in each.manual for each in made.refused), made.refused
    assert all("the spec has only one place for both" in each.reason for each in made.refused)


@pytest.mark.parametrize("what", APART)
@pytest.mark.parametrize("server", ["kea1", "kea2"])
def test_the_server_that_is_preferred_has_its_way(what: str, server: str) -> None:
    held = holding(
        CAMPUS, *((name, "dhcp4", change) for name, change in zip(("kea1", "kea2"), APART[what], strict=True))
    )
    made = adopted(CAMPUS, held, prefer=server)
    assert {each.server for each in made.adopted} == {server}
    assert {each.change.server for each in made.refused} == {"kea1", "kea2"} - {server}
    left = external(loaded(CAMPUS.path, Reading(made.plan.document)), held)
    assert left[(server, "dhcp4")] == []


def test_what_is_each_server_s_own_is_no_disagreement() -> None:
    changes = [
        (name, "dhcp4", put("loggers", 0, "severity", level)) for name, level in (("kea1", "DEBUG"), ("kea2", "WARN"))
    ]
    spec = BRANCH if not CAMPUS.path else CAMPUS
    made = adopted(spec, holding(spec, *changes)) if _has_loggers(spec) else None
    assert made is None or not made.refused


def _has_loggers(spec: Loaded) -> bool:
    return any("loggers" in config for _, _, config in shown(spec))


def test_what_agrees_is_adopted_beside_what_does_not() -> None:
    changes = [("kea1", put("valid-lifetime", 7200)), ("kea2", put("valid-lifetime", 10800)), ("*", DOOR)]
    made = adopted(CAMPUS, holding(CAMPUS, *((server, "dhcp4", change) for server, change in changes)))
    assert {each.server for each in made.adopted} == {"kea1", "kea2"}
    assert {spelt(each.path).rpartition(".")[2] for each in made.adopted} == {
        "reservations[hw-address=08:00:27:aa:bb:cc]"
    }
    assert len(made.refused) == 2


@pytest.mark.parametrize("servers", [("kea1", "*"), ("kea2", "*"), ("*", "kea1"), ("kea1", "kea2"), ("kea2", "kea1")])
def test_servers_of_two_versions_spell_a_key_in_two_ways(tmp_path: Path, servers: tuple[str, str]) -> None:
    spec = spec_of(tmp_path, MIXED)
    first, second = servers

    def in_class_b(live: dict[str, Any]) -> None:
        pool = live["subnet4"][1]["pools"][0]
        pool |= {"client-classes": ["b"]} if "client-classes" in pool else {"client-class": "b"}

    entry = {"hw-address": "08:00:27:aa:bb:cc", "ip-address": "10.1.0.5"}
    changes = [(first, "dhcp4", in_class_b), (second, "dhcp4", add("subnet4", 0, "reservations", entry))]
    made = adopted(spec, holding(spec, *changes))
    assert not made.refused, [(each.change.server, spelt(each.change.path), each.reason) for each in made.refused]


# Base, spec and live


def moved_on(tmp_path: Path) -> tuple[Loaded, list[LiveConfiguration]]:
    """kea1 was changed by hand, and the spec in the same place."""
    held = holding(CAMPUS, ("kea1", "dhcp4", put("valid-lifetime", 7200)), ("kea1", "dhcp4", put("renew-timer", 1800)))
    text = CAMPUS.path.read_text("utf-8").replace("  valid-lifetime: 4h\n  renew", "  valid-lifetime: 5h\n  renew")
    return spec_of(tmp_path, text), held


def test_a_conflict_needs_to_be_told_whose_value_holds(tmp_path: Path) -> None:
    spec, held = moved_on(tmp_path)
    made = adopted(spec, held)
    assert [spelt(each.path) for each in made.adopted] == ["renew-timer"]
    assert made.refused[0].manual == "use --prefer live, --prefer kea1 or --prefer spec"
    named = adopted(spec, held, prefer="kea1")
    assert lines(*texts(named))[1] == ["  valid-lifetime: 2h", "  renew-timer: 30m"]
    other = adopted(spec, held, prefer="kea2")
    assert lines(*texts(other))[1] == ["  renew-timer: 30m"]
    assert "--prefer kea1" in other.refused[0].manual
    live = adopted(spec, held, prefer=Prefer.LIVE)
    assert lines(*texts(live))[1] == ["  valid-lifetime: 2h", "  renew-timer: 30m"]
    mine = adopted(spec, held, prefer=Prefer.SPEC)
    assert not mine.refused
    assert lines(*texts(mine))[1] == ["  renew-timer: 30m"]


def test_without_a_base_nobody_knows_whose_change_it_is() -> None:
    held = [
        LiveConfiguration(each.server, each.daemon, each.version, None, each.live)
        for each in holding(CAMPUS, ("kea1", "dhcp4", put("renew-timer", 60)))
    ]
    assert "it is unknown" in adopted(CAMPUS, held).refused[0].reason
    assert lines(*texts(adopted(CAMPUS, held, prefer=Prefer.LIVE)))[1] == ["  renew-timer: 1m"]


def test_a_config_get_answer_that_was_edited_and_sent_back_is_adopted_whole() -> None:
    """Every inherited value is written out in it: the global timer changes, and the subnets keep theirs."""
    spec = CAMPUS
    held = holding(spec, ("kea1", "dhcp4", put("renew-timer", 1800)), answer=True)
    made = adopted(spec, held)
    assert lines(*texts(made)) == (
        ["  renew-timer: 1h"],
        ["  renew-timer: 30m", "      renew-timer: 1h", "      renew-timer: 1h"],
    )
    (besides,) = made.besides  # what is written in each subnet is named once
    assert besides.what == "set renew-timer to 1h"
    assert besides.places == ("dhcp4.subnet4[0]", "dhcp4.subnet4[1]")
    assert "the servers keep this value" in besides.why


def test_a_pool_that_is_marked_as_shared_is_named() -> None:
    made = adopted(
        BRANCH, holding(BRANCH, ("branch1", "dhcp4", add("subnet4", 0, "pools", {"pool": "10.20.100.0/24"})))
    )
    (besides,) = made.besides
    assert (besides.what, besides.places) == ("split: none", ("dhcp4.subnet4[0].pools (10.20.100.0/24)",))


COMMENTS = """\
# leases of 8h
valid-lifetime: 8h  # eight hours
subnet4:
  - {id: 1, subnet: 192.0.2.0/24, pools: [{pool: 192.0.2.10 - 192.0.2.99}], renew-timer: 1h}  # 90 addresses
"""


@pytest.mark.parametrize(
    ("change", "comments"),
    [
        (put("valid-lifetime", 3600), ["# eight hours", "# leases of 8h"]),
        (put("subnet4", 0, "renew-timer", 1800), ["# 90 addresses"]),
        (add("subnet4", 0, "pools", {"pool": "192.0.2.200-192.0.2.210"}), []),
    ],
)  # fmt: skip
def test_a_comment_beside_a_changed_value_is_named(tmp_path: Path, change: Any, comments: list[str]) -> None:
    """`4h  # eight hours`: whoever reads the report knows that it may be wrong."""
    spec = spec_of(tmp_path, pair(COMMENTS))
    made = adopted(spec, holding(spec, ("*", "dhcp4", change)))
    assert [each.what for each in made.comments] == comments
    assert made.besides == ()


REMARKS = """\
# leases of 8h
valid-lifetime: 8h  # eight hours
server-tag: red  # colour of the rack
subnet4:
  - id: 1
    subnet: 192.0.2.0/24
    # guests: 192.0.2.20 - 192.0.2.99
    pools: [{pool: 192.0.2.20 - 192.0.2.99}]  # 80 addresses
    reservations:
      - {hw-address: "08:00:27:00:00:01", ip-address: 192.0.2.5}  # the printer
"""


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (put("valid-lifetime", 3600), ["# MARK leases of 8h", "valid-lifetime: 1h  # MARK eight hours"]),
        (put("server-tag", "blue"), ["server-tag: blue  # colour of the rack"]),
        (
            put("subnet4", 0, "pools", 0, "pool", "192.0.2.20-192.0.2.89"),
            [
                "    # MARK guests: 192.0.2.20 - 192.0.2.99",
                "    pools: [{pool: 192.0.2.20 - 192.0.2.89}]  # MARK 80 addresses",
            ],
        ),
        (
            put("subnet4", 0, "reservations", 0, "ip-address", "192.0.2.6"),
            ['      - {hw-address: "08:00:27:00:00:01", ip-address: 192.0.2.6}  # the printer'],
        ),
    ],
)  # fmt: skip
def test_a_comment_that_describes_a_former_value_gets_a_mark(tmp_path: Path, change: Any, new: list[str]) -> None:
    spec = spec_of(tmp_path, pair(REMARKS))
    made = adopted(spec, holding(spec, ("*", "dhcp4", change)))
    indent = "  "
    assert lines(*texts(made))[1] == [indent + each.replace("MARK ", MARK) for each in new]
    Path(spec.path).write_text(texts(made)[1], "utf-8")
    again = load(spec.path)
    twice = adopted(again, holding(again, ("*", "dhcp4", put("valid-lifetime", 7200))))
    assert texts(twice)[1].count(MARK + MARK) == 0


def test_an_edit_that_is_the_change_itself_is_not_named_twice() -> None:
    assert adopted(CAMPUS, holding(CAMPUS, ("*", "dhcp4", DOOR), ("kea1", "dhcp4", WIDER))).besides == ()


# Laws


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_adopting_nothing_edits_nothing(path: Path) -> None:
    spec = load(path)
    made = adopted(spec, holding(spec))
    assert not made.plan.texts
    assert not made.adopted
    assert not made.refused


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
@examples(4)
@given(seed=st.integers(0, 2**48))
def test_put_get(path: Path, seed: int) -> None:
    """What was adopted from a server is no outside change there any more, and all else that is one was refused by name."""
    chance = random.Random(seed)
    spec = load(path)
    held = holding(spec)
    number = chance.randrange(len(held))
    changed = held[number]
    live = thawed(changed.live)
    for _ in range(chance.choice([1, 1, 2, 4])):
        by_chance(live, chance, changed.daemon)
    node = next(node for node, daemon, _ in shown(spec) if (node.name, daemon) == (changed.server, changed.daemon))
    shows = canonical(node, changed.daemon, live, node.version, nothing_at_hand)
    held[number] = LiveConfiguration(changed.server, changed.daemon, changed.version, changed.base, shows)
    before = external(spec, held)
    made = adopted(spec, held)
    after = external(loaded(spec.path, Reading(made.plan.document)), held)
    refused = {spelt(each.change.path) for each in made.refused}
    name = (changed.server, changed.daemon.name)
    assert set(after[name]) <= refused
    assert {spelt(each.path) for each in made.adopted} == set(before[name]) - refused
    assert all(not paths for other, paths in after.items() if other != name)
    assert all(each.reason and each.manual for each in made.refused)
    old, new = texts(made)
    gone, _ = lines(old, new)
    kinds = {edit.action for edit in made.plan.done}
    if kinds <= {Action.SET, Action.INSERT}:
        assert notes(old) <= notes(new.replace(MARK, ""))  # nothing was removed, so no comment was
        assert len(gone) <= len(made.plan.done) + nested(made)


def nested(made: Adoption) -> int:
    """Values inside new maps and lists, which may each stand in a line that changes."""
    return sum(str(edit.value).count(",") for edit in made.plan.done if isinstance(edit.value, dict | list))


def notes(text: str) -> Counter[str]:
    """The comments of a text."""
    return Counter(
        line[line.index(" #") if " #" in line else 0 :]
        for line in text.splitlines()
        if " #" in line or line.startswith("#")
    )


def test_the_files_are_written_and_build_to_what_the_server_has(tmp_path: Path) -> None:
    for path in SPECS.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(SPECS)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    spec = load(tmp_path / "campus.yaml")
    held = holding(
        spec, ("kea1", "dhcp4", put("valid-lifetime", 28800)), ("kea1", "dhcp4", put("max-valid-lifetime", 43200))
    )
    made = adopted(spec, held)
    write_texts(made.document, made.plan.texts)
    checked = kea_hac.compile_spec(tmp_path / "campus.yaml")
    assert checked.build is not None
    again = load(tmp_path / "campus.yaml")
    left = external(again, held)
    assert not left["kea1", DHCP4.name]
