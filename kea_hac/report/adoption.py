"""What `diff --adopt` did: what is in the spec now, what is not and why, with the edit to make by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from kea_hac.adopt.adopt import Adoption, Refusal
from kea_hac.adopt.task import Besides
from kea_hac.changes.change import Change, spelt
from kea_hac.report.cells import block, safe
from kea_hac.report.drift import value_text
from kea_hac.report.drift_rows import sort_of
from kea_hac.report.grouping import few, hidden, rest_of
from kea_hac.report.markdown import fenced
from kea_hac.report.text import counted
from kea_hac.source.document import Document, SourceText


def render(adoption: Adoption, written: Sequence[str]) -> str:
    """As text. Ends with a line end."""
    return block(_lines(adoption, written))


def render_markdown(adoption: Adoption, written: Sequence[str]) -> str:
    """The same text in GitHub's markdown."""
    return fenced(_lines(adoption, written))


def _lines(adoption: Adoption, written: Sequence[str]) -> list[str]:
    lines: list[str] = []
    if adoption.adopted:
        lines.append("adopted:")
        adopted = few(adoption.adopted, _kind)
        lines += [f"  {safe(_place(each))}: {safe(value_text(each.live))}" for each in adopted]
        lines += _rest(hidden(adoption.adopted, adopted))
    if adoption.refused:
        lines.append("not adopted:")
        refused = few(adoption.refused, lambda each: (*_kind(each.change), each.reason))
        for each in refused:
            lines += _refusal(each)
        lines += _rest(each.change for each in hidden(adoption.refused, refused))
    if adoption.besides:
        lines.append("written besides:")
        lines += [f"  {safe(_besides(each))}" for each in adoption.besides]
    if adoption.comments:
        lines.append("comments to check, beside values that are others now:")
        lines += [f"  {safe(each.places[0])}: {safe(each.what)}" for each in adoption.comments]
    for path in written:
        lines.append(f"written: {safe(path)}")
        lines += _changed_lines(adoption, path)
    if not lines:
        lines.append("nothing to adopt")
    return lines


def summary(adoption: Adoption, written: Sequence[str]) -> str:
    """One line for the person at the terminal."""
    words = f"{counted(len(adoption.adopted), 'change')} adopted, {len(adoption.refused)} not adopted"
    step = "; review the edits, then run kea-hac build" if written else ""
    return words + step


def data(adoption: Adoption, written: Sequence[str]) -> dict[str, Any]:
    """For programs."""
    return {
        "adopted": [_bare(each) for each in adoption.adopted],
        "refused": [{**_bare(each.change), "reason": each.reason, "manual": each.manual} for each in adoption.refused],
        "besides": [{"what": each.what, "places": list(each.places), "why": each.why} for each in adoption.besides],
        "comments": [{"what": each.what, "places": list(each.places), "why": each.why} for each in adoption.comments],
        "written": list(written),
    }


_MOST_PLACES = 3
_MOST_LINES = 60
"""Lines of one file that are shown."""


def _besides(each: Besides) -> str:
    places = ", ".join(each.places[:_MOST_PLACES])
    more = f" and {len(each.places) - _MOST_PLACES} more" if len(each.places) > _MOST_PLACES else ""
    return f"{each.what} in {places}{more}: {each.why}"


def _changed_lines(adoption: Adoption, path: str) -> Iterator[str]:
    """Every line that is another one now, by its number in the old or in the new file. Secrets are masked."""
    old, new = (_text(document, path) for document in (adoption.document, adoption.plan.document))
    if old is None or new is None:
        return
    before, after = old.text.split("\n"), new.text.split("\n")
    result = []
    for what, low, high, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            result += [f"  {number + 1:>5} - {_line(old, number)}" for number in range(low, high)]
            result += [f"  {number + 1:>5} + {_line(new, number)}" for number in range(first, last)]
    yield from (safe(line) for line in result[:_MOST_LINES])
    if len(result) > _MOST_LINES:
        yield f"  and {len(result) - _MOST_LINES} more lines"


def _text(document: Document, path: str) -> SourceText | None:
    return next((each for each in document.texts if each.path == path), None)


def _line(text: SourceText, number: int) -> str:
    shown = text.line(number + 1)
    return "(not shown: it may contain a secret)" if shown is None else shown


def _refusal(each: Refusal) -> Iterator[str]:
    yield f"  {safe(_place(each.change))}: {safe(each.reason)}"
    yield f"    by hand: {safe(each.manual)}"


def _kind(change: Change) -> tuple[str, str, str]:
    return change.server, change.daemon.name, sort_of(change.path)


def _rest(changes: Iterable[Change]) -> Iterator[str]:
    rest = rest_of(changes, lambda each: " ".join(_kind(each)))
    if rest is not None:
        yield f"  {safe(rest.words)}"


def _place(change: Change) -> str:
    return f"{change.server} {change.daemon.name} {spelt(change.path)}"


def _bare(change: Change) -> dict[str, Any]:
    return {"server": change.server, "daemon": change.daemon.name, "path": spelt(change.path)}
