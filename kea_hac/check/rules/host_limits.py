"""Names and addresses that no host can have as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.relationship import PeerEntry, RelationshipEntry, relationships_of
from kea_hac.diagnostics import Finding, KeaVerdict, Route, refused
from kea_hac.kea.config import Block, Json
from kea_hac.model.configuration import Configuration

_LONGEST = 15
"""Bytes of an interface's name: IFNAMSIZ with its end, linux/if.h."""

NO_SUCH_NAME = refused(
    "KH194",
    "impossible-interface-name",
    why="The host cannot have an interface of this name, so the name is cut or mistyped somewhere. The server does not start.",
    source="IFNAMSIZ in linux/if.h, dev_valid_name in net/core/dev.c; as KH108, refused by 2.2.0, 2.6.3, 3.0.4",
)
LINK_LOCAL = refused(
    "KH678",
    "link-local-ha-address",
    why="A link-local address has a meaning on one interface only, and the URL names none. The HA listener cannot bind it, and the "
    "server does not start; the partner cannot connect to it.",
    source="RFC 4007, section 6; 'bind: Invalid argument' at start: seen on 2.6.3, 3.0.4",
    rests_on=("*address", "*peer-address", "*bind-address"),
)


@checks(NO_SUCH_NAME, on=Subject.SERVER)
def impossible_names(configuration: Configuration) -> Iterator[Finding]:
    """Interfaces by names that Linux does not allow, each name once."""
    seen: set[str] = set()
    for at, written in _interfaces(configuration):
        name = written.partition("/")[0]
        reason = _impossible(name)
        if reason is not None and name not in seen:
            seen.add(name)
            message = f"no interface can have the name {name!r}: {reason}"
            yield Finding(NO_SUCH_NAME, at, message, fix="write the name that `ip link` shows on the host")


def _interfaces(configuration: Configuration) -> Iterator[tuple[Route, str]]:
    family = configuration.daemon.family
    listed = configuration.config.get("interfaces-config")
    if family is None:
        return
    if isinstance(listed, Block):
        names = listed.get("interfaces")
        for name in names if isinstance(names, list) else ():
            if isinstance(name, str):
                yield listed.where("interfaces"), name
    for block in configuration.networks_and_subnets() if "interface" in configuration.keys_below() else ():
        yield from _named(block)


def _named(block: Block) -> Iterator[tuple[Route, str]]:
    name: Json = block.get("interface")
    if isinstance(name, str):
        yield block.where("interface"), name


def _impossible(name: str) -> str | None:
    size = len(name.encode())
    if size > _LONGEST:
        return f"it has {size} bytes, and Linux allows {_LONGEST}"
    if ":" in name:
        return "it contains a colon, so it is the label of an address and not an interface"
    if (name and name.split() != [name]) or name in (".", ".."):
        return "it contains a space" if name.strip(".") else "it is the name of a folder"
    return None


@checks(LINK_LOCAL, on=Subject.HIGH_AVAILABILITY)
def link_local_peers(configuration: Configuration) -> Iterator[Finding]:
    """Peers at fe80:: addresses."""
    for relationship in relationships_of(configuration):
        for peer in relationship.peers:
            address = _link_local(peer)
            if address is not None:
                yield _unscoped(relationship, peer, address)


def _link_local(peer: PeerEntry) -> IPv6Address | None:
    address = peer.url.address if peer.url is not None else None
    return address if isinstance(address, IPv6Address) and address.is_link_local and not address.scope_id else None


def _unscoped(relationship: RelationshipEntry, peer: PeerEntry, address: IPv6Address) -> Finding:
    binds = peer is relationship.own and relationship.opens_listener
    return Finding(
        LINK_LOCAL,
        peer.block.where("url"),
        f"the URL of peer {peer.name!r} has the link-local address {address}, without the interface that it is on",
        fix="use an address that is not link-local, such as one of fd00::/8, on both servers",
        kea=None if binds else KeaVerdict.ACCEPTS,
    )
