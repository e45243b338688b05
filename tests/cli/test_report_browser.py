"""The page of `report` in headless Chromium: its policy holds, nothing is loaded, it fits a phone, and the keyboard reaches all of it.

Without Chromium these tests are skipped, and the last lines of the run say so. `tests/long` requires it (KEA_HAC_REQUIRE_BROWSER=1).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, chromium
from tests.cli.conftest import COMMAND, Call
from tests.cli.test_channels import SPEC as PAIR
from tests.cli.test_channels import quoted
from tests.shipped import ROOT

REQUIRED = os.environ.get("KEA_HAC_REQUIRE_BROWSER") == "1"
MISSING = "no Chromium on this machine: apt-get install chromium"
pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium() is None and not REQUIRED, reason=MISSING)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        pytest.fail(f"{MISSING} (KEA_HAC_REQUIRE_BROWSER=1)", pytrace=False)
    with Browser() as made:
        yield made


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every shipped spec in one page."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    subprocess.run([*COMMAND, "report", ROOT / "specs", "-o", path], cwd=ROOT, check=True, capture_output=True)
    return path


def test_nothing_is_loaded_and_the_policy_holds(browser: Browser, page: Path) -> None:
    opened = browser.open(page)
    assert opened.complaints() == []
    assert opened.requests() == [page.as_uri()]
    assert opened.value("document.styleSheets.length") == 1
    assert opened.value("getComputedStyle(document.querySelector('.card')).borderRadius") == "12px"


def test_a_hostile_page_runs_nothing(browser: Browser, call: Call) -> None:
    """What would run, if it were markup, sets a variable."""
    names = [
        "<img src=x onerror='window.EVIL=1'>",
        "</style><script>window.EVIL=1</script>",
        '"><svg onload=window.EVIL=1>',
    ]
    classes = ", ".join(f"{{name: {quoted(each)}, test: \"member('ALL')\"}}" for each in names)
    Path("spec.yaml").write_text(
        PAIR.format(extra=f"client-classes: [{classes}]\n  nonsense: {quoted(names[1])}"), "utf-8"
    )
    call("report", "spec.yaml", "-o", "evil.html")
    opened = browser.open(Path("evil.html"))
    assert opened.value("typeof window.EVIL") == "undefined"
    assert opened.complaints() == []


def test_the_policy_blocks_what_would_come_through(browser: Browser, page: Path) -> None:
    """So that the test above can fail: the same page with a script, a style and a picture in it."""
    text = page.read_text("utf-8")
    bad = "<script>window.EVIL=1</script><p id=x style='color: red'>x</p><img src='http://127.0.0.1:9/x.png'>"
    Path("bad.html").write_text(text.replace("</main>", f"{bad}</main>"), "utf-8")
    opened = browser.open(Path("bad.html"))
    assert opened.value("typeof window.EVIL") == "undefined"
    assert opened.value("getComputedStyle(document.getElementById('x')).color") != "rgb(255, 0, 0)"
    assert len(opened.complaints()) >= 3


@pytest.mark.parametrize("width", [360, 768, 1200])
def test_it_fits(browser: Browser, page: Path, width: int) -> None:
    """The page itself never scrolls sideways; wide tables and drawings scroll in their own boxes, which the keyboard reaches."""
    opened = browser.open(page, width=width)
    opened.value("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert opened.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    wide = "[...document.querySelectorAll('.scroll, pre')].filter(each => each.scrollWidth > each.clientWidth)"
    assert opened.value(f"{wide}.every(each => each.tabIndex === 0)")
    assert opened.value(f"{wide}.length") > 0 or width == 1200


def test_dark_and_light_have_enough_contrast(browser: Browser, page: Path) -> None:
    """WCAG 2.1 AA: 4.5 to 1 for text, on the background that it stands on."""
    script = """
    (() => {
      const luminance = colour => {
        const [r, g, b] = colour.match(/[0-9.]+/g).map(Number).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
      };
      const below = element => {
        for (let each = element; each; each = each.parentElement) {
          const colour = getComputedStyle(each).backgroundColor;
          if (!colour.endsWith(", 0)")) return colour;
        }
        return "rgb(255, 255, 255)";
      };
      const poor = [];
      for (const each of document.querySelectorAll("h1, h2, h3, h4, p, li, td, th, code, summary, span, a, strong")) {
        if (![...each.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
        const [one, two] = [getComputedStyle(each).color, below(each)].map(luminance).sort((a, b) => b - a);
        if ((one + .05) / (two + .05) < 4.5) poor.push(each.className + " " + each.textContent.slice(0, 40));
      }
      return [...new Set(poor)];
    })()"""
    seen = set()
    for dark in (False, True):
        opened = browser.open(page, dark=dark)
        opened.value("document.querySelectorAll('details').forEach(each => each.open = true)")
        seen.add(opened.value("getComputedStyle(document.body).backgroundColor"))
        assert opened.value(script) == []
    assert len(seen) == 2


def test_what_is_closed_on_the_screen_is_printed(browser: Browser, page: Path) -> None:
    printed = browser.open(page, print_=True)
    assert printed.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    hidden = "[...document.querySelectorAll('details:not([open]) > :not(summary)')].filter(each => each.checkVisibility() === false).length"
    assert printed.value(hidden) == 0
    screen = browser.open(page)
    assert screen.value(hidden) > 0


def test_a_screen_reader_finds_its_way(browser: Browser, page: Path) -> None:
    """Landmarks, one heading of the first level, names of all drawings, and captions of all tables."""
    opened = browser.open(page)
    opened.value("document.querySelectorAll('details').forEach(each => each.open = true)")
    nodes = opened.call("Accessibility.getFullAXTree")["nodes"]
    roles: dict[str, list[str]] = {}
    for each in nodes:
        if not each.get("ignored"):
            roles.setdefault(each["role"]["value"], []).append(each.get("name", {}).get("value", ""))
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert len(roles[landmark]) == 1, landmark
    for kind in ("image", "table", "region", "navigation", "heading", "article"):
        assert all(name.strip() for name in roles[kind]), kind
    assert len(roles["image"]) > 20


def test_the_keyboard_opens_what_is_closed(browser: Browser, page: Path) -> None:
    opened = browser.open(page)
    opened.value("document.querySelector('.finding summary').focus()")
    for kind in ("keyDown", "keyUp"):
        opened.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    assert opened.value("document.querySelector('.finding details').open")
