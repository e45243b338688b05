"""Base, spec and live in the canonical form → the places that are not the same in all three, each with its verdict. Pure.

The canonical form is `kea.shown`: what config-get answers. It repeats a value that subnets and shared networks inherit in
each of them; such an echo is no change of its own, so two values are also the same when both are what their texts inherit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

import orjson

from kea_hac.changes.change import ABSENT, ORDER, Path, Value, Verdict
from kea_hac.changes.matching import Match, Triple, is_ordered, matches
from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.hidden import Hidden
from kea_hac.kea.option_text import option_bytes
from kea_hac.kea.peer_url import read_peer_url
from kea_hac.kea.version import Branch
from kea_hac.records import dataclass
from kea_hac.source.document import Secret

BASE, SPEC, LIVE = 0, 1, 2
_Inherited = Callable[[int], tuple[Value, Value]]
_Places = tuple[Route | None, Route | None]
"""The nearest routes in the documents of the spec and of the third configuration."""
_SCOPES = {
    "subnet4": "subnet4",
    "subnet6": "subnet6",
    "shared-networks": "shared-network",
    "option-data": "option-data",
}
"""Lists whose items are compared by what their scope knows."""
_DEFAULTED = {
    "min-valid-lifetime": "valid-lifetime",
    "max-valid-lifetime": "valid-lifetime",
    "min-preferred-lifetime": "preferred-lifetime",
    "max-preferred-lifetime": "preferred-lifetime",
}
"""The default of a subnet's least or greatest lifetime where neither it nor anything above it sets one (network.cc; seen on 2.2.0,
2.6.3, 3.0.4)."""
_FROM_BOUNDS = {
    "valid-lifetime": ("min-valid-lifetime", "max-valid-lifetime"),
    "preferred-lifetime": ("min-preferred-lifetime", "max-preferred-lifetime"),
}
"""Which bound a network shows as its lifetime where no lifetime is set: the first that is set (seen on 2.2.0, 2.6.3, 3.0.4).
DHCPv6 has no default for preferred-lifetime, so that a bound set globally appears as the lifetime of every network."""
_BY_FILE = {"password": "password-file", "basic-auth-password": "basic-auth-password-file"}
"""A secret's key → the key that names a file with the secret instead."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not the same in the three texts."""

    path: Path
    verdict: Verdict
    values: Triple
    route: Route | None
    """The nearest place in the spec's document."""
    live_route: Route | None = None
    """The nearest place in the document of the third configuration, for one that has a document: an earlier revision of the spec."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A secret that the live server shows and that cannot be compared, because its value is not available; or a list that another
    tool keeps in a file on the servers.

    Also a secret that one configuration contains and the other reads from a file: an import moves literal secrets to files.
    """

    path: Path
    secret: Secret


@dataclass(frozen=True, slots=True)
class _Frame:
    """A map that is being compared, in the three configurations, with the maps above it."""

    maps: Triple
    scope: str | None
    """Its scope where its keys may be inherited."""
    above: _Frame | None
    """The nearest map that it inherits from."""

    def value(self, key: str, text: int) -> Value:
        found = self.maps[text]
        return found.get(key, ABSENT) if isinstance(found, dict) else ABSENT


def compare(
    daemon: Daemon, branch: Branch, base: Mapping[str, Json] | None, spec: Block, live: Mapping[str, Json]
) -> Iterator[Difference | Unknown]:
    """Every place where the three differ, in the order of the keys. Without a base (None) each is a plain `differs`.

    All three are canonical: the map under the daemon's top key as `kea.shown.shown` makes it, without the stamp.
    """
    walk = _Walk(daemon, branch)
    texts: Triple = (spec if base is None else base, spec, live)
    top = (spec.at, live.at if isinstance(live, Block) else None)
    for found in walk.map(_Frame(texts, None, None), (), top):
        if base is None and isinstance(found, Difference):
            yield replace(found, verdict=Verdict.DIFFERS, values=(ABSENT, *found.values[1:]))
        else:
            yield found


def same(one: Value, other: Value) -> bool:
    """Equal as JSON: 1, 1.0 and true are three values."""
    if one is other:
        return True
    if one is ABSENT or other is ABSENT or one != other:
        return False
    if isinstance(one, list) and len(one) > _AT_ONCE:
        apart = [pair for pair in zip(one, other, strict=True) if pair[0] is not pair[1]]
        # The text of 100,000 reservations is never whole in memory.
        parts = (tuple(zip(*apart[at : at + _AT_ONCE], strict=True)) for at in range(0, len(apart), _AT_ONCE))
        return all(_bytes(mine) == _bytes(its) for mine, its in parts)
    if isinstance(one, dict | list):
        return _bytes(one) == _bytes(other)
    return type(one) is type(other) or isinstance(one, str)


def same_maps(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """`same` for two large maps, value by value."""
    return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())


