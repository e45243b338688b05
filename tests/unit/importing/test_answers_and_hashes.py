"""Saved answers of config-get: what stands beside a configuration, and that an answer is not taken for a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kea_hac.api import judge, load_text
from kea_hac.changes.canonical import without_stamp
from kea_hac.drift.bases import Bases
from kea_hac.drift.diffing import diff
from kea_hac.kea.config import DHCP4
from kea_hac.kea.config_get import predict
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from kea_hac.live.endpoint import Live
from tests.unit.importing.importing import imported, lost, names
from tests.unit.importing.synced import differences

CONFIG = '"Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ] }, "subnet4": [ ] }'


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (f'{{ {CONFIG}, "hash": "07FC" }}', True),
        (f'{{ "result": 0, "arguments": {{ {CONFIG}, "hash": "07FC" }} }}', False),
        (f'[ {{ "result": 0, "arguments": {{ {CONFIG}, "hash": "07FC" }} }} ]', False),
        (f"{{ {CONFIG} }}", False),
    ],
)
def test_a_hash_beside_the_configuration_of_a_file(text: str, refused: bool, tmp_path: Path) -> None:
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text(text, "utf-8")
    assert ("unknown-top-key" in [each.rule.name for each in lint([path]).report.diagnostics]) == refused
    assert ("unknown-top-key" in names(imported(tmp_path / "given", {"a/kea-dhcp4.conf": text}))) == refused


SPEC = """\
kea-hac: 1
pair: p
kea: VERSION
platform: debian
servers:
  - {name: s1, interfaces: [eth0]}
dhcp4:
  option-def:
    - {space: SPACE, name: first, code: 241, type: ipv4-address, array: true}
    - {name: redefined, code: CODE, type: ipv4-address}
  client-classes:
    - name: aps
      test: "option[60].hex == 'ap'"
      option-data:
        - {space: SPACE, name: first, code: 241, data: "10.254.10.201,10.254.10.202"}
        - {name: vendor-encapsulated-options}
  subnet4: [{id: 1, subnet: 192.0.2.0/24}]
"""


@pytest.mark.parametrize("branch", ["2.6", "3.0"])
def test_an_answer_is_not_shown_a_second_time(branch: str, tmp_path: Path) -> None:
    """Kea prints the sub-options of a redefined option 43 behind its four bytes, and would cut them off if it loaded that."""
    text = SPEC.replace("VERSION", branch).replace("SPACE", "vendor-encapsulated-options-space").replace("CODE", "43")
    checked = judge(load_text(text, tmp_path / "spec.yaml"))
    assert checked.site is not None
    assert checked.build is not None, [each.message for each in checked.report.diagnostics]
    (artifact,) = [each for each in checked.build.artifacts if each.name == DHCP4.file]
    assert artifact.tree is not None
    version = KeaVersion.parse(branch)
    answer = json.loads(json.dumps(predict(DHCP4, artifact.tree["Dhcp4"], version, checked.site.nodes[0].platform)))
    assert "F1080AFE0AC90AFE0ACA" in json.dumps(answer)
    for said, expected in ((answer, 0), (changed(answer), 1)):
        live = Live("s1", DHCP4, said)
        bases = Bases(checked.build, tmp_path / "build", None)
        drift = diff(checked.site, checked.build, [live], bases, resolve=lambda _: None, today=None)  # type: ignore[arg-type]
        assert len(drift.changes) == expected, drift.changes


def changed(answer: dict[str, object]) -> dict[str, object]:
    made: dict[str, object] = json.loads(json.dumps(answer).replace("F1080AFE0AC90AFE0ACA", "F1080AFE0AC90AFE0ACB"))
    return made


@pytest.mark.parametrize("branch", ["2.6", "3.0"])
def test_a_redefined_option_of_an_answer_is_imported_with_its_own_value(branch: str, tmp_path: Path) -> None:
    """Not with the sub-options that Kea shows behind it, and under the name by which it carries them."""
    text = SPEC.replace("VERSION", branch).replace("SPACE", "vendor-encapsulated-options-space").replace("CODE", "43")
    checked = judge(load_text(text, tmp_path / "spec.yaml"))
    assert checked.site is not None
    assert checked.build is not None
    (artifact,) = [each for each in checked.build.artifacts if each.name == DHCP4.file]
    assert artifact.tree is not None
    config = without_stamp(artifact.tree["Dhcp4"])
    answer = predict(DHCP4, config, KeaVersion.parse(branch), checked.site.nodes[0].platform)
    shown = json.dumps({"result": 0, "arguments": {"Dhcp4": json.loads(json.dumps(answer))}})
    found = imported(tmp_path, {"s1/kea-dhcp4.json": shown}, source=branch)
    assert lost(found) == []
    assert "{name: vendor-encapsulated-options}" in str(found.text)
    assert "F1080AFE" not in str(found.text)
    assert differences(found, tmp_path, {("s1", "dhcp4"): answer}) == []
