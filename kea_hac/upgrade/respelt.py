"""Keys that a newer Kea calls otherwise, or does not have: in the files of the servers, and in the spec."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.compiler.built import Built, configs
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import Program, program
from kea_hac.kea.hooks import name_in
from kea_hac.kea.synonyms import BY_OLD
from kea_hac.kea.version import Branch
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Respelt:
    """A key of the servers' files that the newer version has under another name."""

    daemon: str
    old: str
    new: str
    """"" where the newer version has no such key."""
    source: str
    """ "ChangeLog 2271 …"; "" where none is known."""
    count: int
    """How often the key occurs in the files of all servers."""


def respelt(old: Built, new: Built) -> tuple[Respelt, ...]:
    """Every key and library of the older files that the newer ones spell in another way, once for each daemon."""
    found: dict[tuple[str, str, str, str], int] = {}
    branches = {node.name: node.version.branch for node in new.site.nodes}
    for node, daemon, config in configs(old.site, old.build):
        target = branches.get(node.name, node.version.branch)
        if target is node.version.branch or new.config(node.name, daemon) is None:
            continue
        vocabulary = program(daemon.name)
        for name, newer, source in _in_block(vocabulary, vocabulary.top, config, target):
            key = (daemon.name, name, newer, source)
            found[key] = found.get(key, 0) + 1
    return tuple(Respelt(*key, count) for key, count in found.items())


def _in_block(vocabulary: Program, scope: str, block: Block, target: Branch) -> Iterator[tuple[str, str, str]]:
    known = vocabulary.scopes[scope].keywords
    for key, value in block.items():
        keyword = known.get(key)
        if keyword is None:
            continue
        row = BY_OLD.get(key)
        if row is not None and row.new in known and target in known[row.new].branches:
            yield key, row.new, row.source
        elif target not in keyword.branches:
            yield key, "", ""
        if key == "library" and isinstance(value, str) and name_in(value, target) != value:
            yield value.rpartition("/")[2], name_in(value, target).rpartition("/")[2], "ChangeLog 2273, 2289"
        if keyword.scope is not None:
            yield from _below(vocabulary, keyword.scope, value, target)


def _below(vocabulary: Program, scope: str, value: Json, target: Branch) -> Iterator[tuple[str, str, str]]:
    for each in value if isinstance(value, list) else (value,):
        if isinstance(each, Block):
            yield from _in_block(vocabulary, scope, each, target)
