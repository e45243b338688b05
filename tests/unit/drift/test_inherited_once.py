"""A value that subnets inherit and that is set, or removed, once is one change, whatever config-get repeats in each subnet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kea_hac.changes.change import spelt
from kea_hac.changes.three_way import Difference, compare
from kea_hac.compiler.built import configs
from kea_hac.drift.diffing import canonical
from kea_hac.kea.config import Block, Daemon
from kea_hac.kea.grammar import program
from kea_hac.model.site import Node
from tests.specs import checked
from tests.unit.drift.adopting import nothing_at_hand, thawed

SPEC = """\
kea-hac: 1
pair: p
kea: {kea}
platform: debian
servers:
  - {{name: kea1, role: primary, address: 192.0.2.11, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: standby, address: 192.0.2.12, interfaces: {{lan: eth1}}}}
high-availability: {{mode: hot-standby, listener: {{dhcp4: 8001, dhcp6: 8002}}}}
dhcp4:
  shared-networks:
    - {{name: n, subnet4: [{{id: 4, subnet: 10.4.0.0/24, pools: [{{pool: 10.4.0.10-10.4.0.20}}]}}]}}
  subnet4:
    - {{id: 1, subnet: 10.1.0.0/24, pools: [{{pool: 10.1.0.10-10.1.0.20}}]}}
    - {{id: 2, subnet: 10.2.0.0/24, pools: [{{pool: 10.2.0.10-10.2.0.20}}]}}
dhcp6:
  shared-networks:
    - {{name: n, subnet6: [{{id: 4, subnet: "2001:db8:4::/64", pools: [{{pool: "2001:db8:4::/80"}}]}}]}}
  subnet6:
    - {{id: 1, subnet: "2001:db8:1::/64", pools: [{{pool: "2001:db8:1::/80"}}]}}
    - {{id: 2, subnet: "2001:db8:2::/64", pools: [{{pool: "2001:db8:2::/80"}}]}}
"""
VALUES: tuple[Any, ...] = (True, False, 777, 0.3, "never", "192.0.2.3")
"""Of each type one; a key takes what its type fits and shows the rest as it is."""


def servers(kea: str) -> Iterator[tuple[Node, Daemon, Block]]:
    made = checked(SPEC.format(kea=kea))
    assert made.site is not None
    assert made.build is not None, [each.message for each in made.report.diagnostics]
    for node, daemon, config in configs(made.site, made.build):
        if node.name == "kea1" and daemon.family is not None:
            yield node, daemon, config


def inherited(daemon: Daemon) -> list[str]:
    scopes = program(daemon.name).scopes
    above = scopes[program(daemon.name).top].keywords
    return [key for key in scopes[daemon.subnets].keywords if key in above and not above[key].scope]


@pytest.mark.parametrize("kea", ["2.2", "2.6", "3.0"])
def test_every_inherited_key(kea: str) -> None:
    tried, several = 0, []
    for node, daemon, config in servers(kea):

        def shown(value: Any, node: Node = node, daemon: Daemon = daemon) -> Block:
            return canonical(node, daemon, value, node.version, nothing_at_hand)

        default = shown(config)
        for key in inherited(daemon):
            for value in VALUES:
                written, answer = thawed(config), thawed(default)
                written[key] = answer[key] = value
                explicit = shown(written)
                for what, one, other in (
                    ("set", default, explicit),
                    ("removed", explicit, default),
                    ("set in an answer that was sent back", default, shown(answer)),
                    ("an answer that was sent back", default, shown(thawed(default))),
                ):
                    for base in (one, None):
                        found = compare(daemon, node.version.branch, base, one, other)
                        paths = [spelt(each.path) for each in found if isinstance(each, Difference)]
                        tried += bool(paths)
                        several += [(daemon.name, key, value, what, paths)] if len(paths) > 1 else []
    assert not several
    assert tried > 100
