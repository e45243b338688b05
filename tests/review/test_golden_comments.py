"""The comment of a review for changes of real life, word by word: `golden/NAME.md`.

A new or changed comment is written by `KEA_HAC_REWRITE_COMMENTS=1`. Read it as a reviewer who did not write the change.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.cli.conftest import Call
from tests.review.changes import CASES, Case
from tests.review.sites import committed_all, write
from tests.shipped import ROOT

GOLDEN = Path(__file__).parent / "golden"


def made(case: Case) -> str:
    """The change in the current folder; the commit before it."""
    before = committed_all(case.before)
    write(case.after)
    for path in case.gone:
        Path(path).unlink()
    return before


@pytest.mark.parametrize("name", CASES)
def test_the_comment(name: str, call: Call) -> None:
    made(CASES[name])
    done = call("review", "specs", "--since", "HEAD", "--format", "markdown")
    assert "this is a bug" not in done.err
    # how many findings there were before is the business of the rules, which become more
    shown = re.sub(r"\d+ findings? that (?:was|were) there before", "(…) findings that were there before", done.out)
    golden = GOLDEN / f"{name}.md"
    if os.environ.get("KEA_HAC_REWRITE_COMMENTS") == "1":
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")
    assert len(done.out.encode()) <= 60_000


@pytest.mark.parametrize("name", ["id-changes", "kea-3.0", "pair-comes-and-goes", "load-balancing", "peer-renamed"])
def test_the_json_is_as_its_schema_says(name: str, call: Call) -> None:
    made(CASES[name])
    schema = json.loads((ROOT / "schemas/review.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    found = json.loads(call("review", "specs", "--format", "json").out)
    Draft202012Validator(schema).validate(found)
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate({**found, "format": 2})


def test_each_comment_has_its_change() -> None:
    assert {each.stem for each in GOLDEN.glob("*.md")} == set(CASES)
