"""The site is built without a warning, has the pages that others link to, and fetches nothing from another host."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from email.message import Message
from pathlib import Path

import pytest

from kea_hac.cli.reference import command_pages
from kea_hac.report.help_address import documentation, rule_address
from kea_hac.rule_list import all_rules
from tests.once import once
from tests.shipped import ROOT

pytestmark = pytest.mark.slow
_FETCHED = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=\"?((?:https?:)?//[^\">\s]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Path → text of all pages and style sheets."""
    return once(tmp_path_factory, "site", lambda: _built(tmp_path_factory.mktemp("site")))


def _built(folder: Path) -> dict[str, str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".html", ".css")
    }


def test_every_rule_and_command_has_its_page(site: dict[str, str]) -> None:
    for rule in all_rules().values():
        page = site[f"reference/rules/{rule.code}.html"]
        assert f"{rule.code} {rule.name}" in page
        assert f'href="rules/{rule.code}.html"' in site["reference/rules.html"]
    for each in command_pages():
        assert (
            f'href="reference/commands/{each.name.replace(" ", "-")}.html"' in site["commands.html"]
            or each.name == "rules"
        )
        assert f"kea-hac {each.name}" in site[f"reference/commands/{each.name.replace(' ', '-')}.html"]


def test_a_browser_fetches_nothing_from_another_host(site: dict[str, str]) -> None:
    fetched = {url for text in site.values() for url in _FETCHED.findall(text)}
    assert fetched == set()
    styles = "".join(text for path, text in site.items() if path.endswith(".css"))
    assert not re.search(r"url\([\"']?(https?:)?//", styles)
    assert not re.search(r"@import", styles)


def test_the_address_of_a_rule_is_that_of_its_page(site: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kea_hac.report.help_address.documentation", lambda: "https://docs.example.org/kea-hac")
    address = rule_address("KH202")
    assert address == "https://docs.example.org/kea-hac/reference/rules/KH202.html"
    assert address.removeprefix("https://docs.example.org/kea-hac/") in site
    assert rule_address("review") is None


@pytest.mark.parametrize(
    ("urls", "found"),
    [
        (
            ["Source, https://git.example.org/x", "Documentation, https://docs.example.org/x/"],
            "https://docs.example.org/x",
        ),
        (["Documentation, http://docs.example.org/x"], None),
        ([], None),
    ],
)
def test_the_address_comes_from_the_metadata_of_the_installation(
    monkeypatch: pytest.MonkeyPatch, urls: list[str], found: str | None
) -> None:
    metadata = Message()
    for each in urls:
        metadata["Project-URL"] = each
    monkeypatch.setattr("importlib.metadata.metadata", lambda _: metadata)
    assert documentation.__wrapped__() == found
