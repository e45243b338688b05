"""Git objects are read by a library that runs nothing: hostile repositories, and honest ones of every kind."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kea_hac.source import git_objects
from kea_hac.source.git_folder import GitError, git_folder
from kea_hac.source.git_objects import Repository

IDENTITY = (
    "-c",
    "user.name=a",
    "-c",
    "user.email=a@example.org",
    "-c",
    "commit.gpgsign=false",
    "-c",
    "protocol.file.allow=always",
)


def git(folder: Path, *arguments: str, text: str | None = None) -> str:
    """Git as the author of a repository uses it, never as kea-hac does."""
    command = ["git", "-C", str(folder), *IDENTITY, *arguments]
    return subprocess.run(command, check=True, capture_output=True, input=text, text=True).stdout.strip()


def commit(folder: Path, path: str, text: str) -> str:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    git(folder, "add", "-f", "-A")
    git(folder, "commit", "-qm", text)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A repository with three states of build/campus/manifest.json, the last one on a branch of its own."""
    folder = tmp_path / "site"
    git(tmp_path, "init", "-q", "-b", "main", "site")
    commit(folder, "build/campus/manifest.json", "one")
    commit(folder, "README", "x")
    commit(folder, "build/campus/manifest.json", "two")
    git(folder, "tag", "-am", "a tag", "v1")
    git(folder, "checkout", "-qb", "side", "HEAD~1")
    commit(folder, "build/campus/manifest.json", "three")
    git(folder, "checkout", "-q", "main")
    return folder


def states(folder: Path, path: str = "build/campus") -> set[bytes | None]:
    repository = Repository.of(str(folder))
    return {repository.read(each.commit, f"{path}/manifest.json") for each in repository.states(path)}


def why(folder: Path) -> str:
    """The reason why nothing is known of a history."""
    with pytest.raises(GitError) as refused:
        list(Repository.of(str(folder)).states("build/campus"))
    return str(refused.value)


ALL = {b"one", b"two", b"three"}


def test_states_files_and_folders_of_revisions(site: Path) -> None:
    repository = Repository.of(str(site / "build" / "campus" / "gone"))
    main = git(site, "rev-parse", "main")
    for name in ("main", "HEAD", "@", "v1", "v1^{commit}", "refs/heads/main", "heads/main", main, main[:7], "side~0"):
        wanted = git(site, "rev-parse", f"{name}^{{commit}}")
        assert repository.commit(name) == wanted
    assert repository.commit("main~2") == repository.commit("main^^") == git(site, "rev-parse", "main~2")
    assert states(site) == ALL
    assert {state.commit for state in repository.states("build", "main")} == {
        git(site, "rev-parse", "main"),
        git(site, "rev-parse", "main~1"),
    }
    assert sorted(repository.entries(main) or ()) == ["README", "build"]
    assert repository.entries(main, "README") is None
    assert repository.read(main, "build") is None
    assert repository.read(main, "build/nothing") is None
    assert repository.merge_base("main", "side") == git(site, "merge-base", "main", "side")
    assert repository.below(str(site / "build")) == "build"


@pytest.mark.parametrize(
    "revision",
    [
        "nosuch",
        "--help",
        "-x",
        "",
        "main:README",
        "main~99",
        "main^2",
        "../x",
        "0" * 40,
        "ma\0in",
        "main@{1}",
        "HEAD~x",
    ],
)
def test_what_is_no_revision(site: Path, revision: str) -> None:
    with pytest.raises(GitError):
        Repository.of(str(site)).commit(revision)


def test_packed_and_loose_and_detached(site: Path) -> None:
    git(site, "gc", "-q")
    git(site, "pack-refs", "--all")
    git(site, "checkout", "-q", "--detach")
    commit(site, "build/campus/manifest.json", "four")
    assert states(site) == {*ALL, b"four"}
    assert Repository.of(str(site)).commit("HEAD~1") == git(site, "rev-parse", "main")


