"""The JSON Schemas (2020-12) of `--format json` but for that of `review`: findings of a command, a diff, the list of rules."""

from __future__ import annotations

import json
from typing import Any

from kea_hac.changes.change import Verdict
from kea_hac.diagnostics import Severity
from kea_hac.drift.health import Grade
from kea_hac.kea.config import DAEMONS
from kea_hac.report.drift import IN_SYNC, UNKNOWN
from kea_hac.report.schema_parts import (
    BOOLEAN,
    FINDINGS,
    HELP,
    IGNORED,
    PROBLEMS,
    SKIPPED,
    STRING,
    STRINGS,
    TEXT_OR_NULL,
    by_name,
    document,
    list_of,
    map_of,
    round_schema,
)

_DAEMON: dict[str, Any] = {"enum": [each.name for each in DAEMONS.values()]}
_VERDICT: dict[str, Any] = {"enum": [*(str(each) for each in Verdict), IN_SYNC, UNKNOWN]}
_ANYTHING: dict[str, Any] = {}
_NUMBER_OR_NULL: dict[str, Any] = {"type": ["integer", "null"]}


def document_schemas() -> dict[str, str]:
    """File name → text."""
    return {
        "findings.schema.json": _findings(),
        "diff.schema.json": _diff(),
        "rules.schema.json": _rules(),
    }


def _findings() -> str:
    """Of validate, build, lint and import, and of a diff whose spec has errors."""
    deviation = map_of({"path": STRING, "given": _ANYTHING, "built": _ANYTHING, "why": STRING})
    file = map_of(
        {
            "server": STRING,
            "file": STRING,
            "daemon": _DAEMON,
            "built": BOOLEAN,
            "lost": list_of(deviation),
            "in-other-words": list_of(deviation),
        },
        {
            "defaults-left-out": {**STRINGS, "description": "Kea's own defaults, which the spec does not contain"},
            "includes-written-out": {**STRINGS, "description": "included files whose content is in the spec"},
        },
    )
    unread = map_of({"file": STRING, "where": STRING, "message": STRING})
    imported = map_of(
        {
            "from": TEXT_OR_NULL,
            "kea": TEXT_OR_NULL,
            "guessed": BOOLEAN,
            "files": list_of(file),
            "unread": list_of(unread),
        },
        {"evidence": STRING},
    )
    stale = map_of({"path": STRING, "pair": STRING, "matter": STRING, "why": TEXT_OR_NULL})
    optional = {
        "ignored": IGNORED,
        "problems": PROBLEMS,
        "needs": by_name(
            by_name(by_name(STRINGS)), "validate --needs: pair → server → kind → what the host must provide"
        ),
        "files": by_name(STRING, "build --stdout: path → content"),
        "stale": list_of(stale, "build --check"),
        "not-compared": {**STRINGS, "description": "build --check: specs that do not compile"},
        "pairs": list_of(map_of({"pair": STRING, "outcome": STRING, "changed": STRINGS}), "build: what was written"),
        "orphans": {**STRINGS, "description": "build: folders of pairs whose spec is gone"},
        "import": {
            **imported,
            "description": "import: the files that were read, and the comparison with the built ones",
        },
        "spec": {**TEXT_OR_NULL, "description": "import without --output: the spec"},
    }
    title = "kea-hac validate, build, lint and import --format json"
    return document(title, {"findings": FINDINGS, "skipped": SKIPPED}, optional)


