"""Two builds of one pair → its change set: every change once, with its servers, effects and places, and the rounds of the rollout. Pure.

The comparison is that of `diff` (`three_way`): the older build is the base and what the servers have, the newer one is the spec. A server
whose version changes is compared in the form of its new version; what the versions themselves change stands beside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import partial
from typing import Any

import orjson

from kea_hac.changes.canonical import canonical_form
from kea_hac.changes.change import ABSENT, Key, Path, Value, newest_path
from kea_hac.changes.effects import Effect, Surroundings, effects_of, in_order
from kea_hac.changes.leasing import Leasing, leasing_of
from kea_hac.changes.rounds import Round, plan
from kea_hac.changes.sizes import Removed, SubnetSize, removed, sizes
from kea_hac.changes.three_way import Difference, compare
from kea_hac.changes.version_step import VersionStep, in_new_versions, version_steps
from kea_hac.compiler.built import Built
from kea_hac.compiler.needs import host_needs
from kea_hac.diagnostics import Route
from kea_hac.kea.config import DAEMONS, FAMILIES, Block, Daemon, Json
from kea_hac.kea.version import Branch
from kea_hac.model.site import Node, Site
from kea_hac.records import dataclass
from kea_hac.spec.load import MAY_DIFFER, OLD_MAY_DIFFER

CONFIGURED = "configured"
"""The value of a daemon's configuration as a whole."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One value that is another one than before, on one or several servers."""

    daemon: Daemon
    path: Path
    """From the map under the daemon's top key; empty where the daemon as a whole comes or goes."""
    old: Value
    new: Value
    servers: tuple[str, ...]
    """By their new names, in the order of the spec."""
    effects: tuple[Effect, ...]
    old_at: Route | None
    """The route in the older spec of the value, or of the nearest map above it."""
    new_at: Route | None
    """The same in the newer spec."""
    moved_from: Path | None = None
    """For a subnet that is the same in another shared network: where it was."""

    @property
    def subnet(self) -> Key | None:
        """The subnet that it belongs to; None for what is above all subnets."""
        at = next((n for n, step in enumerate(self.path) if step in ("subnet4", "subnet6")), None)
        found = self.path[at + 1] if at is not None and at + 1 < len(self.path) else None
        return found if isinstance(found, Key) else None


