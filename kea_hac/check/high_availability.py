"""What the HA library refuses when it loads, and what it takes without a word and should not. `-t` never looks there."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.diagnostics import Finding, KeaSays, Severity, rule
from kea_hac.kea.config import Block
from kea_hac.model.channel import channel_of
from kea_hac.model.site import LOAD_BALANCING, PASSIVE_BACKUP, Family, Node, Relationship, Site

NOT_IN_MODE = rule(
    "KH618",
    "setting-of-another-mode",
    kea=KeaSays.REFUSES,
    why="The HA library does not load with it, so the server does not start.",
    source="HA-26, HA-27; ha_config.cc; seen on 2.2.0, 2.6.3, 3.0.4",
)
SHARED_DATABASE = rule(
    "KH619",
    "shared-lease-database",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Partners that share one lease database and send each other lease updates write every lease twice, and each sees "
    "the partner's as a conflict.",
    source="Kea ARM, 'Load Balancing with Shared Lease Database'",
)
IDLE_RELATIONSHIP = rule(
    "KH620",
    "relationship-without-subnets",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="The servers of the relationship watch each other and serve nobody through it.",
    source="the spec language, law 7",
)
SAME_URL = rule(
    "KH621",
    "one-url-for-two-peers",
    kea=KeaSays.ACCEPTS,
    why="A server's calls to its partner end at itself: each sees a healthy partner that is not there.",
    source="seen on 2.2.0, 2.6.3, 3.0.4: -t, -T and a start accept it",
)
SLOW_HEARTBEAT = rule(
    "KH622",
    "response-delay-not-above-heartbeat",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="The partner counts as lost before its next heartbeat is due: communication is interrupted again and again.",
    source="Kea ARM, 'max-response-delay'; seen on 2.2.0, 2.6.3, 3.0.4: accepted",
)
UNRESTRICTED = rule(
    "KH913",
    "commands-unrestricted",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Whoever reaches the HA listener can read and replace the whole configuration, not only what HA needs.",
    source="ChangeLog 2367; seen on 2.2.0, 2.6.3 (config-get answered), 3.0.4 (403 when restricted)",
)
_DEFAULTS = {"heartbeat-delay": 10000, "max-response-delay": 60000}
"""Milliseconds (ha_config_parser.cc, all versions)."""


def _relationships(site: Site) -> Iterator[tuple[Family, Relationship]]:
    for family in site.families.values():
        for relationship in family.relationships:
            yield family, relationship


def setting_of_another_mode(site: Site) -> Iterator[Finding]:
    """wait-backup-ack and delayed-updates-limit belong to one mode each."""
    for _, relationship in _relationships(site):
        said, mode = relationship.settings, relationship.mode
        if said.get("wait-backup-ack") is True and mode not in (PASSIVE_BACKUP, ""):
            yield _wrong_mode(relationship, "wait-backup-ack", "true", PASSIVE_BACKUP)
        if said.get("delayed-updates-limit") and mode not in (LOAD_BALANCING, ""):
            yield _wrong_mode(relationship, "delayed-updates-limit", str(said["delayed-updates-limit"]), LOAD_BALANCING)


def _wrong_mode(relationship: Relationship, key: str, value: str, mode: str) -> Finding:
    message = f"{key!r} can be {value} in {mode} only, and the mode is {relationship.mode}"
    related = ((relationship.settings.where("mode"), "the mode is set here"),)
    return Finding(NOT_IN_MODE, relationship.settings.where(key), message, related=related, fix=f"take `{key}` away")


def shared_lease_database(site: Site) -> Iterator[Finding]:
    """Both partners keep their leases in one SQL database, and update each other all the same."""
    for family, relationship in _relationships(site):
        if relationship.settings.get("send-lease-updates") is False:
            continue
        seen: dict[tuple[str, ...], Node] = {}
        for peer in relationship.peers:
            database = _lease_database(family, peer.node)
            kind = str(database.get("type", "memfile"))
            host = str(database.get("host", "localhost"))
            if kind == "memfile" or host in ("", "localhost", "127.0.0.1", "::1"):
                continue
            known = (kind, host, str(database.get("port", "")), str(database.get("name", "")))
            other = seen.setdefault(known, peer.node)
            if other is not peer.node and "{" not in "".join(known):
                yield Finding(
                    SHARED_DATABASE,
                    database.at,
                    f"{other.name} and {peer.node.name} share one lease database, and send each other every lease",
                    on_key=True,
                    related=((relationship.at, "the relationship"),),
                    fix="add `send-lease-updates: false` and `sync-leases: false` to high-availability, or give each a database",
                )


def _lease_database(family: Family, node: Node) -> Block:
    shared = family.config.get("lease-database")
    overrides = node.seats[family.daemon.name].overrides
    own = overrides.get("lease-database") if overrides is not None else None
    made = shared.copy_of() if isinstance(shared, Block) else Block((family.daemon.name,))
    if isinstance(own, Block):
        made.update(own)
        made.at = own.at
    return made


def relationship_without_subnets(site: Site) -> Iterator[Finding]:
    """A relationship of a hub that owns no subnet."""
    if not site.hub:
        return
    for family, relationship in _relationships(site):
        if not family.sound:
            continue
        names = {peer.name for peer in relationship.peers}
        if names.isdisjoint(_tags(family)):
            message = f"no subnet of {family.daemon.name} belongs to this relationship"
            fix = f"tag its subnets with `user-context: {{ha-server-name: {relationship.peers[0].name}}}`"
            yield Finding(IDLE_RELATIONSHIP, relationship.at, message, fix=fix)


def _tags(family: Family) -> Iterator[object]:
    config, key = family.config, family.daemon.subnets
    for block in (*(config.get(key) or ()), *(config.get("shared-networks") or ())):
        for inner in (block, *(block.get(key) or ())):
            context = inner.get("user-context")
            yield context.get("ha-server-name") if isinstance(context, dict) else None


def one_url_for_two_peers(site: Site) -> Iterator[Finding]:
    """Two peers are dialled at one address and port."""
    for family, relationship in _relationships(site):
        for node in (peer.node for peer in relationship.peers):
            seen: dict[tuple[object, int], str] = {}
            for peer in relationship.peers:
                channel = channel_of(site, family, relationship, peer, seen_by=node)
                if channel is None:
                    continue
                other = seen.setdefault((channel.address, channel.port), peer.node.name)
                if other != peer.node.name:
                    yield Finding(
                        SAME_URL,
                        (*peer.node.at, "address"),
                        f"{other} and {peer.node.name} are both dialled at {channel.address} port {channel.port}",
                        fix="give each server an address of its own",
                    )


def response_delay_not_above_heartbeat(site: Site) -> Iterator[Finding]:
    """max-response-delay must leave room for more than one heartbeat."""
    for _, relationship in _relationships(site):
        beat, limit = (relationship.settings.get(key, default) for key, default in _DEFAULTS.items())
        if isinstance(beat, int) and isinstance(limit, int) and 0 < limit <= beat:
            key = "max-response-delay" if "max-response-delay" in relationship.settings else "heartbeat-delay"
            message = f"the partner counts as lost after {limit} ms, and heartbeats come every {beat} ms"
            fix = "make max-response-delay several times heartbeat-delay"
            yield Finding(SLOW_HEARTBEAT, relationship.settings.where(key), message, fix=fix)


def commands_unrestricted(site: Site) -> Iterator[Finding]:
    """The HA listener takes every command."""
    for _, relationship in _relationships(site):
        if relationship.settings.get("restrict-commands") is False and relationship.listener is not None:
            at = relationship.settings.where("restrict-commands")
            message = "the HA listener takes every command from whoever reaches it"
            yield Finding(UNRESTRICTED, at, message, fix="take it away: commands are then restricted to what HA needs")


RULES = (
    setting_of_another_mode,
    shared_lease_database,
    relationship_without_subnets,
    one_url_for_two_peers,
    response_delay_not_above_heartbeat,
    commands_unrestricted,
)
