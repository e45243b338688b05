"""The hooks as pre-commit runs them at a real `git commit`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import kea_hac
from tests.cli.conftest import Spec

TOP = Path(kea_hac.__file__).parents[1]
HOOKS: list[dict[str, Any]] = YAML(typ="safe").load(TOP / ".pre-commit-hooks.yaml")


SPEC_HOOKS = frozenset({"kea-hac-validate", "kea-hac-build"})


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Git and pre-commit that know nothing of who runs the tests."""
    home = tmp_path / "home"
    home.mkdir()
    who = {
        f"GIT_{part}_{key}": value
        for part in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "t"), ("EMAIL", "t@t"))
    }
    return {
        **who,
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(TOP),
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
    }


def _run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)


def _local(arguments: dict[str, list[str]], without: frozenset[str] = frozenset()) -> str:
    """A configuration with our own hook definitions, those for specs and those with arguments, run by this interpreter instead of one that pre-commit installs."""
    hooks = []
    for hook in (each for each in HOOKS if each["id"] in {*SPEC_HOOKS, *arguments} - without):
        entry = hook["entry"].replace("kea-hac", f"{sys.executable} -m kea_hac", 1)
        hooks.append({**hook, "language": "system", "entry": entry, "args": arguments.get(hook["id"], hook["args"])})
    return repr({"repos": [{"repo": "local", "hooks": hooks}]})


