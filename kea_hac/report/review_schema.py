"""The JSON Schema (2020-12) of `review --format json`: `schemas/review.schema.json`."""

from __future__ import annotations

from typing import Any

from kea_hac.changes.effects import Effect
from kea_hac.changes.orphans import LossKind
from kea_hac.kea.config import DAEMONS, FAMILIES
from kea_hac.report.schema_parts import (
    BOOLEAN,
    COUNT,
    FINDINGS,
    IGNORED,
    PROBLEMS,
    STRING,
    STRINGS,
    TEXT_OR_NULL,
    by_name,
    document,
    list_of,
    map_of,
    round_schema,
)
from kea_hac.review.reviewing import PairOutcome

_EFFECTS: dict[str, Any] = {"type": "array", "items": {"enum": [each.value for each in Effect]}, "uniqueItems": True}
_FAMILY: dict[str, Any] = {"enum": [each.name for each in FAMILIES]}


def review_schema_text() -> str:
    """The schema as a file has it."""
    counts = {"pool-addresses": COUNT, "prefixes": COUNT, "reservations": COUNT}
    subnet = map_of({"daemon": _FAMILY, "id": COUNT, "prefix": STRING})
    size = {"anyOf": [map_of({"addresses": COUNT, "prefixes": COUNT}), {"type": "null"}]}
    removed = map_of({"subnets": list_of(subnet), **counts, "of": map_of({"subnets": COUNT, **counts})})
    changed = {
        "renamed-servers": by_name(STRING, "old name → new name"),
        "versions": list_of(map_of({"server": STRING, "old": STRING, "new": STRING})),
        "needs": by_name(
            map_of({"added": by_name(STRINGS), "dropped": by_name(STRINGS)}), "what each host must provide"
        ),
    }
    pair = {
        "pair": STRING,
        "spec": {**TEXT_OR_NULL, "description": "the path now; null for a pair that is removed"},
        "old-spec": {**TEXT_OR_NULL, "description": "the path in the older revision; null for a new pair"},
        "state": {"enum": [each.value for each in PairOutcome]},
        "old-pair": TEXT_OR_NULL,
        "servers": STRINGS,
        "effects": _EFFECTS,
        "summary": {**STRINGS, "description": "what happens, in sentences for people"},
        "rollout": {**STRINGS, "description": "the rounds in sentences for people"},
        "changes": list_of(change()),
        "rounds": list_of(round_schema()),
        "sizes": list_of(
            map_of(
                {
                    "daemon": _FAMILY,
                    "id": COUNT,
                    "prefix": STRING,
                    "servers": by_name(map_of({"before": size, "after": size})),
                }
            )
        ),
        "new-findings": FINDINGS,
        "old-findings": COUNT,
        "resolved-findings": COUNT,
        "removed": {
            "anyOf": [removed, {"type": "null"}],
            "description": "null where nothing is compared, or where it is unknown",
        },
        "leases": {
            "anyOf": [_leases(), {"type": "null"}],
            "description": "the leases on what is removed; null where nothing is removed, or without --leases",
        },
    }
    limit = {
        "rule": STRING,
        "name": STRING,
        "severity": STRING,
        "message": STRING,
        "pair": TEXT_OR_NULL,
        "accepted": {"type": "boolean"},
    }
    top = {
        "since": map_of({"commit": STRING, "why": STRING}),
        "pairs": list_of(map_of(pair, changed)),
        "limits": list_of(map_of(limit), "limits of kea-hac.toml that the change goes beyond"),
        "fleet-findings": {**FINDINGS, "description": "new findings about several pairs"},
        "ignored": {**IGNORED, "description": "new findings that both revisions of kea-hac.toml ignore"},
        "problems": PROBLEMS,
    }
    return document("kea-hac review --format json", top)


def _leases() -> dict[str, Any]:
    loss = map_of(
        {
            "kind": {"enum": [each.value for each in LossKind]},
            "daemon": _FAMILY,
            "subnet": {"type": ["integer", "null"], "description": "the id in the leases; null for any"},
            "what": STRING,
            "orphaned": COUNT,
            "at-most": {**BOOLEAN, "description": "true where leases do not show which of them are orphaned"},
            "first": {
                **list_of(map_of({"name": STRING, "address": STRING})),
                "description": "the first ten by address",
            },
        }
    )
    return map_of(
        {
            "at": {**STRING, "description": "the time for which leases count as live"},
            "servers": {**STRINGS, "description": "whose leases were read"},
            "known": {**BOOLEAN, "description": "false where the numbers are the least that there is"},
            "live": COUNT,
            "orphaned": COUNT,
            "declined": COUNT,
            "expired": COUNT,
            "by-loss": list_of(loss),
            "unknown": list_of(map_of({"source": STRING, "reason": STRING})),
        }
    )


def change() -> dict[str, Any]:
    """One change of the servers' files."""
    subnet = {
        "anyOf": [map_of({"id": STRING, "prefix": STRING}), {"type": "null"}],
        "description": "null for what is above all subnets",
    }
    return map_of(
        {
            "servers": STRINGS,
            "daemon": {"enum": [each.name for each in DAEMONS.values()]},
            "subnet": subnet,
            "path": STRING,
            "moved-from": TEXT_OR_NULL,
            "old": {"description": "null where there was nothing"},
            "new": {"description": "null where there is nothing"},
            "effects": {**_EFFECTS, "minItems": 1},
            "file": TEXT_OR_NULL,
            "line": {"type": ["integer", "null"]},
            "revision": {"enum": ["new", "old", None], "description": "the revision that has this line"},
        }
    )
