"""Reading by the vocabulary: every kind of value and every kind of mistake, with the place it is noted at."""

from __future__ import annotations

from typing import Any

import pytest

from kea_hac.diagnostics import Finding, Route
from kea_hac.kea.config import Block
from kea_hac.kea.grammar import Kind, ProgramName, program
from kea_hac.kea.reading import check_required, free_value, read_block
from kea_hac.kea.values import OutOfRangeError, integer_of
from kea_hac.kea.version import Branch
from kea_hac.source.document import Map, Plain, Secret, Seq
from tests.unit.kea.documents import Quoted, plain, plain_map, typed


def read(data: Any, scope: str = "Dhcp4", name: ProgramName = "dhcp4", **options: Any) -> tuple[Block, list[Finding]]:
    found: list[Finding] = []
    node = data if isinstance(data, Map) else plain(data)
    return read_block(program(name), scope, node, (), found.append, **options), found


def only(
    data: Any, scope: str = "Dhcp4", name: ProgramName = "dhcp4", **options: Any
) -> tuple[str, Route, str, str | None]:
    """The one finding of a text: rule, place, message, fix."""
    _, found = read(data, scope, name, **options)
    assert len(found) == 1, found
    return found[0].rule.name, found[0].at, found[0].message, found[0].fix


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("valid-lifetime", "3600", 3600),
        ("valid-lifetime", "4h", 14400),
        ("valid-lifetime", "1w", 604800),
        ("renew-timer", "15m", 900),
        ("rebind-timer", "2d", 172800),
        ("valid-lifetime", "2000ms", 2),
        ("valid-lifetime", "0", 0),
        ("t1-percent", "0.5", 0.5),
        ("t1-percent", "1", 1.0),
        ("t1-percent", "5e-1", 0.5),
        ("authoritative", "true", True),
        ("authoritative", "false", False),
        ("server-hostname", "no", "no"),
        ("server-hostname", "012", "012"),
        ("server-hostname", "10:20:30:40:50:59", "10:20:30:40:50:59"),
        ("server-hostname", Quoted(""), ""),
        ("server-hostname", Quoted("null"), "null"),
        ("ddns-replace-client-name", "Always", "always"),
        ("ddns-replace-client-name", "true", "true"),
        ("allocator", "shared-flq", "shared-flq"),
    ],
)
def test_yaml_scalars_become_what_the_grammar_calls_them(key: str, written: str, value: object) -> None:
    block, found = read({key: written})
    assert not found
    assert dict(block) == {key: value}
    assert type(block[key]) is type(value)


def test_milliseconds_where_kea_counts_them() -> None:
    block, found = read(
        {"heartbeat-delay": "10s", "max-ack-delay": "500ms", "sync-timeout": "60000"},
        "relationship",
        "ha",
        partial=True,
    )
    assert not found
    assert dict(block) == {"heartbeat-delay": 10000, "max-ack-delay": 500, "sync-timeout": 60000}


