"""Old spellings become new ones, new ones what each version reads, and what a version cannot say is reported."""

from __future__ import annotations

from typing import Any

import pytest

from kea_hac.diagnostics import Finding, Severity
from kea_hac.kea.config import Block
from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.order import arrange, in_order
from kea_hac.kea.reading import read_block
from kea_hac.kea.spelling import Respeller, respell, unsupported
from kea_hac.kea.synonyms import RESERVATION_MODES
from kea_hac.kea.version import BRANCHES, Branch, KeaVersion
from tests.unit.kea.documents import Quoted, plain, typed


def read(data: Any, name: ProgramName = "dhcp4", **options: Any) -> tuple[Block, list[Finding]]:
    """A Block and its findings; that these fragments lack keys is no matter here."""
    found: list[Finding] = []
    block = read_block(program(name), program(name).top, plain(data), (), found.append, partial=True, **options)
    return block, [each for each in found if each.rule.name != "missing-key"]


def spelt(data: Any, version: str, name: ProgramName = "dhcp4") -> tuple[Block, list[Finding]]:
    """What is written for a version, and what could not be said."""
    block, found = read(data, name)
    assert not [each for each in found if each.severity or each.rule.severity is Severity.ERROR]
    found.clear()
    target = KeaVersion.parse(version)
    made = respell(block, program(name), target, found.append, "kea1")
    return made, [*found, *unsupported(made, program(name), target, "kea1")]


UNIX = {"socket-type": "unix", "socket-name": "s"}
POOL = {"pool": "192.0.2.1 - 192.0.2.9"}
PAIRS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("control socket", {"control-socket": UNIX}, {"control-sockets": [UNIX]}, "3.0"),
    (
        "class of a pool",
        {"subnet4": [{"pools": [{**POOL, "client-class": "a"}]}]},
        {"subnet4": [{"pools": [{**POOL, "client-classes": ["a"]}]}]},
        "3.0",
    ),
    ("class of a subnet", {"subnet4": [{"client-class": "a"}]}, {"subnet4": [{"client-classes": ["a"]}]}, "3.0"),
    (
        "class of a network",
        {"shared-networks": [{"client-class": "a"}]},
        {"shared-networks": [{"client-classes": ["a"]}]},
        "3.0",
    ),
    (
        "classes to evaluate",
        {"subnet4": [{"require-client-classes": ["a", "b"]}]},
        {"subnet4": [{"evaluate-additional-classes": ["a", "b"]}]},
        "3.0",
    ),
    (
        "additional class",
        {"client-classes": [{"only-if-required": True}]},
        {"client-classes": [{"only-in-additional-list": True}]},
        "3.0",
    ),
    (
        "logger output",
        {"loggers": [{"severity": "INFO", "output_options": [{"output": "stdout"}]}]},
        {"loggers": [{"severity": "INFO", "output-options": [{"output": "stdout"}]}]},
        "2.6",
    ),
    (
        "DDNS conflicts",
        {"ddns-use-conflict-resolution": True},
        {"ddns-conflict-resolution-mode": "check-with-dhcid"},
        "2.6",
    ),
    (
        "no DDNS conflicts",
        {"subnet4": [{"ddns-use-conflict-resolution": False}]},
        {"subnet4": [{"ddns-conflict-resolution-mode": "no-check-with-dhcid"}]},
        "2.6",
    ),
    (
        "SQL library",
        {"hooks-libraries": [{"library": "libdhcp_mysql_cb.so"}]},
        {"hooks-libraries": [{"library": "libdhcp_mysql.so"}]},
        "3.0",
    ),
]


@pytest.mark.parametrize(("old", "new", "first"), [pytest.param(*row[1:], id=row[0]) for row in PAIRS])
def test_the_old_spelling_is_read_as_the_new_one_and_written_where_it_is_read(old: Any, new: Any, first: str) -> None:
    found: list[Finding] = []
    known = program("dhcp4")
    block = read_block(known, "Dhcp4", typed(old), (), found.append, partial=True)
    noted = [each for each in found if each.rule.name == "old-spelling"]
    assert block == new
    assert len(noted) == 1
    for branch in BRANCHES:
        unsayable: list[Finding] = []
        made = respell(block, known, KeaVersion(branch), unsayable.append, "kea1")
        assert not unsayable
        assert made == (old if branch.order < Branch(first).order else new)


def test_every_old_spelling_of_the_data_is_understood() -> None:
    """A keyword that the data says is replaced must not survive the reading."""
    values: dict[str, Any] = {
        "control-socket": UNIX,
        "client-class": "a",
        "require-client-classes": ["a"],
        "only-if-required": True,
        "output_options": [{"output": "stdout"}],
        "ddns-use-conflict-resolution": True,
        "hosts-database": {"type": "mysql"},
        "ip-address": "192.0.2.1",
        "reservation-mode": "all",
    }
    for name in ("dhcp4", "dhcp6", "ctrl-agent"):
        for scope in program(name).scopes.values():
            replaced = [word for word in scope.keywords.values() if word.replaced_by and scope.name != "dhcp-ddns"]
            for word in replaced:
                found: list[Finding] = []
                node = typed({word.name: values[word.name]})
                block = read_block(program(name), scope.name, node, (), found.append, partial=True)
                assert set(block) <= set(word.replaced_by), (scope.name, word.name)
                assert block
                assert [each.rule.name for each in found] == ["old-spelling"]


