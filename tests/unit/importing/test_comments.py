"""Comments stand in the spec where they stood in the file, and none is lost, whatever happens to its value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kea_hac.kea_files.comments import remarks
from kea_hac.source import read_kea_json_text
from tests.unit.importing.importing import imported

FILE = """\
// head
# head, second line
{
  /* the whole
   * of it */
  "Dhcp4": {
    // at a derived key
    "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" }, // beside it
    "interfaces-config": { "interfaces": [ "eth0" ] }, # the wire
    "valid-lifetime": 4000, // beside a value
    // before a list
    "subnet4": [
      // before an item
      { "id": 1, "subnet": "192.0.2.0/24", // beside the prefix
        "pools": [ { "pool": "192.0.2.10-192.0.2.20" } /* beside a pool */ ] }
      // at the end of the list
    ]
    // at the end of the map
  }
}
// tail
"""
PLACES = """\
servers:
  - name: kea1
    interfaces: [eth0]  # the wire

# head
# head, second line
# the whole
# of it
dhcp4:
  # control-socket: at a derived key
  # control-socket: beside it
  valid-lifetime: 4000  # beside a value
  # before a list
  subnet4:
    # before an item
    - id: 1
      subnet: 192.0.2.0/24  # beside the prefix
      pools:
        - {pool: 192.0.2.10-192.0.2.20}  # beside a pool
    # at the end of the list
  # at the end of the map
  # tail
