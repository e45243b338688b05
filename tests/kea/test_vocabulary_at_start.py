"""What the vocabulary demands although `-t` does not: a server with it left out does not start."""

import json
from pathlib import Path

import pytest

from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from tests.lab import VERSIONS, Lab, LabError

pytestmark = pytest.mark.kea


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("daemon", "top"), [("dhcp4", "Dhcp4"), ("dhcp6", "Dhcp6")])
def test_a_logger_without_severity_ends_the_server(
    lab: Lab, tmp_path: Path, version: str, daemon: str, top: str
) -> None:
    logger = {"name": f"kea-{daemon}", "user-context": {"comment": "a logger"}}
    text = json.dumps({top: {"interfaces-config": {"interfaces": ["eth0"]}, "loggers": [logger]}})
    assert lab.check(version, daemon, [text.encode()])[0].ok
    with pytest.raises(LabError, match="severity"):
        lab.config_get(version, daemon, text.encode())
    path = tmp_path / "kea.conf"
    path.write_text(text, "utf-8")
    found = lint([path], KeaVersion.parse(version)).report.diagnostics
    assert [(each.rule.name, each.message) for each in found] == [("missing-key", "logger needs 'severity'")]
