"""`kea-hac init`: what it writes builds as it is, and nothing is written that would not."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.cli.conftest import Call

PAIR = ("--server", "kea1=192.0.2.11%eth0", "--server", "kea2=192.0.2.12%ens18,ens19")
SUBNET = ("--subnet", "192.0.2.0/24", "--pool", "192.0.2.100 - 192.0.2.199", "--router", "192.0.2.1")
BOTH = (*SUBNET, "--subnet", "2001:db8::/64", "--pool", "2001:db8::1:0/112")
FLAGS = ("--kea", "3.0", "--platform", "debian", "--mode", "hot-standby", *PAIR, *BOTH)


def without(flags: tuple[str, ...], flag: str) -> tuple[str, ...]:
    """The flags less one of them, each time it is there."""
    pairs = zip(flags[::2], flags[1::2], strict=True)
    return tuple(word for pair in pairs if pair[0] != flag for word in pair)


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing", "passive-backup"])
@pytest.mark.parametrize("kea", ["2.2", "2.6", "3.2"])
def test_what_it_writes_builds_without_a_finding(call: Call, mode: str, kea: str) -> None:
    flags = (*without(without(FLAGS, "--mode"), "--kea"), "--mode", mode, "--kea", kea)
    assert call("init", "campus.yaml", *flags).code == 0
    built = call("build", "campus.yaml")
    assert built.code == 0
    assert "no findings" in built.err
    assert Path("build/campus/kea2/kea-dhcp6.conf").is_file()


def test_a_lone_server(call: Call) -> None:
    flags = ("--kea", "2.6", "--platform", "rhel", "--mode", "lone", "--server", "only=192.0.2.11%eth0", *SUBNET)
    assert call("init", "small.yaml", *flags).code == 0
    assert call("build", "small.yaml").code == 0
    assert "high-availability" not in Path("small.yaml").read_text("utf-8")


def test_more_servers_are_backups(call: Call) -> None:
    assert call("init", "campus.yaml", *FLAGS, "--server", "copy=192.0.2.13%eth0").code == 0
    assert "  - name: copy\n    role: backup\n" in Path("campus.yaml").read_text("utf-8")
    assert call("validate", "campus.yaml").code == 0


def configured(path: str = ".pre-commit-config.yaml") -> dict[str, Any]:
    """The hooks of the first repository, by id, and the repository itself."""
    first = YAML(typ="safe").load(Path(path))["repos"][0]
    return {**first, **{hook["id"]: hook for hook in first["hooks"]}}


def test_the_hooks_stand_at_the_top_of_the_work_tree(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("net/specs").mkdir(parents=True)
    Path(".git").mkdir()
    monkeypatch.chdir("net")
    assert call("init", "specs/campus.yaml", *FLAGS).code == 0
    assert not Path(".pre-commit-config.yaml").exists()
    hooks = configured("../.pre-commit-config.yaml")
    assert hooks["kea-hac-validate"]["args"] == ["net/specs"]
    assert hooks["kea-hac-build"]["args"] == ["net/specs", "--output", "build"]


def test_a_work_tree_that_git_linked_is_one(call: Call) -> None:
    Path(".git").write_text("gitdir: elsewhere\n", "utf-8")
    assert call("init", "specs/campus.yaml", *FLAGS).code == 0
    assert configured()["kea-hac-validate"]["args"] == ["specs"]


def test_without_git_the_next_step_is_named(call: Call) -> None:
    called = call("init", "specs/campus.yaml", *FLAGS)
    assert called.code == 0
    assert configured()["kea-hac-validate"]["args"] == ["specs"]
    assert "`git init` in ., then `pre-commit install`" in called.err


def test_hooks_that_exist_are_kept_and_the_missing_are_shown(call: Call) -> None:
    mine = "# ours\nrepos: []\n"
    Path(".pre-commit-config.yaml").write_text(mine, "utf-8")
    called = call("init", "campus.yaml", *FLAGS)
    assert called.code == 0
    assert Path(".pre-commit-config.yaml").read_text("utf-8") == mine
    assert "add this below its `repos:`" in called.err
    shown = called.err[called.err.index("  - repo:") :]
    assert [hook["id"] for hook in YAML(typ="safe").load(shown)[0]["hooks"]] == ["kea-hac-validate", "kea-hac-build"]
    Path(".pre-commit-config.yaml").write_text(f"repos:\n{shown}", "utf-8")
    assert "contains the hooks already" in call("init", "campus.yaml", *FLAGS, "--force").err


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://git.example.org/net/kea-hac", "https://git.example.org/net/kea-hac"),
        ("https://me:word@git.example.org/kea-hac", "https://git.example.org/kea-hac"),
        ("https://token@git.example.org/kea-hac", "https://git.example.org/kea-hac"),
        ("ssh://git@git.example.org/kea-hac", "ssh://git@git.example.org/kea-hac"),
    ],
)
def test_an_installation_from_git_names_its_commit(
    call: Call, monkeypatch: pytest.MonkeyPatch, url: str, shown: str
) -> None:
    installed(monkeypatch, {"url": url, "vcs_info": {"vcs": "git", "commit_id": "0123abc"}})
    assert call("init", "campus.yaml", *FLAGS).code == 0
    hooks = configured()
    assert (hooks["repo"], hooks["rev"]) == (shown, "0123abc")


def test_an_installation_from_a_clone_names_a_commit_that_it_has(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git("init", "-q", str(clone))
    git("-C", str(clone), "commit", "-q", "--allow-empty", "-m", "x")
    installed(monkeypatch, {"url": clone.as_uri(), "dir_info": {}})
    assert call("init", "campus.yaml", *FLAGS).code == 0
    hooks = configured()
    assert hooks["repo"] == str(clone)
    assert hooks["rev"] == git("-C", str(clone), "rev-parse", "HEAD")
    git("-C", str(clone), "tag", "v9")
    Path(".pre-commit-config.yaml").unlink()
    assert call("init", "campus.yaml", *FLAGS, "--force").code == 0
    assert configured()["rev"] == "v9"


@pytest.mark.parametrize("known", [None, {"url": "https://pypi.example.org/x.whl", "archive_info": {}}])
def test_where_no_repository_is_known_the_installed_program_runs(
    call: Call, monkeypatch: pytest.MonkeyPatch, known: dict[str, Any] | None
) -> None:
    installed(monkeypatch, known)
    assert call("init", "campus.yaml", *FLAGS).code == 0
    hooks = configured()
    assert hooks["repo"] == "local"
    assert "rev" not in hooks
    assert hooks["kea-hac-build"]["language"] == "system"


def installed(monkeypatch: pytest.MonkeyPatch, known: dict[str, Any] | None) -> None:
    """As if this kea-hac had been installed so."""

    class Distribution:
        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return json.dumps(known) if known else None

    monkeypatch.setattr("kea_hac.cli.pre_commit.distribution", lambda _: Distribution())


def git(*arguments: str) -> str:
    who = {f"GIT_{part}_{key}": "t@t" for part in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    done = subprocess.run(("git", *arguments), env={**os.environ, **who}, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_the_schema_is_there_for_an_editor(call: Call) -> None:
    Path(".git").mkdir()
    assert call("init", "specs/campus.yaml", *FLAGS).code == 0
    first = Path("specs/campus.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schemas/spec.schema.json"
    schema = Path("schemas/spec.schema.json")
    assert schema.read_text("utf-8") == call("schema").out
    schema.write_text("{}", "utf-8")
    assert call("init", "specs/other.yaml", *FLAGS).code == 0
    assert schema.read_text("utf-8") == "{}"


@pytest.mark.parametrize("flag", ["--kea", "--platform", "--mode", "--server", "--subnet"])
def test_what_is_missing_is_named_where_nobody_can_be_asked(call: Call, flag: str) -> None:
    called = call("init", "campus.yaml", *without(FLAGS, flag))
    assert called.code == 2
    assert f"{flag} is missing" in called.err or flag == "--subnet"
    assert "Traceback" not in called.err
    assert not Path("campus.yaml").exists()


def test_all_that_is_missing_or_wrong_is_named_at_once(call: Call) -> None:
    called = call("init", "campus.yaml", "--kea", "1.8")
    assert called.code == 2
    for words in (
        "--kea: '1.8' is not",
        "--platform is missing",
        "--mode is missing",
        "--server is missing",
        "--subnet is missing",
    ):
        assert words in called.err
    assert list(Path().iterdir()) == []


class Terminal(io.StringIO):
    """A person who types, and presses Ctrl-D at the end."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("".join(f"{answer}\n" for answer in answers)))


