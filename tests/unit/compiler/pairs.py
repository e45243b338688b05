"""Small specs for the compiler's tests: a pair with mutual TLS whose parts a test replaces."""

from __future__ import annotations

import textwrap

TLS = """\
trust-anchor: /etc/kea/ca.pem
cert-file: "/etc/kea/{server}.pem"
key-file: "/etc/kea/{server}.key"
"""
AGENT = """\
control-agent:
  http-port: 8000
  trust-anchor: /etc/kea/ca.pem
  cert-file: "/etc/kea/agent-{server}.pem"
  key-file: "/etc/kea/agent-{server}.key"
  authentication:
    type: basic
    clients: [{user-file: kea-api-user, password-file: kea-api-password}]
"""
SENT = "basic-auth-user: ha\nbasic-auth-password-file: /etc/kea/ha-password"
"""What a partner of an agent that asks for a password has to send: a server's keys."""
HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks/"
HA = f"{HOOKS}libdhcp_ha.so"
LEASE_COMMANDS = f"{HOOKS}libdhcp_lease_cmds.so"


def _in(text: str, depth: int) -> str:
    return textwrap.indent(textwrap.dedent(text).strip("\n"), " " * depth) + "\n" if text.strip() else ""


def pair(
    dhcp4: str = "valid-lifetime: 1h",
    *,
    kea: str = "2.6",
    kea1: str = "",
    kea2: str = "",
    ha: str = "listener: 8001",
    tls: str = TLS,
    top: str = "",
    mode: str = "hot-standby",
    address1: str = "192.0.2.11",
) -> str:
    """A pair of kea1 and kea2. Every argument but the first words is YAML for its place, indented here."""
    partner = {"hot-standby": "standby", "load-balancing": "secondary"}.get(mode, "standby")
    return (
        f"kea-hac: 1\npair: two\nkea: {kea}\nplatform: debian\nservers:\n"
        f"  - name: kea1\n    role: primary\n    address: {address1}\n    interfaces: {{lan: eth0}}\n{_in(kea1, 4)}"
        f"  - name: kea2\n    role: {partner}\n    address: 192.0.2.12\n    interfaces: {{lan: ens18}}\n{_in(kea2, 4)}"
        f"high-availability:\n  mode: {mode}\n{_in(tls, 2)}{_in(ha, 2)}{top}dhcp4:\n{_in(dhcp4, 2)}"
    )


def hub(dhcp4: str, *, common: str = "", own: str = "", hub_peer: str = "") -> str:
    """A hub with the spokes north and south; `own` and `hub_peer` are said in the second relationship."""
    return (
        "kea-hac: 1\npair: star\nkea: 2.6\nplatform: debian\nservers:\n"
        "  - {name: hub, address: 10.0.0.2, interfaces: [eth0]}\n"
        "  - {name: north, address: 10.0.0.3, interfaces: [eth0]}\n"
        "  - {name: south, address: 10.0.0.4, interfaces: [eth0]}\n"
        f"high-availability:\n{_in(TLS, 2)}{_in(common, 2)}  relationships:\n"
        "    - listener: 8001\n      peers: [{server: north, role: primary}, {server: hub, role: standby}]\n"
        f"    - listener: 8011\n{_in(own, 6)}"
        f"      peers: [{{server: south, role: primary}}, {{server: hub, role: standby{hub_peer}}}]\n"
        f"dhcp4:\n{_in(dhcp4, 2)}"
    )
