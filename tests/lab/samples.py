"""Hand-written configurations that the lab proves itself with, so that a fault in the compiler cannot be a fault of the lab.

HA timings are short: heartbeats every half second, a partner given up for dead after two.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks"
TIMINGS = {
    "heartbeat-delay": 500,
    "max-response-delay": 2000,
    "max-ack-delay": 1000,
    "max-unacked-clients": 2,
    "sync-timeout": 10000,
}
"""Milliseconds, and a number of clients."""
TLS = "/etc/kea/tls"


@dataclass(frozen=True, slots=True)
class Subnet:
    """One subnet of a sample, with one pool."""

    id: int
    prefix: str
    pool: str
    relationship: str | None = None
    """The peer name that its ha-server-name tag carries, in a hub-and-spoke group."""

    def block(self, family: int) -> dict[str, Any]:
        found: dict[str, Any] = {"id": self.id, "subnet": self.prefix, "pools": [{"pool": self.pool}]}
        if family == 6:
            found["interface"] = "eth0"
        if self.relationship:
            found["user-context"] = {"ha-server-name": self.relationship}
        return found


def relationship(me: str, peers: Mapping[str, tuple[str, str]], mode: str, tls: str | None = None) -> dict[str, Any]:
    """One HA relationship; `peers`: name → (role, URL). `tls`: the server whose certificate is used."""
    entries = [{"name": name, "role": role, "url": url, "auto-failover": True} for name, (role, url) in peers.items()]
    found: dict[str, Any] = {"this-server-name": me, "mode": mode, **TIMINGS, "peers": entries}
    found["multi-threading"] = {"enable-multi-threading": True, "http-dedicated-listener": True}
    if tls:
        names = {"trust-anchor": "ca.pem", "cert-file": f"{tls}.pem", "key-file": f"{tls}.key"}
        found |= {key: f"{TLS}/{name}" for key, name in names.items()}
    return found


def dhcp(family: int, relationships: list[dict[str, Any]], subnets: Iterable[Subnet]) -> dict[str, Any]:
    """A kea-dhcp4.conf or kea-dhcp6.conf that all three versions read."""
    body: dict[str, Any] = {
        "interfaces-config": {"interfaces": ["eth0"]},
        "control-socket": {"socket-type": "unix", "socket-name": f"/run/kea/kea{family}-ctrl-socket"},
        "lease-database": {"type": "memfile", "persist": True, "name": f"/var/lib/kea/kea-leases{family}.csv"},
        "multi-threading": {"enable-multi-threading": True},
        "valid-lifetime": 3600,
        "hooks-libraries": [
            {"library": f"{HOOKS}/libdhcp_lease_cmds.so"},
            {"library": f"{HOOKS}/libdhcp_ha.so", "parameters": {"high-availability": relationships}},
        ],
        f"subnet{family}": [subnet.block(family) for subnet in subnets],
        "loggers": [
            {
                "name": f"kea-dhcp{family}",
                "severity": "INFO",
                "output_options": [{"output": f"/var/log/kea/kea-dhcp{family}.log"}],
            }
        ],
    }
    return {f"Dhcp{family}": body}


def agent(address: str, port: int = 8000) -> dict[str, Any]:
    """A kea-ctrl-agent.conf for both DHCP daemons."""
    sockets = {f"dhcp{f}": {"socket-type": "unix", "socket-name": f"/run/kea/kea{f}-ctrl-socket"} for f in (4, 6)}
    return {"Control-agent": {"http-host": address, "http-port": port, "control-sockets": sockets}}


def write(folder: Path, configs: Mapping[str, Mapping[str, dict[str, Any]]]) -> dict[str, Path]:
    """Write server → daemon → configuration below `folder`; → the folder of each server."""
    for server, daemons in configs.items():
        (folder / server).mkdir(parents=True)
        for daemon, config in daemons.items():
            (folder / server / f"kea-{daemon}.conf").write_text(json.dumps(config, indent=1) + "\n")
    return {server: folder / server for server in configs}


SUBNETS = {
    4: [Subnet(1, "192.0.2.0/24", "192.0.2.10 - 192.0.2.199")],
    6: [Subnet(1, "2001:db8:2::/64", "2001:db8:2::1:0/112")],
}
PORTS = {4: 8001, 6: 8002}
ADDRESSES = {4: ("192.0.2.1", "192.0.2.2"), 6: ("[2001:db8:2::1]", "[2001:db8:2::2]")}


def hot_standby(folder: Path, tls: bool = False, families: Iterable[int] = (4, 6)) -> dict[str, Path]:
    """kea1 (primary) and kea2 (standby): DHCPv4 on port 8001, DHCPv6 on 8002, an agent on 8000."""
    scheme = "https" if tls else "http"
    configs: dict[str, dict[str, dict[str, Any]]] = {}
    for number, server in enumerate(("kea1", "kea2")):
        configs[server] = {"ctrl-agent": agent(ADDRESSES[4][number])}
        for family in families:
            urls = [f"{scheme}://{address}:{PORTS[family]}/" for address in ADDRESSES[family]]
            peers = {"kea1": ("primary", urls[0]), "kea2": ("standby", urls[1])}
            related = relationship(server, peers, "hot-standby", server if tls else None)
            configs[server][f"dhcp{family}"] = dhcp(family, [related], SUBNETS[family])
    return write(folder, configs)


def hub_and_spoke(folder: Path) -> dict[str, Path]:
    """`hub` stands by for `spoke-a` (192.0.2.0/24) and `spoke-b` (198.51.100.0/24), one listener port per relationship.

    Peer names are unique over all relationships of a server (Kea refuses others), hence hub-a and hub-b.
    """
    hub: list[dict[str, Any]] = []
    subnets: list[Subnet] = []
    configs: dict[str, dict[str, dict[str, Any]]] = {}
    for number, (letter, network) in enumerate((("a", "192.0.2"), ("b", "198.51.100"))):
        spoke, port = f"spoke-{letter}", 8001 + number
        peers = {
            spoke: ("primary", f"http://{network}.2:{port}/"),
            f"hub-{letter}": ("standby", f"http://{network}.1:{port}/"),
        }
        subnet = Subnet(number + 1, f"{network}.0/24", f"{network}.10 - {network}.199", spoke)
        hub.append(relationship(f"hub-{letter}", peers, "hot-standby"))
        subnets.append(subnet)
        configs[spoke] = {"dhcp4": dhcp(4, [relationship(spoke, peers, "hot-standby")], [subnet])}
    configs["hub"] = {"dhcp4": dhcp(4, hub, subnets)}
    return write(folder, configs)


def passive_backup_behind_nat(folder: Path) -> dict[str, Path]:
    """kea1 (primary) and two backups; the backups dial kea1 at 203.0.113.1; agents listen on a control network, 10.8.0.0/24."""
    own = {"kea1": "192.0.2.1", "kea2": "192.0.2.2", "kea3": "192.0.2.3"}
    roles = {"kea1": "primary", "kea2": "backup", "kea3": "backup"}
    configs: dict[str, dict[str, dict[str, Any]]] = {}
    for number, server in enumerate(own, 1):
        dialled = own if server == "kea1" else own | {"kea1": "203.0.113.1"}
        peers = {name: (roles[name], f"http://{address}:8001/") for name, address in dialled.items()}
        related = relationship(server, peers, "passive-backup")
        configs[server] = {"dhcp4": dhcp(4, [related], SUBNETS[4]), "ctrl-agent": agent(f"10.8.0.{number}")}
    return write(folder, configs)
