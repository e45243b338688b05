"""A Kea configuration in memory: plain typed data whose maps remember where they were written.

`Block` is what the vocabulary makes of a document's map: ints are ints, enums are checked, keys are canonical. The
compiler builds its output from Blocks too, so a finding in the output can still point at the line that caused it.
Blocks are values: nobody changes one that somebody else may hold; take a `copy_of` and change that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import chain
from operator import is_, itemgetter
from typing import Any, TypeVar

from kea_hac.diagnostics import Route
from kea_hac.records import dataclass
from kea_hac.source.document import Secret

Json = Any
"""Block, list, str, int, float, bool, None or Secret. `Any`, because JSON trees defeat the checker more than they help it."""


class Block(dict[str, Json]):
    """One map of a configuration.

    `at` is its route in the document. `moved` gives the routes of single values that were written elsewhere (a
    server's own `loggers`) or that were derived from something else.
    """

    __slots__ = ("at", "moved")

    def __init__(
        self, at: Route = (), data: dict[str, Json] | None = None, moved: dict[str, Route] | None = None
    ) -> None:
        if data:
            self.update(data)
        self.at = at
        self.moved = moved

    def where(self, key: str) -> Route:
        """The route in the document of the value under `key`, or of what caused it."""
        if self.moved and key in self.moved:
            return self.moved[key]
        return (*self.at, key)

    def put(self, key: str, value: Json, cause: Route | None = None) -> None:
        """Set a value, with the place in the document that caused it. Only for a Block that the caller created."""
        self[key] = value
        if cause is not None:
            self.moved = {**(self.moved or {}), key: cause}

    def locate(self, key: str, cause: Route) -> None:
        """Say where the spec sets what stands behind `key`, although this map has no such key. Only for a Block of your own."""
        self.moved = {**(self.moved or {}), key: cause}

    def copy_of(self) -> Block:
        """A shallow copy that you may change."""
        return Block(self.at, self, dict(self.moved) if self.moved else None)


def blocks_of(value: object) -> Iterator[Block]:
    """The maps of a list. Nothing where the value is no list."""
    # Asked for each list of 1,000 subnets by many rules: a generator in a generator would be twice the work.
    return iter([each for each in value if isinstance(each, Block)] if isinstance(value, list) else ())


def same_or(listed: list[Json], result: list[Json]) -> list[Json]:
    """`result`, what was made of a list; the very same list where its items are the same objects. Servers share what stays so."""
    return listed if len(result) == len(listed) and all(map(is_, result, listed)) else result


@dataclass(frozen=True, slots=True)
class Columns:
    """What the maps of a list have in common: a rule that looks for something rare need not look at each of 100,000 reservations."""

    blocks: list[Block]
    """The maps: the list itself where it holds nothing else."""
    shapes: frozenset[tuple[str, ...]]
    """The keys of each map, in their order."""
    kinds: Mapping[str, frozenset[type]]
    """By key: the types of its values."""
    inner: Mapping[str, frozenset[type]]
    """By key, of those with lists: the types of what is in these."""

    @property
    def keys(self) -> Set[str]:
        """Every key of one of the maps."""
        return self.kinds.keys()

    def having(self, *keys: str) -> list[Block]:
        """The maps with one of the keys."""
        found = [key for key in keys if key in self.kinds]
        if len(found) == 1:
            return [each for each in self.blocks if found[0] in each]
        return [each for each in self.blocks if not each.keys().isdisjoint(found)] if found else []

    def values(self, key: str) -> list[Json]:
        """The values of a key, of the maps that have it."""
        return _values(self.blocks, self.shapes, key) if key in self.kinds else []


def columns(listed: list[Json]) -> Columns:
    """What the maps of a list have in common."""
    blocks = listed if set(map(type, listed)) <= {Block} else list(blocks_of(listed))
    shapes = frozenset(map(tuple, blocks))
    kinds: dict[str, frozenset[type]] = {}
    inner: dict[str, frozenset[type]] = {}
    for key in dict.fromkeys(chain.from_iterable(shapes)):
        values = _values(blocks, shapes, key)
        kinds[key] = frozenset(map(type, values))
        if list in kinds[key]:
            lists = values if len(kinds[key]) == 1 else [each for each in values if isinstance(each, list)]
            inner[key] = frozenset(map(type, chain.from_iterable(lists)))
    return Columns(blocks, shapes, kinds, inner)


def joined(parts: Iterable[Columns]) -> Columns:
    """The columns of several lists as if they were one."""
    listed = [each for each in parts if each.blocks]
    if len(listed) < 2:
        return listed[0] if listed else _NO_COLUMNS
    kinds: dict[str, frozenset[type]] = {}
    inner: dict[str, frozenset[type]] = {}
    for each in listed:
        for found, more in ((kinds, each.kinds), (inner, each.inner)):
            for key, types in more.items():
                found[key] = found[key] | types if key in found else types
    blocks = list(chain.from_iterable(each.blocks for each in listed))
    return Columns(blocks, frozenset().union(*(each.shapes for each in listed)), kinds, inner)


def _values(blocks: list[Block], shapes: frozenset[tuple[str, ...]], key: str) -> list[Json]:
    having = [each for each in blocks if key in each] if [shape for shape in shapes if key not in shape] else blocks
    return list(map(itemgetter(key), having))


def maps_in(value: Json) -> Iterator[list[dict[str, Json]]]:
    """All maps in a tree, those of one level together: of 100,000 reservations each is looked at in no time."""
    level = [value]
    while level:
        maps = [each for each in level if isinstance(each, dict)]
        items = chain.from_iterable(each for each in level if isinstance(each, list))
        yield maps
        values = chain(chain.from_iterable(map(dict.values, maps)), items)
        level = [each for each in values if each.__class__ not in BARE]


BARE = frozenset({str, int, float, bool, type(None)})
"""The types of values that hold no others, and no secret."""
_NO_COLUMNS = columns([])
FEW = 3
"""Items of a list that are sooner looked at one by one than as a whole."""
_Found = TypeVar("_Found")
_Asked = TypeVar("_Asked", list[Json], Block)


class Once:
    """What was found in lists and Blocks, for all who ask: they are values, and servers share them.

    By what is asked and `id()` of the value, which is held here, so that no other one gets that id. One for a run, or less.
    """

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[tuple[object, int], tuple[object, Any]] = {}

    def of(self, value: _Asked, asked: object, find: Callable[[_Asked], _Found]) -> _Found:
        """`find(value)`, called once for a list or a Block. `asked`: the same for every call with the same meaning, and for no other."""
        key = asked, id(value)
        kept = self._found.get(key)
        if kept is None or kept[0] is not value:  # a copy that was sent to another process has other ones
            kept = self._found[key] = value, find(value)
        found: _Found = kept[1]
        return found

    def keep(self, value: object, asked: object, found: object) -> None:
        """What `of` is to give, for who knows it already."""
        self._found[asked, id(value)] = value, found

    def columns(self, listed: object) -> Columns:
        """The columns of a list; of no maps where it is none."""
        return self.of(listed, columns, columns) if isinstance(listed, list) and listed else _NO_COLUMNS

    def holds_secret(self, value: Json) -> bool:
        """True when a secret stands somewhere in the value."""
        if isinstance(value, list):
            if len(value) > FEW:
                return self.of(value, Secret, self._holds_secret)
            inner = value
        elif isinstance(value, dict):
            inner = list(value.values())
        else:
            return isinstance(value, Secret)
        return any(map(self.holds_secret, [each for each in inner if each.__class__ not in BARE]))

    def _holds_secret(self, listed: list[Json]) -> bool:
        found = self.columns(listed)
        if len(found.blocks) < len(listed):
            return any(map(self.holds_secret, listed))
        bare = [key for key, kinds in found.kinds.items() if kinds - {list} | found.inner.get(key, BARE) <= BARE]
        return any(self.holds_secret(each) for key in found.keys - set(bare) for each in found.values(key))


@dataclass(frozen=True, slots=True)
class Daemon:
    """One Kea program that a configuration is for."""

    name: str
    """dhcp4, dhcp6 or ctrl-agent: kea-NAME.conf"""
    top: str
    """The one key at the top of its file."""
    family: int | None
    """4, 6, or None for the agent."""

    @property
    def file(self) -> str:
        """The file's name in the output tree and in Kea's configuration directory."""
        return f"kea-{self.name}.conf"

    @property
    def subnets(self) -> str:
        """The key of its subnet list."""
        return f"subnet{self.family}"


DHCP4 = Daemon("dhcp4", "Dhcp4", 4)
DHCP6 = Daemon("dhcp6", "Dhcp6", 6)
CTRL_AGENT = Daemon("ctrl-agent", "Control-agent", None)
FAMILIES: tuple[Daemon, Daemon] = (DHCP4, DHCP6)
DAEMONS: Mapping[str, Daemon] = {daemon.file: daemon for daemon in (*FAMILIES, CTRL_AGENT)}
"""By the name of the file."""
__all__ = ["CTRL_AGENT", "DAEMONS", "DHCP4", "DHCP6", "FAMILIES", "Block", "Daemon", "Json", "Secret"]


def subnets_of(config: Block, daemon: Daemon) -> Iterator[tuple[Block | None, Block]]:
    """Every subnet with its shared network, those of shared networks first: the order in which Kea numbers them."""
    for network in blocks_of(config.get("shared-networks")):
        for subnet in blocks_of(network.get(daemon.subnets)):
            yield network, subnet
    for subnet in blocks_of(config.get(daemon.subnets)):
        yield None, subnet
