"""Runs of plain list items are read by regular expressions: with the values, places and findings that libyaml's events give."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.source import Map, Plain, Reading, Seq, Value, read_yaml_text, yaml_lines, yaml_runs
from kea_hac.source.limits import Limits
from kea_hac.source.origins import style_of
from kea_hac.source.yaml_layout import Node, below, yaml_layout
from kea_hac.source.yaml_lines import map_of, without_lists
from kea_hac.source.yaml_runs import SMALL, RunItem, without_runs
from tests.counting import LINEAR, calls, growth
from tests.unit.source.test_properties import MORE, examples
from tests.unit.source.yaml_texts import Writer


def read(text: str, limits: Limits | None = None, *, runs: bool = True, signs: str | None = None) -> Reading:
    """The text, or the text as libyaml alone reads it. `signs`: what keeps a text from being read without libyaml as a whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_runs, "SMALL", 0 if runs else 1 << 60)
        if signs is not None:
            patch.setattr(yaml_lines, "_SIGNS", signs)
        return read_yaml_text(text, limits=limits) if limits else read_yaml_text(text)


def facts(value: Value) -> Any:
    """All that a value holds: keys in their order, texts with or without quotes, and every place."""
    if isinstance(value, Map):
        return {key: facts(each) for key, each in value.items()}, list(value), list(value.spans)
    if isinstance(value, Seq):
        return [facts(each) for each in value], list(value.spans)
    return value, isinstance(value, Plain)


def assert_alike(text: str, limits: Limits | None = None) -> Reading:
    """All ways give the same reading: as a whole, its lists alone, with libyaml alone."""
    other = read(text, limits, runs=False)
    for one in (read(text, limits), read(text, limits, signs=""), read(text, limits, signs=":\n")):
        assert one.diagnostics == other.diagnostics
        assert (one.document is None) == (other.document is None)
        if one.document is not None and other.document is not None:
            assert facts(one.document.root) == facts(other.document.root)
            assert one.document.suppressions == other.document.suppressions
            assert one.document.guesses == other.document.guesses
            assert one.document.lost == other.document.lost
    if other.document is not None:
        assert layout(text, runs=True) == layout(text, runs=False)
    return other


def nodes(node: Node | None) -> Any:
    """All that a layout says of a value."""
    if node is None:
        return None
    own = [getattr(node, each.name) for each in fields(Node) if each.name != "entries"]
    return own, [(nodes(entry.key), nodes(entry.value)) for entry in node.entries]