@dataclass(frozen=True, slots=True)
class NewNeeds:
    """What one host must provide after a change and not before it, and the other way round."""

    server: str
    added: Mapping[str, tuple[str, ...]]
    """Kind of need → entries."""
    dropped: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """All that a change of a spec changes for its servers."""

    pair: str
    old_pair: str
    """Another name when the pair was renamed."""
    edits: tuple[Edit, ...] = ()
    """By daemon and path."""
    servers_added: tuple[str, ...] = ()
    servers_removed: tuple[str, ...] = ()
    servers_renamed: tuple[tuple[str, str], ...] = ()
    """(old name, new name)"""
    versions: tuple[VersionStep, ...] = ()
    needs: tuple[NewNeeds, ...] = ()
    sizes: tuple[SubnetSize, ...] = ()
    """The subnets whose pools are larger or smaller than before on some server."""
    removed: Removed = field(default_factory=Removed)
    rounds: tuple[Round, ...] = ()
    """dhcp4 first."""

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Every effect of the change, in the order of the list."""
        found = {effect for each in self.edits for effect in each.effects}
        found |= {Effect.VERSION, Effect.PROCESS} if self.versions else set()
        found |= {Effect.HOST} if any(each.added for each in self.needs) else set()
        found |= (
            {Effect.HA_RELATIONSHIP} if self.servers_added or self.servers_removed or self.servers_renamed else set()
        )
        return in_order(found)

    def __bool__(self) -> bool:
        return bool(
            self.edits
            or self.servers_added
            or self.servers_removed
            or self.servers_renamed
            or self.versions
            or self.needs
            or self.pair != self.old_pair
        )


def change_set(old: Built, new: Built) -> ChangeSet:
    """What becomes of the servers of `old` when they get `new`."""
    renamed = _renamed(old.site, new.site)
    came, gone = _came_and_went(old.site, new.site, renamed)
    in_form = in_new_versions(old, new, renamed)
    edits = tuple(_once(_edits(in_form, new, renamed), new.site))
    return ChangeSet(
        new.site.pair,
        old.site.pair,
        edits,
        came,
        gone,
        tuple(renamed.items()),
        version_steps(old, new, renamed),
        tuple(_needs(old, new, renamed)),
        sizes(old, new, renamed),
        removed(old, new),
        tuple(
            each
            for daemon in FAMILIES
            for each in plan(old, new, daemon, renamed, window=_window(edits, daemon, came, gone, renamed))
        ),
    )


def _renamed(old: Site, new: Site) -> dict[str, str]:
    """Old name → new name of servers that are the same by their address, or by their place and role."""
    olds = [node for node in old.nodes if all(node.name != each.name for each in new.nodes)]
    news = [node for node in new.nodes if all(node.name != each.name for each in old.nodes)]
    found: dict[str, str] = {}
    for node in olds:
        same = [each for each in news if _addresses(each) & _addresses(node) and each.name not in found.values()]
        if len(same) == 1:
            found[node.name] = same[0].name
    return found


def _addresses(node: Node) -> set[str]:
    return {
        str(server_family.address)
        for server_family in node.server_families.values()
        if server_family.address is not None
    }


def _came_and_went(old: Site, new: Site, renamed: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before = {renamed.get(node.name, node.name) for node in old.nodes}
    after = {node.name for node in new.nodes}
    came = tuple(node.name for node in new.nodes if node.name not in before)
    return came, tuple(node.name for node in old.nodes if renamed.get(node.name, node.name) not in after)


def _window(
    edits: Iterable[Edit], daemon: Daemon, came: tuple[str, ...], gone: tuple[str, ...], renamed: Mapping[str, str]
) -> str | None:
    """Why all servers must change at once; None where they need not."""
    touched = [each for each in edits if each.daemon == daemon and Effect.HA_RELATIONSHIP in each.effects]
    if touched or came or gone or renamed:
        return "the servers of an HA relationship must agree on its names, roles, urls, mode and TLS: all of them in one window"
    return None


def _edits(old: Built, new: Built, renamed: Mapping[str, str]) -> Iterator[Edit]:
    """Every change of every server that is there before and after."""
    former = {after: before for before, after in renamed.items()}
    compared: dict[str, list[_Compared]] = {}
    for node in new.site.nodes:
        before = former.get(node.name, node.name)
        if all(each.name != before for each in old.site.nodes):
            continue
        for daemon in DAEMONS.values():
            older, newer = old.config(before, daemon), new.config(node.name, daemon)
            if old.digest(before, daemon) == new.digest(node.name, daemon):
                continue
            if older is None or newer is None:
                yield _whole(daemon, node.name, older, newer)
                continue
            around = _surroundings(daemon, leasing_of(old, before, daemon), leasing_of(new, node.name, daemon))
            done = compared.setdefault(daemon.name, [])
            twin = next((each for each in done if each.is_like(node, older, newer)), None)
            if twin is not None:
                yield from (replace(each, servers=(node.name,)) for each in twin.edits if each.path[0] not in _OWN)
                older, newer = (_part(each, lambda key: key in _OWN) for each in (older, newer))
            form = partial(canonical_form, daemon, version=node.version, host=node.platform)
            found = list(
                _compared(daemon, node.version.branch, node.name, (form(config=older), form(config=newer)), around)
            )
            if twin is None:
                done.append(_Compared(node, older, newer, found))
            yield from found


_OWN = frozenset({*MAY_DIFFER, *OLD_MAY_DIFFER, "user-context"})
"""What may be another value on each server. All the rest is equal on both, mostly, and is compared once."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """One server's configurations of both builds, and what changes."""

    node: Node
    older: Block
    newer: Block
    edits: list[Edit]

    def is_like(self, node: Node, older: Block, newer: Block) -> bool:
        """True when another server's configurations differ from these in their own keys only."""
        if (node.version, node.platform) != (self.node.version, self.node.platform):
            return False
        pairs = ((self.older, older), (self.newer, newer))
        return all(
            _part(one, lambda key: key not in _OWN) == _part(two, lambda key: key not in _OWN) for one, two in pairs
        )


def _part(config: Block, wanted: Callable[[str], bool]) -> Block:
    return Block(config.at, {key: value for key, value in config.items() if wanted(key)}, config.moved)


def _whole(daemon: Daemon, server: str, older: Block | None, newer: Block | None) -> Edit:
    old: Value = ABSENT if older is None else CONFIGURED
    new: Value = ABSENT if newer is None else CONFIGURED
    effects = effects_of(daemon, (), old, new, Surroundings())
    return Edit(
        daemon,
        (),
        old,
        new,
        (server,),
        effects,
        older.at if older is not None else None,
        newer.at if newer is not None else None,
    )


