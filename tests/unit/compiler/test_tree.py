"""What stands on the disk after `write`, and what `inspect` says of it."""

import json
import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from kea_hac.compiler.artifacts import MANIFEST, Artifact, Build
from kea_hac.errors import TreeError
from kea_hac.output import lock, names, swap
from kea_hac.output.tree import Discrepancy, DiscrepancyKind, FolderOutcome, FolderState, inspect, orphans, write
from tests.kill.pairs import NEW, OLD, built, on_disk


@pytest.fixture(params=["exchange", "file by file"])
def route(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways in which a folder takes its place."""
    if request.param == "file by file":
        monkeypatch.setattr(swap, "exchange", lambda _one, _other: False)
    return str(request.param)


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """os.umask, put back afterwards."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Everything that shows that something was touched."""
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in [folder, *folder.rglob("*")]}


def refusal(root: Path, *builds: Build, prune: Collection[str] = ()) -> str:
    """The one line of an error; every file is exactly as it was."""
    before = on_disk(root) if root.is_dir() else {}
    with pytest.raises(TreeError) as caught:
        write(root, builds, prune=prune)
    assert "\n" not in str(caught.value)
    assert before == (on_disk(root) if root.is_dir() else {})
    return str(caught.value)


def test_the_first_build_makes_the_folder_and_those_above(tmp_path: Path) -> None:
    root = tmp_path / "out" / "build"
    (written,) = write(root, [NEW])
    assert (written.pair, written.outcome, written.changed) == ("campus", FolderOutcome.NEW, tuple(sorted(NEW.files)))
    assert on_disk(root) == {f"campus/{path}": content for path, content in NEW.files.items()}
    assert os.listdir(root) == ["campus"]
    assert inspect(root, NEW).state is FolderState.CLEAN


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: Callable[[int], int], mask: int) -> None:
    umask(mask)
    write(tmp_path, [NEW])
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "campus").rglob("*") if path.is_file()}
    folders = [tmp_path / "campus", *(path for path in (tmp_path / "campus").rglob("*") if path.is_dir())]
    assert modes == {0o640}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o750}


def test_a_changed_build_replaces_the_folder(tmp_path: Path, route: str) -> None:
    write(tmp_path, [OLD])
    assert inspect(tmp_path, NEW).state is FolderState.STALE
    (written,) = write(tmp_path, [NEW])
    assert written.outcome is FolderOutcome.REPLACED
    assert "kea1/kea-ctrl-agent.conf" not in written.changed
    assert {"mm1/preferences.cfg", "kea1/kea-dhcp6.conf", "kea1/kea-dhcp4.conf", MANIFEST} <= set(written.changed)
    assert on_disk(tmp_path) == {f"campus/{path}": content for path, content in NEW.files.items()}
    assert sorted(os.listdir(tmp_path / "campus")) == ["kea1", "kea2", "kea3", MANIFEST]
    assert os.listdir(tmp_path) == ["campus"]


def test_an_unchanged_build_touches_nothing(tmp_path: Path, route: str) -> None:
    write(tmp_path, [OLD])
    (tmp_path / "campus" / "kea1" / "kea-dhcp4.conf").chmod(0o600)
    before = stamps(tmp_path)
    (written,) = write(tmp_path, [OLD])
    assert (written.outcome, written.changed) == (FolderOutcome.UNCHANGED, ())
    assert stamps(tmp_path) == before


def test_only_the_pair_that_changed_is_touched(tmp_path: Path) -> None:
    other = built("lab", {"kea1/kea-dhcp4.conf": b"lab"})
    write(tmp_path, [OLD, other])
    before = stamps(tmp_path / "lab")
    outcomes = [each.outcome for each in write(tmp_path, [NEW, other])]
    assert outcomes == [FolderOutcome.REPLACED, FolderOutcome.UNCHANGED]
    assert stamps(tmp_path / "lab") == before


