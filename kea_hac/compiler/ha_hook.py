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
    for made in listed:
        for finding in judge.unsaid(made, THE_SERVER, "relationship"):
            note(finding)
    return Block(("high-availability",), {"high-availability": listed})


def _relationship(site: Site, family: Family, node: Node, relationship: Relationship, note: FindingSink) -> Block:
    here = relationship.peer_of(node)
    assert here is not None
    made = Block(relationship.at)
    made.put("this-server-name", here.name, here.at)
    for key, value in relationship.settings.items():
        if key != "multi-threading":
            made.put(key, value, relationship.settings.where(key))
    made.put("multi-threading", _multi_threading(relationship), (*relationship.at, "multi-threading"))
    made.setdefault("restrict-commands", True)
    _tls_files(made, family, node, relationship, note)
    made.put("peers", [_peer(site, family, node, relationship, peer) for peer in relationship.peers], relationship.at)
    return made


def _tls_files(made: Block, family: Family, node: Node, relationship: Relationship, note: FindingSink) -> None:
    """The TLS files of this server, in the relationship: they apply to all peers, itself included.

    Kea listens with the files of its own peer entry, and connects to a peer with the files of that peer's entry. It opens
    all of them on its own host (ha_config.cc; seen on 2.2.0, 2.6.3, 3.0.4), so all of them are files of this server.
    """
    for key in TLS_KEYS:
        said = relationship.tls_at(node, family.daemon.name, key)
        made.pop(key, None)
        if said.get(key):
            made.put(key, said[key], said.where(key))
        else:
            made.locate(key, said.where(key) if key in said else node.at)
    fill_places(made, TLS_KEYS, node, node.seats[family.daemon.name], note)


def _multi_threading(relationship: Relationship) -> Block:
    """Written in every version, because HA multi-threading is off by default in 2.2 (ChangeLog 2124)."""
    said = relationship.multi_threading
    made = Block(
        said.at, {"enable-multi-threading": True, "http-dedicated-listener": relationship.listener is not None}
    )
    made.update(said)
    return made


def _peer(site: Site, family: Family, node: Node, relationship: Relationship, peer: Peer) -> Block:
    seat = peer.node.seats[family.daemon.name]
    channel = channel_of(site, family, relationship, peer, seen_by=node)
    made = Block(peer.at, {"name": peer.name})
    if channel is not None:
        url = f"{channel.scheme}://{url_host(channel.address)}:{channel.port}/"
        dialled = peer.node.name != node.name
        made.put("url", url, address_at(site, peer.node, family.daemon.name, relationship, peer, dialled=dialled))
        made.locate(LISTENER, channel.at)
    made.put("role", peer.role, peer.at)
    for key, written in seat.peer_keys.items():
        if key in TLS_KEYS:
            continue  # what the peer uses itself, in its own file
        made.put(key, filled(written, peer.node.name, seat.address), seat.peer_keys.where(key))
    return made
