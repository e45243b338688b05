"""Differences of one server → tasks: the edits that would bring each into the spec, or why it has no place there.

In: one side and what differs there. Out: tasks, in the order of the differences; what belongs together is one task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from kea_hac.adopt.high_availability import HaPlaces
from kea_hac.adopt.list_items import lean
from kea_hac.adopt.pools import PoolSplits, kept_whole
from kea_hac.adopt.server_overrides import ServerPlaces
from kea_hac.adopt.spec_routes import NoPlaceError, Places, Spot
from kea_hac.adopt.values import Words, holds_hidden
from kea_hac.changes.change import ABSENT, ORDER, Key, Path, spelt
from kea_hac.changes.matching import is_ordered, matches
from kea_hac.changes.three_way import LIVE, SPEC, Difference
from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Json
from kea_hac.kea.hooks import HIGH_AVAILABILITY
from kea_hac.kea.synonyms import BY_NEW, BY_OLD, MOVED_DDNS, RESERVATION_MODES, UnsayableError
from kea_hac.records import dataclass
from kea_hac.source.document import Seq
from kea_hac.source.edits import Action, Edit, exists
from kea_hac.spec.load import AGENT_MAY_DIFFER, MAY_DIFFER

SameElsewhere = Callable[[Difference, str | None], bool]
"""True when the same change exists on every other server, or with a family's name in that family of this server."""
_DERIVED_AGENT = {
    "http-host": "the address that the agent binds is the server's `control-address`: change that",
    "control-sockets": "the agent's sockets are derived from its servers",
}


