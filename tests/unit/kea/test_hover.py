"""Hover text: a meaning and the facts for every keyword."""

from __future__ import annotations

import pytest

from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.hover import hover_text, meanings, newer_spelling
from kea_hac.kea.synonyms import SPELLINGS
from tests.unit.kea.documents import keywords

SECONDS = "Seconds, or a length of time such as 90s, 4h, 1d."
MILLISECONDS = "Milliseconds, or a length of time such as 500ms, 10s."
ALWAYS = "Kea: every known version."


def test_meanings_are_of_keywords_and_every_keyword_that_can_be_written_has_one() -> None:
    names = {name for _, scope, keyword in keywords() for name in (keyword.name, f"{scope.name}/{keyword.name}")}
    assert meanings().keys() <= names
    derived = {"this-server-name", "peers", "url", "name", "role"}
    unexplained = [
        f"{scope.name}/{keyword.name}"
        for name, scope, keyword in keywords()
        if not (name == "ha" and keyword.name in derived)
        and keyword.name not in meanings()
        and f"{scope.name}/{keyword.name}" not in meanings()
    ]
    assert unexplained == []


@pytest.mark.parametrize(
    ("name", "scope", "key", "facts"),
    [
        ("dhcp4", "Dhcp4", "valid-lifetime", f"{SECONDS} Default 7200. {ALWAYS}"),
        ("dhcp4", "subnet4", "renew-timer", f"{SECONDS} Without it, the value of the level above applies. {ALWAYS}"),
        ("dhcp4", "subnet4", "id", f"1 to 4294967294. {ALWAYS}"),
        ("dhcp4", "Dhcp4", "cache-threshold", f"At least 0.0, less than 1.0. Default 0.25 (3.0 and newer). {ALWAYS}"),
        (
            "dhcp4",
            "Dhcp4",
            "allocator",
            "Not in every version: shared-flq (3.2 and newer). Default iterative. Kea: 2.4 and newer.",
        ),
        ("ha", "relationship", "heartbeat-delay", f"{MILLISECONDS} 0 to 65535 (up to 3.2). Default 10000. {ALWAYS}"),
        (
            "ha",
            "multi-threading",
            "http-dedicated-listener",
            f"Default true (2.4 and newer), default false (up to 2.2). {ALWAYS}",
        ),
    ],
)
def test_facts_of_a_keyword(name: ProgramName, scope: str, key: str, facts: str) -> None:
    where = program(name).scopes[scope]
    assert hover_text(where, where.keywords[key]).split("\n")[1] == facts


def test_every_known_respelling_is_an_old_spelling() -> None:
    found = {keyword.name for _, scope, keyword in keywords() if newer_spelling(scope, keyword)}
    assert {row.old for row in SPELLINGS} <= found