@pytest.mark.parametrize(
    ("key", "written", "message", "fix"),
    [
        (
            "valid-lifetime",
            Quoted("3600"),
            "'valid-lifetime' must be an integer (seconds), not the string '3600': the quotes make it a string",
            "write 3600",
        ),
        (
            "valid-lifetime",
            "0x10",
            "'valid-lifetime' must be an integer (seconds) in plain decimal digits, not '0x10'",
            "write 16",
        ),
        (
            "valid-lifetime",
            "1_000",
            "'valid-lifetime' must be an integer (seconds) in plain decimal digits, not '1_000'",
            "write 1000",
        ),
        (
            "valid-lifetime",
            "012",
            "'valid-lifetime' must be an integer (seconds) in plain decimal digits, not '012'",
            "write 12",
        ),
        ("valid-lifetime", "1500ms", "'valid-lifetime' must be in whole seconds; '1500ms' is not", "write 2s"),
        (
            "valid-lifetime",
            "1.5h",
            "'valid-lifetime' must be an integer (seconds), not '1.5h'",
            "write 5400s",
        ),
        (
            "dhcp4o6-port",
            "4h",
            "'dhcp4o6-port' must be an integer; it is not a length of time, so '4h' has no meaning here",
            "write 4",
        ),
        ("authoritative", "yes", "'authoritative' must be true or false, not 'yes'", "write true"),
        ("authoritative", Quoted("true"), "'authoritative' must be true or false, not 'true'", "write true"),
        ("authoritative", "1", "'authoritative' must be true or false, not '1'", "write true"),
        ("t1-percent", "50%", "'t1-percent' must be a number, not '50%'", "write 0.5"),
        ("t1-percent", ".5", "'t1-percent' must be a number, not '.5'", None),
        ("t1-percent", Quoted("0.5"), "'t1-percent' must be a number, not '0.5'", "write 0.5"),
        ("server-hostname", ["a"], "'server-hostname' must be a string, not a list", "write a"),
        ("subnet4", {"id": "1"}, "'subnet4' must be a list, not a map", "put it in a list: `- …`"),
        ("interfaces-config", ["eth0"], "'interfaces-config' must be a map, not a list", None),
        (
            "subnet4",
            ["10.0.0.0/8"],
            "each item of 'subnet4' must be a map, not '10.0.0.0/8'",
            "write `{subnet: 10.0.0.0/8}`",
        ),
    ],
)
def test_wrong_types_say_what_is_wanted(key: str, written: object, message: str, fix: str | None) -> None:
    rule, at, said, advice = only({key: written})
    assert (rule, at[:1], said, advice) == ("wrong-type", (key,), message, fix)


@pytest.mark.parametrize(
    ("key", "value", "fix"),
    [
        ("t1-percent", 1, "write 1.0"),
        ("valid-lifetime", 3600.0, "write the number of seconds, or a number with its unit: s, m, h, d"),
        ("valid-lifetime", True, "write the number of seconds, or a number with its unit: s, m, h, d"),
        ("valid-lifetime", "4h", "write 4h"),
        ("server-hostname", 5, 'write "5"'),
        ("ddns-replace-client-name", True, 'write "true"'),
        ("authoritative", 1, "write true"),
    ],
)
def test_json_is_judged_by_the_types_it_has(key: str, value: object, fix: str | None) -> None:
    rule, at, _, advice = only(typed({key: value}))
    assert (rule, at, advice) == ("wrong-type", (key,), fix)


def test_a_bad_value_is_left_out_and_the_rest_is_read() -> None:
    block, found = read({"subnet4": [{"id": "one", "subnet": "10.0.0.0/8"}, {"id": "2", "subnet": "11.0.0.0/8"}]})
    assert [finding.at for finding in found] == [("subnet4", 0, "id")]
    assert block["subnet4"] == [{"subnet": "10.0.0.0/8"}, {"id": 2, "subnet": "11.0.0.0/8"}]
    assert block["subnet4"][1].at == ("subnet4", 1)


def test_blocks_know_where_they_stand_below_the_route_given() -> None:
    block = read_block(
        program("dhcp4"), "Dhcp4", plain({"subnet4": [{"id": "1", "subnet": "a"}]}), ("dhcp4",), pytest.fail
    )
    assert block["subnet4"][0].where("subnet") == ("dhcp4", "subnet4", 0, "subnet")


@pytest.mark.parametrize("value", ["", "~", "null", "NULL", None])
def test_a_key_without_a_value_is_a_mistake(value: str | None) -> None:
    rule, at, message, _ = only({"server-hostname": value})
    assert (rule, at, message) == ("missing-value", ("server-hostname",), "'server-hostname' has no value")
    assert only({"interfaces-config": {"interfaces": [value]}})[:2] == (
        "missing-value",
        ("interfaces-config", "interfaces", 0),
    )


