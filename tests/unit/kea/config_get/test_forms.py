"""Single forms, each as real servers were seen to print it."""

from __future__ import annotations

from typing import Any

import pytest

from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6, Block
from kea_hac.kea.config_get import config_hash, facts, from_answer, kea_rendering, predict, unobservable
from kea_hac.kea.platform import platform
from kea_hac.kea.version import KeaVersion
from kea_hac.source.document import Secret

V22, V263, V304 = (KeaVersion.parse(text) for text in ("2.2.0", "2.6.3", "3.0.4"))


EMPTY_SUB_OPTION = {
    "option-def": [
        {"name": "outer", "code": 222, "type": "uint8", "encapsulate": "inner"},
        {"name": "text", "code": 1, "type": "string", "space": "inner"},
        {"name": "number", "code": 2, "type": "uint8", "space": "inner"},
    ],
    "option-data": [{"code": 222, "csv-format": False, "data": "7A0100020105"}],
}
"""An option in hexadecimal digits with two sub-options, of which the first is a string without a character."""


def one_subnet(version: KeaVersion = V263, top: dict[str, Any] | None = None, **more: Any) -> Block:
    subnet = {"id": 1, "subnet": "192.0.2.0/24", **more}
    made: Block = predict(DHCP4, {**(top or {}), "subnet4": [subnet]}, version)["subnet4"][0]
    return made


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("192.0.2.10 - 192.0.2.20", "192.0.2.10-192.0.2.20"),
        ("192.0.2.16-192.0.2.31", "192.0.2.16/28"),
        ("192.0.2.7 - 192.0.2.7", "192.0.2.7/32"),
        (" 192.0.2.0\t/ 25", "192.0.2.0/25"),
    ],
)
def test_pools(written: str, printed: str) -> None:
    assert one_subnet(pools=[{"pool": written}])["pools"] == [{"option-data": [], "pool": printed}]


@pytest.mark.parametrize(
    ("prefix", "length", "printed"),
    [("2001:db8:1:8000::", 48, 49), ("2001:db8:1:ffff::", 48, 64), ("2001:db8:1::", 48, 48)],
)
def test_a_pool_of_prefixes_with_host_bits_in_2_2(prefix: str, length: int, printed: int) -> None:
    pool = {"prefix": prefix, "prefix-len": length, "delegated-len": 64}
    for version, expected in ((V22, printed), (V263, length)):
        subnet = {"id": 1, "subnet": "2001:db8::/32", "pd-pools": [pool]}
        made = predict(DHCP6, {"subnet6": [subnet]}, version)["subnet6"][0]["pd-pools"][0]
        assert (made["prefix"], made["prefix-len"]) == (prefix, expected)


def test_a_logger_that_legal_log_makes_at_every_start_is_no_part_of_the_answer() -> None:
    library = {"library": "/usr/lib/kea/hooks/libdhcp_legal_log.so", "parameters": {"type": "syslog"}}
    made_up = {"name": "legal-log-94645182368448", "severity": "INFO", "debuglevel": 0}
    own = {"name": "kea-dhcp4", "severity": "INFO", "debuglevel": 0}
    assert from_answer(DHCP4, {"Dhcp4": {"hooks-libraries": [library], "loggers": [made_up]}}) == {
        "hooks-libraries": [library]
    }
    answer = {"hooks-libraries": [library], "loggers": [own, made_up]}
    assert from_answer(DHCP4, {"Dhcp4": answer}) == {"hooks-libraries": [library], "loggers": [own]}
    assert config_hash(DHCP4, predict(DHCP4, {"hooks-libraries": [library]}, V304), V304) is None
    to_file = {**library, "parameters": {"type": "logfile"}}
    answer = {"hooks-libraries": [to_file], "loggers": [own, made_up]}
    assert from_answer(DHCP4, {"Dhcp4": answer}) == answer, "nobody makes it up here"
    assert config_hash(DHCP4, predict(DHCP4, {"hooks-libraries": [to_file]}, V304), V304)


def test_a_pool_with_host_bits_in_2_2() -> None:
    assert one_subnet(V22, pools=[{"pool": "192.0.2.9/25"}])["pools"][0]["pool"] == "192.0.2.9-192.0.2.127"


