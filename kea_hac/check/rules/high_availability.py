"""What the HA library refuses when it loads (`kea.high_availability.constraints`), as far as its vocabulary does not say it.

No `-t` sees any of it: hooks are not loaded then. Types, words, ranges and missing keys are found where a configuration is
read by the vocabulary; a rule here stays silent about what is missing or mistyped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.relationship import PeerEntry, RelationshipEntry, relationships_of
from kea_hac.check.sockets import HTTPS_WITHOUT_TLS, PARTIAL_TLS
from kea_hac.diagnostics import (
    HOOK_NOT_LOADED,
    REMOVE_IT,
    THE_SERVER,
    THE_SUBJECT,
    Finding,
    Repair,
    RepairKind,
    Route,
    refused,
    set_it,
)
from kea_hac.kea.config import Block, blocks_of
from kea_hac.kea.grammar import program, spoken
from kea_hac.kea.high_availability import HUB_MODE as ONLY_HUB_MODE
from kea_hac.kea.high_availability import PARTNER_ROLES, REQUIRED_ROLES, Mode, Role, roles_fit
from kea_hac.kea.hooks import HIGH_AVAILABILITY
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.kea.peer_url import url_fix
from kea_hac.kea.suggest import nearest
from kea_hac.kea.version import Feature, branches_with, has, last_without
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

WRONG_ROLES = refused(
    "KH604",
    "roles-do-not-fit-the-mode",
    why=f"These roles are not allowed in this mode. {HOOK_NOT_LOADED}",
    source="ha_config.cc; seen on 2.2.0, 2.6.3, 3.0.4",
    rests_on=("*role", "*mode", "*peers", "*servers"),
)
HUB_MODE = refused(
    "KH608",
    "hub-mode-not-hot-standby",
    why=f"With several relationships each one must have the mode hot-standby. {HOOK_NOT_LOADED}",
    source="ha_config_parser.cc",
)
SAME_PEER_NAME = refused(
    "KH610",
    "same-peer-name",
    why=f"A peer name must be unique in all relationships of a server. {HOOK_NOT_LOADED}",
    source="seen on 3.0.4",
)
HUB_TOO_OLD = refused(
    "KH607",
    "several-relationships-too-early",
    why=f"Before Kea 2.6 the HA library accepts exactly one relationship. {HOOK_NOT_LOADED}",
    source="ChangeLog 2199; seen on 2.2.0; a spoke of 2.2.0, which has one relationship, works with a hub of 2.6.3",
    until=last_without(Feature.HUB_AND_SPOKE),
)
NO_RELATIONSHIP = refused(
    "KH620",
    "ha-library-without-relationship",
    why=f"The HA library has no relationship in its parameters. {HOOK_NOT_LOADED}",
    source=f"ha_callouts.cc, ha_config_parser.cc; {_SEEN}",
    rests_on=("parameters",),
)
BLANK_NAME = refused(
    "KH621",
    "blank-ha-name",
    why=f"The name is empty or contains only spaces. {HOOK_NOT_LOADED}",
    source=f"ha_config.cc; {_SEEN}",
)
NOT_A_PEER = refused(
    "KH622",
    "this-server-not-among-peers",
    why=f"The server does not find itself in the list of peers. {HOOK_NOT_LOADED}",
    source=f"ha_config.cc; {_SEEN}",
    rests_on=("this-server-name", "peers"),
)
WAITS_FOR_BACKUP = refused(
    "KH623",
    "wait-backup-ack-outside-passive-backup",
    why=f"wait-backup-ack is allowed in passive-backup only. {HOOK_NOT_LOADED}",
    source=f"ha_config.cc; {_SEEN}",
)
DELAYS_UPDATES = refused(
    "KH624",
    "delayed-updates-outside-load-balancing",
    why=f"delayed-updates-limit is allowed in load-balancing only. {HOOK_NOT_LOADED}",
    source=f"ha_config.cc; {_SEEN}",
)
STATE_TWICE = refused(
    "KH625",
    "ha-state-listed-twice",
    why=f"The state machine may list each HA state once. {HOOK_NOT_LOADED}",
    source=f"ha_config_parser.cc; {_SEEN}",
)
BAD_URL = refused(
    "KH626",
    "bad-peer-url",
    why=f"Kea cannot read the URL of the peer. A host name is not allowed, only an address. {HOOK_NOT_LOADED}",
    source=f"url.cc, ha_config.cc; {_SEEN}",
)
CREDENTIAL_TWICE = refused(
    "KH632",
    "ha-credential-given-twice",
    why=f"The credential is set in two forms, as a value and as a file. {HOOK_NOT_LOADED}",
    source=f"ha_config_parser.cc (user names: 3.2, ChangeLog 2398); {_SEEN}",
)
COLON_IN_USER = refused(
    "KH633",
    "colon-in-ha-user",
    why=f"HTTP ends the user name at the first colon. {HOOK_NOT_LOADED}",
    source=f"basic_auth.cc; {_SEEN}",
)


@checks(NO_RELATIONSHIP, on=Subject.HIGH_AVAILABILITY)
def library_without_relationship(configuration: Configuration) -> Iterator[Finding]:
    """The HA library is listed, and there is no list of relationships."""
    fix = "give it `parameters: {high-availability: [{this-server-name: …, mode: …, peers: […]}]}`"
    for name, entry in configuration.libraries():
        if name != HIGH_AVAILABILITY or configuration.daemon.family is None:
            continue
        parameters = entry.get("parameters")
        if not isinstance(parameters, Block) or "high-availability" not in parameters:
            message = "the HA library has no parameter 'high-availability'"
            yield Finding(NO_RELATIONSHIP, entry.where("library"), message, fix=fix, lacks=("parameters",))
            continue
        listed = parameters["high-availability"]
        at = parameters.where("high-availability")
        if not isinstance(listed, list):
            yield Finding(NO_RELATIONSHIP, at, "'high-availability' must be a list of relationships", True, fix=fix)
        elif not listed:
            yield Finding(NO_RELATIONSHIP, at, "'high-availability' contains no relationship", True, fix=fix)


@checks(HUB_TOO_OLD, HUB_MODE, SAME_PEER_NAME, on=Subject.HIGH_AVAILABILITY)
def relationships_together(configuration: Configuration) -> Iterator[Finding]:
    """Several relationships of one server: their number, modes and names."""
    found = relationships_of(configuration)
    if len(found) > 1 and not has(configuration.version, Feature.HUB_AND_SPOKE):
        known = branches_with(Feature.HUB_AND_SPOKE)
        where = f"on {THE_SERVER} " if configuration.compiled else ""
        message = f"{where}there are {len(found)} relationships, and the HA library of Kea {configuration.version} accepts one only"
        fix = f"several relationships need Kea {spoken(known)}"
        server = configuration.server if configuration.compiled else None
        yield Finding(HUB_TOO_OLD, found[1].block.at, message, fix=fix, server=server)
    taken: dict[str, PeerEntry] = {}
    for each in found:
        if len(found) > 1 and each.mode not in (None, ONLY_HUB_MODE):
            message = f"with several relationships each must be {ONLY_HUB_MODE}, not {each.mode}"
            at = each.block.where("mode")
            same = [peer for other in found if other.block.where("mode") == at for peer in other.peers]
            partners = [peer for peer in same if peer.role is Role.SECONDARY]
            enough = roles_fit(ONLY_HUB_MODE, [str(peer.role) for peer in each.peers])
            fix = f"write {ONLY_HUB_MODE}" + ("" if enough else ", with the roles primary and standby")
            repair = (
                *set_it(str(ONLY_HUB_MODE)),
                *(Repair(_role_at(peer), RepairKind.SET, str(Role.STANDBY)) for peer in partners),
            )
            yield Finding(HUB_MODE, each.block.where("mode"), message, fix=fix, repair=repair)
        for peer in each.peers:
            if peer.name is None:
                continue
            other = taken.setdefault(peer.name, peer)
            if other is not peer:
                yield Finding(
                    SAME_PEER_NAME,
                    peer.block.where("name"),
                    f"the peer name {peer.name!r} is used twice",
                    related=((other.block.where("name"), "the other one"),),
                    fix="give the server another `name` in one of the two places",
                )


@checks(BLANK_NAME, NOT_A_PEER, on=Subject.HIGH_AVAILABILITY)
def names(configuration: Configuration) -> Iterator[Finding]:
    """Names that are empty or contain only spaces, and a server that is not one of its own peers."""
    for each in relationships_of(configuration):
        for peer in each.peers:
            if peer.name is not None and not peer.name.strip():
                yield Finding(BLANK_NAME, peer.block.where("name"), "the name of a peer must not be empty")
        if each.this_name == "":
            yield Finding(BLANK_NAME, each.block.where("this-server-name"), "'this-server-name' must not be empty")
        elif each.this_name and all(peer.name for peer in each.peers) and each.own is None and "peers" in each.block:
            yield _not_a_peer(each, each.this_name)


def _not_a_peer(each: RelationshipEntry, this: str) -> Finding:
    padded = next((peer for peer in each.peers if peer.name and peer.name.strip() == this), None)
    at = each.block.where("this-server-name")
    if padded:
        message = f"no peer is named {this!r}: Kea removes the spaces around 'this-server-name', but not around {padded.name!r} to compare"
        return Finding(
            NOT_A_PEER,
            at,
            message,
            related=((padded.block.where("name"), "the spaces are here"),),
            fix="remove the spaces from the name of the peer",
        )
    listed = ", ".join(repr(peer.name) for peer in each.peers) or "none"
    near = nearest(this, [peer.name for peer in each.peers if peer.name])
    return Finding(
        NOT_A_PEER,
        at,
        f"no peer is named {this!r}; the peers are {listed}",
        fix=f"write {near!r}" if near else "name one of the peers, or add this one",
        repair=set_it(near) if near else (),
    )


@checks(WRONG_ROLES, on=Subject.HIGH_AVAILABILITY)
def roles(configuration: Configuration) -> Iterator[Finding]:
    """The peers' roles do not make the mode."""
    for each in relationships_of(configuration):
        if each.mode is None or not each.cast or roles_fit(each.mode, [peer.role for peer in each.peers if peer.role]):
            continue
        needed = REQUIRED_ROLES[each.mode]
        unfit = [peer for peer in each.peers if peer.role not in (*needed, Role.BACKUP)]
        meant = PARTNER_ROLES[each.mode]
        free = len(unfit) == 1 and (meant is Role.BACKUP or meant not in [peer.role for peer in each.peers])
        for peer in unfit:
            related = ((each.block.where("mode"), "the mode is set here"),)
            listed = ", ".join(needed)
            message = (
                f"'{peer.role}' is not a role in {each.mode}; the roles are {listed} and, any number of times, backup"
            )
            repair = (Repair(_role_at(peer), RepairKind.SET, str(meant)),) if free else ()
            fix = f"write {meant}" if free else None
            yield Finding(WRONG_ROLES, peer.block.where("role"), message, related=related, fix=fix, repair=repair)
        yield from _role_counts(each, needed, bool(unfit))


