"""Every block of every page runs, or is valid, or says why no test runs it; every link leads somewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.docs.pages import Block, blocks, pages
from tests.docs.session import Session, fits, here
from tests.shipped import ROOT
from tests.specs import build

PAGES = pages()
REASONS = 10
"""Blocks that no test runs: a new one needs a good reason."""
TUTORIAL = ROOT / "docs/tutorial.md"
"""Followed on real servers: tests/kea/test_tutorial.py."""
SHELL = ("console", "sh", "bash")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def with_commands() -> list[Path]:
    """The pages with commands that need no servers."""
    return [
        page
        for page in PAGES
        if page != TUTORIAL and any(each.language == "console" and not each.words for each in blocks(page))
    ]


@pytest.mark.parametrize("page", with_commands(), ids=name)
def test_the_commands_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a copy of `docs/office`, the pair of all pages."""
    for variable in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "KEA_HAC_DEBUG", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "dhcp"
    shutil.copytree(ROOT / "docs/office", folder)
    Session(folder, here).follow(page)


def test_what_is_not_run_says_why() -> None:
    silent = [
        each.name for page in PAGES for each in blocks(page) if each.language in SHELL[1:] and each.not_run is None
    ]
    assert len(silent) == 2  # the set-up commands of README, which tests/test_readme.py knows
    assert all(each.startswith("README.md:") for each in silent)
    assert sum(each.not_run is not None for page in PAGES for each in blocks(page)) <= REASONS


def test_what_is_shown_as_in_another_page_is_there() -> None:
    found = 0
    for page in PAGES:
        for block in blocks(page):
            if block.words.startswith("as in "):
                other = (ROOT / block.words.removeprefix("as in ")).read_text("utf-8")
                for command in block.commands():
                    shown = re.findall(rf"(?ms)^\$ {re.escape(command.line)}\n(.*?)(?=^\$ |^\w+# |^```)", other)
                    assert any(fits(command.output, each.rstrip("\n")) for each in shown), block.name
                    found += 1
    assert found


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page in PAGES:
        for link in _LINK.findall(re.sub(r"(?ms)^```.*?^```", "", page.read_text("utf-8"))):
            target, _, anchor = link.partition("#")
            if ":" in target:
                continue
            path = (page.parent / target).resolve() if target else page
            if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
                broken.append(f"{name(page)}: {link}")
    assert broken == []


def anchors(page: Path) -> set[str]:
    """Those of its headings, as sites make them, and those that are written."""
    text = page.read_text("utf-8")
    made = {
        re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())
        for heading in re.findall(r"(?m)^#+ (.+)$", text)
    }
    return made | set(re.findall(r'id="([^"]+)"', text))


def test_a_page_shows_what_is_printed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fits("a\n…\nd", "a\nb\nc\nd")
    assert fits("a\n…\nd", "a\nd")
    assert fits("…: done", "12:00: done")
    assert not fits("a\n…\nd", "a\nb")
    assert not fits("a", "a\nb")
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one\ntwo\n```\n")
    (tmp_path / "home").mkdir()
    monkeypatch.setattr("tests.docs.session.REWRITE", False)
    with pytest.raises(AssertionError, match=r"page\.md:1: `echo one` ended with 0 and prints"):
        Session(tmp_path / "home", here).follow(page)


BASE = {
    "kea-hac": "kea-hac: 1\n",
    "pair": "pair: office\n",
    "kea": "kea: 2.6\n",
    "platform": "platform: debian\n",
    "servers": """servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: {lan: eth0}}
""",
    "high-availability": "high-availability: {mode: hot-standby, max-unacked-clients: 5, listener: {dhcp4: 8001}}\n",
    "control-agent": "control-agent: {http-port: 8000}\n",
    "dhcp4": "dhcp4: {subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan, pools: [{pool: 192.0.2.100 - 192.0.2.199}]}]}\n",
}
"""A spec by top key: a block with other keys is a part of it."""
CHECKS = {
    "jobs": ("check_jsonschema", "--builtin-schema", "vendor.github-workflows"),
    "include": ("check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"),
    "repos": ("pre_commit", "validate-config"),
}
"""A key at the top of a file that is no spec → the module that judges such a file."""


def yaml_blocks() -> list[Block]:
    return [each for page in PAGES for each in blocks(page) if each.language == "yaml"]


@pytest.mark.parametrize("block", yaml_blocks(), ids=lambda block: block.name)
def test_a_block_of_yaml_is_valid(block: Block, tmp_path: Path) -> None:
    """A whole spec builds, a part builds with the rest of a spec, another file is valid by its schema."""
    loaded = YAML(typ="rt").load(block.text)
    if isinstance(loaded, list):
        assert all(isinstance(each, dict) for each in loaded)  # a list that is included, or a playbook
        return
    check = next((CHECKS[key] for key in loaded if key in CHECKS), None)
    if check is not None:
        (tmp_path / "block.yaml").write_text(block.text, "utf-8")
        command = [sys.executable, "-m", *check, str(tmp_path / "block.yaml")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    elif "!include" not in block.text:  # else a file of a session, which validates it
        text = (
            block.text
            if "kea-hac" in loaded
            else "".join(BASE[key] for key in BASE.keys() - loaded.keys()) + block.text
        )
        assert build(text).files
