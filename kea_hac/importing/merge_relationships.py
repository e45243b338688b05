"""`high-availability` of the spec: one relationship for the pair, flat, or those of a hub one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kea_hac.check.rules.relationship import PeerEntry
from kea_hac.diagnostics import Route
from kea_hac.importing.arrangement import ImportedRelationship, Server
from kea_hac.importing.by_family import FamilySection, put_by_family
from kea_hac.importing.merge_ha import Context, relationship_section
from kea_hac.kea.config import Block
from kea_hac.kea.high_availability import Mode


def high_availability_section(
    joined: Mapping[str, tuple[ImportedRelationship, ...]], context: Context, families: Mapping[str, FamilySection]
) -> Block:
    if context.arrangement.hub:
        return _hub(joined, context, len(families))
    written = {family: relationship_section(bonds[0], context) for family, bonds in joined.items()}
    result = _by_family(written, next(iter(written.values())).at, len(families))
    splits = {family: families[family].split for family in joined if families[family].split is not None}
    if splits:
        balancing = {family: None for family, block in written.items() if block.get("mode") == Mode.LOAD_BALANCING}
        put_by_family(
            result, "split", {family: (value, ("spec", "split")) for family, value in splits.items()}, balancing
        )
    return _ordered(result)


def _by_family(written: Mapping[str, Block], at: Route, served: int) -> Block:
    result = Block(at)
    for key in dict.fromkeys(key for block in written.values() for key in block):
        values = {family: (block[key], block.where(key)) for family, block in written.items() if key in block}
        # a family that is missing from `mode` is not in HA, and each daemon has a listener of its own
        alone = key == "listener" or (key == "mode" and len(written) < served)
        put_by_family(result, key, values, {} if alone else written)
    return result


_FIRST = ("mode",)
_LAST = ("trust-anchor", "cert-file", "key-file", "multi-threading", "split", "listener", "relationships")


def _ordered(block: Block) -> Block:
    result = Block(block.at, moved=block.moved)
    keys = sorted(block, key=lambda key: (key not in _FIRST, _LAST.index(key) + 1 if key in _LAST else 0))
    result.update({key: block[key] for key in keys})
    return result


def _hub(joined: Mapping[str, tuple[ImportedRelationship, ...]], context: Context, served: int) -> Block:
    """`served`: how many families the spec serves; a relationship of one of them says so in its `mode`."""
    groups: dict[frozenset[str], dict[str, ImportedRelationship]] = {}
    for family in sorted(joined, key=lambda family: -len(joined[family])):  # the one with all of them knows their order
        for bond in joined[family]:
            servers = frozenset(_server_families(family, bond, context))
            groups.setdefault(servers, {})[family] = bond
    result = []
    for found in groups.values():
        group = {family: found[family] for family in joined if family in found}
        written = {family: relationship_section(bond, context) for family, bond in group.items()}
        block = _by_family(written, next(iter(written.values())).at, served)
        block["peers"] = list(_hub_peers(group, context))
        result.append(block)
    common = _hoisted(result)
    common["relationships"] = [_ordered(block) for block in result]
    return _ordered(common)


def _server_families(family: str, bond: ImportedRelationship, context: Context) -> Iterator[str]:
    for server in context.arrangement.servers:
        if (family, bond.base.names) in server.peers:
            yield server.name


def _hoisted(blocks: list[Block]) -> Block:
    """Settings that are equal in all relationships are written once and removed from each."""
    common = Block(("spec", "high-availability"))
    for key in list(blocks[0]):
        if key in ("listener", "peers"):
            continue
        if all(key in block and block[key] == blocks[0][key] for block in blocks):
            common.put(key, blocks[0][key], blocks[0].where(key))
            for block in blocks:
                del block[key]
    whole = [block for block in blocks if isinstance(block.get("mode"), str)]
    if len(whole) < len(blocks) and len({block["mode"] for block in whole}) == 1:
        common.put("mode", whole[0]["mode"], whole[0].where("mode"))  # the others are in one family only
        for block in whole:
            del block["mode"]
    return common


def _hub_peers(bonds: Mapping[str, ImportedRelationship], context: Context) -> Iterator[Block]:
    arrangement = context.arrangement
    family, bond = next(iter(bonds.items()))
    server_families = {
        server.name: len([each for each in server.peers if each[0] == family]) for server in arrangement.servers
    }
    by_peer = {
        server.peers[family, bond.base.names]: server
        for server in arrangement.servers
        if (family, bond.base.names) in server.peers
    }
    entries = [peer for peer in bond.base.entry.peers if peer.name in by_peer]
    for peer in entries:
        server = by_peer[str(peer.name)]
        result = Block(peer.block.at, {"server": server.name})
        result.put("role", str(peer.role), peer.block.where("role"))
        others = [
            str(each.name) if _own_name(each.name, by_peer) else by_peer[str(each.name)].name
            for each in entries
            if each is not peer
        ]
        usual = server.name if server_families[server.name] == 1 else "-".join([server.name, *others])
        if peer.name != usual:
            result.put("name", peer.name, peer.block.where("name"))
        _hub_addresses(result, bond, peer, context.addresses[family].get(server.name))
        ports = {
            each: (port, peer.block.where("url"))
            for each, other in bonds.items()
            if (port := other.own_port(server.peers.get((each, other.base.names), ""))) is not None
        }
        put_by_family(result, "listener", ports, bonds)
        forwarded = {
            each: (port, peer.block.where("url"))
            for each, other in bonds.items()
            if (port := other.forwarded_port(server.peers.get((each, other.base.names), ""))) is not None
        }
        put_by_family(result, "peer-port", forwarded, bonds)
        yield result


def _hub_addresses(result: Block, bond: ImportedRelationship, peer: PeerEntry, usual: str | None) -> None:
    """The address that the partner connects to, and the one that is bound, where they are not the server's `address`."""
    bound, dialled = bond.url(str(peer.name)), bond.dialled(str(peer.name))
    used = dialled if dialled is not None and bond.own(str(peer.name)) is not None else bound
    if used is not None and str(used.address) != usual:
        result.put("address", str(used.address), peer.block.where("url"))
    if bound is not None and used is not None and bound.address != used.address and bond.base.entry.opens_listener:
        result.put("bind-address", str(bound.address), peer.block.where("url"))


def _own_name(name: str | None, by_peer: Mapping[str, Server]) -> bool:
    """True for a peer whose name is not its server's."""
    return name is not None and by_peer[name].name != name
