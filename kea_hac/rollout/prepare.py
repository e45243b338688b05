"""Spec, build tree and servers → the gates, and the plan where they pass. It asks the servers and changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace

from kea_hac.compiler.artifacts import Build
from kea_hac.compiler.built import Built
from kea_hac.drift.diffing import Drift
from kea_hac.kea.config import Json
from kea_hac.kea.version import Feature, has
from kea_hac.live.endpoint import Live, Unread
from kea_hac.live.failure import NoAnswerError
from kea_hac.output.tree import TreeState
from kea_hac.records import dataclass
from kea_hac.rollout.costs import held_leases, notes, pages
from kea_hac.rollout.gates import (
    Gate,
    answers_gate,
    clock_gate,
    commands_gate,
    config_test_gate,
    external_gate,
    health_gate,
    heartbeat_gate,
    known_daemons,
    order_gate,
    passed,
    tree_gate,
    version_gate,
)
from kea_hac.rollout.loaded import Loaded, loaded, outside
from kea_hac.rollout.plan import Duty, Held, Plan, differences
from kea_hac.rollout.planning import (
    Able,
    Contents,
    Order,
    digests,
    duties,
    order,
    patience,
    with_running_heartbeats,
)
from kea_hac.rollout.world import World, commands_of, holding, shown


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says."""

    spec: str
    over_external: tuple[str, ...] = ()
    patience: float | None = None
    """Seconds that a server may take to be back; None: computed from HA's timings."""
    copying: str = ""
    unfinished: str | None = None
    """Why the journal of the pair permits no new rollout."""
    reload: bool = False
    """True to reload where commands could make the change."""
    begin: bool = False
    """True when the rollout begins once all gates are open."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A rollout that could begin, or the gates that stop it."""

    gates: tuple[Gate, ...]
    plan: Plan | None = None
    """None where a gate stopped before there was one. A plan with closed gates is for the reader only."""
    folders: tuple[Contents, ...] = field(default=(), repr=False)
    builds: tuple[Build, ...] = field(default=(), repr=False)

    @property
    def ready(self) -> bool:
        """True when the plan may be executed."""
        return self.plan is not None and passed(self.gates)


def prepare(
    new: Built, tree: TreeState, lives: Sequence[Live | Unread], drift: Drift, world: World, wishes: Wishes
) -> Prepared:
    """All gates in their order. Those that need the answer of one that is closed are left out, and it stops the rollout."""
    gates = [
        tree_gate(tree),
        Gate("no unfinished rollout", (wishes.unfinished,) if wishes.unfinished else ()),
        answers_gate(lives),
        version_gate(new.site, lives),
        external_gate(drift, wishes.over_external),
    ]
    expected = duties(new.site)
    if gates[2].open:
        expected = with_running_heartbeats(expected, _running(world, expected))
        gates += [health_gate(world, expected, drift), clock_gate(world, expected)]
    if drift.unread or not gates[2].open:
        return Prepared(tuple(gates))
    try:
        held = _held(world, new)
    except NoAnswerError as failure:
        return Prepared((*gates, Gate("every server answers", (str(failure),))))
    old = loaded(new, lives, drift)
    able = _able(world, new, drift, reload=wishes.reload)
    altered = {(each.server, each.daemon.name) for each in drift.compared if outside(each)}
    found = order(
        old, new, {(each.server, each.daemon): each.build for each in held}, able, altered, copies=world.copies
    )
    gates.append(order_gate(found.blocked, found.turns, copies=world.copies))
    if found.blocked:
        return Prepared(tuple(gates))
    leases = held_leases(world, new, expected) if found.turns else {}
    costs = (*notes(new.site, found, leases), *pages(new, leases))
    plan = _plan(new, held, old, found, drift, expected, wishes, costs)
    if all(each.open for each in gates):
        gates.append(commands_gate(world, drift, plan.turns))
        targets = {(one.server, one.daemon, one.after) for turn in plan.turns for one in (*turn.reloads, *turn.agents)}
        gates.append(config_test_gate(world, new.site, (*found.builds, new.build), lambda *key: key in targets))
        if plan.turns and wishes.begin and passed(gates):
            gates.append(heartbeat_gate(world, expected))
    return Prepared(tuple(gates), plan, found.folders, found.builds)


def _running(world: World, expected: Iterable[Duty]) -> Mapping[tuple[str, str], Mapping[str, Json]]:
    """What the daemons show; without those that do not answer, which the gates report."""
    found = {}
    for server, daemon in {(each.server, each.daemon): None for each in expected if each.watched}:
        with suppress(NoAnswerError):
            found[server, daemon] = shown(world, server, daemon)
    return found


def _held(world: World, new: Built) -> tuple[Held, ...]:
    rows = []
    for server, daemon in known_daemons(new):
        found = holding(world, server, daemon)
        rows.append(Held(server, daemon, found.build, found.fingerprint))
    return tuple(rows)


def _able(world: World, new: Built, drift: Drift, *, reload: bool) -> Able:
    """Where a change without a reload is possible: the commands that a daemon takes, or why it reloads all the same."""
    nodes = {node.name: node for node in new.site.nodes}
    found: dict[tuple[str, str], frozenset[str] | str] = {}
    for each in drift.compared:
        key = (each.server, each.daemon.name)
        family = new.site.families.get(each.daemon.name)
        if family is None or not has(nodes[each.server].version, Feature.CHANGES_BY_COMMAND):
            continue
        if reload:
            found[key] = "--reload"
        elif outside(each):
            found[key] = "it holds outside changes"
        elif len(family.of(nodes[each.server])) > 1:
            found[key] = "it is the hub of several relationships"
        elif not world.reached(*key):
            found[key] = "it is not known yet that what is copied is the file from which it starts; a reload shows that"
        else:
            found[key] = _taken(world, *key)
    return found


def _taken(world: World, server: str, daemon: str) -> frozenset[str] | str:
    try:
        return commands_of(world, server, daemon)
    except NoAnswerError as failure:
        return f"its commands are not known ({failure})"


def _plan(
    new: Built,
    held: tuple[Held, ...],
    old: Loaded,
    found: Order,
    drift: Drift,
    expected: tuple[Duty, ...],
    wishes: Wishes,
    costs: Iterable[str],
) -> Plan:
    loaded_files = {server: digests(files) for server, files in old.files.items()}
    overwritten = [each.server for each in drift.compared if outside(each)]
    told = list(costs)
    lost = [name for name in dict.fromkeys(each.server for each in held) if name not in old.files]
    if lost and found.turns:
        told.append(
            f"there is no way back for {' and '.join(lost)}: what was loaded there came from no build that was found"
        )
    return Plan(
        pair=new.site.pair,
        spec=wishes.spec,
        build=hashlib.sha256(new.build.manifest).hexdigest(),
        held=held,
        over_external=tuple(dict.fromkeys(each for each in overwritten if each in wishes.over_external)),
        duties=expected,
        turns=found.turns,
        loaded=loaded_files,
        start=dict.fromkeys(loaded_files, 0),
        steps=found.steps,
        notes=tuple(told),
        patience=wishes.patience or patience(new.site, expected),
        copying=wishes.copying,
    )


def agreed(prepared: Prepared, written: Plan) -> Prepared:
    """The same, with a gate for the plan of a file: it must be the one of now."""
    if prepared.plan is None:
        return prepared
    now = replace(prepared.plan, spec=written.spec)
    problems = differences(written, now)
    words = tuple(f"{each}: make a new plan" for each in problems)
    return replace(prepared, gates=(*prepared.gates, Gate("the plan of the file", words)))