_AT_ONCE = 50
"""Items of a list that are compared at once."""


def _bytes(value: Json) -> bytes:
    return orjson.dumps(value, default=repr, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS)


class _Walk:
    """One comparison. The tables say which keys a scope copies from above in this branch."""

    def __init__(self, daemon: Daemon, branch: Branch) -> None:
        self._family, self._branch = daemon.family or 0, branch
        scopes = program(daemon.name).scopes
        self._copied = {
            scope: frozenset(
                key for key, keyword in scopes[scope].keywords.items() if keyword.fact("inherited-copied", branch)
            )
            for scope in _SCOPES.values()
            if scope in scopes
        }

    def map(self, frame: _Frame, path: Path, places: _Places) -> Iterator[Difference | Unknown]:
        """What differs below a map."""
        copied = self._copied.get(frame.scope or "", frozenset())
        keys = sorted(set(chain.from_iterable(each for each in frame.maps if isinstance(each, dict))))
        if frame.scope == "option-data" and "code" in keys:
            keys.remove(
                "name"
            ) if "name" in keys else None  # the definition's name: a change of it is reported at the definition
            if self._same_bytes(frame.maps):
                keys = [key for key in keys if key not in ("csv-format", "data")]
        for secret, file, name in _moved_secrets(frame):
            keys = [key for key in keys if key not in (secret, file)]
            yield Unknown((*path, file), Secret(name))
        new = frame.maps[BASE] is ABSENT  # both added it, and only a disagreement is reported
        for key in keys:
            values = (frame.value(key, BASE), frame.value(key, SPEC), frame.value(key, LIVE))
            if same(values[SPEC], values[LIVE]) and (new or same(values[BASE], values[LIVE])):
                continue
            inherited = (lambda text, key=key: _inherited(frame, key, text)) if key in copied else None
            where = _below(frame, key, places)
            yield from self._value(frame, (*path, key), key, values, where, inherited)

    def _same_bytes(self, options: Triple) -> bool:
        """Whether the texts give an option one value, in text or in hexadecimal digits."""
        supplied = [each for each in options if isinstance(each, dict)]
        values = [option_bytes(self._family, self._branch, each) for each in supplied]
        return None not in values and len(set(values)) == 1

    def _value(
        self,
        frame: _Frame,
        path: Path,
        key: str,
        values: Triple,
        places: _Places,
        inherited: _Inherited | None,
    ) -> Iterator[Difference | Unknown]:
        maps = [isinstance(value, dict) for value in values]
        if all(maps) or _both_new(values):
            equal_texts = _equality(values, inherited)
            if not (equal_texts(LIVE, BASE) and equal_texts(SPEC, BASE)):
                yield from self.map(_Frame(values, None, None), path, places)
            return
        lists = [value is ABSENT or isinstance(value, list) for value in values]
        listed = matches(key, values) if all(lists) else None
        if listed is not None:
            yield from self._list(frame, path, key, values, listed, places)
            return
        yield from _leaf(path, values, places, inherited, _one_endpoint if key == "url" else same)

    def _list(
        self, frame: _Frame, path: Path, key: str, values: Triple, listed: tuple[Match, ...], places: _Places
    ) -> Iterator[Difference | Unknown]:
        scope = _SCOPES.get(key)
        for match in listed:
            where = _item_places(match, places)
            below = (*path, match.key)
            if same(match.items[BASE], match.items[SPEC]) and same(match.items[BASE], match.items[LIVE]):
                continue
            if ABSENT not in match.items or _both_new(match.items):
                yield from self.map(_Frame(match.items, scope, frame if scope else None), below, where)
            else:
                yield from _leaf(below, match.items, where, None)
        if is_ordered(key):
            yield from _order(path, values, listed, places)


def _below(frame: _Frame, key: str, places: _Places) -> _Places:
    """The places of a key's values."""

    def one(text: int, above: Route | None) -> Route | None:
        written = frame.maps[text]
        return written.where(key) if isinstance(written, Block) and key in written else above

    return one(SPEC, places[0]), one(LIVE, places[1])


def _item_places(match: Match, places: _Places) -> _Places:
    """The places of an item of a list."""

    def one(item: Value, above: Route | None) -> Route | None:
        return item.at if isinstance(item, Block) else above

    return one(match.items[SPEC], places[0]), one(match.items[LIVE], places[1])


def _both_new(values: Triple) -> bool:
    """Two maps that the base has not, and that do not say the same."""
    maps = isinstance(values[SPEC], dict) and isinstance(values[LIVE], dict)
    return values[BASE] is ABSENT and maps and not same(values[SPEC], values[LIVE])


