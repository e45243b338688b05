"""What Kea does on a host that does not grant what a file names: an address, a port, an interface, a TLS file.

Elsewhere the lab gives a server every address that its file names, which hides this.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab import Lab, LabError
from tests.unit.check.mistakes import ALL, LAST, NEW, good, ha

pytestmark = pytest.mark.kea
Config = dict[str, Any]
NO_ADDRESS, NO_PORT = "Cannot assign requested address", "Address already in use"
BARE: Config = {"interfaces-config": {"interfaces": ["eth0"]}, "lease-database": {"type": "memfile", "persist": False}}
HOST = [json.dumps({"Dhcp4": BARE}).encode()]
"""A host with eth0 and no other address."""


def socket(address: str) -> Config:
    unix = {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"}
    return {**BARE, "control-sockets": [unix, {"socket-type": "http", "socket-address": address, "socket-port": 8004}]}


def listening(name: str) -> Config:
    return {**BARE, "interfaces-config": {"interfaces": [name]}}


def without_tls_files() -> Config:
    config = good()
    ha(config).update(dict.fromkeys(("trust-anchor", "cert-file", "key-file"), "/etc/kea/none.pem"))
    return config


AGENT = {"Control-agent": {"http-host": "192.0.2.1", "http-port": 8000}}
LOCAL = {"Control-agent": {"http-host": "127.0.0.1", "http-port": 8000}}
PARTNER = good()
"""Both peers' file: the host of server2 does not have the address of server1 (KH810)."""
CASES: dict[str, tuple[Config, str, tuple[str, ...], tuple[tuple[str, int], ...]]] = {
    "address of the HA listener": ({"Dhcp4": PARTNER}, NO_ADDRESS, NEW, ()),
    "address of the agent": (AGENT, NO_ADDRESS, ALL, ()),
    "port of the agent": (LOCAL, NO_PORT, ALL, (("127.0.0.1", 8000),)),
    "address of an HTTP socket": ({"Dhcp4": socket("192.0.2.1")}, NO_ADDRESS, LAST, ()),
    "port of an HTTP socket": ({"Dhcp4": socket("127.0.0.1")}, NO_PORT, LAST, (("127.0.0.1", 8004),)),
    "address of an interface": ({"Dhcp4": listening("eth0/192.0.2.99")}, "doesn't have address", ALL, ()),
    "interface": ({"Dhcp4": listening("eth7")}, "doesn't exist in the system", ALL, ()),
    "TLS files": ({"Dhcp4": without_tls_files()}, "hook libraries failed to load", ALL, ()),
}
"""What is not granted → the file, Kea's complaint, the versions that refuse, what another program listens on."""


@pytest.mark.parametrize("what", CASES)
def test_what_the_host_does_not_grant(lab: Lab, kea_version: str, what: str) -> None:
    config, complaint, versions, occupied = CASES[what]
    if kea_version not in versions and "socket" in what:
        return  # this version has no HTTP control socket
    daemon = "ctrl-agent" if "Control-agent" in config else "dhcp4"
    text = json.dumps(config).encode()
    if kea_version in versions:
        with pytest.raises(LabError, match=complaint):
            lab.config_get(kea_version, daemon, text, host=HOST, occupied=occupied)
    else:  # the listener is opened later, and its failure ends nothing
        lab.config_get(kea_version, daemon, text, host=HOST, occupied=occupied)


def test_a_port_of_the_ha_listener_that_another_program_has(lab: Lab, kea_version: str) -> None:
    text = json.dumps({"Dhcp4": good()}).encode()
    taken = (("192.0.2.1", 8001),)
    if kea_version in NEW:
        with pytest.raises(LabError, match=NO_PORT):
            lab.config_get(kea_version, "dhcp4", text, occupied=taken)
    else:
        lab.config_get(kea_version, "dhcp4", text, occupied=taken)
