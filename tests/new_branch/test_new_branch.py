"""A new Kea is data: a branch that only rows of data know of works everywhere, and changes nothing for the others.

Compared with the package as it is: the new branch with the newest one, every older branch with itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import kea_hac
from kea_hac.kea.version import BRANCHES, Branch
from tests.new_branch import NEW, asked, future

HERE = Path(kea_hac.__file__).parents[1]
NEWEST = BRANCHES[-1]


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with the new branch."""
    return future(tmp_path_factory.mktemp("later"))


@pytest.fixture(scope="module")
def new(later: Path) -> Any:
    return asked(later, "new", NEW)


def test_no_rule_is_lost_for_the_branches_that_were_there(later: Path) -> None:
    found = asked(later, "examples")
    assert found == asked(HERE, "examples")
    assert all(any(place.startswith(code) for place in places) for code, places in found.items())


def test_a_rule_of_the_newest_branch_is_one_of_the_new_branch(later: Path) -> None:
    assert asked(later, "examples", NEW) == asked(HERE, "examples", NEWEST)


def test_the_shipped_specs_compile_to_the_same(later: Path) -> None:
    found, expected = asked(later, "builds", NEW), asked(HERE, "builds", NEWEST)
    assert {name: each["codes"] for name, each in found.items()} == {
        name: each["codes"] for name, each in expected.items()
    }
    assert found == expected
    assert any(each["files"] for each in found.values())


@pytest.mark.parametrize("branch", BRANCHES)
def test_nothing_valid_becomes_a_finding(later: Path, branch: Branch) -> None:
    assert asked(later, "facts", branch) == asked(HERE, "facts", branch)


def test_a_file_of_the_newest_branch_is_one_of_the_new_branch(later: Path) -> None:
    found = asked(later, "lint", NEW)
    assert found == asked(HERE, "lint", NEWEST)
    assert not [place for places in found.values() for place in places if " error " in place]


def test_what_the_data_does_not_say_is_inherited(later: Path) -> None:
    found, expected = asked(later, "facts", NEW), asked(HERE, "facts", NEWEST)
    for daemon in ("dhcp4", "dhcp6"):
        assert found["shown"][daemon].pop("made-up-key") == 7
    found["options"]["4"].remove("made-up-option")
    assert found == expected


def test_the_new_key_is_read_and_written(new: Any) -> None:
    assert new["build"] == {"holds": ['"made-up-key": 5', '"made-up-limit": 3'], "messages": []}
    assert new["build before"]["holds"] == []
    assert len(new["build before"]["messages"]) == 2
    assert all(f"Kea {NEWEST}" in message for message in new["build before"]["messages"])


def test_the_new_key_is_judged(new: Any) -> None:
    assert new["lint"]["right"] == []
    for name, messages in zip(
        ("made-up-key", "made-up-option", "made-up-flag", "made-up-name"), new["lint"]["wrong"], strict=True
    ):
        assert any(name in message for message in messages)
    before = "; ".join(message for messages in new["lint before"]["alone"] for message in messages)
    for name in ("made-up-key", "made-up-option", "made-up-flag", "libdhcp_made_up.so"):
        assert name in before
    assert f"{NEW} is the first that does" in before


def test_the_new_key_is_documented(new: Any) -> None:
    page = "\n".join(new["page"])
    for name in ("made-up-key", "made-up-limit", "made-up-flag", "made-up-name"):
        assert name in page
    assert page.count(NEW) >= 4
    assert new["spec schema"]
    assert new["file schemas"] == [f"kea-dhcp{family}-{NEW}.schema.json" for family in (4, 6)]
    assert f"  Kea {NEW}  unproven" in new["version"]


def test_config_get_is_predicted(new: Any) -> None:
    assert (new["shown"], new["default"]) == (5, 7)


def test_the_new_branch_is_the_newest(new: Any) -> None:
    assert new["newest"] == NEW
    assert new["guess"] == NEW
    assert new["skew"] != []
