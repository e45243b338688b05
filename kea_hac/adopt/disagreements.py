"""Which tasks contradict each other: servers have different values where the spec has one place for all of them.

In: the tasks of all servers. Out: those that agree, and the others with the reason. No server's value is preferred by default:
unless a server was named, all tasks that contradict each other are refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from kea_hac.adopt.edits import edit_position, identity, new_items
from kea_hac.adopt.planning import Task
from kea_hac.adopt.spec_routes import Side
from kea_hac.diagnostics import Route
from kea_hac.records import dataclass
from kea_hac.source.document import Document
from kea_hac.source.edits import Action, Edit


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A task of one side."""

    side: Side
    task: Task


_Entry = tuple[Item, Edit]
"""A task with one of its edits."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A task that gives way, and the server that it contradicts."""

    item: Item
    other: str

    @property
    def reason(self) -> str:
        """The reason, as a sentence."""
        if self.other == self.item.side.node.name:
            return f"another change on {self.other} needs the same place in the spec"
        return f"{self.other} has another value there than {self.item.side.node.name}, and the spec has only one place for both"

    @property
    def manual(self) -> str:
        """The next step."""
        if self.other == self.item.side.node.name:
            return "run --adopt again after this one, or write it by hand"
        names = sorted((self.item.side.node.name, self.other))
        return f"name the server whose value to use: {' or '.join(f'--prefer {name}' for name in names)}"


def agreeing(document: Document, items: Sequence[Item], preferred: str | None) -> tuple[list[Item], list[Disagreement]]:
    """The items that agree, and those that do not. `preferred`: the server whose value is used; None: no server's."""
    out: dict[int, Disagreement] = {}
    entries = [(each, edit) for each in items for edit in each.task.edits]
    for found in (_in_one_place(document, entries, preferred), _below_a_removal(entries, preferred)):
        for each in found:
            out.setdefault(id(each.item), each)
    return [each for each in items if id(each) not in out], list(out.values())


def not_adopted(one: Item, other: Item, preferred: str | None) -> Iterator[Disagreement]:
    """Which of two that contradict each other cannot be adopted: both, unless one of their servers was named."""
    names = (one.side.node.name, other.side.node.name)
    if preferred not in names or names[0] == names[1]:
        yield Disagreement(one, names[1])
        yield Disagreement(other, names[0])
    elif preferred == names[0]:
        yield Disagreement(other, names[0])
    else:
        yield Disagreement(one, names[1])


def _in_one_place(document: Document, entries: Sequence[_Entry], preferred: str | None) -> Iterator[Disagreement]:
    """Tasks that want several things in one place: another value, or another item of a list by one identity."""
    by_place: dict[Hashable, list[_Entry]] = {}
    for each, edit in entries:
        by_place.setdefault(edit_position(edit, document), []).append((each, edit))
        if edit.action is Action.INSERT or new_items(edit, document):
            listed = edit.route[:-1] if edit.action is Action.INSERT else edit.route
            for difference in each.task.differences:
                by_place.setdefault((listed, "item", difference.path), []).append((each, edit))
    for those in by_place.values():
        wanted = {identity(edit) for _, edit in those}
        holds = {identity(edit) for each, edit in those if each.side.node.name == preferred}
        if len({each.side.node.name for each, _ in those}) == 1:
            holds = {identity(those[0][1])}  # one server: its first value
        for each, edit in those if len(wanted) > 1 else ():
            other = next(one for one, another in those if identity(another) != identity(edit))
            if not holds or identity(edit) not in holds:
                yield Disagreement(each, other.side.node.name)


def _below_a_removal(entries: Sequence[_Entry], preferred: str | None) -> Iterator[Disagreement]:
    """Tasks that change a value which a task of another server removes or replaces as a whole."""
    whole: dict[Route, list[Item]] = {}
    for each, edit in entries:
        if edit.action in (Action.REMOVE, Action.SET):
            whole.setdefault(edit.route, []).append(each)
    for each, edit in entries:
        for length in range(1, len(edit.route)):
            for other in whole.get(edit.route[:length], ()):
                if other.side.node.name != each.side.node.name:
                    yield from not_adopted(other, each, preferred)


def rivals(document: Document, item: Item, adopted: Sequence[Item]) -> Iterator[Item]:
    """Adopted tasks of other servers that add to the same list, or change the same item of it, as this task."""
    lists = set(_lists(document, item))
    for each in adopted:
        if each.side is not item.side and each.side.daemon == item.side.daemon and lists & set(_lists(document, each)):
            yield each


def _lists(document: Document, item: Item) -> Iterator[tuple[object, ...]]:
    for edit in item.task.edits:
        numbers = [place for place, step in enumerate(edit.route) if isinstance(step, int)]
        yield edit.route[: numbers[-1]] if numbers and not new_items(edit, document) else edit.route