@pytest.mark.parametrize(
    ("written", "three"),
    [
        ({}, (7200, 7200, 7200)),
        ({"valid-lifetime": 60}, (60, 60, 60)),
        ({"valid-lifetime": 60, "max-valid-lifetime": 90}, (60, 60, 90)),
        ({"min-valid-lifetime": 10}, (10, 7200, 7200)),
    ],
)
def test_lifetimes_come_in_threes(written: dict[str, int], three: tuple[int, int, int]) -> None:
    made = one_subnet(**written)
    assert tuple(made[key] for key in ("min-valid-lifetime", "valid-lifetime", "max-valid-lifetime")) == three


def test_a_copied_value_points_to_where_it_is_written() -> None:
    top = Block(("dhcp4",), {"valid-lifetime": 600})
    top["subnet4"] = [Block(("dhcp4", "subnet4", 0), {"id": 1, "subnet": "192.0.2.0/24"})]
    made = predict(DHCP4, top, V263)["subnet4"][0]
    assert made.at == ("dhcp4", "subnet4", 0)
    assert made.where("max-valid-lifetime") == ("dhcp4", "valid-lifetime")
    assert made.where("subnet") == ("dhcp4", "subnet4", 0, "subnet")


def test_reservations_are_sorted_by_their_bytes() -> None:
    hosts = [{"client-id": "'b'"}, {"hw-address": "0A:00:00:00:00:01"}, {"duid": "0a0000000001"}, {"flex-id": "0x09"}]
    found = [next(iter(each.keys() & {"client-id", "hw-address", "duid", "flex-id"})) for each in
             one_subnet(reservations=hosts)["reservations"]]  # fmt: skip
    assert found == ["flex-id", "hw-address", "duid", "client-id"]


@pytest.mark.parametrize(
    ("version", "old", "new"),
    [(V22, "client-class", None), (V263, "client-class", None), (V304, "client-class", "client-classes")],
)
def test_class_keys_in_the_spelling_of_the_version(version: KeaVersion, old: str, new: str | None) -> None:
    for written in ({"client-class": "a"}, {"client-classes": ["a"]}):
        made = one_subnet(version, **written)
        assert (made.get(old), made.get(new or "")) == ((None, ["a"]) if new else ("a", None))


def test_numbers_of_subnets_that_have_none() -> None:
    networks = [{"name": "n", "subnet4": [{"subnet": "198.51.100.0/24"}]}]
    made = predict(DHCP4, {"subnet4": [{"subnet": "192.0.2.0/24"}], "shared-networks": networks}, V22)
    assert made["shared-networks"][0]["subnet4"][0]["id"] == 1
    assert made["subnet4"][0]["id"] == 2


@pytest.mark.parametrize(
    ("code", "written", "printed"),
    [
        (19, "0102", "01"),
        (13, "0104C00002010401", "0104020104C000"),
        (43, "0104C0000201", ""),
        (81, "000000" + b"A.B".hex(), "000000" + b"a.b".hex().upper()),
        (254, "'text'", "74657874"),
        (15, "61:62:00", "6162"),
    ],
)
def test_hexadecimal_data(code: int, written: str, printed: str) -> None:
    option = {"code": code, "csv-format": False, "data": written}
    assert predict(DHCP4, {"option-data": [option]}, V263)["option-data"][0]["data"] == printed


def test_sub_options_stand_in_the_bytes_of_their_container() -> None:
    options = [
        {"code": 222, "csv-format": False, "data": "0102"},
        {"space": "inner", "code": 1, "data": "7"},
    ]
    definitions = [
        {"name": "outer", "code": 222, "type": "uint16", "encapsulate": "inner"},
        {"name": "in", "code": 1, "type": "uint8", "space": "inner"},
    ]
    made = predict(DHCP4, {"option-data": options, "option-def": definitions}, V304)["option-data"]
    assert [each["data"] for each in made] == ["0102010107", "7"]


def test_an_empty_string_is_dropped_from_the_sub_options() -> None:
    """As Kea 2.2.0, 2.6.3 and 3.0.4 do (tests/kea/test_shown.py)."""
    assert [each["data"] for each in predict(DHCP4, EMPTY_SUB_OPTION, V304)["option-data"]] == ["7A020105"]


