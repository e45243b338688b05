"""preferences.cfg: the entries of Micetro's DHCP Agents, one file for each agent.

An agent beside every server, or one agent for them all, which then needs one hook directory and one agent port. Micetro
documentation, "Kea DHCP High Availability" and "Configuring the DHCP Agent" (read only, no agent was run).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kea_hac.compiler.artifacts import Artifact
from kea_hac.compiler.overrides import library_name
from kea_hac.compiler.preferences import render
from kea_hac.diagnostics import Finding, KeaSays, rule
from kea_hac.kea.config import Block
from kea_hac.kea.version import Feature, has
from kea_hac.model.channel import AGENT_PORT, agent_address
from kea_hac.model.site import Node, Site
from kea_hac.spec.pair import SharedAgent
from kea_hac.spec.shape import Note

PREFERENCES = "preferences.cfg"
NO_AGENT = rule(
    "KH907",
    "micetro-without-control-agent",
    kea=KeaSays.NOT_ITS_BUSINESS,
    why="Micetro's DHCP Agent commands Kea through the control agent only: it would not find the server.",
    source="Micetro documentation, 'Kea DHCP High Availability', Configuring the DHCP Agent",
)
UNLIKE_SERVERS = rule(
    "KH908",
    "unlike-servers-behind-one-micetro-agent",
    kea=KeaSays.NOT_ITS_BUSINESS,
    why="One preferences.cfg has one hook directory: Micetro would look for the HA library in the wrong place on one server.",
    source="Micetro documentation, keaHooksLocation",
)
_PREMIUM = frozenset({"libdhcp_subnet_cmds.so", "libdhcp_class_cmds.so"})
"""The two libraries that UseKeaPremiumHooks makes Micetro use (Micetro documentation, 'Kea premium hooks')."""


def preference_files(site: Site, configs: Iterable[tuple[Node, Block]], note: Note) -> list[Artifact]:
    """The files of all agents; none where the spec has no `micetro`. `configs`: every DHCP daemon's map, by server."""
    if site.micetro is None:
        return []
    listed = list(configs)
    for node in site.nodes:
        if site.agent is None or not node.has_agent or not has(node.version, Feature.CONTROL_AGENT):
            note(
                Finding(
                    NO_AGENT,
                    ("micetro",),
                    f"server {node.name!r} runs no control agent, and Micetro reaches Kea through it only",
                    on_key=True,
                    fix="add `control-agent` (Kea 2.2 to 3.0), or take `micetro` away",
                )
            )
            return []
    agent = site.micetro.agent
    if isinstance(agent, SharedAgent):
        _alike(site, note)
        entries = _entries(site, site.nodes[0], [config for _, config in listed])
        return [Artifact(agent.name, PREFERENCES, render(entries))]
    made = []
    for node in site.nodes:
        entries = _entries(site, node, [config for owner, config in listed if owner is node])
        address = agent_address(site, node)
        if address is not None:
            entries["keaControlAgentHost"] = str(address)
        made.append(Artifact(node.name, PREFERENCES, render(entries)))
    return made


def _entries(site: Site, node: Node, configs: list[Block]) -> dict[str, str | None]:
    assert site.agent is not None
    assert site.micetro is not None
    entries: dict[str, str | None] = {
        "keaHooksLocation": node.platform.hooks_dir,
        "keaControlAgentPort": str(site.agent.get("http-port", AGENT_PORT)),
        "keaReplicateConfig": "1" if site.micetro.owner == "micetro" else "0",
    }
    if configs and all(set(_libraries(config)) >= _PREMIUM for config in configs):
        entries["UseKeaPremiumHooks"] = "1"
    return entries


def _libraries(config: Mapping[str, object]) -> Iterator[str]:
    listed = config.get("hooks-libraries")
    for entry in listed if isinstance(listed, list) else ():
        yield library_name(entry)


def _alike(site: Site, note: Note) -> None:
    first = site.nodes[0]
    for node in site.nodes[1:]:
        if node.platform.hooks_dir != first.platform.hooks_dir:
            note(
                Finding(
                    UNLIKE_SERVERS,
                    ("micetro", "agent"),
                    f"{first.name} keeps its hook libraries in {first.platform.hooks_dir}, {node.name} in {node.platform.hooks_dir}, "
                    "and the one agent can be told one directory",
                    on_key=True,
                    fix="use `agent: per-server`, or servers of one platform",
                )
            )