def _commit(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    assert _run(environment, "git", "add", "-A").returncode == 0
    return _run(environment, "git", "commit", "-qm", "x")


@pytest.fixture
def repository(environment: dict[str, str], spec: Spec) -> Path:
    """A repository with a spec, a list that it includes, a tree that is up to date, and the hooks; all committed."""
    top = Path("fleet")
    path = Path(spec("fleet/specs/campus.yaml"))
    path.write_text(path.read_text() + "      reservations: !csv hosts.csv\n")
    Path("fleet/specs/hosts.csv").write_text("hw-address,ip-address\n08:00:27:00:00:01,192.0.2.20\n")
    os.chdir(top)
    for command in (
        ("git", "init", "-q"),
        (sys.executable, "-m", "kea_hac", "build", ".", "-o", "tree"),
        (sys.executable, "-m", "pre_commit", "install"),
    ):
        done = _run(environment, *command)
        assert done.returncode == 0, done.stderr
    Path(".gitignore").write_text("/home/\n")
    Path(".pre-commit-config.yaml").write_text(_local({"kea-hac-build": [".", "-o", "tree"]}))
    done = _commit(environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return top


def test_the_definitions_are_valid(environment: dict[str, str]) -> None:
    done = _run(
        environment, sys.executable, "-m", "pre_commit", "validate-manifest", str(TOP / ".pre-commit-hooks.yaml")
    )
    assert done.returncode == 0, done.stdout
    assert [hook["id"] for hook in HOOKS] == ["kea-hac-validate", "kea-hac-build", "kea-hac-lint"]


@pytest.mark.usefixtures("repository")
def test_a_mistake_in_an_included_file_stops_the_commit(environment: dict[str, str]) -> None:
    Path("specs/hosts.csv").write_text("hw-address,ip-adress\n08:00:27:00:00:01,192.0.2.20\n")
    done = _commit(environment)
    assert done.returncode == 1
    assert "specs/hosts.csv:1:12" in done.stderr
    assert done.stderr.count("exit code: 1") == 2


@pytest.mark.usefixtures("repository")
def test_a_change_that_was_not_built_stops_the_commit(environment: dict[str, str]) -> None:
    Path("specs/hosts.csv").write_text("hw-address,ip-address\n08:00:27:00:00:01,192.0.2.21\n")
    done = _commit(environment)
    assert done.returncode == 1
    assert "stale: tree/campus/s1/kea-dhcp4.conf" in done.stderr
    assert done.stderr.count("exit code: 1") == 1
    assert _run(environment, sys.executable, "-m", "kea_hac", "build", ".", "-o", "tree").returncode == 0
    assert _commit(environment).returncode == 0


@pytest.mark.usefixtures("repository")
def test_a_built_file_that_was_edited_or_removed_stops_the_commit(environment: dict[str, str]) -> None:
    built = Path("tree/campus/s1/kea-dhcp4.conf")
    built.write_text(built.read_text().replace("192.0.2.20", "192.0.2.30"))
    assert "altered: tree/campus/s1/kea-dhcp4.conf" in _commit(environment).stderr
    built.unlink()
    done = _commit(environment)
    assert done.returncode == 1
    assert "missing: tree/campus/s1/kea-dhcp4.conf" in done.stderr


@pytest.mark.usefixtures("repository")
def test_a_spec_that_was_removed_without_its_tree_stops_the_commit(environment: dict[str, str], spec: Spec) -> None:
    spec("specs/other.yaml", "other")
    Path("specs/campus.yaml").unlink()
    done = _commit(environment)
    assert done.returncode == 1
    assert "orphan: tree/campus" in done.stderr


@pytest.mark.usefixtures("repository")
def test_a_new_pair_whose_build_was_not_added_stops_the_commit(environment: dict[str, str], spec: Spec) -> None:
    spec("specs/other.yaml", "other")
    assert _run(environment, sys.executable, "-m", "kea_hac", "build", ".", "-o", "tree").returncode == 0
    assert _run(environment, "git", "add", "specs").returncode == 0
    done = _run(environment, "git", "commit", "-qm", "x")
    assert done.returncode == 1
    assert "untracked: tree/other/manifest.json" in done.stderr
    assert _commit(environment).returncode == 0
    Path("specs/hosts.csv").write_text("hw-address,ip-address\n08:00:27:00:00:01,192.0.2.21\n")
    assert _run(environment, sys.executable, "-m", "kea_hac", "build", ".", "-o", "tree").returncode == 0
    assert _run(environment, "git", "commit", "-qam", "x").returncode == 0


@pytest.mark.usefixtures("repository")
def test_an_emptied_spec_stops_the_commit(environment: dict[str, str], spec: Spec) -> None:
    spec("specs/other.yaml", "other")
    assert _run(environment, sys.executable, "-m", "kea_hac", "build", ".", "-o", "tree").returncode == 0
    assert _commit(environment).returncode == 0
    Path("specs/other.yaml").write_text("# other\n")
    done = _commit(environment)
    assert done.returncode == 1
    assert "specs/other.yaml" in done.stderr.split("kea-hac build", 1)[0]


@pytest.mark.usefixtures("repository")
def test_what_has_nothing_to_do_with_it_is_committed(environment: dict[str, str]) -> None:
    Path("README").write_text("words\n")
    assert _commit(environment).returncode == 0


KEA_FILE = """\
{"Dhcp4": {"interfaces-config": {"interfaces": ["eth0"]}, "valid-lifetime": 3600,
  "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.10 - 192.0.2.99"}]}]}}
"""


def test_a_mistake_in_a_file_of_kea_stops_the_commit(environment: dict[str, str]) -> None:
    Path("site/kea1").mkdir(parents=True)
    os.chdir("site")
    for command in (("git", "init", "-q"), (sys.executable, "-m", "pre_commit", "install")):
        assert _run(environment, *command).returncode == 0
    Path(".pre-commit-config.yaml").write_text(_local({"kea-hac-lint": ["."]}, SPEC_HOOKS))
    conf = Path("kea1/kea-dhcp4.conf")
    conf.write_text(KEA_FILE)
    done = _commit(environment)
    assert done.returncode == 0, done.stdout + done.stderr
    conf.write_text(KEA_FILE.replace("valid-lifetime", "valid-lifetme"))
    done = _commit(environment)
    assert done.returncode == 1
    assert "kea1/kea-dhcp4.conf:1:" in done.stderr
    assert "write 'valid-lifetime'" in done.stderr


@pytest.mark.skipif(
    os.environ.get("KEA_HAC_TRY_REPO") != "1",
    reason="installs this checkout from the network; KEA_HAC_TRY_REPO=1 runs it",
)
@pytest.mark.parametrize("pair", ["campus", "-campus"])
def test_pre_commit_installs_this_checkout(environment: dict[str, str], spec: Spec, pair: str) -> None:
    """`pre-commit try-repo` clones, builds and installs it in an environment of its own."""
    checkout = Path("checkout")
    for name in ("kea_hac", "ci", "deploy"):  # what a wheel is made of
        shutil.copytree(TOP / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", ".pre-commit-hooks.yaml", "LICENSE"):
        shutil.copy(TOP / name, checkout / name)
    (checkout / "README.md").write_text("Whatever it says, it installs.\n")
    spec("fleet/campus.yaml", pair)
    for folder in ("checkout", "fleet"):
        for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
            assert _run(environment, "git", "-C", folder, *command).returncode == 0
    os.chdir("fleet")
    alone = {name: value for name, value in environment.items() if name != "PYTHONPATH"}
    done = _run(alone, sys.executable, "-m", "pre_commit", "try-repo", "../checkout", "kea-hac-validate", "--verbose")
    assert done.returncode == (1 if pair.startswith("-") else 0), done.stdout + done.stderr
    assert ("no findings in 1 spec" in done.stdout) != pair.startswith("-")
    assert ("campus.yaml:2:7" in done.stdout) == pair.startswith("-")
