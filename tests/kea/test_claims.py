"""What each rule says of Kea, seen on the lab's versions: `accepts` loads, `refuses` is refused in words that name the mistake."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from kea_hac.cli.catalogue import all_rules
from kea_hac.diagnostics import KeaSays
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from tests.kea.claims import CLAIMS, WITHOUT_PROOF, Claim
from tests.lab import Lab, LabError, keajson
from tests.unit.check import (
    class_mistakes,
    mistakes,
    option_examples,
    refused_addressing,
    refused_globals,
    refused_reservations,
)

PROVEN_ELSEWHERE = frozenset(
    {
        *(row.code for table in (refused_addressing, refused_globals, refused_reservations) for row in table.ROWS),
        *(code for each in (*mistakes.REFUSED, *mistakes.SWALLOWED, *mistakes.LIBRARIES) for code in each.rules),
        *(each.rule for each in class_mistakes.MISTAKES),
        *(each.code for each in option_examples.EXAMPLES),
    }
)


def test_every_claim_is_proven_or_says_why_not() -> None:
    claiming = {code for code, rule in all_rules().items() if rule.kea is not KeaSays.NOT_ITS_BUSINESS}
    proven = {*PROVEN_ELSEWHERE, *(each.code for each in CLAIMS)}
    assert claiming - proven - WITHOUT_PROOF.keys() == set(), "prove it in tests/kea/claims.py"
    assert WITHOUT_PROOF.keys() & proven == set()
    assert WITHOUT_PROOF.keys() <= claiming


def said(claim: Claim, version: str) -> set[KeaSays]:
    """What kea-hac says that Kea does with the file, by the rule of the claim."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "kea.conf")
        path.write_text(claim.text, "utf-8")
        found = lint([path], KeaVersion.parse(version)).report.diagnostics
    return {each.kea_says for each in found if each.rule.code == claim.code}


@pytest.mark.parametrize("version", mistakes.ALL)
def test_the_rules_say_it(version: str) -> None:
    for claim in CLAIMS:
        if claim.in_files and version in claim.versions:
            assert said(claim, version) == {KeaSays.REFUSES if claim.complaint else KeaSays.ACCEPTS}, claim


@pytest.mark.kea
@pytest.mark.parametrize("daemon", ["dhcp4", "ctrl-agent"])
def test_kea_does_it(lab: Lab, kea_version: str, daemon: str) -> None:
    asked = [each for each in CLAIMS if each.daemon == daemon and kea_version in each.versions]
    verdicts = lab.check(kea_version, daemon, [each.text.encode() for each in asked], host=[])
    wrong = [
        f"{claim.code}: {verdict.error or 'accepted'}"
        for claim, verdict in zip(asked, verdicts, strict=True)
        for refused in (bool(claim.complaint) and not claim.at_start,)
        if verdict.ok is refused or (refused and claim.complaint not in verdict.error)
    ]
    assert not wrong, "\n".join(wrong)


STARTED = [
    pytest.param(claim, version, id=f"{claim.code}-{version}")
    for claim in CLAIMS
    for version in claim.versions
    if claim.at_start or (not claim.complaint and keajson.body(claim.text))  # the lab reads no number as odd as KH045's
]


@pytest.mark.kea
@pytest.mark.parametrize(("claim", "version"), STARTED)
def test_a_start_shows_it(lab: Lab, claim: Claim, version: str) -> None:
    if not claim.complaint:
        try:
            lab.config_get(version, claim.daemon, claim.text.encode())
        except LabError as error:
            if "answers 401" not in str(error):  # an agent that asks who it is runs
                raise
        return
    with pytest.raises(LabError) as refusal:
        lab.config_get(version, claim.daemon, claim.text.encode())
    assert claim.complaint in str(refusal.value)
