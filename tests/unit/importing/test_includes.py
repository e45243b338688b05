"""Files that the servers' files include stay files of their own, where every server has the same one and the spec can name it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.importing.run import Imported, ImportRequest, Input, import_files
from kea_hac.kea.version import KeaVersion
from tests.unit.importing.importing import lost

HA = """\
"hooks-libraries": [ { "library": "libdhcp_lease_cmds.so" }, { "library": "libdhcp_ha.so", "parameters": {
  "high-availability": [ { "this-server-name": "NAME", "mode": "hot-standby", "restrict-commands": true,
  "multi-threading": { "enable-multi-threading": true, "http-dedicated-listener": true }, "peers": [
  { "name": "kea1", "url": "http://192.0.2.1:8001/", "role": "primary" },
  { "name": "kea2", "url": "http://192.0.2.2:8001/", "role": "standby" } ] } ] } } ]"""
FILE = """\
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "eth0" ] },
  OPTIONS
  "subnet4": [ <?include "office.json"?>, { "id": 2, "subnet": "198.51.100.0/24" } ],
  HA
} }
"""
OPTIONS = '"option-data": <?include "options.json"?>,'
SHARED = {
    "options.json": '// the resolvers\n[ { "name": "domain-name-servers", "data": "192.0.2.53" } ]\n',
    "office.json": '{ "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.10-192.0.2.20" } ] } # office\n',
}


def pair(folder: Path, second: dict[str, str] | None = None, out: str = "spec.yaml") -> Imported:
    """The files of both servers, each beside its own copy of what it includes, imported to a file of the same work tree."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    inputs = []
    for name, shared in (("kea1", SHARED), ("kea2", {**SHARED, **(second or {})})):
        below = folder / name
        below.mkdir(parents=True)
        for file, text in shared.items():
            (below / file).write_text(text, "utf-8")
        text = FILE.replace("OPTIONS", OPTIONS).replace("HA", HA.replace("NAME", name))
        (below / "kea-dhcp4.conf").write_text(text, "utf-8")
        inputs.append(Input(name, True, (below / "kea-dhcp4.conf",)))
    version = KeaVersion.parse("2.6")
    return import_files(inputs, ImportRequest("pair", version, version, output=folder / out))


def test_what_both_include_stays_included(tmp_path: Path) -> None:
    found = pair(tmp_path)
    assert found.text is not None
    assert "  option-data: !include kea1/options.json\n" in found.text
    assert "    - !include kea1/office.json\n    - " in found.text
    assert "the resolvers" not in found.text, "the file's comments stay in the file"
    assert lost(found) == []


def test_the_way_is_from_the_specs_folder(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    found = pair(tmp_path, out="specs/pair.yaml")
    assert 'option-data: !include "../kea1/options.json"\n' in str(found.text)
    assert lost(found) == []


def test_what_differs_is_written_out(tmp_path: Path) -> None:
    found = pair(tmp_path, {"options.json": SHARED["options.json"].replace("192.0.2.53", "192.0.2.54")})
    assert "data: 192.0.2.53  # kea2: 192.0.2.54" in str(found.text)
    assert "!include kea1/office.json" in str(found.text)


@pytest.mark.parametrize("out", [None, "elsewhere"])
def test_what_the_spec_cannot_name_is_written_out(out: str | None, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    found = pair(tmp_path / "given", out="../other/spec.yaml" if out else "spec.yaml")
    text = str(found.text)
    assert ("!include" in text) == (out is None)
    assert lost(found) == []


def test_a_file_of_several_items_is_written_out(tmp_path: Path) -> None:
    several = SHARED["office.json"].replace("} # office", '}, { "id": 3, "subnet": "203.0.113.0/24" } # office')
    found = pair(tmp_path, {"office.json": several})
    assert "!include kea1/office.json" not in str(found.text)
