"""SpecFile → Site: defaults of the spec language filled in, servers with version and platform, families with their HA.

A mistake removes only what depends on it. The Site contains everything else, so that one run checks the rest too, and it is
marked as incomplete (`Site.whole`). Mistakes that show only in the whole site are rules of `kea_hac.check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kea_hac.diagnostics import Finding, FindingSink, Route, refused
from kea_hac.kea.config import FAMILIES, Block, Json
from kea_hac.kea.platform import Platform, platform, platforms_worded
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.model.agent_as_socket import agent_gone, as_socket, has_http, socket_ports
from kea_hac.model.channel import AGENT_PORT, SOCKET_PORT
from kea_hac.model.relationships import ResolvedServer, resolve_relationships
from kea_hac.model.site import Family, Node, ServerFamily, Site
from kea_hac.spec.load import ServerSpec, SpecFile
from kea_hac.spec.merging import laid_over
from kea_hac.spec.pair import Head
from kea_hac.spec.shape import MISSING_SPEC_KEY, WRONG_VALUE

SAME_NAME = refused(
    "KH106",
    "same-server-name",
    why="The HA library does not load when two peers have the same name, and the server does not start.",
    source="ha_config.cc",
)


def resolve(spec: SpecFile, note: FindingSink) -> Site | None:
    """The Site of all valid parts; each mistake is reported with its route. None when there is no server."""
    if spec.head is None:
        return None
    resolved_servers, whole = _nodes(spec, spec.head, note)
    if not resolved_servers:
        return None
    families: dict[str, Family] = {}
    for daemon in FAMILIES:
        if daemon.name in spec.dhcp:
            relationships, sound = resolve_relationships(spec, resolved_servers, whole, daemon.name, note)
            families[daemon.name] = Family(daemon, spec.dhcp[daemon.name], relationships, sound)
    nodes = tuple(each.node for each in resolved_servers)
    whole = whole and not spec.broken and all(family.settled for family in families.values())
    arrangement = spec.high_availability
    micetro = None if "micetro" in spec.broken else spec.head.micetro
    return Site(
        spec.head.pair,
        spec.document,
        nodes,
        families,
        arrangement.hub,
        spec.control_agent,
        micetro,
        spec.head.diff,
        whole,
    )


def _nodes(spec: SpecFile, head: Head, note: FindingSink) -> tuple[tuple[ResolvedServer, ...], bool]:
    """The servers without mistakes, and True when these are all servers of the spec."""
    result: list[ResolvedServer] = []
    taken: dict[str, Route] = {}
    for key, values in (
        ("kea", "a Kea version such as 2.6"),
        ("platform", platforms_worded()),
    ):
        _set_nowhere(spec, head, key, values, note)
    for server in spec.servers:
        low = server.head.name.lower()  # names become folders, and some file systems do not distinguish case
        if low in taken:
            note(
                Finding(
                    SAME_NAME,
                    (*server.at, "name"),
                    f"the name {server.head.name!r} is used by another server",
                    related=((taken[low], "the other one"),),
                    fix="give each server another name; case alone is no difference",
                )
            )
            continue
        taken[low] = (*server.at, "name")
        node = _node(spec, head, server, note)
        if node is not None:
            result.append(ResolvedServer(server, node))
    _taken_by_agent(head, taken, note)
    return tuple(result), len(result) == len(spec.servers) and "servers" not in spec.broken


def _set_nowhere(spec: SpecFile, head: Head, key: str, values: str, note: FindingSink) -> None:
    if getattr(head, key) is not None or key in spec.broken:
        return
    without = [
        server.head.name for server in spec.servers if getattr(server.head, key) is None and key not in server.broken
    ]
    if without:
        message = f"neither the spec nor server {' nor '.join(map(repr, without))} sets `{key}`"
        note(Finding(MISSING_SPEC_KEY, (), message, fix=f"add `{key}: …` at the top: {values}", lacks=(key, f"*{key}")))


def _taken_by_agent(head: Head, taken: Mapping[str, Route], note: FindingSink) -> None:
    shared = head.micetro.agent if head.micetro else None
    if shared and not isinstance(shared, str) and shared.name.lower() in taken:
        note(
            Finding(
                SAME_NAME,
                ("micetro", "agent", "name"),
                f"the name {shared.name!r} is used by a server, and both become folders",
                related=((taken[shared.name.lower()], "the server"),),
            )
        )


def _node(spec: SpecFile, head: Head, server: ServerSpec, note: FindingSink) -> Node | None:
    """None when its version or platform is not known: nothing of it can be judged."""
    version, name = server.head.kea or head.kea, server.head.platform or head.platform
    unknown = {"kea", "platform", "arch", "paths"} & server.broken
    if unknown or version is None or name is None or {"arch", "paths"} & spec.broken:
        return None
    host = _platform(head, server, name, version, note)
    if host is None:
        return None
    platform_at = (*server.at, "platform") if server.head.platform is not None else ("platform",)
    host = replace(host, guessed=platform_at in spec.guessed)
    server_families: Mapping[str, ServerFamily] = {family: _server_family(server, family) for family in spec.dhcp}
    agent = server.agent and (spec.control_agent is not None or "control-agent" in spec.broken)
    if agent and spec.control_agent is not None and not has(version, Feature.CONTROL_AGENT):
        server_families, agent = (
            _with_sockets(spec, spec.control_agent, server, server_families, str(version), note),
            False,
        )
    return Node(server.head.name, server.at, version, host, server_families, agent, server.agent_own)


def _with_sockets(
    spec: SpecFile,
    pairs: Block,
    server: ServerSpec,
    server_families: Mapping[str, ServerFamily],
    version: str,
    note: FindingSink,
) -> Mapping[str, ServerFamily]:
    """The families of a server without agent, each with the HTTP control socket that takes the agent's place.

    A family that has an HTTP socket of its own, or no socket at all, gets none. `pairs`: the spec's `control-agent`.
    """
    agent = laid_over(pairs, server.agent_own) if server.agent_own else pairs
    listed = {family: _sockets(spec, server, family) for family in server_families}
    without = [family for family, sockets in listed.items() if sockets != [] and not has_http(sockets)]
    ports = socket_ports(without, agent.get("http-port", AGENT_PORT), _taken(spec, agent.get("http-port", AGENT_PORT)))
    note(replace(agent_gone(agent, version, ports, tuple(server_families)), server=server.head.name))
    address = next(
        (server_family.control_address for server_family in server_families.values() if server_family.control_address),
        None,
    )
    result = dict(server_families)
    for family, port in ports.items():
        server_family = server_families[family]
        entry = as_socket(agent, None if server_family.control_address == address else str(address), port)
        own = server_family.overrides.copy_of() if server_family.overrides is not None else Block((*server.at, family))
        own.put("control-sockets", [*(listed[family] or ()), entry], agent.at)
        result[family] = replace(server_family, overrides=own)
    return result


def _sockets(spec: SpecFile, server: ServerSpec, family: str) -> list[Json] | None:
    """The `control-sockets` of a server as they are written: its own list replaces the pair's. None: nowhere."""
    own = server.overrides.get(family)
    found = (
        own["control-sockets"]
        if own is not None and "control-sockets" in own
        else spec.dhcp[family].get("control-sockets")
    )
    return found if isinstance(found, list) else None


