"""What many servers cost: every file lists every peer, so the work may grow with the square of their number, and not faster."""

from __future__ import annotations

import sys
from pathlib import Path

import kea_hac

HEAD = """\
kea-hac: 1
pair: campus
kea: 2.6
platform: debian
servers:
  - {name: a, role: primary, address: 10.1.0.1, interfaces: [eth0]}
  - {name: b, role: standby, address: 10.1.0.2, interfaces: [eth0]}
"""
TAIL = """\
high-availability:
  mode: hot-standby
  trust-anchor: /etc/kea/ca.pem
  cert-file: "/etc/kea/{server}.pem"
  key-file: "/etc/kea/{server}.key"
  listener: {dhcp4: 8001}
dhcp4:
  subnet4: [{id: 1, subnet: 10.0.0.0/8}]
"""


def _calls(path: Path, backups: int) -> int:
    """How many calls it takes to compile a pair with so many backup servers."""
    lines = (
        f"  - {{name: k{each}, role: backup, address: 10.2.0.{each + 1}, interfaces: [eth0]}}\n"
        for each in range(backups)
    )
    path.write_text(HEAD + "".join(lines) + TAIL, "utf-8")
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        checked = kea_hac.compile_spec(path)
    finally:
        sys.setprofile(None)
    assert checked.build is not None
    return calls


def test_backup_servers(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    _calls(path, 2)  # what is imported and cached once
    # Of the files' own 22 × 22 peer entries, each may be looked at by some dozens of rules and steps of the compiler. It was
    # 2,500 calls when every rule read all peers for each of them.
    assert _calls(path, 20) / 22**2 < 1400
