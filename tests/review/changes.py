"""Changes of real life, as files before and after: what a review has to explain to a person who did not write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Files = Mapping[str, str]

CAMPUS = """\
kea-hac: 1
pair: campus
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: {lan: ens18}}
high-availability:
  mode: hot-standby
  max-unacked-clients: 5
  listener: {dhcp4: 8001}
control-agent: {http-port: 8000}
micetro: {owner: kea-hac, agent: per-server}
dhcp4:
  valid-lifetime: 4h
  option-data:
    - {name: domain-name-servers, data: "192.0.2.53"}
  client-classes:
    - {name: voip, test: "substring(option[60].hex,0,5) == 'phone'"}
  shared-networks:
    - name: offices
      relay: {ip-addresses: [10.20.0.1]}
      subnet4:
        - {id: 20, subnet: 10.20.0.0/24, pools: [{pool: 10.20.0.50 - 10.20.0.249}]}
        - {id: 21, subnet: 10.21.0.0/24, pools: [{pool: 10.21.0.50 - 10.21.0.249}]}
    - name: labs
      relay: {ip-addresses: [10.30.0.1]}
      subnet4:
        - {id: 30, subnet: 10.30.0.0/24, pools: [{pool: 10.30.0.50 - 10.30.0.249}]}
  subnet4:
    - id: 10
      subnet: 192.0.2.0/24
      interface: lan
      pools: [{pool: 192.0.2.100 - 192.0.2.199}]
      reservations:
        - {hw-address: "08:00:27:12:34:56", ip-address: 192.0.2.20, hostname: printer}
    - id: 40
      subnet: 10.40.0.0/24
      relay: {ip-addresses: [10.40.0.1]}
      pools: [{pool: 10.40.0.50 - 10.40.0.249}]
"""
SUBNET_40 = """\
    - id: 40
      subnet: 10.40.0.0/24
      relay: {ip-addresses: [10.40.0.1]}
      pools: [{pool: 10.40.0.50 - 10.40.0.249}]
"""
MEMBER = """\
kea-hac: 1
pair: site{number:02}
kea: 2.6
platform: debian
servers:
  - {{name: s{number:02}a, role: primary, address: 10.{number}.0.1, interfaces: [eth0]}}
  - {{name: s{number:02}b, role: standby, address: 10.{number}.0.2, interfaces: [eth0]}}
high-availability: {{mode: hot-standby, max-unacked-clients: 5, listener: {{dhcp4: 8001}}}}
dhcp4:
  option-data: !include options.yaml
  subnet4: [{{id: 1, subnet: 10.{number}.0.0/16, interface: eth0, pools: [{{pool: 10.{number}.1.0 - 10.{number}.1.255}}]}}]
