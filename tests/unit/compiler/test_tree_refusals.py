"""What real operating systems refuse: full disks, read-only mounts, folders of others, overlays, names that are too long."""

import errno
import fcntl
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kea_hac.errors import TreeError
from kea_hac.output import lock, swap
from kea_hac.output import staging as scratch
from kea_hac.output.tree import FolderOutcome, FolderState, inspect, write
from kea_hac.source import exchange as exchanging
from kea_hac.source.exchange import exchange
from tests.kill.pairs import NEW, OLD, built, on_disk

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that other users can reach, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def without_privilege() -> Iterator[None]:
    """Permission bits count in here, even when the tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_root_that_may_not_be_written(open_to_all: Path) -> None:
    open_to_all.chmod(0o555)
    with without_privilege():
        for root in (open_to_all, open_to_all / "build"):
            with pytest.raises(TreeError, match=f"{root}: permission denied; run as a user who may write there"):
                write(root, [NEW])
    assert os.listdir(open_to_all) == []


def test_a_folder_of_another_user_is_left_whole(open_to_all: Path) -> None:
    write(open_to_all, [OLD])
    folders = [open_to_all / "campus" / "kea1", open_to_all / "campus" / "kea2"]
    open_to_all.chmod(0o777)
    for path in (open_to_all / "campus").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (open_to_all / "campus").chmod(0o777)
    for folder in folders:
        folder.chmod(0o555)
    with without_privilege(), pytest.raises(TreeError, match="kea1: permission denied; run as a user who may write"):
        write(open_to_all, [NEW])
    for folder in folders:
        folder.chmod(0o755)
    assert os.listdir(open_to_all) == ["campus"]
    assert inspect(open_to_all, OLD).state is FolderState.CLEAN


def test_a_folder_that_may_not_be_read(open_to_all: Path) -> None:
    write(open_to_all, [OLD])
    (open_to_all / "campus").chmod(0o000)
    with without_privilege(), pytest.raises(TreeError, match="campus: permission denied"):
        inspect(open_to_all, OLD)
    (open_to_all / "campus").chmod(0o755)


@pytest.mark.parametrize("before", [None, OLD])
def test_a_write_that_really_stops_half_way_leaves_nothing(tmp_path: Path, before: object) -> None:
    """The limit on the size of files fails write(2) in the middle of a file, for root as well."""
    if before:
        write(tmp_path, [OLD])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(TreeError, match=r"campus/kea1/kea-dhcp4.conf: File too large; correct that"):
            write(tmp_path, [NEW])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == (["campus"] if before else [])
    if before:
        assert inspect(tmp_path, OLD).state is FolderState.CLEAN


def test_names_that_are_too_long(tmp_path: Path) -> None:
    with pytest.raises(TreeError, match="the path is too long for the file system; shorten"):
        write(tmp_path, [built("p" * 256, {"kea1/kea-dhcp4.conf": b""})])
    with pytest.raises(TreeError, match="the path is too long for the file system; shorten"):
        write(tmp_path, [built("campus", {f"{'k' * 256}/kea-dhcp4.conf": b""})])
    with pytest.raises(TreeError, match="the path is too long for the file system; shorten"):
        inspect(tmp_path / ("r" * 256), OLD)
    assert os.listdir(tmp_path) == []


def test_when_the_way_back_fails_too_the_folder_says_that_it_is_torn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, [OLD])
    monkeypatch.setattr(swap, "exchange", lambda _one, _other: False)
    real = os.replace
    calls = []

    def broken(one: Path, other: Path) -> None:
        calls.append(other)
        if len(calls) > 3:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(one, other)

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(TreeError, match="campus is half replaced, and the next build repairs it"):
        write(tmp_path, [NEW])
    monkeypatch.setattr(os, "replace", real)
    assert inspect(tmp_path, OLD).state is FolderState.TORN
    assert inspect(tmp_path, NEW).state is FolderState.TORN
    assert write(tmp_path, [NEW])[0].outcome is FolderOutcome.MENDED
    assert on_disk(tmp_path) == {f"campus/{path}": content for path, content in NEW.files.items()}


def test_what_was_done_before_a_failure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.rename

    def broken(one: Path, other: Path) -> None:
        if other.name == "lab":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(one, other)

    monkeypatch.setattr(os, "rename", broken)
    with pytest.raises(TreeError, match=r"lab: Input/output error; correct that .*\(done before that: campus\)"):
        write(tmp_path, [NEW, built("lab", {}), built("zoo", {})])
    assert os.listdir(tmp_path) == ["campus"]
    assert inspect(tmp_path, NEW).state is FolderState.CLEAN


def test_a_foreign_file_that_appears_during_the_swap_survives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, [OLD])

    def late(one: Path, other: Path) -> bool:
        (tmp_path / "campus" / "kea1" / "mine").write_text("mine")
        return exchange(one, other)

    monkeypatch.setattr(swap, "exchange", late)
    with pytest.raises(TreeError, match="kea1/mine is in the scratch folder of a build, and no manifest lists it"):
        write(tmp_path, [NEW])
    monkeypatch.undo()
    assert inspect(tmp_path, NEW).state is FolderState.CLEAN
    (mine,) = tmp_path.glob(".kea-hac-*/kea1/mine")
    with pytest.raises(TreeError, match="move it and"):
        write(tmp_path, [NEW])
    mine.rename(tmp_path / "mine")
    write(tmp_path, [NEW])
    assert sorted(os.listdir(tmp_path)) == ["campus", "mine"]


def test_a_scratch_folder_of_a_running_build_is_not_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another build comes while the first one is between staging and swapping: it waits."""
    write(tmp_path, [OLD])
    second = threading.Thread(target=write, args=(tmp_path, [OLD]))
    staged: list[Path] = []

    def slowly(one: Path, other: Path) -> bool:
        if not staged:
            staged.append(one)
            second.start()
            second.join(0.2)
            assert second.is_alive()
            assert one.is_dir()
        return exchange(one, other)

    monkeypatch.setattr(swap, "exchange", slowly)
    write(tmp_path, [NEW])
    second.join()
    assert inspect(tmp_path, OLD).state is FolderState.CLEAN
    assert os.listdir(tmp_path) == ["campus"]


