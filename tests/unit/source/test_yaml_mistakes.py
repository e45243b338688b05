"""What is wrong with a YAML text: the rule, the exact place, and words that help."""

from __future__ import annotations

import pytest

from kea_hac.source import Limits, read_yaml_text
from tests.unit.source.reading_facts import partial, said


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("prefix: 2001:db8::\n", "1:9-19", "quote it"),
        ("a:\n  - {prefix: 2001:db8::, b: 1}\n", "2:14-24", "quote it"),
        ("a: [2001:db8::]\n", "1:5-15", "quote it"),
        ("cert-file: {server}.pem\n", "1:12-24", "quote it"),
        ("url: {address}:80\n", "1:6-18", "quote it"),
        ("{cert-file: /etc/{server}.pem}\n", "1:13-30", "quote it"),
        ("a: b: c\n", "1:5-6", "a second `key: value` on one line"),
        ("a: 1\n b: 2\n", "2:2-4", "this line has 1 spaces before it, and the line before it 0"),
        ("a:\n  b: 1\n c: 2\n", "3:2-4", "indentation matches no map"),
        ("- a\nb: c\n", "2:1-3", "the list that begins on line 1"),
        ("\ta: 1\n", "1:1-2", "a tab is used for indentation"),
        ("a:\n\t\tb: 1\n", "2:1-3", "a tab is used for indentation"),
        ("a: @x\n", "1:4-6", "begins with @ needs quotes"),
        ('a: "x\\.y"\n', "1:6-10", "backslash"),
        ("a: *.pem\n", "1:5-9", "begins with * (alias)"),
        ("a: - b\n", "1:4-5", "next line"),
        ("b: 1\na: 'x\n", "2:4-5", "the quote ' that opens here is never closed"),
        ("a: [1, 2\nb: 3\n", "2:2-3", "the [ of line 1 is never closed with ]"),
        ("a: {x: 1\nb: 3\n", "2:2-3", "the { of line 1 is never closed with }"),
        ("a: 1\nfoo\nb: 2\n", "2:1-4", "neither `key: value` nor a list item"),
        ("a: 'x'y\n", "1:7-8", "quote the whole value"),
        ("a: [1,,2]\n", "1:7-8", "a value is expected"),
        ("a: 1\n...\nb\n", "3:1-2", "ends before this"),
        ("%YAML 1.3\n---\na: 1\n", "1:1-6", "YAML 1.1 and 1.2"),
        ("a: !foo!bar x\n", "1:4-12", "this tag is unknown"),
    ],
)
def test_syntax_errors(text: str, place: str, words: str) -> None:
    reading = read_yaml_text(text)
    assert said(reading) == [f"yaml-syntax {place}"]
    assert words in reading.diagnostics[0].message
    assert "(libyaml: " in reading.diagnostics[0].message
    assert reading.document is None
    assert reading.unreadable


def test_traps_say_what_to_write() -> None:
    assert read_yaml_text("prefix: 2001:db8::\n").diagnostics[0].fix == 'write "2001:db8::"'
    assert read_yaml_text("cert-file: {server}.pem\n").diagnostics[0].fix == 'write "{server}.pem"'
    assert read_yaml_text("a: {server}\n").diagnostics[0].fix == 'write "{server}"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty-file 1:1-1"),
        ("# only\n\n", "empty-file 1:1-1"),
        ("---\n", "empty-file 1:1-1"),
        ("- a\n", "not-a-map 1:1-4"),
        ("word\n", "not-a-map 1:1-5"),
        ("a: 1\n---\nb: 2\n", "several-documents 2:1-4"),
        ("a: \x00b\n", "control-character 1:4-5"),
        ("a: 1\nb: \x1b[0m\n", "control-character 2:4-5"),
        ("a: \ud800\n", "not-utf-8 1:4-5"),
    ],
)
def test_texts_without_a_document(text: str, expected: str) -> None:
    reading = read_yaml_text(text)
    assert said(reading) == [expected]
    assert reading.document is None
    assert reading.unreadable


def test_a_file_that_is_only_a_wrong_alias_is_unreadable() -> None:
    reading = read_yaml_text("*a\n")
    assert said(reading) == ["not-a-map 1:1-1", "unknown-alias 1:1-3"]
    assert (reading.document, reading.unreadable) == (None, True)


