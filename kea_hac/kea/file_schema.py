"""Kea's own files as JSON Schema 2020-12: one schema for each daemon and branch, for editors and for any JSON Schema tool.

A schema takes what the grammar and the parsers of that branch take: its keywords and no others, in its types, words and
limits, with what it demands; old spellings that it still reads are marked as deprecated. Comments and `<?include?>` are
for the reader of the file to remove. What JSON Schema cannot check, that `1` is not `1.0`, is in the descriptions.

It is stricter than Kea where Kea swallows a mistake: the HA library ignores keys that it does not know, so that a misspelt
one changes nothing on both servers (seen on 2.2.0, 2.6.3, 3.0.4); lifetimes beyond 32 bits are cut, and an unknown severity
is taken for INFO. The parameters of all other libraries are left open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Literal

from kea_hac.kea.grammar import Keyword, Kind, Program, Scope, program
from kea_hac.kea.hooks import HIGH_AVAILABILITY
from kea_hac.kea.hover import file_hover_text, newer_spelling
from kea_hac.kea.json_schema import Definitions, Schema, in_any_case, limits_of, reached, ref
from kea_hac.kea.version import BRANCHES, Branch, Feature, KeaVersion, has

DaemonName = Literal["dhcp4", "dhcp6", "ctrl-agent"]
DAEMONS: tuple[DaemonName, ...] = ("dhcp4", "dhcp6", "ctrl-agent")

_HA_LIBRARY = rf"(^|/){HIGH_AVAILABILITY.replace('.', '[.]')}$"
_HA_PARAMETERS = "ha.parameters"
_IGNORED = "Kea reads this in the relationship and ignores it here. ISC's own examples have it here too."
_SIMPLE: Mapping[Kind, str] = {
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.STRING: "string",
    Kind.BOOLEAN: "boolean",
}


def file_schemas() -> Mapping[str, str]:
    """Every schema there is, as `schemas/` has it: file name → text."""
    return {
        f"kea-{name}-{branch}.schema.json": file_schema_text(name, branch)
        for name in DAEMONS
        for branch in branches_of(name)
    }


def branches_of(name: DaemonName) -> tuple[Branch, ...]:
    """The branches that have this daemon, oldest first."""
    return tuple(branch for branch in BRANCHES if branch in program(name).branches)


def file_schema_text(name: DaemonName, branch: Branch) -> str:
    """`file_schema` as a file has it."""
    return json.dumps(file_schema(name, branch), indent=1, ensure_ascii=False) + "\n"


def file_schema(name: DaemonName, branch: Branch) -> Schema:
    """The schema of `kea-NAME.conf` as `branch` reads it, the same each time. For `branches_of(name)` only."""
    known = program(name)
    definitions = dict(_definitions(known, branch))
    if name != "ctrl-agent":
        definitions |= _high_availability(branch)
        definitions["hooks-library"] |= _when_high_availability()
    body: Schema = {
        "type": "object",
        "properties": {known.top: ref(known.top)},
        "required": [known.top],
        "additionalProperties": False,
    }
    head: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:kea-hac:{known.extra['program']}:{branch}",
        "description": f"The configuration of {known.extra['program']} {branch}, without comments and includes.",
    }
    return head | body | {"$defs": reached(body, definitions)}


def _definitions(known: Program, branch: Branch, mark: str = "") -> Iterator[tuple[str, Schema]]:
    for scope in known.scopes.values():
        if branch in scope.branches:
            yield f"{mark}{scope.name}", _map(scope, branch, mark)


def _map(scope: Scope, branch: Branch, mark: str) -> Schema:
    words = [keyword for keyword in scope.keywords.values() if branch in keyword.branches]
    schema: Schema = {
        "type": "object",
        "properties": {word.name: _property(scope, word, branch, mark) for word in words},
        "additionalProperties": scope.open,
    }
    if required := _required(scope, branch):
        schema["required"] = required
    elif not scope.empty_map:
        schema["minProperties"] = 1
    if pairs := {word.name: newer for word in words if (newer := _excluded(scope, word, branch))}:
        schema["dependentSchemas"] = {old: {"properties": dict.fromkeys(newer, False)} for old, newer in pairs.items()}
    return schema


def _required(scope: Scope, branch: Branch) -> list[str]:
    late = (key for limit, keys in scope.required_before.items() if branch.order < limit.order for key in keys)
    explicit = scope.name in ("subnet4", "subnet6") and has(KeaVersion(branch), Feature.SUBNET_ID_MANDATORY)
    return [*scope.required, *late, *(["id"] if explicit else [])]


def _excluded(scope: Scope, keyword: Keyword, branch: Branch) -> list[str]:
    """The newer spellings that may not stand beside an old one: all that are in the same map (the grammars' unique(),
    moveReservationMode and RelayInfoParser), where hosts-database and hosts-databases are no such pair."""
    names = (scope.keywords.get(name) for name in keyword.at(branch).replaced_by)
    return [newer.name for newer in names if newer is not None and branch in newer.branches]


def _property(scope: Scope, keyword: Keyword, branch: Branch, mark: str) -> Schema:
    schema: Schema = {"description": file_hover_text(scope, keyword, branch)} | _value(keyword.at(branch), mark)
    newer = _newer(scope, keyword, branch)
    if newer is None:
        return schema
    return schema | {"deprecated": True, "deprecationMessage": f"{keyword.name} is an old spelling: write {newer}."}


def _newer(scope: Scope, keyword: Keyword, branch: Branch) -> str | None:
    """What this branch would rather read, in words; None where it knows no newer spelling."""
    newer = newer_spelling(scope, keyword)
    row = scope.keywords.get(newer or "")
    return None if row is not None and branch not in row.branches else newer


def _value(view: Keyword, mark: str) -> Schema:
    if view.kind is Kind.MAP:
        return ref(f"{mark}{view.scope}") if view.scope else {"type": "object"}
    if view.kind is not Kind.LIST:
        return _scalar(view, view.kind)
    items = ref(f"{mark}{view.scope}") if view.scope else _scalar(view, view.items or Kind.STRING)
    schema: Schema = {"type": "array", "items": items}
    return schema if view.empty_list else schema | {"minItems": 1}


def _scalar(view: Keyword, kind: Kind) -> Schema:
    if kind is not Kind.ENUM:
        return {"type": _SIMPLE[kind]} | limits_of(view)
    words = list(view.values)
    if not view.any_case:
        return {"enum": words}
    return {"anyOf": [{"enum": words}, {"type": "string", "pattern": f"^({'|'.join(map(in_any_case, words))})$"}]}


def _high_availability(branch: Branch) -> Definitions:
    """The parameters of the HA library: its vocabulary, and the constraints of `data/ha.json` that JSON Schema can express."""
    known = program("ha")
    result = dict(_definitions(known, branch, "ha."))
    result["ha.peer"]["properties"]["require-client-certs"] = {
        "description": _IGNORED,
        "type": "boolean",
        "deprecated": True,
        "deprecationMessage": "require-client-certs has no effect here: write it in the relationship.",
    }
    relationships: Schema = {
        "description": "The relationships that this server is part of: one, or from 2.6 on those of a hub.",
        "type": "array",
        "items": ref(f"ha.{known.top}"),
        "minItems": 1,
    }
    if not has(KeaVersion(branch), Feature.HUB_AND_SPOKE):
        relationships["maxItems"] = 1
    result[_HA_PARAMETERS] = {
        "type": "object",
        "properties": {"high-availability": relationships},
        "additionalProperties": False,
        "required": ["high-availability"],
    }
    return result


def _when_high_availability() -> Schema:
    return {
        "if": {"properties": {"library": {"type": "string", "pattern": _HA_LIBRARY}}, "required": ["library"]},
        "then": {"properties": {"parameters": ref(_HA_PARAMETERS)}, "required": ["parameters"]},
    }
