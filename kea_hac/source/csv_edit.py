"""Changes of a table of reservations: a changed cell, a removed row, added rows. Other rows and cells keep every character."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kea_hac.diagnostics import Route
from kea_hac.regex import regex
from kea_hac.source.csv_reader import row_cells
from kea_hac.source.document import Document, Map, Plain, Seq, Value, value_at, walk
from kea_hac.source.edits import Action, Edit
from kea_hac.source.includes import CSV
from kea_hac.source.origins import Files, NotEditableError, Place
from kea_hac.source.yaml_splice import Splice

_QUOTED = regex(r'[",\r\n]|\A[ \t]|[ \t]\Z')


def as_cells(document: Document, edit: Edit, small: list[Edit]) -> list[Edit]:
    """The smallest edits of one edit, as far as a table allows: the list in a cell is one string, and cells have no types."""
    result: list[Edit] = []
    whole: set[Route] = set()
    for each in small:
        depth = _row_depth(document, each.route)
        if depth is None:
            result.append(each)
        elif len(each.route) <= depth + 1:
            result.append(replace(each, value=_unquoted(each.value)))
        elif each.route[: depth + 1] not in whole and len(edit.route) <= depth + 1:
            cell = each.route[: depth + 1]
            whole.add(cell)
            value = value_at(edit.value, cell[len(edit.route) :])
            result.append(Edit(cell, Action.SET, _unquoted(value)))
        elif each.route[: depth + 1] not in whole:
            result.append(each)
    return result


def _row_depth(document: Document, route: Route) -> int | None:
    """How many steps of the route lead to a row of a table; None where it leads into no table."""
    node: Value = document.root
    for depth, step in enumerate(walk(document.root, route), 1):
        if document.texts[step.position >> 64].path.lower().endswith(CSV):
            return depth + (1 if isinstance(node, Map) else 0)
        node = step.value
    return None


def _unquoted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unquoted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unquoted(item) for item in value]
    return Plain(value) if isinstance(value, str) else value


def csv_splices(files: Files, place: Place, edit: Edit) -> list[Splice]:
    """The splices of one edit whose container is a table, one of its rows, or the list in a cell. Raises NotEditableError."""
    text = files.text(place.number)
    if isinstance(place.value, Map):
        return _cell(files, place, edit, text)
    if isinstance(place.value, Seq) and any(not isinstance(item, Map) for item in place.value):
        raise NotEditableError("the items of a cell are changed together, as one list")
    step = edit.route[-1]
    if edit.action is Action.REMOVE and isinstance(step, int):
        position = place.value.spans[step]
        start, end = position >> 32 & 0xFFFFFFFF, position & 0xFFFFFFFF
        return [_without_line(text, start, end)]
    if edit.action is Action.INSERT and isinstance(edit.value, Mapping):
        return [_appended(text, _row(text, edit.value))]
    raise NotEditableError("in a table, only rows can be added or removed, and cells changed")


def _cell(files: Files, place: Place, edit: Edit, text: str) -> list[Splice]:
    _, position = files.position(place.route)
    names = _columns(text)
    cells = row_cells(text, position >> 32 & 0xFFFFFFFF)
    key = str(edit.route[-1])
    if key not in names:
        raise NotEditableError(f"the table has no column {key}; add one to its header")
    cell = cells[names.index(key)]
    value = "" if edit.action is Action.REMOVE else _said(key, edit.value)
    return [Splice(*cell, value)]


def _said(key: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        items = [str(item) for item in value]
        if any(re.search(r"[\s;]", item) or not item for item in items):
            raise NotEditableError(f"an item of {key} contains a space, and a space separates the items of a cell")
        return _escaped(" ".join(items))
    if isinstance(value, Mapping | bool) or value is None or value == "":
        raise NotEditableError(f"a cell of a table cannot contain this {key}")
    return _escaped(str(value))


def _escaped(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _columns(text: str) -> list[str]:
    start = 0
    while start < len(text):
        cells = row_cells(text, start)
        if any(text[first:last].strip() for first, last in cells):
            names = [text[first:last].strip().strip('"').strip() for first, last in cells]
            return [name.removesuffix("[]").rstrip() for name in names]
        line = text.find("\n", start)
        start = len(text) if line < 0 else line + 1
    return []


def _row(text: str, value: Mapping[str, Any]) -> str:
    names = _columns(text)
    missing = [key for key in value if key not in names]
    if missing:
        raise NotEditableError(f"the table has no column {missing[0]}; add one to its header")
    return ",".join(_said(name, value[name]) if name in value else "" for name in names)


def _appended(text: str, row: str) -> Splice:
    end = len(text.rstrip("\r\n"))
    newline = "\r\n" if "\r\n" in text else "\n"
    return Splice(end, end, newline + row)


def _without_line(text: str, start: int, end: int) -> Splice:
    head = text.rfind("\n", 0, start) + 1
    tail = text.find("\n", end)
    if tail < 0:
        return Splice(len(text[:head].rstrip("\r\n")), len(text), "")
    return Splice(head, tail + 1, "")
