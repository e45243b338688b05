"""What two partners lease from, held against each other: each difference once, at its place.

Items of lists are found in the other list by what makes them what they are (a subnet's id, a pool's range, an option's
space and code), so that another order is no difference. A key that is missing has its default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from kea_hac.check.rules.partners import Side
from kea_hac.check.rules.relationship import maps, relationships_of
from kea_hac.compiler.equality import UNEQUAL
from kea_hac.diagnostics import Finding
from kea_hac.kea.addressing import read_pool
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import Program, program
from kea_hac.kea.values import display_value
from kea_hac.source.secrets import names_secret

_OWN = frozenset(
    {
        "interfaces-config",
        "control-socket",
        "control-sockets",
        "hooks-libraries",
        "loggers",
        "lease-database",
        "hosts-databases",
        "config-control",
        "multi-threading",
        "dhcp-queue-control",
        "data-directory",
        "server-id",
        "server-tag",
        "user-context",
        "comment",
        "interface",
        "sender-ip",
        "sender-port",
        "server-ip",
        "server-port",
    }
)
"""What each server has its own of: where it runs, not what it leases."""
_IDENTIFIERS = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
Key = tuple[object, ...]


def _subnet(block: Block) -> Key:
    number = block.get("id")
    return ("id", number) if isinstance(number, int) and number else ("prefix", _prefix(block.get("subnet")))


def _prefix(text: Json) -> object:
    try:
        return ip_network("".join(str(text).split()), strict=False)
    except ValueError:
        return text


def _pool(block: Block) -> Key:
    text = str(block.get("pool"))
    try:
        made = read_pool(text, 6 if ":" in text else 4)
    except ValueError:
        return (text,)
    return (made.first, made.last)


def _reservation(block: Block) -> Key:
    for kind in _IDENTIFIERS:
        if isinstance(block.get(kind), str):
            return kind, str(block[kind]).lower().replace(":", "")
    return (str(block.get("ip-address")), str(block.get("ip-addresses")))


def _itself(block: Block) -> Key:
    return (str(sorted(block.items())),)


_KEYS: Mapping[str, Callable[[Block], Key]] = {
    "subnet4": _subnet,
    "subnet6": _subnet,
    "shared-networks": lambda block: (block.get("name"),),
    "pools": _pool,
    "pd-pools": lambda block: (_prefix(f"{block.get('prefix')}/{block.get('prefix-len')}"),),
    "reservations": _reservation,
    "client-classes": lambda block: (block.get("name"),),
    "option-def": lambda block: (block.get("space"), block.get("code")),
    "option-data": lambda block: (
        block.get("space"),
        block.get("code") if "code" in block and "name" not in block else block.get("name"),
        str(block.get("client-classes")),
    ),
}
_NAMES = {
    "subnet4": "subnet",
    "subnet6": "subnet",
    "shared-networks": "name",
    "pools": "pool",
    "pd-pools": "prefix",
    "client-classes": "name",
    "option-def": "name",
}


@dataclass(frozen=True, slots=True)
class _Compared:
    one: Side
    two: Side
    vocabulary: Program
    partial: bool
    """True for a hub, whose spokes have only some of its subnets."""

    def default(self, scope: str, key: str, side: Side) -> Json:
        known = self.vocabulary.scopes[scope].keywords.get(key)
        return known.fact("default", side.configuration.version.branch) if known else None


def unequal(one: Side, two: Side) -> Iterator[Finding]:
    """Every difference between two partners' configurations, at its place in the second file or else in the first."""
    family = one.configuration.daemon.family
    vocabulary = program("dhcp4" if family == 4 else "dhcp6")
    hub = max(len(relationships_of(each.configuration)) for each in (one, two)) > 1
    compared = _Compared(one, two, vocabulary, hub)
    yield from _blocks(one.configuration.config, two.configuration.config, vocabulary.top, compared)


def _blocks(first: Block, second: Block, scope: str, compared: _Compared) -> Iterator[Finding]:
    keywords = compared.vocabulary.scopes[scope].keywords
    for key in dict.fromkeys((*second, *first)):
        if key in _OWN:
            continue
        a, b = first.get(key), second.get(key)
        if a == b and key in first and key in second:
            continue
        below = keywords[key].scope if key in keywords else None
        if below is not None and (isinstance(a, list) or isinstance(b, list)):
            yield from _lists(first, second, key, below, compared)
        elif below is not None and isinstance(a, Block) and isinstance(b, Block):
            yield from _blocks(a, b, below, compared)
        else:
            yield from _values(first, second, key, scope, compared)


def _values(first: Block, second: Block, key: str, scope: str, compared: _Compared) -> Iterator[Finding]:
    a = first[key] if key in first else compared.default(scope, key, compared.one)
    b = second[key] if key in second else compared.default(scope, key, compared.two)
    if _alike(a, b, key):
        return
    here, there = (second, first) if key in second else (first, second)
    related = ((there.where(key), "the value of the partner"),) if key in there else ((there.at, "the partner's"),)
    message = f"{key!r} is {_said(b, key)} on {compared.two.label}, and {_said(a, key)} on {compared.one.label}"
    yield Finding(UNEQUAL, here.where(key), message, related=related, fix="set the same value on both servers")


def _alike(a: Json, b: Json, key: str) -> bool:
    if isinstance(a, list) and isinstance(b, list) and key == "client-classes":
        return sorted(map(str, a)) == sorted(map(str, b))
    if isinstance(a, str) and isinstance(b, str):
        if key in ("hw-address", "duid"):
            return a.lower() == b.lower()
        if key in ("subnet", "pool"):
            return _pool(Block(data={"pool": a})) == _pool(Block(data={"pool": b}))
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _said(value: Json, key: str) -> str:
    if names_secret(key):
        return "a secret"
    if value is None:
        return "not there"
    return ", ".join(map(str, value)) or "empty" if isinstance(value, list) else display_value(value)


def _lists(first: Block, second: Block, key: str, scope: str, compared: _Compared) -> Iterator[Finding]:
    identity = _KEYS.get(key, _itself)
    ones = {identity(block): block for block in maps(first.get(key))}
    twos = {identity(block): block for block in maps(second.get(key))}
    whole = not (compared.partial and key in ("subnet4", "subnet6", "shared-networks"))
    for mine, others, side, other in (
        (twos, ones, compared.one, first),
        (ones, twos, compared.two, second),
    ):
        for known, block in mine.items():
            if known not in others and whole:
                yield _missing(block, key, side, other)
    for known, block in twos.items():
        if known in ones and ones[known] != block:
            yield from _blocks(ones[known], block, scope, compared)


def _missing(block: Block, key: str, side: Side, other: Block) -> Finding:
    name = block.get(_NAMES.get(key, "")) or block.get("name") or block.get("code") or ""
    kind = {
        "subnet4": "subnet",
        "subnet6": "subnet",
        "shared-networks": "shared network",
        "client-classes": "class",
    }.get(key, key.removesuffix("s").replace("-", " "))
    at = block.where(_NAMES[key]) if _NAMES.get(key) in block else block.at
    related = ((other.where(key) if key in other else other.at, f"{side.label} has not"),)
    message = f"{side.label} lacks the {kind} {name}".rstrip()
    return Finding(UNEQUAL, at, message, related=related, fix="set the same value on both servers")