ANSWERS = (
    *("2.6", "debian", "", "kea1=192.0.2.11%eth0", "kea2=192.0.2.12%eth0"),
    *("192.0.2.0/24", "192.0.2.100-192.0.2.199", "", "192.0.2.1"),
    *("2001:db8::/64", "2001:db8::1:0/112", "", ""),
)


def test_questions_on_a_terminal(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, *ANSWERS)
    called = call("init", "campus.yaml")
    assert called.code == 0
    for choice in ("2.2, 2.4, 2.6", "debian, rhel", "load-balancing"):
        assert choice in called.err
    text = Path("campus.yaml").read_text("utf-8")
    for words in ("mode: hot-standby\n", "- pool: 192.0.2.100-192.0.2.199\n", "data: 192.0.2.1}", "subnet6:\n"):
        assert words in text
    assert call("build", "campus.yaml").code == 0


def test_a_bad_answer_is_asked_again_with_the_reason(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {
        "2.6": "1.8",
        "debian": "windows",
        "": "hot",
        "kea1=192.0.2.11%eth0": "kea1",
        "kea2=192.0.2.12%eth0": "kea2=192.0.2.11%eth0",
        "192.0.2.0/24": "192.0.2.1/24",
        "192.0.2.100-192.0.2.199": "10.0.0.1-10.0.0.9",
        "192.0.2.1": "198.51.100.1",
        "2001:db8::/64": "192.0.2.0/25",
    }
    answers = [each for answer in ANSWERS for each in (*([bad.pop(answer)] if answer in bad else []), answer)]
    typed(monkeypatch, *answers)
    called = call("init", "campus.yaml")
    assert called.code == 0, called.err
    for reason in (
        "'1.8' is not a Kea version",
        "'windows' is not known",
        "'hot' is not known",
        "'kea1' is not NAME",
        "of kea1",
    ):
        assert reason in called.err
    for reason in ("host bits", "is not in 192.0.2.0/24", "overlaps 192.0.2.0/24"):
        assert reason in called.err
    assert call("build", "campus.yaml").code == 0


@pytest.mark.parametrize("answered", range(0, len(ANSWERS), 3))
def test_ctrl_d_leaves_nothing_behind(call: Call, monkeypatch: pytest.MonkeyPatch, answered: int) -> None:
    typed(monkeypatch, *ANSWERS[:answered])
    called = call("init", "campus.yaml")
    assert called.code == 130
    assert "bug" not in called.err
    assert list(Path().iterdir()) == []


def test_ctrl_c_leaves_nothing_behind(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Terminal):
        def readline(self, *_: object) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted())
    called = call("init", "campus.yaml")
    assert called.code == 130
    assert "bug" not in called.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("campus.txt", *FLAGS), ".yaml"),
        (("a b.yaml", *FLAGS), "pair's name"),
        (("campus.yaml", *without(FLAGS, "--kea"), "--kea", "1.8"), "--kea"),
        (("campus.yaml", *without(FLAGS, "--mode"), "--mode", "hot"), "hot-standby"),
        (("campus.yaml", *without(FLAGS, "--platform"), "--platform", "windows"), "debian"),
        (("campus.yaml", *without(FLAGS, "--server"), "--server", "kea1"), "kea1=192.0.2.11%eth0"),
        (("campus.yaml", *without(FLAGS, "--pool"), "--pool", "10.0.0.1-10.0.0.9"), "none of the subnets"),
        (("campus.yaml", *without(FLAGS, "--router"), "--router", "10.0.0.1"), "none of the subnets"),
        (("campus.yaml", *without(FLAGS, "--subnet"), "--subnet", "192.0.2.1/24"), "host bits"),
        (("campus.yaml", *FLAGS, "--subnet", "192.0.2.0/25"), "overlaps 192.0.2.0/24"),
        (("campus.yaml", *FLAGS, "--server", "kea1=192.0.2.14%eth0"), "the name or the address of kea1"),
        (("campus.yaml", *without(FLAGS, "--mode"), "--mode", "lone"), "lone needs exactly one"),
    ],
)
def test_what_means_nothing_is_refused(call: Call, arguments: tuple[str, ...], words: str) -> None:
    called = call("init", *arguments)
    assert called.code == 2
    assert words in called.err
    assert list(Path().iterdir()) == []


