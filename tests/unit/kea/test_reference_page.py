"""The page of the vocabulary has every key of every map and of every library, once, with what differs by version."""

from __future__ import annotations

import re

import pytest

from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.hook_parameters import PARAMETERS
from kea_hac.kea.reference_page import vocabulary_page

PAGE = vocabulary_page()


def rows(heading: str) -> dict[str, list[str]]:
    """The table below a heading: key → cells."""
    (section,) = re.findall(rf"(?ms)^### (?:<a [^>]*></a>)?{re.escape(heading)}\n(.*?)(?=^##|\Z)", PAGE)
    cells = [re.split(r" *(?<!\\)\| *", line)[1:-1] for line in section.splitlines() if line.startswith("| `")]
    return {each[0].strip("`"): each[1:] for each in cells}


def test_each_map_has_all_its_keys() -> None:
    names: tuple[ProgramName, ...] = ("dhcp4", "dhcp6", "ctrl-agent", "ha")
    for name in names:
        for scope in program(name).scopes.values():
            anchor = f'<a id="{name}-{scope.name}"></a>'.lower()
            section = PAGE.split(anchor)[1].split("\n##")[0]
            listed = re.findall(r"(?m)^\| `([^`]+)`", section)
            assert listed == list(scope.keywords)


def test_every_link_leads_somewhere() -> None:
    anchors = set(re.findall(r'<a id="([^"]+)">', PAGE))
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_library_has_its_parameters(name: str) -> None:
    assert {key.split(".")[0].removesuffix("[]") for key in rows(f"libdhcp_{name}")} == PARAMETERS[name].keywords.keys()


def test_what_differs_by_version_is_said_with_it() -> None:
    relationship = rows("relationship")
    assert relationship["restrict-commands"][2] == "true (3.0 and newer); false (up to 2.6)"
    assert relationship["max-rejected-lease-updates"][3] == "2.4 and newer"
    assert relationship["mode"][2] == "required"


def test_lifetimes_have_a_unit_and_old_spellings_their_successor() -> None:
    top = PAGE.split('<a id="dhcp4-dhcp4"></a>')[1].split("\n##")[0]
    assert "| `valid-lifetime` | integer, seconds |  | 7200 |  |" in top
    assert "Old spelling: write control-sockets." in top


def test_the_reach_of_a_parameter() -> None:
    assert rows("libdhcp_perfmon")["interval-width-secs"][1] == "at least 1"
    assert rows("libdhcp_lease_query")["advanced.lease-query-tcp-port"][1] == "1 to 65535"
