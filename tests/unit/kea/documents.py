"""Documents for tests without a reader: `plain(...)` makes what unquoted YAML gives, `typed(...)` what Kea's JSON gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kea_hac.kea.grammar import Keyword, ProgramName, Scope, program
from kea_hac.source.document import Map, Plain, Seq, Value


def plain(data: Any) -> Value:
    """Every text is an unquoted YAML scalar; wrap one in `Quoted` to have it quoted."""
    if isinstance(data, Quoted):
        return str(data)
    return _built(data, plain) if isinstance(data, dict | list) else Plain(data) if isinstance(data, str) else data


def typed(data: Any) -> Value:
    """Texts are quoted, scalars have their JSON types."""
    return _built(data, typed) if isinstance(data, dict | list) else data


def plain_map(data: dict[str, Any]) -> Map:
    """`plain` of a map."""
    made = plain(data)
    assert isinstance(made, Map)
    return made


PROGRAMS: tuple[ProgramName, ...] = ("dhcp4", "dhcp6", "ctrl-agent", "ha")


def keywords() -> Iterator[tuple[ProgramName, Scope, Keyword]]:
    """Every keyword of every map of every program."""
    for name in PROGRAMS:
        for scope in program(name).scopes.values():
            for keyword in scope.keywords.values():
                yield name, scope, keyword


class Quoted(str):
    """A text that is quoted in the YAML."""

    __slots__ = ()


def _built(data: Any, each: Any) -> Map | Seq:
    if isinstance(data, dict):
        made = Map()
        made.update({key: each(value) for key, value in data.items()})
        return made
    items = Seq()
    items.extend(each(item) for item in data)
    return items