def _diff() -> str:
    bare = {
        "server": STRING,
        "daemon": _DAEMON,
        "path": STRING,
        "verdict": _VERDICT,
        "base": _ANYTHING,
        "spec": _ANYTHING,
        "live": _ANYTHING,
        "file": TEXT_OR_NULL,
        "line": _NUMBER_OR_NULL,
        "column": _NUMBER_OR_NULL,
    }
    outlook = {"anyOf": [map_of({"fate": STRING, "why": STRING, "source": STRING}), {"type": "null"}]}
    change = map_of({**bare, "also-on": STRINGS, "not-on": STRINGS, "news": BOOLEAN, "outlook": outlook})
    place = {"server": STRING, "daemon": _DAEMON, "path": STRING}
    required = {
        "pair": STRING,
        "verdict": _VERDICT,
        "servers": by_name(by_name(_daemon()), "server → daemon"),
        "changes": list_of(change),
        "ignored": list_of(map_of({**bare, "reason": STRING, "until": TEXT_OR_NULL})),
        "unread": list_of(
            map_of({"server": STRING, "daemon": _DAEMON, "source": STRING, "trouble": STRING, "reason": STRING})
        ),
        "ha": list_of(_status()),
        "advice": list_of(map_of({"daemon": _DAEMON, "servers": STRINGS, "text": STRING})),
        "health": list_of(_health(), "of each HA relationship, and of each server that is in none"),
        "deploy": {
            **map_of(
                {
                    "command": STRING,
                    "rounds": list_of(round_schema()),
                    "stopped-by": TEXT_OR_NULL,
                }
            ),
            "type": ["object", "null"],
            "description": "how what is pending gets to the servers; null where nothing is",
        },
        "truth": list_of(
            map_of({"daemon": _DAEMON, "servers": STRINGS, "server": TEXT_OR_NULL, "service": STRING, "why": STRING})
        ),
        "skipped": SKIPPED,
        "findings": FINDINGS,
        "problems": PROBLEMS,
    }
    adopted = {
        "adopted": list_of(map_of(place)),
        "refused": list_of(map_of({**place, "reason": STRING, "manual": STRING})),
        "besides": list_of(map_of({"what": STRING, "places": STRINGS, "why": STRING})),
        "comments": list_of(map_of({"what": STRING, "places": STRINGS, "why": STRING})),
        "written": {**STRINGS, "description": "diff --adopt: the files that were changed"},
    }
    return document("kea-hac diff --format json", required, adopted)


def _health() -> dict[str, Any]:
    grade = {"enum": [str(each) for each in Grade]}
    symptom = map_of({"code": STRING, "grade": grade, "text": STRING, "next": TEXT_OR_NULL})
    return map_of({"daemon": _DAEMON, "servers": STRINGS, "grade": grade, "symptoms": list_of(symptom)})


def _daemon() -> dict[str, Any]:
    """One daemon; of one that was not read only verdict and source."""
    stamp = {"anyOf": [map_of({"pair": STRING, "server": STRING, "build": STRING}), {"type": "null"}]}
    differs = map_of({"path": STRING, "file": _ANYTHING, "memory": _ANYTHING})
    read = {
        "version": TEXT_OR_NULL,
        "stamp": stamp,
        "base": TEXT_OR_NULL,
        "no-base": TEXT_OR_NULL,
        "notes": STRINGS,
        "file-differs": list_of(differs),
    }
    return map_of({"verdict": _VERDICT, "source": STRING}, read)


def _status() -> dict[str, Any]:
    status = {
        "daemon": _DAEMON,
        "servers": STRINGS,
        "server": STRING,
        "role": TEXT_OR_NULL,
        "state": TEXT_OR_NULL,
        "phase": TEXT_OR_NULL,
        "running": {"type": ["boolean", "null"]},
    }
    return map_of(status)


def _rules() -> str:
    example = map_of({"bad": STRINGS, "good": STRINGS, "files": by_name(STRING)})
    rule = map_of(
        {
            "rule": STRING,
            "name": STRING,
            "severity": {"enum": [each.value for each in Severity]},
            "kea": STRING,
            "since": TEXT_OR_NULL,
            "until": TEXT_OR_NULL,
            "why": STRING,
            "source": STRING,
            "example": {"anyOf": [example, {"type": "null"}]},
        },
        {"help": HELP},
    )
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kea-hac rules --format json",
        **list_of(rule),
    }
    return json.dumps(schema, indent=2) + "\n"
