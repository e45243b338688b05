"""The open maps and lists of a YAML text, and what a value, a key or a merge does to the innermost one.

In: keys and values in the order of the text. Out: complete containers, and findings about keys: duplicates, merges of what is
no map, keys that are no string, and strings that YAML reads as maps because their quotes are missing.
"""

from __future__ import annotations

from enum import Enum
from sys import intern
from typing import Any, NoReturn

from ruamel.yaml.events import MappingStartEvent

from kea_hac.diagnostics import Repair, Route, Rule, rewrite_it
from kea_hac.records import dataclass
from kea_hac.source import rules
from kea_hac.source.document import MERGED, LostValue, Map, Plain, Seq, Value, pack
from kea_hac.source.includes import Source
from kea_hac.source.ledger import HaltError, Ledger, LoadedValue

COUNT_EVERY = 64 * 1024
"""Characters after which the keys and values so far are counted again."""
_AFTER_VALUE = ("", " ", "\t", "\r", "\n", ",", "]", "}")


class Role(Enum):
    """What the next value of a container is for, when it is not simply the value of a key."""

    ITEM = "an item of a list"
    MERGE = "the value of <<"
    COMPLEX = "a key that is no scalar"
    DROP = "a value whose key was refused"


ITEM = Role.ITEM
OPEN = LoadedValue(None, 0, 0, 0)
"""Stands for an anchor whose value is still being read: an alias to it would be recursive."""
UNREAD = LoadedValue(None, 0, 0, 0)
"""Stands for an anchor whose value could not be read, which was reported there."""


@dataclass(slots=True, eq=False)
class Frame:
    """A map or list that is still open."""

    node: Map | Seq
    start: int
    end: int
    """Where the position of a block container ends: with its first token."""
    flow: bool
    anchor: str | None
    key: Any
    """The key of the next value, or its Role, or None in a map when a key comes next."""
    key_at: int = 0
    extra: int = 0
    """Nodes below the direct children."""
    height: int = 0
    """Of the highest child."""
    merges: list[Map] | None = None


