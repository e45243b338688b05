"""What a pair or a hub is as a whole: its lease database, its subnets, what its listener lets in."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import Finding, KeaSays, Severity, rule
from kea_hac.kea.config import Block
from kea_hac.model.site import Family, Node, Relationship, Site

SHARED_DATABASE = rule(
    "KH618",
    "shared-lease-database",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Partners that share one lease database and send each other lease updates write every lease twice, and each sees "
    "the partner's as a conflict.",
    source="Kea ARM, 'Load Balancing with Shared Lease Database'",
    rests_on=("*lease-database",),
)
IDLE_RELATIONSHIP = rule(
    "KH617",
    "relationship-without-subnets",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="The servers of the relationship watch each other and serve nobody through it.",
    source="the spec language, law 7",
    rests_on=("*user-context", "*ha-server-name", "*subnet4", "*subnet6", "*shared-networks"),
)
UNRESTRICTED = rule(
    "KH913",
    "commands-unrestricted",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Whoever reaches the HA listener can read and replace the whole configuration, not only what HA needs.",
    source="ChangeLog 2367; seen on 2.2.0, 2.6.3 (config-get answered), 3.0.4 (403 when restricted)",
)


def _relationships(site: Site) -> Iterator[tuple[Family, Relationship]]:
    for family in site.families.values():
        for relationship in family.relationships:
            yield family, relationship


@checks(SHARED_DATABASE, on=Subject.SITE)
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


@checks(IDLE_RELATIONSHIP, on=Subject.SITE)
def relationship_without_subnets(site: Site) -> Iterator[Finding]:
    """A relationship of a hub that owns no subnet."""
    if not site.hub:
        return
    for family, relationship in _relationships(site):
        if not family.sound:
            continue
        names = {peer.name for peer in relationship.peers}
        everyone = {peer.name for each in family.relationships for peer in each.peers}
        tags = set(_tags(family))
        if tags - everyone - {None} or not tags & everyone:
            continue  # a mistake in the tags, which is said there
        if names.isdisjoint(tags):
            message = f"no subnet of {family.daemon.name} belongs to this relationship"
            fix = f"tag its subnets with `user-context: {{ha-server-name: {relationship.peers[0].name}}}`"
            yield Finding(IDLE_RELATIONSHIP, relationship.at, message, fix=fix)


def _tags(family: Family) -> Iterator[object]:
    config, key = family.config, family.daemon.subnets
    for block in (*(config.get(key) or ()), *(config.get("shared-networks") or ())):
        for inner in (block, *(block.get(key) or ())):
            context = inner.get("user-context")
            yield context.get("ha-server-name") if isinstance(context, dict) else None


@checks(UNRESTRICTED, on=Subject.SITE)
def commands_unrestricted(site: Site) -> Iterator[Finding]:
    """The HA listener takes every command."""
    for _, relationship in _relationships(site):
        if relationship.settings.get("restrict-commands") is False and relationship.listener is not None:
            at = relationship.settings.where("restrict-commands")
            message = "the HA listener takes every command from whoever reaches it"
            yield Finding(UNRESTRICTED, at, message, fix="take it away: commands are then restricted to what HA needs")