def test_inspect_tells_what_is_the_matter_with_each_path(tmp_path: Path) -> None:
    absent = inspect(tmp_path / "none", NEW)
    assert absent.state is FolderState.ABSENT
    assert {each.matter for each in absent.discrepancies} == {DiscrepancyKind.MISSING}
    write(tmp_path, [OLD])
    stale = inspect(tmp_path, NEW)
    assert {(each.path, each.matter) for each in stale.discrepancies} == {
        ("kea1/kea-dhcp4.conf", DiscrepancyKind.STALE),
        ("kea1/kea-dhcp6.conf", DiscrepancyKind.MISSING),
        ("kea2/kea-dhcp4.conf", DiscrepancyKind.STALE),
        ("kea3/kea-dhcp4.conf", DiscrepancyKind.MISSING),
        ("mm1/preferences.cfg", DiscrepancyKind.SURPLUS),
        (MANIFEST, DiscrepancyKind.STALE),
    }
    (tmp_path / "campus" / "kea1" / "kea-dhcp4.conf").write_bytes(b"by hand")
    (tmp_path / "campus" / "kea2" / "kea-dhcp4.conf").unlink()
    torn = inspect(tmp_path, OLD)
    assert torn.state is FolderState.TORN
    assert torn.discrepancies == (
        Discrepancy("kea1/kea-dhcp4.conf", DiscrepancyKind.ALTERED),
        Discrepancy("kea2/kea-dhcp4.conf", DiscrepancyKind.MISSING),
    )
    (tmp_path / "campus" / "notes.txt").touch()
    assert inspect(tmp_path, OLD).state is FolderState.FOREIGN


def test_inspect_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, [OLD])
    before = stamps(tmp_path)
    inspect(tmp_path, NEW)
    inspect(tmp_path / "none", NEW)
    assert stamps(tmp_path) == before


def test_what_was_edited_by_hand_is_mended(tmp_path: Path, route: str) -> None:
    write(tmp_path, [OLD])
    (tmp_path / "campus" / "kea1" / "kea-dhcp4.conf").write_bytes(b"by hand")
    (written,) = write(tmp_path, [OLD])
    assert (written.outcome, written.changed) == (FolderOutcome.MENDED, ("kea1/kea-dhcp4.conf",))
    assert inspect(tmp_path, OLD).state is FolderState.CLEAN


@pytest.mark.parametrize("gone", [[MANIFEST], [MANIFEST, "kea2/kea-dhcp4.conf"]])
def test_a_lost_manifest_is_mended_when_the_files_are_those_of_the_build(
    tmp_path: Path, route: str, gone: list[str]
) -> None:
    write(tmp_path, [OLD])
    for path in gone:
        (tmp_path / "campus" / path).unlink()
    assert inspect(tmp_path, OLD).state is FolderState.TORN
    (written,) = write(tmp_path, [OLD])
    assert (written.outcome, written.changed) == (FolderOutcome.MENDED, tuple(sorted(gone)))
    assert inspect(tmp_path, OLD).state is FolderState.CLEAN


def test_a_lost_manifest_and_other_files_are_foreign(tmp_path: Path) -> None:
    write(tmp_path, [OLD])
    (tmp_path / "campus" / MANIFEST).unlink()
    assert "no manifest lists it" in refusal(tmp_path, NEW)


def test_the_users_own_files_beside_the_pairs_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.bak")
    (tmp_path / "README").write_text("ours")
    (tmp_path / ".kea-hac-notes").mkdir()
    (tmp_path / "docs").mkdir()
    write(tmp_path, [OLD])
    write(tmp_path, [NEW], prune=["campus", "lab", "none"])
    assert sorted(os.listdir(tmp_path)) == [".gitignore", ".kea-hac-notes", "README", "campus", "docs"]


@pytest.mark.parametrize("path", ["notes.txt", "kea1/kea-dhcp4.conf~", "kea9", "kea1/old/kea-dhcp4.conf", "kea3"])
def test_a_foreign_file_is_named_and_nothing_is_written(tmp_path: Path, path: str) -> None:
    write(tmp_path, [OLD])
    foreign = tmp_path / "campus" / path
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("mine")
    told = refusal(tmp_path, NEW)
    named = path if "old/" not in path else "kea1/old/"
    assert f"campus/{named} is in the way" in told
    assert "move it and build again" in told
    assert foreign.read_text() == "mine"


