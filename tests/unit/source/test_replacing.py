"""Writing the user's files: an edit that is saved meanwhile stays, and what a killed run left behind goes."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kea_hac.errors import RewriteError, TreeError
from kea_hac.source import read_yaml, replacing
from kea_hac.source.replacing import ChangedMeanwhileError, create_file, replace_files
from kea_hac.source.rewrite import write_texts
from kea_hac.source.writing import write_whole

KILLED = """\
import os, signal, sys
from pathlib import Path
from kea_hac.source import replacing

def dying(function):
    def call(*arguments, **options):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call

files = [Path(each) for each in sys.argv[1:]]
for line in sys.stdin:
    left = int(line)
    child = os.fork()
    if not child:
        for name in ("open", "fsync", "fchmod", "replace", "unlink"):
            setattr(os, name, dying(getattr(os, name)))
        replacing.exchange = dying(replacing.exchange)
        replacing.replace_files({each: b"new" for each in files}, {each: b"old" for each in files})
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Replaces the files once for each line, and is killed after as many steps as the line says."""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two files in one folder, one in another."""
    made = [tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "sub" / "c.csv"]
    for each in made:
        each.parent.mkdir(exist_ok=True)
        each.write_bytes(b"old")
    return made


def _names(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def _save(path: Path) -> None:
    path.write_bytes(b"mine")


def _save_as_editors_do(path: Path) -> None:
    other = path.with_suffix(".swp")
    other.write_bytes(b"mine")
    os.replace(other, path)


@pytest.mark.parametrize("save", [_save, _save_as_editors_do])
@pytest.mark.parametrize("possible", [True, False], ids=["names exchanged", "names replaced"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_edit_saved_at_the_last_moment_stays_and_nothing_else_changes(
    files: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    save: Callable[[Path], None],
    possible: bool,
    number: int,
) -> None:
    real = replacing.exchange

    def late(new: Path, path: Path) -> bool:
        if path == files[number] and path.read_bytes() == b"old":
            save(path)
        return real(new, path) if possible else False

    monkeypatch.setattr(replacing, "exchange", late)
    with pytest.raises(ChangedMeanwhileError, match="changed by somebody else meanwhile"):
        replace_files(dict.fromkeys(files, b"new"), dict.fromkeys(files, b"old"))
    assert [each.read_bytes() for each in files] == [b"mine" if at == number else b"old" for at in range(3)]
    assert _names(tmp_path) == ["a.yaml", "b.yaml", "sub/c.csv"]


def test_the_command_says_whose_edit_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n")
    document = read_yaml(path).document
    assert document is not None
    real = replacing.exchange

    def late(new: Path, old: Path) -> bool:
        if old.read_text() == "a: 1\n":
            old.write_text("a: 3\n")
        return real(new, old)

    monkeypatch.setattr(replacing, "exchange", late)
    with pytest.raises(
        RewriteError, match="changed by somebody else meanwhile, and that change was kept; nothing is changed"
    ):
        write_texts(document, {str(path): "a: 2\n"})
    assert path.read_text() == "a: 3\n"
    assert _names(tmp_path) == ["a.yaml"]


def test_a_file_that_came_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    create_file(path, b"one", 0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        create_file(path, b"two")
    with pytest.raises(TreeError, match="exists already"):
        write_whole(path, "two", replace=False)
    write_whole(path, "two", replace=True)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o600)
    assert _names(tmp_path) == ["a.yaml"]


def test_a_run_that_was_killed_leaves_nothing_for_ever(files: list[Path], tmp_path: Path) -> None:
    """Killed before each of its steps in turn; the next run removes what is left, and nothing else."""
    (tmp_path / ".a.yaml.swp").write_text("an editor's")
    steps = left_behind = 0
    command = [sys.executable, "-c", KILLED, *map(str, files)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        while True:
            for each in files:
                each.write_bytes(b"old")
            print(steps, file=process.stdin, flush=True)
            code = int(process.stdout.readline())
            if code == 0:
                break
            assert code == -signal.SIGKILL
            steps += 1
            assert {each.read_bytes() for each in files} <= {b"old", b"new"}
            left_behind += len(_names(tmp_path)) - 4
            replace_files(dict.fromkeys(files, b"newest"), {each: each.read_bytes() for each in files})
            assert _names(tmp_path) == [".a.yaml.swp", "a.yaml", "b.yaml", "sub/c.csv"]
        process.stdin.close()
    assert steps > 20
    assert left_behind > 20


def test_the_copies_of_a_run_that_still_writes_stay(files: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / ".a.yaml.kea-hac-0123456789abcdef"
    copy.write_text("of another run")
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_SH)
    replace_files({files[0]: b"new"}, {files[0]: b"old"})
    assert copy.exists()
    os.close(folder)
    replace_files({files[0]: b"newer"}, {files[0]: b"new"})
    assert not copy.exists()