"""
OPTIONS = '- {{name: domain-name-servers, data: "{servers}"}}\n'
TLS = """\
  trust-anchor: /etc/kea/tls/ca.pem
  cert-file: "/etc/kea/tls/{server}.pem"
  key-file: "/etc/kea/tls/{server}.key"
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One change."""

    before: Files
    after: Files
    gone: tuple[str, ...] = ()
    """Files that the change removes."""


def edited(*replacements: tuple[str, str], text: str = CAMPUS, more: Files | None = None) -> Case:
    """The campus with parts replaced; each part occurs exactly once."""
    changed = text
    for old, new in replacements:
        assert changed.count(old) == 1, old
        changed = changed.replace(old, new)
    return Case({"specs/campus.yaml": text}, {"specs/campus.yaml": changed, **(more or {})})


def fleet(servers: str) -> Files:
    """Thirty pairs that share their options."""
    members = {f"specs/site{number:02}.yaml": MEMBER.format(number=number) for number in range(1, 31)}
    return {**members, "specs/options.yaml": OPTIONS.format(servers=servers)}


def reservations(count: int) -> str:
    """A table of hosts."""
    rows = (
        f"08:00:27:00:{n >> 8:02x}:{n & 255:02x},10.40.{n >> 8}.{n & 255},host-{n}\n" for n in range(256, 256 + count)
    )
    return "hw-address,ip-address,hostname\n" + "".join(rows)


BALANCED = (
    CAMPUS.replace("role: standby", "role: secondary")
    .replace("mode: hot-standby", "mode: load-balancing\n  split: even")
    .replace("micetro: {owner: kea-hac, agent: per-server}\n", "")
)
CASES: Mapping[str, Case] = {
    "pool-grows": edited(("192.0.2.100 - 192.0.2.199", "192.0.2.100 - 192.0.2.239")),
    "pool-shrinks": edited(("192.0.2.100 - 192.0.2.199", "192.0.2.100 - 192.0.2.149")),
    "subnet-moves-between-shared-networks": edited(
        ("        - {id: 21, subnet: 10.21.0.0/24, pools: [{pool: 10.21.0.50 - 10.21.0.249}]}\n", ""),
        (
            "        - {id: 30,",
            "        - {id: 21, subnet: 10.21.0.0/24, pools: [{pool: 10.21.0.50 - 10.21.0.249}]}\n        - {id: 30,",
        ),
    ),
    "id-changes": edited(("id: 40", "id: 41")),
    "reservation-moves": edited(("ip-address: 192.0.2.20,", "ip-address: 192.0.2.21,")),
    "reservations-by-csv": edited(
        ("10.40.0.249}]\n", "10.40.0.249}]\n      reservations: !csv hosts.csv\n"),
        text=CAMPUS.replace("10.40.0.0/24", "10.40.0.0/16"),
        more={"specs/hosts.csv": reservations(400)},
    ),
    "option-for-all": edited(('data: "192.0.2.53"', 'data: "192.0.2.53, 198.51.100.53"')),
    "class-guard": edited(
        (
            "pools: [{pool: 10.40.0.50 - 10.40.0.249}]",
            "pools: [{pool: 10.40.0.50 - 10.40.0.249, client-classes: [voip]}]",
        )
    ),
    "tls-on": edited(("  listener: {dhcp4: 8001}\n", f"  listener: {{dhcp4: 8001}}\n{TLS}")),
    "peer-renamed": edited(("name: kea2", "name: kea-b")),
    "load-balancing": edited(
        ("role: standby", "role: secondary"), ("mode: hot-standby", "mode: load-balancing\n  split: even")
    ),
    "new-addresses": edited(("192.0.2.11,", "192.0.2.13,"), ("192.0.2.12,", "192.0.2.14,")),
    "kea-3.0": edited(("kea: 2.6", "kea: 3.0")),
    "fleet-include": Case(
        fleet("192.0.2.53"), {"specs/options.yaml": OPTIONS.format(servers="192.0.2.53, 198.51.100.53")}
    ),
    "revert": edited(
        ("      pools: [{pool: 192.0.2.100 - 192.0.2.149}]", "      pools: [{pool: 192.0.2.100 - 192.0.2.199}]"),
        ("hostname: printer}\n", f"hostname: printer}}\n{SUBNET_40}"),
        text=CAMPUS.replace(SUBNET_40, "").replace("192.0.2.199", "192.0.2.149"),
    ),
    "subnet-removed": edited((SUBNET_40, "")),
    "balanced-subnet-added": edited(
        ("hostname: printer}\n", f"hostname: printer}}\n{SUBNET_40}"), text=BALANCED.replace(SUBNET_40, "")
    ),
    "pool-moves": edited(("10.40.0.50 - 10.40.0.249", "10.40.0.100 - 10.40.0.254")),
    "pair-comes-and-goes": Case(
        {"specs/campus.yaml": CAMPUS, "specs/old.yaml": MEMBER.format(number=7).replace("!include options.yaml", "[]")},
        {"specs/new.yaml": MEMBER.format(number=8).replace("!include options.yaml", "[]")},
        gone=("specs/old.yaml",),
    ),
}
"""By name; the golden comments have the same names."""