def test_linked_work_trees_submodules_and_shallow_clones(site: Path, tmp_path: Path) -> None:
    git(site, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    assert states(tmp_path / "linked" / "build") == ALL
    git(tmp_path, "init", "-q", "outer")
    git(tmp_path / "outer", "submodule", "--quiet", "add", str(site), "inner")
    commit(tmp_path / "outer", "x", "x")
    assert (tmp_path / "outer" / "inner" / ".git").is_file()
    assert states(tmp_path / "outer" / "inner" / "build") == ALL
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{site}", "shallow")
    shallow = Repository.of(str(tmp_path / "shallow"))
    assert shallow.shallow
    assert states(tmp_path / "shallow") == {b"two"}
    with pytest.raises(GitError, match="shallow"):
        shallow.commit("HEAD~1")


def test_a_repository_of_another_user(site: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for where, folders, files in os.walk(site):
        for name in (*folders, *files):
            os.chown(os.path.join(where, name), 12345, 12345, follow_symlinks=False)
    os.chown(site, 12345, 12345)
    assert states(site) == ALL


def test_what_is_not_known_here_is_said(site: Path, tmp_path: Path) -> None:
    assert "not in a Git work tree" in why(tmp_path)
    git(tmp_path, "init", "-q", "--object-format=sha256", "long")
    commit(tmp_path / "long", "build/campus/manifest.json", "x")
    assert "SHA-256" in why(tmp_path / "long")
    (site / ".git" / "reftable").mkdir()
    assert "reftable" in why(site)


def test_an_unborn_branch_has_no_history(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", ".")
    assert states(tmp_path) == set()


def test_damaged_objects_are_an_error(site: Path) -> None:
    head = git(site, "rev-parse", "main^{tree}")
    path = site / ".git" / "objects" / head[:2] / head[2:]
    path.chmod(0o600)
    path.write_bytes(b"nonsense")
    assert "damaged" in why(site)
    path.unlink()
    assert "lacks the object" in why(site)


# What a hostile repository tries


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[str]:
    """A program that leaves a file behind when somebody runs it."""
    touched = tmp_path / "TOUCHED"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {touched}\nexit 0\n')
    program.chmod(0o755)
    yield str(program)
    assert not touched.exists(), touched.read_text()


def hostile_config(program: str, included: Path) -> str:
    return (
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
        f"\tfsmonitor = {program}\n\tpager = {program}\n\thooksPath = {included.parent}\n\tsshCommand = {program}\n"
        f"\tworktree = /\n\teditor = {program}\n\tgitProxy = {program}\n\talternateRefsCommand = {program}\n"
        "[log]\n\tshowSignature = true\n"
        f"[gpg]\n\tprogram = {program}\n[diff]\n\texternal = {program}\n"
        f'[diff "x"]\n\ttextconv = {program}\n\tcommand = {program}\n'
        f'[filter "x"]\n\tsmudge = {program}\n\tclean = {program}\n\tprocess = {program}\n\trequired = true\n'
        f'[remote "origin"]\n\turl = ext::{program}\n\tpromisor = true\n\tpartialCloneFilter = blob:none\n\tuploadpack = {program}\n'
        f'[extensions]\n\tpartialClone = origin\n[include]\n\tpath = {included}\n[includeIf "gitdir:/"]\n\tpath = {included}\n'
        f"[alias]\n\tlog = !{program}\n\tcat-file = !{program}\n[uploadpack]\n\tpackObjectsHook = {program}\n"
        f"[credential]\n\thelper = !{program}\n[protocol]\n\tallow = always\n[pager]\n\tlog = {program}\n"
    )


def arm(git_folder: Path, program: str, tmp_path: Path) -> None:
    """Everything that the configuration of a repository can do to who reads it."""
    included = tmp_path / "hooks" / "included"
    included.parent.mkdir(exist_ok=True)
    included.write_text(f"[core]\n\tfsmonitor = {program}\n")
    (git_folder / "config").write_text(hostile_config(program, included))
    (git_folder / "info").mkdir(exist_ok=True)
    (git_folder / "info" / "attributes").write_text("* filter=x diff=x\n")
    (git_folder / "hooks").mkdir(exist_ok=True)
    for folder in (git_folder / "hooks", included.parent):
        for name in ("post-checkout", "fsmonitor-watchman", "reference-transaction", "post-index-change", "pre-commit"):
            shutil.copy(program, folder / name)


def signed(folder: Path) -> None:
    """A commit that asks for its signature to be checked."""
    tree = git(folder, "rev-parse", "HEAD^{tree}")
    parent = git(folder, "rev-parse", "HEAD")
    text = (
        f"tree {tree}\nparent {parent}\nauthor a <a@b> 1900000000 +0000\ncommitter a <a@b> 1900000000 +0000\n"
        "gpgsig -----BEGIN PGP SIGNATURE-----\n \n aGVsbG8=\n -----END PGP SIGNATURE-----\n\nx\n"
    )
    made = git(folder, "hash-object", "-t", "commit", "-w", "--stdin", text=text)
    git(folder, "update-ref", "HEAD", made)


def test_nothing_that_is_configured_is_run(site: Path, canary: str, tmp_path: Path) -> None:
    signed(site)
    git(site, "gc", "-q")
    arm(site / ".git", canary, tmp_path)
    (site / ".gitattributes").write_text("* filter=x diff=x\n")
    assert states(site) == ALL
    assert Repository.of(str(site)).merge_base("main", "side")


@pytest.mark.parametrize("place", ["build", "build/campus", ".", "build/campus/kea1"])
def test_a_bare_repository_that_was_committed_is_a_folder(site: Path, canary: str, tmp_path: Path, place: str) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "evil")
    commit(tmp_path / "evil", "build/campus/manifest.json", "evil")
    commit(tmp_path / "evil", "manifest.json", "evil")
    commit(tmp_path / "evil", "campus/manifest.json", "evil")
    signed(tmp_path / "evil")
    arm(tmp_path / "evil" / ".git", canary, tmp_path)
    shutil.copytree(tmp_path / "evil" / ".git", site / place, dirs_exist_ok=True)
    found = git_folder(str(site / "build" / "campus"))
    assert (found.root, found.own) == (str(site), str(site / ".git"))
    assert states(site / "build" / "campus") == ALL
    alone = tmp_path / "export"
    shutil.copytree(site, alone, ignore=shutil.ignore_patterns(".git"))
    assert "not in a Git work tree" in why(alone / "build" / "campus")


@pytest.mark.parametrize("above", [True, False])
def test_a_git_file_that_leads_elsewhere(site: Path, tmp_path: Path, canary: str, above: bool) -> None:
    git(tmp_path, "init", "-q", "elsewhere")
    commit(tmp_path / "elsewhere", "build/campus/manifest.json", "evil")
    arm(tmp_path / "elsewhere" / ".git", canary, tmp_path)
    folder = site if above else site / "build"
    if above:
        shutil.rmtree(site / ".git")
    for target in ("elsewhere/.git", "elsewhere"):
        (folder / ".git").write_text(f"gitdir: {tmp_path / target}\n")
        assert "neither a linked work tree" in why(site / "build")
    (tmp_path / "elsewhere" / ".git" / "gitdir").write_text(f"{folder / '.git'}\n")
    assert why(site / "build"), "a repository that names the file back is no linked work tree yet"
    for text in ("", "nonsense", "gitdir:", "gitdir: \0", "gitdir: /proc/self", "gitdir: nowhere"):
        (folder / ".git").write_text(text)
        assert why(site / "build")


def test_git_as_a_link_a_fifo_or_nothing(site: Path, tmp_path: Path) -> None:
    os.rename(site / ".git", tmp_path / "moved")
    os.symlink(tmp_path / "moved", site / ".git")
    assert "neither a folder nor a file" in why(site)
    (site / ".git").unlink()
    os.mkfifo(site / ".git")
    assert "neither a folder nor a file" in why(site)
    (site / ".git").unlink()
    (site / ".git").mkdir()
    assert "no object folder" in why(site)


def test_what_is_borrowed_from_outside_is_not_read(site: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--shared", str(site), "shared")
    assert "uses objects of another repository" in why(tmp_path / "shared")
    shutil.rmtree(tmp_path / "shared" / ".git" / "objects")
    os.symlink(site / ".git" / "objects", tmp_path / "shared" / ".git" / "objects")
    assert "has no object folder of its own" in why(tmp_path / "shared")


def test_a_partial_clone_fetches_nothing(site: Path, canary: str, tmp_path: Path) -> None:
    git(site, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{site}", "partial")
    arm(tmp_path / "partial" / ".git", canary, tmp_path)
    repository = Repository.of(str(tmp_path / "partial"))
    state = next(repository.states("build/campus"))
    with pytest.raises(GitError, match="partial clone, and kea-hac fetches nothing"):
        repository.read(state.commit, "build/campus/manifest.json")


def test_replacements_and_grafts_do_not_count(site: Path) -> None:
    git(site, "replace", git(site, "rev-parse", "main"), git(site, "rev-parse", "side"))
    (site / ".git" / "info").mkdir(exist_ok=True)
    (site / ".git" / "info" / "grafts").write_text(git(site, "rev-parse", "main") + "\n")
    repository = Repository.of(str(site))
    main = repository.commit("main")
    assert repository.read(main, "build/campus/manifest.json") == b"two"
    assert repository.commit("main~2")


@pytest.mark.parametrize(
    "part", ["HEAD", "packed-refs", "refs/heads/x", "objects/pack/pack-x.pack", "shallow", "config", "object"]
)
@pytest.mark.parametrize("kind", ["fifo", "link"])
def test_no_part_of_the_repository_is_waited_for_or_read_from_outside(
    site: Path, tmp_path: Path, part: str, kind: str
) -> None:
    outside = tmp_path / "outside"
    outside.write_text(git(site, "rev-parse", "side") + "\n")
    loose = git(site, "rev-parse", "main")
    path = site / ".git" / (f"objects/{loose[:2]}/{loose[2:]}" if part == "object" else part)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path) if kind == "fifo" else os.symlink(outside, path)
    try:
        repository = Repository.of(str(site))
        list(repository.states("build/campus"))
    except GitError:
        return
    assert not repository.shallow
    with pytest.raises(GitError):
        repository.commit("x")


@pytest.mark.parametrize("packed", [False, True])
def test_a_few_kilobytes_that_are_a_huge_file_are_refused(
    site: Path, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit on any branch can hold such an object, and a history is walked over all of them."""
    for size in (3_000_000, 900_000):
        (site / "build/campus/manifest.json").write_text("0" * size)
        git(site, "commit", "-qam", "huge")
    small = git(site, "rev-parse", "HEAD")
    if packed:
        git(site, "gc", "-q")
        git(site, "repack", "-adfq", "--depth=0")
    monkeypatch.setattr(git_objects, "LARGEST_INPUT", 1_000_000)
    repository = Repository.of(str(site))
    assert repository.read(small, "build/campus/manifest.json") == b"0" * 900_000
    with pytest.raises(GitError, match="has 3,000,000 bytes, more than the 1,000,000 that are read"):
        repository.read(git(site, "rev-parse", f"{small}~1"), "build/campus/manifest.json")


def test_a_huge_commit_is_refused(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(site, "commit", "-q", "--allow-empty", "-F", "-", text="0" * 3_000_000)
    monkeypatch.setattr(git_objects, "LARGEST_INPUT", 1_000_000)
    with pytest.raises(GitError, match="more than the 1,000,000 that are read"):
        Repository.of(str(site)).read(git(site, "rev-parse", "HEAD"), "build/campus/manifest.json")


def number(size: int, first: int = 7) -> bytes:
    """A length as packs have it, `first` bits in the first byte."""
    found, size = [size & (1 << first) - 1], size >> first
    while size:
        found[-1] |= 0x80
        found.append(size & 0x7F)
        size >>= 7
    return bytes(found)


def in_a_pack(kind: int, size: int, beside: bytes, content: bytes) -> bytes:
    head = bytearray(number(size, 4))
    head[0] |= kind << 4
    return bytes(head) + beside + zlib.compress(content)


@pytest.mark.parametrize("by_name", [False, True])
def test_a_difference_that_repeats_its_base_is_refused(
    site: Path, by_name: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """21 KB that say 3,000 times to copy a thousand zeros."""
    base, large = b"0" * 1000, 3_000_000
    difference = number(len(base)) + number(large) + b"\xb0\xe8\x03" * 3000
    first = in_a_pack(3, len(base), b"", base)
    name = hashlib.sha1(b"blob 1000\0" + base).digest()
    back = len(first)
    beside = name if by_name else bytes([(back >> 7) - 1 | 0x80, back & 0x7F]) if back > 127 else bytes([back])
    second = in_a_pack(7 if by_name else 6, len(difference), beside, difference)
    pack = b"PACK" + (2).to_bytes(4) + (2).to_bytes(4) + first + second
    pack += hashlib.sha1(pack).digest()
    subprocess.run(["git", "-C", str(site), "index-pack", "--stdin"], input=pack, check=True, capture_output=True)
    made = hashlib.sha1(b"blob %d\0" % large + b"0" * large).hexdigest()
    git(site, "update-index", "--cacheinfo", f"100644,{made},build/campus/manifest.json")
    git(site, "commit", "-qm", "huge")
    revision = git(site, "rev-parse", "HEAD")
    assert Repository.of(str(site)).read(revision, "build/campus/manifest.json") == b"0" * large
    monkeypatch.setattr(git_objects, "LARGEST_INPUT", 1_000_000)
    with pytest.raises(GitError, match="has 3,000,000 bytes, more than the 1,000,000 that are read"):
        Repository.of(str(site)).read(revision, "build/campus/manifest.json")


def test_sizes_of_a_history_of_differences(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's own packs: every version is read, and none is taken for a larger one."""
    versions = []
    for count in range(12):
        text = "\n".join(f"line {number} of {count}" for number in range(2000 + 10 * count))
        (site / "build/campus/manifest.json").write_text(text)
        git(site, "commit", "-qam", f"{count}")
        versions.append((git(site, "rev-parse", "HEAD"), text.encode()))
    git(site, "repack", "-adfq", "--depth=50", "--window=50")
    monkeypatch.setattr(git_objects, "LARGEST_INPUT", max(len(text) for _, text in versions))
    repository = Repository.of(str(site))
    for revision, text in versions:
        assert repository.read(revision, "build/campus/manifest.json") == text


def test_links_and_submodules_of_a_revision_are_no_files(site: Path) -> None:
    os.symlink("/etc/passwd", site / "build" / "campus" / "link")
    git(site, "update-index", "--add", "--cacheinfo", f"160000,{git(site, 'rev-parse', 'HEAD')},build/sub")
    commit(site, "y", "y")
    repository = Repository.of(str(site))
    head = repository.commit("HEAD")
    assert repository.read(head, "build/campus/link") is None
    assert repository.entries(head, "build/sub") is None


def test_the_environment_does_not_choose_the_repository(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q", "other")
    for name, value in (
        ("GIT_DIR", "other/.git"),
        ("GIT_WORK_TREE", "other"),
        ("GIT_OBJECT_DIRECTORY", "other/.git/objects"),
    ):
        monkeypatch.setenv(name, str(tmp_path / value))
    assert Repository.of(str(site)).folder.root == str(site)
