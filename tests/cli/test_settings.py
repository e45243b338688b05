"""kea-hac.toml and the commands: the command line wins, nothing is switched off silently."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Call, Spec

HOST_BITS = ("subnet: 192.0.2.0/24", "subnet: 192.0.2.1/24")


@pytest.fixture(autouse=True)
def _work_tree(_own_environment: None) -> None:
    Path(".git").mkdir()


@pytest.fixture
def warned(spec: Spec) -> str:
    """A spec with one warning, KH212."""
    path = Path(spec("specs/campus.yaml"))
    path.write_text(path.read_text("utf-8").replace(*HOST_BITS), "utf-8")
    return str(path)


@pytest.fixture
def wrong(spec: Spec) -> str:
    """A spec with one error that a comment could suppress, KH201."""
    return spec("specs/campus.yaml", pool="192.0.3.100 - 192.0.3.199")


def toml(text: str, folder: str = ".") -> None:
    Path(folder, "kea-hac.toml").write_text(text, "utf-8")


def test_the_file_says_what_is_read_and_where_it_is_built(call: Call, spec: Spec) -> None:
    spec("specs/campus.yaml")
    spec("other/second.yaml", "second")
    toml('specs = ["specs"]\noutput = "made"\n')
    assert "1 spec" in call("validate").err
    assert call("build").code == 0
    assert os.listdir("made") == ["campus"]
    assert call("build", "other", "-o", "elsewhere").code == 0
    assert os.listdir("elsewhere") == ["second"]


def test_paths_are_those_of_the_files_folder(call: Call, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    spec("specs/campus.yaml")
    toml('specs = ["specs/*.yaml"]\noutput = "made"\n')
    monkeypatch.chdir("specs")
    assert call("build").code == 0
    assert os.listdir("../made") == ["campus"]


def test_without_specs_the_next_step_is_named(call: Call) -> None:
    for command in ("validate", "build"):
        called = call(command)
        assert called.code == 2
        assert "name specs, files or folders, or set `specs` in kea-hac.toml" in called.err


def test_the_command_line_wins(call: Call, warned: str) -> None:
    toml('fail-on = "warning"\n')
    assert call("validate", warned).code == 1
    assert call("validate", warned, "--fail-on", "error").code == 0


def test_what_is_ignored_is_counted_and_listed_for_programs(call: Call, warned: str) -> None:
    toml('fail-on = "warning"\n[ignore]\nKH212 = "renumbered in 2027"\n')
    called = call("validate", warned)
    assert called.code == 0
    assert "KH212" not in called.out
    assert "no findings in 1 spec; 1 finding ignored by kea-hac.toml" in called.err
    (ignored,) = json.loads(call("validate", warned, "--format", "json").out)["ignored"]
    assert (ignored["rule"], ignored["reason"], ignored["ignored-by"]) == (
        "KH212",
        "renumbered in 2027",
        "kea-hac.toml:3",
    )


def test_an_entry_that_ignores_nothing_is_a_finding_of_a_run_over_everything(call: Call, spec: Spec) -> None:
    path = spec("specs/campus.yaml")
    toml('specs = ["specs"]\n\n[ignore]\nKH212 = "why"\n')
    called = call("validate", "--fail-on", "warning")
    assert called.code == 1
    assert "unused-ignore]: no finding is a KH212\n --> kea-hac.toml:4:1" in called.out
    assert call("validate", path, "--fail-on", "warning").code == 0, "it may ignore something in the other specs"
    assert call("validate", ".", "--fail-on", "warning").code == 1


def test_severity_by_rule(call: Call, warned: str) -> None:
    toml('[severity]\nsubnet-with-host-bits = "error"\n')
    called = call("validate", warned)
    assert called.code == 1
    assert "error[KH212" in called.out
    assert call("build", warned).code == 1, "what the site calls an error is one for build as well"
    assert not Path("build").exists()


@pytest.mark.parametrize(
    "text", ['[ignore]\n{} = "not now"\n', '[severity]\n{} = "info"\n', 'select = ["KH9"]\n# {}\n']
)
def test_an_error_keeps_build_from_writing_whatever_the_file_says(call: Call, wrong: str, text: str) -> None:
    code = json.loads(call("validate", wrong, "--format", "json").out)["findings"][0]["rule"]
    toml(text.format(code))
    assert call("validate", wrong).code == 0
    for arguments in ((), ("--check",), ("--stdout",)):
        called = call("build", wrong, *arguments)
        assert called.code == 1
        assert "is an error, whatever kea-hac.toml says, and nothing is written" in called.err
        assert "# kea-hac: ignore[" in called.err
    assert not Path("build").exists()


def test_lint_uses_the_file_beside_its_inputs(call: Call) -> None:
    conf = Path("k1/kea-dhcp4.conf")
    conf.parent.mkdir()
    conf.write_text('{"Dhcp4": {"subnet4": [{"id": 1, "subnet": "192.0.2.1/24"}]}}')
    assert "KH212" in call("lint", "k1", "--kea", "3.0").out
    toml('[ignore]\nKH212 = {reason = "why", paths = ["k1/*"]}\n')
    called = call("lint", "k1", "--kea", "3.0")
    assert "KH212" not in called.out
    assert "1 finding ignored by kea-hac.toml" in called.err
    toml('[ignore]\nKH212 = {reason = "why", paths = ["k2/*"]}\n')
    assert "KH212" in call("lint", "k1", "--kea", "3.0").out


@pytest.mark.parametrize("second", ["pyproject.toml", "specs/kea-hac.toml"])
def test_two_files_are_an_error_that_names_both(call: Call, warned: str, second: str) -> None:
    toml('fail-on = "warning"\n')
    Path(second).write_text('[tool.kea-hac]\nfail-on = "error"\n' if "py" in second else 'fail-on = "error"\n')
    called = call("validate", warned)
    assert called.code == 2
    assert "both have settings of kea-hac: keep them in one file" in called.err
    assert second in called.err
    assert "kea-hac.toml" in called.err


def test_pyproject_of_another_tool_does_not_matter(call: Call, warned: str) -> None:
    toml('fail-on = "warning"\n')
    Path("pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert call("validate", warned).code == 1


def test_the_search_ends_at_the_top_of_the_work_tree(call: Call, warned: str, tmp_path: Path) -> None:
    toml("broken = 1\n", "..")
    assert call("validate", warned).code == 0
    (tmp_path.parent / "kea-hac.toml").unlink()


def test_a_file_for_other_inputs_does_not_count(call: Call, warned: str, monkeypatch: pytest.MonkeyPatch) -> None:
    toml("broken = 1\n")
    Path("elsewhere/.git").mkdir(parents=True)
    monkeypatch.chdir("elsewhere")
    assert call("validate", "../specs").code == 2
    assert call("config").code == 0
    assert call("config", "../specs").code == 2


@pytest.mark.parametrize("wanted", [">=99", "<0.0.1", "==7.*"])
def test_another_version_is_required(call: Call, warned: str, wanted: str) -> None:
    toml(f'required-version = "{wanted}"\n')
    for command in ("validate", "build", "lint"):
        called = call(command, warned)
        assert called.code == 2
        assert "kea-hac.toml:1: required-version is" in called.err
        assert "install one of these versions" in called.err
    toml('required-version = ">=0.0.1"\n')
    assert call("validate", warned).code == 0


def test_links_do_not_lead_out(call: Call, spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> None:
    spec("specs/campus.yaml")
    outside = tmp_path_factory.mktemp("outside")
    Path("made").symlink_to(outside)
    toml('specs = ["specs"]\noutput = "made"\n')
    called = call("build")
    assert called.code == 2
    assert "outside of" in called.err
    assert os.listdir(outside) == []
    Path("kea-hac.toml").rename(outside / "kea-hac.toml")
    Path("kea-hac.toml").symlink_to(outside / "kea-hac.toml")
    assert "kea-hac.toml cannot be read" in call("build").err


def test_config_shows_what_holds_and_where_it_is_set(call: Call) -> None:
    toml(
        'fail-on = "warning"\n[ignore]\nKH212 = "why"\n[severity]\nold-spelling = "error"\n[review]\nmax-removed-subnets = 2\n'
    )
    called = call("config")
    assert called.code == 0
    lines = [line.split() for line in called.out.splitlines()]
    assert ["fail-on", "warning", "(kea-hac.toml:1)"] in lines
    assert ["output", "build", "(default)"] in lines
    assert ["ignore.KH212", "why", "(kea-hac.toml:3)"] in lines
    assert ["severity.KH130", "error", "(kea-hac.toml:5)"] in lines
    assert ["review.max-removed-subnets", "2", "(kea-hac.toml:7)"] in lines
    shown = json.loads(call("config", "--format", "json").out)
    assert shown["file"] == "kea-hac.toml"
    assert shown["settings"]["fail-on"] == {"value": "warning", "set": "kea-hac.toml:1"}
    assert shown["settings"]["specs"] == {"value": None, "set": "default"}


def test_config_without_a_file(call: Call) -> None:
    called = call("config")
    assert called.code == 0
    assert called.out.startswith("settings: no kea-hac.toml\n")


def test_what_the_site_ignores_is_not_repaired(call: Call, warned: str) -> None:
    toml('[ignore]\nKH212 = "renumbered in 2027"\n')
    before = Path(warned).read_text("utf-8")
    called = call("validate", warned, "--fix", "--diff", "--fail-on", "warning")
    assert (called.code, called.out) == (0, "")
    assert call("validate", warned, "--fix").code == 0
    assert Path(warned).read_text("utf-8") == before
    Path("kea-hac.toml").unlink()
    assert call("validate", warned, "--fix").code == 0
    assert Path(warned).read_text("utf-8") != before
