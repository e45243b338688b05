"""Kea's dialect of JSON: values, places, and what Kea accepts, warns of and refuses (as 2.2.0, 2.6.3 and 3.0.4 do with -t)."""

from __future__ import annotations

import math

import pytest

from kea_hac.source import Limits, Secret, read_kea_json_text
from tests.unit.source.reading_facts import partial, said, shown, whole


def test_typed_scalars_and_their_places() -> None:
    text = '{\n  "Dhcp4": {"i": 1, "f": 1.0, "e": 1e3, "n": -5, "t": true, "x": null, "s": "ü\\n😀", "l": [ ]}\n}\n'
    document = whole(read_kea_json_text(text, "k.conf"))
    inner = document.root["Dhcp4"]
    assert inner == {"i": 1, "f": 1.0, "e": 1000.0, "n": -5, "t": True, "x": None, "s": "ü\n😀", "l": []}
    assert [type(value) for value in inner.values()][:4] == [int, float, float, int]
    assert shown(document, ("Dhcp4", "f")) == "k.conf 2:26 '1.0'"
    assert shown(document, ("Dhcp4", "f"), key=True) == "k.conf 2:21 '\"f\"'"
    assert shown(document, ("Dhcp4", "s")) == "k.conf 2:77 '\"ü\\\\n😀\"'"
    assert document.span(("Dhcp4",)).end_column == text.split("\n")[1].index("]}") + 3


def test_comments_of_all_kinds() -> None:
    text = '# a\n// b\n/* c\n */ {"a": /* */ 1, // "b": 2\n # x\n "http": "http://x/#y" }'
    assert whole(read_kea_json_text(text)).root == {"a": 1, "http": "http://x/#y"}


def test_suppressions_in_comments() -> None:
    text = '{"a": 1, // kea-hac: ignore[x] reason\n # kea-hac: ignore[KH123] why\n "b": 2 // kea-hac: ignore\n}'
    reading = read_kea_json_text(text)
    assert said(reading) == ["malformed-ignore 3:9-27"]
    assert [(each.rules, each.line) for each in partial(reading).suppressions] == [(("x",), 1), (("KH123",), 3)]


