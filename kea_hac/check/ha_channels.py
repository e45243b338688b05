"""HA channels of a spec: what each server demands of its partners is compared with what they send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kea_hac.check.demands import NOT_SENT, ONE_PATH, REFUSED, TLS_ON_ONE_SIDE, Refusal, Unknown, answer, first_client
from kea_hac.check.registry import Subject, checks
from kea_hac.compiler.overrides import filled
from kea_hac.diagnostics import THE_SERVER, Finding, Route, Skipped, set_it
from kea_hac.kea.config import Block
from kea_hac.model.channel import channel_of
from kea_hac.model.site import TLS_KEYS, Family, Peer, Relationship, Site

_BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class _Call:
    """One server's calls to another in one relationship."""

    family: Family
    relationship: Relationship
    caller: Peer
    callee: Peer


def _calls(site: Site) -> Iterator[_Call]:
    """Who calls whom: backups call nobody."""
    for family in site.families.values():
        for relationship in family.relationships if family.sound else ():
            for callee in relationship.peers:
                for caller in relationship.peers:
                    if callee is not caller and caller.role != _BACKUP:
                        yield _Call(family, relationship, caller, callee)


@checks(TLS_ON_ONE_SIDE, on=Subject.SITE)
def tls_on_one_side(site: Site) -> Iterator[Finding]:
    """A server that speaks TLS beside a partner that does not."""
    for call in _calls(site):
        name = call.family.daemon.name
        speaks = bool(call.relationship.tls_of(call.caller.node, name))
        if call.relationship.listener is not None:
            if speaks and not call.relationship.tls_of(call.callee.node, name):
                yield _unlike(call.relationship, name, call.caller, call.callee)
            elif not speaks and call.callee.role == _BACKUP and call.relationship.tls_of(call.callee.node, name):
                yield _unlike(call.relationship, name, call.callee, call.caller)
            continue
        door = channel_of(site, call.family, call.relationship, call.callee, seen_by=call.caller.node)
        if door is not None and door.scheme == "http" and speaks:
            yield Finding(
                TLS_ON_ONE_SIDE,
                door.at,
                f"{door.who} of {THE_SERVER} does not use TLS, and its partner connects with the TLS files of high-availability",
                server=call.callee.node.name,
                on_key=True,
                related=((_tls_at(call.relationship, call.caller, name), "the partner's TLS files"),),
                fix=f"add trust-anchor, cert-file and key-file to {door.where}, or remove them from high-availability",
            )


def _unlike(relationship: Relationship, family: str, with_tls: Peer, without: Peer) -> Finding:
    own = any(key in without.node.seats[family].peer_keys for key in TLS_KEYS)
    return Finding(
        TLS_ON_ONE_SIDE,
        _tls_at(relationship, without, family) if own else without.node.at,
        f"server {without.node.name!r} has no TLS files, and {with_tls.node.name!r} accepts TLS only",
        related=((_tls_at(relationship, with_tls, family), f"the TLS files of {with_tls.node.name}"),),
        fix=f"add trust-anchor, cert-file and key-file of {without.node.name!r} to it, or to high-availability for both",
    )


def _tls_at(relationship: Relationship, peer: Peer, family: str) -> Route:
    found = (relationship.tls_at(peer.node, family, key) for key in TLS_KEYS)
    return next((each.where(key) for each, key in zip(found, TLS_KEYS, strict=True) if key in each), relationship.at)


@checks(NOT_SENT, REFUSED, on=Subject.SITE)
def passwords(site: Site) -> Iterator[Finding]:
    """A door that requires a password, and partners that send none, or another."""
    for call, door, outcome in _answers(site):
        if not isinstance(outcome, Refusal):
            continue
        users = " or ".join(f"`basic-auth-user: {user}`" for user in outcome.users)
        asked = first_client(door.authentication or Block(door.at)).at
        seat = call.callee.node.seats[call.family.daemon.name]
        if outcome.key is None:
            yield Finding(
                NOT_SENT,
                door.authentication.at if door.authentication is not None else door.at,
                f"{door.who} of {THE_SERVER} requires a password, and its HA partner {outcome.reason}",
                server=call.callee.node.name,
                on_key=True,
                fix=f"add {users or '`basic-auth-user: NAME`'} and `basic-auth-password-file: PATH` to that server: what its "
                "partner sends to it, from a file on the partner",
            )
        else:
            yield Finding(
                REFUSED,
                seat.peer_keys.where(outcome.key),
                f"{call.caller.node.name} {outcome.reason} at {door.who} of {call.callee.node.name}",
                related=((asked, "the clients that are accepted"),),
                fix=f"write {users}" if outcome.key == "basic-auth-user" and users else None,
                repair=set_it(outcome.users[0]) if outcome.key == "basic-auth-user" and len(outcome.users) == 1 else (),
            )


def passwords_unknown(site: Site) -> Iterator[Skipped]:
    """Passwords that only the servers know."""
    for call, door, outcome in _answers(site):
        if isinstance(outcome, Unknown):
            what = f"the password of HA at {door.who} of {call.callee.node.name}"
            yield Skipped(what, "it is in files on the servers, which must contain the same user and password")


@dataclass(frozen=True, slots=True)
class _Door:
    at: Route
    who: str
    authentication: Block | None


def _answers(site: Site) -> Iterator[tuple[_Call, _Door, Refusal | Unknown | None]]:
    for call in _calls(site):
        channel = channel_of(site, call.family, call.relationship, call.callee, seen_by=call.caller.node)
        if channel is None or channel.door is None:
            continue
        node = call.callee.node
        seat = node.seats[call.family.daemon.name]
        found = filled(channel.door.get("authentication"), node.name, seat.address)
        authentication = found if isinstance(found, Block) else None
        sent = filled(seat.peer_keys, node.name, seat.address)
        yield call, _Door(channel.at, channel.who, authentication), answer(authentication, sent)


@checks(ONE_PATH, on=Subject.SITE)
def one_key_path(site: Site) -> Iterator[Finding]:
    """Both servers of a relationship have their private key at one path."""
    for family in site.families.values():
        name = family.daemon.name
        for relationship in family.relationships if family.sound else ():
            seen: dict[str, Peer] = {}
            for peer in relationship.peers:
                seat = peer.node.seats[name]
                written = relationship.tls_of(peer.node, name).get("key-file")
                path = filled(written, peer.node.name, seat.address)
                other = seen.setdefault(str(path), peer) if path else peer
                if other.node is not peer.node:
                    yield Finding(
                        ONE_PATH,
                        relationship.tls_at(peer.node, name, "key-file").where("key-file"),
                        f"{other.node.name} and {peer.node.name} have their private keys at the same path, {path}",
                        fix="put a key and a certificate of its own there on each host, or distinguish the files by "
                        "`{server}` in their names",
                    )
