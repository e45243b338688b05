"""Where a configuration has which maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kea_hac.kea.grammar import Keyword, Program, ProgramName, Scope
from kea_hac.kea.version import Branch
from tests.differential.making import keywords


@dataclass(frozen=True, slots=True)
class Place:
    """One map of a configuration, open for changes."""

    scope: Scope
    map: dict[str, Any]
    parent: dict[str, Any] | None
    """The map above; None for the daemon's own."""

    program: ProgramName

    def keywords(self, branch: Branch) -> dict[str, Keyword]:
        """What the branch knows here, as it knows it."""
        return keywords(self.program, self.scope.name, branch)


def places(program: Program, config: dict[str, Any]) -> list[Place]:
    """Every map that the grammar describes, the outermost first. `config` is what stands below the top key."""
    return list(_below(program, program.scopes[program.top], config, None))


def _below(program: Program, scope: Scope, node: dict[str, Any], parent: dict[str, Any] | None) -> Iterator[Place]:
    yield Place(scope, node, parent, program.name)
    for key, value in node.items():
        word = scope.keywords.get(key)
        if word is None or word.scope is None:
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from _below(program, program.scopes[word.scope], item, node)


def fitted(program: Program, config: dict[str, Any], branch: Branch) -> dict[str, Any]:
    """A copy that says nothing which `branch` does not know: of an old and a new spelling it keeps the newest known."""
    return _fitted(program, program.scopes[program.top], config, branch)


def _fitted(program: Program, scope: Scope, node: dict[str, Any], branch: Branch) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in node.items():
        word = scope.keywords.get(key)
        if word is None or branch not in word.branches:
            continue
        newer = [other for other in word.replaced_by if other in scope.keywords]
        if any(other in node and branch in scope.keywords[other].branches for other in newer):
            continue
        if word.scope is not None:
            below = program.scopes[word.scope]
            items = [_fitted(program, below, item, branch) for item in (value if isinstance(value, list) else [value])]
            value = items if isinstance(value, list) else items[0]  # noqa: PLW2901  # the value as the branch has it
        made[key] = value
    return made
