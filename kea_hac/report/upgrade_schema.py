"""The JSON Schema (2020-12) of `upgrade --format json`: `schemas/upgrade.schema.json`."""

from __future__ import annotations

from typing import Any

from kea_hac.report.review_schema import change
from kea_hac.report.schema_parts import (
    COUNT,
    FINDINGS,
    PROBLEMS,
    STRING,
    STRINGS,
    TEXT_OR_NULL,
    by_name,
    document,
    list_of,
    map_of,
)
from kea_hac.upgrade.planning import PlanState

_BOOLEAN: dict[str, Any] = {"type": "boolean"}


def upgrade_schema_text() -> str:
    """The schema as a file has it."""
    kept_by = map_of({"map": TEXT_OR_NULL, "keys": {"type": "object"}}, about="what keeps the older behaviour")
    default = {
        "daemon": STRING,
        "key": STRING,
        "old": {"description": "null for none"},
        "new": {"description": "null for none"},
        "since": STRING,
        "source": STRING,
        "kept-by": kept_by,
        "kept": {**_BOOLEAN, "description": "the lines are among the edits"},
    }
    needs = by_name(STRINGS)
    order = map_of(
        {
            "servers": {**STRINGS, "description": "in this order"},
            "together": {**_BOOLEAN, "description": "all servers in one window"},
            "side-by-side": list_of(map_of({"old": STRING, "new": STRING, "seen": TEXT_OR_NULL})),
        }
    )
    top = {
        "spec": STRING,
        "pair": STRING,
        "to": STRING,
        "state": {"enum": [each.value for each in PlanState]},
        "summary": STRING,
        "servers": list_of(map_of({"server": STRING, "old": STRING, "new": STRING})),
        "sections": list_of(map_of({"title": STRING, "lines": STRINGS}), "the report in sentences for people"),
        "edits": list_of(
            map_of(
                {"file": STRING, "line": COUNT, "path": STRING, "old": TEXT_OR_NULL, "new": TEXT_OR_NULL, "why": STRING}
            )
        ),
        "by-hand": list_of(map_of({"edit": STRING, "reason": STRING}), "edits that kea-hac cannot make"),
        "written": {**STRINGS, "description": "the files that were changed"},
        "defaults": list_of(map_of(default)),
        "renamed": list_of(
            map_of({"daemon": STRING, "old": STRING, "new": TEXT_OR_NULL, "source": TEXT_OR_NULL, "count": COUNT}),
            "keys of the servers' files; new is null for what is gone",
        ),
        "agent-ends-on": STRINGS,
        "behaviour": list_of(map_of({"since": STRING, "text": STRING, "source": STRING})),
        "changes": list_of(change()),
        "hosts": by_name(map_of({"added": needs, "dropped": needs, "notes": STRINGS})),
        "databases": list_of(
            map_of(
                {
                    "type": STRING,
                    "name": STRING,
                    "servers": STRINGS,
                    "old-schema": TEXT_OR_NULL,
                    "new-schema": TEXT_OR_NULL,
                }
            )
        ),
        "order": {"anyOf": [order, {"type": "null"}]},
        "findings": {**FINDINGS, "description": "with the state broken-now all, else those that are new"},
        "problems": PROBLEMS,
    }
    return document("kea-hac upgrade --format json", top)