def test_null_removes_where_the_caller_says_so_but_not_inside_lists() -> None:
    block, found = read(
        {
            "interfaces-config": None,
            "multi-threading": {"thread-pool-size": None},
            "loggers": [{"name": "a", "severity": None}],
        },
        allow_null=True,
        partial=True,
    )
    assert (block["interfaces-config"], block["multi-threading"]) == (None, {"thread-pool-size": None})
    assert [(each.rule.name, each.at) for each in found] == [("missing-value", ("loggers", 0, "severity"))]


def test_a_word_that_is_none_of_the_set_names_the_nearest() -> None:
    rule, at, message, fix = only({"allocator": "itterative"})
    assert (rule, at) == ("unknown-value", ("allocator",))
    assert message == "'itterative' is not a value of 'allocator'; it can be iterative, random, flq, shared-flq"
    assert fix == "write iterative"
    assert only({"host-reservation-identifiers": ["duid", "mac"]})[:2] == (
        "unknown-value",
        ("host-reservation-identifiers", 1),
    )


def test_values_are_judged_by_the_versions_that_the_text_is_for() -> None:
    for branches, count in ((None, 0), ({Branch.V3_2}, 0), ({Branch.V2_6, Branch.V3_2}, 0), ({Branch.V2_6}, 1)):
        found = read({"allocator": "shared-flq"}, branches=branches and frozenset(branches))[1]
        assert len(found) == count, branches


@pytest.mark.parametrize(
    ("scope", "key", "written", "message"),
    [
        ("Dhcp4", "valid-lifetime", "4294967296", "4294967296 seconds; it must be at least 0 and at most 4294967295"),
        ("Dhcp4", "valid-lifetime", "-1", "-1 seconds; it must be at least 0 and at most 4294967295"),
        ("Dhcp4", "dhcp4o6-port", "65536", "65536; it must be at least 0 and at most 65535"),
        ("Dhcp4", "cache-threshold", "1.0", "1.0; it must be at least 0.0 and less than 1.0"),
        ("Dhcp4", "adaptive-lease-time-threshold", "0", "0.0; it must be greater than 0.0 and at most 1.0"),
        (
            "expired-leases-processing",
            "max-reclaim-time",
            "11s",
            "11000 milliseconds; it must be at least 0 and at most 10000",
        ),
    ],
)
def test_limits(scope: str, key: str, written: str, message: str) -> None:
    rule, at, said, _ = only({key: written}, scope)
    assert (rule, at, said) == ("out-of-range", (key,), f"{key!r} is {message}")


def test_very_many_digits_are_no_traceback() -> None:
    assert only({"valid-lifetime": "9" * 5000})[0] == "out-of-range"


def test_an_unknown_key_names_the_nearest_and_is_kept() -> None:
    block, found = read({"valid-lifetme": "10", "authoritative": "true"})
    assert [(each.rule.name, each.at, each.on_key, each.fix) for each in found] == [
        ("unknown-key", ("valid-lifetme",), True, "write 'valid-lifetime'")
    ]
    assert list(block.items()) == [("authoritative", True), ("valid-lifetme", 10)]


@pytest.mark.parametrize(
    ("key", "scope", "words"),
    [
        ("pools", "Dhcp4", "it belongs in subnet4"),
        ("pd-pools", "subnet4", "it is a key of kea-dhcp6"),
        ("output-option", "logger", "write 'output-options'"),
        ("colour", "relay", "the keys of relay are ip-address, ip-addresses"),
    ],
)
def test_an_unknown_key_says_where_it_belongs(key: str, scope: str, words: str) -> None:
    rule, _, message, fix = only(
        {key: "x", **({"subnet": "10.0.0.0/8"} if scope == "subnet4" else {})}, scope, partial=True
    )
    assert rule == "unknown-key"
    assert words in f"{message} {fix}"


def test_a_map_that_kea_leaves_open_takes_any_key() -> None:
    block, found = read({"dhcp-queue-control": {"enable-queue": "false", "my-queue": {"b": "1", "a": [Quoted("1")]}}})
    assert not found
    assert block["dhcp-queue-control"] == {"enable-queue": False, "my-queue": {"a": ["1"], "b": 1}}


