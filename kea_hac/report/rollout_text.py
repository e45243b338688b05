"""A rollout as a person at a terminal reads it: the gates, the turns, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kea_hac.report.cells import block, both, safe
from kea_hac.report.results import RolledOut
from kea_hac.report.review_words import counted
from kea_hac.rollout.gates import Gate
from kea_hac.rollout.plan import Handover, Plan, Turn
from kea_hac.rollout.run import Next, Outcome
from kea_hac.rollout.turn import words_of


def render(result: RolledOut) -> str:
    """The gates and the plan; how it ended, once it has ended."""
    if result.outcome is not None and result.plan is not None:
        return outcome_text(result.plan, result.outcome, result.command)
    return gates_text(result.gates) + (plan_text(result.plan) if result.plan is not None else "")


def gates_text(gates: Sequence[Gate]) -> str:
    """Each gate on its line; below a closed one, why it is closed."""
    return block(safe(line) for line in _gates(gates))


def plan_text(plan: Plan) -> str:
    """The plan, turn by turn."""
    return block(plan_lines(plan))


def plan_lines(plan: Plan) -> list[str]:
    """The same, line by line."""
    return [safe(line) for line in _plan(plan)]


def outcome_text(plan: Plan, outcome: Outcome, command: str) -> str:
    """How it ended; at a stop three lines: the reason, the state of the pair, and the one command that follows."""
    return block(safe(line) for line in outcome_lines(plan, outcome, command))


def _gates(gates: Sequence[Gate]) -> Iterator[str]:
    for each in gates:
        yield f"{'ok  ' if each.open else 'STOP'} {each.name}"
        yield from (f"       {problem}" for problem in each.problems)


def _plan(plan: Plan) -> Iterator[str]:
    if not plan.turns:
        yield f"{plan.pair}: nothing to roll out, every server holds this build"
        return
    yield f"{plan.pair}: {counted(len(plan.turns), 'turn')}"
    number = 0
    for turn in plan.turns:
        if turn.round != number:
            number = turn.round
            yield f"  round {number}: {turn.why}"
        yield f"    {_turn(turn)}"
        yield from (f"      {_handover(each)}" for each in turn.needed)
    if any(not each.commands for turn in plan.turns for each in turn.reloads):
        yield (
            "  reloads by config-reload of the file on the server; a server may take at most "
            + f"{plan.patience:g} s to be back"
        )
    yield from (f"    {each}" for each in _reasons(plan))
    if any(each.commands for turn in plan.turns for each in turn.reloads):
        yield "  where the result of commands is not exactly what the file says, the server reloads the file"
    yield f"  files: {_copying(plan)}"
    yield from (f"  - {each}" for each in plan.notes)
    yield from (f"  operator: {each}" for each in plan.steps)


def _turn(turn: Turn) -> str:
    by_commands = [each for each in turn.reloads if each.commands]
    daemons = list(dict.fromkeys(each.daemon for each in turn.reloads if not each.commands))
    parts = [f"reloads {' and '.join(daemons)}"] if daemons else []
    parts += [f"changes {each.daemon} without a reload: {words_of(each.commands)}" for each in by_commands]
    parts += ["its control agent loads its file"] if turn.agents else []
    what = "; ".join(parts) or "gets the file of its control agent"
    if turn.together:
        return f"{both(turn.servers)} in one window: {what}"
    return f"{turn.servers[0]} {what}"


def _reasons(plan: Plan) -> Iterator[str]:
    """Why daemons reload that could change without it."""
    found: dict[str, list[str]] = {}
    for turn in plan.turns:
        for each in turn.reloads:
            if each.why:
                found.setdefault(each.why, []).append(f"{each.server} {each.daemon}")
    for why, names in found.items():
        yield f"{' and '.join(dict.fromkeys(names))}: by a reload, because {why}"


def _handover(each: Handover) -> str:
    return f"{each.partner} serves {each.daemon} clients of {each.server} meanwhile (ha-scopes)"


def _copying(plan: Plan) -> str:
    return f"copied by {plan.copying}" if plan.copying else "those that are on the servers (no --copy)"


def outcome_lines(plan: Plan, outcome: Outcome, command: str) -> Iterator[str]:
    """How it ended, line by line."""
    if outcome.done:
        yield f"{plan.pair}: done; {'; '.join(outcome.state)}"
        return
    yield f"stopped: {outcome.reason}"
    left = [
        f"{each.partner} may still serve the {each.daemon} clients of {each.server} (--resume gives them back first)"
        for each in outcome.left
    ]
    yield f"state: {'; '.join([*outcome.state, *(left or ['every server serves its own clients'])])}"
    words = {Next.RESUME: "to go on", Next.BACK: "to go back", Next.AGAIN: "when the reason is gone", None: "next"}
    yield f"{words[outcome.next]}: {command}"
