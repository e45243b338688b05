"""The scheduled job that adopts changes of the servers: ci/adopt.sh with a local remote and saved answers, ci/request.py with stand-ins for
the two APIs, and the three files that call them."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs

import pytest
from ruamel.yaml import YAML

import kea_hac
from kea_hac.kea.config import DAEMONS
from kea_hac.kea.config_get import predict
from tests.cli.conftest import COMMAND, Spec
from tests.cli.fake_api import FakeApi
from tests.cli.test_channels import no_channel
from tests.cli.test_ci_scripts import TOP, tool

ACTION = TOP / "deploy/github/adopt/action.yml"
WORKFLOW = TOP / "deploy/github/kea-hac-adopt.yml"
TEMPLATE = TOP / "deploy/gitlab/kea-hac-adopt.gitlab-ci.yml"
KINDS = pytest.mark.parametrize("kind", ["github", "gitlab"])
PATHS = {
    "github": ("/repos/site/dhcp/pulls", "PATCH", "body", "head"),
    "gitlab": ("/projects/12/merge_requests", "PUT", "description", "source_branch"),
}


@pytest.mark.parametrize(
    ("schema", "path"),
    [("github-actions", ACTION), ("github-workflows", WORKFLOW), ("gitlab-ci", TEMPLATE)],
    ids=["action", "workflow", "gitlab"],
)
def test_the_files_are_valid_by_their_schemas(schema: str, path: Path) -> None:
    done = tool("check-jsonschema", "--builtin-schema", f"vendor.{schema}", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_input_is_written_into_a_script_and_each_is_used() -> None:
    action = YAML(typ="safe").load(ACTION)
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        (script,) = re.findall(r"/ci/[a-z-]+\.sh", step["run"])
        assert (TOP / script[1:]).exists()
    read = set(re.findall(r"inputs\.([a-z-]+)", ACTION.read_text()))
    assert read == set(action["inputs"])
    given = YAML(typ="safe").load(WORKFLOW)["jobs"]["adopt"]["steps"][-1]
    assert given["with"].keys() <= action["inputs"].keys()
    assert given["uses"].partition("@")[0].endswith(str(ACTION.parent.relative_to(TOP)))


class Forge(FakeApi):
    """The requests of one repository, each as it was sent, with its number and state."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[dict[str, Any]] = []

    def result(self, command: str, url: SplitResult, content: Any) -> Any:
        if command == "GET":
            query = {key: value[0] for key, value in parse_qs(url.query).items()}
            branch = query.get("source_branch") or query["head"].removeprefix("site:")
            base = query.get("target_branch") or query["base"]
            assert query["state"] in ("open", "opened")
            return [
                each
                for each in self.requests
                if branch in (each.get("head"), each.get("source_branch"))
                and base in (each.get("base"), each.get("target_branch"))
                and each["open"]
            ]
        if command == "POST":
            number = len(self.requests) + 1
            self.requests.append({**content, "number": number, "iid": number, "open": True})
            return self.requests[-1]
        self.requests[int(url.path.rpartition("/")[2]) - 1].update(content)
        return {}


@pytest.fixture
def forge() -> Iterator[Forge]:
    with Forge().running() as server:
        yield server


def variables(forge: Forge) -> dict[str, str]:
    return {
        "KEA_HAC_TOKEN": "t0ken",
        "GITHUB_API_URL": forge.url,
        "GITHUB_REPOSITORY": "site/dhcp",
        "CI_API_V4_URL": forge.url,
        "CI_PROJECT_ID": "12",
    }


def request(forge: Forge, kind: str, text: str) -> subprocess.CompletedProcess[str]:
    Path("text.md").write_text(text)
    command = [sys.executable, "-I", str(TOP / "ci/request.py"), kind, "kea-hac/adopt", "main", "text.md"]
    return subprocess.run(command, env=variables(forge), capture_output=True, text=True, check=False)


@KINDS
def test_one_request_is_opened_and_then_updated(forge: Forge, kind: str) -> None:
    path, update, text, branch = PATHS[kind]
    forge.requests.append({branch: "feature", "base": "main", "target_branch": "main", "open": True})
    for content, outcome in (("one", "2 was opened"), ("two", "2 was updated"), ("two", "2 is up to date")):
        done = request(forge, kind, content)
        assert (done.returncode, outcome in done.stdout) == (0, True), done.stderr
    assert [each for each in forge.asked if not each.startswith("GET")] == [f"POST {path}", f"{update} {path}/2"]
    assert forge.requests[1][text] == "two"
    assert forge.requests[1][branch] == "kea-hac/adopt"
    forge.requests[1]["open"] = False
    assert "3 was opened" in request(forge, kind, "two").stdout


