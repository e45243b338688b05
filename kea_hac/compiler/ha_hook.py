"""The parameters of libdhcp_ha.so for one server in one family: derived from the relationships, never typed.

Kea ARM, 'libdhcp_ha.so'. Every server gets the same peers; only `this-server-name` and paths differ (hooks-ha.rst).
"""

from __future__ import annotations

from kea_hac.compiler.overrides import fill_places, filled
from kea_hac.diagnostics import THE_SERVER, Finding, FindingSink, KeaSays, Severity, rule
from kea_hac.kea.config import Block
from kea_hac.kea.grammar import program
from kea_hac.kea.spelling import Respeller
from kea_hac.kea.version import FEATURES, Feature, has
from kea_hac.model.channel import LISTENER, address_at, channel_of, http_sockets, unix_socket
from kea_hac.model.site import TLS_KEYS, Family, Node, Peer, Relationship, Site, url_host

BASIC_AUTH_UNCHECKED = rule(
    "KH612",
    "basic-auth-beside-dedicated-listener",
    kea=KeaSays.ACCEPTS,
    why="Before Kea 3.3.1 the dedicated listener does not check passwords. Everybody who can connect to it can send "
    "commands to the server.",
    source=f"cmd_http_listener.cc; seen on 2.6.3 and 3.0.4; {FEATURES[Feature.HA_LISTENER_CHECKS_PASSWORDS].source}",
)
LISTENER_WITHOUT_TLS = rule(
    "KH901",
    "listener-without-mutual-tls",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Everybody who can connect to the listener can read, change and delete leases, and can turn off the DHCP "
    "service.",
    source="Kea ARM, 'Securing a Kea Deployment' and the HA hook's HTTPS support",
)
NO_CHANNEL = rule(
    "KH613",
    "no-channel-to-the-partner",
    kea=KeaSays.ACCEPTS,
    why="Without a dedicated listener the peer URL must lead to a control agent or, from Kea 3.0 on, to an HTTP "
    "control socket. Otherwise each server treats its partner as down, and both serve all clients.",
    source="Kea ARM, 'Multi-threaded Configuration (HA+MT)'",
    rests_on=("*control-sockets", "*socket-type", "*control-agent", "dhcp4", "dhcp6"),
)


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
    made.put(
        "peers", [_peer(site, family, node, relationship, peer, note) for peer in relationship.peers], relationship.at
    )
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
    fill_places(made, TLS_KEYS, node, node.seats[family.daemon.name], note)


def _multi_threading(relationship: Relationship) -> Block:
    """Said outright in every version: 2.2 has HA multi-threading off by default (ChangeLog 2124)."""
    said = relationship.multi_threading
    made = Block(
        said.at, {"enable-multi-threading": True, "http-dedicated-listener": relationship.listener is not None}
    )
    made.update(said)
    return made


def _peer(site: Site, family: Family, node: Node, relationship: Relationship, peer: Peer, note: FindingSink) -> Block:
    seat = peer.node.seats[family.daemon.name]
    channel = channel_of(site, family, relationship, peer, seen_by=node)
    made = Block(peer.at, {"name": peer.name})
    if channel is not None:
        url = f"{channel.scheme}://{url_host(channel.address)}:{channel.port}/"
        dialled = peer.node.name != node.name
        made.put("url", url, address_at(site, peer.node, family.daemon.name, relationship, peer, dialled=dialled))
        made.locate(LISTENER, channel.at)
    elif not relationship.dedicated and family.sound and not (peer.node.has_agent and site.agent is None):
        note(_no_channel(peer, relationship, family))
    if not relationship.dedicated and not unix_socket(family, peer.node) and not any(http_sockets(family, peer.node)):
        message = f"the control agent of {THE_SERVER} needs the unix socket of {family.daemon.name}, which has none"
        fix = f"remove `control-sockets: []` from `{family.daemon.name}`, or turn the dedicated listener on"
        at = family.config.where("control-sockets")
        note(Finding(NO_CHANNEL, at, message, on_key=True, fix=fix, server=peer.node.name))
    made.put("role", peer.role, peer.at)
    for key, written in seat.peer_keys.items():
        if key in TLS_KEYS:
            continue  # what the peer uses itself, in its own file
        made.put(key, filled(written, peer.node.name, seat.address), seat.peer_keys.where(key))
        asks = has(peer.node.version, Feature.HA_LISTENER_CHECKS_PASSWORDS)
        if key.startswith("basic-auth") and relationship.listener is not None and not asks:
            note(
                Finding(
                    BASIC_AUTH_UNCHECKED,
                    (*seat.at, key),
                    f"{key!r} has no effect: the dedicated listener of {family.daemon.name} does not check passwords",
                    on_key=True,
                    fix="use mutual TLS (trust-anchor, cert-file, key-file in high-availability), or HA through the agent "
                    "or an HTTP socket: `multi-threading: {http-dedicated-listener: false}`",
                )
            )
    return made


def _no_channel(peer: Peer, relationship: Relationship, family: Family) -> Finding:
    return Finding(
        NO_CHANNEL,
        relationship.settings.where("multi-threading"),
        f"the dedicated listener is off, and on {THE_SERVER} there is no control agent and no HTTP control socket of "
        f"{family.daemon.name} that a partner could call",
        on_key=True,
        fix="add `control-agent: {http-port: 8000}`, from Kea 3.0 an http or https entry in `control-sockets`, or turn "
        "the dedicated listener on",
        server=peer.node.name,
    )
