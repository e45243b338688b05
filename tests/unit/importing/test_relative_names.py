"""A bare name is a file of the working directory to Kea 2.2, and one of Kea's own directory to newer ones."""

from pathlib import Path

import pytest

from tests.unit.importing.importing import imported

SERVER = """{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "eth0" ] },
  "lease-database": { "type": "memfile", "name": "leases4" },
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" } } }"""


@pytest.mark.parametrize(("source", "moved"), [("2.2.0", 1), ("2.6.3", 0)])
def test_a_lease_file_that_moves_is_told_of(tmp_path: Path, source: str, moved: int) -> None:
    made = imported(tmp_path, {"a/kea-dhcp4.conf": SERVER}, source=source, target="2.6.3")
    told = [each for each in made.report.diagnostics if each.rule.name == "relative-path"]
    assert len(told) == moved
    for each in told:
        assert "'leases4'" in each.message
        assert "/var/lib/kea" in each.message
        assert (
            each.fix == "find out where the file is now and move the file there before you load the new configuration"
        )
        assert each.span.line == 3
