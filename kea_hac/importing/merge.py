"""Servers and their arrangement → the spec as one value.

The base's value is used for everything that a spec contains once; the round trip finds the different values of other servers.
"""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.importing.arrangement import Arrangement, ImportedRelationship
from kea_hac.importing.by_family import FamilySection
from kea_hac.importing.interfaces import fold_interfaces
from kea_hac.importing.merge_agent import agent_section, bound_address
from kea_hac.importing.merge_ha import Context, has_listener
from kea_hac.importing.merge_relationships import high_availability_section
from kea_hac.importing.merge_servers import control_address, mark_guesses, put_places, server_section
from kea_hac.importing.notes import Notes
from kea_hac.importing.pools import join_pools
from kea_hac.importing.preferences import micetro_section
from kea_hac.importing.secrets import SecretMover
from kea_hac.importing.underived import ServerContext, dhcp_section, own_interfaces
from kea_hac.importing.values_by_server import ABSENT, Values, fold_values
from kea_hac.kea.config import FAMILIES, Block, Daemon
from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import Mode, Role
from kea_hac.records import dataclass
from kea_hac.source.document import Plain
from kea_hac.spec.load import MAY_DIFFER

_LANGUAGE = Plain("1")


@dataclass(frozen=True, slots=True)
class Folder:
    """What all steps need."""

    arrangement: Arrangement
    pair: str
    notes: Notes
    preferences: Mapping[str, Mapping[str, str]]
    """The entries of preferences.cfg files of hosts that run no Kea, by host."""


def fold(folder: Folder) -> Block:
    """The whole spec. Its Blocks know the routes in the files that their values come from."""
    arrangement = folder.arrangement
    addresses = _addresses(arrangement)
    movers = {
        server.name: SecretMover(server.name, (server.host or arrangement.base).places.platform, folder.notes)
        for server in arrangement.servers
    }
    context = Context(arrangement, arrangement.base.target, addresses, movers)
    families = {daemon.name: result for daemon in FAMILIES if (result := _family(daemon, folder, context)) is not None}
    spec = Block(("spec",), {"kea-hac": _LANGUAGE, "pair": folder.pair, "kea": Plain(str(arrangement.base.target))})
    put_places(spec, arrangement.base.places, None)
    mark_guesses(spec, arrangement.base, folder.notes)
    agent = agent_section(arrangement, addresses, movers, folder.notes)
    spec["servers"] = [
        server_section(server, number, context, families, agent.own.get(server.name), folder.notes)
        for number, server in enumerate(arrangement.servers)
    ]
    joined = {family: bonds for family, bonds in arrangement.bonds.items() if bonds and family in families}
    if joined:
        spec["high-availability"] = high_availability_section(joined, context, families)
    if agent.pair is not None:
        spec.put("control-agent", agent.pair, agent.pair.at)
    micetro = micetro_section(arrangement, folder.preferences, folder.notes)
    if micetro is not None:
        spec["micetro"] = micetro
    for family, result in families.items():
        spec.put(family, result.config, result.config.at)
    return spec


def _addresses(arrangement: Arrangement) -> Mapping[str, Mapping[str, str | None]]:
    """What each server's HA binds, by family."""
    found: dict[str, dict[str, str | None]] = {}
    for daemon in FAMILIES:
        found[daemon.name] = {}
        for server in arrangement.servers:
            control = bound_address(server)
            urls = (
                bond.address(peer, control)
                for bond in arrangement.bonds[daemon.name]
                if (peer := server.peers.get((daemon.name, bond.base.names))) is not None
            )
            url = next((each for each in urls if each is not None), None)
            found[daemon.name][server.name] = str(url.address) if url else None
    for server in arrangement.servers:
        bound = bound_address(server)
        if len(arrangement.servers) == 1 and not any(each[server.name] for each in found.values()):
            for each in found.values():
                each[server.name] = bound
    return found


