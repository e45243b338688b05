"""A new item of a list, as a person would have written it: without the defaults and inherited values that config-get adds.

What may be left out is tried, not guessed: an item less a key is the same when Kea shows the same for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kea_hac.adopt.spec_routes import Places, Spot
from kea_hac.changes.three_way import same
from kea_hac.kea.config import Json
from kea_hac.kea.config_get import predict
from kea_hac.kea.reading import read_block
from kea_hac.source.document import Map, Seq, Value, value_at

_DISTINGUISHING: Mapping[str, frozenset[str]] = {
    "option-data": frozenset({"name", "code", "space", "csv-format", "data"}),
    "option-def": frozenset({"space"}),
    "pd-pool": frozenset({"prefix", "prefix-len", "delegated-len"}),
    "reservation": frozenset({"hw-address", "duid", "circuit-id", "client-id", "flex-id"}),
    "subnet4": frozenset({"id", "subnet"}),
    "subnet6": frozenset({"id", "subnet"}),
}
"""The keys that identify the items of a list, besides those that their scope requires."""
_SELDOM = ("always-send", "never-send", "csv-format", "space", "code")
"""Keys of an option, in the order in which leaving them out is tried: the name determines the code."""
_MOST_TRIALS = 400
_Key = tuple[tuple[str | int, ...], str]
"""The way to a map, and one of its keys."""


def lean(places: Places, spot: Spot, key: str, item: Mapping[str, Json]) -> dict[str, Any]:
    """The item in the newest spelling, with as few keys as show the same. `spot`: the map whose list `key` it is in."""
    keyword = places.keyword(spot.scope, key)
    scope = keyword.scope if keyword else None
    if scope is None:
        return dict(item)
    full: dict[str, Any] = _plain(read_block(places.program, scope, _node(item), (), lambda _: None, branches=None))
    see = _viewer(places, spot, key)
    wanted = see(full)
    if wanted is None:
        return full
    loose = [each for each in _keys(places, scope, full) if not _distinguishing(places, each[0], scope, each[1], full)]
    bare = see(_without(full, loose))
    if bare is not None:
        needless = [each for each in loose if _same_there(wanted, bare, each)]
        tried = _without(full, needless)
        if same(see(tried), wanted):
            full = tried
    return _tried(places, scope, full, wanted, see)


def _tried(
    places: Places, scope: str, full: dict[str, Any], wanted: Json, see: Callable[[dict[str, Any]], Json]
) -> dict[str, Any]:
    """Leave out whatever can be, key by key; the same key of all items first."""
    trials = 0
    names = dict.fromkeys(name for _, name in _keys(places, scope, full))
    ordered = [*(name for name in _SELDOM if name in names), *(name for name in names if name not in _SELDOM)]
    for name in ordered:
        these = [each for each in _keys(places, scope, full) if each[1] == name]
        these = [each for each in these if not _needed(places, each[0], scope, name, full)]
        for group in (these, *([each] for each in these if len(these) > 1)):
            trials += 1
            if not group or trials > _MOST_TRIALS:
                continue
            less = _without(full, group)
            if same(see(less), wanted):
                full = less
                if group is these:
                    break
    return full


def _viewer(places: Places, spot: Spot, key: str) -> Callable[[dict[str, Any]], Json]:
    """What Kea shows of an item in its place: in a configuration that has nothing else in its lists."""
    live = places.side.live
    top = {name: value for name, value in live.items() if not _is_list_of_maps(value) or name == "option-def"}
    listed = [*spot.shells]

    def see(item: dict[str, Any]) -> Json:
        inner: tuple[str, Any] = (key, [item])
        for name, shell in reversed(listed):
            stored = {each: value for each, value in shell.items() if not _is_list_of_maps(value)}
            inner = (name, [{**stored, inner[0]: inner[1]}])
        result: Json = predict(
            places.side.daemon, {**top, inner[0]: inner[1]}, places.side.version, places.side.node.platform
        )
        for name in (*(name for name, _ in listed), key):
            items = result.get(name) if isinstance(result, dict) else None
            if not isinstance(items, list) or len(items) != 1:
                return None
            result = items[0]
        return result

    return see


def _is_list_of_maps(value: Json) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _keys(places: Places, scope: str | None, item: Mapping[str, Any], at: tuple[str | int, ...] = ()) -> Iterator[_Key]:
    """Every key of the item's typed maps."""
    for key, value in item.items():
        yield at, key
        keyword = places.keyword(scope, key)
        inner = keyword.scope if keyword else None
        if inner and isinstance(value, dict):
            yield from _keys(places, inner, value, (*at, key))
        elif inner and isinstance(value, list):
            for number, each in enumerate(value):
                if isinstance(each, dict):
                    yield from _keys(places, inner, each, (*at, key, number))


def _scope_at(places: Places, at: tuple[str | int, ...], scope: str | None) -> str | None:
    for step in at:
        if isinstance(step, str):
            keyword = places.keyword(scope, step)
            scope = keyword.scope if keyword else None
    return scope


def _distinguishing(places: Places, at: tuple[str | int, ...], scope: str, key: str, item: Mapping[str, Any]) -> bool:
    inner = _scope_at(places, at, scope)
    if inner is None or key in places.program.scopes[inner].required or key in _DISTINGUISHING.get(inner, ()):
        return True
    return _is_list_of_maps(value_at(item, at)[key])


def _needed(places: Places, at: tuple[str | int, ...], scope: str, key: str, item: Mapping[str, Any]) -> bool:
    inner = _scope_at(places, at, scope)
    if inner is None or key in places.program.scopes[inner].required:
        return True
    if inner == "option-data":
        defined = "name" in value_at(item, at)  # Kea shows the name of an option that it has a definition of
        return key in ("name", "data") or (key in ("code", "csv-format") and not defined)
    return key in _DISTINGUISHING.get(inner, ()) or _is_list_of_maps(value_at(item, at)[key])


def _without(item: dict[str, Any], keys: list[_Key]) -> dict[str, Any]:
    """A copy less some keys."""
    result: dict[str, Any] = _copy(item)
    for at, key in sorted(keys, key=lambda each: -len(each[0])):
        value_at(result, at).pop(key, None)
    return result


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _same_there(one: Json, other: Json, key: _Key) -> bool:
    at, name = key
    try:
        ours, others = value_at(one, at), value_at(other, at)
    except (KeyError, IndexError, TypeError):
        return False
    if not isinstance(ours, dict) or not isinstance(others, dict):
        return False
    # The item is in the newest spelling, but config-get may show another one: then only a trial build can decide.
    return name in ours and name in others and same(ours[name], others[name])


def _node(value: Any) -> Value:
    """Plain data as a document's value, for the reader of Kea's keys."""
    if isinstance(value, dict):
        result = Map()
        result.update({key: _node(item) for key, item in value.items()})
        return result
    if isinstance(value, list):
        items = Seq()
        items.extend(_node(item) for item in value)
        return items
    scalar: Value = value
    return scalar


def _plain(block: Json) -> Any:
    if isinstance(block, dict):
        return {key: _plain(value) for key, value in block.items()}
    return [_plain(value) for value in block] if isinstance(block, list) else block
