"""One mistake is one error: over every key of the shipped specs, misspelt by a letter, left out, or with a value of another type.

What is more than one is published here, with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from kea_hac.diagnostics import Diagnostic
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint_documents
from kea_hac.source import read_kea_json, read_yaml
from kea_hac.source.document import Document
from tests.shapes.single import KINDS, errors, judged, mistakes, spelt
from tests.shipped import GOLDEN, SHIPPED
from tests.specs import ADVICE, findings_of
from tests.unit.compiler.pairs import pair

SEVERAL = {
    (r"hub.yaml high-availability.relationships", "absent"): "the spec is a pair's then, which lacks roles and a port",
    (
        r"campus.yaml servers\[\d\].interfaces",
        "absent",
    ): "the server has no interface, and the aliases stand for nothing",
    (
        r"modern.yaml servers\[\d\].basic-auth-user-file",
        "absent",
    ): "a password without a user is wrong by itself, and the partner asks for both",
}
"""Where a spec has one mistake and several errors: file and route, the kind of mistake, and why."""
SEVERAL_IN_FILES = {
    (r"branch .*hooks-libraries", "absent"): "without HA each of its classes is one that no client has",
    (r"branch .*client-classes", "absent"): "a class that is not there, and pools that are shared without it",
}
FILES = [
    *sorted(GOLDEN.glob("branch/2.6/branch1/kea-*.conf")),
    *sorted(GOLDEN.glob("campus/2.6/kea1/kea-*.conf")),
    *sorted(GOLDEN.glob("hub/2.6/hub/kea-dhcp4.conf")),
    *sorted(GOLDEN.glob("modern/3.0/modern1/kea-dhcp4.conf")),
]


def published(place: str, kind: str, known: Iterable[tuple[str, str]]) -> bool:
    return any(kind == which and re.fullmatch(pattern, place) for pattern, which in known)


def more(found: Iterable[Diagnostic], base: Iterable[Diagnostic]) -> list[Diagnostic]:
    known = {(each.rule.code, each.message) for each in base}
    return [each for each in found if (each.rule.code, each.message) not in known and each.rule.code not in ADVICE]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_one_mistake_in_a_spec_is_one_finding(path: Path, kind: str) -> None:
    document = read_yaml(path).document
    assert document is not None
    base = judged(document)
    tried = 0
    for route, broken in mistakes(document, kind):
        found = more(judged(broken), base)
        wrong = errors(found)
        tried += bool(wrong)
        if len(found) > 1 and wrong and not published(f"{path.name} {spelt(route)}", kind, SEVERAL):
            pytest.fail(f"{spelt(route)} {kind}: {[(each.rule.code, each.path, each.message) for each in found]}")
    assert tried > 5, "the mistakes are none"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_nothing_is_found_beside_a_value_that_the_reader_could_not_read(path: Path) -> None:
    """An include of no file, an alias of no anchor: its finding is the reader's, and nothing that follows from the gap is told."""
    document = read_yaml(path).document
    assert document is not None
    base = judged(document)
    for route, broken in mistakes(document, "unread"):
        found = more(judged(broken), base)
        assert not found, f"{spelt(route)}: {[(each.rule.code, each.path, each.message) for each in found]}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_one_mistake_in_a_file_of_kea_is_one_finding(path: Path, kind: str) -> None:
    version = KeaVersion.parse(path.parts[-3])

    def linted(document: Document) -> tuple[Diagnostic, ...]:
        return lint_documents({path: document}, version).report.diagnostics

    document = read_kea_json(path, opaque=True).document
    assert document is not None
    base = linted(document)
    for route, broken in mistakes(document, kind):
        found = more(linted(broken), base)
        if (
            len(found) > 1
            and errors(found)
            and not published(f"{path.parts[-4]} {spelt(route)}", kind, SEVERAL_IN_FILES)
        ):
            pytest.fail(f"{spelt(route)} {kind}: {[(each.rule.code, each.path, each.message) for each in found]}")


IGNORED = (
    "subnet4: [{id: 1, subnet: 192.0.2.0/24}]\nvalid-lifetme: 2h  # kea-hac: ignore[unknown-key] a key of a patched Kea"
)


def test_what_follows_from_a_mistake_that_a_comment_lets_through_is_reported() -> None:
    """Nobody sees that mistake, so what it does to the default may not be hidden with it."""
    text = pair(IGNORED + "\nrenew-timer: 3h\nrebind-timer: 4h")
    assert "timer-after-expiry" in [each.rule.name for each in findings_of(text)]
    seen = findings_of(text.replace("  # kea-hac: ignore[unknown-key] a key of a patched Kea", ""))
    assert [each.rule.code for each in seen] == ["KH120"]


def test_a_mistake_hides_nothing_beside_it() -> None:
    """A misspelt key of one subnet says nothing of another, and nothing of what does not rest on it."""
    body = (
        "subnet4:\n"
        "  - {idd: 1, subnet: 192.0.2.0/24, pools: [{pool: 198.51.100.1 - 198.51.100.9}]}\n"
        "  - {subnet: 203.0.113.0/24}"
    )
    found = [(each.rule.name, each.path) for each in findings_of(pair(body))]
    assert ("unknown-key", "dhcp4.subnet4[0].idd") in found
    assert ("pool-outside-subnet", "dhcp4.subnet4[0].pools[0].pool") in found
    assert [path for name, path in found if name == "subnet-id-missing"] == ["dhcp4.subnet4[1].subnet"]


@pytest.mark.parametrize("families", ["dhcp4", "dhcp4 and dhcp6"])
def test_one_missing_address_is_one_error_for_both_families(families: str) -> None:
    text = pair("subnet4: [{id: 1, subnet: 192.0.2.0/24}]").replace("    address: 192.0.2.11\n", "")
    if "dhcp6" in families:
        text = text.replace("listener: 8001", "listener: {dhcp4: 8001, dhcp6: 8002}") + "dhcp6: {valid-lifetime: 2h}\n"
    found = [each.message for each in findings_of(text) if each.rule.code == "KH107"]
    assert found == [f"server 'kea1' has no address in {families}"]