@dataclass(frozen=True, slots=True)
class Task:
    """Differences that are adopted together or not at all."""

    differences: tuple[Difference, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A difference that has no place in the spec."""

    difference: Difference
    reason: str
    manual: str


class Tasks:
    """Makes the tasks of one side."""

    def __init__(self, places: Places, same: SameElsewhere) -> None:
        self.places = places
        self.words = Words(places)
        self.same_elsewhere = same
        self.results: list[Task | Refused] = []

    def all(self, differences: Sequence[Difference]) -> list[Task | Refused]:
        """One task or refusal for each difference, or for several that belong together."""
        rest = list(differences)
        if not self.places.is_agent:
            rest = self._pools(rest)
        rest = self._server(rest)
        for each in rest:
            self._one([each], partial(self._edits, each))
        return self.results

    def _one(self, differences: Sequence[Difference], make: Callable[[], Iterable[Edit]]) -> None:
        try:
            self.results.append(Task(tuple(differences), tuple(make())))
        except NoPlaceError as refusal:
            self.results += [Refused(each, str(refusal), refusal.manual) for each in differences]

    def _pools(self, differences: list[Difference]) -> list[Difference]:
        """Pools of a load-balanced pair, whose halves the compiler makes, are looked at together."""
        splits = PoolSplits(self.places, self.words)
        if not splits.balanced:
            return differences
        groups, rest = splits.groups(differences)
        for group, these in groups:
            self.results += [
                Task(tuple(part), edits) if edits is not None else Refused(part[0], reason, manual)
                for part, edits, reason, manual in splits.tasks(group, these, self._edits)
            ]
        return rest

    def _server(self, differences: list[Difference]) -> list[Difference]:
        """The keys that may differ between servers: all changes of one key together, because a list is replaced as a whole."""
        rest: list[Difference] = []
        keys: dict[str, list[Difference]] = {}
        own = AGENT_MAY_DIFFER if self.places.is_agent else MAY_DIFFER
        for each in differences:
            key = self.places.newest(self.places.program.top, str(each.path[0]))
            if key in own and not _is_ha(each.path):
                keys.setdefault(key, []).append(each)
            else:
                rest.append(each)
        server = ServerPlaces(self.places, self.words)
        for key, these in keys.items():
            at_pair = [each for each in these if self.same_elsewhere(each, None) and not server.says(key)]
            for each in at_pair:
                self._one([each], partial(self._for_all, server, each))
            apart = [each for each in these if each not in at_pair]
            for part in server.parts(key, apart):
                self._one(part, partial(server.edits, key, part, self._edits))
        return rest

    def _for_all(self, server: ServerPlaces, each: Difference) -> list[Edit]:
        return server.for_all(each) or self._edits(each)

    def _edits(self, each: Difference, root: Route | None = None) -> list[Edit]:
        path = each.path
        if path[-1] == ORDER and path[0] not in _OF_A_SERVER and not self.places.is_agent:
            return [self._order(each, self.places.spot(path[:-2]), str(path[-2]))]
        if path[-1] == ORDER:
            order = each.values[LIVE]
            names = ", ".join(map(str, order)) if isinstance(order, list) else ""
            raise NoPlaceError(
                "the items are in another order", f"put the items of {spelt(path[:-1])} into the order {names}"
            )
        if not self.places.is_agent and _is_ha(path):
            also = partial(self.same_elsewhere, each)
            return HaPlaces(self.places, self.words, also, lambda one: self.same_elsewhere(one, None)).edits(each)
        if self.places.is_agent and path[0] in _DERIVED_AGENT:
            raise NoPlaceError(f"{path[0]} is derived", _DERIVED_AGENT[str(path[0])])
        if isinstance(path[-1], Key):
            return [self._item(each, self.places.spot(path[:-2], root), str(path[-2]))]
        spot = self.places.spot(path[:-1], root)
        leaf = self._leaf(each, spot, str(path[-1]))
        return [*self._demanded(spot, leaf[-1]), *leaf]

    def _demanded(self, spot: Spot, leaf: Edit) -> list[Edit]:
        """The keys that Kea demands beside a new one, where the spec has no such map yet."""
        places = self.places
        if spot.scope is None or exists(places.document.root, spot.route) or leaf.route[:-1] != spot.route:
            return []
        pair = (
            (*places.root, *spot.route[len(places.own) :])
            if spot.route[: len(places.own)] == places.own
            else spot.route
        )
        if exists(places.document.root, pair):
            return []  # the server's own map is merged over the pair's, which has them
        needed = [key for key in places.program.scopes[spot.scope].required if key != leaf.route[-1]]
        lives = {key: spot.value(key, LIVE) for key in needed}
        return [
            Edit((*spot.route, key), Action.SET, self.words.value(spot.scope, key, value))
            for key, value in lives.items()
            if value is not ABSENT
        ]

    # A value of a map

    def _leaf(self, each: Difference, spot: Spot, key: str) -> list[Edit]:
        places, live = self.places, each.values[LIVE]
        configured = places.document.map_at(spot.route)
        if key == "comment" and not configured and "comment" in places.document.map_at(spot.route[:-1]):
            spot = Spot(spot.route[:-1], None, spot.maps, spot.shells)
            configured = places.document.map_at(spot.route)
        new, written = places.newest(spot.scope, key), places.written(spot, key)
        moved = self._moved_ddns(spot, new)
        if moved is not None and new not in configured:
            return [self._removal(moved) if live is ABSENT else Edit(moved, Action.SET, live)]
        if new in RESERVATION_MODES["all"] and "reservation-mode" in configured:
            return self._switches(spot)
        route = (*spot.route, written)
        if live is ABSENT:
            if written not in configured:
                raise NoPlaceError(
                    f"{new} was removed on the server, and the spec does not contain it in {places.spelt(spot.route)}",
                    "find out whether it comes from a default or from a map above, and write the wanted value there",
                )
            return [self._removal(route)]
        value = BY_OLD[key].newer(live) if new != key and key in BY_OLD else live
        behind = places.behind(spot.route, spot.scope, new)
        if written != new and written in configured:
            older = self._older(spot, new, value)
            if older is None:
                set_again = Edit((*spot.route, new), Action.SET, self.words.value(spot.scope, new, value, spot), behind)
                return [self._removal(route), set_again]
            value = older
        return [Edit(route, Action.SET, self.words.value(spot.scope, new, value, spot), behind)]

    def _switches(self, spot: Spot) -> list[Edit]:
        """The three keys that the server has, instead of the one old key that set them all."""
        lives = {key: spot.value(key, LIVE) for key in RESERVATION_MODES["all"]}
        written = [Edit((*spot.route, key), Action.SET, value) for key, value in lives.items() if value is not ABSENT]
        return [*written, self._removal((*spot.route, "reservation-mode"))]

    def _older(self, spot: Spot, new: str, value: Json) -> Json:
        """The value in the old spelling that the spec has; None where that cannot say it, or no version needs it any more."""
        keyword = self.places.keyword(spot.scope, new)
        if keyword is None or keyword.branches == self.places.program.branches:
            return None
        try:
            return BY_NEW[new].older(value)
        except UnsayableError:
            return None

    def _removal(self, route: Route) -> Edit:
        return Edit(route, Action.REMOVE)

    def _moved_ddns(self, spot: Spot, key: str) -> Route | None:
        """The route where the spec has a key of D2 in its old place, the `dhcp-ddns` map."""
        if spot.scope != self.places.program.top:
            return None
        old = next((each for each, new in MOVED_DDNS.items() if new == key), None)
        route = (*spot.route, "dhcp-ddns")
        return (*route, old) if old and old in self.places.document.map_at(route) else None

    # An item of a list

    def _item(self, each: Difference, spot: Spot, key: str) -> Edit:
        places = self.places
        route = (*spot.route, places.written(spot, key))
        live, written = each.values[LIVE], each.values[SPEC]
        if live is ABSENT:
            if (
                not isinstance(written, Block)
                or written.at[:-1] != route
                or not places.is_item(written.at, spot.scope, key)
            ):
                raise NoPlaceError(
                    f"{spelt(each.path[-2:])} is not written in the spec: kea-hac derives it",
                    "change what it is derived from",
                )
            return self._removal(written.at)
        if not isinstance(live, dict) or written is not ABSENT:
            raise NoPlaceError("it was changed as a whole", f"write the new value in {places.spelt(route)}")
        if holds_hidden(live):
            raise NoPlaceError(
                "it contains a secret, and a spec never contains secrets",
                f"write it into {places.spelt(route)} with `!secret /etc/kea/secrets/NAME.json`, or with Kea's …-file keys",
            )
        keyword = places.keyword(spot.scope, key)
        scope = keyword.scope if keyword else None
        result = {name: self.words.value(scope, name, value) for name, value in lean(places, spot, key, live).items()}
        if PoolSplits(places, self.words).balanced and scope in (
            "pool",
            "pd-pool",
            "subnet4",
            "subnet6",
            "shared-network",
        ):
            result = kept_whole(result)
        listed = places.node(route)
        if not isinstance(listed, Seq):
            name = places.newest(spot.scope, key)
            return Edit(route, Action.SET, [result], places.behind(spot.route, spot.scope, name))
        return Edit((*route, self._index(spot, key, live, route, len(listed))), Action.INSERT, result)

    def _order(self, each: Difference, spot: Spot, key: str) -> Edit:
        """The items that the server has in another order; others keep their places."""
        route = (*spot.route, self.places.written(spot, key))
        known = {identity.value: at for identity, at in _written(spot, key, route)}
        wanted = each.values[LIVE]
        moving = [known[name] for name in wanted if name in known] if isinstance(wanted, list) else []
        listed = self.places.node(route)
        if len(moving) < 2 or not isinstance(listed, Seq):
            raise NoPlaceError(
                "the items are in another order", f"put the items of {spelt(each.path[:-1])} into that order"
            )
        order = list(range(len(listed)))
        for slot, index in zip(sorted(moving), moving, strict=True):
            order[slot] = index
        return Edit(route, Action.ORDER, order)

    def _index(self, spot: Spot, key: str, live: object, route: Route, size: int) -> int:
        """The end of the list; where the order matters, the place after the item that it follows on the server."""
        items = spot.value(key, LIVE)
        if not is_ordered(key) or not isinstance(items, list):
            return size
        known = {str(identity): at for identity, at in _written(spot, key, route)}
        index = 0

        for match in matches(key, (ABSENT, ABSENT, items)) or ():
            if match.items[LIVE] is live:
                break
            index = known[str(match.key)] + 1 if str(match.key) in known else index
        else:
            return size
        return index if index or known else size


_OF_A_SERVER = frozenset({*MAY_DIFFER, "control-socket"})


def _written(spot: Spot, key: str, route: Route) -> Iterable[tuple[Key, int]]:
    """The items of a list that the spec writes at a route, with their indexes."""

    written = spot.value(key, SPEC)
    for match in matches(key, (ABSENT, written, ABSENT)) or ():
        item = match.items[SPEC]
        if isinstance(item, Block) and item.at[:-1] == route and isinstance(item.at[-1], int):
            yield match.key, item.at[-1]


def _is_ha(path: Path) -> bool:
    return (
        len(path) > 1
        and path[0] == "hooks-libraries"
        and isinstance(path[1], Key)
        and path[1].value == HIGH_AVAILABILITY
    )
