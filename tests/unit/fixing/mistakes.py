"""A spec and a file of Kea with comments everywhere, and mistakes to put into them: each is one replacement of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Mistake(NamedTuple):
    """What is written, and what is written instead of it."""

    right: str
    wrong: str


SPEC = """\
# the campus
kea-hac: 1
pair: campus
kea: 2.6   # every 2.6.x
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: {lan: ens18}}
high-availability:
  mode: hot-standby  # no load balancing here
  max-unacked-clients: 5
  trust-anchor: /etc/kea/tls/ca.pem
  cert-file: "/etc/kea/tls/{server}.pem"
  key-file: "/etc/kea/tls/{server}.key"
  listener: {dhcp4: 8001}
dhcp4:
  valid-lifetime: 4h   # a comment
  # about option-data
  option-data:
    - {name: domain-name, data: example.org}
    - name: ntp-servers     # two of them
      data: 192.0.2.5, 192.0.2.6
  subnet4:
    - subnet: 192.0.2.0/24   # the first
      id: 10
      interface: lan
      pools: [{pool: 192.0.2.100 - 192.0.2.199}]

    - id: 11
      subnet: 198.51.100.0/24
      relay: {ip-addresses: [198.51.100.1]}
      pools:
        - pool: 198.51.100.10 - 198.51.100.99   # the second
"""
REPAIRED: Sequence[Mistake] = (
    Mistake("valid-lifetime: 4h", "valid-lifetme: 4h"),
    Mistake("max-unacked-clients:", "max-unackd-clients:"),
    Mistake("platform: debian", "plattform: debian"),
    Mistake("mode: hot-standby", "mode: hot_standby"),
    Mistake("role: standby", "rol: standby"),
    Mistake("data: example.org", "data: “example.org”"),
    Mistake("192.0.2.0/24", "192.0.2.7/24"),
    Mistake("198.51.100.0/24", "198.51.100.255/24"),
    Mistake("name: ntp-servers", "name: ntp-server"),
    Mistake("198.51.100.10 - 198.51.100.99", "198.51.100.10\u00a0- 198.51.100.99"),
    Mistake("192.0.2.100 - 192.0.2.199", "192.0.2.100 \u2013 192.0.2.199"),
    Mistake("id: 10\n", "id:\u00a010\n"),
    Mistake("      interface: lan", "      interfaze: lan"),
    Mistake("relay: {ip-addresses: [198.51.100.1]}", "relays: {ip-addresses: [198.51.100.1]}"),
)
"""Each of them alone, and all together, are corrected to what was there before."""
UNREADABLE: Sequence[Mistake] = (
    Mistake("valid-lifetime: 4h", "valid-lifetime:\u00a04h"),
    Mistake("  valid-lifetime: 4h", "\u00a0\u00a0valid-lifetime: 4h"),
    Mistake("  max-unacked-clients: 5", "  max-unacked-clients:\u20095"),
    Mistake("    - id: 11", "  \u00a0\u00a0- id: 11"),
    Mistake("platform: debian", "platform:\u200b debian"),
)
"""Special spaces that stop the reader of YAML, one at a time."""
LEFT: Sequence[Mistake] = (
    Mistake("id: 11", "id: 10"),
    Mistake("192.0.2.12", "192.0.2.11"),
    Mistake("192.0.2.199}", "192.0.3.199}"),
    Mistake("  valid-lifetime", "  quite-another-thing: 1\n  valid-lifetime"),
    Mistake("address: 192.0.2.12", "address: 192.0.2.l2"),
    Mistake("listener: {dhcp4: 8001}", "listener: {dhcp4: 8001}\n  this-server-name: kea1"),
)
"""What a person has to decide: reported as before, and left as it is."""

KEA_FILE = """\
// the first server
{
  "Dhcp4": {
    # an interface
    "interfaces-config": { "interfaces": [ "eth0" ] },
    "valid-lifetime": 3600, /* one hour */
    "control-sockets": [ { "socket-type": "unix", "socket-name": "kea4-ctrl-socket" } ],
    "boot-file-name": "boot.img",
    "option-data": [
      { "name": "domain-name", "data": "example.org" }   // a name
    ],
    "subnet4": [
      { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.10 - 192.0.2.99" } ] },
      // the second
      { "id": 2, "subnet": "198.51.100.0/24", "valid-lifetime": 7200 }
    ]
  }
}
"""
REPAIRED_IN_KEA_FILES: Sequence[Mistake] = (
    Mistake('"valid-lifetime": 3600', '"valid-lifetme": 3600'),
    Mistake('"valid-lifetime": 3600', '"valid-lifetime": 03600'),
    Mistake('"valid-lifetime": 7200', '"valid-liftime": 7200'),
    Mistake("192.0.2.0/24", "192.0.2.9/24"),
    Mistake("198.51.100.0/24", "198.51.100.255/24"),
    Mistake('"example.org" }   //', '"example.org" },   //'),
    Mistake('"name": "domain-name"', '"name": "domain-nam"'),
    Mistake("192.0.2.10 - 192.0.2.99", "192.0.2.10 \u2013 192.0.2.99"),
)
"""For Kea 3.0."""


def with_mistakes(text: str, mistakes: Sequence[Mistake]) -> str:
    """The text with the mistakes in it. One whose place another mistake has taken is left out."""
    for each in mistakes:
        text = text.replace(each.right, each.wrong, 1)
    return text
