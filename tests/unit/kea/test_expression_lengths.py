"""Which comparisons can never be true, by the number of bytes of their sides."""

from __future__ import annotations

import pytest

from kea_hac.kea.expression import Expression, parse
from kea_hac.kea.expression_lengths import impossible
from kea_hac.kea.version import BRANCHES
from tests.specs import findings_of
from tests.unit.compiler.pairs import pair

NEVER = [
    ("substring(option[60].hex,0,4) == 'snom3'", "substring(option[60].hex,0,5) == 'snom3'"),
    ("substring(option[60].hex, 0, 4) == 0x736e6f6d33", "substring(option[60].hex, 0, 5) == 0x736e6f6d33"),
    ("'snom3' == substring(option[60].text,0,4)", "'snom3' == substring(option[60].text,0,5)"),
    ("substring(pkt4.mac,0,3) == 0x0004132a", "substring(pkt4.mac,0,4) == 0x0004132a"),
    ("substring(option[60].hex,-4,-3) == 'snom'", "substring(option[60].hex,-4,-4) == 'snom'"),
    ("pkt4.giaddr == '10.20.0.1'", "pkt4.giaddr == 10.20.0.1"),
    ("concat('a','b') == 'abc'", None),
    ("ifelse(option[1].exists,'ab','c') == 'abc'", None),
    ("hexstring(substring(pkt4.mac,0,3),':') == '00:11:22:33'", None),
    ("(substring(option[60].hex,0,2)+'-x') == 'snom3'", None),
    ("pkt4.msgtype == 'ab'", None),
    ("substring(option[60].hex,0,2) == 'é!'", "substring(option[60].hex,0,3) == 'é!'"),
]
POSSIBLE = [
    "substring(option[60].hex,0,5) == 'snom3'",
    "substring(option[60].hex,0,4) == 'SN'",  # an option of two bytes
    "substring(option[60].hex,0,all) == 'snom3'",
    "substring(substring(option[60].hex,0,9),2,3) == 'abc'",
    "substring(option[60].hex,0,0) == ''",
    "option[60].hex == ''",
    "pkt4.mac == 0x0004132a0001",
    "pkt4.giaddr == 10.20.0.1",
    "pkt4.msgtype == 1",
    "hexstring(substring(pkt4.mac,0,3),':') == '00:11:22'",
    "hexstring(pkt4.mac,'') == '000413'",
    "ifelse(option[1].exists,'ab','c') == 'c'",
    "0xfff == 0x0fff",
    "split(option[60].hex,'.',1) == 'snom'",
    "vendor.enterprise == 4491",
    "option[82].option[1].hex == 'port'",
    "lcase(substring(option[60].hex,0,4)) == 'snom'",
    "uint8totext(substring(option[60].hex,0,1)) == '128'",
]


@pytest.mark.parametrize(("text", "corrected"), NEVER)
def test_a_comparison_of_different_lengths(text: str, corrected: str | None) -> None:
    (found,) = impossible(text, 4)
    assert (found.text, found.corrected) == (text, corrected)
    if corrected:
        assert impossible(corrected, 4) == ()


@pytest.mark.parametrize("text", POSSIBLE)
def test_a_comparison_that_can_be_true_is_silent(text: str) -> None:
    assert impossible(text, 4) == ()


@pytest.mark.parametrize("text", [text for text, _ in NEVER] + POSSIBLE)
def test_all_of_these_are_expressions_of_kea(text: str) -> None:
    assert isinstance(parse(text, family=4, branch=BRANCHES[-1]), Expression)


@pytest.mark.parametrize(
    "around",
    ["not ({})", "member('x') and {}", "({} or option[77].exists) and member('x')", "(({}))", "{} or member(')')"],
)
def test_it_is_found_wherever_it_stands(around: str) -> None:
    text = around.format("substring(option[60].hex,0,4) == 'snom3'")
    (found,) = impossible(text, 4)
    assert text[found.start :].startswith(found.text)


def test_addresses_of_a_packet_have_the_length_of_the_family() -> None:
    assert impossible("pkt.src == 2001:db8::1", 6) == ()
    assert len(impossible("pkt.src == 192.0.2.1", 6)) == 1
    assert len(impossible("pkt.src == 2001:db8::1", 4)) == 1


@pytest.mark.parametrize(
    "text", ["", "==", "'a' == ", "substring(", "foo(1) == 'ab'", "'a' == 'b' and", "((", "'a' == %"]
)
def test_what_it_cannot_read_is_not_judged(text: str) -> None:
    assert impossible(text, 4) == ()


def test_the_finding_and_its_repair() -> None:
    body = "client-classes: [{name: a, test: \"member('x') and substring(option[60].hex,0,4) == 'snom3'\"}]".replace(
        "member('x') and ", "option[77].exists and "
    )
    (seen,) = findings_of(pair(body))
    assert seen.message == (
        "`substring(option[60].hex,0,4) == 'snom3'` is never true: substring(option[60].hex,0,4) has 4 bytes at most, 'snom3' has 5 bytes"
    )
    assert seen.repair[0].value == "option[77].exists and substring(option[60].hex,0,5) == 'snom3'"