def test_a_file_of_ones_own_at_a_path_that_a_build_newly_wants_is_foreign(tmp_path: Path) -> None:
    write(tmp_path, [OLD])
    own = tmp_path / "campus" / "kea1" / "kea-dhcp6.conf"
    own.write_text("mine")
    assert "campus/kea1/kea-dhcp6.conf is in the way: no manifest lists it" in refusal(tmp_path, NEW)
    own.write_bytes(NEW.files["kea1/kea-dhcp6.conf"])
    assert write(tmp_path, [NEW])[0].outcome is FolderOutcome.REPLACED


def test_several_foreign_files_are_counted(tmp_path: Path) -> None:
    write(tmp_path, [OLD])
    for name in ("a", "b", "c"):
        (tmp_path / "campus" / name).touch()
    assert "campus/a is in the way: no manifest lists it (and 2 more)" in refusal(tmp_path, NEW)


def test_a_folder_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "campus").mkdir()
    (tmp_path / "campus" / "thesis.tex").write_text("mine")
    assert "campus/thesis.tex is in the way" in refusal(tmp_path, NEW)


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "campus").mkdir()
    assert write(tmp_path, [NEW])[0].outcome is FolderOutcome.NEW


BROKEN = {
    "empty": (b"", "not JSON"),
    "merge conflict": (b'<<<<<<< HEAD\n{"kea-hac": 1}', "not JSON"),
    "not UTF-8": (b'{"\xff": 1}', "not JSON"),
    "nested without end": (b"[" * 100_000, "not JSON"),
    "a list": (b"[]", "no `kea-hac` key"),
    "another tool's": (b'{"name": "app", "icons": []}', "no `kea-hac` key"),
    "a mark of another shape": (b'{"kea-hac": 1}', "no `kea-hac` key"),
    "a newer format": (b'{"kea-hac": {"manifest": 2, "pair": "campus"}, "files": {}}', "reads format 1 only"),
    "another pair's": (b'{"kea-hac": {"manifest": 1, "pair": "lab"}, "files": {}}', "belongs to pair 'lab'"),
    "no files": (b'{"kea-hac": {"manifest": 1, "pair": "campus"}}', "list of files is damaged"),
    "files as a list": (
        b'{"kea-hac": {"manifest": 1, "pair": "campus"}, "files": ["a/b"]}',
        "list of files is damaged",
    ),
    "a file without digest": (
        b'{"kea-hac": {"manifest": 1, "pair": "campus"}, "files": {"a/b": {}}}',
        "list of files is damaged",
    ),
    "a way out": (
        b'{"kea-hac": {"manifest": 1, "pair": "campus"}, "files": {"../README": {"sha256": "0"}}}',
        "list of files is damaged",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_manifest_that_says_nothing_reliable_is_told_and_not_guessed_at(tmp_path: Path, kind: str) -> None:
    content, reason = BROKEN[kind]
    write(tmp_path, [OLD])
    (tmp_path / "campus" / MANIFEST).write_bytes(content)
    state = inspect(tmp_path, OLD)
    assert state.state is FolderState.FOREIGN
    assert [each.path for each in state.discrepancies] == [MANIFEST]
    told = refusal(tmp_path, NEW)
    assert f"campus/{MANIFEST} is in the way" in told
    assert reason in told
    assert orphans(tmp_path, ()) == {}
    assert [each.outcome for each in write(tmp_path, [], prune=["campus", "lab", "none"])] == []


def test_links_are_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, [OLD])
    before = stamps(outside)
    root = tmp_path / "build"
    root.mkdir()
    (root / "campus").symlink_to(outside / "campus")
    assert "campus is a symbolic link, and links are not followed" in refusal(root, NEW)
    with pytest.raises(TreeError, match="symbolic link"):
        inspect(root, NEW)
    assert orphans(root, ()) == {}
    (root / "campus").unlink()
    for path, where in [("kea1", "a folder"), ("kea1/kea-dhcp4.conf", "a file"), (MANIFEST, "a file")]:
        write(root, [OLD])
        inside = root / "campus" / path
        inside.rename(tmp_path / "aside")
        inside.symlink_to(outside / "campus" / path)
        told = refusal(root, NEW)
        assert f"campus/{path} is in the way: " in told
        assert f"a link where {where} must be" in told or "a link, not a file" in told
        assert inspect(root, OLD).state is FolderState.FOREIGN
        inside.unlink()
        (tmp_path / "aside").rename(inside)
    assert stamps(outside) == before


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, [OLD])
    for path in ("kea1/kea-dhcp4.conf", MANIFEST):
        (tmp_path / "campus" / path).unlink()
        os.mkfifo(tmp_path / "campus" / path)
        assert f"campus/{path} is in the way" in refusal(tmp_path, NEW)


