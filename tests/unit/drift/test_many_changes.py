"""People are shown a handful of each kind of change and a count of the rest; programs get them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kea_hac.adopt.task import Adoption, Refusal
from kea_hac.drift.diffing import Drift
from kea_hac.report import adoption, drift_github, drift_markdown, drift_text
from kea_hac.report.drift import data
from kea_hac.report.drift_rows import rows
from kea_hac.report.grouping import HANDFUL, MOST, WHOLE
from kea_hac.source.document import SourceText
from kea_hac.source.yaml_edit import EditedTexts
from tests.unit.compiler.pairs import pair
from tests.unit.drift.pairs import Pair

MANY = 2000
SUBNETS = ", ".join(
    f"{{id: {number}, subnet: 10.{number >> 8}.{number & 255}.0/24, interface: lan}}" for number in range(1, 61)
)


def made(top: str = "") -> Pair:
    return Pair.of(pair(f"valid-lifetime: 1h\nsubnet4: [{SUBNETS}]", top=top))


def added(config: dict[str, Any]) -> None:
    """Somebody made very many reservations."""
    config["subnet4"][0]["reservations"] = [
        {"hw-address": f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}", "hostname": f"h{number}"}
        for number in range(MANY)
    ]


def lifetimes(config: dict[str, Any]) -> None:
    """One value of every subnet, and one of the server."""
    for subnet in config["subnet4"]:
        subnet["valid-lifetime"] = 1800
    config["server-tag"] = "x"


def shapes(drift: Drift, owner: Pair) -> dict[str, list[str]]:
    document = owner.site.document
    return {
        "text": drift_text.render(drift, document).splitlines(),
        "markdown": drift_markdown.render(drift, document).splitlines(),
        "github": drift_github.render(drift, document).splitlines(),
    }


@pytest.mark.parametrize("edit", [added, lifetimes])
def test_no_form_for_people_is_flooded(edit: Callable[[dict[str, Any]], None]) -> None:
    owner = made()
    drift = owner.diff(owner.lives({"kea1 dhcp4": edit}))
    count = len(drift.changes)
    assert count >= 60
    assert len(data(drift, owner.site.document)["changes"]) == count
    for form, lines in shapes(drift, owner).items():
        assert len(lines) < 60, form
        counted = [line for line in lines if "and " in line and " more: " in line]
        assert len(counted) == 1, form
        assert "json lists them all" in counted[0]


def test_what_is_counted_names_its_kind() -> None:
    owner = made()
    drift = owner.diff(owner.lives({"kea1 dhcp4": added}))
    (counted,) = rows(drift)[0].counted
    assert counted.rest.count == MANY - HANDFUL
    assert counted.rest.places == (("subnet4[id=*].reservations[hw-address=*]", MANY - HANDFUL),)
    words = "and 1,995 more: 1,995 in subnet4[id=*].reservations[hw-address=*]; --format json lists them all"
    forms = shapes(drift, owner)
    assert f"    external  {words}" in forms["text"]
    row = next(line for line in forms["markdown"] if " more: " in line)
    assert row.startswith("| external | and 1,995 more: ")
    assert row.count("|") == 8
    annotation = next(line for line in forms["github"] if " more: " in line)
    assert annotation.startswith("::warning file=")
    assert annotation.endswith(words)


def test_each_kind_has_its_handful() -> None:
    """A rare change is not lost among many of another kind."""
    owner = made()
    drift = owner.diff(owner.lives({"kea1 dhcp4": lifetimes}))
    for form, lines in shapes(drift, owner).items():
        assert any("server-tag" in line for line in lines), form
        assert sum("valid-lifetime" in line and " more: " not in line for line in lines) == HANDFUL, form


def test_each_server_has_its_handful() -> None:
    owner = made()
    drift = owner.diff(owner.lives({"kea1 dhcp4": lifetimes, "kea2 dhcp4": lifetimes}))
    assert [len(each.shown) for each in rows(drift)] == [HANDFUL + 1, HANDFUL + 1]
    assert [each.counted[0].rest.count for each in rows(drift)] == [55, 55]


def test_of_many_servers_with_the_same_a_handful_is_shown() -> None:
    owner = made()
    drift = owner.diff(owner.lives({"kea1 dhcp4": lifetimes}))
    (found, *_) = drift.compared
    wide = Drift(drift.pair, (found,) * 300, (), (), (), (), drift.report)
    shown = rows(wide)
    assert sum(len(each.shown) for each in shown) == HANDFUL * (HANDFUL + 1)
    assert sum(len(each.shown) + sum(one.rest.count for one in each.counted) for each in shown) == 300 * len(found.seen)


def test_few_changes_are_all_shown() -> None:
    def some(config: dict[str, Any]) -> None:
        for subnet in config["subnet4"][:WHOLE]:
            subnet["valid-lifetime"] = 1800

    owner = made()
    drift = owner.diff(owner.lives({"kea1 dhcp4": some}))
    assert len(rows(drift)[0].shown) == WHOLE
    assert rows(drift)[0].counted == ()
    assert all(" more: " not in line for lines in shapes(drift, owner).values() for line in lines)


def test_ignored_changes_are_counted_too() -> None:
    owner = made("diff: {ignore: [{path: 'dhcp4.subnet4[*].valid-lifetime', reason: by hand}]}\n")
    drift = owner.diff(owner.lives({"kea1 dhcp4": lifetimes}))
    ignored = [line for line in shapes(drift, owner)["text"] if line.startswith("  ignored: ")]
    assert len(ignored) == HANDFUL + 1
    assert ignored[-1].startswith("  ignored: and 55 more: 55 in subnet4[id=*].valid-lifetime")


def test_a_note_that_holds_for_all_daemons_stands_once_and_a_daemon_in_sync_is_one_line() -> None:
    owner = made()
    drift = owner.diff(owner.lives())
    noted = replace(drift, compared=tuple(replace(each, notes=("of all",)) for each in drift.compared))
    lines = drift_text.render(noted, owner.site.document).splitlines()
    assert lines[:3] == ["two: in sync", "note, for every daemon: of all", ""]
    daemons = [line for line in lines if line.startswith("kea")]
    assert len(daemons) == len(drift.compared) > 1
    assert all(": in sync (" in line for line in daemons)
    first, *others = noted.compared
    one = replace(noted, compared=(replace(first, notes=("of all", "its own")), *others))
    lines = drift_text.render(one, owner.site.document).splitlines()
    assert lines.count("note, for every daemon: of all") == 1
    assert lines.count("  note: its own") == 1
    assert "  note: of all" not in lines


def test_every_line_that_was_written_is_named() -> None:
    """Beyond those that are shown the numbers of the others follow."""
    owner = made()
    old = owner.site.document
    text = old.texts[0]
    lines = text.text.split("\n")
    new = SourceText(
        text.path, "\n".join(["# a new line"] * 70 + lines[:3] + ["# and one more"] + lines[3:]), finder=text.finder
    )
    plan = EditedTexts({}, replace(old, texts=(new,)), (), ())
    shown = adoption.render(Adoption(old, plan, (), ()), (text.path,)).splitlines()
    assert sum(line.endswith("+ # a new line") for line in shown) == 60
    assert shown[-1] == "  and 11 more lines: 61 to 70 +, 74 +"


def test_what_is_adopted_and_refused_is_counted() -> None:
    owner = made()
    changes = owner.diff(owner.lives({"kea1 dhcp4": lifetimes})).changes
    refused = tuple(Refusal(each, "a reason", "an edit") for each in changes)
    result = Adoption(owner.site.document, EditedTexts({}, owner.site.document, (), ()), changes, refused)
    for shown in (adoption.render(result, ()), adoption.render_markdown(result, ())):
        assert len(shown.splitlines()) < MOST
        assert shown.count("and 55 more: 55 in kea1 dhcp4 subnet4[id=*].valid-lifetime") == 2
    assert len(adoption.data(result, ())["refused"]) == len(changes)
