"""Client classes, their expressions and their names: each mistake is found where it stands, and its repair is silent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kea_hac.check.rules import class_names, classes, expressions
from kea_hac.diagnostics import Finding, KeaVerdict, Rule, Severity, dotted
from kea_hac.kea.version import KeaVersion
from kea_hac.kea_files.recognise import recognise
from kea_hac.model.configuration import Configuration
from kea_hac.source import read_kea_json_text
from tests.unit.check.class_mistakes import MISTAKES, PHONES, Config, Mistake, a_class, guarded, hook
from tests.unit.check.class_mistakes import classes as listed
from tests.unit.check.registered import checks_in

CASES = [pytest.param(each, version, id=f"{each.name} {version}") for each in MISTAKES for version in each.versions]


def configuration(content: Config, version: str = "3.0.4", top: str = "Dhcp4") -> Configuration:
    document = read_kea_json_text(json.dumps({top: content}), "kea.conf").document
    assert document is not None
    return recognise(document, KeaVersion.parse(version), None, lambda _: None, base=("kea.conf",)).configurations[0]


def found(content: Config, version: str = "3.0.4", top: str = "Dhcp4") -> list[Finding]:
    return [
        finding
        for rule in checks_in(classes, class_names, expressions)
        for finding in rule(configuration(content, version, top))
    ]


def only(content: Config, **more: Any) -> Finding:
    (finding,) = found(content, **more)
    return finding


@pytest.mark.parametrize(("mistake", "version"), CASES)
def test_a_mistake_is_found_where_it_stands(mistake: Mistake, version: str) -> None:
    finding = only(mistake.wrong, version=version)
    assert (finding.rule.code, dotted(finding.at[2:])) == (mistake.rule, mistake.at)
    assert (finding.rule.kea is KeaVerdict.REFUSES) == (mistake.complaint is not None)


@pytest.mark.parametrize(("mistake", "version"), CASES)
def test_its_repair_is_silent(mistake: Mistake, version: str) -> None:
    assert found(mistake.right, version=version) == []


def test_every_rule_has_a_mistake() -> None:
    modules = (classes, expressions, class_names)
    rules = {value.code for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    assert rules == {mistake.rule for mistake in MISTAKES}


def test_a_message_shows_the_column_the_piece_and_what_was_expected() -> None:
    finding = only(listed(a_class("option[60].text == \"phone\" or member('ALL')")))
    assert finding.message == (
        "in column 20 of the expression, at `\"phone\" or member('ALL')`: '\"' is not allowed here; expected here: a value"
    )
    assert finding.fix == "write strings in single quotes"
    assert "expected here: a condition" in only(listed(a_class(" "))).message


def test_order_is_explained() -> None:
    finding = only(listed(a_class("member('phones')", "voice"), PHONES))
    assert [(dotted(at[2:]), words) for at, words in finding.related] == [
        ("client-classes[1].name", "it is defined here")
    ]
    assert finding.fix == "move 'phones' above this class"
    finding = only(listed(PHONES, a_class("member('phone')", "voice")))
    assert finding.fix == "did you mean 'phones'?"


def test_all_mistakes_of_a_list_are_found_at_once() -> None:
    wrong = [a_class("option[60].text", f"c{number}") for number in range(300)]
    assert len(found(listed(*wrong, a_class("member('c0') and member('nobody')", "last")))) == 301


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"hosts-databases": [{"type": "mysql", "name": "kea"}]},
        {"config-control": {"config-databases": [{"type": "mysql", "name": "kea"}]}},
        hook("class_cmds", {}),
        {"hooks-libraries": [{"library": "/opt/site/classify.so"}]},
    ],
)
def test_where_something_else_may_give_a_class_nothing_is_certain(elsewhere: Config) -> None:
    finding = only({**guarded("phones"), **elsewhere})
    assert finding.severity is Severity.INFO
    assert "unless" in finding.message


def test_how_bad_an_undefined_class_is() -> None:
    assert only(guarded("phones")).severity is Severity.ERROR
    assert (
        only({"subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "evaluate-additional-classes": ["a"]}]}).severity is None
    )


def test_a_reservation_gives_its_class() -> None:
    content = guarded("vip")
    content["subnet4"][0]["reservations"] = [{"hw-address": "00:00:5e:00:53:01", "client-classes": ["vip"]}]
    assert found(content) == []


@pytest.mark.parametrize(
    "asking",
    [
        hook("flex_option", {"options": [{"code": 67, "supersede": "ifelse(member('vip'), 'a', 'b')"}]}),
        hook("flex_option", {"options": [{"code": 67, "supersede": "'a'", "client-class": "vip"}]}),
        listed({"name": "by-vendor", "template-test": "ifelse(member('vip'), 'a', '')"}),
    ],
)
def test_templates_and_hooks_ask_for_what_reservations_give(asking: Config) -> None:
    entry = {"hw-address": "00:00:5e:00:53:01", "client-classes": ["vip"]}
    assert found({"reservations": [entry], **asking}) == []
    assert only({"reservations": [entry]}).rule.code == "KH510"


@pytest.mark.parametrize("name", ["KNOWN", "VENDOR_CLASS_phone", "EXTERNAL_group", "HA_kea1"])
def test_built_in_classes_and_those_of_others_guard(name: str) -> None:
    assert found(guarded(name)) == []


def test_every_place_that_names_a_class_is_looked_at_in_dhcpv6() -> None:
    option = {"name": "dns-servers", "data": "2001:db8::1", "client-classes": ["a"]}
    subnet = {
        "id": 1,
        "subnet": "2001:db8::/32",
        "client-classes": ["a"],
        "option-data": [option],
        "pools": [{"pool": "2001:db8::/64", "client-classes": ["a"], "option-data": [option]}],
        "pd-pools": [{"prefix": "2001:db8:1::", "prefix-len": 48, "delegated-len": 56, "client-classes": ["a", "b"]}],
        "reservations": [{"duid": "01:02", "option-data": [option]}],
    }
    content = {
        "client-classes": [{"name": "x", "option-data": [option]}],
        "option-data": [option],
        "shared-networks": [{"name": "n", "client-classes": ["a"], "option-data": [option], "subnet6": [subnet]}],
    }
    assert len(found(content, top="Dhcp6")) == 11


def test_a_subnets_own_name_for_dns_is_read() -> None:
    subnet = {"id": 1, "subnet": "192.0.2.0/24", "user-context": {"ddns-tuning": {"hostname-expr": "option[12].txt"}}}
    assert only({**hook("ddns_tuning", {}), "subnet4": [subnet]}).rule is expressions.BAD_EXPRESSION
    assert found({"subnet4": [subnet]}) == []


def test_what_cannot_be_judged_is_said() -> None:
    content = listed(a_class("match('[[:foo:]]', option[60].text)"))
    assert found(content) == []
    (skipped,) = expressions.unjudged(configuration(content))
    assert "client-classes[0].test" in skipped.what
    assert "[[:foo:]]" in skipped.reason


def test_values_of_another_type_are_left_to_the_vocabulary() -> None:
    content = {
        "client-classes": [{"name": 1, "test": 2}, {"test": "member('ALL')"}],
        "subnet4": [{"client-classes": "x"}],
    }
    assert {finding.rule.code for finding in found(content)} <= {"KH506"}
    assert found({}, top="Control-agent") == []
