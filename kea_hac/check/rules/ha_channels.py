"""HA channels as files show them: what a server's door demands is compared with what its partner's file sends.

Where the partner's file was not given, its list of peers is taken to be this file's, which makes the finding a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.demands import (
    NOT_SENT,
    ONE_PATH,
    PARTNERS_KEY,
    REFUSED,
    TLS_ON_ONE_SIDE,
    Refusal,
    Unknown,
    answer,
    first_client,
)
from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.listeners import Bound, bounds
from kea_hac.check.rules.partners import Side, partners, peer_named
from kea_hac.check.rules.relationship import PeerEntry, RelationshipEntry, relationships_of
from kea_hac.diagnostics import Finding, Severity, Skipped
from kea_hac.kea.config import Block, Json
from kea_hac.kea.high_availability import Role
from kea_hac.model.configuration import Configuration
from kea_hac.model.site import TLS_KEYS


def doors_of(configuration: Configuration, configurations: tuple[Configuration, ...]) -> tuple[list[Bound], bool]:
    """What a server opens for HTTP beside its HA listener, its agent included, and whether its own agent was given."""
    doors = [bound for bound in bounds(configuration) if not bound.listener]
    agents = [each for each in configurations if each.daemon.family is None]
    own = [each for each in agents if configuration.server and each.server == configuration.server]
    for agent in own or agents:
        doors += bounds(agent)
    return doors, bool(own)


@checks(TLS_ON_ONE_SIDE, NOT_SENT, REFUSED, ONE_PATH, PARTNERS_KEY, on=Subject.FILES)
def channels_fit(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """TLS, users and passwords between two partners, in both directions."""
    for one, two in partners(configurations):
        for here, there in ((one, two), (two, one)):
            dialled = peer_named(here.relationship, there.relationship.this_name)
            caller = here.relationship.own
            if dialled is None or here.relationship.this_name == there.relationship.this_name:
                continue
            yield from _partners_key(here, there, dialled)
            if caller is not None and caller.role is Role.BACKUP:
                continue  # a backup calls nobody
            if there.relationship.opens_listener:
                yield from _listener_tls(here, there, dialled)
                continue
            door = _door(dialled, there, configurations)
            if door is not None:
                yield from _door_tls(here, there, dialled, door)
                yield from _password(here, there, dialled, door)
        yield from _one_path(one, two)


def _door(peer: PeerEntry, there: Side, configurations: tuple[Configuration, ...]) -> Bound | None:
    if peer.url is None or not peer.url.usable:
        return None
    doors, own = doors_of(there.configuration, configurations)
    if not own:
        doors = [each for each in doors if each.daemon.family is not None or each.address == peer.url.address]
    ports = door_ports(peer, there)
    return next((each for port in ports for each in doors if each.port == port), None)


def door_ports(peer: PeerEntry, there: Side) -> list[int]:
    """The ports that an agent or HTTP socket of `there` can have, for a partner that connects to `peer`.

    The one that the partner connects to, else the one of the server's own url: another port can be forwarded to it.
    """
    own = there.relationship.own
    return [each.url.port for each in (peer, own) if each is not None and each.url is not None and each.url.usable]


def _files(peer: Block, relationship: RelationshipEntry) -> dict[str, Json]:
    """The TLS files that hold for a peer entry."""
    used = {key: (peer if key in peer else relationship.block).get(key) for key in TLS_KEYS}
    return {key: value for key, value in used.items() if value}


def _listener_tls(here: Side, there: Side, dialled: PeerEntry) -> Iterator[Finding]:
    own = there.relationship.own
    if own is None:
        return
    speaks, listens = _files(dialled.block, here.relationship), _files(own.block, there.relationship)
    if bool(speaks) == bool(listens):
        return
    message = (
        f"{here.label} connects to {there.label} with TLS, but the listener there does not use TLS"
        if speaks
        else f"{here.label} connects to {there.label} without TLS, but the listener there accepts TLS only"
    )
    lacking = there if speaks else here
    yield Finding(
        TLS_ON_ONE_SIDE,
        dialled.block.at,
        message,
        related=((own.block.at, f"{there.label} listens with this entry"),),
        fix=f"add trust-anchor, cert-file and key-file to the relationship of {lacking.label}",
    )


def _door_tls(here: Side, there: Side, dialled: PeerEntry, door: Bound) -> Iterator[Finding]:
    assert door.door is not None
    speaks, tls = bool(_files(dialled.block, here.relationship)), bool(door.door.get("trust-anchor"))
    if speaks == tls:
        return
    message = (
        f"{here.label} connects to {door.who} of {there.label} with TLS, but it does not use TLS"
        if speaks
        else f"{here.label} connects to {door.who} of {there.label} without TLS, but it accepts TLS only"
    )
    where = f"{door.who} of {there.label}" if speaks else f"the relationship of {here.label}"
    yield Finding(
        TLS_ON_ONE_SIDE,
        dialled.block.at,
        message,
        related=((door.at, "it is opened here"),),
        fix=f"add trust-anchor, cert-file and key-file to {where}",
    )


def _password(here: Side, there: Side, dialled: PeerEntry, door: Bound) -> Iterator[Finding]:
    assert door.door is not None
    authentication = door.door.get("authentication")
    outcome = answer(authentication, dialled.block)
    if isinstance(outcome, Refusal) and isinstance(authentication, Block):
        who = f"{door.who} of {there.label} requires a password, and {here.label}"
        yield _refused(outcome, dialled.block, authentication, who)


def _refused(outcome: Refusal, peer: Block, authentication: Block, who: str) -> Finding:
    asked = ((first_client(authentication).at, "the clients that are accepted"),)
    users = " or ".join(f'"basic-auth-user": "{user}"' for user in outcome.users)
    message = f"{who} {outcome.reason}"
    if outcome.key is None:
        fix = f"add {users or 'basic-auth-user'} and basic-auth-password-file to this peer"
        return Finding(NOT_SENT, peer.at, message, related=asked, fix=fix)
    fix = f"write {users}" if outcome.key == "basic-auth-user" and users else ""
    return Finding(REFUSED, peer.where(outcome.key), message, related=asked, fix=fix or None)


def _partners_key(here: Side, there: Side, dialled: PeerEntry) -> Iterator[Finding]:
    """The entry of the partner names the key that the partner itself listens with."""
    mine, theirs = here.relationship.own, there.relationship.own
    if mine is None or theirs is None:
        return
    used = _files(dialled.block, here.relationship).get("key-file")
    own = _files(mine.block, here.relationship).get("key-file")
    if used and own and used != own and used == _files(theirs.block, there.relationship).get("key-file"):
        yield _foreign_key(here.label, dialled, str(used), str(own))


def _foreign_key(label: str, peer: PeerEntry, used: str, own: str) -> Finding:
    return Finding(
        PARTNERS_KEY,
        peer.block.where("key-file"),
        f"{label} needs {used} to connect to {peer.name!r}, and its own key is {own}: the files of a peer's entry are read on the host "
        "of this file",
        fix=f'write "key-file": "{own}" here, with the certificate that belongs to it',
    )


def _one_path(one: Side, two: Side) -> Iterator[Finding]:
    first, second = one.relationship.own, two.relationship.own
    if first is None or second is None or one.relationship.this_name == two.relationship.this_name:
        return
    path, other = (_files(own.block, side.relationship).get("key-file") for own, side in ((second, two), (first, one)))
    if path and path == other:
        block = second.block if "key-file" in second.block else two.relationship.block
        source = first.block if "key-file" in first.block else one.relationship.block
        yield Finding(
            ONE_PATH,
            block.where("key-file"),
            f"{one.label} and {two.label} have their private keys at the same path, {path}",
            related=((source.where("key-file"), f"{one.label} writes it here"),),
            fix="put a key and a certificate of its own there on each host, or distinguish the files by their names",
        )


@checks(NOT_SENT, REFUSED, PARTNERS_KEY, on=Subject.FILES)
def own_channel(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """A file without its partner's: its own door and its own list of peers, which the partner should have as well."""
    given = {id(side.configuration) for pair in partners(configurations) for side in pair}
    for configuration in configurations:
        for each in relationships_of(configuration) if id(configuration) not in given else ():
            own = each.own
            yield from _named_after_partner(each)
            side = Side(configuration, each)
            if own is None or each.opens_listener:
                continue
            door = _door(own, side, configurations)
            outcome = answer(door.door.get("authentication"), own.block) if door and door.door is not None else None
            if door is None or door.door is None or not isinstance(outcome, Refusal):
                continue
            who = f"{door.who} requires a password, and a partner with this list of peers"
            found = _refused(outcome, own.block, door.door["authentication"], who)
            yield Finding(
                found.rule, found.at, found.message, found.on_key, found.related, found.fix, severity=Severity.WARNING
            )


def _named_after_partner(each: RelationshipEntry) -> Iterator[Finding]:
    """Key files that differ by the names of the peers alone."""
    own = each.own
    if own is None or not own.name:
        return
    path = str(_files(own.block, each).get("key-file", ""))
    for peer in each.others if own.name in path else ():
        used = str(_files(peer.block, each).get("key-file", ""))
        if peer.name and used != path and used == path.replace(own.name, peer.name):
            yield _foreign_key(str(each.this_name), peer, used, path)


def passwords_unknown(configurations: tuple[Configuration, ...]) -> Iterator[Skipped]:
    """Passwords that only the servers know."""
    for one, two in partners(configurations):
        for here, there in ((one, two), (two, one)):
            dialled = peer_named(here.relationship, there.relationship.this_name)
            if dialled is None or there.relationship.opens_listener or here.label == there.label:
                continue
            door = _door(dialled, there, configurations)
            if door and door.door is not None:
                outcome = answer(door.door.get("authentication"), dialled.block)
                if isinstance(outcome, Unknown):
                    what = f"the password of {here.label} at {door.who} of {there.label}"
                    yield Skipped(what, "it is in files on the servers, which must contain the same user and password")