@pytest.mark.parametrize("number", sorted(lock._NO_LOCKS))
def test_without_locks_it_builds_and_leaves_scratch_folders_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def none(_descriptor: int, _kind: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", none)
    other = scratch.stage(tmp_path, "campus", OLD.files)
    write(tmp_path, [NEW])
    assert inspect(tmp_path, NEW).state is FolderState.CLEAN
    assert other.is_dir()
    monkeypatch.undo()
    write(tmp_path, [NEW])
    assert not other.exists()


@pytest.mark.parametrize("number", sorted(exchanging.REFUSALS))
def test_where_exchange_is_refused_it_goes_file_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    write(tmp_path, [OLD])
    inode = (tmp_path / "campus").stat().st_ino
    monkeypatch.setattr(exchanging, "_call", lambda _one, _other: number)
    write(tmp_path, [NEW])
    assert inspect(tmp_path, NEW).state is FolderState.CLEAN
    assert (tmp_path / "campus").stat().st_ino == inode


def test_another_refusal_of_exchange_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, [OLD])
    monkeypatch.setattr(exchanging, "_call", lambda _one, _other: errno.EROFS)
    with pytest.raises(TreeError, match="campus: the file system is read-only"):
        write(tmp_path, [NEW])
    assert inspect(tmp_path, OLD).state is FolderState.CLEAN
    assert os.listdir(tmp_path) == ["campus"]


def test_exchange_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if exchange(tmp_path / "a", tmp_path / "b"):
        assert (tmp_path / "a" / "b").exists()
        assert (tmp_path / "b" / "a").exists()
        with pytest.raises(FileNotFoundError):
            exchange(tmp_path / "a", tmp_path / "none")
    monkeypatch.setattr(sys, "platform", "freebsd14")
    assert exchange(tmp_path / "a", tmp_path / "b") is False


FULL_AND_READ_ONLY = """
import os, subprocess, sys
from pathlib import Path
from kea_hac.source import exchange as exchanging
from kea_hac.output.tree import FolderState, inspect, write
from kea_hac.errors import TreeError
from tests.kill.pairs import NEW, OLD, built, on_disk

def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)

def told(*builds):
    before = on_disk(root)
    try:
        write(root, builds)
    except TreeError as error:
        print(error)
    assert on_disk(root) == before and os.listdir(root) == ["campus"]

base = Path(sys.argv[1])
root = base / "full"
root.mkdir()
mount("-t", "tmpfs", "-o", "size=256k", "none", str(root))
write(root, [OLD])
told(built("campus", {"kea1/kea-dhcp4.conf": bytes(10**6)}))
real = exchanging._call
exchanging._call = lambda one, other: 95
told(built("campus", {"kea1/kea-dhcp4.conf": bytes(10**6)}))
mount("-o", "remount,ro", str(root))
told(NEW)
told(OLD)
told(OLD, built("lab", {}))

base = base / "layers"
base.mkdir()
mount("-t", "tmpfs", "none", str(base))
for name in ("lower", "upper", "work", "merged"):
    (base / name).mkdir()
write(base / "lower", [OLD])
mount("-t", "overlay", "-o", f"lowerdir={base}/lower,upperdir={base}/upper,workdir={base}/work", "none", str(base / "merged"))
exchanging._call = real
(base / "merged" / "other").mkdir()
print(exchanging._call(os.fsencode(base / "merged" / "campus"), os.fsencode(base / "merged" / "other")))
(base / "merged" / "other").rmdir()
print(*[each.outcome for each in write(base / "merged", [NEW])])
assert inspect(base / "merged", NEW).state is FolderState.CLEAN and os.listdir(base / "merged") == ["campus"]

root = base / "mounted"
(root / "campus").mkdir(parents=True)
write(base / "elsewhere", [OLD])
mount("--bind", str(base / "elsewhere" / "campus"), str(root / "campus"))
told(NEW)
"""


def test_a_full_disk_a_read_only_one_an_overlay_and_a_mount_point_for_real(tmp_path: Path) -> None:
    """On file systems of its own, in a mount namespace that ends with the child."""
    ways = [
        ["unshare", "--mount"],
        ["unshare", "--user", "--map-root-user", "--mount"],
        ["sudo", "-n", "unshare", "--mount"],
    ]
    able = [
        way
        for way in ways
        if shutil.which(way[0]) and subprocess.run([*way, "true"], check=False, capture_output=True).returncode == 0
    ]
    if not able:
        pytest.skip("no mount namespace can be made here: run as root, or allow unprivileged user namespaces")
    child = [*able[0], sys.executable, "-c", FULL_AND_READ_ONLY, str(tmp_path)]
    ran = subprocess.run(child, check=False, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    full = f"{tmp_path}/full/campus/kea1/kea-dhcp4.conf: no space left on the device; free some space and build again"
    assert ran.stdout.splitlines() == [
        full,
        full,
        f"{tmp_path}/full/campus: the file system is read-only; name another folder with -o",
        f"{tmp_path}/full: the file system is read-only; name another folder with -o",
        str(errno.EXDEV),
        "replaced",
        f"{tmp_path}/layers/mounted/campus: the pair's folder is a mount point; mount the folder above it instead,"
        " or name another folder with -o",
    ]