@pytest.mark.parametrize(
    ("text", "expected", "root"),
    [
        (
            '{"a": [1, 2,], "b": {"c": 1,},}',
            ["extra-comma 1:12-13", "extra-comma 1:28-29", "extra-comma 1:30-31"],
            None,
        ),
        ('{"a": 1,,}', ["extra-comma 1:8-9"], {"a": 1}),
        ('{"a": 1, "a": 2}', ["duplicate-key 1:10-13"], {"a": 1}),
        ('{"a": 012, "b": -007}', ["leading-zeros 1:7-10", "leading-zeros 1:17-21"], {"a": 12, "b": -7}),
        ('{"a": 00.5}', ["leading-zeros 1:7-11"], {"a": 0.5}),
        ('{"a": +5}', ["plus-sign 1:7-9"], {"a": 5.0}),
        ('{"a": .5, "b": 1.}', [], {"a": 0.5, "b": 1.0}),
        ('{"a": 1e999, "b": -1e999}', ["number-range 1:7-12", "number-range 1:19-25"], {"a": math.inf, "b": -math.inf}),
        ('{"a": 1e-999, "b": 1e308}', [], {"a": 0.0, "b": 1e308}),
        ('{"a": 9223372036854775808}', ["number-range 1:7-26"], {"a": 9223372036854775808}),
        ('{"a": -9223372036854775808}', [], {"a": -9223372036854775808}),
        ('{"a": "\\u0041\\u00c3\\u00bc\\/"}', [], {"a": "Aü/"}),
        ('{"a": "x\\u00fc"}', ["byte-escape 1:9-15"], {"a": "xü"}),
        ('{"a": "\\u20ac"}', ["bad-escape 1:8-14"], {"a": "€"}),
        ('{"a": "\\ud83d\\ude00"}', ["bad-escape 1:8-14", "bad-escape 1:14-20"], None),
        ('{"a": "\\x41\\u12"}', ["bad-escape 1:8-12", "bad-escape 1:12-14"], {"a": "x41u12"}),
        ('{"a": "x\ty"}', ["control-in-string 1:9-10"], {"a": "x\ty"}),
        ('\ufeff{"a": 1}', ["byte-order-mark 1:1-1"], {"a": 1}),
        ('{"": 1}', [], {"": 1}),
    ],
)
def test_what_can_be_understood(text: str, expected: list[str], root: dict[str, object] | None) -> None:
    reading = read_kea_json_text(text)
    assert said(reading) == expected
    assert not reading.unreadable
    if root is not None:
        assert partial(reading).root == root
        assert [type(value) for value in partial(reading).root.values()] == [type(value) for value in root.values()]


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("", "empty-file 1:1-1", "no value"),
        ("// x\n", "empty-file 2:1-1", "no value"),
        ("[1]", "not-a-map 1:1-4", "map with one key"),
        ('{"a": 1 "b": 2}', "json-syntax 1:9-12", "is the comma missing"),
        ('{"a": 1', "json-syntax 1:8-8", "the end of the file"),
        ('{"a": [1}', "json-syntax 1:9-10", "a comma or ] is expected"),
        ('{"a" 1}', "json-syntax 1:6-7", "a colon is expected after the key a"),
        ('{"a": }', "json-syntax 1:7-8", "a value is expected"),
        ("{,}", "json-syntax 1:2-3", "a key in double quotes"),
        ('{"a": [,]}', "json-syntax 1:8-9", "a value is expected"),
        ('{"a": 1}, ', "json-syntax 1:9-10", "ends before this"),
        ('{"a": 1} {}', "json-syntax 1:10-11", "ends before this"),
        ('{"a": True}', "json-syntax 1:7-11", "lower case: true"),
        ("{a: 1}", "json-syntax 1:2-3", "double quotes"),
        ("{'a': 1}", "json-syntax 1:2-3", "double quotes"),
        ("{“a”: 1}", "json-syntax 1:2-3", "double quotes"),
        ('{"a": "x}\n', "json-syntax 1:7-10", "never closed"),
        ('{"a": -}', "json-syntax 1:7-8", "is not a number"),
        ('{"a": 1 /* x }', "json-syntax 1:9-11", "never closed with */"),
        ('{"a": <?include x?>}', "json-syntax 1:7-9", 'after <? only include "FILE"?> is allowed'),
        ('{"a": \f1}', "control-character 1:7-8", "U+000C"),
        ('{"a": 1}\x00', "control-character 1:9-10", "U+0000"),
    ],
)
def test_what_ends_the_file(text: str, expected: str, words: str) -> None:
    reading = read_kea_json_text(text)
    assert said(reading) == [expected]
    assert words in reading.diagnostics[0].message
    assert reading.document is None
    assert reading.unreadable


def test_depth_is_bounded() -> None:
    text = '{"a": ' + "[" * 99 + "]" * 99 + "}"
    assert said(read_kea_json_text(text)) == []
    assert said(read_kea_json_text(text, limits=Limits(depth=99))) == ["over-limit 1:105-106"]


def test_no_message_quotes_a_password() -> None:
    for value in ("hunter2", "'hunter2'", "0123456", '"hunter2', '"hunter2\n"'):
        reading = read_kea_json_text(f'{{"password": {value}}}')
        assert reading.diagnostics
        for each in reading.diagnostics:
            assert not any(secret in f"{each.message} {each.text} {each.fix}" for secret in ("hunter2", "0123456"))


def test_routes_name_the_place_in_the_configuration() -> None:
    reading = read_kea_json_text('{"Dhcp4": {"subnet4": [{"id": 1}, {"id": 01}]}}')
    assert [each.path for each in reading.diagnostics] == ["Dhcp4.subnet4[1].id"]


def test_what_the_compiler_wrote_is_read_without_the_files_of_the_server() -> None:
    text = '{"Dhcp4": {"option-data": [{"data": <?include "/etc/kea/secrets/a.json"?>}], "x": [<?include "/b"?>]}}'
    reading = read_kea_json_text(text, opaque=True)
    assert reading.document is not None
    assert not reading.diagnostics
    assert reading.document.root["Dhcp4"] == {
        "option-data": [{"data": Secret("/etc/kea/secrets/a.json")}],
        "x": [Secret("/b")],
    }
