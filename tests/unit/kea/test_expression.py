"""The expression language: samples of real servers, columns, what was expected, and two readers that must agree."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_hac.kea import expression_parser
from kea_hac.kea.expression import _PLAIN, Expression, Fault, Mistake, is_built_in, parse
from kea_hac.kea.version import PROVEN, Branch
from tests.unit.kea.expression_making import NAMES, Maker

SAMPLES = json.loads((Path(__file__).parent / "expression_samples.json").read_text("utf-8"))["samples"]
KNOWN = {*NAMES[4], *NAMES[6]}


def read(text: str, branch: Branch = Branch.V3_0, **more: Any) -> Expression | Mistake:
    return parse(text, **{"family": 4, "branch": branch, "option_names": KNOWN, **more})


def wrong(text: str, branch: Branch = Branch.V3_0, **more: Any) -> Mistake:
    found = read(text, branch, **more)
    assert isinstance(found, Mistake), found
    return found


@pytest.mark.parametrize("branch", list(PROVEN))
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample[0]} {sample[1]}")
def test_samples_of_real_servers(sample: list[Any], branch: Branch) -> None:
    family, text, *verdicts = sample
    verdict = verdicts[list(PROVEN).index(branch)] if len(verdicts) > 1 else verdicts[0]
    found = read(text, branch, family=family)
    if verdict == "ok":
        assert isinstance(found, Expression)
        assert all(is_built_in(member) for member in found.members)
    elif "Not defined client class" in verdict[1]:
        assert isinstance(found, Expression)
        assert not all(is_built_in(member) for member in found.members)
    else:
        assert isinstance(found, Mistake)
        # relay6 in DHCPv4: Kea stumbles over the level in the brackets, and we show the word
        at_the_word = "invalid for DHCPv4" in verdict[1]
        assert verdict[0] is None or found.column == (0 if at_the_word else verdict[0])


@settings(max_examples=80, deadline=None)
@given(st.from_regex(_PLAIN, fullmatch=True), st.sampled_from(Branch), st.sampled_from((4, 6)))
def test_the_quick_reader_agrees_with_the_grammar(text: str, branch: Branch, family: int) -> None:
    assert read(text, branch, family=family) == expression_parser.read(text, family, branch, "bool", ())


def test_both_readers_agree_on_what_looks_like_an_expression_inside_a_text() -> None:
    text = "'member(' == ')' and option[60].text == 'option[61]' or (not member('a b') and option[7].exists)"
    assert re.match(_PLAIN, text)
    assert read(text) == expression_parser.read(text, 4, Branch.V2_2, "bool", ()) == Expression(("a b",), (60, 7))


@pytest.mark.parametrize("family", [4, 6])
def test_well_formed_expressions_are_taken_and_slips_never_raise(family: int) -> None:
    maker = Maker(7, family)
    outcomes = set()
    for _ in range(400):
        condition, value = maker.condition(), maker.value()
        assert isinstance(read(condition, family=family), Expression), condition
        assert isinstance(read(value, family=family, kind="string"), Expression), value
        outcomes.add(type(read(maker.slip(condition), family=family)))
    assert outcomes == {Expression, Mistake}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from(Branch), st.sampled_from((4, 6)), st.sampled_from(("bool", "string")))
def test_any_text_gets_an_answer(text: str, branch: Branch, family: int, kind: str) -> None:
    found = read(text, branch, family=family, kind=kind)
    assert isinstance(found, Expression) or 0 <= found.column <= len(text)


@pytest.mark.parametrize("text", ["(" * 5000 + "member('x')" + ")" * 5000, "not " * 5000 + "member('x')"])
def test_deep_nesting_is_read(text: str) -> None:
    assert read(text) == Expression(("x",))
    assert wrong(text[:-1]).column == len(text) - 1


def test_what_it_looks_at() -> None:
    text = "option[host-name].text == option[60].option[1].hex and member('b') or member('a') and relay4[82].exists"
    assert read(text) == Expression(("b", "a"), ("host-name", 60))


@pytest.mark.parametrize(
    ("text", "column", "expected", "fix"),
    [
        ("option[60].hex == ", 18, ("a value",), None),
        ("option[60].hex = 'a'", 15, ("+", "=="), "write =="),
        ("option[60].hex == \"a\"", 18, ("a value",), "write strings in single quotes"),
        ("option[60].texd == 'a'", 11, ("exists", "hex", "option", "text"), "did you mean text?"),
        ("options[60].text == 'a'", 0, ("[",), "did you mean option?"),
        ("option[60].Text == 'a'", 11, ("exists", "hex", "option", "text"), "write text"),
        ("substring(option[60].hex, 0) == 'a'", 27, (",",), None),
        ("member('a') and", 15, ("a condition",), None),
        ("true", 0, ("a condition",), "member('ALL') is always true"),
        ("not (member('a')", 16, (")", "and", "or", "sand", "sor"), None),
    ],
)  # fmt: skip
def test_columns_and_what_was_expected(text: str, column: int, expected: tuple[str, ...], fix: str | None) -> None:
    found = wrong(text)
    assert (found.column, found.expected, found.fix) == (column, expected, fix)


def test_words_of_newer_branches_are_neither_taken_nor_proposed() -> None:
    found = wrong("option[60].exists and lcase(option[60].text) == 'a'", Branch.V2_4)
    assert (found.fault, found.column) == (Fault.VERSION, 22)
    assert "came with 2.6" in found.message
    assert "sor" not in wrong("not (member('a')", Branch.V2_6).expected
    assert wrong("!lcase('a') == 'a'", Branch.V2_2).column == 0
    assert isinstance(read("option[60].text == 'lcase match'", Branch.V2_2), Expression)


def test_types() -> None:
    assert wrong("option[60].text").fault is Fault.TYPE
    assert wrong("option[60].exists", kind="string").fault is Fault.TYPE
    assert wrong("option[60].exists ==", kind="string").fault is Fault.SYNTAX
    assert isinstance(read("ifelse(member('a'), option[60].text, '')", kind="string"), Expression)


def test_names_of_options_are_the_callers() -> None:
    found = wrong("option[campus-id].exists")
    assert (found.fault, found.subject, found.column) == (Fault.OPTION, "campus-id", 7)
    assert isinstance(read("option[campus-id].exists", option_names={"campus-id"}), Expression)


@pytest.mark.parametrize("pattern", ["foo[", "(?<=a)b", "a)", "(a", "*a"])
def test_regular_expressions_that_the_server_refuses(pattern: str) -> None:
    assert wrong(f"match('{pattern}', option[60].text)").column == 6


def test_regular_expressions_that_nobody_but_the_server_can_judge() -> None:
    found = read(r"match('[[:foo:]]', option[60].text)")
    assert isinstance(found, Expression)
    assert "[[:foo:]]" in found.uncertain[0]


def test_addresses_are_those_of_the_c_library() -> None:
    """Kea reads addresses with inet_pton."""
    random = Random(3)
    verdicts = set()
    for _ in range(3000):
        if random.random() < 0.4:
            text = ".".join(str(random.choice((0, 9, 99, 255, 256, "00", "01"))) for _ in range(4))
        else:
            text = ":".join(
                random.choice(("", "", "0", "1f", "00001", "abcd", "12345", "1.2.3.4"))
                for _ in range(random.randint(3, 9))
            )
        try:
            socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
            known = True
        except OSError:
            known = False
        found = read(f"{text} == 0")
        assert isinstance(found, Expression) == known, text
        verdicts.add(known)
    assert verdicts == {True, False}


def test_common_expressions_cost_no_parser() -> None:
    code = (
        "import sys; from kea_hac.kea.expression import *; from kea_hac.kea.version import Branch; "
        "print(parse(\"(member('a') or member('b')) and member('HA_kea1')\", family=4, branch=Branch.V2_2).members, 'lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "('a', 'b', 'HA_kea1') False"