def _role_at(peer: PeerEntry) -> Route:
    """Where the role is written: in a spec, a peer of a relationship is known by the map that it comes from."""
    at = peer.block.where("role")
    return at if at[-1:] == ("role",) else (*at, "role")


def _role_counts(each: RelationshipEntry, needed: tuple[Role, ...], unfit: bool) -> Iterator[Finding]:
    """Roles that several peers have, and roles that no peer has: one finding where the one explains the other."""
    counts = Counter(peer.role for peer in each.peers)
    doubled = [role for role in needed if counts[role] > 1]
    missing = [role for role in needed if not counts[role] and not unfit]
    spare = f"give one of them `role: {missing[0]}`" if len(doubled) == len(missing) == 1 else None
    for role in doubled if spare else (role for role in needed if role in doubled or role in missing):
        have = [peer for peer in each.peers if peer.role is role]
        yield Finding(
            WRONG_ROLES,
            have[1].block.where("role") if have else each.block.where("mode"),
            f"{each.mode} needs exactly one {role}, and there {f'are {len(have)}' if have else 'is none'}",
            related=tuple((peer.block.where("role"), f"{peer.name} is {peer.role}") for peer in each.peers),
            fix=spare or f"give exactly one server `role: {role}`",
        )


@checks(WAITS_FOR_BACKUP, DELAYS_UPDATES, on=Subject.HIGH_AVAILABILITY)
def settings_of_other_modes(configuration: Configuration) -> Iterator[Finding]:
    """Settings that only one mode takes."""
    for each in relationships_of(configuration):
        if each.mode is None:
            continue
        if each.mode is not Mode.PASSIVE_BACKUP and each.block.get("wait-backup-ack") is True:
            message = f"'wait-backup-ack' can be true in {Mode.PASSIVE_BACKUP} only, and the mode is {each.mode}"
            yield Finding(
                WAITS_FOR_BACKUP, each.block.where("wait-backup-ack"), message, fix="remove it", repair=REMOVE_IT
            )
        limit = each.block.get("delayed-updates-limit")
        if each.mode is not Mode.LOAD_BALANCING and isinstance(limit, int) and limit > 0:
            message = f"'delayed-updates-limit' is for {Mode.LOAD_BALANCING}; in {each.mode} it must be 0, not {limit}"
            yield Finding(
                DELAYS_UPDATES, each.block.where("delayed-updates-limit"), message, fix="remove it", repair=REMOVE_IT
            )


