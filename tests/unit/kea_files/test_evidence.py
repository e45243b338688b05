"""The version of files that do not name it: evidence is weighed, and what rests on the guess is no error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_hac.diagnostics import Severity
from kea_hac.kea.version import BRANCHES, KeaVersion
from kea_hac.kea_files.version_evidence import Guess, together, weigh
from kea_hac.linting import lint
from kea_hac.source import read_kea_json
from kea_hac.source.document import Document

SUBNET = {"id": 1, "subnet": "192.0.2.0/24"}
UNIX = {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"}


def document(folder: Path, config: Any) -> Document:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "kea-dhcp4.conf"
    path.write_text(config if isinstance(config, str) else json.dumps(config), "utf-8")
    read = read_kea_json(path).document
    assert read is not None
    return read


def guessed(folder: Path, config: Any) -> Guess:
    return weigh([document(folder, config)])


def dhcp4(**keys: Any) -> dict[str, Any]:
    return {"Dhcp4": {"subnet4": [SUBNET], **{key.replace("_", "-"): value for key, value in keys.items()}}}


LOGGER = {"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout"}]}


@pytest.mark.parametrize(
    ("config", "version", "able"),
    [
        (dhcp4(), "3.0", f"2.2 to {BRANCHES[-1]}"),
        (dhcp4(control_socket=UNIX), "3.0", "2.2 to 3.2"),
        (dhcp4(loggers=[LOGGER]), "3.0", f"2.2 to {BRANCHES[-1]}"),
        # two old spellings of different versions: what one piece speaks against is still likely
        (dhcp4(control_socket=UNIX, loggers=[LOGGER]), "2.6", "2.2 to 3.2"),
        # the same old spelling twice is one habit
        (
            dhcp4(subnet4=[{**SUBNET, "client-class": "a", "pools": [{"pool": "192.0.2.9/32", "client-class": "a"}]}]),
            "3.0",
            f"2.2 to {BRANCHES[-1]}",
        ),
        (dhcp4(control_sockets=[UNIX]), "3.0", f"3.0 to {BRANCHES[-1]}"),
        (dhcp4(control_socket={**UNIX, "socket-name": "/tmp/kea4-ctrl-socket"}), "2.6", "2.2 to 2.6"),
        (dhcp4(control_socket={**UNIX, "socket-name": "/srv/kea/sock"}), "2.6", "2.2 to 3.2"),
        (dhcp4(offer_lifetime=60), "3.0", f"2.4 to {BRANCHES[-1]}"),
        (dhcp4(reservation_mode="all"), "2.2", "2.2 to 2.4"),
        (dhcp4(subnet4=[{"subnet": "192.0.2.0/24"}]), "2.2", "2.2 to 2.4"),
        (dhcp4(hooks_libraries=[{"library": "/usr/lib/kea/hooks/libdhcp_mysql_cb.so"}]), "2.6", "2.2 to 2.6"),
        (dhcp4(hooks_libraries=[{"library": "libdhcp_pgsql.so"}]), "3.0", f"3.0 to {BRANCHES[-1]}"),
        (dhcp4(hooks_libraries=[{"library": "libdhcp_perfmon.so"}]), "3.0", f"2.6 to {BRANCHES[-1]}"),
        (dhcp4(hooks_libraries=[{"library": "/opt/our_own.so"}]), "3.0", f"2.2 to {BRANCHES[-1]}"),
        (dhcp4(lease_database={"type": "mysql", "name": "kea"}), "2.6", "2.2 to 2.6"),
        ({**dhcp4(), "hash": "00"}, "3.0", f"2.4 to {BRANCHES[-1]}"),
        ({"result": 0, "arguments": dhcp4(control_socket=UNIX)}, "2.6", "2.2 to 2.6"),
        ({"result": 0, "arguments": {**dhcp4(control_socket=UNIX), "hash": "00"}}, "2.6", "2.4 to 2.6"),
        ({"Control-agent": {"http-port": 8000}}, "3.0", "2.2 to 3.0"),
    ],
)
def test_what_files_are_for(tmp_path: Path, config: Any, version: str, able: str) -> None:
    found = guessed(tmp_path, config)
    assert str(found.version) == version
    assert found.span == f"{able} accept these files"


def test_the_target_is_the_source_wherever_it_takes_the_files(tmp_path: Path) -> None:
    target = KeaVersion.parse("3.0")
    assert guessed(tmp_path, dhcp4(control_socket=UNIX, loggers=[LOGGER])).source(target) == target
    assert str(guessed(tmp_path, dhcp4(reservation_mode="all")).source(target)) == "2.2"


def test_servers_share_a_version_where_one_takes_all_files(tmp_path: Path) -> None:
    old = guessed(tmp_path / "a", dhcp4(subnet4=[{"subnet": "192.0.2.0/24"}]))
    open_to_all = guessed(tmp_path / "b", dhcp4())
    new = guessed(tmp_path / "c", dhcp4(control_sockets=[UNIX]))
    common = together([old, open_to_all])
    assert common is not None
    assert str(common.version) == "2.2"
    assert together([old, new]) is None


def test_the_evidence_is_named(tmp_path: Path) -> None:
    words = guessed(tmp_path, dhcp4(offer_lifetime=60, control_socket=UNIX)).words
    assert "'offer-lifetime' in Dhcp4 exists in 2.4 and newer only" in words
    assert "'control-socket' is the usual spelling of up to 2.6" in words


OVERLAP = json.dumps(dhcp4(subnet4=[{**SUBNET, "pools": [{"pool": "192.0.2.0/24"}, {"pool": "192.0.2.8/30"}]}]))


@pytest.mark.parametrize("branch", [branch for branch in BRANCHES if branch.order])
def test_an_error_of_the_guessed_version_alone_is_a_warning(tmp_path: Path, branch: str) -> None:
    """2.2 takes a pool whose prefix has host bits, newer versions refuse it; nothing else tells the version."""
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text(json.dumps(dhcp4(subnet4=[{**SUBNET, "pools": [{"pool": "192.0.2.9/28"}]}])), "utf-8")
    said = lint([path], KeaVersion.parse(branch)).report.diagnostics
    assert Severity.ERROR in {each.severity for each in said}
    found = lint([path]).report.diagnostics
    assert {each.rule.code for each in found} >= {each.rule.code for each in said}
    assert Severity.ERROR not in {each.severity for each in found}
    assert any("Kea 3.0 is a guess, and with Kea 2.2 this is not an error" in each.message for each in found)


def test_an_error_of_every_version_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text(OVERLAP, "utf-8")
    assert Severity.ERROR in {each.severity for each in lint([path]).report.diagnostics}


def test_a_version_that_trades_one_error_for_another_proves_nothing(tmp_path: Path) -> None:
    """A key of 2.2 beside one of 3.0: no version takes both, whichever is guessed."""
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text(json.dumps(dhcp4(reservation_mode="all", control_sockets=[UNIX])), "utf-8")
    assert Severity.ERROR in {each.severity for each in lint([path]).report.diagnostics}
