"""What Kea 3.3 changes, as its sources have it (`data/versions.json` names what was read). No server of it was run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kea_hac
from kea_hac.kea.expression import Expression, Fault, Mistake, parse
from kea_hac.kea.version import BRANCHES, PREVIEWS, PROVEN, Branch, Feature, KeaVersion, first_with, has, preferred

SPEC = """
kea-hac: 1
pair: made-up
kea: "{version}"
platform: debian
servers:
  - {{name: kea1, role: primary, address: 192.0.2.11, interfaces: [eth0]}}
  - {{name: kea2, role: standby, address: 192.0.2.12, interfaces: [eth0]{peer}}}
high-availability:
  mode: hot-standby
  listener: {{dhcp4: 8001}}
  heartbeat-delay: {delay}
  max-response-delay: 300s
dhcp4:
  subnet4: [{{id: 1, subnet: 192.0.2.0/24, interface: eth0, pools: [{{pool: 192.0.2.100 - 192.0.2.200}}]}}]
"""
FLEX_OPTION = "libdhcp_flex_option.so"
LEGAL_LOG = "libdhcp_legal_log.so"
FLEX_ID = "libdhcp_flex_id.so"
DATABASE = {"type": "mysql", "name": "leases"}


def of_spec(tmp_path: Path, version: str, delay: str = "10s", peer: str = "") -> kea_hac.Checked:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(version=version, delay=delay, peer=peer), "utf-8")
    return kea_hac.compile_spec(path)


def of_file(tmp_path: Path, version: str, members: dict[str, Any]) -> set[str]:
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text(json.dumps({"Dhcp4": {"interfaces-config": {"interfaces": ["eth0"]}, **members}}), "utf-8")
    return {each.rule.code for each in kea_hac.lint([path], KeaVersion.parse(version)).report.diagnostics}


def library(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"hooks-libraries": [{"library": name, "parameters": parameters}]}


def database(**more: str) -> dict[str, Any]:
    return {"lease-database": {**DATABASE, **more}, "hooks-libraries": [{"library": "libdhcp_mysql.so"}]}


def option(**more: str) -> dict[str, Any]:
    return library(FLEX_OPTION, {"options": [{"code": 67, "add": "'a'", **more}]})


def test_it_is_a_preview_and_never_guessed_while_another_will_do() -> None:
    assert "3.3" in PREVIEWS
    assert not PREVIEWS.keys() & PROVEN.keys()
    assert preferred(BRANCHES) in PROVEN
    assert preferred({Branch("3.2"), Branch("3.3")}) == "3.2"
    assert preferred({Branch("3.3")}) == "3.3"


@pytest.mark.parametrize(("delay", "seconds"), [("65535", 65535), ("65536", 65536), ("200s", 200000)])
def test_delays_are_32_bit(tmp_path: Path, delay: str, seconds: int) -> None:
    """ChangeLog 2521 (3.3.0)."""
    new, old = of_spec(tmp_path, "3.3", delay), of_spec(tmp_path, "3.2", delay)
    assert new.build is not None
    (content,) = (text for name, text in new.build.files.items() if name.startswith("kea1/kea-dhcp4"))
    assert f'"heartbeat-delay": {seconds}' in content.decode()
    messages = [each for each in old.report.diagnostics if each.rule.code == "KH124"]
    assert any("'heartbeat-delay'" in each.message for each in messages) is (seconds > 65535)
    assert any("'max-response-delay' is 300000" in each.message for each in messages)
    assert all((each.fix or "").endswith("; this one needs Kea 3.3 and newer") for each in messages)


@pytest.mark.parametrize(
    ("version", "asked"), [("2.6", False), ("3.2", False), ("3.3.0", False), ("3.3.1", True), ("3.3", True)]
)
def test_the_dedicated_listener_asks_for_a_password(tmp_path: Path, version: str, asked: bool) -> None:
    """Unreleased entry 4599 at 3.3.1-git."""
    assert has(KeaVersion.parse(version), Feature.HA_LISTENER_CHECKS_PASSWORDS) is asked
    assert first_with(Feature.HA_LISTENER_CHECKS_PASSWORDS) == "3.3.1"
    peer = ", basic-auth-user: kea2, basic-auth-password-file: /etc/kea/pw"
    found = of_spec(tmp_path, version, "10s", peer).report.diagnostics
    assert ("KH612" in {each.rule.code for each in found}) is not asked


@pytest.mark.parametrize(
    ("members", "before", "now"),
    [
        ({"control-socket": {"socket-type": "unix", "socket-name": "s"}}, set(), {"KH132"}),
        ({"control-sockets": [{"socket-type": "unix", "socket-name": "s"}]}, set(), set()),
        (database(**{"password-file": "/etc/kea/pw"}), {"KH132"}, set()),
        (database(**{"password-file": "/etc/kea/pw", "password": "x-y-z"}), {"KH132", "KH744"}, {"KH744"}),
        (option(source="response"), {"KH770"}, set()),
        (option(destination="query"), {"KH770"}, set()),
        (option(destination="query", source="query"), {"KH770"}, set()),
        (option(destination="query", source="response"), {"KH770"}, {"KH772"}),
        (option(source="anything"), {"KH770"}, {"KH772"}),
        (library(LEGAL_LOG, {"mark-continuation-lines": False}), {"KH771"}, set()),
        (library(LEGAL_LOG, {"mark-continuation-lines": "no"}), {"KH771"}, {"KH772"}),
        (library(FLEX_ID, {"identifier-expression": "'a'", "cid-as-rfc4361-duid": True}), {"KH771"}, set()),
        (library(LEGAL_LOG, {"password": "x-y-z", "password-file": "/etc/kea/pw"}), {"KH771"}, {"KH772"}),
    ],
)
def test_keys_of_files(tmp_path: Path, members: dict[str, Any], before: set[str], now: set[str]) -> None:
    os_errors_explained = {"KH120", "KH124", "KH132", "KH744", "KH770", "KH771", "KH772", "KH773", "KH131"}
    assert of_file(tmp_path, "3.2", members) & os_errors_explained == before
    assert of_file(tmp_path, "3.3", members) & os_errors_explained == now


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("option[82].option[1].option[2].exists", 4),
        ("option[82].option[1].option[2].option[3].hex == 0x01", 4),
        ("relay4[1].option[2].text == 'a'", 4),
        ("relay6[0].option[18].option[1].hex == 0x01", 6),
        ("vendor[4491].option[1].option[2].exists", 4),
        ("vendor[*].option[1].option[2].option[3].hex == 'a'", 6),
    ],
)
def test_options_nest_without_a_limit(text: str, family: int) -> None:
    """ChangeLog 2524 (3.3.0)."""
    assert isinstance(parse(text, family=family, branch=Branch("3.3")), Expression)
    for branch in BRANCHES[:5]:
        found = parse(text, family=family, branch=branch)
        assert isinstance(found, Mistake)
        assert found.fault is Fault.VERSION
        assert "3.3" in found.message


@pytest.mark.parametrize(
    "text", ["option[82].option[name].exists", "option[82].option[1].option[256].exists", "relay4[1].exists.hex == 'a'"]
)
def test_what_no_version_takes(text: str) -> None:
    for branch in BRANCHES:
        assert isinstance(parse(text, family=4, branch=branch), Mistake)


def test_what_may_follow_a_sub_option() -> None:
    def expected(version: str) -> tuple[str, ...]:
        found = parse("option[82].option[1].!", family=4, branch=Branch(version))
        assert isinstance(found, Mistake)
        return found.expected

    assert "option" in expected("3.3")
    assert "option" not in expected("3.2")