def _compared(
    daemon: Daemon, branch: Branch, server: str, forms: tuple[Block, Block], around: Surroundings
) -> Iterator[Edit]:
    older, newer = forms
    found = []
    for each in compare(daemon, branch, older, newer, older):
        if isinstance(each, Difference):
            old, new = each.values[0], each.values[1]
            effects = effects_of(daemon, each.path, old, new, around)
            path = newest_path(each.path)
            found.append(Edit(daemon, path, old, new, (server,), effects, each.live_route, each.route))
    yield from _with_moves(found, daemon, branch, around)


def _with_moves(found: list[Edit], daemon: Daemon, branch: Branch, around: Surroundings) -> Iterator[Edit]:
    """A subnet that goes in one shared network and comes in another is one edit, and what changes inside of it."""
    gone = {each.path[-1]: each for each in found if _is_subnet(each.path) and each.new is ABSENT}
    came = {each.path[-1]: each for each in found if _is_subnet(each.path) and each.old is ABSENT}
    moved = gone.keys() & came.keys()
    for each in found:
        name = each.path[-1]
        if name not in moved or not _is_subnet(each.path):
            yield each
        elif each.old is ABSENT:
            before = gone[name]
            effects = (Effect.CLIENTS_AT_RENEWAL, Effect.ADDS_LEASING, Effect.REMOVES_LEASING)
            yield replace(each, old=before.old, effects=effects, old_at=before.old_at, moved_from=before.path)
            yield from _inside(each, before, daemon, branch, around)


def _inside(each: Edit, before: Edit, daemon: Daemon, branch: Branch, around: Surroundings) -> Iterator[Edit]:
    key = str(each.path[-2])
    one, other = (Block((), {key: [value]}) for value in (before.old, each.new))
    for edit in _compared(daemon, branch, each.servers[0], (one, other), around):
        yield replace(edit, path=(*each.path[:-2], *edit.path))


def _is_subnet(path: Path) -> bool:
    return len(path) >= 2 and path[-2] in ("subnet4", "subnet6") and isinstance(path[-1], Key)


def _surroundings(daemon: Daemon, older: Leasing | None, newer: Leasing | None) -> Surroundings:
    if daemon.family is None or older is None or newer is None:
        return Surroundings()
    before, after = older.subnets, newer.subnets
    both = before.keys() & after.keys()
    pairs = [(str(each), before[each].coverage, after[each].coverage) for each in both if before[each] != after[each]]
    shrinks = frozenset(number for number, one, other in pairs if one - other)
    grows = frozenset(number for number, one, other in pairs if other - one)
    return Surroundings(_guards(older) | _guards(newer), shrinks, grows)


def _guards(found: Leasing) -> frozenset[str]:
    """The classes that decide who is served: of subnets, networks and pools, and what their tests name."""
    names: set[str] = set()
    for subnet in found.subnets.values():
        names.update(subnet.guards)
        names.update(name for pool in subnet.pools for name in pool.guards)
        names.update(name for pool in subnet.prefix_pools for name in pool.guards)
    return found.classes.tested(names)


def _once(edits: Iterable[Edit], site: Site) -> Iterator[Edit]:
    """What several servers have in common is one edit. The name of an interface may be another on each server."""
    found: dict[Any, Edit] = {}
    for each in edits:
        key = (each.daemon.name, each.path, each.moved_from, _bytes(each.old), _bytes(each.new))
        known = found.get(key)
        found[key] = each if known is None else replace(known, servers=(*known.servers, *each.servers))
    yield from found.values()


def _bytes(value: Value) -> bytes:
    plain = "" if value is ABSENT else _without_interfaces(value)
    return orjson.dumps(
        [value is ABSENT, plain], default=repr, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
    )


def _without_interfaces(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_interfaces(each) for key, each in value.items() if key != "interface"}
    return [_without_interfaces(each) for each in value] if isinstance(value, list) else value


def _needs(old: Built, new: Built, renamed: Mapping[str, str]) -> Iterator[NewNeeds]:
    before = {
        renamed.get(name, name): each.as_data()
        for name, each in host_needs(old.site, list(old.build.artifacts)).items()
    }
    for name, each in host_needs(new.site, list(new.build.artifacts)).items():
        one, other = before.get(name, {}), each.as_data()
        added, dropped = _more(one, other), _more(other, one)
        if added or dropped:
            yield NewNeeds(name, added, dropped)


def _more(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    found = {kind: tuple(each for each in listed if each not in one.get(kind, ())) for kind, listed in other.items()}
    return {kind: listed for kind, listed in found.items() if listed}
