"""A rollout for programs: `schemas/rollout.schema.json`. Keys may be added; none is renamed or removed while "format" is 1."""

from __future__ import annotations

from typing import Any

import orjson

from kea_hac.report.as_json import head
from kea_hac.report.results import RolledOut
from kea_hac.rollout.plan import as_json
from kea_hac.rollout.run import Outcome


def data(result: RolledOut) -> dict[str, Any]:
    """The gates, the plan with all its turns, and how it ended."""
    plan = result.plan
    return {
        **head(),
        "spec": result.spec,
        "pair": plan.pair if plan is not None else None,
        "gates": [{"name": each.name, "open": each.open, "problems": list(each.problems)} for each in result.gates],
        "gates-open": all(each.open for each in result.gates),
        "plan": orjson.loads(as_json(plan)) if plan is not None else None,
        "outcome": _outcome(result.outcome, result.command) if result.outcome is not None else None,
        "exit-code": result.exit_code,
    }


def _outcome(outcome: Outcome, command: str) -> dict[str, Any]:
    return {
        "done": outcome.done,
        "changed": outcome.changed,
        "reason": outcome.reason,
        "state": list(outcome.state),
        "scopes-left": [
            {"server": each.server, "daemon": each.daemon, "partner": each.partner, "own": list(each.own)}
            for each in outcome.left
        ],
        "next": outcome.next.value if outcome.next is not None else None,
        "command": command if outcome.next is not None else None,
    }
