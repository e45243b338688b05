"""A repository under review is not trusted: nothing of it is run, nothing outside of the work tree is read, nobody is contacted.

An audit hook of Python sees every file that is opened, every program that is started and every connection, while a review runs.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.cli.conftest import Call, Called
from tests.review.changes import CAMPUS
from tests.review.sites import committed, committed_all, git, write
from tests.review.test_review import SPEC, changed
from tests.unit.source.test_git_objects import arm, canary, signed

__all__ = ["canary"]
SECRET = "TOP-SECRET-CONTENT"
_STARTS = (
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
)
_CONTACTS = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request")
_seen: list[tuple[str, str]] = []
_watching = Event()


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching.is_set() and (event == "open" or event in (*_STARTS, *_CONTACTS)):
        _seen.append(
            (event, os.fsdecode(arguments[0]) if event == "open" and isinstance(arguments[0], str | bytes) else "")
        )


sys.addaudithook(_audit)  # once for the process: a hook cannot be removed


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """The events while something runs."""
    _seen.clear()
    _watching.set()
    try:
        yield _seen
    finally:
        _watching.clear()


@pytest.fixture
def safely(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Call the command in a repository `site`; files beside it are outside of the work tree."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("secret.yaml", "secret.csv", "secret.json", "kea-hac.toml"):
        (outside / name).write_text(f"{SECRET}: [{SECRET}]\n")
    (tmp_path / "site").mkdir()
    monkeypatch.chdir(tmp_path / "site")

    def run(*arguments: str) -> Called:
        call("review", "--help")  # what is imported once is not of interest
        with watched() as events:
            done = call("review", *arguments)
        assert "this is a bug" not in done.err
        assert SECRET not in done.out + done.err
        kinds = {event for event, _ in events if event != "open"}
        assert not kinds, kinds
        opened = [path for event, path in events if event == "open" and path.startswith(str(tmp_path))]
        # `.git` as a file is followed as far as to see whether that repository names it as its work tree
        opened = [path for path in opened if not path.endswith("/.git/gitdir")]
        assert not [path for path in opened if not path.startswith(f"{tmp_path}/site/")], opened
        return done

    yield run
    assert not (tmp_path / "TOUCHED").exists()


def states(done: Called) -> dict[str, str]:
    return {each["pair"]: each["state"] for each in json.loads(done.out)["pairs"]}


def armed(canary: str, tmp_path: Path) -> None:
    """The repository of the current folder with a configuration that runs programs at every step."""
    arm(Path(".git"), canary, tmp_path)
    write(
        {".gitattributes": "* filter=x diff=x merge=x\n", "specs/.gitattributes": "*.yaml filter=x textconv=x ident\n"}
    )


def test_the_watcher_sees_what_it_looks_for(tmp_path: Path) -> None:
    with watched() as events:
        (tmp_path / "x").write_text("x")
        os.system("true")
    assert {"open", "os.system"} <= {event for event, _ in events}


def test_hooks_filters_pagers_and_signatures(safely: Call, canary: str, tmp_path: Path) -> None:
    committed(SPEC, CAMPUS)
    signed(Path.cwd())
    armed(canary, tmp_path)
    write({SPEC: changed(("4h", "5h"))})
    done = safely("specs", "--since", "HEAD", "--format", "json")
    assert (done.code, states(done)) == (0, {"campus": "changed"})


def test_a_bare_repository_in_the_work_tree(safely: Call, canary: str, tmp_path: Path) -> None:
    committed(SPEC, CAMPUS)
    git("init", "-q", "evil", folder=tmp_path)
    Path(tmp_path / "evil/specs").mkdir()
    (tmp_path / "evil" / SPEC).write_text(changed(("pair: campus", "pair: evil")))
    git("add", "-A", folder=tmp_path / "evil")
    git("commit", "-q", "-m", "evil", folder=tmp_path / "evil")
    arm(tmp_path / "evil" / ".git", canary, tmp_path)
    for place in ("specs", "."):
        shutil.copytree(tmp_path / "evil" / ".git", Path(place), dirs_exist_ok=True)
    git("add", "-A", "specs")
    git("commit", "-q", "-m", "a bare repository, committed as files")
    write({SPEC: changed(("4h", "5h"))})
    done = safely("specs", "--since", "HEAD", "--format", "json")
    assert states(done) == {"campus": "changed"}


@pytest.mark.parametrize(
    "content", ["gitdir: ../outside/repository/.git\n", "gitdir: /proc/self\n", "gitdir: \0\n", "nonsense"]
)
def test_git_as_a_file(safely: Call, canary: str, tmp_path: Path, content: str) -> None:
    committed(SPEC, CAMPUS)
    shutil.copytree(".", tmp_path / "outside" / "repository")
    arm(tmp_path / "outside" / "repository" / ".git", canary, tmp_path)
    shutil.rmtree(".git")
    write({".git": content})
    done = safely("specs", "--since", "HEAD")
    assert done.code == 2
    assert "the older revision cannot be read" in done.err


def test_borrowed_objects_are_not_read(safely: Call, tmp_path: Path) -> None:
    git("init", "-q", "source", folder=tmp_path / "outside")
    source = tmp_path / "outside" / "source"
    (source / "specs").mkdir()
    (source / SPEC).write_text(CAMPUS)
    git("add", "-A", folder=source)
    git("commit", "-q", "-m", "x", folder=source)
    git("clone", "-q", "--shared", str(source), ".")
    done = safely("specs", "--since", "HEAD")
    assert done.code == 2
    assert "uses objects of another repository" in done.err


def test_a_partial_clone_fetches_nothing(safely: Call, canary: str, tmp_path: Path) -> None:
    git("init", "-q", "source", folder=tmp_path)
    source = tmp_path / "source"
    (source / "specs").mkdir()
    (source / SPEC).write_text(CAMPUS)
    git("add", "-A", folder=source)
    git("commit", "-q", "-m", "x", folder=source)
    git("config", "uploadpack.allowFilter", "true", folder=source)
    git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{source}", ".")
    arm(Path(".git"), canary, tmp_path)
    write({SPEC: CAMPUS})
    for named in ("specs", SPEC):
        done = safely(named, "--since", "HEAD")
        assert done.code == 2
        assert "kea-hac fetches nothing" in done.err


def test_a_missing_object_is_no_mistake_of_the_spec(safely: Call) -> None:
    committed_all(
        {SPEC: changed(("valid-lifetime: 4h", "<<: !include more.yaml")), "specs/more.yaml": "valid-lifetime: 4h\n"}
    )
    name = git("rev-parse", "HEAD:specs/more.yaml")
    Path(f".git/objects/{name[:2]}/{name[2:]}").unlink()
    write({"specs/more.yaml": "valid-lifetime: 5h\n"})
    done = safely("specs", "--since", "HEAD")
    assert done.code == 2
    assert "lacks the object" in done.err


def test_submodules_are_not_entered(safely: Call, canary: str, tmp_path: Path) -> None:
    base = committed(SPEC, CAMPUS)
    git("update-index", "--add", "--cacheinfo", f"160000,{base},specs/sub")
    write({".gitmodules": f'[submodule "sub"]\n\tpath = specs/sub\n\turl = ext::{canary}\n\tupdate = !{canary}\n'})
    git("add", ".gitmodules")
    git("commit", "-q", "-m", "submodule")
    armed(canary, tmp_path)
    assert states(safely("specs", "--since", "HEAD", "--format", "json")) == {"campus": "unchanged"}
    assert safely("specs/sub", "--since", "HEAD").code == 2


@pytest.mark.parametrize("since", [[], ["--since", "main"]])
def test_specs_that_became_a_submodule_are_not_compared_with_themselves(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, since: list[str]
) -> None:
    """The main of the submodule belongs to the author of the change: compared with it, nothing would have changed."""
    (tmp_path / "site").mkdir()
    (tmp_path / "theirs").mkdir()
    monkeypatch.chdir(tmp_path / "theirs")
    committed("campus.yaml", CAMPUS.replace("4h", "5h"))
    monkeypatch.chdir(tmp_path / "site")
    committed(SPEC, CAMPUS)
    git("checkout", "-q", "-b", "proposal")
    git("rm", "-rq", "specs")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "theirs"), "specs")
    git("commit", "-qm", "submodule")
    assert Path("specs/campus.yaml").is_file()
    done = call("review", "specs", *since)
    assert done.code == 2
    assert "is a submodule now, and was none in " in done.err
    monkeypatch.chdir("specs")
    assert call("review", ".").code == 2, "the user's own folder is inside the submodule"


@pytest.mark.parametrize(
    "target",
    ["../../outside/secret.yaml", "/etc/passwd", "../.git/config", "loop.yaml", "../../site/../outside/secret.yaml"],
)
def test_links_of_both_revisions_lead_nowhere(safely: Call, tmp_path: Path, target: str) -> None:
    spec = CAMPUS.replace(
        'option-data:\n    - {name: domain-name-servers, data: "192.0.2.53"}', "option-data: !include link.yaml"
    )
    committed(SPEC, spec)
    os.symlink(target, "specs/link.yaml")
    os.symlink("loop.yaml", "specs/loop.yaml")
    git("add", "-A")
    git("commit", "-q", "-m", "links")
    done = safely(SPEC, "--since", "HEAD", "--format", "json")
    assert states(done) == {"campus": "broken-now"}
    write({SPEC: CAMPUS})
    done = safely(SPEC, "--since", "HEAD", "--format", "json")
    assert states(done) == {"campus": "broken-before"}
    assert done.code == 0


def test_a_spec_that_was_a_link_to_outside(safely: Call, tmp_path: Path) -> None:
    Path("specs").mkdir()
    os.symlink("../../outside/secret.yaml", SPEC)
    committed_all({"README": "x", "specs/README": "x"})
    git("add", "-A")
    git("commit", "-q", "-m", "link")
    Path(SPEC).unlink()
    write({SPEC: CAMPUS})
    assert states(safely("specs", "--since", "HEAD", "--format", "json")) == {"campus": "added"}


@pytest.mark.parametrize(
    "wanted", ["../../outside/secret.yaml", "/etc/passwd", "../.git/config.yaml", "../.hidden/x.yaml"]
)
def test_includes_of_the_older_revision_stay_inside(safely: Call, wanted: str) -> None:
    committed_all(
        {SPEC: changed(("valid-lifetime: 4h", f"<<: !include {wanted}")), ".hidden/x.yaml": "valid-lifetime: 4h\n"}
    )
    write({SPEC: CAMPUS})
    assert states(safely("specs", "--since", "HEAD", "--format", "json")) == {"campus": "broken-before"}


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_limits_are_a_regular_file(safely: Call, kind: str) -> None:
    committed(SPEC, CAMPUS)
    path = Path("kea-hac.toml")
    {
        "link": lambda: os.symlink("../outside/kea-hac.toml", path),
        "fifo": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }[kind]()
    done = safely("specs", "--since", "HEAD")
    assert done.code == 2
    assert "kea-hac.toml cannot be read" in done.err


def test_replaced_objects_and_the_environment_do_not_count(
    safely: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = committed(SPEC, CAMPUS)
    second = committed(SPEC, changed(("4h", "5h")))
    git("replace", first, second)
    git("init", "-q", "other", folder=tmp_path)
    for name in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_CONFIG_GLOBAL",
    ):
        monkeypatch.setenv(name, str(tmp_path / "other/.git"))
    done = safely("specs", "--since", first, "--format", "json")
    assert states(done) == {"campus": "changed"}


def test_nothing_in_a_spec_or_in_the_limits_names_a_program_or_a_host(safely: Call, canary: str) -> None:
    committed(SPEC, CAMPUS)
    for text in (
        f'[review]\ncommand = "{canary}"\n',
        f'[tools]\nhook = "{canary}"\n',
        '[review]\nurl = "http://192.0.2.1/"\n',
    ):
        write({"kea-hac.toml": text})
        assert safely("specs", "--since", "HEAD").code == 2
