"""What adopting writes into the spec besides the changes themselves, each with its reason.

- The spec derived a value from one that was adopted; it is written out where the servers keep it. This happens after somebody
  edited the answer of config-get and sent it back: every inherited value is written out in it.
- A new pool of a load-balanced pair without an HA class stays shared: `split: none`.
- A comment beside a value that is another one now may no longer be true (`valid-lifetime: 4h  # 8 hours`): it is named, and where it
  describes the value it gets a mark in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kea_hac.adopt.edits import folded, identity, in_words
from kea_hac.adopt.task import Besides
from kea_hac.diagnostics import Route, Span, dotted
from kea_hac.regex import regex
from kea_hac.source.document import Document, value_at
from kea_hac.source.edits import Action, Edit
from kea_hac.source.yaml_edit import EditedTexts

_KEPT = "the servers keep this value, and the spec derived it from a value that was adopted"
_STALE = "the value beside it is another one now"
MARK = "before the change on the server: "
"""Before the words of a comment that describes a former value."""
_BESIDE = regex(r"[\"'\s,}\]]*(#.*)")
"""What follows a value on its line, up to the comment."""
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
    if shared:
        result.append(Besides("split: none", tuple(shared), _SHARED))
    return tuple(result)


def stale_comments(document: Document, plan: EditedTexts) -> tuple[Besides, ...]:
    """The comments on the lines of values that are changed, and those above that repeat the old value; each with its place."""
    found: dict[tuple[str, str], None] = {}
    for edit in plan.done:
        old = value_at(document.root, edit.route)
        if edit.action is Action.INSERT or old is None:
            continue
        span = document.span(edit.route)
        line = document.line_text(Span(span.file, span.end_line, 1, span.end_line, 1)) or ""
        beside = _BESIDE.match(line[span.end_column - 1 :])
        if beside and "kea-hac:" not in line:
            found[beside[1].strip(), f"{span.file}:{span.end_line}"] = None
        above = (document.line_text(Span(span.file, span.line - 1, 1, span.line - 1, 1)) or "").strip()
        if (
            isinstance(old, str)
            and above.startswith("#")
            and "kea-hac:" not in above
            and re.search(rf"(?<!\w){re.escape(old)}(?!\w)", above)
        ):
            found[above, f"{span.file}:{span.line - 1}"] = None
    kept = "\n".join(each.text for each in plan.document.texts)
    return tuple(Besides(words, (place,), _STALE) for words, place in found if words.lstrip("# \t") in kept)


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
