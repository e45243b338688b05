"""`kea-hac upgrade`: its report in every format, its exit codes, and `--write`, which writes everything or nothing.

The report of a whole way is `upgrade-whole-way.md`: `KEA_HAC_REWRITE_COMMENTS=1` writes it again. Read it as an operator who did not
write it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.documents import read
from tests.unit.upgrade.planning import AGENT, V6, pair

GOLDEN = Path(__file__).parent / "upgrade-whole-way.md"
SPEC = "campus.yaml"
WHOLE_WAY = pair(
    "2.2",
    head=AGENT + "micetro: {owner: kea-hac, agent: per-server, version: 11.1}\n",
    v4='  hosts-databases: [{type: mysql, name: "hosts_{server}", host: 192.0.2.53, user: kea, password: !secret /etc/kea/db.json}]\n',
    more=V6,
)


def write(text: str, name: str = SPEC) -> None:
    Path(name).write_text(text, "utf-8")


def test_the_report_of_a_whole_way(call: Call) -> None:
    write(WHOLE_WAY)
    done = call("upgrade", SPEC, "--to", "3.2", "--format", "markdown")
    assert done.code == 0
    if os.environ.get("KEA_HAC_REWRITE_COMMENTS") == "1":
        GOLDEN.write_text(done.out, "utf-8")
    assert done.out == GOLDEN.read_text("utf-8")
    assert Path(SPEC).read_text("utf-8") == WHOLE_WAY


@pytest.mark.parametrize(
    ("text", "to", "code", "state"),
    [
        (WHOLE_WAY, "3.2", 0, "ready"),
        (pair("2.6"), "2.6", 0, "same"),
        (pair("2.6", v4="  nonsense: 1\n"), "3.0", 1, "broken-now"),
        (pair("3.0", head=AGENT.replace("stork,", '"{server}",')), "3.2", 1, "broken-then"),
        ("kea-hac: [", "3.0", 2, "broken-now"),
    ],
)
def test_the_json_is_as_its_schema_says(text: str, to: str, code: int, state: str, call: Call) -> None:
    write(text)
    done = call("upgrade", SPEC, "--to", to, "--format", "json")
    assert done.code == code
    found = read("json", done.out)
    assert found["state"] == state
    assert not done.err or found["problems"]
    shown = call("upgrade", SPEC, "--to", to).out
    assert all(line in shown for section in found["sections"] for line in section["lines"])
    assert all(each["rule"] in shown for each in found["findings"])


def test_what_is_written_is_what_was_shown(call: Call) -> None:
    write(WHOLE_WAY)
    shown = json.loads(call("upgrade", SPEC, "--to", "3.2", "--format", "json").out)
    assert shown["written"] == []
    assert Path(SPEC).read_text("utf-8") == WHOLE_WAY
    done = call("upgrade", SPEC, "--to", "3.2", "--write")
    assert done.code == 0
    assert "wrote campus.yaml" in done.err
    lines = Path(SPEC).read_text("utf-8").splitlines()
    for edit in shown["edits"]:
        assert str(edit["new"]).rpartition(": ")[2] in lines[edit["line"] - 1]
    assert call("validate", SPEC).code == 0
    assert call("upgrade", SPEC, "--to", "3.2", "--write").code == 0
    assert Path(SPEC).read_text("utf-8").splitlines() == lines


def test_keep_defaults_writes_the_lines(call: Call) -> None:
    write(pair("2.6"))
    call("upgrade", SPEC, "--to", "3.0", "--write")
    assert "cache" not in Path(SPEC).read_text("utf-8")
    write(pair("2.6"))
    call("upgrade", SPEC, "--to", "3.0", "--write", "--keep-defaults")
    assert "  cache-threshold: 0.25\n  cache-max-age: 0\n" in Path(SPEC).read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SPEC, "--to", "2.2"), "kea1 has Kea 2.6 and kea2 has Kea 2.6, which is newer"),
        ((SPEC, "--to", "2.8"), "'2.8' is not a Kea version that kea-hac knows; it knows 2.2, 2.4, 2.6"),
        ((SPEC, "--to", ""), "'' is not a Kea version"),
        ((SPEC,), "--to"),
        (("nowhere.yaml", "--to", "3.0"), "nowhere.yaml"),
        ((".", "--to", "3.0"), "is a folder: name one spec"),
        (("kea-dhcp4.conf", "--to", "3.0"), "not a spec"),
    ],
)
def test_what_cannot_be_planned(arguments: tuple[str, ...], message: str, call: Call) -> None:
    write(pair("2.6"))
    write('{"Dhcp4": {}}', "kea-dhcp4.conf")
    done = call("upgrade", *arguments)
    assert done.code in (1, 2)
    assert done.code == 2 or arguments[0].endswith(".conf")
    assert message in " ".join((done.out + done.err).split())
    assert "this is a bug" not in done.err


def test_a_file_that_cannot_be_written_changes_nothing(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files are to change, and the second one fails."""
    write("kea: 2.6\n", "common.yaml")
    write(pair("2.6").replace("kea: 2.6\n", "<<: !include common.yaml\n"))
    before = {name: Path(name).read_bytes() for name in (SPEC, "common.yaml")}
    real, calls = os.replace, []

    def refuse(*names: object) -> None:
        calls.append(names)
        raise PermissionError(13, "Permission denied", SPEC)

    monkeypatch.setattr("kea_hac.source.replacing.exchange", refuse)
    done = call("upgrade", SPEC, "--to", "3.0", "--write", "--keep-defaults")
    monkeypatch.setattr(os, "replace", real)
    assert done.code == 2
    assert "cannot write" in done.err
    assert calls
    assert {name: Path(name).read_bytes() for name in before} == before
    assert sorted(os.listdir()) == [SPEC, "common.yaml"]


