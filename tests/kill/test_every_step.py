"""A build that ends, or is refused, at each single step by which it changes the disk. Both routes, no sampling."""

import errno
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from kea_hac.compiler.artifacts import Build
from kea_hac.errors import TreeError
from kea_hac.output import swap
from kea_hac.output.tree import FolderOutcome, FolderState, inspect, write
from tests.kill.pairs import MEMORY, NEW, OLD, built, on_disk
from tests.kill.steps import Killed, Steps

LAB = built("lab", {"kea1/kea-dhcp4.conf": b"lab"})


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def kill(_step: str) -> None:
    raise Killed


def attempt(
    root: Path, at: int, happen: Callable[[str], None], builds: list[Build], *, prune: Collection[str] = ()
) -> Steps:
    """One build to which something happens at one step."""
    with pytest.MonkeyPatch.context() as patch:
        steps = Steps(patch, at, happen)
        try:
            write(root, builds, prune=prune)
        except (Killed, TreeError):
            if len(steps.taken) <= at:
                raise
    return steps


def route(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name == "file by file":
        monkeypatch.setattr(swap, "exchange", lambda _one, _other: False)


@pytest.mark.parametrize("way", ["exchange", "file by file"])
def test_killed_at_any_step_it_is_old_or_new_or_torn_and_the_next_build_mends_it(
    place: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    route(monkeypatch, way)
    seen = set()
    at = 0
    while True:
        root = place / str(at)
        write(root, [OLD])
        steps = attempt(root, at, kill, [NEW])
        states = inspect(root, OLD).state, inspect(root, NEW).state
        assert states in {
            (FolderState.CLEAN, FolderState.STALE),
            (FolderState.STALE, FolderState.CLEAN),
            (FolderState.TORN, FolderState.TORN),
        }
        seen.add(states)
        for path, content in on_disk(root / "campus").items():
            if path != "manifest.json":
                assert content in {OLD.files.get(path), NEW.files.get(path)}
        wanted = OLD if at % 2 else NEW
        (written,) = write(root, [wanted])
        assert written.outcome in {FolderOutcome.UNCHANGED, FolderOutcome.REPLACED, FolderOutcome.MENDED}
        assert on_disk(root) == {f"campus/{path}": content for path, content in wanted.files.items()}
        assert os.listdir(root) == ["campus"]
        if not steps.dead:
            break
        at += 1
    assert at > 30
    assert ((FolderState.TORN, FolderState.TORN) in seen) is (way == "file by file")


def test_killed_at_any_step_of_the_first_build_it_is_absent_or_new(place: Path) -> None:
    at = 0
    while True:
        root = place / str(at)
        root.mkdir()
        steps = attempt(root, at, kill, [NEW])
        assert inspect(root, NEW).state in {FolderState.ABSENT, FolderState.CLEAN}
        write(root, [NEW])
        assert inspect(root, NEW).state is FolderState.CLEAN
        assert os.listdir(root) == ["campus"]
        if not steps.dead:
            break
        at += 1


def test_killed_at_any_step_of_a_mending(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder torn file by file, then a build by exchange that dies, then one that lives."""
    at = 0
    while True:
        root = place / str(at)
        write(root, [OLD])
        with pytest.MonkeyPatch.context() as patch:
            route(patch, "file by file")
            attempt(root, 50 + at % 12, kill, [NEW])
        steps = attempt(root, at, kill, [OLD])
        write(root, [NEW])
        assert inspect(root, NEW).state is FolderState.CLEAN
        assert os.listdir(root) == ["campus"]
        if not steps.dead:
            break
        at += 1


def test_killed_at_any_step_of_pruning(place: Path) -> None:
    at = 0
    while True:
        root = place / str(at)
        write(root, [OLD, LAB])
        steps = attempt(root, at, kill, [OLD], prune=["lab"])
        assert inspect(root, LAB).state in {FolderState.CLEAN, FolderState.ABSENT}
        write(root, [OLD], prune=["lab"])
        assert os.listdir(root) == ["campus"]
        if not steps.dead:
            break
        at += 1


@pytest.mark.parametrize("way", ["exchange", "file by file"])
@pytest.mark.parametrize("lost", [["manifest.json"], ["manifest.json", "kea1/kea-dhcp4.conf"], []])
def test_killed_at_any_step_over_files_that_no_manifest_names_but_are_right(
    place: Path, monkeypatch: pytest.MonkeyPatch, way: str, lost: list[str]
) -> None:
    route(monkeypatch, way)
    at = 0
    while True:
        root = place / str(at)
        write(root, [NEW] if lost else [OLD])
        for path in lost:
            (root / "campus" / path).unlink()
        (root / "campus" / "kea1" / "kea-dhcp6.conf").write_bytes(NEW.files["kea1/kea-dhcp6.conf"])
        steps = attempt(root, at, kill, [NEW])
        assert inspect(root, NEW).state is not FolderState.FOREIGN
        write(root, [NEW])
        assert inspect(root, NEW).state is FolderState.CLEAN
        assert os.listdir(root) == ["campus"]
        if not steps.dead:
            break
        at += 1


def test_everything_is_on_the_disk_before_the_swap(place: Path) -> None:
    """kill -9 cannot show it, a power cut would: each file and folder is synchronised, and so is the root afterwards."""
    write(place, [OLD])
    with pytest.MonkeyPatch.context() as patch:
        steps = Steps(patch, -1, kill)
        write(place, [NEW])
    swapped = steps.taken.index("exchange")
    folders = {path.partition("/")[0] for path in NEW.files if "/" in path}
    assert steps.taken[:swapped].count("fsync") == len(NEW.files) + len(folders) + 1
    assert steps.taken[swapped - 1 : swapped + 2] == ["fsync", "exchange", "fsync"]


@pytest.mark.parametrize(
    ("way", "number"), [("exchange", errno.ENOSPC), ("exchange", errno.EACCES), ("file by file", errno.ENOSPC)]
)
def test_refused_at_any_step_all_files_are_old_or_all_new(
    place: Path, monkeypatch: pytest.MonkeyPatch, way: str, number: int
) -> None:
    route(monkeypatch, way)

    def refuse(step: str) -> None:
        raise OSError(number, os.strerror(number))

    at = 0
    while True:
        root = place / str(at)
        write(root, [OLD])
        with pytest.MonkeyPatch.context() as patch:
            steps = Steps(patch, at, refuse)
            told = str(root)
            try:
                write(root, [NEW])
            except TreeError as error:
                told = str(error)
        assert told.startswith(str(root))
        assert told.isprintable()
        assert on_disk(root / "campus") in (dict(OLD.files), dict(NEW.files))
        left = set(os.listdir(root)) - {"campus"}
        assert len(left) <= 1, steps.taken[at:]
        write(root, [NEW])
        assert inspect(root, NEW).state is FolderState.CLEAN
        assert os.listdir(root) == ["campus"]
        if len(steps.taken) <= at:
            break
        at += 1
    assert at > 30


def test_an_empty_folder_that_a_dead_build_made_is_gone_after_the_next(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File by file, a server's folder is made before its first file: found by the law of the tree."""
    route(monkeypatch, "file by file")
    none = built("campus", {})
    at = 0
    while True:
        root = place / str(at)
        write(root, [none])
        steps = attempt(root, at, kill, [NEW])
        write(root, [none])
        assert os.listdir(root / "campus") == ["manifest.json"]
        if not steps.dead:
            break
        at += 1
