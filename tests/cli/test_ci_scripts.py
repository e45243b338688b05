"""The scripts of action.yml and of the GitLab template, run against a repository with a local remote and stand-ins for the two APIs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs

import pytest
from ruamel.yaml import YAML

import kea_hac
from tests.cli.conftest import COMMAND, Spec
from tests.cli.fake_api import FakeApi

TOP = Path(kea_hac.__file__).parents[1]
ACTION = TOP / "action.yml"
TEMPLATE = TOP / "deploy/gitlab/kea-hac.gitlab-ci.yml"
SCRIPTS = sorted((TOP / "ci").glob("*.sh"))
MARKER = "<!-- kea-hac review: this comment is updated -->"


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program of a development package, beside this interpreter."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        path = Path(subprocess.check_output(["which", name], text=True).strip())
    return subprocess.run([str(path), *arguments], capture_output=True, text=True, check=False)


# the two files


@pytest.mark.parametrize(
    ("schema", "path"), [("github-actions", ACTION), ("gitlab-ci", TEMPLATE)], ids=["github", "gitlab"]
)
def test_both_files_are_valid_by_their_schemas(schema: str, path: Path) -> None:
    done = tool("check-jsonschema", "--builtin-schema", f"vendor.{schema}", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_scripts_are_clean() -> None:
    done = tool("shellcheck", *map(str, SCRIPTS))
    assert done.returncode == 0, done.stdout
    assert all(os.access(each, os.X_OK) for each in SCRIPTS)


def test_no_value_of_a_pull_request_is_written_into_a_script() -> None:
    action = YAML(typ="safe").load(ACTION)
    steps = action["runs"]["steps"]
    assert len(steps) == 3
    for step in steps:
        assert "${{" not in step["run"]
        assert "uses" not in step, "what is installed is in ci/requirements.txt"
        for value in (step.get("env") or {}).values():
            assert re.fullmatch(r"\$\{\{ inputs\.[a-z-]+ \}\}|github", value), value
    used = set(re.findall(r"inputs\.([a-z-]+)", ACTION.read_text()))
    assert used == set(action["inputs"])
    assert all(each["description"] for each in action["inputs"].values())


def test_what_is_installed_is_pinned_by_hash() -> None:
    text = (TOP / "ci/requirements.txt").read_text()
    pinned = re.findall(r"^([a-z0-9-]+)==\S+.*\\$", text, re.MULTILINE)
    wanted = re.findall(
        r'^  "([A-Za-z0-9.-]+)[>=]',
        (TOP / "pyproject.toml").read_text().partition("[project.optional")[0],
        re.MULTILINE,
    )
    assert {each.replace(".", "-").lower() for each in wanted} <= set(pinned)
    assert "hatchling" in pinned
    assert not re.search(r"^[a-z0-9-]+(?!.*==)[^\n]*$", text, re.MULTILINE)
    assert "http" not in text


# validate, build --check and review


@pytest.fixture
def repository(spec: Spec, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """A clone of a local remote, on a branch with a hostile name, whose tree is up to date. Gives the environment of its jobs."""
    names = {f"GIT_{part}_{key}": "t@t" for part in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    wrapper = Path("kea-hac-command")
    wrapper.write_text(f'#!/bin/sh\nexec {COMMAND[0]} -m kea_hac "$@"\n')
    wrapper.chmod(0o755)
    made = {**environment, **names, "GIT_CONFIG_GLOBAL": os.devnull, "KEA_HAC": str(wrapper.resolve())}
    spec("work/specs/campus.yaml")

    def run(*command: str) -> None:
        done = subprocess.run(command, env=made, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)

    run("git", "init", "-q", "--bare", "-b", "main", "remote.git")
    os.chdir("work")
    run("git", "init", "-q", "-b", "main")
    run(*COMMAND, "build", "specs")
    run("git", "add", "-A")
    run("git", "commit", "-qm", "$(touch pwned)")
    run("git", "remote", "add", "origin", "../remote.git")
    run("git", "push", "-q", "origin", "main")
    run("git", "fetch", "-q")
    run("git", "checkout", "-qb", "$(touch${IFS}pwned);`x`")
    yield made
    assert not [*Path("..").rglob("pwned")]


def check(environment: Mapping[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    values = {"KEA_HAC_SPECS": "specs", "KEA_HAC_OUT": "../out", **more}
    command = [str(TOP / "ci/pull-request.sh")]
    return subprocess.run(command, env={**environment, **values}, capture_output=True, text=True, check=False)


def change(old: str, new: str) -> None:
    path = Path("specs/campus.yaml")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_nothing_to_report(repository: dict[str, str]) -> None:
    done = check(repository, KEA_HAC_FORMAT="github")
    assert done.returncode == 0, done.stderr
    comment = Path("../out/comment.md").read_text()
    assert "no server's files change" in comment
    assert comment.endswith(
        "- validate: nothing to report\n- build --check: nothing to report\n- review: nothing to report\n"
    )


def test_findings_are_annotated_once_and_the_comment_says_what_changes(repository: dict[str, str]) -> None:
    change("192.0.2.100 - 192.0.2.199", "192.0.3.100 - 192.0.3.199")
    done = check(repository, KEA_HAC_FORMAT="github", GITHUB_STEP_SUMMARY="../summary.md")
    assert done.returncode == 1
    assert done.stdout.count("::error ") == 1
    comment = Path("../out/comment.md").read_text()
    assert "- validate: **findings**" in comment
    assert "KH" in comment
    assert Path("../summary.md").read_text().endswith(comment)


def test_gitlab_gets_its_report(repository: dict[str, str]) -> None:
    change("192.0.2.100 - 192.0.2.199", "192.0.3.100 - 192.0.3.199")
    assert check(repository, KEA_HAC_FORMAT="gitlab", KEA_HAC_BUILD_CHECK="false").returncode == 1
    (found,) = json.loads(Path("../out/code-quality.json").read_text())
    assert found["location"]["path"] == "specs/campus.yaml"


# the arguments, with a stand-in for kea-hac that writes them down


STAND_IN = """\
#!/bin/sh
printf '%s\\0' "$@" "
" >>../asked
echo "the output of $1"
eval "exit \\${CODE_$1:-0}"
"""


@pytest.fixture
def recorded(environment: dict[str, str]) -> dict[str, str]:
    """The environment of a job whose kea-hac writes its arguments into ../asked and ends with CODE_validate …"""
    Path("work").mkdir()
    Path("stand-in").write_text(STAND_IN)
    Path("stand-in").chmod(0o755)
    os.chdir("work")
    return {**environment, "KEA_HAC": str(Path("../stand-in").resolve())}


def asked() -> dict[str, list[str]]:
    """The arguments by command, of which each was called once."""
    calls = Path("../asked").read_text().split("\n\0")[:-1]
    return {call.split("\0")[0]: call.split("\0")[1:-1] for call in calls}


def test_every_value_is_one_argument_in_its_place(recorded: dict[str, str]) -> None:
    strange = "-x $(touch pwned);`touch pwned`'\"&| *"
    done = check(
        recorded,
        KEA_HAC_SPECS=f"specs\n{strange}\n",
        KEA_HAC_OUTPUT=strange,
        KEA_HAC_ACCEPT=f"KH940\n{strange}",
        KEA_HAC_SINCE=strange,
        KEA_HAC_FAIL_ON="warning",
        KEA_HAC_FORMAT="github",
    )
    assert done.returncode == 0, done.stderr
    specs = ["--", "specs", strange]
    assert asked() == {
        "validate": ["--fail-on=warning", "--format", "text", *specs],
        "build": ["--check", f"--output={strange}", "--format", "github", *specs],
        "review": [
            f"--since={strange}",
            "--fail-on=warning",
            "--format",
            "markdown",
            f"--accept={strange}",
            "--accept=KH940",
            *specs,
        ],
    }
    assert not [*Path("..").rglob("pwned")]


def test_without_values_the_settings_of_the_site_hold(recorded: dict[str, str]) -> None:
    assert check(recorded, KEA_HAC_SPECS="", KEA_HAC_BUILD_CHECK="false").returncode == 0
    assert asked() == {"validate": ["--format", "text", "--"], "review": ["--format", "markdown", "--"]}


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ({}, 0),
        ({"CODE_build": "1"}, 1),
        ({"CODE_validate": "1", "CODE_review": "2"}, 2),
        ({"CODE_review": "137"}, 2),
        ({"CODE_validate": "141"}, 2),
    ],
)
def test_the_exit_code_is_the_worst(recorded: dict[str, str], codes: dict[str, str], worst: int) -> None:
    assert check(recorded, **codes).returncode == worst
    said = Path("../out/comment.md").read_text()
    assert said.startswith("the output of review\n")
    assert said.count("nothing to report") == 3 - len(codes)
    assert check(recorded, KEA_HAC="/nowhere/kea-hac").returncode == 2


def test_a_link_in_the_repository_is_not_written_through(recorded: dict[str, str]) -> None:
    Path("../precious").mkdir()
    Path("kea-hac-review").symlink_to("../precious")
    assert check(recorded, KEA_HAC_OUT="kea-hac-review").returncode == 2
    assert os.listdir("../precious") == []
    Path("kea-hac-review").unlink()
    Path("kea-hac-review").mkdir()
    Path("../precious/file").write_text("mine")
    for name in ("comment.md", "review.md", "status.md", "code-quality.json"):
        Path("kea-hac-review", name).symlink_to("../../precious/file")
    check(recorded, KEA_HAC_OUT="kea-hac-review", KEA_HAC_FORMAT="gitlab")
    assert Path("../precious/file").read_text() == "mine"


# the comment


class Api(FakeApi):
    """The comments of one pull request."""

    def __init__(self) -> None:
        super().__init__()
        self.comments: list[dict[str, Any]] = []
        self.next = 1

    def add(self, body: str, user: str) -> None:
        self.comments.append({"id": self.next, "body": body, "user": {"login": user}, "author": {"id": user}})
        self.next += 1

    def result(self, command: str, url: SplitResult, content: Any) -> Any:
        if url.path == "/user":
            return {"id": "bot"}
        if command == "GET":
            page = int(parse_qs(url.query)["page"][0])
            return self.comments[(page - 1) * 100 : page * 100]
        if command == "POST":
            self.add(content["body"], "bot")
        else:
            number = int(url.path.rpartition("/")[2])
            next(each for each in self.comments if each["id"] == number)["body"] = content["body"]
        return {}


@pytest.fixture
def api() -> Iterator[Api]:
    with Api().running() as server:
        yield server


def comment(api: Api, kind: str, text: str, **more: str) -> subprocess.CompletedProcess[str]:
    Path("comment.md").write_text(text)
    Path("event.json").write_text(json.dumps({"pull_request": {"number": 7, "title": "$(touch pwned)"}}))
    values = {
        "PATH": os.environ["PATH"],
        "KEA_HAC_TOKEN": "t0ken",
        "KEA_HAC_AUTHOR": "bot",
        "GITHUB_API_URL": api.url,
        "GITHUB_REPOSITORY": "site/dhcp",
        "GITHUB_EVENT_PATH": "event.json",
        "CI_API_V4_URL": api.url,
        "CI_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_IID": "7",
        **more,
    }
    command = [sys.executable, "-I", str(TOP / "ci/comment.py"), kind, "comment.md"]
    return subprocess.run(command, env=values, capture_output=True, text=True, check=False)


KINDS = pytest.mark.parametrize("kind", ["github", "gitlab"])
PATHS = {
    "github": ("/repos/site/dhcp/issues/7/comments", "PATCH /repos/site/dhcp/issues/comments/"),
    "gitlab": ("/projects/12/merge_requests/7/notes", "PUT /projects/12/merge_requests/7/notes/"),
}


@KINDS
def test_one_comment_is_written_and_then_updated(api: Api, kind: str) -> None:
    api.add("a word", "somebody")
    for text, said in (("one", "was written"), ("two", "was updated"), ("two", "up to date")):
        done = comment(api, kind, text)
        assert (done.returncode, said in done.stdout) == (0, True), done.stderr
    assert [each["body"] for each in api.comments] == ["a word", f"{MARKER}\ntwo"]
    path, update = PATHS[kind]
    changes = [each for each in api.asked if not each.startswith("GET")]
    assert changes == [f"POST {path}", f"{update}2"]


@KINDS
def test_a_comment_of_somebody_else_with_our_mark_is_never_changed(api: Api, kind: str) -> None:
    api.add(f"{MARKER}\nlooks good to me", "somebody")
    assert comment(api, kind, "one").returncode == 0
    assert [each["body"] for each in api.comments] == [f"{MARKER}\nlooks good to me", f"{MARKER}\none"]


@KINDS
def test_our_comment_is_found_behind_many_others(api: Api, kind: str) -> None:
    for number in range(250):
        api.add(f"comment {number}", "somebody")
    comment(api, kind, "one")
    comment(api, kind, "two")
    assert len(api.comments) == 251
    assert api.comments[-1]["body"] == f"{MARKER}\ntwo"


@KINDS
@pytest.mark.parametrize("status", [302, 307, 403, 404, 500])
def test_a_refusal_and_a_redirect_are_named_without_the_token(api: Api, kind: str, status: int) -> None:
    api.refuse = status
    done = comment(api, kind, "one")
    assert done.returncode == 1
    assert str(status) in done.stderr
    assert "t0ken" not in done.stdout + done.stderr
    assert not [each for each in api.asked if "elsewhere" in each]
    assert ("may only read" in done.stderr) == (status in (403, 404))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"GITHUB_API_URL": "http://192.0.2.1"}, "by https only"),
        ({"KEA_HAC_TOKEN": ""}, "KEA_HAC_TOKEN is not set"),
        ({"GITHUB_EVENT_PATH": "none.json"}, "none.json"),
    ],
)
def test_what_is_missing_is_named(api: Api, more: dict[str, str], words: str) -> None:
    done = comment(api, "github", "one", **more)
    assert done.returncode == 2
    assert words in done.stderr
    assert api.asked == []


@KINDS
def test_a_text_has_no_second_mark_and_fits(api: Api, kind: str) -> None:
    comment(api, kind, f"{MARKER}\n" + "line\n" * 30_000)
    (only,) = api.comments
    assert only["body"].count(MARKER) == 1
    assert len(only["body"]) < 65_536
    assert only["body"].endswith("(cut here: the comment would be too long)\n")


def test_the_wrapper_fails_no_job(api: Api) -> None:
    script = str(TOP / "ci/comment.sh")
    environment = {"PATH": os.environ["PATH"], "PYTHON": sys.executable}
    done = subprocess.run([script, "github", "none.md"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "no comment: the checks did not run\n")
    Path("comment.md").write_text("one")
    done = subprocess.run(
        [script, "github", "comment.md"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "no comment: GITHUB_EVENT_PATH is not set" in done.stderr
    assert "the review is in the log of this job" in done.stderr
