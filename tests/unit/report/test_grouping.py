"""A handful of each cause, and the number of the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kea_hac.diagnostics import Diagnostic, Report, Skipped
from kea_hac.report import as_json, github, text
from kea_hac.report.grouping import HANDFUL, MOST, WHOLE, More, shortened
from tests.unit.report.samples import OLD, POOL, SHARED, span


def ties(specs: int, each: int) -> list[Diagnostic]:
    """What that many specs have with each other: `each` findings for every two."""
    return [
        replace(
            SHARED,
            message=f"10.{one}.{number}.0/24 of two pairs",
            span=span(number + 1, 1, 2, f"{one}.yaml"),
            related=((span(1, 1, 2, f"{other}.yaml"), "the other"),),
            related_texts=(None,),
        )
        for one in range(specs)
        for other in range(one + 1, specs)
        for number in range(each)
    ]


def more(found: list[Diagnostic]) -> list[More]:
    return [each for each in shortened(found) if isinstance(each, More)]


@pytest.mark.slow
def test_a_fleet_of_twenty_is_one_cause() -> None:
    found = ties(20, 200)
    assert len(found) == 38_000
    (counted,) = more(found)
    assert len(shortened(found)) == HANDFUL + 1
    assert counted.count == 37_995
    assert len(counted.places) == 190
    shown = text.render(Report(tuple(found)))
    assert len(shown.splitlines()) < 100
    assert "and 37,995 more: 200 in 0.yaml and 2.yaml, " in shown
    assert "and the rest in 185 other places" in shown
    annotations = github.render(Report(tuple(found))).splitlines()
    assert len(annotations) == HANDFUL + 1
    assert annotations[-1].startswith("::warning title=KH699 delay-too-small::and 37,995 more: ")
    assert len(as_json.data(Report(tuple(found)))["findings"]) == 38_000


def test_of_two_specs_each_cause_has_its_handful() -> None:
    found = ties(2, 200)
    assert [each.count for each in more(found)] == [195]


def test_what_is_few_is_whole() -> None:
    found = ties(2, WHOLE)
    assert shortened(found) == found
    assert shortened([POOL, SHARED, OLD]) == [POOL, SHARED, OLD]


def test_other_words_are_another_cause() -> None:
    found = [replace(POOL, message=f"no key {'a' * number!r}", related=()) for number in range(1, 40)]
    assert shortened(found) == found
    same = [replace(each, message="no key 'a' in 10.0.0.1") for each in found]
    assert [each.count for each in more(same)] == [34]


def test_many_causes_in_one_file_have_an_end() -> None:
    found = [replace(POOL, message=f"no key {'a' * number!r}", related=()) for number in range(1, 200)]
    (counted,) = more(found)
    assert counted.count == 199 - MOST
    assert isinstance(shortened(found)[MOST], More)


def test_one_file_says_nothing_of_another() -> None:
    found = [replace(OLD, span=span(1, 1, 2, f"{number}.yaml")) for number in range(60)]
    assert shortened(found) == found


def test_the_count_follows_the_last_that_is_shown() -> None:
    found = [*ties(2, 40), POOL]
    shown = shortened(found)
    assert isinstance(shown[HANDFUL], More)
    assert shown[-1] is POOL


def test_skipped_checks_of_one_reason() -> None:
    skipped = tuple(Skipped(f"class {number}", "no") for number in range(100))
    shown = text.render(Report((), skipped))
    assert len(shown.splitlines()) == HANDFUL
    assert "class 4: no, and 95 more for the same reason" in shown
    assert len(github.render(Report((), skipped)).splitlines()) == HANDFUL
