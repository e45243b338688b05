"""A spec with every key there is, as an editor sees it, and views of the schema for tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from kea_hac.kea.grammar import Keyword, Kind, ProgramName, program
from kea_hac.spec.load import MAY_DIFFER
from kea_hac.spec.pair import Head, Ours, RelationshipPeer, ServerFamilySpec, ServerHead, SharedAgent
from kea_hac.spec.schema import spec_schema

TOPS: dict[ProgramName, str] = {"dhcp4": "Dhcp4", "dhcp6": "Dhcp6"}
INCLUDED = "part.yaml"
"""What an editor sees of `!include part.yaml`: it can stand for any value."""


@cache
def schema() -> dict[str, Any]:
    """The schema; not to be changed."""
    return spec_schema()


@cache
def validator() -> Draft202012Validator:
    """What judges by it."""
    return Draft202012Validator(schema())


def errors(spec: Any) -> list[str]:
    """What is wrong with a spec."""
    return [f"{error.json_path}: {error.message[:200]}" for error in validator().iter_errors(spec)]


def references(node: Any) -> Iterator[str]:
    for each in every(node):
        if isinstance(each.get("$ref"), str):
            yield each["$ref"]


def every(node: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object below a node, itself included."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from every(value)
    elif isinstance(node, list):
        for value in node:
            yield from every(value)


def everything(name: ProgramName, scope: str, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A map with every keyword of a scope; scalars are included, so that they fit any type."""
    return {
        keyword.name: _something(name, keyword)
        for keyword in program(name).scopes[scope].keywords.values()
        if keyword.name not in leave_out
    }


def _something(name: ProgramName, keyword: Keyword) -> Any:
    if keyword.kind is Kind.MAP:
        return everything(name, keyword.scope) if keyword.scope else {"anything": [1, {"at": "all"}]}
    if keyword.kind is Kind.LIST:
        return [everything(name, keyword.scope) if keyword.scope else INCLUDED]
    return INCLUDED


def wide() -> dict[str, Any]:
    """A spec with every key there is."""
    relationship = everything("ha", "relationship", frozenset({"this-server-name", "peers"}))
    peer = everything("ha", "peer", frozenset({"name", "url", "role"}))
    server_family = dict.fromkeys(keys_of(ServerFamilySpec), INCLUDED)
    head = dict.fromkeys(keys_of(ServerHead), INCLUDED)
    overrides = {
        family: {key: value for key, value in everything(family, top).items() if key in MAY_DIFFER}
        for family, top in TOPS.items()
    }
    return {
        **dict.fromkeys(keys_of(Head), INCLUDED),
        "paths": {"config": INCLUDED},
        "micetro": {"owner": INCLUDED, "agent": dict.fromkeys(keys_of(SharedAgent), INCLUDED)},
        "x-anything": {"at": ["all"]},
        "servers": [{**head, **server_family, **peer, **overrides, "control-agent": False}],
        "high-availability": {
            **relationship,
            **dict.fromkeys(keys_of(Ours), INCLUDED),
            "relationships": [{**relationship, "peers": [dict.fromkeys(keys_of(RelationshipPeer), INCLUDED)]}],
        },
        "control-agent": everything("ctrl-agent", "Control-agent"),
        **{family: everything(family, top) for family, top in TOPS.items()},
    }


def keys_of(shape: Any) -> list[str]:
    return [entry.alias or name for name, entry in shape.model_fields.items()]
