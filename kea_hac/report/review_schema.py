"""The JSON Schema (2020-12) of `review --format json`: `schemas/review.schema.json`."""

from __future__ import annotations

import json
from typing import Any

from kea_hac.changes.between import Keep
from kea_hac.changes.effects import Effect
from kea_hac.kea.config import DAEMONS, FAMILIES
from kea_hac.report.review_json import FORMAT
from kea_hac.review.reviewing import State

_STRING: dict[str, Any] = {"type": "string"}
_TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_STRINGS: dict[str, Any] = {"type": "array", "items": _STRING}
_EFFECTS: dict[str, Any] = {"type": "array", "items": {"enum": [each.value for each in Effect]}, "uniqueItems": True}
_FAMILY: dict[str, Any] = {"enum": [each.name for each in FAMILIES]}


def _map(required: dict[str, Any], optional: dict[str, Any] | None = None, about: str = "") -> dict[str, Any]:
    """A map with these keys. Later versions of kea-hac may add keys."""
    result = {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}
    return {"description": about, **result} if about else result


def _list(items: dict[str, Any], about: str = "") -> dict[str, Any]:
    result = {"type": "array", "items": items}
    return {"description": about, **result} if about else result


def _by_name(values: dict[str, Any], about: str = "") -> dict[str, Any]:
    result = {"type": "object", "additionalProperties": values}
    return {"description": about, **result} if about else result


def review_schema_text() -> str:
    """The schema as a file has it."""
    return json.dumps(_schema(), indent=2) + "\n"


def _schema() -> dict[str, Any]:
    counts = {"pool-addresses": _COUNT, "prefixes": _COUNT, "reservations": _COUNT}
    subnet = _map({"daemon": _FAMILY, "id": _COUNT, "prefix": _STRING})
    size = {"anyOf": [_map({"addresses": _COUNT, "prefixes": _COUNT}), {"type": "null"}]}
    removed = _map({"subnets": _list(subnet), **counts, "of": _map({"subnets": _COUNT, **counts})})
    changed = {
        "renamed-servers": _by_name(_STRING, "old name → new name"),
        "versions": _list(_map({"server": _STRING, "old": _STRING, "new": _STRING})),
        "needs": _by_name(
            _map({"added": _by_name(_STRINGS), "dropped": _by_name(_STRINGS)}), "what each host must provide"
        ),
    }
    pair = {
        "pair": _STRING,
        "spec": {**_TEXT_OR_NULL, "description": "the path now; null for a pair that goes"},
        "old-spec": {**_TEXT_OR_NULL, "description": "the path in the older revision; null for a pair that comes"},
        "state": {"enum": [each.value for each in State]},
        "old-pair": _TEXT_OR_NULL,
        "servers": _STRINGS,
        "effects": _EFFECTS,
        "summary": {**_STRINGS, "description": "what happens, in sentences for people"},
        "rollout": {**_STRINGS, "description": "the rounds in sentences for people"},
        "changes": _list(_change()),
        "rounds": _list(_round()),
        "sizes": _list(
            _map(
                {
                    "daemon": _FAMILY,
                    "id": _COUNT,
                    "prefix": _STRING,
                    "servers": _by_name(_map({"before": size, "after": size})),
                }
            )
        ),
        "new-findings": _list({"$ref": "#/$defs/finding"}),
        "old-findings": _COUNT,
        "resolved-findings": _COUNT,
        "removed": {
            "anyOf": [removed, {"type": "null"}],
            "description": "null where nothing is compared, or where it is unknown",
        },
    }
    limit = {
        "rule": _STRING,
        "name": _STRING,
        "severity": _STRING,
        "message": _STRING,
        "pair": _TEXT_OR_NULL,
        "accepted": {"type": "boolean"},
    }
    top = {
        "format": {"const": FORMAT},
        "kea-hac": {**_STRING, "description": "the version of the tool"},
        "since": _map({"commit": _STRING, "why": _STRING}),
        "pairs": _list(_map(pair, changed)),
        "limits": _list(_map(limit), "limits of kea-hac.toml that the change goes beyond"),
        "fleet-findings": _list({"$ref": "#/$defs/finding"}, "new findings about several pairs"),
        "problems": {**_STRINGS, "description": "what could not be done at all"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kea-hac review --format json",
        **_map(top),
        "$defs": {"finding": _finding()},
    }


def _change() -> dict[str, Any]:
    subnet = {
        "anyOf": [_map({"id": _STRING, "prefix": _STRING}), {"type": "null"}],
        "description": "null for what is above all subnets",
    }
    return _map(
        {
            "servers": _STRINGS,
            "daemon": {"enum": [each.name for each in DAEMONS.values()]},
            "subnet": subnet,
            "path": _STRING,
            "moved-from": _TEXT_OR_NULL,
            "old": {"description": "null where there was nothing"},
            "new": {"description": "null where there is nothing"},
            "effects": {**_EFFECTS, "minItems": 1},
            "file": _TEXT_OR_NULL,
            "line": {"type": ["integer", "null"]},
            "revision": {"enum": ["new", "old", None], "description": "the revision that has this line"},
        }
    )


def _round() -> dict[str, Any]:
    keep = {"enum": [each.value for each in Keep]}
    return _map(
        {
            "daemon": _FAMILY,
            "servers": {**_STRINGS, "description": "in this order"},
            "together": {"type": "boolean", "description": "all servers in one window"},
            "why": _STRING,
            "subnets": {
                **keep,
                "description": "which subnets the configuration of this round has; new: those of the spec",
            },
            "pools": {**keep, "description": "the same for the addresses of pools"},
        }
    )


def _finding() -> dict[str, Any]:
    places = {
        "file": _STRING,
        "line": {"type": "integer"},
        "column": {"type": "integer"},
        "end_line": {"type": "integer"},
        "end_column": {"type": "integer"},
    }
    return _map(
        {
            "rule": _STRING,
            "name": _STRING,
            "severity": {"enum": ["error", "warning", "info"]},
            "kea": _STRING,
            "message": _STRING,
            **places,
            "path": _STRING,
            "artifact": _TEXT_OR_NULL,
            "fix": _TEXT_OR_NULL,
            "related": _list(_map({"message": _STRING, **places})),
        }
    )