def layout(text: str, *, runs: bool) -> Any:
    """How a text is laid out, and its style; why it cannot be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_runs, "SMALL", 0 if runs else 1 << 60)
        try:
            found = yaml_layout(text)
        except ValueError as error:
            return str(error)
        style = style_of(found)
        inside = [each for each in below(found.root) if each.kind in ("map", "list")] if found.root else []
        asked = [(each.place, nodes(found.at(each.place))) for each in sorted(inside, key=lambda each: each.place)]
        return nodes(found.root), style, asked, [nodes(each) for each in found.aliases]


def of_runs(text: str) -> int:
    """How many items libyaml does not see."""
    return sum(len(run.items) for run in without_lists(text, 0)[1])


def of_shapes(value: Value) -> int:
    """How many of the maps below have their places looked up."""
    below = value.values() if isinstance(value, Map) else value if isinstance(value, Seq) else ()
    return isinstance(value, RunItem) + sum(of_shapes(each) for each in below)


FLOW = '{hw-address: "02:00:00:00:00:0%d", ip-address: 192.0.2.%d, hostname: host-%d}'
BLOCK = "hw-address: 02:00:00:00:00:0%d\n%sip-address: \"192.0.2.%d\"\n%shostname: 'host %d'"
SIX = "{duid: 01:02:03:0%d, ip-addresses: [2001:db8::%d, \"2001:db8::a\"], prefixes: [], client-classes: ['a b', c%d]}"


def listed(item: str, count: int = 5, indent: str = "  ", end: str = "\n") -> str:
    """A list of such items."""
    lines = []
    for number in range(count):
        values: list[Any] = [number] * item.count("%d")
        if "%s" in item:
            values = [number, indent + "  ", number, indent + "  ", number]
        lines.append(f"{indent}- {item % tuple(values)}\n")
    return "".join(lines).replace("\n", end)


@pytest.mark.parametrize("item", [FLOW, BLOCK, SIX], ids=["flow", "block", "lists"])
@pytest.mark.parametrize("indent", ["", "  ", "      "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_is_a_run(item: str, indent: str, end: str) -> None:
    text = f"a: 1{end}r:{end}{listed(item, 5, indent, end)}b: {{ip: 2001:db8::1}}{end}"
    assert_alike(text)
    assert of_runs(text) == 5


def test_items_of_several_shapes_are_one_run() -> None:
    lines = "".join(f"  - {{a: {number}{', b: x' * (number % 2)}}}\n  - c: {number}\n" for number in range(6))
    assert_alike(f"r:\n{lines}")
    assert of_runs(f"r:\n{lines}") == 12
    assert len(without_runs(f"r:\n{lines}{SMALL * '#'}\n", 0)[1]) == 1


ITEMS = (
    "{a: 1}", "{a: 1, b: x}", "{ a: 1 , b: x }", "{a: 1,b: x}", "{a:  1}", "{a: 1, a: 2}", "{a: }", "{a: '', b: \"\"}", "{a: [x, y]}",
    "{a: [ x ]}", "{a: [x, [y]]}", "{a: {b: c}}", "{a: 2001:db8::1}", "{a: 2001:db8::}", "{a: ::1}", "{a: x:}", "{a: x: y}", "{a: x y}",
    "{a: x  y }", "{a: x#y}", "{a: x #y}", "{a: x?}", "{?a: x}", "{a: 'it''s'}", '{a: "\\n"}', '{a: "# kea-hac: guessed x"}',
    "{a: “x”}", "{a: zürich}", "{a: 'Zürich', b: \"ä ö\", c: é}", "a: ŧ ß", "{a: \xa0x}", "{a: x\xad}", "{a: €}", "{ä: x}", "{a: &x 1}", "{a: *x}", "{a: !!str 1}", "{<<: {a: 1}}", "{a: 1}  ", "{a: 1} # no", "{a: 1} x", "{a: 1,}",
    "{'a': 1}", "{a: 10.0.0.1 - 10.0.0.9}", "{a: 1", "a: 1}", "{}", "x", "a: 1", "a: x, y", "a: [x, y]", "a: 'x'", 'a: "x" y', "a: x\t", "a:",
    "a: |", "a: >-", "a: 1\n    b: 2", "a: 1\n     b: 2", "a: 1\n    b: 2\n\n    c: 3", "a: 1\n    # no\n    b: 2", "a: 1\n     more",
    "a: {b: 1}\n    b: 2", "a: 1\n    a: 2", "- {a: 1}", " {a: 1}", "a: - b", "a: - ", "a: ---", "a: ...", "a: x:y", "a: x: y", "a : 1", "a-b_c: 1",
    "a: 1\n\tb: 2", "! {a: 1}", "&b {a: 1}", "? a", "a: {server}", "a: {address}", "{a: {server}}", "a: =", "a: a=b", "a: 1\n   b: 2", "\ta: 1",
)  # fmt: skip
"""What stands behind a dash of indentation 2."""
BEFORE = ("r:\n", "r: &b\n", "r: !x\n", "r: |\n", "r: >\n", "r: [\n", 'r: "\n', "r: '\n", "r: x\n", "r:\n  # c\n", "r: {\n", "r:\n  - [\n", "? \n", "", "r: !!seq\n", "---\nr:\n")  # fmt: skip
BEHIND = ("", "s: 1\n", "  s: 1\n", "    s: 1\n", "  # c\n", "  # kea-hac: ignore[x] y\n", "\n", "]\n", '"\n', "'\n", "}\n", "...\n", "---\n", "  ]\n", "  more\n", "      more\n", "\t\n", "  - {a: {server}}\n")  # fmt: skip


@examples(400)
@given(
    st.lists(st.tuples(st.sampled_from(ITEMS), st.integers(1, 4)), min_size=1, max_size=4),
    st.sampled_from(BEFORE),
    st.sampled_from(BEHIND),
    st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]),
)
def test_whatever_stands_in_the_list(items: list[tuple[str, int]], before: str, behind: str, end: str) -> None:
    lines = "".join(f"  - {item}\n" * count for item, count in items)
    assert_alike(f"a: &x 1\n{before}{lines}{behind}".replace("\n", end))


@pytest.mark.parametrize("before", BEFORE)
def test_each_item_in_each_place(before: str) -> None:
    plain = "  - {a: 1, b: x}\n"
    for at, item in enumerate(ITEMS):
        for behind in BEHIND if MORE > 1 else (BEHIND[0], BEHIND[at % len(BEHIND)]):
            assert_alike(f"a: &x 1\n{before}{plain * 3}  - {item}\n{plain * 3}{behind}")


WHOLE = """\
servers:
  - {name: kea1, role: primary, interfaces: {lan: eth0}}