def test_a_root_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "build").symlink_to(tmp_path / "real")
    write(tmp_path / "build", [NEW])
    assert inspect(tmp_path / "real", NEW).state is FolderState.CLEAN
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert "dangling: something else is where a folder must be" in refusal(tmp_path / "dangling", NEW)


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("mine")
    assert "build: something else is where a folder must be" in refusal(tmp_path / "build", NEW)
    assert "a file is where a folder must be" in refusal(tmp_path / "build" / "below", NEW)
    with pytest.raises(TreeError, match="build: a file is where a folder must be"):
        inspect(tmp_path / "build", NEW)
    with pytest.raises(TreeError, match="build: a file is where a folder must be"):
        orphans(tmp_path / "build", ())
    (tmp_path / "campus").write_text("mine")
    assert "campus is not a folder; move it" in refusal(tmp_path, NEW)
    (tmp_path / "campus").unlink()
    write(tmp_path, [OLD])
    for path in OLD.files:
        if path.startswith("kea1/"):
            (tmp_path / "campus" / path).unlink()
    (tmp_path / "campus" / "kea1").rmdir()
    (tmp_path / "campus" / "kea1").write_text("mine")
    assert "campus/kea1 is in the way: a file where a folder must be" in refusal(tmp_path, NEW)


def test_a_folder_where_a_file_should_be(tmp_path: Path) -> None:
    write(tmp_path, [OLD])
    for path in ("kea1/kea-dhcp4.conf", MANIFEST):
        (tmp_path / "campus" / path).unlink()
        (tmp_path / "campus" / path).mkdir()
        assert f"campus/{path} is in the way" in refusal(tmp_path, NEW)


def test_a_strange_name_stays_on_one_line(tmp_path: Path) -> None:
    write(tmp_path, [OLD])
    (tmp_path / "campus" / "two\nlines\x1b[31m").touch()
    (tmp_path / "campus" / os.fsdecode(b"not-utf8-\xff")).touch()
    told = refusal(tmp_path, NEW)
    assert told.isprintable()
    assert "(and 1 more)" in told


def test_names_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    for pair in ("..", ".hidden", "a/b", "", "a\nb"):
        assert "cannot be the name of a pair's folder" in refusal(tmp_path, built(pair, {}))
    for path in ("../x", "./x", "manifest.json/x", "kea1/..", "k\n/x"):
        server, name = path.split("/")
        assert "cannot be a file in the folder of pair" in refusal(
            tmp_path, Build("campus", (Artifact(server, name, b""),), b"{}")
        )
    assert os.listdir(tmp_path) == []


def test_a_pair_is_built_once(tmp_path: Path) -> None:
    assert "two specs build pair campus" in refusal(tmp_path, OLD, NEW)
    assert os.listdir(tmp_path) == []


def test_names_that_differ_only_by_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upper = built("Campus", {"kea1/kea-dhcp4.conf": b"x"})
    servers = built("lab", {"kea1/kea-dhcp4.conf": b"x", "Kea1/kea-dhcp4.conf": b"y"})
    assert len(write(tmp_path / "told-apart", [upper, OLD, servers])) == 3
    monkeypatch.setattr(names, "folds_case", lambda _root: True)
    assert "Campus and campus are the same name on this file system" in refusal(tmp_path / "a", upper, OLD)
    assert "Kea1 and kea1 are the same name" in refusal(tmp_path / "b", servers)
    write(tmp_path / "c", [OLD])
    assert "Campus and campus are the same name" in refusal(tmp_path / "c", upper)
    renamed = built("campus", {"KEA1/kea-dhcp4.conf": b"x"})
    assert "KEA1 and kea1 are the same name" in refusal(tmp_path / "c", renamed)


def test_the_file_system_here_tells_case_apart_and_the_question_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert names.folds_case(tmp_path) is (tmp_path / "A").exists()
    assert os.listdir(tmp_path) == ["a"]


