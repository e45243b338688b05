"""What adopting writes into the spec besides the changes themselves, each with its reason.

- The spec derived a value from one that was adopted; it is written out where the servers keep it. This happens after somebody
  edited the answer of config-get and sent it back: every inherited value is written out in it.
- A new pool of a load-balanced pair without an HA class stays shared: `split: none`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kea_hac.adopt.edits import folded, identity, in_words
from kea_hac.adopt.task import Besides
from kea_hac.diagnostics import Route, dotted
from kea_hac.source.document import Document
from kea_hac.source.edits import Action, Edit
from kea_hac.source.yaml_edit import EditedTexts

_KEPT = "the servers keep this value, and the spec derived it from a value that was adopted"
_SHARED = "the server shares the pool with its partner; without it the compiler would split it"


def written_besides(document: Document, plan: EditedTexts, edits: Sequence[Edit]) -> tuple[Besides, ...]:
    """What is written besides. `edits`: those of the adopted tasks. One entry for the same thing in many places."""
    own = {identity(each) for each in folded(document, list({identity(each): each for each in edits}.values()))}
    kept: dict[str, list[str]] = {}
    for edit in plan.done:
        if identity(edit) not in own:
            what, where = _said(edit)
            kept.setdefault(what, []).append(where)
    result = [Besides(what, tuple(places), _KEPT) for what, places in kept.items()]
    shared = [where for edit in plan.done if identity(edit) in own for where in _unsplit(edit.value, _place(edit))]
    return (*result, Besides("split: none", tuple(shared), _SHARED)) if shared else tuple(result)


def _said(edit: Edit) -> tuple[str, str]:
    """What an edit does, and where, separately: an edit that is the same in every subnet is reported once."""
    if edit.action is Action.SET:
        words = in_words(Edit((edit.route[-1],), Action.SET, edit.value))
        return words, dotted(edit.route[:-1]) or "the top"
    return in_words(edit), dotted(edit.route)


def _place(edit: Edit) -> Route:
    return edit.route[:-1] if edit.action is Action.INSERT else edit.route


def _unsplit(value: Any, at: Route) -> Iterator[str]:
    """The routes of `split: none` in a new value."""
    if isinstance(value, Mapping):
        if value.get("split") == "none":
            yield f"{dotted(at)} ({value.get('pool') or value.get('prefix')})"
        for key, each in value.items():
            yield from _unsplit(each, (*at, key))
    elif isinstance(value, list):
        for each in value:
            yield from _unsplit(each, at)
