"""The parameters of libdhcp_ha.so for one server in one family: derived from the relationships, never typed.

Kea ARM, 'libdhcp_ha.so'. Every server gets the same peers; only `this-server-name` and paths differ (hooks-ha.rst).
"""

from __future__ import annotations

from kea_hac.compiler.overrides import fill_places, filled
from kea_hac.diagnostics import THE_SERVER, FindingSink
from kea_hac.kea.config import Block
from kea_hac.kea.grammar import program
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.kea.spelling import Respeller
from kea_hac.model.channel import LISTENER, address_at, channel_of
from kea_hac.model.site import Family, Node, Peer, Relationship, Site, url_host


def ha_parameters(site: Site, family: Family, node: Node, note: FindingSink) -> Block | None:
    """`{"high-availability": [...]}` for one server, or None when it is in no relationship of this family."""
    own = family.of(node)
    if not own:
        return None
    listed = [_relationship(site, family, node, each, note) for each in own]
    # the library ignores unknown keys without a message, so they are checked with the vocabulary of its version
    judge = Respeller(program("ha"), node.version)
    for result in listed:
        for finding in judge.unsupported(result, THE_SERVER, "relationship"):
            note(finding)
    return Block(("high-availability",), {"high-availability": listed})


def _relationship(site: Site, family: Family, node: Node, relationship: Relationship, note: FindingSink) -> Block:
    here = relationship.peer_of(node)
    assert here is not None
    result = Block(relationship.at)
    result.put("this-server-name", here.name, here.at)
    for key, value in relationship.settings.items():
        if key != "multi-threading":
            result.put(key, value, relationship.settings.where(key))
    result.put("multi-threading", _multi_threading(relationship), (*relationship.at, "multi-threading"))
    result.setdefault("restrict-commands", True)
    _tls_files(result, family, node, relationship, note)
    result.put("peers", [_peer(site, family, node, relationship, peer) for peer in relationship.peers], relationship.at)
    return result


def _tls_files(result: Block, family: Family, node: Node, relationship: Relationship, note: FindingSink) -> None:
    """The TLS files of this server, in the relationship: they apply to all peers, itself included.

    Kea listens with the files of its own peer entry, and connects to a peer with the files of that peer's entry. It opens
    all of them on its own host (ha_config.cc; seen on 2.2.0, 2.6.3, 3.0.4), so all of them are files of this server.
    """
    for key in TLS_KEYS:
        written = relationship.tls_at(node, family.daemon.name, key)
        result.pop(key, None)
        if written.get(key):
            result.put(key, written[key], written.where(key))
        else:
            result.locate(key, written.where(key) if key in written else node.at)
    fill_places(result, TLS_KEYS, node, node.server_families[family.daemon.name], note)


def _multi_threading(relationship: Relationship) -> Block:
    """Written in every version, because HA multi-threading is off by default in 2.2 (ChangeLog 2124)."""
    written = relationship.multi_threading
    result = Block(
        written.at, {"enable-multi-threading": True, "http-dedicated-listener": relationship.listener is not None}
    )
    result.update(written)
    return result


def _peer(site: Site, family: Family, node: Node, relationship: Relationship, peer: Peer) -> Block:
    server_family = peer.node.server_families[family.daemon.name]
    channel = channel_of(site, family, relationship, peer, seen_by=node)
    result = Block(peer.at, {"name": peer.name})
    if channel is not None:
        url = f"{channel.scheme}://{url_host(channel.address)}:{channel.port}/"
        dialled = peer.node.name != node.name
        result.put("url", url, address_at(site, peer.node, family.daemon.name, relationship, peer, dialled=dialled))
        result.locate(LISTENER, channel.at)
    result.put("role", peer.role, peer.at)
    for key, written in server_family.peer_keys.items():
        if key in TLS_KEYS:
            continue  # what the peer uses itself, in its own file
        result.put(key, filled(written, peer.node.name, server_family.address), server_family.peer_keys.where(key))
    return result
