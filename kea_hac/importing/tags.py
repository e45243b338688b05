"""`ha-server-name` tags in one form: a subnet may name any peer of its relationship, and servers of a pair often name themselves.

Facts: HA-59; the library maps the name of every peer to its relationship (ha_impl.cc at 2.6.3 and 3.0.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kea_hac.check.rules.relationship import RelationshipEntry
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.high_availability import SERVER_TAG


def with_common_tags(daemon: Daemon, config: Block, relationships: Sequence[RelationshipEntry]) -> Block:
    """The configuration with each tag replaced by the first of its relationship's peer names; the very same where none is."""
    common: dict[str, str] = {}
    for each in relationships:
        names = sorted(peer.name for peer in each.peers if peer.name)
        common.update(dict.fromkeys(names, names[0]) if names else {})
    made: dict[str, Json] = {}
    for key in (daemon.subnets, "shared-networks"):
        listed = config.get(key)
        if isinstance(listed, list):
            changed = [_retagged(item, daemon, common) for item in listed]
            if any(new is not old for new, old in zip(changed, listed, strict=True)):
                made[key] = changed
    if not made:
        return config
    copy = config.copy_of()
    copy.update(made)
    return copy


def _retagged(network: Json, daemon: Daemon, common: Mapping[str, str]) -> Json:
    if not isinstance(network, Block):
        return network
    changes: dict[str, Json] = {}
    context = network.get("user-context")
    tag = context.get(SERVER_TAG) if isinstance(context, Block) else None
    if isinstance(context, Block) and isinstance(tag, str) and common.get(tag, tag) != tag:
        said = context.copy_of()
        said[SERVER_TAG] = common[tag]
        changes["user-context"] = said
    inner = network.get(daemon.subnets)
    if isinstance(inner, list):
        changed = [_retagged(item, daemon, common) for item in inner]
        if any(new is not old for new, old in zip(changed, inner, strict=True)):
            changes[daemon.subnets] = changed
    if not changes:
        return network
    made = network.copy_of()
    made.update(changes)
    return made
