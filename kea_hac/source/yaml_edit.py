"""Document + edits → new texts of its files, each the smallest change of the old one. Pure: `rewrite` writes them.

An edit becomes splices at known places of the text, so nothing else of the file can change. Then the
document is read again from the new texts, and must contain exactly the requested change; otherwise the edit is
refused. Refused by name are also values that more than one place uses: behind an anchor, in a file included twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from kea_hac.diagnostics import Route
from kea_hac.records import dataclass
from kea_hac.source.csv_edit import as_cells, csv_splices
from kea_hac.source.document import Document, Map, Seq
from kea_hac.source.edits import Action, Edit, edited, exists, found, reads_as, smallest
from kea_hac.source.origins import Files, NotEditableError, Place
from kea_hac.source.yaml_cut import Cutter
from kea_hac.source.yaml_reader import reread
from kea_hac.source.yaml_remarks import outdated_words
from kea_hac.source.yaml_splice import CannotSpliceError, New, Splice, Splicer, spliced


@dataclass(frozen=True, slots=True)
class RefusedEdit:
    """An edit that was refused, and why."""

    edit: Edit
    reason: str
    """What is in the way; the place in the document is the edit's route."""


@dataclass(frozen=True, slots=True)
class EditedTexts:
    """The result of the edits. Unchanged texts are not in it."""

    texts: Mapping[str, str]
    """New texts by the path of the file, as in `Document.texts`."""
    document: Document
    """What is read from the new texts."""
    done: tuple[Edit, ...]
    refused: tuple[RefusedEdit, ...]


@dataclass(slots=True)
class _Step:
    """A smallest edit in progress: its route changes with the document."""

    edit: Edit
    origin: Edit


@dataclass(frozen=True, slots=True)
class _Group:
    """Edits that become one set of splices: new entries at one place, removals from one container, or one value."""

    container: Route
    steps: list[_Step]

    @property
    def edits(self) -> list[Edit]:
        """The edits with their current routes."""
        return [step.edit for step in self.steps]


def plan_edits(
    document: Document, edits: Sequence[Edit], shared: Mapping[str, str] = MappingProxyType({}), mark: str = ""
) -> EditedTexts:
    """Apply all edits that are possible. Routes are those of `document`; an edit of several smaller ones is applied whole or not at all.

    `shared`: files, by their paths in `Document.texts`, that others use as well, with words that say who. `mark`: what is written before
    the words of a comment that may be untrue with the new value beside it (`yaml_remarks`); without it comments stay as they are.
    """
    refused: list[RefusedEdit] = []
    wanted = list(edits)
    while True:
        result = _attempt(document, wanted, shared, mark)
        if not result.refused:
            return EditedTexts(_changed(document, result.document), result.document, tuple(wanted), tuple(refused))
        refused += result.refused
        gone = {id(each.edit) for each in result.refused}
        wanted = [edit for edit in wanted if id(edit) not in gone]


def _changed(old: Document, new: Document) -> Mapping[str, str]:
    before = {each.path: each.text for each in old.texts}
    return {each.path: each.text for each in new.texts if before.get(each.path) != each.text}


@dataclass(frozen=True, slots=True)
class _Attempt:
    document: Document
    refused: list[RefusedEdit]


