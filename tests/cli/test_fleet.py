"""Several specs in one run: names, servers and networks that two pairs claim."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from kea_hac.check.fleet import Member, Network, fleet_findings
from kea_hac.cli.fleet import over_the_fleet
from kea_hac.cli.run import run
from kea_hac.errors import KeaHacError
from kea_hac.kea.addressing import Prefix
from tests.cli.conftest import Call
from tests.specs import ADVICE

PAIR = """\
kea-hac: 1
pair: {name}
kea: 2.6
platform: debian
servers:
  - {{name: {name}1, role: primary, address: 10.{number}.0.2, interfaces: [eth0]}}
  - {{name: {name}2, role: standby, address: 10.{number}.0.3, interfaces: [eth0]}}
high-availability:
  mode: hot-standby
  trust-anchor: /etc/kea/ca.pem
  cert-file: "/etc/kea/{{server}}.pem"
  key-file: "/etc/kea/{{server}}.key"
  listener: {{dhcp4: 8001, dhcp6: 8002}}
dhcp4:
  subnet4:
    - {{id: 1, subnet: 10.{number}.0.0/16}}
dhcp6:
  shared-networks:
    - {{name: floor, subnet6: [{{id: 1, subnet: "2001:db8:{number}::/48"}}]}}
"""


def pair(name: str, number: int, *changes: tuple[str, str]) -> str:
    text = PAIR.format(name=name, number=number)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    Path(f"{name}.yaml").write_text(text, "utf-8")
    return f"{name}.yaml"


def found(call: Call, *options: str) -> list[tuple[str, str, int]]:
    data = json.loads(call("validate", ".", "--format", "json", *options).out)
    return [(each["name"], each["file"], each["line"]) for each in data["findings"] if each["rule"] not in ADVICE]


def test_pairs_that_keep_apart(call: Call) -> None:
    pair("north", 1)
    pair("south", 2)
    assert found(call) == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_each_claim_is_found_at_its_line(call: Call, jobs: str) -> None:
    pair("north", 1)
    pair("south", 2, ("south2", "north1"), ("10.2.0.0/16", "10.1.128.0/17"))
    pair("west", 3, ("10.3.0.3", "10.1.0.3"), ("db8:3::/48", "db8:1:1::/64"))
    assert found(call, "-j", jobs) == [
        ("peer-name-of-two-pairs", "south.yaml", 7),
        ("subnet-of-two-pairs", "south.yaml", 16),
        ("server-of-two-pairs", "west.yaml", 7),
        ("subnet-of-two-pairs", "west.yaml", 19),
    ]


def test_the_other_place_is_shown(call: Call) -> None:
    pair("north", 1)
    pair("south", 2, ("10.2.0.0/16", "10.1.128.0/17"))
    shown = call("validate", ".").out
    assert "the subnet 10.1.128.0/17 overlaps with 10.1.0.0/16 of the pair 'north'" in shown
    assert "::: north.yaml:16:" in shown
    assert call("validate", ".").code == 0
    assert call("validate", ".", "--fail-on", "warning").code == 1


def test_one_host_may_serve_two_pairs_in_different_families(call: Call) -> None:
    six = PAIR[PAIR.index("dhcp6:\n") :].format(name="north", number=1)
    pair("north", 1, (six, ""), (", dhcp6: 8002", ""))
    four = PAIR[PAIR.index("dhcp4:\n") : PAIR.index("dhcp6:\n")].format(number=2)
    pair("south", 2, (four, ""), ("dhcp4: 8001, ", ""), ("10.2.0.2", "10.1.0.2"))
    assert found(call) == []


def test_a_comment_lets_one_through_and_is_not_unused_alone(call: Call) -> None:
    pair("north", 1)
    line = "    - {id: 1, subnet: 10.1.128.0/17}"
    ignored = f"{line}  # kea-hac: ignore[subnet-of-two-pairs] the sites never meet"
    pair("south", 2, ("    - {id: 1, subnet: 10.2.0.0/16}", ignored))
    assert found(call) == []
    alone = json.loads(call("validate", "south.yaml", "--format", "json").out)["findings"]
    assert [each for each in alone if each["rule"] not in ADVICE] == []


def test_a_copy_of_a_spec_is_one_mistake(call: Call) -> None:
    Path(pair("north", 1)).rename("copy.yaml")
    pair("north", 1)
    assert [each[0] for each in found(call)] == ["pair-name-taken"]


def test_a_spec_is_read_again_only_where_it_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its places are kept, and its text is read again for the lines that are shown."""
    outcomes = run([pair("north", 1), pair("south", 2, ("10.2.0.0/16", "10.1.128.0/17"))])
    with monkeypatch.context() as patched:
        patched.setattr("kea_hac.check.fleet.read_yaml", None)
        (found,) = over_the_fleet(outcomes)
    assert (found.span.line, found.text) == (16, "    - {id: 1, subnet: 10.1.128.0/17}")
    Path("south.yaml").write_text(f"# password: geheim\n{Path('south.yaml').read_text('utf-8')}", "utf-8")
    (found,) = over_the_fleet(outcomes)
    assert (found.span.line, found.text) == (17, "    - {id: 1, subnet: 10.1.128.0/17}")
    Path("south.yaml").unlink()
    with pytest.raises(KeaHacError, match=r"south\.yaml was changed while it was being checked"):
        over_the_fleet(outcomes)


def test_warnings_keep_nothing_from_being_built(call: Call) -> None:
    pair("north", 1)
    pair("south", 2, ("south2", "north1"))
    assert call("build", ".").code == 0
    assert Path("build/south/north1/kea-dhcp4.conf").is_file()
    assert call("build", ".", "--check").code == 0


def test_networks_inside_each_other_and_the_same_ones() -> None:
    def member(number: int, *networks: tuple[int, int]) -> Member:
        made = [Network(first, last, Prefix(4, first, 32), (first,)) for first, last in networks]
        return Member(f"{number}.yaml", str(number), {}, {}, {4: made})

    members = [
        member(1, (0, 99), (200, 299)),
        member(2, (10, 19), (100, 199)),
        member(3, (10, 19), (12, 13), (300, 399)),
    ]
    assert [(each.at, each.related[0][0]) for each in fleet_findings(members)] == [
        (("2.yaml", 10), ("1.yaml", 0)),
        (("3.yaml", 10), ("2.yaml", 10)),
        (("3.yaml", 12), ("2.yaml", 10)),
    ]


def test_the_cost_of_a_fleet_grows_with_its_size() -> None:
    def calls(pairs: int) -> int:
        members = [
            Member(
                f"{number}.yaml",
                f"pair{number}",
                {f"kea{number}-{each}": ("servers", each) for each in (1, 2)},
                {f"10.{number // 250}.{number % 250}.{each}": (("servers", each), ["dhcp4"]) for each in (1, 2)},
                {
                    4: [
                        Network(at << 8, (at << 8) + 255, Prefix(4, at << 8, 24), ())
                        for at in range(number * 20, number * 20 + 20)
                    ]
                },
            )
            for number in range(pairs)
        ]
        seen = 0

        def count(*_: object) -> None:
            nonlocal seen
            seen += 1

        sys.setprofile(count)
        try:
            assert list(fleet_findings(members)) == []
        finally:
            sys.setprofile(None)
        return seen

    calls(10)  # what is imported and cached once
    assert calls(200) / calls(100) < 2.2
