"""What README and the first pages of the documentation say is what the project does. `tests/docs` runs their blocks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import kea_hac
from kea_hac.cli.app import command_line
from kea_hac.kea.version import BRANCHES, PREVIEWS, PROVEN
from kea_hac.spec.load import MAY_DIFFER, TOP_KEYS
from tests.shipped import ROOT
from tests.specs import build

README = (ROOT / "README.md").read_text("utf-8")
LANGUAGE = (ROOT / "docs/language.md").read_text("utf-8")
COMMANDS = (ROOT / "docs/commands.md").read_text("utf-8")


def sections(text: str) -> dict[str, str]:
    """The text below each heading of the second level."""
    return dict(re.findall(r"(?ms)^## (.+?)\n(.*?)(?=^## |\Z)", text))


SECTION = {**sections(README), **sections(LANGUAGE)}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", text)


def test_readme_is_one_page() -> None:
    assert len(README.splitlines()) < 150


def test_there_are_exactly_two_set_up_commands() -> None:
    commands = [
        line
        for block in blocks(SECTION["Two commands"], "sh")
        for line in block.splitlines()
        if line and not line.startswith("#")
    ]
    assert len(commands) == 2
    assert commands[0].endswith(".venv/bin/kea-hac build specs/campus.yaml")
    assert (ROOT / "specs/campus.yaml").is_file()
    assert commands[1] == "tests/run"
    assert "tests/run" in (ROOT / ".ci/run").read_text("utf-8")


def test_the_first_example_compiles_to_the_files_listed() -> None:
    (spec,) = blocks(SECTION["A pair in thirty lines"], "yaml")
    (listed,) = re.findall(r"(?m)^```\n(build/campus.*?)^```", SECTION["A pair in thirty lines"], re.S)
    names = {line.split()[0] for line in listed.splitlines()}
    assert {f"build/campus/{path}" for path in build(spec).files} == names


def test_the_mistake_that_is_shown_is_shown_so(tmp_path: Path) -> None:
    (shown,) = re.findall(r"(?ms)^```\n(error.*?)^```", SECTION["A pair in thirty lines"])
    spec = (ROOT / "specs/branch.yaml").read_text("utf-8").replace("  split: even  ", "  # split: even")
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/branch.yaml").write_text(spec, "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "kea_hac", "validate", "specs/branch.yaml"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.startswith(shown)


def test_every_command_is_in_the_table() -> None:
    app = command_line()
    named = {command.name or str(command.callback.__name__) for command in app.registered_commands if command.callback}
    named |= {group.name for group in app.registered_groups if group.name}
    assert named <= set(re.findall(r"kea-hac ([a-z]+)", COMMANDS))


def test_the_published_list_is_published() -> None:
    for key in MAY_DIFFER:
        assert f"`{key}`" in SECTION["The language"]
    for key in TOP_KEYS - {"dhcp4", "dhcp6"}:
        assert f"`{key}" in SECTION["The language"]


def test_what_is_proven_is_said() -> None:
    table = SECTION["What is proven, and what is not"]
    for branch in BRANCHES:
        assert re.search(
            rf"(?m)^\|[^|]*{re.escape(branch)}[^|]*\|.*{'real' if branch in PROVEN else 'unproven'}", table
        )
    for branch in PREVIEWS:
        assert re.search(rf"(?m)^\|[^|]*{re.escape(branch)}[^|]*\| preview", table)


def test_the_python_example_runs() -> None:
    (code,) = blocks((ROOT / "docs/python.md").read_text("utf-8"), "python")
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert '"Dhcp4"' in run.stdout


def test_the_versions_agree() -> None:
    assert f'version = "{kea_hac.__version__}"' in (ROOT / "pyproject.toml").read_text("utf-8")
