"""Which relationship a subnet belongs to, by the tag `ha-server-name` (hub and spoke); relationships that no subnet names."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.engine import named
from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.relationship import RelationshipEntry, relationships_of
from kea_hac.diagnostics import Finding, KeaVerdict, rule, warning
from kea_hac.kea.high_availability import SERVER_TAG, relationship_context, relationship_tag
from kea_hac.kea.suggest import nearest
from kea_hac.kea.values import display_value
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration
from kea_hac.model.site import Family, Site

UNTAGGED = rule(
    "KH614",
    "subnet-without-relationship",
    kea=KeaVerdict.ACCEPTS,
    why="With several relationships the server must know which relationship a query belongs to. For this subnet it "
    "does not know: it drops the query and writes one line to the log, so no client of the subnet gets a lease. "
    "With one relationship, when other subnets have a tag, a server that starts does not get the leases of this "
    "subnet from its partner.",
    source="ha_impl.cc; lease_sync_filter.cc; Kea ARM, 'Hub and Spoke Configuration'",
    rests_on=("user-context", "*peers", "*hooks-libraries"),
)

IDLE_RELATIONSHIP = warning(
    "KH617",
    "relationship-without-subnets",
    why="The servers of the relationship exchange heartbeats, but they serve no client through it.",
    source="the spec language",
    rests_on=("*user-context", "*ha-server-name", "*subnet4", "*subnet6", "*shared-networks"),
)


@checks(UNTAGGED, on=Subject.SERVERS)
def untagged_subnets(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Subnets with no tag, or an unknown one, where tags divide the subnets among relationships."""
    for configuration in configurations:
        found = _relationships(configuration, configurations)
        if found and all(each.cast for each in found) and has(configuration.version, Feature.HUB_AND_SPOKE):
            for finding in _untagged(configuration, found):
                yield named(finding, configuration) if configuration.compiled else finding


def _relationships(
    configuration: Configuration, configurations: tuple[Configuration, ...]
) -> tuple[RelationshipEntry, ...]:
    """The relationships that the tags of a configuration can name: those of its server.

    A spec divides its subnets among all of its relationships, also where no server is in two of them.
    """
    if not configuration.compiled:
        return relationships_of(configuration)
    others = [each for each in configurations if each.daemon is configuration.daemon]
    return tuple(found for each in others if each.complete for found in relationships_of(each))


def _untagged(configuration: Configuration, found: tuple[RelationshipEntry, ...]) -> Iterator[Finding]:
    several = len({frozenset(each.by_name) for each in found}) > 1
    if not several and "user-context" not in configuration.keys_below():
        return
    known = sorted({str(peer.name) for each in found for peer in each.peers})
    subnets = [(subnet, relationship_context(subnet, network)) for network, subnet in configuration.with_networks()]
    if not several and not any(context and context[SERVER_TAG] in known for _, context in subnets):
        return
    listed = ", ".join(known)
    for subnet, context in subnets:
        if context is None:
            tag = f"`user-context: {{{SERVER_TAG}: NAME}}`"
            if not configuration.compiled:
                tag = f'"user-context": {{"{SERVER_TAG}": NAME}}'
            message = "this subnet belongs to no relationship"
            fix = f"add {tag} to the subnet or its shared network; the peers are {listed}"
            yield Finding(UNTAGGED, subnet.where("subnet"), message, fix=fix, lacks=("user-context",))
        elif context[SERVER_TAG] not in known:
            tag = context[SERVER_TAG]
            near = nearest(tag, known) if isinstance(tag, str) else None
            at = context.where(SERVER_TAG)
            message = f"no relationship has a peer {display_value(tag)}"
            yield Finding(UNTAGGED, at, message, fix=f"write {near!r}" if near else f"the peers are {listed}")


@checks(IDLE_RELATIONSHIP, on=Subject.SITE)
def relationship_without_subnets(site: Site) -> Iterator[Finding]:
    """A relationship of a hub that owns no subnet."""
    for family in site.families.values() if site.hub else ():
        tags, known = set(_tags(family)), {peer.name for each in family.relationships for peer in each.peers}
        if not family.settled or tags - known - {None} or not tags & known:
            continue  # a mistake in the tags, which is reported there
        for relationship in family.relationships:
            if tags.isdisjoint(peer.name for peer in relationship.peers):
                message = f"no subnet of {family.daemon.name} belongs to this relationship"
                fix = f"tag its subnets with `user-context: {{{SERVER_TAG}: {relationship.peers[0].name}}}`"
                yield Finding(IDLE_RELATIONSHIP, relationship.at, message, fix=fix)


def _tags(family: Family) -> Iterator[object]:
    config, key = family.config, family.daemon.subnets
    for block in (*(config.get(key) or ()), *(config.get("shared-networks") or ())):
        for inner in (block, *(block.get(key) or ())):
            yield relationship_tag(inner)
