"""Rules on option-data and option-def, on configurations in memory."""

from __future__ import annotations

from typing import Any

import pytest

from kea_hac.check.rules import option_def, option_rules, options
from kea_hac.diagnostics import Finding, Rule, Severity
from kea_hac.kea.config import CTRL_AGENT, DHCP4, Block
from kea_hac.kea.options import Custom, Mistake, OptionDefinition, read_data
from kea_hac.kea.version import KeaVersion
from kea_hac.model.configuration import Configuration
from tests.counting import calls
from tests.kea.option_cases import DAEMONS, as_block
from tests.unit.check.option_examples import EXAMPLES, Example, data, defined, in_class
from tests.unit.check.registered import checks_in


def findings(body: dict[str, Any], family: int = 4, version: str = "2.6.3") -> list[Finding]:
    configuration = Configuration(DAEMONS[family], as_block(body), KeaVersion.parse(version))
    return [finding for each in checks_in(options, option_def) for finding in each(configuration)]


def codes(body: dict[str, Any], family: int = 4, version: str = "2.6.3") -> list[str]:
    return [finding.rule.code for finding in findings(body, family, version)]


CASES = [(example, version) for example in EXAMPLES for version in example.versions]


@pytest.mark.parametrize(("example", "version"), CASES)
def test_bad_fires_and_good_is_silent(example: Example, version: str) -> None:
    assert codes(example.bad, example.family, version) == [example.code]
    assert codes(example.good, example.family, version) == []


def test_every_rule_has_an_example() -> None:
    registered = {each.code for each in vars(option_rules).values() if isinstance(each, Rule)}
    assert {example.code for example in EXAMPLES} == registered


def test_a_finding_stands_at_its_keyword_and_says_what_to_write() -> None:
    found = findings(data(name="routers", data="192.0.2.1, 192.0.2.256"))[0]
    assert found.at == ("option-data", 0, "data")
    assert found.message == "routers, value 2: '192.0.2.256' is not an IPv4 address: 256 is more than 255"
    assert found.fix == "write an IPv4 address, or several with commas between them"
    unnamed = findings(data(data="x"))[0]
    assert unnamed.at == ("option-data", 0)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"name": "routerss", "data": "192.0.2.1"}, "write `name: routers`"),
        ({"name": "domain name servers", "data": "192.0.2.1"}, "write `name: domain-name-servers`"),
        ({"name": "domain_name", "data": "a.example"}, "write `name: domain-name`"),
        ({"code": 3, "name": "ntp-servers", "data": "192.0.2.1"}, "write `name: routers` or `code: 42`"),
        ({"name": "nobody-knows", "data": "1"}, "add it to option-def, or give `code` and `csv-format: false`"),
    ],
)
def test_the_right_name_is_offered(entry: dict[str, Any], words: str) -> None:
    assert [found.fix for found in findings({"option-data": [entry]})] == [words]


def test_the_version_that_has_the_option_is_named() -> None:
    found = findings(data(name="v4-sztp-redirect", data="https://example.org"), version="2.2.0")[0]
    assert found.message.endswith("; 2.4 is the first that does")


def test_every_list_is_walked() -> None:
    wrong = data(name="routers", data="x")
    subnet = {**wrong, "pools": [wrong], "pd-pools": [wrong], "reservations": [wrong]}
    body = {
        **wrong,
        "client-classes": [wrong],
        "reservations": [wrong],
        "subnet4": [subnet],
        "shared-networks": [{**wrong, "subnet4": [subnet]}],
    }
    assert {found.at[:-3] for found in findings(body)} == {
        (),
        ("client-classes", 0),
        ("reservations", 0),
        ("shared-networks", 0),
        *(
            (*at, *below)
            for at in (("subnet4", 0), ("shared-networks", 0, "subnet4", 0))
            for below in ((), ("pools", 0), ("pd-pools", 0), ("reservations", 0))
        ),
    }


def test_csv_format_is_true_by_itself_only_at_the_top() -> None:
    entry = data(code=230, data="0102")
    assert codes(entry) == ["KH402"]
    assert codes({"subnet4": [entry]}) == []
    assert codes({"subnet4": [data(code=230, data="x")]}) == ["KH406"]


def test_a_class_reads_its_options_by_its_own_definitions() -> None:
    own = in_class(code=43, type="uint32")["client-classes"][0]
    inside = {"client-classes": [{**own, **data(code=43, data="7")}]}
    assert codes(inside) == []
    assert codes({**inside, **data(code=43, data="7")}) == ["KH406"]
    assert codes({"client-classes": [{**own, **data(code=43, data="x")}]}) == ["KH406"]


def test_a_wrong_definition_says_nothing_of_its_options() -> None:
    assert codes({**defined(type="strin"), **data(name="foo", data="x")}) == ["KH420"]


def test_never_send_needs_no_data() -> None:
    assert codes(data(name="routers", never_send=True)) == []
    assert codes(data(name="routers")) == ["KH411"]
    assert codes(data(name="nobody", never_send=True)) == ["KH402"]


def test_options_that_stand_once_per_vendor_or_class_may_repeat() -> None:
    vendor = {"name": "vivso-suboptions", "data": "4491"}
    assert codes({"option-data": [vendor, {**vendor, "data": "25623"}]}) == []
    guarded = {"name": "routers", "data": "192.0.2.1"}
    assert codes({"option-data": [guarded, {**guarded, "client-classes": ["phones"]}]}, version="3.0.4") == []


def test_deadly_option_data_is_judged_too() -> None:
    assert codes(data(name="ia-na", data="x"), 6, "2.2.0") == ["KH412", "KH406"]
    assert codes(data(name="ia-na", data="1, 2, 3"), 6, "2.6.3") == []


def test_what_is_no_text_or_no_map_is_left_to_the_vocabulary() -> None:
    assert codes({"option-data": ["x", {"name": "routers", "data": 7}]}) == []
    assert codes({"option-def": [{"name": "foo"}, 5]}) == []
    assert codes({"option-data": "x", "client-classes": [{"option-def": 1}]}) == []


def test_the_agent_has_no_options() -> None:
    agent = Configuration(CTRL_AGENT, Block((), data(data="x")), KeaVersion.parse("2.6"))
    assert not [finding for each in checks_in(options, option_def) for finding in each(agent)]


def test_many_reservations_without_options_cost_nothing() -> None:
    reservations = [Block((), {"hw-address": "08:00:27:00:00:01"}) for _ in range(100_000)]
    config = Block((), {"subnet4": [Block((), {"reservations": reservations})]})
    configuration = Configuration(DHCP4, config, KeaVersion.parse("2.6"))
    found = checks_in(options, option_def)
    assert calls(lambda: [finding for each in found for finding in each(configuration)]) < 10 * len(reservations)
    assert not [finding for each in found for finding in each(configuration)]


def test_equal_options_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(made: OptionDefinition, text: str, csv_format: bool, custom: Custom) -> Mistake | None:
        asked.append(text)
        return read_data(made, text, csv_format, custom)

    monkeypatch.setattr("kea_hac.check.rules.options.read_data", counted)
    same = [data(name="routers", data="192.0.2.1") for _ in range(50)]
    assert codes({"subnet4": [{"reservations": same}]}) == []
    assert asked == ["192.0.2.1"]


def test_swallowed_mistakes_that_are_not_wrong_for_sure_are_warnings() -> None:
    severities = {each.code: each.severity for each in vars(option_rules).values() if isinstance(each, Rule)}
    assert [code for code, severity in severities.items() if severity is Severity.WARNING] == [
        "KH408",
        "KH409",
        "KH410",
        "KH411",
        "KH413",
    ]