@pytest.mark.parametrize(
    ("text", "expected", "root"),
    [
        ("a: 1\nb: 2\na: 3\n", ["duplicate-key 3:1-2"], {"a": "1", "b": "2"}),
        ("{a: 1, a: {b: c}}\n", ["duplicate-key 1:8-9"], {"a": "1"}),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  <<: *x\n", ["duplicate-key 4:3-5"], {"a": {"b": "1"}, "c": {"b": "1"}}),
        ("? [a]\n: b\nc: 1\n", ["complex-key 1:3-4"], {"c": "1"}),
        ("? {a: b}\n: {c: [d]}\ne: 1\n", ["complex-key 1:3-4"], {"e": "1"}),
        ("{server}: 1\nb: 2\n", ["complex-key 1:1-2"], {"b": "2"}),
        ("a: &x [1]\n*x : 2\n", ["complex-key 2:1-3"], {"a": ["1"]}),
        ("a: !foo 1\n", ["unknown-tag 1:4-8"], {"a": "1"}),
        ("a: !!int 1\n", ["unknown-tag 1:4-9"], {"a": "1"}),
        ("a: !foo {b: 1}\n", ["unknown-tag 1:4-8"], {"a": {"b": "1"}}),
        ("!secret a: 1\nb: 2\n", ["unknown-tag 1:1-8"], {"a": "1", "b": "2"}),
        ("<<: 1\na: 2\n", ["bad-merge 1:5-6"], {"a": "2"}),
        ("x: &x {b: 1}\n<<: [*x, 7]\n", ["bad-merge 2:5-12"], {"x": {"b": "1"}}),
        ("a: *y\nb: 1\n", ["unknown-alias 1:4-6"], {"b": "1"}),
        ("<<: *y\nb: [*z, 1]\n", ["unknown-alias 1:5-7", "unknown-alias 2:5-7"], {"b": ["1"]}),
        ("a: &x {b: *x, c: [*x]}\n", ["recursive-alias 1:11-13", "recursive-alias 1:19-21"], {"a": {"c": []}}),
        (
            "a: {server}\nb: [{address}]\n",
            ["unquoted-braces 1:4-12", "unquoted-braces 2:5-14"],
            {"a": "{server}", "b": ["{address}"]},
        ),
        ("a:\n- 2001:db8::\n", ["unquoted-colon 2:3-13"], {"a": ["2001:db8::"]}),
        ("a: “b”\n‘c’: 1\n", ["curly-quotes 1:4-7", "curly-quotes 2:1-4"], {"a": "“b”", "‘c’": "1"}),
        ("a: !secret rel\n", ["bad-secret-path 1:12-15"], None),
        ("a: !secret '/a\"b'\n", ["bad-secret-path 1:12-18"], None),
        ("a: !secret '/a?>b'\n", ["bad-secret-path 1:12-19"], None),
        ('a: !secret "/a\\nb"\n', ["bad-secret-path 1:12-19"], None),
        ("a: !secret\n", ["bad-secret-path 1:4-11"], None),
    ],
)
def test_findings_that_leave_a_whole_document(text: str, expected: list[str], root: dict[str, object] | None) -> None:
    reading = read_yaml_text(text)
    assert said(reading) == expected
    assert not reading.unreadable
    if root is not None:
        assert partial(reading).root == root


def test_a_quoted_text_may_hold_what_is_a_trap_without_quotes() -> None:
    text = "a: \"{server}\"\nb: '2001:db8::'\nc: x “y”\nd: {server: 1}\ne: {server}x: 1\n"
    assert said(read_yaml_text(text.replace("e: {server}x: 1\n", "'f:':\n"))) == []


def test_a_duplicate_names_the_first_place_and_the_route() -> None:
    reading = read_yaml_text("a:\n  - b: 1\n    b: 2\n")
    (found,) = reading.diagnostics
    assert found.path == "a[0].b"
    assert [(span.line, span.column) for span, _ in found.related] == [(2, 5)]
    assert found.text == "    b: 2"


def test_all_mistakes_of_a_run_are_collected_and_sorted() -> None:
    reading = read_yaml_text("a: *y\nb: {server}\nc: 1\nc: 2\nd: !x 1\ne: [\n")
    names = [each.rule.name for each in reading.diagnostics]
    assert names == ["unknown-alias", "unquoted-braces", "duplicate-key", "unknown-tag", "yaml-syntax"]


def test_depth_is_bounded_also_through_aliases() -> None:
    limits = Limits(depth=5)
    assert said(read_yaml_text("a: [[[[1]]]]\n", limits=limits)) == []
    assert said(read_yaml_text("a: [[[[[1]]]]]\n", limits=limits)) == ["over-limit 1:8-9"]
    chained = "a: &a [[1]]\nb: &b [*a]\nc: [[[*b]]]\n"
    assert [each.rule.name for each in read_yaml_text(chained, limits=limits).diagnostics] == ["over-limit"]


def test_aliased_size_is_bounded() -> None:
    text = "a: &a [1, 2, 3]\nb: [*a, *a, *a]\n"
    assert said(read_yaml_text(text, limits=Limits(aliased_nodes=12))) == []
    reading = read_yaml_text(text, limits=Limits(aliased_nodes=11))
    assert said(reading) == ["over-limit 2:13-15"]
    assert reading.unreadable


def test_findings_are_bounded_and_the_rest_counted() -> None:
    text = "a: 1\n" * 100
    reading = read_yaml_text(text, limits=Limits(findings=10))
    assert len(reading.diagnostics) == 11
    assert "89 further findings" in reading.diagnostics[-1].message
