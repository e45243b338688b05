"""HA channels: what each server requires of its partner is compared with what the partner's configuration sends.

Where the file of the partner is not known, its list of peers is assumed to be that of this file; the finding is then a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kea_hac.check.demands import (
    HALF_SHARED,
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
from kea_hac.check.rules.partners import Side, calls, of_the_same, partners
from kea_hac.check.rules.relationship import PeerEntry, RelationshipEntry, relationships_of
from kea_hac.diagnostics import THE_SERVER, Finding, Route, Severity, Skipped, set_it
from kea_hac.kea.config import Block, Json
from kea_hac.kea.high_availability import Role
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class _Call:
    """One server's calls to its partner: the entry of the partner that `here` uses, and what answers there."""

    here: Side
    there: Side
    dialled: PeerEntry
    listener: Bound | None
    """None where its dedicated listener answers, or where nothing is known to."""

    @property
    def who(self) -> str:
        """What messages call the door."""
        return self.listener.who if self.listener else f"the HA listener of {self.there.configuration.daemon.name}"

    @property
    def speaks_tls(self) -> bool:
        """Kea connects with TLS where the entry has TLS files, whatever the URL's scheme is (ha_config.cc, client.cc)."""
        return bool(_files(self.dialled.block, self.here.relationship))

    @property
    def authentication(self) -> Json:
        """What the callee demands. A listener that checks passwords has one client: its own peer entry (ha_service.cc at 3.3.1-git)."""
        if self.listener is not None:
            return self.listener.entry.get("authentication") if self.listener.entry is not None else None
        own = self.there.relationship.own
        checks_passwords = has(self.there.configuration.version, Feature.HA_LISTENER_CHECKS_PASSWORDS)
        if own is None or not checks_passwords or not self.there.relationship.opens_listener:
            return None
        named = {key: own.block[f"basic-auth-{key}"] for key in _CLIENT if own.block.get(f"basic-auth-{key}")}
        where = {key: own.block.where(f"basic-auth-{key}") for key in named}
        asked = named.keys() & {"user", "user-file"}
        return Block(own.block.at, {"clients": [Block(own.block.at, named, where)] if asked else []})


_CLIENT = ("user", "user-file", "password", "password-file")


def listeners_of(configuration: Configuration, configurations: tuple[Configuration, ...]) -> tuple[list[Bound], bool]:
    """What a server opens for HTTP beside its HA listener, its agent included, and whether it is known which agent is its own."""
    listeners = [bound for bound in bounds(configuration) if not bound.listener]
    agents = [each for each in configurations if each.daemon.family is None]
    own = [each for each in agents if configuration.server and each.server == configuration.server]
    known = bool(own) or configuration.compiled
    for agent in own if known else agents:
        listeners += bounds(agent)
    return listeners, known


@of_the_same
def _calls(configurations: tuple[Configuration, ...]) -> Iterator[_Call]:
    """Who calls whom, in both directions of every two partners. A backup calls nobody."""
    for here, there, dialled in calls(configurations):
        caller = here.relationship.own
        if caller is None or caller.role is not Role.BACKUP:
            listener = None if there.relationship.opens_listener else listener_at(dialled, there, configurations)
            yield _Call(here, there, dialled, listener)


def listener_at(peer: PeerEntry, there: Side, configurations: tuple[Configuration, ...]) -> Bound | None:
    """The socket or agent of a server that the URL of its peer entry leads to: by the port, because the address may be translated."""
    if peer.url is None or not peer.url.usable:
        return None
    listeners, own = listeners_of(there.configuration, configurations)
    if not own:
        listeners = [each for each in listeners if each.daemon.family is not None or each.address == peer.url.address]
    on_port = [each for port in listener_ports(peer, there) for each in listeners if each.port == port]
    return next((each for each in on_port if each.address == peer.url.address), next(iter(on_port), None))


def listener_ports(peer: PeerEntry, there: Side) -> list[int]:
    """The ports that an agent or HTTP socket of `there` can have, for a partner that connects to `peer`.

    The one that the partner connects to, else the one of the server's own url: another port can be forwarded to it.
    """
    own = there.relationship.own
    return [each.url.port for each in (peer, own) if each is not None and each.url is not None and each.url.usable]


def _files(peer: Block, relationship: RelationshipEntry) -> dict[str, Json]:
    """The TLS files that hold for a peer entry."""
    used = {key: (peer if key in peer else relationship.block).get(key) for key in TLS_KEYS}
    return {key: value for key, value in used.items() if value}


