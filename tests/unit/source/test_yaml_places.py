"""Values and places: what a YAML text means, and where each part of it stands."""

from __future__ import annotations

from kea_hac.source import Plain, Secret, read_yaml_text
from tests.unit.source.reading_facts import partial, said, shown, whole


def test_scalars_keep_their_text_and_quoted_ones_are_no_plain() -> None:
    root = whole(read_yaml_text("a: 012\nb: \"no\"\nc: 'it''s'\nd: yes\ne: 10:20:30:40:50:59\n")).root
    assert root == {"a": "012", "b": "no", "c": "it's", "d": "yes", "e": "10:20:30:40:50:59"}
    assert [type(value) for value in root.values()] == [Plain, str, str, Plain, Plain]


def test_nothing_is_an_empty_plain_and_null_stays_a_word() -> None:
    root = whole(read_yaml_text("a:\nb: null\nc: ~\nd: ''\n")).root
    assert root == {"a": "", "b": "null", "c": "~", "d": ""}
    assert [type(value) for value in root.values()] == [Plain, Plain, Plain, str]


def test_places_of_keys_values_and_containers() -> None:
    text = "dhcp4:\n  subnet4:\n    - id: 10\n      pools: [{pool: 192.0.2.0/25}]\n    - 'x'\n"
    document = whole(read_yaml_text(text, "spec.yaml"))
    assert shown(document, ("dhcp4",), key=True) == "spec.yaml 1:1 'dhcp4'"
    assert shown(document, ("dhcp4",)) == "spec.yaml 2:3 'subnet4'"
    assert shown(document, ("dhcp4", "subnet4")) == "spec.yaml 3:5 '-'"
    assert shown(document, ("dhcp4", "subnet4", 0)) == "spec.yaml 3:7 'id'"
    assert shown(document, ("dhcp4", "subnet4", 0, "id")) == "spec.yaml 3:11 '10'"
    assert shown(document, ("dhcp4", "subnet4", 0, "pools")) == "spec.yaml 4:14 '[{pool: 192.0.2.0/25}]'"
    assert shown(document, ("dhcp4", "subnet4", 0, "pools", 0)) == "spec.yaml 4:15 '{pool: 192.0.2.0/25}'"
    assert shown(document, ("dhcp4", "subnet4", 0, "pools", 0, "pool"), key=True) == "spec.yaml 4:16 'pool'"
    assert shown(document, ("dhcp4", "subnet4", 1)) == "spec.yaml 5:7 \"'x'\""
    assert shown(document, ("dhcp4", "subnet4", 0, "absent")) == "spec.yaml 3:7 'id'"


def test_columns_count_characters_also_behind_emoji_and_a_byte_order_mark() -> None:
    document = whole(read_yaml_text("\ufeffü😀: {ä: b}\n", "s.yaml"))
    assert shown(document, ("ü😀", "ä")) == "s.yaml 1:9 'b'"


def test_crlf_line_ends() -> None:
    document = whole(read_yaml_text("a: b\r\n\r\nc:\r\n  - d\r\n  - |\r\n    x\r\n    y\r\n", "s.yaml"))
    assert document.root == {"a": "b", "c": ["d", "x\ny\n"]}
    assert shown(document, ("c", 0)) == "s.yaml 4:5 'd'"
    assert document.line_text(document.span(("c", 0))) == "  - d"


def test_tag_and_anchor_are_no_part_of_the_place() -> None:
    document = whole(read_yaml_text("a: &x !!str   12\nb: &y\n  c: 1\nd: !secret '/etc/kea/pw'\n", "s.yaml"))
    assert document.root == {"a": "12", "b": {"c": "1"}, "d": Secret("/etc/kea/pw")}
    assert type(document.root["a"]) is str
    assert shown(document, ("a",)) == "s.yaml 1:15 '12'"
    assert shown(document, ("b",)) == "s.yaml 3:3 'c'"
    assert shown(document, ("d",)) == "s.yaml 4:12 \"'/etc/kea/pw'\""


def test_yaml_directive_and_document_marks_of_one_document() -> None:
    assert whole(read_yaml_text("%YAML 1.2\n---\na: 1\n...\n")).root == {"a": "1"}


