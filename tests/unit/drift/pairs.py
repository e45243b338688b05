"""A pair, and servers that hold what it compiles to, or something else that a test makes of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kea_hac.compiler.artifacts import Build
from kea_hac.drift.bases import Bases
from kea_hac.drift.diffing import CanonicalForms, Compared, Drift, diff
from kea_hac.kea.config import DAEMONS
from kea_hac.kea.config_get import predict
from kea_hac.live.endpoint import Live, Trouble, Unread
from kea_hac.model.site import Site
from tests.specs import checked

TODAY = date(2026, 6, 1)
Edit = Callable[[dict[str, Any]], None]
"""Changes the map under a daemon's top key, as config-get shows it."""

MIXED = """\
kea-hac: 1
pair: p
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: {lan: eth1}, kea: 3.0}
high-availability: {mode: hot-standby, listener: {dhcp4: 8001}}
dhcp4:
  cache-threshold: 0.25
  cache-max-age: 0
  client-classes: [{name: a, test: "member('ALL')"}, {name: b, test: "member('ALL')"}]
  subnet4:
    - {id: 1, subnet: 10.1.0.0/24, pools: [{pool: 10.1.0.10-10.1.0.20}]}
    - {id: 2, subnet: 10.2.0.0/24, pools: [{pool: 10.2.0.10-10.2.0.20, client-class: a}]}
"""
"""Servers of two versions, which spell a key in two ways."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A spec that was compiled."""

    site: Site
    build: Build

    @classmethod
    def of(cls, text: str) -> Pair:
        made = checked(text)
        assert made.site is not None
        assert made.build is not None, [each.message for each in made.report.diagnostics]
        return cls(made.site, made.build)

    def lives(self, edits: Mapping[str, Edit] | None = None, runs: str | None = None) -> list[Live | Unread]:
        """What servers answer that loaded the build. `edits`: by "kea1 dhcp4", what was done to them since."""
        made: list[Live | Unread] = []
        nodes = {node.name: node for node in self.site.nodes}
        for artifact in self.build.artifacts:
            daemon = DAEMONS.get(artifact.name)
            if daemon is None or artifact.tree is None:
                continue
            node = nodes[artifact.server]
            config = copy.deepcopy(dict(predict(daemon, artifact.tree[daemon.top], node.version, node.platform)))
            edit = (edits or {}).get(f"{artifact.server} {daemon.name}")
            if edit is not None:
                edit(config)
            made.append(Live(artifact.server, daemon, config, runs, source="a test"))
        return made

    def without(self, server: str, lives: Iterable[Live | Unread]) -> list[Live | Unread]:
        """The same with a server that cannot be reached."""
        return [
            Unread(each.server, each.daemon, each.source, "no answer", Trouble.UNREACHABLE)
            if each.server == server
            else each
            for each in lives
        ]

    def diff(
        self,
        lives: Iterable[Live | Unread],
        output: Path = Path("nowhere"),
        base: str | None = None,
        forms: CanonicalForms | None = None,
    ) -> Drift:
        """What `kea-hac diff` finds."""
        bases = Bases(self.build, output, base)
        return diff(self.site, self.build, lives, bases, resolve=lambda _: None, today=TODAY, forms=forms)


def of(drift: Drift, server: str, daemon: str = "dhcp4") -> Compared:
    """One daemon's part of a diff."""
    return next(each for each in drift.compared if (each.server, each.daemon.name) == (server, daemon))
