"""Small specs, planned for another version of Kea."""

from __future__ import annotations

from pathlib import Path

from kea_hac.api import load
from kea_hac.source.rewrite import other_users
from kea_hac.upgrade.planning import Upgrade, plan_upgrade
from kea_hac.upgrade.versions import target

PAIR = """\
kea-hac: 1
pair: campus
kea: {kea}
platform: debian
servers:
  - {{name: kea1, role: primary, address: 192.0.2.11, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: {partner}, address: 192.0.2.12, interfaces: {{lan: ens18}}}}
high-availability: {{mode: {mode}, max-unacked-clients: 5, listener: {{dhcp4: 8001, dhcp6: 8002}}{ha}}}
{head}dhcp4:
  valid-lifetime: 4h
{v4}  subnet4:
    - {{id: 10, subnet: 192.0.2.0/24, interface: lan, pools: [{{pool: 192.0.2.100 - 192.0.2.199}}]}}
"""
AGENT = """\
control-agent:
  http-port: 8000
  authentication:
    type: basic
    clients: [{user: stork, password: !secret /etc/kea/stork.json}]   # the monitoring
"""
V6 = """\
dhcp6:
  valid-lifetime: 4h
  subnet6:
    - {id: 10, subnet: "2001:db8:1::/64", interface: lan, pools: [{pool: "2001:db8:1::1:0/112"}]}
"""


def pair(
    kea: str = "2.6", *, head: str = "", v4: str = "", ha: str = "", mode: str = "hot-standby", more: str = ""
) -> str:
    """The text of a pair."""
    partner = {"hot-standby": "standby", "load-balancing": "secondary", "passive-backup": "backup"}[mode]
    extra = ha + (", split: even" if mode == "load-balancing" else "")
    return PAIR.format(kea=kea, partner=partner, mode=mode, ha=extra, head=head, v4=v4) + more


def planned(
    folder: Path, text: str, to: str, *, keep: bool = False, replace: bool = False, name: str = "campus.yaml"
) -> Upgrade:
    """The upgrade of a spec with this text."""
    spec = folder / name
    spec.write_text(text, "utf-8")
    loaded = load(spec)
    shared = other_users(loaded.document) if loaded.document is not None else {}
    return plan_upgrade(loaded, target(to), keep_defaults=keep, replace_agent=replace, shared=shared)


def new_text(upgrade: Upgrade, name: str = "campus.yaml") -> str:
    """The text of a file after the edits."""
    return next(text for path, text in upgrade.texts.items() if path.endswith(name))