@pytest.mark.parametrize("mode", RESERVATION_MODES)
def test_reservation_mode(mode: str) -> None:
    block, found = read({"subnet4": [{"id": "1", "reservation-mode": mode}]})
    assert dict(block["subnet4"][0]) == {"id": 1, **RESERVATION_MODES[mode]}
    assert [each.at for each in found] == [("subnet4", 0, "reservation-mode")]
    assert block["subnet4"][0].where("reservations-global") == ("subnet4", 0, "reservation-mode")


def test_ddns_keys_move_from_the_ddns_map_to_the_top() -> None:
    block, found = read({"dhcp-ddns": {"enable-updates": "true", "qualifying-suffix": "example.org"}})
    assert block == {"dhcp-ddns": {"enable-updates": True}, "ddns-qualifying-suffix": "example.org"}
    assert [(each.rule.name, each.at) for each in found] == [("old-spelling", ("dhcp-ddns", "qualifying-suffix"))]
    _, both = read({"ddns-qualifying-suffix": "a", "dhcp-ddns": {"enable-updates": "true", "qualifying-suffix": "b"}})
    assert [(each.rule.name, each.at) for each in both] == [
        ("one-of-two-spellings-ignored", ("dhcp-ddns", "qualifying-suffix"))
    ]


def test_old_and_new_together_are_a_mistake_and_the_new_one_stays() -> None:
    block, found = read({"subnet4": [{"client-class": "a", "client-classes": ["b"]}]})
    assert block["subnet4"][0]["client-classes"] == ["b"]
    assert [(each.rule.name, each.at, each.on_key) for each in found] == [
        ("double-meaning", ("subnet4", 0, "client-class"), True)
    ]
    assert found[0].related[0][0] == ("subnet4", 0, "client-classes")


def test_an_old_spelling_is_no_finding_where_only_it_is_read() -> None:
    old = {"subnet4": [{"client-class": "a"}], "hooks-libraries": [{"library": "/x/libdhcp_pgsql_cb.so"}]}
    assert not read(old, branches=frozenset({Branch.V2_2, Branch.V2_6}))[1]
    assert len(read(old, branches=frozenset({Branch.V3_0}))[1]) == 2


def test_the_place_of_an_old_key_is_kept_for_later_findings() -> None:
    block, _ = read({"subnet4": [{"client-class": "a"}]})
    assert block["subnet4"][0].where("client-classes") == ("subnet4", 0, "client-class")
    made = respell(block, program("dhcp4"), KeaVersion.parse("2.6"), pytest.fail, "kea1")
    assert made["subnet4"][0].where("client-class") == ("subnet4", 0, "client-class")


def test_null_and_empty_classes() -> None:
    block, _ = read({"control-socket": None, "subnet4": [{"client-class": Quoted("")}]}, allow_null=True)
    assert block["control-sockets"] is None
    block, found = read(
        {"subnet4": [{"id": "1", "client-class": Quoted("")}, {"id": "2", "client-classes": []}]},
        branches=frozenset({Branch.V2_2}),
    )
    assert not found
    assert block == {"subnet4": [{"id": 1}, {"id": 2, "client-classes": []}]}


def test_several_classes_cannot_be_said_before_3_0() -> None:
    made, found = spelt({"subnet4": [{"id": "1", "client-classes": ["a", "b"]}]}, "2.6")
    assert made == {"subnet4": [{"id": 1}]}
    assert [(each.rule.name, each.at) for each in found] == [("unsayable-in-version", ("subnet4", 0, "client-classes"))]
    assert found[0].message == (
        "Kea 2.6 on kea1 cannot express this with its 'client-class': only one class can be named; "
        "make a class whose test is member('a') or member('b') and name that one"
    )
    assert not spelt({"subnet4": [{"id": "1", "client-classes": ["a", "b"]}]}, "3.0")[1]
    assert spelt({"subnet4": [{"id": "1", "client-classes": []}]}, "2.6")[0] == {"subnet4": [{"id": 1}]}


def test_http_sockets_cannot_be_said_before_3_0() -> None:
    http = {"socket-type": "http", "socket-port": "8080"}
    for sockets in ([UNIX, http], [http]):
        made, found = spelt({"control-sockets": sockets}, "2.6")
        assert [(each.rule.name, each.at) for each in found] == [("unsayable-in-version", ("control-sockets",))]
        assert made == {}
    assert not spelt({"control-sockets": [UNIX, http]}, "3.0")[1]


def test_two_conflict_modes_cannot_be_said_before_2_6() -> None:
    _, found = spelt({"ddns-conflict-resolution-mode": "check-exists-with-dhcid"}, "2.4")
    assert [each.rule.name for each in found] == ["unsayable-in-version"]
    assert not spelt({"ddns-conflict-resolution-mode": "check-exists-with-dhcid"}, "2.6")[1]


