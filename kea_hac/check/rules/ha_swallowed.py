"""Settings of High Availability that every check of Kea passes, that the servers start with, and that hurt later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kea_hac.check.library_entries import beside
from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.relationship import RelationshipEntry, relationships_of
from kea_hac.diagnostics import REMOVE_IT, Finding, KeaVerdict, Severity, rule, warning
from kea_hac.kea.config import Block
from kea_hac.kea.high_availability import Mode, Role
from kea_hac.kea.hooks import HIGH_AVAILABILITY, LEASE_COMMANDS
from kea_hac.kea.peer_url import LARGEST_PORT
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

NO_PORT = rule(
    "KH627",
    "peer-url-without-port",
    kea=KeaVerdict.ACCEPTS,
    why="Kea accepts a URL without a port. The listener then opens a random port, and the partner connects to "
    "port 0. Each server treats its partner as down, and both serve all clients.",
    source=f"url.cc; {_SEEN}",
)
SAME_URL = rule(
    "KH630",
    "same-url-for-two-peers",
    kea=KeaVerdict.ACCEPTS,
    why="A server that connects to its own URL talks to itself and never reaches its partner.",
    source=f"{_SEEN}",
)
NOWHERE = rule(
    "KH631",
    "partner-url-unspecified",
    kea=KeaVerdict.ACCEPTS,
    why="0.0.0.0 and :: are addresses to listen on. A server that connects to them talks to itself and never "
    "reaches its partner.",
    source=f"{_SEEN}",
)
NO_LEASE_COMMANDS = rule(
    "KH634",
    "lease-commands-library-missing",
    kea=KeaVerdict.ACCEPTS,
    why="Lease updates and synchronisation are commands of the library lease_cmds. Without it the partner "
    "refuses each of them. The pair stays in the states waiting and syncing, or it serves with leases that "
    "only one server knows.",
    source=f"Kea ARM, 'Load Balancing Configuration'; {_SEEN}",
    rests_on=("hooks-libraries",),
)
NO_HEARTBEAT = rule(
    "KH635",
    "heartbeat-switched-off",
    kea=KeaVerdict.ACCEPTS,
    why="With heartbeat-delay 0 a server sends no heartbeat. It notices that its partner is down only by failed "
    "lease updates.",
    source=f"HAService::scheduleHeartbeat; {_SEEN}",
)
RESPONSE_BELOW_HEARTBEAT = rule(
    "KH636",
    "response-delay-within-heartbeat",
    kea=KeaVerdict.ACCEPTS,
    why="One late or lost heartbeat is enough to treat the partner as down. With max-unacked-clients 0 both "
    "servers then serve all clients at once. As long as each heartbeat is answered in time, the pair looks "
    "healthy. Equal values are a warning.",
    source="Kea ARM, HA: max-response-delay 'should be greater than the heartbeat-delay; typically it should be a multiple'; "
    f"{_SEEN}: with 1 s against a heartbeat of 2 s a pair without traffic stays in hot-standby",
    rests_on=("heartbeat-delay", "max-response-delay", "max-ack-delay"),
)
ACK_OVER_RESPONSE = warning(
    "KH637",
    "ack-delay-over-response-delay",
    why="A client counts as unanswered only after max-ack-delay. Failover takes longer than max-response-delay.",
    source=f"communication_state.cc; {_SEEN}",
    rests_on=("heartbeat-delay", "max-response-delay", "max-ack-delay"),
)
NO_PAGES = rule(
    "KH638",
    "sync-page-limit-zero",
    kea=KeaVerdict.ACCEPTS,
    why="A partner refuses to send pages of zero leases. Synchronisation never ends, and the server never serves "
    "clients.",
    source=f"lease_mgr.cc, LeasePageSize; {_SEEN}",
)
HALF_EXCHANGE = warning(
    "KH639",
    "lease-updates-and-sync-differ",
    why="With lease updates but no synchronisation, a server never learns the leases of the time when it was "
    "down. With synchronisation but no lease updates, it does not know the leases that its partner gives "
    "while both are up. Kea writes this to its log only.",
    source=f"ha_config_parser.cc; {_SEEN}",
    rests_on=("send-lease-updates", "sync-leases"),
)
NO_EXCHANGE = rule(
    "KH640",
    "leases-never-exchanged",
    kea=KeaVerdict.ACCEPTS,
    why="Each server has its own lease file and sends no leases to its partner. After a failover clients get "
    "addresses that are in use. These settings are correct only for a database that the servers share.",
    source=f"Kea ARM, HA, 'send-lease-updates'; {_SEEN}",
    rests_on=("send-lease-updates", "sync-leases"),
)
FAILOVER_OF_BACKUP = warning(
    "KH641",
    "auto-failover-of-backup",
    why="A backup server never takes over by itself, whatever auto-failover is. It serves clients only after the "
    "command `ha-scopes`.",
    source=f"Kea ARM, 'High Availability with Clients' (backup servers); {_SEEN}",
)
NO_FAILOVER = warning(
    "KH642",
    "auto-failover-off",
    why="This server does not take over when its partner is down. Until an operator sends it `ha-scopes`, the "
    "clients of the partner get no answer.",
    source=f"ha_config_parser.cc; {_SEEN}",
)
NO_BACKUP = warning(
    "KH643",
    "passive-backup-without-backup",
    why="The primary has no backup to send its leases to. When it fails, no other server has its leases.",
    source=f"ha_config.cc; {_SEEN}",
    rests_on=("peers", "*role"),
)
PASSWORD_ALONE = warning(
    "KH644",
    "ha-password-without-user",
    why="Kea sends no credentials without a user. The agent or the HTTP socket of the partner answers 401, and "
    "this server treats its partner as down.",
    source=f"ha_config_parser.cc; {_SEEN}",
    rests_on=("basic-auth-user", "basic-auth-user-file"),
)


@checks(NO_PORT, SAME_URL, NOWHERE, on=Subject.HIGH_AVAILABILITY)
def peer_urls(configuration: Configuration) -> Iterator[Finding]:
    """Urls that Kea can read and nobody can reach."""
    for each in relationships_of(configuration):
        seen: dict[tuple[str, int], Block] = {}
        for peer in each.peers:
            if peer.url is None:
                continue
            at = peer.block.where("url")
            if not peer.url.usable:
                written = f"the port {peer.url.port}" if peer.url.port else "no port"
                message = f"the url of peer {peer.name!r} has {written}"
                fix = f"write the port that the peer listens on behind the address, from 1 to {LARGEST_PORT}"
                yield Finding(NO_PORT, at, message, fix=fix)
                continue
            if each.own is not None and peer is not each.own and peer.url.address.is_unspecified:
                message = f"{peer.url.address} is not an address at which peer {peer.name!r} can be reached"
                yield Finding(NOWHERE, at, message, fix="write the address that the peer listens on")
            other = seen.setdefault(peer.url.endpoint, peer.block)
            if other is not peer.block:
                message = f"peers {str(other.get('name'))!r} and {peer.name!r} have the same url"
                yield Finding(
                    SAME_URL,
                    at,
                    message,
                    related=((other.where("url"), "the other one"),),
                    fix="give each peer its own address",
                )


@checks(NO_LEASE_COMMANDS, on=Subject.HIGH_AVAILABILITY)
def lease_commands_missing(configuration: Configuration) -> Iterator[Finding]:
    """HA without the library whose commands it uses."""
    listed = list(configuration.libraries())
    if any(name == LEASE_COMMANDS for name, _ in listed):
        return
    for name, entry in listed:
        if name == HIGH_AVAILABILITY and relationships_of(configuration):
            message = f"the HA library is loaded without {LEASE_COMMANDS}"
            repair = beside(entry, LEASE_COMMANDS)
            yield Finding(
                NO_LEASE_COMMANDS, entry.where("library"), message, fix=f"add {LEASE_COMMANDS} before it", repair=repair
            )


@checks(NO_HEARTBEAT, RESPONSE_BELOW_HEARTBEAT, ACK_OVER_RESPONSE, on=Subject.HIGH_AVAILABILITY)
def delays(configuration: Configuration) -> Iterator[Finding]:
    """Times that do not fit together. A passive-backup pair sends no heartbeats."""
    for each in relationships_of(configuration):
        if each.mode in (None, Mode.PASSIVE_BACKUP):
            continue
        heartbeat, response, acknowledged = (
            _milliseconds(each, key) for key in ("heartbeat-delay", "max-response-delay", "max-ack-delay")
        )
        if heartbeat == 0:
            message = "heartbeat-delay 0 turns the heartbeat off"
            yield Finding(
                NO_HEARTBEAT,
                each.block.where("heartbeat-delay"),
                message,
                fix="remove it: 10000 is the default",
                repair=REMOVE_IT,
            )
        if heartbeat and response is not None and response <= heartbeat:
            message = f"max-response-delay is {response} ms and heartbeat-delay {heartbeat} ms; it should be greater"
            found = _between(each, RESPONSE_BELOW_HEARTBEAT, "max-response-delay", "heartbeat-delay", message)
            yield replace(found, severity=Severity.WARNING) if response == heartbeat else found
        if acknowledged is not None and response is not None and acknowledged > response:
            message = f"max-ack-delay is {acknowledged} ms and max-response-delay {response} ms"
            yield _between(each, ACK_OVER_RESPONSE, "max-ack-delay", "max-response-delay", message)


def _milliseconds(each: RelationshipEntry, key: str) -> int | None:
    value = each.setting(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _between(each: RelationshipEntry, broken: Any, key: str, other: str, message: str) -> Finding:
    """A finding at the key that is written; the other may be the default."""
    at, beside = (key, other) if key in each.block else (other, key)
    related = ((each.block.where(beside), beside),) if beside in each.block else ()
    words = "" if beside in each.block else f" ({beside} is the default)"
    return Finding(broken, each.block.where(at), message + words, related=related)


@checks(NO_PAGES, HALF_EXCHANGE, NO_EXCHANGE, on=Subject.HIGH_AVAILABILITY)
def exchange(configuration: Configuration) -> Iterator[Finding]:
    """Lease updates and synchronisation: half switched off, or off with nothing in their place."""
    database = configuration.config.get("lease-database")
    kind = database.get("type", "memfile") if isinstance(database, Block) else "memfile"
    for each in relationships_of(configuration):
        updates, pages = each.setting("send-lease-updates"), each.setting("sync-page-limit")
        synchronised = each.setting("sync-leases") and each.mode is not Mode.PASSIVE_BACKUP
        if synchronised and pages == 0:
            at = each.block.where("sync-page-limit")
            yield Finding(
                NO_PAGES, at, "sync-page-limit 0 requests pages with no leases", fix="remove it", repair=REMOVE_IT
            )
        key = "send-lease-updates" if updates is False else "sync-leases"
        if updates is False and not synchronised and kind == "memfile":
            message = "leases are neither sent nor fetched, and the lease database is a file of this server"
            fix = "remove send-lease-updates and sync-leases, or share an SQL database"
            yield Finding(NO_EXCHANGE, each.block.where(key), message, fix=fix)
        elif each.mode is not Mode.PASSIVE_BACKUP and updates != each.setting("sync-leases"):
            message = f"{key} is false, and {'sync-leases' if updates is False else 'send-lease-updates'} is true"
            yield Finding(
                HALF_EXCHANGE,
                each.block.where(key),
                message,
                fix="set both to true, or both to false with a shared database",
            )


@checks(FAILOVER_OF_BACKUP, NO_FAILOVER, NO_BACKUP, on=Subject.HIGH_AVAILABILITY)
def failover(configuration: Configuration) -> Iterator[Finding]:
    """Who takes over, and who cannot."""
    for each in relationships_of(configuration):
        if each.mode is Mode.PASSIVE_BACKUP and each.cast and not any(peer.role is Role.BACKUP for peer in each.peers):
            yield Finding(NO_BACKUP, each.block.where("peers"), "there is no peer with the role backup", True)
        for peer in each.peers:
            written = peer.block.get("auto-failover")
            at = peer.block.where("auto-failover")
            if written is True and peer.role is Role.BACKUP:
                message = f"peer {peer.name!r} is a backup, and takes over only by command"
                yield Finding(FAILOVER_OF_BACKUP, at, message, fix="remove auto-failover", repair=REMOVE_IT)
            elif written is False and peer.role is not Role.BACKUP and each.mode is not Mode.PASSIVE_BACKUP:
                yield Finding(NO_FAILOVER, at, f"peer {peer.name!r} does not take over by itself")


@checks(PASSWORD_ALONE, on=Subject.HIGH_AVAILABILITY)
def password_without_user(configuration: Configuration) -> Iterator[Finding]:
    """A password that is never sent."""
    for each in relationships_of(configuration):
        for peer in each.peers:
            key = next(
                (key for key in ("basic-auth-password", "basic-auth-password-file") if peer.block.get(key)), None
            )
            user = peer.block.get("basic-auth-user") or peer.block.get("basic-auth-user-file")
            if key and not user:
                message = f"peer {peer.name!r} has a password but no user, so neither is sent"
                yield Finding(PASSWORD_ALONE, peer.block.where(key), message, True, fix="add `basic-auth-user`")
