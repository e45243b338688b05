"""Which versions a fact holds for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kea_hac
from kea_hac.kea.version import (
    BRANCHES,
    FEATURES,
    Branch,
    Feature,
    KeaVersion,
    first_with,
    has,
    last_without,
    span,
    within,
)

FIXED = "2.4.2, 2.6.3, 3.0"


@pytest.mark.parametrize(
    ("version", "since", "until", "held"),
    [
        ("2.2", "", "", True),
        ("2.2", "2.6", "", False),
        ("2.6", "2.6", "", True),
        ("3.2", "2.6", "", True),
        ("2.2", "", "2.2", True),
        ("2.2.0", "", "2.2", True),
        ("2.4", "", "2.2", False),
        ("2.2", FIXED, "", False),
        ("2.4", FIXED, "", True),
        ("2.4.1", FIXED, "", False),
        ("2.4.2", FIXED, "", True),
        ("2.6.2", FIXED, "", False),
        ("2.6.3", FIXED, "", True),
        ("3.0.0", FIXED, "", True),
        ("3.2", FIXED, "", True),
    ],
)
def test_within(version: str, since: str, until: str, held: bool) -> None:
    assert within(KeaVersion.parse(version), since, until) is held


def test_the_spans_of_features() -> None:
    assert first_with(Feature.SUPPORTED_PATHS_ONLY) == FIXED
    assert first_with(Feature.SUBNET_ID_MANDATORY) == "2.6"
    assert last_without(Feature.SUBNET_ID_MANDATORY) == "2.4"


@pytest.mark.parametrize(
    ("row", "branches"),
    [
        ({}, BRANCHES),
        ({"since": "2.6"}, BRANCHES[2:]),
        ({"until": "2.6"}, BRANCHES[:3]),
        ({"since": "2.4", "until": "2.6"}, BRANCHES[1:3]),
        ({"since": "2.4", "until": "2.4"}, BRANCHES[1:2]),
    ],
)
def test_since_and_until_are_both_included(row: dict[str, str], branches: tuple[Branch, ...]) -> None:
    assert span(row) == frozenset(branches)


def test_until_of_a_feature_is_the_last_branch_that_has_it() -> None:
    for feature, row in FEATURES.items():
        if row.until is not None:
            later = (branch for branch in BRANCHES if branch.order > row.until.order)
            assert has(KeaVersion(row.until), feature)
            assert not any(has(KeaVersion(each), feature) for each in later)
    assert not has(KeaVersion.parse("3.2"), Feature.CONTROL_AGENT)
    assert has(KeaVersion.parse("3.0"), Feature.CONTROL_AGENT)


@pytest.mark.parametrize("row", ["since", "until"])
def test_a_branch_that_is_not_listed_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match=r"9\.9"):
        span({row: "9.9"})


def test_every_feature_has_its_row() -> None:
    assert set(FEATURES) == set(Feature)
    assert all(row.source for row in FEATURES.values())


def test_no_module_names_a_branch() -> None:
    """A branch is data: code that names one goes wrong with the next. Ask for a feature, or the vocabulary."""
    package = Path(kea_hac.__file__).parent
    named = re.compile(r"Branch\.V\d|\.order (?:[<>=!]+) ?\d|BRANCHES\[(?:[1-9]|-[2-9])")
    assert not [str(path) for path in package.rglob("*.py") if named.search(path.read_text("utf-8"))]


@pytest.mark.parametrize("text", ["2.2", "2.4", "2.4.1", "2.4.2", "2.6.2", "2.6", "3.0", "3.2"])
def test_a_span_says_what_the_table_says(text: str) -> None:
    version = KeaVersion.parse(text)
    for feature in Feature:
        if FEATURES[feature].until is None:  # the others have an end
            assert within(version, first_with(feature), "") is has(version, feature)
