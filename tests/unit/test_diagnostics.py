"""What a finding says of Kea, and the one registry of rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kea_hac import compile_spec
from kea_hac.check.engine import as_in
from kea_hac.check.rules.addressing import POOL_HOST_BITS
from kea_hac.check.rules.timers import RENEW_AFTER_REBIND
from kea_hac.diagnostics import Finding, KeaVerdict, Severity, rule
from kea_hac.kea.version import KeaVersion
from kea_hac.rule_list import all_rules

SKEWED = """
kea-hac: 1
pair: skewed
platform: debian
servers:
  - {name: kea1, kea: 2.2, role: primary, address: 192.0.2.11, interfaces: [eth0]}
  - {name: kea2, kea: 2.6, role: standby, address: 192.0.2.12, interfaces: [eth0]}
high-availability: {mode: hot-standby, listener: {dhcp4: 8001}}
dhcp4:
  interfaces-config: {interfaces: ["*"]}
  subnet4:
    - {id: 1, subnet: 192.0.2.0/24, pools: [{pool: 192.0.2.5/28}]}
"""


def says(finding: Finding, version: str) -> KeaVerdict:
    return as_in(KeaVersion.parse(version), finding).kea_verdict


def test_a_refusal_holds_in_its_versions() -> None:
    new, old = Finding(POOL_HOST_BITS, (), ""), Finding(RENEW_AFTER_REBIND, (), "")
    assert [says(new, each) for each in ("2.2", "2.4", "3.2")] == ["accepts", "refuses", "refuses"]
    assert [says(old, each) for each in ("2.2", "2.4", "3.2")] == ["refuses", "accepts", "accepts"]


def test_a_refusal_made_less_than_an_error_is_none() -> None:
    finding = Finding(POOL_HOST_BITS, (), "")
    assert finding.kea_verdict is KeaVerdict.REFUSES
    assert replace(finding, severity=Severity.WARNING).kea_verdict is KeaVerdict.ACCEPTS
    assert replace(finding, severity=Severity.WARNING, kea=KeaVerdict.REFUSES).kea_verdict is KeaVerdict.REFUSES


def test_where_one_server_refuses_and_the_other_does_not_the_worse_is_said(tmp_path: Path) -> None:
    path = tmp_path / "skewed.yaml"
    path.write_text(SKEWED)
    found = [each for each in compile_spec(path).report.diagnostics if each.rule is POOL_HOST_BITS]
    assert [(each.severity, each.kea_verdict) for each in found] == [(Severity.ERROR, KeaVerdict.REFUSES)]


def test_versions_go_with_a_refusal() -> None:
    with pytest.raises(ValueError, match="which versions refuse, and Kea accepts"):
        rule("KH999", "nothing", kea=KeaVerdict.ACCEPTS, why="", since="2.6")
    with pytest.raises(ValueError, match="registered twice"):
        rule(POOL_HOST_BITS.code, "nothing", why="")
    for each in all_rules().values():
        for limit in filter(None, [*each.since.split(", "), each.until]):
            KeaVersion.parse(limit)
