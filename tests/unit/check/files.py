"""Kea files as maps, and what is found in them: for rules whose good examples matter as much as the bad ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kea_hac import lint
from kea_hac.diagnostics import Diagnostic
from kea_hac.kea.version import KeaVersion

Config = dict[str, Any]


def found(folder: Path, *configs: Config, family: int = 4, version: str = "2.6") -> Sequence[Diagnostic]:
    """What `lint` finds in the configurations, each the map below `Dhcp4` or `Dhcp6` of a file of its own."""
    paths = []
    for number, config in enumerate(configs):
        path = folder / str(number) / f"kea-dhcp{family}.conf"
        path.parent.mkdir(exist_ok=True)
        text = {"interfaces-config": {"interfaces": ["eth0"]}, **config}
        path.write_text(json.dumps({f"Dhcp{family}": text}))
        paths.append(path)
    return lint(paths, KeaVersion.parse(version)).report.diagnostics


def of(code: str, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Those of one rule."""
    return [each for each in diagnostics if each.rule.code == code]


def peers(mode: str, *names: str, roles: Sequence[str] = ("primary", "standby"), **keys: Any) -> list[Config]:
    """hooks-libraries with a relationship of the peers, at 192.0.2.11 and so on. `keys` of it: `_` for `-`."""
    entries = [
        {"name": name, "url": f"http://192.0.2.{11 + number}:8001/", "role": role}
        for number, (name, role) in enumerate(zip(names, roles, strict=True))
    ]
    relationship = {"this-server-name": names[0], "mode": mode, "peers": entries}
    relationship.update({key.replace("_", "-"): value for key, value in keys.items()})
    return [
        {"library": "libdhcp_lease_cmds.so"},
        {"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}},
    ]
