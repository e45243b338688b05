"""What has to be done in Micetro for the servers of a spec, as steps of each host.

Micetro documentation, 'Kea DHCP Failover Relationships' (11.1) and 'Configuring the Kea High Availability setup' (25.2): the
primary is added, and Micetro finds the relationship in its configuration. No Micetro was run.
"""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.model.channel import agent_channel
from kea_hac.model.site import Node, Site
from kea_hac.spec.pair import SharedAgent

PRIMARY = "primary"


def micetro_steps(site: Site, node: Node) -> Iterator[str]:
    """The steps for one server, each with its number in front; none where the spec has no `micetro`."""
    if site.micetro is None:
        return
    for number, step in enumerate(_steps(site, node), 1):
        yield f"{number}. {step}"


def _steps(site: Site, node: Node) -> Iterator[str]:
    assert site.micetro is not None
    agent = site.micetro.agent
    shared = agent if isinstance(agent, SharedAgent) else None
    where = f"on {shared.name} ({shared.address})" if shared else "on this host"
    yield f"{where}: install the DHCP Agent, run `kea-hac preferences merge` with its preferences.cfg, restart the agent"
    server_family = next(iter(node.server_families.values()), None)
    listener = next(agent_channel(site, node, server_family), None) if server_family else None
    if shared and listener is not None:
        yield f"let {shared.address} connect to the control agent, {listener.address} tcp {listener.port}"
    elif listener is None:
        yield "give the DHCP Agent access to the unix control sockets"
    partners = sorted(
        {
            peer.node.name
            for family in site.families.values()
            for relationship in family.relationships
            if (own := relationship.peer_of(node)) is not None and own.role == PRIMARY
            for peer in relationship.peers
            if peer.node.name != node.name
        }
    )
    in_ha = any(family.of(node) for family in site.families.values())
    proxy = f", with {shared.address} as proxy" if shared else ""
    if in_ha and not partners:
        yield "do not add this server in Micetro: it is found through its primary"
        return
    yield f"load the configuration, then add this server in Micetro (Admin, Service Management, Add Service){proxy}"
    if partners:
        yield f"do not add {' and '.join(partners)}: Micetro finds the relationship in the primary's configuration"
        yield (
            "after a change of mode, names, roles, addresses or ports of the relationship: remove it in Micetro and add it again, "
            "because Micetro cannot modify it"
        )
