"""The JSON Schema (2020-12) of `rollout --format json`: `schemas/rollout.schema.json`."""

from __future__ import annotations

from typing import Any

from kea_hac.report.schema_parts import (
    BOOLEAN,
    COUNT,
    STRING,
    STRINGS,
    TEXT_OR_NULL,
    by_name,
    document,
    list_of,
    map_of,
)
from kea_hac.rollout.plan import FORMAT
from kea_hac.rollout.run import Next

_SECONDS: dict[str, Any] = {"type": "number", "minimum": 0, "description": "seconds"}


def rollout_schema_text() -> str:
    """The schema as a file has it."""
    gate = map_of({"name": STRING, "open": BOOLEAN, "problems": {**STRINGS, "description": "why it is closed"}})
    top = {
        "spec": STRING,
        "pair": TEXT_OR_NULL,
        "gates": list_of(gate, "in their order; empty with --resume and --back"),
        "gates-open": BOOLEAN,
        "plan": _or_null(_plan(), "null where a closed gate stopped it before there was one"),
        "outcome": _or_null(_outcome(), "null where nothing was begun"),
        "exit-code": {"enum": [0, 1, 3]},
    }
    return document("kea-hac rollout --format json", top)


def _or_null(schema: dict[str, Any], about: str) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}], "description": about}


def _plan() -> dict[str, Any]:
    """As `--plan -o FILE` writes it."""
    place = {"server": STRING, "daemon": STRING}
    held = map_of({**place, "build": {**TEXT_OR_NULL, "description": "of its stamp"}, "fingerprint": STRING})
    duty = map_of(
        {
            **place,
            "name": {**STRING, "description": "its HA name"},
            "place": COUNT,
            "state": STRING,
            "scopes": {**STRINGS, "description": "whose clients it serves in normal operation"},
            "watched": BOOLEAN,
            "beat": _SECONDS,
            "partner": STRING,
        }
    )
    handover = map_of(
        {
            **place,
            "server_name": STRING,
            "partner": STRING,
            "partner_name": STRING,
            "scopes": {**STRINGS, "description": "what the partner serves meanwhile"},
            "own": {**STRINGS, "description": "what it serves in normal operation"},
        }
    )
    command = map_of({"name": STRING, "arguments": {"type": "object"}})
    reload = map_of(
        {
            **place,
            "before": TEXT_OR_NULL,
            "after": TEXT_OR_NULL,
            "commands": list_of(command, "what makes the change without a reload; empty where it reloads"),
            "why": {**STRING, "description": "why it reloads, where its version could do without"},
        }
    )
    digests = by_name(by_name(STRING), "server → file → SHA-256")
    turn = map_of(
        {
            "round": COUNT,
            "servers": STRINGS,
            "reloads": list_of(reload),
            "handovers": list_of(handover),
            "together": {**BOOLEAN, "description": "all servers in one window"},
            "why": STRING,
            "files": digests,
            "folders": by_name(COUNT),
            "agents": list_of(reload, "control agents that load their file"),
        }
    )
    return map_of(
        {
            "pair": STRING,
            "spec": STRING,
            "build": STRING,
            "held": list_of(held, "what each daemon held when the plan was made"),
            "over_external": STRINGS,
            "duties": list_of(duty, "what each server does in each relationship in normal operation"),
            "turns": list_of(turn),
            "loaded": digests,
            "start": by_name(COUNT),
            "steps": {**STRINGS, "description": "what the operator has to do"},
            "notes": STRINGS,
            "patience": _SECONDS,
            "copying": STRING,
            "format": {"const": FORMAT},
            "digest": {**STRING, "description": "of the plan; --execute refuses a file in which it is another one"},
        }
    )


def _outcome() -> dict[str, Any]:
    left = map_of({"server": STRING, "daemon": STRING, "partner": STRING, "own": STRINGS})
    following: list[str | None] = [*(each.value for each in Next), None]
    return map_of(
        {
            "done": BOOLEAN,
            "changed": {**BOOLEAN, "description": "a server may have been changed"},
            "reason": STRING,
            "state": {**STRINGS, "description": "what each daemon holds, and the state of its HA"},
            "scopes-left": list_of(left, "clients that the partner may still serve"),
            "next": {"enum": following},
            "command": {**TEXT_OR_NULL, "description": "the command that follows"},
        }
    )
