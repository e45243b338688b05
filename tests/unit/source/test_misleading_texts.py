"""Slips whose place libyaml does not see: the finding stands where the slip is, and names what stands there."""

from __future__ import annotations

import pytest

from kea_hac.diagnostics import Diagnostic
from kea_hac.source import read_yaml_text
from kea_hac.source.odd_characters import plain
from tests.specs import findings_of
from tests.unit.compiler.pairs import pair


def first(text: str) -> Diagnostic:
    return read_yaml_text(text).diagnostics[0]


UNCLOSED = {
    "before another double quote": 'a:\n  - test: "one == 1\n  - name: x\n    test: "two"\n',
    "before another single quote": "a:\n  - test: 'one\n  - name: x\n    test: 'two'\n",
    "in a map of one line each": 'a: "one\nb: 2\nc: "three"\n',
    "in braces": 'a:\n  - {name: "one, data: x}\n  - {name: "two", data: y}\n',
    "to the end of the file": 'a: 1\nb: "one\nc: 3\n',
}


@pytest.mark.parametrize("case", UNCLOSED)
def test_an_unclosed_quote_is_reported_where_it_opens(case: str) -> None:
    text = UNCLOSED[case]
    found = first(text)
    opening = next(number for number, line in enumerate(text.splitlines(), 1) if "one" in line)
    assert found.rule.name == "yaml-syntax"
    assert found.span.line == opening, found.message
    assert "quote" in found.message
    assert "opens here" in found.message


def test_a_quoted_text_of_several_lines_is_not_blamed_for_a_slip_elsewhere() -> None:
    found = first('a: "one\n  two"\nb: 1\nc: d: e\n')
    assert found.span.line == 4, found.message


ODD = {
    "NO-BREAK SPACE": "\u00a0",
    "NARROW NO-BREAK SPACE": "\u202f",
    "EM SPACE": "\u2003",
    "IDEOGRAPHIC SPACE": "\u3000",
}


@pytest.mark.parametrize("name", ODD)
def test_a_blank_that_is_none_is_named(name: str) -> None:
    sign = ODD[name]
    found = first(f"a:\n  b: 1\n  renew-timer:{sign}1h\n  c: 2\n")
    assert found.span.line == 3
    assert f"U+{ord(sign):04X} {name}" in found.message


@pytest.mark.parametrize(
    ("sign", "name"), [("\uff1a", "FULLWIDTH COLON"), ("\ufe55", "SMALL COLON"), ("\u2236", "RATIO")]
)
def test_a_colon_that_is_none_is_named(sign: str, name: str) -> None:
    found = first(f"a:\n  b: 1\n  renew-timer{sign} 1h\n  c: 2\n")
    assert found.span.line == 3
    assert name in found.message
    assert "type :" in found.message


@pytest.mark.parametrize("sign", ["\u00a0", "\u200b", "\u2060", "\ufeff", "\u00ad"])
@pytest.mark.parametrize("place", ["{0}renew-timer: 1h", "renew-timer{0}: 1h", "renew{0}-timer: 1h"])
def test_a_key_with_an_odd_character_says_which(sign: str, place: str) -> None:
    body = "subnet4: [{id: 1, subnet: 192.0.2.0/24}]\n" + place.format(sign)
    (found,) = [each for each in findings_of(pair(body)) if each.severity == "error"]
    assert f"U+{ord(sign):04X}" in found.message
    if "renew{0}" not in place or sign != "\u00a0":
        assert found.fix == "write 'renew-timer'"


@pytest.mark.parametrize("sign", ["\u00a0", "\u200b"])
def test_a_value_with_an_odd_character_says_which(sign: str) -> None:
    (found,) = findings_of(pair(f"valid-lifetime: 2h{sign}"))
    assert f"U+{ord(sign):04X}" in found.message
    (found,) = findings_of(pair().replace("address: 192.0.2.11", f"address: 192.0.2.11{sign}"))
    assert f"U+{ord(sign):04X}" in found.message


def test_a_comment_may_hold_any_character() -> None:
    found = first("a:\n  b: 1   # Bob\u2019s \u2014\u00a0desk\n  c: d: e\n")
    assert "U+" not in found.message


def test_what_a_character_stands_for() -> None:
    assert plain("a\u00a0b\u200b\uff1a\u201cc\u201d\u2013") == 'a b:"c"-'


@pytest.mark.parametrize("values", ["192.0.2.53, 192.0.2.54", "192.0.2.53, 192.0.2.54, 192.0.2.55"])
def test_a_comma_in_braces_ends_a_value(values: str) -> None:
    body = f"option-data:\n  - {{name: domain-name-servers, data: {values}}}"
    (found,) = [each for each in findings_of(pair(body)) if each.severity == "error"]
    assert "a comma inside { } ends a value" in found.message
    assert found.fix == 'write data: "192.0.2.53, 192.0.2.54"'


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a: 1\nb:\u200b2\n", "a space"),
        ("a: 1\nb\u200b 2\n", "nothing"),
        ("a: 1\nb:\u2060 2\nc\n", "nothing"),
        ("a:\n- 1\n-\u200b2\n", "a space"),
    ],
)
def test_a_mark_without_width_where_a_space_belongs(text: str, word: str) -> None:
    """Without the mark `b:2` would still be no key and value."""
    found = read_yaml_text(text).diagnostics[0]
    assert f"type {word} in its place" in found.message
