"""The route in the spec of a value of the canonical form: the way back from a server's configuration.

In: a path of a difference. Out: the route of the map that has or would have it, with its scope and the values in base, spec and live.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kea_hac.changes.change import ABSENT, Key, Path, Value
from kea_hac.changes.matching import Triple, matches
from kea_hac.changes.three_way import LIVE, SPEC
from kea_hac.diagnostics import Route, dotted
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.grammar import Keyword, Program, program
from kea_hac.kea.synonyms import BY_NEW, BY_OLD
from kea_hac.kea.version import KeaVersion
from kea_hac.model.site import Family, Node, ServerFamily, Site
from kea_hac.records import dataclass
from kea_hac.source.document import Map, Plain, Seq
from kea_hac.source.edits import exists, found
from kea_hac.source.scalars import core_value


class NoPlaceError(Exception):
    """A change cannot be written into the spec. The message says why, `manual` the edit to make by hand."""

    def __init__(self, reason: str, manual: str) -> None:
        super().__init__(reason)
        self.manual = manual


@dataclass(frozen=True, slots=True)
class Side:
    """One daemon of one server that something is adopted from. The texts are canonical, as `threeway.compare` takes them."""

    node: Node
    daemon: Daemon
    version: KeaVersion
    """What runs there."""
    base: Mapping[str, Json] | None
    """None where it is unknown what was loaded."""
    spec: Block
    live: Mapping[str, Json]

    @property
    def texts(self) -> Triple:
        """Base, spec and live; the spec where there is no base."""
        return (self.spec if self.base is None else self.base, self.spec, self.live)


@dataclass(frozen=True, slots=True)
class Spot:
    """A map of the canonical form."""

    route: Route
    """The route in the spec that has it, or would have it."""
    scope: str | None
    """None inside a map that Kea does not look into."""
    maps: Triple
    shells: tuple[tuple[str, Mapping[str, Json]], ...]
    """The items of lists that contain it, as live has them, each with the key of its list."""

    def value(self, key: str, text: int) -> Value:
        """The value of a key in one configuration."""
        maps = self.maps[text]
        return maps.get(key, ABSENT) if isinstance(maps, dict) else ABSENT


class Places:
    """The places of one side's values in one spec."""

    def __init__(self, site: Site, side: Side) -> None:
        self.site = site
        self.side = side
        self.document = site.document
        self.program: Program = program(side.daemon.name)
        self.server: Route = side.node.at
        self.is_agent = side.daemon.family is None

    @property
    def family(self) -> Family:
        """The family of the side's daemon. Only for a DHCP server."""
        return self.site.families[self.side.daemon.name]

    @property
    def server_family(self) -> ServerFamily:
        """The server's place in the family."""
        return self.side.node.server_families[self.side.daemon.name]

    @property
    def root(self) -> Route:
        """The route of the daemon's map for all servers."""
        return ("control-agent",) if self.is_agent else (self.side.daemon.name,)

    @property
    def own(self) -> Route:
        """The route of the values that this server alone has."""
        return (*self.server, *self.root)

    def spot(self, path: Path, root: Route | None = None) -> Spot:
        """The map at a path. `root`: the route of the daemon's map, when it is not the usual one. Raises NoPlaceError."""
        here = Spot(self.root if root is None else root, self.program.top, self.side.texts, ())
        steps = list(path)
        while steps:
            key = str(steps.pop(0))
            values = (here.value(key, 0), here.value(key, SPEC), here.value(key, LIVE))
            inner = self.keyword(here.scope, key)
            scope = inner.scope if inner else None
            if steps and isinstance(steps[0], Key):
                here = self._item(here, key, steps.pop(0), values, scope)
            else:
                here = Spot((*here.route, self.written(here, key)), scope, values, here.shells)
        return here

    def _item(self, here: Spot, key: str, wanted: Any, values: Triple, scope: str | None) -> Spot:
        match = next((each for each in matches(key, values) or () if each.key == wanted), None)
        written = match.items[SPEC] if match else ABSENT
        live = match.items[LIVE] if match else ABSENT
        if match is None or not isinstance(written, Block) or not self.is_item(written.at, here.scope, key):
            raise NoPlaceError(
                f"{key}{wanted} is not written in the spec: kea-hac derives it",
                "change what it is derived from, or write it in the spec yourself",
            )
        shell = live if isinstance(live, dict) else written
        return Spot(written.at, scope, match.items, (*here.shells, (key, shell)))

    def is_item(self, route: Route, scope: str | None, key: str) -> bool:
        """True when the route is that of an item of a list of this name in the spec; the compiler's own items are caused elsewhere."""
        if len(route) < 2 or not isinstance(route[-1], int) or not exists(self.document.root, route):
            return False
        return self.newest(scope, str(route[-2])) == self.newest(scope, key)

    def keyword(self, scope: str | None, key: str) -> Keyword | None:
        """The keyword of a scope, in the newest spelling."""
        known = self.program.scopes[scope].keywords if scope else {}
        return known.get(self.newest(scope, key))

    def newest(self, scope: str | None, key: str) -> str:
        """The newest spelling of a key that config-get shows."""
        row = BY_OLD.get(key)
        known = self.program.scopes[scope].keywords if scope else {}
        return row.new if row and row.new in known and row.old in known else key

    def written(self, here: Spot, key: str) -> str:
        """The key as the spec spells it in this map, or the newest spelling."""
        configured = self.document.map_at(here.route)
        new = self.newest(here.scope, key)
        old = BY_NEW[new].old if new in BY_NEW else key
        return next((each for each in (new, key, old) if each in configured), new)

    def node(self, route: Route) -> Any:
        """What is written at a route of the document; None where nothing is."""
        return found(self.document.root, route) if exists(self.document.root, route) else None

    def spelt(self, route: Route) -> str:
        """The route as people write it, with the server's name where it is in one."""
        if route[:2] == self.server and self.server:
            return f"the server {self.side.node.name}: {dotted(route[2:])}"
        return dotted(route)

    def behind(self, route: Route, scope: str | None, key: str) -> str | None:
        """The key before a new key: the last one that the vocabulary has before it."""
        written = self.document.map_at(route)
        order = list(self.program.scopes[scope].keywords) if scope else []
        if key not in order:
            return None
        before = [each for each in written if each in order and order.index(each) < order.index(key)]
        return max(before, key=order.index, default=next(iter(written), None))


def plain(node: Any) -> Any:
    """What is written as plain data again, to be written twice."""
    if isinstance(node, Map):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, Seq):
        return [plain(value) for value in node]
    if not isinstance(node, Plain):
        return node
    try:
        meant = core_value(node)
    except ValueError:
        return str(node)
    return node if isinstance(meant, str) else meant
