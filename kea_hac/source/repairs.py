"""Repairs of findings as edits of their document: what `yaml_edit` needs to follow a fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kea_hac.diagnostics import Diagnostic, OneKey, Repair, RepairKind
from kea_hac.source.document import Document, Map, Plain, Seq, Value
from kea_hac.source.edits import Action, Edit, exists, found

_ACTIONS = {RepairKind.SET: Action.SET, RepairKind.REMOVE: Action.REMOVE, RepairKind.INSERT: Action.INSERT}


def edits_of(document: Document, repairs: Sequence[Repair]) -> list[Edit]:
    """The edits that make the repairs. Routes are those of the document. A key that is to be renamed and is gone is left out."""
    edits: list[Edit] = []
    renamed = {each.route for each in repairs if each.change is RepairKind.RENAME}
    wrapped = {each.route for each in repairs if each.change is RepairKind.WRAP}
    for each in repairs:
        assert each.route is not None, "`diagnostics.place` puts the finding's own place there"
        if each.change is RepairKind.REWRITE:
            continue  # `rewritten` makes those
        if each.change is RepairKind.WRAP and each.route in renamed:
            continue
        if each.change is RepairKind.WRAP:
            value = _plain(found(document.root, each.route))
            edits.append(Edit(each.route, Action.SET, [value] if each.value is None else {str(each.value): value}))
        elif each.change is not RepairKind.RENAME:
            edits.append(Edit(each.route, _ACTIONS[each.change], _plain(each.value)))
        elif exists(document.root, each.route):
            value = _plain(found(document.root, each.route))
            value = [value] if each.route in wrapped else value
            edits.append(Edit((*each.route[:-1], str(each.value)), Action.SET, value, str(each.route[-1])))
            edits.append(Edit(each.route, Action.REMOVE))
    return edits


def within(repair: Repair, document: Document) -> Repair:
    """The repair with its route in one document: `lint` reads several, and its routes begin with the name of the file."""
    route = repair.route or ()
    return replace(repair, route=route[1:]) if route[:1] == (document.path,) else repair


def of_text(found: Diagnostic) -> bool:
    """True for a finding whose repair replaces the text at its place: that of a reader, and a key that is only misspelt."""
    changes = [each.change for each in found.repair]
    return RepairKind.REWRITE in changes or changes == [RepairKind.RENAME]


def rewritten(text: str, found: Sequence[Diagnostic]) -> str:
    """The text of one file after the repairs of findings that are `of_text`; of two in one place the first. Nothing else changes."""
    result, end = text, len(text) + 1
    starts = [0, *(at + 1 for at, character in enumerate(result) if character == "\n")]
    for each in sorted(found, key=lambda each: (each.span.line, each.span.column), reverse=True):
        first = starts[each.span.line - 1] + each.span.column - 1
        last = starts[each.span.end_line - 1] + each.span.end_column - 1
        if of_text(each) and last <= end:
            result, end = f"{result[:first]}{_new_text(each, result[first:last])}{result[last:]}", first
    return result


def _new_text(found: Diagnostic, old: str) -> str:
    """What stands at the place afterwards. A key keeps its quotes."""
    repair = next(each for each in found.repair if each.change in (RepairKind.REWRITE, RepairKind.RENAME))
    quote = old[:1] if repair.change is RepairKind.RENAME and old[:1] in ("'", '"') else ""
    return f"{quote}{repair.value}{quote}"


def _plain(value: Value | Any) -> Any:
    """Plain data of a document's value; a scalar without quotes stays one."""
    if isinstance(value, OneKey):
        return {value.key: value.value}
    if isinstance(value, Map):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Seq | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, Plain) or not isinstance(value, str) else str(value)