@pytest.mark.parametrize(
    ("version", "library", "output"),
    [
        (V22, "libdhcp_bootp.so", "k.log"),
        (V263, "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_bootp.so", "/var/log/kea/k.log"),
        (V304, "libdhcp_bootp.so", "/var/log/kea/k.log"),
    ],
)
def test_bare_names_by_version(version: KeaVersion, library: str, output: str) -> None:
    loggers = [{"name": "kea-dhcp4", "severity": "info", "output_options": [{"output": "k.log"}]}]
    config = {"hooks-libraries": [{"library": "libdhcp_bootp.so"}], "loggers": loggers}
    made = predict(DHCP4, config, version, platform("debian", "amd64", version))
    assert made["hooks-libraries"][0]["library"] == library
    (options,) = (value for key, value in made["loggers"][0].items() if key.startswith("output"))
    assert options[0]["output"] == output


def test_facilities_are_files_in_2_6_3_only() -> None:
    loggers = [{"name": "kea-dhcp4", "severity": "INFO", "output-options": [{"output": "syslog:local0"}]}]
    found = [
        predict(DHCP4, {"loggers": loggers}, version, platform("debian", "amd64", version))["loggers"][0][
            "output-options"
        ][0]["output"]
        for version in (V263, KeaVersion.parse("2.6.5"), V304)
    ]
    assert found == ["/var/log/kea/syslog:local0", "syslog:local0", "syslog:local0"]


def test_a_comment_behind_a_context_takes_its_nulls() -> None:
    behind = one_subnet(**{"user-context": {"a": None, "b": 1}, "comment": "c"})
    before = one_subnet(**{"comment": "c", "user-context": {"a": None, "b": 1}})
    assert behind["user-context"] == {"b": 1, "comment": "c"}
    assert before["user-context"] == {"a": None, "b": 1, "comment": "c"}


def test_the_agent_shows_tls_only_where_it_is_on() -> None:
    assert "cert-required" not in predict(CTRL_AGENT, {"cert-required": False}, V263)


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({"b": [], "a": {}}, b'{ "a": {  }, "b": [  ] }'),
        ([1, True, None, "x"], b'[ 1, true, null, "x" ]'),
        ([0.5, 2.0, 0.3333333, 1e-05], b"[ 0.5, 2.0, 0.333333, 1e-05 ]"),
        ('Zürich\t"\\/\x7f', b'"Z\\u00c3\\u00bcrich\\t\\"\\\\/\\u007f"'),
        ({"né": 1}, '{ "né": 1 }'.encode()),
    ],
)
def test_the_rendering(tree: Any, text: bytes) -> None:
    assert kea_rendering(tree) == text


def test_old_versions_spoil_exponents() -> None:
    assert kea_rendering(1e-05, version=V263) == b"1e-05.0"


def test_the_hash_needs_every_secret() -> None:
    made = predict(DHCP4, {"lease-database": {"type": "mysql", "password": Secret("/p")}}, V263)
    assert config_hash(DHCP4, made, V263) is None
    known = config_hash(DHCP4, made, V263, lambda secret: "x" if secret.path == "/p" else None)
    assert known is not None
    assert known == known.upper()
    assert config_hash(DHCP4, made, V22, lambda secret: "x") is None


def test_answers_become_text_again() -> None:
    arguments = {"Dhcp4": {"a": "Z\u00c3\u00bcrich", "b": ["\u00ff", "\u20ac"]}, "hash": "00"}
    assert from_answer(DHCP4, arguments) == {"a": "Zürich", "b": ["\udcff", "\u20ac"]}
    with pytest.raises(KeyError):
        from_answer(DHCP6, arguments)
    with pytest.raises(TypeError, match="holds list"):
        from_answer(DHCP4, {"Dhcp4": []})


def test_every_row_of_the_table_is_complete() -> None:
    assert len({fact.id for fact in facts()}) == len(facts())
    for fact in facts():
        assert fact.kind in ("value", "partly", "answer", "outside")
        assert fact.what, fact.why
        assert fact.source, fact.branches


def test_unseen_places_have_their_route() -> None:
    option = Block(("dhcp4", "option-data", 0), {"code": 43, "csv-format": False, "data": "0101FF"})
    (found,) = unobservable(DHCP4, Block(("dhcp4",), {"option-data": [option]}), V263)
    assert found.at == ("dhcp4", "option-data", 0, "data")
    assert found.reason.startswith("Kea 2.6.3 shows")