def _inherited(frame: _Frame, key: str, text: int) -> tuple[Value, Value]:
    """The values of a key of a subnet or shared network that is not written there: the value by the maps above it, and
    the value by its sibling alone.

    The second is needed because a shared network shows a least and a greatest lifetime also where none is written in it, and
    a subnet inherits only what is written.
    """
    sibling = frame.value(_DEFAULTED[key], text) if key in _DEFAULTED else ABSENT
    value = _above(frame, key, text)
    if value is not ABSENT:
        return value, sibling
    if key in _FROM_BOUNDS:
        bounds = [_above(frame, bound, text) for bound in _FROM_BOUNDS[key]]
        sibling = next((each for each in bounds if each is not ABSENT), ABSENT)
    return sibling, sibling


def _above(frame: _Frame, key: str, text: int) -> Value:
    """The value of the nearest map above that has one."""
    above = frame.above
    while above is not None:
        value = above.value(key, text)
        if value is not ABSENT:
            return value
        above = above.above
    return ABSENT


def _moved_secrets(frame: _Frame) -> Iterator[tuple[str, str, str]]:
    """Secrets that the spec contains and live reads from a file, or the other way round: both keys, and the file.

    With a base only where the spec has not changed them since: otherwise the spec's own change is still to come.
    """
    base, spec, live = frame.maps
    if not isinstance(spec, dict) or not isinstance(live, dict):
        return
    for secret, file in _BY_FILE.items():
        if isinstance(base, dict) and not all(
            same(base.get(key, ABSENT), spec.get(key, ABSENT)) for key in (secret, file)
        ):
            continue
        for one, other in ((spec, live), (live, spec)):
            if secret in one and file in other and file not in one and secret not in other:
                yield secret, file, str(other[file])


def _one_endpoint(one: Value, other: Value) -> bool:
    """Whether two peer urls name one address and port: the TLS files alone decide the scheme (ha_config.cc)."""
    try:
        return read_peer_url(str(one)).endpoint == read_peer_url(str(other)).endpoint
    except ValueError:
        return same(one, other)


def _equality(
    values: Triple, inherited: _Inherited | None, equal: Callable[[Value, Value], bool] = same
) -> Callable[[int, int], bool]:
    """Whether two texts say the same: equal values, or both what they inherit in the same way."""
    derived: list[tuple[bool, ...]] = [()] * len(values)
    if inherited is not None:
        derived = [tuple(same(value, each) for each in inherited(text)) for text, value in enumerate(values)]

    def equal_texts(one: int, other: int) -> bool:
        both = any(ours and theirs for ours, theirs in zip(derived[one], derived[other], strict=True))
        return both or equal(values[one], values[other])

    return equal_texts


def _leaf(
    path: Path,
    values: Triple,
    places: _Places,
    inherited: _Inherited | None,
    equal: Callable[[Value, Value], bool] = same,
) -> Iterator[Difference | Unknown]:
    secret = next((value for value in values[:LIVE] if isinstance(value, Secret)), None)
    if secret is not None and (
        isinstance(values[LIVE], str | Hidden | list) or (secret.listed and values[LIVE] is ABSENT)
    ):
        yield Unknown(path, secret)
        verdict = None if same(values[BASE], values[SPEC]) else Verdict.PENDING
    else:
        equal_texts = _equality(values, inherited, equal)
        verdict = verdict_of(equal_texts(LIVE, BASE), equal_texts(SPEC, BASE), equal_texts(LIVE, SPEC))
        if verdict is None and inherited is not None and not equal_texts(LIVE, SPEC):
            # The spec inherits another value now, and the server has the old one written out. Where it has the new one above as
            # well, nothing else reports it.
            verdict = Verdict.PENDING if same(inherited(SPEC)[0], inherited(LIVE)[0]) else None
    if verdict is not None:
        yield Difference(path, verdict, values, *places)


def verdict_of(live_is_base: bool, spec_is_base: bool, live_is_spec: bool) -> Verdict | None:
    """The design's table. None: in sync."""
    if live_is_base:
        return None if spec_is_base else Verdict.PENDING
    if spec_is_base:
        return Verdict.EXTERNAL
    return Verdict.CONVERGED if live_is_spec else Verdict.CONFLICT


def _order(path: Path, values: Triple, listed: tuple[Match, ...], places: _Places) -> Iterator[Difference]:
    """The order of the items that all texts have, where a text has another than the base."""
    common = [match for match in listed if ABSENT not in match.items]
    orders: list[list[str]] = []
    for text, value in enumerate(values):
        rank = {id(item): place for place, item in enumerate(value if isinstance(value, list) else ())}
        orders.append([match.key.value for match in sorted(common, key=lambda each: rank.get(id(each.items[text]), 0))])
    verdict = verdict_of(orders[LIVE] == orders[BASE], orders[SPEC] == orders[BASE], orders[LIVE] == orders[SPEC])
    if verdict is not None:
        yield Difference((*path, ORDER), verdict, (orders[BASE], orders[SPEC], orders[LIVE]), *places)
