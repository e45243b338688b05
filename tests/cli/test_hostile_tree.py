"""What a pull request can bring along: programs, links and includes. The commands run nothing of it and show nothing from outside."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kea_hac.cli.diff import resolver
from kea_hac.source.document import Secret
from tests.cli.conftest import Call
from tests.cli.test_diff import save, spec

CANARY = "hunter2-canary"


def git(*arguments: str, folder: str = ".", text: str | None = None) -> str:
    command = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, input=text).stdout.strip()


@pytest.fixture
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A program that leaves a file behind when somebody runs it."""
    folder = tmp_path_factory.mktemp("canary")
    program = folder / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {folder}/touched\n')
    program.chmod(0o755)
    yield program
    assert not (folder / "touched").exists(), (folder / "touched").read_text()


def of_another_build(config: dict[str, object]) -> None:
    config["user-context"]["kea-hac"]["build"] = "0" * 32  # type: ignore[index] # a map


@pytest.mark.parametrize("place", ["build", "build/two", "."])
@pytest.mark.parametrize("cloned", [True, False])
def test_diff_does_not_obey_a_bare_repository_that_was_committed(
    call: Call, canary: Path, place: str, cloned: bool
) -> None:
    """The configuration asks for signatures to be checked by a program; `git log` in that folder would run it."""
    spec()
    assert call("build", "spec.yaml").code == 0
    git("init", "-q", "-b", "main", "evil")
    Path("evil/manifest.json").write_text("{}")
    git("add", "-A", folder="evil")
    tree = git("write-tree", folder="evil")
    signed = (
        f"tree {tree}\nauthor a <a@b> 1700000000 +0000\ncommitter a <a@b> 1700000000 +0000\n"
        "gpgsig -----BEGIN PGP SIGNATURE-----\n \n aGVsbG8=\n -----END PGP SIGNATURE-----\n\nx\n"
    )
    made = git("hash-object", "-t", "commit", "-w", "--stdin", folder="evil", text=signed)
    git("update-ref", "refs/heads/main", made, folder="evil")
    Path("evil/.git/config").write_text(
        f"[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsmonitor = {canary}\n[log]\n\tshowSignature = true\n"
        f"[gpg]\n\tprogram = {canary}\n"
    )
    shutil.copytree("evil/.git", place, dirs_exist_ok=True)
    shutil.rmtree("evil")
    if cloned:
        git("init", "-q", "-b", "main", ".")
        shutil.copy("config", ".git/config") if place == "." else None
    save(kea1=of_another_build, kea2=of_another_build)
    called = call("diff", "spec.yaml", "--live", "live")
    assert called.code == 0
    assert "the build 0" in called.out
    for revision in ("HEAD", "main"):
        named = call("diff", "spec.yaml", "--live", "live", "--base", f"git:{revision}")
        assert named.code == 2
        assert "--base" in named.err


TARGETS = ["/proc/self/environ", "/etc/passwd", "../outside.json", ".netrc", ".git/config", ".docker/config.json"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("way", ["include", "link", "folder", "input"])
def test_lint_and_import_show_nothing_that_is_not_their_business(
    call: Call, monkeypatch: pytest.MonkeyPatch, target: str, way: str
) -> None:
    Path("outside.json").write_text(f'"{CANARY}\n')
    Path("site/.git").mkdir(parents=True)
    Path("site/.docker").mkdir()
    for path in (".netrc", ".git/config", ".docker/config.json"):
        Path("site", path).write_text(f'"{CANARY}\n')
    monkeypatch.chdir("site")
    named = target
    if way == "link":
        os.symlink(target, "x.json")
        named = "x.json"
    elif way == "folder":
        os.symlink(os.path.dirname(target) or ".", "x")
        named = f"x/{os.path.basename(target)}"
    if way == "input":
        os.symlink(target, "kea-dhcp4.conf")
    else:
        Path("kea-dhcp4.conf").write_text(f'{{"Dhcp4": {{"server-tag": <?include "{named}"?>}}}}')
    for command in ("lint", "import"):
        for form in ("text", "json", "github"):
            called = call(command, "kea-dhcp4.conf", "--format", form)
            assert called.code == 2
            assert CANARY not in called.out + called.err
            assert not re.search("root:x:|PATH=", called.out + called.err)
    Path("a.yaml").write_text(f"kea-hac: 1\npair: x\nservers: !include {named}\n")
    for command in ("validate", "build"):
        called = call(command, ".")
        assert called.code == 2
        assert CANARY not in called.out + called.err


def test_preferences_of_a_link_or_a_fifo(call: Call) -> None:
    os.mkfifo("fifo")
    os.symlink("/proc/self/environ", "link")
    for name in ("fifo", "link"):
        called = call("preferences", "merge", "preferences.cfg", "--from", name)
        assert called.code == 2
        assert f"{name}: it " in called.err or f"{name}: a link" in called.err


def test_secrets_are_looked_for_below_their_folder_only(tmp_path: Path) -> None:
    Path("secrets/etc").mkdir(parents=True)
    Path("outside.json").write_text(json.dumps(CANARY))
    Path("secrets/etc/a.json").write_text(json.dumps("a"))
    os.symlink("../../outside.json", "secrets/etc/link.json")
    os.mkfifo("secrets/etc/fifo.json")
    find = resolver(Path("secrets"))
    assert find(Secret("/etc/a.json")) == "a"
    for path in (
        "/../outside.json",
        "/etc/../../outside.json",
        "/etc/link.json",
        "/etc/fifo.json",
        "/etc/none.json",
        "/etc\0",
    ):
        assert find(Secret(path)) is None
