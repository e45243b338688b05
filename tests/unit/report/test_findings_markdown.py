"""Findings as a comment: errors first, never too long, and what is left out is counted."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kea_hac.diagnostics import Diagnostic, Report, Severity, Skipped
from kea_hac.report import as_markdown
from kea_hac.report.formats import Page
from kea_hac.report.markdown import LARGEST
from kea_hac.report.results import Findings, Validation
from tests.unit.report.samples import EVERYTHING, OLD, POOL, SHARED, span


def shown(*found: Diagnostic, problems: tuple[str, ...] = (), skipped: tuple[Skipped, ...] = ()) -> str:
    return as_markdown.findings(Findings(Report(found, skipped), problems), Page(place=str)).stdout


def many(like: Diagnostic, number: int, words: int = 0) -> list[Diagnostic]:
    return [replace(like, span=span(n, 1, 2), message=f"m{n} {'word ' * words}") for n in range(1, number + 1)]


def test_errors_come_first() -> None:
    text = shown(OLD, SHARED, POOL)
    assert text.startswith("### kea-hac: 1 error, 1 warning, 1 note\n")
    assert text.index("**Errors**") < text.index("pool-elsewhere") < text.index("**Warnings**") < text.index("old-word")
    assert "`specs/campus.yaml:114:17`" in text
    assert "Fix: keep it between" in text


def test_nothing_and_what_has_no_line() -> None:
    assert shown() == "### kea-hac: no findings\n"
    whole = replace(POOL, span=replace(POOL.span, line=0))
    assert "`specs/campus.yaml` " in shown(whole)
    nowhere = replace(POOL, span=replace(POOL.span, file=""))
    assert "- `KH299` pool-elsewhere" in shown(nowhere)
    assert "**Not done**: cannot read x" in shown(problems=("cannot read x",))
    assert "**Skipped**" in shown(*EVERYTHING.diagnostics, skipped=EVERYTHING.skipped)


@pytest.mark.parametrize(
    ("errors", "warnings", "words"), [(3, 5_000, 0), (2_000, 10, 0), (5, 5, 1_500), (40, 40, 300), (4_000, 0, 50)]
)
def test_the_size_is_bounded_and_the_rest_is_counted(errors: int, warnings: int, words: int) -> None:
    text = shown(*many(SHARED, warnings, words), *many(POOL, errors, words))
    assert len(text.encode()) <= LARGEST
    listed = len(re.findall(r"(?m)^- ", text))
    left = re.search(r"Left out, because the comment would be too long: ([\d,]+) findings \(([^)]*)\)", text)
    missing = int(left[1].replace(",", "")) if left else 0
    assert listed + missing == errors + warnings
    assert len(re.findall(r"(?m)^- .*pool-elsewhere", text)) == errors or "**Warnings**" not in text
    if left:
        assert sum(int(number.replace(",", "")) for number in re.findall(r"([\d,]+) [a-z]", left[2])) == missing


def test_many_problems_and_skipped_checks() -> None:
    problems = tuple(f"problem {n} {'x' * 5_000}" for n in range(3_000))
    skipped = tuple(Skipped(f"what {n}", f"reason {n} {'y' * 5_000}") for n in range(3_000))
    text = shown(POOL, *many(SHARED, 3_000), problems=problems, skipped=skipped)
    assert len(text.encode()) <= LARGEST
    assert "pool-elsewhere" in text
    assert "**Not done**: 2,950 more" in text


@pytest.mark.parametrize(("entries", "fits"), [(3, True), (50_000, False)])
def test_other_results_are_attached_where_they_fit(entries: int, fits: bool) -> None:
    needs = {"two": {"kea1": {"files": [f"/etc/kea/{n}" for n in range(entries)]}}}
    text = as_markdown.findings(Validation(Report((POOL,)), (), needs), Page(place=str)).stdout
    assert ("/etc/kea/2" in text) is fits
    assert ("the other results; `--format json` has them" in text) is not fits
    assert len(text.encode()) <= LARGEST


def test_one_severity_alone() -> None:
    assert shown(replace(POOL, severity=Severity.INFO)).startswith("### kea-hac: 1 note\n\n**Notes**\n")
