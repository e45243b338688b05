"""`kea-hac build`: what is written, and that nothing is when anything is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from kea_hac.diagnostics import Severity
from tests.cli.conftest import Call, Spec
from tests.cli.fakes import pretend, report

BAD = "192.0.3.1 - 192.0.3.9"
FILES = ["campus/manifest.json", "campus/s1/kea-dhcp4.conf"]


def _tree(root: str = "build") -> list[str]:
    """The files below the root, without what is hidden."""
    found = (path.relative_to(root) for path in Path(root).rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not path.parts[0].startswith("."))


@pytest.fixture(autouse=True)
def _specs(spec: Spec) -> None:
    spec("specs/campus.yaml", "campus")


def test_it_writes_the_tree(call: Call) -> None:
    called = call("build", "specs")
    assert (called.code, called.out) == (0, "")
    assert called.err == "campus: new, 2 files changed\nno findings in 1 spec\n"
    assert _tree() == FILES
    assert call("build", "specs").err == "no findings in 1 spec; 1 pair unchanged\n"


def test_another_folder(call: Call) -> None:
    assert call("build", "specs", "-o", "out/dhcp").code == 0
    assert _tree("out/dhcp") == FILES


def test_nothing_is_written_while_one_spec_has_an_error(call: Call, spec: Spec) -> None:
    spec("specs/other.yaml", "other", BAD)
    called = call("build", "specs")
    assert called.code == 1
    assert "KH209" in called.out
    assert called.err == "1 error in 1 file; nothing was written\n"
    assert not Path("build").exists()


def test_nothing_is_written_while_one_spec_could_not_be_read(call: Call) -> None:
    called = call("build", "specs", "gone.yaml")
    assert called.code == 2
    assert not Path("build").exists()
    assert call("build", "specs", "x*").code == 2
    assert not Path("build").exists()


def test_a_warning_does_not_keep_it_from_building(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, lambda path: report(Severity.WARNING))
    called = call("build", "specs")
    assert called.code == 0
    assert "warning[KH199 made-up]" in called.out


def test_two_pairs_of_one_name_are_an_error_with_both_places(call: Call, spec: Spec) -> None:
    spec("specs/z.yaml", "CAMPUS")
    called = call("build", "specs")
    assert called.code == 1
    assert " --> specs/z.yaml:2:7 (pair)" in called.out
    assert " ::: specs/campus.yaml:2:7" in called.out
    assert not Path("build").exists()
    assert call("build", "specs", "--check").out == called.out


def test_check(call: Call) -> None:
    called = call("build", "specs", "--check")
    assert called.code == 1
    assert called.out == "".join(f"missing: build/{path}\n" for path in FILES)
    assert not Path("build").exists()
    call("build", "specs")
    called = call("build", "specs", "--check")
    assert (called.code, called.out, called.err) == (0, "", "no findings in 1 spec; the tree is up to date\n")


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_check_of_a_tree_that_was_edited(call: Call, spec: Spec, form: str, snapshot: SnapshotAssertion) -> None:
    spec("specs/old.yaml", "old")
    call("build", "specs")
    Path("specs/old.yaml").unlink()
    Path("build/campus/s1/kea-dhcp4.conf").write_text("{}")
    Path("build/campus/notes.txt").write_text("mine")
    called = call("build", "specs", "--check", "--format", form)
    assert called.code == 1
    assert "build/campus/notes.txt" in called.out
    assert "build/old" in called.out
    assert called.out == snapshot


def test_check_sees_findings_and_the_tree_of_the_others(call: Call, spec: Spec) -> None:
    spec("specs/other.yaml", "other", BAD)
    called = call("build", "specs", "--check")
    assert called.code == 1
    assert "KH209" in called.out
    assert "missing: build/campus/manifest.json\n" in called.out


@pytest.mark.parametrize(
    ("text", "code", "count"),
    [
        ("kea-hac: 1\npair: other\n", 1, ""),
        ("kea-hac: 1\npair: [", 2, "1 error in 1 file"),
        (None, 2, "no findings in 0 of 1 spec"),
    ],
)
def test_check_of_one_that_does_not_build_says_that_nothing_was_compared(
    call: Call, monkeypatch: pytest.MonkeyPatch, text: str | None, code: int, count: str
) -> None:
    call("build", "specs")
    if text is None:
        monkeypatch.setattr("kea_hac.cli.run._checked", _out_of_memory)
    else:
        Path("specs/campus.yaml").write_text(text)
    called = call("build", "specs", "--check")
    assert called.code == code
    assert called.err.splitlines()[-1].endswith("; the tree was not compared")
    assert called.err.splitlines()[-1].startswith(count)
    data = json.loads(call("build", "specs", "--check", "--format", "json").out)
    assert (data["stale"], data["not-compared"]) == ([], ["specs/campus.yaml"])


def _out_of_memory(*_: object) -> None:
    raise MemoryError


def test_check_names_the_specs_that_were_not_compared(call: Call, spec: Spec) -> None:
    call("build", "specs")
    for each in range(5):
        spec(f"specs/other{each}.yaml", f"other{each}", BAD)
    called = call("build", "specs", "--check")
    names = "specs/other0.yaml, specs/other1.yaml, specs/other2.yaml and 2 more"
    assert called.err == f"5 errors in 5 files; the compared files are up to date; not compared: {names}\n"
    Path("build/campus/s1/kea-dhcp4.conf").write_text("{}")
    called = call("build", "specs/campus.yaml", "specs/other0.yaml", "--check")
    assert called.err.endswith(
        "; 1 path stale: run kea-hac build and commit the result; not compared: specs/other0.yaml\n"
    )


@pytest.mark.parametrize("options", [(), ("--check",), ("--stdout",), ("--prune",)])
def test_nothing_is_called_done_that_was_not(call: Call, spec: Spec, options: tuple[str, ...]) -> None:
    spec("specs/other.yaml", "other", BAD)
    last = {
        (): "nothing was written",
        ("--prune",): "nothing was written",
        ("--stdout",): "no file was printed",
        ("--check",): "4 paths stale: run kea-hac build and commit the result; not compared: specs/other.yaml",
    }[options]
    called = call("build", "specs", *options)
    assert called.code == 1
    assert called.err.splitlines()[-1] == f"1 error in 1 file; {last}".replace("4 paths", f"{len(FILES)} paths")


def test_a_pattern_without_files_is_no_tree_that_is_up_to_date(call: Call) -> None:
    call("build", "specs")
    called = call("build", "specs/campus.yaml", "gone/*.yaml", "--check")
    assert called.code == 2
    assert called.err.endswith("\nno findings in 1 spec; the compared files are up to date\n")
    assert call("build", "gone/*.yaml", "--check").err.endswith("no findings in 0 specs; the tree was not compared\n")


def test_a_pair_whose_spec_is_gone(call: Call, spec: Spec) -> None:
    spec("specs/old.yaml", "old")
    call("build", "specs")
    Path("specs/old.yaml").unlink()
    called = call("build", "specs")
    assert called.code == 0
    assert "kea-hac: warning: build/old: its spec specs/old.yaml no longer exists; --prune removes it\n" in called.err
    called = call("build", "specs", "--check")
    assert (called.code, called.out.partition(" (")[0]) == (1, "orphan: build/old")
    called = call("build", "specs", "--prune")
    assert called.code == 0
    assert called.err.splitlines()[:2] == [
        "build/old is removed: its spec specs/old.yaml no longer exists",
        "old: pruned, 2 files changed",
    ]
    assert _tree() == FILES
    assert call("build", "specs", "--check").code == 0


def test_who_names_single_files_is_not_told_that_the_others_are_gone(call: Call, spec: Spec) -> None:
    spec("specs/other.yaml", "other")
    call("build", "specs")
    called = call("build", "specs/campus.yaml", "--check")
    assert called.code == 0
    assert "note: build also contains other, which none of these specs builds" in called.err
    called = call("build", "specs/campus.yaml", "--prune")
    assert called.code == 2
    assert "name a folder, or a pattern in quotes" in called.err
    assert Path("build/other").exists()


def test_a_pair_whose_spec_has_errors_is_no_orphan(call: Call, spec: Spec) -> None:
    spec("specs/other.yaml", "other")
    call("build", "specs")
    spec("specs/other.yaml", "other", BAD)
    assert "orphan" not in call("build", "specs", "--check").out
    Path("specs/other.yaml").write_text("kea-hac: 1\npair: [")
    assert "orphan" not in call("build", "specs", "--check").out
    assert call("build", "specs", "--prune").code == 2
    assert Path("build/other").exists()


def test_stdout(call: Call) -> None:
    called = call("build", "specs", "--stdout")
    assert called.code == 0
    assert [line for line in called.out.splitlines() if line.startswith("==>")] == [
        "==> campus/s1/kea-dhcp4.conf <==",
        "==> campus/manifest.json <==",
    ]
    assert not Path("build").exists()
    data = json.loads(call("build", "specs", "--stdout", "--format", "json").out)
    assert sorted(data["files"]) == FILES
    assert "Dhcp4" in json.loads(data["files"]["campus/s1/kea-dhcp4.conf"])


def test_stdout_holds_files_or_nothing(call: Call, spec: Spec) -> None:
    spec("specs/other.yaml", "other", BAD)
    called = call("build", "specs", "--stdout")
    assert (called.code, called.out) == (1, "")
    assert "KH209" in called.err
    data = json.loads(call("build", "specs", "--stdout", "--format", "json").out)
    assert data["files"] == {}
    assert len(data["findings"]) == 1


def test_json_tells_what_was_done(call: Call) -> None:
    data = json.loads(call("build", "specs", "--format", "json").out)
    changed = [path.removeprefix("campus/") for path in FILES]
    assert data["pairs"] == [{"pair": "campus", "outcome": "new", "changed": changed}]
    data = json.loads(call("build", "specs", "--format", "json").out)
    assert data["pairs"] == [{"pair": "campus", "outcome": "unchanged", "changed": []}]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_file_of_somebody_else_in_the_way(call: Call, form: str) -> None:
    Path("build/campus").mkdir(parents=True)
    Path("build/campus/notes.txt").write_text("mine")
    called = call("build", "specs", "--format", form)
    assert called.code == 2
    assert "build/campus/notes.txt is in the way" in called.err
    assert _tree() == ["campus/notes.txt"]
    if form == "json":
        assert "in the way" in json.loads(called.out)["problems"][0]


@pytest.mark.parametrize("pair", [("--check", "--stdout"), ("--check", "--prune"), ("--stdout", "--prune")])
def test_contradictions(call: Call, pair: tuple[str, str]) -> None:
    called = call("build", "specs", *pair)
    assert called.code == 2
    assert "cannot be used together" in called.err
