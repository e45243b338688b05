"""Reservations that another tool keeps on the servers: written, unknown to the rules, not compared by diff, imported back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_hac.changes.change import Verdict
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from kea_hac.output.tree import write
from tests.specs import build, checked, findings_of
from tests.unit.compiler.pairs import pair
from tests.unit.drift.pairs import Pair, of
from tests.unit.importing.importing import built_again, imported_again, lost, without_manifest, written

PATH = "/etc/kea/netbox/hosts-1.json"
SUBNET = "subnet4: [{id: 1, subnet: 192.0.2.0/24, pools: [{pool: 192.0.2.100 - 192.0.2.199}], reservations: %s}]"
LITERAL = "[{hw-address: '08:00:27:00:00:01', ip-address: 192.0.2.20}]"
NETWORK = (
    "shared-networks: [{name: floor, subnet4: [{id: 1, subnet: 192.0.2.0/24, reservations: !on-server %s}]}]\n"
    "reservations: !on-server /etc/kea/netbox/all.json"
)
KEPT = pair(SUBNET % f"!on-server {PATH}")
SPECS = {"a subnet": KEPT, "a network and all": pair(NETWORK % PATH), "2.2": KEPT.replace("kea: 2.6", "kea: 2.2")}


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_it_compiles_to_keas_include_and_comes_back(text: str, tmp_path: Path) -> None:
    made = checked(text)
    assert made.build is not None, [each.message for each in made.report.diagnostics]
    assert f'"reservations": <?include "{PATH}"?>' in made.build.files["kea2/kea-dhcp4.conf"].decode()
    again = imported_again(made, tmp_path)
    assert lost(again) == []
    assert f"reservations: !on-server {PATH}" in str(again.text)
    assert built_again(again) == without_manifest(made.build.files)


def test_what_is_in_it_is_unknown() -> None:
    (skipped,) = [each for each in checked(KEPT).report.skipped if PATH in each.what]
    assert (skipped.what, "not known" in skipped.reason) == (f"the reservations in {PATH}", True)
    assert [each.message for each in findings_of(KEPT) if each.severity != "info"] == []
    needs = json.loads(build(KEPT).manifest)["servers"]["kea1"]["needs"]
    assert PATH in needs["files"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (pair(SUBNET % "!on-server hosts.json"), "KH034"),
        (pair("valid-lifetime: !on-server /etc/kea/x.json"), "KH122"),
        (pair(f"client-classes: !on-server {PATH}"), "KH122"),
        (pair("boot-file-name: !on-server /etc/kea/x.json"), "KH122"),
        (pair(SUBNET % f"[!on-server {PATH}]"), "KH122"),
    ],
)
def test_elsewhere_it_is_refused(text: str, code: str) -> None:
    assert [each.rule.code for each in findings_of(text) if each.severity == "error"] == [code]


def _hosts(config: dict[str, Any]) -> None:
    config["subnet4"][0]["reservations"] = [{"hw-address": "08:00:27:00:00:01", "ip-address": "192.0.2.20"}]


def _none(config: dict[str, Any]) -> None:
    config["subnet4"][0].pop("reservations", None)


def _pool(config: dict[str, Any]) -> None:
    _hosts(config)
    config["subnet4"][0]["pools"][0]["pool"] = "192.0.2.100-192.0.2.240"


@pytest.mark.parametrize("base", ["none", None])
@pytest.mark.parametrize("edit", [_hosts, _none], ids=["some", "none"])
def test_diff_does_not_compare_the_list(edit: Any, base: str | None, tmp_path: Path) -> None:
    made = Pair.of(KEPT)
    write(tmp_path, [made.build])
    drift = made.diff(made.lives({"kea1 dhcp4": edit, "kea2 dhcp4": edit}), tmp_path, base)
    assert drift.changes == ()
    reasons = [each.reason for each in of(drift, "kea1").skipped if "reservations" in each.what]
    assert reasons
    assert all(PATH in reason and "not compared" in reason for reason in reasons)


def test_diff_compares_what_is_beside_it(tmp_path: Path) -> None:
    made = Pair.of(KEPT)
    write(tmp_path, [made.build])
    drift = made.diff(made.lives({"kea1 dhcp4": _pool, "kea2 dhcp4": _hosts}), tmp_path)
    assert [(each.server, each.verdict, str(each.path[-1])) for each in drift.changes] == [
        ("kea1", Verdict.EXTERNAL, "pool")
    ]


def test_a_list_that_moves_to_the_servers_is_pending(tmp_path: Path) -> None:
    old = Pair.of(pair(SUBNET % LITERAL))
    write(tmp_path, [old.build])
    drift = Pair.of(KEPT).diff(old.lives(), tmp_path)
    assert {each.verdict for each in drift.changes} == {Verdict.PENDING}


def test_lint_of_the_built_files_knows_as_little(tmp_path: Path) -> None:
    files = written(tmp_path, build(KEPT).files)
    found = lint([path for listed in files.values() for path in listed], KeaVersion.parse("2.6")).report
    assert [each.message for each in found.diagnostics if each.severity == "error"] == []
    assert [each.what for each in found.skipped if PATH in each.what] == [f"the reservations in {PATH}"]


def test_an_include_of_a_file_on_the_servers_leads_to_the_tag() -> None:
    (found,) = findings_of(pair(SUBNET % f"!include {PATH}"))
    assert (found.rule.code, f"`!on-server {PATH}`" in str(found.fix)) == ("KH031", True)
    others = [
        each for each in findings_of(pair("subnet4: !include /etc/kea/subnets.json")) if each.rule.code == "KH031"
    ]
    assert [each.fix for each in others] == [None]
