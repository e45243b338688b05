"""The daemon and version of the prediction, and the small functions that all of its parts use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from socket import AF_INET6, inet_ntop
from typing import Any, TypeVar

from kea_hac.diagnostics import Route
from kea_hac.kea.addressing import packed
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.grammar import Keyword, Kind, Program, program
from kea_hac.kea.option_definitions import NO_CUSTOM, Custom
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import Branch, Feature, KeaVersion, has
from kea_hac.records import dataclass
from kea_hac.regex import regex

NO_ADDRESS = {4: ".".join("0000"), 6: "::"}
"""The address of all zeros of each family."""
_LINK_LOCAL = regex(rb"\xfe[\x80-\xbf]|\xff[\x01\x02\x11\x12]", re.DOTALL)
"""How addresses begin whose zone (`fe80::1%eth0`) Kea keeps and prints."""
_Made = TypeVar("_Made")
SCALARS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.STRING, Kind.BOOLEAN, Kind.ENUM})


class Shared:
    """What was predicted of parts that several configurations have in common: the servers of a pair have the same subnets.

    Kept by the `id()` of the part, which is held, and for what else it depends on.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, tuple[object, ...], Any]] = {}
        self._target: Target | None = None
        """The last one that was asked for."""
        self.texts: dict[tuple[int, bool], tuple[Json, list[str]]] = {}
        """Kea's own text of such parts, in pieces, by `id()` and whether exponents are printed the older way. The parts are held too."""

    def of(self, part: object, make: Callable[[], _Made], target: Target, *around: object) -> _Made:
        """What `make` returns for a part, called once for one target and one `around`: what else it depends on."""
        known = self._known.get(id(part))
        if known is None or known[1] != (target, *around):
            if self._target != target:
                # Not the target with this very object in it: what is a part of itself is only freed by a garbage collection.
                self._target = replace(target, shared=None)
            known = self._known[id(part)] = part, (self._target, *around), make()
        made: _Made = known[2]
        return made


@dataclass(frozen=True, slots=True)
class Rows:
    """Maps with the same keys that follow each other in a list."""

    columns: Mapping[str, Sequence[Json]]
    """By key: the value of each map."""


@dataclass(frozen=True, slots=True)
class Target:
    """One daemon of one version, on a host if something is known of it."""

    daemon: Daemon
    version: KeaVersion
    host: Platform | None = None
    custom: Custom = field(default=NO_CUSTOM)
    """The configuration's own option definitions."""
    shared: Shared | None = field(default=None, compare=False)
    """Where several configurations are predicted that have lists in common."""
    printed: bool = False
    """True where only Kea's own text of the prediction is wanted, so that reservations may be `Rows`."""

    @property
    def branch(self) -> Branch:
        return self.version.branch

    @property
    def family(self) -> int:
        """4 or 6; never asked of the agent."""
        return 6 if self.daemon.family == 6 else 4

    @property
    def program(self) -> Program:
        return program(
            "dhcp4" if self.daemon.name == "dhcp4" else "dhcp6" if self.daemon.name == "dhcp6" else "ctrl-agent"
        )

    def keyword(self, scope: str, name: str) -> Keyword | None:
        """A keyword where this branch knows it."""
        known = self.program.scopes[scope].keywords.get(name)
        return known if known is not None and self.branch in known.branches else None

    def knows(self, scope: str, name: str) -> bool:
        return self.keyword(scope, name) is not None

    def prints_paths(self) -> bool:
        """True for the versions that print the full path of what may be written as a bare file name."""
        return has(self.version, Feature.SUPPORTED_PATHS_ONLY)


def at_of(block: Mapping[str, Json]) -> Route:
    """Where a map was written; () for one that nobody wrote."""
    return block.at if isinstance(block, Block) else ()


def moved_of(block: Mapping[str, Json]) -> dict[str, Route] | None:
    return dict(block.moved) if isinstance(block, Block) and block.moved else None


def where_in(block: Mapping[str, Json], key: str) -> Route:
    """The route of a value, as Block.where gives it."""
    return block.where(key) if isinstance(block, Block) else (key,)


def finished(source: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route] | None = None) -> Block:
    """The shown form of `source`: keys sorted, at its place; `moved` adds to the routes that it knew."""
    known = moved_of(source)
    if moved:
        known = {**(known or {}), **moved}
    if known:
        known = {key: route for key, route in known.items() if key in result} or None
    return Block(at_of(source), {key: result[key] for key in sorted(result)}, known)


def maps(value: Json) -> Iterable[Mapping[str, Json]]:
    """The maps of a list; nothing where no list is."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else ()


def given(block: Mapping[str, Json], *names: str) -> str | None:
    """The first of several spellings of a key that stands in a map."""
    return next((name for name in names if block.get(name) is not None), None)


def verbatim(value: Any) -> Any:
    """A value that Kea hands back as it was: keys sorted, numbers as Kea prints them. Equal trees stay the same object."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        result = {key: verbatim(value[key]) for key in sorted(value)}
        return Block(at_of(value), result, moved_of(value))
    if isinstance(value, list):
        return [verbatim(item) for item in value]
    return value


def with_context(source: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route]) -> None:
    """`user-context` and `comment`: Kea's grammar puts the comment into the context.

    A comment that stands behind the context takes the nulls out of it (seen on 2.2.0, 2.6.3, 3.0.4).
    """
    context = source.get("user-context")
    comment = source.get("comment")
    if context is not None:
        result["user-context"] = verbatim(context)
    if comment is None:
        return
    if not isinstance(context, Mapping):
        result["user-context"] = Block(where_in(source, "comment"), {"comment": comment})
        moved["user-context"] = where_in(source, "comment")
        return
    keys = list(source)
    merged = {
        key: value
        for key, value in context.items()
        if value is not None or keys.index("comment") < keys.index("user-context")
    }
    result["user-context"] = verbatim(finished(context, {**merged, "comment": comment}))


def address_shown(text: Json, family: int) -> Json:
    """An address as Kea prints it; what is none stays. Of the first family it takes no other spelling than its own."""
    if family == 4 or not isinstance(text, str):
        return text
    raw = packed(text, family)
    if raw is None:
        return text
    zone = text[text.index("%") :] if "%" in text and _LINK_LOCAL.match(raw) else ""
    return six_shown(raw) + zone


def six_shown(raw: bytes) -> str:
    """Sixteen bytes as Kea prints them: as inet_ntop does."""
    return inet_ntop(AF_INET6, raw)


def number_shown(family: int, number: int) -> str:
    """An address as Kea prints it."""
    if family == 6:
        return six_shown(number.to_bytes(16, "big"))
    return ".".join(map(str, number.to_bytes(4, "big")))


def as_uint32(value: Json) -> Json:
    """A number that Kea keeps in 32 bits without looking whether it fits (seen on 2.2.0, 2.6.3, 3.0.4)."""
    return value & 0xFFFFFFFF if isinstance(value, int) and not isinstance(value, bool) else value


def in_32_bits(result: dict[str, Json]) -> None:
    """`as_uint32` for every number of a map."""
    for key, value in result.items():
        if type(value) is int:
            result[key] = as_uint32(value)


def unsigned_as_int(value: Json) -> Json:
    """A number that Kea keeps in 32 bits and prints as a C int: from 2^31 on it comes out negative."""
    kept = as_uint32(value)
    return kept - 2**32 if isinstance(kept, int) and kept >= 2**31 else kept