def test_a_spec_that_would_not_build_is_not_written(call: Call) -> None:
    twice = (*FLAGS, "--pool", "192.0.2.150 - 192.0.2.160")
    called = call("init", "campus.yaml", *twice)
    assert called.code == 1
    assert "would not build" in called.err
    assert list(Path().iterdir()) == []


def test_a_spec_that_is_there_is_kept(call: Call) -> None:
    Path("campus.yaml").write_text("mine\n", "utf-8")
    assert call("init", "campus.yaml", *FLAGS).code == 2
    assert Path("campus.yaml").read_text("utf-8") == "mine\n"


def test_the_settings_of_an_editor_have_the_tags(call: Call) -> None:
    called = call("init", "specs/campus.yaml", *FLAGS, "--vscode")
    assert called.code == 0
    written = json.loads(Path(".vscode/settings.json").read_text("utf-8"))
    assert written == {"yaml.customTags": ["!include scalar", "!csv scalar", "!secret scalar", "!on-server scalar"]}
    again = call("init", "specs/campus.yaml", *FLAGS, "--vscode", "--force")
    assert "has the tags already and was not changed" in again.err


def test_settings_that_exist_are_kept_and_the_tags_are_shown(call: Call) -> None:
    Path(".vscode").mkdir()
    mine = '{"editor.tabSize": 3} // mine\n'
    Path(".vscode/settings.json").write_text(mine, "utf-8")
    called = call("init", "campus.yaml", *FLAGS, "--vscode")
    assert called.code == 0
    assert Path(".vscode/settings.json").read_text("utf-8") == mine
    shown = called.err[called.err.index('  "yaml.customTags"') :]
    assert json.loads("{" + shown + "}")["yaml.customTags"][0] == "!include scalar"