def _file_at(peer: Block, relationship: RelationshipEntry) -> Route:
    """Where the TLS files of a peer entry are set, or where the first of them is missing."""
    named = next(iter(_files(peer, relationship)), TLS_KEYS[0])
    return (peer if named in peer else relationship.block).where(named)


@checks(TLS_ON_ONE_SIDE, on=Subject.SERVERS)
def tls_on_one_side(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """A server that uses TLS, and a partner that does not."""
    for call in _calls(configurations):
        if call.listener is not None:
            yield from _socket_tls(call, call.listener)
        elif call.there.relationship.opens_listener:
            yield from _listener_tls(call)


def _listener_tls(call: _Call) -> Iterator[Finding]:
    here, there, own = call.here, call.there, call.there.relationship.own
    if own is None or call.speaks_tls == bool(_files(own.block, there.relationship)):
        return
    lacking, with_tls = (there, here) if call.speaks_tls else (here, there)
    where = with_tls.relationship.own if with_tls is there else call.dialled
    related: tuple[tuple[Route, str], ...] = ()
    if where is not None:
        related = ((_file_at(where.block, with_tls.relationship), f"the TLS files of {with_tls.label}"),)
    if not any(_files(peer.block, lacking.relationship) for peer in lacking.relationship.peers):
        yield Finding(
            TLS_ON_ONE_SIDE,
            lacking.relationship.block.where(TLS_KEYS[0]),
            f"server {lacking.label!r} has no TLS files, and {with_tls.label!r} accepts TLS only",
            related=related,
            fix=f"add trust-anchor, cert-file and key-file of {lacking.label!r} to "
            + ("it, or to high-availability for both" if lacking.configuration.compiled else "its relationship"),
        )
        return
    message = (
        f"{here.label} connects to {there.label} with TLS, but the listener there does not use TLS"
        if call.speaks_tls
        else f"{here.label} connects to {there.label} without TLS, but the listener there accepts TLS only"
    )
    fix = f"add trust-anchor, cert-file and key-file to the relationship of {lacking.label}"
    yield Finding(TLS_ON_ONE_SIDE, call.dialled.block.at, message, related=related, fix=fix)


def _socket_tls(call: _Call, listener: Bound) -> Iterator[Finding]:
    if listener.entry is None or call.speaks_tls == listener.tls:
        return
    if call.speaks_tls:
        compiled = call.there.configuration.compiled
        files = "the TLS files of high-availability" if compiled else "TLS files"
        remove = ", or remove them from high-availability" if compiled else ""
        yield Finding(
            TLS_ON_ONE_SIDE,
            listener.entry.at,
            f"{listener.who} of {THE_SERVER} does not use TLS, and its partner connects with {files}",
            server=call.there.label,
            on_key=True,
            related=((_file_at(call.dialled.block, call.here.relationship), "the partner's TLS files"),),
            fix=f"add trust-anchor, cert-file and key-file to {listener.key}{remove}",
        )
    elif (
        call.dialled.url is not None and call.dialled.url.scheme != "https"
    ):  # https without files is a mistake of its own
        yield Finding(
            TLS_ON_ONE_SIDE,
            call.dialled.block.at,
            f"{call.here.label} connects to {listener.who} of {call.there.label} without TLS, but it accepts TLS only",
            related=((listener.at, "it is opened here"),),
            fix=f"add trust-anchor, cert-file and key-file to the relationship of {call.here.label}",
        )


@checks(NOT_SENT, REFUSED, on=Subject.SERVERS)
def passwords(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """A server that requires a password, and a partner that sends none, or another."""
    for call in _calls(configurations):
        found = call.authentication
        outcome = answer(found, call.dialled.block)
        if isinstance(outcome, Refusal) and isinstance(found, Block):
            who = f"{call.who} of {THE_SERVER} requires a password, and its HA partner"
            yield replace(_refused(outcome, call.dialled.block, found, who, call.here), server=call.there.label)


def _refused(outcome: Refusal, peer: Block, authentication: Block, who: str, here: Side) -> Finding:
    """In a spec, nothing is sent by any partner: the finding is then at what asks. In files, at the entry that lacks the user."""
    compiled = here.configuration.compiled
    asked = ((first_client(authentication).at, "the clients that are accepted"),)
    form = "`basic-auth-user: {}`" if compiled else '"basic-auth-user": "{}"'
    users = " or ".join(form.format(user) for user in outcome.users)
    message = f"{who} {outcome.reason}"
    if outcome.key is not None:
        fixable = outcome.key == "basic-auth-user"
        repair = set_it(outcome.users[0]) if fixable and len(outcome.users) == 1 else ()
        fix = f"write {users}" if fixable and users else None
        return Finding(REFUSED, peer.where(outcome.key), message, related=asked, fix=fix, repair=repair)
    if compiled:
        fix = f"add {users or '`basic-auth-user: NAME`'} and `basic-auth-password-file: PATH` to that server: what its partner "
        return Finding(
            NOT_SENT, authentication.at, message, on_key=True, fix=f"{fix}sends to it, from a file on the partner"
        )
    fix = f"add {users or 'basic-auth-user'} and basic-auth-password-file to this peer"
    return Finding(NOT_SENT, peer.at, message, related=asked, fix=fix)


@checks(PARTNERS_KEY, ONE_PATH, HALF_SHARED, on=Subject.SERVERS)
def key_files(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Which private key is read on which host."""
    for call in _calls(configurations):
        if call.here.relationship.has_key_file:
            yield from _partners_key(call.here, call.there, call.dialled)
    for one, two in partners(configurations):
        if one.relationship.has_key_file and two.relationship.has_key_file:
            half = list(_half_shared(one, two))
            yield from half or _one_path(one, two)


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
        here, source = (
            (own.block if "key-file" in own.block else side.relationship.block).where("key-file")
            for own, side in ((second, two), (first, one))
        )
        yield Finding(
            ONE_PATH,
            here,
            f"{one.label} and {two.label} have their private keys at the same path, {path}",
            related=((source, f"{one.label} writes it here"),) if source != here else (),
            fix="put a key and a certificate of its own there on each host, or distinguish the files by "
            + ("`{server}` in their names" if two.configuration.compiled else "their names"),
        )


def _half_shared(one: Side, two: Side) -> Iterator[Finding]:
    """One path for the certificates of both servers and two for their keys, or the other way round."""
    first, second = one.relationship.own, two.relationship.own
    if first is None or second is None or one.relationship.this_name == two.relationship.this_name:
        return
    sides = [_files(own.block, side.relationship) for own, side in ((first, one), (second, two))]
    for key, other in (("cert-file", "key-file"), ("key-file", "cert-file")):
        shared, apart = {str(files.get(key)) for files in sides}, [str(files.get(other)) for files in sides]
        if all(files.get(key) and files.get(other) for files in sides) and len(shared) == 1 and apart[0] != apart[1]:
            if "{" in next(iter(shared)):
                return  # a placeholder that nothing fills in is another mistake
            written = second.block if key in second.block else two.relationship.block
            words = {"cert-file": "certificate", "key-file": "key"}
            yield Finding(
                HALF_SHARED,
                written.where(key),
                f"{one.label} and {two.label} have one {words[key]}, {shared.pop()}, and two {words[other]}s, {apart[0]} and {apart[1]}",
                fix=f"give each server its own `{key}`"
                + (
                    ", with `{server}` in the name"
                    if two.configuration.compiled
                    else ", with the certificate that fits its key"
                ),
            )


@checks(NOT_SENT, REFUSED, PARTNERS_KEY, on=Subject.FILES)
def own_channel(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """A file without its partner's: its own socket and its own list of peers, which the partner should have as well."""
    supplied = {id(side.configuration) for pair in partners(configurations) for side in pair}
    for configuration in configurations:
        for each in relationships_of(configuration) if id(configuration) not in supplied else ():
            own = each.own
            yield from _named_after_partner(each)
            if own is None or each.opens_listener:
                continue
            side = Side(configuration, each)
            listener = listener_at(own, side, configurations)
            found = listener.entry.get("authentication") if listener and listener.entry is not None else None
            outcome = answer(found, own.block)
            if listener is not None and isinstance(outcome, Refusal) and isinstance(found, Block):
                who = f"{listener.who} requires a password, and a partner with this list of peers"
                yield replace(_refused(outcome, own.block, found, who, side), severity=Severity.WARNING)


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
    for call in _calls(configurations):
        if isinstance(answer(call.authentication, call.dialled.block), Unknown):
            what = f"the password of HA at {call.who} of {call.there.label}"
            yield Skipped(what, "it is in files on the servers, which must contain the same user and password")
