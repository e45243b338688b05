"""Which tasks can be adopted: gathered for all servers, planned together, and the plan's build compared with the servers.

A plan counts when the edited spec compiles, the new build contains the adopted changes, and no file of any server has changed elsewhere
(`moves`).

Why a search: tasks depend on each other. Some are only valid together (a pool and the subnet that contains it), and one that
is wrong makes the build of all of them fail. Only a build proves a set of tasks, and builds are slow. So all tasks are
tried together first. After a failure they are tried in halves, which finds n wrong tasks in about n * log2(tasks) builds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from kea_hac.adopt.besides import MARK, stale_comments, written_besides
from kea_hac.adopt.disagreements import Disagreement, Item, agreeing, not_adopted, rivals
from kea_hac.adopt.edits import by_hand, folded, identity
from kea_hac.adopt.moves import Builds, Forms
from kea_hac.adopt.planning import Refused, Task, Tasks
from kea_hac.adopt.spec_routes import Places, Side
from kea_hac.adopt.task import Adoption, LiveConfiguration, Prefer, Refusal
from kea_hac.api import Checked, judge, loaded
from kea_hac.changes.change import Change, Value, Verdict, newest_path, spelt
from kea_hac.changes.change import Path as Way
from kea_hac.changes.three_way import LIVE, SPEC, Difference, compare, same
from kea_hac.compiler.built import configs
from kea_hac.diagnostics import Severity
from kea_hac.kea.config import Daemon
from kea_hac.kea.config_get import Resolver
from kea_hac.model.site import Node
from kea_hac.source.document import Document
from kea_hac.source.edits import Action, Edit
from kea_hac.source.ledger import Reading
from kea_hac.source.yaml_edit import EditedTexts, RefusedEdit, plan_edits

_RIVALS = 16
"""How many tasks of other servers a task is tried beside."""
_COMPLETIONS = 3
"""How often a plan may be completed by what the new build would move."""


class Adopting:
    """One run: what is changed on which server, the tasks, and the plan that keeps its promise."""

    def __init__(
        self,
        path: Path,
        document: Document,
        now: Checked,
        stored: Sequence[LiveConfiguration],
        resolve: Resolver,
        prefer: Prefer | str | None,
        wanted: Callable[[Change], bool],
        shared: Mapping[str, str],
    ) -> None:
        self.path = path
        self.document = document
        self.now = now
        self.resolve = resolve
        self.prefer = prefer
        self.preferred = None if prefer is None or isinstance(prefer, Prefer) else prefer
        self.wanted = wanted
        self.shared = shared
        self.live_configurations = {(each.server, each.daemon.name): each for each in stored}
        self.forms = Forms(resolve)
        made = {
            (name, each.version): each.spec for name, each in self.live_configurations.items() if each.spec is not None
        }
        self.forms.keep(now, made)
        self.sides = tuple(self._sides(now))
        self.builds = Builds(now, {name: each.version for name, each in self.live_configurations.items()}, self.forms)
        self.differences = {_name(side): tuple(_differences(side)) for side in self.sides}
        self.refused: list[Refusal] = []
        self.reasons: dict[int, str] = {}
        self.tried: dict[frozenset[int], bool] = {}

    def run(self) -> Adoption:
        """Gather the tasks, then find out which of them can be adopted."""
        items = [Item(side, task) for side in self.sides for task in self._tasks(side)]
        items, apart = agreeing(self.document, items, self.preferred)
        good, plan = self._settled(items)
        while more := self._against_each_other(items, good):
            apart += more
            out = [each.item for each in more]
            items = [each for each in items if each not in out]
            good, plan = self._settled(items)
        for one in apart:
            self._refuse(one.item.side, one.item.task.differences, one.reason, one.manual)
        for each in items:
            if each not in good:
                reason = self.reasons.get(id(each), "the new build would still show another value")
                manual = f"{by_hand(each.task.edits)}; or undo the change on the server"
                self._refuse(each.side, each.task.differences, reason, manual)
        adopted = [_change(each.side, one) for each in good for one in each.task.differences]
        besides = written_besides(self.document, plan, [edit for each in good for edit in each.task.edits])
        comments = stale_comments(self.document, plan)
        return Adoption(self.document, plan, tuple(adopted), tuple(self.refused), besides, comments)

    # Gathering

    def _sides(self, checked: Checked) -> list[Side]:
        assert checked.site is not None
        assert checked.build is not None
        result = []
        for node, daemon, config in configs(checked.site, checked.build):
            found = self.live_configurations.get((node.name, daemon.name))
            if found is not None:
                spec = self.forms.of(checked, node, daemon, config, found.version)
                result.append(Side(node, daemon, found.version, found.base, spec, found.live))
        return result

    def _tasks(self, side: Side) -> list[Task]:
        chosen: list[Difference] = []
        for each in self.differences[_name(side)]:
            change = _change(side, each)
            if not self.wanted(change) or each.verdict in (Verdict.PENDING, Verdict.CONVERGED):
                continue
            if each.verdict is Verdict.EXTERNAL or self._is_preferred(side, each):
                chosen.append(each)
            elif self.prefer is not Prefer.SPEC:
                conflict = each.verdict is Verdict.CONFLICT
                words = "the spec has changed here as well" if conflict else "it is unknown what was loaded there"
                manual = f"use --prefer live, --prefer {side.node.name} or --prefer spec"
                self.refused.append(Refusal(change, words, manual))
        assert self.now.site is not None
        tasks: list[Task] = []
        result = Tasks(Places(self.now.site, side), lambda each, family: self._same_elsewhere(side, each, family)).all(
            chosen
        )
        for task in result:
            if isinstance(task, Refused):
                self.refused.append(Refusal(_change(side, task.difference), task.reason, task.manual))
            else:
                tasks.append(task)
        return tasks

    def _is_preferred(self, side: Side, each: Difference) -> bool:
        if self.preferred is None:
            return self.prefer is Prefer.LIVE
        return side.node.name == self.preferred or self._has((self.preferred, side.daemon.name), each)

    def _same_elsewhere(self, side: Side, each: Difference, family: str | None) -> bool:
        """Whether the change is on every other server of the daemon, or in another family of this server."""
        if family is not None:
            return self._has((side.node.name, family), each)
        others = [
            node for node, daemon in self._server_families() if daemon == side.daemon and node.name != side.node.name
        ]
        return bool(others) and all(self._has_for_itself(side.node, node, side.daemon, each) for node in others)

    def _has_for_itself(self, node: Node, other: Node, daemon: Daemon, each: Difference) -> bool:
        """Whether another server has the change, or has it with its own name where the spec writes `{server}`."""
        return self._has((other.name, daemon.name), each) or any(
            one.path == each.path
            and not same(one.values[SPEC], each.values[SPEC])
            and all(_by_name(node, each.values[text], other, one.values[text]) for text in (SPEC, LIVE))
            for one in self.differences.get((other.name, daemon.name), ())
        )

    def _server_families(self) -> list[tuple[Node, Daemon]]:
        assert self.now.site is not None
        assert self.now.build is not None
        return [(node, daemon) for node, daemon, _ in configs(self.now.site, self.now.build)]

    def _has(self, name: tuple[str, str], each: Difference) -> bool:
        others = self.differences.get(name, ())
        return any(one.path == each.path and same(one.values[LIVE], each.values[LIVE]) for one in others)

    def _against_each_other(self, items: list[Item], good: list[Item]) -> list[Disagreement]:
        """Tasks that are valid alone but not beside a task of another server; all of them, unless a server was named.

        For example two new pools that overlap, or two new subnets with one prefix.
        """
        for each in items:
            near = [] if each in good else list(islice(rivals(self.document, each, good), _RIVALS))
            if near and self._hold(each):
                against = next((other for other in near if not self._hold(other, each)), None)
                if against is not None:
                    return list(not_adopted(against, each, self.preferred))
        return []

    def _hold(self, *items: Item) -> bool:
        """Whether these alone can be adopted. The result is kept, because each trial is a build."""
        key = frozenset(map(id, items))
        if key not in self.tried:
            self.tried[key] = isinstance(self._planned(list(items)), EditedTexts)
        return self.tried[key]

    def _refuse(self, side: Side, differences: Sequence[Difference], reason: str, manual: str) -> None:
        self.refused += [Refusal(_change(side, each), reason, manual) for each in differences]

    # Proving

    def _settled(self, items: list[Item]) -> tuple[list[Item], EditedTexts]:
        """The tasks that can be adopted together: all of them, or what remains after halving down to single tasks.

        Repeated until nothing more is added: a task that failed may need one that was added after it.
        """
        good, plan = self._added([], plan_edits(self.document, []), items)
        while len(good) < len(items):
            more, result = self._added(good, plan, [each for each in items if each not in good])
            if len(more) == len(good):
                break
            good, plan = more, result  # a task that needs one that was added later is valid now
        return [each for each in items if each in good], plan

    def _added(self, good: list[Item], plan: EditedTexts, items: list[Item]) -> tuple[list[Item], EditedTexts]:
        if not items:
            return good, plan
        result = self._planned([*good, *items])
        if isinstance(result, EditedTexts):
            return [*good, *items], result
        if len(items) == 1:
            self.reasons[id(items[0])] = result
            return good, plan
        half = len(items) // 2
        return self._added(*self._added(good, plan, items[:half]), items[half:])

    def _planned(self, items: list[Item]) -> EditedTexts | str:
        """The plan of these tasks together, or the reason why its build does not contain them and nothing else.

        The plan is completed a few times: a build may show that other values must be written out too, and these edits may
        again change something else.
        """
        edits = list({identity(edit): edit for each in items for edit in each.task.edits}.values())
        plan = plan_edits(self.document, folded(self.document, edits), self.shared, MARK)
        for _ in range(_COMPLETIONS):
            if plan.refused:
                return plan.refused[0].reason
            new = judge(loaded(self.path, Reading(plan.document)))
            if new.build is None or new.site is None:
                worst = next((each for each in new.report.diagnostics if each.severity is Severity.ERROR), None)
                words = f"{worst.message} ({worst.rule.code} {worst.rule.name})" if worst else "it does not compile"
                return f"the spec would then have an error: {words}"
            sides = {_name(side): side for side in self._sides(new)}
            missing: list[tuple[Side, list[Difference]]] = []
            for side in self.sides:
                result = sides.get(_name(side))
                if result is None:
                    return f"{side.node.name} would no longer have a {side.daemon.name}"
                fault, moved = self._judged(side, result, items, sides)
                if fault:
                    return fault
                if moved:
                    missing.append((result, moved))
            if not missing:
                return self._beyond(new, sides, items) or plan
            plan = self._completed(plan, new, missing)
        return "the new build would differ in a place that was not changed"

    def _beyond(self, new: Checked, sides: Mapping[tuple[str, str], Side], items: list[Item]) -> str | None:
        """What the new build changes and is not adopted, on any server, as a sentence."""
        left: dict[tuple[str, str], list[Way]] = {}

        def lives(name: tuple[str, str], path: Way) -> bool:
            if name not in sides:
                return False
            if name not in left:
                left[name] = [each.path for each in self._between(sides[name])]
            return not any(_touch(each, path) for each in left[name])

        adopting = dict.fromkeys(_name(each.side) for each in items)
        return self.builds.unadopted(new, adopting, lives)

    def _judged(
        self, old: Side, new: Side, items: list[Item], sides: Mapping[tuple[str, str], Side]
    ) -> tuple[str | None, list[Difference]]:
        """A message when an adopted change is still a difference on one server, and the differences that are new there."""
        wanted = [one.path for each in items if each.side is old for one in each.task.differences]
        if not wanted:
            return None, []
        elsewhere = [
            one.path
            for each in items
            if each.side.daemon == old.daemon and each.side is not old
            for one in each.task.differences
        ]
        elsewhere += self._moved_elsewhere(old, items, sides)
        left = self._between(new)
        for each in left:
            if any(_touch(each.path, path) for path in wanted):
                return f"the new build would still differ at {spelt(each.path)}", []
        before = [each.path for each in self._between(old)]
        known = [*before, *map(newest_path, elsewhere)]
        moved = [each for each in left if not any(_touch(newest_path(each.path), newest_path(path)) for path in known)]
        return None, moved

    def _moved_elsewhere(self, old: Side, items: list[Item], sides: Mapping[tuple[str, str], Side]) -> Iterator[Way]:
        """What is adopted from other servers, by the names that it has in the new build: a pool is named by its range."""
        adopting = {_name(each.side) for each in items if each.side.daemon == old.daemon and each.side is not old}
        for side in self.sides:
            new = sides.get(_name(side))
            if _name(side) in adopting and new is not None:
                back = replace(new, base=None, live=side.spec)
                yield from (each.path for each in _differences(back))

    def _between(self, side: Side) -> list[Difference]:
        """The differences between the spec and the server, whichever of them changed."""
        return _differences(replace(side, base=None))

    def _completed(self, plan: EditedTexts, new: Checked, missing: list[tuple[Side, list[Difference]]]) -> EditedTexts:
        """The plan, completed with values that the server still has and that the spec derived from a value that was adopted.

        This happens when an edited config-get answer is sent back to the server: it contains every inherited value.
        """
        assert new.site is not None
        edits: list[Edit] = []
        for side, moved in missing:
            for task in Tasks(Places(new.site, side), lambda each, family: False).all(moved):
                if isinstance(task, Refused):
                    words = f"the new build would differ at {spelt(task.difference.path)}: {task.reason}"
                    return replace(plan, refused=(RefusedEdit(Edit((), Action.SET), words),))
                edits += task.edits
        more = plan_edits(plan.document, folded(plan.document, edits), self.shared, MARK)
        before = {each.path: each.text for each in self.document.texts}
        texts = {each.path: each.text for each in more.document.texts if before.get(each.path) != each.text}
        return EditedTexts(texts, more.document, (*plan.done, *more.done), more.refused)


def _differences(side: Side) -> list[Difference]:
    found = compare(side.daemon, side.version.branch, side.base, side.spec, side.live)
    return [each for each in found if isinstance(each, Difference)]


def _change(side: Side, each: Difference) -> Change:
    base, spec, live = each.values
    return Change(side.node.name, side.daemon, each.path, each.verdict, base, spec, live, each.route)


def _by_name(node: Node, value: Value, other: Node, others: Value) -> bool:
    """Whether two servers have one text, each with its own name in it."""
    if not isinstance(value, str) or not isinstance(others, str):
        return False
    return value.replace(node.name, "{server}") == others.replace(other.name, "{server}")


def _name(side: Side) -> tuple[str, str]:
    return side.node.name, side.daemon.name


def _touch(one: Way, other: Way) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]