@checks(STATE_TWICE, on=Subject.HIGH_AVAILABILITY)
def state_listed_twice(configuration: Configuration) -> Iterator[Finding]:
    """Two entries of `state-machine` for one state."""
    for each in relationships_of(configuration):
        machine = each.block.get("state-machine")
        seen: dict[str, Block] = {}
        for entry in blocks_of(machine.get("states")) if isinstance(machine, Block) else ():
            state = entry.get("state")
            if not isinstance(state, str):
                continue
            other = seen.setdefault(state, entry)
            if other is not entry:
                related = ((other.where("state"), "the other entry"),)
                yield Finding(
                    STATE_TWICE, entry.where("state"), f"the state {state!r} is listed twice", related=related
                )


@checks(BAD_URL, HTTPS_WITHOUT_TLS, PARTIAL_TLS, on=Subject.HIGH_AVAILABILITY)
def urls_and_tls(configuration: Configuration) -> Iterator[Finding]:
    """Urls that Kea cannot read, and TLS files of which some are missing."""
    for each in relationships_of(configuration):
        written: set[Route] = set()
        for peer in each.peers:
            at = peer.block.where("url")
            if peer.refusal:
                message = f"Kea refuses the url {str(peer.block['url'])!r}: {peer.refusal}"
                instead = url_fix(str(peer.block["url"]))
                yield Finding(BAD_URL, at, message, fix=instead.fix, repair=instead.repair)
            supplied = [key for key in TLS_KEYS if _effective(peer.block, each.block, key)]
            if supplied and len(supplied) < len(TLS_KEYS):
                lacking = " and ".join(repr(key) for key in TLS_KEYS if key not in supplied)
                source = next((peer.block for key in TLS_KEYS if key in peer.block), each.block)
                if source.at in written:
                    continue
                written.add(source.at)
                here = next(key for key in (*supplied, *TLS_KEYS) if key in source)
                missing = [key for key in TLS_KEYS if key not in supplied]
                fix = f"add {' and '.join(f'`{key}: …`' for key in missing)}, or remove {' and '.join(supplied)}"
                if source is each.block:  # for all peers
                    message = f"{' and '.join(supplied)} without {' and '.join(missing)}: TLS needs all three files"
                    yield Finding(PARTIAL_TLS, source.where(here), message, True, fix=fix)
                    continue
                message = f"the TLS files of peer {THE_SUBJECT} are incomplete: {lacking} is missing or empty"
                yield Finding(PARTIAL_TLS, source.where(here), message, True, fix=fix, subject=repr(peer.name))
            elif not supplied and peer.url and peer.url.scheme == "https":
                message = f"the url of peer {peer.name!r} is https, and it has no TLS files"
                fix = "add trust-anchor, cert-file and key-file to the relationship"
                yield Finding(HTTPS_WITHOUT_TLS, at, message, fix=fix)


