"""One document → the same with a few values of another shape. Works on what a reader made, so no text has to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from random import Random

from kea_hac.diagnostics import Route
from kea_hac.kea.grammar import program
from kea_hac.source.document import Map, Plain, Seq, Value
from kea_hac.spec.load import SERVER_KEYS, TOP_KEYS
from kea_hac.spec.pair import OUR_HA_KEYS

HUGE = "9" * 40
SCALARS: tuple[Value, ...] = (
    Plain("x"), "x", "", Plain(""), Plain("null"), Plain("true"), Plain("false"), Plain("0"), Plain("-1"), Plain("1"), Plain(HUGE),
    Plain("0.5"), Plain("1e999"), Plain("10s"), "1", "x" * 300, "192.0.2.1", "2001:db8::1", "192.0.2.0/24", "{server}", "{address}", "\u00a0",
)  # fmt: skip
"""Scalars as YAML has them."""
JSON_SCALARS: tuple[Value, ...] = (
    "x", "", None, True, False, 0, -1, 1, int(HUGE), 0.5, 1e300, "1", "x" * 300, "192.0.2.1", "2001:db8::1", "192.0.2.0/24",
)  # fmt: skip


@cache
def keys() -> tuple[str, ...]:
    """Every key of Kea's and of the spec language: a key in a place that is not its own meets code that expects another shape."""
    known: dict[str, None] = dict.fromkeys(
        (*sorted(TOP_KEYS), *sorted(SERVER_KEYS), *sorted(OUR_HA_KEYS), "peers", "ha-server-name")
    )
    for name in ("dhcp4", "dhcp6", "ctrl-agent", "ha"):
        for scope in program(name).scopes.values():  # type: ignore[arg-type]  # the names are those of programs
            known.update(dict.fromkeys(scope.keywords))
    return tuple(known)


def routes(node: Value, at: Route = ()) -> Iterator[Route]:
    """The route of every value below a node."""
    for step, item in node.items() if isinstance(node, Map) else enumerate(node) if isinstance(node, Seq) else ():
        yield (*at, step)
        yield from routes(item, (*at, step))


def at_route(node: Value, route: Route) -> Value:
    """The value that stands at a route."""
    for step in route:
        node = node[step]  # type: ignore[index,call-overload]  # routes come from `routes`
    return node


def mutant(root: Map, random: Random, scalars: tuple[Value, ...] = SCALARS) -> Map:
    """A copy of a document's root with one to three changes of shape. The root itself stays a map: else no reader lets it through."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        every = list(routes(root))
        if not every:
            return root
        route = random.choice(every)
        change = random.choice(_CHANGES)
        root = changed_at(root, route, lambda value: change(value, root, random, scalars))  # type: ignore[assignment]  # noqa: B023
    return root


GONE = object()
_Change = Callable[[Value, Map, Random, tuple[Value, ...]], object]


def changed_at(node: Value, route: Route, change: Callable[[Value], object]) -> Value:
    """A copy of the nodes above a route, with another value at its end."""
    step, below = route[0], route[1:]
    if isinstance(node, Map):
        made = Map()
        for number, (key, item) in enumerate(node.items()):
            new = item if key != step else changed_at(item, below, change) if below else change(item)
            if new is not GONE:
                renamed = isinstance(new, Renamed)
                made[new.key if renamed else key] = new.value if renamed else new  # type: ignore[attr-defined,assignment]
                made.spans += node.spans[2 * number : 2 * number + 2] or [0, 0]
        made.spans = made.spans[: 2 * len(made)]
        return made
    assert isinstance(node, Seq)
    listed = Seq()
    for number, item in enumerate(node):
        new = item if number != step else changed_at(item, below, change) if below else change(item)
        if new is not GONE:
            listed.append(new.value if isinstance(new, Renamed) else new)  # type: ignore[arg-type]
            listed.spans += node.spans[number : number + 1] or [0]
    return listed


class Renamed:
    """A value under another key."""

    def __init__(self, key: str, value: Value) -> None:
        self.key, self.value = key, value


def seq(*items: Value) -> Seq:
    """A list of values."""
    made = Seq()
    made.extend(items)
    made.spans = [0] * len(items)
    return made


def mapping(**items: Value) -> Map:
    """A map of values."""
    made = Map()
    made.update(items)
    made.spans = [0, 0] * len(items)
    return made


def _scalar(value: Value, root: Map, random: Random, scalars: tuple[Value, ...]) -> object:
    return random.choice(scalars)


def _container(value: Value, root: Map, random: Random, scalars: tuple[Value, ...]) -> object:
    some = random.choice(scalars)
    key = random.choice(keys())
    return random.choice(
        (
            Map(),
            Seq(),
            seq(some),
            seq(seq(some)),
            seq(Map()),
            seq(some, value),
            seq(mapping(**{key: some})),
            mapping(**{key: some}),
        )
    )


def _wrapped(value: Value, root: Map, random: Random, scalars: tuple[Value, ...]) -> object:
    key = random.choice(keys())
    return random.choice(
        (seq(value), seq(seq(value)), mapping(**{key: value}), mapping(dhcp4=value), mapping(dhcp4=value, dhcp6=value))
    )


def _unwrapped(value: Value, root: Map, random: Random, scalars: tuple[Value, ...]) -> object:
    if isinstance(value, Map) and value:
        return random.choice(list(value.values()))
    if isinstance(value, Seq) and value:
        return (
            mapping(**{str(number): item for number, item in enumerate(value)}) if random.random() < 0.5 else value[0]
        )
    return random.choice(scalars)


def _without(value: Value, root: Map, random: Random, scalars: tuple[Value, ...]) -> object:
    return GONE


def _renamed(value: Value, root: Map, random: Random, scalars: tuple[Value, ...]) -> object:
    return Renamed(random.choice(keys()), value)


def _moved(value: Value, root: Map, random: Random, scalars: tuple[Value, ...]) -> object:
    return at_route(root, random.choice(list(routes(root))))


def _with_more(value: Value, root: Map, random: Random, scalars: tuple[Value, ...]) -> object:
    """The map, or one with another key that some map knows; a list with one item more."""
    some = at_route(root, random.choice(list(routes(root)))) if random.random() < 0.5 else random.choice(scalars)
    if isinstance(value, Map):
        made = Map()
        made.update(value)
        made.spans = list(value.spans)
        key = random.choice(keys())
        if key not in made:
            made.spans += [0, 0]
        made[key] = some
        return made
    if isinstance(value, Seq):
        return seq(*value, random.choice(list(value)) if value and random.random() < 0.5 else some)
    return some


_CHANGES: tuple[_Change, ...] = (
    _scalar,
    _container,
    _wrapped,
    _unwrapped,
    _without,
    _renamed,
    _moved,
    _with_more,
    _with_more,
)
