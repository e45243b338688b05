"""The `servers` of the spec: names, roles, addresses, interfaces, Kea's peer keys, and each server's own values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kea_hac.diagnostics import Route
from kea_hac.importing.arrangement import Arrangement, ImportedRelationship, Server
from kea_hac.importing.by_family import FamilySection, put_by_family
from kea_hac.importing.directories import PATH_OF
from kea_hac.importing.hosts import Host, InputFile, Places, directory_of
from kea_hac.importing.merge_agent import bound_address
from kea_hac.importing.merge_ha import Context, peer_keys
from kea_hac.importing.notes import Notes
from kea_hac.kea.config import CTRL_AGENT, Block, Json
from kea_hac.kea.platform import DEFAULT_ARCH
from kea_hac.source.document import Plain

Written = tuple[Json, Route]
"""A value, and where it was written."""


def put_places(block: Block, places: Places, pair: Places | None) -> None:
    """`platform`, `arch` and `paths`: the pair's, or a server's where they differ (`paths` are merged over the pair's)."""
    if pair is None or places.platform.name != pair.platform.name:
        block["platform"] = places.platform.name
    if places.platform.arch != (pair.platform.arch if pair else DEFAULT_ARCH):
        block["arch"] = places.platform.arch
    paths = {key: folder for key, folder in places.paths.items() if pair is None or pair.paths.get(key) != folder}
    if pair is not None:  # the pair's `paths` apply to every server without its own
        own = {key: directory_of(places.platform, kind) for kind, key in PATH_OF.items()}
        paths |= {key: own[key] for key in pair.paths if key not in places.paths and own[key] != pair.paths[key]}
    if paths:
        block["paths"] = Block((*block.at, "paths"), dict(paths))


def mark_guesses(block: Block, host: Host, notes: Notes) -> None:
    """Comments beside `kea` and `platform` where the user did not name them, in the form that the spec's reader knows."""
    if "kea" in block and host.guess is not None and not host.target_named:
        notes.beside(block.where("kea"), f"kea-hac: guessed, {host.guess.span}")
    if "platform" in block and host.places.guess is not None:
        notes.beside(block.where("platform"), f"kea-hac: guessed, {host.places.guess}")


def control_address(server: Server, addresses: Mapping[str, Mapping[str, str | None]], family: str) -> str | None:
    """The address that agent and HTTP sockets bind in a family, as the spec will have it.

    `control-address` is one for all families, and is written where the agent or the first socket binds another address than the
    server's; without it, each family has the server's address in that family.
    """
    bound = bound_address(server)
    first = next((each[server.name] for each in addresses.values() if each.get(server.name)), None)
    if bound is not None and bound != first:
        return bound
    return addresses.get(family, {}).get(server.name) or first


def server_section(
    server: Server,
    number: int,
    context: Context,
    families: Mapping[str, FamilySection],
    agent: Block | None,
    notes: Notes,
) -> Block:
    """One item of `servers`. `number`: its place in the list. `agent`: its own values for the control agent."""
    result = Block(("spec", "servers", number), {"name": server.name})
    _server_family(result, server, context, families, notes)
    base, host = context.arrangement.base, server.host
    if host is not None and host is not base:
        if host.target != base.target:
            result["kea"] = Plain(str(host.target))
        put_places(result, host.places, base.places)
        mark_guesses(result, host, notes)
    _interfaces(result, server, families, notes)
    _peer_keys(result, server, context, families)
    others = [other.host for other in context.arrangement.servers if other.host]
    if host is not None and CTRL_AGENT.name not in host.files and any(CTRL_AGENT.name in each.files for each in others):
        result["control-agent"] = False
    elif agent is not None:
        result.put("control-agent", agent, agent.at)
    for family, each in families.items():
        if server.name in each.own:
            result.put(family, each.own[server.name], each.own[server.name].at)
    return result


def _server_family(
    result: Block, server: Server, context: Context, families: Mapping[str, FamilySection], notes: Notes
) -> None:
    """Role and addresses."""
    arrangement, addresses = context.arrangement, context.addresses
    resolved_servers: dict[str, tuple[ImportedRelationship, str]] = {}
    for family, bonds in arrangement.bonds.items():
        peer = server.peers.get((family, bonds[0].base.names)) if bonds else None
        if peer is not None and family in families and not arrangement.hub:
            resolved_servers[family] = (bonds[0], peer)
    roles: dict[str, Written] = {}
    dialled: dict[str, Written] = {}
    listens: dict[str, Written] = {}
    ports: dict[str, Written] = {}
    forwarded: dict[str, Written] = {}
    for family, (bond, peer) in resolved_servers.items():
        entry = bond.base.peer(peer)
        if entry is not None and entry.role is not None:
            roles[family] = (str(entry.role), entry.block.where("role"))
        port = bond.own_port(peer)
        if port is not None:
            ports[family] = (port, _url_route(server, family, arrangement))
        url = bond.dialled(peer)
        if url is not None and bond.own(peer) is not None and str(url.address) != addresses[family][server.name]:
            dialled[family] = (str(url.address), bond.base.entry.block.where("peers"))
        own = bond.url(peer)
        if own is not None and bond.base.entry.opens_listener and str(own.address) != addresses[family][server.name]:
            listens[family] = (str(own.address), _url_route(server, family, arrangement))
            if addresses[family][server.name] is None:
                at = ("spec", "servers", server.name)
                result.moved = {**(result.moved or {}), "name": at}
                text = f"{server.name} binds all addresses, and no file of its partner was named: add `address: …`"
                notes.before(at, f"{text}, the address that its partner connects to")
        other = bond.forwarded_port(peer)
        if other is not None:
            forwarded[family] = (other, _url_route(server, family, arrangement))
    bound = {
        family: (each[server.name], _url_route(server, family, arrangement))
        for family, each in addresses.items()
        if each.get(server.name) and arrangement.bonds[family]
    }
    put_by_family(result, "role", roles, resolved_servers)
    put_by_family(result, "address", bound, bound)
    control = bound_address(server)
    if control is not None and control != next((value for value, _ in bound.values()), None):
        result["control-address"] = control
    put_by_family(result, "peer-address", dialled, resolved_servers)
    put_by_family(result, "bind-address", listens, resolved_servers)
    put_by_family(result, "listener", ports, resolved_servers)
    put_by_family(result, "peer-port", forwarded, resolved_servers)


def _peer_keys(result: Block, server: Server, context: Context, families: Mapping[str, FamilySection]) -> None:
    bonds = {family: found for family, found in context.arrangement.bonds.items() if found and family in families}
    keys: dict[str, dict[str, Written]] = {}
    for family, found in bonds.items():
        for bond in found:
            peer = server.peers.get((family, bond.base.names))
            block = peer_keys(bond, server, peer, context) if peer else Block()
            for key, value in block.items():
                keys.setdefault(key, {}).setdefault(family, (value, block.where(key)))
    for key, by_family in keys.items():
        put_by_family(result, key, by_family, bonds)


def _url_route(server: Server, family: str, arrangement: Arrangement) -> Route:
    for bond in arrangement.bonds[family]:
        peer = server.peers.get((family, bond.base.names))
        view = bond.own(peer) if peer else None
        entry = (view or bond.base).peer(peer) if peer else None
        if entry is not None:
            return entry.block.where("url")
    return ("spec", server.name, "address")


def _interfaces(result: Block, server: Server, families: Mapping[str, FamilySection], notes: Notes) -> None:
    by_family = {
        family: each.interfaces[server.name].written
        for family, each in families.items()
        if server.name in each.interfaces and each.interfaces[server.name].written
    }
    if server.host is None:
        result.moved = {**(result.moved or {}), "name": _without_file(server)}
        return
    routes = {
        family: (
            (dict_block(value, (*result.at, "interfaces", family)) if isinstance(value, dict) else value),
            _listens(server, family),
        )
        for family, value in by_family.items()
    }
    put_by_family(result, "interfaces", routes, by_family if len(by_family) == len(families) else families)


def _without_file(server: Server) -> Route:
    """The place of the comment on what is unknown of a server without files."""
    return ("spec", "servers", server.name)


def note_unknown_interfaces(spec: Block, arrangement: Arrangement, notes: Notes) -> None:
    """The comment on each server without files: its interfaces are unknown, and their form is that of the other servers."""
    aliases = dict.fromkeys(alias for server in spec["servers"] for alias in _aliases(server.get("interfaces")))
    form = f"{{{', '.join(f'{alias}: ...' for alias in aliases)}}}" if aliases else "[...]"
    for server in arrangement.servers:
        if server.host is None:
            text = f"no file of {server.name} was named: add `interfaces: {form}`, the interfaces on which it serves clients"
            notes.before(_without_file(server), text)


def _aliases(written: Json) -> Iterator[str]:
    """The aliases of a server's `interfaces`, of both families."""
    for key, value in written.items() if isinstance(written, Mapping) else ():
        yield from (str(key),) if isinstance(value, str) else _aliases(value)


def dict_block(value: Mapping[str, Json], at: Route) -> Block:
    """A plain map as a Block."""
    return Block(at, dict(value))


def _listens(server: Server, family: str) -> Route:
    assert server.host is not None
    supplied: InputFile = server.host.files[family]
    written = supplied.config.get("interfaces-config")
    return written.where("interfaces") if isinstance(written, Block) else (*supplied.top, "interfaces-config")
