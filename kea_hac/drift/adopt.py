"""What somebody changed on the servers, written back into the spec: put-get, or refused by name.

In: the spec, and what each server holds. Out: the edits of its files, what they adopt, and what has no place, with the
edit to make by hand. Nothing is taken on trust: the edited spec is compiled, and a change counts as adopted only when the
new build shows it, nothing else of that server has moved, and no rule is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

<<<<<<< HEAD
from kea_hac.api import Checked, Loaded, judge, loaded
from kea_hac.diagnostics import Route, Severity
from kea_hac.drift.adopt_places import Places, Side
from kea_hac.drift.adopt_tasks import Refused, Task, Tasks
from kea_hac.drift.changes import Change, Verdict, spelt
from kea_hac.drift.changes import Path as Way
from kea_hac.drift.diffing import Drift, canonical, configs
from kea_hac.drift.threeway import LIVE, Difference, compare, same
=======
from kea_hac.api import Loaded, check
from kea_hac.drift.adopt_proving import Adopting
from kea_hac.drift.adoption import Adoption, Held, Prefer, Refusal
from kea_hac.drift.changes import Change
from kea_hac.drift.diffing import Drift
>>>>>>> d986ae4 (Adopting cut into gathering, proving and edits; a refused change names the edit to make by hand)
from kea_hac.errors import KeaHacError
from kea_hac.kea.shown import Resolver


def adopt(
    spec: Loaded,
    held: Sequence[Held],
    *,
    resolve: Resolver,
    prefer: Prefer | None = None,
    wanted: Callable[[Change], bool] = lambda _: True,
    shared: Mapping[str, str] = MappingProxyType({}),
) -> Adoption:
    """Plan the adoption of every outside change. Pure; `spec` must compile.

    `prefer`: for conflicts, and for differences of a server whose base is not known; without it these are refused.
    `wanted`: False for a change that is to be left alone, such as one that the spec ignores. `shared`: as `plan_edits`.
    Raises KeaHacError when the spec has errors.
    """
    now = judge(spec)
    if now.site is None or now.build is None or spec.document is None:
        raise KeaHacError(
            f"{spec.path} has errors: mend them before anything is adopted (kea-hac validate {spec.path})"
        )
    return Adopting(spec.path, spec.document, now, held, resolve, prefer, wanted, shared).run()


def adopt_drift(
    spec: Loaded,
    drift: Drift,
    *,
    resolve: Resolver,
    prefer: Prefer | None = None,
    shared: Mapping[str, str] = MappingProxyType({}),
) -> Adoption:
    """Plan the adoption of what a diff of this very spec has found, but for what the spec ignores. As `adopt`."""
    held = [
        Held(each.server, each.daemon, each.texts.version, each.texts.base, each.texts.live)
        for each in drift.compared
        if each.texts is not None
    ]
    counted = {(each.server, each.daemon.name, each.path) for each in drift.changes}
    return adopt(
        spec,
        held,
        resolve=resolve,
        prefer=prefer,
        wanted=lambda change: (change.server, change.daemon.name, change.path) in counted,
        shared=shared,
    )


<<<<<<< HEAD
@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """A task of one side."""

    side: Side
    task: Task


class _Adopting:
    def __init__(
        self,
        path: Path,
        document: Document,
        now: Checked,
        held: Sequence[Held],
        resolve: Resolver,
        prefer: Prefer | None,
        wanted: Callable[[Change], bool],
        shared: Mapping[str, str],
    ) -> None:
        self.path = path
        self.document = document
        self.now = now
        self.resolve = resolve
        self.prefer = prefer
        self.wanted = wanted
        self.shared = shared
        self.held = {(each.server, each.daemon.name): each for each in held}
        self.sides = tuple(self._sides(now))
        self.differences = {_name(side): tuple(_differences(side)) for side in self.sides}
        self.refused: list[Refusal] = []
        self.reasons: dict[int, str] = {}

    def run(self) -> Adoption:
        """Gather the tasks, then find out which of them hold."""
        items = [_Item(side, task) for side in self.sides for task in self._tasks(side)]
        items = self._agreeing(items)
        good, plan = self._settled(items)
        for each in items:
            if each not in good:
                reason = self.reasons.get(id(each), "the new build would still show another value")
                manual = "make the change in the spec by hand, or undo it on the server"
                self._refuse(each.side, each.task.differences, reason, manual)
        adopted = [_change(each.side, one) for each in good for one in each.task.differences]
        return Adoption(self.document, plan, tuple(adopted), tuple(self.refused))

    # Gathering

    def _sides(self, checked: Checked) -> list[Side]:
        assert checked.site is not None
        assert checked.build is not None
        made = []
        for node, daemon, config in configs(checked.site, checked.build):
            found = self.held.get((node.name, daemon.name))
            if found is not None:
                spec = canonical(node, daemon, config, found.version, self.resolve)
                made.append(Side(node, daemon, found.version, found.base, spec, found.live))
        return made

    def _tasks(self, side: Side) -> list[Task]:
        chosen: list[Difference] = []
        for each in self.differences[_name(side)]:
            change = _change(side, each)
            if not self.wanted(change) or each.verdict in (Verdict.PENDING, Verdict.CONVERGED):
                continue
            if each.verdict is Verdict.EXTERNAL or self.prefer is Prefer.LIVE:
                chosen.append(each)
            elif self.prefer is None:
                conflict = each.verdict is Verdict.CONFLICT
                words = "the spec has changed here as well" if conflict else "nobody knows what was loaded there"
                self.refused.append(Refusal(change, words, "say --prefer live or --prefer spec"))
        assert self.now.site is not None
        tasks: list[Task] = []
        made = Tasks(Places(self.now.site, side), lambda each, family: self._alike(side, each, family)).all(chosen)
        for task in made:
            if isinstance(task, Refused):
                self.refused.append(Refusal(_change(side, task.difference), task.reason, task.manual))
            else:
                tasks.append(task)
        return tasks

    def _alike(self, side: Side, each: Difference, family: str | None) -> bool:
        """Whether the change is on every other server of the daemon, or in another family of this server."""
        if family is not None:
            return self._has((side.node.name, family), each)
        others = [node for node, daemon in self._seats() if daemon == side.daemon and node.name != side.node.name]
        return bool(others) and all(self._has((node.name, side.daemon.name), each) for node in others)

    def _seats(self) -> list[tuple[Node, Daemon]]:
        assert self.now.site is not None
        assert self.now.build is not None
        return [(node, daemon) for node, daemon, _ in configs(self.now.site, self.now.build)]

    def _has(self, name: tuple[str, str], each: Difference) -> bool:
        others = self.differences.get(name, ())
        return any(one.path == each.path and same(one.values[LIVE], each.values[LIVE]) for one in others)

    def _agreeing(self, items: list[_Item]) -> list[_Item]:
        """Without the tasks that want another value in a place that an earlier one has taken."""
        taken: dict[tuple[object, ...], Edit] = {}
        kept: list[_Item] = []
        words = "another server has another value, and the spec has one place for both"
        manual = "adopt from one of the servers only, and deploy to the other"
        for each in items:
            if any(_clash(taken, edit) for edit in each.task.edits):
                self._refuse(each.side, each.task.differences, words, manual)
                continue
            for edit in each.task.edits:
                taken.setdefault(_place(edit), edit)
            kept.append(each)
        return kept

    def _refuse(self, side: Side, differences: Sequence[Difference], reason: str, manual: str) -> None:
        self.refused += [Refusal(_change(side, each), reason, manual) for each in differences]

    # Proving

    def _settled(self, items: list[_Item]) -> tuple[list[_Item], Plan]:
        """The most tasks that hold together: all of them, or halves of them down to the single one."""
        good, plan = self._added([], plan_edits(self.document, []), items)
        while len(good) < len(items):
            more, made = self._added(good, plan, [each for each in items if each not in good])
            if len(more) == len(good):
                break
            good, plan = more, made  # what leaned on something that came later holds now
        return [each for each in items if each in good], plan

    def _added(self, good: list[_Item], plan: Plan, items: list[_Item]) -> tuple[list[_Item], Plan]:
        if not items:
            return good, plan
        made = self._planned([*good, *items])
        if isinstance(made, Plan):
            return [*good, *items], made
        if len(items) == 1:
            self.reasons[id(items[0])] = made
            return good, plan
        half = len(items) // 2
        return self._added(*self._added(good, plan, items[:half]), items[half:])

    def _planned(self, items: list[_Item]) -> Plan | str:
        """The plan of these tasks together, or why they are not what they promise."""
        edits = list({_identity(edit): edit for each in items for edit in each.task.edits}.values())
        plan = plan_edits(self.document, folded(self.document, edits), self.shared)
        for _ in range(_COMPLETIONS):
            if plan.refused:
                return plan.refused[0].reason
            new = judge(loaded(self.path, Reading(plan.document)))
            if new.build is None or new.site is None:
                worst = next((each for each in new.report.diagnostics if each.severity is Severity.ERROR), None)
                words = f"{worst.message} ({worst.rule.code} {worst.rule.name})" if worst else "it does not compile"
                return f"the spec would have an error then: {words}"
            sides = {_name(side): side for side in self._sides(new)}
            missing: list[tuple[Side, list[Difference]]] = []
            for side in self.sides:
                made = sides.get(_name(side))
                if made is None:
                    return f"{side.node.name} would have no {side.daemon.name} any more"
                fault, moved = self._judged(side, made, items)
                if fault:
                    return fault
                if moved:
                    missing.append((made, moved))
            if not missing:
                return plan
            plan = self._completed(plan, new, missing)
        return "the new build would differ in a place that nobody has changed"

    def _judged(self, old: Side, new: Side, items: list[_Item]) -> tuple[str | None, list[Difference]]:
        """What is still a change on one server though it was to be adopted; and what has moved there and should not have."""
        wanted = [one.path for each in items if each.side is old for one in each.task.differences]
        if not wanted:
            return None, []
        elsewhere = [
            one.path
            for each in items
            if each.side.daemon == old.daemon and each.side is not old
            for one in each.task.differences
        ]
        left = self._between(new)
        for each in left:
            if any(_touch(each.path, path) for path in wanted):
                return f"the new build would still differ at {spelt(each.path)}", []
        before = [each.path for each in self._between(old)]
        moved = [each for each in left if not any(_touch(each.path, path) for path in (*before, *elsewhere))]
        return None, moved

    def _between(self, side: Side) -> list[Difference]:
        """Where the spec and the server differ, whoever moved."""
        return _differences(replace(side, base=None))

    def _completed(self, plan: Plan, new: Checked, missing: list[tuple[Side, list[Difference]]]) -> Plan:
        """The plan with what the server has as before and the spec had only by way of a value that was adopted.

        Someone who sends an edited config-get answer back has every inherited value written out.
        """
        assert new.site is not None
        edits: list[Edit] = []
        for side, moved in missing:
            for task in Tasks(Places(new.site, side), lambda each, family: False).all(moved):
                if isinstance(task, Refused):
                    words = f"the new build would differ at {spelt(task.difference.path)}: {task.reason}"
                    return replace(plan, refused=(RefusedEdit(Edit((), Action.SET), words),))
                edits += task.edits
        more = plan_edits(plan.document, folded(plan.document, edits), self.shared)
        before = {each.path: each.text for each in self.document.texts}
        texts = {each.path: each.text for each in more.document.texts if before.get(each.path) != each.text}
        return Plan(texts, more.document, (*plan.done, *more.done), more.refused)


def folded(document: Document, edits: Sequence[Edit]) -> list[Edit]:
    """The same edits with the maps that are not there yet: several keys of one such map come as one new map."""
    made: list[Edit] = []
    new: dict[tuple[str | int, ...], dict[str, object]] = {}
    for edit in edits:
        depth = next(
            (length for length in range(len(edit.route)) if not exists(document.root, edit.route[: length + 1])), None
        )
        if edit.action is not Action.SET or depth is None or depth >= len(edit.route) - 1:
            made.append(edit)
            continue
        top = edit.route[: depth + 1]
        if top not in new:
            new[top] = {}
            made.append(Edit(top, Action.SET, new[top], _behind(document, top)))
        node: dict[str, object] = new[top]
        for step in edit.route[depth + 1 : -1]:
            inner = node.setdefault(str(step), {})
            assert isinstance(inner, dict)
            node = inner
        node[str(edit.route[-1])] = edit.value
    return made


def _behind(document: Document, route: Route) -> str | None:
    """The key that a new map stands behind: in the pair's map of a daemon, the last one that the vocabulary has before it."""
    daemon = next((each for each in FAMILIES if route[:-1] == (each.name,)), None)
    if daemon is None:
        return None
    order = list(program(daemon.name).scopes[daemon.top].keywords)
    said = document.map_at(route[:-1])
    before = [key for key in said if key in order and order.index(key) < order.index(str(route[-1]))]
    return max(before, key=order.index, default=None)


def _differences(side: Side) -> list[Difference]:
    found = compare(side.daemon, side.version.branch, side.base, side.spec, side.live)
    return [each for each in found if isinstance(each, Difference)]


def _change(side: Side, each: Difference) -> Change:
    base, spec, live = each.values
    return Change(side.node.name, side.daemon, each.path, each.verdict, base, spec, live, each.route)


def _name(side: Side) -> tuple[str, str]:
    return side.node.name, side.daemon.name


def _touch(one: Way, other: Way) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _place(edit: Edit) -> tuple[object, ...]:
    """What an edit is about; insertions into one list are about different things."""
    return (edit.route, repr(edit.value)) if edit.action is Action.INSERT else (edit.route,)


def _clash(taken: Mapping[tuple[object, ...], Edit], edit: Edit) -> bool:
    other = taken.get(_place(edit))
    return other is not None and _identity(other) != _identity(edit)


def _identity(edit: Edit) -> tuple[object, ...]:
    return (edit.route, edit.action, repr(edit.value))


=======
>>>>>>> d986ae4 (Adopting cut into gathering, proving and edits; a refused change names the edit to make by hand)
__all__ = ["Adoption", "Held", "Prefer", "Refusal", "adopt", "adopt_drift"]
