"""One value for several servers: the same, the same with `{server}` or `{address}` in it, or each its own.

The result, filled in and merged over the pair's for a server, equals its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from ipaddress import ip_address

from kea_hac.changes.three_way import same
from kea_hac.compiler.overrides import filled
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import Program
from kea_hac.records import dataclass
from kea_hac.spec.merging import library_name

ABSENT = object()


@dataclass(frozen=True, slots=True)
class Values:
    """One value as each server has it."""

    by_server: Mapping[str, Json]
    """The base's first; ABSENT where a server has none."""
    addresses: Mapping[str, str | None]
    """The value of `{address}` on each server."""
    partner_unknown: bool = False
    """True when the spec has a server without a file."""


@dataclass(slots=True)
class Folded:
    """The pair's values, and each server's own values."""

    pair: Json = ABSENT
    own: dict[str, Json] = field(default_factory=dict)


def one_for_all(values: Values) -> Json:
    """The one value for all servers, with placeholders where they are needed; ABSENT when there is none."""
    by_server = values.by_server
    first, base = next(iter(by_server.items()))
    if base is ABSENT:
        return ABSENT
    others = list(by_server.values())[1:]
    if any(each is ABSENT for each in others):
        return ABSENT
    if all(same(base, each) for each in others):
        return _for_partners(base, values.addresses.get(first)) if values.partner_unknown else base
    address = values.addresses.get(first)
    for words in ({first: "{server}"}, {address: "{address}"}, {address: "{address}", first: "{server}"}):
        result = _templated(base, {text: place for text, place in words.items() if text})
        if all(same(_filled(result, name, values), each) for name, each in by_server.items()):
            return result
    return ABSENT


def _filled(value: Json, name: str, values: Values) -> Json:
    address = values.addresses.get(name)
    return filled(value, name, ip_address(address) if address else None)


def _templated(value: Json, words: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        for text, place in words.items():
            value = value.replace(text, place)
        return value
    if isinstance(value, Block):
        result = value.copy_of()
        result.update({key: _templated(item, words) for key, item in value.items()})
        return result
    return [_templated(item, words) for item in value] if isinstance(value, list) else value


def _for_partners(value: Json, address: str | None) -> Json:
    """The server's own address cannot be its partner's, of which nothing is known."""
    if address is None:
        return value
    if isinstance(value, str):
        return "{address}" if value == address else value
    if isinstance(value, Block):
        result = value.copy_of()
        result.update({key: _for_partners(item, address) for key, item in value.items()})
        return result
    return [_for_partners(item, address) for item in value] if isinstance(value, list) else value


def fold_values(key: str, values: Values, vocabulary: Program, scope: str) -> Folded:
    """Merge keys that may differ. `scope`: the scope of `key`."""
    common = one_for_all(values)
    if common is not ABSENT:
        return Folded(common)
    present = {name: value for name, value in values.by_server.items() if value is not ABSENT}
    everywhere = len(present) == len(values.by_server)
    if key == "hooks-libraries" and present:
        return _libraries(values)
    keyword = vocabulary.scopes[scope].keywords.get(key)
    below = keyword.scope if keyword else None
    if everywhere and below and all(isinstance(value, Block) for value in present.values()):
        folded = _maps(values, vocabulary, below)
        if folded is not None:
            return folded
    return Folded(ABSENT, present)


def _maps(values: Values, vocabulary: Program, scope: str) -> Folded | None:
    """Equal keys for the pair, the others for each server; None when the pair's part would lack a key."""
    base = next(iter(values.by_server.values()))
    keys = dict.fromkeys(key for block in values.by_server.values() for key in block)
    pair = Block(base.at, moved=base.moved)
    own: dict[str, Json] = {}
    for key in keys:
        each = {name: block.get(key, ABSENT) for name, block in values.by_server.items()}
        folded = fold_values(key, Values(each, values.addresses, values.partner_unknown), vocabulary, scope)
        if folded.pair is not ABSENT:
            pair.put(key, folded.pair, _where(values, key))
        for name, value in folded.own.items():
            block = values.by_server[name]
            own.setdefault(name, Block(block.at)).put(key, value, block.where(key))
    if any(key not in pair for key in vocabulary.scopes[scope].required) or not pair:
        return None
    return Folded(pair, own)


def _where(values: Values, key: str) -> tuple[str | int, ...]:
    block: Block = next(block for block in values.by_server.values() if key in block)
    return block.where(key)


def _libraries(values: Values) -> Folded:
    """Libraries merge by name: equal ones are in the pair's list, in the base's order."""
    lists = {name: ([] if value is ABSENT else value) for name, value in values.by_server.items()}
    names = dict.fromkeys(library_name(entry) for listed in lists.values() for entry in listed)
    pair: list[Json] = []
    own: dict[str, Json] = {}
    for library in names:
        each = {
            name: next((entry for entry in listed if library_name(entry) == library), ABSENT)
            for name, listed in lists.items()
        }
        common = one_for_all(Values(each, values.addresses, values.partner_unknown))
        if common is not ABSENT:
            pair.append(common)
            continue
        if all(entry is not ABSENT for entry in each.values()):
            first: Json = next(iter(each.values()))
            pair.append(Block(first.at, {"library": library}))
        for name, entry in each.items():
            if entry is not ABSENT:
                own.setdefault(name, []).append(entry)
    return Folded(pair or ABSENT, own)
