"""Two builds of a pair → the rounds of a rollout: which servers, in which order, with which configuration. Pure.

The law: while both servers work, none leases what its partner does not know (`leasing`). A partner refuses the lease update of an
unknown subnet, and after the eleventh refusal both servers end in `terminated` (max-rejected-lease-updates, 10 by default; seen on
2.6.3 and 3.0.4; 2.2.0 leaves the clients unanswered).

- hot-standby, passive-backup: the standby or the backups learn first of what is added, and forget last what is removed. A change that
  does both has two rounds, with the union of both configurations between them. Where no union exists (an id or a prefix with a new
  meaning) it is what both have in common.
- load-balancing: both servers lease, so the subnet comes without its pools first, and goes after them. A boundary between the
  servers' parts of a pool moves in two rounds as well, so that no address belongs to both for a time.
- What HA servers must agree on changes on all of them in one window.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import cast

from kea_hac.changes.between import (
    COMMON,
    FINAL,
    NEW_WITHOUT_POOLS,
    OLD_WITHOUT_POOLS,
    UNION,
    UNION_WITHOUT_POOLS,
    Between,
    conflicts,
    site_between,
)
from kea_hac.changes.leasing import Delta, Leasing, delta, leasing, leasing_of
from kea_hac.compiler.built import Built
from kea_hac.compiler.compile import compile_configs
from kea_hac.diagnostics import Finding
from kea_hac.kea.config import Daemon
from kea_hac.model.site import LOAD_BALANCING, Family, Node, Relationship, Site
from kea_hac.records import dataclass

State = Mapping[str, Leasing]
"""By server: what it leases while all servers work."""


@dataclass(frozen=True, slots=True)
class Round:
    """One turn over the servers of a pair, for one daemon."""

    family: str
    """dhcp4 or dhcp6."""
    servers: tuple[str, ...]
    """In this order; the next one only when the one before is back in the state of its mode."""
    configuration: Between
    """`FINAL`, or what lies between."""
    together: bool
    """True when all servers are reloaded or restarted in one window, at once."""
    why: str
    any_order: bool = False
    """True when the order of the servers is only a habit: nothing that can be leased changes."""


def plan(
    old: Built, new: Built, daemon: Daemon, renamed: Mapping[str, str], *, window: str | None
) -> tuple[Round, ...]:
    """The rounds of one daemon; none where no server's file changes.

    `renamed`: old name → new name of servers. `window`: why all servers must change at once, or None.
    """
    family = new.site.families.get(daemon.name)
    changed = _changed(old, new, daemon, renamed)
    if not changed:
        return ()
    if family is None or daemon.name not in old.site.families:
        words = "is not served any more" if family is None else "is new"
        return (Round(daemon.name, changed, FINAL, False, f"{daemon.name} {words}: one server after the other"),)
    if window is not None:
        return (Round(daemon.name, changed, FINAL, True, window),)
    if not family.relationships:
        why = (
            "it is the only server that leases, so there is no order"
            if len(changed) == 1
            else "no server shares leases with another"
        )
        return (Round(daemon.name, changed, FINAL, False, why, any_order=True),)
    return _Planner(old, new, daemon, family, changed).rounds()


def usual_order(family: Family, servers: Iterable[str]) -> tuple[str, ...]:
    """Servers in the order of a change that adds and removes nothing: of each relationship the primary last, servers without HA first."""
    graph: dict[str, set[str]] = {name: set() for name in servers}
    for relationship in family.relationships:
        for first, second in pairwise(name for name in _turns(relationship, Delta()) if name in graph):
            graph[second].add(first)
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError:  # two servers that stand by for each other
        return tuple(graph)


def state_of(built: Built, daemon: Daemon) -> State:
    """What each server of a build leases while all servers work."""
    known = built.derived.get((state_of, daemon))
    if known is None:
        found = ((node, leasing_of(built, node.name, daemon)) for node in built.site.nodes)
        known = _state(built.site, daemon, [(node, each) for node, each in found if each is not None])
        built.derived[state_of, daemon] = known
    return cast("State", known)


def state_between(site: Site, daemon: Daemon) -> State:
    """The same for a site that is not compiled to files."""
    compiled = (each for each in compile_configs(site, _unheard) if each.daemon == daemon)
    return _state(site, daemon, [(each.node, leasing(daemon, each.config)) for each in compiled])


def _state(site: Site, daemon: Daemon, servers: Iterable[tuple[Node, Leasing]]) -> State:
    family = site.families[daemon.name]
    found: dict[str, Leasing] = {}
    for node, result in servers:
        relationship = family.load_balancing
        peer = relationship.peer_of(node) if relationship else None
        found[node.name] = result.own(peer.name) if peer else result
    return found


def _unheard(_: Finding) -> None:
    """Judged elsewhere."""


def _changed(old: Built, new: Built, daemon: Daemon, renamed: Mapping[str, str]) -> tuple[str, ...]:
    """The servers, by their new names, whose file is another one."""
    before = {renamed.get(node.name, node.name): old.digest(node.name, daemon) for node in old.site.nodes}
    after = {node.name: new.digest(node.name, daemon) for node in new.site.nodes}
    return tuple(name for name in {**after, **before} if before.get(name) != after.get(name))


class _Planner:
    """The plan of one daemon whose servers are in HA before and after."""

    def __init__(self, old: Built, new: Built, daemon: Daemon, family: Family, changed: tuple[str, ...]) -> None:
        self._old, self._new, self._daemon, self._family = old, new, daemon, family
        self._changed = changed
        self._before, self._after = state_of(old, daemon), state_of(new, daemon)

    def rounds(self) -> tuple[Round, ...]:
        """The steps, without those that change nothing that can be leased."""
        steps = self._steps()
        states = [self._before, *(self._state(each) for each in steps)]
        result: list[Round] = []
        before = states[0]
        for number, step in enumerate(steps):
            after = states[number + 1]
            last = number == len(steps) - 1
            if not last and not (self._differs(before, after) and self._differs(after, states[number + 2])):
                continue
            result.append(self._round(before, after, step))
            before = after
        return tuple(result)

    def _state(self, step: Between) -> State:
        if step.is_new:
            return self._after
        return state_between(site_between(self._old.site, self._new.site, self._daemon.name, step), self._daemon)

    def _steps(self) -> tuple[Between, ...]:
        found = [self._delta(each, self._before, self._after) for each in self._family.relationships]
        clash = bool(conflicts(self._daemon, self._old.site.families[self._daemon.name].config, self._family.config))
        if any(each.mode == LOAD_BALANCING for each in self._family.relationships):
            if not any(each.adds or each.removes for each in found):
                return (FINAL,)
            return (OLD_WITHOUT_POOLS, NEW_WITHOUT_POOLS, FINAL) if clash else (UNION_WITHOUT_POOLS, FINAL)
        if any(each.adds and each.removes for each in found) or self._order(found) is None:
            return (COMMON, FINAL) if clash else (UNION, FINAL)
        return (FINAL,)

    def _differs(self, one: State, other: State) -> bool:
        found = [self._delta(each, one, other) for each in self._family.relationships]
        return any(each.adds or each.removes for each in found)

    def _delta(self, relationship: Relationship, before: State, after: State) -> Delta:
        """What changes for the servers of one relationship, all of them together."""
        names = [peer.node.name for peer in relationship.peers]
        tags = {peer.name for peer in relationship.peers}
        ids: frozenset[int] | None = None
        if len(self._family.relationships) > 1:
            states = [state[name] for state in (before, after) for name in names if name in state]
            ids = frozenset(
                number for state in states for number, each in state.subnets.items() if each.partner in tags
            )
        found = [
            delta(before.get(name, Leasing(4)), after.get(name, Leasing(4)), ids)
            for name in names
            if name in before or name in after
        ]
        return _joined(found)

    def _round(self, before: State, after: State, step: Between) -> Round:
        found = [self._delta(each, before, after) for each in self._family.relationships]
        order = self._order(found) or self._changed
        free = not any(each.adds or each.removes or each.mildly_adds or each.mildly_removes for each in found)
        return Round(self._daemon.name, order, step, False, _why(self._family, found, step), free)

    def _order(self, found: Sequence[Delta]) -> tuple[str, ...] | None:
        """The changed servers, each relationship's in its order; None where the relationships contradict each other."""
        graph: dict[str, set[str]] = {name: set() for name in self._changed}
        for relationship, each in zip(self._family.relationships, found, strict=True):
            names = [name for name in _turns(relationship, each) if name in graph]
            for first, second in pairwise(names):
                graph[second].add(first)
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError:
            return None