def _attempt(document: Document, edits: Sequence[Edit], shared: Mapping[str, str], mark: str) -> _Attempt:
    """Apply all edits; when one is refused, the others of this attempt are discarded."""
    pending = [
        _Step(small, edit) for edit in edits for small in as_cells(document, edit, smallest(document.root, edit))
    ]
    pending.sort(key=lambda step: step.edit.action is not Action.ORDER)
    while pending:
        groups, later = _round(document, pending)
        result = _edited(document, groups, shared, mark)
        if isinstance(result, str):
            groups = [_Group(group.container, [step]) for group in groups for step in group.steps]
            alone = [_edited(document, [group], shared, mark) for group in groups]
            refused = {
                id(group.steps[0].origin): RefusedEdit(group.steps[0].origin, reason)
                for group, reason in zip(groups, alone, strict=True)
                if isinstance(reason, str)
            }
            if refused or not isinstance(alone[0], Document):
                return _Attempt(document, list(refused.values()))
            # Each is possible alone, but not all together: one now, the others afterwards.
            result, later = alone[0], [*(group.steps[0] for group in groups[1:]), *later]
            groups = groups[:1]
        document, pending = result, later
        for group in groups:
            gone = _shift(pending, group)
            if gone:
                return _Attempt(
                    document, [RefusedEdit(step.origin, "another edit removes this place") for step in gone]
                )
    return _Attempt(document, [])


def _round(document: Document, pending: list[_Step]) -> tuple[list[_Group], list[_Step]]:
    """Edits that do not affect each other's places, and those that must wait.

    A changed scalar does not affect other edits; an edit that moves entries is the only one in its container.
    """
    groups: list[_Group] = []
    open_groups: dict[tuple[object, ...], _Group] = {}
    containers: set[Route] = set()
    above: set[Route] = set()
    later: list[_Step] = []
    for step in pending:
        edit = step.edit
        container = edit.route[:-1]
        if edit.action is Action.SET and exists(document.root, edit.route):
            if not isinstance(edit.value, dict | list | tuple) and not _holds(document, edit.route):
                groups.append(_Group(container, [step]))
                continue
            container = edit.route
        if edit.action is Action.ORDER:
            container = edit.route
        place = edit.route[-1] if edit.action is Action.INSERT else edit.after if edit.action is Action.SET else None
        key = (edit.action, container, place)
        if key in open_groups and container != edit.route:
            open_groups[key].steps.append(step)
        elif container in above or any(container[:length] in containers for length in range(len(container) + 1)):
            later.append(step)
        else:
            owner = edit.route if edit.action is Action.ORDER else edit.route[:-1]
            group = open_groups[key] = _Group(owner, [step])
            groups.append(group)
            containers.add(container)
            above.update(container[:length] for length in range(len(container) + 1))
    return groups, later


def _holds(document: Document, route: Route) -> bool:
    """True when a map or list stands at the route."""
    return isinstance(found(document.root, route), Map | Seq)


def _edited(document: Document, groups: Sequence[_Group], shared: Mapping[str, str], mark: str) -> Document | str:
    """The document with all groups applied, or why that is not possible."""
    files = Files(document, shared)
    splices: dict[int, list[Splice]] = {}
    try:
        for group in groups:
            number, result = _splices(files, group, mark)
            splices.setdefault(number, []).extend(result)
        texts = {document.texts[number].path: spliced(files.text(number), result) for number, result in splices.items()}
    except (CannotSpliceError, NotEditableError) as reason:
        return str(reason)
    del files  # its layouts are several times as large as what is read next
    reading = reread(document, texts)
    if reading.document is None or reading.unreadable:
        return "the edited file could not be read"
    wanted = edited(document.root, [edit for group in groups for edit in group.edits])
    if not reads_as(reading.document.root, wanted):
        return "the edited file would not contain what it should"
    return reading.document