@pytest.mark.parametrize(
    ("system", "path", "schema"),
    [
        ("github", ".github/workflows/kea-hac.yml", "vendor.github-workflows"),
        ("gitlab", ".gitlab-ci.yml", "vendor.gitlab-ci"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_the_job_of_a_ci_system(
    call: Call, monkeypatch: pytest.MonkeyPatch, system: str, path: str, schema: str, known: bool
) -> None:
    """Valid by the system's schema; it names the installation's own repository and commit, or says that these are to be filled in."""
    Path("net/specs").mkdir(parents=True)
    Path(".git").mkdir()
    monkeypatch.chdir("net")
    host = "github.com" if system == "github" else "git.example.org"
    url = f"https://{host}/team/kea-hac.git"
    installed(monkeypatch, {"url": url, "vcs_info": {"vcs": "git", "commit_id": "0123abc"}} if known else {})
    called = call("init", "specs/campus.yaml", *FLAGS, "--ci", system)
    assert called.code == 0
    job = Path("..", path)
    text = job.read_text("utf-8")
    assert "net/specs" in text
    assert ("0123abc" in text) is known
    assert ("name your copy of the repository of kea-hac and a commit" in called.err) is not known
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(job)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    job.write_text("# mine\n", "utf-8")
    again = call("init", "specs/campus.yaml", *FLAGS, "--ci", system, "--force")
    assert job.read_text("utf-8") == "# mine\n"
    assert text.rstrip() in again.err


def test_nothing_of_a_cloned_work_tree_leads_elsewhere(call: Call, tmp_path: Path) -> None:
    """Links that somebody committed: no file is written where they lead, and nothing endless is read."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    subprocess.run(["git", "init", "-q"], check=True)
    for name in (".vscode", ".github"):
        Path(name).symlink_to(outside)
    Path(".pre-commit-config.yaml").symlink_to("/dev/zero")
    for more in (["--vscode"], ["--ci", "github"]):
        called = call("init", "campus.yaml", *FLAGS, *more, "--force")
        assert called.code == 2
        assert "links in a work tree are not followed" in called.err
    assert not any(outside.iterdir())
    Path(".vscode").unlink()
    Path(".vscode").mkdir()
    os.mkfifo(".vscode/settings.json")
    called = call("init", "campus.yaml", *FLAGS, "--vscode", "--force")
    assert called.code == 0
    assert "exists and was not changed" in called.err
