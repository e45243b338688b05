"""A Kea that does not exist: a copy of the package with one branch more, of which only data knows.

`future` writes the copy; `asked` runs `python -m tests.new_branch WHAT VERSION` with a copy, or with the package itself, and gives
what it prints. What is true of the newest branch must be true of the one behind it, and nothing may change for the older ones.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kea_hac

ROOT = Path(__file__).parents[2]
NEW = "9.8"
"""The branch that does not exist."""
Change = Callable[[dict[str, Any]], None]


def future(folder: Path) -> Path:
    """Write the package with the new branch below `folder`, which then is a place to import it from."""
    shutil.copytree(Path(kea_hac.__file__).parent, folder / "kea_hac", ignore=shutil.ignore_patterns("__pycache__"))
    for name, change in _CHANGES.items():
        path = folder / "kea_hac" / "kea" / "data" / f"{name}.json"
        data = json.loads(path.read_text("utf-8"))
        change(data)
        path.write_text(json.dumps(data), "utf-8")
    return folder


def asked(package: Path, what: str, version: str = "") -> Any:
    """What `python -m tests.new_branch` says with the package that lies in a folder. Fails with its traceback."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.new_branch", what, version],
        cwd=package,
        env={**os.environ, "PYTHONPATH": f"{package}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def _versions(data: dict[str, Any]) -> None:
    data["branches"].append({"name": NEW, "read-at": "made up"})


def _dhcp(data: dict[str, Any]) -> None:
    word = {"type": "integer", "min": 1, "max": 100, "default": 7, "since": NEW}
    data["scopes"][data["top"]]["keywords"]["made-up-key"] = word


def _ha(data: dict[str, Any]) -> None:
    data["scopes"]["relationship"]["keywords"]["made-up-limit"] = {"type": "integer", "min": 0, "since": NEW}


def _hooks(data: dict[str, Any]) -> None:
    data["scopes"]["perfmon"]["keywords"]["made-up-flag"] = {"type": "boolean", "since": NEW}
    data["libraries"]["made_up"] = {"open-source": {"since": NEW}}
    data["scopes"]["made_up"] = {
        "strict": True,
        "required": ["made-up-name"],
        "keywords": {"made-up-name": {"type": "string"}},
    }


def _options(data: dict[str, Any]) -> None:
    data["spaces"]["dhcp4"].append({"code": 222, "name": "made-up-option", "type": "uint8", "since": NEW})


def _meanings(data: dict[str, Any]) -> None:
    data["made-up-key"] = "What no Kea knows."


_CHANGES: dict[str, Change] = {
    "versions": _versions,
    "dhcp4": _dhcp,
    "dhcp6": _dhcp,
    "ha": _ha,
    "hooks": _hooks,
    "options-dhcp4": _options,
    "meanings": _meanings,
}