def test_colons_and_question_marks_in_unquoted_texts_within_braces() -> None:
    text = "{ip: 2001:db8::1, mac: 08:00:27:aa:bb:cc, l: [::1, http://x/?a, 12:30], 'q':r, \"s:t\": 'u:v'}  # 1:2\n"
    document = whole(read_yaml_text(text, "s.yaml"))
    assert document.root == {
        "ip": "2001:db8::1",
        "mac": "08:00:27:aa:bb:cc",
        "l": ["::1", "http://x/?a", "12:30"],
        "q": "r",
        "s:t": "u:v",
    }
    assert type(document.root["ip"]) is Plain
    assert shown(document, ("l", 1)) == "s.yaml 1:52 'http://x/?a'"
    assert document.texts[0].text == text


def test_texts_that_begin_with_a_question_mark_or_colon_within_brackets() -> None:
    root = whole(read_yaml_text("a: [?b, :c, ::1, d?, ? e]\nf: {?g: :h}\n? i\n: j\n")).root
    assert root == {"a": ["?b", ":c", "::1", "d?", {"e": ""}], "f": {"?g": ":h"}, "i": "j"}


def test_aliases_share_the_value_and_point_to_where_it_is_written() -> None:
    document = whole(read_yaml_text("x-pool: &p\n  pool: 192.0.2.0/25\na: *p\nb: [*p, *p]\n", "s.yaml"))
    assert document.root["a"] == {"pool": "192.0.2.0/25"}
    assert document.root["a"] is document.root["x-pool"]
    assert shown(document, ("a", "pool")) == "s.yaml 2:9 '192.0.2.0/25'"


def test_merge_own_keys_win_then_the_earlier_source() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\nd: {<<: *b, y: 4}\n"
    document = whole(read_yaml_text(text, "s.yaml"))
    assert document.root["c"] == {"x": "1", "y": "1", "z": "3"}
    assert document.root["d"] == {"y": "4", "z": "2"}
    assert shown(document, ("c", "y")) == "s.yaml 1:17 '1'"
    assert shown(document, ("c", "y"), key=True) == "s.yaml 1:14 'y'"
    assert shown(document, ("d", "y")) == "s.yaml 6:16 '4'"


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert whole(read_yaml_text("'<<': 1\n")).root == {"<<": "1"}


def test_suppressions() -> None:
    text = (
        "a: 1  # kea-hac: ignore[unknown-key, KH123] a newer Kea\n"
        "# kea-hac: ignore[dup] for the next\n\n  # another comment\nb: '# kea-hac: ignore[z] text'\n"
        "c: |  # kea-hac: ignore[head] yes\n  # kea-hac: ignore[q] text\n"
        'd: ["# kea-hac: ignore[r] text", x]\n'
    )
    found = whole(read_yaml_text(text, "s.yaml")).suppressions
    assert [(each.rules, each.reason, each.line, each.span.line, each.span.column) for each in found] == [
        (("unknown-key", "KH123"), "a newer Kea", 1, 1, 7),
        (("dup",), "for the next", 5, 2, 1),
        (("head",), "yes", 6, 6, 7),
    ]


def test_malformed_suppressions() -> None:
    text = "a: 1 # kea-hac: ignore[] x\nb: 1 # kea-hac: ignore[x]\nc: 1 # kea-hac: ignore x\nd: 1 # kea-hac:ignore[a!b] x\n"
    reading = read_yaml_text(text)
    assert said(reading) == [
        "malformed-ignore 1:6-27",
        "malformed-ignore 2:6-26",
        "malformed-ignore 3:6-25",
        "malformed-ignore 4:6-29",
    ]
    assert partial(reading).suppressions == ()
    assert not reading.unreadable


def test_a_password_is_not_shown_with_its_line() -> None:
    reading = read_yaml_text("a: {password: hunter2, name: x, name: y}\nsecret: 'hun''ter3': x\n")
    texts = [each.text for each in reading.diagnostics]
    assert texts[0] == "a: {password: *******, name: x, name: y}"
    assert not any("hunter" in f"{each.text} {each.message} {each.fix}" for each in reading.diagnostics)


def test_a_no_break_space_is_a_scalar_with_a_place() -> None:
    document = read_yaml_text("a:\n  \xa0: null\n").document
    assert document is not None
    span = document.span(("a",))
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 3, 2, 4)