dhcp4:
  subnet4:
    - id: 1   # one
      subnet: 10.0.0.0/24
      relay: {ip-addresses: [10.0.0.1]}
      option-data:
        - {name: routers, data: 10.0.0.1}
        - name: tftp
          data: 'x y'

      pools: [{pool: 10.0.0.150 - 10.0.0.250, option-data: [{code: 3, data: x}, {code: 4}]}, {pool: 10.1.0.0/24}]
      # größer
      reservations:
      - {hw-address: "02:00:00:00:00:00", ip-address: 10.0.0.10, hostname: host-0}
      - {hw-address: "02:00:00:00:00:01", ip-address: 10.0.0.11, hostname: host-1}  # kea-hac: ignore[x] y
      - hw-address: "02:00:00:00:00:02"
        client-classes:
          - a
          - "b c"
        user-context:
          deep:
            deeper: [x, [y, {z: 1}], {}]
            list:
            - 1
    - id: 2
      interface: "{server}"
      require-client-classes: []
"""
"""Nearly all of it are runs."""
STRANGE = (
    "  - x", "      - x", "- y: 1", "  z: 1", "      z: 1", "    z: 1", "       z: 1", "      more text", "    ", "\t", "# c", "      # kea-hac: guessed z",
    "      k: &x 1", "      k: *x", "    - &y {a: 1}", "    - !x a: 1", "      k: |\n        a: 1", "      k: |\n        - a: 1\n          b: {c: 1}\n",
    "      k: >-\n        - a:\n            - {b: 1, c: 2}", "      'q': 1", '      k: "a', "      k: 'a\n        - b: {c: 1}'", "      ? k", "      k:", "      -",
    "---", "...", "      k: [a,", "      k: {a: b,\n        c: d}", "      k: {a: 1}}", "      k: x: y", "      k: x # {a: 1}", "      k: x#y", "      k:x",
    "      id: 1", "      k: {server}", "      k: “x”", "      # “x”", "      <<: {a: 1}", "    - - a: 1", "    -   id: 3\n        k: 1", "    - id: 3\r",
    "      k: a\tb", "      k:\tb", "     \tk: b", "      k: b   ", "      k: b\t# c", "    - [a, b]", "    - {a: b}#c", "      k: 'it''s'", "      k: 1,2",
    "      k: [ 1 , 2 ]", "      k: [ ]", "      k: { }", "      k: {a: }", "      k: [a: b]", "      k: zürich", "      k: {a: 'ü', b: ß x, c: [é, \"ő\"]}", "      k: 5 €", "      k: x\xa0y", "      # €\xa0\u2028", "      # €\x85", "      # € 𝛼 \ufeff", "      # \x07", "      k: [::1]", "      k: \u2028",
    "      k: ::1", "      k: " + "[" * 14 + "]" * 14, "      k: {a: {b: {c: d}}, e: [f, {g: h}]}", "      : v", "%YAML 1.1", "      k: {a: 1, a: 2}", "      k: ~",
)  # fmt: skip


@examples(400)
@given(st.integers(0, 10**9))
def test_a_whole_text_with_something_strange(seed: int) -> None:
    chance = random.Random(seed)
    lines = WHOLE.splitlines()
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randrange(len(lines))
        what = chance.random()
        if what < 0.5:
            lines.insert(at, chance.choice(STRANGE))
        elif what < 0.6:
            del lines[at]
        elif what < 0.7:
            lines.insert(chance.randrange(len(lines)), lines[at])
        elif what < 0.8:
            lines[at] = " " * chance.choice((1, 2, 4)) + lines[at]
        elif what < 0.9:
            lines[at] = lines[at][chance.choice((1, 2, 4)) :]
        else:
            column = chance.randrange(len(lines[at]) + 1)
            sign = chance.choice((*" :-{}[],#'\"&*!|>?%@\t\\\rü1=~`“", ": ", "- ", " #", "  ", "\r\n"))
            lines[at] = lines[at][:column] + sign + lines[at][column + chance.choice((0, 1)) :]
    assert_alike(chance.choice(("\n", "\n", "\r\n")).join(lines) + chance.choice(("\n", "")))


@pytest.mark.parametrize("strange", STRANGE)
def test_something_strange_on_each_line(strange: str) -> None:
    lines = WHOLE.splitlines(keepends=True)
    for at in range(0, len(lines) + 1, 1 if MORE > 1 else 7):
        assert_alike("".join([*lines[:at], strange, "\n", *lines[at:]]))


def test_a_text_that_ends_anywhere() -> None:
    for end in range(len(WHOLE)):
        assert_alike(WHOLE[:end])
    for end in (
        "{",
        "[",
        "{ ",
        "[ ",
        "{a",
        "{a:",
        "{a: ",
        "{a: x",
        "{a: x,",
        "[x",
        "[x,",
        "[[",
        "[{",
        "{a: [",
        "{a: {}",
        "'",
        '"',
        "-",
        "- ",
    ):
        for before in ("a: ", "r:\n  - ", "r:\n  - a: 1\n    b: ", "r:\n  - {a: 1, b: 2}\n  - "):
            assert_alike(before + end)


def test_nearly_all_of_a_text_goes_past_libyaml() -> None:
    assert of_runs(WHOLE) == 3
    nested = f"a:\n  - b:\n{listed(SIX, 9, '      ')}"
    assert of_runs(nested) == 1
    for depth in range(1, 9):
        assert_alike(WHOLE, Limits(depth=depth))
        assert_alike(nested, Limits(depth=depth))
    for signs in ("", ":"):
        assert [each.rule.name for each in read(WHOLE, Limits(nodes=50), signs=signs).diagnostics] == ["over-limit"]
        assert not read(WHOLE, Limits(nodes=150), signs=signs).diagnostics


def test_a_text_of_plain_lines_does_without_libyaml() -> None:
    text = "# head\nkea-hac: 1\n" + WHOLE + "# kea-hac: ignore[x] y\n\n"
    assert map_of(text, 0, Limits()) is not None
    assert_alike(text)
    for other in (
        "",
        "# c\n",
        "\n",
        " a: 1\n",
        " a: 1\nb: 2\n",
        "- a: 1\n",
        "a: 1\n- b\n",
        "a: 1\n b: 2\n",
        "---\na: 1\n",
        "a: 1",
        "a: 1\n# c",
        "a: 1\n \tb\n",
    ):
        assert map_of(other, 0, Limits()) is None
        assert_alike(other)
    size = next(size for size in range(1000) if not read(text, Limits(nodes=size), runs=False).diagnostics)
    for limits in (Limits(nodes=size - 1), Limits(nodes=size), *(Limits(depth=depth) for depth in range(1, 9))):
        assert_alike(text, limits)


def test_which_texts_were_read_before_does_not_matter() -> None:
    """The patterns are compiled as soon as that pays in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_runs._Process, "characters", 0)
        readings = [read_yaml_text(WHOLE) for _ in range(SMALL // len(WHOLE) + 2)]
        assert yaml_runs.many_read("")
    documents = [each.document for each in readings]
    assert all(each is not None and facts(each.root) == facts(documents[0].root) for each in documents if documents[0])


@examples(300)
@given(st.integers(0, 10**9))
def test_texts_as_people_write_them(seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        {chance.choice("abcd") + str(n): chance.choice(("x", "012", "a b", "2001:db8::")) for n in range(2)}
        for _ in range(4)
    ]
    rows.append(_tree(chance, 4))
    writer = Writer(chance, step=chance.choice((2, 4)), dash=chance.choice((0, 2)), comments=chance.random() < 0.5)
    tree = {"s": rows * 2, "t": {"u": [*rows, "x", *rows]}, "v": [_tree(chance, 5)]}
    assert_alike(writer.text(tree, chance.choice(("\n", "\r\n"))))


def _tree(chance: random.Random, depth: int) -> Any:
    """A map or list of a depth."""
    values = [
        _tree(chance, depth - 1) if depth > 1 and chance.random() < 0.6 else chance.choice(("x", "012", "a b"))
        for _ in range(chance.choice((1, 1, 2, 3)))
    ]
    return values if depth < 4 and chance.random() < 0.4 else {f"k{at}": each for at, each in enumerate(values)}


def test_limits_hold_in_runs() -> None:
    text = f"r:\n{listed(FLOW, 9)}"
    for depth in range(1, 6):
        assert_alike(f"r:\n{listed(SIX, 9)}", Limits(depth=depth))
    assert [each.rule.name for each in read(text, Limits(nodes=20)).diagnostics] == ["over-limit"]
    assert not read(text, Limits(nodes=100)).diagnostics


def test_many_shapes_cost_no_pattern_each() -> None:
    """Each pattern has to be compiled: a text that was made against that does not take longer."""
    many = 3000
    text = "r:\n" + "".join(f"  - {{a{number}: 1}}\n" for number in range(many))
    twice = "r:\n" + "".join(f"  - {{a{number}: 1, a{number}: 2}}\n" for number in range(many))
    assert len(text) > SMALL
    for each in (text, twice):
        assert_alike(each)
        assert calls(lambda each=each: without_runs(each, 0)) < 200_000
        assert calls(lambda each=each: without_lists(each, 0)) < 200_000
    assert of_runs(text) == many


@pytest.mark.parametrize("last", ["k: *x", "k: |", "- {", "k: [[", "\t"])
def test_what_is_read_in_vain_costs_little(last: str) -> None:
    """Something strange at the end of a large item, or of every item of every list."""

    def work(size: int) -> Callable[[], object]:
        deep = "".join(f"{'  ' * at}- a:\n" for at in range(40))
        end = "".join(f"      - a: 1\n        {last}\n" for _ in range(size))
        return lambda: without_lists(f"r:\n{deep}s:\n  - a:\n{listed(FLOW, size, '      ')}{end}    {last}\n", 0)

    assert growth(work, 200) < LINEAR


def test_an_item_of_a_run_costs_few_calls() -> None:
    few, many = (f"r:\n{listed(FLOW, count)}" for count in (1000, 2000))
    read(few)
    assert calls(lambda: read(many)) - calls(lambda: read(few)) < 1000 * 10


def test_what_is_lost_is_listed_once() -> None:
    """A colon in brackets that libyaml refuses makes the reader begin the text again."""
    document = read("a: *x\nb: {ip: 2001:db8::1}\n").document
    assert document is not None
    assert [each.route for each in document.lost] == [("a",)]


@pytest.mark.parametrize("sign", ["\x07", "\x00", "\ufffe", "\x80"])
@pytest.mark.parametrize("before", [3, 300, 1000])
def test_a_character_that_yaml_refuses_has_one_place(sign: str, before: int) -> None:
    """libyaml reads ahead, so the value that it is in is not named."""
    text = "kea-hac: 1\nlst:\n" + "".join(f"  - {{a: b{at}, c: d}}\n" for at in range(before)) + f"x: a{sign}b\n"
    (found,) = assert_alike(text).diagnostics
    assert (found.rule.name, found.path, found.span.line) == ("control-character", "", before + 3)


@pytest.mark.parametrize("limits", [Limits(depth=20), Limits(nodes=60), Limits(nodes=30), Limits(depth=6)])
def test_a_limit_is_said_of_the_same_place(limits: Limits) -> None:
    deep = "".join(f"{' ' * at}k:\n" for at in range(1, 19))
    inside = f"x-a:\n{deep}{' ' * 19}- x\n{' ' * 21}- {{a: b, c: d}}\n"
    for text in (
        inside,
        f"kea-hac: 1\n{listed(SIX, 9)}",
        f"{inside}r:\n{listed(SIX, 9)}",
        f"a: *b\nr:\n{listed(SIX, 9)}",
    ):
        assert_alike(text, limits)