def _splices(files: Files, group: _Group, mark: str) -> tuple[int, list[Splice]]:
    """The splices of one group, and the number of the text that they are for."""
    first = group.steps[0].edit
    last = first.route[-1]
    if first.action is Action.SET and exists(files.document.root, first.route):
        place = files.entry(first.route)
        if place.csv:
            return place.number, csv_splices(files, place, first)
        if place.index is not None:
            result = Splicer(place.layout, place.style).replaced(place.node, place.index, first.value)
            if mark:
                old = place.node.entries[place.index].value
                marked = [Splice(at, at, mark) for at in outdated_words(place.layout, str(last), old, mark)]
                result += [each for each in marked if each not in result]
            return place.number, result
    place = files.container(group.container)
    if place.csv:
        return place.number, [splice for edit in group.edits for splice in csv_splices(files, place, edit)]
    splicer = Splicer(place.layout, place.style)
    if first.action is Action.ORDER:
        own = [files.owner(place, (*group.container, index)) for index in range(len(place.value))]
        if [each.index for each in own] != list(range(len(place.node.entries))) or any(
            each.node is not place.node for each in own
        ):
            raise CannotSpliceError("not all of the items are written in this file")
        return place.number, Cutter(place.layout).ordered(place.node, first.value)
    if first.action is Action.REMOVE:
        owners = [files.owner(place, edit.route) for edit in group.edits]
        place = owners[0]
        if any(each.node is not place.node for each in owners):
            raise CannotSpliceError("the items are in different files")
        entries = [each.index for each in owners if each.index is not None]
        if len(set(entries)) == len(place.node.entries):
            return _emptied(files, group.container, place)
        return place.number, Cutter(place.layout).removed(place.node, entries)
    news: list[New] = [
        (None if first.action is Action.INSERT else str(edit.route[-1]), edit.value) for edit in group.edits
    ]
    if first.action is Action.SET:
        return place.number, splicer.inserted(place.node, files.index_behind(place, first.after), news)
    place = files.insertion(place, last)
    return place.number, Splicer(place.layout, place.style).inserted(place.node, place.index or 0, news)


def _emptied(files: Files, route: Route, place: Place) -> tuple[int, list[Splice]]:
    """The last entries of a container are removed: empty brackets take their place."""
    empty: object = {} if place.node.kind == "map" else []
    if place.node.flow:
        return place.number, [Splice(place.node.start, place.node.end, "{}" if empty == {} else "[]")]
    if not route:
        raise NotEditableError("the file would be empty")
    own = files.entry(route)
    if own.index is None or own.number != place.number:
        raise NotEditableError("the file would be empty")
    return own.number, Splicer(own.layout, own.style).replaced(own.node, own.index, empty)


def _shift(pending: list[_Step], group: _Group) -> list[_Step]:
    """Give the edits that wait the routes that they have now. Gives those whose place is gone."""
    first = group.steps[0].edit
    depth = len(group.container)
    if first.action is Action.SET:
        return []
    if first.action is Action.ORDER:
        _reorder(pending, group.container, list(first.value))
        return []
    gone = []
    taken = [edit.route[depth] for edit in group.edits]
    for step in pending:
        route = step.edit.route
        at = route[depth] if route[:depth] == group.container and len(route) > depth else None
        if (
            first.action is Action.REMOVE
            and at in taken
            and (step.edit.action is not Action.INSERT or len(route) > depth + 1)
        ):
            gone.append(step)
        elif isinstance(at, int):
            moved = (
                at - sum(1 for each in taken if isinstance(each, int) and each < at)
                if first.action is Action.REMOVE
                else at + (len(taken) if isinstance(taken[0], int) and at >= taken[0] else 0)
            )
            step.edit = replace(step.edit, route=(*route[:depth], moved, *route[depth + 1 :]))
    return gone


def _reorder(pending: list[_Step], container: Route, order: list[int]) -> None:
    """Give the edits of a list that wait the indexes that its items have now; a new item stays behind the one before it."""
    depth = len(container)
    for step in pending:
        route = step.edit.route
        at = route[depth] if route[:depth] == container and len(route) > depth else None
        if not isinstance(at, int):
            continue
        if step.edit.action is Action.INSERT and len(route) == depth + 1:
            moved = order.index(at - 1) + 1 if 0 < at <= len(order) else at
        else:
            moved = order.index(at)
        step.edit = replace(step.edit, route=(*route[:depth], moved, *route[depth + 1 :]))


__all__ = ["Action", "Edit", "EditedTexts", "RefusedEdit", "plan_edits"]