def test_the_callers_own_keys_pass_untouched_in_subnets_and_pools_only() -> None:
    split = plain([Plain("60"), Plain("40")])
    node = plain_map({"subnet4": [{"id": "1", "subnet": "a", "pools": [{"pool": "b"}]}], "split": "even"})
    assert isinstance(node["subnet4"], Seq)
    subnet = node["subnet4"][0]
    assert isinstance(subnet, Map)
    subnet["split"] = split
    block, found = read(node, extra=("split",))
    assert block["subnet4"][0]["split"] is split
    assert [(each.rule.name, each.at) for each in found] == [("misplaced-key", ("split",))]
    assert "split" not in block


@pytest.mark.parametrize(
    ("scope", "data", "key"),
    [
        ("subnet4", {"id": "1"}, "subnet"),
        ("pool", {"client-classes": ["a"]}, "pool"),
        ("option-def", {"name": "a", "type": "string"}, "code"),
        ("shared-network", {"subnet4": []}, "name"),
        ("multi-threading", {"thread-pool-size": "4"}, "enable-multi-threading"),
    ],
)
def test_keys_that_kea_demands(scope: str, data: dict[str, Any], key: str) -> None:
    assert only(data, scope) == ("missing-key", (), f"{scope} needs '{key}'", f"add `{key}: …`")
    block, found = read(data, scope, partial=True)
    assert not found
    check_required(program("dhcp4"), scope, block, found.append)
    assert [each.rule.name for each in found] == ["missing-key"]


def test_a_key_with_a_bad_value_is_not_missing_as_well() -> None:
    assert only({"pool": ["10.0.0.1"]}, "pool")[0] == "wrong-type"


def test_partial_reaches_through_maps_and_not_into_lists() -> None:
    _, found = read({"multi-threading": {"thread-pool-size": "4"}, "loggers": [{"severity": "INFO"}]}, partial=True)
    assert [(each.rule.name, each.at) for each in found] == [("missing-key", ("loggers", 0))]


def test_empty_maps_and_lists_that_kea_refuses() -> None:
    assert only({"compatibility": {}})[:2] == ("empty-map", ("compatibility",))
    assert only({"loggers": []})[:2] == ("empty-list", ("loggers",))
    assert read({"user-context": {}, "subnet4": [], "client-classes": []})[1] == []


@pytest.mark.parametrize(("text", "code"), [("a\x00b", "0000"), ("a\x1bb", "001B"), ("a\ud800", "D800")])
def test_control_characters(text: str, code: str) -> None:
    rule, at, message, _ = only({"server-hostname": Quoted(text)})
    assert (rule, at, message) == (
        "control-character-in-value",
        ("server-hostname",),
        f"the string contains the character U+{code}",
    )
    assert only({"user-context": {"a": Quoted(text)}})[:2] == ("control-character-in-value", ("user-context", "a"))


def test_the_data_of_an_option_may_hold_any_character() -> None:
    block, found = read({"option-data": [{"code": Plain("17"), "data": Quoted("NetBootDir\x00boot.img")}]})
    assert not found
    assert block["option-data"][0]["data"] == "NetBootDir\x00boot.img"
    half = {"option-data": [{"code": Plain("17"), "data": Quoted("a\ud800")}]}
    assert only(half)[:2] == ("control-character-in-value", ("option-data", 0, "data"))


def test_texts_of_all_languages_and_lines_are_fine() -> None:
    block, found = read({"server-hostname": Quoted("Zürich\t€ 😀\n")})
    assert not found
    assert block["server-hostname"] == "Zürich\t€ 😀\n"


def test_secrets_stand_for_strings_only() -> None:
    secret = Secret("/etc/kea/secret.json")
    data = {"lease-database": {"type": "mysql", "password": secret}}
    assert read(data)[0]["lease-database"]["password"] is secret
    rule, at, message, _ = only({"valid-lifetime": secret})
    assert (rule, at) == ("wrong-type", ("valid-lifetime",))
    assert "secret.json" not in message