def _taken(spec: SpecFile, agent: int) -> frozenset[int]:
    """The ports of HA listeners and HTTP sockets, in any family. The agent's own port is free: the agent had it."""
    found: set[object] = set()
    for listed in spec.high_availability.relationships.values():
        for each in listed:
            found |= {each.ours.listener, *(peer.listener for _, peer in each.peers)}
    found |= {server_family.listener for server in spec.servers for server_family in server.server_families.values()}
    found -= {agent}
    for server in spec.servers:
        for family in spec.dhcp:
            sockets = _sockets(spec, server, family) or ()
            found |= {each.get("socket-port", SOCKET_PORT) for each in sockets if has_http([each])}
    return frozenset(each for each in found if isinstance(each, int))


def _platform(head: Head, server: ServerSpec, name: str, version: KeaVersion, note: FindingSink) -> Platform | None:
    own = server.head.platform is not None or server.head.arch is not None
    paths = {**head.paths, **server.head.paths}
    try:
        return platform(name, server.head.arch or head.arch, version, paths)
    except ValueError as error:
        at = (*server.at, "arch" if server.head.arch else "platform") if own else ("arch",)
        if "paths" in str(error):
            at = (*server.at, "paths") if server.head.paths else ("paths",)
        note(Finding(WRONG_VALUE, at, str(error)))
        return None


def _server_family(server: ServerSpec, family: str) -> ServerFamily:
    written = server.server_families[family]
    interfaces = written.interfaces
    aliases: Mapping[str, str] = interfaces if isinstance(interfaces, dict) else {}
    names = tuple(aliases.values()) if aliases else tuple(interfaces)
    return ServerFamily(
        at=server.at,
        address=written.address,
        control_address=written.control_address or written.address,
        peer_address=written.peer_address,
        interfaces=names,
        aliases=aliases,
        peer_keys=server.peer_keys[family],
        bind_address=written.bind_address,
        peer_port=written.peer_port,
        broken=server.broken,
        overrides=server.overrides.get(family),
    )
