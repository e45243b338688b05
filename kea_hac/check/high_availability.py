"""What a pair or a hub is as a whole: its lease database, its subnets, what its listener lets in."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import Finding, warning
from kea_hac.model.site import Family, Relationship, Site

IDLE_RELATIONSHIP = warning(
    "KH617",
    "relationship-without-subnets",
    why="The servers of the relationship exchange heartbeats, but they serve no client through it.",
    source="the spec language",
    rests_on=("*user-context", "*ha-server-name", "*subnet4", "*subnet6", "*shared-networks"),
)


def _relationships(site: Site) -> Iterator[tuple[Family, Relationship]]:
    for family in site.families.values():
        for relationship in family.relationships:
            yield family, relationship


@checks(IDLE_RELATIONSHIP, on=Subject.SITE)
def relationship_without_subnets(site: Site) -> Iterator[Finding]:
    """A relationship of a hub that owns no subnet."""
    if not site.hub:
        return
    for family, relationship in _relationships(site):
        if not family.settled:
            continue
        names = {peer.name for peer in relationship.peers}
        everyone = {peer.name for each in family.relationships for peer in each.peers}
        tags = set(_tags(family))
        if tags - everyone - {None} or not tags & everyone:
            continue  # a mistake in the tags, which is reported there
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
