"""What adopting writes into the spec besides the changes themselves, and why: named, so that nobody has to look for it.

- The spec had a value only by way of one that was adopted; it is written out where the servers keep it. So it is after somebody
  edited what config-get answers and sent it back: every inherited value is written out in that.
- A new pool of a load-balanced pair that no HA class guards stays shared: `split: none`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kea_hac.adopt.edits import folded, identity, in_words
from kea_hac.adopt.task import Besides
from kea_hac.diagnostics import Route, dotted
from kea_hac.source.document import Document
from kea_hac.source.edits import Action, Edit
from kea_hac.source.yaml_edit import Plan

_KEPT = "the servers keep it, and the spec had it only by way of a value that was adopted"
_SHARED = "the server shares the pool with its partner; without it the compiler would split it"


def written_besides(document: Document, plan: Plan, edits: Sequence[Edit]) -> tuple[Besides, ...]:
    """What is written besides. `edits`: those of the adopted tasks. One entry for the same thing in many places."""
    own = {identity(each) for each in folded(document, list({identity(each): each for each in edits}.values()))}
    kept: dict[str, list[str]] = {}
    for edit in plan.done:
        if identity(edit) not in own:
            what, where = _said(edit)
            kept.setdefault(what, []).append(where)
    made = [Besides(what, tuple(places), _KEPT) for what, places in kept.items()]
    shared = [where for edit in plan.done if identity(edit) in own for where in _unsplit(edit.value, _place(edit))]
    return (*made, Besides("split: none", tuple(shared), _SHARED)) if shared else tuple(made)


def _said(edit: Edit) -> tuple[str, str]:
    """What an edit does, and where, apart: what is done in every subnet is said once."""
    if edit.action is Action.SET:
        words = in_words(Edit((edit.route[-1],), Action.SET, edit.value))
        return words, dotted(edit.route[:-1]) or "the top"
    return in_words(edit), dotted(edit.route)


def _place(edit: Edit) -> Route:
    return edit.route[:-1] if edit.action is Action.INSERT else edit.route


def _unsplit(value: Any, at: Route) -> Iterator[str]:
    """Where a new value says that a pool is not to be split."""
    if isinstance(value, Mapping):
        if value.get("split") == "none":
            yield f"{dotted(at)} ({value.get('pool') or value.get('prefix')})"
        for key, each in value.items():
            yield from _unsplit(each, (*at, key))
    elif isinstance(value, list):
        for each in value:
            yield from _unsplit(each, at)
