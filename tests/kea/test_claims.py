"""What each rule says of Kea, seen on the lab's versions: `accepts` loads, `refuses` is refused in words that name the mistake."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from kea_hac.check.examples import example
from kea_hac.diagnostics import KeaVerdict
from kea_hac.kea.version import PROVEN, KeaVersion
from kea_hac.linting import lint
from kea_hac.rule_list import all_rules
from tests.examples import whole
from tests.kea import test_wire_rules as wire
from tests.kea.claims import CLAIMS, WITHOUT_PROOF, Claim, reserved
from tests.lab import Lab, LabError, keajson
from tests.specs import checked
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
        *(each.rule for each in (*wire.CASES4, *wire.CASES6) if each.rule),
        "KH259",  # test_wire_rules.test_a_link_without_a_socket
    }
)


def test_every_claim_is_proven_or_says_why_not(figure: Callable[[str], None]) -> None:
    claiming = {code for code, rule in all_rules().items() if rule.kea is not KeaVerdict.NOT_ITS_BUSINESS}
    proven = {*PROVEN_ELSEWHERE, *(each.code for each in CLAIMS)}
    unproven = claiming - proven - WITHOUT_PROOF.keys() - _by_example().keys()
    assert unproven == set(), "prove it in tests/kea/claims.py"
    assert WITHOUT_PROOF.keys() & proven == set()
    assert WITHOUT_PROOF.keys() <= claiming
    for reason in dict.fromkeys(WITHOUT_PROOF.values()):
        codes = ", ".join(code for code, each in WITHOUT_PROOF.items() if each == reason)
        figure(f"not shown by a start of one server, {codes}: {reason}")


@cache
def _by_example() -> dict[str, tuple[str, list[tuple[str, bytes]]]]:
    """Rules that say `accepts` and are in no table, with their bad example as Kea's files: version, and daemon with bytes."""
    known = {*PROVEN_ELSEWHERE, *(each.code for each in CLAIMS), *WITHOUT_PROOF}
    found: dict[str, tuple[str, list[tuple[str, bytes]]]] = {}
    for code, rule in all_rules().items():
        shown = example(code) if rule.kea is KeaVerdict.ACCEPTS and code not in known else None
        if shown is None or len(shown.bad) > 1 or shown.files:
            continue
        text = whole(shown, shown.over[0], shown.bad[0])
        judged = checked(text) if shown.of_a_spec else None
        version = judged.site.nodes[0].version if judged and judged.site else KeaVersion.parse(shown.kea)
        files = {"kea1/kea-ctrl-agent.conf" if '"Control-agent"' in text else "kea1/kea-dhcp4.conf": text.encode()}
        if judged is not None:
            files = dict(judged.build.files) if judged.build else {}
        of_kea = [
            (name.removesuffix(".conf").partition("/kea-")[2], content)
            for name, content in files.items()
            if name.endswith(".conf")
        ]
        if of_kea and version.branch in PROVEN:
            found[code] = (PROVEN[version.branch], of_kea)
    return found


@pytest.mark.kea
def test_kea_takes_the_examples_of_what_it_accepts(lab: Lab) -> None:
    wrong: list[str] = []
    for version, daemon in product(mistakes.ALL, ("dhcp4", "dhcp6", "ctrl-agent")):
        asked = [
            (code, content)
            for code, (own, files) in _by_example().items()
            for name, content in files
            if (own, name) == (version, daemon)
        ]
        texts = [content for _, content in asked]
        if texts and daemon == "ctrl-agent":
            errors = [each.error for each in lab.check(version, daemon, texts)]
        else:
            errors = [each.error for each in lab.reload(version, daemon, texts)] if texts else []
        wrong += [f"{code} on {version}: {error}" for (code, _), error in zip(asked, errors, strict=True) if error]
    assert not wrong, "\n".join(wrong)


def said(claim: Claim, version: str) -> set[KeaVerdict]:
    """What kea-hac says that Kea does with the file, by the rule of the claim."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "kea.conf")
        path.write_text(claim.text, "utf-8")
        found = lint([path], KeaVersion.parse(version)).report.diagnostics
    return {each.kea_verdict for each in found if each.rule.code == claim.code}


@pytest.mark.parametrize("version", mistakes.ALL)
def test_the_rules_say_it(version: str) -> None:
    for claim in CLAIMS:
        if claim.in_files and version in claim.versions:
            assert said(claim, version) == {KeaVerdict.REFUSES if claim.complaint else KeaVerdict.ACCEPTS}, claim


@pytest.mark.kea
@pytest.mark.parametrize("daemon", ["dhcp4", "dhcp6", "ctrl-agent"])
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


@pytest.mark.kea
def test_an_odd_number_of_digits_begins_with_a_zero(lab: Lab, kea_version: str) -> None:
    """What KH319 says of it: the server reserves for another client than the one that was meant."""
    shown = lab.config_get(kea_version, "dhcp4", reserved(hw_address="00112233445").encode())
    assert '"00:01:12:23:34:45"' in str(shown).replace("'", '"')