def _family(daemon: Daemon, folder: Folder, context: Context) -> FamilySection | None:
    known = [server for server in folder.arrangement.known if server.host and daemon.name in server.host.files]
    if not known:
        return None
    bonds = folder.arrangement.bonds[daemon.name]
    listener = any(has_listener(bond) for bond in bonds)
    written: dict[str, Block] = {}
    lists: dict[str, list[str]] = {}
    rests: dict[str, Block] = {}
    raw: dict[str, Block] = {}
    for server in known:
        assert server.host is not None
        supplied = server.host.files[daemon.name]
        control = control_address(server, context.addresses, daemon.name)
        server_context = ServerContext(server.host, control, listener, context.movers[server.name], folder.notes)
        written[server.name] = dhcp_section(daemon, supplied, server_context)
        lists[server.name], rests[server.name] = own_interfaces(supplied)
        raw[server.name] = supplied.config
    interfaces = fold_interfaces(daemon, raw, lists)
    for name, each in interfaces.items():
        if each.explicit is not None:
            rests[name].put("interfaces", each.explicit, rests[name].where("interfaces"))
        if rests[name]:
            written[name].put("interfaces-config", rests[name], rests[name].at)
    result = _folded(daemon, written, folder, context)
    result.interfaces = interfaces
    if folder.arrangement.hub:
        _add_missing_subnets(daemon, result.config, written)
    _join(daemon, result, bonds, folder.notes)
    return result


def _folded(daemon: Daemon, written: Mapping[str, Block], folder: Folder, context: Context) -> FamilySection:
    base = next(iter(written.values()))
    vocabulary = program(daemon.name)
    partner_unknown = any(server.host is None for server in folder.arrangement.servers)
    family_config = FamilySection(Block(base.at))
    own: dict[str, Block] = {}
    keys = [*dict.fromkeys(key for block in written.values() for key in block if key in MAY_DIFFER or block is base)]
    order = {key: place for place, key in enumerate(vocabulary.scopes[vocabulary.top].keywords)}
    for key in sorted(keys, key=lambda each: order.get(each, len(order))):
        if key not in MAY_DIFFER:
            family_config.config.put(key, base[key], base.where(key))
            continue
        by_server = {name: block.get(key, ABSENT) for name, block in written.items()}
        values = Values(by_server, context.addresses[daemon.name], partner_unknown)
        folded = fold_values(key, values, vocabulary, vocabulary.top)
        holder = next(block for block in written.values() if key in block)
        if folded.pair is not ABSENT:
            family_config.config.put(key, folded.pair, holder.where(key))
        for name, value in folded.own.items():
            own.setdefault(name, Block(("spec", "servers", name, daemon.name))).put(
                key, value, written[name].where(key)
            )
    family_config.own = own
    return family_config


def _add_missing_subnets(daemon: Daemon, config: Block, written: Mapping[str, Block]) -> None:
    """Add what only a spoke's file has, because the hub's file is missing or lacks it. The caller must have created the Block."""
    for block in list(written.values())[1:]:
        for key, identity in ((daemon.subnets, "id"), ("shared-networks", "name")):
            have = {each.get(identity) for each in config.get(key) or () if isinstance(each, Block)}
            more = [each for each in block.get(key) or () if isinstance(each, Block) and each.get(identity) not in have]
            if more:
                config.put(
                    key, [*(config.get(key) or ()), *more], config.where(key) if key in config else block.where(key)
                )


def _join(daemon: Daemon, family_config: FamilySection, bonds: tuple[ImportedRelationship, ...], notes: Notes) -> None:
    for bond in bonds:
        if bond.base.entry.mode is not Mode.LOAD_BALANCING:
            continue
        sides = [
            next((peer.name for peer in bond.base.entry.peers if peer.role is role), None)
            for role in (Role.PRIMARY, Role.SECONDARY)
        ]
        if sides[0] and sides[1]:
            joined = join_pools(daemon, family_config.config, sides[0], sides[1])
            notes.joined.update(joined.joined)
            family_config.config, family_config.split = (
                joined.config,
                list(joined.split) if isinstance(joined.split, tuple) else joined.split,
            )
