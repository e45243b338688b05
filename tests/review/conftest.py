"""A folder of its own for each test, and the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import call

__all__ = ["call"]


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the environment of a CI job counts."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "NO_COLOR",
        "FORCE_COLOR",
        "GITHUB_WORKSPACE",
        "GITHUB_BASE_REF",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    ):
        monkeypatch.delenv(name, raising=False)
