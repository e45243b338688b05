"""A rollout for programs. Keys may be added; none is renamed or removed while "format" is 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

import kea_hac
from kea_hac.rollout.gates import Gate, passed
from kea_hac.rollout.plan import Plan, as_json
from kea_hac.rollout.run import Outcome

FORMAT = 1


def render(gates: Sequence[Gate], plan: Plan | None, outcome: Outcome | None, command: str, exit_code: int) -> str:
    """The whole result as one JSON document."""
    made: dict[str, Any] = {
        "format": FORMAT,
        "kea-hac": kea_hac.__version__,
        "pair": plan.pair if plan is not None else None,
        "gates": [{"name": each.name, "open": each.open, "problems": list(each.problems)} for each in gates],
        "gates-open": passed(gates),
        "plan": orjson.loads(as_json(plan)) if plan is not None else None,
        "outcome": _outcome(outcome, command) if outcome is not None else None,
        "exit-code": exit_code,
    }
    return orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


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
