"""`build --check` in a Git work tree: what no commit will have is not up to date."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Call, Spec
from tests.cli.test_hostile_tree import git

FILES = ("kea-dhcp4.conf", "manifest.json")


@pytest.fixture
def tree(call: Call, spec: Spec) -> Call:
    """A work tree with a committed spec, built and not committed."""
    git("init", "-q")
    spec("specs/campus.yaml")
    git("add", "-A")
    git("commit", "-qm", "x")
    assert call("build", "specs").code == 0
    return call


def _paths(call: Call) -> list[str]:
    called = call("build", "specs", "--check", "--format", "json")
    stale = json.loads(called.out)["stale"]
    assert called.code == (1 if stale else 0)
    assert {each["matter"] for each in stale} <= {"untracked"}
    return [os.path.basename(each["path"]) for each in stale]


def test_a_new_pair_s_build_must_be_added(tree: Call) -> None:
    called = tree("build", "specs", "--check")
    assert called.code == 1
    assert "build/campus/manifest.json (Git does not track it)" in called.out
    assert "stale: add it to Git" in called.err
    assert {*FILES} <= {*_paths(tree)}
    git("add", "build")
    assert _paths(tree) == []
    git("commit", "-qm", "x")
    assert _paths(tree) == []


def test_one_file_that_was_left_out_or_removed_from_the_index(tree: Call) -> None:
    git("add", "build")
    git("rm", "-q", "--cached", "build/campus/manifest.json")
    assert _paths(tree) == ["manifest.json"]
    git("add", "-N", "build")
    assert _paths(tree) == ["manifest.json"]


def test_an_input_that_was_left_out(tree: Call) -> None:
    path = Path("specs/campus.yaml")
    path.write_text(
        path.read_text().replace("      pools: [{pool: 192.0.2.100 - 192.0.2.199}]", "      pools: !include pools.yaml")
    )
    Path("specs/pools.yaml").write_text("- pool: 192.0.2.100 - 192.0.2.199\n")
    assert tree("build", "specs").code == 0
    git("add", "build", "specs/campus.yaml")
    assert _paths(tree) == ["pools.yaml"]
    git("add", "specs")
    assert _paths(tree) == []
    git("rm", "-q", "--cached", "specs/campus.yaml")
    assert _paths(tree) == ["campus.yaml"]


@pytest.mark.parametrize("place", [".gitignore", ".git/info/exclude", "build/.gitignore"])
def test_what_git_ignores_is_the_user_s_choice(tree: Call, place: str) -> None:
    Path(place).parent.mkdir(exist_ok=True)
    with Path(place).open("a") as file:
        file.write("*\n" if place.startswith("build") else "/build/\n")
    assert _paths(tree) == []


def test_before_the_first_commit_and_without_git(call: Call, spec: Spec) -> None:
    spec("specs/campus.yaml")
    assert call("build", "specs").code == 0
    assert _paths(call) == []
    git("init", "-q")
    assert {*FILES, "campus.yaml"} <= {*_paths(call)}
    git("add", "-A")
    assert _paths(call) == []


@pytest.mark.parametrize("version", ["2", "4"])
def test_versions_of_the_index(tree: Call, version: str) -> None:
    git("add", "build")
    git("update-index", "--index-version", version)
    assert _paths(tree) == []


def test_linked_work_trees_and_links_above(tree: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    git("add", "build")
    git("commit", "-qm", "x")
    git("worktree", "add", "-q", "other")
    monkeypatch.chdir("other")
    assert _paths(tree) == []
    git("rm", "-q", "--cached", "build/campus/manifest.json")
    assert _paths(tree) == ["manifest.json"]


def test_the_index_of_a_commit_of_single_files(tree: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git commit FILE` calls its hooks with another index: what was added before is not in this commit."""
    git("add", "build")
    old = git("rev-parse", "HEAD^{tree}")
    subprocess.run(
        ["git", "read-tree", old], env={**os.environ, "GIT_INDEX_FILE": ".git/next-index-1.lock"}, check=True
    )
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index-1.lock")
    assert {*FILES} <= {*_paths(tree)}
    Path("elsewhere").write_bytes(Path(".git/next-index-1.lock").read_bytes())
    monkeypatch.setenv("GIT_INDEX_FILE", "elsewhere")
    assert _paths(tree) == []


@pytest.mark.parametrize("content", [b"", b"nonsense", b"DIRC\0\0\0\x02\0\0\xff\xff", None])
def test_an_index_that_cannot_be_read_is_no_pass(tree: Call, content: bytes | None) -> None:
    git("add", "build")
    if content is None:
        git("update-index", "--split-index")
    else:
        Path(".git/index").write_bytes(content)
    called = tree("build", "specs", "--check")
    assert called.code == 2
    assert "it is unknown whether Git tracks the files of build" in called.err
    assert "the tree is up to date" not in called.err
