"""Repairs of findings as edits of their document: what `yaml_edit` needs to follow a fix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kea_hac.diagnostics import Change, Repair
from kea_hac.source.document import Document, Map, Plain, Seq, Value
from kea_hac.source.edits import Action, Edit, exists, found

_ACTIONS = {Change.SET: Action.SET, Change.REMOVE: Action.REMOVE, Change.INSERT: Action.INSERT}


def edits_of(document: Document, repairs: Sequence[Repair]) -> list[Edit]:
    """The edits that make the repairs. Routes are those of the document. A key that is to be renamed and is gone is left out."""
    edits: list[Edit] = []
    for each in repairs:
        assert each.route is not None, "`diagnostics.place` puts the finding's own place there"
        if each.change is not Change.RENAME:
            edits.append(Edit(each.route, _ACTIONS[each.change], _plain(each.value)))
        elif exists(document.root, each.route):
            value = _plain(found(document.root, each.route))
            edits.append(Edit((*each.route[:-1], str(each.value)), Action.SET, value, str(each.route[-1])))
            edits.append(Edit(each.route, Action.REMOVE))
    return edits


def _plain(value: Value | Any) -> Any:
    """Plain data of a document's value; a scalar without quotes stays one."""
    if isinstance(value, Map):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Seq | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, Plain) or not isinstance(value, str) else str(value)