"""


def test_every_comment_keeps_its_place(tmp_path: Path) -> None:
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": FILE}, source="2.6")
    assert found.text is not None
    assert found.text.endswith(PLACES), found.text


def test_a_partners_comment_has_its_name_and_the_same_one_is_said_once(tmp_path: Path) -> None:
    ha = (
        '"hooks-libraries": [ { "library": "libdhcp_lease_cmds.so" }, { "library": "libdhcp_ha.so", "parameters": '
        '{ "high-availability": [ { "this-server-name": "NAME", "mode": "hot-standby", "multi-threading": '
        '{ "enable-multi-threading": true, "http-dedicated-listener": true }, "peers": ['
        '{ "name": "kea1", "url": "http://192.0.2.1:8001/", "role": "primary" },'
        '{ "name": "kea2", "url": "http://192.0.2.2:8001/", "role": "standby" } ] } ] } } ],'
    )
    one = FILE.replace('"valid-lifetime"', ha.replace("NAME", "kea1") + '\n    "valid-lifetime"')
    two = FILE.replace('"valid-lifetime"', ha.replace("NAME", "kea2") + '\n    "valid-lifetime"')
    two = two.replace("// before an item", "// another word")
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": one, "kea2/kea-dhcp4.conf": two}, source="2.6")
    assert found.text is not None
    assert found.text.count("# beside a value") == 1
    assert "    # before an item\n    # kea2: another word\n    - id: 1\n" in found.text


def test_a_password_in_a_comment_is_asterisks(tmp_path: Path) -> None:
    text = FILE.replace("// before a list", '// "password": "hunter2",')
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": text}, source="2.6")
    assert found.text is not None
    assert "hunter2" not in found.text
    assert '# "password": *********,' in found.text


@pytest.mark.parametrize(
    ("text", "route", "place"),
    [
        ('{"Dhcp4": {"a": 1, // x\n "b": 2}}', ("Dhcp4", "a"), "beside"),
        ('{"Dhcp4": {"a": 1,\n // x\n "b": 2}}', ("Dhcp4", "b"), "before"),
        ('{"Dhcp4": {"a": 1\n // x\n}}', ("Dhcp4",), "after"),
        ('{"Dhcp4": { # x\n "a": 1}}', ("Dhcp4",), "beside"),
        ('{"Dhcp4": {"a": [1, 2 # x\n]}}', ("Dhcp4", "a", 1), "beside"),
        ('{"Dhcp4": {"a": [ { "b": 1 } # x\n]}}', ("Dhcp4", "a", 0), "beside"),
        ('{"Dhcp4": {"a": [\n # x\n { "b": 1 }]}}', ("Dhcp4", "a", 0), "before"),
        ('# x\n{"Dhcp4": {}}', ("Dhcp4",), "before"),
        ('{"Dhcp4": {}}\n# x', ("Dhcp4",), "after"),
        ('{\n# x\n"Dhcp4": {}}', ("Dhcp4",), "before"),
    ],
)
def test_what_a_comment_speaks_of(text: str, route: tuple[str | int, ...], place: str) -> None:
    document = read_kea_json_text(text, comments=True).document
    assert document is not None
    found = remarks(document)
    assert {where: getattr(said, place) for where, said in found.items()} == {route: ["x"]}


def test_nobody_pays_for_comments_who_does_not_ask() -> None:
    document = read_kea_json_text('{"Dhcp4": {} /* x */ } // y').document
    assert document is not None
    assert document.comments == ()


def pair_of(name: str, header: str, own: str) -> str:
    ha = {
        "this-server-name": name,
        "mode": "hot-standby",
        "multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True},
        "peers": [
            {"name": "kea1", "url": "http://192.0.2.1:8001/", "role": "primary"},
            {"name": "kea2", "url": "http://192.0.2.2:8001/", "role": "standby"},
        ],
    }
    config = {
        "interfaces-config": {"interfaces": ["eth0"]},
        "hooks-libraries": [
            {"library": "libdhcp_lease_cmds.so"},
            {"library": "libdhcp_ha.so", "parameters": {"high-availability": [ha]}},
        ],
        "loggers": [{"name": "kea-dhcp4", "output-options": [{"output": f"/var/log/kea/{own}.log"}]}],
        "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.10-192.0.2.20"}]}],
    }
    return header + json.dumps({"Dhcp4": config}, indent=1)


@pytest.mark.parametrize("own", [("one", "one"), ("one", "two")], ids=["equal", "each its own logger"])
def test_a_header_is_written_once_and_names_the_server_it_is_true_of(own: tuple[str, str], tmp_path: Path) -> None:
    """Also where a server has a part of its own, which stands in the spec before the shared part."""
    files = {
        f"{name}/kea-dhcp4.conf": pair_of(name, f"// kea-dhcp4.conf of {name}\n// kept by jm\n", log)
        for name, log in zip(("kea1", "kea2"), own, strict=True)
    }
    text = imported(tmp_path, files, source="2.6").text
    assert text is not None
    head = "# kea1: kea-dhcp4.conf of kea1\n# kept by jm\n# kea2: kea-dhcp4.conf of kea2\ndhcp4:\n"
    assert head in text
    for line in ("kea-dhcp4.conf of kea1", "kea-dhcp4.conf of kea2", "kept by jm"):
        assert text.count(line) == 1


def test_a_header_that_both_files_have_names_no_server(tmp_path: Path) -> None:
    files = {f"{name}/kea-dhcp4.conf": pair_of(name, "// kept by jm\n", name) for name in ("kea1", "kea2")}
    text = imported(tmp_path, files, source="2.6").text
    assert text is not None
    assert "\n# kept by jm\ndhcp4:\n" in text
    assert text.count("kept by jm") == 1


def test_a_comment_of_a_derived_key_names_it(tmp_path: Path) -> None:
    agent = """{ "Control-agent": {
      "http-host": "192.0.2.1", // management
      "http-port": 8001, // the port
      // ----------
      // to the daemons
      "control-sockets": { "dhcp4": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" } }
    } }"""
    files = {"kea1/kea-dhcp4.conf": FILE, "kea1/kea-ctrl-agent.conf": agent}
    text = imported(tmp_path, files, source="2.6").text
    assert text is not None
    assert "http-port: 8001  # the port\n" in text
    assert "# http-host: management" in text or "http-host: 192.0.2.1  # management" in text
    assert "  # ----------\n  # control-sockets: to the daemons\n" in text
