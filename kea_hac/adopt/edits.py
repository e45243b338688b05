"""Edits of several tasks, combined: equal edits once, new maps complete, and which edits contradict each other."""

from __future__ import annotations

from collections.abc import Sequence

from kea_hac.diagnostics import Route, dotted
from kea_hac.kea.config import FAMILIES
from kea_hac.kea.grammar import program
from kea_hac.source.document import Document
from kea_hac.source.edits import Action, Edit, exists
from kea_hac.source.yaml_print import Style, flow_text

_LONGEST = 300
"""Characters of a value that a message still shows."""


def folded(document: Document, edits: Sequence[Edit]) -> list[Edit]:
    """The same edits with the maps that are not there yet: several keys of one such map come as one new map."""
    result: list[Edit] = []
    new: dict[tuple[str | int, ...], dict[str, object]] = {}
    for edit in _one_list(document, edits):
        depth = next(
            (length for length in range(len(edit.route)) if not exists(document.root, edit.route[: length + 1])), None
        )
        if edit.action is not Action.SET or depth is None or depth >= len(edit.route) - 1:
            result.append(edit)
            continue
        top = edit.route[: depth + 1]
        if top not in new:
            new[top] = {}
            result.append(Edit(top, Action.SET, new[top], behind(document, top)))
        node: dict[str, object] = new[top]
        for step in edit.route[depth + 1 : -1]:
            inner = node.setdefault(str(step), {})
            assert isinstance(inner, dict)
            node = inner
        node[str(edit.route[-1])] = edit.value
    return result


def _one_list(document: Document, edits: Sequence[Edit]) -> list[Edit]:
    """The same edits with one list where several want to put items into a list that is not there yet."""
    result: dict[tuple[object, ...], Edit] = {}
    for edit in edits:
        before = result.get(edit.route) if new_items(edit, document) else None
        if before is not None:
            more = [item for item in edit.value if item not in before.value]
            result[edit.route] = Edit(edit.route, edit.action, [*before.value, *more], before.after)
        else:
            result[edit.route if new_items(edit, document) else (*edit.route, len(result), "")] = edit
    return list(result.values())


def new_items(edit: Edit, document: Document) -> bool:
    """Whether an edit puts items into a list that is not there yet, so that another may put others into it."""
    if edit.action is not Action.SET or not isinstance(edit.value, list) or exists(document.root, edit.route):
        return False
    return bool(edit.value) and all(isinstance(item, dict) for item in edit.value)


def behind(document: Document, route: Route) -> str | None:
    """The key before a new map: in the pair's map of a daemon, the last key that the vocabulary has before it."""
    daemon = next((each for each in FAMILIES if route[:-1] == (each.name,)), None)
    if daemon is None:
        return None
    order = list(program(daemon.name).scopes[daemon.top].keywords)
    written = document.map_at(route[:-1])
    before = [key for key in written if key in order and order.index(key) < order.index(str(route[-1]))]
    return max(before, key=order.index, default=None)


def edit_position(edit: Edit, document: Document) -> tuple[object, ...]:
    """What an edit is about; insertions into one list are about different things."""
    several = edit.action is Action.INSERT or new_items(edit, document)
    return (edit.route, repr(edit.value)) if several else (edit.route,)


def identity(edit: Edit) -> tuple[object, ...]:
    return (edit.route, edit.action, repr(edit.value))


def by_hand(edits: Sequence[Edit]) -> str:
    """The edits as a sentence, for a user who makes them by hand."""
    return "; ".join(in_words(edit) for edit in edits)


def in_words(edit: Edit) -> str:
    """One edit as an order to somebody."""
    where = dotted(edit.route)
    if edit.action is Action.REMOVE:
        return f"remove {where}"
    if edit.action is Action.ORDER:
        return f"put the items of {where} into the server's order"
    text = flow_text(edit.value, Style())
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"add {shown} to {dotted(edit.route[:-1])}" if edit.action is Action.INSERT else f"set {where} to {shown}"
