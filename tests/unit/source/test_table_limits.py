"""Tables that are too large are refused with their place, and before they take the memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.source import Limits, Reading, read_yaml


def _read(tmp_path: Path, table: str, **limits: int) -> Reading:
    (tmp_path / "spec.yaml").write_text("hosts: !csv hosts.csv\n")
    (tmp_path / "hosts.csv").write_text(table)
    return read_yaml(tmp_path / "spec.yaml", limits=Limits(**limits))


def test_too_many_columns(tmp_path: Path) -> None:
    header = ",".join(f"k{each}" for each in range(11))
    (found,) = _read(tmp_path, f"{header}\n", columns=10).diagnostics
    assert (found.rule.name, found.span.line, found.span.column) == ("over-limit", 1, header.index("k10") + 1)
    assert found.message == "a table has at most 10 columns, and this one has 11"
    assert not _read(tmp_path, f"{header}\n", columns=11).diagnostics


@pytest.mark.parametrize("columns", [1, 3])
def test_too_many_cells(tmp_path: Path, columns: int) -> None:
    rows = [",".join(f"v{each}" for each in range(columns))] * 5
    table = "\n".join([",".join(f"k{each}" for each in range(columns)), *rows])
    enough = 5 * (columns + 1)
    assert not _read(tmp_path, table, table_cells=enough).diagnostics
    (found,) = _read(tmp_path, table, table_cells=enough - 1).diagnostics
    assert (found.rule.name, found.span.line) == ("over-limit", 6)
    assert "rows and cells" in found.message


def test_the_limits_of_every_day_are_far_off_what_sites_have() -> None:
    assert Limits().columns >= 50 * 20
    assert Limits().table_cells >= 2 * 100_000 * 4


def test_a_wide_table_stops_at_its_header(tmp_path: Path) -> None:
    """200,000 columns: refused by their number, and no column is looked at for its own sake."""
    (found,) = _read(tmp_path, ",".join(["k"] * 200_000) + "\n").diagnostics
    assert found.message == "a table has at most 1,000 columns, and this one has 200,000"