def test_a_key_that_the_target_lacks_names_the_server_and_who_has_it() -> None:
    _, found = spelt(
        {"subnet4": [{"id": "1", "pools": [{**POOL, "ddns-ttl": "60"}]}], "stash-agent-options": "true"}, "2.4"
    )
    assert [(each.rule.name, each.at, each.message, each.fix) for each in found] == [
        (
            "absent-in-version",
            ("stash-agent-options",),
            "Kea 2.4 on kea1 does not know 'stash-agent-options' in Dhcp4",
            "it needs Kea 2.6 and newer",
        ),
        (
            "absent-in-version",
            ("subnet4", 0, "pools", 0, "ddns-ttl"),
            "Kea 2.4 on kea1 does not know 'ddns-ttl' in pool",
            "it needs Kea 3.0 and newer",
        ),
    ]


def test_a_word_that_the_target_lacks() -> None:
    _, found = spelt({"allocator": "shared-flq"}, "3.0")
    assert [(each.at, each.message, each.fix) for each in found] == [
        (
            ("allocator",),
            "Kea 3.0 on kea1 does not know 'allocator' with the value 'shared-flq'",
            "it needs Kea 3.2 and newer",
        )
    ]
    assert not spelt({"allocator": "flq"}, "3.0")[1]


def test_a_key_that_older_parsers_demand() -> None:
    loggers = {"loggers": [{"name": "kea-ctrl-agent"}]}
    assert [each.rule.name for each in spelt(loggers, "2.2", "ctrl-agent")[1]] == ["missing-in-version"]
    assert not spelt(loggers, "2.4", "ctrl-agent")[1]


def test_there_is_no_agent_in_3_2() -> None:
    _, found = spelt({"http-port": "8000"}, "3.2", "ctrl-agent")
    assert [(each.rule.name, each.message) for each in found] == [
        ("absent-in-version", "Kea 3.2 on kea1 has no kea-ctrl-agent: up to 3.0")
    ]


def test_a_key_that_no_version_knows_was_judged_by_the_reader() -> None:
    block, found = read({"later-key": "5", "authoritative": "true"})
    assert [each.rule.name for each in found] == ["unknown-key"]
    target = KeaVersion.parse("2.2")
    made = respell(block, program("dhcp4"), target, pytest.fail, "kea1")
    assert list(made.items()) == [("authoritative", True), ("later-key", 5)]
    assert not list(unsupported(made, program("dhcp4"), target, "kea1"))


def test_an_empty_list_of_classes_is_left_out_where_it_was_refused() -> None:
    assert spelt({"client-classes": [], "authoritative": "true"}, "2.6")[0] == {"authoritative": True}
    assert spelt({"client-classes": []}, "3.2")[0] == {"client-classes": []}


def test_what_does_not_change_is_the_very_same_object() -> None:
    reservations = [{"hw-address": "a", "ip-address": "b"}, {"duid": "c"}]
    block, _ = read(
        {
            "subnet4": [
                {"id": "1", "reservations": reservations, "pools": [{**POOL, "client-classes": ["a"]}]},
                {"id": "2"},
            ]
        }
    )
    for version in ("2.2", "3.2"):
        made = respell(block, program("dhcp4"), KeaVersion.parse(version), pytest.fail, "kea1")
        assert made["subnet4"][0]["reservations"] is block["subnet4"][0]["reservations"]
        assert made["subnet4"][1] is block["subnet4"][1]
    assert respell(block, program("dhcp4"), KeaVersion.parse("3.0"), pytest.fail, "kea1") is block


def test_one_respeller_does_the_shared_parts_of_all_servers_once() -> None:
    shared, _ = read({"subnet4": [{"id": "1", "client-classes": ["a"]}]})
    one, two = shared.copy_of(), shared.copy_of()
    two.put("server-tag", "x")
    respeller = Respeller(program("dhcp4"), KeaVersion.parse("2.6"))
    first, second = respeller.respell(one, pytest.fail, "kea1"), respeller.respell(two, pytest.fail, "kea2")
    assert first["subnet4"] is second["subnet4"]
    assert list(second) == ["server-tag", "subnet4"]
    assert shared["subnet4"][0] == {"id": 1, "client-classes": ["a"]}


def test_blocks_made_by_hand_are_put_in_order() -> None:
    made = Block(
        (),
        {
            "subnet4": [Block((), {"subnet": "a", "id": 1})],
            "zz": 1,
            "user-context": {"b": 1, "a": [{"d": 1, "c": 2}]},
            "aa": 2,
        },
    )
    spelled = respell(made, program("dhcp4"), KeaVersion.parse("3.0"), pytest.fail, "kea1")
    assert list(spelled) == ["user-context", "subnet4", "aa", "zz"]
    assert list(spelled["subnet4"][0]) == ["id", "subnet"]
    assert list(spelled["user-context"]) == ["a", "b"]
    assert list(spelled["user-context"]["a"][0]) == ["c", "d"]
    assert in_order(spelled["user-context"]) is spelled["user-context"]
    pool = Block((), {"user-context": {}, "pool": "a"})
    arrange(pool, program("dhcp4").scopes["pool"])
    assert list(pool) == ["pool", "user-context"]
