"""A rollout as GitHub's markdown: for the log of a change."""

from __future__ import annotations

from kea_hac.report.cells import block
from kea_hac.report.markdown import LARGEST, code, fenced, prose
from kea_hac.report.results import RolledOut
from kea_hac.report.rollout_text import outcome_lines, plan_lines

_CUT = "\nThe plan is left out, because the text would be too long. `--format json` has everything.\n"


def render(result: RolledOut) -> str:
    """How it ended, the gates that are closed, and the plan, of at most 60 KB."""
    name = result.plan.pair if result.plan is not None else result.spec
    lines = [f"### kea-hac rollout: {prose(name)}", ""]
    if result.plan is not None and result.outcome is not None:
        lines += [*(f"- {prose(line)}" for line in outcome_lines(result.plan, result.outcome, result.command)), ""]
    closed = [each for each in result.gates if not each.open]
    for gate in closed:
        lines += [f"- {code('STOP')} {prose(gate.name)}", *(f"  - {prose(each)}" for each in gate.problems)]
    if closed:
        lines += ["", "Nothing was changed.", ""]
    shown = block(lines)
    if len(shown.encode()) > LARGEST:
        return shown.encode()[: LARGEST - len(_CUT)].decode("utf-8", "ignore").rpartition("\n")[0] + "\n" + _CUT
    if result.plan is None:
        return shown.rstrip("\n") + "\n"
    plan = fenced(plan_lines(result.plan))
    return shown + (plan if len((shown + plan).encode()) <= LARGEST else _CUT)
