"""Roles and peer names: what the HA library requires of them when it loads (ha_config.cc, ha_config_parser.cc)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from kea_hac.diagnostics import HOOK_NOT_LOADED, Finding, FindingSink, KeaSays, rule
from kea_hac.kea.high_availability import REQUIRED_ROLES
from kea_hac.model.site import HOT_STANDBY, Peer, Relationship
from kea_hac.spec.high_availability import RelationshipSpec

LONE_IN_HA = rule(
    "KH603",
    "high-availability-of-one",
    kea=KeaSays.REFUSES,
    why="High Availability needs at least two servers. The library does not load with one, and the server does "
    "not start.",
    source="ha_config.cc",
    rests_on=("*servers",),
)
WRONG_ROLES = rule(
    "KH604",
    "roles-do-not-fit-the-mode",
    kea=KeaSays.REFUSES,
    why=f"These roles are not allowed in this mode. {HOOK_NOT_LOADED}",
    source="ha_config.cc; seen on 2.2.0, 2.6.3, 3.0.4",
    rests_on=("*role", "*mode", "peers"),
)
HUB_MODE = rule(
    "KH608",
    "hub-mode-not-hot-standby",
    kea=KeaSays.REFUSES,
    why=f"With several relationships each one must have the mode hot-standby. {HOOK_NOT_LOADED}",
    source="ha_config_parser.cc",
)
SAME_PEER_NAME = rule(
    "KH610",
    "same-peer-name",
    kea=KeaSays.REFUSES,
    why=f"A peer name must be unique in all relationships of a server. {HOOK_NOT_LOADED}",
    source="seen on 3.0.4",
)
_NEEDS: Mapping[str, tuple[str, ...]] = {str(mode): tuple(map(str, roles)) for mode, roles in REQUIRED_ROLES.items()}


def roles_fit(mode: str, peers: tuple[Peer, ...], written: RelationshipSpec, note: FindingSink) -> bool:
    """Hold the roles of a relationship against its mode."""
    needed = _NEEDS[mode]
    mode_at = written.settings.where("mode")
    unfit = [peer for peer in peers if peer.role != "backup" and peer.role not in needed]
    for peer in unfit:
        note(
            Finding(
                WRONG_ROLES,
                peer.at,
                f"{peer.role!r} is not a role in {mode}",
                related=((mode_at, "the mode is set here"),),
                fix=f"the roles in {mode} are {', '.join(needed)} and, any number of times, backup",
            )
        )
    counts = Counter(peer.role for peer in peers)
    wrong = [role for role in needed if counts[role] > 1]
    missing = [role for role in needed if not counts[role] and not unfit]
    spare = f"give one of them `role: {missing[0]}`" if len(wrong) == len(missing) == 1 else None
    wrong = wrong if spare else [role for role in needed if role in wrong or role in missing]
    for role in wrong:
        have = [peer for peer in peers if peer.role == role]
        note(
            Finding(
                WRONG_ROLES,
                have[1].at if have else mode_at,
                f"{mode} needs exactly one {role}, and there {f'are {len(have)}' if have else 'is none'}",
                related=tuple((peer.at, f"{peer.node.name} is {peer.role}") for peer in peers),
                fix=spare or f"give exactly one server `role: {role}`",
            )
        )
    return not unfit and not wrong


def names_fit(relationships: list[Relationship], note: FindingSink) -> bool:
    """Several relationships are hot-standby, and no peer name occurs twice over all of them."""
    sound = True
    seen: dict[str, tuple[Relationship, Peer]] = {}
    for each in relationships:
        if len(relationships) > 1 and each.mode not in (HOT_STANDBY, ""):
            message = f"with several relationships, each must be hot-standby, not {each.mode}"
            note(Finding(HUB_MODE, each.settings.where("mode"), message, fix="write `mode: hot-standby`"))
            sound = False
        for peer in each.peers:
            other = seen.setdefault(peer.name, (each, peer))
            if other[1] is peer:
                continue
            sound = False
            twice = other[0] is each and other[1].node is peer.node
            message = (
                f"server {peer.node.name!r} is in one relationship twice"
                if twice
                else f"the peer name {peer.name!r} is used twice"
            )
            fix = "name another server" if twice else "give the server another `name` in one of the two places"
            note(Finding(SAME_PEER_NAME, peer.at, message, related=((other[1].at, "the other one"),), fix=fix))
    return sound
