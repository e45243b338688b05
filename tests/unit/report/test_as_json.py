"""Findings for programs: the keys are a promise."""

from __future__ import annotations

import json

from syrupy.assertion import SnapshotAssertion

from kea_hac.diagnostics import Report
from kea_hac.report import as_json
from tests.unit.report.samples import EVERYTHING, marked

KEYS = ["rule", "name", "severity", "kea", "message", "file", "line", "column", "end_line", "end_column"]
KEYS += ["path", "artifact", "fix", "fingerprint"]


def test_everything(snapshot: SnapshotAssertion) -> None:
    shown = as_json.render(as_json.data(EVERYTHING))
    assert json.loads(shown)["findings"][1]["line"] == 114
    assert shown == snapshot


def test_the_promised_keys() -> None:
    data = as_json.data(EVERYTHING)
    assert list(data) == ["findings", "skipped"]
    for finding in data["findings"]:
        assert list(finding) == [*KEYS, "related"]


def test_nothing_is_an_empty_list_and_a_missing_fix_is_null() -> None:
    assert as_json.data(Report()) == {"findings": [], "skipped": []}
    assert as_json.data(Report((marked("x", 1, 2),)))["findings"][0]["fix"] is None


def test_what_could_not_be_done_is_there_too() -> None:
    assert as_json.data(Report(), ["no such folder"])["problems"] == ["no such folder"]


def test_it_is_ascii_even_for_names_that_are_no_text() -> None:
    shown = as_json.render(as_json.data(Report((marked("x", 1, 2, message="naïve \udc80"),))))
    assert shown.isascii()
    assert json.loads(shown)["findings"][0]["message"] == "naïve \udc80"
