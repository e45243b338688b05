"""A change of kea-hac.toml is reviewed too, and does not switch off what it is reviewed by."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Call
from tests.review.changes import CAMPUS
from tests.review.sites import committed_all, write
from tests.review.test_review import SPEC, changed

TOML = "kea-hac.toml"
IGNORE = '[ignore]\nKH212 = "why"\n'
HOST_BITS = ("subnet: 10.40.0.0/24", "subnet: 10.40.0.1/24")


def reviewed(call: Call, *arguments: str) -> tuple[int, list[str], list[tuple[str, str]], int]:
    """Exit code, new findings, limits, number of ignored findings."""
    done = call("review", *arguments, "--format", "json")
    shown = json.loads(done.out)
    fresh = [each["rule"] for pair in shown["pairs"] for each in pair["new-findings"]]
    limits = [(each["rule"], each["message"]) for each in shown["limits"]]
    return done.code, fresh, limits, len(shown["ignored"])


@pytest.fixture
def worse() -> str:
    """The spec with a new warning, KH212."""
    text = changed(HOST_BITS)
    assert text != CAMPUS
    return text


def test_what_both_revisions_ignore_is_counted(call: Call, worse: str) -> None:
    committed_all({SPEC: CAMPUS, TOML: IGNORE})
    write({SPEC: worse})
    code, fresh, limits, ignored = reviewed(call, "specs", "--fail-on", "warning")
    assert (code, fresh, limits, ignored) == (0, [], [], 1)
    assert "1 new finding ignored by kea-hac.toml" in call("review", "specs").err
    assert "1 new finding ignored by kea-hac.toml" in call("review", "specs", "--format", "markdown").out


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_a_change_that_ignores_its_own_finding_is_shown_with_it(call: Call, worse: str, form: str) -> None:
    committed_all({SPEC: CAMPUS})
    write({SPEC: worse, TOML: IGNORE})
    code, fresh, limits, ignored = reviewed(call, "specs", "--fail-on", "warning")
    assert (code, fresh, ignored) == (1, ["KH212"], 0)
    assert limits == [
        (
            "KH945",
            "this change loosens the settings of its own review: ignore.KH212 is new: why; the older settings are applied",
        )
    ]
    assert "ignore.KH212 is new" in call("review", "specs", "--format", form).out


def test_a_file_in_a_folder_below_does_not_hide_that_of_the_top(call: Call, worse: str) -> None:
    committed_all({SPEC: CAMPUS, TOML: 'fail-on = "warning"\n'})
    write({SPEC: worse, "specs/kea-hac.toml": IGNORE})
    done = call("review", "specs")
    assert done.code == 2
    assert "keep them in one file" in done.err


def test_fail_on_is_the_stricter_one(call: Call, worse: str) -> None:
    committed_all({SPEC: CAMPUS, TOML: 'fail-on = "warning"\n'})
    write({SPEC: worse, TOML: 'fail-on = "error"\n'})
    assert call("review", "specs").code == 1
    assert call("review", "specs", "--fail-on", "error").code == 0, "the command line wins"


def test_specs_that_the_change_takes_out_are_reviewed(call: Call, worse: str) -> None:
    committed_all({SPEC: CAMPUS, TOML: 'specs = ["specs"]\n'})
    write({SPEC: worse, TOML: 'specs = ["other"]\n', "other/none.txt": ""})
    assert reviewed(call)[1] == ["KH212"]


def test_a_change_that_demands_more_is_a_note(call: Call) -> None:
    committed_all({SPEC: CAMPUS})
    write({TOML: 'fail-on = "warning"\n'})
    code, _, limits, _ = reviewed(call, "specs")
    assert (code, limits) == (0, [("KH947", "this change alters kea-hac.toml: fail-on was not set and is warning")])
