"""`# kea-hac: guessed` beside `kea` and `platform`: what rests on the value is a warning, and without the mark an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.api import Checked, judge, load_text
from kea_hac.diagnostics import Diagnostic, Severity
from tests.specs import ADVICE

LEASES = """\
kea-hac: 1
pair: one
kea: 2.6{kea}
platform: debian{platform}
servers:
  - {{name: solo, interfaces: [eth0]{server}}}
dhcp4:
  lease-database: {{type: memfile, name: "{name}"}}
  subnet4: [{{id: 1, subnet: 192.0.2.0/24, pools: [{{pool: {pool}}}]}}]
"""
MARK = "  # kea-hac: guessed, as it looks"


def mistakes(found: Checked) -> list[Diagnostic]:
    """What was found, without the advice."""
    return [each for each in found.report.diagnostics if each.rule.code not in ADVICE]


def checked(
    kea: str = "", platform: str = "", name: str = "dhcp4.leases", server: str = "", pool: str = "192.0.2.9/32"
) -> Checked:
    text = LEASES.format(kea=kea, platform=platform, name=name, server=server, pool=pool)
    return judge(load_text(text, Path("one.yaml")))


def worst(found: Checked) -> Severity:
    return min((each.severity for each in mistakes(found)), key=lambda each: each.rank)


@pytest.mark.parametrize("name", ["dhcp4.leases", "/srv/leases.csv"])
def test_a_platform_that_is_guessed_blocks_nothing(name: str) -> None:
    assert checked(name=name).build is None
    found = checked(platform=MARK, name=name)
    assert found.build is not None
    assert worst(found) is Severity.WARNING
    assert "the platform debian is a guess" in mistakes(found)[0].message


def test_a_server_s_own_platform_can_be_guessed() -> None:
    assert checked(server=", platform: debian").build is None
    text = LEASES.format(kea="", platform="", name="dhcp4.leases", server=", platform: debian", pool="192.0.2.9/32")
    marked = text.replace("platform: debian}", f"platform: debian}}{MARK}")
    assert judge(load_text(marked, Path("one.yaml"))).build is not None


def test_a_version_that_is_guessed_blocks_nothing_that_another_takes() -> None:
    """Kea 2.2 cuts the host bits of a pool's prefix, newer versions refuse them."""
    assert checked(name="kea-leases4.csv", pool="192.0.2.9/28").build is None
    found = checked(kea=MARK, name="kea-leases4.csv", pool="192.0.2.9/28")
    assert found.build is not None
    assert "Kea 2.6 is a guess, and with Kea 2.2 this is not an error" in mistakes(found)[0].message


def test_what_no_version_takes_stays_an_error() -> None:
    assert checked(kea=MARK, platform=MARK, pool="198.51.100.1/32").build is None


def test_the_mark_may_stand_on_a_line_of_its_own() -> None:
    assert checked(kea="\n# kea-hac: guessed").build is not None


@pytest.mark.parametrize("mark", ["# kea-hac: guessed", "# kea-hac: guessed, with a reason"])
def test_a_mark_beside_another_key_is_a_finding(mark: str) -> None:
    found = checked(name="kea-leases4.csv", platform=f"\n\n{mark}")
    assert [each.rule.name for each in mistakes(found)] == ["misplaced-guess-mark"]


def test_a_word_that_merely_begins_so_is_no_mark() -> None:
    found = checked(name="kea-leases4.csv", platform="  # kea-hac: guessed-at")
    assert [each.rule.name for each in mistakes(found)] == ["malformed-ignore"]
