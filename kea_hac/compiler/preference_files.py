"""preferences.cfg: the entries of Micetro's DHCP Agents, one file for each agent.

An agent beside every server, or one agent for them all, which then needs one hook directory and one agent port. Micetro
documentation, "Kea DHCP High Availability" and "Configuring the DHCP Agent" (read only, no agent was run).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kea_hac.compiler.artifacts import Artifact
from kea_hac.kea.config import Block
from kea_hac.micetro.preferences import render
from kea_hac.model.channel import AGENT_PORT, agent_address
from kea_hac.model.site import Node, Site
from kea_hac.spec.merging import library_name
from kea_hac.spec.pair import SharedAgent

PREFERENCES = "preferences.cfg"
_PREMIUM = frozenset({"libdhcp_subnet_cmds.so", "libdhcp_class_cmds.so"})
"""The two libraries that UseKeaPremiumHooks makes Micetro use (Micetro documentation, 'Kea premium hooks')."""


def preference_files(site: Site, configs: Iterable[tuple[Node, Block]]) -> list[Artifact]:
    """The files of all agents; none where the spec has no `micetro`. `configs`: every DHCP daemon's map, by server."""
    if site.micetro is None:
        return []
    listed = list(configs)
    agent = site.micetro.agent
    if isinstance(agent, SharedAgent):
        entries = _entries(site, site.nodes[0], [config for _, config in listed])
        return [Artifact(agent.name, PREFERENCES, render(entries))]
    result = []
    for node in site.nodes:
        entries = _entries(site, node, [config for owner, config in listed if owner is node])
        address = agent_address(site, node)
        if address is not None and _has_agent(site, node):
            entries["keaControlAgentHost"] = str(address)
        result.append(Artifact(node.name, PREFERENCES, render(entries)))
    return result


def _entries(site: Site, node: Node, configs: list[Block]) -> dict[str, str | None]:
    assert site.micetro is not None
    entries: dict[str, str | None] = {
        "keaHooksLocation": node.platform.hooks_dir,
        "keaReplicateConfig": "1" if site.micetro.owner == "micetro" else "0",
    }
    if site.agent is not None and _has_agent(site, node):
        entries["keaControlAgentPort"] = str(site.agent.get("http-port", AGENT_PORT))
    if configs and all(set(_libraries(config)) >= _PREMIUM for config in configs):
        entries["UseKeaPremiumHooks"] = "1"
    return entries


def _has_agent(site: Site, node: Node) -> bool:
    """False for a server that Micetro's agent reaches through its unix sockets."""
    return site.agent is not None and node.has_agent


def _libraries(config: Mapping[str, object]) -> Iterator[str]:
    listed = config.get("hooks-libraries")
    for entry in listed if isinstance(listed, list) else ():
        yield library_name(entry)
