"""What `--fix` promises: only wrong spellings change, another run changes nothing, and no finding comes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_hac.fixing.engine import Fixed, fix
from kea_hac.fixing.kea_files import kea_file_judge
from kea_hac.fixing.seen import Judge
from kea_hac.fixing.specs import SpecJudge
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from kea_hac.source.rewrite import replace_texts
from tests.sizes import size
from tests.unit.fixing.mistakes import (
    KEA_FILE,
    LEFT,
    REPAIRED,
    REPAIRED_IN_KEA_FILES,
    SPEC,
    UNREADABLE,
    Mistake,
    with_mistakes,
)

EXAMPLES = size("FIX", 12, 400)
COMMENT = re.compile(r"(?:#|//)[^\n]*|/\*.*?\*/")


def judge_of(path: Path) -> Judge:
    if path.suffix == ".yaml":
        return SpecJudge([str(path)])
    return kea_file_judge((str(path),), lambda files: lint([path], KeaVersion.parse("3.0"), files=files))


def fixed(text: str, name: str) -> tuple[Fixed, str]:
    """The result for one file, and its text afterwards."""
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(text.encode())
        made = fix(judge_of(path))
        replace_texts(made.old, made.new)
        after = path.read_bytes().decode()
        again = fix(judge_of(path))
        assert dict(again.new) == {}, "another run changes something"
        assert not again.made
        return made, after


def holds(text: str, name: str) -> tuple[Fixed, str]:
    """The laws for one text."""
    made, after = fixed(text, name)
    assert Counter(COMMENT.findall(after)) == Counter(COMMENT.findall(text))
    old, new = text.split("\n"), after.split("\n")
    corrected = {each.span.line for each in made.made}
    assert len(old) == len(new)
    assert [number for number, pair in enumerate(zip(old, new, strict=True), 1) if len(set(pair)) > 1] == sorted(
        corrected
    )
    before, left = made.before.found, made.after.found
    assert len(left) < len(before) or not made.made
    places = Counter((each.rule.code, each.span.line) for each in before)
    assert not Counter((each.rule.code, each.span.line) for each in left) - places, "a finding came"
    return made, after


@pytest.mark.parametrize("mistake", REPAIRED, ids=lambda each: each.wrong)
def test_each_mistake_of_a_spec_is_corrected_to_what_was_meant(mistake: Mistake) -> None:
    wrong = with_mistakes(SPEC, [mistake])
    assert wrong != SPEC
    assert holds(wrong, "spec.yaml")[1] == SPEC


@pytest.mark.parametrize("mistakes", [*([each] for each in UNREADABLE), UNREADABLE], ids=len)
def test_special_spaces_are_replaced_wherever_they_stop_the_reader(mistakes: Sequence[Mistake]) -> None:
    wrong = with_mistakes(SPEC, mistakes)
    assert wrong != SPEC
    assert fixed(wrong, "spec.yaml")[1] == SPEC


@pytest.mark.parametrize("mistake", REPAIRED_IN_KEA_FILES, ids=lambda each: each.wrong)
def test_each_mistake_of_a_kea_file_is_corrected_to_what_was_meant(mistake: Mistake) -> None:
    wrong = with_mistakes(KEA_FILE, [mistake])
    assert wrong != KEA_FILE
    assert holds(wrong, "kea-dhcp4.conf")[1] == KEA_FILE


@pytest.mark.parametrize("mistake", LEFT, ids=lambda each: each.wrong)
def test_what_a_person_must_decide_stays_and_is_reported_as_before(mistake: Mistake) -> None:
    wrong = with_mistakes(SPEC, [mistake])
    assert wrong != SPEC
    made, after = holds(wrong, "spec.yaml")
    assert after == wrong
    assert [each.message for each in made.after.found] == [each.message for each in made.before.found] != []


def test_texts_without_mistakes_stay() -> None:
    assert holds(SPEC, "spec.yaml")[1] == SPEC
    assert holds(KEA_FILE, "kea-dhcp4.conf")[1] == KEA_FILE


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.sampled_from(REPAIRED), unique=True, min_size=1), st.sampled_from(["\n", "\r\n"]))
def test_any_set_of_mistakes_is_corrected_together(mistakes: Sequence[Mistake], end: str) -> None:
    wrong = with_mistakes(SPEC, mistakes).replace("\n", end)
    assert holds(wrong, "spec.yaml")[1] == SPEC.replace("\n", end)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.sampled_from([*REPAIRED, *LEFT]), unique=True, min_size=1))
def test_beside_mistakes_that_stay_the_laws_hold(mistakes: Sequence[Mistake]) -> None:
    holds(with_mistakes(SPEC, mistakes), "spec.yaml")


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.sampled_from(REPAIRED_IN_KEA_FILES), unique=True, min_size=1))
def test_the_laws_hold_for_files_of_kea(mistakes: Sequence[Mistake]) -> None:
    holds(with_mistakes(KEA_FILE, mistakes), "kea-dhcp4.conf")
