"""What others rely on: the packages have everything, the files for hosts of code are valid, a release is refused where it is not ready."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import kea_hac
from tests.once import once
from tests.shipped import ROOT

PROJECT, DOCS = "https://git.example.org/team/kea-hac", "https://docs.example.org/kea-hac"
Contents = tuple[dict[str, bytes], dict[str, bytes]]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """The sdist, and the wheel that is built from it elsewhere: path → content."""
    return once(tmp_path_factory, "packages", lambda: _built(tmp_path_factory.mktemp("packages")))


def _built(folder: Path) -> Contents:
    addresses = {"KEA_HAC_PROJECT_URL": PROJECT, "KEA_HAC_DOCS_URL": DOCS + "/"}
    _hatchling(ROOT, "sdist", folder, addresses)
    (source,) = folder.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(folder / "source", filter="data")
    (top,) = (folder / "source").iterdir()
    _hatchling(top, "wheel", folder, {})
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive_of_wheel:
        in_wheel = {name: archive_of_wheel.read(name) for name in archive_of_wheel.namelist()}
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}, in_wheel


def _hatchling(where: Path, target: str, folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_sdist_has_everything_that_git_tracks(packages: Contents) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    if tracked == [""]:
        pytest.skip("this is no clone: it was unpacked from an sdist")
    missing = {each for each in tracked if each and (ROOT / each).is_file()} - packages[0].keys()
    assert missing == set()


def test_the_wheel_has_its_man_pages_and_completion(packages: Contents) -> None:
    _, wheel = packages
    data = f"kea_hac-{kea_hac.__version__}.data/data/share"
    for page in (ROOT / "deploy/man").iterdir():
        assert wheel[f"{data}/man/man1/{page.name}"] == page.read_bytes()
    for name in (
        "bash-completion/completions/kea-hac",
        "zsh/site-functions/_kea-hac",
        "fish/vendor_completions.d/kea-hac.fish",
    ):
        assert b"_KEA_HAC_COMPLETE" in wheel[f"{data}/{name}"]


def test_the_wheel_has_the_templates_of_the_page(packages: Contents) -> None:
    folder = ROOT / "kea_hac/report_page/templates"
    names = [each.name for each in folder.iterdir()]
    assert {"page.html.j2", "page.css"} <= set(names)
    for name in names:
        assert packages[1][f"kea_hac/report_page/templates/{name}"] == (folder / name).read_bytes()


def test_the_wheel_names_the_addresses_of_its_publisher(packages: Contents) -> None:
    """Also when it is built from the sdist, where nothing sets them."""
    metadata = packages[1][f"kea_hac-{kea_hac.__version__}.dist-info/METADATA"].decode()
    assert f"Project-URL: Documentation, {DOCS}\n" in metadata
    assert f"Project-URL: Source, {PROJECT}\n" in metadata


def test_no_address_is_invented() -> None:
    assert "https://" not in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.skipif(shutil.which("man") is None, reason="this machine has no man")
def test_man_reads_the_pages_without_a_warning() -> None:
    for page in (ROOT / "deploy/man").iterdir():
        command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(page)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), page


@pytest.mark.parametrize(
    ("shell", "line", "wanted"),
    [
        ("bash", "kea-hac lint --kea ", {"2.2", "3.0"}),
        ("zsh", "kea-hac ", {"validate", "preferences"}),
        ("fish", "kea-hac explain KH20", {"KH202"}),
    ],
)
def test_a_shell_completes(shell: str, line: str, wanted: set[str]) -> None:
    """Names of commands, versions of Kea, names of rules."""
    environment = {"_KEA_HAC_COMPLETE": f"complete_{shell}", "PATH": ""}
    environment |= {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    environment |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    command = [sys.executable, "-m", "kea_hac"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert wanted <= set(re.findall(r"[\w.-]+", done.stdout))


def test_the_files_for_hosts_of_code_are_valid() -> None:
    workflow = ROOT / ".github/workflows/release.yml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    released = re.search(r"gh release create .*", workflow.read_text("utf-8"))
    assert released is not None
    assert " dist/packages/* " in released[0]  # gh takes files and no folder; ci/release.sh puts the packages there
    for form in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        loaded = YAML(typ="safe").load(form)
        assert form.name == "config.yml" or {"name", "description", "body"} <= loaded.keys()


def test_the_container_uses_the_pinned_dependencies() -> None:
    text = (ROOT / "deploy/Containerfile").read_text("utf-8")
    assert "--require-hashes -r /source/ci/requirements.txt" in text
    assert "USER kea-hac" in text
    assert "hatchling==" in (ROOT / "ci/requirements.txt").read_text("utf-8")  # --no-build-isolation needs it
    for line in re.findall(r"(?m)^FROM (\S+)", text):
        assert line.rpartition(":")[2] != "latest"


@pytest.mark.parametrize("version", ["v9.9.9", kea_hac.__version__])
def test_a_release_that_is_not_ready_is_refused(tmp_path: Path, version: str) -> None:
    """A tag that is not the version; a version without a dated section in the changelog. Nothing is built."""
    (tmp_path / "ci").mkdir()
    for name in ("ci/release.sh", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- new\n")
    done = subprocess.run(["ci/release.sh", version], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert ("does not have version" if version == "v9.9.9" else "has no section") in done.stderr
    assert not (tmp_path / "dist").exists()


def test_the_changelog_has_dated_versions() -> None:
    titles = re.findall(r"(?m)^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert titles[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", each) for each in titles[1:])
