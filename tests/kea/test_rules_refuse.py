"""What Kea refuses beyond its grammar: every row of the tables, bad and good, asked of each version in one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import groupby

import pytest

from tests.lab import Lab, LabError, Verdict, check
from tests.once import once
from tests.unit.check import refused_addressing, refused_globals, refused_reservations
from tests.unit.check.refusals import Config, Row, ids, text

pytestmark = pytest.mark.kea
ROWS: tuple[Row, ...] = (*refused_addressing.ROWS, *refused_reservations.ROWS, *refused_globals.ROWS)
CASES = [(row, version) for row in ROWS for version in row.asked]
AT_START = [(row, version) for row, version in CASES if row.at_start and row.refused_by(version)]


def _verdicts(version: str) -> dict[tuple[str, str], Verdict]:
    """What `-t` says of every row's two texts, by daemon and text."""
    asked = {(row.daemon, text(each)) for row in ROWS if version in row.asked for each in (row.bad, row.good)}
    found: dict[tuple[str, str], Verdict] = {}
    for daemon, group in groupby(sorted(asked), key=lambda each: each[0]):
        texts = [each for _, each in group]
        answers = check(version, daemon, [each.encode() for each in texts])
        found.update(zip(((daemon, each) for each in texts), answers, strict=True))
    return found


Verdicts = Mapping[tuple[str, str], Verdict]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Verdicts]:
    """Version → the verdicts of its rows."""
    return cache(lambda version: once(tmp_path_factory, f"refused-{version}", lambda: _verdicts(version)))


@pytest.mark.parametrize(("row", "version"), CASES, ids=ids)
def test_kea_does_what_the_rule_says(row: Row, version: str, verdicts: Callable[[str], Verdicts]) -> None:
    def verdict(config: Config) -> Verdict:
        return verdicts(version)[row.daemon, text(config)]

    assert verdict(row.good).error == ""
    if row.refused_by(version) and not row.at_start:
        assert row.complaint in verdict(row.bad).error
        assert not verdict(row.bad).ok
    else:
        assert verdict(row.bad).error == ""


@pytest.mark.parametrize(("row", "version"), AT_START, ids=ids)
def test_what_dash_t_passes_does_not_start(lab: Lab, row: Row, version: str) -> None:
    with pytest.raises(LabError) as refusal:
        lab.config_get(version, row.daemon, text(row.bad).encode())
    assert row.complaint in str(refusal.value)
