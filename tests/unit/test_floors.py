"""Imports point down the pipeline, and only `cli` and `report` print."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kea_hac

PACKAGE = Path(kea_hac.__file__).parent
FLOORS = (
    "records",
    "regex",
    "errors",
    "diagnostics",
    "locating",
    "rule_list",
    "fingerprints",
    "source",
    "kea",
    "config",
    "baseline",
    "spec",
    "model",
    "kea_files",
    "micetro",
    "compiler",
    "changes",
    "leases",
    "check",
    "linting",
    "api",
    "fixing",
    "output",
    "live",
    "drift",
    "adopt",
    "importing",
    "review",
    "upgrade",
    "rollout",
    "report",
    "report_page",
    "cli",
)
"""Lowest first. `api` is the module that puts the stages one after the other."""
ABOVE_ALL = ("__init__", "__main__")
MODULES = sorted(PACKAGE.rglob("*.py"))


def floor(dotted: str) -> str:
    return dotted.split(".")[1] if "." in dotted else "__init__"


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if own in ABOVE_ALL:
        return
    for name in imports(path):
        if name.startswith("kea_hac.") and floor(name) not in ("__version__", "__init__"):
            assert FLOORS.index(floor(name)) <= FLOORS.index(own), f"{own} imports {name}, which is above it"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_top_prints(path: Path) -> None:
    if path.relative_to(PACKAGE).parts[0] in ("cli", "report"):
        return
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def test_every_floor_is_known() -> None:
    """A new folder gets its place in FLOORS, not an exception."""
    assert {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in MODULES} <= {*FLOORS, *ABOVE_ALL}


def test_contributing_lists_every_floor_in_its_order() -> None:
    table = (
        (PACKAGE.parent / "CONTRIBUTING.md").read_text("utf-8").partition("| name | contents |")[2].partition("\n\n")[0]
    )
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert tuple(name for cell in cells for name in re.findall("`([a-z_]+)`", cell)) == FLOORS


def test_no_public_name_is_that_of_a_part() -> None:
    """A part of the package takes its name from the package as soon as somebody imports it."""
    parts = {path.stem if path.suffix else path.name for path in PACKAGE.iterdir()}
    assert not parts & set(kea_hac.__all__)
