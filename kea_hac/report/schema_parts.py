"""What the JSON Schemas of the documents of `--format json` have in common. Keys may be added to a document; none is renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kea_hac.changes.between import Keep
from kea_hac.kea.config import FAMILIES
from kea_hac.report.as_json import FORMAT

STRING: dict[str, Any] = {"type": "string"}
TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}
BOOLEAN: dict[str, Any] = {"type": "boolean"}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
HELP: dict[str, Any] = {
    **STRING,
    "description": "the page of the rule, where the documentation of this installation is published",
}
STRINGS: dict[str, Any] = {"type": "array", "items": STRING}


def map_of(required: dict[str, Any], optional: dict[str, Any] | None = None, about: str = "") -> dict[str, Any]:
    """A map with these keys. Later versions of kea-hac may add keys."""
    result = {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}
    return {"description": about, **result} if about else result


def list_of(items: dict[str, Any], about: str = "") -> dict[str, Any]:
    result = {"type": "array", "items": items}
    return {"description": about, **result} if about else result


def by_name(values: dict[str, Any], about: str = "") -> dict[str, Any]:
    result = {"type": "object", "additionalProperties": values}
    return {"description": about, **result} if about else result


def finding(more: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    places = {
        "file": STRING,
        "line": {"type": "integer"},
        "column": {"type": "integer"},
        "end_line": {"type": "integer"},
        "end_column": {"type": "integer"},
    }
    return map_of(
        {
            "rule": STRING,
            "name": STRING,
            "severity": {"enum": ["error", "warning", "info"]},
            "kea": STRING,
            "message": STRING,
            **places,
            "path": STRING,
            "artifact": TEXT_OR_NULL,
            "fix": TEXT_OR_NULL,
            "fingerprint": {**STRING, "description": "survives moved lines and reordered lists; contains no secret"},
            "related": list_of(map_of({"message": STRING, **places})),
            **more,
        },
        {"help": HELP},
    )


def document(title: str, required: dict[str, Any], optional: dict[str, Any] | None = None) -> str:
    """The schema of one document, as its file has it. Its findings are `FINDINGS`."""
    head = {"format": {"const": FORMAT}, "kea-hac": {**STRING, "description": "the version of the tool"}}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **map_of({**head, **required}, optional),
        "$defs": {"finding": finding()},
    }
    return json.dumps(schema, indent=2) + "\n"


FINDINGS = list_of({"$ref": "#/$defs/finding"})
SKIPPED = list_of(map_of({"what": STRING, "reason": STRING}), "checks that could not run")
IGNORED = list_of(
    finding({"reason": STRING, "ignored-by": {**STRING, "description": "the line of kea-hac.toml, or the baseline"}}),
    "findings that the settings of the site, or a baseline, take out of the report",
)
PROBLEMS: dict[str, Any] = {**STRINGS, "description": "what could not be done at all"}


def round_schema() -> dict[str, Any]:
    """A round of a rollout, as `report.rounds` has it."""
    keep = {"enum": [each.value for each in Keep]}
    return map_of(
        {
            "daemon": {"enum": [each.name for each in FAMILIES]},
            "servers": {**STRINGS, "description": "in this order"},
            "together": {"type": "boolean", "description": "all servers in one window"},
            "why": STRING,
            "subnets": {
                **keep,
                "description": "which subnets the configuration of this round has; new: those of the spec",
            },
            "pools": {**keep, "description": "the same for the addresses of pools"},
        }
    )
