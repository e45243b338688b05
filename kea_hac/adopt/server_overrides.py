"""What may differ between the servers: a change on one server goes into that server's own map, over the pair's.

Maps merge there, so a map takes the changed key only; lists are replaced, so a list is written again with the change in it;
`null` removes; `hooks-libraries` merge by the library's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kea_hac.adopt.spec_routes import NoPlaceError, Places, plain
from kea_hac.adopt.values import Words, holds_hidden
from kea_hac.changes.change import ABSENT, Key
from kea_hac.changes.three_way import LIVE, Difference
from kea_hac.diagnostics import Route
from kea_hac.kea.hooks import HIGH_AVAILABILITY
from kea_hac.kea.synonyms import BY_NEW
from kea_hac.source.document import Map, Seq
from kea_hac.source.edits import Action, Edit, exists
from kea_hac.spec.families import by_family
from kea_hac.spec.merging import library_name

Editor = Callable[[Difference, Route | None], Sequence[Edit]]
_LIBRARIES = "hooks-libraries"


class ServerPlaces:
    """The places of one server's own values."""

    def __init__(self, places: Places, words: Words) -> None:
        self.places = places
        self.words = words
        self.marked = False
        """True when an edit marks the place of the HA library."""

    def says(self, key: str) -> bool:
        """True when a server has its own value for the key."""
        names = {key, BY_NEW[key].old} if key in BY_NEW else {key}
        nodes = self.places.site.nodes
        return any(names & self.places.document.map_at((*node.at, *self.places.root)).keys() for node in nodes)

    def parts(self, key: str, differences: Sequence[Difference]) -> Iterator[list[Difference]]:
        """The changes that are one edit: all changes of a list."""
        if key == _LIBRARIES or not differences:
            for each in differences:
                yield [each]
            return
        maps = [
            each for each in differences if len(each.path) > 1 and not any(isinstance(step, Key) for step in each.path)
        ]
        listed = [each for each in differences if each not in maps]
        yield from ([each] for each in maps)
        if listed:
            yield listed

    def for_all(self, each: Difference) -> list[Edit] | None:
        """The edits for a change that all servers have, where it is not simply the pair's value."""
        if each.path[0] == _LIBRARIES:
            return self._library(each, self.places.root)
        return self._interfaces(each)

    def edits(self, key: str, differences: Sequence[Difference], general: Editor) -> list[Edit]:
        """The edits for changes of one key on this server alone. Raises NoPlaceError."""
        if key == _LIBRARIES:
            return self._library(differences[0], self.places.own)
        if differences[0].path[0] == "control-socket":
            raise NoPlaceError(
                "the unix socket is derived",
                f"write `control-sockets: [{{socket-type: unix, socket-name: NAME}}]` in {self.places.side.daemon.name} "
                f"of the server {self.places.side.node.name}",
            )
        if len(differences) == 1 and (found := self._interfaces(differences[0])):
            return found
        result: list[Edit] = []
        own = self.places.document.map_at(self.places.own)
        set_here = key in own or (key in BY_NEW and BY_NEW[key].old in own)
        for each in differences:
            result += self._edits(each, general, set_here)
        return self._moved(result)

    def _edits(self, each: Difference, general: Editor, set_here: bool) -> Sequence[Edit]:
        live = each.values[LIVE]
        if live is ABSENT and not isinstance(each.path[-1], Key):
            pair = self._route(self.places.root, each)
            own = self._route(self.places.own, each)
            if exists(self.places.document.root, pair) and not exists(self.places.document.root, own):
                return [Edit(own, Action.SET, None)]
        return general(each, self.places.own if set_here else None)

    def _route(self, root: Route, each: Difference) -> Route:
        try:
            spot = self.places.spot(each.path[:-1], root)
        except NoPlaceError:
            return (*root, str(each.path[0]))
        return (*spot.route, self.places.written(spot, str(each.path[-1])))

    def _moved(self, edits: Sequence[Edit]) -> list[Edit]:
        """The same edits in the server's own map: with the pair's list copied where one of its items changes."""
        result: list[Edit] = []
        lists: dict[Route, list[Edit]] = {}
        root, own = self.places.root, self.places.own
        for edit in edits:
            if edit.route[: len(own)] == own:
                result.append(edit)
                continue
            rest = edit.route[len(root) :]
            depth = next((number for number, step in enumerate(rest) if isinstance(step, int)), None)
            if depth is None:
                value = None if edit.action is Action.REMOVE else edit.value
                result.append(Edit((*own, *rest), Action.SET, value, edit.after))
            else:
                lists.setdefault(rest[:depth], []).append(edit)
        for rest, these in lists.items():
            copied = plain(self.places.node((*root, *rest)))
            inner = [Edit(edit.route[len(root) + len(rest) :], edit.action, edit.value) for edit in these]
            result.append(Edit((*own, *rest), Action.SET, applied(copied, inner)))
        return result

    def _interfaces(self, each: Difference) -> list[Edit] | None:
        """The interfaces that a server listens on, which are derived from its own `interfaces` unless the spec sets them."""
        if each.path != ("interfaces-config", "interfaces"):
            return None
        for root in (self.places.own, self.places.root):
            if "interfaces" in self.places.document.map_at((*root, "interfaces-config")):
                return None
        family = self.places.side.daemon.name
        route: Route = (*self.places.server, "interfaces")
        written = self.places.node(route)
        if isinstance(written, Map) and by_family(written):
            route = (*route, family)
            written = self.places.node(route)
        live = each.values[LIVE]
        if not isinstance(written, Seq) or not isinstance(live, list):
            raise NoPlaceError(
                "the interfaces are derived from the aliases of the server",
                f"change `interfaces` of {self.places.side.node.name}: every alias needs a name",
            )
        others = [name for name in self.places.site.families if name != family]
        if others and route[-1] != family:
            return [
                Edit(
                    route,
                    Action.SET,
                    {name: list(live) if name == family else plain(written) for name in self.places.site.families},
                )
            ]
        return [Edit(route, Action.SET, list(live))]

    def _library(self, each: Difference, root: Route) -> list[Edit]:
        """A hook library other than HA's."""
        path, places = each.path, self.places
        if len(path) < 2 or not isinstance(path[1], Key):
            raise NoPlaceError(
                "the hook libraries are in another order", "put the libraries of `hooks-libraries` into the same order"
            )
        name = path[1].value
        listed = places.node((*root, _LIBRARIES))
        entries = listed if isinstance(listed, Seq) else []
        index = next((number for number, entry in enumerate(entries) if library_name(entry) == name), None)
        live = each.values[LIVE]
        if len(path) == 2 and live is ABSENT:
            if index is None or (root == places.own and self._pair_loads(name)):
                raise NoPlaceError(
                    f"{name} is not loaded on {places.side.node.name} any more, and the spec loads it on all servers or derives it",
                    f"remove it from `hooks-libraries`, or give each server that needs it `hooks-libraries: [{{library: {name}}}]`",
                )
            return [Edit((*root, _LIBRARIES, index), Action.REMOVE)]
        if holds_hidden(live):
            raise NoPlaceError(
                f"{name} has a secret in its parameters", "write them with `!secret /etc/kea/secrets/NAME.json`"
            )
        if len(path) == 2 and isinstance(live, dict):
            entry = {"library": name, **({"parameters": live["parameters"]} if live.get("parameters") else {})}
            return self._loaded(root, listed, entry)
        if path[2] != "parameters":
            raise NoPlaceError(
                f"{name} is loaded from another path", f"write the path as `library` in {places.spelt(root)}"
            )
        if len(path) == 3:
            return [self._parameters(root, listed, index, name, live)]
        key = str(path[3])
        whole = self._live_parameters(name)
        value = whole.get(key, ABSENT) if isinstance(whole, dict) else ABSENT
        if index is None:
            return [self._put(root, listed, {"library": name, "parameters": {key: None if value is ABSENT else value}})]
        route = (*root, _LIBRARIES, index, "parameters", key)
        if value is ABSENT and (root == places.own or not exists(places.document.root, route)):
            return [Edit(route, Action.SET, None)]
        return [Edit(route, Action.REMOVE) if value is ABSENT else Edit(route, Action.SET, value)]

    def _parameters(self, root: Route, listed: Any, index: int | None, name: str, live: Any) -> Edit:
        if index is None:
            return self._put(root, listed, {"library": name, "parameters": None if live is ABSENT else live})
        route = (*root, _LIBRARIES, index, "parameters")
        return Edit(route, Action.REMOVE) if live is ABSENT else Edit(route, Action.SET, live)

    def _put(self, root: Route, listed: Any, entry: dict[str, Any]) -> Edit:
        if isinstance(listed, Seq):
            return Edit((*root, _LIBRARIES, len(listed)), Action.INSERT, entry)
        return Edit((*root, _LIBRARIES), Action.SET, [entry])

    def _loaded(self, root: Route, listed: Any, entry: dict[str, Any]) -> list[Edit]:
        """One more library. If it follows HA on the server, the place of HA must be set, because HA is the last one by default."""
        names = [library_name(each) for each in self.places.side.live.get(_LIBRARIES) or ()]
        behind = entry["library"] in names and HIGH_AVAILABILITY in names[: names.index(entry["library"])]
        if not behind or self.marked or self._pair_loads(HIGH_AVAILABILITY):
            return [self._put(root, listed, entry)]
        if any(library_name(each) == HIGH_AVAILABILITY for each in listed or ()):
            return [self._put(root, listed, entry)]
        self.marked = True
        mark = {"library": HIGH_AVAILABILITY}
        if isinstance(listed, Seq):
            return [self._put(root, listed, mark), self._put(root, listed, entry)]
        return [Edit((*root, _LIBRARIES), Action.SET, [mark, entry])]

    def _pair_loads(self, name: str) -> bool:
        listed = self.places.node((*self.places.root, _LIBRARIES))
        return any(library_name(entry) == name for entry in listed or ())

    def _live_parameters(self, name: str) -> Any:
        for entry in self.places.side.live.get(_LIBRARIES) or ():
            if library_name(entry) == name:
                return entry.get("parameters")
        return None


def applied(data: Any, edits: Sequence[Edit]) -> Any:
    """The edits applied to plain data; all routes are those of the data before the edits."""
    for edit in edits:
        if edit.action is Action.SET:
            _inside(data, edit.route[:-1])[edit.route[-1]] = edit.value
    for edit in sorted(
        (each for each in edits if each.action is not Action.SET), key=lambda each: _rank(each.route), reverse=True
    ):
        node, last = _inside(data, edit.route[:-1]), edit.route[-1]
        if edit.action is Action.REMOVE:
            del node[last]
        else:
            node.insert(last, edit.value)
    return data


def _rank(route: Route) -> tuple[str, ...]:
    return tuple(f"{step:08}" if isinstance(step, int) else step for step in route)


def _inside(data: Any, route: Route) -> Any:
    for step in route:
        data = data.setdefault(step, {}) if isinstance(data, dict) else data[step]
    return data