def test_orphans_are_our_own_folders_whose_spec_is_gone(tmp_path: Path) -> None:
    lab = built("lab", {"kea1/kea-dhcp4.conf": b"lab"})
    write(tmp_path, [OLD, lab])
    (tmp_path / "docs").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / MANIFEST).write_text('{"name": "app"}')
    (tmp_path / "lab").rename(tmp_path / "lab.bak")
    assert orphans(tmp_path, ["campus"]) == {}
    write(tmp_path, [lab])
    assert orphans(tmp_path, ["campus"]) == {"lab": None}
    assert orphans(tmp_path, ["campus", "lab"]) == {}
    assert orphans(tmp_path / "none", []) == {}


def test_prune_removes_orphans_only(tmp_path: Path) -> None:
    lab = built("lab", {"kea1/kea-dhcp4.conf": b"lab"})
    broken = built("broken", {"kea1/kea-dhcp4.conf": b"its spec has mistakes today"})
    write(tmp_path, [OLD, lab, broken])
    assert [each.outcome for each in write(tmp_path, [OLD])] == [FolderOutcome.UNCHANGED]
    pruned = write(tmp_path, [OLD], prune=["lab", "nothing"])[1:]
    assert [(each.pair, each.outcome, each.changed) for each in pruned] == [
        ("lab", FolderOutcome.PRUNED, ("kea1/kea-dhcp4.conf", MANIFEST))
    ]
    assert sorted(os.listdir(tmp_path)) == ["broken", "campus"]


def test_prune_refuses_what_is_not_exactly_ours(tmp_path: Path) -> None:
    write(tmp_path, [built("lab", {"kea1/kea-dhcp4.conf": b"lab"})])
    notes = tmp_path / "lab" / "notes"
    notes.write_text("mine")
    assert "lab/notes is in the way" in refusal(tmp_path, OLD, prune=["campus", "lab", "none"])
    assert not (tmp_path / "campus").exists()
    notes.unlink()
    (tmp_path / "lab" / "kea1" / "kea-dhcp4.conf").write_bytes(b"by hand")
    assert "lab/kea1/kea-dhcp4.conf was changed after it was built" in refusal(
        tmp_path, OLD, prune=["campus", "lab", "none"]
    )
    (tmp_path / "lab" / "kea1" / "kea-dhcp4.conf").unlink()
    write(tmp_path, [OLD], prune=["campus", "lab", "none"])
    assert os.listdir(tmp_path) == ["campus"]


def test_one_pair_in_the_way_keeps_all_as_they_were(tmp_path: Path) -> None:
    lab = built("lab", {"kea1/kea-dhcp4.conf": b"lab"})
    write(tmp_path, [OLD, lab])
    (tmp_path / "lab" / "notes").touch()
    before = stamps(tmp_path)
    refusal(tmp_path, NEW, built("lab", {"kea1/kea-dhcp4.conf": b"lab 2"}))
    assert stamps(tmp_path) == before


def test_two_builds_at_once_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, [OLD])
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.1)
    with lock.locked(tmp_path):
        assert "another build is writing there" in refusal(tmp_path, NEW)
        with pytest.raises(TreeError, match="another build is writing there"):
            inspect(tmp_path, OLD)
    with lock.locked(tmp_path, shared=True):
        assert inspect(tmp_path, OLD).state is FolderState.CLEAN
        assert "another build" in refusal(tmp_path, NEW)
    write(tmp_path, [NEW])


def test_the_manifest_of_a_half_done_replacement_is_told_as_torn(tmp_path: Path) -> None:
    write(tmp_path, [OLD])
    path = tmp_path / "campus" / MANIFEST
    content = json.loads(path.read_bytes())
    content["kea-hac"]["unfinished"] = True
    path.write_text(json.dumps(content))
    assert inspect(tmp_path, OLD).state is FolderState.TORN
    assert write(tmp_path, [OLD])[0].outcome is FolderOutcome.MENDED
    path.write_text(json.dumps(content))
    (tmp_path / "campus" / "kea1" / "kea-dhcp4.conf").write_bytes(NEW.files["kea1/kea-dhcp4.conf"])
    assert [each.outcome for each in write(tmp_path, [], prune=["campus", "lab", "none"])] == [FolderOutcome.PRUNED]
    assert os.listdir(tmp_path) == []