def test_no_message_shows_a_password() -> None:
    found = read(typed({"lease-database": {"type": "mysql", "password": 271828}}))[1]
    found += read({"hooks-libraries": [{"library": "x.so", "parameters": {"Secret": "0271828"}}]})[1]
    assert [each.rule.name for each in found] == ["wrong-type", "wrong-type"]
    assert "271828" not in repr(found)


def test_free_values_follow_the_yaml_core_schema_and_are_sorted() -> None:
    block, found = read({"user-context": {"z": "1", "a": {"no": "no", "n": None, "f": "1.5", "q": Quoted("012")}}})
    assert not found
    assert block["user-context"] == {"a": {"f": 1.5, "n": None, "no": "no", "q": "012"}, "z": 1}
    assert list(block["user-context"]) == ["a", "z"]
    assert block["user-context"]["a"].at == ("user-context", "a")


def test_a_trap_in_a_free_value_is_a_finding_at_its_place() -> None:
    block, found = read({"hooks-libraries": [{"library": "x.so", "parameters": {"list": ["1", "012"]}}]})
    assert [(each.rule.name, each.at) for each in found] == [
        ("wrong-type", ("hooks-libraries", 0, "parameters", "list", 1))
    ]
    assert block["hooks-libraries"][0]["parameters"] == {"list": [1]}
    assert free_value(plain({"b": "true"}), ("x",), pytest.fail) == {"b": True}


def test_a_comment_becomes_user_context() -> None:
    block, found = read({"comment": "hello", "user-context": {"z": "1", "a": "2"}, "authoritative": "true"})
    assert not found
    assert list(block) == ["user-context", "authoritative"]
    assert list(block["user-context"].items()) == [("a", 2), ("comment", "hello"), ("z", 1)]
    assert block["user-context"].where("comment") == ("comment",)
    alone, _ = read({"subnet4": [{"id": "1", "subnet": "a", "comment": "hello"}]})
    subnet = alone["subnet4"][0]
    assert subnet["user-context"] == {"comment": "hello"}
    assert subnet.where("user-context") == ("subnet4", 0, "comment")


@pytest.mark.parametrize(
    ("scope", "key", "value"),
    [
        ("reservation", "reservation-mode", "global"),
        ("reservation", "reservation-mode", "anything"),
        ("option-data", "client-class", ["a", "b"]),
        ("pool", "dhcp-ddns", {"qualifying-suffix": "example.org"}),
    ],
)
def test_an_old_spelling_where_it_never_stood_is_a_stranger_like_any_other(scope: str, key: str, value: Any) -> None:
    given: dict[str, Any] = {"comment": "a respelled key, so that the map is respelled", "pool": "10.0.0.0/8"}
    known = {name: text for name, text in given.items() if name in program("dhcp4").scopes[scope].keywords}
    block, found = read({**known, key: value}, scope)
    assert [(each.rule.name, each.at) for each in found] == [("unknown-key", (key,))]
    assert block[key] == value


def test_two_comments_for_one_map_are_a_mistake() -> None:
    assert only({"comment": "a", "user-context": {"comment": "b"}})[:2] == ("double-meaning", ("comment",))


def test_keys_come_out_in_printed_order_wherever_they_were_written() -> None:
    block, _ = read({"subnet4": [{"subnet": "a", "id": "1"}], "authoritative": "true", "user-context": {}})
    assert list(block) == ["user-context", "authoritative", "subnet4"]
    assert list(block["subnet4"][0]) == ["id", "subnet"]


@pytest.mark.parametrize(
    ("node", "rule"),
    [(Seq(), "wrong-type"), (Plain("x"), "wrong-type"), (Plain(""), "missing-value"), (None, "missing-value")],
)
def test_something_that_is_no_map_at_all(node: Any, rule: str) -> None:
    found: list[Finding] = []
    assert read_block(program("dhcp4"), "Dhcp4", node, ("dhcp4",), found.append) == {}
    assert [(each.rule.name, each.at) for each in found] == [(rule, ("dhcp4",))]