@KINDS
def test_a_refusal_is_named_without_the_token_and_a_long_text_fits(forge: Forge, kind: str) -> None:
    assert request(forge, kind, "line\n" * 30_000).returncode == 0
    assert len(forge.requests[0][PATHS[kind][2]]) < 65_536
    forge.refuse = 422
    done = request(forge, kind, "other")
    assert done.returncode == 1
    assert "422" in done.stderr
    assert "t0ken" not in done.stdout + done.stderr


# the job


@pytest.fixture
def clone(spec: Spec, environment: dict[str, str], forge: Forge) -> dict[str, str]:
    """A clone with two specs and their tree, beside it a remote and the answers of servers that are in sync. Its environment."""
    wrapper = Path("kea-hac-command")
    wrapper.write_text(f'#!/bin/sh\nexec {COMMAND[0]} -m kea_hac "$@"\n')
    wrapper.chmod(0o755)
    person = {f"GIT_{part}_{key}": "person@site" for part in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    made = {
        **environment,
        "GIT_CONFIG_GLOBAL": os.devnull,
        **variables(forge),
        "KEA_HAC": str(wrapper.resolve()),
        "KEA_HAC_SPECS": "specs",
        "KEA_HAC_BASE": "main",
        "KEA_HAC_FORGE": "github",
        "KEA_HAC_OUT": str(Path("out").resolve()),
        "KEA_HAC_OPTIONS": f"--live={Path('live').resolve()}",
        "PYTHON": sys.executable,
    }
    for pair in ("campus", "branch"):
        spec(f"work/specs/{pair}.yaml", pair)
    Path("work/specs/shared.yaml").write_text("[]\n")
    git("init", "-q", "--bare", "-b", "main", "remote.git")
    os.chdir("work")
    git("init", "-q", "-b", "main")
    subprocess.run(
        [*COMMAND, "build", "specs/campus.yaml", "specs/branch.yaml"], env=made, check=True, capture_output=True
    )
    git("add", "-A")
    subprocess.run(["git", "commit", "-qm", "specs"], env={**made, **person}, check=True)
    git("remote", "add", "origin", "../remote.git")
    git("push", "-q", "origin", "main")
    return made


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout.strip()


def save(spec: str, pool: str | None = None) -> None:
    """The answer of the server of one spec, which is asked alone: with another pool, where one is given."""
    made = kea_hac.compile_spec(Path(spec))
    assert made.build is not None
    assert made.site is not None
    (artifact,) = [each for each in made.build.artifacts if each.name == "kea-dhcp4.conf"]
    assert artifact.tree is not None
    node, daemon = made.site.nodes[0], DAEMONS["kea-dhcp4.conf"]
    config = copy.deepcopy(dict(predict(daemon, artifact.tree[daemon.top], node.version, node.platform)))
    if pool is not None:
        config["subnet4"][0]["pools"][0]["pool"] = pool
    path = Path("../live/s1/kea-dhcp4.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([{"result": 0, "arguments": {daemon.top: config}}]))


def run(environment: dict[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    command = [str(TOP / "ci/adopt.sh")]
    done = subprocess.run(command, env={**environment, **more}, capture_output=True, text=True, check=False)
    git("checkout", "-q", "--force", "main")  # the next run begins in a fresh clone
    git("reset", "-q", "--hard", "origin/main")
    git("clean", "-qfd")
    return done


ONE = {"KEA_HAC_SPECS": "specs/campus.yaml"}


def test_nothing_was_changed(clone: dict[str, str], forge: Forge) -> None:
    save("specs/campus.yaml")
    done = run(clone, **ONE)
    assert (done.returncode, "no change to adopt" in done.stdout) == (0, True), done.stderr
    assert forge.asked == []
    assert git("ls-remote", "origin") == git("ls-remote", "origin", "HEAD", "main")


def test_a_change_becomes_one_request_that_follows_the_servers(clone: dict[str, str], forge: Forge) -> None:
    save("specs/campus.yaml", "192.0.2.100-192.0.2.240")
    done = run(clone, **ONE)
    assert (done.returncode, "request 1 was opened" in done.stdout) == (0, True), done.stderr
    first = git("ls-remote", "origin", "kea-hac/adopt").split()[0]
    assert "192.0.2.240" in git("show", f"{first}:specs/campus.yaml")
    assert "192.0.2.240" in git("show", f"{first}:build/campus/s1/kea-dhcp4.conf"), "the tree is up to date"
    assert git("log", "--format=%ae %P", "-1", first) == f"kea-hac@localhost {git('rev-parse', 'main')}"
    assert "192.0.2.240" in forge.requests[0]["body"]
    assert git("show", "--name-only", "--format=", first).split() == [
        "build/campus/manifest.json",
        "build/campus/s1/kea-dhcp4.conf",
        "specs/campus.yaml",
    ]

    again = run(clone, **ONE)
    assert (again.returncode, "kea-hac/adopt is up to date" in again.stdout) == (0, True), again.stderr
    assert git("ls-remote", "origin", "kea-hac/adopt").split()[0] == first

    save("specs/campus.yaml", "192.0.2.100-192.0.2.250")
    assert "request 1 was updated" in run(clone, **ONE).stdout
    second = git("ls-remote", "origin", "kea-hac/adopt").split()[0]
    assert git("log", "--format=%P", "-1", second) == git("rev-parse", "main"), "made again, not on top"
    assert len(forge.requests) == 1
    assert "192.0.2.240" not in forge.requests[0]["body"]


def test_of_a_folder_the_specs_are_meant_and_one_that_fails_stops_no_other(clone: dict[str, str], forge: Forge) -> None:
    save("specs/campus.yaml", "192.0.2.100-192.0.2.240")
    done = run(clone)
    assert done.returncode == 1, "the answer is not that of the branch's server, and it has another subnet in its place"
    asked = [line for line in done.stdout.splitlines() if line.startswith("specs/")]
    assert asked == ["specs/branch.yaml", "specs/campus.yaml"]
    assert "192.0.2.240" in git("show", "origin/kea-hac/adopt:specs/campus.yaml")
    (only,) = forge.requests
    assert "branch" in only["body"]


def test_a_server_that_cannot_be_read_fails_the_job_and_changes_nothing(clone: dict[str, str], forge: Forge) -> None:
    Path("../live").mkdir()
    assert run(clone, **ONE).returncode == 2
    assert forge.asked == []


def test_a_commit_of_somebody_else_on_the_branch_is_kept(clone: dict[str, str], forge: Forge) -> None:
    save("specs/campus.yaml", "192.0.2.100-192.0.2.240")
    run(clone, **ONE)
    git("checkout", "-q", "origin/kea-hac/adopt")
    git("-c", "user.name=p", "-c", "user.email=p@site", "commit", "-q", "--allow-empty", "-m", "a reason")
    git("push", "-q", "origin", "HEAD:kea-hac/adopt")
    theirs = git("rev-parse", "HEAD")
    git("checkout", "-q", "main")
    done = run(clone, **ONE)
    assert done.returncode == 2
    assert "kea-hac/adopt has commits of p@site" in done.stderr
    assert git("ls-remote", "origin", "kea-hac/adopt").split()[0] == theirs


def test_what_is_missing_is_named(clone: dict[str, str]) -> None:
    for name in ("KEA_HAC_SPECS", "KEA_HAC_BASE", "KEA_HAC_FORGE"):
        done = run(clone, **{name: ""})
        assert (done.returncode, done.stderr) == (2, f"{name} is not set\n")
    Path("specs/campus.yaml").write_text("changed\n")
    done = run(clone)
    assert done.returncode == 2
    assert "run this in a fresh one" in done.stderr


def test_hostile_names_are_one_argument(clone: dict[str, str]) -> None:
    strange = "$(touch pwned) `touch pwned`; touch pwned"
    run(clone, KEA_HAC_SPECS=strange, KEA_HAC_OPTIONS=f"--live={strange}", KEA_HAC_BASE=strange)
    assert not [*Path("..").rglob("pwned")]


@pytest.mark.parametrize(
    "name",
    ["a\\n::error::EVIL", "a\n::add-mask::EVIL", "a ##vso[task.x]EVIL", "a\\033[2K", "a\u202eb", "::group::EVIL"],
)
def test_the_log_obeys_no_name_of_a_file(clone: dict[str, str], name: str) -> None:
    """The log is that of a job: a name is one line of it. The shell's echo would turn a backslash and an n into two lines."""
    Path(f"specs/{name}.yaml").write_text("kea-hac: 1\n", "utf-8")
    git("add", "-A")
    git("-c", "user.name=p", "-c", "user.email=p@site", "commit", "-qm", "merged")
    git("push", "-q", "origin", "HEAD:main")
    done = run(clone)
    no_channel(done.stdout)
    no_channel(done.stderr)
    assert len([line for line in done.stdout.splitlines() if line.startswith("specs/")]) == 3