def _effective(peer: Block, relationship: Block, key: str) -> object:
    """A peer's own value, even an empty one, hides the relationship's."""
    return peer[key] if key in peer else relationship.get(key)


_CREDENTIALS = ("basic-auth-password", "basic-auth-user")


@checks(CREDENTIAL_TWICE, COLON_IN_USER, on=Subject.HIGH_AVAILABILITY)
def credentials(configuration: Configuration) -> Iterator[Finding]:
    """The credentials of a peer: set in two ways, or with a user name that HTTP cannot carry."""
    for each in relationships_of(configuration):
        for peer in each.peers:
            for key in _CREDENTIALS:
                if key not in peer.block or f"{key}-file" not in peer.block:
                    continue
                # a file that this version does not know is an unknown key, and no second credential
                if configuration.version.branch in program("ha").scopes["peer"].keywords[f"{key}-file"].branches:
                    yield Finding(
                        CREDENTIAL_TWICE,
                        peer.block.where(f"{key}-file"),
                        f"peer {peer.name!r} has both {key!r} and '{key}-file'",
                        on_key=True,
                        related=((peer.block.where(key), "the other one"),),
                        fix="keep the file",
                        repair=(Repair(peer.block.where(key), RepairKind.REMOVE),),
                    )
            user = peer.block.get("basic-auth-user")
            if isinstance(user, str) and ":" in user:
                message = (
                    f"the user name of peer {peer.name!r} contains a colon, which ends the name in the HTTP header"
                )
                fix, repair = "remove the colon", set_it(user.replace(":", ""))
                yield Finding(COLON_IN_USER, peer.block.where("basic-auth-user"), message, fix=fix, repair=repair)
