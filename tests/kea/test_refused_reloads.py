"""What a running server does when it reloads a file that it refuses: the sentence in the `why` of each rule, seen on real Kea.

Kea 2.2 closes its DHCP sockets before it parses a configuration, after the grammar has accepted the file. Every version has them
closed when it refuses at a later step: interfaces, databases, hook libraries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from kea_hac.diagnostics import HOOK_NOT_LOADED, NOT_LOADED, NOT_OPENED, NOT_READ
from kea_hac.rule_list import all_rules
from tests.kea.claims import CLAIMS, dhcp4
from tests.kea.test_rules_refuse import ROWS
from tests.lab import reload_in_service
from tests.unit.check import class_mistakes, option_examples
from tests.unit.check.mistakes import REFUSED
from tests.unit.check.refusals import text

SERVES = {
    NOT_READ: lambda version: True,
    NOT_LOADED: lambda version: version != "2.2.0",
    NOT_OPENED: lambda version: False,
    HOOK_NOT_LOADED: lambda version: False,
}
"""The sentence → whether a server of a version has open DHCP sockets after the reload."""
GRAMMAR = (
    ("KH122", dhcp4(valid_lifetime="3600")),
    ("KH122", dhcp4(valid_lifetime=1.5)),
    ("KH122", dhcp4(subnet4={})),
    ("KH123", dhcp4(interfaces_config={"interfaces": ["eth0"], "dhcp-socket-type": "any"})),
    ("KH123", dhcp4(lease_database={"type": "oracle"})),
    ("KH125", dhcp4(subnet4=[{"id": 1}])),
    ("KH125", dhcp4(lease_database={})),
    ("KH131", dhcp4(loggers=[{"name": "kea-dhcp4", "output-options": [], "output_options": []}])),
)
"""Files for rules of the grammar that no table has."""

LIBRARIES = ("KH122", "KH123", "KH125", "KH620", "KH622")
"""Rules whose mistake in the parameters of HA is tried: a refusal by the library takes half a second."""


def refused(version: str) -> Iterator[tuple[str, str, str]]:
    """Rule, daemon and file, of the tables that other tests hold against real Kea."""
    for claim in CLAIMS:
        if claim.complaint and version in claim.versions:
            yield claim.code, claim.daemon, claim.text
    for row in ROWS:
        if row.refused_by(version):
            yield row.code, row.daemon, text(row.bad)
    for example in option_examples.EXAMPLES:
        if version in example.versions:
            yield example.code, f"dhcp{example.family}", json.dumps({f"Dhcp{example.family}": example.bad})
    for mistake in class_mistakes.MISTAKES:
        if version in mistake.versions and not mistake.loads:
            yield mistake.rule, "dhcp4", json.dumps({"Dhcp4": mistake.wrong})
    for wrong in REFUSED:
        if wrong.rules[0] in LIBRARIES and version in wrong.versions and wrong.complaint(version):
            yield wrong.rules[0], "dhcp4", json.dumps({"Dhcp4": wrong.config()})
    for code, content in GRAMMAR:
        yield code, "dhcp4", content


@pytest.mark.kea
@pytest.mark.parametrize("daemon", ["dhcp4", "dhcp6"])
def test_the_why_of_a_rule_says_what_a_reload_does(kea_version: str, daemon: str) -> None:
    rules = all_rules()
    asked: dict[tuple[str, str], str] = {}
    for code, of, content in refused(kea_version):
        sentence = next((each for each in SERVES if each in rules[code].why), None)
        if sentence is not None and "high-availability" in content:
            sentence = HOOK_NOT_LOADED  # rules of the grammar say the same of parameters of libraries
        if of == daemon and sentence is not None:
            asked.setdefault((code, sentence), content)
    seen = reload_in_service(
        kea_version, daemon, [content.encode(errors="surrogateescape") for content in asked.values()]
    )
    wrong = [
        f"{code}: {'serves' if each.serving else 'has no socket'}: {each.error}"
        for (code, sentence), each in zip(asked, seen, strict=True)
        if each.error and each.serving is not SERVES[sentence](kea_version)
    ]
    assert not wrong, "\n".join(wrong)
    assert sum(bool(each.error) for each in seen) > 15
