"""What `--needs` lists of a host, on real servers: directories and variables, and the command that waits for an address."""

from __future__ import annotations

from pathlib import Path

import pytest

import kea_hac
from kea_hac.compiler.host_facts import shown_by
from tests.kea.built import compiled, laid_out, provided
from tests.lab import VERSIONS, Lab, LabError

pytestmark = pytest.mark.kea
TEXT = """
kea-hac: 1
pair: own
kea: "{kea}"
platform: isc
paths: {{sockets: /run/kea/own, leases: /var/lib/kea/own, logs: /var/log/kea/own}}
servers: [{{name: only, address: 192.0.2.1, interfaces: [eth0]}}]
dhcp4:
  lease-database: {{type: memfile, name: leases.csv}}
  loggers: [{{name: kea-dhcp4, severity: INFO, output-options: [{{output: kea-dhcp4.log}}]}}]
  subnet4: [{{id: 1, subnet: 192.0.2.0/24, interface: eth0, pools: [{{pool: 192.0.2.20 - 192.0.2.60}}]}}]
"""


@pytest.mark.parametrize("kea_version", VERSIONS[1:], indirect=True)
def test_other_directories_are_taken_with_their_variables(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(TEXT.format(kea=kea_version), "utf-8")
    build = compiled(spec)
    needs = kea_hac.needs(kea_hac.compile_spec(spec))["only"].in_full()
    group = lab.group(kea_version, laid_out(build, tmp_path / "out"), provided(build))
    for line in needs["directories"]:
        folder, *mode = line.split()
        if not folder.endswith("/own"):
            continue  # the lab has it
        group.path("only", folder).mkdir(exist_ok=True)
        if mode and mode[0].isdigit():
            group.path("only", folder).chmod(int(mode[0], 8))
    with pytest.raises(LabError):
        group.start()
    group.daemon("only", "dhcp4").environment = dict(line.split("=", 1) for line in needs["environment"])
    group.start()
    assert group.lease4(5).complete


def test_the_command_waits_for_an_address(lab: Lab, tmp_path: Path) -> None:
    """It prints nothing before the address is there, and one line from then on."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(TEXT.format(kea="2.6"), "utf-8")
    build = compiled(spec)
    group = lab.group("2.6.3", laid_out(build, tmp_path / "out"), provided(build))
    for address in ("192.0.2.77", "2001:db8::77"):
        command = shown_by(address).split()
        assert group.run("only", command).stdout == ""
        group.run("only", ["ip", "address", "add", address, "dev", "eth0", *(["nodad"] if ":" in address else [])])
        assert address in group.run("only", command).stdout
