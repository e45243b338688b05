"""Which versions a fact holds for."""

from __future__ import annotations

import pytest

from kea_hac.kea.version import FEATURES, Feature, KeaVersion, first_with, has, last_without, within

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


@pytest.mark.parametrize("text", ["2.2", "2.4", "2.4.1", "2.4.2", "2.6.2", "2.6", "3.0", "3.2"])
def test_a_span_says_what_the_table_says(text: str) -> None:
    version = KeaVersion.parse(text)
    for feature in Feature:
        if FEATURES[feature].until is None:  # the others have an end
            assert within(version, first_with(feature), "") is has(version, feature)