class Containers:
    """The containers that are open at one place of a text, the innermost last; the base of the `Builder`."""

    def __init__(self, ledger: Ledger, source: Source, route: Route) -> None:
        self._ledger = ledger
        self._number = source.number
        self._depth = ledger.limits.depth
        self._text = ledger.texts[source.number].text
        self._route = route
        self._root = Seq()
        self._frame = Frame(self._root, 0, 0, False, None, ITEM)
        self._frames: list[Frame] = []
        self._count_at = COUNT_EVERY

    def _key(self, value: str, at: int, *, merging: bool) -> None:
        frame = self._frame
        frame.key_at = at
        frame.key = intern(str(value))
        if merging and frame.merges is None:
            frame.merges = []
            frame.key = Role.MERGE
        elif merging:
            self._report(rules.DUPLICATE_KEY, at, "<< is in this map twice", fix="<<: [*one, *two]")
            frame.key = Role.DROP
        elif value in frame.node and isinstance(frame.node, Map):
            if not self._ledger.full:
                first = frame.node.spans[2 * frame.node.number(value)]
                self._report(
                    rules.DUPLICATE_KEY,
                    at,
                    f"the key {value} is in this map twice",
                    fix="keep one of them; where both are lists, put the items into one list",
                    related=((first, "it is here already"),),
                )
            else:
                self._report(rules.DUPLICATE_KEY, at, "")
            frame.key = Role.DROP

    def _put(self, loaded: LoadedValue, *, splice: bool = False) -> None:
        frame = self._frame
        node: Any = frame.node
        key = frame.key
        value = loaded.value
        if len(self._frames) + loaded.height > self._depth:
            self._halt(rules.OVER_LIMIT, loaded.at, self._too_deep())
        frame.extra += loaded.size - 1
        frame.height = max(frame.height, loaded.height)
        if loaded.size > COUNT_EVERY:
            self._count_at = 0
        if key is ITEM and splice and isinstance(value, Seq):
            node.extend(value)
            node.spans.extend(value.spans)
        elif key is ITEM:
            node.append(value)
            node.spans.append(loaded.at)
        elif key is Role.MERGE:
            self._merge_from(value, loaded.at)
            frame.key = None
        elif key is Role.COMPLEX:
            frame.key = Role.DROP
        elif key is Role.DROP:
            frame.key = None
        else:
            node[key] = value
            node.spans += (frame.key_at, loaded.at)
            frame.key = None

    def _missing(self, at: int) -> None:
        """The expected value could not be read: its key is dropped too. `at`: what stands for it."""
        key = self._frame.key
        if key is ITEM or isinstance(key, str):
            self._ledger.lost.append(LostValue(self._here(), at))
        elif key is Role.MERGE:
            self._ledger.lost.append(LostValue((*self._here(), MERGED), at))
        if key is not ITEM:
            self._frame.key = Role.DROP if key in (None, Role.COMPLEX) else None

    def _merge_from(self, value: Value, at: int) -> None:
        sources = value if isinstance(value, Seq) else [value]
        if all(isinstance(each, Map) for each in sources):
            self._frame.merges = [each for each in sources if isinstance(each, Map)]
            return
        seen = next(each for each in sources if not isinstance(each, Map))
        self._report(
            rules.BAD_MERGE,
            at,
            f"<< takes a map, or a list of maps: *anchor, [*one, *two] or !include file.yaml, not a {name_of(seen)}",
        )

    def _meant(self, node: Map | Seq, frame: Frame, end: int) -> Value:
        """The node of one entry, or the intended string where YAML reads a map."""
        if not isinstance(node, Map):
            return node
        ((key, value),) = node.items()
        if not isinstance(value, Plain) or value:
            return node
        if frame.flow and key in ("server", "address"):
            shown = f"{{{key}}}"
            if self._frames[-1].key is Role.COMPLEX or self._text[end : end + 1] not in _AFTER_VALUE:
                return shown  # another finding reports it, as a complex key or a syntax error
            self._report(
                rules.UNQUOTED_BRACES,
                pack(self._number, frame.start, end),
                f"YAML reads {shown} as a map with the key {key}: quote it",
                fix=f'write "{shown}"',
                repair=rewrite_it(f'"{shown}"'),
            )
            return shown
        return f"{key}:" if key.endswith(":") else node

    def _colon_trap(self, value: str, style: str) -> None:
        key = self._frame.key
        if value or style or not isinstance(key, str) or not key.endswith(":"):
            return
        at = self._frame.key_at
        if self._text[at >> 32 & 0xFFFFFFFF] in "\"'":
            return
        self._report(
            rules.UNQUOTED_COLON,
            at + 1,  # with its colon
            f"{key}: ends with a colon, so YAML reads {key} as a key without a value: quote it",
            fix=f'write "{key}:"',
            repair=rewrite_it(f'"{key}:"'),
        )

    def _refuse_complex_key(self, event: Any) -> None:
        kind = "map" if event.__class__ is MappingStartEvent else "list"
        self._report(
            rules.COMPLEX_KEY,
            self._mark(event),
            f'a {kind} cannot be a key; if you mean a string, quote it, as in "{{server}}": …',
        )
        self._frame.key = Role.COMPLEX

    def _mark(self, event: Any) -> int:
        return pack(self._number, event.start_mark.index, event.end_mark.index)

    def _too_deep(self) -> str:
        return f"maps and lists are nested more than {self._depth} levels deep"

    def _here(self) -> Route:
        """The route of the value that is read now."""
        steps: list[str | int] = []
        for frame in [*self._frames, self._frame][1:]:
            if frame.key is ITEM:
                steps.append(len(frame.node))
            elif isinstance(frame.key, str):
                steps.append(frame.key)
        return (*self._route, *steps)

    def _report(
        self,
        rule: Rule,
        at: int,
        message: str,
        *,
        fix: str | None = None,
        related: tuple[tuple[int, str], ...] = (),
        repair: tuple[Repair, ...] = (),
    ) -> None:
        self._ledger.report(rule, at, message, route=self._here(), fix=fix, related=related, repair=repair)

    def _halt(self, rule: Rule, at: int, message: str) -> NoReturn:
        self._report(rule, at, message)
        raise HaltError


def merge(node: Map | Seq, sources: list[Map]) -> None:
    """Take over what the map does not have: its own keys win, then the earlier source (YAML 1.1, merge key)."""
    assert isinstance(node, Map)
    for source in sources:
        for index, (key, value) in enumerate(source.items()):
            if key not in node:
                node[key] = value
                node.spans += source.spans[2 * index : 2 * index + 2]


def name_of(value: Value) -> str:
    """What messages call a value."""
    if isinstance(value, Map):
        return "map"
    return "list" if isinstance(value, Seq) else "single value"
