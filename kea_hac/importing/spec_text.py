"""A spec as a value → YAML: block maps, short ones in braces, comments at their values.

In: Blocks, lists and scalars that know the routes at which they were written, and remarks by route.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from kea_hac.diagnostics import Route
from kea_hac.importing.common_parts import routes_of_maps
from kea_hac.kea.config import Block, Json
from kea_hac.kea_files.comments import Remarks
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.yaml_scalars import UNPRINTABLE, scalar, string

WIDTH = 100
"""Columns that a map or list in braces may reach."""
_FLOW_ENTRIES = 6
_FLOW_ITEMS = 12
_OPEN = frozenset(
    {"servers", "subnet4", "subnet6", "shared-networks", "client-classes", "relationships", "peers", "loggers"}
)
"""Keys whose items are on separate lines, however short they are."""
_NOT_IN_COMMENT = regex(f"[\x00-\x08\x0a-\x1f]|{UNPRINTABLE.pattern}")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value in another file: `!include PATH`."""

    tag: str
    path: str


def yaml_text(spec: Block, remarks: Mapping[Route, Remarks], head: tuple[str, ...] = ()) -> str:
    """The whole file. `head`: its first lines, as comments."""
    lines = [f"# {line}".rstrip() for line in head]
    writer = _Writer(remarks)
    for number, (key, value) in enumerate(spec.items()):
        if number and isinstance(value, Block | list) and key != "paths":
            lines.append("")
        lines += writer.entry(key, value, spec.where(key), "")
    lines += writer.after(spec.at, "")
    return "\n".join(lines) + "\n"


class _Writer:
    def __init__(self, remarks: Mapping[Route, Remarks]) -> None:
        self.remarks = remarks
        self._near = {route[:length] for route in remarks for length in range(len(route) + 1)}
        """The routes of the remarks, and of all that they are in."""
        self._silent = Remarks()
        self._remarked: dict[tuple[int, Route], bool] = {}
        """By the `id()` of a map or list, and its route: each is asked for once for every level above it."""

    def inside(self, value: Json, route: Route) -> _Writer:
        """What writes the parts of a value: where none of them has a comment, none is looked for again."""
        return self if self.remarked(value, route) else _WITHOUT_REMARKS

    def about(self, route: Route) -> Remarks:
        return self.remarks.get(route, self._silent) if self.remarks else self._silent

    def before(self, route: Route, indent: str) -> Iterator[str]:
        yield from (f"{indent}# {_comment(line)}".rstrip() for line in self.about(route).before)

    def after(self, route: Route, indent: str) -> Iterator[str]:
        yield from (f"{indent}# {_comment(line)}".rstrip() for line in self.about(route).after)

    def beside(self, route: Route) -> str:
        written = self.about(route).beside
        return f"  # {_comment('; '.join(written))}" if written else ""

    def entry(self, key: str, value: Json, route: Route, indent: str, dash: str = "") -> Iterator[str]:
        """One key with its value. `dash`: the prefix of the key on its line, instead of the indent."""
        if not dash:
            yield from self.before(route, indent)
        name = f"{dash or indent}{_key(key)}:"
        flow = None if self.remarked(value, route) else _flow(value)
        fits = flow is not None and len(name) + 1 + len(flow) <= WIDTH
        if isinstance(value, Block | list) and not value and flow is None:
            written = self.about(route)
            inside = [
                *written.after,
                *(self.about(value.at).after if isinstance(value, Block) and value.at != route else ()),
            ]
            yield from (f"{indent}# {line}".rstrip() for line in inside)  # an empty map or list has no lines of its own
            yield f"{name} {_flow(value)}{self.beside(route)}"
            return
        open_list = key in _OPEN and isinstance(value, list) and any(isinstance(item, Block) for item in value)
        if flow is not None and not open_list and (fits or not isinstance(value, Block | list) or not value):
            yield f"{name} {flow}{self.beside(route)}"
        elif isinstance(value, Block):
            yield f"{name}{self.beside(route)}"
            yield from self.inside(value, route).map(value, f"{indent}  ")
            yield from self.after(route, f"{indent}  ") if route != value.at else ()
        elif isinstance(value, list):
            yield f"{name}{self.beside(route)}"
            yield from self.inside(value, route).items(value, route, f"{indent}  ", open_list)
            yield from self.after(route, f"{indent}  ")

    def map(self, block: Block, indent: str) -> Iterator[str]:
        """The entries of a map, on separate lines, and the comments at its end."""
        for key, value in block.items():
            yield from self.entry(key, value, block.where(key), indent)
        yield from self.after(block.at, indent)

    def items(self, items: list[Json], route: Route, indent: str, open_list: bool) -> Iterator[str]:
        for number, item in enumerate(items):
            here = item.at if isinstance(item, Block) else (*route, number)
            beside = ""
            if self.remarks:
                yield from self.before(here, indent)
                beside = self.beside(here)
            flow = None if self.remarked(item, here) else _flow(item)
            small = not isinstance(item, Block) or not open_list or len(item) == 1
            if flow is not None and small and len(indent) + 2 + len(flow) <= WIDTH:
                yield f"{indent}- {flow}{beside}"
            elif isinstance(item, Block) and item:
                yield from (f"{indent}# {_comment(line)}".rstrip() for line in self.about(here).beside)
                yield from self.inside(item, here)._block_item(item, indent)
            else:
                yield f"{indent}- {_flow(item, WIDTH * 1000)}{beside}"

    def _block_item(self, item: Block, indent: str) -> Iterator[str]:
        first, *rest = item
        yield from self.before(item.where(first), indent)
        yield from self.entry(first, item[first], item.where(first), f"{indent}  ", dash=f"{indent}- ")
        for key in rest:
            yield from self.entry(key, item[key], item.where(key), f"{indent}  ")
        yield from self.after(item.at, f"{indent}  ")

    def remarked(self, value: Json, route: Route) -> bool:
        """True when a part of the value has a comment, so that it needs its own lines."""
        if not self.remarks or not isinstance(value, Block | list):
            return False
        key = id(value), route
        known = self._remarked.get(key)
        if known is None:
            known = self._remarked[key] = self._has_remarks(value, route)
        return known

    def _has_remarks(self, value: Block | list[Json], route: Route) -> bool:
        if isinstance(value, Block):
            if self.about(value.at).after or self.about(route).after:
                return True
            return any(
                value.where(key) in self.remarks or self.remarked(item, value.where(key)) for key, item in value.items()
            )
        if self.about(route).after:
            return True
        maps = routes_of_maps(value)
        if maps is not None and route not in self._near and self._near.isdisjoint(maps):
            return False  # nearly all reservations
        for number, item in enumerate(value):
            here = item.at if isinstance(item, Block) else (*route, number)
            if here in self.remarks or self.remarked(item, here):
                return True
        return False


