"""What clients get for option data that Kea takes and sends otherwise than it was written: on the wire, from real servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab
from tests.lab.clients import Answer, Clients4

pytestmark = pytest.mark.kea

SENT: dict[int, tuple[dict[str, Any], bytes]] = {
    1: ({"data": "FFFFFF0000", "csv-format": False}, b"\xff\xff\xff\0"),
    3: ({"data": "2001:db8::c000:201"}, b"\x20\x01\x0d\xb8" + bytes(8) + b"\xc0\0\2\1"),
    6: ({"data": ""}, b""),
    15: ({"data": "a.example, b.example"}, b"a.example"),
    17: ({"data": "a\\, b"}, b"a, b"),
}
"""code → (what is written, what arrives): KH409, KH407, KH411, KH408, and a comma that is protected."""
TWICE = ({"code": 42, "data": "192.0.2.1"}, {"code": 42, "data": "192.0.2.2"})


def test_what_clients_get_instead(lab: Lab, kea_version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = [{"code": code, "always-send": True, **written} for code, (written, _) in SENT.items()]
    body = {
        "interfaces-config": {"interfaces": ["eth0"]},
        "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
        "lease-database": {"type": "memfile", "persist": False},
        "option-data": [*options, *({**each, "always-send": True} for each in TWICE)],
        "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.100 - 192.0.2.199"}]}],
    }
    folder = tmp_path / "kea1"
    folder.mkdir()
    (folder / "kea-dhcp4.conf").write_text(json.dumps({"Dhcp4": body}))
    packets: list[bytes] = []
    real = Clients4.understand

    def heard(clients: Clients4, data: bytes) -> Answer | None:
        packets.append(data)
        return real(clients, data)

    monkeypatch.setattr(Clients4, "understand", heard)
    group = lab.group(kea_version, {"kea1": folder})
    group.start()
    assert group.lease4(1).complete
    found = options_of(packets[-1])
    assert {code: content for code, content in found if code in SENT} == {
        code: arrives for code, (_, arrives) in SENT.items()
    }
    assert len([content for code, content in found if code == 42]) == 1


def options_of(packet: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 240
    while packet[at] != 255:
        found.append((packet[at], packet[at + 2 : at + 2 + packet[at + 1]]))
        at += 2 + packet[at + 1]
    return found