def test_a_word_that_kea_takes_for_another_is_a_rule_of_its_own() -> None:
    block, found = read({"loggers": [{"name": "kea-dhcp4", "severity": "DEBU"}]})
    assert block["loggers"][0]["severity"] == "INFO", "what Kea runs with"
    assert [(each.rule.name, each.rule.kea.value, each.fix) for each in found] == [
        ("unknown-severity", "accepts", "write DEBUG")
    ]


def test_reservation_mode_stands_beside_none_of_the_switches() -> None:
    _, found = read({"reservation-mode": "global", "reservations-out-of-pool": True})
    assert [each.rule.name for each in found] == ["double-meaning"]


def test_limits_that_differ_between_versions_are_all_shown() -> None:
    _, found = read({"id": -1, "subnet": "192.0.2.0/24"}, "subnet4")
    assert [each.message for each in found] == [
        "'id' is -1; it must be at least 1 and at most 4294967294 (Kea up to 2.4: at least 0 and at most 4294967294)"
    ]


INTEGERS = [
    (name, scope.name, key)
    for name in ("dhcp4", "dhcp6", "ctrl-agent", "ha")
    for scope in program(name).scopes.values()
    for key, keyword in scope.keywords.items()
    if keyword.kind is Kind.INTEGER
]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**29], ids=["2^63", "-2^63-1", "10^29"])
def test_no_integer_needs_more_than_64_bits(number: int) -> None:
    """Kea's JSON reader refuses such a number whatever the key is, and the compiler cannot write it."""
    assert len(INTEGERS) > 100
    for name, scope, key in INTEGERS:
        keyword = program(name).scopes[scope].keywords[key]
        with pytest.raises(OutOfRangeError, match=str(number)) as refused:
            integer_of(Plain(str(number)), keyword)
        assert not refused.value.cut, f"{scope}.{key}: a warning would let it through"
    limit = "9223372036854775807" if number > 0 else "at least 0"
    assert limit in only({"type": "mysql", "max-reconnect-tries": str(number)}, "lease-database")[2]


@pytest.mark.parametrize(
    ("option", "fix"),
    [
        ({"code": "routers"}, "write `name: routers` instead of `code`"),
        ({"code": "rooters"}, "write `name: routers` instead of `code`"),
        ({"code": "dns"}, "write `name: domain-name-servers` instead of `code`"),
        ({"code": "option-42"}, "write 42"),
        ({"code": "Option 66"}, "write 66"),
        ({"code": "unheard-of"}, "write the number, or the option's name as `name`"),
        ({"code": "routers", "name": "routers"}, "remove it: `name` is set as well"),
        ({"code": "sub", "space": "vendor-7"}, "write the number"),
        ({"code": Quoted("3")}, "write 3"),
        ({"code": "0x03"}, "write 3"),
        ({"code": "+3"}, "write 3"),
    ],
)
def test_the_code_of_an_option_that_is_no_number(option: dict[str, Any], fix: str) -> None:
    rule, at, _, found = only({**option, "data": "192.0.2.1"}, "option-data")
    assert (rule, at, found) == ("wrong-type", ("code",), fix)


def test_the_code_of_an_option_in_kea_s_words() -> None:
    option = {"code": Quoted("gateway"), "data": Quoted("192.0.2.1")}
    assert only(option, "option-data", json=True)[3] == 'write "name": "routers" instead of "code"'
    assert only(option, "option-data", "dhcp6", json=True)[3] == "write the number, or the option's name as `name`"


@pytest.mark.parametrize("key", ["t1-percent", "t2-percent", "cache-threshold", "ddns-ttl-percent"])
@pytest.mark.parametrize("written", ["1e999", "-1e999"])
def test_no_number_is_beyond_a_double(key: str, written: str) -> None:
    """JSON has no infinity: it would be written as null."""
    assert only({key: written})[:2] == ("out-of-range", (key,))