_WITHOUT_REMARKS = _Writer({})


def _comment(line: str) -> str:
    """A line of a comment, which ends where it does for every reader of YAML."""
    return _NOT_IN_COMMENT.sub("\ufffd", line)


def _flow(value: Json, room: int = WIDTH) -> str | None:
    """The value on one line; None where it is too large for that."""
    if isinstance(value, Block | dict):
        if len(value) > _FLOW_ENTRIES and room == WIDTH:
            return None
        parts = []
        for key, item in value.items():
            flow = string(item) if item.__class__ is str else _flow(item, room)
            if flow is None or (
                room == WIDTH and isinstance(item, Block) and any(isinstance(each, Block) for each in item.values())
            ):
                return None
            parts.append(f"{_key(key)}: {flow}")
        return _braced("{", parts, "}", room)
    if isinstance(value, list):
        several = sum(isinstance(item, Block) for item in value)
        if room == WIDTH and (several > 1 or len(value) > _FLOW_ITEMS):
            return None
        flows = [_flow(item, room) for item in value]
        if any(flow is None for flow in flows):
            return None
        return _braced("[", [flow for flow in flows if flow is not None], "]", room)
    return _scalar(value)


def _braced(begin: str, parts: list[str], end: str, room: int) -> str | None:
    text = begin + ", ".join(parts) + end
    return text if len(text) <= room else None


def one_line(value: Json) -> str:
    """The value as a comment shows it, however long it is."""
    return _flow(value, WIDTH * 1000) or ""


@lru_cache(4096)
def _key(name: str) -> str:
    """The key of a map: few, each of them at thousands of places."""
    return scalar(name)


def _scalar(value: Json) -> str:
    return f"{value.tag} {string(value.path)}" if isinstance(value, Tagged) else scalar(value)