def _turns(relationship: Relationship, found: Delta) -> list[str]:
    """The servers of a relationship, the first one first."""
    rank = {"backup": 0, "standby": 1, "secondary": 1, "primary": 2}
    ordered = sorted(relationship.peers, key=lambda peer: rank.get(peer.role, 1))
    names = [peer.node.name for peer in ordered]
    return names[::-1] if _removes(found) and relationship.mode != LOAD_BALANCING else names


def _removes(found: Delta) -> bool:
    """True when the server that leases comes first."""
    if found.adds or found.removes:
        return found.removes and not found.adds
    return found.mildly_removes and not found.mildly_adds


def _joined(found: Iterable[Delta]) -> Delta:
    listed = list(found)
    return Delta(
        tuple(each for one in listed for each in one.subnets_added),
        tuple(each for one in listed for each in one.subnets_removed),
        {number: span for one in listed for number, span in one.pools_added.items()},
        {number: span for one in listed for number, span in one.pools_removed.items()},
        tuple(each for one in listed for each in one.prefixes_added),
        tuple(each for one in listed for each in one.prefixes_removed),
        sum(one.hosts_added for one in listed),
        sum(one.hosts_removed for one in listed),
        tuple(each for one in listed for each in one.guarded),
        any(one.narrowed for one in listed),
    )


def _why(family: Family, found: Sequence[Delta], step: Between) -> str:
    """The reason for this round's order, for people."""
    if any(each.mode == LOAD_BALANCING for each in family.relationships):
        return _why_balanced(found, step)
    second = "backups" if all(each.mode == "passive-backup" for each in family.relationships) else "standby"
    verb = "know" if second == "backups" else "knows"
    if any(each.adds for each in found) and any(each.removes for each in found):
        return "the order of the servers is different in each relationship, because their changes are"
    if any(map(_removes, found)):
        return f"the primary first, so that it never leases what the {second} no longer {verb}"
    if any(each.adds or each.mildly_adds for each in found):
        return f"the {second} first, so that the primary never leases what the {second} {'do' if verb == 'know' else 'does'} not know"
    return f"nothing that can be leased changes: one server at a time, the {second} first"


def _why_balanced(found: Sequence[Delta], step: Between) -> str:
    adds, removes = any(each.adds for each in found), any(each.removes for each in found)
    subnets = any(each.subnets_added or each.subnets_removed for each in found)
    if not adds and not removes:
        return "nothing that can be leased changes: one server at a time"
    if step.is_new and any(each.subnets_removed for each in found):
        return "no server leases there any more: one server at a time"
    if step.is_new:
        return "no address is in the pools of both servers at any time, and both know the subnets: one server at a time"
    if subnets:
        return "both servers lease, so a subnet is added before its pools and removed after them: one server at a time"
    return "the servers' parts of a pool change, and no address may be in both parts: one server at a time"