def test_a_file_that_was_changed_meanwhile_is_kept(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from kea_hac.upgrade import planning

    write(pair("2.6"))
    real = planning.plan_upgrade

    def slow(*args: object, **kwargs: object) -> object:
        result = real(*args, **kwargs)  # type: ignore[arg-type]  # handed on
        write(pair("2.6") + "# somebody else\n")
        return result

    monkeypatch.setattr(planning, "plan_upgrade", slow)
    done = call("upgrade", SPEC, "--to", "3.0", "--write")
    assert done.code == 2
    assert "was changed after it was read; nothing is written" in done.err
    assert Path(SPEC).read_text("utf-8") == pair("2.6") + "# somebody else\n"


def test_a_refused_edit_writes_nothing(call: Call) -> None:
    text = pair("&v 2.6").replace("{name: kea1,", "{name: kea1, kea: *v,")
    write(text)
    done = call("upgrade", SPEC, "--to", "3.0", "--write", "--keep-defaults")
    assert done.code == 1
    assert "nothing is written" in done.err
    assert "by hand: set kea to 3.0" in done.out
    assert Path(SPEC).read_text("utf-8") == text


def test_names_of_the_spec_are_shown_safely(call: Call) -> None:
    write(pair("2.6", v4='  boot-file-name: "x\\e[31m##[error]"\n'))
    for form in ("text", "markdown", "github", "json"):
        done = call("upgrade", SPEC, "--to", "3.0", "--format", form)
        assert "\x1b" not in done.out
        assert "##[" not in done.out


@pytest.mark.parametrize(
    ("largest", "left_out"), [(60_000, None), (9_500, "findings"), (5_000, "the rest of the plan, and the findings")]
)
def test_the_markdown_has_a_largest_size(
    largest: int, left_out: str | None, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out is named; the JSON has it."""
    write(WHOLE_WAY)
    whole = call("upgrade", SPEC, "--to", "3.2", "--format", "markdown").out
    monkeypatch.setattr("kea_hac.report.upgrade_markdown.LARGEST", largest)
    shown = call("upgrade", SPEC, "--to", "3.2", "--format", "markdown").out
    assert len(shown.encode()) <= largest
    if left_out is None:
        assert shown == whole
    else:
        assert f"{left_out}. `--format json` has everything" in shown


def test_a_section_is_cut_after_sixty_lines(call: Call) -> None:
    clients = ", ".join(f"{{user: client-{number}, password-file: p{number}}}" for number in range(70))
    write(pair("3.0", head=f"control-agent: {{authentication: {{type: basic, clients: [{clients}]}}}}\n"))
    done = call("upgrade", SPEC, "--to", "3.2", "--format", "markdown")
    assert "- 12 more (`--format json` has all)" in done.out
    assert len(json.loads(call("upgrade", SPEC, "--to", "3.2", "--format", "json").out)["edits"]) == 71


def test_servers_that_share_a_database_change_together(call: Call) -> None:
    """The steps of one window: the schema after the packages, which bring its kea-admin, and before a start."""
    database = "  lease-database: {type: postgresql, name: kea, user: kea, password: !secret /etc/kea/p}\n"
    write(pair("2.6", v4=database, head=AGENT))
    sections = json.loads(call("upgrade", SPEC, "--to", "3.2", "--format", "json").out)["sections"]
    (steps,) = (each["lines"] for each in sections if each["title"] == "The servers")
    assert [step.split()[0] for step in steps] == ["kea2", "stop", "put", "disable", "upgrade", "start"]
    assert "they share the postgresql database kea on localhost" in steps[0]
    assert not any(each["title"].startswith(("First", "Then")) for each in sections)
